"""What the names in a question refer to: variables, and columns of the variables."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from ..errors import SeglamError, closest
from ..words import Reading, Reference, Token, Variable
from .columns import ColumnIndex, column_index
from .language import lexicon, stem
from .normal import normalise
from .tokens import inside, tokenise

_NAME = re.compile(r"`(?P<ticked>[^`]+)`|(?P<bare>[^\W\d]\w*)")
_JOINS = frozenset("_-/.")
# What may be the name of a variable or column; `mean()` and `x > 3` in back-ticks are code, and no names.
_NAMELIKE = re.compile(r"\w[\w .#%&/-]*")
_NEXT_WORD = re.compile(r"\s*([^\W\d_]+)")


def read(text: str, variables: Mapping[str, Variable]) -> Reading:
    """What is understood of a question: its tokens, and the variables and columns it names.

    Raises
    ------
    SeglamError : E-QUESTION-*, see `normalise`.

    >>> from seglam_magics.words import Column
    >>> df = Variable("df", "frame", columns=(Column("bill_length", "float"),))
    >>> [(r.text, r.variable, r.column) for r in read("mean Bill lengths of `df`", {"df": df}).references]
    [('Bill lengths', 'df', 'bill_length'), ('`df`', 'df', None)]
    """
    plain = normalise(text)
    tokens = tokenise(plain)
    found = [*_variable_references(plain, variables)]
    for variable in variables.values():
        if variable.columns:
            found += _column_references(plain, tokens, variable)
    return Reading(plain, tokens, tuple(sorted(found, key=lambda r: (r.start, -r.end))), variables)


def mentioned(text: str, names: Iterable[str]) -> tuple[str, ...]:
    """The names that `text` refers to, in back-ticks or as bare words, in the order of their first mention.

    >>> mentioned("What is a mean of sales and `q3`?", {"a": 1, "sales": 2, "q3": 3, "x": 4})
    ('sales', 'q3')
    """
    known = names if isinstance(names, Mapping | set | frozenset) else set(names)
    return tuple(dict.fromkeys(name for name, _, _ in _names_in(text) if name in known))


def back_ticked(text: str) -> tuple[str, ...]:
    """The names in back-ticks, each once.

    >>> back_ticked("mean of `x` in `df`, then `x`")
    ('x', 'df')
    """
    return tuple(dict.fromkeys(m.strip() for m in re.findall(r"`([^`]+)`", text)))


def check_names(reading: Reading) -> None:
    """Refuse a back-ticked name that is neither a variable nor a column here; code in back-ticks is no name.

    Raises
    ------
    SeglamError : E-COLUMN-UNKNOWN or E-NAME-UNKNOWN, with the name that was likeliest meant.
    """
    known = {r.start for r in reading.references}
    for token in reading.tokens:
        name = token.text.strip("` ")
        if token.kind == "quoted" and token.start not in known and _NAMELIKE.fullmatch(name):
            _refuse(name, reading.variables)


def _refuse(name: str, variables: Mapping[str, Variable]) -> None:
    frames = [v for v in variables.values() if v.columns]
    for frame in frames:
        near = closest(name, [c.name for c in frame.columns])
        if near:
            raise SeglamError("E-COLUMN-UNKNOWN", name=name, frame=frame.name, advice=f"did you mean `{near}`?")
    near = closest(name, variables)
    if near:
        raise SeglamError("E-NAME-UNKNOWN", name=name, advice=f"did you mean `{near}`?")
    if len(frames) == 1:
        columns = ", ".join(c.name for c in frames[0].columns[:12])
        raise SeglamError("E-COLUMN-UNKNOWN", name=name, frame=frames[0].name, advice=f"its columns are {columns}")
    here = ", ".join(list(variables)[:12])
    raise SeglamError("E-NAME-UNKNOWN", name=name, advice=f"the question may use {here}" if here else "define it first")


def _names_in(text: str) -> Iterator[tuple[str, int, int]]:
    for found in _NAME.finditer(text):
        ticked = found["ticked"]
        if ticked is not None:
            yield ticked.strip(), found.start(), found.end()
        elif stands_for_itself(found["bare"], text, found.end()):
            yield found["bare"], found.start(), found.end()


def stands_for_itself(word: str, text: str, end: int) -> bool:
    """Whether a bare word may be a name: no common word, or one with nothing after it that it could belong to.

    >>> stands_for_itself("a", "a list", 1), stands_for_itself("a", "sum of a", 8)
    (False, True)
    """
    stop = lexicon().words["stop"]
    if word.casefold() not in stop:
        return True
    after = _NEXT_WORD.match(text, end)
    return after is None or after[1].casefold() in stop


def _variable_references(text: str, variables: Mapping[str, Variable]) -> Iterator[Reference]:
    for name, start, end in _names_in(text):
        if name in variables:
            yield Reference(text[start:end], name, None, start, end)


def _column_references(text: str, tokens: Sequence[Token], variable: Variable) -> Iterator[Reference]:
    index = column_index(variable.columns)
    place = 0
    while place < len(tokens):
        column, until = _column_at(text, tokens, place, index)
        if column:
            start, end = tokens[place].start, tokens[until - 1].end
            yield Reference(text[start:end], variable.name, column, start, end)
        place = until


def _column_at(text: str, tokens: Sequence[Token], place: int, index: ColumnIndex) -> tuple[str, int]:
    """The longest column named from this token on, and the token after it."""
    token = tokens[place]
    if token.kind == "quoted":
        return index.by_name(token.text.strip("` ")), place + 1
    words, ends = _words_from(tokens, place, index)
    for count in range(len(words), 0, -1):
        column = index.by_words(words[:count])
        whole = column and not inside(tokens, place) and not inside(tokens, ends[count - 1])
        if whole and (count > 1 or _names_alone(token, column, text)):
            return column, ends[count - 1]
    return "", place + 1


def _names_alone(token: Token, column: str, text: str) -> bool:
    """A column called `a` or `in` is meant by that very spelling only, and not as an article."""
    low = token.text.casefold()
    return low not in lexicon().words["stop"] or (token.text == column and stands_for_itself(low, text, token.end))


def _words_from(tokens: Sequence[Token], place: int, index: ColumnIndex) -> tuple[list[str], list[int]]:
    words: list[str] = []
    ends: list[int] = []
    first = tokens[place].text.casefold()
    if first not in index.firsts and stem(first) not in index.firsts:
        return words, ends
    while place < len(tokens) and len(words) < index.longest and tokens[place].kind in ("word", "number"):
        words.append(tokens[place].text.casefold())
        ends.append(place + 1)
        place += 1
        if place + 1 < len(tokens) and tokens[place].text in _JOINS and _glued(tokens, place):
            place += 1
    return words, ends


def _glued(tokens: Sequence[Token], place: int) -> bool:
    return tokens[place - 1].end == tokens[place].start and tokens[place].end == tokens[place + 1].start
