"""Stolen and changed files (breach suite R-123, R-124, R-125): what a thief of the databases and of the store can read, and that
changed content never reaches a client, not even a byte of it.
"""
import hashlib
import hmac
import os
import shutil
import sqlite3
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "support"))
from contents import MARKER, content_of, populate
from hostile import Target, tool
from server import PASSWORD, Raw, check, equal, finish, section

HEADER, CHUNK, OVERHEAD = 32, 65_536, 28  # docs/spec/sealed-file.md
SEALED = CHUNK + OVERHEAD
BLOB = 5 * CHUNK + 1_234


def files_below(folder):
    for where, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(where, name)
            if os.path.isfile(path):
                yield os.path.relpath(path, folder), open(path, "rb").read()


def found_in(server, marker):
    """Names of the files of the data directory that hold these bytes, raw, as hex or as base64 would show"""
    forms = {marker, marker.hex().encode(), marker.hex().upper().encode()}
    return sorted(name for name, content in files_below(server.data) if any(form in content for form in forms))


def stored(server, file):
    """(version id, tag, wrapped key, blob path or None, small or None)"""
    row = server.catalog("SELECT v.id, v.tag, v.wrapped_key, v.blob, v.small FROM files f JOIN versions v ON v.id = f.version WHERE f.id = ?", int(file))[0]
    blob = None
    if row[3] is not None:
        blob = next(os.path.join(where, name) for where, _, names in os.walk(os.path.join(server.data, "keeper", "blobs")) for name in names if name == row[3])
    return row[0], row[1], row[2], blob, row[4]


def nothing_readable(server, sent, tokens):
    """R-123, R-124: the whole disk but the vault's keys: no password, no token, no content, no file key"""
    check("control: the search finds a user name in the identity database", any(name.startswith("warden/identity.db") for name in found_in(server, b"alice")))
    check("control: and a file name in the catalog", any(name.startswith("keeper/catalog.db") for name in found_in(server, b"alice-1.bin")))
    equal("no password on disk", found_in(server, PASSWORD.encode()), [])
    for name, token in tokens.items():
        equal(f"no {name} on disk", found_in(server, token.encode()), [])
    equal("no planted plaintext on disk", found_in(server, MARKER), [])
    vault = os.path.join(server.data, "vault")
    for name in ("root.key", "pepper.key", "ledger.key"):
        equal(f"{name} lies in its own file only", found_in(server, open(os.path.join(vault, name), "rb").read()), [f"vault/{name}"])
    equal("warden's signing key lies in its own file only", found_in(server, open(os.path.join(server.data, "warden", "capability.key"), "rb").read()), ["warden/capability.key"])
    tenant = server.catalog("SELECT id FROM organisations WHERE id <> 0")[0][0]
    with tempfile.TemporaryDirectory() as other:
        for file in [file for files in sent.values() for file in files]:
            _, tag, wrapped, _, _ = stored(server, file)
            key = tool("unwrap", vault, tag.hex(), wrapped.hex(), tenant)
            equal(f"control: with the vault's files the key of file {file} opens", len(key), 64)
            equal(f"the key of file {file} is nowhere on disk", found_in(server, bytes.fromhex(key)), [])
            equal(f"another vault does not open it", tool("unwrap", other, tag.hex(), wrapped.hex(), tenant), "refused")
    for folder in ("vault", "warden", "keeper", "chronicle", "signet"):
        modes = {name: os.stat(os.path.join(server.data, folder, name)).st_mode & 0o077 for name in os.listdir(os.path.join(server.data, folder))
                 if name.endswith(".key") or name.endswith(".db")}
        equal(f"keys and databases of {folder} are private to their process", set(modes.values()) - {0}, set())


def not_verified_offline(server):
    """R-123: with the identity database alone not even the right password can be told from a wrong one"""
    with tempfile.TemporaryDirectory() as folder:
        for name in os.listdir(os.path.join(server.data, "warden")):
            if name.startswith("identity.db"):
                shutil.copy(os.path.join(server.data, "warden", name), folder)
        database = sqlite3.connect(os.path.join(folder, "identity.db"))
        user, salt, verifier, memory, passes = database.execute("SELECT id, salt, verifier, memory_kib, passes FROM users WHERE user_name = 'alice'").fetchone()
        database.close()
    check("the costs of argon2id are not trifling", memory >= 15_000 and passes >= 1, (memory, passes))
    tag = tool("argon2id", PASSWORD, salt.hex(), memory, passes)
    vault = os.path.join(server.data, "vault")
    equal("control: with the vault's pepper the right password verifies", tool("verifier", vault, user, tag), verifier.hex())
    wrong = tool("argon2id", PASSWORD + "x", salt.hex(), memory, passes)
    check("control: and a wrong one does not", tool("verifier", vault, user, wrong) != verifier.hex())
    raw = bytes.fromhex(tag)
    guesses = {"the tag itself": raw, "its hash": hashlib.sha256(raw).digest()}
    for name, key in (("no key", b""), ("a key of zeros", bytes(32)), ("the salt", salt), ("the user id", user.encode()), ("the signing key", open(os.path.join(server.data, "warden", "capability.key"), "rb").read())):
        guesses[f"the pepper's formula with {name}"] = hmac.new(key, b"bulkhead pepper v1" + user.encode() + raw, hashlib.sha256).digest()
    for name, guess in guesses.items():
        check(f"without pepper.key the right password does not verify by {name}", guess != verifier)
    with tempfile.TemporaryDirectory() as other:
        check("nor by the pepper of another vault", tool("verifier", other, user, tag) != verifier.hex())


