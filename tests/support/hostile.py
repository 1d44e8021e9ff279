"""Taken-over processes (tests/hostile) in the place of real ones, and what a test makes them say.

    bin = programs({"bulkhead-gate-http": "hostile_gate"})    a folder with the real programs, one of them replaced
    server.stand_in(bin)                                      (class Target) the server starts again from that folder
    gate = Gate(server)                                       one connection = one taken-over gate, inside its real sandbox
    gate.ask("keeper", 4, u32(7))                             Said("answer" | "refused" | "gone" | "none", ...)

The messages between the processes are spelled out here once more, on purpose: from src/ipc/*_asks.h, not with its code.
"""
import json
import os
import re
import shutil
import socket
import sqlite3
import struct
import subprocess
import tempfile
import time

import server as harness

HOSTILE = os.environ.get("BULKHEAD_HOSTILE") or os.path.join(os.path.dirname(harness.BIN.rstrip("/")), "hostile")
PROGRAMS = ("bulkhead", "bulkhead-hull", "bulkhead-signet", "bulkhead-vault", "bulkhead-warden", "bulkhead-keeper", "bulkhead-hasher", "bulkhead-chronicle",
            "bulkhead-mailer",
            "bulkhead-porter", "bulkhead-gate-http", "bulkhead-gate-ssh", "bulkhead-verify")
ASK, ANSWER, REFUSAL, NOTICE = range(4)
# Errc of a refusal, by its number (src/base/result.h).
ERRC = ["", "invalid", "not_found", "denied", "conflict", "too_large", "exhausted", "storage_full", "io", "corrupt", "unauthenticated",
        "expired", "unsupported", "other_principal", "over_quota", "held"]


# ---- numbers of asks (channel by channel)
SIGN_ON, REFRESH, BEARER, REVOKE, ACCOUNT = 1, 2, 3, 4, 5                           # warden
ADD_TOKEN, LIST_TOKENS, ADD_USER_KEY, ADD_EXTERNAL_TOKEN = 50, 51, 55, 63
ADOPT, HOME, LIST_FOLDERS, GET_FOLDER, CREATE_FOLDER, CHANGE_FOLDER = 1, 2, 3, 4, 5, 6  # keeper, for a gate
GET_LOG_ROW, SET_LOG_RETENTION = 3, 5  # chronicle, for a gate
DELETE_FOLDER, LIST_FILES, GET_FILE, CHANGE_FILE, DELETE_FILE, LIST_GRANTS, SET_GRANT = 7, 8, 9, 10, 11, 12, 13
OPEN_READ, OPEN_WRITE, READ_BLOCK, WRITE_BLOCK, FINISH, CLOSE, DIGEST, TRUNCATE, SYNC, KEEP = range(2, 12)  # porter, for its gate
LEASE_READ, CREATE_DRAFT, DRAFT_BLOB, COMMIT, DROP_DRAFT, SET_DIGEST, KEEP_DRAFT = range(2, 9)  # keeper, for a porter
NEW_KEY, RELEASE, SENT, RECEIVED, RESUME_KEY = range(2, 7)                          # vault, for a porter
CERTIFICATE, SIGN_HANDSHAKE = 1, 2                                                  # signet
OPEN_SESSION, OFFER_KEY, SIGN_ON_KEY, SIGN_ON_PASSWORD = 1, 2, 3, 4                  # warden, for an SSH gate
START_DIALOGUE, ANSWER_DIALOGUE, RENEW, SSH_ACCOUNT = 5, 6, 7, 8
HOST_KEYS, SIGN_EXCHANGE, PROVE = 1, 2, 3                                           # signet, for an SSH gate
COMMAND = 900                                                                       # hostile porter: tests/hostile/porter.cc
SLOTS, SLOT_SIZE = 16, 256 * 1024                                                   # of the ring


# ---- fields
def u8(value):
    return struct.pack(">B", value)


def u16(value):
    return struct.pack(">H", value)


def u32(value):
    return struct.pack(">I", value)


def u64(value):
    return struct.pack(">Q", value)


def text(value):
    value = value.encode() if isinstance(value, str) else bytes(value)
    return u32(len(value)) + value


def optional(encoded=None):
    return u8(0) if encoded is None else u8(1) + encoded


