"""A ledger that was changed (breach suite R-121): bulkhead-verify names the first bad entry, and the vault does not start.

Every change is made to a copy for the verifier, and some to the real ledger for the vault. What a crash may leave (a torn tail that
no checkpoint covers) is not damage.
"""
import os
import shutil
import struct
import subprocess
import sys
import tempfile
import time
import zlib

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "support"))
import server as harness
from contents import populate
from hostile import Target
from server import check, equal, finish, section

HEAD, SALT = 48, 32  # docs/spec/ledger.md


def records(log):
    """[(start, end)] of every record"""
    found, at = [], 0
    while at < len(log):
        size = struct.unpack_from(">I", log, at)[0]
        found.append((at, at + HEAD + SALT + size))
        at = found[-1][1]
    return found


def with_new_crc(record):
    return record[:44] + struct.pack(">I", zlib.crc32(record[:44])) + record[48:]


def flip(data, at):
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1:]


def changes(log):
    """{name: (changed log, index that must be named)}"""
    spans = records(log)
    victim, last = len(spans) // 2, len(spans) - 1
    start, end = spans[victim]
    record = log[start:end]
    renumbered = with_new_crc(record[:4] + struct.pack(">Q", victim) + record[12:])
    following = log[spans[victim + 1][0]:spans[victim + 1][1]]
    return {
        "a bit of a body": (flip(log, end - 3), victim),
        "a bit of a salt": (flip(log, start + HEAD + 4), victim),
        "a bit of a commitment": (flip(log, start + 20), victim),
        "a bit of a size": (flip(log, start + 3), victim),
        "a bit of an index": (flip(log, start + 11), victim),
        "a bit of the first entry": (flip(log, spans[0][1] - 1), 0),
        "a bit of the last entry": (flip(log, spans[last][1] - 1), last),
        "an entry deleted": (log[:start] + log[end:], victim),
        "an entry twice": (log[:end] + record + log[end:], victim + 1),
        "two entries swapped": (log[:start] + following + record + log[spans[victim + 1][1]:], victim),
        "an entry of another number, with a right checksum": (log[:start] + with_new_crc(following[:4] + struct.pack(">Q", victim) + following[12:]) + log[end:], victim),
        "a forged entry with a right checksum": (log[:start] + with_new_crc(renumbered[:12] + b"c" * 32 + renumbered[44:]) + log[end:], victim),
        "the last entry cut off": (log[:spans[last][0]], last),
        "cut within an entry": (log[:start + 60], victim),
        "everything cut off": (b"", 0),
    }


def verify(folder, key):
    return subprocess.run([os.path.join(harness.BIN, "bulkhead-verify"), folder, "--key", key], capture_output=True, text=True, timeout=60)


def write(folder, content):
    with open(os.path.join(folder, "log", "000000000.log"), "r+b") as file:
        file.truncate(0)
        file.write(content)


def verifier(server, log, key):
    """bulkhead-verify names the first bad index of each change"""
    original = os.path.join(server.data, "vault", "ledger")
    check("control: the untouched ledger verifies", verify(original, key).returncode == 0)
    for name, (changed, index) in changes(log).items():
        with tempfile.TemporaryDirectory() as above:
            copy = os.path.join(above, "ledger")
            shutil.copytree(original, copy)
            write(copy, changed)
            done = verify(copy, key)
            equal(f"{name}: found", done.returncode, 1)
            check(f"{name}: entry {index} is named", f"entry {index}:" in done.stderr, done.stderr)
            report = subprocess.run([os.path.join(harness.BIN, "bulkhead-verify"), copy, "--report", "--key", key], capture_output=True, text=True, timeout=60)
            check(f"{name}: no report is made of it", report.returncode == 1 and "Released" not in report.stdout, report.stdout[:200])


