"""Selects signatures from Wycheproof's ecdsa_secp256r1_sha256.json (C2SP, Apache 2.0) for crypt/verify.h:
    python3 vectors/crypt/generate.py ecdsa_secp256r1_sha256.json

A line of ecdsa_p256_sha256.txt: expect (right | wrong), number, point, message, r, s, in hex; - is empty. SSH carries r and
s as numbers, so cases of broken DER are left out; r and s are as in the file, without leading zeros.
"""
import json
import os
import sys


def number(raw, at):
    """One DER INTEGER that is positive and minimal; None otherwise."""
    if len(raw) < at + 2 or raw[at] != 2 or raw[at + 1] >= 0x80:
        return None, 0
    value = raw[at + 2:at + 2 + raw[at + 1]]
    if len(value) != raw[at + 1] or not value or value[0] >= 0x80 or (value[0] == 0 and len(value) > 1 and value[1] < 0x80):
        return None, 0
    return value.lstrip(b"\0"), at + 2 + raw[at + 1]


def pair(raw):
    if len(raw) < 2 or raw[0] != 0x30 or raw[1] >= 0x80 or raw[1] != len(raw) - 2:
        return None
    r, at = number(raw, 2)
    s, end = number(raw, at) if r is not None else (None, 0)
    return (r, s) if s is not None and end == len(raw) else None


def main():
    seen, lines = {}, []
    for group in json.load(open(sys.argv[1], encoding="utf-8"))["testGroups"]:
        for case in group["tests"]:
            found = pair(bytes.fromhex(case["sig"]))
            kind = (case["result"], case["flags"][0])
            limit = 40 if case["result"] == "invalid" else 12
            if found is None or seen.get(kind, 0) >= limit:
                continue
            seen[kind] = seen.get(kind, 0) + 1
            fields = [group["publicKey"]["uncompressed"], case["msg"], found[0].hex(), found[1].hex()]
            lines.append(" ".join(["right" if case["result"] == "valid" else "wrong", str(case["tcId"])] + [f or "-" for f in fields]))
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "ecdsa_p256_sha256.txt"), "w", encoding="ascii") as out:
        out.write("\n".join(lines) + "\n")


main()
