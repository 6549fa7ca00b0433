"""What the file of a project may set: it narrows trust and spending, and does not decide where a key is sent."""

from __future__ import annotations

import re
import tomllib
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .forms import TRUST_ORDER, provider_of

if TYPE_CHECKING:
    from .settings import Seglam

LOOPBACK = re.compile(r"https?://(localhost|127\.\d+\.\d+\.\d+|\[::1\])([:/]|$)")
# what may be spent; a project may set less than its user, and no more
_LIMITS = (
    "budget_usd", "budget_session_usd", "budget_session_tokens", "budget_day_usd", "budget_day_tokens", "recheck_usd",
)  # fmt: skip
_MODELS = ("model", "stronger_models", "fallback_models", "critic_model", "binder_model", "embedder", "routes")
_KEYS = "a project does not decide where keys go"


def nearest_project(start: Path) -> Path | None:
    """The nearest `pyproject.toml` at or above a folder."""
    found = (folder / "pyproject.toml" for folder in (start, *start.parents))
    return next((path for path in found if path.is_file()), None)


def read_toml(path: Path) -> dict[str, Any]:
    """What a file says; nothing where there is none, and nothing, which is told, where it cannot be read."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError:
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        warnings.warn(f"seglam: {path} is not read: {error}", stacklevel=3)
        return {}


def modest(settings: Seglam, values: Mapping[str, Any], project: Path, own: Path) -> dict[str, Any]:
    """What a project may set of what it says; the rest is told and left out.

    Parameters
    ----------
    own : the file in which the user may set it.
    """
    kept = dict(values)
    if widens(settings, kept.get("trust")):
        del kept["trust"]
    for name in ("api_base", "key_name"):
        if name in kept and not (name == "api_base" and LOOPBACK.match(str(kept[name]))):
            del kept[name]
            _told(f"{name} in {project} is not used; {_KEYS}: set it in {own} or SEGLAM_{name.upper()}")
    for name in (name for name in _MODELS if "://" in str(kept.get(name, ""))):
        del kept[name]  # some providers take an address in place of a name, and send their key there
        _told(f"{name} in {project} is not used; {_KEYS}")
    for name in (name for name in _LIMITS if name in kept and not _cheaper(settings, name, kept[name])):
        del kept[name]
        _told(f"{name} in {project} is not used; a project does not spend more")
    return kept


def held(settings: Seglam, project: Path, before: str) -> None:
    """Take a project's `model` back where the user's key has a name of its own and belongs to another provider.

    Parameters
    ----------
    before : the model that is set without the project.
    """
    named = settings.origins()["model"][1] == str(project) and settings.key_name and before
    if named and provider_of(settings.model) != provider_of(before):
        _told(f"model in {project} is not used, for the key {settings.key_name} is of {provider_of(before)}; {_KEYS}")
        settings.model = before


def project_may(settings: Seglam, name: str, value: Any) -> bool:
    """Whether a project's own file may say so; what it may not is left out when it is read."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return name in modest(settings, {name: value}, Path(), Path())


def widens(settings: Seglam, value: Any) -> bool:
    """Whether this trust is more than the user's own."""
    return value in TRUST_ORDER and TRUST_ORDER.index(value) > TRUST_ORDER.index(settings.effective_trust())


def _cheaper(settings: Seglam, name: str, value: Any) -> bool:
    """Whether a limit that a project sets is no higher than the user's own."""
    own = getattr(settings, name)
    return isinstance(value, (int, float)) and (own is None or value <= own)


def _told(says: str) -> None:
    warnings.warn(f"seglam: {says}", stacklevel=4)
