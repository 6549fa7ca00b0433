"""The vocabulary of seglam as frozen dataclasses.

Every room speaks these words (`DESIGN` section 3 in short: question, reading, slot, template, procedure, revision,
decision, run, verdict, trust, event). They hold plain data only, import nothing of ours and nothing heavy, so that
`%load_ext seglam` and a hit stay cheap.
"""

from .answers import Answer, Event, Preview, Trace
from .asking import Again, Column, Mode, Onward, Options, Question, Reuse, Values, Variable
from .deciding import Binding, Candidate, Decision, Reading, Reference, Tier, Token
from .procedures import (
    UNORDERED,
    Check,
    Example,
    Meaning,
    Parameter,
    Property,
    Requirement,
    Revision,
    SlotType,
    Template,
    Trust,
    Usage,
    Verdict,
)

__all__ = [
    "UNORDERED",
    "Again",
    "Answer",
    "Binding",
    "Candidate",
    "Check",
    "Column",
    "Decision",
    "Event",
    "Example",
    "Meaning",
    "Mode",
    "Onward",
    "Options",
    "Parameter",
    "Preview",
    "Property",
    "Question",
    "Reading",
    "Reference",
    "Requirement",
    "Reuse",
    "Revision",
    "SlotType",
    "Template",
    "Tier",
    "Token",
    "Trace",
    "Trust",
    "Usage",
    "Values",
    "Variable",
    "Verdict",
]
