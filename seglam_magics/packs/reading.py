"""Reading a pack: every check that comes before anything is done with it, in this order, and nothing is written.

Size and names, bytes as they come, strict JSON, digests and identities, signature, lint. What is refused names the
entry and what is wrong with it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ..words import Revision
from .carried import revision_of
from .container import entries, read_file, refused
from .manifest import FOLDER, Revocations, Signer, check_digests, digest, manifest_of, shaped
from .signing import signer_of
from .strict import strict


@dataclass(frozen=True, slots=True)
class Pack:
    """A pack that passed.

    Attributes
    ----------
    identity : SHA-256 of the file.
    revisions : in the order of their names; their numbers are open.
    signer : None where nobody signed.
    revocations : what the signer takes back.
    """

    path: Path
    identity: str
    created: str
    tool: str
    revisions: tuple[Revision, ...] = ()
    signer: Signer | None = None
    revocations: Revocations = field(default_factory=Revocations)


def read_pack(path: Path) -> Pack:
    """The pack in a file.

    Raises
    ------
    SeglamError : E-PACK-FILE, E-PACK-SIZE, E-PACK-NAME, E-PACK-ENTRY, E-PACK-JSON, E-PACK-VERSION, E-PACK-RECORD,
        E-PACK-DIGEST, E-PACK-SIGNATURE, E-PACK-LINT; whatever is wrong with a pack is one of these.
    """
    data = read_file(path)
    held = entries(data, path)
    # a procedure's JSON is read when its turn comes, so that all of them are never in memory in two forms
    manifest = manifest_of(strict(held["manifest.json"], "manifest.json"))
    check_digests(manifest, held)
    signer = signer_of(manifest, held["manifest.json"], held.get("signature.json"))
    revocations = _revocations(held, signer)
    revisions = [revision_of(name, strict(held[name], name)) for name in sorted(held) if name.startswith(FOLDER)]
    if manifest.predicate.counts.get("procedures") != len(revisions):
        raise refused("E-PACK-DIGEST", name="manifest.json", why="counts other procedures than there are")
    predicate = manifest.predicate
    revisions.sort(key=lambda revision: (revision.name, revision.created, revision.proc_id))
    return Pack(path, digest(data), predicate.created, predicate.tool, tuple(revisions), signer, revocations)


def _revocations(held: Mapping[str, bytes], signer: Signer | None) -> Revocations:
    data = held.get("revocations.json")
    if data is None:
        return Revocations()
    if signer is None:
        raise refused("E-PACK-SIGNATURE", why="nobody signed what it takes back")
    return shaped(Revocations, strict(data, "revocations.json"), "revocations.json")
