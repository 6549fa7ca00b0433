"""Which stored wordings sound like a question: vectors that propose, and nothing else.

A vector never decides a hit. A sentence and its reversal lie closer together than a sentence and its paraphrase (0.998
against 0.92 with a common model), so no threshold tells what is the same. What comes out of here are keys in an order:
who wants an answer from one of them takes it through the symbolic decision, a confirmation of the user or a model's
binding that is checked word by word. Nothing here knows bindings, revisions or decisions.

Two stages keep it as quick for 100,000 procedures as for a hundred: words that few wordings share propose some, vectors
put these in order. Vectors are made when a wording is first proposed, and the least used ones are forgotten.
"""

from __future__ import annotations

import zlib
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vectors = NDArray[np.float32]

WIDTH = 512  # numbers of a hashed vector
SIZES = (3, 4, 5)  # of the pieces that words are cut into
WORD = 2.0  # what a whole word or a pair of words weighs, beside a piece
PROPOSED = 200  # wordings that are compared at most
KEPT = 4_096  # vectors: eight megabytes
LONGEST = 400  # characters of a text that count
K = TypeVar("K", bound=Hashable)
K_co = TypeVar("K_co", bound=Hashable, covariant=True)


class Embedder(Protocol):
    """What gives texts a direction each."""

    def embed(self, texts: Sequence[str]) -> Vectors:
        """One row of float32 per text, each of length 1 (0 for a text that says nothing)."""
        ...


class Sharing(Protocol[K_co]):
    """What knows who shares words with a question; `anchors.Postings` is one."""

    def sharing(self, words: frozenset[str], most: int) -> Sequence[tuple[K_co, float]]:
        """Keys with how much of the words each speaks of, the most first."""
        ...


@dataclass(frozen=True, slots=True)
class Near(Generic[K]):
    """A key, and how alike its most similar wording is: a cosine between -1 and 1, good for an order and no more."""

    key: K
    likeness: float
    wording: str = ""


def rank(question: str, wordings: Sequence[str], embedder: Embedder | None = None) -> list[Near[int]]:
    """The places of `wordings`, those first that sound most like `question`; equal ones in their order.

    Parameters
    ----------
    question, wordings : with marks for numbers, texts and names, see `masking`.
    embedder : hashed pieces of words by default, which need no model.

    >>> found = rank("mean _ per _", ["largest _ of all", "average _ per _", "mean of _ per _"])
    >>> [near.key for near in found]
    [2, 1, 0]
    """
    if not wordings:
        return []
    rows = (Hashed() if embedder is None else embedder).embed([question, *wordings])
    likeness = [round(float(value), 6) for value in rows[1:] @ rows[0]]
    order = sorted(range(len(wordings)), key=lambda place: -likeness[place])
    return [Near(place, likeness[place], wordings[place]) for place in order]


def nearest(
    question: str,
    words: frozenset[str],
    postings: Sharing[K],
    wordings: Callable[[K], Sequence[str]],
    embedder: Embedder | None = None,
) -> list[Near[K]]:
    """The keys that sound most like `question`, each once with its most similar wording.

    They are in the order of the likeness and of the rare words they share, which say what marks hide: the columns.

    Parameters
    ----------
    words : of the question, as `postings` files them.
    wordings : of a key, with marks as `question` has them; at most 200 are compared.

    >>> from seglam_magics.cache.anchors import Postings
    >>> postings, texts = Postings[str](), {"a": ["mean _ per _"], "b": ["largest _ per _"]}
    >>> for name, said in texts.items():
    ...     postings.add(set(said[0].split()), name)
    >>> [near.key for near in nearest("mean of _ per _", frozenset({"mean", "per"}), postings, texts.__getitem__)]
    ['a', 'b']
    """
    shares = dict(postings.sharing(words, PROPOSED))
    proposed = list(_proposed(shares, wordings))
    best: dict[K, Near[K]] = {}
    for near in rank(question, [text for _, text in proposed], embedder):
        key = proposed[near.key][0]
        best.setdefault(key, Near(key, near.likeness, near.wording))
    return sorted(best.values(), key=lambda near: -(near.likeness + shares[near.key]))


def _proposed(keys: Iterable[K], wordings: Callable[[K], Sequence[str]]) -> Iterator[tuple[K, str]]:
    left = PROPOSED
    for key in keys:
        for text in wordings(key)[:left]:
            yield key, text
            left -= 1
        if left <= 0:
            return


