"""A porter that was taken over, together with its gate: what the vault and keeper still refuse (R-107, R-115, R-116).

Both ends of a pair are the test's (tests/hostile/gate.cc and porter.cc). What the porter says to the vault is also all that a
hostile keeper could bring about: over its own channel to the vault no key comes that is not wrapped.

Not prevented, and shown here: with a live session of Alice, and with the wrapped key and tag of another file *of her
organisation* (which only keeper gives out), that file's key is released. It is recorded under Alice, with the hash of that very
wrapped key, and counts against her budget. Keys of other organisations, and wrong tags, are refused.
"""
import hashlib
import os
import random
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "support"))
from contents import populate
from hostile import *
from server import check, equal, finish, section

PAIR = {"bulkhead-gate-http": "hostile_gate", "bulkhead-porter": "hostile_porter"}
RELEASES_A_MINUTE = 12


class Pair(Gate):
    """A hostile gate and its hostile porter."""

    def vault(self, number, body=b"", **more):
        return self.ask("vault", number, body, through=self.through_porter, **more)

    def storage(self, number, body=b"", **more):
        return self.ask("keeper", number, body, through=self.through_porter, **more)

    def adopted(self, user_name):
        """Signed on; capability adopted at the vault and at keeper's storage channel."""
        self.sign_on(user_name)
        for ask in (self.vault, self.storage):
            said = ask(ADOPT, text(self.capability))
            if said.kind != "answer":
                raise RuntimeError(f"adopt: {said}")
        return self


class Stored:
    """What the catalog holds of a file: all that a hostile keeper could hand to a porter."""

    def __init__(self, server, file):
        self.file = file
        self.tag, self.wrapped, self.size, self.sha256 = server.catalog(
            "SELECT v.tag, v.wrapped_key, v.size, v.sha256 FROM files f JOIN versions v ON v.id = f.version WHERE f.id = ?", file)[0]

    def ask(self, tag=None, wrapped=None, file=None, size=None, purpose=0):
        return (tag or self.tag) + text(wrapped or self.wrapped) + u64(self.file if file is None else file) + text("/Home/x/y.bin") + self.sha256 + u64(
            self.size if size is None else size) + u8(purpose) + u32(0)


def violations_of_porters(server):
    return [line for _, kind, _, _, line in server.ledger() if kind == "violation"]


def ended_by_lie(server, name, number, body, user_name=None):
    """This ask to the vault ends the pair, is counted, stands in the ledger, and brings no key."""
    _, before = server.trouble()
    ledgered = len(violations_of_porters(server))
    with Pair(server) as pair:
        if user_name:
            pair.adopted(user_name)
        said = pair.vault(number, body)
        check(f"{name}: no answer, the pair is ended", said.kind == "gone" and pair.ended(), said)
    check(f"{name}: counted", server.wait_until(lambda: server.trouble()[1] > before), server.trouble())
    check(f"{name}: in the ledger", server.wait_until(lambda: len(violations_of_porters(server)) > ledgered), violations_of_porters(server)[-2:])


def without_a_session(server, sent):
    """The vault answers nothing to a porter that has not adopted a live capability of its own connection"""
    alices = Stored(server, next(iter(sent["alice"])))
    for name, number, body in (("a release", RELEASE, alices.ask()), ("a new key", NEW_KEY, b"t" * 16), ("a report", SENT, u64(0) + u32(0) + u8(1)),
                               ("a receipt", RECEIVED, received(b"t" * 16, b"w" * 60)), ("a draft's key", RESUME_KEY, b"t" * 16 + text(b"w" * 60)), ("ask 0", 0, b""), ("ask 299", 299, b"x" * 30)):
        ended_by_lie(server, f"{name} without a capability", number, body)
    ended_by_lie(server, "a made-up capability", ADOPT, text(random.Random(1).randbytes(160)))
    with Pair(server) as bob:
        bob.sign_on("bob")
        ended_by_lie(server, "Bob's capability on another connection", ADOPT, text(bob.capability))
    with Pair(server) as pair:
        pair.sign_on("alice")
        now = int(time.time() * 1000)
        expired = SignedCapability(pair.capability).forged(server, issued=now - 60_000, expires=now - 1)
        equal("an expired capability, signed with warden's key", pair.vault(ADOPT, text(expired)).errc, "expired")
        check("leaves the channel unbound", pair.vault(RELEASE, alices.ask()).kind == "gone" and pair.ended())
    equal("nothing was released by all of that", server.released(), [])


