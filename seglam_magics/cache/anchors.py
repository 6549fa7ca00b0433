"""Three ways from words to what is filed under them, all as quick for 100,000 procedures as for a hundred.

`WordSets` finds what asks for no further word than there is: the wordings a question may be of. `Holders` finds what
has every word there is: the procedures that may say what a question says. `Postings` finds what has most in common
with the words there are: what may be shown when nothing fits. None of them decides anything. Each may begin with what
was kept of an earlier one, of which it reads what it is asked for.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping
from heapq import nlargest
from math import log
from operator import itemgetter
from sys import intern
from typing import Any, Generic, TypeVar

CROWD = 16  # so many entries of one place are looked through faster than they are divided
BUDGET = 500  # entries that one search counts
K = TypeVar("K", bound=Hashable)
_NOTHING: array[int] = array("Q")


class WordSets(Generic[K]):
    """Sets of words, each with what it stands for.

    A set is filed under the rarest of its words. Where many share that word they are divided by their next rarest
    words, and so on; so no place is crowded, however few words a store is written in.

    Parameters
    ----------
    begin : where everything was kept so far.

    >>> sets = WordSets[int]()
    >>> for number, text in enumerate(["mean of price", "mean of weight per region"]):
    ...     sets.add(frozenset(text.split()), number)
    >>> list(sets.within(frozenset("what is the mean of all price values".split())))
    [0]
    """

    def __init__(self, begin: Place[K] | None = None) -> None:
        self._root: Place[K] = begin or Place()
        self._seen: Counter[str] = Counter()

    def add(self, words: Collection[str], key: K) -> None:
        """File `key` under `words`."""
        own = list(map(intern, words))
        self._seen.update(own)
        own.sort(key=self._seen.__getitem__)
        self._root.add(tuple(own), key)

    def discard(self, words: Collection[str], key: K) -> None:
        """Take out what was filed so; nothing happens where it was not."""
        if self._root.discard(frozenset(words), key):
            self._seen.subtract(words)

    def within(self, words: frozenset[str]) -> Iterator[K]:
        """What was filed under sets all of whose words are among `words`, in no order."""
        places = [self._root]
        while places:
            place = places.pop()
            yield from place.ended
            yield from [key for rest, key in place.few if words.issuperset(rest)]
            if place.below:
                places += [place.at(w) for w in _common(words, place.below)]

    def keep(self, line: Callable[[Any], int], plain: Callable[[K], Any]) -> int:
        """Write all places down, each as a line; where the first of them lies."""
        return self._root.keep(line, plain)


class Place(Generic[K]):
    """Entries that share the words which lead here, each with the rest of its words.

    Parameters
    ----------
    read : the place that was kept at this byte.

    Attributes
    ----------
    ended : entries without further words.
    few : entries that were not divided yet.
    below : entries by one of their further words, once there were too many; where they lie as long as nobody asked.
    """

    __slots__ = ("_read", "below", "ended", "few")

    def __init__(self, read: Callable[[int], Place[K]] | None = None) -> None:
        self._read = read
        self.ended: list[K] = []
        self.few: list[tuple[tuple[str, ...], K]] = []
        self.below: dict[str, Place[K] | int] = {}

    def at(self, word: str) -> Place[K]:
        """The place below that `word` leads to."""
        place = self.below[word]
        if isinstance(place, int):
            assert self._read is not None
            place = self.below[word] = self._read(place)
        return place

    def keep(self, line: Callable[[Any], int], plain: Callable[[K], Any]) -> int:
        """Write this place and all below it down; where it lies."""
        below = {word: self.at(word).keep(line, plain) for word in list(self.below)}
        few = [[plain(key), *rest] for rest, key in self.few]
        return line([[plain(key) for key in self.ended], few, below])

    def add(self, rest: tuple[str, ...], key: K) -> None:
        """File an entry by the rest of its words, the rarest first."""
        if not rest:
            self.ended.append(key)
        elif self.below:
            self._lower(rest, key)
        else:
            self.few.append((rest, key))
            if len(self.few) > CROWD:
                crowd, self.few = self.few, []
                for entry in crowd:
                    self._lower(*entry)

    def _lower(self, rest: tuple[str, ...], key: K) -> None:
        if rest[0] not in self.below:
            self.below[rest[0]] = Place()
        self.at(rest[0]).add(rest[1:], key)

    def discard(self, words: frozenset[str], key: K) -> bool:
        """Take out the entry with these further words; whether it was there."""
        if not words and key in self.ended:
            self.ended.remove(key)
            return True
        for place, (rest, other) in enumerate(self.few):
            if other == key and words == frozenset(rest):
                del self.few[place]
                return True
        return any(self.at(w).discard(words - {w}, key) for w in _common(words, self.below))


class Holders(Generic[K]):
    """Which keys hold all of some words.

    Parameters
    ----------
    kept : the numbers that were filed so far under a word, ascending.
    keys : what these numbers stand for.

    >>> holders = Holders[str]()
    >>> holders.add({"mean", "price"}, "a")
    >>> holders.add({"mean", "weight"}, "b")
    >>> holders.holding({"mean", "weight"}), holders.holding({"mean"}), holders.holding({"price", "weight"})
    (['b'], ['a', 'b'], [])
    """

    def __init__(self, kept: Callable[[str], list[int]] | None = None, keys: Mapping[int, K] | None = None) -> None:
        self._kept = kept
        self._numbers: dict[str, array[int]] = {}  # ascending
        self._keys: dict[int, K] = dict(keys or {})
        self._filed: dict[K, int] = {key: number for number, key in self._keys.items()}
        self._next = max(self._keys, default=-1) + 1

    def add(self, words: Collection[str], key: K) -> None:
        """File `key` under `words`; a key is filed once."""
        number = self._filed[key] = self._next
        self._keys[number] = key
        self._next += 1
        for word in words:
            numbers = self._under(word)
            if numbers is None:
                numbers = self._numbers[intern(word)] = array("Q")
            numbers.append(number)

    def _under(self, word: str) -> array[int] | None:
        """The numbers filed under a word; None where there never were any."""
        numbers = self._numbers.get(word)
        if numbers is None and self._kept is not None and (kept := self._kept(word)):
            numbers = self._numbers.setdefault(intern(word), array("Q", kept))
        return numbers

    def discard(self, words: Collection[str], key: K) -> None:
        """Take out what was filed so; nothing happens where it was not."""
        number = self._filed.pop(key, None)
        if number is None:
            return
        del self._keys[number]
        for word in words:
            numbers = self._under(word) or _NOTHING
            at = bisect_left(numbers, number)
            if at < len(numbers) and numbers[at] == number:
                del numbers[at]

    def filed(self, words: Iterable[str] = ()) -> Iterator[tuple[str, list[K]]]:
        """Every word with the keys filed under it, the oldest first.

        Parameters
        ----------
        words : those under which something was kept.
        """
        for word in dict.fromkeys((*words, *self._numbers)):
            if numbers := self._under(word):
                yield word, [self._keys[n] for n in numbers]

    def holding(self, words: Collection[str]) -> list[K]:
        """The keys filed under every one of `words`, the oldest first; all keys where there is no word."""
        lists = sorted((self._under(w) or _NOTHING for w in words), key=len)
        if not lists:
            return list(self._keys.values())
        found: Iterable[int] = lists[0]
        for numbers in lists[1:]:
            found = [n for n in found if (at := bisect_left(numbers, n)) < len(numbers) and numbers[at] == n]
        return [self._keys[n] for n in found]


class Postings(Generic[K]):
    """Which keys speak of a word.

    Parameters
    ----------
    kept : the keys that were noted so far for a word, the oldest first.
    size : how many keys these are in all.

    >>> postings = Postings[str]()
    >>> postings.add({"mean", "price"}, "a")
    >>> postings.add({"mean", "weight"}, "b")
    >>> [key for key, _ in postings.sharing({"weight", "mean", "region"}, 5)], postings.knows("price")
    (['b', 'a'], True)
    """

    def __init__(self, kept: Callable[[str], list[K]] | None = None, size: int = 0) -> None:
        self._kept = kept
        self._keys: dict[str, list[K]] = {}
        self._size = size

    def _of(self, word: str) -> list[K] | None:
        """The keys that speak of a word; None where there never were any."""
        found = self._keys.get(word)
        if found is None and self._kept is not None and (kept := self._kept(word)):
            found = self._keys.setdefault(intern(word), kept)
        return found

    def add(self, words: Collection[str], key: K) -> None:
        """Note that `key` speaks of `words`."""
        self._size += 1
        for word in words:
            found = self._of(word)
            if found is None:
                self._keys[intern(word)] = [key]
            else:
                found.append(key)

    def discard(self, words: Collection[str], key: K) -> None:
        """Take out what was noted so."""
        self._size = max(0, self._size - 1)
        for word in words:
            found = self._of(word) or []
            if key in found:
                found.remove(key)

    def knows(self, word: str) -> bool:
        """Whether anything speaks of `word`."""
        return bool(self._of(word))

    def filed(self, words: Iterable[str] = ()) -> Iterator[tuple[str, list[K]]]:
        """Every word with the keys that speak of it, the oldest first; `words` are those for which any were kept."""
        for word in dict.fromkeys((*words, *self._keys)):
            if found := self._of(word):
                yield word, found

    def sharing(self, words: Collection[str], most: int) -> list[tuple[K, float]]:
        """Keys that speak of `words`, each with how much of what they say it is (0 to 1), the most first.

        A word counts for more the fewer keys speak of it. Only so many entries are looked at, those of the rarest words
        and of these the latest, that a search in a large store takes no longer. Ties stay in the order in which they
        came up.
        """
        known = sorted((w for w in words if self._of(w)), key=lambda w: (len(self._keys[w]), w))
        weights = {w: log(1 + self._size / len(self._keys[w])) for w in known}
        whole = sum(weights.values())
        said: dict[K, float] = defaultdict(float)
        left = BUDGET
        for word in known:
            weight = weights[word] / whole
            for key in self._keys[word][-left:]:
                said[key] += weight
            left -= len(self._keys[word])
            if left <= 0:
                break
        return nlargest(most, said.items(), key=itemgetter(1))


def _common(words: frozenset[str], table: Mapping[str, object]) -> list[str]:
    """Words that lead on, looked for in the shorter of the two."""
    return [w for w in words if w in table] if len(words) < len(table) else [w for w in table if w in words]
