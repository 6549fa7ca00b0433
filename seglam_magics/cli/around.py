"""What `doctor` finds around seglam: store, machine, front end, local programs, keys; and the one line to add."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from seglam_magics.errors import SeglamError, closest
from seglam_magics.notebook.wording import say

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from seglam_magics.doctor import Fact, Found, Front
    from seglam_magics.settings import Seglam

    from .office import Office

Row = dict[str, Any]
_GIGA, _MEGA = 1e9, 1e6
_SHOWN = 3  # models of a local program that are named


def around(office: Office, ports: Mapping[str, int]) -> tuple[list[Row], list[Found]]:
    """The rows of what is around, and the local programs that were found."""
    from seglam_magics import doctor

    servers = doctor.found(ports)
    rows = [_row(front.name, _front(front)) for front in doctor.fronts()]
    rows += [_row(fact.name, _fact(fact)) for fact in doctor.measured()]
    rows += [_row(one.runtime.name, _server(one)) for one in servers]
    if not servers:
        rows.append(
            _row("local servers", say("doctor.no_server", names=", ".join(one.title for one in doctor.known())))
        )
    if not office.settings.model:
        rows += [_row(name, say("models.set")) for name in _keys()]
    return rows, servers


def _row(name: str, detail: str) -> Row:
    return {"check": name, "ok": None, "detail": detail}


def _keys() -> Iterator[str]:
    """Names of the usual keys that are set, in the environment or the keyring; never a value."""
    from seglam_magics.compiler.gateway import key_is_set
    from seglam_magics.doctor import providers

    return (one.key for one in providers() if key_is_set(one.key))


def stored(folder: Path) -> str:
    """Where the store is and how large it is."""
    from seglam_magics.store import health

    size = sum(part.bytes for part in health.sizes(folder).values())
    return say("doctor.store", path=folder, size=f"{size / _MEGA:,.1f}")


def _front(front: Front) -> str:
    if front.there:
        return front.detail or say(f"doctor.{front.name}")
    return say(f"doctor.no_{front.name}")


def _fact(fact: Fact) -> str:
    if fact.name == "cores":
        return f"{fact.amount:.0f}"
    return " · ".join(filter(None, [fact.text, f"{fact.amount / _GIGA:,.1f} GB"]))


def _server(one: Found) -> str:
    runtime = one.runtime
    abilities = ", ".join(
        f"{say(f'doctor.{name}')} {say(f'doctor.{what}')}" for name, what in runtime.abilities.items()
    )
    more = f" … ({len(one.models)})" if len(one.models) > _SHOWN else ""
    models = ", ".join(one.models[:_SHOWN]) + more if one.models else say("doctor.no_models")
    return say("doctor.server", title=runtime.title, port=runtime.port, models=models, abilities=abilities)


def to_add(settings: Seglam, model: Iterable[Row], servers: Sequence[Found]) -> str:
    """The one line that is missing; a sentence where nothing is."""
    if settings.model:
        unset = [row["check"] for row in model if row["detail"] == say("models.not_set")]
        return say("doctor.add_key", name=unset[0]) if unset else say("doctor.nothing")
    return say("doctor.add", line=_line(servers))


def _line(servers: Sequence[Found]) -> str:
    """A program on this machine goes first: nothing leaves it, and it costs nothing."""
    from seglam_magics.doctor import line, providers

    for one in sorted(servers, key=lambda server: not server.models):
        return line(one)
    keys = set(_keys())
    return next((one.line for one in providers() if one.key in keys), say("doctor.demo"))


def ports_of(given: Iterable[str]) -> dict[str, int]:
    """Name of a program -> port, of `name=port`.

    Raises
    ------
    SeglamError : E-USAGE for another form or a program nobody knows.

    >>> ports_of(["vllm=8001"])
    {'vllm': 8001}
    """
    from seglam_magics.doctor import known

    names = [one.name for one in known()]
    ports = {}
    for pair in given:
        name, _, port = pair.partition("=")
        if name not in names or not port.isdecimal() or not 0 < int(port) < 2**16:
            near = closest(name, names) or ", ".join(names)
            raise SeglamError("E-USAGE", problem=say("doctor.port", pair=pair), advice=say("doctor.ports", names=near))
        ports[name] = int(port)
    return ports
