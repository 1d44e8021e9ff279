"""What the executables can do by what they are linked with: needed libraries, dangerous symbols, hardening.

The golden list is tests/golden/links.txt, one line per executable and kind. A new library or symbol is a new power: it fails with
the difference, and whoever wants it changes the golden list and docs/trust.md in the same commit. --write makes the list anew.
"""
import difflib
import os
import re
import subprocess
import sys

from support.server import BIN, check, equal, finish, section, skip

GOLDEN = os.path.join(os.path.dirname(os.path.abspath(__file__)), "golden", "links.txt")
PROGRAMS = ["bulkhead", *("bulkhead-" + name for name in ("chronicle", "gate-http", "gate-ssh", "hasher", "hull", "keeper", "mailer", "porter", "signet", "vault", "verify", "warden"))]
# Symbols that open something, reach somebody, start something, or look into another process.
DANGEROUS = re.compile(r"""socket|connect|bind|listen|accept4?|getaddrinfo|gethostbyname\w*|sendto
    |open(64)?|openat2?(64)?|creat(64)?|fopen(64)?|freopen(64)?|opendir
    |exec[lv]p?e?|execvpe|fexecve|execveat|posix_spawnp?|v?fork|_Fork|clone3?|system|popen|dlm?open|ptrace|process_vm_\w+
    |kill|mount|pivot_root|setns|init_module|bpf""", re.X)


def readelf(*arguments):
    return subprocess.run(["readelf", "-W", *arguments], capture_output=True, text=True, check=True).stdout


def libraries(program):
    return sorted(re.findall(r"\(NEEDED\)\s+Shared library: \[(.*?)\]", readelf("-d", program)))


def undefined(program):
    """Names of the undefined dynamic symbols, without versions."""
    names = re.findall(r"\bUND (\S+)", readelf("--dyn-syms", program))
    return {name.partition("@")[0] for name in names}


def powers(folder):
    lines = []
    for name in PROGRAMS:
        program = os.path.join(folder, name)
        lines.append(f"{name} needs: {' '.join(libraries(program))}")
        lines.append(f"{name} calls: {' '.join(sorted(s for s in undefined(program) if DANGEROUS.fullmatch(s))) or '-'}")
    return lines


def the_golden_list():
    """libraries and dangerous symbols of each executable are the listed ones"""
    listed = [line for line in open(GOLDEN, encoding="utf-8").read().splitlines() if line and not line.startswith("#")]
    found = powers(BIN)
    difference = [d for d in difflib.unified_diff(listed, found, "tests/golden/links.txt", "as built", lineterm="", n=0)]
    check(f"{len(found)} lines as listed", listed == found,
          "\n" + "\n".join(difference) + "\nwanted? then: python3 tests/test_links.py --write, and docs/trust.md")


def lacks(head, segments, dynamic, symbols):
    """What an executable lacks, from readelf's words."""
    stack = re.search(r"GNU_STACK\s+(?:0x[0-9a-f]+\s+){5}(.{3})", segments)
    loads = re.findall(r"^\s+LOAD\s+(?:0x[0-9a-f]+\s+){5}(.{3})", segments, re.M)
    return [what for what, holds in (
        ("position independent", "DYN (" in head and re.search(r"\(FLAGS_1\).*\bPIE\b", dynamic)),
        ("RELRO", "GNU_RELRO" in segments),
        ("BIND_NOW", re.search(r"\(FLAGS\).*\bBIND_NOW\b", dynamic)),
        ("a stack that is not executable", stack and "E" not in stack.group(1)),
        ("no segment both writable and executable", loads and not any("W" in flags and "E" in flags for flags in loads)),
        ("no RPATH", "RPATH" not in dynamic and "RUNPATH" not in dynamic),
        ("no text relocations", "TEXTREL" not in dynamic),
        ("stack protector", "__stack_chk_fail" in symbols),
    ) if not holds]


def facts(name):
    program = os.path.join(BIN, name)
    return readelf("-h", program), readelf("-l", program), readelf("-d", program), undefined(program)


def hardening():
    """PIE, full RELRO, no executable stack, no run path, stack protector, fortified calls"""
    for name in PROGRAMS:
        equal(f"{name} lacks nothing", lacks(*facts(name)), [])
    fortified = [name for name in PROGRAMS if any(s.endswith("_chk") and s != "__stack_chk_fail" for s in undefined(os.path.join(BIN, name)))]
    check("calls are fortified where the compiler could", len(fortified) >= 5, fortified)


def the_test_can_fail():
    """a system program has powers that none of ours may have"""
    shell = os.path.realpath("/bin/sh")
    seen = {s for s in undefined(shell) if DANGEROUS.fullmatch(s)}
    check("the shell is seen to open and execute", bool(seen & {"open", "open64"}) and "execve" in seen, seen)
    head, segments, dynamic, symbols = facts("bulkhead-vault")
    equal("each missing protection is noticed", [lacks(*changed) for changed in (
        (head.replace("DYN (", "EXEC ("), segments, dynamic, symbols),
        (head, segments.replace("GNU_RELRO", ""), dynamic, symbols),
        (head, segments, dynamic.replace("BIND_NOW", ""), symbols),
        (head, re.sub(r"(GNU_STACK.*)RW ", r"\1RWE", segments), dynamic, symbols),
        (head, re.sub(r"(LOAD.*)RW ", r"\1RWE", segments), dynamic, symbols),
        (head, segments, dynamic + " (RUNPATH) Library runpath: [/tmp]", symbols),
        (head, segments, dynamic + " (TEXTREL)", symbols),
        (head, segments, dynamic, symbols - {"__stack_chk_fail"}),
    )], [["position independent"], ["RELRO"], ["BIND_NOW"], ["a stack that is not executable"],
         ["no segment both writable and executable"], ["no RPATH"], ["no text relocations"], ["stack protector"]])
    edge = {line.partition(" ")[0]: line for line in powers(BIN) if " calls: " in line}
    for name in ("gate-http", "gate-ssh", "porter", "vault", "keeper", "warden", "signet", "hasher", "chronicle"):
        bad = re.search(r" (socket|connect|bind|listen|accept4?|exec\w+|v?fork|clone|system|popen|dlopen|ptrace)\b", edge["bulkhead-" + name])
        check(f"{name} is linked with nothing that makes a socket or starts a program", bad is None, bad)


if __name__ == "__main__":
    if "__asan_init" in readelf("--dyn-syms", os.path.join(BIN, "bulkhead-vault")):
        skip("links", "this is a sanitizer build; what runs is the release build")
        sys.exit(0)
    if sys.argv[1:] == ["--write"]:
        text = open(GOLDEN, encoding="utf-8").read() if os.path.exists(GOLDEN) else ""
        comments = [line for line in text.splitlines() if line.startswith("#")]
        with open(GOLDEN, "w", encoding="utf-8") as file:
            file.write("\n".join([*comments, *powers(BIN)]) + "\n")
        sys.exit(0)
    section(the_golden_list)
    section(hardening)
    section(the_test_can_fail)
    finish()
