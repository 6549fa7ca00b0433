"""What each tier promises: which one is reached and claimed, what still works in it, and what limits alone hold."""

from __future__ import annotations

import dataclasses
import datetime as dt
import os
import subprocess
import sys
import textwrap
import threading
import time
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from seglam_magics.cli.check import _isolation
from seglam_magics.errors import SeglamError
from seglam_magics.notebook.wording import say
from seglam_magics.verify import ChildExecutor, Limits
from seglam_magics.verify.processes import below
from seglam_magics.words import Example, Parameter, Property, Revision

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="forks")

TIERS = ("S3", "S2", "S1")
REACH = """
def f(x=None):
    found = [c for c in ().__class__.__base__.__subclasses__() if c.__name__ == "_wrap_close"]
    sys = found[0].__init__.__globals__["sys"]
    os, io, time, ctypes, builtins = (sys.modules[n] for n in ("os", "io", "time", "ctypes", "builtins"))
    load = builtins.__import__
"""
SORTED = Revision(
    "f", 1, "", "def f(*, values):\n    return sorted(values)",
    parameters=(Parameter("values", "list"),), returns="list",
    examples=(Example({"values": [3, 1]}, [1, 3]),),
    properties=(
        Property("longest", "", "def longest(run, *, values):\n    assert len(run(values=values)) == len(values)"),
    ),
)  # fmt: skip


def reaching(code):
    return REACH + textwrap.indent(textwrap.dedent(code), "    ")


@pytest.fixture(scope="module")
def executors():
    made = {tier: ChildExecutor(at_most=tier) for tier in TIERS}
    yield made
    for one in made.values():
        one.close()


@pytest.fixture(params=TIERS)
def executor(request, executors):
    """The executor of a tier; where that is not offered, of the strongest below, which has to keep its promises."""
    return executors[request.param]


def call(executor, source, x=None, *, returns="number", seconds=10.0):
    return executor.call(source, "f", {"x": x}, returns=returns, seconds=seconds)


def error(executor, source, x=None, **options):
    pid = executor._link.pid
    with pytest.raises(SeglamError) as told:
        call(executor, source, x, **options)
    assert call(executor, "def f(x): return x + 1", 41) == 42, "the next call must not notice"
    assert executor._link.pid == pid, "the zygote must not notice"
    return told.value


# ---------------------------------------------------------------- which tier


def test_no_more_than_asked_for_is_reached_and_what_is_missing_is_said(executors):
    for asked, executor in executors.items():
        assert executor.tier <= asked
        assert (executor.missing == ()) == (executor.tier == "S3")
        assert not executor.missing or all(executor.missing)


def test_a_verdict_names_the_tier_it_was_found_in(executor):
    verdict = executor.verify(SORTED, cases=10)
    assert verdict.ok, verdict.failure
    assert verdict.tier == executor.tier


def test_a_revision_that_ran_nowhere_claims_the_least(executors):
    refused = executors["S3"].verify(dataclasses.replace(SORTED, source="import os\ndef f(*, values): return values"))
    assert (refused.ok, refused.tier) == (False, "S1")


def test_doctor_says_what_there_is_and_what_is_not(executors):
    for executor in executors.values():
        first, *rest = _isolation(executor)
        assert (first["check"], first["ok"]) == ("sandbox", True)
        assert executor.tier in first["detail"]
        assert all(why in " ".join(row["detail"] for row in rest) for why in executor.missing)
        assert ("W-SANDBOX-DEGRADED" in str(rest)) == (executor.tier == "S1")
        assert {row["ok"] for row in rest} <= {None}


# A machine that refuses one call, as old kernels and containers do: the filter is inherited by all that is started.
WITHOUT = """
import os, platform, sys
from seglam_magics.verify import ChildExecutor, privileges, seccomp
load, equal, back = 0x20, 0x15, 0x06
number, argument, error = map(int, sys.argv[1:4])
refused = (back, 0, 0, 0x50000 | error)
rules = [(load, 0, 0, 0), (equal, 0, 3, number), (load, 0, 0, 16), (equal, 0, 1, argument), refused]
if argument < 0:
    rules = [(load, 0, 0, 0), (equal, 0, 1, number), refused]
privileges.gain_nothing()
seccomp.install([*rules, (back, 0, 0, 0x7FFF0000)])
executor = ChildExecutor()
print(executor.tier, executor.missing)
print(executor.call("def f(x): return x + 1", "f", {"x": 41}, returns="number"))
executor.close()
"""


