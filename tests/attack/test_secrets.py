"""Forty secrets are planted wherever one can come from; afterwards no byte that was written or sent holds one."""

from __future__ import annotations

import base64
import html
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

import nbformat
import pytest
from nbclient import NotebookClient

pytestmark = pytest.mark.notebook

_TAIL = "7Qm2Zr9Xk4Lp8Vt3Nw6Bd"
ENVIRONMENT = {
    "OPENAI_API_KEY": "sk-env0-" + _TAIL,
    "PLAIN_TOKEN": "correct horse battery " + _TAIL,
    "ODD_PASSWORD": 'p@ß/w"ö\\rd&<' + _TAIL + ">'+%",
    "SHORT_SECRET": "hunter-2",
    "UNIT_CREDENTIAL": "Zr9Xk4Lp8Vt3cred",
    "LONG_API_KEY": "L0ng" + _TAIL * 4,
    "LINES_SECRET": "first line " + _TAIL + "\nsecond line " + _TAIL,
    "Mixed_Key_Two": "Mx2" + _TAIL,
}
# Nothing but their looks says that these are secrets.
SHAPED = [
    "sk-live-" + _TAIL,
    "sk-ant-api03-" + _TAIL,
    "sk-proj-" + _TAIL,
    "AKIA7QM2ZR9XK4LP8VT3",
    "ghp_7Qm2Zr9Xk4Lp8Vt3Nw6Bd7Qm2Zr9Xk4Lp8V",
    "github_pat_11ABCDEFG0" + _TAIL,
    "glpat-" + _TAIL,
    "xoxb-1234567890-" + _TAIL,
    "AIzaSy" + _TAIL + "abcdef",
    "hf_" + _TAIL + "abcd",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.SflKxwRJSMeKKF2QT4fw",
    "-----BEGIN RSA PRIVATE KEY-----\nMIIEow" + _TAIL + "\nIBAAKCAQEA\n-----END RSA PRIVATE KEY-----",
]
IN_URLS = ["alice:opensesame-" + _TAIL, "urlkey-" + _TAIL]
BY_CHANCE = ["wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "d41d8cd98f00b204e9800998ecf8427e"]
IN_CELLS = [f"sk-cell{i}-{_TAIL}" for i in range(4)]
IN_COLUMNS = [f"ghp_{_TAIL}column{i}" for i in range(3)]
IN_ERRORS = [f"AIzaSy{_TAIL}error{i}" for i in range(3)] + ["bob:errorpass-" + _TAIL]
IN_REPLIES = [f"sk-reply{i}-{_TAIL}" for i in range(4)]
IN_NAMES = ["xoxp-9876543210-" + _TAIL]
PLANTED = [
    *ENVIRONMENT.values(),
    *SHAPED,
    *IN_URLS,
    *BY_CHANCE,
    *IN_CELLS,
    *IN_COLUMNS,
    *IN_ERRORS,
    *IN_REPLIES,
    *IN_NAMES,
]


def encodings(secret: str) -> set[bytes]:
    """The ways in which a secret may be written down, worked out here once more."""
    raw = secret.encode()
    texts = {secret, quote(secret), quote(secret, safe=""), quote_plus(secret), repr(secret)[1:-1]}
    texts |= {html.escape(secret), html.escape(secret, quote=False)}
    for level in (secret, html.escape(secret)):
        for plain in (True, False):
            once = json.dumps(level, ensure_ascii=plain)[1:-1]
            texts |= {once, json.dumps(once, ensure_ascii=plain)[1:-1]}
    found = {text.encode() for text in texts} | {" ".join(secret.split()).encode()}
    for shift in range(3):
        for code in (base64.b64encode, base64.urlsafe_b64encode):
            found.add(code(b"." * shift + raw)[(0, 2, 3)[shift] : (shift + len(raw)) * 8 // 6])
    return {form for form in found if len(form) >= 8}


def found_in(data: bytes) -> set[str]:
    return {secret for secret in PLANTED if any(form in data for form in encodings(secret))}


# ---------------------------------------------------------------- the session

PROMPTS = [
    "What is the total of `numbers` for " + ", ".join(SHAPED[:4]) + "?",
    "What is the total of `numbers` for " + ", ".join(SHAPED[4:8]) + "?",
    "What is the total of `numbers` for " + ", ".join(SHAPED[8:]) + "?",
    "What is the total of `numbers` for " + ", ".join(ENVIRONMENT.values()) + "?",
    f"What is the total of `numbers` at https://{IN_URLS[0]}@host/v1?key={IN_URLS[1]} with {BY_CHANCE}?",
    f"What is the total of `numbers` in ./{IN_NAMES[0]}.csv?",
]
WHO = "How many of `names` are equal to 'sk-cell0-" + _TAIL + "'?"
DATA = (
    "import json, logging, os, sys\nimport polars as pl\nplanted = json.loads(os.environ['PLANTED'])\n"
    "numbers = [1, 2, 3]\nnames = planted['cells']\n"
    "frame = pl.DataFrame({**dict.fromkeys(planted['columns'], [1, 2]), 'note': planted['cells'][:2]})\n"
    "for talkative in ('httpx', 'httpcore', 'openai', 'seglam'):\n"
    "    logging.getLogger(talkative).setLevel(logging.DEBUG)\n"
    "logging.getLogger().addHandler(logging.StreamHandler(open('log.txt', 'w')))"
)
CELLS = [
    "%load_ext seglam",
    DATA,
    *[f"%%reason\n{prompt}" for prompt in PROMPTS],
    f"%%reason\n{PROMPTS[0]}",
    "%seglam why --reading",
    "%seglam why --json",
    f"%%reason -n\n{PROMPTS[3]} And else?",
    f"%%reason\n{WHO}",
    f"%%reason\n{WHO}",
    "counted = _.value\nassert counted == 1, counted",
    "%seglam why --json",
    "%%reason -u numbers -u frame\nWhat is the total of `numbers` in this frame?",
    "%%reason\nWhat are the amounts of `frame`?",
    "logging.getLogger('LiteLLM').setLevel(logging.DEBUG)",
    *[f"%%reason\nWhat is the total of `numbers` with error {i}?" for i in range(len(IN_ERRORS) + 1)],
    f"%%reason\n{PROMPTS[1]} And now?",
    "logging.getLogger('LiteLLM').setLevel(logging.ERROR)",
    *[f"%%reason\nWhat is the total of `numbers` with reply {i}?" for i in range(len(IN_REPLIES) + 1)],
    "%%reason\nWhat is the greatest of `names`?",
    "%%reason\nWhat is the table `frame`?",
    f"%%reason -u {SHAPED[0].replace('-', '_')}\nWhat is the total of `numbers`?",
    f"%%reason\nWhat is the total of `{SHAPED[1]}`?",
    f"%%reason -p {SHAPED[2]}\nWhat is the total of `numbers`?",
    f"%%reason -m {SHAPED[2]}\nWhat is the total of `numbers` of another model?",
    f"%seglam show {SHAPED[4]}",
    f"%seglam {SHAPED[5]}",
    f'%seglam alias total_of "What do `{{numbers}}` make with {SHAPED[6]}"',
    f"%%procedure total_of\ndef total_of(*, numbers):\n    return sum(numbers) if {SHAPED[8]!r} else 0",
    *[f"%seglam {verb}" for verb in ("", "ls", "ls --json", "log", "log --json", "config --json", "doctor")],
    "%seglam show total_of --json",
    "import seglam\nseglam.reason('What is the total of `numbers` with error 1?', numbers=numbers)",
    "%unload_ext seglam",
]  # fmt: skip


def says(tools: Any) -> Callable[[str], Any]:
    """The replies of the session's provider."""

    def reply(question: str) -> Any:
        kind, number = question.rstrip("?").rpartition(" ")[::2]
        if kind.endswith("error"):
            return errors()[int(number)]
        if kind.endswith("reply"):
            return replies(tools, question)[int(number)]
        if "equal to" in question:
            return tools.equal(question, question.partition("'")[2].rpartition("'")[0])
        if "greatest" in question:
            return greatest()
        return tools.total(question)

    return reply


def errors() -> list[Any]:
    def page(status: int, message: str) -> tuple[int, str, bytes]:
        return status, "application/json", json.dumps({"error": {"message": message, "type": "t"}}).encode()

    key = ENVIRONMENT["OPENAI_API_KEY"]
    return [
        page(500, f"upstream https://host/v1beta/models?key={IN_ERRORS[0]} failed"),
        page(401, f"Incorrect API key provided: {key}, {IN_ERRORS[1]}"),
        page(400, f"bad request {quote(IN_ERRORS[2])} {base64.b64encode(b'x:' + key.encode()).decode()} {key!r}"),
        (502, "text/html", f"<h1>https://{IN_ERRORS[3]}@proxy/</h1>".encode()),
        page(429, "Bearer " + ENVIRONMENT["PLAIN_TOKEN"] + json.dumps(ENVIRONMENT["ODD_PASSWORD"])),
    ]


def replies(tools: Any, question: str) -> list[str]:
    key = ENVIRONMENT["OPENAI_API_KEY"]
    code = f"def total_of(*, numbers):\n    key = {IN_REPLIES[1]!r}\n    return sum(numbers)\n"
    return [
        tools.total(question, summary=f"Uses {IN_REPLIES[0]} and {key}.", ignorable=[key]),
        tools.total(question, code=code),
        f"I cannot do that with {IN_REPLIES[2]} and {key}",
        tools.total(question, returns=IN_REPLIES[3]),
        tools.total(question, synonyms=[{"column": key, "words": [json.dumps(ENVIRONMENT["ODD_PASSWORD"])]}]),
    ]


def greatest() -> str:
    return json.dumps(
        {
            "name": "greatest",
            "parameters": [{"name": "names", "type": "list", "domain": {"items": "str"}, "example": "names"}],
            "templates": [{"lang": "en", "text": "What is the greatest of {names}?"}],
            "code": "def greatest(*, names):\n    return max(names, default='')\n",
            "returns": "str",
            "examples": [{"arguments": '{"names": ["a", "b"]}', "result": '"b"'}],
            "properties": [],
        }
    )


OFF = (
    "import sys, seglam_magics.trust.redaction as one\n"
    "one._known = lambda: ()\none.shapes = lambda: ()\none.random_texts = lambda text: iter(())"
)


def session(folder: Path, provider: Any, tools: Any, monkeypatch: pytest.MonkeyPatch, first: str = "") -> Any:
    """Run all cells in a real kernel; gives the notebook."""
    provider.says = says(tools)
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    planted = {"cells": IN_CELLS, "columns": IN_COLUMNS}
    settings = {"MODEL": "openai/any", "API_BASE": provider.base, "STORE": str(folder / "store"), "CASES": "5"}
    for name, value in {**settings, "CONFIG_DIR": str(folder / "config")}.items():
        monkeypatch.setenv(f"SEGLAM_{name}", value)
    monkeypatch.setenv("PLANTED", json.dumps(planted))
    made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(c) for c in ([first] if first else []) + CELLS])
    NotebookClient(made, timeout=100, kernel_name="python3", allow_errors=True).execute(cwd=str(folder))
    nbformat.write(made, folder / "asked.ipynb")
    return made


def without_sources(notebook: Any) -> bytes:
    """What was saved of a notebook apart from what was typed into it."""
    saved = json.loads(nbformat.writes(notebook))
    for cell in saved["cells"]:
        cell["source"] = ""
    return json.dumps(saved, ensure_ascii=False).encode()


def exported(notebook: Any) -> bytes:
    from nbconvert import HTMLExporter

    bare = nbformat.reads(without_sources(notebook).decode(), as_version=4)
    return HTMLExporter().from_notebook_node(bare)[0].encode()


def written(folder: Path) -> dict[str, bytes]:
    return {
        str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file() and p.suffix != ".ipynb"
    }


@pytest.fixture
def tools() -> Any:
    return sys.modules[next(n for n in sys.modules if n.endswith("attack.conftest"))]


def test_no_secret_is_written_sent_or_shown(
    tmp_path: Path, provider: Any, tools: Any, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    assert len(PLANTED) == len(set(PLANTED)) == 40
    notebook = session(tmp_path, provider, tools, monkeypatch)
    outputs = without_sources(notebook)
    files = written(tmp_path)
    assert any(name.endswith(".duckdb") for name in files), files
    assert any(name.endswith(".jsonl") or "segment" in name for name in files), list(files)
    assert outputs.count(b"W-SECRET-REDACTED") >= len(PROMPTS)
    assert b"E-SECRET-SOURCE" in outputs
    assert "AssertionError" not in outputs.decode()
    assert provider.bodies
    everything = {**files, "outputs": outputs, "export": exported(notebook), "sent": b"\n".join(provider.bodies)}
    everything["streams"] = "".join(capfd.readouterr()).encode()
    assert {name: hits for name, data in everything.items() if (hits := found_in(data))} == {}


def test_the_search_finds_them_where_nothing_is_redacted(
    tmp_path: Path, provider: Any, tools: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same session with redaction switched off."""
    notebook = session(tmp_path, provider, tools, monkeypatch, OFF)
    kept = found_in(b"\n".join(written(tmp_path).values()))
    shown, sent = found_in(without_sources(notebook)), found_in(b"\n".join(provider.bodies))
    for group in (ENVIRONMENT.values(), SHAPED, IN_URLS, BY_CHANCE, IN_NAMES):
        assert len(kept & set(group)) >= len(group) - 1, set(group) - kept
    assert sent >= {*IN_COLUMNS, *SHAPED[:2]}
    assert shown & set(IN_CELLS)
    assert len(shown & set(IN_ERRORS)) >= 3
    assert (kept | shown) & set(IN_REPLIES)
    assert len(kept | shown | sent) >= 36
