"""An SSH client that says exactly what a test wants: every message by hand, in any order, before and after each key.

Key exchange curve25519-sha256, ciphers aes256-gcm, aes256-ctr with hmac-sha2-256-etm or hmac-sha2-256 and chacha20-poly1305,
strict or not.
It checks the server's Ed25519 signature, so what it sees is what a client would see.
"""
import hashlib
import hmac
import os
import socket
import struct

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import poly1305, serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

DISCONNECT, IGNORE, UNIMPLEMENTED, DEBUG, SERVICE_REQUEST, SERVICE_ACCEPT, EXT_INFO = 1, 2, 3, 4, 5, 6, 7
KEXINIT, NEWKEYS, ECDH_INIT, ECDH_REPLY = 20, 21, 30, 31
USERAUTH_REQUEST, USERAUTH_FAILURE, USERAUTH_SUCCESS, USERAUTH_BANNER, USERAUTH_PK_OK = 50, 51, 52, 53, 60
INFO_REQUEST, INFO_RESPONSE = 60, 61
GLOBAL_REQUEST, REQUEST_SUCCESS, REQUEST_FAILURE = 80, 81, 82
CHANNEL_OPEN, OPEN_CONFIRMATION, OPEN_FAILURE, WINDOW_ADJUST, DATA, EXTENDED_DATA = 90, 91, 92, 93, 94, 95
CHANNEL_EOF, CHANNEL_CLOSE, CHANNEL_REQUEST, CHANNEL_SUCCESS, CHANNEL_FAILURE = 96, 97, 98, 99, 100
PING, PONG = 192, 193
STRICT_CLIENT, STRICT_SERVER = "kex-strict-c-v00@openssh.com", "kex-strict-s-v00@openssh.com"


def string(value):
    raw = value.encode() if isinstance(value, str) else value
    return struct.pack(">I", len(raw)) + raw


def mpint(raw):
    raw = raw.lstrip(b"\0")
    return string(b"\0" + raw if raw and raw[0] & 0x80 else raw)


def names(*items):
    return string(",".join(items))


class Fields:
    """Takes fields off a payload."""

    def __init__(self, payload, at=1):
        self.payload, self.at = payload, at

    def u32(self):
        self.at += 4
        return struct.unpack(">I", self.payload[self.at - 4:self.at])[0]

    def byte(self):
        self.at += 1
        return self.payload[self.at - 1]

    def string(self):
        size = self.u32()
        self.at += size
        return self.payload[self.at - size:self.at]

    def text(self):
        return self.string().decode()


class Ended(Exception):
    """The server closed the connection; `reason` is that of its disconnect message, if it sent one."""

    def __init__(self, reason=None, text=""):
        super().__init__(f"ended: {reason} {text}")
        self.reason, self.text = reason, text


# ---- packet protection, one object for each direction

class Plain:
    block, tag = 8, 0

    def seal(self, sequence, packet):
        return packet

    def open(self, sequence, receive):
        head = receive(4)
        return head[4:] + receive(struct.unpack(">I", head)[0])


class Gcm:
    block, tag, key_size, iv_size, mac_size, aad = 16, 16, 32, 12, 0, 4

    def __init__(self, key, iv, mac):
        self.cipher, self.fixed, self.counter = AESGCM(key), iv[:4], int.from_bytes(iv[4:], "big")

    def nonce(self):
        self.counter += 1
        return self.fixed + ((self.counter - 1) % 2**64).to_bytes(8, "big")

    def seal(self, sequence, packet):
        return packet[:4] + self.cipher.encrypt(self.nonce(), packet[4:], packet[:4])

    def open(self, sequence, receive):
        head = receive(4)
        return self.cipher.decrypt(self.nonce(), receive(struct.unpack(">I", head)[0] + 16), head)


