"""lftp, curl, rclone, and scp through dropbear's dbclient."""
import os
import shlex
import urllib.parse

import trees
from client import Client, derived, require
from openssh import Scp, quoted, ssh_options


class Lftp(Client):
    """Starts ssh for the transport, answers its password question, and speaks SFTP itself."""
    name = "lftp"
    package = "lftp"

    def command(self, *lines):
        program = shlex.join(["ssh", "-a", "-x", *ssh_options(self.access)])
        settings = ["set cmd:fail-exit yes", "set net:max-retries 1", "set net:persist-retries 0", "set net:timeout 20", "set sftp:auto-confirm no",
                    f"set sftp:connect-program {quoted(program)}",
                    f"open -p {self.access.port} -u {quoted(self.access.user + ',' + (self.access.password or ''))} sftp://{self.access.host}"]
        script = "\n".join([*settings, *lines])
        return self.shell.must(["lftp", "-c", script], environment={"LFTP_HOME": os.path.join(self.shell.home, "lftp")})

    def get(self, remote, local):
        self.command(f"get {quoted(remote)} -o {quoted(local)}")

    def put(self, local, remote):
        self.command(f"put {quoted(local)} -o {quoted(remote)}")

    def resume_get(self, remote, local):
        self.command(f"reget {quoted(remote)} -o {quoted(local)}")

    def resume_put(self, local, remote):
        self.command(f"reput {quoted(local)} -o {quoted(remote)}")

    def get_tree(self, remote, local_parent):
        self.command(f"mirror -P8 {quoted(remote)} {quoted(os.path.join(local_parent, os.path.basename(remote)))}")

    def put_tree(self, local, remote_parent):
        self.command(f"mirror -R -P8 {quoted(local)} {quoted(remote_parent + '/' + os.path.basename(local))}")

    def rename(self, old, new):
        self.command(f"mv {quoted(old)} {quoted(new)}")

    def mkdir(self, path):
        self.command(f"mkdir {quoted(path)}")

    def rmdir(self, path):
        self.command(f"rmdir {quoted(path)}")

    def rm(self, path):
        self.command(f"rm {quoted(path)}")

    def list(self, folder):
        return [os.path.basename(line) for line in self.command(f"cls -1a {quoted(folder + '/')}").splitlines()
                if line.rstrip("/").rsplit("/", 1)[-1] not in (".", "..")]

    @classmethod
    def further(cls):
        return [("mirror -P8 of 200 files both ways", mirror_many), ("pget -n4: one file in four parts at once", parts)]


def mirror_many(client, stage):
    many = trees.make_many(stage.local("two-hundred"), 200)
    client.put_tree(many, stage.remote())
    client.get_tree(stage.remote("two-hundred"), stage.local_folder("back"))
    wrong = trees.difference(trees.tree_of(many), trees.tree_of(stage.local("back/two-hundred")))
    require(wrong, not wrong)


def parts(client, stage):
    back = stage.local("parts")
    client.command(f"pget -n4 {quoted(stage.fixture('payload.bin'))} -o {quoted(back)}")
    require("other content", trees.digest(back) == trees.digest(stage.payload))


class Curl(Client):
    """Through libssh2."""
    name = "curl"
    package = "curl"
    cannot = {"get_tree": "curl copies single files", "put_tree": "curl copies single files"}

    def command(self, *words):
        """libssh2 knows hosts by HOME/.ssh/known_hosts only."""
        home = os.path.join(self.shell.home, "curl-" + os.path.basename(self.access.known_hosts))
        os.makedirs(f"{home}/.ssh", exist_ok=True)
        with open(self.access.known_hosts, encoding="ascii") as given, open(f"{home}/.ssh/known_hosts", "w", encoding="ascii") as file:
            file.write(given.read())
        way_in = ["--user", f"{self.access.user}:{self.access.password or ''}"]
        if self.access.key:
            way_in += ["--key", self.access.key, "--pubkey", f"{self.access.key}.pub"]
        return self.shell.must(["curl", "--silent", "--show-error", *way_in, *words], environment={"HOME": home})

    def url(self, path):
        return f"sftp://{self.access.host}:{self.access.port}{urllib.parse.quote(path)}"

    def quote(self, *commands):
        """-Q commands, in the course of a listing of the root."""
        words = [word for command in commands for word in ("--quote", command)]
        self.command(*words, "--output", "/dev/null", self.url("/"))

    def get(self, remote, local):
        self.command("--output", local, self.url(remote))

    def put(self, local, remote):
        self.command("--upload-file", local, self.url(remote))

    def resume_get(self, remote, local):
        self.command("--continue-at", "-", "--output", local, self.url(remote))

    def resume_put(self, local, remote):
        self.command("--continue-at", "-", "--upload-file", local, self.url(remote))

    def rename(self, old, new):
        self.quote(f"rename {quoted(old)} {quoted(new)}")

    def mkdir(self, path):
        self.quote(f"mkdir {quoted(path)}")

    def rmdir(self, path):
        self.quote(f"rmdir {quoted(path)}")

    def rm(self, path):
        self.quote(f"rm {quoted(path)}")

    def list(self, folder):
        return [name for name in self.command("--list-only", self.url(folder + "/")).splitlines() if name not in (".", "..")]

    @classmethod
    def further(cls):
        return [("a name with blanks and umlauts", curl_name), ("--ftp-create-dirs", create_folders), ("a range of a file", file_range),
                ("--append", append)]


