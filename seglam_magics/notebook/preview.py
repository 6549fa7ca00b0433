"""What `-n` prints: what would answer, and otherwise the exact bytes that would be sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .explain import evidence, looked_at
from .wording import money, one_line, say

if TYPE_CHECKING:
    from seglam_magics.words import Preview


def preview_text(preview: Preview) -> str:
    """The dry run as text; the payload stands unchanged in the last lines."""
    decision = preview.decision
    if decision.hit and decision.revision is not None:
        revision = decision.revision
        head = say("preview.hit", version=say("status.version", name=revision.name, number=revision.number))
        return "\n".join([head, *evidence(decision), *looked_at(decision)]) + "\n"
    lines = [
        say("preview.miss", reason=one_line(decision.reason, 200)),
        *looked_at(decision),
        say("preview.tokens", tokens=f"{preview.tokens:,}", cost=money(preview.usd), model=preview.model),
        preview.payload.decode("utf-8", "backslashreplace"),
    ]
    return "\n".join(lines) + "\n"
