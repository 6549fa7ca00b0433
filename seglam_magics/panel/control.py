"""One way to speak to seglam from a panel: a message comes in, answers go out; widget, sidebar and verbs share it.

Nothing is done here by itself: every op is a verb of the command line, run with the same words.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import SeglamError
from ..thinking.control import lives
from . import pages
from .ops import Op, line
from .state import figures, opening, runs, shown

if TYPE_CHECKING:
    from seglam_magics.cli import Office

    from .link import Link

_SHARE = 10  # counting may take a tenth of the time
Told = dict[str, Any]
Shown = Callable[["Link", "Office", Mapping[str, Any]], Told | None]


def control(link: Link, name: str, op: Op, fields: Mapping[str, Any], nonce: str = "") -> Told | None:
    """Do what a checked message says; what to tell the panel, None where nothing.

    Raises
    ------
    SeglamError : E-PANEL-NONCE, E-PANEL-MESSAGE, and whatever the verb raises.
    """
    if op.nonce and not secrets.compare_digest(nonce.encode(), link.nonce.encode()):
        raise SeglamError("E-PANEL-NONCE", procedure=fields.get("procedure", "NAME"))
    office = link.office()
    if name in SHOWN:
        return SHOWN[name](link, office, fields)
    words = line(op, fields)
    if op.cell or (op.run and not lives()):
        return _cell(words)
    from seglam_magics.cli.group import execute

    output = execute(words, office, "%seglam")
    if name == "edit":
        return {"event": {"kind": "cell", "text": output.data["cell"]}}
    return {"event": {"kind": "done", "text": output.text}}


def _cell(words: list[str]) -> Told:
    """The line for a cell: its answer is shown there, and it runs where the data is."""
    import shlex

    if words[0] == "next":
        return {"event": {"kind": "cell", "text": f"%%reason\n{words[-1]}"}}
    return {"event": {"kind": "cell", "text": f"%seglam {shlex.join(words)}"}}


# ---------------------------------------------------------------- what is looked at


def _open(link: Link, office: Office, _fields: Mapping[str, Any]) -> Told:
    link.tell({"state": opening(office)})
    link.tell({"event": {"kind": "session", "nonce": link.nonce}})
    link.tell(_figures(link, office, {}))
    return {"patch": {"kept": pages.kept_runs(office)}}


def _figures(link: Link, office: Office, _fields: Mapping[str, Any]) -> Told:
    began = time.monotonic()
    found = figures(office)
    link.pause = _SHARE * (time.monotonic() - began)
    return {"patch": {"now": found}}


def _close(_link: Link, _office: Office, _fields: Mapping[str, Any]) -> None:
    """Done by the link itself."""


def _list(link: Link, office: Office, fields: Mapping[str, Any]) -> Told:
    link.listing.asked(fields)
    page = link.listing.page(office, fields.get("offset", 0), fields.get("limit", 0) or 100)
    return {"patch": {"list": page}} if page["offset"] == 0 else {"event": {"kind": "page", **page}}


def _procedure(_link: Link, office: Office, fields: Mapping[str, Any]) -> Told:
    return {"patch": {"procedure": pages.procedure(office, fields.get("procedure", ""))}}


def _versions(_link: Link, office: Office, fields: Mapping[str, Any]) -> Told:
    found = pages.versions(office, fields.get("name", ""), fields.get("old", 0), fields.get("new", 0))
    return {"patch": {"versions": found, "behaviour": None}}


def _behaviour(_link: Link, office: Office, fields: Mapping[str, Any]) -> Told:
    numbers = fields.get("old", 0), fields.get("new", 0)
    return {"patch": {"behaviour": pages.versions(office, fields.get("name", ""), *numbers, behaviour=True)}}


def _misses(_link: Link, office: Office, _fields: Mapping[str, Any]) -> Told:
    return {"patch": {"misses": pages.misses(office)}}


def _trace(_link: Link, office: Office, _fields: Mapping[str, Any]) -> Told:
    return {"patch": {"trace": pages.trace(office)}}


def _why(_link: Link, office: Office, fields: Mapping[str, Any]) -> Told:
    from seglam_magics.cli.group import execute

    which = fields.get("which", 1)
    output = execute(["why", str(which), "--reading"], office, "%seglam")
    return {"patch": {"why": {"which": which, "text": shown(output.text), "data": pages.plain(output.data)}}}


def _running(_link: Link, office: Office, _fields: Mapping[str, Any]) -> Told:
    return {"patch": {"runs": runs(), "kept": pages.kept_runs(office)}}


def _review(link: Link, office: Office, fields: Mapping[str, Any]) -> Told:
    from seglam_magics.cli.standing import row_of

    revision = office.reasoner.catalogue.known(fields.get("procedure", ""))
    link.tell({"event": {"kind": "session", "nonce": link.nonce}})
    return {"patch": {"review": pages.plain(row_of(office, revision))}}


def _test(link: Link, office: Office, fields: Mapping[str, Any]) -> None:
    revision = office.reasoner.catalogue.known(fields.get("procedure", ""))
    link.trial.begin(revision, fields.get("cases", 0) or 100)


def _observations(link: Link, _office: Office, fields: Mapping[str, Any]) -> Told:
    from seglam_magics.cli.testing import observed

    label, path = fields.get("procedure", ""), fields.get("file", "")
    tried = link.trial.observations(label)
    return {"event": {"kind": "done", "text": observed(Path(path or f"{label}.jsonl"), tried)}}


def _halt(link: Link, _office: Office, _fields: Mapping[str, Any]) -> None:
    link.trial.stop()


SHOWN: Mapping[str, Shown] = {
    "open": _open,
    "close": _close,
    "figures": _figures,
    "list": _list,
    "procedure": _procedure,
    "versions": _versions,
    "behaviour": _behaviour,
    "misses": _misses,
    "trace": _trace,
    "why": _why,
    "running": _running,
    "review": _review,
    "test": _test,
    "halt": _halt,
    "observations": _observations,
}
