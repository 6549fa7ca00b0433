"""The zygote: a process with everything imported that forks the restricted children of a job.

It is started by exec with an empty environment, so it holds neither keys nor data of the kernel. It never runs foreign
code and never executes polars: a fork after one polars query hangs. Where the system cannot fork, it does one job
itself and ends.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import os
import select
import signal
import sys
import time
from typing import Any

from . import children, judges, pages, privileges, probing, sandbox
from .channel import ENVELOPE, JOB_LIMIT, LIMIT, Decoder, encode, write_all
from .noting import silent

ALIVE = 0.5  # seconds between two signs of life
_TICK = 0.05
_CHUNK = 1 << 20
# What would otherwise be imported in every child, at its first frame or first statistic; or could not be, where a child
# can open no file.
_AHEAD = (
    "_strptime", "bisect", "calendar", "collections", "datetime", "decimal", "difflib", "fractions", "functools",
    "heapq", "itertools", "linecache", "locale", "math", "numbers", "random", "re", "statistics", "string",
    "zoneinfo", "polars", "polars._utils.threading", "polars._utils.udfs", "narwhals.group_by", "narwhals.stable.v2",
    "narwhals.stable.v2._namespace", "narwhals._interchange.dataframe", "narwhals._polars.dataframe",
    "narwhals._polars.expr", "narwhals._polars.group_by", "narwhals._polars.namespace", "narwhals._polars.series",
    "narwhals._polars.utils", "narwhals._duckdb.dataframe", "narwhals._duckdb.expr", "narwhals._duckdb.group_by",
    "narwhals._duckdb.namespace", "narwhals._duckdb.series", "narwhals._duckdb.utils", "encodings.idna",
    "encodings.ascii", "encodings.latin_1", "encodings.unicode_escape",
    "seglam_magics.procedure.stable",
)  # fmt: skip


def main(mode: str, parent: int, at_most: sandbox.Isolation) -> None:
    """Serve the pipes at descriptors 0 and 1 until they close.

    Parameters
    ----------
    mode : `fork` for children of its own for each job, `once` to do a single job in this process, which has threads:
        limits only.
    parent : process that started this one; when it ends, so does this.
    at_most : the strongest tier to try.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is meant for the kernel, which says what to stop
    forks = mode == "fork"
    if forks:
        privileges.die_with_parent(parent)
        privileges.adopt_orphans()
        privileges.offer_to_memory_killer()
        privileges.hide()
    source, sink = _take_pipes()
    try:
        _warm()
        sandbox.prepare()
        reached = probing.strongest(at_most if forks else "S1")
    except Exception as error:  # noqa: BLE001 - whatever is missing here, the kernel has to tell the user
        _send(sink, {"kind": "failed", "why": f"{type(error).__name__}: {error}"})
        return
    _send(sink, {"kind": "ready", "tier": reached.tier, "missing": reached.missing})
    if forks:
        Zygote(source, sink, parent, reached.tier).serve()
    else:
        _once(source, sink)


def _take_pipes() -> tuple[int, int]:
    """Move the protocol off the standard descriptors, which foreign code knows how to write to."""
    source, sink = os.dup(0), os.dup(1)
    null = os.open(os.devnull, os.O_RDWR)
    for fd in (0, 1, 2):
        os.dup2(null, fd)
    os.close(null)
    return source, sink


def _warm() -> None:
    """Import all a job may need and let Hypothesis fill its caches; nothing here executes polars."""
    for name in _AHEAD:
        with contextlib.suppress(ImportError):  # inner modules of another release
            importlib.import_module(name)
    with contextlib.suppress(Exception):  # without DuckDB there is one engine less
        from .engines import connect

        connect()  # nothing is asked of it here; its threads stay behind at a fork, and it needs none
    from . import jobs
    from .verification import warm

    warm(jobs.answer)
    gc.collect()
    gc.freeze()
    pages.gather()


