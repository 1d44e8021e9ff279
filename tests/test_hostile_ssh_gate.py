"""An SSH gate that was taken over before sign-on gets no session and no use of a host key but its own (R-056, R-057, R-104 to R-107, R-146).

bulkhead-gate-ssh is replaced by tests/hostile/gate_ssh.cc, which says on its channels whatever this script wants, from inside
the real one's sandbox; every other process is the real one, the gate for HTTP too. The script holds Alice's key, and signs
with it only what Alice would sign on a connection of hers.
"""
import os
import random
import struct
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "support"))
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

import ssh_raw
from contents import populate
from hostile import *
from server import PASSWORD, check, equal, finish, section
from ssh_raw import new_key, public_blob, public_line, string

HOSTILE_GATE = {"bulkhead-gate-ssh": "hostile_gate_ssh"}
SEED = 20261122
REFUSED, PARTIAL, GRANTED = range(3)
EXCHANGES_AT_ONCE, EXCHANGES_A_SECOND, STORM = 128, 4, 300  # src/signet/ssh_answers.h
LIMITED = 64  # src/ipc/table.h
METHOD, HOST_KEY = "curve25519-sha256", "ssh-ed25519"


class SshGate(Gate):
    """One connection to a hostile SSH gate."""

    def __init__(self, server, timeout=30):
        self.server = server
        self.connect(server.ssh_port, timeout)
        self.session = self.statement = b""

    def take_host_keys(self):
        """What the real gate asks first."""
        said = self.ask("signet", HOST_KEYS)
        fields = Fields(said.body)
        self.keys = [fields.text() for _ in range(fields.u32())]
        self.cookie = fields.text()
        return self

    def exchange(self, first=True, **other):
        """The parts of a key exchange as an honest gate would send them; `other` replaces some."""
        template = self.server.offers[0 if first else 1]
        offer = template[:1] + (self.cookie if first else os.urandom(16)) + template[17:]
        parts = {"version": text("SSH-2.0-x"), "client": text(client_offer()), "server": text(offer), "method": text(METHOD), "algorithm": text(HOST_KEY),
                 "client_share": text(os.urandom(32)), "server_share": text(os.urandom(32)), "secret": text(text(b"\x11" + os.urandom(31)))}
        return parts | other

    def sign_exchange(self, parts=None, timeout=5.0):
        said = self.ask("signet", SIGN_EXCHANGE, b"".join((parts or self.exchange()).values()), timeout)
        if said.kind == "answer":
            fields = Fields(said.body)
            signature, digest, statement = fields.text(), fields.text(), fields.text()
            self.signature, self.session, self.statement = signature, self.session or digest, self.statement or statement
        return said

    def open(self):
        """As far as an honest gate gets before its peer signs on."""
        self.take_host_keys()
        for said in (self.sign_exchange(), self.ask("warden", OPEN_SESSION, text(self.statement))):
            if said.kind != "answer":
                raise RuntimeError(f"no session: {said}")
        return self

    def sign_on_with(self, user, blob, signature, host_bound=False, algorithm="ssh-ed25519"):
        return self.ask("warden", SIGN_ON_KEY, text(user) + text(algorithm) + text(blob) + text(signature) + u8(host_bound), timeout=10)

    def refused(self, what, said):
        """An answer that says no, in the one form that it has."""
        verdict, methods, capability = outcome(said)
        equal(what, (verdict, methods, capability), (REFUSED, ["publickey", "password", "keyboard-interactive"], b""))


def outcome(said):
    """(verdict, methods, capability) of a sign-on"""
    if said.kind != "answer":
        return said, [], b""
    fields = Fields(said.body)
    verdict = fields.u8()
    return verdict, [fields.text().decode() for _ in range(fields.u32())], fields.text()


def client_offer(exchange=METHOD, host_key=HOST_KEY):
    return (bytes([20]) + bytes(16) + b"".join(string(names) for names in (exchange, host_key, *["aes256-gcm@openssh.com"] * 2, *["hmac-sha2-256"] * 2, "none", "none", "", "")) +
            bytes(5))


def signed_by(key, session, user, blob=None, service="ssh-connection", method="publickey", algorithm="ssh-ed25519", tail=b""):
    """A signature blob of RFC 4252 section 7."""
    content = (string(session) + bytes([50]) + string(user) + string(service) + string(method) + b"\1" + string(algorithm) +
               string(blob or public_blob(key)) + tail)
    return string("ssh-ed25519") + string(key.sign(content))


