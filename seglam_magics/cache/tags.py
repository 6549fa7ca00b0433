"""Tags: names of groups that procedures are put into, to be taken together; the last event on a pair holds."""

from __future__ import annotations

from ..words import Event

KINDS = ("tag", "untag")


class Tags:
    """Which procedures have which tags.

    >>> tags = Tags()
    >>> tags.apply(Event("tag", {"name": "mean", "tag": "sales"}, "k", 1, 1))
    >>> tags.names("sales"), tags.of("mean")
    (('mean',), ('sales',))
    """

    def __init__(self) -> None:
        self._said: dict[tuple[str, str], tuple[tuple[int, str, int], bool]] = {}

    def apply(self, event: Event) -> None:
        """Take in a `tag` or `untag` event."""
        pair = str(event.data.get("name", "")), str(event.data.get("tag", ""))
        order = (event.clock, event.kernel, event.number)
        if order >= self._said.get(pair, (order, False))[0]:
            self._said[pair] = order, event.kind == "tag"

    def names(self, tag: str) -> tuple[str, ...]:
        """The procedures that have `tag`, in alphabetical order."""
        return tuple(sorted(name for (name, one), (_, on) in self._said.items() if on and one == tag))

    def groups(self) -> dict[str, tuple[str, ...]]:
        """Every tag that is in use, with its procedures."""
        return {tag: names for tag in sorted({tag for _, tag in self._said}) if (names := self.names(tag))}

    def of(self, name: str) -> tuple[str, ...]:
        """The tags of a procedure, in alphabetical order."""
        return tuple(sorted(tag for (one, tag), (_, on) in self._said.items() if on and one == name))
