"""What a reply must satisfy before anything of it runs.

The function and the parameters agree, the wordings give the question back with the values the model declared, the
columns the code touches exist. A wording that is unusable is dropped; a reply without a usable one is refused with the
reason, which is what the repair turn gets to read.
"""

from __future__ import annotations

import ast
import dataclasses
import io
import tokenize
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..errors import SeglamError, closest
from ..procedure.guards import requirements
from ..procedure.identity import canonical_source, identity_of
from ..question import CompiledTemplate, Mismatch, compile_templates, unify_all
from ..question.normal import spelled
from ..words import Binding, Parameter, Reading, Revision, Template, Variable
from . import reply as replies
from .request import Task

INPUTS = ("frame", "series", "list", "dict")


@dataclass(frozen=True, slots=True)
class Draft:
    """A reply that passed: the revision it makes (not verified yet) and the question's own bindings."""

    revision: Revision
    bindings: Mapping[str, Binding]
    dropped: tuple[str, ...] = ()


def draft(reply: replies.Reply, task: Task, name: str | None = None) -> Draft:
    """The revision that `reply` makes.

    Parameters
    ----------
    name : call it this instead of what the model called it.

    Raises
    ------
    SeglamError : E-LLM-FORMAT with the first check that fails.
    """
    parameters = replies.parameters_of(reply)
    check_signature(reply.code, reply.name, parameters)
    check_inputs(parameters, task.variables)
    compiled, dropped = usable(replies.templates_of(reply), parameters, task.reading.text, reply.ignorable)
    bindings = own_bindings(compiled, parameters, task.reading)
    kept = tuple(c.template for c in compiled)
    source = canonical_source(reply.code)
    revision = Revision(
        name=reply.name,
        number=1,
        proc_id="",
        source=source,
        summary=reply.summary,
        parameters=parameters,
        templates=kept,
        returns=reply.returns,
        meaning=replies.meaning_of(reply),
        requires=requirements(source, parameters, task.variables),
        synonyms={s.column: tuple(s.words) for s in reply.synonyms},
        ignorable=tuple(reply.ignorable),
        examples=replies.examples_of(reply),
        properties=replies.properties_of(reply),
        effects=tuple(reply.effects),
        question=task.reading.text,
    )
    return Draft(under_name(revision, name or reply.name), bindings, dropped)


def under_name(revision: Revision, name: str) -> Revision:
    """`revision` called `name`, in its source as well, with the identity that makes it."""
    source = revision.source if name == revision.name else renamed(revision.source, revision.name, name)
    named = dataclasses.replace(revision, name=name, source=source)
    return dataclasses.replace(named, proc_id=identity_of(named))


def check_signature(code: str, name: str, parameters: tuple[Parameter, ...]) -> None:
    """The code defines `name`, and it takes just the declared parameters."""
    try:
        tree = ast.parse(code)
    except (SyntaxError, ValueError, RecursionError) as error:
        raise SeglamError("E-LLM-FORMAT", why=f"the code is not Python: {error}") from None
    function = next((n for n in tree.body if isinstance(n, ast.FunctionDef) and n.name == name), None)
    if function is None:
        raise SeglamError("E-LLM-FORMAT", why=f"the code defines no function {name}")
    if function.args.vararg or function.args.kwarg or function.args.posonlyargs:
        raise SeglamError("E-LLM-FORMAT", why=f"{name} must name all of its parameters")
    taken = {a.arg for a in (*function.args.args, *function.args.kwonlyargs)}
    declared = {p.name for p in parameters}
    if len(declared) < len(parameters):
        raise SeglamError("E-LLM-FORMAT", why="two parameters have the same name")
    if taken != declared:
        odd = min(taken ^ declared)
        where = "declared but not taken" if odd in declared else "taken but not declared"
        raise SeglamError("E-LLM-FORMAT", why=f"the parameter {odd} of {name} is {where}")


