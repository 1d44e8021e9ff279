"""What a hostile SSH peer does to the transport, the channel and SFTP: breach classes R-065 to R-076 of the threat list."""
import os
import struct
import sys

from support.server import Server, check, equal, finish, section, server_is_well
from support.ssh_raw import (CHANNEL_CLOSE, CHANNEL_EOF, CHANNEL_FAILURE, CHANNEL_OPEN, CHANNEL_REQUEST, CHANNEL_SUCCESS, CLOSE, DATA, DEBUG, DISCONNECT, ECDH_INIT, EXTENDED_DATA, EXT_INFO,
                             GLOBAL_REQUEST, IGNORE, INIT, KEXINIT, NEWKEYS, OPEN_CONFIRMATION, OPEN_FAILURE, OPENDIR, PING, PONG, READ, REALPATH, REQUEST_FAILURE,
                             SERVICE_REQUEST, STAT, STATUS, SYMLINK, UNIMPLEMENTED, USERAUTH_REQUEST, USERAUTH_SUCCESS, WINDOW_ADJUST, WRITE, Client, Ended,
                             Fields, Sftp, names, string)
from test_ssh_attacks import authenticating, ends, prepare, shaken, signed_on

GOLDEN = {
    "exchange": "mlkem768x25519-sha256,sntrup761x25519-sha512,sntrup761x25519-sha512@openssh.com,curve25519-sha256,curve25519-sha256@libssh.org,"
                "ecdh-sha2-nistp256,ecdh-sha2-nistp384,kex-strict-s-v00@openssh.com",
    "host key": "ssh-ed25519,ecdsa-sha2-nistp256,rsa-sha2-512,rsa-sha2-256",
    "cipher": "aes256-gcm@openssh.com,aes128-gcm@openssh.com,chacha20-poly1305@openssh.com,aes256-ctr,aes128-ctr",
    "mac": "hmac-sha2-256-etm@openssh.com,hmac-sha2-512-etm@openssh.com,hmac-sha2-256,hmac-sha2-512",
}
EOF, NO_SUCH_FILE, DENIED, FAILURE, BAD_MESSAGE, UNSUPPORTED = 1, 2, 3, 4, 5, 8


def begun(server, **options):
    client = Client(server.ssh_port, **options)
    client.exchange_versions()
    return client


def offers(server):
    """R-074, R-075, R-076: what is offered, to the last name"""
    client = begun(server)
    equal("the version line names no version of ours", client.server_version, b"SSH-2.0-Bulkhead")
    fields = Fields(client.expect(KEXINIT), 17)
    lists = [fields.text() for _ in range(10)]
    equal("key exchange", lists[0], GOLDEN["exchange"])
    equal("host keys", lists[1], GOLDEN["host key"])
    equal("ciphers, both ways", lists[2:4], [GOLDEN["cipher"]] * 2)
    equal("MACs, both ways", lists[4:6], [GOLDEN["mac"]] * 2)
    equal("no compression", lists[6:8], ["none", "none"])
    client = authenticating(server)
    equal("extensions", sorted(client.extensions), ["ping@openssh.com", "publickey-hostbound@openssh.com", "server-sig-algs"])
    check("no SHA-1 signature of users", "ssh-rsa" not in client.extensions["server-sig-algs"].decode().split(","))


def terrapin(server):
    """R-065: the first exchange has nothing but the exchange in it"""
    for what, message in (("IGNORE", (IGNORE, string(b"x"))), ("DEBUG", (DEBUG, b"\0", string("x"), string(""))), ("UNIMPLEMENTED", (UNIMPLEMENTED, bytes(4))),
                          ("EXT_INFO", (EXT_INFO, struct.pack(">I", 0)))):
        client = begun(server)
        client.send(*message)
        client.start_exchange()
        client.expect(KEXINIT)
        ends(f"strict: {what} ahead of KEXINIT", client)
        client = begun(server)
        client.start_exchange()
        client.send(*message)
        client.expect(KEXINIT)
        ends(f"strict: {what} after KEXINIT", client)
    client = begun(server, strict=False)
    client.start_exchange()
    client.send(IGNORE, string(b"x"))
    client.finish_exchange()
    client.start_auth()
    check("counter-test: without strict IGNORE is ignored", True)
    client = begun(server, strict=False, cipher="chacha20-poly1305@openssh.com")
    client.start_exchange()
    client.expect(KEXINIT)
    ends("without strict chacha20-poly1305 is not agreed", client)


