"""The filter of system calls, run by an interpreter of its own: what it answers on both architectures, for any call."""

from __future__ import annotations

import platform

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seglam_magics.verify import seccomp

ALLOW, EPERM, EACCES, ENOSYS, KILL = 0x7FFF0000, 0x50001, 0x5000D, 0x50026, 0x80000000
PID = 4711
MACHINES = ("x86_64", "aarch64")
# read off the kernel's headers, not off our own table
DANGEROUS = {
    "x86_64": {
        "socket": 41, "connect": 42, "sendto": 44, "socketpair": 53, "bind": 49, "fork": 57, "vfork": 58,
        "execve": 59, "execveat": 322, "ptrace": 101, "process_vm_readv": 310, "process_vm_writev": 311,
        "io_uring_setup": 425, "io_uring_enter": 426, "bpf": 321, "userfaultfd": 323, "perf_event_open": 298,
        "keyctl": 250, "add_key": 248, "unshare": 272, "setns": 308, "mount": 165, "umount2": 166,
        "pivot_root": 155, "chroot": 161, "memfd_create": 319, "memfd_secret": 447, "pidfd_open": 434,
        "pidfd_getfd": 438, "pidfd_send_signal": 424, "tkill": 200, "rt_sigqueueinfo": 129,
        "rt_tgsigqueueinfo": 297, "setsid": 112, "setpgid": 109, "setrlimit": 160, "creat": 85, "unlink": 87,
        "unlinkat": 263, "rename": 82, "renameat2": 316, "link": 86, "linkat": 265, "symlink": 88,
        "symlinkat": 266, "mkdir": 83, "rmdir": 84, "mknod": 133, "chmod": 90, "fchmod": 91, "fchmodat": 268,
        "chown": 92, "truncate": 76, "ftruncate": 77, "utimensat": 280, "setxattr": 188, "chdir": 80,
        "fchdir": 81, "readlink": 89, "readlinkat": 267, "sendfile": 40, "splice": 275, "open_by_handle_at":
        304, "shmget": 29, "msgget": 68, "mq_open": 240, "personality": 135, "seccomp": 317, "capset": 126,
        "setuid": 105, "setgid": 106, "landlock_create_ruleset": 444, "init_module": 175, "finit_module": 313,
        "kexec_load": 246, "reboot": 169, "modify_ldt": 154, "iopl": 172, "ioperm": 173, "timer_create": 222,
        "inotify_init1": 294, "fanotify_init": 300, "mount_setattr": 442, "fsopen": 430,
    },
    "aarch64": {
        "socket": 198, "connect": 203, "sendto": 206, "socketpair": 199, "bind": 200, "execve": 221,
        "execveat": 281, "ptrace": 117, "process_vm_readv": 270, "process_vm_writev": 271, "io_uring_setup":
        425, "io_uring_enter": 426, "bpf": 280, "userfaultfd": 282, "perf_event_open": 241, "keyctl": 219,
        "add_key": 217, "unshare": 97, "setns": 268, "mount": 40, "umount2": 39, "pivot_root": 41, "chroot":
        51, "memfd_create": 279, "memfd_secret": 447, "pidfd_open": 434, "pidfd_getfd": 438,
        "pidfd_send_signal": 424, "tkill": 130, "rt_sigqueueinfo": 138, "rt_tgsigqueueinfo": 240, "setsid":
        157, "setpgid": 154, "setrlimit": 164, "unlinkat": 35, "renameat2": 276, "renameat": 38, "linkat": 37,
        "symlinkat": 36, "mkdirat": 34, "mknodat": 33, "fchmod": 52, "fchmodat": 53, "fchown": 55, "truncate":
        45, "ftruncate": 46, "utimensat": 88, "setxattr": 5, "chdir": 49, "fchdir": 50, "readlinkat": 78,
        "sendfile": 71, "splice": 76, "open_by_handle_at": 265, "shmget": 194, "msgget": 186, "mq_open": 180,
        "personality": 92, "seccomp": 277, "capset": 91, "setuid": 146, "setgid": 144,
        "landlock_create_ruleset": 444, "init_module": 105, "finit_module": 273, "kexec_load": 104, "reboot":
        142, "timer_create": 107, "inotify_init1": 26, "fanotify_init": 262, "mount_setattr": 442, "fsopen":
        430,
    },
}  # fmt: skip
calls = st.integers(0, 2**32 - 1) | st.integers(0, 600)
arguments = st.lists(st.integers(0, 2**64 - 1) | st.integers(0, 70), min_size=6, max_size=6)


