"""The oracle's process: the properties a revision brings along, and nothing else. What it says counts for them alone.

It calls the procedure by asking, sees values and never the runner, and cannot tell the procedure from a mutant but by
its values. Arguments and results are the judge's own copies.
"""

from __future__ import annotations

import builtins
from collections.abc import Callable, Mapping
from typing import Any

from ..procedure import load
from ..words import Property, Revision
from . import tables, told
from .failures import failure
from .plain import copied
from .promises import Rejected, Unusable

Ask = Callable[[dict[str, Any]], Mapping[str, Any]]


def assume(condition: object) -> bool:
    """Give up this case unless `condition` holds; what properties are given under this name.

    >>> assume(1 < 2)
    True
    """
    if not condition:
        raise Unusable
    return True


class Oracle:
    """Holds the properties of `revision` against what it is told.

    Attributes
    ----------
    failed : name of the first property that cannot be loaded and the facts of it, None where all can.
    """

    def __init__(self, revision: Revision) -> None:
        self._frames = {p.name for p in revision.parameters if p.type == "frame"}
        self._claims = {claim.name: claim for claim in revision.properties}
        self._holds: dict[str, Callable[..., Any]] = {}
        self.failed: tuple[str, dict[str, Any]] | None = None
        for claim in revision.properties:
            try:
                self._holds[claim.name] = load(claim.code, claim.name, assume=assume)
            except BaseException as error:  # noqa: BLE001 - foreign code
                self.failed = self.failed or (claim.name, failure(error, claim.name, claim.code))

    def answer(self, asked: Mapping[str, Any], ask: Ask) -> dict[str, Any]:
        """Whether the property `asked["claim"]` holds for the arguments.

        Parameters
        ----------
        ask : calls the procedure.
        """
        claim, arguments = self._claims[asked["claim"]], told.into(asked["arguments"])
        raised: list[BaseException] = []

        def run(*some: Any, **given: Any) -> Any:
            named = {**arguments, **dict(zip(arguments, some, strict=False)), **given}
            plain = {n: tables.any_rows(v) if n in self._frames else v for n, v in named.items()}
            return _heard(ask({"ask": told.out(plain)}), raised)

        try:
            self._holds[claim.name](run, **{name: copied(value) for name, value in arguments.items()})
        except Unusable:
            return {"unusable": True}
        except BaseException as error:  # noqa: BLE001 - foreign code
            return _told(error, claim, raised)
        return {"held": True}


def _heard(reply: Mapping[str, Any], raised: list[BaseException]) -> Any:
    if "value" in reply:
        return told.into(reply["value"])
    raised.append(Rejected(reply["refused"]) if "refused" in reply else _error(reply["failed"]))
    raise raised[-1]


def _error(facts: Mapping[str, Any]) -> Exception:
    """An error of the kind the procedure raised, where that is one of Python's own."""
    kind = getattr(builtins, str(facts["type"]), None)
    own = isinstance(kind, type) and issubclass(kind, Exception) and not issubclass(kind, UnicodeError)
    return kind(facts["message"]) if own and kind is not None else RuntimeError(facts["message"])


def _told(error: BaseException, claim: Property, raised: list[BaseException]) -> dict[str, Any]:
    through = any(error is one for one in raised)
    if through and isinstance(error, Rejected):
        return {"unusable": True}
    facts = failure(error, claim.name, claim.code)
    said = _text(error) if isinstance(error, AssertionError) else ""
    return {"failed": facts, "through": through, "asserts": isinstance(error, AssertionError), "said": said}


def _text(error: BaseException) -> str:
    try:
        return str(error).strip()[:1000].encode("utf-8", "replace").decode()
    except Exception:  # noqa: BLE001 - foreign code may have given it any __str__
        return ""
