"""The click group, and how it is run: from a terminal by `main`, from a notebook by `run`."""

from __future__ import annotations

import json
import os
import shlex
import sys
from dataclasses import replace
from functools import wraps
from typing import TYPE_CHECKING, Any, NoReturn, ParamSpec

import click

from seglam_magics.errors import SeglamError, closest
from seglam_magics.notebook.wording import say, visible
from seglam_magics.trust.redaction import redact, redacted

from .office import Office, Output, terminal_office
from .progress import interruptible

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

P = ParamSpec("P")

FAILED, USAGE, APPROVAL, BUDGET = 1, 2, 3, 4
CODES = {
    "E-USAGE": USAGE,
    "E-INPUT-SIZE": APPROVAL,
    "E-TRUST-REVOKED": APPROVAL,
    "E-TRUST-FOREIGN": APPROVAL,
    "E-BUDGET": BUDGET,
    "E-BUDGET-THINKING": BUDGET,
    "E-SQL-STATEMENT": USAGE,
    "E-SQL-SYNTAX": USAGE,
    "E-SQL-NAME": USAGE,
}


_CARD = (
    "store, model, trust, procedures, questions, hits, misses, hit_rate, spent_usd, spent_tokens, saved_usd,"
    " saved_tokens, damage"
)


class Verbs(click.Group):
    """A group that knows what was meant by a wrong verb."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The verb; a wrong one is a usage error that names the closest."""
        if self.get_command(ctx, args[0]) is None:
            near = closest(args[0], self.list_commands(ctx))
            raise click.UsageError(say("cli.meant" if near else "cli.unknown", word=args[0], near=near))
        return super().resolve_command(ctx, args)


def as_json(keys: str) -> Callable[[Callable[P, Output]], Callable[P, Output]]:
    """Give a verb `--json`: its output then is the data, as text; `keys` says what is in it."""

    def decorated(verb: Callable[P, Output]) -> Callable[P, Output]:
        @click.option("--json", "wants_json", is_flag=True, help=f"Print data: {keys}.")
        @wraps(verb)
        def wrapped(*args: P.args, **kwargs: P.kwargs) -> Output:
            wanted = bool(kwargs.pop("wants_json", False))
            with interruptible(click.get_current_context().command_path):
                output = verb(*args, **kwargs)
            return _without_secrets(output, wants_json=wanted)

        return wrapped

    return decorated


def _without_secrets(output: Output, *, wants_json: bool) -> Output:
    data = redacted(output.data)
    value = None if wants_json else output.value
    return replace(output, text=dumped(data) if wants_json else redact(output.text), data=data, value=value)


def dumped(data: Any) -> str:
    """Data as JSON, in which nothing is hidden either.

    >>> print(dumped({"name": "Größe"}))
    {
      "name": "Größe"
    }
    """
    text = json.dumps(data, indent=2, ensure_ascii=False, default=_shown)
    return text if visible(text, joiners=False) == text else json.dumps(data, indent=2, default=_shown)


def _shown(value: object) -> str:
    return redact(str(value))


@click.group(
    cls=Verbs,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: 0 ok, 1 failed check, 2 usage, 3 needs approval, 4 over budget.",
)
@click.version_option(package_name="seglam", message="%(package)s %(version)s")
@as_json(_CARD)
@click.pass_context
def group(context: click.Context) -> Output:
    """Look after what seglam has stored; without a verb, show its state."""
    if context.invoked_subcommand is not None:
        return Output("")
    from .look import card

    return card(context.obj)


def verb(name: str, keys: str) -> Callable[[Callable[..., Output]], click.Command]:
    """Make a function of an office a verb of the group, with `--json` that gives these keys."""

    def made(function: Callable[..., Output]) -> click.Command:
        return group.command(name)(as_json(keys)(click.pass_obj(function)))

    return made


def execute(words: Sequence[str], office: Office, program: str) -> Output:
    """Run one verb.

    Raises
    ------
    SeglamError : E-USAGE for a wrong verb or option, and what the verb itself raises.
    """
    loaded()
    with office.progress.during(" ".join(command_of(words)[0]) or "seglam"):
        output = _executed(words, office, program)
    return replace(output, text="") if office.progress.end(output.text) else output


def _executed(words: Sequence[str], office: Office, program: str) -> Output:
    try:
        result = group.main(list(words), prog_name=program, standalone_mode=False, obj=office)
    except click.UsageError as error:
        problem = error.format_message().removesuffix(".")
        raise SeglamError("E-USAGE", problem=problem, advice=say("cli.help", program=program)) from None
    except click.ClickException as error:
        raise SeglamError("E-USAGE", problem=error.format_message(), advice=say("cli.help", program=program)) from None
    return result if isinstance(result, Output) else Output("")  # click has printed a help or version itself


def run(line: str, office: Office) -> str:
    """What `%seglam LINE` prints. Raises what `answered` raises."""
    return answered(line, office).text


def answered(line: str, office: Office) -> Output:
    """What comes of `%seglam LINE`; `VERB?` explains a verb.

    Raises
    ------
    SeglamError : as `execute`.
    """
    try:
        words = shlex.split(line)
    except ValueError:
        words = line.split()
    if words and line.rstrip().endswith("?"):  # and not in quotes: a question that is an argument ends so too
        words = [*words[:-1], words[-1].rstrip("?"), "--help"]
    return execute([word for word in words if word], office, "%seglam")


def command_of(words: Sequence[str]) -> tuple[list[str], click.Command, list[str]]:
    """The names of verb and sub-verb that a line begins with, their command, and the other words.

    >>> loaded()
    >>> path, command, rest = command_of(["bench", "interrupts", "--n", "2"])
    >>> path, command.name, rest
    (['bench', 'interrupts'], 'interrupts', ['--n', '2'])
    """
    command: click.Command = group
    path: list[str] = []
    for word in words:
        if not isinstance(command, click.Group) or word not in command.commands:
            break
        command = command.commands[word]
        path.append(word)
    return path, command, list(words[len(path) :])


def verbs() -> dict[str, tuple[str, ...]]:
    """Every verb with its options."""
    loaded()
    return {
        name: tuple(option for parameter in command.params for option in parameter.opts if option.startswith("-"))
        for name, command in group.commands.items()
    }


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """The console script `seglam`."""
    try:
        output = execute(sys.argv[1:] if arguments is None else arguments, terminal_office(), "seglam")
        if output.text:
            click.echo(output.text)
        if output.error is not None:
            raise output.error
    except SeglamError as error:
        click.echo(str(error), err=True)
        sys.exit(CODES.get(error.code, FAILED))
    except BrokenPipeError:  # `seglam log | head`: nobody reads on
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    finally:
        _close()
    sys.exit(output.code)


def _close() -> None:
    reasoner = sys.modules.get("seglam_magics.reasoner")
    if reasoner is not None:
        reasoner.close_shared()


def loaded() -> None:
    """See to it that every verb is in the group."""
    from . import (
        accept,
        again,
        approve,
        bench,
        bench_compile,
        change,
        check,
        config,
        correct,
        export,
        look,
        merge,
        pack,
        panel,
        prune,
        running,
        savings,
        sql,
        store,
        testing,
        think,
        why,
    )

    # importing them has added their verbs to the group
    del accept, again, approve, bench, bench_compile, change, check, config, correct, export, look, merge, pack
    del panel, prune, running, savings, sql, store, testing, think, why
