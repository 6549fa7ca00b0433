"""A new procedure by hand: a function whose annotations say what its parameters and its result are."""

from __future__ import annotations

import ast
import dataclasses
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib import resources
from typing import Any

from ..cache.wordings import checked
from ..errors import SeglamError
from ..procedure.guards import requirements
from ..procedure.identity import canonical_source
from ..trust.redaction import holds_secret
from ..words import Parameter, Revision, Template
from .checks import check_signature, under_name

Span = tuple[int, int]


def adopted(name: str, source: str, wordings: Sequence[str]) -> Revision:
    r"""The first revision of a procedure from a function written by hand, its verdict open.

    Raises
    ------
    SeglamError : E-PROCEDURE-FORM where `source` does not define the function `name`, or does not say of a parameter or
        of the result what it is; E-ALIAS for a wording no question could be of; E-USAGE for none; E-SECRET-SOURCE.

    >>> code = "def longer(values: list[int], *, limit: int = 3) -> bool:\n    return len(values) > limit"
    >>> made = adopted("longer", code, ["is {values} longer than {limit}?"])
    >>> [(p.name, p.type) for p in made.parameters], made.returns
    ([('values', 'list'), ('limit', 'int')], 'bool')
    >>> print(made.source.splitlines()[0])
    def longer(values, *, limit = 3):
    """
    if holds_secret(source):
        raise SeglamError("E-SECRET-SOURCE", name=name)
    source = canonical_source(source)
    function = _function(name, source)
    parameters = tuple(_parameter(name, each) for each in _arguments(function))
    returns = _meant(name, "returns", "its result", function.returns)
    plain = _without_annotations(source, function)
    try:
        check_signature(plain, name, parameters)
    except SeglamError as error:
        raise _formless(name, str(error.facts["why"])) from None
    summary = " ".join((ast.get_docstring(function) or "").partition("\n\n")[0].split())
    revision = Revision(
        name, 1, "", plain, summary, parameters, returns=returns, author="human",
        requires=requirements(plain, parameters, {}),
    )  # fmt: skip
    templates = _templates(revision, wordings)
    return under_name(dataclasses.replace(revision, templates=templates, question=templates[0].text), name)


def _templates(revision: Revision, wordings: Sequence[str]) -> tuple[Template, ...]:
    """The wordings of a procedure that has none yet: each has a slot for every parameter."""
    if not wordings:
        raise SeglamError("E-USAGE", problem="a procedure answers wordings", advice="give at least one")
    slots = Template(" ".join(f"{{{parameter.name}}}" for parameter in revision.parameters))
    whole = dataclasses.replace(revision, templates=(slots,))
    return tuple(checked(whole, text) for text in wordings)


def _function(name: str, source: str) -> ast.FunctionDef:
    try:
        body = ast.parse(source).body
    except (SyntaxError, ValueError, RecursionError) as error:
        raise _formless(name, str(error).partition("\n")[0]) from None
    found = next((node for node in body if isinstance(node, ast.FunctionDef) and node.name == name), None)
    if found is None:
        raise _formless(name, f"it defines no function {name}")
    return found


def _arguments(function: ast.FunctionDef) -> list[ast.arg]:
    return [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]


def _parameter(name: str, argument: ast.arg) -> Parameter:
    return Parameter(argument.arg, _meant(name, "parameters", f"its parameter {argument.arg}", argument.annotation))


def _meant(name: str, table: str, what: str, annotation: ast.expr | None) -> Any:
    """What an annotation means; a string is read as what is in it."""
    if annotation is None:
        raise _formless(name, f"it does not say what {what} is: write an annotation")
    text = annotation.value if isinstance(annotation, ast.Constant) else ast.unparse(annotation)
    word = str(text).partition("[")[0].rpartition(".")[2].strip()
    meant = _annotations()[table].get(word)
    if meant is None:
        known = ", ".join(_annotations()[table])
        raise _formless(name, f"{what} is annotated {str(text)[:40]!r}; it can be {known}")
    return meant


@cache
def _annotations() -> Mapping[str, Mapping[str, str]]:
    text = resources.files(__package__).joinpath("annotations.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def _without_annotations(source: str, function: ast.FunctionDef) -> str:
    """The source as it is run, comments and all: what `pd.DataFrame` is, is not known where it runs."""
    data = source.encode()
    for start, end in sorted(_annotated(data, function), reverse=True):
        data = data[:start] + data[end:]
    return data.decode()


def _annotated(data: bytes, function: ast.FunctionDef) -> Iterator[Span]:
    lines = [0]
    for line in data.splitlines(keepends=True):
        lines.append(lines[-1] + len(line))
    for each in _arguments(function):
        if each.annotation is not None:
            start = lines[each.lineno - 1] + each.col_offset + len(each.arg.encode())
            yield start, _end(lines, each.annotation)
    if function.returns is not None:
        at = lines[function.returns.lineno - 1] + function.returns.col_offset
        arrow = data.rindex(b"->", 0, at)
        yield arrow - (data[arrow - 1 : arrow] == b" "), _end(lines, function.returns)


def _end(lines: list[int], node: ast.expr) -> int:
    assert node.end_lineno is not None
    assert node.end_col_offset is not None
    return lines[node.end_lineno - 1] + node.end_col_offset


def _formless(name: str, why: str) -> SeglamError:
    return SeglamError("E-PROCEDURE-FORM", name=name, why=why)
