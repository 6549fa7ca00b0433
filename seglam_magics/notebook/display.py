"""What a `%%reason` cell returns: the value, with the evidence one step away.

Three forms travel with it into the saved notebook: `text/plain`, static `text/html` and
`application/vnd.seglam.answer+json`. A chart has a picture instead of the html, which front ends would prefer to it.
Durations are in none of the last two, so that equal answers give byte-equal html and notebooks can be compared.
Known secrets are in none of the three, not even where the value holds one; the value itself is as it is.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from html import escape
from typing import TYPE_CHECKING, Any

from seglam_magics.trust.redaction import redact, redacted

from . import charts, values
from .explain import why
from .status import status_line
from .wording import brief, cut, say, visible

if TYPE_CHECKING:
    from seglam_magics.words import Answer, Decision, Revision, Usage

MIME = "application/vnd.seglam.answer+json"
SCHEMA = 1
_BOX = (
    "color:var(--jp-content-font-color1, inherit);"
    "font-family:var(--jp-content-font-family, system-ui, sans-serif);"
    "font-size:var(--jp-content-font-size1, 1em)"
)
_NOTE = (
    "color:var(--jp-content-font-color2, inherit);"
    "font-family:var(--jp-code-font-family, monospace);"
    "font-size:var(--jp-code-font-size, 0.9em);margin-bottom:0.4em"
)


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class AnswerView:
    """An answer as it is displayed.

    Attributes
    ----------
    answer : the answer with all its evidence.
    caption : whether the status line is part of the display; a cell has shown it above already.

    >>> from seglam_magics.words import Answer, Decision, Revision
    >>> answer = Answer(344, hit=True, revision=Revision("rows", 1, "ab", "def rows(): ..."), decision=Decision(True))
    >>> AnswerView(answer).value, AnswerView(answer).procedure
    (344, 'rows@1')
    """

    answer: Answer
    caption: bool = True

    @property
    def value(self) -> Any:
        """The plain value, in the user's own kind."""
        return self.answer.value

    @property
    def hit(self) -> bool:
        """Whether a stored procedure answered, without a model."""
        return self.answer.hit

    @property
    def procedure(self) -> str:
        """`name@N` of the revision that answered."""
        return self.answer.procedure

    @property
    def revision(self) -> Revision:
        """The revision that answered."""
        return self.answer.revision

    @property
    def decision(self) -> Decision:
        """How it was decided."""
        return self.answer.decision

    @property
    def slots(self) -> Mapping[str, Any]:
        """Parameter -> what it was bound to."""
        return self.answer.slots

    @property
    def usage(self) -> Usage:
        """Tokens, money and seconds of this question."""
        return self.answer.usage

    @property
    def saved(self) -> Usage | None:
        """What compiling had cost, on a hit."""
        return self.answer.saved

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences to read with the value."""
        return self.answer.notes

    @property
    def code(self) -> str:
        """Python source of the procedure."""
        return self.answer.revision.source

    @property
    def status(self) -> str:
        """The status line."""
        return status_line(self.answer)

    def why(self) -> str:
        """The explanation that `%seglam why` prints."""
        compiled = None if self.answer.hit else self.answer.revision
        return why(self.answer.question, self.answer.decision, compiled=compiled)

    def __repr__(self) -> str:
        text = _text(self.answer.value)
        return redact(f"{self.status}\n{text}" if self.caption else text)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> tuple[dict[str, Any], dict[str, Any]]:
        del include, exclude  # IPython drops what was not asked for
        picture = None if self.caption else self._picture()
        if picture is not None:
            data = {"text/plain": repr(self), charts.MIME: picture, MIME: record(self.answer)}
            return data, {"seglam": identity(self.answer), charts.MIME: charts.METADATA}
        data = {
            "text/plain": repr(self),
            "text/html": html(self.answer, caption=self.caption),
            MIME: record(self.answer),
        }
        return data, {"seglam": identity(self.answer)}

    def _ipython_display_(self) -> None:
        """A chart that has to say who answered does so above it: a front end shows the picture alone."""
        if not self.caption or self._picture() is None:
            raise NotImplementedError  # IPython then shows the forms above
        from IPython.display import display

        display({"text/plain": redact(self.status)}, raw=True)  # type: ignore[no-untyped-call]
        display(AnswerView(self.answer, caption=False))  # type: ignore[no-untyped-call]

    def _picture(self) -> dict[str, Any] | None:
        """The value as a chart that may be drawn, without secrets."""
        value = self.answer.value
        found = charts.drawable(value)[0] if charts.is_chart(value) else None
        return None if found is None else redacted(found)


def html(answer: Answer, *, caption: bool = True) -> str:
    """The answer as static html: who answered (with the status line if `caption`), its code folded away, the value."""
    revision = answer.revision
    version = say("status.version", name=revision.name, number=revision.number)
    head = status_line(answer, timings=False) if caption else say("value.code", version=version)
    code = values.preformatted(visible(revision.source, joiners=False))
    lines = "<br>".join(map(escape, head.splitlines()))
    return redact(
        f'<div class="seglam-answer" style="{_BOX}">'
        f'<details style="{_NOTE}"><summary>{lines}</summary>{code}</details>'
        f"{_markup(answer.value)}</div>"
    )


def _text(value: Any) -> str:
    if not charts.is_chart(value):
        return values.plain(value)
    why = charts.drawable(value)[1]
    return f"{values.plain(value)}\n{say('chart.refused', why=why)}" if why else charts.described(value)


def _markup(value: Any) -> str:
    return values.preformatted(_text(value)) if charts.is_chart(value) else values.markup(value)


def record(answer: Answer) -> dict[str, Any]:
    """The answer as JSON, schema 1: identity, slots, hit, tier, usage and saved. No durations, no value.

    >>> from seglam_magics.words import Answer, Decision, Revision
    >>> answer = Answer(1, hit=True, revision=Revision("rows", 1, "ab", ""), decision=Decision(True, "exact"))
    >>> sorted(record(answer))
    ['hit', 'number', 'procedure', 'saved', 'schema', 'sha256', 'slots', 'tier', 'usage']
    """
    data: dict[str, Any] = redacted(
        {
            **identity(answer),
            "slots": jsonable(answer.slots),
            "hit": answer.hit,
            "tier": answer.decision.tier,
            "usage": _usage(answer.usage),
            "saved": _usage(answer.saved) if answer.saved else None,
        }
    )
    return data


def identity(answer: Answer) -> dict[str, Any]:
    """What answered, as a reference that stays true: name, number and SHA-256."""
    revision = answer.revision
    return {"schema": SCHEMA, "procedure": revision.name, "number": revision.number, "sha256": revision.proc_id}


def _usage(usage: Usage) -> dict[str, Any]:
    return {name: value for name, value in asdict(usage).items() if name != "seconds"}


def jsonable(value: Any) -> Any:
    """`value` as strict JSON: no NaN, dates in ISO form, everything else shortened to text.

    >>> jsonable({"k": 5, "day": dt.date(2024, 1, 31), "x": float("nan"), "years": (2021, 2022)})
    {'k': 5, 'day': '2024-01-31', 'x': 'nan', 'years': [2021, 2022]}
    """
    if isinstance(value, Mapping):
        return {str(key): jsonable(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)) and len(value) <= values.MANY:
        return [jsonable(item) for item in value]
    return _json_scalar(value)


def _json_scalar(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, str):
        return cut(redact(value[: 2 * values.LONGEST]), values.LONGEST)
    if isinstance(value, (dt.date, dt.time)):
        return value.isoformat()
    return value if value is None or isinstance(value, (bool, int, float)) else brief(value)
