"""What a case finds when it starts: files to copy, a folder of its own on the server, and a client that checks others."""
import os
import shutil
import tempfile
import time

import trees
from client import Access, require
from openssh import Reference
from shell import Failed, Shell
from wire import Wire

KIB, MIB = 1 << 10, 1 << 20


class Sizes:
    """quick or full: entries of the listing, the big file, time for one program"""

    def __init__(self, full):
        self.full = full
        self.entries = 100_000 if full else 2_000
        self.big = 5 << 30 if full else 64 * MIB
        self.timeout_s = 3600 if full else 120


class Stage:
    """One for a whole run. small: 1 MiB and some; other: 300 KiB; payload: 24 MiB; big: by the sizes; tree: of trees.py.

    The same files are on the server below `fixture(...)`. `begin` gives each case its own folders, `local` and `remote`.
    """

    def __init__(self, peer, sizes):
        self.peer, self.sizes, self.home = peer, sizes, peer.home
        self.scratch = f"{peer.folder}/work"
        os.mkdir(self.scratch)
        self.wire = Wire(peer.port)
        self.shell = Shell(self.scratch, sizes.timeout_s)
        self.known_hosts, self.nobody = f"{self.scratch}/known_hosts", f"{self.scratch}/known_nobody"
        with open(self.known_hosts, "w", encoding="ascii") as file:
            file.writelines(f"[127.0.0.1]:{port} {kind} {key}\n" for port in (peer.port, self.wire.port) for kind, key in peer.host_keys)
        open(self.nobody, "w", encoding="ascii").close()
        self.access = Access(peer.port, peer.user, peer.key, None, self.known_hosts, peer.fingerprints())
        self.reference = Reference(self.shell, self.access)
        self.number, self.here, self.there = 0, None, None
        self.make_files()

    def make_files(self):
        source = f"{self.scratch}/fixture"
        os.mkdir(source)
        self.small = trees.write_random(f"{source}/small.bin", MIB + 3, seed=101)
        self.other = trees.write_random(f"{source}/other.bin", 300 * KIB, seed=102)
        self.payload = trees.write_random(f"{source}/payload.bin", 24 * MIB, seed=103)
        self.big = trees.write_random(f"{source}/big.bin", self.sizes.big, seed=104)
        self.big_digest = trees.digest(self.big)
        self.tree = trees.make_tree(f"{source}/tree")
        self.tree_wanted = trees.tree_of(self.tree)

    def store_files(self):
        """Through the reference client: when this fails nothing else is worth trying."""
        trees.make_many(f"{self.scratch}/fixture/many", self.sizes.entries)
        self.reference.put_tree(f"{self.scratch}/fixture", self.home)
        shutil.rmtree(f"{self.scratch}/fixture/many")

    def begin(self):
        self.number += 1
        self.here = tempfile.mkdtemp(dir=self.scratch, prefix="case-")
        self.there = f"{self.home}/case-{self.number}"
        self.reference.mkdir(self.there)

    def finish(self):
        """Local files go at once; those on the server with it, after the whole run."""
        shutil.rmtree(self.here, ignore_errors=True)
        self.wire.arm()

    # ---- for cases

    def local(self, name):
        return os.path.join(self.here, name)

    def local_folder(self, name):
        os.makedirs(self.local(name))
        return self.local(name)

    def copy_of(self, path):
        return shutil.copy(path, self.local("copy-" + os.path.basename(path)))

    def remote(self, name=""):
        return f"{self.there}/{name}" if name else self.there

    def fixture(self, name):
        return f"{self.home}/fixture/{name}"

    def same(self, local, remote):
        """The file on the server has the content of the local one."""
        fetched = self.local("fetched")
        self.reference.get(remote, fetched)
        got, wanted = os.path.getsize(fetched), os.path.getsize(local)
        require(f"{remote}: {got} bytes instead of {wanted}", got == wanted)
        require(f"{remote}: other content", trees.digest(fetched) == trees.digest(local))
        os.unlink(fetched)

    def refused(self, operation, *arguments):
        """It has to fail, and not by running out of time."""
        try:
            operation(*arguments)
        except Failed as why:
            require(str(why), "did not end within" not in str(why))
            return
        raise Failed("was not refused")

    def settled_size(self, remote):
        """Of a file whose upload was cut, once the server has noticed."""
        last, until = -1, time.monotonic() + 15
        while time.monotonic() < until:
            size = self.reference.size(remote)
            if size is not None and size == last:
                return size
            last = size
            time.sleep(0.3)
        raise Failed(f"after the cut {remote} is {'not there' if last is None else 'still growing'}")
