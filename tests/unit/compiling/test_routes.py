"""Which model is asked, who next, and that each is accounted for; the servers' own logs are the witness."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seglam_magics.compiler.binder import order_of
from seglam_magics.compiler.gateway import Target
from seglam_magics.compiler.routing import AWAY, WRONG, Route, reached, routed
from seglam_magics.errors import SeglamError, catalogue
from seglam_magics.notebook.status import status_line
from seglam_magics.settings import Seglam, config_folder, load_settings
from seglam_magics.words import Options, Variable


def test_a_stronger_model_is_asked_where_what_came_did_not_verify(models: Any, ask: Any) -> None:
    weak, strong = models.says("weak", ask.asked, ask.wrong), models.says("strong", ask.asked, ask.total)
    reasoner = models.open(model=weak, stronger_models=[strong])
    answer = ask(reasoner)
    assert (answer.value, answer.revision.model, answer.usage.model) == (6, strong, strong)
    assert (models.calls("weak"), models.calls("strong")) == (["done", "done"], ["done"])  # a repair, then the next
    assert answer.usage.calls == 3
    (failed,), (ran,) = ask.events(reasoner, "failed"), ask.events(reasoner, "run")
    assert (failed["code"], failed["usage"]["model"], failed["usage"]["calls"]) == ("E-VERIFY", weak, 2)
    assert (ran["usage"]["model"], ran["usage"]["calls"]) == (strong, 1)
    tokens = [event["usage"]["tokens_in"] for event in (failed, ran)]
    assert answer.usage.tokens_in == sum(tokens)
    assert strong in status_line(answer).splitlines()[0]
    assert any(weak in note and "did not verify" in note for note in answer.notes)
    assert ask(reasoner).hit


def test_the_first_model_that_does_is_the_last_that_is_asked(models: Any, ask: Any) -> None:
    weak, strong = models.says("weak", ask.asked, ask.total), models.says("strong", ask.asked, ask.total)
    answer = ask(models.open(model=weak, stronger_models=[strong], fallback_models=[strong]))
    assert (answer.revision.model, models.calls("strong")) == (weak, [])


def test_where_nobody_does_the_last_error_is_told_and_every_attempt_is_paid_for(models: Any, ask: Any) -> None:
    names = [models.says(name, ask.asked, ask.wrong) for name in ("one", "two")]
    reasoner = models.open(model=names[0], stronger_models=names[1:])
    error = ask.fails(reasoner)
    assert error.code == "E-VERIFY"
    assert [event["usage"]["model"] for event in ask.events(reasoner, "failed")] == names
    assert not reasoner.library.names()


@pytest.mark.parametrize(
    "fault",
    [
        {"status": 503, "error": {"message": "overloaded", "type": "server_error"}},
        {"status": 429, "error": {"message": "slow down", "type": "rate_limit", "code": "rate_limit_exceeded"}},
        {"status": 500, "error": "<html>oops</html>"},
        {"status": 400, "error": {"message": "content_policy_violation", "code": "content_policy_violation"}},
        {"raw": "{", "disconnect_after": 1},
    ],
    ids=["down", "limit", "broken", "refused", "cut"],
)
def test_a_fallback_is_asked_where_no_answer_comes(models: Any, ask: Any, fault: dict[str, Any]) -> None:
    away, other = models.says("away", ask.asked, **fault), models.says("other", ask.asked, ask.total)
    reasoner = models.open(model=away, fallback_models=[other])
    answer = ask(reasoner)
    assert (answer.value, answer.revision.model) == (6, other)
    assert (len(models.calls("away")), models.calls("other")) == (1, ["done"])
    (failed,) = ask.events(reasoner, "failed")
    assert failed["usage"]["model"] == away
    assert failed["code"] in AWAY
    assert any(other in note and away in note for note in answer.notes)


def test_a_fallback_is_asked_where_a_model_says_nothing(models: Any, ask: Any) -> None:
    away, other = models.says("away", ask.asked, raw="{", stall_after=1), models.says("other", ask.asked, ask.total)
    ask(models.open(model=other, store=str(models.folder / "warm")))  # what is loaded once is no silence
    reasoner = models.open(model=away, fallback_models=[other], silence_s=1.5)
    answer = ask(reasoner)
    assert (answer.value, answer.revision.model) == (6, other)
    assert (len(models.calls("away")), models.calls("other")) == (1, ["done", "done"])
    (failed,) = ask.events(reasoner, "failed")
    assert (failed["code"], failed["usage"]["model"]) == ("E-MODEL-SILENT", away)
    assert any("has said nothing for 1.5 s" in note for note in answer.notes)


def test_a_wrong_key_is_said_and_nobody_else_is_asked(models: Any, ask: Any) -> None:
    denied = {"status": 401, "error": {"message": "Incorrect API key", "code": "invalid_api_key"}}
    locked, other = models.says("locked", ask.asked, **denied), models.says("other", ask.asked, ask.total)
    assert ask.fails(models.open(model=locked, fallback_models=[other])).code == "E-MODEL-KEY"
    assert models.calls("other") == []


def test_a_budget_is_one_for_all_of_them(models: Any, ask: Any) -> None:
    weak, strong = models.says("weak", ask.asked, ask.wrong), models.says("strong", ask.asked, ask.total)
    reasoner = models.open(model=weak, stronger_models=[strong])
    first = ask(models.open(model=strong, store=str(models.folder / "other")))
    error = ask.fails(reasoner, tokens=2 * first.usage.tokens_in + 300)
    assert error.code in ("E-BUDGET", "E-BUDGET-THINKING", "E-VERIFY")
    assert len(models.calls("strong")) == 1


def test_a_model_named_with_the_question_is_asked_alone(models: Any, ask: Any) -> None:
    weak, strong = models.says("weak", ask.asked, ask.wrong), models.says("strong", ask.asked, ask.total)
    reasoner = models.open(model=strong, stronger_models=[strong], fallback_models=[strong])
    assert ask.fails(reasoner, model=weak).code == "E-VERIFY"
    assert models.calls("strong") == []


def test_s08_tagged_questions_go_to_the_adapter_of_their_tag(models: Any, ask: Any) -> None:
    base, adapter = models.says("base", ask.asked, ask.total), models.says("math", ask.asked, ask.total)
    reasoner = models.open(model=base, routes={"math": adapter})
    answer = ask(reasoner, tag="math")
    assert (answer.revision.model, models.calls("base")) == (adapter, [])
    assert ask(reasoner).hit, "a tag is no part of the question"


def test_s08_a_kind_of_data_has_its_model_and_a_tag_goes_before_it(models: Any, ask: Any) -> None:
    settings = Seglam(model="p/base", routes={"frame": "p/frames", "math": "p/math"})
    frame = {"df": Variable("df", "frame"), "xs": Variable("xs", "list")}
    assert routed(settings, Options(), frame)[0].model == "p/frames"
    assert routed(settings, Options(tag="math"), frame)[0].model == "p/math"
    assert routed(settings, Options(), {"xs": Variable("xs", "list")})[0].model == "p/base"
    assert routed(settings, Options(model="p/mine", tag="math"), frame)[0].model == "p/mine"
    with pytest.raises(SeglamError, match="did you mean math") as caught:
        routed(settings, Options(tag="mth"), frame)
    assert caught.value.code == "E-ROUTE"


@given(
    st.lists(st.sampled_from("abcd"), max_size=3, unique=True),
    st.lists(st.sampled_from("efgh"), max_size=3, unique=True),
    st.lists(st.sampled_from(sorted(catalogue())), max_size=12),
)
def test_every_model_is_asked_at_most_once_and_in_its_order(
    stronger: list[str], fallbacks: list[str], codes: list[str]
) -> None:
    route = Route(tuple(map(Target, stronger)), tuple(map(Target, fallbacks)))
    asked: list[str] = []
    for code in codes:
        found = route.after(code)
        assert (found is None) or code in WRONG | AWAY
        if found is not None:
            target, route = found
            asked.append(target.model)
    assert [name for name in asked if name in stronger] == stronger[: sum(name in stronger for name in asked)]
    assert [name for name in asked if name in fallbacks] == fallbacks[: sum(name in fallbacks for name in asked)]
    assert len(asked) == len(set(asked))


def test_an_address_and_a_key_belong_to_the_provider_they_were_set_for() -> None:
    settings = Seglam(model="openai/qwen", api_base="http://127.0.0.1:11434/v1", key_name="MINE")
    assert reached(settings, "openai/large") == Target("openai/large", "http://127.0.0.1:11434/v1", "MINE")
    assert reached(settings, "anthropic/large") == Target("anthropic/large")
    assert routed(settings, Options(model="deepseek/x"), {})[0] == Target("deepseek/x")
    settings.binder, settings.binder_model = "model", "deepseek/x"
    asked = order_of(settings)
    assert asked is not None
    assert asked.target == Target("deepseek/x")
    assert reached(Seglam(api_base="http://127.0.0.1:1/v1"), "hosted_vllm/x").api_base == "http://127.0.0.1:1/v1"
    assert reached(Seglam(model="bare", api_base="http://127.0.0.1:1/v1"), "other").api_base == "http://127.0.0.1:1/v1"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("model", '"huggingface/https://evil.example/x"'),
        ("stronger_models", '["good/one", "huggingface/https://evil.example/x"]'),
        ("fallback_models", '["https://evil.example"]'),
        ("critic_model", '"huggingface/http://evil.example"'),
        ("binder_model", '"huggingface/http://evil.example"'),
        ("routes", '{ math = "huggingface/https://evil.example/x" }'),
    ],
)
def test_a_project_does_not_send_keys_elsewhere_by_the_name_of_a_model(tmp_path: Path, name: str, value: str) -> None:
    (tmp_path / "pyproject.toml").write_text(f"[tool.seglam]\n{name} = {value}\n")
    with pytest.warns(UserWarning, match=f"{name} in .* a project does not decide where keys go"):
        settings = load_settings(tmp_path)
    assert not getattr(settings, name)


def test_a_project_does_not_take_a_key_of_ones_own_to_another_provider(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "pyproject.toml").write_text('[tool.seglam]\nmodel = "deepseek/x"\n')
    folder = config_folder()
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.toml").write_text('model = "openai/gpt"\n')
    assert load_settings(tmp_path).model == "deepseek/x"  # each provider has its own key
    monkeypatch.setenv("SEGLAM_KEY_NAME", "WORK_KEY")
    with pytest.warns(UserWarning, match="model in .* is not used, for the key WORK_KEY is of openai"):
        assert load_settings(tmp_path).model == "openai/gpt"
    (tmp_path / "pyproject.toml").write_text('[tool.seglam]\nmodel = "openai/other"\n')
    assert load_settings(tmp_path).model == "openai/other"
    monkeypatch.setenv("SEGLAM_MODEL", "deepseek/x")
    assert load_settings(tmp_path).model == "deepseek/x"  # it is the user who says so


def test_a_project_may_name_models_and_its_routes_stand_beside_ones_own(tmp_path: Path) -> None:
    folder = config_folder()
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.toml").write_text('[routes]\nmath = "own/math"\nframe = "own/frames"\n')
    (tmp_path / "pyproject.toml").write_text(
        '[tool.seglam]\nstronger_models = ["p/large"]\n[tool.seglam.routes]\nmath = "p/math"\n'
    )
    settings = load_settings(tmp_path)
    assert settings.stronger_models == ["p/large"]
    assert settings.routes == {"math": "p/math", "frame": "own/frames"}


@pytest.mark.parametrize(
    ("given", "wanted"), [("a/b", ["a/b"]), ("a/b, c/d", ["a/b", "c/d"]), ('["a/b"]', ["a/b"]), ("", [])]
)
def test_lists_of_models_are_read_from_the_environment(
    given: str, wanted: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SEGLAM_FALLBACK_MODELS", given)
    assert load_settings(tmp_path).fallback_models == wanted
