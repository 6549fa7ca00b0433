"""A made-up year of use, as many events as are wanted, written as the kernels of that year would have written it.

    python benchmarks/made_up_year.py FOLDER [--events 1000000] [--procedures 10000] [--kernels 365]

Makes the store FOLDER, without its view. The same seed gives the same year.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from made_up import procedure
from timing import prompt

from seglam_magics.procedure import to_record
from seglam_magics.store.lines import START, SUM, encode
from seglam_magics.store.writer import write_format
from seglam_magics.words import Event

DAY = 86_400.0
BEGIN = 1_735_689_600.0  # the first of January 2025
TIERS = ("cell", "exact", "exact", "template", "template", "grounded", "text", "confirmed")
NOTEBOOKS = ("", "sales.ipynb", "reports/monthly.ipynb", "отчёты/продажи.ipynb", "scratch.ipynb")
RUSSIAN = "Какова средняя цена в таблице t{number} по городу Рим, где id больше {number}?"


@dataclass(frozen=True, slots=True)
class Year:
    """What there is to be of it.

    Attributes
    ----------
    kernels : how many there were, one after the other.
    lacking : share of the activity that an older version wrote, without some of its fields.
    """

    events: int = 1_000_000
    procedures: int = 10_000
    kernels: int = 365
    lacking: float = 0.02
    seed: int = 1


USUAL = Year()


def question(number: int) -> str:
    """The `number`-th question; every seventh is Russian."""
    return RUSSIAN.format(number=number) if number % 7 == 0 else prompt(number)


def usage(chance: random.Random) -> dict[str, Any]:
    """What one compile used; of every tenth the price is unknown."""
    usd = None if chance.random() < 0.1 else round(chance.uniform(0.002, 0.05), 4)
    tokens = {"tokens_in": chance.randrange(500, 4000), "tokens_out": chance.randrange(100, 1500)}
    return {"model": "maker/model", "calls": 1, **tokens, "usd": usd, "seconds": round(chance.uniform(2, 30), 3)}


# ---------------------------------------------------------------- what happens

Said = tuple[str, dict[str, Any]]


def happenings(year: Year) -> Iterator[Said]:
    """Kind and data of one event after the other."""
    chance = random.Random(year.seed)
    every = max(4, year.events // max(1, year.procedures))
    made = count = 0
    while count < year.events:
        if made < year.procedures and count >= made * every:
            said = list(_compiled(made, chance))
            made += 1
        else:
            said = [_asked(made, chance)]
        for kind, data in said[: year.events - count]:
            yield kind, _older(kind, data, chance) if chance.random() < year.lacking else data
            count += 1


def _compiled(number: int, chance: random.Random) -> Iterator[Said]:
    """A miss, and the procedure that came of it; every fiftieth is corrected by hand."""
    used, told = usage(chance), _told(chance)
    asked = question(number)
    yield "miss", {"question": asked, "reason": "nothing stored", "nearest": None, "blocked": None, **told}
    record = to_record(procedure(number))
    yield "revision", {**record, "usage": used, "question": asked}
    ran = {"question": asked, "procedure": record["name"], "usage": used, "ok": True, "seconds": used["seconds"]}
    yield "run", {**ran, **told}
    if number % 50 == 0:
        corrected = {"number": 2, "parent": record["proc_id"], "author": "human", "usage": None}
        yield "revision", {**record, **corrected, "proc_id": record["proc_id"][::-1]}


def _asked(made: int, chance: random.Random) -> Said:
    number = int(made * chance.random() ** 3)  # what is used is used a lot
    label = f"p{number}@{1 + (number % 50 == 0 and chance.random() < 0.5)}"
    told = {"question": question(number), **_told(chance)}
    kind = chance.random()
    if kind < 0.9:
        return "hit", {**told, **_hit(label, chance)}
    if kind < 0.985:
        blocked = ("median", "not", "среди")[number % 3]
        near = {"nearest": label, "blocked": blocked, "reason": f"`{blocked}` is not accounted for"}
        return "miss", {**told, **near}
    if kind < 0.99:
        return "failed", {**told, "code": "E-LLM-FORMAT", "message": "no JSON", "usage": usage(chance)}
    if kind < 0.995:
        checked = {"procedure": label, "recheck": True, "usage": usage(chance), "ok": True}
        return "run", {**told, **checked}
    return "label", {"name": label.partition("@")[0], "procedure": label, "tier": "template", "right": True,
                     "source": "user", "question": told["question"], "other": "", "day": ""}  # fmt: skip


def _hit(label: str, chance: random.Random) -> dict[str, Any]:
    tier = chance.choice(TIERS)
    return {
        "procedure": label,
        "proc_id": "0" * 64,
        "tier": tier,
        "found": tier if tier != "cell" else "exact",
        "slots": {"frame": "sales", "by": "город", "k": chance.randrange(50)},
        "seconds": round(chance.uniform(0.001, 0.05), 6),
        "run_seconds": round(chance.uniform(0.0005, 0.02), 6),
        "where": "kernel" if chance.random() < 0.8 else "sandbox",
    }


def _told(chance: random.Random) -> dict[str, Any]:
    notebook = chance.choice(NOTEBOOKS)
    return {"answer": f"{chance.getrandbits(48):012x}", **({"notebook": notebook} if notebook else {})}


def _older(kind: str, data: dict[str, Any], chance: random.Random) -> dict[str, Any]:
    """The event as an older version wrote it; what defines something stays whole."""
    if kind in ("revision", "label"):
        return data
    gone = set(chance.sample(sorted(data), k=min(len(data), 3))) | {"answer", "notebook"}
    return {name: value for name, value in data.items() if name not in gone}


# ---------------------------------------------------------------- how it is written


def events(year: Year) -> Iterator[Event]:
    """The events in their order, over 365 days, each kernel writing its share of them."""
    share = max(1, -(-year.events // year.kernels))
    for place, (kind, data) in enumerate(happenings(year)):
        kernel, number = divmod(place, share)
        time = round(BEGIN + 365 * DAY * place / year.events, 6)
        yield Event(kind, data, f"{kernel:08x}-{1000 + kernel}", number + 1, place + 1, time)


def write(folder: Path, year: Year) -> Mapping[str, int]:
    """Make the store; how many events of each kind it has."""
    (folder / "segments").mkdir(mode=0o700, parents=True)
    counts: dict[str, int] = {}
    lines: list[bytes] = []
    kernel, last = "", START
    for event in events(year):
        if event.kernel != kernel:
            _keep(folder, kernel, lines)
            kernel, last, lines = event.kernel, START, []
        line = encode(event, last)
        last = line[:-1][SUM]
        lines.append(line)
        counts[event.kind] = counts.get(event.kind, 0) + 1
    _keep(folder, kernel, lines)
    write_format(folder)
    return counts


def _keep(folder: Path, kernel: str, lines: list[bytes]) -> None:
    if lines:
        (folder / "segments" / f"{kernel}.jsonl").write_bytes(b"".join(lines))


def main() -> None:
    """Make one."""
    parser = argparse.ArgumentParser(description="A made-up year of use.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--events", type=int, default=USUAL.events)
    parser.add_argument("--procedures", type=int, default=USUAL.procedures)
    parser.add_argument("--kernels", type=int, default=USUAL.kernels)
    options = parser.parse_args()
    print(dict(write(options.folder, Year(options.events, options.procedures, options.kernels))))


if __name__ == "__main__":
    main()
