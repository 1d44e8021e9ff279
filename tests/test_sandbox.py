"""The sandbox of live processes (breach suite R-108, R-109): every system call number over every entry, and what they would be
good for, tried from inside the real sandbox of gate, porter, vault and mailer, with Landlock as the kernel has it, at ABI 2, and off.

tests/hostile/calls.cc makes one process for each attempt, which enters the sandbox with the real policy() and then tries.
"""
import errno
import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "support"))
from hostile import HOSTILE
from server import ROOT, check, equal, finish, section

CALLS = os.path.join(HOSTILE, "hostile_calls")
UID = 64_299 if ROOT else 0
# x86-64 numbers that no allow-list of an edge process may ever hold; openat and its kin are vault's, below its own root.
OPENING = {"open": 2, "creat": 85, "openat": 257, "openat2": 437, "open_by_handle_at": 304}
NEVER = {"socket": 41, "connect": 42, "accept": 43, "sendto": 44, "bind": 49, "listen": 50, "socketpair": 53, "clone": 56, "fork": 57, "vfork": 58,
         "execve": 59, "kill": 62, "ptrace": 101, "setuid": 105, "capset": 126, "prctl": 157, "chroot": 161, "mount": 165, "tkill": 200,
         "add_key": 248, "unshare": 272, "splice": 275, "vmsplice": 278, "accept4": 288, "perf_event_open": 298, "setns": 308,
         "process_vm_readv": 310, "process_vm_writev": 311, "seccomp": 317, "memfd_create": 319, "bpf": 321, "execveat": 322, "userfaultfd": 323,
         "io_uring_setup": 425, "pidfd_open": 434, "clone3": 435, "pidfd_getfd": 438, "symlink": 88, "link": 86, "chmod": 90, "chown": 92}
# Calls that newer kernels admit past every seccomp filter: they end a process that no uprobe was put into (Linux 6.14 and 6.18).
PAST_ANY_FILTER = {335, 336}


def start(folder, policy, abi, what):
    return subprocess.Popen([CALLS, policy, folder, str(UID), str(abi), what], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def lines_of(process, timeout=200):
    out, wrong = process.communicate(timeout=timeout)
    if process.returncode != 0:
        raise RuntimeError(wrong)
    return out.splitlines()


def allow_list(folder, policy):
    return {int(line) for line in lines_of(start(folder, policy, 64, "list"))}


def lists(folder):
    """what the allow-lists hold"""
    sizes = {"gate_http": 30, "porter": 36, "vault": 50, "mailer": 36}
    for policy, most in sizes.items():
        allowed = allow_list(folder, policy)
        check(f"{policy} has a short list ({len(allowed)} calls)", 0 < len(allowed) <= most, len(allowed))
        never = {**NEVER, **OPENING} if policy != "vault" else NEVER
        if policy == "mailer":  # over the connection that it has
            # sendto: on the connection that it has; connect: answered, never made (see probes)
            never = {name: number for name, number in never.items() if name not in ("sendto", "connect")}
        equal(f"nothing on it that opens, connects, executes or inspects: {policy}", [name for name, number in never.items() if number in allowed], [])


def every_number(folder):
    """R-108: numbers 0 to 500, as x86-64, as x32 and over int 0x80, with Landlock as it is, and without"""
    for abi, process in {abi: start(folder, "gate_http", abi, "calls") for abi in (64, 0)}.items():
        found = [line.split(" ", 2) for line in lines_of(process)]
        equal(f"all of 501 numbers over 3 entries were tried (Landlock at most {abi})", len(found), 3 * 501)
        allowed = allow_list(folder, "gate_http")
        admitted = {int(number) for entry, number, outcome in found if entry == "x86-64" and outcome != "SIGSYS"} - PAST_ANY_FILTER
        equal(f"admitted is what the allow-list says, and nothing else (Landlock at most {abi})", admitted, allowed)
        equal("none over the x32 entry", [line for line in found if line[0] == "x32" and line[2] != "SIGSYS"], [])
        equal("none over the 32-bit entry", [line for line in found if line[0] == "ia32" and line[2] not in ("SIGSYS", "signal 11")], [])


def other_lists(folder):
    """R-108: the numbers below 500 for porter, vault and mailer"""
    running = {policy: start(folder, policy, 64, "calls") for policy in ("porter", "vault", "mailer")}
    for policy, process in running.items():
        found = [line.split(" ", 2) for line in lines_of(process)]
        admitted = {int(number) for entry, number, outcome in found if entry == "x86-64" and outcome != "SIGSYS"} - PAST_ANY_FILTER
        equal(f"{policy}: admitted is what the allow-list says", admitted, allow_list(folder, policy))


def probes(folder):
    """R-109: files, network, processes, memory; Landlock as the kernel has it, at ABI 2 as on Debian 12, and off"""
    for policy in ("gate_http", "porter", "vault", "mailer"):
        for abi in (64, 2, 0):
            found = dict(line.split("\t") for line in lines_of(start(folder, policy, abi, "probes")))
            name = f"{policy}, Landlock at most {abi}"
            equal(f"{name}: plain memory can be had (control)", found.pop("control: plain memory"), "done")
            check(f"{name}: none of {len(found)} probes reaches anything", "done" not in found.values(), [probe for probe in found if found[probe] == "done"])
            if policy == "mailer":
                equal(f"{name}: connect is answered without being made", found.pop("connect"), f"errno {errno.EINPROGRESS}")
            killed = {probe for probe, outcome in found.items() if outcome == "SIGSYS"}
            alive = set(found) - killed
            may_answer = {probe for probe in found if probe.startswith(("open ", "make "))} if policy == "vault" else set()
            equal(f"{name}: each is the end of the process" + (", but for files that are not there" if may_answer else ""), alive - may_answer, set())


def main():
    with tempfile.TemporaryDirectory(prefix="bulkhead-sandbox-") as above:
        os.chmod(above, 0o755)
        folder = os.path.join(above, "empty")
        os.mkdir(folder, 0o555)
        tests = {test.__name__: test for test in (lists, every_number, other_lists, probes)}
        for name in sys.argv[1:] or tests:
            if name == "probes" and not ROOT:
                print("as an ordinary user the vault's file probes hold by user namespace or Landlock, where the system allows one", flush=True)
            section(tests[name], folder)
    finish()


main()