class Chacha:
    block, tag, key_size, iv_size, mac_size, aad = 8, 16, 64, 0, 0, 4

    def __init__(self, key, iv, mac):
        self.main, self.head = key[:32], key[32:]

    @staticmethod
    def stream(key, sequence, counter, data):
        nonce = counter.to_bytes(8, "little") + sequence.to_bytes(8, "big")
        return Cipher(algorithms.ChaCha20(key, nonce), None).encryptor().update(data)

    def seal(self, sequence, packet):
        sealed = self.stream(self.head, sequence, 0, packet[:4]) + self.stream(self.main, sequence, 1, packet[4:])
        return sealed + poly1305.Poly1305.generate_tag(self.stream(self.main, sequence, 0, bytes(32)), sealed)

    def open(self, sequence, receive):
        head = receive(4)
        body = receive(struct.unpack(">I", self.stream(self.head, sequence, 0, head))[0])
        poly1305.Poly1305.verify_tag(self.stream(self.main, sequence, 0, bytes(32)), head + body, receive(16))
        return self.stream(self.main, sequence, 1, body)


class CtrEtm:
    block, tag, key_size, iv_size, mac_size, aad = 16, 32, 32, 16, 32, 4

    def __init__(self, key, iv, mac):
        self.context, self.mac = Cipher(algorithms.AES(key), modes.CTR(iv)).encryptor(), mac

    def digest(self, sequence, sealed):
        return hmac.new(self.mac, struct.pack(">I", sequence) + sealed, hashlib.sha256).digest()

    def seal(self, sequence, packet):
        sealed = packet[:4] + self.context.update(packet[4:])
        return sealed + self.digest(sequence, sealed)

    def open(self, sequence, receive):
        head = receive(4)
        body = receive(struct.unpack(">I", head)[0])
        if receive(32) != self.digest(sequence, head + body):
            raise InvalidTag
        return self.context.update(body)


class CtrPlainMac(CtrEtm):
    aad = 0

    def seal(self, sequence, packet):
        return self.context.update(packet) + self.digest(sequence, packet)

    def open(self, sequence, receive):
        head = self.context.update(receive(4))
        packet = head + self.context.update(receive(struct.unpack(">I", head)[0]))
        if receive(32) != self.digest(sequence, packet):
            raise InvalidTag
        return packet[4:]


# By what a test calls the suite: the cipher's name, and behind a blank the MAC's unless it is the usual one.
USUAL_MAC = "hmac-sha2-256-etm@openssh.com"
CIPHERS = {"aes256-gcm@openssh.com": Gcm, "chacha20-poly1305@openssh.com": Chacha, "aes256-ctr": CtrEtm, "aes256-ctr hmac-sha2-256": CtrPlainMac}


