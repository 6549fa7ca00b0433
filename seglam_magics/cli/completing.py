"""How a line of verbs can go on: as click completes it in a shell, with the names of procedures where one is awaited.

In a shell click does it itself, see its documentation of `_SEGLAM_COMPLETE`; procedures are not offered there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource
from click.shell_completion import ShellComplete, split_arg_string

from .group import command_of, group, loaded

if TYPE_CHECKING:
    from collections.abc import Sequence

# Arguments that take a procedure; those of `config` that are called so are settings.
_PROCEDURES = frozenset({"name", "names", "label", "which", "other"})
_SETTINGS = "config"


@dataclass(frozen=True, slots=True)
class Continuation:
    """What may stand in place of `fragment`, the end of a line: `words`, or the name of a procedure."""

    fragment: str
    words: tuple[str, ...] = ()
    procedure: bool = False


def continued(line: str) -> Continuation:
    """How `line`, which is what stands behind `%seglam` so far, can go on; files are for others to complete.

    >>> continued("bench int")
    Continuation(fragment='int', words=('interrupts',), procedure=False)
    >>> continued("run note.ipynb --reuse fr").words
    ('fresh', 'frozen')
    >>> continued("show ").procedure
    True
    """
    before, _, fragment = line.rpartition(" ")
    words = split_arg_string(before)
    option, equals, value = fragment.partition("=")
    if equals and option.startswith("--"):
        words, fragment = [*words, option], value
    loaded()
    _, command, rest = command_of(words)
    if isinstance(command, click.Group) and any(not word.startswith("-") for word in rest):
        return Continuation(fragment)  # a verb that there is not
    try:
        found = ShellComplete(group, {}, "seglam", "_SEGLAM_COMPLETE").get_completions(words, fragment)
        given = tuple(item.value for item in found if item.type == "plain")
        return Continuation(fragment, given, not found and _takes_procedure(words, fragment))
    except (click.ClickException, click.exceptions.Exit):  # an option that there is not, or that ends the line
        return Continuation(fragment)


def _takes_procedure(words: Sequence[str], fragment: str) -> bool:
    """Whether the next word is an argument that names a procedure."""
    path, command, rest = command_of(words)
    if fragment.startswith("-") or path[:1] == [_SETTINGS] or _awaits_value(command, rest[-1:]):
        return False
    with command.make_context(command.name, list(rest), resilient_parsing=True) as context:
        given = {p.name for p in command.params if _given(context, p)}
    awaited = (p for p in command.params if isinstance(p, click.Argument) and (p.nargs < 0 or p.name not in given))
    return next((p.name in _PROCEDURES for p in awaited), False)


def _given(context: click.Context, parameter: click.Parameter) -> bool:
    return context.get_parameter_source(parameter.name or "") is ParameterSource.COMMANDLINE


def _awaits_value(command: click.Command, last: Sequence[str]) -> bool:
    options = (p for p in command.params if isinstance(p, click.Option) and not p.is_flag and not p.count)
    return any(word in option.opts for option in options for word in last)
