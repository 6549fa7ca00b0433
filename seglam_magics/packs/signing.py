"""Signatures of packs: ed25519 over the DSSE form of the manifest's bytes, and this user's own key.

A signature says who made a pack. It never says that what is in it is good, so nothing is let in because of one.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
import re
import unicodedata
from pathlib import Path
from typing import Literal

from pydantic import Field

from ..errors import SeglamError
from ..trust.files import locked
from ..trust.secret import keep_secret, new_secret, read_secret
from .container import refused
from .manifest import Manifest, Part, Signer, shaped
from .strict import dumped, strict

PAYLOAD = "application/vnd.in-toto+json"
KEY_FILE = "signing-key"
_NAME = re.compile(r"[\w.@+-]+(?: [\w.@+-]+)*")
_LONGEST_NAME = 64


class _Signed(Part):
    keyid: str
    sig: str = Field(max_length=128)


class _Envelope(Part):
    """A DSSE envelope whose payload is the manifest beside it."""

    payloadType: Literal["application/vnd.in-toto+json"]  # noqa: N815 - the name DSSE gives it
    signatures: list[_Signed] = Field(min_length=1, max_length=1)


def pre_authentication(payload: bytes, kind: str = PAYLOAD) -> bytes:
    """What is signed: the payload with its type and lengths (DSSE v1).

    >>> pre_authentication(b"hello world", "http://example.com/HelloWorld")
    b'DSSEv1 29 http://example.com/HelloWorld 11 hello world'
    """
    return b"DSSEv1 %d %b %d %b" % (len(kind.encode()), kind.encode(), len(payload), payload)


def fingerprint(key: bytes) -> str:
    """A public key as people compare it: 16 groups of 4 hexadecimal digits of its SHA-256.

    >>> fingerprint(bytes(32))[:14]
    '6668-7aad-f862'
    """
    text = hashlib.sha256(key).hexdigest()
    return "-".join(text[at : at + 4] for at in range(0, len(text), 4))


def signer_name(text: str) -> str:
    """A signer's name in one spelling.

    Raises
    ------
    ValueError : it is empty, too long, or holds what could be taken for something else.

    >>> signer_name("Ada  Lovelace ")
    'Ada Lovelace'
    """
    name = " ".join(unicodedata.normalize("NFKC", text).split())
    if not _NAME.fullmatch(name) or len(name) > _LONGEST_NAME:
        raise ValueError("a signer's name is of letters, digits, blanks and . @ + - _, 64 at most")
    return name


# ---------------------------------------------------------------- signing


def own_key(folder: Path, *, make: bool = True) -> bytes | None:
    """The 32 bytes of this user's private key, made at the first use; None where there is none and none is to be made.

    Parameters
    ----------
    folder : of the approvals; never one of a store.

    Raises
    ------
    SeglamError : E-PACK-KEY where others could read it, or it cannot be kept.
    """
    path = folder / KEY_FILE
    try:
        known = read_secret(path)
        if known is not None or not make:
            return known
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with locked(folder / f"{KEY_FILE}.lock"):
            if read_secret(path) is None:  # no other process was quicker
                keep_secret(path, new_secret())
            return read_secret(path)
    except SeglamError as error:
        raise SeglamError("E-PACK-KEY", path=path, why=error.facts["why"]) from None
    except OSError as error:
        raise SeglamError("E-PACK-KEY", path=path, why=error.strerror or os.strerror(error.errno or 0)) from None


def public_key(private: bytes) -> bytes:
    """The public key of a private one."""
    from nacl.signing import SigningKey

    return bytes(SigningKey(private).verify_key)


def signature(payload: bytes, private: bytes) -> bytes:
    """`signature.json` of a manifest."""
    from nacl.signing import SigningKey

    key = SigningKey(private)
    signed = base64.b64encode(key.sign(pre_authentication(payload)).signature).decode()
    keyid = fingerprint(bytes(key.verify_key))
    return dumped({"payloadType": PAYLOAD, "signatures": [{"keyid": keyid, "sig": signed}]})


# ---------------------------------------------------------------- checking


def signer_of(manifest: Manifest, payload: bytes, envelope: bytes | None) -> Signer | None:
    """Who signed, their signature checked; None for a pack that nobody signed.

    Raises
    ------
    SeglamError : E-PACK-SIGNATURE where there is a signature or a signer, and they do not belong together.
    """
    signer = manifest.predicate.signer
    if signer is None and envelope is None:
        return None
    if signer is None or envelope is None:
        raise refused("E-PACK-SIGNATURE", why="only one of signature and signer is there")
    _check_name(signer.name)
    key = bytes.fromhex(signer.key)
    found = shaped(_Envelope, strict(envelope, "signature.json"), "signature.json").signatures[0]
    if found.keyid != fingerprint(key) or not _holds(key, payload, found.sig):
        raise refused("E-PACK-SIGNATURE", why="it is not one of the key it names over this manifest")
    return signer


def _check_name(name: str) -> None:
    try:
        if signer_name(name) == name:
            return
    except ValueError:
        pass
    raise refused("E-PACK-SIGNATURE", why="the name of its signer is none")


def _holds(key: bytes, payload: bytes, text: str) -> bool:
    from nacl.exceptions import BadSignatureError
    from nacl.exceptions import ValueError as BadLength
    from nacl.signing import VerifyKey

    try:
        VerifyKey(key).verify(pre_authentication(payload), base64.b64decode(text, validate=True))
    except (BadSignatureError, BadLength, binascii.Error, ValueError):
        return False
    return True
