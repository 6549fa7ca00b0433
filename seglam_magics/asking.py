"""A question on its way: read, with the variables it may use."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .cache.catalogue import Catalogue
from .cache.fitting import Fits
from .errors import SeglamError, closest
from .procedure import describe_all
from .procedure.guards import misfit
from .procedure.results import DATA
from .question import back_ticked, mentioned, normalise, read
from .store.notebooks import notebook_name
from .trust import hide
from .words import Binding, Decision, Question, Reading, Revision, Usage, Values, Variable


@dataclass(frozen=True, slots=True)
class Asked:
    """A question on its way: read, with the variables it may use.

    Attributes
    ----------
    begin : when it was asked, by `time.perf_counter`.
    spent : what was used on it so far.
    secrets : placeholder -> the secret that stood there in the question; everything else here is without it.
    """

    question: Question
    reading: Reading
    variables: Mapping[str, Variable]
    begin: float
    spent: Usage = Usage()
    secrets: Mapping[str, str] = field(default_factory=dict)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What the user should know of the question itself."""
        return (warned(self.secrets),) if self.secrets else ()

    @property
    def told(self) -> dict[str, str]:
        """What every event of this question tells beside its own facts."""
        name = notebook_name(self.question.namespace)
        return {"notebook": name} if name else {}

    def given(self, bindings: Mapping[str, Binding]) -> Mapping[str, Binding]:
        """`bindings` with the secrets of the question in their places, for a run and for nothing that is kept."""
        if not self.secrets:
            return bindings
        return {name: dataclasses.replace(b, value=_put_back(b.value, self.secrets)) for name, b in bindings.items()}

    def after(self, usage: Usage, seconds: float, usd: float | None) -> Asked:
        """The same question when this was used on it, with what is left of its budget: these seconds and dollars."""
        options = self.question.options
        left = dataclasses.replace(
            options,
            seconds=max(0.1, seconds - usage.seconds),
            usd=None if usd is None else max(0.0, usd - (usage.usd or 0.0)),
            tokens=None if options.tokens is None else max(0, options.tokens - usage.tokens_in - usage.tokens_out),
        )
        question = dataclasses.replace(self.question, options=left)
        return dataclasses.replace(self, question=question, spent=self.total(usage))

    def total(self, usage: Usage) -> Usage:
        """What was used on it, this included."""
        return together(self.spent, usage)


def together(one: Usage, other: Usage) -> Usage:
    """What two calls used, under the name of the last model; the price is known where both prices are.

    >>> both = together(Usage("a", 1, 10, 1, 0.5), Usage("b", 1, 20, 2, None))
    >>> both.model, both.calls, both.tokens_in, both.usd
    ('b', 2, 30, None)
    """
    if not one.calls:
        return dataclasses.replace(other, seconds=one.seconds + other.seconds, model=other.model or one.model)
    known = one.usd is not None and (other.usd is not None or not other.calls)
    return Usage(
        model=other.model or one.model,
        calls=one.calls + other.calls,
        tokens_in=one.tokens_in + other.tokens_in,
        tokens_out=one.tokens_out + other.tokens_out,
        usd=(one.usd or 0.0) + (other.usd or 0.0) if known else None,
        seconds=one.seconds + other.seconds,
        estimated=one.estimated or other.estimated,
        tokens_cached=one.tokens_cached + other.tokens_cached,
    )


def guards(asked: Asked, catalogue: Catalogue) -> Fits:
    """Why a revision cannot answer with some bindings, "" where it can: it may not run, or the inputs do not fit it."""
    space = asked.question.namespace

    def fits(revision: Revision, bindings: Mapping[str, Binding]) -> str:
        return catalogue.barred(revision) or misfit(revision, asked.given(bindings), asked.variables, space)

    return fits


def columns_of(asked: Asked) -> Values:
    """Looks words up in the columns of what a question may use."""
    from .procedure.domains import Domains

    return Domains(asked.question.namespace, asked.variables)


def understood(question: Question) -> Asked:
    """`question`, read.

    Raises
    ------
    SeglamError : E-QUESTION-* for what cannot be read, E-NAME-UNKNOWN and E-INPUT-KIND for names it cannot use.

    >>> understood(Question("the sum of `xs`", {"xs": [1, 2]})).reading.references[0].variable
    'xs'
    """
    begin = time.perf_counter()
    hidden = hide(normalise(question.text), question.namespace)
    if hidden.found:
        question = dataclasses.replace(question, text=hidden.text)
    variables = usable(question, hidden.text)
    return Asked(question, read(hidden.text, variables), variables, begin, secrets=hidden.found)


def warned(marks: Collection[str]) -> str:
    """What to tell the writer of a question that held secrets, now these placeholders.

    >>> warned(["‹secret:DB_PASSWORD›"])[:80]
    'W-SECRET-REDACTED: the question holds what looks like a secret; it is sent and k'
    """
    said = SeglamError("W-SECRET-REDACTED", marks=", ".join(marks))
    return f"{said.code}: {said.says}; {said.hint}"


def _put_back(value: Any, secrets: Mapping[str, str]) -> Any:
    if isinstance(value, list | tuple):
        return type(value)(_put_back(item, secrets) for item in value)
    if isinstance(value, str):
        for mark, secret in secrets.items():
            value = value.replace(mark, secret)
    return value


def usable(question: Question, text: str) -> dict[str, Variable]:
    """The variables a question may use: those of `-u`, else those it names, else every one there is."""
    space = question.namespace
    if question.only is not None:
        return _chosen(space, question.only)
    found = describe_all(space, mentioned(text, space))
    if not any(v.kind in DATA for v in found.values()):
        found = describe_all(space) | found
    columns = {c.name for v in found.values() for c in v.columns}
    _refuse_kinds(space, [n for n in back_ticked(text) if n not in found and n not in columns])
    return found


def _chosen(space: Mapping[str, Any], names: Sequence[str]) -> dict[str, Variable]:
    for name in names:
        if name not in space:
            near = closest(name, space)
            advice = f"did you mean {near}?" if near else "run the cell that makes it first"
            raise SeglamError("E-NAME-UNKNOWN", name=name, advice=advice)
    found = describe_all(space, names)
    _refuse_kinds(space, [n for n in names if n not in found])
    return found


def _refuse_kinds(space: Mapping[str, Any], names: Sequence[str]) -> None:
    """A name that was meant, and whose value no procedure can take, is an error and not a missing name."""
    odd = next((n for n in names if n in space), None)
    if odd is not None:
        raise SeglamError("E-INPUT-KIND", name=odd, kind=type(space[odd]).__name__)


def over_nothing(question: Asked, decision: Decision) -> bool:
    """Whether an input has no rows at all, so that an empty result is what there is to say."""
    named = (b.value for b in decision.bindings.values() if b.source in ("variable", "implied"))
    return any(v.rows == 0 for name in named if (v := question.variables.get(str(name))) is not None)
