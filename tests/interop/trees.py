"""Files and trees to be copied, and what is equal to what."""
import hashlib
import os
import random

# Names of many kinds, none of which a shell of the client has to see. All in composed form (NFC).
TREE = ("plain.txt", "with space.txt", "Ünïcödé Straße.txt", "日本語/ファイル.bin", "日本語/空っぽ.txt",
        "emoji 😀/😀.dat", "Ελληνικά/ένα/δύο/τρία.txt", "العربية/ملف.txt", ".hidden",
        "it's & so on; $HOME.txt", "-dash.txt", "deep/a/b/c/d/e/f/g.bin")
EMPTY = "日本語/空っぽ.txt"
MIB = 1 << 20


def write_random(path, size, seed):
    """The same bytes for the same seed, in 1 MiB steps."""
    source = random.Random(seed)
    with open(path, "wb") as file:
        for at in range(0, size, MIB):
            file.write(source.randbytes(min(MIB, size - at)))
    return path


def make_tree(folder):
    for number, name in enumerate(TREE):
        path = os.path.join(folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        write_random(path, 0 if name == EMPTY else 1 + 7919 * number, seed=number)
    os.makedirs(os.path.join(folder, "empty folder"))
    return folder


def make_many(folder, count):
    """Files of one byte: f000000.txt and so on."""
    os.makedirs(folder)
    for name in many_names(count):
        with open(os.path.join(folder, name), "wb") as file:
            file.write(b"x")
    return folder


def many_names(count):
    return [f"f{number:06d}.txt" for number in range(count)]


def digest(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def tree_of(folder):
    """Every file by its path below the folder with its digest, every folder with None."""
    found = {}
    for here, folders, names in os.walk(folder):
        below = os.path.relpath(here, folder)
        for name in folders:
            found[os.path.normpath(os.path.join(below, name))] = None
        for name in names:
            found[os.path.normpath(os.path.join(below, name))] = digest(os.path.join(here, name))
    return found


def difference(wanted, got):
    """The first few differences of two trees in words, or nothing."""
    words = [f"missing: {name}" for name in sorted(set(wanted) - set(got))]
    words += [f"unexpected: {name}" for name in sorted(set(got) - set(wanted))]
    words += [f"other content: {name}" for name in sorted(set(got) & set(wanted)) if got[name] != wanted[name]]
    return "; ".join(words[:4])
