"""Running the bench: one task after the other, what is done is kept, what is left is done when it goes on."""

from __future__ import annotations

import dataclasses
import datetime as dt
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from ..errors import SeglamError
from ..thinking import Completion, detectors
from ..thinking.detectors import Flag, Usual
from ..thinking.run import CHARACTERS_PER_TOKEN
from . import metrics
from .asking import Asker, Lost, OverBudget, Told
from .judging import Judge, Judged
from .plan import Plan, Step
from .report import Call, CallTimes, Finding, Report, State, Times, Whole
from .tasks import BenchTask

HURRIED = ("hard", "strict", "hurry")
KEPT_EVERY = 1.0  # seconds between two states of the report that are written, at the least


@dataclass(slots=True)
class Bench:
    """A bench on its way.

    Parameters
    ----------
    report : what is done already; it grows.
    did : what a scripted character did in its last call.
    save : told the report when it has grown; `told` how many calls of how many are done, and what they cost.
    """

    plan: Plan
    report: Report
    asker: Asker
    judge: Judge
    did: Callable[[], str]
    save: Callable[[Report], None]
    told: Callable[[int, int, float | None], None]
    _start: float = field(default_factory=time.monotonic)
    _kept: float = 0.0

    def run(self) -> Report:
        """Do what is left; the report as it is then, with its figures. What ended it before its end is its state.

        Raises
        ------
        SeglamError : E-MODEL-*, where the model cannot be asked at all; what there is has been saved.
        """
        before = self.report.times.seconds
        state: State = "complete"
        try:
            for task, repeat in self.plan.units():
                self._unit(task, repeat)
            if len(self.report.calls) < self.plan.calls:
                state = "failing"
        except OverBudget as over:
            if not self.report.calls:
                raise over.error from None
            state = "budget"
        except KeyboardInterrupt:
            state = "stopped"
        except SeglamError:
            self._end("failing", before)
            raise
        return self._end(state, before)

    def _end(self, state: State, before: float) -> Report:
        seconds = round(before + time.monotonic() - self._start, 3)
        times = Times(made=dt.datetime.now(dt.UTC).isoformat(timespec="seconds"), seconds=seconds)
        figures = metrics.summary(self.report.calls)
        self._become(state=state, summary=figures, times=times)
        self.save(self.report)
        return self.report

    # ---------------------------------------------------------------- one task

    def _unit(self, task: BenchTask, repeat: int) -> None:
        """Ask what is not asked yet about one task."""
        done = {call.place for call in self.report.calls if (call.task, call.repeat) == (task.name, repeat)}
        left = [step for step in self.plan.steps() if (step.mode, step.at, step.variant) not in done]
        if not left:
            return
        whole = self._whole(task, repeat, asked=left[0].mode == "full")
        if whole is None:
            return
        for step in left:
            if step.mode != "full":
                self._step(task, repeat, step, whole)
        if self._through(task, repeat):
            self._become(wholes={k: v for k, v in self.report.wholes.items() if k != _key(task, repeat)})

    def _through(self, task: BenchTask, repeat: int) -> bool:
        done = sum((call.task, call.repeat) == (task.name, repeat) for call in self.report.calls)
        return done == sum(1 for _ in self.plan.steps())

    def _whole(self, task: BenchTask, repeat: int, *, asked: bool) -> _Whole | None:
        """The whole answer: asked now, or as it was asked before; None where nothing came."""
        if not asked:
            return self._recalled(task, repeat)
        try:
            told = self.asker.whole(task, "asked")
        except Lost:
            return None
        judged = self.judge.judged(told.completion, task, "asked", Usual())
        texts = Whole(thinking=told.completion.thinking, answer=told.completion.text)
        self._add(self._call(task, repeat, Step("full"), told, judged), {_key(task, repeat): texts})
        return _Whole(texts.thinking, _usual(self.report.calls[-1]), judged)

    def _recalled(self, task: BenchTask, repeat: int) -> _Whole:
        texts = self.report.wholes[_key(task, repeat)]
        judged = self.judge.judged(Completion(texts.answer, texts.thinking), task, "asked", Usual())
        place = (task.name, repeat, "full")
        call = next(call for call in self.report.calls if (call.task, call.repeat, call.mode) == place)
        return _Whole(texts.thinking, _usual(call), judged)

    def _step(self, task: BenchTask, repeat: int, step: Step, whole: _Whole) -> None:
        try:
            told, before = self._told(task, step, whole)
        except Lost:
            return
        judged = self.judge.judged(told.completion, task, step.variant, whole.usual)
        draft = self._call(task, repeat, step, told, judged)
        flags = [judged.leak, self._panic(step, before, told, judged, whole), self._doubt(task, step, judged, whole)]
        self._add(dataclasses.replace(draft, before=before, flags=tuple(flag for flag in flags if flag is not None)))

    def _told(self, task: BenchTask, step: Step, whole: _Whole) -> tuple[Told, int]:
        """The reply, and how many tokens were thought before it."""
        if step.mode == "redo":
            return self.asker.redone(task, step.variant), 0
        if step.at is None:
            return self.asker.whole(task, step.variant), 0
        thinking = whole.thinking[: round(step.at * len(whole.thinking))]
        return self.asker.interrupted(task, step, thinking), len(thinking) // CHARACTERS_PER_TOKEN

    def _panic(self, step: Step, before: int, told: Told, judged: Judged, whole: _Whole) -> Flag | None:
        unreadable = judged.reply is None and judged.leak is not None  # why it is not verified is known then
        if step.mode not in HURRIED or unreadable:
            return None
        after = len(told.completion.thinking) // CHARACTERS_PER_TOKEN
        code = judged.reply.code if judged.reply is not None else ""
        return detectors.panic(
            before, after, code, verified=judged.verified, properties=judged.properties, usual=whole.usual
        )

    def _doubt(self, task: BenchTask, step: Step, judged: Judged, whole: _Whole) -> Flag | None:
        if step.mode not in ("update", "update_plain"):
            return None
        return self.judge.doubt(judged, whole.judged, task, step.variant)

    # ---------------------------------------------------------------- what is kept

    def _call(self, task: BenchTask, repeat: int, step: Step, told: Told, judged: Judged) -> _Draft:
        return _Draft(task, repeat, step, told, judged, self.did())

    def _add(self, draft: _Draft, wholes: Mapping[str, Whole] = MappingProxyType({})) -> None:
        calls = [*self.report.calls, draft.call()]
        self._become(calls=calls, wholes={**self.report.wholes, **wholes})
        self.told(len(calls), self.plan.calls, self.asker.spent.usd)
        if time.monotonic() - self._kept >= KEPT_EVERY:
            self.save(self.report)
            self._kept = time.monotonic()

    def _become(self, **changes: object) -> None:
        self.report = self.report.model_copy(update=changes)


