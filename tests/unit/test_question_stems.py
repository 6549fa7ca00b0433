"""The table of stems says what the stemmers say, of all words that are read before the first question."""

from __future__ import annotations

import subprocess
import sys

from seglam_magics.question import stems


def test_every_stem_of_the_table_is_what_its_algorithm_makes() -> None:
    table = stems._table()
    assert len(table) > 3_000
    assert [word for word, stem in table.items() if stems.made(word) != stem] == []


def test_the_tables_are_read_without_a_stemmer_for_most_words() -> None:
    """After a change of the tables: python scripts/stems_table.py."""
    code = """
from seglam_magics.question import stems
from seglam_magics.question.grammar import grammar
made = []
stems.made = lambda word: made.append(word) or word
grammar()
print(len(made), len(stems._table()))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    missing, known = map(int, done.stdout.split())
    assert missing < known / 20
