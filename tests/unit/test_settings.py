"""Where a setting comes from, what wins, and what a notebook may not change."""

from __future__ import annotations

from pathlib import Path

import pytest
from traitlets.config import Config

from seglam_magics.errors import SeglamError
from seglam_magics.settings import Seglam, config_folder, load_settings


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("SEGLAM_STORE", raising=False)
    write(config_folder() / "config.toml", 'model = "user/model"\ntimeout = 7.5\n')
    write(tmp_path / "pyproject.toml", '[tool.seglam]\nmodel = "project/model"\nstore = "kept"\n')
    return tmp_path / "deep" / "down"


def test_later_sources_win_and_the_origin_is_told(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEGLAM_CASES", "9")
    settings = load_settings(project)
    origins = settings.origins()
    assert origins["timeout"] == (7.5, "user config.toml")
    assert origins["model"] == ("project/model", str(project.parent.parent / "pyproject.toml"))
    assert origins["cases"] == (9, "environment")
    assert origins["trust"] == ("ask", "default")
    settings.model = "cell/model"
    assert settings.origins()["model"] == ("cell/model", "%config")


def test_the_shell_configuration_wins_over_the_project(project: Path) -> None:
    class Shell(Seglam):
        pass

    shell = Shell(config=Config({"Seglam": {"model": "shell/model"}}))
    assert load_settings(project, parent=shell).origins()["model"] == ("shell/model", "ipython config")


def test_an_unknown_setting_is_named_with_the_closest_one(project: Path) -> None:
    write(config_folder() / "config.toml", 'modell = "x"\n')
    with pytest.warns(UserWarning, match=r"unknown setting 'modell' in user config.toml, did you mean 'model'\?"):
        load_settings(project)


def test_a_broken_file_is_said_and_left_out(project: Path) -> None:
    write(config_folder() / "config.toml", "model = \n")
    with pytest.warns(UserWarning, match="is not read"):
        assert load_settings(project).model == "project/model"


@pytest.mark.parametrize(("name", "value"), [("TRUST", "everything"), ("TIMEOUT", "soon"), ("CASES", "-1")])
def test_an_unusable_value_is_an_error(name: str, value: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(f"SEGLAM_{name}", value)
    with pytest.raises(SeglamError, match="E-SETTING"):
        load_settings(tmp_path)


def test_a_project_and_a_notebook_narrow_trust_but_never_widen_it(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    toml = project.parent.parent / "pyproject.toml"
    write(toml, '[tool.seglam]\ntrust = "auto"\n')
    with pytest.warns(UserWarning, match="trust = auto in .* is not used; a project can only narrow it"):
        settings = load_settings(project)
    assert settings.effective_trust() == "ask"
    with pytest.warns(UserWarning, match="trust = auto is refused, it stays ask; a notebook can only narrow it"):
        settings.trust = "auto"
    assert settings.trust == settings.effective_trust() == "ask"
    with pytest.warns(UserWarning, match="it stays ask"), settings.hold_trait_notifications():
        settings.trust = "auto"  # as `%config` does
    assert settings.trust == settings.effective_trust() == "ask"
    settings.trust = "sandbox"
    assert settings.effective_trust() == "sandbox"
    settings.trust = "ask"
    assert settings.effective_trust() == "ask"
    monkeypatch.setenv("SEGLAM_TRUST", "auto")
    assert load_settings(project).effective_trust() == "auto"
    write(toml, '[tool.seglam]\ntrust = "sandbox"\n')
    monkeypatch.delenv("SEGLAM_TRUST")
    assert load_settings(project).effective_trust() == "sandbox"


@pytest.mark.parametrize(
    "base", ["http://evil.example/v1", "http://127.0.0.1.evil.example/v1", "http://localhost@evil/"]
)
def test_a_project_does_not_say_where_keys_go(project: Path, base: str) -> None:
    write(project.parent.parent / "pyproject.toml", f'[tool.seglam]\napi_base = "{base}"\nkey_name = "OTHER_KEY"\n')
    with pytest.warns(UserWarning, match="a project does not decide where keys go"):
        settings = load_settings(project)
    assert (settings.api_base, settings.key_name) == ("", "")


def test_a_project_may_name_a_server_on_this_machine(project: Path) -> None:
    write(project.parent.parent / "pyproject.toml", '[tool.seglam]\napi_base = "http://localhost:11434/v1"\n')
    assert load_settings(project).api_base == "http://localhost:11434/v1"


@pytest.mark.parametrize(("cap", "holds"), [("ask", "ask"), ("sandbox", "sandbox"), ("nonsense", "sandbox")])
def test_an_administrators_cap_holds(cap: str, holds: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SEGLAM_TRUST", "auto")
    monkeypatch.setenv("SEGLAM_TRUST_MAX", cap)
    settings = load_settings(tmp_path)
    assert settings.effective_trust() == holds
    monkeypatch.delenv("SEGLAM_TRUST_MAX")
    assert settings.effective_trust() == holds, "a notebook can change its environment"


def test_reuse_is_frozen_under_ci_unless_it_is_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert load_settings(tmp_path).effective_reuse() == "auto"
    monkeypatch.setenv("CI", "true")
    assert load_settings(tmp_path).effective_reuse() == "frozen"
    monkeypatch.setenv("SEGLAM_REUSE", "auto")
    assert load_settings(tmp_path).effective_reuse() == "auto"


@pytest.mark.parametrize("text", ["off", "5 per day", "0 per day", "2 %", "0.5%", "100 %", " 5 PER DAY "])
def test_a_sample_of_checks_has_three_forms(text: str) -> None:
    assert Seglam(recheck=text).recheck == text


@pytest.mark.parametrize("text", ["", "5", "five per day", "-1 per day", "101 %", "5 per week", "on", "1e2 %"])
def test_any_other_form_is_refused_with_the_right_ones(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEGLAM_RECHECK", text)
    with pytest.raises(SeglamError, match="E-SETTING"):
        load_settings()


def test_a_project_may_lower_what_checks_cost_and_not_raise_it(project: Path) -> None:
    file = project.parent.parent / "pyproject.toml"
    write(file, "[tool.seglam]\nrecheck = '2 per day'\nrecheck_usd = 0.05\n")
    assert (load_settings(project).recheck, load_settings(project).recheck_usd) == ("2 per day", 0.05)
    for more in ("0.2", "'inf'"):
        write(file, f"[tool.seglam]\nrecheck_usd = {more}\n")
        with pytest.warns(UserWarning, match="a project does not spend more"):
            assert load_settings(project).recheck_usd == 0.10
