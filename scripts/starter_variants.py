"""What is made of one procedure of the starter pack: other aggregates, percentages, the same of some of the rows."""

from __future__ import annotations

import ast
import re
import textwrap
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

from starter_drafts import FAMILIES, TYPES, Draft

from seglam_magics.words import Parameter, Template

# Another aggregate in the place of a mean: what it is in the code, and how it is said.
AGGREGATES: Mapping[str, tuple[str, str, str]] = {
    "median": (".median()", "median", "медиана"),
    "total": (".sum()", "total", "сумма"),
    "min": (".min()", "minimum", "минимум"),
    "max": (".max()", "maximum", "максимум"),
    "std": (".std(ddof=1)", "standard deviation", "стандартное отклонение"),
    "var": (".var(ddof=1)", "variance", "дисперсия"),
}
_RUSSIAN_MEANS = ("среднее", "средний", "средним", "среднему", "средняя")


@cache
def shapes() -> Mapping[str, Any]:
    """The conditions that may follow a procedure."""
    return tomllib.loads((FAMILIES / "conditions.toml").read_text(encoding="utf-8"))


def other(base: Draft, each: str) -> Draft:
    """The same of another aggregate."""
    stem = next(word for word in ("mean", "std") if word in base.name.split("_"))
    old = {"mean": (".mean()", "mean", ""), "std": AGGREGATES["std"]}[stem]
    call, english, russian = AGGREGATES[each]

    def renamed(name: str) -> str:
        return "_".join(each if part == stem else part for part in name.split("_"))

    def told(template: Template) -> Template:
        text = template.text.replace(old[1], english) if template.lang == "en" else template.text
        for word in (*_RUSSIAN_MEANS, AGGREGATES["std"][2]) if template.lang == "ru" else ():
            text = text.replace(word, russian)
        return replace(template, text=text)

    body = base.body.replace(old[0], call).replace(f'"{stem}_', f'"{each}_')
    summary = base.summary.replace("Mean", english.capitalize()).replace("mean", english)
    summary = summary.replace("Standard deviation", english.capitalize())
    name = each if base.name == stem else renamed(base.name)
    return replace(
        base,
        name=f"{name}_of" if name in ("min", "max") else name,
        body=body,
        summary=summary,
        templates=tuple(map(told, base.templates)),
    )


def in_percent(base: Draft) -> Draft:
    """A share as so many of a hundred."""

    def told(template: Template) -> Template:
        return replace(template, text=re.sub(r"\bshare\b", "percentage", template.text).replace("доля", "процент"))

    body = base.body.replace(") / nw.col(", ") * 100.0 / nw.col(").replace('"share_"', '"percent_"')
    return replace(
        base,
        name=base.name.replace("share", "percent"),
        summary=base.summary.replace("Share", "Percentage"),
        body=body.replace(".cast(nw.Int64).mean()", ".cast(nw.Int64).mean() * 100.0"),
        templates=tuple(map(told, base.templates)),
        properties=tuple(p for p in base.properties if p.name != "a_share"),
    )


def with_conditions(draft: Draft) -> Iterator[Draft]:
    """The procedure of all rows, and of those that are so."""
    if draft.bare:
        yield replace(draft, templates=(*(t for t in draft.templates if t.text not in draft.led), *draft.alone))
    for combination in draft.where.split():
        yield _where(draft, combination.split("+"))


def _where(draft: Draft, names: Sequence[str]) -> Draft:
    """`draft` on the rows that are so."""
    chosen = [shapes()[name] for name in names]
    added = tuple(_condition(name, kind, shape) for shape in chosen for name, kind in shape["parameters"].items())
    kept = "kept = frame" + "".join(f".{shape['code']}" for shape in chosen)
    body = f"{kept}\n{_on_kept(draft.body)}"
    if draft.share:
        tests = " & ".join(f"({shape['code'].removeprefix('filter(').rstrip()[:-1].strip()})" for shape in chosen)
        whole, kind = ("100.0", "percent_") if draft.name.startswith("percent") else ("1.0", "share_")
        grouped = any(p.name == "group" for p in draft.parameters)
        name = f'"{kind}" + group' if grouped else '"so"'
        flag = f"nw.when(\n    {tests}\n).then({whole}).otherwise(0.0).alias({name})"
        body = f'flags = frame.select({flag})\nreturn flags.select(nw.col("so").mean())'
        if grouped:
            body = (
                f"flags = frame.select(group, {flag})\n"
                f"return flags.group_by(group).agg(nw.col({name}).mean()).sort(group, nulls_last=True)"
            )
    if draft.name == "rows":
        body = f"return {kept.removeprefix('kept = ')}"
    suffix = " and ".join(shape["en"].removeprefix("where ") for shape in chosen)
    lead = "where " if chosen[0]["en"].startswith("where ") else ""
    extra = {name: value for shape in chosen for name, value in shape["examples"].items()}
    return replace(
        draft,
        name=f"{draft.name}_where_{'_and_'.join(names)}",
        summary=f"{draft.summary.rstrip('.')}, of the rows that are so.",
        body=body,
        parameters=(*draft.parameters, *added),
        templates=tuple(replace(t, text=f"{t.text} {lead}{suffix}") for t in draft.templates),
        arguments={**draft.arguments, **extra},
        properties=(),
    )


def _on_kept(body: str) -> str:
    tree = ast.parse(textwrap.dedent(f"def f():\n{textwrap.indent(body, '    ')}"))
    spots = [n for n in ast.walk(tree) if isinstance(n, ast.Name) and n.id == "frame"]
    lines = body.splitlines()
    for spot in sorted(spots, key=lambda n: (-n.lineno, -n.col_offset)):
        line, at = spot.lineno - 2, spot.col_offset - 4
        lines[line] = lines[line][:at] + "kept" + lines[line][at + len("frame") :]
    return "\n".join(lines)


def _condition(name: str, kind: str, shape: Mapping[str, Any]) -> Parameter:
    annotation, _, column = kind.partition(" ")
    if annotation == "Cell":
        return Parameter(name, "str", "", {"column": column}, shape["examples"][name])
    slot, domain = TYPES[annotation]
    return Parameter(name, slot, "", dict(domain), shape["examples"][name])