def curl_name(client, stage):
    client.put(stage.small, stage.remote("Ünïcödé Straße 😀.txt"))
    stage.same(stage.small, stage.remote("Ünïcödé Straße 😀.txt"))


def create_folders(client, stage):
    client.command("--ftp-create-dirs", "--upload-file", stage.small, client.url(stage.remote("one/two/three/file")))
    stage.same(stage.small, stage.remote("one/two/three/file"))


def file_range(client, stage):
    part = stage.local("part")
    client.command("--range", "1000-70000", "--output", part, client.url(stage.fixture("small.bin")))
    with open(part, "rb") as got, open(stage.small, "rb") as whole:
        require("other bytes", got.read() == whole.read()[1000:70001])


def append(client, stage):
    stage.reference.put(stage.small, stage.remote("grown"))
    client.command("--append", "--upload-file", stage.other, client.url(stage.remote("grown")))
    whole = stage.local("whole")
    with open(whole, "wb") as file, open(stage.small, "rb") as first, open(stage.other, "rb") as second:
        file.write(first.read() + second.read())
    stage.same(whole, stage.remote("grown"))


class Rclone(Client):
    name = "rclone"
    package = "rclone"
    cannot = {"resume_get": "rclone starts a cut file anew", "resume_put": "rclone starts a cut file anew"}

    def command(self, *words):
        way_in = ["--sftp-host", self.access.host, "--sftp-port", str(self.access.port), "--sftp-user", self.access.user,
                  "--sftp-known-hosts-file", self.access.known_hosts]
        if self.access.key:
            way_in += ["--sftp-key-file", self.access.key]
        else:
            way_in += ["--sftp-pass", self.shell.must(["rclone", "obscure", self.access.password]).strip()]
        return self.shell.must(["rclone", "--config", "/dev/null", "--retries", "1", "--low-level-retries", "1", *way_in, *words])

    def get(self, remote, local):
        self.command("copyto", f":sftp:{remote}", local)

    def put(self, local, remote):
        self.command("copyto", local, f":sftp:{remote}")

    def get_tree(self, remote, local_parent):
        self.command("copy", "--create-empty-src-dirs", f":sftp:{remote}", os.path.join(local_parent, os.path.basename(remote)))

    def put_tree(self, local, remote_parent):
        self.command("copy", "--create-empty-src-dirs", local, f":sftp:{remote_parent}/{os.path.basename(local)}")

    def rename(self, old, new):
        self.command("moveto", f":sftp:{old}", f":sftp:{new}")

    def mkdir(self, path):
        self.command("mkdir", f":sftp:{path}")

    def rmdir(self, path):
        self.command("rmdir", f":sftp:{path}")

    def rm(self, path):
        self.command("deletefile", f":sftp:{path}")

    def list(self, folder):
        return self.command("lsf", f":sftp:{folder}").splitlines()

    @classmethod
    def further(cls):
        return [("md5sum and sha1sum answered by the server", rclone_hashes), ("check finds a tree equal, by hash", rclone_check),
                ("check finds one changed byte", rclone_check_differs), ("sync to the server deletes and replaces", rclone_sync),
                ("sync from the server", rclone_sync_back)]


