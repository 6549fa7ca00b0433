"""Which columns of a question play the parts that columns play in a stored form."""

from __future__ import annotations

from collections.abc import Mapping

from ..question import Form


def bound_columns(
    stored: Form, asked: Form, slots: Mapping[str, str], *, target: bool = True, extra: bool = True
) -> dict[str, str] | None:
    """Column slot -> column with which `asked` speaks of the columns as `stored` does, None where none does.

    Two slots that play the same part are never told apart by their order.

    Parameters
    ----------
    slots : the columns of `stored` that stand for a slot.
    target, extra : whether these are compared, too.
    """
    pairs: list[tuple[list[str], list[str]]] = [(list(stored.groups), list(asked.groups))]
    if target:
        pairs.append(([stored.target] if stored.target else [], [asked.target] if asked.target else []))
    if extra:
        pairs.append((sorted(stored.extra), sorted(asked.extra)))
    signs = {c.comparison for c in (*stored.conditions, *asked.conditions)}
    for sign in signs:
        both = [[c.column for c in form.conditions if c.comparison == sign] for form in (stored, asked)]
        pairs.append((both[0], both[1]))
    bound: dict[str, str] = {}
    for mine, theirs in pairs:
        if not _pair(mine, theirs, slots, bound):
            return None
    return bound if len(set(bound.values())) == len(bound) else None


def _pair(mine: list[str], theirs: list[str], slots: Mapping[str, str], bound: dict[str, str]) -> bool:
    fixed = [c for c in mine if c not in slots]
    open_ = [slots[c] for c in mine if c in slots]
    rest = list(theirs)
    for column in fixed:
        if column not in rest:
            return False
        rest.remove(column)
    if len(rest) != len(open_) or len(open_) > 1:
        return not rest and not open_
    return all(bound.setdefault(slot, column) == column for slot, column in zip(open_, rest, strict=True))
