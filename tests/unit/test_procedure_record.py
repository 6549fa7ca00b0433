"""Revisions in their records: the same back, cheap to find, and never an accident on the way."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seglam_magics.procedure import from_record, to_record
from seglam_magics.procedure.declared import declared
from seglam_magics.procedure.stored import Known, RawRecord, Stored, summary_of
from seglam_magics.words import Check, Example, Meaning, Parameter, Property, Requirement, Revision, Template, Verdict

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
NAMES = st.from_regex(r"[a-z_][a-z0-9_]{0,10}", fullmatch=True)
PLAIN = st.none() | st.booleans() | st.integers() | TEXTS | st.dates() | st.floats(allow_nan=False)
TYPES = st.sampled_from(["int", "float", "str", "bool", "date", "column", "columns", "frame", "list", "choice", "text"])
DOMAINS = st.dictionaries(st.sampled_from(["min", "max", "dtype", "column"]), st.integers() | TEXTS, max_size=2)
REVISIONS = st.builds(
    Revision,
    NAMES,
    st.integers(1, 10**6),
    st.from_regex(r"[0-9a-f]{8,64}", fullmatch=True),
    TEXTS,
    summary=TEXTS,
    parameters=st.lists(st.builds(Parameter, NAMES, TYPES, TEXTS, DOMAINS, PLAIN), max_size=3).map(tuple),
    templates=st.lists(st.builds(Template, TEXTS, st.sampled_from(["en", "ru"])), max_size=4).map(tuple),
    meaning=st.builds(Meaning, TEXTS, TEXTS, st.lists(TEXTS, max_size=2).map(tuple)),
    requires=st.lists(st.builds(Requirement, NAMES, st.dictionaries(TEXTS, TEXTS, max_size=2)), max_size=2).map(tuple),
    synonyms=st.dictionaries(TEXTS, st.lists(TEXTS, max_size=2).map(tuple), max_size=2),
    examples=st.lists(st.builds(Example, st.dictionaries(NAMES, PLAIN, max_size=2), PLAIN), max_size=2).map(tuple),
    properties=st.lists(st.builds(Property, NAMES, TEXTS, TEXTS), max_size=2).map(tuple),
    verdict=st.none() | st.builds(Verdict, st.booleans(), st.lists(st.builds(Check, TEXTS, st.booleans())).map(tuple)),
    question=TEXTS,
    created=st.floats(0, 1e10),
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | TEXTS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(TEXTS | st.sampled_from(["text", "$"]), inner, max_size=3)
    ),
    max_leaves=6,
)
REFUSALS = (KeyError, TypeError, ValueError)


def raw(record: dict[str, Any]) -> RawRecord:
    return RawRecord(json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode())


@given(REVISIONS)
def test_a_revision_comes_back_as_it_was(revision: Revision) -> None:
    assert from_record(to_record(revision)) == revision
    stored = Stored(raw(to_record(revision)))
    assert (stored.name, stored.number, stored.proc_id, stored.label) == (
        revision.name,
        revision.number,
        revision.proc_id,
        revision.label,
    )
    assert stored.revision == revision
    assert stored.revision is stored.revision


@given(REVISIONS)
def test_what_it_is_found_by_is_the_same_before_and_after_it_is_made(revision: Revision) -> None:
    known = summary_of(to_record(revision))
    assert known == Known(
        revision.name,
        revision.number,
        revision.proc_id,
        revision.created,
        revision.question,
        tuple(t.text for t in revision.templates),
        tuple((p.name, p.type) for p in revision.parameters),
        tuple(c for r in revision.requires for c in r.columns),
        known.examples,
        known.outline,
        tuple((word, tuple(said)) for word, said in revision.synonyms.items() if revision.parameter(word) is None),
    )
    assert set(known.examples) >= {p.example for p in revision.parameters if isinstance(p.example, str)}
    said = declared(revision)
    assert said is None or known.outline == (said.aggregate, tuple(sorted(c.comparison for c in said.conditions)))
    stored = Stored(raw(to_record(revision)))
    assert stored.known() == known
    assert stored.revision == revision
    assert stored.known() == known == Stored(revision).known()


@given(REVISIONS, st.data())
def test_a_record_of_another_hand_is_refused_and_is_no_accident(revision: Revision, data: st.DataObject) -> None:
    record = to_record(revision)
    key = data.draw(st.sampled_from(sorted(record)))
    if data.draw(st.booleans()):
        del record[key]
    else:
        record[key] = data.draw(JSON)
    for read in (summary_of, from_record, lambda r: Stored(raw(r)).known(), lambda r: Stored(raw(r)).revision):
        try:
            read(record)
        except REFUSALS:
            continue


@pytest.mark.parametrize("text", [b"", b"[1]", b"{", b"null", b'{"name":"f"}', b"\xff", b"[" * 100_000])
def test_bytes_that_are_no_record_are_refused(text: bytes) -> None:
    with pytest.raises(REFUSALS):
        Stored(RawRecord(text))


def test_a_part_of_a_later_version_is_refused_like_the_whole() -> None:
    record = to_record(Revision("f", 1, "ab", "", templates=(Template("how many"),)))
    record["templates"][0]["tone"] = "polite"
    for read in (summary_of, from_record):
        with pytest.raises(TypeError):
            read(record)


def test_a_key_of_a_later_version_is_passed_over_like_in_the_whole() -> None:
    revision = Revision("f", 1, "ab", "", templates=(Template("how many"),))
    record = to_record(revision) | {"colour": "blue"}
    assert summary_of(record).templates == ("how many",)
    assert from_record(record) == Stored(raw(record)).revision == revision


def test_a_record_in_another_order_is_read_as_a_whole() -> None:
    record = to_record(Revision("f", 3, "ab", "", summary='{"name":"g","number":1,"proc_id":"cd",'))
    stored = Stored(raw(dict(reversed(record.items()))))
    assert (stored.label, stored.proc_id, stored.revision.label) == ("f@3", "ab", "f@3")


def test_a_record_with_two_names_is_not_served_under_either() -> None:
    text = raw(to_record(Revision("f", 1, "ab", ""))).json[:-1] + b',"name":"g"}'
    stored = Stored(RawRecord(text))
    assert stored.name == "f"
    with pytest.raises(ValueError, match="two names"):
        _ = stored.revision


def test_a_raw_record_is_a_mapping_and_keeps_nothing_of_what_was_read() -> None:
    record = to_record(Revision("f", 1, "ab", "", templates=(Template("how many"),)))
    held = raw(record)
    assert dict(held) == record
    assert (len(held), held["name"], held["number"], held.get("no such key")) == (len(record), "f", 1, None)
    assert held["templates"] is not held["templates"]
