"""The corpus as data: tables, procedures as a compiler would have published them, questions with their right answers.

Everything is read from the TOML files beside this module. Words and cells are given for English and for Russian; a
corpus is made for one language, as a team of that language would have it.
"""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from seglam_magics.procedure import describe_all, proc_id
from seglam_magics.procedure.guards import requirements
from seglam_magics.question import render
from seglam_magics.words import Example, Meaning, Parameter, Revision, Template, Variable

HERE = Path(__file__).parent
LANGUAGES = ("en", "ru")
_DOMAIN = ("min", "max", "column", "dtype", "values")


@dataclass(frozen=True)
class Slot:
    """A parameter whose value stands in the question, with its example in the language of the corpus."""

    parameter: Parameter
    shown: str

    @property
    def is_cell(self) -> bool:
        """Whether its values are cells of a column."""
        return bool(self.parameter.domain.get("column"))


@dataclass(frozen=True)
class Procedure:
    """A revision with what the corpus knows of it.

    Attributes
    ----------
    table : the variable it was compiled for, "" for none.
    kin : what a twin of one of its questions may become -> the procedure that answers that.
    spare : kinds of twins that leave its meaning as it is.
    exchange : two slots that the wording tells apart.
    result, rows : what its own question gives, or of how many rows that is.
    """

    revision: Revision
    table: str
    slots: Mapping[str, Slot]
    kin: Mapping[str, str]
    spare: tuple[str, ...]
    exchange: tuple[str, ...]
    result: Any
    rows: int | None

    @property
    def name(self) -> str:
        """The name of the revision."""
        return self.revision.name

    @property
    def inputs(self) -> tuple[str, ...]:
        """The variables its question may use."""
        return (self.table,) if self.table else ()

    @property
    def right(self) -> dict[str, Any]:
        """The bindings of its own question, inputs left out."""
        return {name: slot.parameter.example for name, slot in self.slots.items()}

    def given(self, lang: str) -> dict[str, Any]:
        """Its inputs as arguments of a call."""
        inputs = (p for p in self.revision.parameters if p.name not in self.slots)
        return {p.name: tables(lang)[str(p.example)] for p in inputs}

    def texts(self, lang: str) -> Iterator[str]:
        """Its wordings in a language."""
        return (t.text for t in self.revision.templates if t.lang == lang)

    def shown(self, **other: str) -> dict[str, str]:
        """What its slots show in a question; the variable shows its name."""
        inputs = {p.name: str(p.example) for p in self.revision.parameters if p.name not in self.slots}
        return {**inputs, **{name: slot.shown for name, slot in self.slots.items()}, **other}

    def question(self, text: str, **other: str) -> str:
        """A wording of it with its slots filled."""
        return render(text, self.shown(**other))


@dataclass(frozen=True)
class Ask:
    """A question and its right answer: the procedure and what its slots are bound to."""

    text: str
    procedure: str
    bindings: Mapping[str, Any]


def load(name: str) -> dict[str, Any]:
    """A data file of the corpus."""
    return tomllib.loads((HERE / name).read_text(encoding="utf-8"))


def spoken(value: Any, lang: str) -> Any:
    """The value in a language where it has one for each."""
    return value[lang] if isinstance(value, dict) and set(value) == set(LANGUAGES) else value


@functools.cache
def tables(lang: str) -> dict[str, Any]:
    """The variables of the notebook: polars frames, and lists."""
    found: dict[str, Any] = {}
    for name, facts in load("tables.toml").items():
        if "items" in facts:
            found[name] = spoken(facts["items"], lang)
        else:
            found[name] = pl.DataFrame({c: spoken(cells, lang) for c, cells in facts["columns"].items()})
    return found


@functools.cache
def procedures(lang: str) -> dict[str, Procedure]:
    """All procedures by name, compiled for questions in a language."""
    variables = describe_all(tables(lang))
    files = sorted((HERE / "procedures").glob("*.toml"))
    entries = (e for f in files for e in tomllib.loads(f.read_text(encoding="utf-8")).items())
    return {name: _procedure(name, facts, lang, variables, n) for n, (name, facts) in enumerate(entries)}


@functools.cache
def asks(lang: str) -> tuple[Ask, ...]:
    """The paraphrases of a language."""
    entries = load(f"paraphrases_{lang}.toml").items()
    return tuple(Ask(text, name, bindings) for name, texts in entries for text, bindings in texts.items())


def _procedure(name: str, facts: Mapping[str, Any], lang: str, variables: Mapping[str, Variable], n: int) -> Procedure:
    table = facts.get("table", "")
    slots = {slot: _slot(slot, f, lang) for slot, f in facts.get("slots", {}).items()}
    templates = tuple(Template(text, spoken) for spoken in LANGUAGES for text in facts[spoken])
    parameters = (*_inputs(table, variables), *(s.parameter for s in slots.values()))
    source = facts["source"].lstrip()
    parts = {
        "templates": templates,
        "returns": facts["returns"],
        "requires": requirements(source, parameters, variables),
    }
    draft = Procedure(
        Revision(name, 1, "", source, facts["summary"], parameters, **parts),
        table,
        slots,
        facts.get("kin", {}),
        tuple(facts.get("spare", ())),
        tuple(facts.get("exchange", ())),
        spoken(facts.get("result"), lang),
        facts.get("rows"),
    )
    revision = Revision(
        name,
        1,
        proc_id(source, parameters, **parts),
        source,
        facts["summary"],
        parameters,
        meaning=_meaning(facts.get("meaning", {})),
        synonyms=_synonyms(table, source, slots),
        # a procedure that may well find nothing was shown to its author doing so
        examples=(Example({}, 0),) if facts.get("empty") else (),
        question=draft.question(facts[lang][0]),
        created=float(n),
        **parts,
    )
    return Procedure(**{**vars(draft), "revision": revision})


def _inputs(table: str, variables: Mapping[str, Variable]) -> tuple[Parameter, ...]:
    if not table:
        return ()
    kind = variables[table].kind
    return (Parameter("frame" if kind == "frame" else "values", kind, example=table),)  # type: ignore[arg-type]


def _slot(name: str, facts: Mapping[str, Any], lang: str) -> Slot:
    domain = {key: facts[key] for key in _DOMAIN if key in facts}
    return Slot(Parameter(name, facts["type"], domain=domain, example=facts[lang]), str(facts[lang]))


def _meaning(facts: Mapping[str, Any]) -> Meaning:
    return Meaning(**{key: tuple(value) if isinstance(value, list) else value for key, value in facts.items()})


def _synonyms(table: str, source: str, slots: Mapping[str, Slot]) -> dict[str, tuple[str, ...]]:
    """Words for the columns that the source or an example names: what a compiler of this question would know."""
    known = load("tables.toml").get(table, {}).get("synonyms", {})
    named = {s.parameter.example for s in slots.values() if s.parameter.type == "column"}
    return {c: tuple(words) for c, words in known.items() if f'"{c}"' in source or c in named}
