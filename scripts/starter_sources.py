"""The families of the starter pack, read as text: each function with what its decorator says of it."""

from __future__ import annotations

import ast
import itertools
import re
import textwrap
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

from starter_drafts import FAMILIES, TYPES, Draft
from starter_variants import in_percent, other, with_conditions

from seglam_magics.words import Parameter, Property, SlotType, Template


@cache
def example_table(name: str = "frame") -> Mapping[str, list[Any]]:
    """A table of the examples, `null` as None."""
    table = tomllib.loads((FAMILIES / "example.toml").read_text(encoding="utf-8"))[name]
    return {name: [None if v == "null" else v for v in values] for name, values in table.items()}


def ambiguous() -> Iterator[tuple[Draft, str, Sequence[str]]]:
    """Wordings that are not answered, each with why, and the procedures that may be meant."""
    for said in tomllib.loads((FAMILIES / "ambiguous.toml").read_text(encoding="utf-8"))["wording"]:
        parameters = tuple(Parameter(n, *_typed(kind)) for n, kind in said["parameters"].items())
        templates = (*_templates(said["en"], "en"), *_templates(said["ru"], "ru"))
        yield Draft("ambiguous", "", "", parameters, templates, {}), said["says"], said["readings"]


def _typed(annotation: str) -> tuple[SlotType, str, dict[str, Any]]:
    kind, domain = TYPES[annotation]
    return kind, "", dict(domain)


def drafts() -> Iterator[Draft]:
    """All procedures of all families, each with its variants."""
    for path in sorted(FAMILIES.glob("*.py")):
        text = path.read_text(encoding="utf-8")
        tree = ast.parse(text)
        constants = _constants(tree)
        functions = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
        for node in functions.values():
            if node.decorator_list:
                said = _said(node, constants)
                base = replace(_base(node, said, functions, text), family=path.stem)
                fewer = replace(base, where=said.get("where_each", base.where))
                others = (other(fewer if e != "total" else base, e) for e in said.get("each", "").split())
                for draft in (base, *others, *([in_percent(base)] if said.get("percent") else [])):
                    for one in with_conditions(draft):
                        yield replace(one, name=f"starter_{one.name}")


def _said(node: ast.FunctionDef, constants: Mapping[str, Any]) -> dict[str, Any]:
    call = node.decorator_list[0]
    assert isinstance(call, ast.Call)
    return {
        str(k.arg): [n.id for n in k.value.elts if isinstance(n, ast.Name)]
        if k.arg == "holds" and isinstance(k.value, ast.List)
        else _value(k.value, constants)
        for k in call.keywords
    }


def _value(value: ast.expr, constants: Mapping[str, Any]) -> Any:
    return constants[value.id] if isinstance(value, ast.Name) else ast.literal_eval(value)


def _constants(tree: ast.Module) -> dict[str, Any]:
    """The constants of one family."""
    return {
        node.targets[0].id: ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
    }


def _base(node: ast.FunctionDef, said: Mapping[str, Any], functions: Mapping[str, ast.FunctionDef], text: str) -> Draft:
    parameters = tuple(_parameter(a, said["example"]) for a in (*node.args.args, *node.args.kwonlyargs))
    numbers = not any(p.type == "frame" for p in parameters)
    returns = said.get("returns") or ("number" if numbers or _is_single(node) else "frame")
    return Draft(
        name=node.name,
        summary=str(ast.get_docstring(node)),
        body=_guard(parameters) + _body(node, text),
        parameters=parameters,
        templates=(*_templates(said["en"], "en"), *_templates(said.get("ru", ""), "ru")),
        arguments=said["example"],
        properties=tuple(_property(functions[name], parameters, text) for name in said.get("holds", ())),
        returns=returns,
        order=said.get("order", ""),
        where=said.get("where", ""),
        share=bool(said.get("share")),
        led=tuple(text.strip() for text in said.get("led", "").split(";")),
        alone=_templates(said.get("alone", ""), "en"),
        meant=bool(said.get("meant")),
        bare=said.get("bare", True) is not False and not said.get("share"),
    )


def _templates(texts: str, lang: str) -> tuple[Template, ...]:
    return tuple(Template(one, lang) for text in texts.split(";") if text.strip() for one in _ways(text.strip()))


def _ways(text: str) -> Iterator[str]:
    """The wordings a text stands for: `join a (and|with) b` is two."""
    parts = [part.split("|") if k % 2 else [part] for k, part in enumerate(re.split(r"\(([^()]*)\)", text))]
    return (" ".join("".join(chosen).split()) for chosen in itertools.product(*parts))


def _parameter(argument: ast.arg, example: Mapping[str, Any]) -> Parameter:
    annotation = ast.unparse(argument.annotation) if argument.annotation is not None else "Frame"
    kind, domain = TYPES[annotation]
    shown = {"frame": argument.arg, "list": argument.arg}.get(kind, example.get(argument.arg))
    return Parameter(argument.arg, kind, "", dict(domain), shown)


def _is_single(node: ast.FunctionDef) -> bool:
    """Whether the last expression selects one aggregate: a frame of one row and one column."""
    final = node.body[-1]
    assert isinstance(final, ast.Return)
    call = final.value
    if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr == "select"):
        return False
    if len(call.args) != 1 or isinstance(call.args[0], ast.Name | ast.Starred | ast.Constant):
        return False
    grouped = "group_by(" in ast.unparse(node) and node.name != "duplicate_count"
    return not grouped


def _body(node: ast.FunctionDef, text: str) -> str:
    lines = text.splitlines()[node.body[1].lineno - 1 : node.end_lineno]
    return textwrap.dedent("\n".join(line.partition("  # noqa")[0] for line in lines))


def _guard(parameters: Sequence[Parameter]) -> str:
    kinds = {"float": "(int, float)", "str": "str"}
    listed = next((p for p in parameters if p.type == "list"), None)
    kind = kinds.get(str(listed.domain.get("items"))) if listed is not None else None
    if listed is None or kind is None:
        return ""
    test = f"if not all(isinstance(x, {kind}) for x in {listed.name} if x is not None):"
    return f'{test}\n    raise ValueError("the items are of another type")\n'


def _property(node: ast.FunctionDef, parameters: Sequence[Parameter], text: str) -> Property:
    names = [p.name for p in parameters]
    body = _body(node, text).replace("run()", f"run({', '.join(f'{n}={n}' for n in names)})")
    code = f"def {node.name}(run, *, {', '.join(names)}):\n{textwrap.indent(body, '    ')}\n"
    return Property(node.name, str(ast.get_docstring(node)), code)