def raw_download(server, client, file):
    """(status, body) of whatever arrives"""
    with Raw(server, 30) as raw:
        raw.send(f"GET /api/v1/files/{file}/download HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {client.token}\r\nConnection: close\r\n\r\n".encode())
        got = raw.read_all()
    head, _, body = got.partition(b"\r\n\r\n")
    return int(head.split(b" ", 2)[1]) if head.startswith(b"HTTP/1.1 ") else 0, body


def chunk(data, index):
    start = HEADER + index * SEALED
    return slice(start, min(start + SEALED, len(data)))


def flipped(data, at):
    changed = bytearray(data)
    changed[at] ^= 0x40
    return bytes(changed)


def swapped(data, one, two):
    changed = bytearray(data)
    changed[chunk(data, one)], changed[chunk(data, two)] = data[chunk(data, two)], data[chunk(data, one)]
    return bytes(changed)


# name: (what becomes of the blob, how many chunks of it are still good). `other` is the blob of another file, `old` that of an earlier file of
# the same name and content.
CHANGES = {
    "a bit in the first chunk": (lambda data, other, old: flipped(data, HEADER + 100), 0),
    "a bit in the third chunk": (lambda data, other, old: flipped(data, HEADER + 2 * SEALED + 5_000), 2),
    "a bit in a nonce": (lambda data, other, old: flipped(data, HEADER + SEALED + 3), 1),
    "a bit in the last tag": (lambda data, other, old: flipped(data, len(data) - 1), 5),
    "two chunks swapped": (lambda data, other, old: swapped(data, 1, 3), 1),
    "a chunk twice": (lambda data, other, old: data[:HEADER + SEALED] + data[HEADER:HEADER + SEALED] + data[HEADER + 2 * SEALED:], 1),
    "the last chunk gone": (lambda data, other, old: data[:HEADER + 5 * SEALED], 0),
    "cut within a chunk": (lambda data, other, old: data[:HEADER + 3 * SEALED + 777], 0),
    "only the header": (lambda data, other, old: data[:HEADER], 0),
    "empty": (lambda data, other, old: b"", 0),
    "a chunk more": (lambda data, other, old: data + data[HEADER:HEADER + SEALED], 0),
    "the blob of another file": (lambda data, other, old: other, 0),
    "the blob of another file under its own header": (lambda data, other, old: data[:HEADER] + other[HEADER:], 0),
    "chunks of an earlier upload": (lambda data, other, old: data[:HEADER + SEALED] + old[HEADER + SEALED:HEADER + 2 * SEALED] + data[HEADER + 2 * SEALED:], 1),
    "another header": (lambda data, other, old: flipped(data, 20), 0),
}


def changed_content(server):
    """R-125: blobs swapped, cut, reordered, replayed, flipped: the download fails before an unauthenticated byte"""
    client = server.client("alice")
    home = client.home()
    originals = {name: content_of("alice", number + 100, BLOB) for number, name in enumerate([*CHANGES, "untouched", "other", "old"])}
    ids = {name: int(client.upload(home, f"{number}.bin", content).json()["id"]) for number, (name, content) in enumerate(originals.items())}
    small = int(client.upload(home, "small.bin", content_of("alice", 1)).json()["id"])
    server.stop()
    blobs = {name: stored(server, file)[3] for name, file in ids.items()}
    other, old = (open(blobs[name], "rb").read() for name in ("other", "old"))
    for name, (change, _) in CHANGES.items():
        data = open(blobs[name], "rb").read()
        changed = change(data, other, old)
        assert changed != data, name
        with open(blobs[name], "r+b") as file:
            file.truncate(0)
            file.write(changed)
    version, _, _, _, content = stored(server, small)
    server.change_catalog(("UPDATE versions SET small = ? WHERE id = ?", (flipped(content, len(content) // 2), version)))
    server.start()
    client = server.client("alice")
    for name, (_, good) in CHANGES.items():
        status, body = raw_download(server, client, ids[name])
        original = originals[name]
        if status == 200:
            check(f"{name}: what arrives is authentic, and not the whole", body == original[:len(body)] and len(body) < len(original), (len(body), status))
            check(f"{name}: nothing behind chunk {good}", len(body) <= good * CHUNK, len(body))
        else:
            check(f"{name}: refused, without content", status >= 400 and MARKER not in body, (status, body[:80]))
    status, body = raw_download(server, client, small)
    check("a bit in a small file, inside the catalog: not a byte of it", MARKER not in body, (status, body[:80]))
    status, body = raw_download(server, client, ids["untouched"])
    check("control: an untouched file is whole", status == 200 and body == originals["untouched"], status)
    equal("no process crashed over it", server.trouble()[0], 0)
    sent = {line["file"]: line for line in server.report()["released_bytes_known"]}
    wrong = [name for name in CHANGES if sent.get(ids[name], {}).get("outcome") == "complete"]
    equal("the ledger calls none of them complete", wrong, [])


def main():
    with Target() as server:
        sent = populate(server)
        alice = server.client("alice")
        answer = server.sign_on("alice").json()
        tokens = {"access token": answer["access_token"], "refresh token": answer["refresh_token"], "token in use": alice.token}
        file, content = next(iter(sent["alice"].items()))
        check("control: her file can be had with the token", alice.download(file).body == content)
        server.restart()  # writes what was in memory
        server.stop()
        chosen = sys.argv[1:] or ["nothing_readable", "not_verified_offline", "changed_content"]
        if "nothing_readable" in chosen:
            section(nothing_readable, server, sent, tokens)
        if "not_verified_offline" in chosen:
            section(not_verified_offline, server)
        if "changed_content" in chosen:
            server.start()
            section(changed_content, server)
    finish()


main()
