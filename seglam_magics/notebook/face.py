"""What the magics do: a cell becomes a question, its answer becomes outputs. Imported when a magic is first used."""

from __future__ import annotations

import dataclasses
import sys
from typing import TYPE_CHECKING, Any

from seglam_magics.errors import SeglamError
from seglam_magics.words import Answer, Question

from .arguments import PARSER
from .display import AnswerView
from .options import Request, read_request
from .progress import ProgressLine
from .status import corrected_line, status_line

if TYPE_CHECKING:
    from collections.abc import Mapping

    from seglam_magics.thinking.run import Run
    from seglam_magics.words import Onward

    from .background import Handle
    from .desk import Desk


class Face:
    """The magics of one shell; what they do is done by the desk's reasoner."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self._stopped: dict[str, tuple[Question, Request]] = {}  # how a run was asked that may go on
        self._queue: list[str] = []

    def reason(self, line: str, cell: str, local: dict[str, Any] | None) -> Any:
        """Ask what a `%%reason` cell or `%reason` line asks."""
        desk = self.desk
        reuse, mode = desk.settings.effective_reuse(), desk.settings.mode
        request = read_request(line, cell, PARSER, reuse=reuse, mode=mode)
        question = Question(request.question, desk.namespace(local), request.only, desk.cell(), request.options)
        if request.dry:
            return self._preview(question)
        if request.background:
            return self._in_background(question, request)
        view = self._shown(self._asked(question, request), request)
        return self._then(view) if self._queue else view

    def _then(self, view: AnswerView | None) -> AnswerView | None:
        """Show this answer and ask what was queued meanwhile; the last answer is the cell's."""
        while self._queue:
            if view is not None:
                self.desk.show(view)
            text = self._queue.pop(0)
            view = self.reason("", text, None)
        return view

    def queue(self, text: str) -> None:
        """Ask `text` when the question on its way is answered; at once where none is."""
        from seglam_magics.thinking.control import lives

        self._queue.append(text)
        if not lives() and (view := self._then(None)) is not None:
            self.desk.show(view)

    def go_on(self, run: Run, onward: Onward, limits: Mapping[str, Any]) -> None:
        """Go on with a stopped run as it was asked, and show its answer."""
        from seglam_magics.making import with_updates

        question, request = self._stopped[run.id] if run.id in self._stopped else self._anew(run)
        waiting = [said.text for said in run.waiting]
        text = with_updates(run.question, [*run.updates, *waiting, *(text for text, _ in onward.updates if text)])
        given = {name: value for name, value in limits.items() if value is not None}
        options = dataclasses.replace(question.options, onward=onward, **given)
        view = self._shown(self._asked(dataclasses.replace(question, text=text, options=options), request), request)
        if view is not None:
            self.desk.show(view)

    def _anew(self, run: Run) -> tuple[Question, Request]:
        """A run of another kernel as it would be asked in this one."""
        settings = self.desk.settings
        request = read_request("", run.question, PARSER, reuse=settings.effective_reuse(), mode=run.mode)
        return Question(request.question, self.desk.namespace(), options=request.options), request

    def _asked(self, question: Question, request: Request) -> Answer:
        line = ProgressLine(None if request.quiet else self.desk.screen, stages=self.desk.settings.progress)
        try:
            answer = self.desk.reasoner.ask(question, line)
        except BaseException as error:
            line.failed()
            if isinstance(error, SeglamError) and error.code == "E-STOPPED-THINKING":
                self._stopped[str(error.facts["run"])] = (question, request)
            raise
        line.done(status_line(answer))
        return answer

    def _shown(self, answer: Answer, request: Request) -> AnswerView | None:
        if request.output:
            self.desk.shell.user_ns[request.output] = answer.value
        # the status line stands above already; apart from it, equal answers are saved as equal bytes
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

    def seglam(self, line: str) -> Any:
        """Run a verb of the command line; the frame of `sql`, None from every other."""
        from seglam_magics.cli import Office, answered

        desk = self.desk
        output = answered(line, Office(lambda: desk.reasoner, desk.settings, desk.shell.user_ns, self))
        if output.text:
            sys.stdout.write(output.text + "\n")
        return output.value

    def procedure(self, line: str, cell: str) -> None:
        """Store a procedure corrected by hand, and show what differs."""
        from seglam_magics.cli import change_text

        name = line.strip()
        if not name.isidentifier():
            raise SeglamError("E-USAGE", problem="%%procedure takes one name", advice="write %%procedure NAME")
        reasoner = self.desk.reasoner
        before = reasoner.library.head(name)
        revision = reasoner.revise(name, cell)
        self.desk.screen(corrected_line(revision))
        if before is not None and before.proc_id != revision.proc_id:
            sys.stdout.write(change_text(before, revision) + "\n")
