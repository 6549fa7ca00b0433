"""Running foreign code in a child: real processes, and code that does not want to be contained.

Nothing is linted here, so the code may try what the lint would refuse.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import os
import random
import signal
import subprocess
import sys
import textwrap
import threading
import time
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import polars as pl
import pytest

from seglam_magics.errors import SeglamError
from seglam_magics.verify import ChildExecutor, Limits
from seglam_magics.verify.channel import open_message
from seglam_magics.verify.link import Link, Setup
from seglam_magics.verify.replies import call_job

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="forks")

# How foreign code gets at the interpreter when no lint has looked at it.
REACH = """
def f(x=None):
    found = [c for c in ().__class__.__base__.__subclasses__() if c.__name__ == "_wrap_close"]
    sys = found[0].__init__.__globals__["sys"]
    os, io, time = sys.modules["os"], sys.modules["io"], sys.modules["time"]
"""
PLANTED = "sk-planted-0123456789abcdef"


def reaching(code):
    return REACH + textwrap.indent(textwrap.dedent(code), "    ")


@pytest.fixture(scope="module")
def executor():
    os.environ["SEGLAM_TEST_API_KEY"] = PLANTED
    made = ChildExecutor()
    yield made
    made.close()
    del os.environ["SEGLAM_TEST_API_KEY"]


@pytest.fixture(scope="module")
def limited():
    """Limits only: what a procedure may start and kill there, the zygote has to live with."""
    made = ChildExecutor(at_most="S1")
    yield made
    made.close()


def call(executor, source, x=None, *, returns="number", seconds=10.0):
    return executor.call(source, "f", {"x": x}, returns=returns, seconds=seconds)


def error(executor, source, x=None, **options):
    with pytest.raises(SeglamError) as told:
        call(executor, source, x, **options)
    assert call(executor, "def f(x): return x + 1", 41) == 42, "the next call must not notice"
    return told.value


def gone(pid, seconds=5.0):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except (FileNotFoundError, ProcessLookupError):
            return True
        if state == "Z":
            return True
        time.sleep(0.02)
    return False


# ---------------------------------------------------------------- values and errors


@pytest.mark.parametrize(
    ("value", "returns"),
    [
        (3, "number"), (2**80, "number"), (0.1, "number"), (float("inf"), "number"), (Decimal("1.10"), "number"),
        (Fraction(1, 3), "number"), (None, "number"), ("слово\n", "str"), (True, "bool"), (dt.date(2024, 5, 1), "date"),
        ([1, [2, {"a": None}]], "list"), ((1, 2), "list"), ({"a": {1: "x"}, "$": 2}, "dict"),
    ],
    ids=repr,
)  # fmt: skip
def test_plain_values_come_back_as_they_went(executor, value, returns):
    back = call(executor, "def f(x): return x", value, returns=returns)
    assert back == value
    assert type(back) is type(value)


def test_frames_go_in_lazy_and_come_back_as_frames(executor):
    frame = pl.DataFrame({"g": ["a", "b", "a", None], "x": [1.5, None, 2.5, 4.0], "d": [dt.date(2024, 1, 1)] * 4})
    source = "def f(x): return x.group_by('g').agg(nw.col('x').sum()).sort('g', nulls_last=True)"
    back = call(executor, source, frame, returns="frame")
    assert back.to_dicts() == [{"g": "a", "x": 4.0}, {"g": "b", "x": 0.0}, {"g": None, "x": 4.0}]
    assert call(executor, "def f(x): return x.select(nw.col('x').max())", frame) == 4.0
    assert call(executor, "def f(x): return x", frame, returns="frame").equals(frame)


def test_an_error_names_type_message_line_and_text(executor):
    told = error(executor, "def f(x):\n    y = 0\n    return x / y", 1)
    assert told.code == "E-RUN"
    assert "ZeroDivisionError: division by zero (line 3: return x / y)" in str(told)


@pytest.mark.parametrize(
    "source", ["def f(x) return x", "def g(x): return x", "def f(y): return y", "import os\ndef f(x): 1"]
)
def test_code_that_cannot_be_called_is_an_error_of_the_procedure(executor, source):
    assert error(executor, source).code == "E-RUN"


@pytest.mark.parametrize(
    ("result", "returns"), [("'a'", "number"), ("True", "number"), ("[1]", "dict"), ("None", "list"), ("[]", "frame")]
)
def test_another_type_than_declared_is_an_error(executor, result, returns):
    assert f"not a {returns}" in error(executor, f"def f(x): return {result}", returns=returns).says


def test_what_is_no_plain_data_does_not_come_back(executor):
    assert "is not plain data" in error(executor, "def f(x): return lambda: x").says
    assert "is not plain data" in error(executor, "def f(x): return (i for i in [1])", returns="list").says


def test_what_is_no_plain_data_does_not_go_in(executor):
    told = error(executor, "def f(x): return 1", [object()])
    assert told.code == "E-INPUT-CONTENT"
    assert "`x`" in told.says


def test_a_liar_comes_back_as_what_it_is(executor):
    source = reaching("""
        def lie(self, other): return True
        E = [].__class__.__class__("E", (list,), {"__eq__": lie, "__ne__": lie})
        return E([666])
    """)
    back = call(executor, source, returns="list")
    assert back == [666]
    assert back != [1]
    assert type(back) is list


# ---------------------------------------------------------------- limits


def test_an_endless_loop_ends_at_the_deadline(executor):
    told = error(executor, "def f(x):\n    while True: pass", seconds=0.5)
    assert told.code == "E-RUN-TIME"
    assert "0.5 s" in told.says


def test_a_loop_inside_of_c_ends_too(executor):
    source = "import re\ndef f(x): return len(re.findall(r'(a+)+$', 'a' * 40 + 'b'))"
    assert error(executor, source, seconds=0.5).code == "E-RUN-TIME"


def test_endless_recursion_is_an_error(executor):
    assert "RecursionError" in error(executor, "def f(x): return f(x) + 1").says


def test_a_huge_allocation_is_refused(executor):
    assert error(executor, "def f(x): return len(bytes(9 << 30))").code == "E-RUN-MEMORY"


def test_memory_in_use_is_watched(executor, monkeypatch):
    monkeypatch.setattr(executor, "_limits", Limits(resident=400 << 20))
    told = error(executor, "def f(x):\n    held = []\n    while True: held.append(b'x' * (1 << 20))")
    assert told.code == "E-RUN-MEMORY"
    assert "400 MB" in told.says


def test_a_result_that_is_too_large_is_told(executor):
    told = error(executor, "def f(x): return 'a' * (65 << 20)", returns="str")
    assert told.code == "E-RUN"
    assert "the limit is 64 MB" in told.says


def test_an_argument_that_is_too_large_is_named(executor, monkeypatch):
    monkeypatch.setattr("seglam_magics.verify.replies.JOB_LIMIT", 1 << 20)
    with pytest.raises(SeglamError) as told:
        executor.call("def f(a, b): return 1", "f", {"a": 1, "b": "x" * (2 << 20)}, returns="number")
    assert told.value.code == "E-INPUT-SIZE"
    assert "`b`" in told.value.says


def test_files_cannot_be_written(executor, tmp_path):
    path = tmp_path / "written"
    told = error(executor, reaching(f"open = io.open({str(path)!r}, 'wb', 0)\nopen.write(b'x')\nreturn 1"))
    assert "OSError" in told.says or "PermissionError" in told.says
    assert not path.exists() or path.read_bytes() == b""


def test_descriptors_run_out(executor):
    told = error(executor, reaching("return len([os.dup(1) for _ in range(100)])"))
    assert "Too many open files" in told.says


# ---------------------------------------------------------------- what it can see


def test_nothing_of_the_environment_is_there(executor):
    seen = call(executor, reaching("return dict(os.environ)"), returns="dict")
    ours = {"OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "POLARS_MAX_THREADS", "PYTHONHASHSEED"}
    set_by_python_and_polars = {"LC_CTYPE", "_RJEM_MALLOC_CONF"}
    assert set(seen) - ours <= set_by_python_and_polars | {"LD_LIBRARY_PATH"}
    try:
        raw = call(executor, reaching("return io.open('/proc/self/environ', 'rb').read().decode()"), returns="str")
    except SeglamError:  # not readable at all
        raw = ""
    assert PLANTED not in raw + repr(seen)


def test_nothing_of_the_kernel_is_open(executor, tmp_path):
    with (tmp_path / "open").open("w"):
        source = reaching(
            "return [os.readlink(f'/proc/self/fd/{n}') for n in range(64) if os.path.lexists(f'/proc/self/fd/{n}')]"
        )
        try:
            links = call(executor, source, returns="list")
        except SeglamError:
            links = []
    assert not [link for link in links if str(tmp_path) in link or "socket" in link]
    count = call(
        executor,
        reaching("""
        n = 0
        for fd in range(64):
            try:
                os.fstat(fd)
                n += 1
            except Exception:
                pass
        return n
    """),
    )
    assert count == 4  # nothing in, two outputs, the reply


def test_it_starts_in_no_directory_of_the_kernel(executor):
    assert call(executor, reaching("return os.getcwd()"), returns="str") == "/"


# ---------------------------------------------------------------- the protocol


def test_ending_without_an_answer_is_told(executor):
    assert error(executor, reaching("os._exit(0)")).code == "E-RUN-PROTOCOL"
    assert "signal 11" in error(executor, reaching("os.kill(os.getpid(), 11)")).says


def test_exit_is_an_error_of_the_procedure(executor):
    assert "SystemExit" in error(executor, reaching("sys.exit(3)")).says


def test_a_chatty_procedure_does_not_disturb(executor):
    source = reaching("""
        for fd in (1, 2):
            os.write(fd, b'SGL1' + bytes(100))
            os.write(fd, b'junk' * 50_000)
        sys.stdout.write('more' * 100_000)
        return 5
    """)
    assert call(executor, source) == 5


def test_the_last_words_of_a_dying_library_are_told(executor):
    source = reaching("os.write(2, b'thread panicked: no luck\\n')\nos.kill(os.getpid(), 6)")
    assert "thread panicked: no luck" in error(executor, source).says


def test_junk_on_every_descriptor_is_no_answer(executor):
    source = reaching("""
        for fd in range(3, 64):
            try:
                os.write(fd, b'{"value": 1}' * 10)
            except Exception:
                pass
        return 5
    """)
    assert error(executor, source).code == "E-RUN-PROTOCOL"


def test_two_answers_are_none(executor):
    source = reaching("""
        body = b'{"header":{"value":666},"blobs":[]}'
        os.write(3, b'SGL1' + len(body).to_bytes(4, 'big') + bytes(4) + body)
        return 5
    """)
    told = error(executor, source)
    assert told.code == "E-RUN-PROTOCOL"
    assert "more than one answer" in told.says


@pytest.mark.parametrize(
    "body",
    [
        b'{"header":{},"blobs":[]}',
        b'{"header":{"value":{"$":"frame","v":7}},"blobs":[]}',
        b'{"header":{"failed":1},"blobs":[]}',
        b'{"header":{"value":{"$":"eval","v":"1"}},"blobs":[]}',
        b'{"header":{"value":{"$":"fraction","v":"x"}},"blobs":[]}',
    ],
)
def test_a_forged_answer_is_checked(executor, body):
    source = reaching(f"""
        body = {body!r}
        os.write(3, b'SGL1' + len(body).to_bytes(4, 'big') + bytes(4) + body)
        os._exit(0)
    """)
    assert error(executor, source).code == "E-RUN-PROTOCOL"


def test_what_a_procedure_starts_ends_with_it(limited, tmp_path):
    source = reaching("""
        started = []
        for _ in range(5):
            pid = os.fork()
            if pid == 0:
                os.setsid()
                if os.fork() == 0:
                    time.sleep(60)
                time.sleep(60)
            started.append(pid)
        return started
    """)
    started = call(limited, source, returns="list")
    assert len(started) == 5
    assert all(gone(pid, 0.5) for pid in started)
    children = Path(f"/proc/{zygote(limited)}/task/{zygote(limited)}/children")
    assert not children.exists() or children.read_text().split() == []


# ---------------------------------------------------------------- the zygote


def zygote(executor):
    call(executor, "def f(x): return 1")
    return executor._link.pid


def test_a_killed_zygote_is_replaced(executor):
    before = zygote(executor)
    os.kill(before, signal.SIGKILL)
    assert call(executor, "def f(x): return x + 1", 1) == 2
    assert zygote(executor) != before


def test_a_zygote_killed_during_a_call_is_replaced_and_the_call_answered(executor):
    pid = zygote(executor)
    threading.Timer(0.3, os.kill, (pid, signal.SIGKILL)).start()
    assert call(executor, reaching("time.sleep(0.8)\nreturn 7")) == 7
    assert gone(pid)


def test_a_stopped_zygote_is_replaced(executor):
    before = zygote(executor)
    os.kill(before, signal.SIGSTOP)
    assert call(executor, "def f(x): return x + 1", 1) == 2
    assert gone(before)


def test_a_procedure_that_kills_the_zygote_twice_is_given_up(limited):
    told = error(limited, reaching("os.kill(os.getppid(), 9)\ntime.sleep(5)\nreturn 1"))
    assert told.code == "E-SANDBOX-DOWN"


def test_a_zygote_is_started_with_a_seed_and_threads_of_its_own():
    seen = []
    for seed, threads in ((0, 1), (1, 2)):
        link = Link(Setup(seed=seed, threads=threads))
        link.start()
        link.wait_ready()
        source = reaching("return [os.environ['POLARS_MAX_THREADS'], list({'a', 'b', 'c', 'd', 'e', 'f'})]")
        limits = dataclasses.asdict(Limits())
        link.send(
            {"kind": "job", "id": 1, "seconds": 9, "limits": limits}, (call_job(source, "f", {"x": None}, "list"),)
        )
        _, (reply,) = link.receive(10, "nothing")
        seen.append(open_message(reply)[0]["value"])
        link.close()
    assert [threads for threads, _ in seen] == ["1", "2"]
    assert seen[0][1] != seen[1][1], "another order of a set"


def test_the_zygote_has_a_session_of_its_own(executor):
    assert os.getsid(zygote(executor)) != os.getsid(0)


def test_without_an_interpreter_nothing_runs_in_the_kernel(monkeypatch):
    ran = []
    monkeypatch.setattr(sys, "executable", "/nonexistent/python")
    made = ChildExecutor()
    with pytest.raises(SeglamError) as told:
        made.call("def f(x): return x", "f", {"x": 1}, returns="number")
    assert told.value.code == "E-SANDBOX-DOWN"
    assert "nonexistent" in told.value.says
    assert not ran


def test_closing_ends_the_zygote_and_the_next_call_starts_another():
    made = ChildExecutor()
    made.warm()
    pid = zygote(made)
    made.close()
    assert gone(pid)
    assert call(made, "def f(x): return 3") == 3
    again = zygote(made)
    del made
    assert gone(again)


def test_calls_from_many_threads_each_get_their_own_answer(executor):
    answers = {}

    def ask(n):
        answers[n] = call(executor, "def f(x): return x * x", n)

    threads = [threading.Thread(target=ask, args=(n,)) for n in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == {n: n * n for n in range(50)}


# ---------------------------------------------------------------- interrupts


@pytest.fixture
def interruptible():
    """A shell without job control has what runs in the background ignore Ctrl-C; a kernel does listen to it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def interrupt_after(seconds):
    timer = threading.Timer(seconds, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    return timer


@pytest.mark.usefixtures("interruptible")
def test_an_interrupt_ends_the_job_and_keeps_the_zygote(executor):
    pid = zygote(executor)
    begin = time.monotonic()
    timer = interrupt_after(0.4)
    with pytest.raises(KeyboardInterrupt):
        call(executor, "def f(x):\n    while True: pass", seconds=60)
    timer.join()
    assert time.monotonic() - begin < 30
    assert call(executor, "def f(x): return x + 1", 5) == 6
    assert zygote(executor) == pid


def test_nothing_waits_in_a_finalizer(monkeypatch):
    """Python drops an interrupt that comes while an object is thrown away, so that may not take its time."""
    made, waited = ChildExecutor(), []
    pid = zygote(made)
    ours, join = threading.current_thread(), threading.Thread.join

    def noted(thread, timeout=None):
        waited.extend([thread.name] if threading.current_thread() is ours else [])
        join(thread, timeout)

    monkeypatch.setattr(threading.Thread, "join", noted)
    del made
    assert gone(pid)
    assert waited == []


@pytest.mark.usefixtures("interruptible")
def test_interrupts_at_any_point_never_mix_up_answers(executor):
    zygote(executor)
    moments = random.Random(7)
    for n in range(25):
        timer = threading.Timer(moments.uniform(0, 0.03), os.kill, (os.getpid(), signal.SIGINT))
        try:
            timer.start()
            assert call(executor, "def f(x): return x", n) == n
            timer.join()
            time.sleep(0.05)  # the interrupt may still be on its way
        except KeyboardInterrupt:
            timer.join()
        assert call(executor, "def f(x): return x", -n) == -n


# ---------------------------------------------------------------- whole processes


def script(code, **options):
    program = textwrap.dedent(code)
    return subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False, **options
    )


