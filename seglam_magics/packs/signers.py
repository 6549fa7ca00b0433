"""The signers this user has met, pinned at first use beside the approvals and never in a store.

What is pinned tells one signer from another and lets nothing run. A known name with another key is refused: that is how
a stranger would look.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from ..errors import SeglamError
from ..trust.files import locked, replaced
from .container import refused
from .manifest import Revocations, Signer
from .signing import fingerprint

State = Literal["unsigned", "new", "known", "replaced"]
_FILE = "signers.json"
_MOST_REVOKED = 20_000


@dataclass(frozen=True, slots=True)
class Known:
    """A signer as they were met.

    Attributes
    ----------
    revoked : fingerprints and identities that they took back.
    """

    name: str
    key: str
    revoked: tuple[str, ...] = ()

    @property
    def fingerprint(self) -> str:
        """Of the key."""
        return fingerprint(bytes.fromhex(self.key))


@dataclass(frozen=True, slots=True)
class Seen:
    """The signer of a pack as this user knows them."""

    state: State
    name: str = ""
    fingerprint: str = ""
    revoked: frozenset[str] = field(default_factory=frozenset)


class Signers:
    """The pinned signers of this user; nothing is written before the first signed pack is imported.

    Parameters
    ----------
    folder : of the approvals.

    >>> import tempfile
    >>> mine = Signers(Path(tempfile.mkdtemp()))
    >>> ada = Signer(name="Ada", key="00" * 32)
    >>> mine.seen(ada).state, mine.keep(ada), mine.seen(ada).state
    ('new', None, 'known')
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def known(self) -> tuple[Known, ...]:
        """Everybody who is pinned, by name. Raises E-PACK-KEY."""
        return tuple(sorted(self._read().values(), key=lambda one: one.name))

    def seen(self, signer: Signer | None, expected: str | None = None) -> Seen:
        """How this user knows the signer of a pack.

        Parameters
        ----------
        expected : the fingerprint the user was told on another way; it also lets a known name have a new key.

        Raises
        ------
        SeglamError : E-PACK-SIGNER-CHANGED where the name is known with another key; E-PACK-SIGNER-REVOKED where the
            key was taken back; E-PACK-SIGNER where it is not the expected one; E-PACK-KEY where the file is unreadable.
        """
        if signer is None:
            if expected:
                raise refused("E-PACK-SIGNER", found="nobody", expected=expected)
            return Seen("unsigned")
        mark = fingerprint(bytes.fromhex(signer.key))
        if expected is not None and _plain(expected) != _plain(mark):
            raise refused("E-PACK-SIGNER", found=f"{signer.name}, {mark}", expected=expected)
        return self._met(signer, mark, trusted=expected is not None)

    def _met(self, signer: Signer, mark: str, *, trusted: bool) -> Seen:
        known = self._read()
        mine = (one for plain, one in known.items() if one.key == signer.key or plain == _plain(signer.name))
        if any(mark in one.revoked for one in mine):
            raise refused("E-PACK-SIGNER-REVOKED", name=signer.name, fingerprint=mark)
        before = known.get(_plain(signer.name))
        if before is None:
            return Seen("new", signer.name, mark)
        if before.key == signer.key:
            return Seen("known", signer.name, mark, frozenset(before.revoked))
        if not trusted:
            raise refused("E-PACK-SIGNER-CHANGED", name=signer.name, fingerprint=mark, before=before.fingerprint)
        return Seen("replaced", signer.name, mark)

    def keep(self, signer: Signer, revocations: Revocations | None = None) -> None:
        """Pin a signer that was seen, with what they take back.

        Raises
        ------
        SeglamError : E-PACK-KEY where it cannot be kept.
        """
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with locked(self._folder / "signers.lock"):
                known = self._read()
                before = known.get(_plain(signer.name))
                same = before if before is not None and before.key == signer.key else Known(signer.name, signer.key)
                revoked = dict.fromkeys(same.revoked)
                if revocations is not None:
                    revoked |= dict.fromkeys([*revocations.procedures, *revocations.keys])
                after = replace(same, revoked=tuple(revoked)[-_MOST_REVOKED:])
                if after != before:
                    known[_plain(signer.name)] = after
                    self._write(known)
        except OSError as error:
            raise SeglamError("E-PACK-KEY", path=self._folder, why=error.strerror or str(error)) from None

    def _read(self) -> dict[str, Known]:
        path = self._folder / _FILE
        try:
            found = json.loads(path.read_text(encoding="utf-8"))
            return {_plain(one.name): one for one in map(_known, found["signers"])}
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            # to go on without it would take every stranger for a new friend
            raise SeglamError("E-PACK-KEY", path=path, why=f"it cannot be read ({error})") from None

    def _write(self, known: Mapping[str, Known]) -> None:
        told = json.dumps({"signers": [asdict(one) for one in known.values()]}, indent=1)
        replaced(self._folder / _FILE, told.encode())


def _known(entry: Any) -> Known:
    name, key, revoked = str(entry["name"]), str(entry["key"]), tuple(map(str, entry["revoked"]))
    bytes.fromhex(key)
    return Known(name, key, revoked)


def _plain(text: str) -> str:
    """A name or fingerprint as it is compared: without case, blanks and hyphens."""
    return "".join(text.casefold().split()).replace("-", "")
