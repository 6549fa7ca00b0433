"""Writing a pack: what is taken, what is left out of it, and the file."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

from ..errors import SeglamError
from ..trust.redaction import redacted
from ..words import Example, Revision
from .carried import entry_of, revision_of
from .container import entries, packed
from .manifest import Revocations, Signer, statement
from .signing import public_key, signature
from .strict import dumped, strict

MadeUp = Callable[[Revision], tuple[Example, ...]]


def chosen(revisions: Iterable[Revision], made_up: MadeUp, *, with_examples: bool = False) -> tuple[Revision, ...]:
    """`revisions` as a pack carries them.

    Parameters
    ----------
    with_examples : carry the examples, the question it was compiled for and the values of its slots. Without, none of a
        user's values is in the pack.
    made_up : examples with values of nobody's, where the own ones stay here.

    Raises
    ------
    SeglamError : E-PACK-EXPORT where one is not verified, cannot be carried or holds a secret.
    """
    return tuple(_checked(one if with_examples else _without_values(one, made_up)) for one in revisions)


def _without_values(revision: Revision, made_up: MadeUp) -> Revision:
    slots = tuple(replace(p, example=None) for p in revision.parameters)
    return replace(revision, question="", parameters=slots, examples=made_up(revision))


def _checked(revision: Revision) -> Revision:
    """`revision`, once it was seen that whoever gets it can read it, and that no secret goes with it."""
    if revision.verdict is None or not revision.verdict.ok:
        raise SeglamError("E-PACK-EXPORT", procedure=revision.label, why="it is not verified")
    name, data = entry_of(revision)
    plain = strict(data, name)
    clean = redacted(plain)
    try:
        revision_of(name, clean)
    except SeglamError as error:
        secret = error.code == "E-PACK-DIGEST" and clean != plain
        why = "what it is made of holds what looks like a secret" if secret else error.says
        raise SeglamError("E-PACK-EXPORT", procedure=revision.label, why=why) from None
    return revision


def exported(
    path: Path, revisions: Iterable[Revision], sign_as: tuple[str, bytes] | None = None, revoked: Iterable[str] = ()
) -> int:
    """Write a pack, in one step; its size in bytes.

    Parameters
    ----------
    sign_as : the signer's name and private key; None leaves it unsigned.
    revoked : identities of procedures that the signer takes back.

    Raises
    ------
    SeglamError : E-PACK-SIZE where it holds more than a pack may, E-PACK-WRITE.
    """
    held = dict(_entry(revision) for revision in revisions)
    signer = Signer(name=sign_as[0], key=public_key(sign_as[1]).hex()) if sign_as else None
    back = sorted(set(revoked))
    if back and signer is not None:
        held["revocations.json"] = dumped(Revocations(procedures=back).model_dump())
    manifest = statement(held, f"seglam {version('seglam')}", signer)
    sealed = {"signature.json": signature(manifest, sign_as[1])} if sign_as else {}
    data = packed({**held, **sealed, "manifest.json": manifest})
    entries(data, path)  # what nobody could read is not written
    _put(path, data)
    return len(data)


def _entry(revision: Revision) -> tuple[str, bytes]:
    name, data = entry_of(revision)
    return name, dumped(redacted(strict(data, name)))


def _put(path: Path, data: bytes) -> None:
    """The whole file or the one that was there; the owner of a folder shares it by copying."""
    try:
        handle, name = tempfile.mkstemp(prefix=".pack-", dir=path.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
            Path(name).replace(path)
        except BaseException:
            with contextlib.suppress(OSError):
                Path(name).unlink()
            raise
    except OSError as error:
        raise SeglamError("E-PACK-WRITE", path=path, why=(error.strerror or str(error)).lower()) from None
