"""What each tier and each guard of the matcher is worth: the reuse benchmark with one of them off at a time.

    python benchmarks/ablation.py --data DIR [--page docs/explanation/how-a-match-is-decided.md] [--json FILE]

DIR holds the rows, `bench_io.py` and `replay_server.py` lie beside it. Both phases run in this machine's memory, see
`quick.py`. The table is printed, and with `--page` put between the marks of that page. The same data and the same
matcher give the same table.

The benchmark itself never asks for what a table does not know. So each question of wikisql that hits is asked again
with a condition put to it that no table knows ("... among women"): a hit then is a wrong one, and is counted by itself.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import re
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from quick import EVERYTHING, Bench, Key, Quick, opened, seeded, stream, tally, warm

from seglam_magics.cache.policy import Policy

if TYPE_CHECKING:
    from reuse import Row

GUARDS = ("slots", "leftovers", "counts", "rivals", "empty")
TIERS = tuple(f.name for f in fields(Policy) if f.name not in GUARDS)
TOGETHER = (("grounded", "text", "spaces"), ("slots", "empty"), GUARDS)
BEGIN, END = "<!-- ablation -->", "<!-- /ablation -->"
SETS: Mapping[str, tuple[Key, ...]] = {
    "gsm same": (("gsm", "same", ""),),
    "gsm near_miss": (("gsm", "near_miss", ""), ("gsm", "near_miss", "noop")),
    "wikisql same": (("wikisql", "same", ""),),
    "wikisql near_miss": (("wikisql", "near_miss", ""),),
    "wikisql other": (("wikisql", "other", ""),),
    "advising same": (("advising", "same", ""),),
    "bbh": (("bbh", "same", ""),),
    "daeval": (("daeval", "other", ""),),
}
PROBED: Key = ("wikisql", "same", "")
CONDITIONS = (
    "among women",
    "on home ground",
    "at night",
    "for those who retired",
    "in the trial group",
    "during the strike",
)

Report = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Variant:
    """A matcher with something switched off."""

    title: str
    policy: Policy


def variants() -> Iterator[Variant]:
    """Everything on, then each tier and each guard off, then some of them together.

    >>> [v.title for v in variants()][:2]
    ['everything on', 'tier `memory` off']
    """
    yield Variant("everything on", EVERYTHING)
    for names in (*((name,) for name in (*TIERS, *GUARDS)), *TOGETHER):
        yield Variant(titled(names), without(*names))


def titled(names: Sequence[str]) -> str:
    """What is off, in words.

    >>> titled(["empty"]), titled(["text", "spaces"]), titled(GUARDS)
    ('guard `empty` off', 'tiers `text` and `spaces` off', 'all guards off')
    """
    kind = "guard" if set(names) <= set(GUARDS) else "tier"
    *others, last = (f"`{name}`" for name in names)
    if set(names) == set(GUARDS):
        return "all guards off"
    return f"{kind}s {', '.join(others)} and {last} off" if others else f"{kind} {last} off"


def without(*names: str) -> Policy:
    """The policy with these tiers and guards off.

    >>> without("empty").empty
    False
    """
    return replace(EVERYTHING, **dict.fromkeys(names, False))


# ---------------------------------------------------------------- measuring


def measured(bench: Bench, variant: Variant) -> Report:
    """Counts of one variant: each line of the warm phase, the stream, and the questions with one condition more."""
    quick = seeded(bench, variant.policy)
    hits: list[Row] = []

    def watched() -> Iterator[tuple[Row, Any]]:
        for row, answered in warm(quick):
            if answered.hit and row["dataset"] == PROBED[0] and row["kind"] == PROBED[1]:
                hits.append(row)
            yield row, answered

    lines = tally(bench, watched())
    streamed = sum(tally(bench, stream(Quick(bench, variant.policy))).values(), Counter())
    return {
        "title": variant.title,
        "off": [f.name for f in fields(Policy) if not getattr(variant.policy, f.name)],
        "warm": [{"set": k[0], "kind": k[1], "sub": k[2], **counts} for k, counts in sorted(lines.items())],
        "stream": {name: streamed[name] for name in ("rows", "hits", "right")},
        "one condition more": {"rows": len(hits), "hits": probed(quick, hits)},
    }


def probed(quick: Quick, rows: Sequence[Row]) -> int:
    """How many of the questions still hit with a condition put to them that the table does not know."""
    asked = ({**row, "id": f"{row['id']}+", "prompt": narrowed(row["prompt"], n)} for n, row in enumerate(rows))
    return sum(quick.ask(row).hit for row in asked)


def narrowed(prompt: str, number: int) -> str:
    """The question with a condition behind it, or before it.

    >>> narrowed("How many points did Ann score?", 0), narrowed("How many points did Ann score?", 1)
    ('How many points did Ann score among women?', 'On home ground, how many points did Ann score?')
    """
    condition = CONDITIONS[number % len(CONDITIONS)]
    if number % 2:
        return f"{condition.capitalize()}, {prompt[:1].lower()}{prompt[1:]}"
    return re.sub(r"[\s?.!]*$", "", prompt) + f" {condition}?"


_bench: list[Bench] = []  # of a process that measures


def _open(data: Path) -> None:
    _bench[:] = [opened(data)]


def _measure(variant: Variant) -> Report:
    return measured(_bench[0], variant)


def all_measured(data: Path, jobs: int) -> list[Report]:
    """The reports of all variants, in their order, however many processes make them."""
    if jobs == 1:
        bench = opened(data)
        return [measured(bench, variant) for variant in variants()]
    fresh = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(jobs, mp_context=fresh, initializer=_open, initargs=(data,)) as pool:
        return list(pool.map(_measure, variants()))


# ---------------------------------------------------------------- the table


def table(reports: Sequence[Report]) -> Iterator[str]:
    """Lines of the table in Markdown; a cell that is as in the first row is `=`."""
    titles = [f"{title} ({counted(reports[0], keys)['rows']:,})" for title, keys in SETS.items()]
    size = reports[0]["stream"]["rows"]
    rows = [[*(cells(report)), report["title"]] for report in reports]
    yield row_of(["", *titles, f"stream ({size:,})", "one condition more"])
    yield row_of(["---"] * (len(titles) + 3))
    for row in rows:
        *figures, title = row
        shown = figures if row is rows[0] else ["=" if a == b else a for a, b in zip(figures, rows[0], strict=False)]
        yield row_of([title, *shown])


def row_of(row: Sequence[str]) -> str:
    """A line of a table in Markdown."""
    return f"| {' | '.join(row)} |"


def cells(report: Report) -> Iterator[str]:
    """The figures of a variant, one text per set."""
    for keys in SETS.values():
        counts = counted(report, keys)
        rows, hits, right = counts["rows"], counts["hits"], counts["right"]
        yield f"{percent(hits, rows)} / {percent(right, hits)} / {percent(hits - right, rows)}"
    rows, hits, right = (report["stream"][name] for name in ("rows", "hits", "right"))
    yield f"{percent(rows - hits, rows)} / {percent(hits - right, rows)}"
    yield percent(report["one condition more"]["hits"], report["one condition more"]["rows"])


def counted(report: Report, keys: Sequence[Key]) -> Counter[str]:
    """Rows, hits and right hits of some lines together."""
    lines = [line for line in report["warm"] if (line["set"], line["kind"], line["sub"]) in keys]
    return Counter({name: sum(line[name] for line in lines) for name in ("rows", "hits", "right")})


def percent(part: int, whole: int) -> str:
    """A share in per cent with at most two decimals; nothing but all is 100, nothing but none is 0.

    >>> percent(1, 3), percent(1, 1), percent(99_999, 100_000), percent(1, 100_000), percent(0, 0)
    ('33.33', '100', '99.99', '0.01', '-')
    """
    if not whole:
        return "-"
    if part in (0, whole):
        return "100" if part else "0"
    return f"{min(max(100 * part / whole, 0.01), 99.99):.2f}".rstrip("0").rstrip(".")


def around(page: Path) -> tuple[str, str]:
    """The text of `page` up to its first mark and from its second one.

    Raises
    ------
    SystemExit : it has not each mark once, on lines of their own and in their order.
    """
    text = page.read_text(encoding="utf-8")
    parts = re.fullmatch(rf"(.*^{BEGIN}\n)(?:.*\n)?({END}$.*)", text, re.DOTALL | re.MULTILINE)
    if parts is None or text.count(BEGIN) != 1 or text.count(END) != 1:
        raise SystemExit(f"{page} does not have {BEGIN} and {END} once each, on lines of their own")
    return parts[1], parts[2]


def put(page: Path, lines: Sequence[str]) -> None:
    """Put `lines` between the marks of `page`, in place of what is there; raises SystemExit where they are missing."""
    before, after = around(page)
    page.write_text("\n".join([before, *lines, "", after]), encoding="utf-8")


def main() -> int:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--page", type=Path, help="page whose table is renewed")
    parser.add_argument("--json", type=Path, help="file for the counts")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes; one per core by default")
    given = parser.parse_args()
    if given.page:
        around(given.page)  # better now than after minutes
    reports = all_measured(given.data.resolve(), given.jobs)
    lines = list(table(reports))
    print("\n".join(lines))
    if given.page:
        put(given.page, lines)
    if given.json:
        given.json.write_text(json.dumps(reports, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
