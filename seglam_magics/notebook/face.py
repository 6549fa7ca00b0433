"""What the magics do: a cell becomes a question, its answer becomes outputs. Imported when a magic is first used."""

from __future__ import annotations

import dataclasses
import sys
import threading
from typing import TYPE_CHECKING, Any

from seglam_magics.errors import SeglamError
from seglam_magics.words import Again, Answer, Question

from .arguments import PARSER
from .display import MIME, AnswerView, record
from .naming import read_naming
from .options import Request, read_request
from .progress import ProgressLine
from .status import corrected_line, status_line
from .stopping import Asked, chosen, going_on, in_terminal, stopped_run
from .wording import say

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from seglam_magics.cli import Office, Progress
    from seglam_magics.thinking.run import Run
    from seglam_magics.words import Onward, Revision

    from .background import Handle
    from .desk import Desk


_JUDGED = frozenset({"E-VERIFY", "E-LLM-FORMAT"})  # errors that say what is wrong with a procedure


class Face:
    """The magics of one shell; what they do is done by the desk's reasoner."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self._runs = Asked()  # how runs were asked, which may go on
        self._queue: list[str] = []
        self._last: tuple[Question, Request] | None = None
        self._failed = ""  # what the last question ended with
        self._made: Revision | None = None  # what answered it

    def reason(self, line: str, cell: str, local: dict[str, Any] | None) -> Any:
        """Ask what a `%%reason` cell or `%reason` line asks."""
        desk = self.desk
        reuse, mode = desk.settings.effective_reuse(), desk.settings.mode
        request = read_request(line, cell, PARSER, reuse=reuse, mode=mode, modes=desk.settings.mode_names())
        question = Question(request.question, desk.namespace(local), request.only, desk.cell(), request.options)
        self._made = None
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

    def write(self, cell: str) -> None:
        """Write a cell below the one that runs; what a panel asks for beside it, the panel writes itself."""
        if threading.current_thread() is threading.main_thread():
            self.desk.shell.set_next_input(cell)

    def go_on(self, run: Run, onward: Onward, limits: Mapping[str, Any]) -> None:
        """Go on with a stopped run as it was asked, and show its answer."""
        question, request = self._runs.of(run.id) or self._anew(run)
        view = self._shown(self._asked(going_on(question, run, onward, **limits), request), request)
        if view is not None:
            self.desk.show(view)

    def _anew(self, run: Run) -> tuple[Question, Request]:
        """A run of another kernel as it would be asked in this one."""
        settings = self.desk.settings
        request = read_request("", run.question, PARSER, reuse=settings.effective_reuse(), mode=run.mode)
        return Question(request.question, self.desk.namespace(), options=request.options), request

    def again(self, why: str) -> None:
        """Have the procedure of the last question written anew, show its answer and what differs."""
        from seglam_magics.cli import change_text

        if self._last is None:
            raise SeglamError("E-AGAIN-NONE")
        question, request = self._last
        wish = dataclasses.replace(question.options, reuse="fresh", again=Again(why, self._failed), onward=None)
        before = self._made
        try:
            answer = self._asked(dataclasses.replace(question, options=wish), request)
        finally:
            self._last = question, request
        view = self._shown(answer, request)
        if view is not None:
            self.desk.show(view)
        if before is not None:
            sys.stdout.write(change_text(before, answer.revision) + "\n")

    def _asked(self, question: Question, request: Request) -> Answer:
        self._last = question, request
        line = ProgressLine(None if request.quiet else self.desk.screen, stages=self.desk.settings.progress)
        try:
            answer = self.desk.reasoner.ask(question, line)
        except BaseException as error:
            line.failed()
            judged = isinstance(error, SeglamError) and error.code in _JUDGED
            self._failed = str(error.says) if judged and isinstance(error, SeglamError) else ""
            run = stopped_run(error)
            self._runs.note(run, question, request)
            again = self._chosen(run, question) if run and in_terminal(self.desk.shell) else None
            if again is None:
                raise
            return self._asked(again, request)
        self._failed, self._made = "", answer.revision
        self._runs.note(answer.revision.provenance.get("run"), question, request)
        hidden = request.output or request.silent  # then the line alone is saved, and says what answered
        line.done(status_line(answer), {MIME: record(answer)} if hidden else None)
        if answer.corrects is not None and answer.corrects.proc_id != answer.revision.proc_id:
            from seglam_magics.cli import change_text

            sys.stdout.write(change_text(answer.corrects, answer.revision) + "\n")
        return answer

    def _chosen(self, run: str, question: Question) -> Question | None:
        """The question as it goes on where somebody at a terminal says so."""
        from seglam_magics.runs import to_go_on

        wish = chosen(run)
        if wish == "discard":
            self.seglam(f"discard {run}")
        if wish is None or wish == "discard":
            return None
        return going_on(question, to_go_on(self.desk.reasoner.log, run), wish)

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

    def office(self, progress: Progress | None = None) -> Office:
        """What a verb works on here; it is silent about how far it is where nobody has given it a line."""
        from seglam_magics.cli import Office

        desk = self.desk
        return Office(lambda: desk.reasoner, desk.settings, desk.shell.user_ns, self, progress)

    def seglam(self, line: str) -> Any:
        """Run a verb of the command line; the frame of `sql`, None from every other."""
        from seglam_magics.cli import Progress, answered

        output = answered(line, self.office(Progress(self.desk.surface())))
        if output.text:
            sys.stdout.write(output.text + "\n")
        if output.error is not None:
            raise output.error
        return output.value

    def procedure(self, line: str, cell: str) -> None:
        """Store a procedure corrected by hand and show what differs; with wordings, a new one."""
        name, wordings = read_naming(line)
        if wordings:
            self._verified(f"procedure {name}", lambda: self.desk.reasoner.adopt(name, cell, wordings))
        else:
            self._stored("procedure", name, lambda name: self.desk.reasoner.revise(name, cell))

    def property(self, line: str, cell: str) -> None:
        """Store a procedure with one more property, and show what differs."""
        self._stored("property", line, lambda name: self.desk.reasoner.claim(name, cell))

    def _verified(self, line: str, store: Callable[[], Revision]) -> Revision:
        """What was stored, and a line that says so; it takes as long as its verification does."""
        from seglam_magics.cli import Progress
        from seglam_magics.cli.progress import interruptible

        progress = Progress(self.desk.surface())
        with progress.during(line), interruptible(f"%%{line}"):
            progress(say("progress.verifying"))
            revision = store()
        said = corrected_line(revision)
        if not progress.end(said):
            self.desk.screen(said)
        return revision

    def _stored(self, magic: str, line: str, store: Callable[[str], Revision]) -> None:
        from seglam_magics.cli import change_text

        name = line.strip()
        if not name.isidentifier():
            raise SeglamError("E-USAGE", problem=f"%%{magic} takes one name", advice=f"write %%{magic} NAME")
        before = self.desk.reasoner.library.head(name)
        revision = self._verified(f"{magic} {name}", lambda: store(name))
        if before is not None and before.proc_id != revision.proc_id:
            sys.stdout.write(change_text(before, revision) + "\n")
