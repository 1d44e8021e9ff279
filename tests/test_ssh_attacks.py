"""What hostile bytes on an SSH connection get before and during sign-on: breach classes R-053 to R-071 of the threat list."""
import struct
import sys

from cryptography.exceptions import InvalidTag

from support.server import PASSWORD, Server, check, equal, finish, section, server_is_well
from support.ssh_raw import (CIPHERS, CHANNEL_FAILURE, CHANNEL_OPEN, CHANNEL_REQUEST, CHANNEL_SUCCESS, DATA, DEBUG, EXT_INFO, GLOBAL_REQUEST, IGNORE,
                             INFO_REQUEST, INFO_RESPONSE, KEXINIT, NEWKEYS, OPEN_FAILURE, PING, SERVICE_ACCEPT, SERVICE_REQUEST, USERAUTH_FAILURE,
                             USERAUTH_PK_OK, USERAUTH_REQUEST, USERAUTH_SUCCESS, Client, Ended, Fields, Sftp, names, new_key, public_blob, public_line, string)

METHODS = b"publickey,password,keyboard-interactive"


def ends(what, client, *message):
    """after this message the connection is over, and nothing but a disconnect came"""
    try:
        if message:
            client.send(*message)
        got = client.receive_past()
        check(what, False, f"the server answered {got[:40]!r}")
    except (Ended, InvalidTag) as end:
        check(f"{what}: ended", isinstance(end, Ended), end)
    except TimeoutError:
        check(what, False, "the server waits for more")
    client.close()


def shaken(server, **options):
    return Client(server.ssh_port, **options).shake()


def authenticating(server):
    return shaken(server).start_auth()


def signed_on(server, user="alice"):
    client = authenticating(server)
    if client.sign_on(user, server.keys[user])[0] != USERAUTH_SUCCESS:
        raise RuntimeError(f"{user} cannot sign on")
    return client


def messages_of_a_server(server):
    """R-053: what only a server says"""
    for number, rest in ((USERAUTH_SUCCESS, b""), (USERAUTH_FAILURE, names("publickey") + b"\0"), (SERVICE_ACCEPT, string("ssh-userauth")),
                         (USERAUTH_PK_OK, string("ssh-ed25519") + string(b"")), (NEWKEYS, b"")):
        ends(f"message {number} before the service", shaken(server), number, rest)
        ends(f"message {number} instead of a request", authenticating(server), number, rest)


def before_sign_on(server):
    """R-054: nothing of a session before somebody has signed on"""
    for what, message in (("a session channel", (CHANNEL_OPEN, string("session"), struct.pack(">III", 0, 2**20, 2**15))),
                          ("a channel request", (CHANNEL_REQUEST, bytes(4), string("exec"), b"\1", string("id"))),
                          ("a global request", (GLOBAL_REQUEST, string("tcpip-forward"), b"\1", string("0.0.0.0"), bytes(4))),
                          ("channel data", (DATA, bytes(4), string(b"x")))):
        ends(f"{what} before the service", shaken(server), *message)
        ends(f"{what} before sign-on", authenticating(server), *message)
    client = shaken(server)
    content, parts = client.signed("alice", server.keys["alice"])
    ends("alice's right sign-on before the service", client, USERAUTH_REQUEST, string("alice"), string("ssh-connection"), string("publickey"), parts,
         string(string("ssh-ed25519") + string(server.keys["alice"].sign(content))))


def every_number(server):
    """R-055: every message number in two states before sign-on"""
    allowed = {1, IGNORE, 3, DEBUG, EXT_INFO, SERVICE_REQUEST, KEXINIT, USERAUTH_REQUEST, PING}
    for state, begin in (("service", shaken), ("auth", authenticating)):
        survived = []
        for number in set(range(1, 256)) - allowed:
            with begin(server) as client:
                try:
                    client.send(number, bytes(40))
                    client.send(SERVICE_REQUEST, string("ssh-userauth"))
                    client.receive()
                    survived.append(number)
                except Ended:
                    pass
        equal(f"{state}: every other number ends the connection", survived, [])