def answer(name, number, given=(), audit=None, *, reading=True):
    """What the kernel would do with a call: the filter, interpreted as its documentation says."""
    words = [number, seccomp.machine(name).audit if audit is None else audit, 0, 0]
    for value in [*given, *[0] * 6][:6]:
        words += [value & 0xFFFFFFFF, value >> 32]
    held, at, program = 0, 0, seccomp.program(PID, reading=reading, name=name)
    while True:
        operation, yes, no, operand = program[at]
        at += 1
        if operation == 0x20:
            held = words[operand // 4]
        elif operation == 0x06:
            return operand
        else:
            true = {0x15: held == operand, 0x25: held > operand, 0x35: held >= operand, 0x45: bool(held & operand)}
            at += yes if true[operation] else no


def number(name, call):
    return seccomp.machine(name).numbers[call]


@pytest.mark.parametrize("name", MACHINES)
def test_jumps_stay_inside_and_every_path_ends(name):
    program = seccomp.program(PID, reading=True, name=name)
    assert len(program) < 4096
    for at, (operation, yes, no, operand) in enumerate(program):
        assert 0 <= operand < 2**32
        assert 0 <= yes < 256 > no >= 0
        assert operation == 0x06 or at + 1 + max(yes, no) < len(program)


@pytest.mark.parametrize(("name", "call"), [(name, call) for name in MACHINES for call in DANGEROUS[name]])
def test_what_is_dangerous_is_refused(name, call):
    for reading in (True, False):
        assert answer(name, DANGEROUS[name][call], reading=reading) == EPERM


@pytest.mark.parametrize("name", MACHINES)
@given(call=calls, given=arguments)
def test_nothing_is_let_through_that_is_not_on_the_list(name, call, given):
    known = seccomp.machine(name)
    free = {known.numbers[c] for c in seccomp._data()["free"].split() if c in known.numbers}
    looked_at = {known.numbers[c] for c in seccomp._rules(reading=True) if c in known.numbers}
    found = answer(name, call, given)
    if call in free:
        assert found == ALLOW
    elif call in looked_at:
        assert found in (ALLOW, EPERM, EACCES)
    else:
        assert found in (EPERM, ENOSYS)


@pytest.mark.parametrize("name", MACHINES)
@given(call=calls, given=arguments, audit=st.integers(0, 2**32 - 1))
def test_calls_of_another_architecture_end_the_process(name, call, given, audit):
    if audit != seccomp.machine(name).audit:
        assert answer(name, call, given, audit) == KILL


@pytest.mark.parametrize("name", MACHINES)
@given(given=arguments)
def test_a_signal_reaches_the_process_itself_alone(name, given):
    for call in ("kill", "tgkill"):
        assert (answer(name, number(name, call), given) == ALLOW) == (given[0] & 0xFFFFFFFF == PID)
        assert answer(name, number(name, call), [PID, *given[1:]]) == ALLOW


@pytest.mark.parametrize("name", MACHINES)
@given(flags=st.integers(0, 2**64 - 1))
def test_clone_makes_threads_and_no_namespaces(name, flags):
    wanted = bool(flags & 0x10000) and not flags & 0x7E020000
    assert (answer(name, number(name, "clone"), [flags]) == ALLOW) == wanted
    assert answer(name, number(name, "clone"), [0x3D0F00]) == ALLOW, "what libc makes a thread with"


@pytest.mark.parametrize("name", MACHINES)
@given(flags=st.integers(0, 2**32 - 1))
def test_files_are_opened_to_read_or_not_at_all(name, flags):
    for call, at in (("openat", 2), ("open", 1)):
        if call in seccomp.machine(name).numbers:
            given = [0] * at + [flags]
            assert (answer(name, number(name, call), given) == ALLOW) == (not flags & 0o1103)
            assert answer(name, number(name, call), given, reading=False) == EACCES


@pytest.mark.parametrize("name", MACHINES)
@given(given=arguments)
def test_limits_can_be_asked_for_and_not_set(name, given):
    own = given[0] & 0xFFFFFFFF in (0, PID)
    assert (answer(name, number(name, "prlimit64"), given) == ALLOW) == (own and given[2] == 0)
    assert answer(name, number(name, "prlimit64"), [0, given[1], 0, given[3]]) == ALLOW


def test_newer_and_foreign_numbers_look_like_an_older_kernel():
    assert answer("x86_64", 435) == answer("aarch64", 435) == ENOSYS  # clone3: libc takes clone
    assert answer("x86_64", 437) == answer("aarch64", 437) == ENOSYS  # openat2: its flags cannot be seen
    assert answer("x86_64", 10_000) == answer("aarch64", 10_000) == ENOSYS
    assert answer("x86_64", 0x40000000) == EPERM  # read, of the x32 ABI


def test_an_architecture_without_a_table_is_an_error():
    with pytest.raises(OSError, match="riscv64"):
        seccomp.machine("riscv64")
    assert platform.machine() not in MACHINES or seccomp.program(1, reading=True)
