"""Where the store lies, and what happens where there can be none."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from seglam_magics.errors import SeglamError
from seglam_magics.store import FolderLog, MemoryLog, find_store, open_log


@pytest.fixture
def deep(tmp_path: Path) -> Path:
    folder = tmp_path / "project" / "notebooks" / "deep"
    folder.mkdir(parents=True)
    return folder


@pytest.mark.parametrize("mark", ["pyproject.toml", ".git"])
def test_it_lies_beside_the_nearest_project_file(deep: Path, mark: str) -> None:
    project = deep.parent.parent
    (project / mark).touch()
    assert find_store(deep) == project / ".seglam"
    assert find_store(project) == project / ".seglam"
    (deep.parent / mark).touch()
    assert find_store(deep) == deep.parent / ".seglam"
    assert not (deep.parent / ".seglam").exists()


def test_the_setting_wins(deep: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (deep / "pyproject.toml").touch()
    monkeypatch.setenv("HOME", str(deep))
    monkeypatch.setenv("USERPROFILE", str(deep))
    assert find_store(deep, "/elsewhere") == Path("/elsewhere")
    assert find_store(deep, "mine") == deep / "mine"
    assert find_store(deep, "~/mine") == deep / "mine"


@pytest.mark.skipif(sys.platform != "linux", reason="XDG")
def test_outside_of_projects_it_is_the_users(deep: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(deep / "data"))
    assert find_store(deep) == deep / "data" / "seglam"


def test_a_relative_start_is_seen_from_the_working_directory(deep: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (deep.parent / ".git").touch()
    monkeypatch.chdir(deep)
    assert find_store(Path()) == deep.parent / ".seglam"


def test_a_folder_that_can_be_written_is_used_and_not_made(tmp_path: Path) -> None:
    warnings: list[SeglamError] = []
    for folder in (tmp_path / "a" / "b" / "store", tmp_path):
        log = open_log(folder, warnings.append)
        assert isinstance(log, FolderLog)
        assert log.path == folder
    assert warnings == []
    assert list(tmp_path.iterdir()) == []


def below_a_file(tmp_path: Path) -> Path:
    (tmp_path / "file").write_text("a file")
    return tmp_path / "file" / "store"


@pytest.mark.parametrize("where", ["file", "below a file", "proc", "home", "dangling link"])
def test_where_nothing_can_be_written_memory_serves_after_one_warning(tmp_path: Path, where: str) -> None:
    if where == "proc" and not Path("/proc/self").exists():
        pytest.skip("no /proc")
    (tmp_path / "link").symlink_to(tmp_path / "gone")
    folder = {
        "file": below_a_file(tmp_path).parent,
        "below a file": below_a_file(tmp_path),
        "proc": Path("/proc/seglam/store"),
        "home": Path("~/.local/share/seglam"),
        "dangling link": tmp_path / "link",
    }[where]
    warnings: list[SeglamError] = []
    log = open_log(folder, warnings.append)
    assert isinstance(log, MemoryLog)
    log.put("mean", 0, {"name": "mean", "number": 1})
    log.append("hit", {})
    assert len(log.snapshot()) == 1
    assert [(warning.code, str(folder) in warning.says) for warning in warnings] == [("E-STORE-WRITE", True)]
    assert not (tmp_path / "gone").exists()


def test_a_read_only_folder_is_found_out_before_anything_is_lost() -> None:
    """As root permissions are no hindrance, so an ordinary user tries it, in a process and a folder of its own."""
    if not hasattr(os, "geteuid"):
        pytest.skip("needs POSIX users")
    code = """
import os, tempfile
from pathlib import Path
from seglam_magics.errors import catalogue
from seglam_magics.store import open_log
catalogue()
open_log(None, print)
if os.geteuid() == 0:
    os.setegid(65534)
    os.seteuid(65534)
folder = Path(tempfile.mkdtemp(dir="/tmp"))
folder.chmod(0o555)
for place in (folder, folder / "store"):
    print(type(open_log(place, lambda error: print(error.code))).__name__)
folder.rmdir()
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout.split() == ["E-STORE-WRITE", "MemoryLog"] * 2, done.stderr


def test_no_folder_means_memory_without_a_word() -> None:
    def complain(error: SeglamError) -> None:
        raise error

    assert isinstance(open_log(None, complain), MemoryLog)


@pytest.mark.skipif(sys.platform != "linux", reason="XDG")
def test_without_a_home_answers_still_come(tmp_path: Path) -> None:
    code = """
import os, pwd
from pathlib import Path
pwd.getpwuid = lambda user: (_ for _ in ()).throw(KeyError(user))
from seglam_magics.store import find_store, open_log
for setting in ("", "~/seglam"):
    log = open_log(find_store(Path("/"), setting), lambda error: print(error.says))
    log.append("hit", {})
    print(log.path)
"""
    kept = {name: value for name, value in os.environ.items() if name not in {"HOME", "XDG_DATA_HOME"}}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, env=kept, cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert ["no home folder" in line for line in lines] == [True, False] * 2
    assert lines[1::2] == ["None", "None"]
    assert list(tmp_path.iterdir()) == []