def _send(fd: int, header: dict[str, Any], blobs: tuple[bytes, ...] = ()) -> None:
    write_all(fd, encode(header, blobs, LIMIT + ENVELOPE))


def _once(source: int, sink: int) -> None:
    from .jobs import answer

    decoder = Decoder(JOB_LIMIT + ENVELOPE)
    for header, blobs in iter(lambda: _one(source, decoder), None):
        if header["kind"] == "job":
            sandbox.enter("S1", header["seconds"], sandbox.Limits(**header["limits"]))
            reply = answer(blobs[0], silent)
            _send(sink, {"kind": "done", "id": header["id"], "status": "answered", "why": "", "note": ""}, (reply,))
            return


def _one(source: int, decoder: Decoder) -> tuple[dict[str, Any], list[bytes]] | None:
    while data := os.read(source, _CHUNK):
        for message in decoder.feed(data):
            return message
    return None


class Zygote:
    """Serves jobs one after another over its two pipes, each in a child that has reached `tier`."""

    def __init__(self, source: int, sink: int, parent: int, tier: sandbox.Isolation) -> None:
        self._source, self._sink, self._parent, self._tier = source, sink, parent, tier
        self._decoder = Decoder(JOB_LIMIT + ENVELOPE)
        self._seats = judges.Seats(tier)
        self._waiting: list[tuple[dict[str, Any], list[bytes]]] = []

    def serve(self) -> None:
        """Do jobs until the kernel closes its end or is gone."""
        while True:
            while not self._waiting:
                self._listen(1.0)
            header, blobs = self._waiting.pop(0)
            if header["kind"] == "job":
                self._work(header, blobs.pop())
            elif header["kind"] == "cancel":  # of a job that has ended, or was never sent: the kernel waits for a word
                _send(self._sink, {"kind": "done", "id": header["id"], "status": "cancelled", "why": "", "note": ""})

    def _listen(self, timeout: float) -> None:
        if os.getppid() != self._parent:
            sys.exit()
        if not select.select([self._source], [], [], timeout)[0]:
            return
        data = os.read(self._source, _CHUNK)
        if not data:
            sys.exit()
        self._waiting += self._decoder.feed(data)

    def _work(self, header: dict[str, Any], message: bytes) -> None:
        job, told = self._done(header, message)
        if job.seat is not None and job.status == "died" and not job.sound:
            # its judge was ended, which code in a sandbox cannot do: by the system, for want of memory
            job, told = self._done(header, message)
        reply = (job.messages[0],) if job.status == "answered" else ()
        done = {"kind": "done", "id": job.number, "status": job.status, "why": job.why, "note": told}
        _send(self._sink, done, reply)

    def _done(self, header: dict[str, Any], message: bytes) -> tuple[children.Job, str]:
        """A job that has ended, and what its child was about to do when it last said so."""
        seat = self._seats.taken() if header.get("roles", ["call"])[0] == "judge" else None
        job = children.start(header, message, self._tier, seat)
        said, pause = time.monotonic(), min(ALIVE, float(header.get("pause", ALIVE)))
        try:
            while job.open:
                self._step(job)
                if time.monotonic() - said >= pause:
                    said = time.monotonic()
                    _send(self._sink, {"kind": "alive", "id": job.number, "note": job.told()})
        finally:
            children.end(job, self._seats.idle if seat is None else ())
            told = job.told()
            if seat is not None:
                self._seats.keep(seat, sound=job.sound)
            else:
                job.note.close()
        return job, told

    def _step(self, job: children.Job) -> None:
        ready = select.select([*job.open, self._source], [], [], _TICK)[0]
        for fd in ready:
            if fd == self._source:
                self._listen(0)
                if any(h["kind"] == "cancel" and h["id"] == job.number for h, _ in self._waiting):
                    job.stop("cancelled")
            elif fd in job.open:
                children.take(job, fd)
        children.watch(job, quiet=not ready)
