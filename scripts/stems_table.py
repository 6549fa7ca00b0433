"""Write seglam_magics/question/data/stems.txt, the stems of all words of the tables, so that no kernel makes them.

Whatever the file lacks is stemmed when it is met: after a change of the tables this keeps the first question quick.
"""

from __future__ import annotations

import sys
from pathlib import Path
from unittest.mock import patch

from seglam_magics.cache import speaking
from seglam_magics.question import grammar, language, stems

TABLE = Path(stems.__file__).parent / "data" / "stems.txt"
HEADING = "# word and stem, by Snowball (Porter 2001); written by scripts/stems_table.py from the tables beside it"


def met() -> dict[str, str]:
    """Word -> stem of every word that is stemmed before the first question is."""
    found: dict[str, str] = {}

    def stemmed(word: str) -> str:
        return found.setdefault(word, stems.made(word))

    with patch.object(stems, "_stemmed", stemmed):
        grammar.grammar()
        language.lexicon()
        speaking.sure(())
        speaking.any_bare(["nothing in the tables"])
    return found


def main() -> int:
    """Write the file."""
    pairs = (pair for pair in sorted(met().items()) if all(text.split() == [text] and text[0] != "#" for text in pair))
    lines = [HEADING, *map(" ".join, pairs)]
    TABLE.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
