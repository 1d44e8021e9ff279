"""A gate that was taken over gets nothing but its own session (breach suite R-104, R-105, R-106, R-107, R-114).

The real gate is replaced by tests/hostile/gate.cc, which says on its channels whatever this script wants, from inside the
gate's own sandbox; every other process is the real one.
"""
import os
import random
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "support"))
from contents import populate
from hostile import *
from server import check, equal, finish, section

HOSTILE_GATE = {"bulkhead-gate-http": "hostile_gate"}
RELEASES_A_MINUTE = 6
SEED = 20261121


def parallel(work, items, workers=6):
    """work(item) for every item; answers {item: result}"""
    results, waiting = {}, list(items)

    def run():
        while waiting:
            item = waiting.pop()
            results[item] = work(item)
    threads = [threading.Thread(target=run) for _ in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def answers_after(server, user_name="bob"):
    """Seconds until another session is signed on and served; None if it is not."""
    start = time.monotonic()
    with Gate(server) as gate:
        if gate.sign_on(user_name).kind != "answer" or gate.ask("keeper", ADOPT, text(gate.capability)).kind != "answer":
            return None
        if gate.ask("keeper", HOME).kind != "answer":
            return None
    return time.monotonic() - start


def before_login(server):
    """R-104: before login, every ask number on every channel, with random bodies"""
    crashes, violations = server.trouble()
    pairs = [(channel, number) for channel in ("warden", "keeper", "signet", "chronicle", "porter") for number in range(0, 301)]

    def attempt(pair):
        channel, number = pair
        with Gate(server) as gate:
            body = random.Random(f"{SEED} {pair}").randbytes(random.Random(f"{pair}").choice([1, 8, 40, 200]))
            said = gate.ask(channel, number, body, timeout=8)
            return said.kind, gate.ended()
    results = parallel(attempt, pairs)
    answered = {pair: result for pair, result in results.items() if result[0] in ("answer", "refused")}
    equal("no ask with a random body is answered", answered, {})
    alive = [pair for pair, result in results.items() if not result[1]]
    equal(f"all {len(pairs)} gates that asked are ended", alive, [])
    shared = sum(channel != "porter" for channel, _ in pairs)
    server.wait_until(lambda: server.trouble()[1] - violations >= shared)
    # The porter of a gate that breaks its grammar ends by itself with status 1, which hull counts as a crash of that pair.
    crashes_now, violations_now = server.trouble()
    check(f"each of the {shared} at warden, keeper, signet and chronicle is counted as a violation", violations_now - violations >= shared, violations_now - violations)
    check("each porter that was lied to ended and was counted", crashes_now - crashes >= len(pairs) - shared, crashes_now - crashes)
    equal("no release stands in the ledger", server.released(), [])
    seconds = answers_after(server)
    check("an honest session is served afterwards", seconds is not None, seconds)


def login_asks_only(server):
    """R-104: well-formed asks before login: login is refused without a password, everything else ends the gate"""
    nobody = text("nobody") + text("wrong password 1") + optional()
    for name, number, body in (("sign_on", SIGN_ON, nobody), ("refresh", REFRESH, text("x" * 43)), ("bearer", BEARER, text("x" * 43)),
                               ("revoke", REVOKE, text("x" * 43))):
        with Gate(server) as gate:
            said = gate.ask("warden", number, body, timeout=20)
            equal(f"{name} with wrong evidence", (said.kind, said.errc), ("refused", "unauthenticated"))
    for channel in ("keeper", "porter", "chronicle"):
        with Gate(server) as gate:
            said = gate.ask(channel, ADOPT, text(random.Random(SEED).randbytes(200)))
            equal(f"a made-up capability at {channel}", (said.kind, said.errc), ("refused", "unauthenticated"))
    file = server.files_of("alice")[0]
    bound = [("warden", ACCOUNT, b""), ("keeper", HOME, b""), ("keeper", GET_FILE, u64(file[0])), ("keeper", LIST_FILES, list_files()),
             ("porter", OPEN_READ, u64(file[0]) + u64(file[1])), ("porter", OPEN_WRITE, open_write(1, "x")), ("porter", READ_BLOCK, read_block(1)),
             ("porter", WRITE_BLOCK, read_block(1)), ("porter", CLOSE, u32(1)), ("porter", KEEP, u32(1)),
             ("porter", DIGEST, u64(file[0]) + u64(file[1]) + u8(1) + u64(0) + u64(2**64 - 1)),
             ("chronicle", GET_LOG_ROW, u64(1)), ("chronicle", SET_LOG_RETENTION, u32(1)),
             ("signet", SIGN_HANDSHAKE, text(b" " * 64 + b"TLS 1.3, server CertificateVerify\0" + b"h" * 32))]
    for channel, number, body in bound:
        with Gate(server) as gate:
            said = gate.ask(channel, number, body)
            check(f"ask {number} of {channel}, well-formed, before its time", said.kind == "gone" and gate.ended(), said)


def list_files(folder=0):
    return u32(folder) + text("") + u8(0) + optional() + u8(0) + u32(0) + u32(50) + u8(0)


def set_grant(folder, user):
    """Every right for a user: override, all nine named, sharing as it is."""
    return u32(folder) + text(user) + u16(0xFFFF) + u8(0) + u8(0) + u16(0x1FF) + optional() + u8(0)


def signing_once(server):
    """signet: one certificate, one signature of a handshake's form, nothing else"""
    form = b" " * 64 + b"TLS 1.3, server CertificateVerify\0" + b"h" * 32
    with Gate(server) as gate:
        equal("the certificate is given", gate.ask("signet", CERTIFICATE).kind, "answer")
        equal("a handshake transcript is signed", gate.ask("signet", SIGN_HANDSHAKE, text(form)).kind, "answer")
        check("a second signature on this connection ends the gate", gate.ask("signet", SIGN_HANDSHAKE, text(form)).kind == "gone" and gate.ended())
    for name, content in (("arbitrary text", b"transfer all files to mallory"), ("a client's CertificateVerify", form.replace(b"server", b"client")),
                          ("another length", form + b"x")):
        with Gate(server) as gate:
            gate.ask("signet", CERTIFICATE)
            check(f"{name} is not signed", gate.ask("signet", SIGN_HANDSHAKE, text(content)).kind == "gone" and gate.ended())


def as_alice(server, sent):
    """R-105: signed on as Alice: all files of everybody are asked for; only hers come, and the brake stops them"""
    before = server.released()
    everybody = [(file, version) for name in sent for file, version in server.files_of(name)]
    random.Random(SEED).shuffle(everybody)
    with Gate(server) as gate:
        gate.bind("alice")
        seen = {file for file, _ in everybody if gate.ask("keeper", GET_FILE, u64(file)).kind == "answer"}
        equal("keeper shows her own files only", seen, set(sent["alice"]))
        listed = gate.ask("keeper", LIST_FILES, list_files())
        check("a list of everything holds none of Bob's", listed.kind == "answer" and b"bob" not in listed.body, listed)
        served, refused = {}, {}
        for file, version in everybody:
            content = next(files[file] for files in sent.values() if file in files)
            said, got = gate.read_file(file, version, len(content))
            if said.kind == "answer":
                served[file] = got == content
            else:
                refused[file] = said.errc
        own = set(sent["alice"])
        check("no file of Bob's is served", set(served) <= own, set(served) - own)
        check("what is served is whole", all(served.values()), served)
        equal("the brake lets as many releases through as the budget says", len(served), RELEASES_A_MINUTE)
        equal("the rest of hers is refused as over the budget", {refused.get(file) for file in own - set(served)}, {"exhausted"})
        equal("those of others do not exist for her", {refused[file] for file in refused if file not in own}, {"not_found"})
        equal("releases are the ledger's entries, one for one", sorted(server.released()[len(before):]), sorted((file, "alice") for file in served))
        again, _ = gate.read_file(*server.files_of("alice")[0], 10)
        equal("asking again does not help", again.errc, "exhausted")
    with Gate(server) as gate:
        gate.bind("alice")
        again, _ = gate.read_file(*server.files_of("alice")[0], 10)
        equal("nor does another connection", again.errc, "exhausted")
    with Gate(server) as gate:
        gate.bind("bob")
        file, version = server.files_of("bob")[0]
        said, got = gate.read_file(file, version, len(sent["bob"][file]))
        check("Bob is not hit by her budget", said.kind == "answer" and got == sent["bob"][file], said)


def other_names(server, sent):
    """R-106: other principals, organisations, roles and addresses in messages: no such field exists"""
    theirs = server.catalog("SELECT d.id FROM folders d JOIN users u ON u.number = d.home_of WHERE u.name = 'bob'")[0][0]
    valid = [("keeper", HOME, b""), ("keeper", GET_FOLDER, u32(theirs)), ("keeper", LIST_FILES, list_files()), ("warden", ACCOUNT, b""),
             ("porter", OPEN_READ, u64(next(iter(sent["bob"]))) + u64(1))]
    extras = {"a user name": text("bob"), "an organisation": u32(2), "a role": u8(7), "an address": text("10.9.9.9"), "one byte": b"\0"}
    for channel, number, body in valid:
        for name, extra in extras.items():
            with Gate(server) as gate:
                gate.bind("alice")
                said = gate.ask(channel, number, body + extra)
                check(f"{name} behind ask {number} of {channel} ends the gate", said.kind == "gone" and gate.ended(), said)
    with Gate(server) as gate:
        gate.bind("alice")
        account = gate.ask("warden", ACCOUNT)
        check("account is of the principal of the connection", b"alice" in account.body and b"bob" not in account.body)
        refusals = {"a folder of Bob's": (GET_FOLDER, u32(theirs)), "a grant in it": (SET_GRANT, set_grant(theirs, "alice")),
                    "a folder below it": (CREATE_FOLDER, u32(theirs) + text("mine") + u8(2)), "its files": (LIST_FILES, list_files(theirs)),
                    "its grants": (LIST_GRANTS, u32(theirs) + u32(0) + u32(10) + u8(0)), "its removal": (DELETE_FOLDER, u32(theirs))}
        for name, (number, body) in refusals.items():
            said = gate.ask("keeper", number, body)
            check(f"{name} is refused", said.kind == "refused" and said.errc in ("not_found", "denied"), said)
        said = gate.ask("porter", OPEN_WRITE, open_write(theirs, "x"))
        check("an upload into it is refused", said.kind == "refused" and said.errc in ("not_found", "denied"), said)
        for mode, name in ((1, "replace"), (2, "resume"), (3, "exclusive")):
            said = gate.ask("porter", OPEN_WRITE, open_write(theirs, "x", mode, True))
            check(f"also as {name}", said.kind == "refused" and said.errc in ("not_found", "denied"), said)


def token_scopes(server, sent):
    """a gate that holds an API token for reading makes no more of it, on any channel"""
    file, version = server.files_of("bob")[0]
    with Gate(server) as gate:
        gate.bind("bob")
        home = Fields(gate.ask("keeper", HOME).body).u32()
        made = gate.ask("warden", ADD_TOKEN, text("script") + u8(1) + text("") + u64(int(time.time() * 1000) + 3_600_000))
        check("a session makes a token", made.kind == "answer", made)
        token = made.body[-58:]
        wide = gate.capability
    with Gate(server) as gate:
        bound = gate.ask("warden", BEARER, text(token))
        gate.capability = Fields(bound.body).text()
        equal("its scope is in the capability", SignedCapability(gate.capability).scopes, 1)
        for channel in ("keeper", "porter", "chronicle"):
            equal(f"{channel} takes it", gate.ask(channel, ADOPT, text(gate.capability)).kind, "answer")
        equal("and not that of the session, which was for another connection", gate.ask("keeper", ADOPT, text(wide)).errc, "unauthenticated")
        said, got = gate.read_file(file, version, len(sent["bob"][file]))
        check("it reads", said.kind == "answer" and got == sent["bob"][file], said)
        more = text("more") + u8(15) + text("") + u64(int(time.time() * 1000) + 3_600_000)
        for channel, number, body in (("warden", ADD_TOKEN, more), ("warden", LIST_TOKENS, text("")), ("warden", ADD_USER_KEY, text("") + text("ssh-ed25519 AAAA")),
                                      ("warden", ADD_EXTERNAL_TOKEN, u8(0) + text("x") + u8(0)), ("keeper", CREATE_FOLDER, u32(home) + text("mine") + u8(2)),
                                      ("keeper", DELETE_FILE, u64(file)), ("keeper", SET_GRANT, set_grant(home, "alice")), ("porter", OPEN_WRITE, open_write(home, "x")),
                                      ("porter", OPEN_WRITE, open_write(home, "x", 1, True)), ("chronicle", GET_LOG_ROW, u64(1)),
                                      ("chronicle", SET_LOG_RETENTION, u32(1))):
            said = gate.ask(channel, number, body, timeout=10)
            equal(f"ask {number} of {channel}", (said.kind, said.errc), ("refused", "denied"))
        equal("he is still who he is", gate.ask("warden", ACCOUNT).kind, "answer")


def handles(server, sent):
    """Handles, slots and sizes that are not this gate's: the porter ends; what has ended stays ended"""
    home = server.catalog("SELECT d.id FROM folders d JOIN users u ON u.number = d.home_of WHERE u.name = 'carol'")[0][0]
    file, version = server.files_of("carol")[0]
    content = sent["carol"][file]
    opened = []

    def carol(*wanted):
        gate = Gate(server).bind("carol")
        for number in wanted:
            said = gate.ask("porter", number, u64(file) + u64(version) if number == OPEN_READ else open_write(home, f"h{len(opened)}.bin"))
            if said.kind != "answer":
                raise RuntimeError(f"carol could not open: {said}")
            opened.append(Fields(said.body).u32())
        return gate
    with carol(OPEN_READ, OPEN_WRITE) as gate:
        equal("handles count from one", opened, [1, 2])
        equal("a read", gate.ask("porter", READ_BLOCK, read_block(1, 0, 5)).kind, "answer")
        equal("is the file's", bytes.fromhex(gate.command(f"peek {5 * SLOT_SIZE} {min(len(content), SLOT_SIZE)}")), content[:SLOT_SIZE])
        equal("behind the end there is nothing", Fields(gate.ask("porter", READ_BLOCK, read_block(1, 2**64 - 1)).body).u32(), 0)
        equal("a handle for reading cannot be written", gate.ask("porter", WRITE_BLOCK, read_block(1, 0, 0, 1)).errc, "invalid")
        equal("nor one for writing read", gate.ask("porter", READ_BLOCK, read_block(2)).errc, "invalid")
        equal("a block behind the largest size is refused", gate.ask("porter", WRITE_BLOCK, read_block(2, 2**64 - 1, 0, 1)).errc, "too_large")
        equal("a draft that is not resumable is not kept", gate.ask("porter", KEEP, u32(2)).errc, "invalid")
        for handle in (1, 2):
            equal(f"handle {handle} is closed", gate.ask("porter", CLOSE, u32(handle)).kind, "answer")
            equal("and ended", gate.ask("porter", CLOSE, u32(handle)).errc, "not_found")
    wrong = {"a handle that was never given": (READ_BLOCK, read_block(3)), "handle 0": (READ_BLOCK, read_block(0)),
             "a write to a handle that was never given": (WRITE_BLOCK, read_block(2**32 - 1)), "a finish of none": (FINISH, u32(9) + u8(0) + text("") + optional() + optional()),
             "a close of none": (CLOSE, u32(9)), "a cut of none": (TRUNCATE, u32(9) + u64(0)), "a sync of none": (SYNC, u32(9)), "a keep of none": (KEEP, u32(9)),
             "a slot behind the ring": (READ_BLOCK, read_block(1, 0, SLOTS)), "the slot of the highest number": (WRITE_BLOCK, read_block(1, 0, 2**32 - 1)),
             "more than a slot": (READ_BLOCK, read_block(1, 0, 0, SLOT_SIZE + 1)), "to write more than a slot": (WRITE_BLOCK, read_block(1, 0, 0, 2**32 - 1))}
    for name, (number, body) in wrong.items():
        with carol(OPEN_READ if number == READ_BLOCK else OPEN_WRITE) as gate:  # a read is a release: few are within the budget
            check(f"{name} ends the gate", gate.ask("porter", number, body).kind == "gone" and gate.ended())
    equal("nothing of it was published", server.catalog("SELECT count(*) FROM files WHERE folder = ? AND name LIKE 'h%.bin'", home)[0][0], 0)


def names_that_lead_elsewhere(server):
    """Names that path filters miss: none becomes the name of a folder or file, whoever asks keeper for it"""
    with Gate(server) as gate:
        gate.bind("alice")
        home = server.catalog("SELECT d.id FROM folders d JOIN users u ON u.number = d.home_of WHERE u.name = 'alice'")[0][0]
        for name in (b"..", b".", b"...", b"", b"a/b", b"..\\x", b"a\0b", b"\xc0\xae\xc0\xae", "．．/x".encode(), b"a\nb", b" a", "a\u202eb".encode()):
            made = gate.ask("keeper", CREATE_FOLDER, u32(home) + text(name) + u8(2))
            check(f"no folder is named {name!r}", made.kind == "refused" and made.errc == "invalid", made)
            sent = gate.ask("porter", OPEN_WRITE, open_write(home, name))
            check(f"no file is named {name!r}", sent.kind == "refused" and sent.errc == "invalid", sent)


def second_principal(server):
    """One connection, one principal, for ever: at warden, at keeper, at the porter"""
    with Gate(server) as other:
        other.sign_on("bob")
        for name, number, body in (("bearer", BEARER, text(other.access_token)), ("refresh", REFRESH, text(other.refresh_token))):
            with Gate(server) as gate:
                gate.bind("alice")
                said = gate.ask("warden", number, body)
                equal(f"warden does not sign {name} of a second principal", (said.kind, said.errc), ("refused", "other_principal"))
    with Gate(server) as gate:
        gate.bind("alice")
        said = gate.sign_on("bob")
        equal("nor a second sign-on", (said.kind, said.errc), ("refused", "other_principal"))
    # Even with warden's own key in the attacker's hands:
    with Gate(server) as gate:
        gate.bind("alice")
        bob = gate_capability(server, "bob").principal
        forged = SignedCapability(gate.capability).forged(server, principal=bob, name="bob")
        said = gate.ask("keeper", ADOPT, text(forged))
        equal("keeper does not change the principal of a channel", (said.kind, said.errc), ("refused", "other_principal"))
        said = gate.ask("porter", ADOPT, text(forged))
        check("nor does the porter's", said.kind == "refused", said)
        equal("chronicle takes hers", gate.ask("chronicle", ADOPT, text(gate.capability)).kind, "answer")
        said = gate.ask("chronicle", ADOPT, text(forged))
        equal("and no other after it", (said.kind, said.errc), ("refused", "other_principal"))
        check("and Bob's files stay unseen", gate.ask("keeper", GET_FILE, u64(server.files_of("bob")[0][0])).errc == "not_found")


def gate_capability(server, user_name):
    with Gate(server) as gate:
        gate.sign_on(user_name)
        return SignedCapability(gate.capability)


def replayed(server):
    """R-107: a capability elsewhere, changed, or too late"""
    with Gate(server) as owner:
        owner.bind("alice")
        signed = SignedCapability(owner.capability)
        for channel, ask in (("keeper", (HOME,)), ("porter", (CLOSE, u32(1))), ("chronicle", (GET_LOG_ROW, u64(1)))):
            with Gate(server) as thief:
                said = thief.ask(channel, ADOPT, text(owner.capability))
                equal(f"Alice's capability on another connection's channel to {channel}", (said.kind, said.errc), ("refused", "unauthenticated"))
                check(f"and that channel stays unbound at {channel}", thief.ask(channel, *ask).kind == "gone" and thief.ended())
        with Gate(server) as thief:
            thief.bind("bob")
            said = thief.ask("keeper", ADOPT, text(owner.capability))
            equal("nor on a channel that Bob has bound", (said.kind, said.errc), ("refused", "unauthenticated"))
        equal("the owner's own session is not hurt", owner.ask("keeper", HOME).kind, "answer")
        numbers = random.Random(SEED)
        for number in range(40):
            bad = bytearray(owner.capability)
            bad[numbers.randrange(len(bad))] ^= 1 << numbers.randrange(8)
            if owner.ask("keeper", ADOPT, text(bytes(bad))).kind != "refused":
                check("a capability with one bit changed is refused", False, number)
                break
        else:
            check("forty capabilities with one bit changed are refused", True)
    now = int(time.time() * 1000)
    with Gate(server) as gate:
        gate.sign_on("alice")
        signed = SignedCapability(gate.capability)
        past = signed.forged(server, issued=now - 120_000, expires=now - 1_000)
        for channel in ("keeper", "porter", "chronicle"):
            said = gate.ask(channel, ADOPT, text(past))
            equal(f"an expired one is refused at {channel}", (said.kind, said.errc), ("refused", "expired"))
        future = signed.forged(server, issued=now + 3_600_000, expires=now + 7_200_000)
        equal("one of the future is refused", gate.ask("keeper", ADOPT, text(future)).errc, "unauthenticated")
        brief = signed.forged(server, issued=now, expires=now + 1_500)
        equal("one that lasts a moment is taken", gate.ask("keeper", ADOPT, text(brief)).kind, "answer")
        equal("and serves", gate.ask("keeper", HOME).kind, "answer")
        time.sleep(2.0)
        equal("until it expires", gate.ask("keeper", HOME).errc, "expired")
    # After a sign-out the session is gone everywhere but on the very connection that carried it: there the capability lives until
    # the connection ends or it expires (access_token_life_s). Only a taken-over gate could still use it, for the same principal.
    with Gate(server) as owner, Gate(server) as second:
        owner.bind("alice")
        equal("a token opens a second connection", second.ask("warden", BEARER, text(owner.access_token)).kind, "answer")
        owner.ask("warden", REVOKE, text(owner.access_token))
        check("which ends when the session is revoked", second.ended())
        for name, number, token in (("access", BEARER, owner.access_token), ("refresh", REFRESH, owner.refresh_token)):
            equal(f"its {name} token is worth nothing any more", owner.ask("warden", number, text(token)).errc, "unauthenticated")
            with Gate(server) as gate:
                equal(f"its {name} token neither on another connection", gate.ask("warden", number, text(token)).errc, "unauthenticated")


def floods(server):
    """R-114: floods, half messages, frames over the limit, never reading, descriptors: service for others within 2 s"""
    def others(what):
        seconds = min((answers_after(server) or 99.0 for _ in range(2)))  # twice: the machine has other work, too
        check(f"others are served within 2 s {what}", seconds <= 2.0, seconds)

    odd = {"an empty frame head": "00", "half a head": "000000140001", "a length that disagrees": "ffffffff" + "0001" + "00" + "00" + "00000001",
           "an unknown kind": "0000000c" + "0001" + "09" + "00" + "00000001", "a filler that is not zero": "0000000c" + "0001" + "00" + "01" + "00000001",
           "an answer nobody asked for": "0000000c" + "0002" + "01" + "00" + "00000001"}
    for channel in ("warden", "keeper", "signet", "chronicle", "porter"):
        for name, packet in odd.items():
            with Gate(server) as gate:
                gate.say(f"raw {channel} {packet}")
                check(f"{name} to {channel} ends the gate", gate.ended())
        for size in (140_000, 200_000):
            with Gate(server) as gate:
                sent = gate.say(f"zeros {channel} {size}")
                check(f"a packet of {size} bytes to {channel} is not sent, or ends the gate", sent != "ok" or gate.ended(), sent)
        for count in (1, 4, 6):
            with Gate(server) as gate:
                gate.send(channel, ADOPT, text(b"x" * 100), descriptors=count, through=gate.say)
                check(f"{count} descriptors sent along to {channel} end the gate", gate.ended())
    others("after malformed frames")
    flooding = []
    try:
        for channel, number, body in (("keeper", LIST_FOLDERS, u32(0) + text("") + text("") + u8(0) + u32(0) + u32(100) + u8(0)), ("keeper", HOME, b""),
                                      ("warden", ACCOUNT, b"")):
            for _ in range(3):
                gate = Gate(server)
                gate.bind("alice", porter=False)
                thread = threading.Thread(target=flood, args=(gate, channel, number, body))
                thread.start()
                flooding.append((gate, thread))
        for step in range(3):
            others(f"while nine gates flood and never read (try {step + 1})")
    finally:
        for gate, thread in flooding:
            thread.join(30)
            gate.close()
    stalled = [Gate(server).bind("alice") for _ in range(3)]
    file, version = server.files_of("bob")[0]
    for gate in stalled:  # asks for content and never takes it
        gate.send("keeper", HOME)
    others("while gates hold answers they never read")
    for gate in stalled:
        gate.close()
    with Gate(server) as gate:
        gate.bind("alice")
        check("a notice to hull other than ready ends nothing but the gate", gate.send("hull", 17, u64(1) + text("x"), NOTICE) == "ok")
    others("after a gate lied to hull")


def flood(gate, channel, number, body):
    try:
        gate.command(f"flood {channel} {number} {ASK} {body.hex() or '-'} 20000")
    except (GateEnded, OSError):
        pass


def still_well(server):
    """what all of that left behind"""
    verified = server.cli("ledger", "verify")
    check("the ledger verifies", verified.returncode == 0, verified.stdout + verified.stderr)
    restarts = [record for record in server.log_records() if record["process"] == "hull" and record["said"]["event"] == "restart"]
    equal("no shared process ever ended", restarts, [])


def main():
    tests = {"before_login": before_login, "login_asks_only": login_asks_only, "signing_once": signing_once, "other_names": other_names,
             "names_that_lead_elsewhere": names_that_lead_elsewhere, "second_principal": second_principal, "replayed": replayed, "token_scopes": token_scopes,
             "handles": handles, "as_alice": as_alice, "floods": floods}
    chosen = sys.argv[1:] or list(tests)
    budget = {"releases": [RELEASES_A_MINUTE, 20_000, 100_000, 1_000_000]}
    with Target({"budget_principal": budget, "server": {"ready_gates": 12}}) as server:
        sent = populate(server, ("alice", "bob", "carol"), files=RELEASES_A_MINUTE + 3)
        server.stand_in(HOSTILE_GATE)
        for name in chosen:
            test = tests[name]
            section(test, *((server, sent) if test in (as_alice, other_names, token_scopes, handles) else (server,)))
        section(still_well, server)
    finish()


main()