def ended(what, gate, channel, number, body=b""):
    said = gate.ask(channel, number, body)
    check(f"{what}: the gate is ended", said.kind == "gone" and gate.ended(), said)
    gate.server.broken += channel != "porter"


def statements(server):
    """session statements: none, forged, changed, of another connection, a second time"""
    alice, blob = server.keys["alice"], public_blob(server.keys["alice"])
    with SshGate(server) as gate:
        body = text("alice") + text("ssh-ed25519") + text(blob) + text(signed_by(alice, bytes(32), "alice")) + u8(0)
        ended("a sign-on without a statement", gate, "warden", SIGN_ON_KEY, body)
    with SshGate(server) as owner:
        owner.open()
        connection = struct.unpack(">Q", owner.statement[23:31])[0]
        numbers = random.Random(SEED)
        for name in ("another's", "forged with another key", "changed", "cut", "none"):
            with SshGate(server) as gate:
                gate.take_host_keys().sign_exchange()
                own = gate.statement[:-64]
                changed = bytearray(gate.statement)
                changed[numbers.randrange(len(changed))] ^= 1 << numbers.randrange(8)
                forged = {"another's": owner.statement, "forged with another key": own + new_key().sign(own), "changed": bytes(changed),
                          "cut": gate.statement[:-1], "none": b""}[name]
                said = gate.ask("warden", OPEN_SESSION, text(forged))
                equal(f"a statement, {name}", (said.kind, said.errc), ("refused", "unauthenticated"))
                ended("and the sign-on after it", gate, "warden", OFFER_KEY, text("alice") + text("ssh-ed25519") + text(blob))
        with SshGate(server) as gate:
            gate.take_host_keys().sign_exchange()
            swapped = gate.statement[:23] + struct.pack(">Q", connection) + gate.statement[31:]
            equal("with another's number", gate.ask("warden", OPEN_SESSION, text(swapped)).errc, "unauthenticated")
        ended("a second statement on one connection", owner, "warden", OPEN_SESSION, text(owner.statement))


def signatures(server):
    """R-056, R-057: a signature over anything but this session, or by anything but a key of this user"""
    alice, bob, mallory = server.keys["alice"], server.keys["bob"], new_key()
    own, theirs, strange = (public_blob(key) for key in (alice, bob, mallory))
    with SshGate(server) as gate:
        gate.open()
        attempts = {
            "over another session": ("alice", own, signed_by(alice, os.urandom(32), "alice")),
            "over an empty session": ("alice", own, signed_by(alice, b"", "alice")),
            "by a key that is not hers": ("alice", strange, signed_by(mallory, gate.session, "alice")),
            "by another key than the one named": ("alice", own, signed_by(mallory, gate.session, "alice", own)),
            "by Alice for Bob": ("bob", own, signed_by(alice, gate.session, "bob")),
            "by Alice with Bob's key named": ("bob", theirs, signed_by(alice, gate.session, "bob", theirs)),
            "over another user's name": ("bob", theirs, signed_by(alice, gate.session, "alice", own)),
            "over another service": ("alice", own, signed_by(alice, gate.session, "alice", service="ssh-userauth")),
            "over another method": ("alice", own, signed_by(alice, gate.session, "alice", method="hostbased")),
            "for a user who does not exist": ("nobody", own, signed_by(alice, gate.session, "nobody")),
            "of no bytes": ("alice", own, b""),
        }
        for name, (user, blob, signature) in list(attempts.items())[:4]:
            gate.refused(f"a signature {name}", gate.sign_on_with(user, blob, signature))
    for name, (user, blob, signature) in list(attempts.items())[4:]:
        with SshGate(server) as gate:  # a session of its own, and a source of its own: guesses are throttled
            gate.open()
            gate.refused(f"a signature {name}", gate.sign_on_with(user, blob, signature.replace(b"\0" * 64, b"")))
    with SshGate(server) as gate:
        gate.open()
        offered = gate.ask("warden", OFFER_KEY, text("alice") + text("ssh-ed25519") + text(own))
        equal("Alice's key would do", offered.body, u8(1))
        gate.refused("the key that was offered is not the one that signs", gate.sign_on_with("alice", strange, signed_by(mallory, gate.session, "alice")))
        gate.refused("host bound, over another host key", gate.sign_on_with(
            "alice", own, signed_by(alice, gate.session, "alice", method="publickey-hostbound-v00@openssh.com", tail=string(b"another")), True))
        ended("a renewal after refusals", gate, "warden", RENEW)
    with SshGate(server) as gate:
        gate.open()
        verdict, _, capability = outcome(gate.sign_on_with("alice", own, signed_by(alice, gate.session, "alice")))
        check("counter-test: Alice's own signature signs her on", verdict == GRANTED and b"alice" in capability, verdict)
        server.granted += 1
        ended("one principal: a second sign-on", gate, "warden", SIGN_ON_KEY, text("bob") + text("ssh-ed25519") + text(theirs) +
              text(signed_by(bob, gate.session, "bob")) + u8(0))


