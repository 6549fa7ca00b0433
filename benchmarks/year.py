"""A year of questions through the real product: how many were hits, and what a question cost, month by month.

    python benchmarks/year.py [--asked 120] [--seed 1] [--svg FILE] [--json FILE] [--starter]

A shop asks about its orders. Kinds of questions are as unequal as words (Zipf); new kinds come up, fewer each month;
every month has new data, in May a column more, in July `revenue` is renamed `net_revenue`; and people come up with
wordings that the model did not think of. Each question takes the whole way, `Reasoner.ask`: HTTP to a scripted model
that replies with the code for the kind, verification, sandbox, log. Every answer is compared with gold in plain Python.

The starter pack is off: what is measured is how the cache of one's own procedures grows. Prices are those of
`--dollars IN OUT` per million tokens; the scripted model itself is free.
"""

from __future__ import annotations

import argparse
import json
import random
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from chart import Line, chart
from year_kinds import GROUPS, NUMBERS, Kind, kinds, reply

NEW_KINDS = (9, 4, 2, 2, 1, 1, 1, 0, 0, 0, 0, 0)  # that come up in each month
NEW_WORDINGS = (0, 4, 4, 3, 3, 2, 2, 1, 1, 0, 0, 0)
MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
RENAMED, ADDED = 6, 4  # months, counted from 0
RATE = 0.1  # of the questions of a kind that are put in its later wording, once there is one
PLACES = {
    "region": ("North", "South", "East", "West"),
    "product": ("lamp", "chair", "table", "shelf", "rug"),
    "channel": ("shop", "online", "phone"),
    "seller": ("Ada", "Ben", "Cleo"),
}
TOKENS = {"prompt_tokens": 1800, "completion_tokens": 900}  # of one compile, as the recordings of the demo have them


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, what it is about, and what would be right."""

    month: int
    text: str
    kind: Kind
    at: Mapping[str, Any]
    later: bool


@dataclass(slots=True)
class Month:
    """What came of a month's questions."""

    month: str
    questions: int = 0
    hits: int = 0
    wrong: int = 0
    failed: int = 0
    tokens: int = 0
    usd: float = 0.0
    reasons: Counter[str] = field(default_factory=Counter)

    @property
    def rate(self) -> float:
        """Share of hits, in percent."""
        return 100 * self.hits / max(1, self.questions)

    @property
    def cost(self) -> float:
        """US cents a question."""
        return 100 * self.usd / max(1, self.questions)


# ---------------------------------------------------------------- the year


def data(month: int, seed: int) -> list[dict[str, Any]]:
    """The orders of a month, as rows."""
    chance = random.Random(f"{seed} {month}")
    money = "net_revenue" if month >= RENAMED else "revenue"
    names = [name for name in PLACES if name != "seller" or month >= ADDED]
    rows = []
    for _ in range(chance.randrange(120, 240)):
        row: dict[str, Any] = {name: chance.choice(PLACES[name]) for name in names}
        units = chance.randrange(1, 40)
        rows.append(
            {**row, "units": units, money: round(units * chance.uniform(5, 60), 2), "cost": chance.randrange(5, 900)}
        )
    return rows


def year(asked: int, seed: int) -> Iterator[Asked]:
    """The questions of a year, in their order."""
    chance = random.Random(seed)
    every, known, worded = kinds(), 0, 0
    for month in range(12):
        fresh = [(kind, False) for kind in every[known : known + NEW_KINDS[month]]]
        fresh += [(kind, True) for kind in every[worded : worded + NEW_WORDINGS[month]]]
        known, worded = known + NEW_KINDS[month], worded + NEW_WORDINGS[month]
        weights = [1 / (rank + 1) for rank in range(known)]
        drawn = chance.choices(range(known), weights, k=asked - len(fresh))
        mixed = [*fresh, *((every[rank], rank < worded and chance.random() < RATE) for rank in drawn)]
        chance.shuffle(mixed)
        yield from (_asked(kind, month, chance, later=later) for kind, later in mixed)


def _asked(kind: Kind, month: int, chance: random.Random, *, later: bool) -> Asked:
    money = "net_revenue" if month >= RENAMED else "revenue"
    by = chance.choice([*GROUPS, *(["seller"] if month >= ADDED else [])])
    at = {
        "frame": "orders",
        "value": chance.choice([money, *NUMBERS[1:]]),
        "by": by,
        "what": chance.choice([name for name in GROUPS if name != by]),
        "k": chance.randrange(2, 4),
        "limit": float(chance.randrange(10, 300)),
        "wanted": chance.choice(PLACES[by]),
    }
    at = {name: at[name] for name in kind.parameters}
    wording = kind.later if later else chance.choice(kind.wordings)
    return Asked(month, wording.format(**{name: _said(name, value) for name, value in at.items()}), kind, at, later)