def signatures(server):
    """R-056: a publickey request with a signature that is none"""
    client, key, other = authenticating(server), server.keys["alice"], new_key()
    content, parts = client.signed("alice", key)
    good = key.sign(content)

    def request(what, signature, parts=parts, user="alice", service="ssh-connection"):
        got = client.auth(user, "publickey", parts, string(signature), service=service)
        check(f"{what}: FAILURE", got[0] == USERAUTH_FAILURE and Fields(got).string() == METHODS, got[:60])
    form = string("ssh-ed25519") + string(good)
    wrong = {"empty": b"", "without name": string(good), "a short one": string("ssh-ed25519") + string(good[:63]), "a long one": string("ssh-ed25519") + string(good + b"\0"),
             "all zero": string("ssh-ed25519") + string(bytes(64)), "another algorithm's name": string("ssh-rsa") + string(good), "trailing bytes": form + b"\0",
             "of another key": string("ssh-ed25519") + string(other.sign(content)),
             "over another session": string("ssh-ed25519") + string(key.sign(client.signed("alice", key, session=bytes(32))[0])),
             "over another user": string("ssh-ed25519") + string(key.sign(client.signed("alice", key, signed_user="admin")[0]))}
    for index, (what, signature) in enumerate(wrong.items()):
        if index % 4 == 3:  # the server ends a connection after a few refusals
            client = authenticating(server)
            content, parts = client.signed("alice", key)
            form = string("ssh-ed25519") + string(key.sign(content))
        request(what, signature)
    client = authenticating(server)
    content, parts = client.signed("alice", key)
    got = client.auth("alice", "publickey", b"\1" + string("rsa-sha2-256") + string(public_blob(key)), string(string("rsa-sha2-256") + string(key.sign(content))))
    equal("an algorithm that is not the key's: FAILURE", got[0], USERAUTH_FAILURE)
    earlier = authenticating(server)
    old = earlier.signed("alice", key)[0]
    got = client.auth("alice", "publickey", parts, string(string("ssh-ed25519") + string(key.sign(old))))
    equal("a signature of another live connection: FAILURE", got[0], USERAUTH_FAILURE)
    equal("counter-test: the right signature signs on", client.sign_on("alice", key)[0], USERAUTH_SUCCESS)


def probes(server):
    """R-057: who signed, not who was asked about"""
    alice, bob = server.keys["alice"], server.keys["bob"]
    client = authenticating(server)
    for user, key, known in (("alice", alice, True), ("bob", bob, True), ("alice", bob, False), ("nobody", alice, False)):
        got = client.auth(user, "publickey", b"\0" + string("ssh-ed25519") + string(public_blob(key)))
        equal(f"a probe of {user} with {'the right' if known else 'another'} key", got[0], USERAUTH_PK_OK if known else USERAUTH_FAILURE)
    client.auth("alice", "publickey", b"\0" + string("ssh-ed25519") + string(public_blob(alice)))
    equal("alice's key asked about, bob's key signs for her: FAILURE", client.sign_on("alice", bob)[0], USERAUTH_FAILURE)
    content, _ = client.signed("alice", alice)
    got = client.auth("alice", "publickey", b"\1" + string("ssh-ed25519") + string(public_blob(alice)), string(string("ssh-ed25519") + string(bob.sign(content))))
    equal("alice's key shown, bob's key signs: FAILURE", got[0], USERAUTH_FAILURE)
    lines = len(server.log_lines())
    equal("then bob's own signature, as bob", client.sign_on("bob", bob)[0], USERAUTH_SUCCESS)
    found = server.wait_for_log(lambda r: "bob" in str(r["said"]) and "SHA256:" in str(r["said"]), lines)
    check("the log names bob and the fingerprint of the key that signed", found is not None)
    sftp = Sftp(client)
    sftp.receive()
    got, answer = sftp.ask(16, string("."))  # REALPATH
    equal("and the session is bob's", (got, answer.u32(), answer.string()), (104, 1, b"/Home/bob"))


def key_blobs(server):
    """R-058: what is no key"""
    client = authenticating(server)
    blobs = [b"", b"ssh-ed25519", b"/etc/passwd", b"\\\\host\\share\\key", b"https://example.com/key", b"-----BEGIN PUBLIC KEY-----\n", string("ssh-ed25519") + string(bytes(31)),
             string("ssh-ed25519") + string(bytes(32)) + b"x", string("ssh-rsa") + string(b"\1") + string(bytes(16)), b"\xff" * 20_000]
    for index, blob in enumerate(blobs):
        if index % 4 == 3:
            client = authenticating(server)
        got = client.auth("alice", "publickey", b"\0" + string("ssh-ed25519") + string(blob))
        equal(f"a key blob of {len(blob)} bytes: FAILURE", got[0], USERAUTH_FAILURE)


def changing_users(server):
    """R-059: what one user has shown is worth nothing for another"""
    key = server.keys["carol"]
    client = authenticating(server)
    got = client.sign_on("carol", key)
    fields = Fields(got)
    equal("carol needs key and password: partial success", (got[0], fields.string(), fields.byte()), (USERAUTH_FAILURE, b"password", 1))
    equal("then alice's password: FAILURE without partial success", (lambda g: (g[0], g[-1]))(client.password("alice", "wrong password")), (USERAUTH_FAILURE, 0))
    got = client.password("carol", PASSWORD)
    equal("after that carol's password alone does not do", (got[0], got[-1]), (USERAUTH_FAILURE, 0))
    client = authenticating(server)
    client.sign_on("carol", key)
    equal("counter-test: key, then password, signs on", client.password("carol", PASSWORD)[0], USERAUTH_SUCCESS)
    client = authenticating(server)
    client.sign_on("carol", key)
    try:
        got = client.auth("carol", "password", b"\0", string(PASSWORD), service="ssh-other")
        check("another service: refused", got[0] == USERAUTH_FAILURE, got)
    except Ended:
        check("another service: ended", True)


