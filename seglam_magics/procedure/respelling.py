"""Source text with constants replaced by names and parameters added; all else stays as it was written."""

from __future__ import annotations

import ast
import io
import tokenize
from collections.abc import Mapping, Sequence

from .alpha import outline

Edit = tuple[int, int, str]


def opened(source: str, name: str) -> str:
    r"""`source`, written anew where the body of its function begins on the line of its head.

    >>> opened("def f(x): return x + 1", "f")
    'def f(x):\n    return x + 1\n'
    """
    laid = outline(source, name)
    first = laid.main.body[0]
    line = source.split("\n")[first.lineno - 1]
    alone = not line.encode()[: first.col_offset].strip()
    return source if alone else ast.unparse(laid.tree) + "\n"


def respelled(
    source: str, name: str, replaced: Sequence[tuple[ast.expr, str]], added: Sequence[str], first: str = ""
) -> str:
    r"""`source` with other code for some of its expressions.

    Parameters
    ----------
    name : the function that gets parameters.
    replaced : expressions of its tree, and what is written in their place.
    added : parameters, put at the end and taken by keyword.
    first : a statement that its body begins with.

    >>> source = "def f(xs):\n    return xs[:3]\n"
    >>> three = outline(source, "f").main.body[0].value.slice.upper
    >>> print(respelled(source, "f", [(three, "count")], ["count"]))
    def f(xs, *, count):
        return xs[:count]
    <BLANKLINE>
    """
    starts = _line_starts(source)
    edits = [_replacement(source, starts, node, text) for node, text in replaced]
    main = outline(source, name).main
    if added:
        edits.append(_signature(source, starts, main, added))
    if first:
        edits.append(_beginning(source, starts, main, first))
    for start, end, text in sorted(edits, reverse=True):
        source = source[:start] + text + source[end:]
    return source


def renamed(code: str, names: Mapping[str, str], *, called: str) -> str | None:
    r"""`code` with parameters of its function called otherwise, also where it calls `called` by keyword.

    None where a new name means something else there already.

    >>> print(renamed("def p(run, *, n):\n    assert run(n=n) > n", {"n": "k"}, called="run"))
    def p(run, *, k):
        assert run(k=k) > k
    """
    changed = {old: new for old, new in names.items() if old != new}
    if not changed:
        return code
    tree = ast.parse(code)
    nodes = list(ast.walk(tree))
    used = {n.id for n in nodes if isinstance(n, ast.Name)} | {n.arg for n in nodes if isinstance(n, ast.arg)}
    if used & ({*changed.values()} - {*changed}):
        return None
    for node in nodes:
        if isinstance(node, ast.Name):
            node.id = changed.get(node.id, node.id)
        elif isinstance(node, ast.arg):
            node.arg = changed.get(node.arg, node.arg)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == called:
            for keyword in node.keywords:
                keyword.arg = changed.get(keyword.arg or "", keyword.arg)
    return ast.unparse(tree)


# ---------------------------------------------------------------- edits


def _line_starts(source: str) -> list[int]:
    starts = [0]
    for line in source.split("\n"):
        starts.append(starts[-1] + len(line) + 1)
    return starts


def _place(source: str, starts: Sequence[int], line: int, column: int) -> int:
    """The character at a column that is counted in bytes."""
    begin, end = starts[line - 1], starts[line]
    return begin + len(source[begin:end].encode()[:column].decode())


def _replacement(source: str, starts: Sequence[int], node: ast.expr, text: str) -> Edit:
    assert node.end_lineno is not None
    assert node.end_col_offset is not None
    start = _place(source, starts, node.lineno, node.col_offset)
    return start, _place(source, starts, node.end_lineno, node.end_col_offset), text


def _signature(source: str, starts: Sequence[int], main: ast.FunctionDef, added: Sequence[str]) -> Edit:
    """Parameters before the closing parenthesis of the head of `main`."""
    depth, last = 0, None
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    for token in tokens:
        if token.start < (main.lineno, 0) or token.type in (tokenize.NL, tokenize.COMMENT):
            continue
        depth += (token.string in "([{") - (token.string in ")]}") if token.type == tokenize.OP else 0
        if token.type == tokenize.OP and token.string == ")" and depth == 0:
            break
        last = token
    assert last is not None
    star = [] if main.args.kwonlyargs else ["*"]
    comma = "" if last.string in ("(", ",") else ", "
    place = starts[last.end[0] - 1] + last.end[1]
    return place, place, (" " if last.string == "," else comma) + ", ".join([*star, *added])


def _beginning(source: str, starts: Sequence[int], main: ast.FunctionDef, statement: str) -> Edit:
    documented = ast.get_docstring(main, clean=False) is not None and len(main.body) > 1
    node = main.body[1 if documented else 0]
    place = _place(source, starts, node.lineno, node.col_offset)
    indent = source[starts[node.lineno - 1] : place]
    lines = statement.split("\n")
    return place, place, "".join(f"{line if k == 0 else indent + line}\n" for k, line in enumerate(lines)) + indent
