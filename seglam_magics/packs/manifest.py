"""What a pack says it holds: an in-toto statement with the digest of every entry, by whom and when."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ..procedure.identity import ABI
from .container import refused
from .strict import dumped

STATEMENT = "https://in-toto.io/Statement/v1"
PREDICATE = "seglam/pack/v1"
FOLDER = "procedures/"
UNDIGESTED = ("manifest.json", "signature.json")  # the list itself, and what is made of it


class Part(BaseModel):
    """A part of an entry: nothing is converted, and what is not known is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Digest(Part):
    """SHA-256 of the bytes of an entry."""

    sha256: str = Field(pattern="^[0-9a-f]{64}$")


class Subject(Part):
    """An entry and its digest."""

    name: str
    digest: Digest


class Signer(Part):
    """Who says to have made a pack; it is signed with the rest, so that a name cannot be put on another's pack."""

    name: str
    key: str = Field(pattern="^[0-9a-f]{64}$")


class Predicate(Part):
    """When, with what, how many, and what it takes to use them."""

    created: str = Field(max_length=40)
    tool: str = Field(max_length=80)
    counts: dict[str, int]
    requires: dict[str, int | str]
    signer: Signer | None = None


class Manifest(Part):
    """The statement."""

    kind: Literal["https://in-toto.io/Statement/v1"] = Field(alias="_type")
    subject: list[Subject]
    predicate_type: Literal["seglam/pack/v1"] = Field(alias="predicateType")
    predicate: Predicate


class Revocations(Part):
    """What its signer takes back: procedures by their identity, keys by their fingerprint."""

    procedures: list[str] = Field(default=[], max_length=5000)
    keys: list[str] = Field(default=[], max_length=100)


P = TypeVar("P", bound=Part)


def statement(held: Mapping[str, bytes], tool: str, signer: Signer | None) -> bytes:
    """The manifest of these entries."""
    subject = [{"name": name, "digest": {"sha256": digest(held[name])}} for name in sorted(held)]
    predicate: dict[str, Any] = {
        "created": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        "tool": tool,
        "counts": {"procedures": sum(name.startswith(FOLDER) for name in held)},
        "requires": {"abi": ABI},
    }
    if signer is not None:
        predicate["signer"] = signer.model_dump()
    return dumped({"_type": STATEMENT, "subject": subject, "predicateType": PREDICATE, "predicate": predicate})


def manifest_of(plain: Mapping[str, Any]) -> Manifest:
    """The manifest in a pack.

    Raises
    ------
    SeglamError : E-PACK-VERSION where it is of a later seglam, E-PACK-RECORD where it is none.
    """
    kind = plain.get("predicateType")
    if isinstance(kind, str) and kind.startswith("seglam/pack/") and kind != PREDICATE:
        raise refused("E-PACK-VERSION", what=kind, known=PREDICATE)
    found = shaped(Manifest, plain, "manifest.json")
    abi = found.predicate.requires.get("abi")
    if abi != ABI:
        raise refused("E-PACK-VERSION", what=f"abi {abi}", known=f"abi {ABI}")
    return found


def check_digests(found: Manifest, held: Mapping[str, bytes]) -> None:
    """Refuse entries that are not as the manifest says, or are not in it; raises E-PACK-DIGEST."""
    told = {subject.name: subject.digest.sha256 for subject in found.subject}
    there = [name for name in held if name not in UNDIGESTED]
    if len(told) != len(found.subject):
        raise refused("E-PACK-DIGEST", name="the manifest", why="lists an entry twice")
    for name in [*there, *told]:
        if name not in told:
            raise refused("E-PACK-DIGEST", name=name, why="is not in the manifest")
        if name not in held or name in UNDIGESTED:
            raise refused("E-PACK-DIGEST", name=name, why="is in the manifest and not in the pack")
        if digest(held[name]) != told[name]:
            raise refused("E-PACK-DIGEST", name=name, why="is not what the manifest says: it was changed")


def digest(data: bytes) -> str:
    """SHA-256 in hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


def shaped(kind: type[P], plain: Mapping[str, Any], name: str) -> P:
    """`plain` as a part of this kind; raises E-PACK-RECORD with the place of what does not belong there."""
    try:
        return kind.model_validate(plain)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise refused("E-PACK-RECORD", name=name, why=f"{place}: {first['msg']}") from None
