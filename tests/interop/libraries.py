"""paramiko and asyncssh: each operation is one run of a script of ours that uses the library as its users do."""
import json
import os

from client import Client, require
from trees import digest

HERE = os.path.dirname(os.path.abspath(__file__))
PYTHON = "/usr/bin/python3"  # the one that Debian's packages belong to


class Library(Client):
    script = ""

    def ask(self, operation, *arguments):
        access = {"host": self.access.host, "port": self.access.port, "user": self.access.user, "key": self.access.key,
                  "password": self.access.password, "known_hosts": self.access.known_hosts}
        request = json.dumps({"access": access, "operation": operation, "arguments": arguments})
        return self.shell.must([PYTHON, "-B", "-W", "ignore", f"{HERE}/{self.script}"], input=request)

    def get(self, remote, local):
        self.ask("get", remote, local)

    def put(self, local, remote):
        self.ask("put", local, remote)

    def resume_get(self, remote, local):
        self.ask("resume_get", remote, local)

    def resume_put(self, local, remote):
        self.ask("resume_put", local, remote)

    def get_tree(self, remote, local_parent):
        self.ask("get_tree", remote, os.path.join(local_parent, os.path.basename(remote)))

    def put_tree(self, local, remote_parent):
        self.ask("put_tree", local, remote_parent + "/" + os.path.basename(local))

    def rename(self, old, new):
        self.ask("rename", old, new)

    def mkdir(self, path):
        self.ask("mkdir", path)

    def rmdir(self, path):
        self.ask("rmdir", path)

    def rm(self, path):
        self.ask("remove", path)

    def list(self, folder):
        return json.loads(self.ask("listdir", folder))


class Paramiko(Library):
    name = "paramiko"
    package = "python3-paramiko"
    script = "with_paramiko.py"

    @classmethod
    def further(cls):
        return [("writes out of order, pipelined", shuffled), ("posix-rename replaces", posix_rename), ("check-file (sha256)", check_file)]


class Asyncssh(Library):
    name = "asyncssh"
    package = "python3-asyncssh"
    script = "with_asyncssh.py"

    @classmethod
    def further(cls):
        return [("ten transfers at once over one connection", at_once), ("posix-rename replaces", posix_rename),
                ("rekeys after each MiB: 24 MiB both ways", rekeying)]


def shuffled(client, stage):
    client.ask("shuffled", stage.payload, stage.remote("shuffled"))
    stage.same(stage.payload, stage.remote("shuffled"))


def posix_rename(client, stage):
    stage.reference.put(stage.small, stage.remote("new"))
    stage.reference.put(stage.other, stage.remote("old"))
    client.ask("posix_rename", stage.remote("new"), stage.remote("old"))
    stage.same(stage.small, stage.remote("old"))


def check_file(client, stage):
    got = client.ask("check_file", stage.fixture("small.bin")).strip()
    require(f"got {got}", got == stage.shell.must(["sha256sum", stage.small]).split()[0])


def rekeying(client, stage):
    client.ask("rekeying", stage.payload, stage.remote("rekeyed"), stage.local("back"))
    stage.same(stage.payload, stage.remote("rekeyed"))
    require("what came back is the same", digest(stage.local("back")) == digest(stage.payload))


def at_once(client, stage):
    client.ask("at_once", stage.other, stage.remote(), stage.local_folder("back"))
    for number in range(10):
        stage.same(stage.other, stage.remote(f"part-{number}"))