class Hashed:
    """Vectors of the pieces of three to five letters, the words and the pairs of words of a text, folded into 512."""

    def embed(self, texts: Sequence[str]) -> Vectors:
        """See `Embedder.embed`; the same text gives the same row everywhere and always."""
        import numpy as np

        plain = [" ".join(text[:LONGEST].casefold().split()) for text in texts]
        cells, weights = zip(_pieces(plain), _words(plain), strict=True)
        counted = np.bincount(np.concatenate(cells), np.concatenate(weights), minlength=len(plain) * WIDTH)
        return unit(counted.reshape(len(plain), WIDTH).astype(np.float64))


def unit(rows: NDArray[np.floating]) -> Vectors:
    """Rows of length 1 that point where `rows` point; a row of zeros stays one."""
    import numpy as np

    lengths = np.sqrt((rows * rows).sum(axis=1, keepdims=True))
    made: Vectors = (rows / np.where(lengths > 0, lengths, 1)).astype(np.float32)
    return made


class Remembering:
    """An embedder that asks another one for every text once, as long as it is used.

    Parameters
    ----------
    kept : vectors that are remembered; the least recently used ones are forgotten.
    """

    def __init__(self, embedder: Embedder, kept: int = KEPT) -> None:
        self._embedder, self._kept = embedder, kept
        self._rows: OrderedDict[str, Vectors] = OrderedDict()

    def __len__(self) -> int:
        return len(self._rows)

    def embed(self, texts: Sequence[str]) -> Vectors:
        """See `Embedder.embed`."""
        import numpy as np

        known = {text: self._rows[text] for text in texts if text in self._rows}
        fresh = list(dict.fromkeys(text for text in texts if text not in known))
        if fresh:
            known |= zip(fresh, self._embedder.embed(fresh), strict=True)
        for text in texts:
            self._rows[text] = known[text]
            self._rows.move_to_end(text)
        while len(self._rows) > self._kept:
            self._rows.popitem(last=False)
        return np.stack([known[text] for text in texts])


# ---------------------------------------------------------------- hashing


def _pieces(texts: Sequence[str]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Where the pieces of all texts fall, as cells of one long row, and whether they count up or down."""
    import numpy as np

    # one text after the other, with a blank on both sides; what crosses the border of two texts is left out
    joined = "".join(f" {text} " for text in texts) + " " * SIZES[-1]
    letters = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    owner = np.repeat(np.arange(len(texts) + 1), [*(len(text) + 2 for text in texts), SIZES[-1]])
    rows, codes = [], []
    for size in SIZES:
        first, code = owner[: 1 - size], np.full(len(letters) - size + 1, size, dtype=np.uint32)
        for place in range(size):
            code = code * np.uint32(16_777_619) ^ letters[place : len(code) + place]
        whole = (first == owner[size - 1 :]) & (first < len(texts))
        rows.append(first[whole])
        codes.append(_mixed(code[whole]))
    return _placed(np.concatenate(rows), np.concatenate(codes), 1.0)


def _words(texts: Sequence[str]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """The same for words and pairs of words, which count for more."""
    import numpy as np

    found = [(row, said) for row, text in enumerate(texts) for said in _said(text.split())]
    codes = np.array([zlib.crc32(said.encode("utf-8", "surrogatepass")) for _, said in found], dtype=np.uint32)
    return _placed(np.array([row for row, _ in found], dtype=np.int64), _mixed(codes), WORD)


def _said(words: Sequence[str]) -> Iterator[str]:
    yield from words
    yield from (f"{one} {other}" for one, other in pairwise(words))


def _placed(
    rows: NDArray[np.int64], codes: NDArray[np.uint32], weight: float
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    import numpy as np

    return rows * WIDTH + codes % WIDTH, np.where(codes & np.uint32(1 << 31), -weight, weight)


def _mixed(code: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """Codes with their bits stirred (the end of MurmurHash3), so that their lower ones may serve."""
    import numpy as np

    code = (code ^ code >> np.uint32(16)) * np.uint32(0x85EBCA6B)
    code = (code ^ code >> np.uint32(13)) * np.uint32(0xC2B2AE35)
    return code ^ code >> np.uint32(16)
