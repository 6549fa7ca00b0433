"""How pages are staged for the documentation: links are followed or refused, and nothing comes from another host."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

ROOT = Path(__file__).resolve().parents[2]


def loaded(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, ROOT / "scripts" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


build = loaded("build_docs")
pages = loaded("reference_pages")
PLACES = build.staged()
HOW_TO = ROOT / "docs" / "how-to" / "set-a-model.md"


def moved(text: str, page: Path = HOW_TO) -> str:
    return build.rewritten(text, page, PLACES)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[a](use-ollama.md)", "[a](use-ollama.md)"),
        ("[a](stop-and-steer.md#limits)", "[a](stop-and-steer.md#limits)"),
        ("[a](#keys)", "[a](#keys)"),
        ("[a](../../PRIVACY.md)", "[a](../project/PRIVACY.md)"),
        ("[a](../../notebooks/quickstart.ipynb)", "[a](../notebooks/quickstart.ipynb)"),
        ("[the data](../../notebooks/data/penguins.csv)", "the data"),
        ("[a](https://docs.litellm.ai)", "[a](https://docs.litellm.ai)"),
        ("```text\n[a](nowhere.md)\n```\n", "```text\n[a](nowhere.md)\n```\n"),
    ],
)
def test_a_link_is_written_anew_for_where_its_page_goes(text, expected):
    assert moved(text) == expected


@pytest.mark.parametrize(
    "target", ["nowhere.md", "../nowhere.md", "https://", "https://a b", "ftp://x.y", "http://host"]
)
def test_a_link_that_leads_nowhere_ends_the_build(target):
    if " " in target:
        assert moved(f"[a]({target})") == f"[a]({target})"  # with a space it is no link at all
        return
    with pytest.raises(build.BadLinkError, match=r"set-a-model\.md"):
        moved(f"[a]({target})")


@given(st.text(st.characters(exclude_characters="[]()`"), max_size=200))
def test_what_is_no_link_stays_as_it_is(text):
    assert moved(text) == text


def test_every_page_of_the_repository_can_be_staged(tmp_path):
    books = build.stage(tmp_path)
    assert {book.stem for book in books} >= {"quickstart", "a-day-of-analysis", "own-properties"}
    index = (tmp_path / "index.md").read_text(encoding="utf-8")
    assert "/notebooks/quickstart" in index
    assert "/project/PRIVACY" in index
    assert "how-to/reproduce-a-notebook.md" in (tmp_path / "notebooks" / "frozen-in-ci.ipynb").read_text("utf-8")


@pytest.mark.parametrize(
    ("html", "count"),
    [
        ('<script src="https://cdn.example/x.js"></script>', 1),
        ('<link rel="stylesheet" href="//fonts.example/a.css">', 1),
        ("<img src='http://example.org/a.png'>", 1),
        ('<a href="https://docs.litellm.ai">a link that nobody follows by himself</a>', 0),
        ('<script src="_static/x.js"></script><link href="../a.css">', 0),
    ],
)
def test_what_a_page_would_load_from_elsewhere_is_found(tmp_path, html, count):
    (tmp_path / "a.html").write_text(html, encoding="utf-8")
    assert len(build.strangers(tmp_path)) == count


# ---------------------------------------------------------------- the reference


def test_the_reference_names_every_verb_setting_and_option():
    from seglam_magics.cli import verbs
    from seglam_magics.notebook.arguments import PARSER, option_actions
    from seglam_magics.settings import Seglam

    commands = pages.commands()
    assert all(f"## {name}\n" in commands for name in verbs())
    assert "### config set" in commands
    assert all(f"`{name}`" in pages.settings() for name in Seglam.class_trait_names(config=True))
    assert all(option in pages.magics() for option, _ in option_actions(PARSER))
    assert "%%property" in pages.magics()


def test_no_page_of_the_reference_holds_markup_from_a_help_text():
    for name, page in pages.PAGES.items():
        outside = build.CONSOLE.sub("", page())
        assert "<name" not in outside.replace("&lt;", ""), name
