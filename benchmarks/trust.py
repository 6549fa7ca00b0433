"""What checking trust costs on every hit: the identity hashed anew, the signature of the record, the state.

    python benchmarks/trust.py [--json trust.json] [--sizes 10 1000]

`checked` is `Approvals.standing`, which every run passes; `barred` is what matching asks of each candidate. Both are
measured with so many records in the file, over revisions with ten wordings and three properties, in microseconds.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from timing import prompt, timed

from seglam_magics.procedure.identity import identity_of
from seglam_magics.trust import Approvals
from seglam_magics.trust.records import Record, environment, write_records
from seglam_magics.trust.secret import keep_secret, new_secret
from seglam_magics.words import Parameter, Property, Revision, Template

ROUNDS = 5_000
BODY = "    kept = frame.filter(nw.col(value) > limit)\n" * 20
CHECK = "def {name}(run, *, frame, value, limit):\n    assert run(frame=frame, value=value, limit=limit) >= 0\n"


def revision(number: int) -> Revision:
    """A procedure of usual size, the `number`-th of many."""
    name = f"count_{number}"
    made = Revision(
        name,
        1,
        "",
        f"def {name}(frame, *, value, limit):\n{BODY}    return kept.select(nw.len())\n",
        parameters=(Parameter("frame", "frame"), Parameter("value", "column"), Parameter("limit", "float")),
        templates=tuple(Template(f"{prompt(number)} {n}") for n in range(10)),
        properties=tuple(Property(p, "it counts", CHECK.format(name=p)) for p in ("one", "two", "three")),
    )
    return replace(made, proc_id=identity_of(made))


def trusting(folder: Path, revisions: list[Revision]) -> Approvals:
    """Approvals of all of these, written at once."""
    folder.mkdir(mode=0o700)
    secret = new_secret()
    keep_secret(folder / "secret", secret)
    made = (Record(r.proc_id, "trusted", tier="S3", environment=environment(), label=r.label) for r in revisions)
    write_records(folder / "approvals.json", {record.proc_id: record.with_mac(secret) for record in made})
    return Approvals(folder)


def measured(sizes: list[int]) -> Iterator[dict[str, float | int | str]]:
    """A row for each number of records and each way of asking."""
    for size in sizes:
        revisions = [revision(number) for number in range(size)]
        with tempfile.TemporaryDirectory() as folder:
            mine = trusting(Path(folder) / "mine", revisions)
            if {mine.state(one) for one in revisions} != {"trusted"}:
                raise SystemExit("they are not all trusted")
            asked = [revisions[n % size] for n in range(ROUNDS)]
            yield {"what": "checked", "records": size, **timed(mine.standing, asked)}
            yield {"what": "barred", "records": size, **timed(mine.barred, asked)}


def main() -> int:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=Path, help="file for the figures")
    parser.add_argument("--sizes", type=int, nargs="+", default=[10, 1_000], help="numbers of records")
    given = parser.parse_args()
    rows = list(measured(given.sizes))
    for row in rows:
        print(f"{row['what']:<8} {row['records']:>6,} records  p50 {row['p50_us']} µs  p95 {row['p95_us']} µs")
    if given.json:
        given.json.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
