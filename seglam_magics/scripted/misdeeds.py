"""How a right compile reply is made wrong, as interrupted models do it: leaked, panicked, doubted."""

from __future__ import annotations

import ast
import json
import re
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

if TYPE_CHECKING:
    from collections.abc import Mapping

_WIDTH = 100  # characters of a line of comment


class Leaks(BaseModel):
    """What leaking looks like; see `characters.toml`."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    forms: list[Literal["comments", "prose", "marker", "length"]] = Field(min_length=1)
    marker: str
    sentence: str
    comment_words: int
    prose_words: int
    length_times: float


def leaked(reply: Mapping[str, Any], leaks: Leaks, chance: float) -> str:
    """The reply with thinking in it; which form it has is decided by `chance`, from 0 to 1."""
    form = leaks.forms[min(int(chance * len(leaks.forms)), len(leaks.forms) - 1)]
    if form == "comments":
        return _text({**reply, "code": commented(reply["code"], _words(leaks.sentence, leaks.comment_words))})
    if form == "prose":
        return f"{_words(leaks.sentence, leaks.prose_words)}\n\n{_text(reply)}"
    if form == "marker":
        return _text({**reply, "summary": f"{reply['summary']} {leaks.sentence} {leaks.marker}"})
    enough = round(leaks.length_times * len(_text(reply)) / len(leaks.sentence)) + 1
    return _text({**reply, "open_questions": [leaks.sentence] * enough})


def commented(code: str, words: str) -> str:
    r"""`code` with `words` as lines of comment below its first line.

    >>> commented("def f():\n    return 1\n", "so it is one")
    'def f():\n    # so it is one\n    return 1\n'
    """
    first, _, rest = code.partition("\n")
    lines = re.findall(rf".{{1,{_WIDTH}}}(?:\s|$)", words)
    return "\n".join([first, *(f"    # {line.strip()}" for line in lines), rest])


def panicked(reply: Mapping[str, Any]) -> str:
    """The reply with nothing done: a body that is not written, and no claims."""
    tree = ast.parse(reply["code"])
    function = next(node for node in tree.body if isinstance(node, ast.FunctionDef))
    head = ast.unparse(function.args)
    code = f"def {function.name}({head}):\n    raise NotImplementedError\n"
    return _text({**reply, "code": code, "properties": []})


def doubted(reply: Mapping[str, Any], before: Mapping[str, Any]) -> str:
    """The reply that says the update was taken, with the code, examples and claims from before it."""
    kept = {name: before[name] for name in ("code", "examples", "properties")}
    return _text({**reply, **kept, "summary": f"{reply['summary']} The update is taken into account."})


def _words(sentence: str, count: int) -> str:
    words = sentence.split()
    return " ".join(words * (count // len(words) + 1))


def _text(reply: Mapping[str, Any]) -> str:
    return json.dumps(reply, ensure_ascii=False)
