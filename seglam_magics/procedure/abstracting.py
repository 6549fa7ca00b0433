"""Two procedures that differ only in constants, or in names alone, as one procedure with more slots.

Everything here is decided by form: what is proposed is a source that nobody has run. Whether it computes what the two
compute is for verification to say (`merging`).
"""

from __future__ import annotations

import ast
import dataclasses
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from reprlib import repr as shown
from typing import Any

from ..words import Example, Meaning, Property, Requirement, Revision, Template
from .alpha import Outline, align, outline
from .declared import declared
from .freeing import Derived, Freed, Freeing
from .identity import identity_of
from .pairing import called, demands, unlike
from .respelling import opened, renamed, respelled
from .rewording import Rewording, shared
from .sites import Apart, function_of, texts_of

MOST_FREED = 3
_PLAIN = range(-2, 3)  # numbers that a property may hold for reasons of its own


@dataclass(frozen=True, slots=True)
class Proposal:
    """One procedure in place of two.

    Attributes
    ----------
    revision : the general procedure, under the name of `one`; its number and verdict are open.
    mine, theirs : new slot -> the constant of `one` and of `other`.
    names : parameter of `one` -> parameter of `other`.
    """

    revision: Revision
    one: Revision
    other: Revision
    mine: Mapping[str, Any]
    theirs: Mapping[str, Any]
    names: Mapping[str, str]

    @property
    def difference(self) -> str:
        """What tells the two apart, as the end of a sentence about them."""
        pairs = (f"{shown(value)} and {shown(self.theirs[slot])}" for slot, value in self.mine.items())
        return f"differ only in {', '.join(pairs)}" if self.mine else "compute the same"


def generalised(one: Revision, other: Revision) -> Proposal | None:
    r"""One procedure for two that differ only in constants, None where they stay two.

    Examples
    --------
    >>> from seglam_magics.words import Parameter
    >>> xs = Parameter("xs", "list", example="xs")
    >>> def top(name, k):
    ...     source = f"def {name}(xs):\n    return sorted(xs)[-{k}:]\n"
    ...     wording = Template(f"the {k} largest of {{xs}}")
    ...     return Revision(name, 1, name, source, parameters=(xs,), templates=(wording,), returns="list")
    >>> found = generalised(top("top", 3), top("best", 5))
    >>> print(found.revision.source, found.revision.templates[0].text, dict(found.theirs))
    def top(xs, *, count):
        return sorted(xs)[-count:]
     the {count} largest of {xs} {'count': 5}
    """
    try:
        return proposed(one, other)
    except Apart:
        return None


def proposed(one: Revision, other: Revision) -> Proposal:
    """As `generalised`.

    Raises
    ------
    Apart : the sentence says why they stay two.
    """
    try:
        return _joiner(one, other).proposal()
    except (SyntaxError, ValueError) as error:
        raise error if isinstance(error, Apart) else Apart(str(error)) from None


def _joiner(one: Revision, other: Revision) -> _Joiner:
    one = dataclasses.replace(one, source=opened(one.source, one.name))
    laid = outline(one.source, one.name)
    found = align(laid, outline(other.source, other.name))
    if found is None:
        raise Apart("the code differs in more than constants")
    names = {p: found.names.get(p, p) for p in laid.parameters}
    reason = unlike(one, other, names)
    if reason:
        raise Apart(reason)
    freed, derived = Freeing(one, other, laid, names).slots(found.differences)
    if len(freed) > MOST_FREED:
        raise Apart(f"they differ in {len(freed)} constants, more than {MOST_FREED}")
    said = declared(one)
    if said is not None and said.aggregate == "count" and any(f.mine == said.target for f in freed):
        raise Apart(f"a count does not depend on {said.target!r}, so nothing shows that it may be another column")
    return _Joiner(one, other, laid, names, freed, derived)