def weaker(number, argument, error):
    command = [sys.executable, "-c", WITHOUT, str(number), str(argument), str(error)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    if "seccomp" in done.stderr or "prctl" in done.stderr:
        pytest.skip(f"this machine has no filters to simulate another with: {done.stderr[-200:]}")
    assert done.stderr == ""
    isolation, answer = done.stdout.splitlines()
    assert answer == "42", "a weaker machine still answers"
    return isolation


@pytest.mark.skipif(sys.platform != "linux", reason="Linux")
def test_without_landlock_it_is_s2_and_said():
    isolation = weaker(444, -1, 38)
    assert isolation.startswith("S2")
    assert "Landlock: Function not implemented" in isolation


@pytest.mark.skipif(sys.platform != "linux", reason="Linux")
def test_without_filters_it_is_s1_and_said():
    prctl = {"x86_64": 157, "aarch64": 167}[os.uname().machine]
    isolation = weaker(prctl, 22, 1)
    assert isolation.startswith("S1")
    assert "prctl 22: Operation not permitted" in isolation


@pytest.mark.skipif(sys.platform != "linux", reason="Linux")
def test_a_tier_that_is_claimed_and_not_held_runs_nothing(executors, monkeypatch):
    """The first probe decides; a child that cannot enter that tier later on ends before it has seen its job."""
    program = """
        import os, sys
        from seglam_magics.verify import sandbox
        sandbox.rules.cache_clear()
        sandbox.landlock.ruleset = lambda _places: os.open(os.devnull, os.O_RDONLY)
        try:
            sandbox.enter("S3", 1, sandbox.Limits())
        except OSError as error:
            print("refused")
    """
    command = [sys.executable, "-c", textwrap.dedent(program)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (done.stdout, done.stderr) == ("refused\n", "")


# ---------------------------------------------------------------- work


def test_frames_can_be_worked_with(executor):
    moments = [dt.datetime(2024, 3, day, 1, 30, tzinfo=dt.UTC) for day in (30, 31, 31)]
    frame = pl.DataFrame({"g": ["a", "b", "a"], "v": [1.0, 2.0, None], "t": moments})
    source = """
        def f(x):
            means = x.group_by("g").agg(nw.col("v").mean()).sort("g")
            joined = x.join(means, on="g", how="left", suffix="_mean")
            there = nw.col("t").dt.convert_time_zone("Europe/Berlin")
            return joined.with_columns(there.dt.hour().alias("hour")).sort("t", "g").select("g", "v_mean", "hour")
    """
    back = call(executor, textwrap.dedent(source), frame, returns="frame")
    assert back.rows() == [("a", 1.0, 2), ("a", 1.0, 3), ("b", 2.0, 3)]


def test_polars_works_in_threads_and_streams(executor):
    source = reaching("""
        pl = load("polars")
        frame = pl.LazyFrame({"a": [1, 2, 1] * 2000, "b": range(6000)})
        once = frame.group_by("a").agg(pl.col("b").sum()).sort("a").collect(engine="streaming")
        ones = (pl.col("a").cast(pl.String) == "1").sum()
        both = pl.collect_all([frame.select(pl.col("b").max()), frame.select(ones)])
        window = frame.with_columns(pl.col("b").rolling_mean(3)).collect().height
        return [once["b"].to_list(), [f.item() for f in both], window]
    """)
    found = call(executor, source, returns="list")
    assert found == [[sum(n for n in range(6000) if n % 3 != 1), sum(range(1, 6000, 3))], [5999, 4000], 6000]


def test_the_modules_of_a_procedure_work(executor):
    source = """
        import collections, datetime, decimal, fractions, functools, itertools, math, re, statistics, string
        def f(x):
            day = datetime.date.fromisoformat("2024-02-29")
            return [
                statistics.quantiles([1, 2, 3, 4]), statistics.NormalDist(0, 1).cdf(0.0), decimal.Decimal("0.1") * 3,
                str(fractions.Fraction(1, 3)), re.sub(r"(?i)Ä+", "x", "aÄä"), day.isoformat(), math.comb(5, 2),
                collections.Counter("aab").most_common(1), list(itertools.pairwise("abc")), day.isocalendar()[1],
                functools.reduce(max, [1, 3, 2]), string.ascii_lowercase[:3], "{:,.2f}".format(1234.5),
                statistics.linear_regression([1, 2, 3], [2, 4, 6]).slope, "straße".casefold(),
                "é".encode("utf-8").hex(),
            ]
    """
    found = call(executor, textwrap.dedent(source), returns="list")
    assert found[:3] == [[1.25, 2.5, 3.75], 0.5, Decimal("0.3")]
    assert found[3:7] == ["1/3", "ax", "2024-02-29", 10]
    assert found[13:] == [2.0, "strasse", "c3a9"]


def test_threads_work(executor):
    source = reaching("""
        threading = load("threading")
        found = []
        threads = [threading.Thread(target=lambda: found.append(sum(range(1000)))) for _ in range(8)]
        for one in threads: one.start()
        for one in threads: one.join(5)
        return len(found)
    """)
    assert call(executor, source) == 8


def test_time_zones_of_the_standard_library_are_there_where_files_can_be_read(executor):
    source = reaching(
        'return str(load("zoneinfo").ZoneInfo("Asia/Tokyo").utcoffset(load("datetime").datetime(2024, 1, 1)))'
    )
    if executor.tier == "S2":
        told = error(executor, source, returns="str")
        assert "ZoneInfo" in told.says or "Permission" in told.says
    else:
        assert call(executor, source, returns="str") == "9:00:00"


# ---------------------------------------------------------------- limits, in every tier


def test_a_limit_on_memory_is_a_sentence_of_its_own(executor):
    for code in ("return len(builtins.bytearray(8 << 30))", "return load('polars').zeros(20 << 30, eager=True).sum()"):
        told = error(executor, reaching(code))
        assert told.code == "E-RUN-MEMORY", told
        assert "GB" in told.says


def test_memory_of_threads_is_watched(executors):
    executor = ChildExecutor(limits=Limits(resident=500 << 20))
    source = reaching("""
        threading = load("threading")
        held = []
        def fill():
            while True:
                held.append(b"x" * (1 << 20))
        for _ in range(4): threading.Thread(target=fill, daemon=True).start()
        time.sleep(60)
    """)
    with pytest.raises(SeglamError, match="E-RUN-MEMORY"):
        call(executor, source, seconds=20)
    executor.close()


def test_memory_of_what_a_procedure_starts_is_watched_where_it_can_start_something():
    executor = ChildExecutor(at_most="S1", limits=Limits(resident=600 << 20))
    source = reaching("""
        for _ in range(2):
            if os.fork() == 0:
                os.setsid()
                held = builtins.bytearray(b"x") * (300 << 20)
                time.sleep(60)
        time.sleep(60)
    """)
    with pytest.raises(SeglamError, match="E-RUN-MEMORY"):
        call(executor, source, seconds=20)
    assert not children(executor), "it leaves nothing behind"
    executor.close()


def test_ending_it_in_the_middle_leaves_nothing_behind():
    executor = ChildExecutor(at_most="S1")
    assert executor.tier == "S1"
    source = reaching("""
        if os.fork() == 0:
            os.setsid()
        time.sleep(60)
    """)
    told = []

    def run():
        try:
            call(executor, source, seconds=60)
        except SeglamError as error:
            told.append(error.code)

    thread = threading.Thread(target=run)
    thread.start()
    started = [executor._link.pid]
    while len(started) < 3 and thread.is_alive():
        started = [executor._link.pid, *below(executor._link.pid)]
    executor.abort()
    thread.join(20)
    assert told == ["E-SANDBOX-DOWN"]
    assert len(started) == 3
    until = time.monotonic() + 10
    while any(map(alive, started)) and time.monotonic() < until:
        time.sleep(0.01)
    assert not any(map(alive, started))


def test_a_child_dies_with_its_zygote_and_the_job_is_done_again(executor):
    call(executor, "def f(x): return 1")
    zygote, found = executor._link.pid, []
    thread = threading.Thread(target=lambda: found.append(call(executor, reaching("time.sleep(0.8)\nreturn 7"))))
    thread.start()
    while not (started := list(below(zygote))):
        assert thread.is_alive()
    os.kill(zygote, 9)
    thread.join(60)
    assert found == [7]
    assert not any(map(alive, started))


def alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def children(executor):
    pid = executor._link.pid
    return [c for task in Path(f"/proc/{pid}/task").iterdir() for c in (task / "children").read_text().split()]


@pytest.mark.parametrize(
    "code",
    [
        "ctypes.string_at(0)",
        "os.abort()",
        "os._exit(0)",
        "os.kill(os.getpid(), 9)",
        "ctypes.CDLL(None).getenv(1)",
        "os.closerange(0, 64); return 1",
    ],
)
def test_a_death_is_told_and_nobody_else_dies(executor, code):
    assert error(executor, reaching(code), seconds=5).code in ("E-RUN-PROTOCOL", "E-RUN-MEMORY", "E-RUN")


def test_a_call_of_another_architecture_ends_the_process(executors):
    executor = executors["S3"]
    if executor.tier == "S1" or os.uname().machine != "x86_64":
        assert executor.tier in TIERS
        return
    source = reaching("""
        mmap = load("mmap")
        page = mmap.mmap(-1, 4096, prot=7)
        page.write(bytes.fromhex("b814000000cd80c3"))  # getpid by the gate of 32-bit programs
        return ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(page)))()
    """)
    assert "signal 31" in error(executor, source).says


def test_output_is_not_kept_for_ever(executor):
    source = reaching("""
        for _ in range(200):
            os.write(1, b"x" * (1 << 20))
        return 7
    """)
    assert call(executor, source) == 7


def test_many_threads_do_no_harm(executor):
    source = reaching("""
        threading = load("threading")
        started = 0
        try:
            while started < 100_000:
                threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
                started += 1
        except builtins.RuntimeError:
            os._exit(1)
    """)
    assert error(executor, source, seconds=3).code in ("E-RUN-PROTOCOL", "E-RUN-TIME", "E-RUN-MEMORY")


def test_a_fork_bomb_is_refused_or_ended(executor):
    source = reaching("""
        while True:
            try:
                os.fork()
            except builtins.PermissionError:
                return 1
    """)
    if executor.tier == "S1":
        assert next(_isolation(executor))["detail"].endswith(say("doctor.S1")), (
            "nothing is promised of it, which is said"
        )
        return
    assert call(executor, source) == 1


# ---------------------------------------------------------------- what it is given


def test_a_child_has_no_capabilities(executor):
    if sys.platform != "linux":
        return
    source = reaching("""
        held = ctypes.create_string_buffer(24)
        header = ctypes.create_string_buffer(bytes.fromhex("22050820") + bytes(4), 8)
        ctypes.CDLL(None).capget(header, held)
        return held.raw.hex()
    """)
    assert call(executor, source, returns="str") == "00" * 24


def test_a_child_has_four_descriptors_and_no_environment(executor):
    source = reaching("""
        found = []
        for fd in range(1024):
            try: found.append([fd, os.fstat(fd).st_mode >> 12])
            except builtins.OSError: pass
        return [found, sorted(os.environ)]
    """)
    descriptors, environment = call(executor, source, returns="list")
    assert descriptors == [[0, 2], [1, 1], [2, 1], [3, 1]], "nothing in, outputs and the reply: a device and pipes"
    ours = {"OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "POLARS_MAX_THREADS", "PYTHONHASHSEED"}
    assert set(environment) - ours <= {"LC_CTYPE", "_RJEM_MALLOC_CONF", "LD_LIBRARY_PATH"}


def test_a_stopped_zygote_is_noticed_before_it_is_silent_for_long(executors):
    executor = executors["S3"]
    call(executor, "def f(x): return 1")
    os.kill(executor._link.pid, 19)
    begin = time.monotonic()
    assert call(executor, "def f(x): return 2") == 2
    assert time.monotonic() - begin < 60  # how quick it is, is measured by benchmarks/verify.py
