#!/usr/bin/env python3
"""Makes the vectors of docs/spec/sealed-file.md from the text of that page alone: run it in this folder.

A vector is lines `name: value`:
  expect        ok, corrupt or unsupported
  about         the one thing it shows
  key, file_id  hex; what the reader holds, from the catalog and the vault
  draft         present when the reader reads a draft
  plain_sha256  of the plaintext, when ok (of the unwrapped key, for a wrapped key)
  sealed, part  the file is all of these joined: hex, or `name offset size` of a .sealed file
  wrapped, tenant, expiry_day   a wrapped key in place of a file; `key` is then the wrapping key
  wrapped, tenant, principal    the wrapped key of a draft in its place
"""
import hashlib
import struct

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

CHUNK, OVERHEAD, HEADER = 65536, 28, 32
SLOT = CHUNK + OVERHEAD
INNER, LAST, DRAFT_TAIL = 0, 1, 2
KEY = bytes(range(32))
ID_A, ID_B = bytes(range(0xA0, 0xB0)), bytes(range(0xB0, 0xC0))
nonces = 0


def nonce():
    global nonces
    nonces += 1
    return hashlib.sha256(b"nonce %d" % nonces).digest()[:12]


def header(file_id, label=b"bulkhead sealed", version=1):
    return label + bytes([version]) + file_id


def chunk(file_id, index, flag, plain, key=KEY):
    n = nonce()
    return n + AESGCM(key).encrypt(n, plain, header(file_id) + struct.pack(">QB", index, flag))


def plaintext(size, seed=0):
    return bytes((i * 7 + (i >> 8) * 3 + seed) & 0xFF for i in range(size))


def sealed(file_id, plain, end=LAST):
    pieces = [plain[i:i + CHUNK] for i in range(0, len(plain), CHUNK)] or [b""]
    flags = [INNER] * (len(pieces) - 1) + [end]
    return header(file_id) + b"".join(chunk(file_id, i, f, p) for i, (f, p) in enumerate(zip(flags, pieces)))


def write(name, expect, about, *body, plain=None, key=KEY, file_id=ID_A, **more):
    lines = [f"expect: {expect}", f"about: {about}", f"key: {key.hex()}", f"file_id: {file_id.hex()}"]
    if plain is not None:
        lines.append(f"plain_sha256: {hashlib.sha256(plain).hexdigest()}")
    lines += [f"{field}: {value}" for field, value in more.items()]
    for part in body:
        lines.append("part: %s %d %d" % part if isinstance(part, tuple) else f"sealed: {part.hex()}")
    with open(name + ".txt", "w") as out:
        out.write("\n".join(lines) + "\n")


def save(name, data):
    with open(name, "wb") as out:
        out.write(data)
    return len(data)