def carried(server):
    """R-107: what Alice signed on one connection is worth nothing on another, whatever the gates tell each other"""
    alice, blob = server.keys["alice"], public_blob(server.keys["alice"])
    with SshGate(server) as first:
        first.take_host_keys()
        parts = first.exchange()
        first.sign_exchange(parts)
        signature = signed_by(alice, first.session, "alice")
        with SshGate(server) as second:
            second.open()
            second.refused("her signature on another session", second.sign_on_with("alice", blob, signature))
        with SshGate(server) as second:
            second.take_host_keys().sign_exchange()
            equal("her statement on another connection", second.ask("warden", OPEN_SESSION, text(first.statement)).errc, "unauthenticated")
        with SshGate(server) as second:
            second.take_host_keys()
            ended("the very same key exchange, repeated to get her session identifier", second, "signet", SIGN_EXCHANGE, b"".join(parts.values()))
        equal("her own session opens", first.ask("warden", OPEN_SESSION, text(first.statement)).kind, "answer")
        verdict, _, capability = outcome(first.sign_on_with("alice", blob, signature))
        check("counter-test: there the signature signs her on", verdict == GRANTED, verdict)
        server.granted += 1
        for channel in ("keeper", "porter"):
            with SshGate(server) as thief:
                said = thief.ask(channel, ADOPT, text(capability))
                equal(f"her capability on another connection's channel to {channel}", (said.kind, said.errc), ("refused", "unauthenticated"))
                if channel == "keeper":
                    ended("which stays unbound", thief, channel, HOME)
            with SshGate(server) as thief:
                said = thief.ask(channel, ADOPT, text(random.Random(SEED).randbytes(200)))
                equal(f"a made-up capability at {channel}", (said.kind, said.errc), ("refused", "unauthenticated"))


def before_sign_on(server):
    """R-104: what is not due yet, and the asks of the gate for HTTP"""
    answers = u32(1) + text(PASSWORD)
    with SshGate(server) as gate:
        ended("an answer without a question", gate.open(), "warden", ANSWER_DIALOGUE, answers)
    with SshGate(server) as gate:
        ended("an answer without a session", gate, "warden", ANSWER_DIALOGUE, answers)
    for count in (0, 2, 5):
        with SshGate(server) as gate:
            gate.open()
            equal("a question is asked", gate.ask("warden", START_DIALOGUE, text("alice")).kind, "answer")
            ended(f"{count} answers to one question", gate, "warden", ANSWER_DIALOGUE, u32(count) + text(PASSWORD) * count)
    with SshGate(server) as gate:
        gate.open()
        gate.ask("warden", START_DIALOGUE, text("alice"))
        gate.ask("warden", OFFER_KEY, text("bob") + text("ssh-ed25519") + text(public_blob(server.keys["bob"])))
        ended("an answer after another user was named", gate, "warden", ANSWER_DIALOGUE, answers)
    for name, number in (("a renewal", RENEW), ("an account", SSH_ACCOUNT)):
        for opened in (False, True):
            with SshGate(server) as gate:
                ended(f"{name}, {'signed on by nobody' if opened else 'at once'}", gate.open() if opened else gate, "warden", number)
    for name, number, body in (("sign_on", SIGN_ON, text("alice") + text(PASSWORD) + optional()), ("refresh", REFRESH, text("x" * 43)), ("bearer", BEARER, text("x" * 43)),
                               ("revoke", REVOKE, text("x" * 43)), ("account", ACCOUNT, b"")):
        with SshGate(server) as gate:
            gate.open()
            ended(f"{name} of the gate for HTTP", gate, "warden", number, body)
    for number in (CERTIFICATE, SIGN_HANDSHAKE):
        with SshGate(server) as gate:
            gate.take_host_keys()
            ended(f"ask {number} of the gate for HTTP at signet", gate, "signet", number, text(b" " * 64 + b"TLS 1.3, server CertificateVerify\0" + b"h" * 32))
    with SshGate(server) as gate:
        gate.open()
        for _ in range(LIMITED):
            gate.ask("warden", OFFER_KEY, text("alice") + text("ssh-ed25519") + text(b"k"))
        ended("one offer more than any peer makes", gate, "warden", OFFER_KEY, text("alice") + text("ssh-ed25519") + text(b"k"))