def guesses(server):
    """R-066: a guessed packet that is wrong; a storm of key exchanges"""
    client = begun(server)
    client.start_exchange(client.offer(True, "ecdh-sha2-nistp521,curve25519-sha256", follows=True))
    client.send(ECDH_INIT, string(bytes(133)))
    client.finish_exchange()
    client.start_auth()
    check("a wrong guess is passed over, once", True)
    client = begun(server)
    client.start_exchange(client.offer(True, "ecdh-sha2-nistp521,curve25519-sha256", follows=True))
    client.send(ECDH_INIT, string(bytes(133)))
    client.send(ECDH_INIT, string(bytes(133)))
    client.expect(KEXINIT)
    ends("a second wrong guess", client)
    client, rounds = signed_on(server), 0
    try:
        for rounds in range(1, 600):
            client.start_exchange(first=False)
            their = client.receive_past()
            client.pending = [their]
            finish_with(client, their)
    except Ended:
        pass
    check(f"a storm of key exchanges is ended after {rounds}", 10 <= rounds < 400)


def channel_ends(what, client):
    """the program ends with a word to the person, and the channel with it; nothing was answered"""
    try:
        got = client.receive_past()
        while got[0] in (EXTENDED_DATA, CHANNEL_EOF, CHANNEL_REQUEST):
            got = client.receive_past()
        check(f"{what}: the channel is closed", got[0] == CHANNEL_CLOSE, got[:60])
    except Ended:
        check(f"{what}: ended", True)
    client.close()


def finish_with(client, their_offer):
    """finish_exchange() when the server's KEXINIT has come already."""
    keep, client.expect = client.expect, lambda number: their_offer if number == KEXINIT else keep(number)
    try:
        client.finish_exchange()
    finally:
        client.expect = keep


def sizes(server):
    """R-067: lengths and lists that no peer may send"""
    for length in (0, 1, 11, 13, 35_001, 2**31, 2**32 - 1):
        client = begun(server)
        client.expect(KEXINIT)
        client.send_raw(struct.pack(">I", length) + bytes(64))
        ends(f"packet length {length}", client)
    for padding in (0, 3):
        client = begun(server)
        client.expect(KEXINIT)
        body = client.offer(True)
        client.send_raw(struct.pack(">IB", len(body) + 1 + padding, padding) + body + bytes(padding))
        ends(f"padding of {padding}", client)
    for what, offer in (("a name list of 30,000 bytes", bytes([KEXINIT]) + bytes(16) + string("a" * 30_000) + names("ssh-ed25519") * 9 + bytes(5)),
                        ("a list that is longer than its packet", bytes([KEXINIT]) + bytes(16) + struct.pack(">I", 2**31) + b"a" * 100),
                        ("nothing in common", Client.offer(type("None", (), {"cipher": "3des-cbc", "strict": True})(), True)), ("an empty offer", bytes([KEXINIT]))):
        client = begun(server)
        client.start_exchange(offer)
        client.expect(KEXINIT)
        ends(what, client)
    for what, lines in (("a version line of 300 bytes", b"SSH-2.0-" + b"a" * 300 + b"\r\n"), ("SSH 1.5", b"SSH-1.5-old\r\n"), ("HTTP", b"GET / HTTP/1.1\r\n\r\n"), ("NUL in the version", b"SSH-2.0-a\0b\r\n")):
        client = Client(server.ssh_port)
        client.send_raw(lines)
        try:
            while True:
                client.receive_bytes(1)
        except Ended:
            check(f"{what}: ended", True)
        client.close()


