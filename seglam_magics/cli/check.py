"""Verbs that check the installation: `doctor` and `models`. Keys are shown as set or not set, never their values."""

from __future__ import annotations

import platform
import sys
from importlib import metadata
from typing import TYPE_CHECKING, Any

import click

from seglam_magics.errors import SeglamError
from seglam_magics.notebook.wording import say

from .around import around, ports_of, stored, to_add
from .group import FAILED, verb
from .office import Office, Output
from .probing import probed
from .texts import table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seglam_magics.compiler.gateway import Target
    from seglam_magics.verify import Executor

_PACKAGES = ("seglam", "ipython", "ipykernel", "litellm", "duckdb", "polars", "narwhals", "hypothesis", "pydantic")
_OLDEST = (3, 11)
_SENTENCE = 300  # characters of a finding


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
    office.progress(say("doctor.sandbox"))
    checks = [*_installation(), *_own(office)]
    model = list(_model(office, probe=probe))
    office.progress(say("doctor.around"))
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
        office.progress(say("doctor.probing", model=target.model))
        yield _check("probe", *probed(target))


def _target(office: Office) -> Target:
    from seglam_magics.compiler.gateway import Target

    settings = office.settings
    return Target(settings.model, settings.api_base, settings.key_name)


def _keys(target: Target) -> dict[str, bool]:
    from seglam_magics.compiler.gateway import key_status

    return key_status(target)


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
