"""`config set` and `config unset`: what may be written, into which file, and that the rest of it stays."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seglam_magics.cli import Office, run
from seglam_magics.cli.configuring import written
from seglam_magics.errors import SeglamError
from seglam_magics.settings import Seglam, config_folder, load_settings

OWN = """# mine, from the first day
model = "old/model"   # the cheap one

timeout = 7.5
"""
PROJECT = """[project]
name = "shop"   # ours

[tool.ruff]
line-length = 100 # wide

[tool.seglam]
# agreed in March
reuse = "cached"
"""


class InNotebook:
    """Something that asks: an office with it is a notebook's."""

    def go_on(self, *_: Any) -> None: ...

    def queue(self, _: str) -> None: ...


@pytest.fixture
def own() -> Path:
    path = config_folder() / "config.toml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(OWN, encoding="utf-8")
    return path


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "pyproject.toml"
    path.write_text(PROJECT, encoding="utf-8")
    (tmp_path / "deep").mkdir()
    monkeypatch.chdir(tmp_path / "deep")
    return path


def office(asking: Any = None) -> Office:
    def nobody() -> Any:
        raise AssertionError("settings need no reasoner")

    return Office(nobody, load_settings(), asking=asking)


def refused(line: str, code: str, asking: Any = None) -> SeglamError:
    with pytest.raises(SeglamError) as caught:
        run(line, office(asking))
    assert caught.value.code == code
    return caught.value


# ---------------------------------------------------------------- what is written


def test_a_setting_is_replaced_and_everything_else_stays(own):
    said = run("config set model anthropic/some-model", office())
    assert str(own) in said
    assert own.read_text(encoding="utf-8") == OWN.replace('"old/model"', '"anthropic/some-model"')


def test_a_file_is_made_where_there_is_none_and_values_have_their_types():
    run("config set model openai/x api_base http://127.0.0.1:1/v1 cases 7 timeout 2.5 progress false", office())
    path = config_folder() / "config.toml"
    values = {"model": "openai/x", "api_base": "http://127.0.0.1:1/v1", "cases": 7, "timeout": 2.5, "progress": False}
    assert tomllib.loads(path.read_text(encoding="utf-8")) == values
    assert {name: getattr(load_settings(), name) for name in values} == values


def test_a_project_s_setting_goes_into_its_own_section_of_the_nearest_file(project):
    run("config set --project reuse frozen model team/model", office())
    text = project.read_text(encoding="utf-8")
    assert text.startswith(PROJECT.replace('"cached"', '"frozen"'))
    assert tomllib.loads(text)["tool"]["seglam"] == {"reuse": "frozen", "model": "team/model"}
    assert not (config_folder() / "config.toml").exists()


@pytest.mark.parametrize("before", ["", "[project]\nname = 'x'\n", "[tool.ruff]\nselect = ['E']\n", "[tool]\n"])
def test_the_section_is_made_where_there_is_none(project, before):
    project.write_text(before, encoding="utf-8")
    run("config set --project model team/model", office())
    text = project.read_text(encoding="utf-8")
    assert text.startswith(before)
    assert tomllib.loads(text)["tool"]["seglam"] == {"model": "team/model"}


def test_unset_takes_it_out_and_the_rest_stays(own, project):
    run("config unset model", office())
    assert tomllib.loads(own.read_text(encoding="utf-8")) == {"timeout": 7.5}
    assert "# mine, from the first day" in own.read_text(encoding="utf-8")
    run("config unset --project reuse", office())
    assert (
        "seglam" not in tomllib.loads(project.read_text(encoding="utf-8"))["tool"]
        or not tomllib.loads(project.read_text(encoding="utf-8"))["tool"]["seglam"]
    )
    before = own.read_bytes()
    run("config unset budget_usd", office())
    assert own.read_bytes() == before


def test_it_holds_here_at_once_but_not_against_something_stronger(own, monkeypatch):
    here = office()
    run("config set model new/model", here)
    assert (here.settings.model, here.settings.origins()["model"][1]) == ("new/model", str(own))
    monkeypatch.setenv("SEGLAM_MODEL", "shell/model")
    here = office()
    said = run("config set model other/model", here)
    assert here.settings.model == "shell/model"
    assert "environment says otherwise" in said
    assert 'model = "other/model"' in own.read_text(encoding="utf-8")


