"""A notebook with a library of procedures, asked through the library's own doors; no process is started."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import functools
import itertools
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from seglam_magics.cache import Library
from seglam_magics.procedure import apply, describe_all
from seglam_magics.procedure import load as load_source
from seglam_magics.procedure.binding import bind
from seglam_magics.procedure.domains import Domains
from seglam_magics.procedure.guards import misfit
from seglam_magics.procedure.results import DATA, same
from seglam_magics.question import cell_key, mentioned, read
from seglam_magics.reasoner import Reasoner, open_reasoner
from seglam_magics.settings import Seglam
from seglam_magics.store import MemoryLog
from seglam_magics.words import Binding, Candidate, Decision, Event, Options, Question, Revision, Variable, Verdict

from .corpus import Ask, Procedure, procedures, tables

_QUOTED = re.compile(r"'((?:[^'\\]|\\.)*)'|\"((?:[^\"\\]|\\.)*)\"|`([^`]*)`")
_WORD = re.compile(r"\w+")


@functools.cache
def world(lang: str) -> World:
    """All procedures and tables, for questions in a language."""
    return World(procedures(lang).values(), tables(lang))


@functools.cache
def asked(lang: str, text: str, names: tuple[str, ...]) -> Decision:
    """What `world` decides, each question once; several tests look at the same decision."""
    return world(lang).ask(text, *names)


@functools.cache
def alone(lang: str, name: str) -> World:
    """The same with one procedure only: nothing else can stand in its way."""
    return World([procedures(lang)[name]], tables(lang))


def kernel(lang: str, folder: Path) -> Reasoner:
    """A kernel that trusts every procedure of the corpus, so that no other process runs one; to be closed."""
    reasoner = open_reasoner(Seglam(store=str(folder / "store")), log=MemoryLog(), start=folder)
    for procedure in procedures(lang).values():
        revision = dataclasses.replace(procedure.revision, verdict=Verdict(ok=True))
        reasoner.approvals.approve(reasoner.catalogue.publish(revision))
    return reasoner


def question(lang: str, text: str, names: tuple[str, ...]) -> Question:
    """A question that only stored procedures may answer."""
    return Question(text, {name: tables(lang)[name] for name in names}, only=names, options=Options(reuse="cached"))


class World:
    """Procedures in a library, and what is in the notebook; `ask` decides as the reasoner does."""

    def __init__(self, procedures: Iterable[Procedure], namespace: Mapping[str, Any]) -> None:
        self.procedures = {p.name: p for p in procedures}
        self.namespace = namespace
        self.library = Library()
        for procedure in self.procedures.values():
            self.library.put(procedure.revision)
        self._variables = describe_all(namespace)
        self._clock = itertools.count(1)

    def ask(self, text: str, *names: str) -> Decision:
        """What is decided for `text` where the notebook holds `names` alone.

        Raises
        ------
        SeglamError : the text cannot be read as a question.
        """
        reading = read(text, self._seen(text, names))

        def fits(revision: Revision, bindings: Mapping[str, Binding]) -> str:
            return misfit(revision, bindings, reading.variables, self.namespace)

        values = Domains(self.namespace, reading.variables)
        return self._agreed(self.library.decide(reading, fits=fits, values=values))

    @contextlib.contextmanager
    def without(self, name: str) -> Iterator[None]:
        """The same with the procedure `name` taken out of matching."""
        self._switch("retire", name)
        try:
            yield
        finally:
            self._switch("restore", name)

    def _switch(self, kind: str, name: str) -> None:
        clock = next(self._clock)
        self.library.apply(Event(kind, {"name": name}, kernel="a", number=clock, clock=clock))

    def wrong(self, decision: Decision, right: Iterable[Ask]) -> str:
        """What a hit says that none of the right answers is; "" for a right hit and for a miss."""
        if not decision.hit or decision.revision is None:
            return ""
        said = Ask("", decision.revision.name, self._bound(decision))
        if any(self._same(said, one) for one in right):
            return ""
        return f"{decision.tier} {said.procedure} {dict(said.bindings)}"

    def unnamed(self, text: str, decision: Decision) -> str:
        """The reason of a miss that names neither a word of the question nor a slot or column; "" where it does."""
        reason = decision.reason.partition(" (nearest: ")[0]
        return "" if decision.hit or any(self._names(text, decision, reason)) else decision.reason or "no reason"

    # ---------------------------------------------------------------- as the reasoner does

    def _seen(self, text: str, names: Iterable[str]) -> dict[str, Variable]:
        """The variables a question may use: those it names, else all there are."""
        here = {name: self._variables[name] for name in names}
        named = {name: here[name] for name in mentioned(text, here)}
        return named if any(v.kind in DATA for v in named.values()) else here

    def _agreed(self, decision: Decision) -> Decision:
        """A decision whose rivals give another value is a miss."""
        if not decision.rivals or decision.revision is None:
            return decision
        mine = self._value(decision.revision, decision.bindings)
        for revision, bindings in decision.rivals:
            if not same(mine, self._value(revision, bindings)):
                reason = f"{decision.revision.label} and {revision.label} both fit and give different values"
                candidates = (Candidate(decision.revision.label, decision.revision.proc_id, blocked=reason),)
                return Decision(hit=False, reason=reason, candidates=candidates)
        return decision

    def _value(self, revision: Revision, bindings: Mapping[str, Binding]) -> Any:
        bound = bind(revision, bindings, self.namespace, native=True)
        return apply(load_source(revision.source, revision.name), bound.arguments, revision.returns)

    # ---------------------------------------------------------------- what is right

    def _bound(self, decision: Decision) -> dict[str, Any]:
        slots = self.procedures[decision.revision.name].slots if decision.revision is not None else {}
        return {n: b.value for n, b in decision.bindings.items() if n in slots}

    @staticmethod
    def _same(one: Ask, other: Ask) -> bool:
        values = {name: plain(value) for name, value in one.bindings.items()}
        return one.procedure == other.procedure and values == {n: plain(v) for n, v in other.bindings.items()}

    def _names(self, text: str, decision: Decision, reason: str) -> Iterator[bool]:
        """Whether the reason quotes words of the question or of the wording, or names a slot, a column, an input."""
        revisions = [r for c in decision.candidates if (r := self.library.get(c.revision)) is not None]
        here = set(_WORD.findall(" ".join([text, *(t.text for r in revisions for t in r.templates)]).casefold()))
        for found in _QUOTED.finditer(reason):
            said = next(part for part in found.groups() if part is not None).casefold()
            # what is quoted stands in the question, or in the wording that lacks it; a mark stands for itself
            yield bool(said) and (said in text.casefold() or set(_WORD.findall(said)) <= here)
        words = set(_WORD.findall(reason))
        yield any(p.name in words for r in revisions for p in r.parameters if p.type not in DATA)
        yield any(v.name in words or any(c.name in words for c in v.columns) for v in self._variables.values())
        yield any(f"{name}@" in reason for name in self.procedures)


def plain(value: Any) -> Any:
    """A value as two of them are compared: numbers by value, texts but for case and typography."""
    if isinstance(value, str):
        return cell_key(value)
    if isinstance(value, dt.datetime):
        return value.date()
    return [plain(v) for v in value] if isinstance(value, (list, tuple)) else value