def test_a_zygote_dies_with_its_kernel():
    done = script("""
        import os
        from seglam_magics.verify import ChildExecutor
        executor = ChildExecutor()
        executor.call("def f(): return 1", "f", {}, returns="number")
        print(executor._link.pid, flush=True)
        os.kill(os.getpid(), 9)
    """)
    assert gone(int(done.stdout))


def test_a_kernel_that_ends_by_itself_leaves_no_zygote_and_has_imported_nothing_heavy():
    done = script("""
        import sys
        from seglam_magics.verify import ChildExecutor
        executor = ChildExecutor()
        executor.warm()
        assert executor.call("def f(): return 1", "f", {}, returns="number") == 1
        heavy = {"polars", "hypothesis", "narwhals", "pydantic", "duckdb", "litellm", "numpy", "traitlets"}
        print(executor._link.pid, sorted(heavy & set(sys.modules)))
    """)
    assert (done.returncode, done.stderr) == (0, "")
    pid, heavy = done.stdout.split()
    assert gone(int(pid))
    assert heavy == "[]"


def test_a_forked_kernel_gets_a_zygote_of_its_own():
    done = script("""
        import os
        from seglam_magics.verify import ChildExecutor
        executor = ChildExecutor()
        executor.call("def f(): return 1", "f", {}, returns="number")
        first = executor._link.pid
        if os.fork() == 0:
            assert executor.call("def f(): return 2", "f", {}, returns="number") == 2
            assert executor._link.pid != first
            executor.close()
            os._exit(0)
        print(os.waitstatus_to_exitcode(os.wait()[1]), executor.call("def f(): return 3", "f", {}, returns="number"))
    """)
    assert done.stdout.split() == ["0", "3"], done.stderr


# ---------------------------------------------------------------- where the system cannot fork


def test_a_fresh_interpreter_for_every_job_answers_alike():
    fresh = ChildExecutor(fork=False)
    try:
        source = reaching("os.write(1, b'junk')\nreturn nw.col and x.select(nw.col('a').sum())")
        assert call(fresh, source, pl.DataFrame({"a": [1, 2]})) == 3
        for source, code in (
            ("def f(x):\n    while True: pass", "E-RUN-TIME"),
            (reaching("os._exit(0)"), "E-RUN-PROTOCOL"),
        ):
            with pytest.raises(SeglamError) as told:
                call(fresh, source, seconds=0.2)
            assert told.value.code == code
    finally:
        fresh.close()
