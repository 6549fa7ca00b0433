"""Verbs that carry procedures: `pack export import diff show key tag untag`, and `import` by itself."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from seglam_magics.cache.taking import tag as put_tag
from seglam_magics.cache.taking import take_in
from seglam_magics.errors import SeglamError
from seglam_magics.notebook.wording import say

from .group import as_json, group
from .office import Office, Output

if TYPE_CHECKING:
    from collections.abc import Callable

    from seglam_magics.words import Revision

_FILE = click.argument("file", type=click.Path(path_type=Path))
_PROCEDURE = "procedure, proc_id, state, stored, summary"
_PACK = f"created, tool, signer, fingerprint, signer_state, procedures (a list of {_PROCEDURE})"


@group.group("pack", invoke_without_command=True)
@as_json("fingerprint, signers (a list of name, fingerprint), tags (names by tag)")
@click.pass_context
def pack(context: click.Context) -> Output:
    """Carry procedures elsewhere in one file; alone, show your key, the signers you know and the groups."""
    if context.invoked_subcommand is not None:
        return Output("")
    from .packed import overview

    return overview(context.obj)


def _verb(name: str, keys: str) -> Callable[[Callable[..., Output]], click.Command]:
    def made(function: Callable[..., Output]) -> click.Command:
        return pack.command(name)(as_json(keys)(click.pass_obj(function)))

    return made


# ---------------------------------------------------------------- export


@_verb("export", "file, bytes, signer, fingerprint, procedures (a list of procedure, proc_id)")
@_FILE
@click.argument("names", nargs=-1, metavar="[NAME[@N] …]")
@click.option("--tag", help="Those that have this tag.")
@click.option("--with-examples", is_flag=True, help="Carry examples and questions as they are, with your values.")
@click.option("--sign-as", metavar="NAME", help="Sign it under this name, with your key.")
def export(
    office: Office, *, file: Path, names: tuple[str, ...], tag: str | None, with_examples: bool, sign_as: str | None
) -> Output:
    """Write procedures to FILE; all that answer where none is named.

    Values of yours stay here unless --with-examples says otherwise. Trust is never carried.
    """
    from seglam_magics.packs import chosen, exported
    from seglam_magics.packs.signing import fingerprint, public_key

    from .packed import taken_back

    wanted = _wanted(office, names, tag)
    signer = _signer(sign_as) if sign_as is not None else None
    carried = chosen(wanted, _without_values(office, len(wanted)), with_examples=with_examples)
    size = exported(file, carried, signer, taken_back(office, wanted) if signer else ())
    mark = fingerprint(public_key(signer[1])) if signer else ""
    lines = [say("pack.written", path=file, count=_many(len(carried)), names=", ".join(r.name for r in carried))]
    lines += [say("pack.signed", name=signer[0], fingerprint=mark) if signer else say("pack.not_signed")]
    lines += [] if with_examples else [say("pack.without")]
    rows = [{"procedure": r.label, "proc_id": r.proc_id} for r in wanted]
    data = {"file": str(file), "bytes": size, "signer": signer[0] if signer else "", "fingerprint": mark}
    return Output("\n".join(lines), {**data, "procedures": rows})


def _without_values(office: Office, count: int) -> Callable[[Revision], Any]:
    """What makes the examples of a revision anew, one revision after the other."""
    from seglam_magics.packs.synthetic import synthetic

    numbers = itertools.count()

    def made(one: Revision) -> Any:
        number = next(numbers)
        facts = {"number": number + 1, "count": count}
        office.progress(say("pack.drawing", procedure=one.label, **facts), number / max(count, 1))
        return synthetic(one, office.reasoner.executor)

    return made


def _wanted(office: Office, names: tuple[str, ...], tag: str | None) -> list[Revision]:
    """The revisions to carry, each once; raises E-PROCEDURE-UNKNOWN, E-PACK-NOTHING."""
    library, catalogue = office.reasoner.library, office.reasoner.catalogue
    tagged = library.shelf.tags.names(tag) if tag is not None else ()
    found = [catalogue.known(name) if "@" in name else catalogue.answering(name) for name in (*names, *tagged)]
    if not names and tag is None:
        found = [one for name in library.names() if (one := library.shelf.active(name)) is not None]
    if not found:
        raise SeglamError("E-PACK-NOTHING", why=say("pack.no_tag", tag=tag) if tag is not None else "")
    return list({revision.proc_id: revision for revision in found}.values())


def _signer(name: str) -> tuple[str, bytes]:
    from seglam_magics.packs import own_key
    from seglam_magics.packs.signing import signer_name
    from seglam_magics.settings import config_folder

    try:
        plain = signer_name(name)
    except ValueError as error:
        raise SeglamError("E-USAGE", problem=str(error), advice="write --sign-as “Ada Lovelace”") from None
    key = own_key(config_folder())
    assert key is not None
    return plain, key


def _many(count: int) -> str:
    return say("pack.one") if count == 1 else say("pack.many", count=count)


# ---------------------------------------------------------------- import


def _import(office: Office, *, file: Path, dry_run: bool, trust_signer: str | None) -> Output:
    """Take the procedures of FILE into the store, quarantined; all of them or none.

    Everything is checked before anything is written, and nothing of it runs. A procedure of yours with the same name
    goes on answering.
    """
    from seglam_magics.cache.arrivals import Origin

    from .packed import change_lines, line_of, opening

    one = opening(office, file, trust_signer)
    fresh = [standing.revision for standing in one.fresh]
    taken: tuple[Revision, ...] = ()
    back: list[str] = []
    if not dry_run:
        one.pin()
        origin = Origin(one.pack.identity, one.seen.name, one.seen.fingerprint)
        taken = take_in(office.reasoner.catalogue, fresh, origin)
        back = one.revoke(office)
    lines = [*one.lines(), "", line_of(one), *change_lines(one, fresh, taken, dry_run=dry_run), *back]
    return Output("\n".join(lines), one.data() | {"imported": [revision.label for revision in taken]})


for _home, _name in ((pack, "import"), (group, "import")):
    _made = as_json(f"{_PACK}, imported")(click.pass_obj(_import))
    _made = click.option("--trust-signer", metavar="FINGERPRINT", help="The signer's key, told on another way.")(_made)
    _made = click.option("--dry-run", is_flag=True, help="Check everything, write nothing.")(_made)
    _home.command(_name)(_FILE(_made))


# ---------------------------------------------------------------- looking


@_verb("diff", _PACK)
@_FILE
def diff(office: Office, *, file: Path) -> Output:
    """Compare FILE with the store: new, the same, another revision, another procedure of that name."""
    from .packed import line_of, opening

    one = opening(office, file)
    return Output("\n".join([*one.lines(), "", line_of(one), *one.differences()]), one.data())


@_verb("show", _PACK)
@_FILE
def show(office: Office, *, file: Path) -> Output:
    """Show who made FILE, and all the code in it."""
    from .packed import opened, opening

    one = opening(office, file)
    return Output("\n".join([*one.lines(), *opened(one.pack.revisions)]), one.data())


@_verb("key", "fingerprint")
def key(office: Office) -> Output:
    """Show the fingerprint of your key, for those who get packs of yours."""
    from .packed import key_lines, own_mark

    del office
    mark = own_mark()
    return Output("\n".join(key_lines(mark)), {"fingerprint": mark})


# ---------------------------------------------------------------- tags


@_verb("tag", "tag, procedures")
@click.argument("tag")
@click.argument("names", nargs=-1, metavar="NAME …", required=True)
def tag(office: Office, *, tag: str, names: tuple[str, ...]) -> Output:
    """Put procedures into a group that can be exported together."""
    return _tagged(office, "tag", tag, names)


@_verb("untag", "tag, procedures")
@click.argument("tag")
@click.argument("names", nargs=-1, metavar="NAME …", required=True)
def untag(office: Office, *, tag: str, names: tuple[str, ...]) -> Output:
    """Take a tag off again."""
    return _tagged(office, "untag", tag, names)


def _tagged(office: Office, kind: str, word: str, names: tuple[str, ...]) -> Output:
    if not word.replace("-", "_").isidentifier() and not word.isalnum():
        raise SeglamError("E-USAGE", problem=say("pack.tag_form"), advice="write pack tag sales top_growth")
    known = [office.reasoner.catalogue.known(name).name for name in names]
    for name in known:
        put_tag(office.reasoner.catalogue, name, word, on=kind == "tag")
    lines = [say("pack.tagged" if kind == "tag" else "pack.untagged", name=name, tag=word) for name in known]
    data: dict[str, Any] = {"tag": word, "procedures": known}
    return Output("\n".join(lines), data)
