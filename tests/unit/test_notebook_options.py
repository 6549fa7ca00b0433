from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seglam_magics.errors import SeglamError
from seglam_magics.notebook.arguments import parser
from seglam_magics.notebook.options import Request, read_request

PARSER = parser()


def read(line: str, body: str = "") -> Request:
    return read_request(line, body, PARSER, reuse="auto", mode="careful")


def refused(line: str, body: str = "") -> str:
    with pytest.raises(SeglamError) as caught:
        read(line, body)
    assert caught.value.code == "E-USAGE"
    assert len(str(caught.value).splitlines()) == 2
    return caught.value.says + " | " + caught.value.hint


@pytest.mark.parametrize(
    "text",
    [
        "how many rows has df?",
        "what's the mean of `bill_length_mm`?",
        "how many (at most?",
        "{x} and $y and %z",
        "Сколько строк в df?",
        "-5 plus 3?",
        'rows with "north" and "south"',
        "Wie viele `Größen` > 10?",
    ],
)
def test_prose_is_taken_as_it_is_on_the_line_and_below(text: str) -> None:
    assert read(text).question == text
    assert read("", text + "\n").question == text
    assert read("-o top --usd 0.5", text).question == text


def test_options_come_off_the_front() -> None:
    asked = read(
        '-o top -p growth@3 -m "openai/gpt x" --reuse fresh --mode quick --time 5 --tokens 900 --usd 0 -q how many?'
    )
    assert asked.question == "how many?"
    assert (asked.output, asked.quiet) == ("top", True)
    options = asked.options
    assert (options.procedure, options.model, options.reuse, options.mode) == (
        "growth@3",
        "openai/gpt x",
        "fresh",
        "quick",
    )
    assert (options.seconds, options.tokens, options.usd) == (5.0, 900, 0.0)


def test_names_are_several_in_a_cell_and_one_word_on_a_line() -> None:
    assert read("-u df prices -o x", "how many?").only == ("df", "prices")
    one_line = read("-u df,prices how many?")
    assert (one_line.only, one_line.question) == (("df", "prices"), "how many?")
    assert read("-u df -u prices how many?").only == ("df", "prices")


def test_equals_signs_and_two_dashes_work_as_everywhere() -> None:
    assert read("--usd=0.25 how many?").options.usd == 0.25
    assert read("-q -- -o is a good flag?").question == "-o is a good flag?"


def test_a_quoted_question_loses_its_quotes() -> None:
    assert read('"how many rows has df?"').question == "how many rows has df?"
    assert read("'how many?';").question == "how many?"
    assert read('"north" or "south"').question == '"north" or "south"'


def test_a_semicolon_silences_and_is_not_part_of_the_question() -> None:
    silent = read("", "how many rows has df? ;\n")
    assert (silent.question, silent.silent) == ("how many rows has df?", True)
    assert not read("", "how many; rows?").silent


def test_what_holds_otherwise_comes_from_the_settings() -> None:
    asked = read_request("how many?", "", PARSER, reuse="frozen", mode="critic")
    assert (asked.options.reuse, asked.options.mode) == ("frozen", "critic")
    assert read_request("--reuse auto how many?", "", PARSER, reuse="frozen", mode="critic").options.reuse == "auto"


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("--resue fresh how many?", "no option --resue, did you mean --reuse?"),
        ("--reuse frsh how many?", "did you mean fresh?"),
        ("--usd lots how many?", "--usd"),
        ("--usd -1 how many?", "--usd"),
        ("--usd nan how many?", "--usd takes a number above 0"),
        ("--time 0 how many?", "--time takes a number above 0"),
        ("-o 2top how many?", "-o takes the name of a variable"),
        ("-o class how many?", "-o takes the name of a variable"),
        ("-o Out how many?", "belongs to IPython"),
        ("how many rows -o n", "-o comes behind the question"),
        ("-o", "expected one argument"),
    ],
)
def test_a_wrong_option_is_named_with_what_was_meant(line: str, says: str) -> None:
    assert says in refused(line)


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=200))
def test_any_text_below_the_line_is_the_question(text: str) -> None:
    body = text.strip()
    if not body.endswith(";"):
        assert read("", text).question == body


@given(
    st.lists(
        st.sampled_from(["-o", "x", "--usd", "1", "-u", "df", "--", "-n", "how", '"a b"', "--reuse", "fresh", "'"])
    )
)
def test_any_line_is_read_or_refused_with_a_sentence(words: list[str]) -> None:
    codes = []
    try:
        read(" ".join(words))
    except SeglamError as error:
        codes.append(error.code)
    assert codes in ([], ["E-USAGE"])


def test_the_usage_shows_three_examples_and_every_option() -> None:
    text = PARSER.format_help()
    assert text.count("%%reason") + text.count("%reason") >= 4
    for option in ("--reuse", "--background", "--dry-run", "--usd"):
        assert option in text