def shares(server):
    """R-068: points that are none"""
    low_order = [bytes(32), b"\1" + bytes(31), bytes.fromhex("e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800"), b"\xec" + b"\xff" * 30 + b"\x7f"]
    for share in (b"", bytes(31), bytes(33), *low_order):
        client = begun(server)
        client.start_exchange()
        try:
            client.finish_exchange(share)
            check(f"an X25519 share {share[:4].hex()} of {len(share)} bytes", False)
        except Ended:
            check(f"an X25519 share {share[:4].hex()} of {len(share)} bytes: ended", True)
    for method, good in (("ecdh-sha2-nistp256", 65), ("ecdh-sha2-nistp384", 97), ("mlkem768x25519-sha256", 1216), ("sntrup761x25519-sha512", 1190)):
        wrong = [bytes(good), b"\4" + bytes(good - 1), b"\2" + b"\1" * (good // 2), bytes(good - 1)]
        # Not on the curve, or no reduced ML-KEM key; every byte string is a public key of sntrup761.
        for share in wrong + ([] if method.startswith("sntrup") else [b"\xff" * good]):
            client = begun(server)
            client.start_exchange(client.offer(True, method))
            client.expect(KEXINIT)
            client.send(ECDH_INIT, string(share))
            try:
                got = client.receive()
                check(f"{method}: {share[:3].hex()} of {len(share)} bytes", False, got[:10])
            except Ended:
                check(f"{method}: {share[:3].hex()} of {len(share)} bytes: ended", True)


def channels(server):
    """R-070: windows, second channels, everything but sftp"""
    client = signed_on(server)
    opened = Fields(client.open_session())
    _, remote, window, packet = opened.u32(), opened.u32(), opened.u32(), opened.u32()
    equal("a second session channel: for hashes beside SFTP", client.open_session(1)[0], OPEN_CONFIRMATION)
    equal("a third: refused", client.open_session(2)[0], OPEN_FAILURE)
    for kind in ("direct-tcpip", "x11", "auth-agent@openssh.com", "forwarded-tcpip", "nonsense"):
        client.send(CHANNEL_OPEN, string(kind), struct.pack(">III", 2, 2**20, 2**15), string("h"), bytes(4), string("o"), bytes(4))
        equal(f"a channel of type {kind}: refused", client.receive_past()[0], OPEN_FAILURE)
    for kind, *parts in (("pty-req", string("xterm"), bytes(16), string("")), ("x11-req", b"\0", string("a"), string("b"), bytes(4)), ("env", string("LD_PRELOAD"), string("/tmp/x")),
                         ("auth-agent-req@openssh.com",), ("shell",), ("exec", string("id")), ("exec", string("sh -c id")), ("exec", string("scp; id")), ("exec", string("md5sum $(id)")),
                         ("subsystem", string("shell")), ("subsystem", string("")), ("nonsense", string(b"\xff" * 100))):
        equal(f"request {kind} {parts[:1]}: refused", client.request(remote, kind, *parts)[0], CHANNEL_FAILURE)
    for kind in ("tcpip-forward", "cancel-tcpip-forward", "streamlocal-forward@openssh.com", "nonsense"):
        client.send(GLOBAL_REQUEST, string(kind), b"\1", string("0.0.0.0"), struct.pack(">I", 80))
        equal(f"global request {kind}: refused", client.receive_past()[0], REQUEST_FAILURE)
    client.send(PING, string("are you there"))
    equal("ping is answered", client.receive_past(), bytes([PONG]) + string("are you there"))
    client.data(remote, struct.pack(">IBI", 5, INIT, 3))
    equal("the subsystem sftp runs", client.request(remote, "subsystem", string("sftp"))[0], CHANNEL_SUCCESS)
    client.send(PING, string("x"))
    equal("data ahead of it reached nobody", client.receive_past()[0], PONG)
    for what, message in (("data for a channel that is not", (DATA, struct.pack(">I", 99), string(b"x"))), ("a window beyond 2^32", (WINDOW_ADJUST, struct.pack(">II", remote, 2**32 - 1))),
                          ("data longer than the packet allows", (DATA, struct.pack(">I", remote), string(bytes(packet + 1)))),
                          ("a confirmation nobody asked for", (91, struct.pack(">IIII", remote, 0, 1, 1)))):
        client = signed_on(server)
        sftp = Sftp(client)
        sftp.receive()
        ends(what, client, *message)
    for end in (CHANNEL_EOF, CHANNEL_CLOSE):
        client = signed_on(server)
        sftp = Sftp(client)
        sftp.receive()
        client.send(end, struct.pack(">I", sftp.remote))
        try:
            client.send(DATA, struct.pack(">I", sftp.remote), string(struct.pack(">IB", 5, INIT) + bytes(4)))
            while client.receive_past()[0] in (CHANNEL_EOF, CHANNEL_CLOSE, CHANNEL_REQUEST):
                pass
            check(f"data after message {end}", False)
        except Ended:
            check(f"data after message {end}: ended", True)
    client = signed_on(server)
    try:
        got = client.open_session(0, 2**20, 0)
        check("a packet size of 0: refused", got[0] == OPEN_FAILURE, got)
    except Ended:
        check("a packet size of 0: ended", True)
    client = signed_on(server)
    sftp = Sftp(client)
    sftp.receive()
    client.data(sftp.remote, struct.pack(">I", 2**31) + bytes(1_000))
    channel_ends("an SFTP packet of 2 GiB", client)


def out_of_place(server):
    """R-071: what comes at the wrong time changes nothing"""
    client = signed_on(server)
    lines = len(server.log_lines())
    client.send(USERAUTH_REQUEST, string("bob"), string("ssh-connection"), string("password"), b"\0", string("x"))
    client.send(PING, string("still here"))
    equal("a sign-on after sign-on is passed over (RFC 4252 section 5.1)", client.receive_past()[0], PONG)
    sftp = Sftp(client)
    sftp.receive()
    got, answer = sftp.ask(REALPATH, string("."))
    equal("and the session is still alice's", (answer.u32(), answer.string()), (1, b"/Home/alice"))
    equal("nobody else signed on", [r for r in server.log_records(lines) if "bob" in str(r["said"])], [])
    client = begun(server)
    client.start_exchange()
    client.expect(KEXINIT)
    ends("a service request before NEWKEYS", client, SERVICE_REQUEST, string("ssh-userauth"))
    client = begun(server)
    client.start_exchange()
    client.expect(KEXINIT)
    ends("NEWKEYS before the exchange", client, NEWKEYS)


def sftp_requests(server):
    """R-072: requests that make no sense get a status, and cost nothing"""
    sftp = Sftp(signed_on(server))
    sftp.receive()
    handle = sftp.open("attack.bin", 0x1a)  # write, create, truncate
    check("a file for writing", isinstance(handle, bytes), handle)
    equal("write", sftp.status(WRITE, string(handle), struct.pack(">Q", 0), string(b"x" * 100)), 0)
    equal("close", sftp.status(CLOSE, string(handle)), 0)
    equal("a handle that was closed", sftp.status(WRITE, string(handle), struct.pack(">Q", 0), string(b"x")), FAILURE)
    for forged in (b"", b"\0" * 5, bytes(len(handle)), os.urandom(len(handle)), bytes(256)):
        check(f"a forged handle of {len(forged)} bytes", sftp.status(CLOSE, string(forged)) in (FAILURE, BAD_MESSAGE))
    handle = sftp.open("attack.bin", 1)
    got, answer = sftp.ask(READ, string(handle), struct.pack(">QI", 0, 2**32 - 1))
    equal("READ of 2^32-1 bytes gives the file", (got, len(answer.string())), (103, 100))
    for offset in (100, 2**63, 2**64 - 1):
        check(f"READ at {offset}", sftp.status(READ, string(handle), struct.pack(">QI", offset, 10)) in (EOF, FAILURE, BAD_MESSAGE))
    for kind in (0, 21, 99, 201, 255):
        check(f"request type {kind}", sftp.status(kind, string("x")) in (UNSUPPORTED, BAD_MESSAGE))
    equal("an unknown extension", sftp.status(200, string("nonsense@example.com")), UNSUPPORTED)
    equal("hardlink is refused", sftp.status(200, string("hardlink@openssh.com"), string("a"), string("b")), UNSUPPORTED)
    equal("symlink is refused", sftp.status(SYMLINK, string("/etc/passwd"), string("link")), UNSUPPORTED)
    for path in ("../../../etc/passwd", "/etc/passwd", "..", "a\0b", "\xff", "x" * 5_000, "/proc/self/mem", "/Home/bob/secret"):
        check(f"STAT {path[:30]!r} shows nothing of the system", sftp.status(STAT, string(path)) in (NO_SUCH_FILE, FAILURE, BAD_MESSAGE, DENIED, "answer 105"))
    got, answer = sftp.ask(REALPATH, string("../../.."))
    equal("`..` ends at the root", (got, answer.u32(), answer.string()), (104, 1, b"/"))
    client = signed_on(server)
    sftp = Sftp(client, init=None)
    sftp.send(STAT, struct.pack(">I", 1), string("x"))
    channel_ends("a request ahead of INIT", client)
    client = signed_on(server)
    sftp = Sftp(client)
    sftp.receive()
    sftp.send(INIT, struct.pack(">I", 3))
    channel_ends("INIT twice", client)


def many_handles(server):
    """R-073: handles that are never closed"""
    sftp = Sftp(signed_on(server))
    sftp.receive()
    opened = 0
    for _ in range(5_000):
        got, _ = sftp.ask(OPENDIR, string("."))
        if got == STATUS:
            break
        opened += 1
    check(f"open folders are limited: {opened}", 16 <= opened <= 256)
    equal("and the session goes on", sftp.ask(STAT, string("."))[0], 105)


TESTS = [offers, terrapin, guesses, sizes, shares, channels, out_of_place, sftp_requests, many_handles]


def main():
    chosen = [test for test in TESTS if not sys.argv[1:] or test.__name__ in sys.argv[1:]]
    with Server({"sign_on": {"attempts": 1000}, "server": {"ready_gates": 8}}, ssh=True) as server:
        prepare(server)
        for test in chosen:
            section(test, server)
        section(server_is_well, server)
    finish()


if __name__ == "__main__":
    main()
