"""From the text of a question to a reading, and from wordings with slots to bindings.

Here lives all that is known of language: spelling, tokens, typed values, names, templates and their unification. Words
of a language are data (`data/*.toml`, a further language is one more file). All functions are pure: nothing here reads
files of the user, looks at values of the notebook, or knows which procedures are stored (`cache`).
"""

from __future__ import annotations

from .normal import LIMIT, normalise
from .references import back_ticked, check_names, mentioned, read
from .templates import CompiledTemplate, compile_template, compile_templates
from .unify import Mismatch, render, unify, unify_all
from .view import View
from .wording import literal_words

__all__ = [
    "LIMIT",
    "CompiledTemplate",
    "Mismatch",
    "View",
    "back_ticked",
    "check_names",
    "compile_template",
    "compile_templates",
    "literal_words",
    "mentioned",
    "normalise",
    "read",
    "render",
    "unify",
    "unify_all",
]
