"""A procedure of the starter pack before its identity is known, and what its parameters may be."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from seglam_magics.words import Parameter, Property, SlotType, Template

FAMILIES = Path(__file__).resolve().parent.parent / "seglam_magics" / "starter" / "families"
MODULES = ("collections", "itertools", "math")
SIGNS = ["<", "<=", ">", ">=", "=", "!="]

# Annotation -> slot type and domain.
TYPES: Mapping[str, tuple[SlotType, Mapping[str, Any]]] = {
    "Frame": ("frame", {}),
    "Column": ("column", {}),
    "Key": ("column", {"dtype": "str"}),
    "Number": ("column", {"dtype": "number"}),
    "Date": ("column", {"dtype": "date"}),
    "Flag": ("column", {"dtype": "bool"}),
    "Columns": ("columns", {}),
    "Types": ("dict", {}),
    "Count": ("int", {"min": 1, "max": 1_000_000}),
    "Size": ("int", {"min": 1, "max": 1_000}),
    "Share": ("float", {"min": 0.0, "max": 1.0}),
    "Percent": ("float", {"min": 0.0, "max": 100.0}),
    "Year": ("int", {"min": 1000, "max": 2999}),
    "Value": ("float", {}),
    "Day": ("date", {}),
    "Text": ("text", {}),
    "Sign": ("choice", {"values": SIGNS}),
    "Truth": ("choice", {"values": ["true", "false"]}),
    "Numbers": ("list", {"items": "float"}),
    "Words": ("list", {"items": "str"}),
    "Dates": ("list", {"items": "date"}),
    "Items": ("list", {}),
}


@dataclass(frozen=True, slots=True)
class Draft:
    """A procedure before its identity is known and its example was computed.

    Attributes
    ----------
    arguments : of its example.
    where, bare : the conditions it is made with, and whether it is made without one.
    led : wordings that mean something only where a condition follows.
    alone : wordings that mean something only where none does.
    meant : whether it is found by what a question means alone, and its wordings only show what it answers.
    """

    name: str
    summary: str
    body: str
    parameters: tuple[Parameter, ...]
    templates: tuple[Template, ...]
    arguments: Mapping[str, Any]
    properties: tuple[Property, ...] = ()
    returns: str = "frame"
    order: str = ""
    where: str = ""
    share: bool = False
    bare: bool = True
    led: tuple[str, ...] = ()
    alone: tuple[Template, ...] = ()
    meant: bool = False
    family: str = field(default="", compare=False)

    @property
    def source(self) -> str:
        """Python source of the procedure."""
        frames = [p.name for p in self.parameters if p.type in ("frame", "list")]
        others = [p.name for p in self.parameters if p.type not in ("frame", "list")]
        taken = ", ".join([*frames, *(["*"] if others else []), *others])
        imports = "".join(f"import {m}\n" for m in MODULES if f"{m}." in self.body)
        return f"{imports}def {self.name}({taken}):\n{textwrap.indent(self.body, '    ')}\n"
