"""Write docs/reference/errors.md from seglam_magics/errors.toml; with --check only say whether it is up to date."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from seglam_magics.errors import catalogue

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "reference" / "errors.md"
HEADING = re.compile(r"^# ---- (?P<heading>.+)$|^\[\"(?P<code>[^\"]+)\"\]$", re.MULTILINE)
INTRODUCTION = """# Errors

<!-- Made from seglam_magics/errors.toml by scripts/errors_page.py (make docs); edits here are lost. -->

An error is two lines: a code with one sentence, and what to do about it. The cell fails, nothing is half-stored, and
the notebook's names are as they were. A code never changes its meaning. `{words}` stand for the facts of the case.
"""


def sections() -> list[tuple[str, list[str]]]:
    """Headings of the catalogue with the codes below them, in its own order."""
    text = (ROOT / "seglam_magics" / "errors.toml").read_text(encoding="utf-8")
    found: list[tuple[str, list[str]]] = []
    for match in HEADING.finditer(text):
        if match["heading"]:
            found.append((match["heading"], []))
        else:
            found[-1][1].append(match["code"])
    return found


def entry(code: str) -> str:
    """One error as Markdown; a code block shows its braces and back-ticks as they are."""
    wordings = catalogue()[code]
    shown = f"{code}: {wordings['says']}" + (f"\n  {wordings['hint']}" if wordings.get("hint") else "")
    return f"### {code}\n\n```text\n{shown}\n```\n"


def page() -> str:
    """The whole page."""
    parts = [INTRODUCTION]
    for heading, codes in sections():
        parts += [f"## {heading[0].upper()}{heading[1:]}\n", *map(entry, codes)]
    return "\n".join(parts)


def main() -> int:
    """Write the page, or compare it."""
    if "--check" not in sys.argv[1:]:
        PAGE.parent.mkdir(parents=True, exist_ok=True)
        PAGE.write_text(page(), encoding="utf-8")
        return 0
    if PAGE.exists() and PAGE.read_text(encoding="utf-8") == page():
        return 0
    print(f"{PAGE.relative_to(ROOT)} is out of date: make docs", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