def _said(name: str, value: Any) -> str:
    if name in {"value", "by", "what", "frame"}:
        return f"`{value}`"
    return f"'{value}'" if name == "wanted" else f"{value:g}"


def record(questions: list[Asked], folder: Path) -> None:
    """Write the scripted model's recordings: the reply to each question that may be asked of it."""
    folder.mkdir(parents=True)
    for number, (text, asked) in enumerate({asked.text: asked for asked in questions}.items()):
        recording = {"question": text, "reply": reply(asked.kind, asked.at, later=asked.later), "usage": TOKENS}
        (folder / f"q{number:05}.json").write_text(json.dumps(recording, ensure_ascii=False), encoding="utf-8")


def replay(
    questions: list[Asked], folder: Path, *, seed: int, dollars: tuple[float, float], starter: bool
) -> list[Month]:
    """Ask them all, on a store of their own."""
    import polars as pl

    from seglam_magics.errors import SeglamError
    from seglam_magics.reasoner import open_reasoner
    from seglam_magics.settings import Seglam
    from seglam_magics.words import Options, Question

    record(questions, folder / "replies")
    settings = Seglam(
        model=f"scripted/{folder / 'replies'}", store=str(folder / "store"), starter=starter, progress=False
    )
    reasoner = open_reasoner(settings, start=folder)
    months = [Month(name) for name in MONTHS]
    try:
        for asked in questions:
            rows, at = data(asked.month, seed), months[asked.month]
            at.questions += 1
            try:
                answer = reasoner.ask(
                    Question(asked.text, {"orders": pl.DataFrame(rows)}, options=Options(reuse="auto"))
                )
            except SeglamError as error:
                at.failed += 1
                at.reasons[error.code] += 1
                continue
            at.hits += answer.hit
            at.wrong += not same(answer.value, asked.kind.gold(rows, asked.at))
            tokens = answer.usage
            at.tokens += (tokens.tokens_in or 0) + (tokens.tokens_out or 0)
            at.usd += ((tokens.tokens_in or 0) * dollars[0] + (tokens.tokens_out or 0) * dollars[1]) / 1e6
            if not answer.hit:
                at.reasons[answer.decision.reason[:60]] += 1
    finally:
        reasoner.close()
    return months


def same(value: Any, gold: list[dict[str, Any]]) -> bool:
    """Whether an answer is the table that gold says, names of computed columns left aside."""
    rows = value.to_dicts() if hasattr(value, "to_dicts") else None
    if rows is None:
        return len(gold) == 1 and _near(value, next(iter(gold[0].values())))
    return len(rows) == len(gold) and all(
        len(row) == len(wanted) and all(map(_near, row.values(), wanted.values()))
        for row, wanted in zip(rows, gold, strict=True)
    )


def _near(one: Any, other: Any) -> bool:
    if isinstance(one, (int, float)) and isinstance(other, (int, float)):
        return abs(one - other) <= 1e-9 * (1 + abs(other))
    return bool(one == other)


# ---------------------------------------------------------------- how it is shown


def table(months: list[Month]) -> str:
    """The year as Markdown."""
    head = [
        "| month | questions | hits | hit rate | tokens a question | cost a question | wrong | failed |",
        "|---|" + "--:|" * 7,
    ]
    rows = [
        f"| {m.month} | {m.questions} | {m.hits} | {m.rate:.1f} % | {m.tokens / max(1, m.questions):,.0f} "
        f"| ¢ {m.cost:.3f} | {m.wrong} | {m.failed} |"
        for m in months
    ]
    return "\n".join([*head, *rows])


def picture(months: list[Month]) -> str:
    """The year as SVG: hit rate and cost."""
    top = max(m.cost for m in months)
    rates = Line("hit rate", [m.rate for m in months], f"{months[-1].rate:.0f} %")
    costs = Line("cost of a question", [100 * m.cost / top if top else 0 for m in months], f"¢ {months[-1].cost:.3f}")
    return chart("A year of questions", MONTHS, [rates, costs], "percent; cost as a share of January's")


def main() -> None:
    """Replay a year."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--asked", type=int, default=120, help="questions a month")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--dollars", type=float, nargs=2, default=(3.0, 15.0), metavar=("IN", "OUT"))
    parser.add_argument("--starter", action="store_true", help="let the starter pack answer as well")
    parser.add_argument("--svg", type=Path)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    begin = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="seglam-year-") as folder:
        asked = list(year(given.asked, given.seed))
        months = replay(asked, Path(folder), seed=given.seed, dollars=tuple(given.dollars), starter=given.starter)
    print(table(months))
    reasons = sum((m.reasons for m in months), Counter[str]())
    print("\nmisses:", dict(reasons.most_common(8)))
    print(f"{len(asked)} questions in {time.perf_counter() - begin:.0f} s")
    if given.svg:
        given.svg.write_text(picture(months), encoding="utf-8")
    if given.json:
        given.json.write_text(json.dumps([asdict(m) for m in months], indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
