"""What the magics do: a cell becomes a question, its answer becomes outputs. Imported when a magic is first used."""

from __future__ import annotations

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
    from .background import Handle
    from .desk import Desk


class Face:
    """The magics of one shell; what they do is done by the desk's reasoner."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

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

    def seglam(self, line: str) -> None:
        """Run a verb of the command line."""
        from seglam_magics.cli import Office, run

        desk = self.desk
        text = run(line, Office(lambda: desk.reasoner, desk.settings, desk.shell.user_ns))
        if text:
            sys.stdout.write(text + "\n")

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