class _Joiner:
    """Puts the general procedure together, part by part."""

    def __init__(
        self,
        one: Revision,
        other: Revision,
        laid: Outline,
        names: Mapping[str, str],
        freed: Sequence[Freed],
        derived: Sequence[Derived],
    ) -> None:
        self._one, self._other, self._laid, self._names = one, other, laid, names
        self._back = {its: mine for mine, its in names.items()}
        self._freed, self._derived = freed, derived
        self._mine = {f.parameter.name: f.mine for f in freed}
        self._theirs = {f.parameter.name: f.theirs for f in freed}

    def proposal(self) -> Proposal:
        """The general procedure."""
        one, other = self._one, self._other
        general = dataclasses.replace(
            one,
            source=self._source(),
            summary=_with_slots(one.summary, self._mine, quoted=True),
            parameters=(*one.parameters, *(f.parameter for f in self._freed)),
            meaning=self._meaning(),
            synonyms={c: words for c, words in one.synonyms.items() if c not in self._mine.values()},
            ignorable=tuple(w for w in one.ignorable if w in other.ignorable),
            examples=tuple(self._examples()),
            properties=tuple({p.name: p for p in reversed([*self._properties()])}.values())[::-1],
            verdict=None,
            parent=one.proc_id,
        )
        general = dataclasses.replace(general, requires=self._requires(general.source))
        general = dataclasses.replace(general, templates=self._templates(general))
        general = dataclasses.replace(general, proc_id=identity_of(general))
        return Proposal(general, one, other, self._mine, self._theirs, self._names)

    # ---------------------------------------------------------------- code

    def _source(self) -> str:
        replaced = [(node, f.parameter.name) for f in self._freed for node in f.nodes]
        for made in self._derived:
            before, after = (part.replace("{", "{{").replace("}", "}}") for part in (made.before, made.after))
            replaced += [(node, "f" + repr(f"{before}{{{made.slot}}}{after}")) for node in made.nodes]
        one = self._one
        return respelled(one.source, one.name, replaced, [*self._mine], self._guard(dict(replaced)))

    def _guard(self, replaced: Mapping[ast.expr, str]) -> str:
        """A first statement that refuses a column called like one the code makes itself; "" where it makes none."""
        columns = [f.parameter.name for f in self._freed if f.parameter.type == "column"]
        made = {node.value for node in _made_names(self._laid.tree, replaced) if node not in replaced}
        if not (columns and made):
            return ""
        listed = "(" + ", ".join(map(repr, sorted(made))) + ",)"
        condition = " or ".join(f"{name} in {listed}" for name in columns)
        return f"if {condition}:\n    raise ValueError('a column of that name is computed here')"

    def _requires(self, source: str) -> tuple[Requirement, ...]:
        """The columns the source still names, which must be the same for both."""
        left = set(texts_of(ast.parse(source)))
        mine, theirs = (
            {p: {c: kind for c, kind in columns.items() if c in left} for p, columns in found.items()}
            for found in (demands(self._one), demands(self._other, self._back))
        )
        if {p: c for p, c in mine.items() if c} != {p: c for p, c in theirs.items() if c}:
            raise Apart("they need other columns")
        return tuple(Requirement(parameter, columns) for parameter, columns in mine.items())

    # ---------------------------------------------------------------- what is said of it

    def _meaning(self) -> Meaning:
        """The declared meaning in terms of the slots; none where the two do not declare the same."""
        mine = _meant(self._one.meaning, self._mine, {})
        theirs = _meant(self._other.meaning, self._theirs, self._back)
        if bool(mine.order) != bool(theirs.order):
            raise Apart("one declares an order, the other none")
        return mine if mine == theirs else Meaning(order=mine.order)

    def _examples(self) -> Iterator[Example]:
        for example in self._one.examples:
            yield Example({**example.arguments, **self._mine}, example.result)
        for example in self._other.examples:
            arguments = {self._back.get(name, name): value for name, value in example.arguments.items()}
            yield Example({**arguments, **self._theirs}, example.result)

    def _properties(self) -> Iterator[Property]:
        for claim in self._one.properties:
            yield from self._property(claim, self._mine)
        for claim in self._other.properties:
            code = renamed(claim.code, self._back, called="run")
            if code is not None:
                yield from self._property(dataclasses.replace(claim, code=code), self._theirs)

    def _property(self, claim: Property, constants: Mapping[str, Any]) -> Iterator[Property]:
        """A property of all values of the new slots, where it is plain what its constants mean."""
        code = opened(claim.code, claim.name)
        nodes = list(ast.walk(ast.parse(code)))
        constants_in = [item for item in outline(code, claim.name).items if item.kind == "constant" and item.node]
        replaced = []
        for item in constants_in:
            slots = [name for name, value in constants.items() if _same(item.value, value)]
            if len(slots) > 1 or (slots and item.value in _PLAIN):
                return
            assert item.node is not None
            replaced += [(item.node, name) for name in slots]
        if replaced and any(isinstance(node, ast.JoinedStr) for node in nodes):
            return
        # the tree of `outline` is the one `respelled` knows the places of
        text = _with_slots(claim.claim, constants, quoted=False)
        yield Property(claim.name, text, respelled(code, claim.name, replaced, [*constants]))

    def _templates(self, general: Revision) -> tuple[Template, ...]:
        """The wordings of both, as far as they can be told of the general procedure."""
        one = Rewording(self._one, self._mine, general)
        other = Rewording(_in_terms(self._other, self._back), self._theirs, general)
        told = self._shared(one, other) if self._freed else [*one.revision.templates, *other.revision.templates]
        both = tuple(dict.fromkeys(told))
        for side in (one, other):
            if not side.answers(both):
                raise Apart(f"no wording would read the question {side.revision.label} was compiled for")
        return both

    def _shared(self, one: Rewording, other: Rewording) -> list[Template]:
        """Those that show their constants and say nothing of their own."""
        mine, theirs = shared([*one.templates()], [*other.templates()])
        for kept, revision in ((mine, self._one), (theirs, self._other)):
            if 2 * len(kept) < len(revision.templates) or not kept:
                lost = len(revision.templates) - len(kept)
                raise Apart(f"{lost} of {len(revision.templates)} wordings of {revision.label} would be lost")
        return [*mine, *theirs]