class Client:
    """cipher: a key of CIPHERS; strict: offer strict key exchange. Nothing is sent before it is asked for."""

    connections = 0

    def __init__(self, port, cipher="aes256-gcm@openssh.com", strict=True, timeout_s=10):
        # A source address of its own for each: what one connection does wrong costs its source.
        Client.connections += 1
        source = f"127.{Client.connections % 200 + 20}.{Client.connections // 200 % 200}.9"
        self.socket = socket.create_connection(("127.0.0.1", port), timeout_s, (source, 0))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.cipher, self.strict = cipher, strict
        self.sealing, self.opening = Plain(), Plain()
        self.sent, self.received = 0, 0  # sequence numbers
        self.session, self.host_key, self.extensions = b"", b"", {}
        self.version, self.server_version = b"SSH-2.0-BulkheadTest", b""
        self.pending = []

    def close(self):
        self.socket.close()

    __enter__ = lambda self: self

    def __exit__(self, *_):
        self.close()

    # -- packets

    def receive_bytes(self, count):
        out = b""
        while len(out) < count:
            try:
                part = self.socket.recv(count - len(out))
            except ConnectionError:
                part = b""
            if not part:
                raise Ended()
            out += part
        return out

    def packet(self, payload, padding=None):
        ahead = getattr(self.sealing, "aad", 0)  # bytes of the length field that stand before what is padded
        size = padding if padding is not None else 4 + (-(len(payload) + 9 - ahead)) % self.sealing.block
        return struct.pack(">IB", len(payload) + size + 1, size) + payload + bytes(size)

    def send(self, *parts):
        self.send_raw(self.sealing.seal(self.sent, self.packet(b"".join(bytes([p]) if isinstance(p, int) else p for p in parts))))
        self.sent = (self.sent + 1) % 2**32

    def send_raw(self, raw):
        try:
            self.socket.sendall(raw)
        except ConnectionError:
            pass  # the next receive says so

    def receive(self):
        """The next payload. Ended when there is none."""
        body = self.opening.open(self.received, self.receive_bytes)
        self.received = (self.received + 1) % 2**32
        payload = body[1:len(body) - body[0]]
        if payload[0] == DISCONNECT:
            fields = Fields(payload)
            raise Ended(fields.u32(), fields.text())
        if payload[0] == EXT_INFO:
            fields = Fields(payload)
            self.extensions = {fields.text(): fields.string() for _ in range(fields.u32())}
            return self.receive()
        return payload

    def expect(self, number):
        payload = self.receive()
        assert payload[0] == number, f"message {payload[0]}, not {number}: {payload[:60]}"
        return payload

    # -- key exchange

    def exchange_versions(self):
        self.send_raw(self.version + b"\r\n")
        while not self.server_version.endswith(b"\n"):
            self.server_version += self.receive_bytes(1)
        self.server_version = self.server_version.rstrip(b"\r\n")

    def offer(self, first, exchange="curve25519-sha256", follows=False):
        marks = ["ext-info-c"] + ([STRICT_CLIENT] if self.strict and first else [])
        cipher, _, mac = self.cipher.partition(" ")
        mac = mac or USUAL_MAC
        return (bytes([KEXINIT]) + os.urandom(16) + names(*exchange.split(","), *marks) + names("ssh-ed25519") + names(cipher) * 2 +
                names(mac) * 2 + names("none") * 2 + names() * 2 + bytes([int(follows)]) + bytes(4))

    def start_exchange(self, offer=None, first=True):
        self.our_offer = offer or self.offer(first)
        self.send(self.our_offer)

    def finish_exchange(self, share=None):
        """From the server's KEXINIT to the keys in use."""
        their_offer = self.expect(KEXINIT)
        fields = Fields(their_offer, 17)
        strict = self.strict and STRICT_SERVER in fields.text().split(",")
        private = X25519PrivateKey.generate()
        ours = share if share is not None else private.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
        self.send(ECDH_INIT, string(ours))
        reply = Fields(self.expect(ECDH_REPLY))
        self.host_key, theirs, signature = reply.string(), reply.string(), Fields(reply.string(), 0)
        secret = mpint(private.exchange(X25519PublicKey.from_public_bytes(theirs)))
        digest = hashlib.sha256(string(self.version) + string(self.server_version) + string(self.our_offer) + string(their_offer) +
                                string(self.host_key) + string(ours) + string(theirs) + secret).digest()
        assert signature.text() == "ssh-ed25519"
        host = Fields(self.host_key, 0)
        host.string()
        Ed25519PublicKey.from_public_bytes(host.string()).verify(signature.string(), digest)
        first = not self.session
        self.session = self.session or digest
        self.use_keys(secret, digest, strict and first)

    def use_keys(self, secret, digest, reset):
        kind = CIPHERS[self.cipher]

        def key(letter, size):
            out = hashlib.sha256(secret + digest + letter + self.session).digest()
            while len(out) < size:
                out += hashlib.sha256(secret + digest + out).digest()
            return out[:size]
        self.strict_agreed = getattr(self, "strict_agreed", False) or reset
        self.send(NEWKEYS)
        self.sealing = kind(key(b"C", kind.key_size), key(b"A", kind.iv_size), key(b"E", kind.mac_size))
        self.sent = 0 if self.strict_agreed else self.sent
        self.expect(NEWKEYS)
        self.opening = kind(key(b"D", kind.key_size), key(b"B", kind.iv_size), key(b"F", kind.mac_size))
        self.received = 0 if self.strict_agreed else self.received

    def shake(self):
        self.exchange_versions()
        self.start_exchange()
        self.finish_exchange()
        return self

    # -- sign-on

    def start_auth(self):
        self.send(SERVICE_REQUEST, string("ssh-userauth"))
        self.expect(SERVICE_ACCEPT)
        return self

    def auth(self, user, method, *parts, service="ssh-connection"):
        """The answer to one request."""
        self.send(USERAUTH_REQUEST, string(user), string(service), string(method), *parts)
        return self.receive()

    def password(self, user, password):
        return self.auth(user, "password", b"\0", string(password))

    def signed(self, user, key, algorithm="ssh-ed25519", session=None, signed_user=None, service="ssh-connection"):
        """What a publickey request must be signed over, and the request's own parts before the signature."""
        blob = public_blob(key)
        content = (string(self.session if session is None else session) + bytes([USERAUTH_REQUEST]) + string(signed_user or user) +
                   string(service) + string("publickey") + b"\1" + string(algorithm) + string(blob))
        return content, b"\1" + string(algorithm) + string(blob)

    def sign_on(self, user, key):
        content, parts = self.signed(user, key)
        return self.auth(user, "publickey", parts, string(string("ssh-ed25519") + string(key.sign(content))))

    # -- channels

    def open_session(self, channel=0, window=2**21, packet=2**15):
        self.send(CHANNEL_OPEN, string("session"), struct.pack(">III", channel, window, packet))
        return self.receive_past()

    def request(self, channel, kind, *parts, reply=True):
        self.send(CHANNEL_REQUEST, struct.pack(">I", channel), string(kind), bytes([int(reply)]), *parts)
        return self.receive_past() if reply else None

    def data(self, channel, content):
        self.send(DATA, struct.pack(">I", channel), string(content))

    def receive_past(self, skip=(WINDOW_ADJUST, GLOBAL_REQUEST)):
        """The next payload that is none of `skip`."""
        while (payload := self.receive())[0] in skip:
            pass
        return payload


