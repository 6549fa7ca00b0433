"""What was said about procedures after they were stored: retired, pinned, rejected, reworded, judged, merged.

Every correction has a topic, and the last event on a topic holds, by (clock, kernel, number) and not by arrival. So two
kernels that hear the same events know the same, and whatever is said can be taken back.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, cast, get_args

from ..errors import SeglamError
from ..question import View, normalise
from ..question.tokens import tokenise
from ..question.wording import SLOT
from ..words import Event, Reading, Template, Tier
from .labels import Label, Labels, Source, counted

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")
Order = tuple[int, str, int]
_TIERS, _SOURCES = get_args(Tier), get_args(Source)


@dataclass(frozen=True, slots=True)
class Rejection:
    """A question that a revision must not answer again."""

    question: str
    proc_id: str
    procedure: str

    def means(self, question: str) -> bool:
        """Whether `question` is another spelling of it."""
        return spelling_key(question) == spelling_key(self.question)


class Latest(Generic[K, V]):
    """The last value said on each topic, whatever order they are heard in."""

    def __init__(self) -> None:
        self._said: dict[K, tuple[Order, V]] = {}

    def say(self, topic: K, value: V, event: Event) -> None:
        """Take in what an event says."""
        order = (event.clock, event.kernel, event.number)
        before = self._said.get(topic)
        if before is None or before[0] <= order:
            self._said[topic] = order, value

    def last(self, topic: K) -> V | None:
        """The last value, None where nothing was said."""
        return self._said[topic][1] if topic in self._said else None

    def when(self, topic: K) -> Order:
        """The place of the last event; before all others where there was none."""
        return self._said[topic][0] if topic in self._said else (-1, "", 0)

    def __iter__(self) -> Iterator[tuple[Order, V]]:
        """The last values with their places, oldest first."""
        return iter(sorted(self._said.values(), key=lambda said: said[0]))


class Corrections:
    """Everything the events say about procedures but their revisions.

    >>> said = Corrections()
    >>> data = {"name": "rows", "text": "count {frame}", "lang": "en"}
    >>> said.apply(Event("alias", data, "a", 1, 1))
    'rows'
    >>> said.aliases("rows")
    (Template(text='count {frame}', lang='en'),)
    """

    def __init__(self) -> None:
        self._retired: Latest[str, bool] = Latest()
        self._pinned: Latest[str, Any] = Latest()
        self._merged: Latest[str, str] = Latest()
        self._rejected: dict[str, Latest[str, Rejection | None]] = defaultdict(Latest)
        self._aliases: dict[str, Latest[str, Template | None]] = defaultdict(Latest)
        self._by: Latest[tuple[str, str], str] = Latest()
        self._labels: dict[str, Latest[tuple[str, ...], Label]] = defaultdict(Latest)
        self._cleared: Latest[tuple[str, str], bool] = Latest()
        self._suspended: dict[str, frozenset[Tier]] = {}
        self._members: dict[str, set[str]] = defaultdict(set)
        self._accepted: Latest[str, str] = Latest()
        self._takes: dict[str, Callable[[str, Event], None]] = {
            "retire": self._switch,
            "restore": self._switch,
            "pin": self._pin,
            "unpin": self._pin,
            "reject": self._reject,
            "unreject": self._reject,
            "alias": self._alias,
            "unalias": self._alias,
            "label": self._label,
            "clear": self._clear,
            "merge": self._merge,
            "unmerge": self._merge,
            "accept": self._accept,
        }

    def apply(self, event: Event) -> str:
        """Take in one event; the name of the procedure it concerns, "" where none. Other kinds say nothing here."""
        name = str(event.data.get("name", ""))
        take = self._takes.get(event.kind)
        if take is not None:
            take(name, event)
        return name

    # ---------------------------------------------------------------- what holds

    def retired(self, name: str) -> bool:
        """Whether `name` is taken out of matching."""
        return bool(self._retired.last(name))

    def pinned(self, name: str) -> int | None:
        """The number `name` is pinned to."""
        number = self._pinned.last(name)
        return number if isinstance(number, int) else None

    def rejected(self, question: str, proc_id: str) -> bool:
        """Whether this revision must never answer this question, in whatever spelling."""
        said = self._rejected.get(proc_id)
        return said is not None and said.last(spelling_key(question)) is not None

    def rejections(self) -> tuple[Rejection, ...]:
        """Every rejection that holds, the newest last."""
        every = [said for latest in self._rejected.values() for said in latest]
        return tuple(one for _, one in sorted(every, key=lambda said: said[0]) if one is not None)

    def counter_examples(self, proc_id: str) -> tuple[str, ...]:
        """The questions this revision must not answer, as they were asked, the newest last."""
        said = self._rejected.get(proc_id)
        return tuple(one.question for _, one in said if one is not None) if said is not None else ()

    def aliases(self, name: str) -> tuple[Template, ...]:
        """The wordings that were added to `name`, the newest last."""
        said = self._aliases.get(name)
        return tuple(one for _, one in said if one is not None) if said is not None else ()

    def learned(self, name: str) -> frozenset[Template]:
        """Those of its aliases that came from another procedure, and that no person has read."""
        found = (t for t in self.aliases(name) if self._by.last((name, wording_key(t.text))) == "merge")
        return frozenset(found)

    def alias_of(self, text: str) -> str | None:
        """The name that has this wording as an alias."""
        key = wording_key(text)
        return next((name for name, said in self._aliases.items() if said.last(key) is not None), None)

    def settled(self, name: str, text: str) -> bool:
        """Whether a wording is somebody's alias, or was taken back from `name`: only a person adds it again."""
        said = self._aliases.get(name)
        return self.alias_of(text) is not None or (said is not None and said.when(wording_key(text))[0] >= 0)

    def labels(self, name: str) -> dict[Tier, Labels]:
        """How many checked hits of `name` were right and wrong, by tier."""
        return counted(label for _, label in self._labels[name]) if name in self._labels else {}

    def label(self, name: str, like: Label) -> Label | None:
        """The label that holds on the topic of `like`: the same source, question, comparison and day."""
        return self._labels[name].last(_topic(like)) if name in self._labels else None

    def suspended(self, name: str) -> frozenset[Tier]:
        """The tiers on which a hit of `name` was wrong, and which were not looked at since."""
        found = self._suspended.get(name)
        if found is None:
            labels = self._labels.get(name, ())
            wrong = ((order, label.tier) for order, label in labels if label.right is False)
            found = frozenset(tier for order, tier in wrong if order > self._cleared.when((name, tier)))
            self._suspended[name] = found
        return found

    def merged(self, name: str) -> str | None:
        """The procedure that `name` became part of; two that were merged into each other stay as they were."""
        into, seen = self._merged.last(name), {name}
        first = into
        while into and into not in seen:
            seen.add(into)
            into = self._merged.last(into)
        return None if into else first or None

    def accepted(self, proc_id: str) -> bool:
        """Whether a revision that was made under an interrupt was accepted, by a person or by a hit on other data."""
        return self._accepted.last(proc_id) is not None

    def touched(self, name: str) -> frozenset[str]:
        """The names whose state may change with that of `name`: all that are merged with it, and itself."""
        if name not in self._members and self._merged.last(name) is None:
            return frozenset((name,))
        found, waiting = {name}, [name]
        while waiting:
            one = waiting.pop()
            near = {*self._members.get(one, ()), self._merged.last(one) or one}
            waiting += near - found
            found |= near
        return frozenset(found)

    # ---------------------------------------------------------------- what is said

    def _switch(self, name: str, event: Event) -> None:
        self._retired.say(name, event.kind == "retire", event)

    def _pin(self, name: str, event: Event) -> None:
        self._pinned.say(name, event.data.get("number") if event.kind == "pin" else None, event)

    def _reject(self, _name: str, event: Event) -> None:
        question, proc_id, procedure = (str(event.data.get(key, "")) for key in ("question", "proc_id", "procedure"))
        said = Rejection(question, proc_id, procedure) if event.kind == "reject" else None
        self._rejected[proc_id].say(spelling_key(question), said, event)

    def _alias(self, name: str, event: Event) -> None:
        text = str(event.data.get("text", ""))
        template = Template(text, str(event.data.get("lang") or "en")) if event.kind == "alias" else None
        self._aliases[name].say(wording_key(text), template, event)
        self._by.say((name, wording_key(text)), str(event.data.get("by", "")), event)

    def _label(self, name: str, event: Event) -> None:
        label = _label_in(event)
        if label is not None:
            self._labels[name].say(_topic(label), label, event)
            self._suspended.pop(name, None)

    def _clear(self, name: str, event: Event) -> None:
        self._cleared.say((name, str(event.data.get("tier"))), value=True, event=event)
        self._suspended.pop(name, None)

    def _accept(self, _name: str, event: Event) -> None:
        self._accepted.say(str(event.data.get("proc_id", "")), str(event.data.get("by", "")), event)

    def _merge(self, name: str, event: Event) -> None:
        into = str(event.data.get("into", ""))
        self._merged.say(name, into if event.kind == "merge" else "", event)
        self._members[into].add(name)


