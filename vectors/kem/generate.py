#!/usr/bin/env python3
"""Makes the .txt files here from published vectors: generate.py FOLDER

FOLDER/wycheproof/mlkem_768*.json   C2SP Wycheproof v1 (made in part from the official round-3 seeds, CCTV and AWS-LC)
FOLDER/ml-kem-768/                  C2SP/CCTV, ML-KEM: intermediate, strcmp, unluckysample, modulus
FOLDER/sntrup761.txt                made with the public-domain reference implementation of NTRU Prime
keccak.txt comes from hashlib: the messages of the FIPS 202 examples, and lengths around the block sizes.

A file is cases with an empty line between; a case is lines `name: value`, values hex where not a word or number; `#` begins a comment.
What only is compared is kept as its SHA-256 (`..._sha256`), what another case makes from a seed is kept as the seed.
"""
import gzip
import hashlib
import json
import os
import re
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
KEYS_MAX, SEEDED_MAX, UNREDUCED_MAX, LENGTHS_MAX = 40, 10, 5, 3  # cases of one kind that are kept


def sha256(text):
    return hashlib.sha256(bytes.fromhex(text)).hexdigest()


def write(name, about, cases):
    with open(os.path.join(HERE, name), "w", encoding="ascii") as file:
        file.write("".join(f"# {line}\n" for line in about))
        for case in cases:
            file.write("\n" + "".join(f"{key}: {value}\n" for key, value in case.items()))


def wycheproof(folder, name):
    with open(os.path.join(folder, "wycheproof", name), encoding="utf-8") as file:
        return [test for group in json.load(file)["testGroups"] for test in group["tests"]]


def assignments(folder, name):
    with open(os.path.join(folder, "ml-kem-768", name), encoding="utf-8") as file:
        return [tuple(part.strip() for part in line.split(" = ", 1)) for line in file if " = " in line]


def few(tests, comment, most):
    return [test for test in tests if test.get("comment") == comment][:most]


def keys(folder):
    """seed, key pair, encapsulation, decapsulation: by their hashes"""
    encaps = {test["ek"]: test for test in wycheproof(folder, "mlkem_768_encaps.json") if test["result"] == "valid"}
    tests = wycheproof(folder, "mlkem_768_keygen_seed.json")[:KEYS_MAX]
    tests += [test for test in wycheproof(folder, "mlkem_768.json") if test.get("ek") in encaps and test["comment"].startswith("Rho")]
    seen = set()
    for test in tests:
        if test["seed"] in seen:
            continue
        seen.add(test["seed"])
        case = {"seed": test["seed"], "public_key_sha256": sha256(test["ek"])}
        if "dk" in test:
            case["secret_key_sha256"] = sha256(test["dk"])
        if test["ek"] in encaps:
            made = encaps[test["ek"]]
            case |= {"message": made["m"], "ciphertext_sha256": sha256(made["c"]), "shared": made["K"]}
        yield case


def decapsulations(folder):
    tests = wycheproof(folder, "mlkem_768.json")
    kept = [test for test in tests if test.get("flags")]
    for comment in ("Random ciphertext", "Bit flipped ciphertext"):
        kept += few(tests, comment, SEEDED_MAX)
    for comment in ("Ciphertext too short", "Ciphertext too long", "Private key too short", "Private key too long"):
        kept += few(tests, comment, LENGTHS_MAX)
    for test in kept:
        case = {"about": test.get("comment", "CCTV strcmp, with a seed"), "seed": test["seed"], "ciphertext": test["c"]}
        yield case | ({"shared": test["K"]} if test["result"] == "valid" else {"expect": "invalid"})
    for test in wycheproof(folder, "mlkem_768_semi_expanded_decaps.json"):
        case = {"about": test["comment"], "secret_key": test["dk"], "ciphertext": test["c"]}
        yield case | ({"shared": test["K"]} if test["result"] == "valid" else {"expect": "invalid"})
    strcmp = dict(assignments(folder, "strcmp.txt"))
    yield {"about": "CCTV strcmp: the ciphertexts are equal up to a zero byte", "secret_key": strcmp["dk"],
           "ciphertext": strcmp["c"], "shared": strcmp["K"]}
    unlucky = dict(assignments(folder, "unluckysample.txt"))
    yield {"about": "CCTV unluckysample: the matrix needs more of the stream than is usual", "secret_key": unlucky["dk"],
           "message": unlucky["m"], "ciphertext": unlucky["c"], "shared": unlucky["K"]}