def check_inputs(parameters: tuple[Parameter, ...], variables: Mapping[str, Variable]) -> None:
    """Parameters that hold data name a variable of the question; column slots name a column of one."""
    columns = {c.name for v in variables.values() for c in v.columns}
    for parameter in parameters:
        example = parameter.example
        if parameter.type in INPUTS and isinstance(example, str) and example not in variables:
            near = closest(example, variables)
            more = f", did you mean {near}?" if near else ""
            raise SeglamError("E-LLM-FORMAT", why=f"{parameter.name} is given the unknown variable {example!r}{more}")
        if parameter.type == "column" and columns and example is not None and example not in columns:
            near = closest(str(example), columns)
            more = f", did you mean {near}?" if near else ""
            raise SeglamError("E-LLM-FORMAT", why=f"{parameter.name} is given the unknown column {example!r}{more}")


def usable(
    templates: tuple[Template, ...], parameters: tuple[Parameter, ...], question: str, ignorable: Sequence[str] = ()
) -> tuple[tuple[CompiledTemplate, ...], tuple[str, ...]]:
    """Templates that can be matched, and a sentence for each that cannot."""
    kept, refused = compile_templates(templates, parameters, ignorable=ignorable, question=question)
    dropped = tuple(f"{template.text!r}: {why}" for template, why in refused.items())
    if not kept:
        raise SeglamError("E-LLM-FORMAT", why=f"no template is usable; {dropped[0]}")
    return kept, dropped


def own_bindings(
    templates: tuple[CompiledTemplate, ...], parameters: tuple[Parameter, ...], reading: Reading
) -> dict[str, Binding]:
    """Bindings of the question by the first template that gives it back with the declared examples."""
    reasons = []
    for compiled in templates:
        found = unify_all(compiled, reading)
        if isinstance(found, Mismatch):
            token = f" at {found.token!r}" if found.token else ""
            reasons.append(f"{compiled.template.text!r} does not give the question back{token}: {found.reason}")
            continue
        fitting = next((way for way in found if all(agrees(p, way.get(p.name)) for p in parameters)), None)
        if fitting is not None:
            return dict(fitting)
        wrong = next(p for p in parameters if not agrees(p, found[0].get(p.name)))
        shown = found[0][wrong.name].value if wrong.name in found[0] else None
        says = f"the question gives {wrong.name} = {shown!r}, the example says {wrong.example!r}"
        reasons.append(f"in {compiled.template.text!r} {says}")
    raise SeglamError("E-LLM-FORMAT", why=reasons[0])


def agrees(parameter: Parameter, binding: Binding | None) -> bool:
    """Whether the value read from the question is the declared example; a parameter without an example agrees."""
    if binding is None:
        return False
    if parameter.example is None or binding.source in ("variable", "implied"):
        return parameter.example is None or parameter.type not in INPUTS or str(binding.value) == str(parameter.example)
    if parameter.type == "float":
        return abs(float(binding.value) - float(parameter.example)) <= 1e-9 * max(1.0, abs(float(parameter.example)))
    return _folded(binding.value) == _folded(parameter.example)


def _folded(value: object) -> object:
    if isinstance(value, (list, tuple)):
        return [_folded(v) for v in value]
    return spelled(value).casefold() if isinstance(value, str) else value


def renamed(source: str, old: str, new: str) -> str:
    r"""`source` with its function called `new`; only names change, texts and comments stay.

    >>> renamed("def f(n): return 'f' if n else f(1)\\n", "f", "g")
    "def g(n): return 'f' if n else g(1)\\n"
    """
    lines = source.splitlines(keepends=True)
    tokens = [t for t in tokenize.generate_tokens(io.StringIO(source).readline)]  # noqa: C416 - all before any change
    for token in reversed(tokens):
        if token.type == tokenize.NAME and token.string == old:
            row, column = token.start[0] - 1, token.start[1]
            lines[row] = lines[row][:column] + new + lines[row][column + len(old) :]
    return "".join(lines)
