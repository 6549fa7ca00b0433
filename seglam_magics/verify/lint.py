"""The lint: policy for code a model or a hand has written, decided from the text alone.

It says in a sentence what a procedure may not do, before anything runs. It is policy; the operating system is the
boundary.
"""

from __future__ import annotations

import ast
import re
import unicodedata
import warnings
from functools import lru_cache
from typing import Literal

from ..words import Revision
from .effects import inspect_effects
from .frame_rules import inspect_frames
from .identifiers import inspect_identifiers
from .rulebook import Finding, effects

# Controls but tab and line ends, line ends that editors do not show, zero-width, bidirectional and other format
# characters, tags, lone surrogates.
_HIDDEN = re.compile(
    "\r(?!\n)|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e"
    "\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\ud800-\udfff\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)

_UNKNOWN = ("name", "method")


@lru_cache(maxsize=1024)
def lint(
    source: str, *, name: str | None = None, frames: bool, role: Literal["procedure", "property"] = "procedure"
) -> tuple[Finding, ...]:
    r"""What is not allowed in `source`; empty where all is well.

    Parameters
    ----------
    source : Python text of one procedure or property; helpers may stand beside it.
    name : the function it must define at its top level.
    frames : the procedure takes frames, so it speaks the portable part of narwhals. Properties never do: they get rows.
    role : a property may call `assume` and change its own arguments.

    >>> [f.code for f in lint("import os\ndef p(): return os.getcwd()", name="p", frames=False)][0]
    'E-EFFECT-IMPORT'
    >>> lint("def p(xs): return sorted(x.lower() for x in xs)", name="p", frames=False)
    ()
    """
    refused = _text(source)
    if refused:
        return (refused,)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(source)
            findings = inspect_effects(tree, name, frames=frames and role == "procedure", role=role)
            findings += inspect_identifiers(source, tree)
            if frames and role == "procedure":
                findings += inspect_frames(tree, name)
            if not findings:
                compile(tree, "<lint>", "exec", dont_inherit=True)  # what the grammar alone does not know
    except SyntaxError as error:
        return (effects().finding("syntax", error.lineno or 0, name=error.msg),)
    except (RecursionError, MemoryError, ValueError):
        return (effects().finding("size", 0, name="nested too deep"),)
    return _ordered(findings)


def _ordered(findings: list[Finding]) -> tuple[Finding, ...]:
    """By line; an unknown name is no news on a line, nor the library on any line, refused for what it does."""
    telling = {f.line for f in findings if f.rule not in _UNKNOWN}
    kept = {(f.line, f.code, f.says): f for f in findings if f.rule not in _UNKNOWN or f.line not in telling}
    return tuple(sorted(kept.values(), key=lambda f: (f.rule == "import-library", f.line, f.code)))


def lint_revision(revision: Revision) -> tuple[tuple[str, Finding], ...]:
    """Findings in the source of `revision` and in its properties, each with the name of what it was found in."""
    frames = any(p.type == "frame" for p in revision.parameters)
    found = [(revision.name, f) for f in lint(revision.source, name=revision.name, frames=frames)]
    for claim in revision.properties:
        found += [(claim.name, f) for f in lint(claim.code, name=claim.name, frames=False, role="property")]
    return tuple(found)


def _text(source: str) -> Finding | None:
    hidden = _HIDDEN.search(source)
    if hidden:
        sign = hidden.group()
        name = f"U+{ord(sign):04X} {unicodedata.name(sign, '')}".rstrip()
        return effects().finding("characters", source.count("\n", 0, hidden.start()) + 1, name=name)
    size, limit = len(source.encode()), effects().data["limits"]["bytes"]
    if size > limit:
        return effects().finding("size", 0, name=f"{size:,} bytes; the limit is {limit:,}")
    return None
