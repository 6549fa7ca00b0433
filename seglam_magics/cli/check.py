"""Verbs that check the installation: `doctor` and `models`. Keys are shown as set or not set, never their values."""

from __future__ import annotations

import platform
import sys
import time
from contextlib import closing
from importlib import metadata
from typing import TYPE_CHECKING, Any

import click

from seglam_magics.errors import SeglamError
from seglam_magics.notebook.wording import say, span

from .around import around, ports_of, stored, to_add
from .group import FAILED, verb
from .office import Office, Output
from .texts import table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seglam_magics.compiler.gateway import Target
    from seglam_magics.verify import Executor

_PACKAGES = ("seglam", "ipython", "ipykernel", "litellm", "duckdb", "polars", "narwhals", "hypothesis", "pydantic")
_OLDEST = (3, 11)
_SENTENCE = 300  # characters of a finding
_COUNT = {"role": "user", "content": "Count from one to fifty, in words, and say nothing else."}
_SHORTEST = 0.05  # seconds; what arrives at once has no speed


@verb("doctor", "a list of check, ok, detail; ok is null for a note")
@click.option("--probe", is_flag=True, help="Also ask the model to count to fifty, which may cost some 100 tokens.")
@click.option(
    "--port", "ports", multiple=True, metavar="NAME=PORT", help="Where a local program listens, e.g. vllm=8001."
)
def doctor(office: Office, *, probe: bool, ports: tuple[str, ...]) -> Output:
    """Check versions, store, sandbox, front end, model, keys and local programs.

    Connects to 127.0.0.1 alone, and only with --probe to the model that is set. The last line is what to add.
    """
    where = ports_of(ports)
    checks = [*_installation(), *_own(office)]
    model = list(_model(office, probe=probe))
    surroundings, servers = around(office, where)
    checks += [*surroundings, *model, _check("next", None, to_add(office.settings, model, servers))]
    bad = any(check["ok"] is False for check in checks)
    words = {True: say("doctor.ok"), False: say("doctor.bad"), None: say("doctor.note")}
    rows = [(words[check["ok"]], check["check"], check["detail"]) for check in checks]
    head = [say(f"doctor.{name}") for name in ("state", "check", "detail")]
    return Output(table(head, rows, widest=_SENTENCE), checks, FAILED if bad else 0)


def _check(name: str, ok: bool | None, detail: Any) -> dict[str, Any]:  # noqa: FBT001 - a row, not an option
    return {"check": name, "ok": ok, "detail": str(detail)}


def _installation() -> Iterator[dict[str, Any]]:
    yield _check("python", sys.version_info[:2] >= _OLDEST, f"{platform.python_version()} on {platform.platform()}")
    for name in _PACKAGES:
        try:
            yield _check(name, True, metadata.version(name))  # noqa: FBT003
        except metadata.PackageNotFoundError:
            yield _check(name, False, say("doctor.missing"))  # noqa: FBT003


def _own(office: Office) -> Iterator[dict[str, Any]]:
    reasoner = office.reasoner
    folder = reasoner.log.path
    yield _check("store", folder is not None, stored(folder) if folder else say("card.memory"))
    for sentence in reasoner.log.damage:
        yield _check("store", False, sentence)  # noqa: FBT003
    try:
        reasoner.executor.call("def one():\n    return 1\n", "one", {}, returns="number", seconds=10.0)
    except SeglamError as error:
        yield _check("sandbox", False, error.says)  # noqa: FBT003
    else:
        yield from _isolation(reasoner.executor)


def _isolation(executor: Executor) -> Iterator[dict[str, Any]]:
    """What procedures run behind, why it is not more, and what follows from it."""
    tier = executor.tier
    yield _check("sandbox", True, say("doctor.tier", tier=tier, means=say(f"doctor.{tier}")))  # noqa: FBT003
    for why in executor.missing:
        yield _check("isolation", None, say("doctor.weaker", why=why))
    if tier == "S1":
        yield _check("isolation", None, SeglamError("W-SANDBOX-DEGRADED"))


def _model(office: Office, *, probe: bool) -> Iterator[dict[str, Any]]:
    target = _target(office)
    yield _check("model", None if not target.model else True, target.model or say("card.no_model"))
    if not target.model:
        return
    for name, is_set in _keys(target).items():
        yield _check(name, is_set or None, say("models.set") if is_set else say("models.not_set"))
    if probe:
        yield _probed(target)


def _target(office: Office) -> Target:
    from seglam_magics.compiler.gateway import Target

    settings = office.settings
    return Target(settings.model, settings.api_base, settings.key_name)


def _keys(target: Target) -> dict[str, bool]:
    from seglam_magics.compiler.gateway import key_status

    return key_status(target)


def _probed(target: Target) -> dict[str, Any]:
    """Whether the model answers, and how fast: characters a second from the first piece to the last."""
    from seglam_magics.compiler.gateway import Request, open_stream

    begin = time.monotonic()
    try:
        with closing(open_stream(Request((_COUNT,), max_tokens=120), target, 20.0)) as stream:
            arrived = [(time.monotonic(), len(delta.text) + len(delta.thinking)) for delta in stream]
    except SeglamError as error:
        # the scripted model has no recording of this question, which it says over the very connection that is probed
        reached = error.code == "E-SCRIPTED-UNKNOWN"
        return _check("probe", reached, _answered(begin) if reached else error.says)
    return _check("probe", True, _answered(begin) + _speed(arrived))  # noqa: FBT003


def _answered(begin: float) -> str:
    return say("doctor.answered", time=span(time.monotonic() - begin))


def _speed(arrived: list[tuple[float, int]]) -> str:
    """Characters a second between the first and the last piece; "" where that cannot be told."""
    pieces = [(moment, size) for moment, size in arrived if size]
    seconds = pieces[-1][0] - pieces[0][0] if pieces else 0.0
    if seconds < _SHORTEST:
        return ""
    return say("doctor.speed", speed=f"{sum(size for _, size in pieces[1:]) / seconds:.0f}")


@verb("models", "a list of name, model, api_base, configured, keys")
def models(office: Office) -> Output:
    """List the configured model and presets.

    A key is shown as set or not set, never its value; presets are servers of your own, which need none.
    """
    target = _target(office)
    rows: list[dict[str, Any]] = []
    if target.model:
        keys = _keys(target)
        rows.append(
            {"name": None, "model": target.model, "api_base": target.api_base or None, "configured": True, "keys": keys}
        )
    rows += [{**preset, "configured": False, "keys": {}} for preset in presets()]
    head = [say(f"models.{name}") for name in ("model", "api_base", "keys")]
    cells = [(row["model"], row["api_base"] or "-", _key_text(row)) for row in rows]
    return Output(table(head, cells) + "\n" + say("models.how"), rows)


def _key_text(row: dict[str, Any]) -> str:
    if not row["configured"]:
        return say("models.preset", name=row["name"])
    words = [f"{name} {say('models.set') if is_set else say('models.not_set')}" for name, is_set in row["keys"].items()]
    return ", ".join(words) or say("models.no_key")


def presets() -> list[dict[str, str]]:
    """Servers that speak the OpenAI protocol on one's own machine: name, model and base URL.

    >>> [preset["name"] for preset in presets()]
    ['ollama', 'lm-studio', 'vllm', 'llama-cpp', 'oobabooga']
    """
    from seglam_magics.doctor import known

    return [{"name": one.name, "model": say("models.named"), "api_base": one.api_base} for one in known()]