def one_principal(server, sent):
    """The vault does not change the principal of a channel, even for a capability signed with warden's stolen key"""
    with Pair(server) as other:
        other.sign_on("bob")
        bob = SignedCapability(other.capability).principal
    with Pair(server) as pair:
        pair.adopted("alice")
        forged = SignedCapability(pair.capability).forged(server, principal=bob, name="bob")
        said = pair.vault(ADOPT, text(forged))
        equal("a second principal at the vault", (said.kind, said.errc), ("refused", "other_principal"))
        foreign = SignedCapability(pair.capability).forged(server, tenant=2)
        said = pair.vault(ADOPT, text(foreign))
        equal("the same person of another organisation", (said.kind, said.errc), ("refused", "other_principal"))
        said = pair.storage(ADOPT, text(forged))
        equal("a second principal at keeper", (said.kind, said.errc), ("refused", "other_principal"))


def wrong_keys(server, sent, foreign):
    """Wrapped keys that do not belong to this tag and organisation do not open; the third ends the pair"""
    alices, bobs = (Stored(server, next(iter(sent[name]))) for name in ("alice", "bob"))
    wrong = {"a garbage wrapped key": alices.ask(wrapped=b"g" * 60), "a short one": alices.ask(wrapped=b"g" * 3), "Alice's key with Bob's tag": alices.ask(tag=bobs.tag),
             "Bob's key with Alice's tag": alices.ask(wrapped=bobs.wrapped), "a tag that is no file's": alices.ask(tag=b"z" * 16)}
    if foreign:
        wrong["the key of another organisation, with its own tag"] = alices.ask(tag=foreign[0], wrapped=foreign[1])
    bit = bytearray(alices.wrapped)
    bit[20] ^= 1
    wrong["one bit changed"] = alices.ask(wrapped=bytes(bit))
    before = server.released()
    for name, body in wrong.items():
        with Pair(server) as pair:
            pair.adopted("alice")
            said = pair.vault(RELEASE, body)
            equal(name, (said.kind, said.errc), ("refused", "denied"))
    with Pair(server) as pair:
        pair.adopted("alice")
        kinds = [pair.vault(RELEASE, body).kind for body in list(wrong.values())[:3]]
        check("the third wrong key of a connection ends the pair", kinds == ["refused", "refused", "gone"] and pair.ended(), kinds)
    equal("none of them is a release", server.released(), before)


def received(tag, wrapped):
    return tag + text(wrapped) + u64(1) + text("/x") + b"h" * 32 + u64(1) + u32(0)


def keys_of_drafts(server, sent):
    """The key of a draft opens for its own user only, and only as such; the key of a file never does"""
    before = server.released()
    carols = Stored(server, next(iter(sent["carol"])))
    tag = b"d" * 16
    with Pair(server) as carol:
        carol.adopted("carol")
        made = Fields(carol.vault(NEW_KEY, tag).body)
        key, draft = made.text(), made.text()
        resumed = carol.vault(RESUME_KEY, tag + text(draft))
        equal("Carol goes on with her draft", (resumed.kind, Fields(resumed.body).text() if resumed.body else b""), ("answer", key))
    for name, user_name, number, body, errc in (
            ("a draft's key, as that of a file", "carol", RELEASE, carols.ask(tag=tag, wrapped=draft), "denied"),
            ("a file's key, as that of a draft", "carol", RESUME_KEY, carols.tag + text(carols.wrapped), "corrupt"),
            ("a file's key, with a receipt", "carol", RECEIVED, received(carols.tag, carols.wrapped), "corrupt"),
            ("Carol's draft, by Bob", "bob", RESUME_KEY, tag + text(draft), "corrupt"),
            ("Carol's draft, with Bob's receipt", "bob", RECEIVED, received(tag, draft), "corrupt"),
            ("a draft's key with another tag", "carol", RESUME_KEY, b"e" * 16 + text(draft), "corrupt"),
            ("garbage", "carol", RESUME_KEY, tag + text(b"g" * 60), "corrupt")):
        with Pair(server) as pair:
            said = pair.adopted(user_name).vault(number, body)
            equal(name, (said.kind, said.errc), ("refused", errc))
    with Pair(server) as pair:
        pair.adopted("bob")
        kinds = [pair.vault(RESUME_KEY, tag + text(draft)).kind for _ in range(3)]
        check("the third wrong one of a connection ends the pair", kinds == ["refused", "refused", "gone"] and pair.ended(), kinds)
    equal("none of that is a release", server.released(), before)
    with Pair(server) as carol:
        said = carol.adopted("carol").vault(RECEIVED, received(tag, draft))
        equal("with a receipt it becomes the key of a file", said.kind, "answer")
        fields = Fields(said.body)
        fields.u64()
        published = carol.vault(RELEASE, carols.ask(tag=tag, wrapped=fields.text()))
        equal("which is released like any other", (published.kind, Fields(published.body).text()), ("answer", key))
    equal("and stands in the ledger", len(server.released()) - len(before), 1)


