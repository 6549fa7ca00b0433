"""The jobs of a child: call a procedure; judge a revision; run the procedure or its properties for a judge.

Runs in the child only, after it has restricted itself. A message in, a message out; nothing else leaves but what the
sides of a verification tell their judge.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..procedure import apply, from_record, load
from ..procedure.wire import pack, unpack
from .channel import Oversized, encode, open_message
from .failures import failure
from .noting import Note
from .wires import Cut, Talk, Wire

Reply = tuple[dict[str, Any], list[bytes]]


def answer(message: bytes, note: Note, talks: Mapping[str, Talk] | None = None) -> bytes:
    """Do the job of `message` and give the reply as a message; whatever goes wrong is the reply, too.

    Parameters
    ----------
    note : told before each run of foreign code, so that somebody knows how far it is, and where it hung or died.
    talks : the sides of a verification; None has them beside the judge, in this process.

    Raises
    ------
    Cut : a side ended, or said what it was not asked.
    """
    header: dict[str, Any] = {}
    try:
        header, blobs = open_message(message)
        if header["kind"] == "call":
            return encode(*_call(header, blobs))
        return encode(*_JUDGING[header["kind"]](header, blobs, note, talks))
    except Cut:
        raise
    except Oversized as error:
        return encode({"failed": {"type": "Oversized", "message": f"the result has {error}", "line": 0, "text": ""}})
    except BaseException as error:  # noqa: BLE001 - SystemExit and panics of libraries are failures of the job like any other
        return encode({"failed": failure(error, str(header.get("name")), str(header.get("source", "")))})


def serve(role: str, message: bytes, wire: Wire) -> None:
    """Be the side `role` of the verification of `message`, as long as its judge asks."""
    from .sides import hold, perform

    revision = from_record(open_message(message)[0]["revision"])
    {"runner": perform, "oracle": hold}[role](revision, wire)


def _call(header: dict[str, Any], blobs: list[bytes]) -> Reply:
    function = load(header["source"], header["name"])
    arguments = {n: unpack(plain, blobs[at : at + count]) for n, (plain, at, count) in header["arguments"].items()}
    plain, out = pack(apply(function, arguments, header["returns"]))
    return {"value": plain}, out


def _verify(header: dict[str, Any], _blobs: list[bytes], note: Note, talks: Mapping[str, Talk] | None) -> Reply:
    from .observing import observed
    from .sides import beside
    from .verification import check_revision

    revision = from_record(header["revision"])
    tried: list[dict[str, Any]] | None = [] if header.get("observe") else None
    with observed(tried):
        checks, calls = check_revision(
            revision, talks or beside(revision), cases=header["cases"], seconds=header["seconds"], note=note
        )
    found = {"checks": [[c.name, c.ok, c.cases, c.message] for c in checks]}
    return found | ({} if tried is None else {"observations": tried}), [calls] if calls else []


def _replay(header: dict[str, Any], _blobs: list[bytes], note: Note, _talks: Mapping[str, Talk] | None) -> Reply:
    from .sides import again

    return again(from_record(header["revision"]), header["calls"], note), []


_JUDGING = {"verify": _verify, "replay": _replay}
