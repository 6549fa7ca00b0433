"""Finding the wordings a question may be of, without looking at the others.

Wordings are filed by their words and taken apart when they are first looked at, so that a large store loads quickly.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cached_property, partial
from sys import intern
from threading import RLock
from typing import Any

from ..procedure.stored import Known, Stored
from ..question import CompiledTemplate, compile_template, unsaid
from ..question.language import lexicon
from ..question.openings import without_opening
from ..words import Revision, Template
from .anchors import Place, Postings, WordSets
from .kept import Tables, Writing
from .quick import quick_words
from .shelf import UNREADABLE, spelled

MOST_RANKED = 16
EACH = 8
NEAR = 0.5
_Place = Place[tuple[str, int]]


class Shape:
    """A stored revision that answers for its name, with the wordings that were added to it.

    What finding it takes is read from its record when it is filed and again when it is looked at, and only then kept.

    Parameters
    ----------
    learned : those of `aliases` that nobody but another procedure has said.
    """

    def __init__(self, stored: Stored, aliases: Iterable[Template] = (), learned: Collection[Template] = ()) -> None:
        self.stored, self.aliases, self.learned = stored, tuple(aliases), learned

    @property
    def label(self) -> str:
        """`name@N`."""
        return self.stored.label

    @property
    def revision(self) -> Revision:
        """The whole revision; raises what `Stored.revision` does."""
        return self.stored.revision

    @property
    def readable(self) -> bool:
        """Whether this version can read all of it."""
        try:
            return bool(self.stored.revision)
        except UNREADABLE:
            return False

    def texts(self, known: Known) -> tuple[str, ...]:
        """Its wordings, then the added ones, then all of them without what they only begin with."""
        said = (*known.templates, *(t.text for t in self.aliases))
        return (*said, *filter(None, map(without_opening, said)))

    @cached_property
    def created(self) -> float:
        """When it was compiled, in seconds since the epoch."""
        return self.stored.known().created

    @cached_property
    def wordings(self) -> tuple[Wording, ...]:
        """Its wordings that have words."""
        return tuple(wordings_of(self, self.stored.known()))

    @cached_property
    def templates(self) -> tuple[Template, ...]:
        """The same as `texts`, with their languages."""
        said = (*self.revision.templates, *self.aliases)
        bare = ((without_opening(t.text), t.lang) for t in said)
        return (*said, *(Template(text, lang) for text, lang in bare if text))

    @cached_property
    def _compiled(self) -> dict[int, CompiledTemplate | None]:
        return {}

    @cached_property
    def _unsaid(self) -> frozenset[str]:
        return unsaid(self.templates, self.revision.parameters)

    def compiled(self, place: int) -> CompiledTemplate | None:
        """A wording taken apart when it is first looked at.

        None where it is unusable, or this version cannot read the record after all.
        """
        if place not in self._compiled:
            self._compiled[place] = self._compile(place) if self.readable else None
        return self._compiled[place]

    def _compile(self, place: int) -> CompiledTemplate | None:
        revision = self.revision
        try:
            return compile_template(
                self.templates[place],
                revision.parameters,
                constants=self._unsaid,
                ignorable=revision.ignorable,
                question=revision.question,
            )
        except ValueError:
            return None


class Wording:
    """One wording of a revision, known by the words it is made of."""

    __slots__ = ("place", "shape", "text", "words")

    def __init__(self, shape: Shape, place: int, text: str, words: frozenset[str]) -> None:
        self.shape, self.place, self.text, self.words = shape, place, text, words

    @property
    def compiled(self) -> CompiledTemplate | None:
        """The wording taken apart, None where it is unusable."""
        return self.shape.compiled(self.place)


class Index:
    """The wordings of the revisions that answer, one revision a name.

    Parameters
    ----------
    lock : held while the tables are read or changed; the other indexes of the same revisions share it.
    kept : an earlier index, as far as it holds.
    shapes : the revisions in it.
    """

    def __init__(
        self, lock: RLock | None = None, kept: Tables | None = None, shapes: Mapping[str, Shape] | None = None
    ) -> None:
        self._lock = lock or RLock()
        self._kept = kept
        self._shapes: dict[str, Shape] = dict(shapes or {})
        self._sets: WordSets[tuple[str, int]] = WordSets(_first(kept) if kept else None)
        self._postings: Postings[str] = Postings(partial(kept.names, "words") if kept else None, len(self._shapes))
        self._questions: dict[str, set[str]] = {}

    def __len__(self) -> int:
        return len(self._shapes)

    def file(self, shape: Shape, known: Known, wordings: Iterable[Wording]) -> None:
        """File a revision by the question it was compiled for and by its wordings."""
        name, said = known.name, set[str]()
        with self._lock:
            self._shapes[name] = shape
            if known.question:
                self._compiled_for(spelled(known.question)).add(name)
            for wording in wordings:
                self._sets.add(wording.words, (name, wording.place))
                said |= wording.words
            self._postings.add(_content(said), name)

    def drop(self, name: str) -> None:
        """Take out what answers for `name`, if anything does."""
        with self._lock:
            shape = self._shapes.pop(name, None)
            if shape is None:
                return
            self._compiled_for(spelled(shape.stored.known().question)).discard(name)
            for wording in shape.wordings:
                self._sets.discard(wording.words, (name, wording.place))
            self._postings.discard(_content({w for x in shape.wordings for w in x.words}), name)

    def _compiled_for(self, text: str) -> set[str]:
        """The names of the revisions that were compiled for a question, to be changed in place."""
        found = self._questions.get(text)
        if found is None:
            found = self._questions[text] = set(self._kept.names("questions", text) if self._kept else ())
        return found

    def asked(self, text: str) -> list[Shape]:
        """The revisions that were compiled for this very question, by name."""
        with self._lock:
            known = text in self._questions or (self._kept is not None and text in self._kept.keys("questions"))
            return [self._shapes[name] for name in sorted(self._compiled_for(text))] if known else []

    def candidates(self, words: frozenset[str]) -> list[Wording]:
        """Wordings all of whose own words are among `words`."""
        with self._lock:
            found = [(self._shapes[name], place) for name, place in self._sets.within(words)]
        return [next(w for w in shape.wordings if w.place == place) for shape, place in found]

    def nearest(self, words: frozenset[str], most: int) -> list[Wording]:
        """The wordings that share most of their words with `words`, a few each of `most` revisions, best first.

        Words alone do not say which wording the question follows the farthest; who asks tries them all.
        """
        with self._lock:
            shapes = [self._shapes[name] for name, _ in self._postings.sharing(words, MOST_RANKED)]
        likely = [(_likeness(w, words), w) for shape in shapes for w in shape.wordings]
        likely = sorted((x for x in likely if x[0] >= NEAR), key=lambda x: (-x[0], -x[1].shape.created, x[1].text))
        best: dict[str, list[Wording]] = {}
        for _, wording in likely:
            best.setdefault(wording.shape.stored.proc_id, []).append(wording)
        return [w for wordings in list(best.values())[:most] for w in wordings[:EACH]]

    def sharing(self, words: frozenset[str], most: int) -> list[tuple[str, float]]:
        """Names of the revisions that share rare words with `words`, each with how much of them it says, most first."""
        with self._lock:
            return self._postings.sharing(words, most)

    def knows(self, word: str) -> bool:
        """Whether any wording speaks of `word`."""
        with self._lock:
            return self._postings.knows(word)

    def keep(self, writing: Writing) -> None:
        """Write everything down that finding a revision takes; nothing is filed meanwhile."""
        first = self._sets.keep(writing.line, lambda key: [*writing.numbers(key[:1]), key[1]])
        writing.table("sets", {"": first})
        kept = self._kept
        said = self._postings.filed(kept.keys("words") if kept else ())
        writing.table("words", {word: writing.listed(names) for word, names in said})
        texts = dict.fromkeys((*(kept.keys("questions") if kept else ()), *self._questions))
        asked = ((text, self._compiled_for(text)) for text in texts)
        writing.table("questions", {text: writing.listed(sorted(names)) for text, names in asked if names})


def _first(kept: Tables) -> _Place:
    """Where the wordings of an earlier index begin."""
    return kept.entry("sets", "", partial(_place, kept)) or Place()


def _place(kept: Tables, said: Any) -> _Place:
    """A place as it was kept, without the wordings that do not hold any more."""
    ended, few, below = said
    place: _Place = Place(lambda offset: kept.line(offset, partial(_place, kept)) or Place())
    place.ended = [(name, at) for number, at in ended if (name := kept.name(number)) is not None]
    place.few = [
        (tuple(map(intern, rest)), (name, at)) for (number, at), *rest in few if (name := kept.name(number)) is not None
    ]
    place.below = {intern(word): offset for word, offset in below.items()}
    return place


def wordings_of(shape: Shape, known: Known) -> Iterator[Wording]:
    """The wordings of a revision that have words."""
    for place, text in enumerate(shape.texts(known)):
        try:
            words = quick_words(text)
        except ValueError:
            continue
        if words:
            yield Wording(shape, place, text, words)


def _content(words: set[str] | frozenset[str]) -> set[str] | frozenset[str]:
    return words - lexicon().words["stop"] or words


def _likeness(wording: Wording, words: frozenset[str]) -> float:
    own = _content(wording.words)
    return len(own & words) / len(own)
