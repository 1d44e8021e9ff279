"""A keeper that was taken over (breach suite R-115, R-116): it decides nothing any more and answers what it likes.

What the design promises: no answer of the vault to it holds a key that is not wrapped; a key is released only within a live session, recorded under that
session's true principal together with the hash of the wrapped key, and metered; wrapped keys of another organisation, or with
another file's tag, do not open. Not promised: that within one organisation the released file is the one that was meant. That is
recorded, not prevented.

The hostile keeper is the real one without the decision (tests/mutants/changes/read_without_decision.txt); the false rows it
could answer with are put into its catalog.
"""
import hashlib
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "support"))
import census
import server as harness
from contents import populate
from hostile import *
from server import ROOT, check, equal, finish, section, skip

KEEPER = os.path.join(os.path.dirname(HOSTILE.rstrip("/")), "mutants", "read_without_decision", "bulkhead-keeper")
RELEASES_A_MINUTE = 4


def channels_of_keeper(server):
    """It holds no channel to warden or to signet; to the vault one for buckets of keys alone; chronicle only hears from it"""
    if not ROOT:
        return skip("the channels of keeper", "only root may look at the descriptors of a sandboxed process")
    found = {pair[1] for pair in census.channels(server) if pair[0] == "keeper"}
    equal("keeper talks to hull, the vault, gates, porters and chronicle only", found, {"hull", "vault", "gate-http", "porter", "chronicle"})


def serves_everything(server, sent):
    """It leases every file to everybody: each release names the true session, the true key, and counts"""
    before = server.released()
    with Gate(server) as gate:
        file, version = server.files_of("bob")[0]
        said = gate.ask("porter", OPEN_READ, u64(file) + u64(version))
        check("without a session there is nothing to be had", said.kind == "gone" and gate.ended(), said)
    with Gate(server) as gate:
        gate.bind("alice")
        outcomes = []
        for file, version in server.files_of("bob") + server.files_of("alice"):
            content = {**sent["bob"], **sent["alice"]}[file]
            said, got = gate.read_file(file, version, len(content))
            outcomes.append(said.errc or ("whole" if got == content else "damaged"))
        equal("Bob's files are served to her (recorded, not prevented), until the budget ends", outcomes,
              ["whole"] * RELEASES_A_MINUTE + ["exhausted"] * (len(outcomes) - RELEASES_A_MINUTE))
    released = server.released()[len(before):]
    equal("each stands in the ledger under her name", released, [(file, "alice") for file, _ in server.files_of("bob")[:RELEASES_A_MINUTE]])
    log = server.ledger_bytes()
    for file, _ in server.files_of("bob")[:RELEASES_A_MINUTE]:
        wrapped = server.catalog("SELECT v.wrapped_key FROM files f JOIN versions v ON v.id = f.version WHERE f.id = ?", file)[0][0]
        check(f"with the hash of the wrapped key of file {file}", hashlib.sha256(wrapped).digest() in log)
    lines = server.report()
    names = {entry["username"] for part in ("released_bytes_known", "released_bytes_unknown") for entry in lines[part]}
    equal("the disclosure report names nobody else", names, {"alice"})


def false_rows(server, sent, foreign):
    """False rows for a lease: a wrapped key of another file or organisation opens nothing, and not a byte is sent"""
    carols = server.files_of("carol")
    server.stop()
    rows = {file: server.catalog("SELECT v.id, v.tag, v.wrapped_key FROM files f JOIN versions v ON v.id = f.version WHERE f.id = ?", file)[0] for file, _ in carols}
    (a, _), (b, _), (c, _), (d, _) = carols[:4]
    server.change_catalog(
        # a: the wrapped key of b; b: a wrapped key of another organisation, with the tag it was made for; c: another tag
        ("UPDATE versions SET wrapped_key = ? WHERE id = ?", (rows[b][2], rows[a][0])),
        ("UPDATE versions SET wrapped_key = ?, tag = ? WHERE id = ?", (foreign[1], foreign[0], rows[b][0])),
        ("UPDATE versions SET tag = ? WHERE id = ?", (b"a tag of nothing", rows[c][0])))
    server.stand_in({"bulkhead-gate-http": "hostile_gate", "bulkhead-keeper": KEEPER})
    before = server.released()
    with Gate(server) as gate:
        gate.bind("carol")
        for name, file in (("another file's wrapped key", a), ("another organisation's key and tag", b), ("another tag", c)):
            said, got = gate.read_file(file, dict(carols)[file], 100)
            check(f"{name}: refused, and no byte came", said.kind == "refused" and said.errc in ("denied", "corrupt") and got == b"", said)
        content = sent["carol"][d]
        said, got = gate.read_file(d, dict(carols)[d], len(content))
        check("a true row of the same keeper is served", got == content, said)
    equal("only the true one is a release", server.released()[len(before):], [(d, "carol")])


def main():
    if not os.path.exists(KEEPER):
        sys.exit(f"{KEEPER} is missing: build it first")
    budget = {"releases": [RELEASES_A_MINUTE, 20_000, 100_000, 1_000_000]}
    with Target({"budget_principal": budget}) as server:
        sent = populate(server, names=("alice", "bob", "carol"), files=RELEASES_A_MINUTE + 1)
        server.stop()
        foreign = key_of_another_organisation(server)
        server.stand_in({"bulkhead-gate-http": "hostile_gate", "bulkhead-keeper": KEEPER})
        section(channels_of_keeper, server)
        section(serves_everything, server, sent)
        section(false_rows, server, sent, foreign)
        verified = server.cli("ledger", "verify")
        check("the ledger verifies", verified.returncode == 0, verified.stdout + verified.stderr)
    finish()


main()
