"""The families of the starter pack, read as text: each function with what its decorator says of it."""

from __future__ import annotations

import ast
import textwrap
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

from seglam_magics.words import Parameter, Property, SlotType, Template

FAMILIES = Path(__file__).resolve().parent.parent / "seglam_magics" / "starter" / "families"
MODULES = ("collections", "itertools", "math")
SIGNS = ["<", "<=", ">", ">=", "=", "!="]

# Annotation -> slot type and domain.
TYPES: Mapping[str, tuple[SlotType, Mapping[str, Any]]] = {
    "Frame": ("frame", {}),
    "Column": ("column", {}),
    "Key": ("column", {"dtype": "str"}),
    "Number": ("column", {"dtype": "number"}),
    "Date": ("column", {"dtype": "date"}),
    "Columns": ("columns", {}),
    "Types": ("dict", {}),
    "Count": ("int", {"min": 1, "max": 1_000_000}),
    "Size": ("int", {"min": 1, "max": 1_000}),
    "Share": ("float", {"min": 0.0, "max": 1.0}),
    "Percent": ("float", {"min": 0.0, "max": 100.0}),
    "Year": ("int", {"min": 1000, "max": 2999}),
    "Value": ("float", {}),
    "Day": ("date", {}),
    "Text": ("text", {}),
    "Sign": ("choice", {"values": SIGNS}),
    "Numbers": ("list", {"items": "float"}),
    "Words": ("list", {"items": "str"}),
    "Dates": ("list", {"items": "date"}),
    "Items": ("list", {}),
}
# Another aggregate in the place of a mean: what it is in the code, and how it is said.
AGGREGATES: Mapping[str, tuple[str, str, str]] = {
    "median": (".median()", "median", "медиана"),
    "total": (".sum()", "total", "сумма"),
    "min": (".min()", "minimum", "минимум"),
    "max": (".max()", "maximum", "максимум"),
    "std": (".std(ddof=1)", "standard deviation", "стандартное отклонение"),
    "var": (".var(ddof=1)", "variance", "дисперсия"),
}
_RUSSIAN_MEANS = ("среднее", "средний", "средним", "среднему", "средняя")


@dataclass(frozen=True, slots=True)
class Draft:
    """A procedure before its identity is known and its example was computed.

    Attributes
    ----------
    arguments : of its example.
    where, bare : the conditions it is made with, and whether it is made without one.
    led : wordings that mean something only where a condition follows.
    """

    name: str
    summary: str
    body: str
    parameters: tuple[Parameter, ...]
    templates: tuple[Template, ...]
    arguments: Mapping[str, Any]
    properties: tuple[Property, ...] = ()
    returns: str = "frame"
    order: str = ""
    where: str = ""
    share: bool = False
    bare: bool = True
    led: tuple[str, ...] = ()
    family: str = field(default="", compare=False)

    @property
    def source(self) -> str:
        """Python source of the procedure."""
        frames = [p.name for p in self.parameters if p.type in ("frame", "list")]
        others = [p.name for p in self.parameters if p.type not in ("frame", "list")]
        taken = ", ".join([*frames, *(["*"] if others else []), *others])
        imports = "".join(f"import {m}\n" for m in MODULES if f"{m}." in self.body)
        return f"{imports}def {self.name}({taken}):\n{textwrap.indent(self.body, '    ')}\n"


@cache
def example_table() -> Mapping[str, list[Any]]:
    """The table of the examples, `null` as None."""
    table = tomllib.loads((FAMILIES / "example.toml").read_text(encoding="utf-8"))["frame"]
    return {name: [None if v == "null" else v for v in values] for name, values in table.items()}


@cache
def shapes() -> Mapping[str, Any]:
    """The conditions that may follow a procedure."""
    return tomllib.loads((FAMILIES / "conditions.toml").read_text(encoding="utf-8"))


def drafts() -> Iterator[Draft]:
    """All procedures of all families, each with its variants."""
    for path in sorted(FAMILIES.glob("*.py")):
        text = path.read_text(encoding="utf-8")
        tree = ast.parse(text)
        functions = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
        for node in functions.values():
            if node.decorator_list:
                said = _said(node)
                base = replace(_base(node, said, functions, text), family=path.stem)
                fewer = replace(base, where=said.get("where_each", base.where))
                for draft in (
                    base,
                    *(_other(fewer if e != "total" else base, e) for e in said.get("each", "").split()),
                ):
                    for one in _with_conditions(draft):
                        yield replace(one, name=f"starter_{one.name}")


def _said(node: ast.FunctionDef) -> dict[str, Any]:
    call = node.decorator_list[0]
    assert isinstance(call, ast.Call)
    return {
        str(k.arg): [n.id for n in k.value.elts if isinstance(n, ast.Name)]
        if k.arg == "holds" and isinstance(k.value, ast.List)
        else _value(k.value, node)
        for k in call.keywords
    }


