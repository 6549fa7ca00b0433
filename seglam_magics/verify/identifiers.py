"""Names that look like other names: other spellings of the same letters, and letters of several alphabets.

Only sources with a letter outside of ASCII are looked at. A name in any one alphabet is welcome, `средний_total` too.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
import unicodedata
from collections.abc import Iterable, Iterator
from functools import cache

from .rulebook import Finding, effects

_WORD = re.compile(r"\b(?=\w*[^\W\x00-\x7f])[^\W\d]\w*")


def inspect_identifiers(source: str, tree: ast.AST) -> list[Finding]:
    """Findings about the look of the names of `source`, whose tree is `tree`."""
    if source.isascii():
        return []
    found = [*_spelled(source)]
    seen: dict[str, str] = {}
    for name, line in _names(tree):
        which = _mixed(name)
        if which:
            found.append(effects().finding("mixed", line, name=name, which=" and ".join(which)))
        other = seen.setdefault(_look(name), name)
        if other != name:
            found.append(effects().finding("twins", line, name=name, other=other))
    return found


def _spelled(source: str) -> Iterator[Finding]:
    """Names that Python reads as others: it takes compatible letters for the plain ones."""
    if all(unicodedata.is_normalized("NFKC", word) for word in _WORD.findall(source)):
        return
    for token in _tokens(source):
        plain = unicodedata.normalize("NFKC", token.string)
        if token.type == tokenize.NAME and plain != unicodedata.normalize("NFC", token.string):
            yield effects().finding("spelling", token.start[0], name=token.string, plain=plain)


def _tokens(source: str) -> Iterable[tokenize.TokenInfo]:
    try:
        return list(tokenize.generate_tokens(io.StringIO(source).readline))
    except (tokenize.TokenError, SyntaxError):  # it parses, so the tokenizer of the library is at fault
        return []


def _names(tree: ast.AST) -> list[tuple[str, int]]:
    """Each name of the tree with the first line it stands in, in the order of lines."""
    first: dict[str, int] = {}
    for node in ast.walk(tree):
        name = _name(node)
        line = getattr(node, "lineno", 0)
        if name and line < first.get(name, line + 1):
            first[name] = line
    return sorted(first.items(), key=lambda pair: pair[1])


def _name(node: ast.AST) -> str:
    for kind in ("id", "arg", "attr", "name", "asname", "rest"):
        name = getattr(node, kind, None)
        if isinstance(name, str):
            return name
    return ""


def _mixed(name: str) -> list[str]:
    """The alphabets that meet in one part of a name, where they have letters that look alike."""
    if name.isascii():
        return []
    for part in name.split("_"):
        alphabets = {unicodedata.name(letter, "").partition(" ")[0] for letter in part if letter.isalpha()}
        clash = sorted(alphabets & effects().allowed["alike"])
        if len(clash) > 1:
            return [alphabet.capitalize() for alphabet in clash]
    return []


@cache
def _looks() -> dict[int, str]:
    table = effects().data["look"]
    return {
        ord(letter): plain
        for letters, plain in zip(table["letters"], table["plain"], strict=True)
        for letter in letters
    }


def _look(name: str) -> str:
    """What a name looks like, written in Latin letters."""
    return name if name.isascii() else name.translate(_looks())
