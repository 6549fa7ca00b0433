"""Builds the JupyterLab extension into what is installed; where npm is missing, the install goes on without it."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

HOME = "share/jupyter/labextensions/@seglam/labextension"
SOURCES = ("src", "style", "schema", "scripts", "package.json", "package-lock.json", "tsconfig.json")
WITHOUT = (
    "{why}: seglam is installed without its JupyterLab sidebar, everything else works. "
    "To have the sidebar, install Node.js 20 or newer and then seglam again."
)


class Sidebar(BuildHookInterface):  # type: ignore[type-arg]
    """The hook of hatchling, for wheels and source distributions."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build the extension if it is not built, and put it into the wheel if it is."""
        del version
        folder = Path(self.root) / "labextension"
        why = "" if is_built(folder) else self._build(folder)
        if why:
            self.app.display_warning(WITHOUT.format(why=why))
        elif self.target_name == "wheel":
            build_data["shared_data"] |= {
                str(folder / "dist"): HOME,
                str(folder / "install.json"): f"{HOME}/install.json",
            }

    def _build(self, folder: Path) -> str:
        """Build the extension; why it could not be built, "" where it was."""
        npm = shutil.which("npm")
        if npm is None:
            return "npm was not found"
        try:
            build(folder, npm)
        except (OSError, subprocess.CalledProcessError) as error:
            said = (getattr(error, "stdout", "") or "") + (getattr(error, "stderr", "") or "")
            self.app.display_error(said or str(error))
        return "" if is_built(folder) else "the sidebar could not be built"


def build(folder: Path, npm: str) -> None:
    """Build the extension in `folder` with exactly what its lock file names."""
    shutil.rmtree(folder / "dist", ignore_errors=True)  # of another state: better none than a wrong one
    lock, installed = folder / "package-lock.json", folder / "node_modules" / ".package-lock.json"
    if not installed.is_file() or installed.stat().st_mtime < lock.stat().st_mtime:
        run(folder, npm, "ci")
    run(folder, npm, "run", "build")


def run(folder: Path, *command: str) -> None:
    """Run a command; raises CalledProcessError with what it said."""
    quiet: dict[str, Any] = {"capture_output": True, "stdin": subprocess.DEVNULL}
    subprocess.run(command, cwd=folder, check=True, text=True, **quiet)  # noqa: S603 - npm itself


def is_built(folder: Path) -> bool:
    """Whether the built extension is there and no older than what it is built from."""
    made = folder / "dist" / "package.json"
    return made.is_file() and all(path.stat().st_mtime <= made.stat().st_mtime for path in sources(folder))


def sources(folder: Path) -> Iterator[Path]:
    """Every file the extension is built from; the panel itself is the Python package's."""
    panel = folder.parent / "seglam_magics" / "panel" / "static"
    for start in (panel, *(folder / name for name in SOURCES)):
        yield from (path for path in (start, *start.rglob("*")) if path.is_file())
