"""The same reply in every format models think in: one run, one record."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

from seglam_magics import runs

THOUGHT = "A sum needs no order.\nSo I add the values."
# what differs from run to run, or is counted by a provider
_OWN = ("id", "began", "seconds", "kernel", "tokens_in", "tokens_thinking", "tokens_answer", "model", "usd")


def test_s04_the_same_reply_in_five_formats_gives_the_same_run_record(models: Any, ask: Any) -> None:
    reply = json.dumps(ask.total)
    formats = {
        "content": {"reasoning": THOUGHT, "reply": ask.total},
        "think": {"raw": f"<think>{THOUGHT}</think>\n\n{reply}"},
        "brackets": {"raw": f"[THINK]{THOUGHT}[/THINK]{reply}"},
        "thinking": {"raw": f"<thinking>{THOUGHT}</thinking><output>{reply}</output>"},
        "channels": {
            "raw": f"<|channel|>analysis<|message|>{THOUGHT}<|end|>"
            f"<|start|>assistant<|channel|>final<|message|>{reply}<|return|>"
        },
    }
    found = []
    for name, said in formats.items():
        model = models.says(name, ask.asked, chunk=7, **said)
        reasoner = models.open(model=model, store=str(models.folder / f"store-{name}"))
        answer = ask(reasoner)
        (run,) = runs.known(reasoner.log)
        record = {k: v for k, v in dataclasses.asdict(run).items() if k not in _OWN}
        found.append((record, answer.value, answer.procedure, answer.revision.proc_id))
    assert found[0][0]["thinking"] == THOUGHT
    assert json.loads(found[0][0]["answer"]) == ask.total
    assert all(one == found[0] for one in found[1:])