# ---------------------------------------------------------------- what is refused, and then nothing is written


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("config set api_bases x/y", "E-CONFIG-UNKNOWN"),
        ("config set timeout soon", "E-SETTING"),
        ("config set reuse always", "E-SETTING"),
        ("config set model x/y timeout soon", "E-SETTING"),
        ("config set model", "E-USAGE"),
        ("config set model x/y timeout", "E-USAGE"),
        ("config set", "E-USAGE"),
        ("config set model sk-ant-api03-" + "Ab3dEf6hIj9k" * 8, "E-CONFIG-SECRET"),
        ("config set key_name sk-proj-" + "Ab3dEf6hIj9k" * 4, "E-CONFIG-SECRET"),
        ("config unset api_bases", "E-CONFIG-UNKNOWN"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_written(own, line, code):
    error = refused(line, code)
    assert own.read_text(encoding="utf-8") == OWN
    assert "Ab3dEf6hIj9k" not in str(error)


def test_an_unknown_setting_is_named_with_the_closest_one():
    assert refused("config set api_bases x/y", "E-CONFIG-UNKNOWN").hint.startswith("did you mean api_base?")


@pytest.mark.parametrize(
    "pair", ["key_name WORK_KEY", "trust auto", "api_base https://elsewhere.example/v1", "recheck_usd 5"]
)
def test_what_a_project_does_not_decide_is_not_written_into_one(project, pair):
    refused(f"config set --project {pair}", "E-CONFIG-OWN")
    assert project.read_text(encoding="utf-8") == PROJECT


def test_a_notebook_narrows_trust_and_does_not_widen_it(own):
    refused("config set trust auto", "E-CONFIG-TRUST", InNotebook())
    assert own.read_text(encoding="utf-8") == OWN
    run("config set trust sandbox", office(InNotebook()))
    assert load_settings().trust == "sandbox"
    run("config set trust auto", office())
    assert load_settings().trust == "auto"


def test_without_a_project_that_is_said(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("seglam_magics.cli.configuring.nearest_project", lambda _: None)
    refused("config set --project model x/y", "E-CONFIG-NONE")


@pytest.mark.parametrize("broken", [b"model = \n", b"\xff\xfe", b"[tool\n", b'model = "a"\nmodel = "b"\n'])
def test_a_file_that_cannot_be_read_stays_as_it_is(own, broken):
    own.write_bytes(broken)
    with pytest.warns(UserWarning, match="is not read"):
        refused("config set model x/y", "E-CONFIG-READ")
    assert own.read_bytes() == broken


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="whoever may write everything cannot be refused")
def test_a_folder_that_cannot_be_written_is_a_sentence(own):
    own.parent.chmod(0o500)
    try:
        refused("config set model x/y", "E-CONFIG-WRITE")
    finally:
        own.parent.chmod(0o700)
    assert own.read_text(encoding="utf-8") == OWN


def test_a_write_that_fails_leaves_the_file_and_nothing_beside_it(own, monkeypatch):
    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("seglam_magics.exporting.files.os.replace", full)
    refused("config set model x/y", "E-CONFIG-WRITE")
    assert own.read_text(encoding="utf-8") == OWN
    assert [path.name for path in own.parent.iterdir() if path.name.startswith(".config.toml")] == []


@pytest.mark.skipif(os.name == "nt", reason="modes and links of POSIX")
def test_mode_and_link_of_the_file_stay(own, tmp_path):
    place = tmp_path / "dotfiles.toml"
    place.write_text(OWN, encoding="utf-8")
    place.chmod(0o600)
    own.unlink()
    own.symlink_to(place)
    run("config set model x/y", office())
    assert own.is_symlink()
    assert place.stat().st_mode & 0o777 == 0o600
    assert 'model = "x/y"' in place.read_text(encoding="utf-8")


# ---------------------------------------------------------------- whatever the values are

TEXTS = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=40)


@given(
    model=TEXTS,
    cases=st.integers(1, 2**31),
    seconds=st.floats(0.1, 1e9, allow_nan=False, allow_infinity=False),
    flag=st.booleans(),
)
def test_what_is_written_is_what_is_read_back(tmp_path_factory, model, cases, seconds, flag):
    folder = tmp_path_factory.mktemp("project")
    path = folder / "pyproject.toml"
    path.write_text(PROJECT, encoding="utf-8")
    values = {"model": model, "cases": cases, "timeout": seconds, "progress": flag}
    written(folder, values, project=True)
    found = tomllib.loads(path.read_text(encoding="utf-8"))
    assert found["tool"]["seglam"] == {"reuse": "cached", **values}
    written(folder, dict.fromkeys(values), project=True)
    assert path.read_text(encoding="utf-8") == PROJECT


def test_every_setting_can_be_written_and_read(tmp_path):
    (tmp_path / "pyproject.toml").write_text("", encoding="utf-8")
    settings = Seglam()
    values = {name: getattr(settings, name) for name in settings.trait_names(config=True)}
    kept = {name: value for name, value in values.items() if value is not None}
    path = written(tmp_path, kept, project=True)
    assert tomllib.loads(path.read_text(encoding="utf-8"))["tool"]["seglam"] == kept
