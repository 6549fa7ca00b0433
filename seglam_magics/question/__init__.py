"""From the text of a question to a reading, and from wordings with slots to bindings.

Here lives all that is known of language: spelling, tokens, typed values, names, templates and their unification. Words
of a language are data (`data/*.toml`, a further language is one more file). All functions are pure: nothing here reads
files of the user, looks at values of the notebook, or knows which procedures are stored (`cache`).
"""

from __future__ import annotations

from .content import content
from .form import Condition, Form, Grounded, TextForm, TextLiteral
from .grounding import ground
from .normal import LIMIT, cell_key, normalise
from .references import back_ticked, check_names, mentioned, read
from .templates import CompiledTemplate, compile_template, compile_templates, unsaid
from .unify import Mismatch, render, unify, unify_all
from .view import View
from .wording import literal_words

__all__ = [
    "LIMIT",
    "CompiledTemplate",
    "Condition",
    "Form",
    "Grounded",
    "Mismatch",
    "TextForm",
    "TextLiteral",
    "View",
    "back_ticked",
    "cell_key",
    "check_names",
    "compile_template",
    "compile_templates",
    "content",
    "ground",
    "literal_words",
    "mentioned",
    "normalise",
    "read",
    "render",
    "unify",
    "unify_all",
    "unsaid",
]
