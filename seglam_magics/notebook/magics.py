"""`%%reason`, `%seglam` and `%%procedure`, and how they are put into a shell and taken out again."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from IPython.core.magic import (
    Magics,
    cell_magic,
    line_cell_magic,
    line_magic,
    magics_class,
    needs_local_scope,
    no_var_expand,
)
from IPython.core.magic_arguments import argument, magic_arguments

from seglam_magics.errors import SeglamError
from seglam_magics.settings import load_settings
from seglam_magics.words import Answer, Question

from . import completion, transform
from .desk import Desk
from .display import AnswerView
from .options import Request, read_request
from .progress import ProgressLine
from .status import corrected_line, status_line

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from IPython.core.interactiveshell import InteractiveShell

    from seglam_magics.reasoner import Reasoner
    from seglam_magics.settings import Seglam

    from .background import Handle

MAGICS = {"reason": ("line", "cell"), "seglam": ("line",), "procedure": ("cell",)}


@magics_class
class SeglamMagics(Magics):
    """The magics of seglam; all they do is done by the desk's reasoner."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk.shell)
        self.desk = desk

    @magic_arguments()
    @argument("-o", "--output", metavar="NAME", help="bind the plain value to NAME; only the status line is shown")
    @argument("-u", "--use", metavar="NAME", nargs="+", action="extend", help="only these names may be used")
    @argument("-p", "--procedure", metavar="PROC", help="answer with this procedure, PROC or PROC@N")
    @argument("-m", "--model", metavar="MODEL", help="compile with this model, provider/name")
    @argument(
        "--reuse",
        choices=("auto", "fresh", "cached", "frozen"),
        help="auto: a hit, else compile; fresh: compile anew; cached, frozen: a hit, else an error (frozen where CI is set)",
    )
    @argument("--mode", choices=("quick", "careful", "critic"), help="how much is asked of the model")
    @argument("--time", metavar="S", type=float, help="seconds this question may take")
    @argument("--tokens", metavar="N", type=int, help="tokens this question may cost")
    @argument("--usd", metavar="X", type=float, help="US dollars this question may cost")
    @argument("--background", action="store_true", help="return at once with a handle: .done, .result(), await handle")
    @argument("-n", "--dry-run", action="store_true", help="show what matches and the exact bytes that would be sent")
    @argument("-q", "--quiet", action="store_true", help="leave the status line out")
    @line_cell_magic("reason")
    @needs_local_scope
    @no_var_expand
    def reason(self, line: str, cell: str | None = None, local_ns: dict[str, Any] | None = None) -> Any:
        """Ask a question in plain language about what is in the notebook.

        A stored procedure answers it, or a model writes one, once. Names and `columns` in the text are references to
        variables; nothing else is interpolated. A `;` at the end silences the value. Examples::

            %%reason
            Which 3 species have the largest mean `body_mass_g` in penguins?

            %%reason -o top -u sales --usd 0.05
            Which 5 shops grew most between 2023 and 2024?

            x = %reason how many rows has df?
        """
        desk = self.desk
        settings = desk.settings
        request = read_request(
            line, cell or "", self.reason.parser, reuse=settings.effective_reuse(), mode=settings.mode
        )
        question = Question(request.question, desk.namespace(local_ns), request.only, desk.cell(), request.options)
        if request.dry:
            return self._preview(question)
        if request.background:
            return self._in_background(question, request)
        return self._shown(self._asked(question, request), request)

    def _asked(self, question: Question, request: Request) -> Answer:
        line = ProgressLine(None if request.quiet else self.desk.screen, stages=self.desk.settings.progress)
        try:
            answer = self.desk.reasoner.ask(question, line)
        except BaseException:
            line.failed()
            raise
        line.done(status_line(answer))
        return answer

    def _shown(self, answer: Answer, request: Request) -> AnswerView | None:
        if request.output:
            self.desk.shell.user_ns[request.output] = answer.value
        # the status line stands above already, so that value and status stay apart in the saved notebook
        return None if request.output or request.silent else AnswerView(answer, caption=False)

    def _in_background(self, question: Question, request: Request) -> Handle | None:
        """Ask on a copy of the namespace; `-o` binds the handle, for another thread binds nothing in the notebook."""
        reasoner = self.desk.reasoner
        snapshot = Question(question.text, dict(question.namespace), question.only, question.cell, question.options)
        handle = self.desk.in_background(lambda: reasoner.ask(snapshot))
        if request.output:
            self.desk.shell.user_ns[request.output] = handle
        return None if request.output or request.silent else handle

    def _preview(self, question: Question) -> None:
        from .preview import preview_text

        sys.stdout.write(preview_text(self.desk.reasoner.preview(question)))

    @line_magic("seglam")
    @no_var_expand
    def seglam(self, line: str) -> None:
        """Look after the stored procedures: `%seglam VERB …`, the same as `seglam VERB …` in a terminal.

        `%seglam` alone shows the state, `%seglam --help` lists the verbs, `%seglam VERB?` explains one. Examples::

            %seglam why
            %seglam show top_growth
            %seglam pin top_growth@1
        """
        from seglam_magics.cli import run

        text = run(line, self.desk.reasoner)
        if text:
            sys.stdout.write(text + "\n")

    @cell_magic("procedure")
    @no_var_expand
    def procedure(self, line: str, cell: str) -> None:
        """Correct a stored procedure by hand: `%%procedure NAME`, its new Python source below.

        It is verified as the model's own code is and becomes the next version; nothing is stored if it fails. Example::

            %%procedure mean_by_group
            def mean_by_group(frame, *, value, by): ...
        """
        from seglam_magics.cli import change_text

        name = line.strip()
        if not name.isidentifier():
            raise SeglamError("E-USAGE", problem="%%procedure takes one name", advice="write %%procedure NAME")
        before = self.desk.reasoner.library.head(name)
        revision = self.desk.reasoner.revise(name, cell)
        self.desk.screen(corrected_line(revision))
        if before is not None and before.source != revision.source:
            sys.stdout.write(change_text(before, revision) + "\n")