def random_asks(server):
    """R-104: every number on every channel, with random bodies"""
    answered, alive, asked = [], [], 0
    for channel in ("warden", "signet", "keeper", "porter"):
        for number in (*range(0, 24), 100, 255, 900, 65_535):
            with SshGate(server) as gate:
                body = random.Random(f"{SEED} {channel} {number}").randbytes(random.Random(number).choice([1, 8, 40, 200]))
                said = gate.ask(channel, number, body, timeout=8)
                asked += 1
                answered += [(channel, number, said)] if said.kind in ("answer", "refused") else []
                alive += [] if gate.ended() else [(channel, number)]
                server.broken += channel != "porter"
    equal(f"none of {asked} asks is answered", answered, [])
    equal("every asker is ended", alive, [])


def exchanges(server):
    """R-146: signet signs the hash of a key exchange of this server and nothing else"""
    with SshGate(server) as gate:
        gate.take_host_keys().sign_exchange()
        Ed25519PublicKey.from_public_bytes(gate.keys[0][-32:]).verify(gate.signature[-64:], gate.session)
        check("counter-test: an honest exchange is signed", len(gate.session) == 32)
        honest = gate.exchange()
    blob = b"transfer all files to mallory"
    wrong = {
        "arbitrary offers": {"client": text(blob), "server": text(blob)}, "an arbitrary server offer": {"server": text(blob)},
        "the client's list as ours": {"server": text(client_offer())}, "an empty offer": {"client": text(b"")},
        "an old hash agreed": {"method": text("diffie-hellman-group1-sha1")}, "another method than agreed": {"method": text("ecdh-sha2-nistp256")},
        "another host key than agreed": {"algorithm": text("rsa-sha2-256")}, "a host key that is none": {"algorithm": text("ssh-dss")},
        "nothing in common": {"client": text(client_offer(host_key="ssh-dss"))}, "no version": {"version": text("GET / HTTP/1.1")},
        "a version of two lines": {"version": text("SSH-2.0-a\r\nSSH-2.0-b")}, "a share too long": {"client_share": text(bytes(33))},
        "no share": {"server_share": text(b"")}, "a secret that is none": {"secret": text(os.urandom(32))}, "a secret of zero": {"secret": text(text(b""))},
        "a negative secret": {"secret": text(text(b"\xff" * 32))}, "trailing bytes": {"secret": honest["secret"] + b"x"}}
    for name, other in wrong.items():
        with SshGate(server) as gate:
            gate.take_host_keys()
            ended(name, gate, "signet", SIGN_EXCHANGE, b"".join(gate.exchange(**other).values()))
    for name, first in (("a cookie of the gate's own", True), ("a first exchange of a rekey's form", False)):
        with SshGate(server) as gate:
            gate.take_host_keys()
            gate.cookie = os.urandom(16)
            ended(name, gate, "signet", SIGN_EXCHANGE, b"".join(gate.exchange(first).values()))
    with SshGate(server) as gate:
        gate.take_host_keys().sign_exchange()
        ended("a second first exchange", gate, "signet", SIGN_EXCHANGE, b"".join(gate.exchange().values()))
    storming = [SshGate(server).take_host_keys() for _ in range(3)]
    start, signed, refused = time.monotonic(), 0, 0
    for gate in storming:
        gate.sign_exchange()
        for _ in range(STORM):
            said = gate.sign_exchange(gate.exchange(first=False))
            signed += said.kind == "answer"
            refused += said.errc == "exhausted"
    seconds = time.monotonic() - start
    check("a storm of rekeys is refused", signed + refused == 3 * STORM and signed <= 3 * (EXCHANGES_AT_ONCE + seconds * EXCHANGES_A_SECOND), (signed, refused, seconds))
    others_are_served(server, "during the storm")
    check("no rekey got a statement of its own", all(len(gate.statement) > 0 and gate.session in gate.statement for gate in storming))
    for gate in storming:
        gate.close()


