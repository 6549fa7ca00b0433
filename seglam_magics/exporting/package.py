"""Procedures as a plain Python package with their tests, which runs without seglam."""

from __future__ import annotations

import keyword
import re
import sys
from collections.abc import Mapping, Sequence

from ..errors import SeglamError
from ..verify import tables
from ..words import Example, Property, Revision
from .drawing import drawn
from .literals import doc, literal
from .sources import (
    NARWHALS,
    border_options,
    bound_names,
    module_names,
    needs_narwhals,
    placed,
    takes_frames,
    uses_itself,
)
from .texts import carried, counted, filled, tell, template

MARK = template("pyproject.toml.txt").splitlines()[0]
_TAKEN = frozenset({"seglam", "tests", "checks", "comparing", "narwhals", "polars", "hypothesis", "pytest"})
_OWN_NAMES = frozenset(
    {"datetime", "Any", "checks", "comparing", "pytest", "assume", "st", "nw", "called", "test_examples", "ORDERED",
     "CLASSES", "EXAMPLES", "ARGUMENTS", "_procedure"}
)  # fmt: skip
_FRAME_PACKAGES = ("narwhals>=2.28,<3", "polars>=2,<3")


def package_name(folder: str) -> str:
    """The name of the package that a folder of this name holds.

    Raises
    ------
    SeglamError : E-EXPORT-NAME where it cannot be one.

    >>> package_name("my-procedures")
    'my_procedures'
    """
    name = re.sub(r"[-. ]", "_", folder)
    if not name.isidentifier() or not name.isascii():
        raise SeglamError("E-EXPORT-NAME", name=folder, why="a package is named with letters, digits and _")
    if keyword.iskeyword(name) or name in sys.stdlib_module_names or name in _TAKEN:
        raise SeglamError("E-EXPORT-NAME", name=folder, why="Python or a package it needs has that name")
    return name


def package_files(package: str, revisions: Sequence[Revision], left_out: Sequence[str] = ()) -> dict[str, str]:
    r"""Path -> text of every file of the package.

    Parameters
    ----------
    package : its name, see `package_name`.
    left_out : sentences for the README about what is not in it.

    >>> one = Revision("two", 1, "ab", "def two():\n    return 2")
    >>> sorted(package_files("mine", [one]))[:3]
    ['README.md', 'pyproject.toml', 'src/mine/__init__.py']
    """
    modules = module_names(r.name for r in revisions)
    frames = any(map(takes_frames, revisions))
    files = {"pyproject.toml": _project(package, frames=frames), "README.md": _readme(package, revisions, left_out)}
    files[f"src/{package}/__init__.py"] = _init(modules)
    files |= {f"src/{package}/_border.py": carried("border")} if frames else {}
    files |= {"tests/checks.py": carried("checks"), "tests/comparing.py": carried("plain", "verify")}
    for revision in revisions:
        module = modules[revision.name]
        files[f"src/{package}/{module}.py"] = _module(revision)
        files[f"tests/test_{module}.py"] = _tests(package, module, revision)
    return files


def _project(package: str, *, frames: bool) -> str:
    dependencies = ", ".join(f'"{one}"' for one in _FRAME_PACKAGES if frames)
    return filled(
        "pyproject.toml.txt", package=package, distribution=package.replace("_", "-"), dependencies=dependencies
    )


def _readme(package: str, revisions: Sequence[Revision], left_out: Sequence[str]) -> str:
    lines = [
        f"- `{r.name}`: {doc(r.summary or _first_question(r))} (`{r.label}`, sha256 `{r.proc_id}`)" for r in revisions
    ]
    if left_out:
        lines += ["", tell("package.left_out"), "", *(f"- {sentence}" for sentence in left_out)]
    frames = template("frames.md.txt") if any(map(takes_frames, revisions)) else ""
    first = revisions[0].name if revisions else "..."
    return filled("README.md.txt", package=package, procedures="\n".join(lines), first=first, frames=frames)


def _first_question(revision: Revision) -> str:
    return revision.question or next((t.text for t in revision.templates), "")


def _init(modules: Mapping[str, str]) -> str:
    head = f'"""{counted(len(modules), "procedure")}: {", ".join(modules)}."""\n'
    lines = [f"from .{module} import {name}" for name, module in sorted(modules.items(), key=lambda item: item[1])]
    names = ", ".join(f'"{name}"' for name in sorted(modules))
    return "\n".join([head, *lines, "", f"__all__ = [{names}]"]) + "\n"


def _module(revision: Revision) -> str:
    frames = takes_frames(revision)
    head = [NARWHALS] if needs_narwhals(revision.source) else []
    head += ["", "from ._border import procedure as _procedure"] if frames else []
    taken = {"_procedure", "nw"} | ({revision.name} if frames and uses_itself(revision) else set())
    source = placed(revision.source, revision.name, revision.name, taken)
    border = f"\n\n{source.name} = _procedure({source.name}, {border_options(revision)})" if frames else ""
    asked = [doc(t.text) for t in revision.templates]
    questions = "\n".join([tell("package.questions"), "", *(f"- {q}" for q in asked)]) if asked else ""
    return (
        filled(
            "module.py.txt",
            summary=doc(revision.summary or revision.name),
            questions=questions or tell("package.no_questions"),
            head="\n".join(head).strip("\n") + "\n\n\n" if head else "",
            source=source.text,
            border=border,
        ).rstrip("\n")
        + "\n"
    )


# ---------------------------------------------------------------- tests


def _tests(package: str, module: str, revision: Revision) -> str:
    known = tables.shapes(revision)
    parts = "".join(f"    {name}={_indented(expression)},\n" for name, expression in drawn(revision))
    return filled(
        "test.py.txt",
        title=tell("package.test", procedure=revision.label),
        package=package,
        module=module,
        function=revision.name,
        narwhals=NARWHALS if any(needs_narwhals(p.code) for p in revision.properties) else "",
        ordered=str(revision.meaning.ordered),
        classes=literal(known),
        examples="".join(f"    {_example(revision, e, known)},\n" for e in revision.examples),
        order=literal([p.name for p in revision.parameters]),
        drawn=parts,
        properties="".join(_properties(revision.properties)),
    )


def _indented(expression: str) -> str:
    return expression.replace("\n", "\n    ")


def _example(revision: Revision, example: Example, known: Mapping[str, tables.Shape]) -> str:
    result = tables.any_rows(example.result) if revision.returns == "frame" else example.result
    return literal((tables.decoded(revision, example, known), result))


def _properties(claims: Sequence[Property]) -> list[str]:
    taken = set(_OWN_NAMES)
    made = []
    for number, claim in enumerate(claims, 1):
        clashes = bound_names(claim.code) & taken
        wanted = f"_property_{number}" if clashes else claim.name
        source = placed(claim.code, claim.name, wanted, taken)
        taken |= {wanted} if clashes else bound_names(claim.code)
        said = doc(claim.claim or claim.name).replace("\n", " ")
        name = claim.name if claim.name.isidentifier() else str(number)
        made.append(filled("property.py.txt", claim=said, source=source.text, function=source.name, name=name))
    return made
