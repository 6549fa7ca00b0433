"""The state of a panel: plain JSON, small at first, paged, without secrets, and built without the hit path knowing."""

from __future__ import annotations

import dataclasses
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from seglam_magics.cli import Office
from seglam_magics.cli.group import execute
from seglam_magics.panel import pages
from seglam_magics.panel.listing import MOST, Listing
from seglam_magics.panel.state import SCHEMA, figures, opening
from seglam_magics.procedure.identity import identity_of
from seglam_magics.reasoner import Reasoner
from seglam_magics.settings import Seglam
from seglam_magics.store import MemoryLog
from seglam_magics.trust import Approvals
from seglam_magics.verify import ChildExecutor
from seglam_magics.words import Parameter, Revision, Template

NASTY = "</script><script>alert(1)</script><b data-commandlinker-command='x'>\u202e"


def revision(name: str, **changes: Any) -> Revision:
    facts = {"parameters": (Parameter("xs", "list", example="xs"),), "templates": (Template(f"the {name} of {{xs}}"),)}
    made = Revision(name, 0, "", f"def {name}(*, xs):\n    return sum(xs)\n", **facts)
    made = dataclasses.replace(made, **changes)
    return dataclasses.replace(made, proc_id=identity_of(made))


@pytest.fixture
def office(tmp_path: Path) -> Office:
    settings = Seglam()
    reasoner = Reasoner(settings, MemoryLog(), ChildExecutor(), Approvals(tmp_path / "mine"))
    return Office(lambda: reasoner, settings)


def fill(office: Office, count: int) -> None:
    for number in range(count):
        office.reasoner.catalogue.publish(revision(f"p{number}", summary=f"number {number}"))


def test_the_first_state_is_plain_json_and_small(office: Office) -> None:
    fill(office, 30)
    state = opening(office)
    assert state["schema"] == SCHEMA
    assert len(json.dumps(state)) < 5_000
    assert json.loads(json.dumps({**state, "now": figures(office)}))["procedures"] == 30


def test_an_empty_store_has_a_state(office: Office) -> None:
    state = {**opening(office), "now": figures(office), "list": Listing().page(office)}
    assert state["now"]["rate"] is None
    assert state["list"]["rows"] == []
    assert pages.misses(office) == pages.trace(office) == pages.kept_runs(office) == []


def test_figures_count_what_the_log_says(office: Office) -> None:
    log = office.reasoner.log
    for number in range(60):
        log.append("hit", {"question": "q", "procedure": "p@1", "tier": "exact", "seconds": 0.01 * number})
    log.append("miss", {"question": "q2", "reason": "nothing"})
    found = figures(office)
    assert (found["questions"], found["hits"]) == (61, 60)
    assert found["last"] == {"questions": 50, "hits": 49}
    assert sum(hits + misses for _, hits, misses in found["days"]) == 61
    assert found["hit_seconds"] == pytest.approx(0.295)


def test_the_newest_bench_of_this_process_is_shown_and_replaces_the_one_before(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("seglam_magics.bench.newest._kept", [])
    assert figures(office)["bench"] is None
    execute("bench compile -m loop/ideal -m loop/leaky --n 1".split(), office, "seglam")
    found = figures(office)["bench"]
    assert (found["title"], found["state"]) == ("compile", "complete")
    assert [bar["name"] for bar in found["bars"]] == ["loop/ideal", "loop/leaky"]
    execute("bench interrupts -m loop/ideal --n 1 --modes full,strict --positions 0.5".split(), office, "seglam")
    found = json.loads(json.dumps(figures(office)["bench"]))
    assert (found["title"], [bar["name"] for bar in found["bars"]]) == ("loop/ideal", ["full", "strict 50%"])
    assert [(bar["share"], bar["n"], bar["high"]) for bar in found["bars"]] == [(1.0, 1, 1.0)] * 2
    assert all(0 < bar["low"] < 1 for bar in found["bars"])


def test_pages_follow_one_another_whatever_is_asked(office: Office) -> None:
    fill(office, 25)
    listing = Listing(sort="name")
    first, second = listing.page(office, 0, 10), listing.page(office, 10, 10)
    names = [row["name"] for row in first["rows"] + second["rows"]]
    assert names == sorted((f"p{n}" for n in range(25)), key=str.casefold)[:20]
    assert listing.page(office, 20, 10**6)["rows"][-1]["name"] == "p9"
    assert listing.page(office, 10**9, 10)["rows"] == []
    assert MOST == 200


def test_the_list_is_filtered_and_sorted_and_an_unknown_wish_is_the_usual(office: Office) -> None:
    fill(office, 12)
    office.reasoner.catalogue.retire("p3")
    listing = Listing()
    listing.asked({"filter": "NUMBER 1", "sort": "nonsense", "show": "nonsense"})
    page = listing.page(office)
    assert {row["name"] for row in page["rows"]} == {"p1", "p10", "p11"}
    assert (page["sort"], page["show"], page["all"]) == ("used", "active", 12)
    listing.asked({"filter": "", "show": "retired"})
    assert [row["name"] for row in listing.page(office)["rows"]] == ["p3"]


def test_a_procedure_is_shown_whole_and_nothing_in_it_is_hidden(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOME_API_KEY", "s3cr3t-s3cr3t-s3cr3t")
    source = "def total(*, xs):\n    return sum(xs)  # s3cr3t-s3cr3t-s3cr3t \u202e\n"
    office.reasoner.catalogue.publish(revision("total", source=source, summary=NASTY, question=NASTY))
    page = pages.procedure(office, "total")
    text = json.dumps(page)
    assert "s3cr3t-s3cr3t" not in text
    assert "‹secret:SOME_API_KEY›" in page["source"]
    assert "\\u202e" in page["source"]
    assert page["summary"].startswith("</script>")  # it is data; whoever shows it uses text nodes
    assert [version["number"] for version in page["versions"]] == [1]


def test_versions_differ_in_four_strips(office: Office) -> None:
    office.reasoner.catalogue.publish(revision("total"))
    office.reasoner.catalogue.publish(revision("total", source="def total(*, xs):\n    return sum(xs[1:])\n"))
    found = pages.versions(office, "total", 0, 0)
    assert (found["old"], found["new"], found["numbers"]) == (1, 2, [1, 2])
    assert {"meaning", "templates", "code"} <= set(found)
    assert "-    return sum(xs)" in found["code"]
    office.reasoner.executor.close()


def test_only_opening_a_panel_imports_the_widget() -> None:
    heavy = ["anywidget", "ipywidgets", "duckdb", "click", "seglam_magics.panel.link"]
    program = (
        "import sys; import seglam_magics.panel.comm; from seglam_magics.notebook import magics;"
        f"print([m for m in {heavy} if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_front_end_makes_no_markup_and_asks_nobody() -> None:
    static = Path(pages.__file__).parent / "static"
    script, style = ((static / f"panel.{kind}").read_text(encoding="utf-8") for kind in ("js", "css"))
    for word in (
        "innerHTML",
        "outerHTML",
        "insertAdjacent",
        "document.write",
        "eval(",
        "fetch(",
        "import ",
        "https://",
    ):
        assert word not in script, word
    assert "#" not in style
    assert "url(" not in style
    assert "@import" not in style
    assert "prefers-reduced-motion" in style