def _label_in(event: Event) -> Label | None:
    """The label of an event; a later version may know more, and what is not understood judges nothing."""
    tier, source, right = (event.data.get(key) for key in ("tier", "source", "right"))
    if tier not in _TIERS or source not in _SOURCES or not (right is None or isinstance(right, bool)):
        return None
    question, other, day = (str(event.data.get(key, "")) for key in ("question", "other", "day"))
    return Label(cast("Tier", tier), right, cast("Source", source), question, other, day)


def _topic(label: Label) -> tuple[str, ...]:
    """What a later label replaces: a person's verdict on the question, a comparison of the day."""
    if label.source == "sibling":
        return label.source, label.other, label.day
    return label.source, spelling_key(label.question), label.day


def slots_of(text: str) -> frozenset[str]:
    """The names of the slots of a wording; doubled braces stand for themselves.

    >>> sorted(slots_of("the {k} largest of {xs} in {{x}}"))
    ['k', 'xs']
    """
    return frozenset(SLOT.findall(text.replace("{{", "").replace("}}", "")))


def spelled(question: str) -> str:
    """A question as readings spell it; one that cannot be read as it is."""
    try:
        return normalise(question)
    except SeglamError:
        return question


def spelling_key(question: str) -> str:
    """What all spellings of a question have in common: its words, numbers and signs, without case and courtesy.

    >>> spelling_key("Please, how many ROWS?") == spelling_key("how many  rows")
    True
    >>> spelling_key("x > 3") == spelling_key("x < 3")
    False
    """
    text = spelled(question)
    view = View(Reading(text, tokenise(text)))
    return " ".join(key for place, key in enumerate(view.keys) if view.skip[place] == place) or text


def wording_key(text: str) -> str:
    """What two spellings of one wording have in common.

    >>> wording_key(" The {k} Largest ") == wording_key("the {k} largest")
    True
    """
    return spelled(text).casefold()