def coefficients(key):
    data = bytes.fromhex(key)[:1152]
    for i in range(0, len(data), 3):
        yield data[i] | (data[i + 1] & 15) << 8
        yield data[i + 1] >> 4 | data[i + 2] << 4


def refusals(folder):
    """keys that encapsulation refuses; the 780 of CCTV modulus as one good key and what stands where in it"""
    with gzip.open(os.path.join(folder, "ml-kem-768", "modulus.txt.gz"), "rt", encoding="ascii") as file:
        bad = file.read().split()
    rows = [list(coefficients(key)) for key in bad]
    good = [sorted(column)[len(column) // 2] for column in zip(*rows)]
    changes = [(i, row[i]) for row in rows for i in range(768) if row[i] != good[i]]
    assert len(changes) == len(bad) and len({key[2304:] for key in bad}) == 1 and max(good) < 3329
    data = b"".join((a | b << 12).to_bytes(3, "little") for a, b in zip(good[::2], good[1::2]))
    yield {"about": "CCTV modulus: each pair (coefficient, value) makes this key bad", "good_key": data.hex() + bad[0][2304:],
           "changes": " ".join(f"{i} {value}" for i, value in changes)}
    tests = wycheproof(folder, "mlkem_768_encaps.json")
    for comment, most in (("Public key not reduced", UNREDUCED_MAX), ("Public key is too short", LENGTHS_MAX), ("Public key is too long", LENGTHS_MAX)):
        for test in few(tests, comment, most):
            assert test["result"] == "invalid"
            yield {"about": comment, "bad_key": test["ek"]}


def intermediate(folder):
    """one run with what is computed on the way"""
    values = {}
    for name, value in assignments(folder, "intermediate.txt"):
        values.setdefault(name, value)
    # Without d: CCTV follows the draft of FIPS 203, which made rho and sigma from d alone, where the standard takes d and k.
    wanted = {"z": "z", "ρ": "rho", "σ": "sigma", "A[0, 0]": "matrix_0_0", "s[0]": "s_0", "NTT(s[0])": "ntt_s_0",
              "dk": "secret_key", "m": "message", "K": "shared", "r": "noise_seed", "u[0]": "u_0",
              "compress(u[0])": "compressed_u_0", "v": "v", "compress(v)": "compressed_v", "c": "ciphertext", "KBar": "rejection"}
    yield {to: re.sub(r"[{},]", "", values[name]) for name, to in wanted.items()}


def sntrup761(folder):
    with open(os.path.join(folder, "sntrup761.txt"), encoding="ascii") as file:
        blocks = file.read().split("\n\n")
    names = {"pk": "public_key", "sk": "secret_key", "enc_random": "random", "ct": "ciphertext", "ss": "shared", "rejected_ss": "rejected_shared"}
    for block in blocks:
        case = dict(line.split(" = ") for line in block.splitlines() if " = " in line)
        if case:
            yield {names.get(name, name): value for name, value in case.items() if name != "count"}


def keccak():
    lengths = (0, 1, 71, 72, 73, 135, 136, 137, 167, 168, 169, 200, 1000)
    messages = {f"{size} bytes": bytes(i % 251 for i in range(size)) for size in lengths}
    for about, message in {"abc": b"abc", "FIPS 202 example of 1600 bits": b"\xa3" * 200, **messages}.items():
        yield {"about": about, "input": message.hex(), "sha3_256": hashlib.sha3_256(message).hexdigest(), "sha3_512": hashlib.sha3_512(message).hexdigest(),
               "shake128": hashlib.shake_128(message).hexdigest(400), "shake256": hashlib.shake_256(message).hexdigest(400)}


def main():
    folder = sys.argv[1]
    origin = "Made by generate.py, which describes the form."
    write("ml_kem_768_keys.txt", (origin, keys.__doc__ + "; from Wycheproof"), keys(folder))
    write("ml_kem_768_decapsulate.txt", (origin, "right, wrong and malformed ciphertexts and keys; from Wycheproof and CCTV"), decapsulations(folder))
    write("ml_kem_768_refuse.txt", (origin, refusals.__doc__ + "; the others from Wycheproof"), refusals(folder))
    write("ml_kem_768_intermediate.txt", (origin, intermediate.__doc__ + "; from CCTV"), intermediate(folder))
    write("sntrup761.txt", (origin, "from the public-domain reference; `random`: the words of the short polynomial; a case: an encapsulation,",
                            "then the secret of implicit rejection of the ciphertext with one flipped bit"), sntrup761(folder))
    write("keccak.txt", (origin, "from another implementation, hashlib"), keccak())


if __name__ == "__main__":
    main()