_desks: dict[int, Desk] = {}


def load(shell: InteractiveShell, connect: Callable[[Seglam], Reasoner] | None = None) -> None:
    """Put the magics into `shell`; nothing is written, sent, started or shown.

    Parameters
    ----------
    connect : opens the reasoner at the first question; by default the one of the working directory's store.

    Raises
    ------
    SeglamError : E-SETTING for a setting that cannot be used.
    """
    unload(shell)
    desk = Desk(shell, load_settings(parent=shell), connect or _connect)
    _desks[id(shell)] = desk
    magics = SeglamMagics(desk)
    shell.register_magics(magics)
    shell.configurables[:] = [c for c in shell.configurables if c is not magics] + [desk.settings]
    transform.install(shell)
    known = completion.Known(magics.reason.parser, desk.variables, desk.procedures, _verbs)
    shell.Completer.custom_matchers.append(completion.matcher(known))
    shell.display_formatter.mimebundle_formatter.for_type(Answer, _bundle)


def unload(shell: InteractiveShell) -> None:
    """Take everything `load` has put into `shell` out of it, end the reasoner and close its store."""
    desk = _desks.pop(id(shell), None)
    if desk is None:
        return
    manager = shell.magics_manager
    for name, kinds in MAGICS.items():
        for kind in kinds:
            if getattr(manager.magics[kind].get(name), "__self__", None).__class__ is SeglamMagics:
                del manager.magics[kind][name]
    manager.registry.pop(SeglamMagics.__name__, None)
    shell.configurables[:] = [c for c in shell.configurables if c is not desk.settings]
    transform.remove(shell)
    matchers = shell.Completer.custom_matchers
    matchers[:] = [m for m in matchers if getattr(m, "matcher_identifier", "") != "seglam"]
    shell.display_formatter.mimebundle_formatter.pop(Answer, None)
    desk.close()


def _bundle(answer: Answer, include: Any = None, exclude: Any = None) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    return AnswerView(answer)._repr_mimebundle_(include, exclude)  # noqa: SLF001 - the display protocol's own name


def _verbs() -> Mapping[str, Any]:
    from seglam_magics.cli import verbs

    return verbs()


def _connect(settings: Seglam) -> Reasoner:
    from seglam_magics.reasoner import open_reasoner

    return open_reasoner(settings)
