"""What makes two revisions the same: SHA-256 over a canonical form of everything that can change an answer."""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections.abc import Sequence
from typing import Any

from ..words import Parameter, Property, Requirement, Revision, Template

# Raised when the meaning of stored source changes (another `nw`, another way of calling): old revisions become stale.
ABI = 1


def canonical_source(source: str) -> str:
    r"""Source in Unicode NFC with LF line ends and one at its end.

    Bytes are hashed rather than the syntax tree: `ast.dump` differs between Python versions.

    >>> canonical_source("def f():\r\n    return 1")
    'def f():\n    return 1\n'
    """
    text = unicodedata.normalize("NFC", source).replace("\r\n", "\n").replace("\r", "\n")
    return text.strip("\n") + "\n"


def proc_id(
    source: str,
    parameters: Sequence[Parameter],
    *,
    returns: str,
    templates: Sequence[Template] = (),
    properties: Sequence[Property] = (),
    requires: Sequence[Requirement] = (),
    effects: Sequence[str] = (),
) -> str:
    """The identity of a revision: 64 hexadecimal digits.

    >>> proc_id("def f(x): return x", [Parameter("x", "int")], returns="number")[:8]
    'a7ecdeb7'
    """
    form = {
        "abi": ABI,
        "source": canonical_source(source),
        "parameters": [[p.name, p.type, dict(p.domain)] for p in parameters],
        "returns": returns,
        "templates": [[t.lang, t.text] for t in templates],
        "properties": [[p.name, canonical_source(p.code)] for p in properties],
        "requires": [[r.parameter, dict(r.columns)] for r in requires],
        "effects": sorted(effects),
    }
    return hashlib.sha256(canonical_json(form).encode()).hexdigest()


def identity_of(revision: Revision) -> str:
    """The identity the parts of `revision` make; it is its `proc_id` unless somebody changed one of them.

    >>> identity_of(Revision("f", 1, "", "def f(x): return x", parameters=(Parameter("x", "int"),)))[:8]
    'a7ecdeb7'
    """
    return proc_id(
        revision.source,
        revision.parameters,
        returns=revision.returns,
        templates=revision.templates,
        properties=revision.properties,
        requires=revision.requires,
        effects=revision.effects,
    )


def canonical_json(value: Any) -> str:
    """JSON with sorted keys and no white space; raises ValueError for NaN and infinities."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False, default=str)