def files():
    plain = plaintext(2 * CHUNK + 100)
    size = save("a.sealed", sealed(ID_A, plain))
    save("b.sealed", sealed(ID_B, plaintext(2 * CHUNK + 100, 9)))
    two = plaintext(CHUNK) + plaintext(CHUNK, 5)
    save("full.sealed", sealed(ID_A, two))
    a, b, full = (lambda o, n: ("a.sealed", o, n)), (lambda o, n: ("b.sealed", o, n)), (lambda o, n: ("full.sealed", o, n))
    c0, c1, c2 = a(HEADER, SLOT), a(HEADER + SLOT, SLOT), a(HEADER + 2 * SLOT, 100 + OVERHEAD)
    head = a(0, HEADER)

    write("three-chunks", "ok", "two full chunks and a short one", a(0, size), plain=plain)
    write("full-last-chunk", "ok", "the size is a multiple of the chunk size", full(0, HEADER + 2 * SLOT), plain=two)
    write("empty-file", "ok", "one empty last chunk", sealed(ID_A, b""), plain=b"")
    write("one-byte", "ok", "one byte", sealed(ID_A, b"x"), plain=b"x")
    tail = chunk(ID_A, 2, DRAFT_TAIL, plain[2 * CHUNK:])
    write("draft", "ok", "a draft with an unfinished tail", head, c0, c1, tail, plain=plain, draft="yes")
    write("draft-full", "ok", "a draft that ends with a full chunk", head, c0, c1, plain=plain[:2 * CHUNK], draft="yes")

    write("draft-as-published", "corrupt", "the tail of a draft is not the end of a file", head, c0, c1, tail)
    write("published-as-draft", "corrupt", "the end of a file is not the tail of a draft", a(0, size), draft="yes")
    write("truncated-at-chunk", "corrupt", "the last chunk is missing", head, c0, c1)
    write("truncated-in-chunk", "corrupt", "the last chunk is cut by one byte", a(0, size - 1))
    write("truncated-in-tag", "corrupt", "the last chunk is cut down to part of its tag", head, c0, c1, a(HEADER + 2 * SLOT, 20))
    write("truncated-to-header", "corrupt", "no chunk at all", head)
    write("truncated-header", "corrupt", "the header is cut", a(0, HEADER - 1))
    write("no-bytes", "corrupt", "no header", b"")
    write("extended-byte", "corrupt", "one byte more", a(0, size), b"\0")
    write("extended-chunk", "corrupt", "the first chunk once more behind a full last one", full(0, HEADER + 2 * SLOT), c0)
    write("extended-empty", "corrupt", "an empty last chunk behind a full one",
          head, c0, c1, chunk(ID_A, 2, LAST, b""))
    write("swapped", "corrupt", "chunks 0 and 1 change places", head, c1, c0, c2)
    write("doubled", "corrupt", "chunk 0 stands in place of chunk 1", head, c0, c0, c2)
    write("dropped", "corrupt", "chunk 1 is left out", head, c0, c2)
    write("mixed-chunk", "corrupt", "chunk 1 of another file under the same key", head, c0, b(HEADER + SLOT, SLOT), c2)
    write("mixed-header", "corrupt", "the header of another file", b(0, HEADER), c0, c1, c2)
    write("other-file", "corrupt", "another whole file in its place", b(0, size))
    write("last-replayed-as-inner", "corrupt", "a last chunk, with more behind it",
          head, c0, full(HEADER + SLOT, SLOT), c2)
    write("inner-replayed-as-last", "corrupt", "a file of one inner chunk", head, c0)
    one = bytearray(sealed(ID_A, b"sixteen bytes ab"))
    for name, at in (("nonce", 0), ("ciphertext", 12), ("tag", 28)):
        bad = bytearray(one)
        bad[HEADER + at] ^= 0x80
        write("flipped-" + name, "corrupt", f"one bit of the {name}", bytes(bad))
    write("wrong-key", "corrupt", "the key of another file", bytes(one), key=bytes(32))
    write("wrong-label", "corrupt", "the label of the header", b"B" + bytes(one[1:]))
    write("wrong-version", "unsupported", "version 2", bytes(one[:15]) + b"\2" + bytes(one[16:]))


def wrapped_keys():
    bucket_key, file_key = bytes(range(32, 64)), bytes(range(64, 96))

    def wrap(file_id, tenant, day, label=b"bulkhead file key v1"):
        n = nonce()
        return (n + AESGCM(bucket_key).encrypt(n, file_key, label + file_id + struct.pack(">II", tenant, day))).hex()

    def key(name, expect, about, wrapped, **more):
        write(name, expect, about, key=bucket_key, wrapped=wrapped, tenant=7, expiry_day=20500, **more)

    key("key", "ok", "a wrapped file key", wrap(ID_A, 7, 20500), plain=file_key)
    key("key-other-file", "corrupt", "wrapped for another file", wrap(ID_B, 7, 20500))
    key("key-other-tenant", "corrupt", "wrapped for another tenant", wrap(ID_A, 8, 20500))
    key("key-other-bucket", "corrupt", "wrapped for files that are kept", wrap(ID_A, 7, 0))
    key("key-other-label", "corrupt", "wrapped as another kind of key", wrap(ID_A, 7, 20500, b"bulkhead file key v2"))
    key("key-cut", "corrupt", "cut by one byte", wrap(ID_A, 7, 20500)[:-2])

    alice, bob = b"alice00000000000", b"bob0000000000000"

    def wrap_draft(file_id, tenant, principal):
        n = nonce()
        associated = b"bulkhead draft key v1" + file_id + struct.pack(">I", tenant) + principal
        return (n + AESGCM(bucket_key).encrypt(n, file_key, associated)).hex()

    def draft_key(name, expect, about, wrapped, **more):
        write(name, expect, about, key=bucket_key, wrapped=wrapped, tenant=7, principal=alice.decode(), **more)

    draft_key("draft-key", "ok", "the wrapped key of a draft", wrap_draft(ID_A, 7, alice), plain=file_key)
    draft_key("draft-key-other-file", "corrupt", "of a draft of another file", wrap_draft(ID_B, 7, alice))
    draft_key("draft-key-other-tenant", "corrupt", "of a draft of another tenant", wrap_draft(ID_A, 8, alice))
    draft_key("draft-key-other-principal", "corrupt", "of a draft of somebody else", wrap_draft(ID_A, 7, bob))
    draft_key("draft-key-of-a-file", "corrupt", "wrapped for a published file", wrap(ID_A, 7, 0))
    key("key-of-a-draft", "corrupt", "wrapped for a draft", wrap_draft(ID_A, 7, alice))


files()
wrapped_keys()
