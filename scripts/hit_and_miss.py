"""Draw docs/images/hit-and-miss.svg: a miss beside a hit, as they really print. `python scripts/hit_and_miss.py`.

Two questions are asked of the scripted model on a store of their own; the picture shows their status lines and results.
It reads on light and on dark pages, and loads nothing.
"""

from __future__ import annotations

import os
import sys
import tempfile
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

ROOT = Path(__file__).resolve().parent.parent
PICTURE = ROOT / "docs" / "images" / "hit-and-miss.svg"
DATA = ROOT / "notebooks" / "data" / "penguins.csv"
MISS = "Which 2 values of `species` have the highest mean ratio of `body_mass_g` to `flipper_length_mm` in `penguins`?"
HIT = "Какие 3 значения `island` имеют наибольшее среднее отношение `bill_length_mm` к `bill_depth_mm` в `penguins`?"
WIDTH, PANEL, GAP, LINE, COLUMNS = 1000, 480, 40, 19, 56
STYLE = """
text { font: 13px ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace; fill: #24292f; white-space: pre }
.soft { fill: #57606a } .head { font-weight: 600; font-family: system-ui, sans-serif; font-size: 15px }
.box { fill: #f6f8fa; stroke: #d0d7de } .miss { fill: #bc4c00 } .hit { fill: #1a7f37 }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3 } .soft { fill: #8d96a0 } .box { fill: #161b22; stroke: #30363d }
  .miss { fill: #f0883e } .hit { fill: #3fb950 }
}
"""


def answers() -> tuple[Any, Any]:
    """A miss that is compiled, then a hit: other columns, another number, another language."""
    import polars as pl

    from seglam import Session

    penguins = pl.read_csv(DATA, null_values="NA")
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"SEGLAM_CONFIG_DIR": folder, "SEGLAM_STORE": f"{folder}/store"}
        with Session(model="scripted/demo", reuse="auto") as session:
            miss = session.reason(MISS, penguins=penguins)
            session.reason(
                HIT.replace("3", "2"), penguins=penguins
            )  # the libraries are loaded by now, as in a notebook
            return miss, session.reason(HIT, penguins=penguins)


def panel(title: str, kind: str, asked: str, status: str, table: str) -> list[tuple[str, str]]:
    """The lines of one side with their classes."""
    cell = [("", "%%reason"), *(("", line) for line in textwrap.wrap(asked, COLUMNS))]
    said = [(kind, line) for line in textwrap.wrap(status, COLUMNS)]
    return [
        ("head", title),
        ("", ""),
        *cell,
        ("", ""),
        *said,
        ("", ""),
        *(("soft", line) for line in table.splitlines()),
    ]


def drawn(left: float, lines: list[tuple[str, str]]) -> Iterator[str]:
    """The lines of one side as SVG."""
    for number, (kind, line) in enumerate(lines):
        yield f'<text class="{kind}" x="{left + 18:.0f}" y="{34 + LINE * number}">{escape(line)}</text>'


def picture(miss: Any, hit: Any) -> str:
    """The whole picture."""
    from seglam_magics.notebook.status import status_line

    sides = [
        panel("The first question of its kind: a miss", "miss", MISS, status_line(miss.answer), table(miss.value)),
        panel("The next one: a hit", "hit", HIT, status_line(hit.answer), table(hit.value)),
    ]
    height = 34 + LINE * max(map(len, sides))
    lefts = (0, PANEL + GAP)
    boxes = [
        f'<rect class="box" x="{left + 0.5}" y="0.5" width="{PANEL - 1}" height="{height - 1}" rx="8"/>'
        for left in lefts
    ]
    arrow = f'<text class="soft" x="{PANEL + GAP / 2}" y="{height / 2:.0f}" text-anchor="middle">→</text>'
    label = (
        "On the left a question is a miss and is compiled; on the right the next of its kind is a hit without a model."
    )
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{label}">',
        f"<style>{STYLE}</style>",
        *boxes,
        arrow,
        *(part for left, side in zip(lefts, sides, strict=True) for part in drawn(left, side)),
        "</svg>",
    ]) + "\n"  # fmt: skip


def table(frame: Any) -> str:
    """A small frame as text, numbers as they are shown."""
    rows = [frame.columns, *([f"{v:.2f}" if isinstance(v, float) else str(v) for v in row] for row in frame.rows())]
    widths = [max(len(str(row[i])) for row in rows) for i in range(len(frame.columns))]
    return "\n".join("  ".join(str(cell).ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)


def main() -> int:
    """Ask and draw."""
    PICTURE.parent.mkdir(parents=True, exist_ok=True)
    PICTURE.write_text(picture(*answers()), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
