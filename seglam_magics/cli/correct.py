"""Verbs that correct matches: `alias unalias aliases reject unreject label clear`. Each has one that takes it back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast, get_args

import click

from seglam_magics.cache.labels import tier_of
from seglam_magics.cache.wordings import proposed
from seglam_magics.errors import SeglamError
from seglam_magics.notebook.wording import one_line, say
from seglam_magics.words import Tier

from .group import verb
from .office import Office, Output
from .texts import table
from .why import asked

if TYPE_CHECKING:
    from seglam_magics.cache.corrections import Rejection
    from seglam_magics.words import Candidate, Revision, Template, Trace

_TIERS = tuple(tier for tier in get_args(Tier) if tier not in {"cell", "forced"})
_LONGEST = 120


def _done(what: str, procedure: str, **facts: Any) -> Output:
    return Output(say(f"change.{what}", procedure=procedure, **facts), {"done": what, "procedure": procedure, **facts})


def _usage(problem: str, advice: str) -> SeglamError:
    return SeglamError("E-USAGE", problem=problem, advice=advice)


# ---------------------------------------------------------------- wordings


@verb("alias", "done, procedure, template, lang")
@click.argument("which", metavar="N|NAME", required=False, default="1")
@click.argument("wording", nargs=-1)
@click.option("--lang", help="Language of the wording, such as en or ru; by default told by its letters.")
def alias(office: Office, *, which: str, wording: tuple[str, ...], lang: str | None) -> Output:
    """Let a procedure answer another wording.

    N says that the last miss asked the same as the Nth procedure it was compared with (why lists them). NAME with a
    WORDING adds that one; it has slots as {k} where values stand.
    """
    catalogue = office.reasoner.catalogue
    if wording:
        name = _candidate(office, int(which)).revision if which.isdecimal() else which
        template = catalogue.alias(name, " ".join(wording), lang=lang)
        return _added(catalogue.known(name), template)
    if not which.isdecimal():
        raise _usage(say("alias.no_wording"), say("alias.form", name=which))
    missed = _last_miss(office)
    _candidate(office, int(which))
    revision, template = proposed(missed, int(which), catalogue.known)
    if catalogue.corrections.rejected(missed.reading.text, revision.proc_id):
        raise _usage(say("alias.rejected", procedure=revision.label), say("alias.unreject"))
    return _added(revision, catalogue.alias(revision.name, template.text, question=missed.reading.text, lang=lang))


def _added(revision: Revision, template: Template) -> Output:
    data = {"done": "alias", "procedure": revision.label, "template": template.text, "lang": template.lang}
    shown = one_line(template.text, _LONGEST)
    return Output(say("change.alias", procedure=revision.label, name=revision.name, template=shown), data)


def _last_miss(office: Office) -> Trace:
    missed = next((found for found in office.decisions() if not found.decision.hit), None)
    if missed is None:
        raise _usage(say("alias.no_miss"), say("alias.form", name="NAME"))
    return missed


def _candidate(office: Office, number: int) -> Candidate:
    candidates = _last_miss(office).decision.candidates
    if not candidates:
        here = "alias.nothing" if office.reasoner.recent() else "alias.elsewhere"
        raise _usage(say(here), say("alias.form", name="NAME"))
    if not 1 <= number <= len(candidates):
        raise _usage(say("alias.no_number", number=number), say("alias.count", count=len(candidates)))
    return candidates[number - 1]


@verb("unalias", "done, procedure, template")
@click.argument("name")
@click.argument("which", metavar="N|WORDING", nargs=-1, required=True)
def unalias(office: Office, *, name: str, which: tuple[str, ...]) -> Output:
    """Take an added wording back.

    By its number in aliases, or by the wording itself.
    """
    template = office.reasoner.catalogue.unalias(name, " ".join(which))
    return _done("unalias", office.reasoner.catalogue.known(name).name, template=one_line(template.text, _LONGEST))


@verb("aliases", "a list of number, text, lang, used")
@click.argument("name")
def aliases(office: Office, *, name: str) -> Output:
    """List the wordings that were added to NAME.

    One whose slots the present version does not have is kept, but not used.
    """
    catalogue = office.reasoner.catalogue
    revision = catalogue.answering(name)
    used = catalogue.offered(revision)
    rows: list[dict[str, Any]] = [
        {"number": number, "text": template.text, "lang": template.lang, "used": template in used}
        for number, template in enumerate(catalogue.corrections.aliases(revision.name), 1)
    ]
    if not rows:
        return Output(say("alias.none", name=revision.name), [])
    head = [say(f"alias.{column}") for column in ("number", "lang", "text")]
    cells = ([row["number"], row["lang"], row["text"] if row["used"] else say("alias.unused", text=row["text"])]
             for row in rows)  # fmt: skip
    return Output(table(head, cells, widest=_LONGEST), rows)


# ---------------------------------------------------------------- verdicts


@verb("reject", "done, procedure, suspended")
@click.argument("which", required=False, default="1")
@click.argument("question", nargs=-1)
def reject(office: Office, *, which: str, question: tuple[str, ...]) -> Output:
    """Never give that answer to that question again.

    WHICH is 1 for the last decision, N for the Nth last, or the procedure that answered. A hit was wrong then, so the
    procedure does not answer that way any more until it was looked at (clear). NAME with a QUESTION says that it is
    another question, whether or not it was asked.
    """
    if question:
        return _other_question(office, office.reasoner.catalogue.known(which), " ".join(question))
    found = asked(office, which)
    revision, tier = office.reasoner.reject(found), tier_of(found.decision)
    suspended = tier if tier in office.reasoner.catalogue.corrections.suspended(revision.name) else None
    text = say("change.reject", procedure=revision.label)
    text += say("change.suspends", name=revision.name, tier=suspended) if suspended else ""
    return Output(text, {"done": "reject", "procedure": revision.label, "suspended": suspended})


def _other_question(office: Office, revision: Revision, question: str) -> Output:
    office.reasoner.catalogue.reject(question, revision)
    data = {"done": "reject", "procedure": revision.label, "suspended": None}
    return Output(say("change.reject", procedure=revision.label), data)


@verb("unreject", "done, procedure, question")
@click.argument("name", required=False)
@click.argument("question", nargs=-1)
def unreject(office: Office, *, name: str | None, question: tuple[str, ...]) -> Output:
    """Take a rejection back.

    The last one, or the last one of NAME, or the one of NAME for this QUESTION.
    """
    catalogue = office.reasoner.catalogue
    one = _rejection(office, catalogue.known(name) if name else None, " ".join(question))
    revision = catalogue.library.get(one.proc_id) or catalogue.known(one.procedure)
    catalogue.unreject(one.question, revision)
    return _done("unreject", one.procedure, question=one_line(one.question, _LONGEST))


def _rejection(office: Office, revision: Revision | None, question: str) -> Rejection:
    known = office.reasoner.catalogue.corrections.rejections()
    if revision is not None:
        known = tuple(one for one in known if one.procedure.partition("@")[0] == revision.name)
    fitting = [one for one in known if not question or one.means(question)]
    if fitting:
        return fitting[-1]
    if not known:
        who = say("reject.nobody") if revision is None else say("reject.none", name=revision.name)
        raise _usage(who, say("reject.where"))
    shown = " · ".join(f"“{one_line(one.question)}”" for one in known[-3:])
    raise _usage(say("reject.not_this"), say("reject.these", questions=shown))


@verb("label", "done, procedure, tier, question")
@click.argument("verdict", metavar="right|wrong", type=click.Choice(["right", "wrong"]))
@click.argument("which", required=False, default="1")
def label(office: Office, *, verdict: str, which: str) -> Output:
    """Say whether a hit was right.

    WHICH is 1 for the last decision, N for the Nth last, or the procedure that answered. One wrong hit and the
    procedure does not answer that way any more until it was looked at (clear). The last word on a question counts.
    """
    found = asked(office, which)
    revision, tier = office.reasoner.judge.label(found, right=verdict == "right")
    text = say(f"change.{verdict}", procedure=revision.label, tier=tier)
    text += say("change.suspends", name=revision.name, tier=tier) if verdict == "wrong" else ""
    data = {"done": verdict, "procedure": revision.label, "tier": tier, "question": found.question}
    return Output(text, data)


@verb("clear", "done, procedure, tiers")
@click.argument("name")
@click.argument("tier", required=False, type=click.Choice(_TIERS))
def clear(office: Office, *, name: str, tier: str | None) -> Output:
    """Let a procedure answer again that was suspended.

    On one TIER, or on all it was suspended on. The labels stay.
    """
    catalogue = office.reasoner.catalogue
    own = catalogue.known(name).name
    tiers = catalogue.clear(name, cast("Tier | None", tier))
    if not tiers:
        raise _usage(say("labels.not_suspended", name=own), say("labels.see", name=own))
    text = say("change.clear", procedure=own, tiers=", ".join(tiers))
    return Output(text, {"done": "clear", "procedure": own, "tiers": list(tiers)})
