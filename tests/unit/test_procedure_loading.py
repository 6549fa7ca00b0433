"""What a procedure finds in its namespace."""

from __future__ import annotations

import pytest

from seglam_magics.procedure import load

DATES = """import datetime
def f(text):
    day = datetime.datetime.strptime(text, "%d.%m.%Y")
    return day.strftime("%Y/%m/%d"), day.date().strftime("%d")
"""


def test_dates_are_read_and_written_by_a_format() -> None:
    assert load(DATES, "f")("03.04.2024") == ("2024/04/03", "03")


@pytest.mark.parametrize("name", ["time", "_strptime"])
def test_what_that_takes_is_not_handed_out(name: str) -> None:
    load(DATES, "f")("03.04.2024")
    found = load(f"import {name}\ndef f():\n    return [n for n in dir({name})]", "f", dir=dir)()
    assert all(n.startswith("__") for n in found)


@pytest.mark.parametrize("name", ["os", "sys", "io", "importlib", "collections.abc"])
def test_no_other_module_is_imported(name: str) -> None:
    with pytest.raises(ImportError, match="cannot import"):
        load(f"import {name}\ndef f(): return 1", "f")
