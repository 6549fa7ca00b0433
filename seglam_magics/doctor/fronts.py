"""What Jupyter brings here: subshells of the kernel, widgets, and the sidebar of the front end."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

EXTENSION = "seglam"  # part of the folder name of our extension for JupyterLab


@dataclass(frozen=True, slots=True)
class Front:
    """An ability: `there` or not, and the version or place it was found at."""

    name: str
    there: bool
    detail: str = ""


def fronts() -> list[Front]:
    """Subshells, widgets and the sidebar, as they are installed; imports none of them.

    >>> [front.name for front in fronts()]
    ['subshells', 'anywidget', 'sidebar']
    """
    widget = _version("anywidget")
    folder = _extension()
    return [
        Front("subshells", _major(_version("ipykernel")) >= 7),  # noqa: PLR2004 - the release that brought them
        Front("anywidget", bool(widget), widget),
        Front("sidebar", folder is not None, str(folder or "")),
    ]


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return ""


def _major(version: str) -> int:
    first = version.partition(".")[0]
    return int(first) if first.isdecimal() else 0


def _extension() -> Path | None:
    """The folder of our extension, where JupyterLab looks for such; None without one."""
    from jupyter_core.paths import jupyter_path

    places = (Path(place) for place in jupyter_path("labextensions"))
    there = (folder for place in places if place.is_dir() for folder in (*place.glob("*"), *place.glob("@*/*")))
    return next((folder for folder in there if EXTENSION in folder.name and folder.is_dir()), None)
