"""The panel as a widget: anywidget carries the messages, `static/panel.js` shows them."""

from __future__ import annotations

from functools import partial
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anywidget

from ..notebook.wording import one_line, say
from ..trust.redaction import redact
from .comm import keep, unpinned
from .link import Link

if TYPE_CHECKING:
    from seglam_magics.cli import Office

STATIC = Path(__file__).parent / "static"
_ROWS = 20


class Panel(anywidget.AnyWidget):
    """The widget; nothing of what it shows is kept in the notebook, the static form is an output of its own."""

    _esm = STATIC / "panel.js"
    _css = STATIC / "panel.css"

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        found: Any = super()._repr_mimebundle_(**kwargs)
        data, metadata = found if isinstance(found, tuple) else (found, {})
        return {**data, "text/plain": say("panel.title")}, metadata


def panel(office: Office) -> Panel:
    """A new panel over the reasoner of `office`; its static form is shown before it.

    An export shows a widget whose state was saved as an empty place, whatever else its output has. So the static form
    stands in an output of its own, which the style sheet of the live panel hides.
    """
    from IPython.display import display

    display(static(office), raw=True)  # type: ignore[no-untyped-call]
    widget = Panel()
    unpinned(widget.comm)
    link = keep(widget.model_id, Link(partial(_another, office), widget.send))
    widget.on_msg(lambda _widget, content, _buffers: link.said(content))
    widget.link = link
    return widget


def _another(office: Office) -> Office:
    """An office for one message: it looks anew at what other kernels have published."""
    from seglam_magics.cli import Office

    return Office(office.connect, office.settings, office.names, office.asking)


# ---------------------------------------------------------------- where no widget can be shown


def static(office: Office) -> dict[str, str]:
    """The panel as text and as static html, from what is in memory: for exports, and pages without scripts."""
    library = office.reasoner.library
    names = library.names()
    heads = [head for name in names[-_ROWS:] if (head := library.head(name)) is not None]
    title = say("panel.static_title", procedures=f"{len(names):,}")
    lines = [title, say("panel.static_how")]
    rows = [(head.label, one_line(head.summary or head.question, 100)) for head in heads]
    text = redact("\n".join([*lines, *(f"  {label}  {what}" for label, what in rows)]))
    cells = "".join(f"<tr><td>{escape(label)}</td><td>{escape(what)}</td></tr>" for label, what in rows)
    body = "".join(f"<p>{escape(line)}</p>" for line in lines)
    html = redact(f'<div class="seglam-panel-static">{body}<table><tbody>{cells}</tbody></table></div>')
    return {"text/plain": text, "text/html": html}