def proofs(server):
    """proofs of host keys: after the exchange, over label, session and a key of this server"""
    with SshGate(server) as gate:
        gate.take_host_keys()
        ended("a proof before the exchange", gate, "signet", PROVE, text(gate.keys[0]) + u8(0))
    with SshGate(server) as gate:
        gate.take_host_keys().sign_exchange()
        for name, blob in (("arbitrary bytes", b"hostkeys-prove-00@openssh.com"), ("a user's key", public_blob(server.keys["alice"])), ("no key", b""),
                           ("its own session", gate.session)):
            said = gate.ask("signet", PROVE, text(blob) + u8(0))
            equal(f"a proof of {name}", (said.kind, said.errc), ("refused", "not_found"))
        said = gate.ask("signet", PROVE, text(gate.keys[0]) + u8(0))
        proof = Fields(Fields(said.body).text())
        proof.text()
        signature, key = proof.text(), Ed25519PublicKey.from_public_bytes(gate.keys[0][-32:])
        key.verify(signature, string("hostkeys-prove-00@openssh.com") + string(gate.session) + string(gate.keys[0]))
        try:
            key.verify(signature, gate.session)
            check("a proof is no signature of an exchange", False)
        except InvalidSignature:
            check("a proof is over its label, session and key, and no signature of an exchange", True)
        for _ in range(LIMITED - 5):
            gate.ask("signet", PROVE, text(gate.keys[0]) + u8(0))
        ended("one proof more than any peer asks for", gate, "signet", PROVE, text(gate.keys[0]) + u8(0))


def others_are_served(server, when):
    start = time.monotonic()
    file, content = next(iter(server.sent["bob"].items()))
    client = server.client("bob")
    answer = client.download(file)
    client.close()
    seconds = time.monotonic() - start
    check(f"Bob has his file over HTTP within 3 s {when}", answer.status == 200 and answer.body == content and seconds <= 3.0, (answer.status, seconds))


def still_well(server):
    """what all of that left behind"""
    before = server.released()
    others_are_served(server, "afterwards")
    equal("nothing was released but to Bob", {user for _, user in server.released()}, {"bob"})
    equal("each of his downloads is one entry", len(server.released()), len(before) + 1)
    signed_on = [record["said"] for record in server.log_records() if record["said"]["event"] == "signed_on" and record["said"].get("method") == "publickey"]
    equal("nobody but Alice was signed on by key, as often as she signed", [said["user_name"] for said in signed_on], ["alice"] * server.granted)
    server.wait_until(lambda: server.trouble()[1] >= server.broken)
    violations = server.trouble()[1]
    check(f"each of the {server.broken} that broke a grammar is counted", violations >= server.broken, violations)
    logged = sum(record["said"]["event"] == "violation" for record in server.log_records())
    check("and stands in the log", logged >= server.broken, logged)
    verified = server.cli("ledger", "verify")
    check("the ledger verifies", verified.returncode == 0, verified.stdout + verified.stderr)
    restarts = [record for record in server.log_records() if record["process"] == "hull" and record["said"]["event"] == "restart"]
    equal("no shared process ever ended", restarts, [])


def prepare(server):
    server.sent = populate(server)
    server.keys = {user: new_key() for user in ("alice", "bob")}
    for user, key in server.keys.items():
        added = server.cli("user", "key", "add", user, "-", input=public_line(key))
        if added.returncode != 0:
            raise RuntimeError(added.stderr)
    # Our own offers, of the first exchange and of a rekey, as the real gate sends them.
    client = ssh_raw.Client(server.ssh_port)
    client.exchange_versions()
    first = client.expect(ssh_raw.KEXINIT)
    marker = b"," + ssh_raw.STRICT_SERVER.encode()
    methods = ssh_raw.Fields(first, 17).string()
    server.offers = first, first[:17] + string(methods.replace(marker, b"")) + first[21 + len(methods):]
    client.close()
    server.broken = server.granted = 0


def main():
    tests = [statements, signatures, carried, before_sign_on, random_asks, exchanges, proofs]
    with Target({"server": {"ready_gates": 12}}, ssh=True) as server:
        prepare(server)
        server.stand_in(HOSTILE_GATE)
        for test in tests:
            if not sys.argv[1:] or test.__name__ in sys.argv[1:]:
                section(test, server)
        section(still_well, server)
    finish()


main()
