"""Finding the wordings a question may be of, without looking at the others.

Each wording is filed under the rarest of its own words; a question holds that word or is not of this wording. Wordings
are taken apart when they are first looked at, so that a large store loads quickly.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from functools import cached_property

from ..question import CompiledTemplate, compile_templates, literal_words
from ..question.language import lexicon
from ..words import Revision, Template

MOST_POSTINGS = 2_000
MOST_RANKED = 60
EACH = 8
NEAR = 0.5


class Shape:
    """A revision with its wordings taken apart on demand."""

    def __init__(self, revision: Revision, aliases: tuple[Template, ...] = ()) -> None:
        self.revision, self.templates = revision, (*revision.templates, *aliases)

    def is_of(self, revision: Revision, aliases: tuple[Template, ...]) -> bool:
        """Whether it is this very revision with these further wordings."""
        return self.revision is revision and self.templates == (*revision.templates, *aliases)

    @cached_property
    def compiled(self) -> dict[Template, CompiledTemplate]:
        """The usable wordings."""
        revision = self.revision
        usable, _ = compile_templates(
            self.templates, revision.parameters, ignorable=revision.ignorable, question=revision.question
        )
        return {c.template: c for c in usable}


class Wording:
    """One wording of a revision, known by the words it is made of."""

    __slots__ = ("anchor", "shape", "template", "words")

    def __init__(self, shape: Shape, template: Template, words: frozenset[str]) -> None:
        self.shape, self.template, self.words = shape, template, words
        self.anchor = ""

    @property
    def compiled(self) -> CompiledTemplate | None:
        """The wording taken apart, None where it is unusable."""
        return self.shape.compiled.get(self.template)


class Index:
    """The wordings of the revisions that answer, one revision a name."""

    def __init__(self) -> None:
        self._anchors: dict[str, list[Wording]] = defaultdict(list)
        self._postings: dict[str, list[Wording]] = defaultdict(list)
        self._by_name: dict[str, tuple[Shape, list[Wording]]] = {}

    def __len__(self) -> int:
        return len(self._by_name)

    def put(self, name: str, revision: Revision | None, aliases: tuple[Template, ...] = ()) -> None:
        """File `revision` as the one that answers for `name`, with further wordings; None takes the name out."""
        before = self._by_name.get(name)
        if before is not None and revision is not None and before[0].is_of(revision, aliases):
            return
        self._drop(name)
        if revision is not None:
            shape = Shape(revision, aliases)
            wordings = [w for t in shape.templates if (w := _wording(shape, t)) is not None]
            for wording in wordings:
                self._file(wording)
            self._by_name[name] = (shape, wordings)

    def shape(self, name: str) -> Shape | None:
        """The filed revision of `name`."""
        found = self._by_name.get(name)
        return found[0] if found else None

    def wordings(self) -> Iterator[Wording]:
        """All of them."""
        for _, wordings in self._by_name.values():
            yield from wordings

    def candidates(self, words: frozenset[str]) -> Iterator[Wording]:
        """Wordings all of whose own words are among `words`."""
        anchors = self._anchors
        for word in words:
            for wording in anchors.get(word, ()):
                if wording.words <= words:
                    yield wording

    def nearest(self, words: frozenset[str], most: int) -> list[Wording]:
        """The wordings that share most of their words with `words`, a few each of `most` revisions, best first.

        Words alone do not say which wording the question follows the farthest; who asks tries them all.
        """
        shared: Counter[Wording] = Counter()
        left = MOST_POSTINGS
        for word in sorted((w for w in words if w in self._postings), key=lambda w: (len(self._postings[w]), w)):
            left -= len(self._postings[word])
            if left < 0:
                break
            shared.update(self._postings[word])
        likely = [w for w, _ in shared.most_common(MOST_RANKED) if _likeness(w, words) >= NEAR]
        likely.sort(key=lambda w: (-_likeness(w, words), -w.shape.revision.created, w.template.text))
        best: dict[str, list[Wording]] = {}
        for wording in likely:
            best.setdefault(wording.shape.revision.proc_id, []).append(wording)
        return [w for wordings in list(best.values())[:most] for w in wordings[:EACH]]

    def knows(self, word: str) -> bool:
        """Whether any wording speaks of `word`."""
        return bool(self._postings.get(word))

    def _file(self, wording: Wording) -> None:
        content = wording.words - lexicon().words["stop"] or wording.words
        wording.anchor = min(content, key=lambda w: (len(self._anchors[w]), -len(w), w))
        self._anchors[wording.anchor].append(wording)
        for word in content:
            self._postings[word].append(wording)

    def _drop(self, name: str) -> None:
        _, wordings = self._by_name.pop(name, (None, []))
        for wording in wordings:
            self._anchors[wording.anchor].remove(wording)
            for word in wording.words - lexicon().words["stop"] or wording.words:
                self._postings[word].remove(wording)


def _wording(shape: Shape, template: Template) -> Wording | None:
    try:
        words = literal_words(template.text)
    except ValueError:
        return None
    return Wording(shape, template, words) if words else None


def _likeness(wording: Wording, words: frozenset[str]) -> float:
    own = wording.words - lexicon().words["stop"] or wording.words
    return len(own & words) / len(own)
