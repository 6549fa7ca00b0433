"""What is asked in one run of the bench: for each task one whole answer, then the interrupts at every position."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, get_args

from ..errors import SeglamError
from ..thinking.ladder import VERSION
from . import tasks
from .tasks import BenchTask, Variant

if TYPE_CHECKING:
    from ..thinking.ladder import Ask

Mode = Literal["full", "hard", "strict", "hurry", "update", "update_plain", "redo", "oracle"]
MODES: tuple[Mode, ...] = get_args(Mode)
POSITIONS = (0.1, 0.3, 0.5, 0.7, 0.9)
_ASKS: dict[Mode, Ask] = {
    "hard": "answer", "strict": "strict", "hurry": "hurry", "update": "update", "update_plain": "update"
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Plan:
    """What is asked.

    Attributes
    ----------
    positions : shares of the model's own thinking after which it is interrupted.
    n, repeat : tasks, and times each is done.
    seed : decides which tasks, and their order.
    """

    model: str
    modes: tuple[Mode, ...] = MODES
    positions: tuple[float, ...] = POSITIONS
    n: int = 20
    repeat: int = 1
    seed: int = 7

    def units(self) -> Iterator[tuple[BenchTask, int]]:
        """Each task as often as it is done, all of them once before any is done twice."""
        chosen = tasks.chosen(self.n, self.seed)
        yield from ((task, repeat) for repeat in range(1, self.repeat + 1) for task in chosen)

    def steps(self) -> Iterator[Step]:
        """What is asked about one task, in order; the whole answer first, for the others begin with its thinking."""
        yield Step("full")
        yield from (Step(mode, variant="necessary") for mode in ("oracle", "redo") if mode in self.modes)
        for mode in (mode for mode in self.modes if mode in _ASKS):
            for at in self.positions:
                yield from _interrupts(mode, at)

    @property
    def calls(self) -> int:
        """How many answers that are."""
        return sum(1 for _ in self.units()) * sum(1 for _ in self.steps())

    def about(self) -> dict[str, Any]:
        """What has to be the same for two runs to be one."""
        return {
            "model": self.model,
            "modes": list(self.modes),
            "positions": list(self.positions),
            "n": self.n,
            "repeat": self.repeat,
            "seed": self.seed,
            "tasks": tasks.digest(),
            "wordings": VERSION,
        }


@dataclass(frozen=True, slots=True)
class Step:
    """One request: at which share of the thinking it interrupts (None for a whole answer), and what is asked."""

    mode: Mode
    at: float | None = None
    variant: Variant = "asked"

    @property
    def ask(self) -> Ask:
        """What the model is asked to do when it is interrupted."""
        return _ASKS[self.mode]

    @property
    def plain(self) -> bool:
        """Whether the guiding sentences are left out."""
        return self.mode == "update_plain"


def _interrupts(mode: Mode, at: float) -> Iterator[Step]:
    if mode not in ("update", "update_plain"):
        yield Step(mode, at)
        return
    yield Step(mode, at, "necessary")
    if mode == "update":
        yield Step(mode, at, "unnecessary")


def modes_of(text: str) -> tuple[Mode, ...]:
    """Modes as they are listed in a text, in the order of the bench.

    Raises
    ------
    SeglamError : E-USAGE for a word that is none.

    >>> modes_of("update, hard")
    ('hard', 'update')
    """
    named = {word.strip() for word in text.split(",") if word.strip()}
    wrong = sorted(named.difference(MODES))
    if wrong or not named:
        problem = f"there is no mode {wrong[0]!r}" if wrong else "no mode is named"
        raise SeglamError("E-USAGE", problem=problem, advice=f"modes are {', '.join(MODES)}")
    return tuple(mode for mode in MODES if mode in named)


def positions_of(text: str) -> tuple[float, ...]:
    """Positions as they are listed in a text.

    Raises
    ------
    SeglamError : E-USAGE for anything that is no share between 0 and 1.

    >>> positions_of("0.5,0.1")
    (0.1, 0.5)
    """
    try:
        found = tuple(sorted({float(word) for word in text.split(",") if word.strip()}))
    except ValueError:
        found = ()
    if not found or not all(0 < at < 1 for at in found):
        problem = f"{text!r} are no positions"
        raise SeglamError("E-USAGE", problem=problem, advice="name shares of the thinking, as in 0.1,0.5,0.9")
    return found