def other_files(server, key):
    """checkpoint, tiles and key: changed or exchanged"""
    original = os.path.join(server.data, "vault", "ledger")
    with tempfile.TemporaryDirectory() as above:
        def copied(name):
            copy = os.path.join(above, name)
            shutil.copytree(original, copy)
            return copy
        copy = copied("checkpoint")
        path = os.path.join(copy, "checkpoint")
        text = open(path).read()
        lines = text.split("\n")
        for what, changed in (("another size", [lines[0], str(int(lines[1]) - 1), *lines[2:]]), ("another origin", ["x" + lines[0], *lines[1:]]),
                              ("another root", [lines[0], lines[1], "A" * 43 + "=", *lines[3:]]), ("no signature", lines[:4])):
            open(path, "w").write("\n".join(changed))
            check(f"a checkpoint with {what} is refused", verify(copy, key).returncode == 1)
        os.remove(path)
        check("a ledger without its checkpoint is refused", verify(copy, key).returncode == 1)
        for part in ("0", "entries"):
            copy = copied(f"tile-{part}")
            tile = next(os.path.join(where, name) for where, _, names in os.walk(os.path.join(copy, "tile", part)) for name in sorted(names, key=int)[-1:])
            data = open(tile, "rb").read()
            open(tile, "wb").write(flip(data, len(data) // 2))
            check(f"a tile of {part} with a changed bit is refused", verify(copy, key).returncode == 1)
        name, number, _ = key.split("+", 2)
        other = f"{name}+{number}+" + "A" * 44
        check("under another key nothing verifies", verify(original, other).returncode != 0)


def refused_administration(server):
    """The command line gets no account made: without its vault the server serves nobody."""
    return server.cli("user", "add", "mallory", "--password-stdin", input=harness.PASSWORD + "\n", timeout=30).returncode != 0


def vault_refuses(server, log):
    """the vault does not start on a changed ledger, and says which entry it is"""
    original = os.path.join(server.data, "vault", "ledger")
    for name in ("a bit of a body", "a bit of a commitment", "an entry deleted", "two entries swapped", "a forged entry with a right checksum", "the last entry cut off",
                 "everything cut off"):
        changed, index = changes(log)[name]
        write(original, changed)
        since = len(server.log_lines())
        process = subprocess.Popen([os.path.join(harness.BIN, "bulkhead"), "serve", "--data", server.data, "--https", "127.0.0.1:0"],
                                   stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        try:
            said = server.wait_for_log(lambda record: record["said"]["event"] == "vault cannot serve", since, 10)
            # A body is not in the tree: its hash is compared when entries are read back.
            check(f"{name}: the vault says that it cannot serve", said is not None, server.log_lines()[since:][-3:])
            why = said["said"]["why"] if said else ""
            check(f"{name}: and names the entry", f"entry {index}" in why or "do not hash to the root of the checkpoint" in why, why)
            check(f"{name}: nobody can sign on", refused_administration(server))
        finally:
            process.terminate()
            process.communicate(timeout=60)
        equal(f"{name}: the ledger is left as it was found, as evidence", open(os.path.join(original, "log", "000000000.log"), "rb").read() == changed, True)
    write(original, log)
    server.start()
    check("control: with the true ledger the server starts again", server.cli("ledger", "verify").returncode == 0)
    server.stop()


def torn_tail(server):
    """what a crash may leave behind the last checkpoint is cut off, and said"""
    folder = os.path.join(server.data, "vault", "ledger")
    log = server.ledger_bytes()
    next_record = with_new_crc(struct.pack(">IQ", 40, len(records(log))) + b"c" * 32 + bytes(4))
    write(folder, log + next_record + b"salt")  # the power went while it was written
    since = len(server.log_lines())
    server.start()
    equal("the server starts and serves", server.sign_on("alice").status, 200)
    cut = server.wait_for_log(lambda record: record["said"]["event"] == "ledger_tail_cut", since, 5)
    check("and says that a torn tail was cut", cut is not None, server.log_lines()[since:])
    equal("the ledger verifies", server.cli("ledger", "verify").returncode, 0)
    server.stop()
    check("all earlier entries are still there", server.ledger_bytes().startswith(log))


def main():
    with Target() as server:
        sent = populate(server, files=3)
        for name, files in sent.items():
            client = server.client(name)
            for file in files:
                client.download(file)
            client.close()
        server.stop()
        log = server.ledger_bytes()
        key = open(os.path.join(server.data, "vault", "ledger", "ledger.pub")).read().strip().split("\n")[0]
        check("the ledger has entries enough to change", len(records(log)) >= 12, len(records(log)))
        tests = {"verifier": (verifier, log, key), "other_files": (other_files, key), "vault_refuses": (vault_refuses, log), "torn_tail": (torn_tail,)}
        for name in sys.argv[1:] or tests:
            test, *arguments = tests[name]
            section(test, server, *arguments)
    finish()


main()
