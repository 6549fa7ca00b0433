"""Putting to the user what a question leaves open: one line of input in the cell, where the front end has one."""

from __future__ import annotations

from .wording import one_line, say


def ask_user(question: str, default: str) -> str | None:
    """What the user types, "" for the default; None where nobody can, as in a notebook that is run as a whole."""
    try:
        return input(say("aside.ask", question=one_line(question, 300), default=one_line(default, 300))).strip()
    except (EOFError, NotImplementedError, OSError):
        return None