def dialogues(server):
    """R-060: answers without a question, and of the wrong number"""
    ends("an answer without a question", authenticating(server), INFO_RESPONSE, struct.pack(">I", 1), string(PASSWORD))
    for what, body in (("none", struct.pack(">I", 0)), ("two", struct.pack(">I", 2) + string(PASSWORD) * 2), ("2^32-1", struct.pack(">I", 2**32 - 1) + string(PASSWORD)),
                       ("one too short", struct.pack(">II", 1, 100) + b"x")):
        client = authenticating(server)
        equal("a question comes", client.auth("alice", "keyboard-interactive", string(""), string(""))[0], INFO_REQUEST)
        ends(f"{what} answers to one question", client, INFO_RESPONSE, body)
    client = authenticating(server)
    client.auth("alice", "keyboard-interactive", string(""), string(""))
    client.send(INFO_RESPONSE, struct.pack(">I", 1), string(PASSWORD))
    equal("counter-test: the right answer signs on", client.receive()[0], USERAUTH_SUCCESS)
    ends("an answer after success", client, INFO_RESPONSE, struct.pack(">I", 1), string(PASSWORD))


def empty_methods(server):
    """R-061: none, empty password, change of password"""
    client = authenticating(server)
    for what, method, *parts in (("none", "none"), ("an empty password", "password", b"\0", string("")), ("a change of password", "password", b"\1", string(PASSWORD), string("another long passphrase 9")),
                                 ("hostbased", "hostbased", string("ssh-ed25519"), string(b"k"), string("h"), string("u"), string(b"s")), ("gssapi-with-mic", "gssapi-with-mic", struct.pack(">I", 0))):
        got = client.auth("alice", method, *parts)
        fields = Fields(got)
        equal(f"{what}: FAILURE, and the methods (R-075)", (got[0], fields.string(), fields.byte()), (USERAUTH_FAILURE, METHODS, 0))


def flipped_bits(server):
    """R-064: one bit of a packet, anywhere"""
    for cipher, kind in CIPHERS.items():
        size = len(Client.packet(type("At", (), {"sealing": kind.__new__(kind)})(), bytes([SERVICE_REQUEST]) + string("ssh-userauth"))) + kind.tag
        for at in sorted({0, 3, 4, 5, 9, size // 2, *range(size - kind.tag, size)}):
            client = shaken(server, cipher=cipher)
            sealed = bytearray(client.sealing.seal(client.sent, client.packet(bytes([SERVICE_REQUEST]) + string("ssh-userauth"))))
            sealed[at] ^= 1 << at % 8
            client.socket.settimeout(1 if at < 4 else 10)  # a larger length waits for bytes that never come
            client.send_raw(bytes(sealed) + bytes(64))
            try:
                got = client.receive()
                check(f"{cipher}: byte {at} flipped", False, got)
            except Ended:
                pass
            except TimeoutError:
                check(f"{cipher}: byte {at} flipped: the server waits, and has answered nothing", at < 4)
            client.close()
        check(f"{cipher}: no packet with a flipped bit was taken", True)


def run_all(server, tests):
    for test in tests:
        section(test, server)


def prepare(server):
    """Three users with keys; carol needs key and password."""
    server.keys = {}
    for user in ("alice", "bob", "carol"):
        server.add_user(user)
        server.keys[user] = new_key()
        added = server.cli("user", "key", "add", user, "-", input=public_line(server.keys[user]))
        if added.returncode != 0:
            raise RuntimeError(added.stderr)
    if server.cli("user", "sign-on", "carol", "publickey,password").returncode != 0:
        raise RuntimeError("user sign-on")


TESTS = [messages_of_a_server, before_sign_on, every_number, signatures, probes, key_blobs, changing_users, dialogues, empty_methods, flipped_bits]


def main():
    chosen = [test for test in TESTS if not sys.argv[1:] or test.__name__ in sys.argv[1:]]
    with Server({"sign_on": {"attempts": 1000}, "server": {"ready_gates": 8}}, ssh=True) as server:
        prepare(server)
        run_all(server, chosen)
        section(server_is_well, server)
    finish()


if __name__ == "__main__":
    main()