# ---- SFTP, as raw

INIT, VERSION, OPEN, CLOSE, READ, WRITE, LSTAT, FSTAT, SETSTAT, FSETSTAT, OPENDIR, READDIR = range(1, 13)
REMOVE, MKDIR, RMDIR, REALPATH, STAT, RENAME, READLINK, SYMLINK = range(13, 21)
STATUS, HANDLE, SFTP_DATA, NAME, ATTRS, EXTENDED = 101, 102, 103, 104, 105, 200


class Sftp:
    """One SFTP session on channel 0 of a signed-on client; requests as (type, parts), answers as payloads."""

    def __init__(self, client, init=struct.pack(">I", 3)):
        self.client, self.buffer, self.next_id = client, b"", 0
        opened = Fields(client.open_session())
        assert opened.u32() == 0
        self.remote = opened.u32()
        assert client.request(self.remote, "subsystem", string("sftp"))[0] == CHANNEL_SUCCESS
        if init is not None:
            self.send(INIT, init)

    def send(self, kind, *parts):
        body = bytes([kind]) + b"".join(parts)
        self.client.data(self.remote, struct.pack(">I", len(body)) + body)

    def receive(self):
        while len(self.buffer) < 4 or len(self.buffer) < 4 + struct.unpack(">I", self.buffer[:4])[0]:
            payload = self.client.receive_past()
            if payload[0] != DATA:
                raise Ended(None, f"message {payload[0]}")
            self.buffer += Fields(payload, 5).string()
            self.client.send(WINDOW_ADJUST, struct.pack(">II", self.remote, len(payload)))
        size = struct.unpack(">I", self.buffer[:4])[0]
        body, self.buffer = self.buffer[4:4 + size], self.buffer[4 + size:]
        return body

    def ask(self, kind, *parts):
        """The answer to one request: its type, and the fields after the id."""
        self.next_id += 1
        self.send(kind, struct.pack(">I", self.next_id), *parts)
        answer = Fields(self.receive())
        assert answer.u32() == self.next_id
        return answer.payload[0], answer

    def status(self, kind, *parts):
        got, answer = self.ask(kind, *parts)
        return answer.u32() if got == STATUS else f"answer {got}"

    def open(self, path, flags, attributes=bytes(4)):
        got, answer = self.ask(OPEN, string(path), struct.pack(">I", flags), attributes)
        return answer.string() if got == HANDLE else answer.u32()


def new_key():
    return Ed25519PrivateKey.generate()


def public_blob(key):
    raw = key.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    return string("ssh-ed25519") + string(raw)


def public_line(key, comment="test"):
    import base64
    return f"ssh-ed25519 {base64.b64encode(public_blob(key)).decode()} {comment}\n"
