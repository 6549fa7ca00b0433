"""What a call tells: refused keywords, addresses of the network, changes in place, fields of named tuples."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from .collected import Collected, words
from .scopes import Scope


def note_call(node: ast.Call, scope: Scope, found: Collected) -> None:
    """Note what `node` tells, before its parts are looked at."""
    function = node.func
    given = dict(_keywords(node))
    for name in given:
        rule = words("keywords").get(name)
        if rule and (isinstance(function, ast.Attribute) or rule == "files"):
            found.add(rule, node, name=name)
    if isinstance(function, ast.Attribute):
        _method_call(node, function, given, scope, found)
    word = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    if word == "namedtuple":
        texts = (c.value for c in ast.walk(node) if isinstance(c, ast.Constant) and isinstance(c.value, str))
        found.fields.update(part for text in texts for part in text.replace(",", " ").split())


def _method_call(
    node: ast.Call, function: ast.Attribute, given: dict[str, ast.expr], scope: Scope, found: Collected
) -> None:
    found.called.add(function)
    if any(_is_address(part) for part in (*node.args, *given.values())):
        found.remote.add(function)
    if function.attr == "sort" and (node.args or not given.keys() <= {"key", "reverse"}):
        found.plain.add(function)  # of a frame, whose sort gives a new one
    if function.attr == "replace" and given and not node.args and given.keys() <= found.book.allowed["dates"]:
        found.plain.add(function)  # of a date
    typed = isinstance(function.value, ast.Name) and function.value.id in found.book.allowed["containers"]
    if typed and function.attr in found.book.allowed["inplace"] and node.args:
        found.changes.append((node.args[0], node.lineno, scope))
    if function.attr == "strftime" and any(isinstance(a, ast.Constant) and "%s" in str(a.value) for a in node.args):
        found.add("clock", node, name="strftime('%s')")


def _keywords(node: ast.Call) -> Iterator[tuple[str, ast.expr]]:
    """The keywords of a call, also those of `**{"name": value}`."""
    for keyword in node.keywords:
        if keyword.arg is not None:
            yield keyword.arg, keyword.value
        elif isinstance(keyword.value, ast.Dict):
            for key, value in zip(keyword.value.keys, keyword.value.values, strict=True):
                if isinstance(key, ast.Constant) and isinstance(key.value, str):
                    yield key.value, value


def _is_address(node: ast.expr) -> bool:
    texts = node.values[:1] if isinstance(node, ast.JoinedStr) else [node]
    return any(isinstance(t, ast.Constant) and isinstance(t.value, str) and "://" in t.value for t in texts)
