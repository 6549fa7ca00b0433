"""A line chart as SVG that reads on light and on dark pages; standard library only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 720, 320, 44, 130, 44, 44
STYLE = """
text { font: 13px system-ui, sans-serif; fill: #24292f }
.title { font-weight: 600; font-size: 15px }
.soft { fill: #57606a; font-size: 12px }
.grid { stroke: #d0d7de; stroke-width: 1 }
.line0 { stroke: #0969da; fill: none; stroke-width: 2.5 }
.line1 { stroke: #bc4c00; fill: none; stroke-width: 2.5; stroke-dasharray: 6 4 }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3 } .soft { fill: #8d96a0 } .grid { stroke: #30363d }
  .line0 { stroke: #4493f8 } .line1 { stroke: #f0883e }
}
"""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of percents, its name, and what stands at its end; lines differ by dashes, not by colour alone."""

    name: str
    values: Sequence[float]
    end: str


def chart(title: str, labels: Sequence[str], lines: Sequence[Line], note: str) -> str:
    """The SVG, percents from 0 to 100 upwards."""
    spoken = "; ".join(f"{line.name} from {line.values[0]:.0f} to {line.values[-1]:.0f} percent" for line in lines)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img"',
        f' aria-label="{escape(spoken)}">',
        f"<style>{STYLE}</style>",
        f'<text class="title" x="{LEFT}" y="24">{escape(title)}</text>',
        *_grid(),
        *(f'<text class="soft" x="{_x(i, labels):.0f}" y="{HEIGHT - 22}" text-anchor="middle">{escape(label)}</text>'
          for i, label in enumerate(labels)),
        *(part for number, line in enumerate(lines) for part in _drawn(number, line, labels)),
        f'<text class="soft" x="{LEFT}" y="{HEIGHT - 4}">{escape(note)}</text>',
        "</svg>",
    ]  # fmt: skip
    return "\n".join(parts) + "\n"


def _grid() -> list[str]:
    found = []
    for percent in (0, 25, 50, 75, 100):
        y = _y(percent)
        found.append(f'<line class="grid" x1="{LEFT}" y1="{y:.0f}" x2="{WIDTH - RIGHT}" y2="{y:.0f}"/>')
        found.append(f'<text class="soft" x="{LEFT - 8}" y="{y + 4:.0f}" text-anchor="end">{percent}</text>')
    return found


def _drawn(number: int, line: Line, labels: Sequence[str]) -> list[str]:
    points = " ".join(f"{_x(i, labels):.1f},{_y(value):.1f}" for i, value in enumerate(line.values))
    x, y = WIDTH - RIGHT + 10, min(_y(line.values[-1]) + 4, HEIGHT - BOTTOM - 16)
    return [
        f'<polyline class="line{number % 2}" points="{points}"/>',
        f'<text x="{x}" y="{y:.0f}">{escape(line.end)}</text>',
        f'<text class="soft" x="{x}" y="{y + 15:.0f}">{escape(line.name)}</text>',
    ]


def _x(place: int, labels: Sequence[str]) -> float:
    return LEFT + (WIDTH - LEFT - RIGHT) * place / max(1, len(labels) - 1)


def _y(percent: float) -> float:
    return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * percent / 100