def rclone_hashes(client, stage):
    for kind in ("md5", "sha1"):
        got = client.command("hashsum", kind, f":sftp:{stage.fixture('small.bin')}").split()
        wanted = stage.shell.must([f"{kind}sum", stage.small]).split()[0]
        require(f"{kind}: {got}", got and got[0] == wanted)


def rclone_check(client, stage):
    said = client.command("check", "-v", stage.tree, f":sftp:{stage.fixture('tree')}")
    require(said, "0 differences found" in said and "hashes could not be checked" not in said)


def rclone_check_differs(client, stage):
    client.put_tree(stage.tree, stage.remote())
    changed = stage.local("changed")
    with open(os.path.join(stage.tree, "plain.txt"), "rb") as whole, open(changed, "wb") as file:
        file.write(bytes(byte ^ 1 for byte in whole.read()))
    stage.reference.put(changed, stage.remote("tree/plain.txt"))
    stage.refused(client.command, "check", stage.tree, f":sftp:{stage.remote('tree')}")


def rclone_sync(client, stage):
    stage.reference.put_tree(stage.tree, stage.remote())
    stage.reference.put(stage.small, stage.remote("tree/too much.bin"))
    stage.reference.put(stage.small, stage.remote("tree/plain.txt"))
    client.command("sync", stage.tree, f":sftp:{stage.remote('tree')}")
    stage.reference.get_tree(stage.remote("tree"), stage.local_folder("back"))
    wrong = trees.difference(trees.tree_of(stage.tree), trees.tree_of(stage.local("back/tree")))
    require(wrong, not wrong)


def rclone_sync_back(client, stage):
    back = trees.make_many(stage.local("back"), 3)
    client.command("sync", "--create-empty-src-dirs", f":sftp:{stage.fixture('tree')}", back)
    wrong = trees.difference(trees.tree_of(stage.tree), trees.tree_of(back))
    require(wrong, not wrong)


class Dbclient(Scp):
    """scp's protocol over dropbear's transport: scp -O -S, a script that gives dbclient only the options it knows."""
    name = "dbclient"
    package = "dropbear-bin"
    mode = ("-O",)
    cannot = {key: why.replace("scp", "scp over dbclient") for key, why in Scp.cannot.items()}

    def copy(self, *words):
        home = os.path.join(self.shell.home, "dbclient-" + os.path.basename(self.access.known_hosts))
        os.makedirs(f"{home}/.ssh", exist_ok=True)
        self.write_known_hosts(f"{home}/.ssh/known_hosts")
        # With a password in the environment it never asks for one, and it tries a key first.
        environment = {"HOME": home, "DROPBEAR_PASSWORD": self.access.password or "none"}
        way_in = ["-p", str(self.access.port)]
        if self.access.key:
            way_in += ["-i", derived(self.access.key, ".dropbear", self.convert)]
        script = os.path.join(home, "transport")
        with open(script, "w", encoding="utf-8") as file:
            file.write(f"#!/bin/sh\n{TRANSPORT}exec dbclient -T {shlex.join(way_in)} \"$@\"\n")
        os.chmod(script, 0o700)
        self.shell.must(["scp", *self.mode, "-S", script, *words], environment=environment, typed="n\n")  # for an unknown host

    def convert(self, target):
        self.shell.must(["dropbearconvert", "openssh", "dropbear", self.access.key, target])

    def write_known_hosts(self, path):
        """Dropbear looks for the name of the host alone."""
        with open(self.access.known_hosts, encoding="ascii") as given, open(path, "w", encoding="ascii") as file:
            file.writelines(f"{self.access.host} {line.split(' ', 1)[1]}" for line in given if f":{self.access.port} " in line)

    @classmethod
    def further(cls):
        return [*super().further(), ("SFTP over dbclient (scp without -O)", modern_scp)]


# Takes scp's options for OpenSSH away: -x, -o NAME=VALUE in one word, and the -- before the host.
TRANSPORT = """\
left=$#
while [ $left -gt 0 ]; do
  word=$1; shift; left=$((left - 1))
  case $word in -x|-o*|--) ;; *) set -- "$@" "$word" ;; esac
done
"""


def modern_scp(client, stage):
    modern = type(client)(client.shell, client.access)
    modern.mode = ()
    modern.put(stage.small, stage.remote("modern"))
    stage.same(stage.small, stage.remote("modern"))
    modern.get(stage.fixture("small.bin"), stage.local("modern"))
    require("other content", trees.digest(stage.local("modern")) == trees.digest(stage.small))
