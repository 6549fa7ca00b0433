"""The sidebar is built where npm is there; where it is not, seglam is installed without it and says so."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LAB = ROOT / "labextension"
HOME = "seglam-0.1.0.data/data/share/jupyter/labextensions/@seglam/labextension"
GENERATED = ("node_modules", "lib", "dist", "__pycache__")
PACKAGE = json.loads((LAB / "package.json").read_text(encoding="utf-8"))


def copied(folder: Path) -> Path:
    """The repository as it is committed: nothing built in it."""
    ignore = shutil.ignore_patterns(*GENERATED)
    for name in ("seglam_magics", "labextension"):
        shutil.copytree(ROOT / name, folder / name, ignore=ignore)
    for name in ("seglam.py", "pyproject.toml", "hatch_build.py", "README.md", "CHANGELOG.md", "LICENSE"):
        shutil.copy(ROOT / name, folder / name)
    return folder


def path_with(folder: Path, npm: str | None) -> dict[str, str]:
    """An environment whose PATH holds no program but an npm that does `npm`, if any."""
    folder.mkdir()
    if npm is not None:
        (folder / "npm").write_text(f"#!/bin/sh\n{npm}\n", encoding="utf-8")
        (folder / "npm").chmod(0o755)
    return {**os.environ, "PATH": str(folder)}


def built(root: Path, out: Path, environment: dict[str, str] | None = None) -> tuple[set[str], str]:
    """Names in the wheel of the tree in `root`, and what was said while it was built."""
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(out)]
    done = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (made,) = out.glob("*.whl")
    return set(zipfile.ZipFile(made).namelist()), done.stdout + done.stderr


def test_without_npm_it_is_installed_without_the_sidebar_and_says_so(tmp_path):
    if importlib.util.find_spec("pip") is None:
        pytest.skip("needs pip in the environment of the tests")
    root, place = copied(tmp_path / "tree"), tmp_path / "place"
    command = [sys.executable, "-m", "pip", "install", "--verbose", "--no-deps", "--no-build-isolation", "--no-index"]
    environment = path_with(tmp_path / "bin", None)
    done = subprocess.run(
        [*command, "--target", str(place), "."], cwd=root, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "npm was not found: seglam is installed without its JupyterLab sidebar" in done.stdout + done.stderr
    assert (place / "seglam.py").is_file()
    assert not list(place.rglob("labextensions"))


@pytest.mark.parametrize("npm", ["echo no network >&2; exit 1", "exit 0"])
def test_an_npm_that_cannot_build_is_reported_and_leaves_nothing_half(tmp_path, npm):
    names, said = built(copied(tmp_path / "tree"), tmp_path, path_with(tmp_path / "bin", npm))
    assert "seglam.py" in names
    assert not [name for name in names if "labextension" in name]
    assert "without its JupyterLab sidebar" in said
    assert ("no network" in said) == ("network" in npm)


def test_what_is_built_and_up_to_date_is_taken_as_it_is(tmp_path):
    root = copied(tmp_path / "tree")
    (root / "labextension" / "dist" / "static").mkdir(parents=True)
    for name in ("package.json", "static/remoteEntry.js"):
        (root / "labextension" / "dist" / name).write_text("{}", encoding="utf-8")
    names, said = built(root, tmp_path, path_with(tmp_path / "bin", None))
    assert {f"{HOME}/package.json", f"{HOME}/install.json", f"{HOME}/static/remoteEntry.js"} <= names
    assert "without" not in said


def test_what_was_built_of_another_state_is_not_taken(tmp_path):
    root = copied(tmp_path / "tree")
    made = root / "labextension" / "dist" / "package.json"
    made.parent.mkdir()
    made.write_text("{}", encoding="utf-8")
    os.utime(made, (1, 1))
    names, said = built(root, tmp_path, path_with(tmp_path / "bin", None))
    assert not [name for name in names if "labextension" in name]
    assert "without its JupyterLab sidebar" in said


@pytest.mark.skipif(not (LAB / "dist" / "package.json").is_file(), reason="needs the sidebar: make sidebar")
def test_the_wheel_holds_the_sidebar_with_the_panel_in_it(tmp_path):
    names, said = built(ROOT, tmp_path)
    assert {
        f"{HOME}/package.json",
        f"{HOME}/install.json",
        f"{HOME}/schemas/@seglam/labextension/sidebar.json",
    } <= names
    assert [name for name in names if re.fullmatch(rf"{HOME}/static/remoteEntry\.\w+\.js", name)]
    assert "without" not in said


# ---------------------------------------------------------------- the lock


def test_every_locked_package_has_a_hash_and_no_address():
    lock = json.loads((LAB / "package-lock.json").read_text(encoding="utf-8"))
    packages = {name: entry for name, entry in lock["packages"].items() if name}
    assert len(packages) > 100
    assert not [name for name, entry in packages.items() if "resolved" in entry]
    assert not [name for name, entry in packages.items() if not entry.get("integrity", "").startswith("sha")]


def test_the_lock_is_of_the_declared_dependencies():
    lock = json.loads((LAB / "package-lock.json").read_text(encoding="utf-8"))["packages"][""]
    assert lock["dependencies"] == PACKAGE["dependencies"]
    assert lock["devDependencies"] == PACKAGE["devDependencies"]
    assert lock["version"] == PACKAGE["version"]


def test_the_extension_has_the_version_of_the_package():
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert f'version = "{PACKAGE["version"]}"' in text


def test_no_sheet_names_a_colour_of_its_own():
    sheets = [*LAB.glob("style/*.css"), *(ROOT / "seglam_magics" / "panel" / "static").glob("*.css")]
    assert len(sheets) == 2
    for sheet in sheets:
        text = re.sub(r"/\*.*?\*/", "", sheet.read_text(encoding="utf-8"), flags=re.DOTALL)
        assert not re.search(r"#[0-9a-fA-F]{3,8}\b|\brgba?\(|\bhsla?\(", text), sheet.name


def test_nothing_is_shown_as_markup():
    for source in LAB.glob("src/*.ts"):
        assert not re.search(
            r"innerHTML|outerHTML|insertAdjacentHTML|document\.write", source.read_text(encoding="utf-8")
        )
