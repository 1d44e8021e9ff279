#!/usr/bin/env python3
"""Writes the known answers of the ledger with nothing but the standard library, recursively, straight from the text of
RFC 6962 section 2.1 and C2SP tlog-tiles: an implementation of its own, not a translation of ours.
The eight leaves are those of the public RFC 6962 test vectors. Run it in this folder; the output is committed."""
import hashlib
import struct
import zlib

LEAVES = [bytes.fromhex(text) for text in
          ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]]


def sha(data):
    return hashlib.sha256(data).digest()


def split(n):
    k = 1
    while k * 2 < n:
        k *= 2
    return k


def mth(d):
    if not d:
        return sha(b"")
    if len(d) == 1:
        return sha(b"\x00" + d[0])
    k = split(len(d))
    return sha(b"\x01" + mth(d[:k]) + mth(d[k:]))


def path(m, d):
    if len(d) == 1:
        return []
    k = split(len(d))
    return path(m, d[:k]) + [mth(d[k:])] if m < k else path(m - k, d[k:]) + [mth(d[:k])]


def subproof(m, d, whole):
    if m == len(d):
        return [] if whole else [mth(d)]
    k = split(len(d))
    if m <= k:
        return subproof(m, d[:k], whole) + [mth(d[k:])]
    return subproof(m - k, d[k:], False) + [mth(d[:k])]


def hexes(hashes):
    return " ".join(h.hex() for h in hashes) or "-"


def tile_index(n):
    groups = [f"{n % 1000:03}"]
    while n >= 1000:
        n //= 1000
        groups.insert(0, f"x{n % 1000:03}")
    return "/".join(groups)


def tiles(size):
    level = 0
    while size >> (8 * level):
        hashes = size >> (8 * level)
        for n in range((hashes + 255) // 256):
            width = min(256, hashes - n * 256)
            yield f"tile/{level}/{tile_index(n)}" + (f".p/{width}" if width < 256 else "")
        level += 1


def main():
    with open("tree.txt", "w") as out:
        out.write("# root SIZE HASH | inclusion INDEX SIZE HASHES | consistency OLD NEW HASHES (- for none)\n")
        for n in range(len(LEAVES) + 1):
            out.write(f"root {n} {mth(LEAVES[:n]).hex()}\n")
            for i in range(n):
                out.write(f"inclusion {i} {n} {hexes(path(i, LEAVES[:n]))}\n")
            for old in range(1, n + 1):
                out.write(f"consistency {old} {n} {hexes(subproof(old, LEAVES[:n], True))}\n")
    with open("tiles.txt", "w") as out:
        out.write("# new OLD NEW, then every tile of NEW that OLD has not\n")
        for old, new in [(0, 1), (0, 255), (0, 256), (5, 6), (255, 257), (256, 512), (0, 70000), (69999, 70000)]:
            out.write(f"new {old} {new}\n")
            have = set(tiles(old))
            out.writelines(f"{name}\n" for name in tiles(new) if name not in have)
    with open("record.txt", "w") as out:
        out.write("# one record of a log segment and the leaf hash of its entry\n")
        salt, body, index = bytes(range(32)), b"body of the record", 7
        commitment = sha(b"bulkhead ledger commitment v1" + salt + body)
        head = struct.pack(">IQ", len(body), index) + commitment
        out.write(f"record {(head + struct.pack('>I', zlib.crc32(head)) + salt + body).hex()}\n")
        out.write(f"leaf {sha(bytes([0, 1]) + commitment).hex()}\n")


main()
