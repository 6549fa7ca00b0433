"""Fills a store with what a panel has to stand: markup everywhere, Russian, long names. Run as a cell of a notebook."""

import dataclasses

from seglam_magics.procedure.identity import identity_of
from seglam_magics.reasoner import shared
from seglam_magics.words import Check, Example, Meaning, Parameter, Property, Revision, Template, Verdict

MARKUP = (
    "<img src=x onerror=\"document.title='owned'\"></script><script>document.title='owned'</script>"
    "<a data-commandlinker-command='terminal:create-new'>go</a>"
)
LONG = "an_extraordinarily_long_column_name_with_more_than_sixty_letters"
SHORT = "def short(run, *, xs):\n    assert len(run(xs=xs)) < 3\n"
SAME = "def same_length(run, *, xs):\n    assert len(run(xs=xs)) == len(xs)\n"


def put(name: str, source: str, **facts: object) -> None:
    made = Revision(name, 0, "", source, **facts)
    shared().catalogue.publish(dataclasses.replace(made, proc_id=identity_of(made)))


def told(kind: str, **data: object) -> None:
    shared().catalogue.record(kind, data)


ordered = {
    "summary": MARKUP,
    "question": MARKUP,
    "returns": "list",
    "parameters": (Parameter("xs", "list", domain={"items": "int"}, example="xs"),),
    "templates": (Template("Order {xs} " + MARKUP), Template("Упорядочи {xs} по возрастанию", "ru")),
    "meaning": Meaning("sort", MARKUP),
    "examples": (Example({"xs": [2, 1]}, [1, 2]),),
    "properties": (Property("same_length", "nothing is lost", SAME), Property("short", MARKUP, SHORT)),
    "verdict": Verdict(ok=True, checks=(Check("property same_length", ok=True, cases=100),)),
}
put("ordered", "def ordered(*, xs):\n    return sorted(xs)\n", **ordered)
put("ordered", f"def ordered(*, xs):\n    return sorted(set(xs))  # {MARKUP}\n", **ordered)
put(
    "сумма_по_городу",
    "def сумма_по_городу(frame, *, by):\n    return frame\n",
    summary="Сумма продаж по каждому городу за последний год, без возвратов и отменённых заказов",
    returns="frame",
    parameters=(
        Parameter("frame", "frame", example="sales"),
        Parameter("by", "column", description=MARKUP, example=LONG),
    ),
    templates=(Template("Какова сумма по {by} в {frame}?", "ru"),),
)
for _ in range(3):
    told("hit", question=MARKUP, procedure="ordered@2", tier="exact", seconds=0.004)
told("miss", question=f"Order `xs` downwards {MARKUP}", nearest="ordered@2", blocked=MARKUP, reason=MARKUP)
