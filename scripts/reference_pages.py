"""Pages of the reference made from the code: verbs from click, settings from traitlets, the rest from docstrings."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any

import click

NOTE = "<!-- Made from the code by scripts/reference_pages.py. -->\n"


def commands() -> str:
    """Every verb of `seglam` and `%seglam` with its arguments and options."""
    from seglam_magics.cli import verbs
    from seglam_magics.cli.group import group

    verbs()  # loads them
    head = [
        "# Verbs\n",
        NOTE,
        "Every verb is `seglam VERB` in a terminal and `%seglam VERB` in a notebook. All take `--json`.\n",
    ]
    return "\n".join(head + [part for name in sorted(group.commands) for part in verb(name, group.commands[name])])


def verb(name: str, command: click.Command) -> list[str]:
    """One verb, and those below it."""
    usage = " ".join(["seglam", name, *command.collect_usage_pieces(click.Context(command))])
    parts = [f"## {name}\n", f"```text\n{usage}\n```\n", paragraphs(command.help or "")]
    rows = [row for parameter in command.params if (row := option(parameter))]
    if rows:
        parts.append("\n".join(["| option | what |", "|---|---|", *rows]) + "\n")
    if isinstance(command, click.Group):
        below = [verb(f"{name} {each}", one) for each, one in sorted(command.commands.items())]
        parts += [part.replace("## ", "### ", 1) if part.startswith("## ") else part for each in below for part in each]
    return parts


def paragraphs(text: str) -> str:
    """A docstring as Markdown; what is indented in it stays as it is typed."""
    return cell(inspect.cleandoc(text.replace("\b", ""))).strip() + "\n"


def option(parameter: click.Parameter) -> str:
    """A row of the table of options; "" for an argument and for `--help`."""
    if not isinstance(parameter, click.Option):
        return ""
    names = ", ".join([*parameter.opts, *parameter.secondary_opts])
    value = "" if parameter.is_flag else " " + parameter.make_metavar(click.Context(click.Command("x")))
    return f"| `{cell(names + value)}` | {cell(parameter.help or '')} |"


def cell(text: str) -> str:
    """Text that can stand in a table: angle brackets and bars are no markup."""
    return text.replace("|", "\\|").replace("<", "&lt;")


def settings() -> str:
    """Every setting with its type, default and help."""
    from seglam_magics.settings import Seglam

    traits: dict[str, Any] = Seglam.class_traits(config=True)
    rows = [
        f"| `{name}` | {type(trait).__name__.strip('_').lower()} | {default(trait)} | {cell(str(trait.help))} |"
        for name, trait in sorted(traits.items())
    ]
    lines = [
        "# Settings\n",
        NOTE,
        "Set them with `seglam config set NAME VALUE`, in `config.toml` or `[tool.seglam]` of `pyproject.toml`, as",
        "`SEGLAM_NAME` in the environment, or with `%config Seglam.name = …`. Later ones win, in this order;",
        "`seglam config` shows each value with its origin.\n",
        "| setting | type | default | what |",
        "|---|---|---|---|",
        *rows,
    ]
    return "\n".join(lines) + "\n"


def default(trait: Any) -> str:
    """The default of a trait, as it would be typed."""
    value = trait.default()
    return f"`{value!r}`" if value not in ("", None, {}, []) else "-"


def magics() -> str:
    """The options of `%%reason`, as its help prints them, and the other cells."""
    from seglam_magics.notebook.arguments import PARSER
    from seglam_magics.notebook.magics import Magics

    def told(text: str | None) -> str:
        return f"```text\n{inspect.cleandoc(text or '').strip()}\n```\n"

    parts = ["# Cells\n", NOTE, "## %%reason\n", told(PARSER.format_help())]
    for name in ("procedure", "property"):
        parts += [f"## %%{name}\n", told(getattr(Magics, name).__doc__)]
    return "\n".join(parts)


def api() -> str:
    """The Python names with their signatures, from their docstrings."""
    from seglam_magics.api import Procedure, Session, Store, reason
    from seglam_magics.notebook.display import AnswerView

    parts = ["# Python\n", NOTE, "`from seglam import reason, store, Session`; in a script the same store answers.\n"]
    parts += [
        "## reason\n",
        *described("reason", type(reason).__call__),
        *described("await reason.aio", type(reason).aio),
    ]
    titles = {AnswerView: "What comes back", Store: "store", Procedure: "store[name]", Session: "Session"}
    for kind, title in titles.items():
        parts += [f"## {title}\n", document(kind.__doc__)]
        parts += [part for name, member in members(kind) for part in described(name, member)]
    return "\n".join(parts)


def members(kind: type) -> Iterator[tuple[str, Any]]:
    """Public methods and properties of a class, in the order they are written in."""
    for name, member in vars(kind).items():
        if not name.startswith("_") and (callable(member) or isinstance(member, property)):
            yield name, member


def described(name: str, member: Any) -> list[str]:
    """A name with its signature and its docstring."""
    head = name if isinstance(member, property) else f"{name}{signature(member)}"
    return [f"```text\n{head}\n```\n", document(member.__doc__)]


def signature(function: Any) -> str:
    """The parameters of a function as they are typed, without their types and without `self`."""
    found = inspect.signature(function)
    plain = [p.replace(annotation=inspect.Parameter.empty) for name, p in found.parameters.items() if name != "self"]
    return str(found.replace(parameters=plain, return_annotation=inspect.Signature.empty))


def document(text: str | None) -> str:
    """A docstring: its sentences as prose, its sections and examples as they are typed."""
    prose, _, rest = inspect.cleandoc(text or "").partition("\n\n")
    typed = f"\n```text\n{rest.strip()}\n```\n" if rest.strip() else ""
    return f"{cell(prose)}\n{typed}"


PAGES = {"commands.md": commands, "settings.md": settings, "cells.md": magics, "python.md": api}