def _value(value: ast.expr, node: ast.FunctionDef) -> Any:
    if isinstance(value, ast.Name):  # a constant of the family
        return _constants(node)[value.id]
    return ast.literal_eval(value)


_CONSTANTS: dict[int, dict[str, Any]] = {}


def _constants(_node: ast.FunctionDef) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for path in sorted(FAMILIES.glob("*.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                found[f"{path.stem}.{node.targets[0].id}"] = ast.literal_eval(node.value)
                found.setdefault(node.targets[0].id, ast.literal_eval(node.value))
    return found


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
        bare=said.get("bare", True) is not False and not said.get("share"),
    )


def _templates(texts: str, lang: str) -> tuple[Template, ...]:
    return tuple(Template(text.strip(), lang) for text in texts.split(";") if text.strip())


def _parameter(argument: ast.arg, example: Mapping[str, Any]) -> Parameter:
    annotation = ast.unparse(argument.annotation) if argument.annotation is not None else "Frame"
    kind, domain = TYPES[annotation]
    shown = {"frame": "frame", "list": argument.arg}.get(kind, example.get(argument.arg))
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


# ---------------------------------------------------------------- variants


def _other(base: Draft, each: str) -> Draft:
    """The same of another aggregate."""
    stem = next(word for word in ("mean", "std") if word in base.name.split("_"))
    old = {"mean": (".mean()", "mean", ""), "std": AGGREGATES["std"]}[stem]
    call, english, russian = AGGREGATES[each]

    def renamed(name: str) -> str:
        return "_".join(each if part == stem else part for part in name.split("_"))

    def told(template: Template) -> Template:
        text = template.text.replace(old[1], english) if template.lang == "en" else template.text
        for word in (*_RUSSIAN_MEANS, AGGREGATES["std"][2]) if template.lang == "ru" else ():
            text = text.replace(word, russian)
        return replace(template, text=text)

    body = base.body.replace(old[0], call).replace(f'"{stem}_', f'"{each}_')
    summary = base.summary.replace("Mean", english.capitalize()).replace("mean", english)
    summary = summary.replace("Standard deviation", english.capitalize())
    name = each if base.name == stem else renamed(base.name)
    return replace(
        base,
        name=f"{name}_of" if name in ("min", "max") else name,
        body=body,
        summary=summary,
        templates=tuple(map(told, base.templates)),
    )


def _with_conditions(draft: Draft) -> Iterator[Draft]:
    if draft.bare:
        yield replace(draft, templates=tuple(t for t in draft.templates if t.text not in draft.led))
    for combination in draft.where.split():
        yield _where(draft, combination.split("+"))


def _where(draft: Draft, names: Sequence[str]) -> Draft:
    """`draft` on the rows that are so."""
    chosen = [shapes()[name] for name in names]
    added = tuple(_condition(name, kind, shape) for shape in chosen for name, kind in shape["parameters"].items())
    kept = "kept = frame" + "".join(f".{shape['code']}" for shape in chosen)
    body = f"{kept}\n{_on_kept(draft.body)}"
    if draft.share:
        tests = " & ".join(f"({shape['code'].removeprefix('filter(').rstrip()[:-1].strip()})" for shape in chosen)
        flag = f'nw.when(\n    {tests}\n).then(1.0).otherwise(0.0).alias("so")'
        body = f'flags = frame.select({flag})\nreturn flags.select(nw.col("so").mean())'
    if draft.name == "rows":
        body = f"return {kept.removeprefix('kept = ')}"
    suffix = " and ".join(shape["en"].removeprefix("where ") for shape in chosen)
    lead = "where " if chosen[0]["en"].startswith("where ") else ""
    extra = {name: value for shape in chosen for name, value in shape["examples"].items()}
    return replace(
        draft,
        name=f"{draft.name}_where_{'_and_'.join(names)}",
        summary=f"{draft.summary.rstrip('.')}, of the rows that are so.",
        body=body,
        parameters=(*draft.parameters, *added),
        templates=tuple(replace(t, text=f"{t.text} {lead}{suffix}") for t in draft.templates),
        arguments={**draft.arguments, **extra},
        properties=(),
    )


def _on_kept(body: str) -> str:
    tree = ast.parse(textwrap.dedent(f"def f():\n{textwrap.indent(body, '    ')}"))
    spots = [n for n in ast.walk(tree) if isinstance(n, ast.Name) and n.id == "frame"]
    lines = body.splitlines()
    for spot in sorted(spots, key=lambda n: (-n.lineno, -n.col_offset)):
        line, at = spot.lineno - 2, spot.col_offset - 4
        lines[line] = lines[line][:at] + "kept" + lines[line][at + len("frame") :]
    return "\n".join(lines)


def _condition(name: str, kind: str, shape: Mapping[str, Any]) -> Parameter:
    annotation, _, column = kind.partition(" ")
    if annotation == "Cell":
        return Parameter(name, "str", "", {"column": column}, shape["examples"][name])
    slot, domain = TYPES[annotation]
    return Parameter(name, slot, "", dict(domain), shape["examples"][name])
