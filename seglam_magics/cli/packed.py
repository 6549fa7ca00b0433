"""A pack as the command line shows it: who made it, what is in it, and how that stands to the store."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from seglam_magics.notebook.wording import one_line, say, visible
from seglam_magics.packs import Signers, against, own_key, read_pack
from seglam_magics.packs.comparing import CARRIED_IN
from seglam_magics.packs.signing import fingerprint, public_key
from seglam_magics.settings import config_folder

from .difference import change_text
from .office import Output
from .texts import code, indented, table

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from seglam_magics.packs import Pack, Standing
    from seglam_magics.packs.signers import Seen
    from seglam_magics.words import Revision

    from .office import Office

_STATES = {"new": "new", "same": "same", "other revision": "other", "conflict": "conflict", "revoked": "revoked"}


@dataclass(frozen=True, slots=True)
class Opening:
    """A pack that passed its checks, beside this user's store and signers."""

    pack: Pack
    seen: Seen
    standings: tuple[Standing, ...]
    signers: Signers

    @property
    def fresh(self) -> tuple[Standing, ...]:
        """What importing would store."""
        return tuple(standing for standing in self.standings if standing.state in CARRIED_IN)

    def lines(self) -> Iterator[str]:
        """Who made it and when."""
        yield say("pack.made", created=one_line(self.pack.created), tool=one_line(self.pack.tool))
        yield say(f"pack.{self.seen.state}", name=self.seen.name)
        if self.seen.fingerprint:
            yield say("pack.fingerprint", fingerprint=self.seen.fingerprint)

    def data(self) -> dict[str, Any]:
        """The same as data."""
        return {
            "created": self.pack.created,
            "tool": self.pack.tool,
            "signer": self.seen.name,
            "fingerprint": self.seen.fingerprint,
            "signer_state": self.seen.state,
            "procedures": rows_of(self.standings),
        }

    def differences(self) -> Iterator[str]:
        """What differs from the stored revision, of each that has one."""
        for standing in self.fresh:
            if standing.stored is not None:
                yield ""
                yield change_text(standing.stored, standing.revision)

    def pin(self) -> None:
        """Know the signer from now on, with what they take back."""
        if self.pack.signer is not None:
            self.signers.keep(self.pack.signer, self.pack.revocations)

    def revoke(self, office: Office) -> list[str]:
        """Revoke what the signer takes back, as far as it came from them; a sentence for each."""
        shelf, lines = office.reasoner.library.shelf, []
        for identity in (*self.pack.revocations.procedures, *sorted(self.seen.revoked)):
            revision = shelf.get(identity)
            origin = shelf.origin(revision.name, revision.number) if revision is not None else None
            if revision is None or origin is None or origin.fingerprint != self.seen.fingerprint:
                continue
            if office.reasoner.approvals.state(revision) != "revoked":
                office.reasoner.approvals.revoke(revision)
                lines.append(say("pack.taken_back", name=self.seen.name, procedure=revision.label))
        return lines


def overview(office: Office) -> Output:
    """The own key, the signers that are known, and the groups of procedures."""
    mark, tags = own_mark(), office.reasoner.library.shelf.tags.groups()
    known = [{"name": one.name, "fingerprint": one.fingerprint} for one in Signers(config_folder()).known()]
    lines = key_lines(mark)
    lines += _block("signers", (f"{one['name']}  {one['fingerprint']}" for one in known))
    lines += _block("tags", (f"{tag}  {', '.join(names)}" for tag, names in tags.items()))
    return Output("\n".join(lines), {"fingerprint": mark, "signers": known, "tags": tags})


def _block(title: str, lines: Iterable[str]) -> list[str]:
    body = indented(lines)
    return [say(f"pack.{title}"), *body] if body else []


def own_mark() -> str:
    """The fingerprint of this user's key, "" where there is none yet."""
    private = own_key(config_folder(), make=False)
    return fingerprint(public_key(private)) if private is not None else ""


def key_lines(mark: str) -> list[str]:
    """The fingerprint with what it is."""
    return [say("pack.key"), say("pack.fingerprint", fingerprint=mark)] if mark else [say("pack.no_key")]


def opening(office: Office, file: Path, expected: str | None = None) -> Opening:
    """The pack in `file`, checked; raises E-PACK-*."""
    pack, signers = read_pack(file), Signers(config_folder())
    seen = signers.seen(pack.signer, expected)
    revoked = frozenset(pack.revocations.procedures) | seen.revoked
    return Opening(pack, seen, against(pack.revisions, office.reasoner.library, revoked), signers)


def rows_of(standings: Iterable[Standing]) -> list[dict[str, Any]]:
    """A row for each procedure of a pack."""
    return [
        {
            "procedure": standing.revision.name,
            "proc_id": standing.revision.proc_id,
            "state": standing.state,
            "stored": standing.stored.label if standing.stored else None,
            "summary": standing.revision.summary,
        }
        for standing in standings
    ]


def line_of(opening: Opening) -> str:
    """The table of what is in a pack."""
    head = [say(f"pack.{name}") for name in ("name", "standing", "summary")]
    rows = ([s.revision.name, say(f"pack.state_{_STATES[s.state]}"), s.revision.summary] for s in opening.standings)
    return table(head, rows)


def change_lines(
    opening: Opening, fresh: Sequence[Revision], taken: Sequence[Revision], *, dry_run: bool
) -> Iterator[str]:
    """What importing did, or would have done."""
    if not fresh:
        yield say("pack.nothing")
        return
    count = say("pack.one") if len(fresh) == 1 else say("pack.many", count=len(fresh))
    yield say("pack.dry" if dry_run else "pack.imported", count=count)
    if dry_run:
        return
    if opening.seen.state in ("new", "replaced"):
        yield say("pack.pinned", name=opening.seen.name)
    beside = {s.revision.proc_id for s in opening.fresh if s.stored is not None}
    yield from (say("pack.beside", procedure=one.label) for one in taken if one.proc_id in beside)


def opened(revisions: Iterable[Revision]) -> Iterator[str]:
    """All the code of a pack, with nothing hidden in it."""
    for revision in revisions:
        yield ""
        yield f"{revision.name}  {one_line(visible(revision.summary))}".rstrip()
        yield from indented([*(t.text for t in revision.templates), *code(revision.source).splitlines()])
        for claim in revision.properties:
            yield from indented([one_line(claim.claim), *code(claim.code).splitlines()], "    ")


def taken_back(office: Office, revisions: Iterable[Revision]) -> list[str]:
    """Identities of versions of `revisions` that were made here and are revoked."""
    reasoner = office.reasoner
    shelf, versions = reasoner.library.shelf, (v for one in revisions for v in reasoner.library.versions(one.name))
    own = (one for one in versions if shelf.origin(one.name, one.number) is None)
    return [one.proc_id for one in own if reasoner.approvals.state(one) == "revoked"]
