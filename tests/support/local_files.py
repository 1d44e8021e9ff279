"""Files of a test on this machine: content that is the same each time, and what a folder holds."""
import hashlib
import os


class Files:
    """A folder of the test, with content that is the same each time."""

    def __init__(self, folder):
        self.folder = folder
        os.mkdir(folder)

    def path(self, *parts):
        return os.path.join(self.folder, *parts)

    def make(self, *parts, size=1000):
        path = self.path(*parts)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(content(parts[-1], size))
        return path


def content(seed, size):
    return hashlib.shake_128(seed.encode()).digest(size)


def read(path):
    with open(path, "rb") as file:
        return file.read()


def tree(folder):
    """Every file and folder below, by relative path."""
    found = {}
    for where, folders, names in os.walk(folder):
        found.update({os.path.relpath(os.path.join(where, name), folder): None for name in folders})
        found.update({os.path.relpath(os.path.join(where, name), folder): read(os.path.join(where, name)) for name in names})
    return found