def open_write(folder, name, mode=0, resumable=False):
    """The body of OPEN_WRITE. mode: 0 create, 1 replace, 2 resume, 3 exclusive."""
    return u32(folder) + text(name) + text("") + text("agent") + u8(0) + u8(mode) + u8(resumable) + u64(0)


def read_block(handle, offset=0, slot=0, size=SLOT_SIZE):
    """The body of READ_BLOCK, and of WRITE_BLOCK."""
    return u32(handle) + u64(offset) + u32(slot) + u32(size)


class Fields:
    """Takes fields off a body, front to back."""

    def __init__(self, body):
        self.body = body

    def take(self, size):
        taken, self.body = self.body[:size], self.body[size:]
        if len(taken) != size:
            raise ValueError("the body ends inside a field")
        return taken

    def u8(self):
        return self.take(1)[0]

    def u32(self):
        return struct.unpack(">I", self.take(4))[0]

    def u64(self):
        return struct.unpack(">Q", self.take(8))[0]

    def text(self):
        return self.take(self.u32())


class Said:
    """What came back: kind answer, refused, gone (the channel or the whole process has ended) or none (nothing in time)."""

    def __init__(self, kind, body=b"", descriptors=0):
        self.kind, self.body, self.descriptors, self.errc, self.message = kind, body, descriptors, "", ""
        if kind == "refused":
            fields = Fields(body)
            self.errc = ERRC[fields.u8()]
            self.message = fields.text().decode("utf-8", "replace")

    def __repr__(self):
        return f"<{self.kind} {self.errc} {self.message or self.body[:60].hex()}>"


# ---- the programs

def programs(replace=(), folder=None):
    """A folder with the real programs; replace: {name: program of tests/hostile or a path}. Removed by the caller."""
    folder = folder or tempfile.mkdtemp(prefix="bulkhead-programs-")
    os.chmod(folder, 0o755)
    for name in PROGRAMS:
        source = dict(replace).get(name, os.path.join(harness.BIN, name))
        if os.sep not in source:
            source = os.path.join(HOSTILE, source)
        try:
            os.link(source, os.path.join(folder, name))
        except OSError:  # another file system
            shutil.copy2(source, os.path.join(folder, name))
    return folder


def tool(*words):
    """tests/hostile/tools.cc; its one line of output."""
    done = subprocess.run([os.path.join(HOSTILE, "hostile_tools"), *map(str, words)], capture_output=True, text=True, timeout=60)
    if done.returncode != 0:
        raise RuntimeError(f"hostile_tools {words[0]}: {done.stderr}")
    return done.stdout.strip()


