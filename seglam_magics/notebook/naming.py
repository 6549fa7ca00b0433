"""Reading the line of `%%procedure NAME [--template WORDING …]`."""

from __future__ import annotations

import shlex

from seglam_magics.errors import SeglamError

_OPTIONS = frozenset({"-t", "--template"})


def read_naming(line: str) -> tuple[str, tuple[str, ...]]:
    """The name of a procedure, and the wordings a new one is to answer.

    Raises
    ------
    SeglamError : E-USAGE.

    >>> read_naming('rows --template "how many rows has {frame}" -t "the rows of {frame}"')
    ('rows', ('how many rows has {frame}', 'the rows of {frame}'))
    """
    try:
        name, *words = shlex.split(line)
    except ValueError:
        raise _usage("%%procedure takes a name, and wordings in quotes") from None
    options, wordings = words[::2], words[1::2]
    if not name.isidentifier():
        raise _usage("%%procedure takes one name")
    if not _OPTIONS.issuperset(options) or len(options) != len(wordings):
        raise _usage("behind the name there can only be wordings")
    return name, tuple(wordings)


def _usage(problem: str) -> SeglamError:
    advice = 'write %%procedure NAME, or %%procedure NAME --template "WORDING" for a new one'
    return SeglamError("E-USAGE", problem=problem, advice=advice)