@dataclass(frozen=True, slots=True)
class _Whole:
    """The uninterrupted answer to a task: what was thought, how long it was, and what became of it."""

    thinking: str
    usual: Usual
    judged: Judged


@dataclass(frozen=True, slots=True)
class _Draft:
    """A call before it is written."""

    task: BenchTask
    repeat: int
    step: Step
    told: Told
    judged: Judged
    did: str
    before: int = 0
    flags: Iterable[Flag] = ()

    def call(self) -> Call:
        """The call as it is written."""
        told, judged, step = self.told, self.judged, self.step
        return Call(
            task=self.task.name,
            repeat=self.repeat,
            mode=step.mode,
            at=step.at,
            variant=step.variant,
            level=told.level,
            error=judged.error,
            verified=judged.verified,
            right=judged.right,
            properties=judged.properties,
            thinking_before=self.before,
            thinking_after=len(told.completion.thinking) // CHARACTERS_PER_TOKEN,
            answer=len(told.completion.text) // CHARACTERS_PER_TOKEN,
            tokens_in=told.usage.tokens_in,
            tokens_out=told.usage.tokens_out,
            usd=None if told.usage.usd is None else round(told.usage.usd, 8),
            estimated=told.completion.estimated,
            flags=[Finding(name=f.name, says=f.says, figures=dict(f.figures)) for f in self.flags],
            did=self.did,
            times=CallTimes(
                answer=round(told.seconds, 4),
                verify=round(judged.seconds, 4),
                stop=None if told.stop is None else round(told.stop, 4),
            ),
        )


def _usual(call: Call) -> Usual:
    """What is usual of the model with this task; nothing where its whole answer was no answer."""
    if not call.verified:
        return Usual()
    return Usual(float(call.thinking_after), float(call.answer), float(call.properties))


def _key(task: BenchTask, repeat: int) -> str:
    return f"{task.name}.{repeat}"
