"""Revisions that take no table: their wordings as they are read, and which of them a question may say."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from threading import RLock
from typing import Any

from ..errors import SeglamError
from ..procedure.stored import Known
from ..question import TextForm, content, normalise, read
from ..question.items import INPUTS
from ..question.wording import SLOT
from ..words import Revision, Template, Variable
from .anchors import Holders
from .index import Shape
from .kept import Tables, Writing
from .speaking import any_bare, roots_of, sure

LISTS = ("list", "frame")
LEAST_COMMON = 2


@dataclass(frozen=True, slots=True)
class SlotPlace:
    """Where a slot stands in a wording: its kind, and the words that tell it from others of its kind."""

    name: str
    kind: str
    left: str
    right: str
    noun: str = ""


@dataclass(frozen=True, slots=True)
class Said:
    """A wording as it was read: its form, its slots in order, and the literals that never change."""

    form: TextForm
    slots: tuple[SlotPlace, ...]
    fixed: tuple[str, ...]
    lang: str = "en"

    @property
    def kinds(self) -> tuple[tuple[str, ...], tuple[str, ...], str]:
        """What wordings of one space have in common."""
        return tuple(sorted(s.kind for s in self.slots)), self.fixed, self.lang


class TextMeanings:
    """The wordings of one revision that takes no table, read when they are first needed.

    Parameters
    ----------
    learned : wordings that mean what they say and nothing between them.
    """

    def __init__(self, revision: Revision, templates: Sequence[Template], learned: Collection[Template] = ()) -> None:
        self.revision, self.templates, self._learned = revision, tuple(templates), learned

    @cached_property
    def said(self) -> tuple[Said, ...]:
        """The wordings that can be read, each once."""
        return self._read_of(self.templates)

    @cached_property
    def _together(self) -> tuple[Said, ...]:
        return self._read_of(t for t in self.templates if t not in self._learned) if self._learned else self.said

    def _read_of(self, templates: Iterable[Template]) -> tuple[Said, ...]:
        found = (_read(self.revision, template) for template in templates)
        return tuple(dict.fromkeys(s for s in found if s is not None))

    @property
    def lists(self) -> bool:
        """Whether the answer is a list, which says as well whether there are any."""
        declared = self.revision.meaning.aggregate.casefold()
        return declared == "list" or (not declared and self.revision.returns in LISTS)

    def answers(self, said: Said, form: TextForm) -> bool:
        """Whether a question of this form says what the wording says."""
        same = said.form.words == form.words and said.form.operators == form.operators
        return same and self._asks(said.form.asks, form.asks)

    def _asks(self, mine: str, theirs: str) -> bool:
        """Whether one question class serves the other: a list says as well whether there are any, so does yes or no."""
        alike = ({"what", "exist"}, {"who", "exist"}) if self.lists else ({"yesno", "exist"},)
        return mine == theirs or {mine, theirs} in alike

    def spans(self, form: TextForm) -> Iterator[Said]:
        """Wordings between which the question lies."""
        spaces: dict[Any, list[Said]] = defaultdict(list)
        for said in self._together:
            spaces[said.kinds].append(said)
        for members in spaces.values():
            words = [m.form.words for m in members]
            common, everything = frozenset.intersection(*words), frozenset.union(*words)
            enough = len(members) > 1 and len(common) + bool(members[0].slots) > LEAST_COMMON
            operators = any(m.form.operators == form.operators for m in members)
            asks = any(self._asks(m.form.asks, form.asks) for m in members)
            if enough and operators and asks and common <= form.words <= everything:
                yield from members


def _read(revision: Revision, template: Template) -> Said | None:
    """A wording with the examples of its slots, read as a question is."""
    try:
        rendered = _rendered(revision, normalise(template.text))
        variables = {
            str(p.example): Variable(str(p.example), p.type)
            for p in revision.parameters
            if p.type in INPUTS and p.example is not None
        }
        reading = read(rendered.text, variables)
    except (SeglamError, KeyError):
        return None
    if reading.text != rendered.text:
        return None
    form = content(reading, [(start, end) for _, start, end in rendered.spans])
    literals = {(x.start, x.end): x for x in form.literals}
    slots = []
    for name, start, end in rendered.spans:
        literal = literals.pop((start, end), None)
        if literal is None:
            return None
        slots.append(SlotPlace(name, literal.kind, literal.left, literal.right, literal.noun))
    return Said(form, tuple(slots), tuple(sorted(x.text.casefold() for x in literals.values())), template.lang)


@dataclass(frozen=True, slots=True)
class _Rendered:
    text: str
    spans: tuple[tuple[str, int, int], ...]


def _rendered(revision: Revision, text: str) -> _Rendered:
    """A wording with its slots filled, and where each of them stands; KeyError where one has no example."""
    shown = {p.name: str(p.example) for p in revision.parameters if p.example is not None}
    pieces = SLOT.split(text.replace("`", ""))
    spans, made = [], ""
    for k, piece in enumerate(pieces):
        if k % 2 == 0:
            made += piece.replace("{{", "{").replace("}}", "}")
            continue
        value = normalise(shown[piece])
        spans.append((piece, len(made), len(made) + len(value)))
        made += value
    return _Rendered(made, tuple(spans))


# ---------------------------------------------------------------- finding them


class TextIndex:
    """Revisions that take no table, by the words they say.

    A question is answered by a wording with the same content words, or by several that say all of its words together.
    So every word of the question that only a text can bring in stands in a wording of what may answer it; and where
    the question has none, a wording has none.

    Parameters
    ----------
    lock : held while the tables are read or changed; the other indexes of the same revisions share it.
    kept : an earlier index, as far as it holds.
    shapes : the revisions it was made of, and others.
    """

    def __init__(
        self, lock: RLock | None = None, kept: Tables | None = None, shapes: Mapping[str, Shape] | None = None
    ) -> None:
        self._lock = lock or RLock()
        self._kept = kept
        numbers = kept.numbers("texts", "all") if kept else []
        names = kept.names_of(numbers) if kept else []
        self._entries: dict[str, _Entry] = {name: _Entry(shapes[name]) for name in names} if shapes else {}
        self._holders: Holders[str] = Holders(
            partial(kept.numbers, "texts by word") if kept else None, dict(zip(numbers, names, strict=True))
        )
        self._bare: dict[str, None] = dict.fromkeys(kept.names("texts", "bare") if kept else ())

    def file(self, shape: Shape, known: Known) -> None:
        """File a revision, unless it takes a table."""
        if known.columns or any(kind == "frame" for _, kind in known.parameters):
            return
        texts = shape.texts(known)
        with self._lock:
            self._entries[known.name] = _Entry(shape)
            self._holders.add(roots_of(texts, known.examples), known.name)
            if any_bare(texts):
                self._bare[known.name] = None

    def drop(self, name: str) -> None:
        """Take out what answers for `name`, if anything does."""
        with self._lock:
            entry = self._entries.pop(name, None)
            if entry is not None:
                known = entry.shape.stored.known()
                self._holders.discard(roots_of(entry.shape.texts(known), known.examples), name)
                self._bare.pop(name, None)

    def candidates(self, form: TextForm) -> list[TextMeanings]:
        """Revisions that may say what the question says."""
        words = sure(form.words)
        with self._lock:
            names = self._holders.holding(words) if words else list(self._bare)
            found = [self._entries[name] for name in names]
        return [meanings for entry in found if (meanings := entry.meanings) is not None]

    def __len__(self) -> int:
        return len(self._entries)

    def keep(self, writing: Writing) -> None:
        """Write everything down that finding a revision takes; nothing is filed meanwhile."""
        lists = {"all": writing.listed(list(self._entries)), "bare": writing.listed(list(self._bare))}
        words = self._kept.keys("texts by word") if self._kept else ()
        writing.table("texts", lists)
        said = self._holders.filed(words)
        writing.table("texts by word", {word: writing.listed(names) for word, names in said})


class _Entry:
    """A filed revision with its readings, made when they are first needed."""

    __slots__ = ("_meanings", "shape")

    def __init__(self, shape: Shape) -> None:
        self.shape = shape
        self._meanings: TextMeanings | None = None

    @property
    def meanings(self) -> TextMeanings | None:
        """What it says; None where this version cannot read it after all."""
        if self._meanings is None and self.shape.readable:
            revision = self.shape.revision
            self._meanings = TextMeanings(revision, (*revision.templates, *self.shape.aliases), self.shape.learned)
        return self._meanings
