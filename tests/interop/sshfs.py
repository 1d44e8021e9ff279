"""sshfs: the server as a mounted file system. Needs /dev/fuse. Each operation mounts, works with ordinary programs, unmounts."""
import contextlib
import os
import subprocess
import tempfile
import time

from client import Client, require
from openssh import ssh_options
from shell import Failed, end

MOUNT_TIMEOUT_S = 30


class Sshfs(Client):
    name = "sshfs"
    package = "sshfs"
    cannot = {"resume_get": "a file system has no transfers to resume; see appending below",
              "resume_put": "a file system has no transfers to resume; see appending below"}

    @contextlib.contextmanager
    def mounted(self):
        """The server's root as a local folder."""
        folder = tempfile.mkdtemp(dir=self.shell.home, prefix="mount-")
        options = [word for word in ssh_options(self.access) if word not in ("-F", "none", "-o")]
        command = ["sshfs", f"{self.access.user}@{self.access.host}:/", folder, "-f", "-F", "/dev/null", "-p", str(self.access.port)]
        command += [word for option in options for word in ("-o", option)] + (["-o", "password_stdin"] if self.access.password else [])
        with tempfile.TemporaryFile() as said:
            process = self.shell.start(command, stdin=subprocess.PIPE, stdout=said, stderr=subprocess.STDOUT)
            try:
                with process.stdin as pipe:
                    pipe.write(f"{self.access.password or ''}\n".encode())
                self.wait_for_mount(process, folder, said)
                yield folder
            finally:
                self.shell.run(["fusermount3", "-u", "-z", folder])
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(20)  # what was written is on its way to the server until it ends
                end(process)
                os.rmdir(folder)

    def wait_for_mount(self, process, folder, said):
        until = time.monotonic() + MOUNT_TIMEOUT_S
        while time.monotonic() < until:
            with open("/proc/self/mounts", encoding="utf-8") as file:
                if f" {folder} " in file.read():
                    return
            if process.poll() is not None:
                break
            time.sleep(0.02)
        said.seek(0)
        raise Failed(f"sshfs did not mount: {said.read().decode(errors='replace').strip()[-300:]}")

    def work(self, *command):
        """A command whose words may name paths of the server: Path(...)"""
        with self.mounted() as root:
            return self.shell.must([root + word.path if isinstance(word, There) else word for word in command])

    def get(self, remote, local):
        self.work("cp", There(remote), local)

    def put(self, local, remote):
        self.work("cp", local, There(remote))

    def get_tree(self, remote, local_parent):
        self.work("cp", "-r", There(remote), local_parent)

    def put_tree(self, local, remote_parent):
        self.work("cp", "-r", local, There(remote_parent))

    def rename(self, old, new):
        self.work("mv", There(old), There(new))

    def mkdir(self, path):
        self.work("mkdir", There(path))

    def rmdir(self, path):
        self.work("rmdir", There(path))

    def rm(self, path):
        self.work("rm", There(path))

    def list(self, folder):
        return self.work("ls", "-1A", There(folder)).splitlines()

    @classmethod
    def further(cls):
        return [("writes at random places of a file", random_writes), ("appending and truncating", append_truncate), ("rm -r of a tree", remove_tree),
                ("cp --preserve=timestamps", times_kept), ("mv of a folder, mv onto a file", moves), ("df (statvfs)", disk_free)]


class There:
    """A path of the server, in a command of `work`."""

    def __init__(self, path):
        self.path = path


RANDOM_WRITES = """
import os, random, sys
source = random.Random(5)
size = os.path.getsize(sys.argv[1])
for path in sys.argv[1:]:
    source.seed(5)
    with open(path, "r+b") as file:
        for _ in range(60):
            file.seek(source.randrange(size))
            file.write(source.randbytes(source.randrange(1, 20000)))
"""

APPEND_TRUNCATE = """
import os, sys
for path in sys.argv[1:]:
    with open(path, "ab") as file:
        file.write(b"appended" * 5000)
    os.truncate(path, os.path.getsize(path) - 333)
    with open(path, "ab") as file:
        file.write(b"the end")
"""


def changed_alike(client, stage, script):
    """The same script changes a local file and a remote one, which then have to be equal."""
    local = stage.copy_of(stage.other)
    client.put(local, stage.remote("changed"))
    client.work("/usr/bin/python3", "-c", script, local, There(stage.remote("changed")))
    stage.same(local, stage.remote("changed"))


def random_writes(client, stage):
    changed_alike(client, stage, RANDOM_WRITES)


def append_truncate(client, stage):
    changed_alike(client, stage, APPEND_TRUNCATE)


def remove_tree(client, stage):
    client.put_tree(stage.tree, stage.remote())
    client.work("rm", "-r", There(stage.remote("tree")))
    require("the tree is still there", "tree" not in stage.reference.list(stage.remote()))


def times_kept(client, stage):
    local = stage.copy_of(stage.small)
    os.utime(local, (1_000_000_000, 1_234_567_890))
    client.work("cp", "--preserve=timestamps", local, There(stage.remote("kept")))
    seen = client.work("stat", "-c", "%Y", There(stage.remote("kept"))).strip()
    require(f"modified {seen}", seen == "1234567890")


def moves(client, stage):
    client.mkdir(stage.remote("folder"))
    client.put(stage.small, stage.remote("folder/inside"))
    client.put(stage.other, stage.remote("target"))
    client.rename(stage.remote("folder"), stage.remote("moved"))
    client.rename(stage.remote("moved/inside"), stage.remote("target"))
    stage.same(stage.small, stage.remote("target"))


def disk_free(client, stage):
    words = client.work("df", "-P", There(stage.home)).splitlines()[-1].split()
    require(f"{words}", int(words[-5]) > 0 and int(words[-3]) > 0)