class Target(harness.Server):
    """A server whose programs can be replaced between two starts, and whose files the test reads as a thief would."""

    def stand_in(self, replace):
        """Stops, and starts again with these programs replaced."""
        self.stop()
        self.forget_programs()
        self.programs = programs(replace)
        harness.BIN, self.real = self.programs, harness.BIN
        try:
            self.start()
        finally:
            harness.BIN = self.real

    def forget_programs(self):
        shutil.rmtree(getattr(self, "programs", None) or os.devnull, ignore_errors=True)

    def __exit__(self, *what):
        self.forget_programs()
        super().__exit__(*what)

    def trouble(self):
        """(crashes, violations) so far"""
        found = re.search(r"Trouble\s+(\d+) crashes, (\d+) violations", self.cli("status").stdout)
        return (int(found.group(1)), int(found.group(2))) if found else (None, None)

    def catalog(self, query, *values):
        """Rows of a copy of catalog.db."""
        with tempfile.TemporaryDirectory() as folder:
            for suffix in ("", "-wal"):
                source = os.path.join(self.data, "keeper", "catalog.db" + suffix)
                if os.path.exists(source):
                    shutil.copy(source, os.path.join(folder, "catalog.db" + suffix))
            database = sqlite3.connect(os.path.join(folder, "catalog.db"))
            try:
                return database.execute(query, values).fetchall()
            finally:
                database.close()

    def change_catalog(self, *changes):
        """(statement, values) pairs on the real catalog.db of a stopped server."""
        path = os.path.join(self.data, "keeper", "catalog.db")
        owner = os.stat(path)
        database = sqlite3.connect(path)
        with database:
            for statement, values in changes:
                if database.execute(statement, values).rowcount < 1:
                    raise RuntimeError(f"nothing changed: {statement} {values}")
        database.close()
        for name in os.listdir(os.path.dirname(path)):
            if name.startswith("catalog.db") and harness.ROOT:
                os.chown(os.path.join(os.path.dirname(path), name), owner.st_uid, owner.st_gid)

    def files_of(self, user_name):
        """[(file, version)] that this user sent"""
        return self.catalog("SELECT f.id, f.version FROM files f JOIN versions v ON v.id = f.version JOIN users u ON u.number = v.uploader "
                            "WHERE u.name = ? ORDER BY f.id", user_name)

    def ledger(self):
        """[(index, kind, file or None, user or None, line)] of every entry"""
        found = []
        for line in self.cli("ledger", "show", "--count", "100000").stdout.splitlines():
            words = line.split()
            kind = words[2] if len(words) > 2 else words[1]
            file = re.search(r" file (\d+) ", line)
            by = re.search(r' by "([^"]*)" over ', line)
            found.append((int(words[0]), kind, int(file.group(1)) if file else None, by.group(1) if by else None, line))
        return found

    def released(self):
        """[(file, user)] of every release in the ledger, in order"""
        return [(file, user) for _, kind, file, user, _ in self.ledger() if kind == "released"]

    def report(self):
        """The disclosure report of bulkhead-verify, as an object."""
        self.cli("ledger", "verify")  # writes a fresh checkpoint first
        done = subprocess.run([os.path.join(harness.BIN, "bulkhead-verify"), os.path.join(self.data, "vault", "ledger"), "--report", "--json"],
                              capture_output=True, text=True, timeout=60)
        return json.loads(done.stdout)

    def ledger_bytes(self):
        folder = os.path.join(self.data, "vault", "ledger", "log")
        return b"".join(open(os.path.join(folder, name), "rb").read() for name in sorted(os.listdir(folder)))

    def wait_until(self, true, timeout=5.0):
        deadline = time.monotonic() + timeout
        while not true():
            if time.monotonic() > deadline:
                return False
            time.sleep(0.05)
        return True


# ---- one taken-over gate

class GateEnded(Exception):
    pass


sources = 0


