"""Verbs about settings: `config` shows them, `config set` and `config unset` write the file they belong to."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from seglam_magics.errors import SeglamError
from seglam_magics.notebook.wording import say
from seglam_magics.settings import Seglam

from .group import as_json, group
from .office import Office, Output
from .texts import table

if TYPE_CHECKING:
    from collections.abc import Callable

_PROJECT = click.option("--project", is_flag=True, help="The nearest pyproject.toml, for everyone who works in it.")


@group.group("config", invoke_without_command=True)
@as_json("value, origin by setting")
@click.pass_context
def config(context: click.Context) -> Output:
    """List the settings and where each came from; `set` and `unset` change them for good."""
    if context.invoked_subcommand is not None:
        return Output("")
    office: Office = context.obj
    found = office.settings.origins()
    data = {name: {"value": value, "origin": origin} for name, (value, origin) in found.items()}
    rows = [(name, _shown(value), origin) for name, (value, origin) in found.items()]
    return Output(table([say(f"config.{c}") for c in ("name", "value", "origin")], rows), data)


def _shown(value: Any) -> str:
    return "-" if value in ("", None) else str(value)


def _verb(name: str, keys: str) -> Callable[[Callable[..., Output]], click.Command]:
    def made(function: Callable[..., Output]) -> click.Command:
        return config.command(name)(as_json(keys)(click.pass_obj(function)))

    return made


def _completed(_context: click.Context, _argument: click.Parameter, incomplete: str) -> list[str]:
    """The settings that begin so."""
    return [name for name in Seglam.class_trait_names(config=True) if name.startswith(incomplete)]


@_verb("set", "file, settings")
@click.argument("pairs", nargs=-1, required=True, metavar="NAME VALUE [NAME VALUE …]", shell_complete=_completed)
@_PROJECT
def change(office: Office, *, pairs: tuple[str, ...], project: bool) -> Output:
    """Write settings into your config.toml, or with --project into the nearest pyproject.toml.

    The rest of the file stays as it is, comments too. What is set here holds in this kernel at once, unless the
    environment or %config says otherwise.
    """
    from .configuring import checked, written

    if len(pairs) % 2:
        raise SeglamError("E-USAGE", problem=say("config.pair", name=pairs[-1]), advice=say("config.pairs"))
    asked = dict(zip(pairs[::2], pairs[1::2], strict=True))
    values = checked(asked, office.settings, project=project, in_notebook=office.in_notebook)
    path = written(Path.cwd(), values, project=project)
    lines = [say("config.set", name=name, value=_shown(value), path=path) for name, value in values.items()]
    lines += filter(None, (_held(office, name, value, path) for name, value in values.items()))
    return Output("\n".join(lines), {"file": str(path), "settings": values})


@_verb("unset", "file, settings")
@click.argument("names", nargs=-1, required=True, metavar="NAME …", shell_complete=_completed)
@_PROJECT
def unset(office: Office, *, names: tuple[str, ...], project: bool) -> Output:
    """Take settings out of the file again; the next lower source holds from the next start."""
    from .configuring import known, written

    path = written(Path.cwd(), {known(name, office.settings): None for name in names}, project=project)
    lines = [say("config.unset", name=name, path=path) for name in names]
    return Output("\n".join(lines), {"file": str(path), "settings": list(names)})


def _held(office: Office, name: str, value: Any, path: Path) -> str:
    """Make it hold here and now; a sentence where something stronger says otherwise."""
    from .configuring import hold

    stronger = hold(office.settings, name, value, path)
    return say("config.stronger", name=name, origin=stronger) if stronger else ""
