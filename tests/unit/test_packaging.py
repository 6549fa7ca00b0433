"""What is shipped is whole, what is locked is locked, and what the pages say can be followed."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import tomllib
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LOCKS = ("run", "lean", "dev", "docs")
PINNED = re.compile(r"^(?P<name>[a-z0-9][a-z0-9.-]*)==(?P<version>[^ ]+)(?: ; (?P<marker>.+?))? \\$")
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])


def locked(name: str) -> dict[str, set[str]]:
    """Package -> versions of requirements/NAME.txt (more than one where they differ by Python version)."""
    found: dict[str, set[str]] = {}
    for line in (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8").splitlines():
        if match := PINNED.match(line):
            found.setdefault(match["name"], set()).add(match["version"])
    return found


def shipped_sources() -> set[str]:
    """Every file of the package that is not a cache of some tool."""
    files = (path.relative_to(ROOT) for path in (ROOT / "seglam_magics").rglob("*") if path.is_file())
    kept = (f for f in files if not any(part.startswith((".", "__pycache__")) for part in f.parts))
    return {"seglam.py", *(f.as_posix() for f in kept)}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (built,) = folder.glob("*.whl")
    return built


# ---------------------------------------------------------------- the wheel


def test_the_wheel_holds_the_package_with_its_data_and_nothing_else(wheel):
    names = set(zipfile.ZipFile(wheel).namelist())
    package = {name for name in names if not re.match(r"seglam-[\d.]+\.(dist-info|data/data/share/jupyter)/", name)}
    assert package == shipped_sources()
    assert {"seglam_magics/py.typed", "seglam_magics/errors.toml"} <= package


def test_the_wheel_carries_its_license_and_the_command(wheel):
    with zipfile.ZipFile(wheel) as archive:
        texts = {Path(name).name: archive.read(name).decode() for name in archive.namelist() if "dist-info" in name}
    assert texts["LICENSE"] == (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert "seglam = seglam_magics.cli:main" in texts["entry_points.txt"]


def test_the_unpacked_wheel_works_away_from_the_repository(wheel, tmp_path):
    zipfile.ZipFile(wheel).extractall(tmp_path)
    code = "import seglam, seglam_magics.errors as e; print(seglam.__file__); print(len(e.catalogue()))"
    environment = {**os.environ, "PYTHONPATH": str(tmp_path), "PYTHONSAFEPATH": "1"}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    place, codes = done.stdout.split()
    assert Path(place) == tmp_path / "seglam.py"
    assert int(codes) > 10


# ---------------------------------------------------------------- the lock


@pytest.mark.parametrize("name", LOCKS)
def test_every_locked_package_has_hashes_and_no_address(name):
    text = (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8")
    lines = text.splitlines()
    assert not re.search(r"://|^-|\bfile:", text, re.MULTILINE)
    for line, following in zip(lines, [*lines[1:], ""], strict=True):
        if not line.startswith(" "):
            assert PINNED.match(line), line
            assert following.startswith("    --hash=sha256:"), line


@pytest.mark.parametrize("name", LOCKS)
def test_the_lock_satisfies_the_declared_dependencies(name):
    versions = locked(name)
    for requirement in map(Requirement, PROJECT["project"]["dependencies"]):
        assert versions.get(requirement.name), requirement.name
        assert all(requirement.specifier.contains(v) for v in versions[requirement.name]), requirement


def test_the_locks_agree_and_lean_is_lean():
    run, lean, dev, docs = map(locked, LOCKS)
    assert run.items() <= lean.items()
    assert lean.items() <= dev.items()
    assert run.items() <= docs.items()
    assert {"pandas", "pyarrow"} <= dev.keys()
    assert not {"pandas", "pyarrow"} & lean.keys()


@pytest.mark.parametrize("version", ["1.82.7", "1.82.8"])
def test_the_malicious_uploads_are_refused(version):
    (litellm,) = (r for r in map(Requirement, PROJECT["project"]["dependencies"]) if r.name == "litellm")
    assert not litellm.specifier.contains(version)
    assert all(Version(v) >= Version("1.83") for v in locked("dev")["litellm"])


# ---------------------------------------------------------------- the pages


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_between_pages_lead_somewhere(page):
    targets = re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text(encoding="utf-8"))
    assert [t for t in targets if not (page.parent / t).exists()] == []


def test_every_make_target_and_file_the_pages_name_exists():
    text = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)
    rules = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"(?:`|^|HEADLESS=1 )make ([a-z-]+)", text, re.MULTILINE))
    assert {"demo", "test"} <= targets
    assert {t for t in targets if not re.search(rf"^{t}:", rules, re.MULTILINE)} == set()
    commands = text.replace("\\", "/")
    files = set(re.findall(r"\b(?:requirements|scripts|benchmarks|notebooks)/[\w/.-]+\.\w+", commands))
    assert {f for f in files if not (ROOT / f).is_file()} == set()


def test_the_page_of_errors_is_up_to_date():
    command = [sys.executable, str(ROOT / "scripts" / "errors_page.py"), "--check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


# ---------------------------------------------------------------- the world of a test


def test_nothing_of_the_caller_reaches_a_test():
    assert "CI" not in os.environ
    assert not [name for name in os.environ if name.endswith(("_API_KEY", "_PROXY", "_proxy"))]
    places = (Path.home(), Path(os.environ["SEGLAM_STORE"]), Path(os.environ["SEGLAM_CONFIG_DIR"]))
    assert all(place.is_relative_to(tempfile.gettempdir()) for place in places)