class Gate:
    """One connection to a hostile gate. Each comes from another address of 127/8, as hull counts violations by source."""

    def __init__(self, server, timeout=30):
        self.connect(server.port, timeout)

    def connect(self, port, timeout):
        global sources
        sources += 1
        source = f"127.{1 + sources // 60_000}.{sources // 240 % 250}.{1 + sources % 240}"
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=timeout, source_address=(source, 0))
        self.pending = b""
        self.serial = 0
        self.capability = b""

    def command(self, line):
        try:
            self.socket.sendall(line.encode() + b"\n")
            while b"\n" not in self.pending:
                part = self.socket.recv(262_144)
                if not part:
                    raise GateEnded
                self.pending += part
        except ConnectionError:
            raise GateEnded from None
        answer, _, self.pending = self.pending.partition(b"\n")
        answer = answer.decode()
        if answer.startswith("wrong "):
            raise RuntimeError(f"{line[:80]}: {answer}")
        return answer

    def say(self, line):
        """A command after which the gate may be ended at once; then the answer is "ended"."""
        try:
            return self.command(line)
        except GateEnded:
            return "ended"

    def ended(self, timeout=5.0):
        """True when the gate is ended within this time."""
        self.socket.settimeout(timeout)
        try:
            while self.socket.recv(65_536):
                pass
            return True
        except ConnectionError:
            return True
        except TimeoutError:
            return False

    # `through` is the process that speaks: this gate, or the porter behind it.
    def through_gate(self, line):
        return self.command(line)

    def through_porter(self, line):
        self.command(f"send porter {COMMAND} {NOTICE} 0 {line.encode().hex()}")
        said = self.command("receive porter 30000").split()
        if said[0] != "frame":
            raise GateEnded
        answer = bytes.fromhex(said[4]).decode() if said[4] != "-" else ""
        if answer.startswith("wrong "):
            raise RuntimeError(f"{line[:80]}: {answer}")
        return answer

    def send(self, channel, number, body=b"", kind=ASK, descriptors=0, through=None):
        self.serial += 1
        extra = f" {descriptors}" if descriptors else ""
        return (through or self.through_gate)(f"send {channel} {number} {kind} {self.serial} {body.hex() or '-'}{extra}")

    def receive(self, channel, timeout=5.0, through=None):
        """(number, Said) of the next frame; (0, Said) when there is none"""
        words = (through or self.through_gate)(f"receive {channel} {int(timeout * 1000)}").split()
        if words[0] != "frame":
            return 0, Said(words[0])
        body = b"" if words[4] == "-" else bytes.fromhex(words[4])
        kind = {ANSWER: "answer", REFUSAL: "refused", NOTICE: "notice", ASK: "ask"}[int(words[2])]
        return int(words[1]), Said(kind, body, int(words[5]))

    def ask(self, channel, number, body=b"", timeout=5.0, through=None, kind=ASK, descriptors=0):
        """Sends, and takes the next frame of that channel that is no notice."""
        try:
            if self.send(channel, number, body, kind, descriptors, through) != "ok":
                return Said("gone")
            deadline = time.monotonic() + timeout
            while True:
                _, said = self.receive(channel, max(0.0, deadline - time.monotonic()), through)
                if said.kind != "notice":
                    return said
        except GateEnded:
            return Said("gone")

    # -- what an honest gate does

    def sign_on(self, user_name, password=harness.PASSWORD):
        said = self.ask("warden", SIGN_ON, text(user_name) + text(password) + optional(), timeout=20)
        if said.kind != "answer":
            return said
        fields = Fields(said.body)
        fields.u8()
        self.access_token, self.refresh_token = fields.text(), fields.text()
        fields.u32()
        self.capability = fields.text()
        return said

    def bind(self, user_name, porter=True):
        """Signed on, and adopted at keeper and porter."""
        for said in (self.sign_on(user_name), self.ask("keeper", ADOPT, text(self.capability)),
                     self.ask("porter", ADOPT, text(self.capability)) if porter else Said("answer")):
            if said.kind != "answer":
                raise RuntimeError(f"{user_name} could not be bound: {said}")
        return self

    def read_file(self, file, version, size, offset=0):
        """(Said of open_read, content)"""
        said = self.ask("porter", OPEN_READ, u64(file) + u64(version), timeout=10)
        content = b""
        if said.kind != "answer":
            return said, content
        handle = Fields(said.body).u32()
        while len(content) < size:
            wanted = min(size - len(content), SLOT_SIZE)
            block = self.ask("porter", READ_BLOCK, read_block(handle, offset + len(content), 1, wanted), timeout=10)
            if block.kind != "answer":
                return block, content
            filled = Fields(block.body).u32()
            content += bytes.fromhex(self.command(f"peek {SLOT_SIZE} {filled}"))
            if filled < wanted:
                break
        closed = self.ask("porter", CLOSE, u32(handle), timeout=10)
        return (said if closed.kind == "answer" else closed), content

    def close(self):
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class SignedCapability:
    """The fields of a capability (docs/spec/capability.md), as its bearer sees them."""

    def __init__(self, raw):
        fields = Fields(raw)
        fields.take(len("bulkhead capability v2"))
        self.principal = fields.take(16).decode()
        self.tenant, self.role, self.method = fields.u32(), fields.u8(), fields.u8()
        self.scopes = fields.u8()
        self.connection, self.issued, self.expires = fields.u64(), fields.u64(), fields.u64()
        self.session = fields.take(16)
        self.name = fields.text().decode()

    def forged(self, server, **other):
        """The same with other fields, signed with the key stolen from warden: for what a thief of it still cannot do."""
        with_changes = dict(self.__dict__, **other)
        seed = os.path.join(server.data, "warden", "capability.key")
        return bytes.fromhex(tool("capability", seed, *(with_changes[field] for field in (
            "principal", "tenant", "name", "role", "connection", "issued", "expires"))))


def key_of_another_organisation(server):
    """(tag, wrapped key) that this vault made for organisation 2; the server is stopped"""
    vault = os.path.join(server.data, "vault")
    owner = os.stat(os.path.join(vault, "buckets"))
    tag = b"organisation two"
    wrapped = bytes.fromhex(tool("wrap", vault, tag.hex(), 2))
    if harness.ROOT:
        os.chown(os.path.join(vault, "buckets"), owner.st_uid, owner.st_gid)
    harness.equal("control: it opens for its own organisation", len(tool("unwrap", vault, tag.hex(), wrapped.hex(), 2)), 64)
    harness.equal("control: and not for that of the users here", tool("unwrap", vault, tag.hex(), wrapped.hex(), 1000), "refused")
    return tag, wrapped
