"""Verbs that look after the store itself: `store path check rebuild compact backup migrate-if-needed`."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from seglam_magics.errors import SeglamError
from seglam_magics.notebook.wording import say

from .group import FAILED, as_json, group
from .office import Office, Output
from .texts import pairs

if TYPE_CHECKING:
    from collections.abc import Callable

_KILO = 1000.0
_PARTS = "segments, archive, view, aside (files and bytes of each)"


@group.group("store", invoke_without_command=True)
@as_json(f"store, format, {_PARTS}, damage")
@click.pass_context
def store(context: click.Context) -> Output:
    """Look after the store; without a verb, say where it is, how large it is, and what could not be read."""
    if context.invoked_subcommand is not None:
        return Output("")
    from seglam_magics.store import formats, health

    office: Office = context.obj
    folder = _folder(office)
    parts = {name: dataclasses.asdict(size) for name, size in health.sizes(folder).items()}
    damage = office.reasoner.log.damage
    data = {"store": str(folder), "format": formats.format_of(folder), **parts, "damage": damage}
    rows = [(say("store.path"), str(folder)), *((say(f"store.{name}"), _size(part)) for name, part in parts.items())]
    return Output("\n".join([pairs(rows), *(damage or [say("store.sound")])]), data)


def _verb(name: str, keys: str) -> Callable[[Callable[..., Output]], click.Command]:
    def made(function: Callable[..., Output]) -> click.Command:
        return store.command(name)(as_json(keys)(click.pass_obj(function)))

    return made


@_verb("path", "store")
def path(office: Office) -> Output:
    """Print the folder of the store."""
    folder = str(_folder(office))
    return Output(folder, {"store": folder})


@_verb("check", "store, format, events, definitions, damage")
def check(office: Office) -> Output:
    """Read every line and check it; exit code 1 where something is damaged. Writes nothing."""
    from seglam_magics.store import health

    folder = _folder(office)
    found = health.examined(folder, lambda events: office.progress(say("store.reading", events=f"{events:,}")))
    data = {"store": str(folder), **dataclasses.asdict(found)}
    counted = say("store.checked", events=f"{found.events:,}", definitions=f"{found.definitions:,}")
    lines = [counted, *(found.damage or [say("store.sound")])]
    return Output("\n".join(lines), data, FAILED if found.damage else 0)


@_verb("rebuild", "events, damage")
def rebuild(office: Office) -> Output:
    """Make the view of the log, seglam.duckdb, again; the present one is kept aside."""
    from seglam_magics.store import health

    folded = health.rebuilt(_folder(office))
    text = say("store.rebuilt", events=f"{folded.events:,}")
    return Output("\n".join([text, *folded.damage]), {"events": folded.events, "damage": list(folded.damage)})


@_verb("compact", "segments, bytes")
def compact(office: Office) -> Output:
    """Move what ended kernels wrote to the archive, so that the store opens faster. Nothing is thrown away."""
    from seglam_magics.store import compaction

    folder = _folder(office)
    done = compaction.compact(folder)
    if done is None:
        raise SeglamError("E-STORE-BUSY", path=folder, why=say("store.compacting"))
    text = say("store.compacted", segments=f"{done.segments:,}", size=_bytes(done.bytes))
    return Output(text if done.segments else say("store.nothing"), dataclasses.asdict(done))


@_verb("backup", "backup")
@click.argument("to", required=False, metavar="[FOLDER]", type=click.Path(path_type=Path))
def backup(office: Office, *, to: Path | None) -> Output:
    """Copy the log to FOLDER, beside the store where none is given. Setting `store` to it uses it."""
    from seglam_magics.store import formats
    from seglam_magics.store.log import cannot_write

    folder = _folder(office)
    try:
        made = formats.backup(folder, to or folder.with_name(f"{folder.name}-backup"))
    except OSError as error:
        raise cannot_write(to or folder, error) from error
    return Output(say("store.copied", folder=made), {"backup": str(made)})


@_verb("migrate-if-needed", "migrated, backup")
def migrate_if_needed(office: Office) -> Output:
    """Bring a store of an older seglam up to date; a copy of it is kept."""
    from seglam_magics.store import formats

    done = formats.upgrade(_folder(office))
    if done is None:
        return Output(say("store.current"), {"migrated": [], "backup": None})
    return Output(say("store.migrated", folder=done[0]), {"migrated": done[1], "backup": str(done[0])})


def _folder(office: Office) -> Path:
    """The folder of the store; E-USAGE where there is none."""
    folder = office.reasoner.log.path
    if folder is None:
        raise SeglamError("E-USAGE", problem=say("store.memory"), advice=say("store.where"))
    return folder


def _size(part: dict[str, Any]) -> str:
    return say("store.size", files=f"{part['files']:,}", size=_bytes(part["bytes"]))


def _bytes(count: float) -> str:
    """A number of bytes as people read it.

    >>> _bytes(999), _bytes(455_000_000)
    ('999 B', '455.0 MB')
    """
    for unit in ("B", "kB", "MB", "GB"):
        if count < _KILO or unit == "GB":
            break
        count /= _KILO
    return f"{count:.1f} {unit}" if unit != "B" else f"{count:.0f} B"
