"""The secret that signs approvals: 32 random bytes only this user can read."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import os
import secrets
import stat
from collections.abc import Sequence
from pathlib import Path

from ..errors import SeglamError
from .files import replaced

SIZE = 32


def read_secret(path: Path) -> bytes | None:
    """The secret at `path`, None where there is none.

    Raises
    ------
    SeglamError : E-TRUST-SECRET where somebody else could have read or made it.
    """
    try:
        fd = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0))
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _refused(f"{path} cannot be read: {error.strerror}", f"delete {path} and approve anew") from None
    with os.fdopen(fd, "rb") as file:
        _check(os.fstat(fd), path)
        secret = file.read(SIZE + 1)
    if len(secret) != SIZE:
        raise _refused(f"{path} does not hold {SIZE} bytes", f"delete {path} and approve anew")
    return secret


def _check(found: os.stat_result, path: Path) -> None:
    if os.name == "nt":
        return  # the folder's access list is the user's own
    if found.st_uid not in (os.geteuid(), 0):
        raise _refused(f"{path} belongs to somebody else", f"delete {path} and approve anew")
    if found.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise _refused(f"others can read {path}", f"chmod 600 {path}, or delete it and approve anew")
    folder = path.parent.stat()
    if folder.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise _refused(f"others can write to {path.parent}", f"chmod 700 {path.parent}")


def _refused(why: str, advice: str) -> SeglamError:
    return SeglamError("E-TRUST-SECRET", why=why, advice=advice)


def new_secret() -> bytes:
    """A secret nobody knows, kept nowhere yet."""
    return secrets.token_bytes(SIZE)


def keep_secret(path: Path, secret: bytes) -> None:
    """Keep a new `secret` at `path`, its folder closed to writers that are not its owner.

    Who reads meanwhile finds all of it or none; two writers keep each other out by the lock they hold.

    Raises
    ------
    OSError : it cannot be kept.
    SeglamError : E-TRUST-SECRET where it cannot be kept from others; there is none then.
    """
    with contextlib.suppress(OSError):  # a group of one's own may often write; where it stays so, the check says it
        path.parent.chmod(path.parent.stat().st_mode & ~(stat.S_IWGRP | stat.S_IWOTH))
    replaced(path, secret)
    try:
        read_secret(path)
    except SeglamError:
        path.unlink()
        raise


def signed(secret: bytes, parts: Sequence[str]) -> str:
    """HMAC-SHA256 over `parts`, each with its length so that none can pass for two.

    >>> signed(b"k" * 32, ["ab", "c"]) == signed(b"k" * 32, ["a", "bc"])
    False
    """
    text = "".join(f"{len(part)}:{part}" for part in parts)
    return hmac.new(secret, text.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()


def is_signed(secret: bytes, parts: Sequence[str], mac: str) -> bool:
    """Whether `mac` is the signature of `parts`, in constant time."""
    return hmac.compare_digest(signed(secret, parts).encode(), mac.encode("utf-8", "surrogatepass"))