# ---------------------------------------------------------------- constants in texts


def _in_terms(revision: Revision, names: Mapping[str, str]) -> Revision:
    """`revision` with its parameters called as `names` says; its source is not looked at any more."""
    return dataclasses.replace(
        revision,
        parameters=tuple(dataclasses.replace(p, name=names[p.name]) for p in revision.parameters),
        requires=tuple(Requirement(names[r.parameter], r.columns) for r in revision.requires if r.parameter in names),
        templates=tuple(Template(called(t.text, names), t.lang) for t in revision.templates),
    )


def _meant(meaning: Meaning, constants: Mapping[str, Any], names: Mapping[str, str]) -> Meaning:
    def said(text: str) -> str:
        words = re.sub(r"\w+", lambda m: names.get(m[0], m[0]), text) if names else text
        return _with_slots(words, constants, quoted=False)

    return Meaning(
        meaning.aggregate,
        said(meaning.target),
        tuple(map(said, meaning.conditions)),
        tuple(map(said, meaning.grouping)),
        said(meaning.order),
    )


def _with_slots(text: str, constants: Mapping[str, Any], *, quoted: bool) -> str:
    """A text with slots named in place of constants."""
    for name, value in constants.items():
        written = re.escape(f"{value:g}" if isinstance(value, float) else str(value))
        pattern = rf"(?<![\w.])(['\"`]?){written}\1(?!\w|\.\d)"
        text = re.sub(pattern, f"`{name}`" if quoted else name, text)
    return text


def _same(one: Any, other: Any) -> bool:
    numbers = type(one) in (int, float) and type(other) in (int, float)
    return bool(one == other) and (numbers or type(one) is type(other))


def _made_names(tree: ast.AST, replaced: Mapping[ast.expr, str]) -> Iterator[Any]:
    """The names of columns that a source makes: of aliases, and of rows that have a freed column beside."""
    for node in ast.walk(tree):
        found: Sequence[ast.expr | None] = ()
        if isinstance(node, ast.Call) and function_of(node) == "alias":
            found = node.args
        elif isinstance(node, ast.Dict) and any(key in replaced for key in node.keys if key is not None):
            found = node.keys
        yield from (n for n in found if isinstance(n, ast.Constant) and isinstance(n.value, str))