def releases(server, sent):
    """A release inside a live session: recorded under the true principal, with the wrapped key's hash, and metered"""
    before = server.released()
    bobs, alices = Stored(server, list(sent["bob"])[1]), Stored(server, list(sent["alice"])[1])
    with Pair(server) as pair:
        pair.adopted("alice")
        own = pair.vault(RELEASE, alices.ask())
        equal("her own file", own.kind, "answer")
        fields = Fields(own.body)
        key, index = fields.text(), fields.u64()
        equal("the key has 32 bytes", len(key), 32)
        named = pair.vault(RELEASE, bobs.ask(file=4_000_000_000))
        equal("another file of her organisation, under a made-up number (recorded, not prevented)", named.kind, "answer")
        second = Fields(named.body)
        second.text()
        lied = second.u64()
        equal("both are in the ledger, under her name", server.released()[len(before):], [(alices.file, "alice"), (4_000_000_000, "alice")])
        log = server.ledger_bytes()
        for name, stored in (("her own", alices), ("Bob's", bobs)):
            check(f"with the hash of {name} wrapped key, which tells the true file", hashlib.sha256(stored.wrapped).digest() in log)
        equal("a report of what was sent is taken", pair.vault(SENT, u64(index) + u32(1) + u64(0) + u64(alices.size) + u8(1)).kind, "answer")
        equal("an entry twice is another release", pair.vault(RELEASE, alices.ask()).kind, "answer")
        equal("which is counted again", len(server.released()) - len(before), 3)
        outcomes = []
        for _ in range(RELEASES_A_MINUTE):
            said = pair.vault(RELEASE, bobs.ask())
            outcomes.append(said.errc or said.kind)
        equal("her budget bounds it", outcomes.count("answer"), RELEASES_A_MINUTE - 3)
        equal("then the brake holds", set(outcomes[RELEASES_A_MINUTE - 3:]), {"exhausted"})
        equal("a smaller stated size does not help", pair.vault(RELEASE, bobs.ask(size=0)).errc, "exhausted")
    released = server.released()[len(before):]
    equal("releases are ledger entries, all hers", [user for _, user in released], ["alice"] * RELEASES_A_MINUTE)
    unknown = [entry["entry"] for entry in server.report()["released_bytes_unknown"]]
    check("the one she never reported counts as wholly gone", lied in unknown and index not in unknown, (index, lied, unknown))


def false_reports(server, sent):
    """What was sent is reported once, for one's own release, within the file"""
    alices, bobs = Stored(server, list(sent["alice"])[2]), Stored(server, list(sent["bob"])[2])
    with Pair(server) as owner:
        owner.adopted("bob")
        fields = Fields(owner.vault(RELEASE, bobs.ask()).body)
        fields.text()
        foreign = fields.u64()
        for name, body in (("the release of another connection", u64(foreign) + u32(0) + u8(1)), ("an entry that is no release", u64(0) + u32(0) + u8(1)),
                           ("an entry that does not exist", u64(10**12) + u32(0) + u8(1))):
            ended_by_lie(server, f"a report on {name}", SENT, body, "carol")
        equal("Bob's own report is still taken", owner.vault(SENT, u64(foreign) + u32(1) + u64(0) + u64(bobs.size) + u8(1)).kind, "answer")
        check("a second one ends the pair", owner.vault(SENT, u64(foreign) + u32(0) + u8(1)).kind == "gone" and owner.ended())
    for name, ranges in (("behind the end", [(bobs.size, 1)]), ("that wraps around", [(2**64 - 1, 2)]), ("longer than the file", [(0, bobs.size + 1)])):
        with Pair(server) as pair:
            pair.adopted("bob")
            fields = Fields(pair.vault(RELEASE, bobs.ask()).body)
            fields.text()
            body = u64(fields.u64()) + u32(len(ranges)) + b"".join(u64(offset) + u64(length) for offset, length in ranges) + u8(1)
            check(f"a range {name} ends the pair", pair.vault(SENT, body).kind == "gone" and pair.ended())


