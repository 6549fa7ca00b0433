"""The options of `%%reason`, declared once: they are parsed, completed and explained from here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from IPython.core.magic_arguments import MagicArgumentParser

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

USAGE = """Ask a question in plain language about what is in the notebook.

A stored procedure answers it, or a model writes one, once. Names and `columns` in the text are references to variables;
nothing is interpolated. A `;` at the end silences the value. Examples::

    %%reason
    Which 3 species have the largest mean `body_mass_g` in penguins?

    %%reason -o top -u sales --usd 0.05
    Which 5 shops grew most between 2023 and 2024?

    x = %reason how many rows has df?
"""


def parser() -> MagicArgumentParser:
    """The parser of `%%reason`; its help is the text `%%reason?` shows.

    >>> "--reuse" in parser().format_help()
    True
    """
    made = MagicArgumentParser("%reason", description=USAGE)  # type: ignore[no-untyped-call]
    add = made.add_argument
    add("-o", "--output", metavar="NAME", help="bind the plain value to NAME; only the status line is shown")
    add("-u", "--use", metavar="NAME", nargs="+", action="extend", help="only these names may be used")
    add("-p", "--procedure", metavar="PROC", help="answer with this procedure, PROC or PROC@N")
    add("-m", "--model", metavar="MODEL", help="compile with this model, provider/name")
    add(
        "--reuse",
        choices=("auto", "fresh", "cached", "frozen"),
        help="auto: a hit, else compile; fresh: compile anew; cached, frozen: a hit or an error (frozen if CI is set)",
    )
    add("--mode", metavar="MODE", help="how much is asked of the model: quick, careful, critic or a mode of your own")
    add("--tag", metavar="TAG", help="compile with the model that the setting routes names for this tag")
    add("--no-ask", action="store_true", help="take the default of what the question leaves open, and say so")
    add("--time", metavar="S", type=float, help="seconds this question may take")
    add("--tokens", metavar="N", type=int, help="tokens this question may cost")
    add("--usd", metavar="X", type=float, help="US dollars this question may cost")
    add("--background", action="store_true", help="return at once with a handle: .done, .result(), await handle")
    add("-n", "--dry-run", action="store_true", help="show what matches and the exact bytes that would be sent")
    add("-q", "--quiet", action="store_true", help="leave the status line out")
    return made


def option_actions(parser: argparse.ArgumentParser) -> Iterator[tuple[str, argparse.Action]]:
    """Every spelling of every option with its action."""
    for action in parser._actions:  # noqa: SLF001 - argparse has no public list of its options
        for name in action.option_strings:
            yield name, action


PARSER = parser()
