"""How a setting is written for good: what may be, into which file, and without touching the rest of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from seglam_magics.errors import SeglamError, closest
from seglam_magics.exporting.files import replace_text
from seglam_magics.settings import TRUST_ORDER, Seglam, assigned, config_folder, nearest_project, project_may
from seglam_magics.trust.redaction import holds_secret

if TYPE_CHECKING:
    from collections.abc import Mapping, MutableMapping

    from tomlkit import TOMLDocument

_STRONGER = frozenset({"environment", "%config", "ipython config"})


def checked(asked: Mapping[str, str], settings: Seglam, *, project: bool, in_notebook: bool = False) -> dict[str, Any]:
    """The values as they will be written, all of them checked before anything is.

    Raises
    ------
    SeglamError : E-CONFIG-UNKNOWN, E-CONFIG-SECRET, E-CONFIG-PROJECT, E-CONFIG-TRUST, E-SETTING.
    """
    trial = Seglam()
    for name, text in asked.items():
        known(name, settings)
        if holds_secret(text):
            raise SeglamError("E-CONFIG-SECRET", name=name)
        assigned(trial, name, text)
        if project and not project_may(settings, name, getattr(trial, name)):
            raise SeglamError("E-CONFIG-OWN", name=name)
        if name == "trust" and in_notebook and TRUST_ORDER.index(text) > TRUST_ORDER.index(settings.effective_trust()):
            raise SeglamError("E-CONFIG-TRUST", value=text)
    return {name: getattr(trial, name) for name in asked}


def known(name: str, settings: Seglam) -> str:
    """The name, if it is a setting.

    Raises
    ------
    SeglamError : E-CONFIG-UNKNOWN with the closest one.
    """
    names = settings.trait_names(config=True)
    if name not in names:
        near = closest(name, names)
        advice = f"did you mean {near}?" if near else "seglam config lists the settings"
        raise SeglamError("E-CONFIG-UNKNOWN", name=name, advice=advice)
    return name


def written(start: Path, values: Mapping[str, Any], *, project: bool) -> Path:
    """Write values into their file, None taking one out; the file that was written.

    Parameters
    ----------
    start : folder from which the nearest `pyproject.toml` is looked for.

    Raises
    ------
    SeglamError : E-CONFIG-NONE, E-CONFIG-READ, E-CONFIG-WRITE; the file is as it was then.
    """
    path = _file(start, project=project)
    document = _read(path)
    section = _section(document, ("tool", "seglam") if project else ())
    for name, value in values.items():
        if value is None:
            section.pop(name, None)
        else:
            section[name] = value
    _write(path, document)
    return path


def hold(settings: Seglam, name: str, value: Any, path: Path) -> str:
    """Make a value hold in this process; where something stronger set it, that, and nothing is changed."""
    origin = settings.origins()[name][1]
    if origin in _STRONGER:
        return origin
    if name != "trust" or TRUST_ORDER.index(value) <= TRUST_ORDER.index(settings.effective_trust()):
        setattr(settings, name, value)
        settings.note_origin(name, str(path))
    return ""


def _file(start: Path, *, project: bool) -> Path:
    if not project:
        return config_folder() / "config.toml"
    found = nearest_project(start)
    if found is None:
        raise SeglamError("E-CONFIG-NONE", folder=start)
    return found


def _read(path: Path) -> TOMLDocument:
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    try:
        return tomlkit.parse(path.read_bytes().decode("utf-8"))
    except FileNotFoundError:
        return tomlkit.document()
    except OSError as error:
        raise SeglamError("E-CONFIG-READ", path=path, why=error.strerror or str(error)) from None
    except (TOMLKitError, UnicodeDecodeError) as error:
        raise SeglamError("E-CONFIG-READ", path=path, why=str(error)) from None


def _section(document: TOMLDocument, names: tuple[str, ...]) -> MutableMapping[str, Any]:
    """The table of these names, made where it is not there."""
    import tomlkit

    section: Any = document
    for depth, name in enumerate(names):
        if name not in section:
            section[name] = tomlkit.table(is_super_table=depth + 1 < len(names))
        section = section[name]
    found: MutableMapping[str, Any] = section
    return found


def _write(path: Path, document: TOMLDocument) -> None:
    place = path.resolve()  # a link to a file kept elsewhere stays one
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        mode = place.stat().st_mode & 0o777 if place.exists() else None
        replace_text(place, document.as_string())
        if mode is not None:
            place.chmod(mode)
    except OSError as error:
        raise SeglamError("E-CONFIG-WRITE", path=path, why=error.strerror or str(error)) from None
