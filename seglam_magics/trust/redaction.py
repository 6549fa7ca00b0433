"""Secrets out of every text that is shown, sent or kept.

Two sources: values of environment variables whose names say that they are secret, and the shapes of well-known keys.
"""

from __future__ import annotations

import os
import re
from urllib.parse import quote

_NAMES = re.compile(r"KEY|TOKEN|SECRET|PASSWORD|CREDENTIAL", re.IGNORECASE)
# Prefixes as their issuers document them: OpenAI, Anthropic, AWS, GitHub, Slack, Google; JWT; PEM; a password in a URL.
_SHAPES = re.compile(
    r"""sk-[A-Za-z0-9_-]{16,} | AKIA[0-9A-Z]{16} | gh[pousr]_[A-Za-z0-9]{20,} | github_pat_\w{20,} | xox[a-z]-[\w-]{10,}
    | AIza[\w-]{20,} | eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]* | -----BEGIN[ A-Z]*PRIVATE\ KEY-----[\s\S]*?-----END[ A-Z]*-----
    | (?<=://)[^\s/:@]+:[^\s/@]+(?=@) | (?<=[?&]key=)[^\s&]+ | (?<=[Bb]earer\ )[\w.~+/-]{8,}""",
    re.VERBOSE,
)
SHORTEST = 8


def redact(text: str) -> str:
    """`text` with every known secret replaced by a placeholder that is stable within a process.

    >>> redact("refused: ?key=AIzaSyA1234567890abcdefghijklmn")
    'refused: ?key=‹secret›'
    """
    for name, value in os.environ.items():
        if len(value) >= SHORTEST and _NAMES.search(name):
            for form in {value, quote(value, safe="")}:
                text = text.replace(form, f"‹secret:{name}›")
    return _SHAPES.sub("‹secret›", text)
