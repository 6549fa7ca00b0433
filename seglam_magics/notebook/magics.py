"""How `%%reason`, `%seglam`, `%%procedure` and `%%property` are put into a shell and taken out again.

Loading costs milliseconds: what the magics do is in `face`, imported when one of them is first used.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from IPython.core.magic import needs_local_scope, no_var_expand

from seglam_magics.errors import SeglamError
from seglam_magics.panel import comm
from seglam_magics.settings import load_settings

from . import completion, transform
from .arguments import PARSER

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from IPython.core.interactiveshell import InteractiveShell

    from seglam_magics.cli import Office
    from seglam_magics.cli.completing import Continuation
    from seglam_magics.settings import Seglam
    from seglam_magics.words import Answer, Variable

    from .face import Face

MAGICS = (("line", "reason"), ("cell", "reason"), ("line", "seglam"), ("cell", "procedure"), ("cell", "property"))
ANSWER = ("seglam_magics.words", "Answer")


class Magics:
    """What is registered in one shell."""

    def __init__(self, shell: InteractiveShell, settings: Seglam) -> None:
        self.shell = shell
        self.settings = settings

    @cached_property
    def face(self) -> Face:
        """What the magics do."""
        from .desk import Desk
        from .face import Face

        return Face(Desk(self.shell, self.settings))

    def office(self) -> Office:
        """What a verb works on here."""
        return self.face.office()

    def reason(self, line: str, cell: str | None = None, local_ns: dict[str, Any] | None = None) -> Any:
        """Described by its options, see `arguments`."""
        return self.face.reason(line, cell or "", local_ns)

    def seglam(self, line: str) -> Any:
        """Look after the stored procedures: `%seglam VERB …`, the same as `seglam VERB …` in a terminal.

        `%seglam` alone shows the state, `%seglam --help` lists the verbs, `%seglam VERB?` explains one. Examples::

            %seglam why
            %seglam show top_growth
            %seglam pin top_growth@1
        """
        return self.face.seglam(line)

    def procedure(self, line: str, cell: str) -> None:
        """Correct a stored procedure by hand: `%%procedure NAME`, its new Python source below.

        It is verified as the model's own code is and becomes the next version; nothing is stored if it fails. Example::

            %%procedure mean_by_group
            def mean_by_group(frame, *, value, by): ...

        With wordings, a function of yours becomes a new procedure; its annotations say what it takes and returns::

            %%procedure longer --template "how many of {values} are longer than {limit}?"
            def longer(*, values: list, limit: int) -> int: ...
        """
        self.face.procedure(line, cell)

    def property(self, line: str, cell: str) -> None:
        """Add a property to a stored procedure: `%%property NAME`, one function below, its docstring the claim.

        The procedure is verified with it on generated inputs and becomes the next version; if it fails a counterexample
        is shown and nothing is stored. Example::

            %%property mean_by_group
            def one_row_a_group(run, *, frame, value, by):
                \"\"\"No group is shown twice.\"\"\"
                rows = run(frame=frame, value=value, by=by)
                assert len({row[by] for row in rows}) == len(rows)
        """
        self.face.property(line, cell)

    def variables(self) -> Mapping[str, Variable]:
        """What may be completed in a question."""
        return self.face.desk.variables()

    def procedures(self) -> Iterable[str]:
        """Procedures that may be completed behind a verb."""
        return self.face.desk.procedures()

    def close(self) -> None:
        """End what the magics have begun, if one was ever used."""
        if "face" in self.__dict__:
            self.face.desk.close()


Magics.reason.__doc__ = PARSER.format_help()
needs_local_scope(Magics.reason)
for _magic in (Magics.reason, Magics.seglam, Magics.procedure, Magics.property):
    no_var_expand(_magic)  # a question, a path or a price is never interpolated

_loaded: dict[int, Magics] = {}


def load(shell: InteractiveShell) -> None:
    """Put the magics into `shell`; nothing is written, sent, started or shown.

    Raises
    ------
    SeglamError : E-SETTING for a setting that cannot be used.
    """
    unload(shell)
    magics = _loaded[id(shell)] = Magics(shell, _settings(shell))
    for kind, name in MAGICS:
        shell.magics_manager.register_function(getattr(magics, name), kind, name)
    configurables: list[Any] = shell.configurables
    configurables.append(magics.settings)
    transform.install(shell)
    comm.register(shell, magics.office)
    modes = magics.settings.mode_names
    known = completion.Known(PARSER, magics.variables, magics.procedures, _continued, modes)
    shell.Completer.custom_matchers.append(completion.matcher(known))
    if shell.display_formatter is not None:
        # by name, so that the vocabulary is not imported for an answer that is not there yet
        shell.display_formatter.mimebundle_formatter.for_type_by_name(*ANSWER, _bundle)


def _settings(shell: InteractiveShell) -> Seglam:
    try:
        return load_settings(parent=shell)
    except SeglamError as error:
        from seglam_magics.trust import redacted  # loaded by now only where something was asked before

        raise SeglamError(error.code, **redacted(error.facts)) from None


def unload(shell: InteractiveShell) -> None:
    """Take everything `load` has put into `shell` out of it, end the reasoner and close its store."""
    magics = _loaded.pop(id(shell), None)
    if magics is None:
        return
    for kind, name in MAGICS:
        _unregister(shell.magics_manager.magics[kind], name, magics)
    configurables: list[Any] = shell.configurables
    settings = magics.settings
    configurables[:] = [c for c in configurables if c is not settings]
    transform.remove(shell)
    comm.unregister(shell)
    matchers = shell.Completer.custom_matchers
    matchers[:] = [m for m in matchers if getattr(m, "matcher_identifier", "") != completion.IDENTIFIER]
    _forget_display(shell)
    magics.close()


def _unregister(table: dict[str, Any], name: str, owner: Magics) -> None:
    if getattr(table.get(name), "__self__", None) is owner:
        del table[name]


def _forget_display(shell: InteractiveShell) -> None:
    if shell.display_formatter is None:
        return
    formatter: Any = shell.display_formatter.mimebundle_formatter
    formatter.deferred_printers.pop(ANSWER, None)
    for kind in [k for k in formatter.type_printers if (k.__module__, k.__name__) == ANSWER]:
        del formatter.type_printers[kind]


def _bundle(answer: Answer, include: Any = None, exclude: Any = None) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    from .display import AnswerView

    return AnswerView(answer)._repr_mimebundle_(include, exclude)


def _continued(line: str) -> Continuation:
    from seglam_magics.cli import continued

    return continued(line)
