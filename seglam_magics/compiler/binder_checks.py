"""Whether bindings that a model names are in the question, read by the rules every other binding is read by.

The question is made a wording with the named words as slots, and that wording must give the question back with values
of the slots' types. What no slot holds stays as it is, so a number, a quoted text, a column or a variable that is left
over is noticed. Words are not looked at: who asks a model has seen that nothing but unknown words stood in the way.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ..cache.wordings import language_of, worded
from ..question import Mismatch, compile_template, literal_words, read, unify
from ..question.filling import VARIABLE_KINDS
from ..question.items import INPUTS
from ..question.language import lexicon
from ..question.tokens import tokenise
from ..question.wording import SLOT
from ..words import Binding, Parameter, Reading, Revision, Template


@dataclass(frozen=True, slots=True)
class Sound:
    """Bindings of all parameters that the question holds, and the question as a wording where it names them all."""

    bindings: Mapping[str, Binding]
    template: Template | None


def sound(
    said: Mapping[str, str | None], reading: Reading, revision: Revision, known: Mapping[str, Binding]
) -> Sound | str:
    """The bindings, or what is wrong with them.

    Parameters
    ----------
    said : slot -> words of the question, or the name of a column or variable; None where it is not named.
    known : what may not be said otherwise.

    >>> from seglam_magics.question import read
    >>> k = Parameter("k", "int", example=3)
    >>> one = Revision("top", 1, "ab", "", parameters=(k,), templates=(Template("the {k} largest values"),))
    >>> found = sound({"k": "five"}, read("five top values please", {}), one, {})
    >>> found.bindings["k"].value, found.template.text
    (5, '{k} top values please')
    >>> sound({"k": "seven"}, read("five top values", {}), one, {})
    "the words of {k}, 'seven', stand nowhere in the question"
    """
    strange = sorted(name for name, text in said.items() if text is not None and revision.parameter(name) is None)
    if strange:
        return f"it has no slot {strange[0]}"
    try:
        shown = dict(_shown(said, reading, revision))
        columns = _unsaid_columns(said, shown, reading, revision)
        return _read(shown, columns, reading, revision, known)
    except ValueError as error:
        return str(error)


def _read(
    shown: Mapping[str, Binding],
    columns: Mapping[str, Binding],
    reading: Reading,
    revision: Revision,
    known: Mapping[str, Binding],
) -> Sound | str:
    """The question as a wording, taken apart like one; raises ValueError where it cannot be one."""
    text = worded(reading, shown)
    template = Template(text, language_of(text))
    constants = _constants(revision) | columns.keys()
    compiled = compile_template(
        template, revision.parameters, constants=constants, ignorable=revision.ignorable, question=revision.question
    )
    found = unify(compiled, reading)
    if isinstance(found, Mismatch):
        return found.reason
    bindings = {**found, **columns}
    for name, binding in known.items():
        if name in bindings and bindings[name].value != binding.value:
            return f"{name} was read as {binding.shown or binding.value!r}"
    left = next(_left_over(text, bindings, reading, revision), "")
    if left:
        return f"no slot holds {left!r}"
    return Sound(bindings, template if not columns else None)


def _shown(said: Mapping[str, str | None], reading: Reading, revision: Revision) -> Iterator[tuple[str, Binding]]:
    """What stands in the question: the words of each slot. Columns and inputs it does not name are left out."""
    for parameter in revision.parameters:
        text = (said.get(parameter.name) or "").strip().strip("`")
        if not text:
            continue
        words = _named(text, parameter, reading)
        if words:
            yield parameter.name, Binding(parameter.name, None, shown=words)


def _named(text: str, parameter: Parameter, reading: Reading) -> str:
    """The words of the question for `text`; "" for a name the question does not say."""
    if parameter.type in INPUTS:
        return _variable(text, parameter, reading)
    if parameter.type == "column":
        spans = [r.text for r in reading.references if r.column is not None and text in (r.column, r.text)]
        return spans[0] if spans else ""
    return text


def _variable(text: str, parameter: Parameter, reading: Reading) -> str:
    variable = reading.variables.get(text)
    if variable is None or variable.kind not in VARIABLE_KINDS[parameter.type]:
        raise ValueError(f"there is no {parameter.type} called {text!r}")
    said = next((r.text for r in reading.references if r.variable == text and r.column is None), "")
    fitting = [v for v in reading.variables.values() if v.kind in VARIABLE_KINDS[parameter.type]]
    if not said and len(fitting) > 1:
        raise ValueError(f"the question does not say that it is about {text}")
    return said


def _unsaid_columns(
    said: Mapping[str, str | None], shown: Mapping[str, Binding], reading: Reading, revision: Revision
) -> dict[str, Binding]:
    """Columns the model names in place of words of the question: they are there, which is all that can be told."""
    known = {c.name for v in reading.variables.values() for c in v.columns}
    found = {}
    for parameter in revision.parameters:
        text = (said.get(parameter.name) or "").strip().strip("`")
        if parameter.type == "column" and text and parameter.name not in shown:
            if text not in known:
                raise ValueError(f"no column like {text!r}")
            found[parameter.name] = Binding(parameter.name, text, "given")
    return found


def _constants(revision: Revision) -> set[str]:
    """Parameters that no wording mentions."""
    mentioned = {name for t in revision.templates for name in SLOT.findall(t.text)}
    return {p.name for p in revision.parameters} - mentioned


def _left_over(text: str, bindings: Mapping[str, Binding], reading: Reading, revision: Revision) -> Iterator[str]:
    """Numbers, quoted texts and names that stand in no slot and in no wording of the procedure."""
    own = {piece for t in revision.templates for piece in _values(t.text)}
    yield from (piece for piece in _values(text) if piece not in own)
    used = {c for r in revision.requires for c in r.columns} | {str(b.value) for b in bindings.values()}
    words = {word for t in revision.templates for word in literal_words(t.text)}
    for reference in read(SLOT.sub(" . ", text), reading.variables).references:
        name = reference.variable if reference.column is None else reference.column
        if name not in used and not {t.text.casefold() for t in tokenise(reference.text)} <= words:
            yield reference.text


def _values(text: str) -> Iterator[str]:
    bare = SLOT.sub(" ", text)
    said = lexicon().numbers["cardinals"]
    for token in tokenise(bare):
        if token.kind == "number" or token.text.casefold() in said:
            yield token.text.casefold()
    yield from (quoted.casefold() for quoted in bare.split('"')[1::2] if quoted.strip())