def foreign_drafts(server, sent):
    """A draft belongs to the channel that made it"""
    homes = dict(server.catalog("SELECT u.name, d.id FROM folders d JOIN users u ON u.number = d.home_of"))
    files = set(row[0] for row in server.catalog("SELECT id FROM files"))
    with Pair(server) as bob, Pair(server) as alice:
        bob.adopted("bob")
        alice.adopted("alice")
        made = bob.storage(CREATE_DRAFT, create_draft(homes["bob"], "draft.bin"))
        equal("Bob's draft", made.kind, "answer")
        draft = Fields(made.body).u64()
        for name, number in (("commit", COMMIT), ("blob", DRAFT_BLOB), ("drop", DROP_DRAFT), ("keep", KEEP_DRAFT)):
            for whose, number_of_draft in (("Bob's draft", draft), ("a file", next(iter(files))), ("no draft", 2**40)):
                body = {COMMIT: commit(number_of_draft), DRAFT_BLOB: u64(number_of_draft) + text(b"w" * 60),
                        KEEP_DRAFT: u64(number_of_draft) + u64(3) + u8(1)}.get(number, u64(number_of_draft))
                said = alice.storage(number, body)
                check(f"{name} of {whose} by Alice is refused", said.kind == "refused" and said.errc in ("not_found", "denied", "invalid"), said)
        check("a draft in Bob's folder by Alice is refused", alice.storage(CREATE_DRAFT, create_draft(homes["bob"], "x.bin")).kind == "refused")
        check("so is going on with Bob's", alice.storage(CREATE_DRAFT, create_draft(homes["bob"], "draft.bin", 2)).kind == "refused")
        bobs = Stored(server, list(sent["bob"])[0])
        version = server.catalog("SELECT version FROM files WHERE id = ?", bobs.file)[0][0]
        lease = alice.storage(LEASE_READ, u64(bobs.file) + u64(version))
        equal("a lease on Bob's file", (lease.kind, lease.errc, lease.descriptors), ("refused", "not_found", 0))
        digest = alice.storage(SET_DIGEST, u64(bobs.file) + u64(version) + b"d" * 20)
        equal("a digest for Bob's file", (digest.kind, digest.errc), ("refused", "not_found"))
        equal("Bob's draft is still his", bob.storage(DROP_DRAFT, u64(draft)).kind, "answer")
    equal("no file was published or removed", set(row[0] for row in server.catalog("SELECT id FROM files")), files)


def create_draft(folder, name, mode=0, resumable=True):
    return u32(folder) + text(name) + u8(mode) + u8(resumable)


def commit(draft, size=3):
    return (u64(draft) + u64(size) + b"h" * 32 + optional() + u8(0) + text("") + text("agent") + text(b"w" * 60) + optional(text(b"s" * 63)) + u64(0) + optional() + u32(0))


def main():
    budget = {"releases": [RELEASES_A_MINUTE, 20_000, 100_000, 1_000_000]}
    with Target({"budget_principal": budget, "server": {"ready_gates": 8}}) as server:
        sent = populate(server, names=("alice", "bob", "carol"))
        server.stop()
        foreign = key_of_another_organisation(server)
        server.stand_in(PAIR)
        tests = {"without_a_session": (without_a_session, sent), "one_principal": (one_principal, sent), "wrong_keys": (wrong_keys, sent, foreign),
                 "keys_of_drafts": (keys_of_drafts, sent), "releases": (releases, sent), "false_reports": (false_reports, sent), "foreign_drafts": (foreign_drafts, sent)}
        for name in sys.argv[1:] or tests:
            test, *arguments = tests[name]
            section(test, server, *arguments)
        verified = server.cli("ledger", "verify")
        check("the ledger verifies", verified.returncode == 0, verified.stdout + verified.stderr)
    finish()


main()
