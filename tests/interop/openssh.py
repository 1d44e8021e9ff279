"""OpenSSH's own clients: sftp, scp and scp -O; sshfs is in sshfs.py."""
import os
import re

import trees
from client import Client, require
from shell import Failed


def ssh_options(access):
    """-o options for ssh and whoever starts it: no configuration, no agent, one way in."""
    chosen = {"UserKnownHostsFile": access.known_hosts, "GlobalKnownHostsFile": "/dev/null", "StrictHostKeyChecking": "yes",
              "IdentityAgent": "none", "IdentitiesOnly": "yes", "NumberOfPasswordPrompts": "1", "BatchMode": "no", "ConnectTimeout": "20"}
    if access.key:
        chosen |= {"IdentityFile": access.key, "PreferredAuthentications": "publickey"}
    else:
        chosen |= {"PubkeyAuthentication": "no", "PreferredAuthentications": "password"}
    return ["-F", "none", *(word for key, value in chosen.items() for word in ("-o", f"{key}={value}"))]


def asking(shell, access):
    """Environment by which ssh gets a password without a terminal."""
    if not access.password:
        return {}
    program = os.path.join(shell.home, "askpass")
    if not os.path.exists(program):
        with open(program, "w", encoding="ascii") as file:
            file.write("#!/bin/sh\nprintf '%s\\n' \"$INTEROP_PASSWORD\"\n")
        os.chmod(program, 0o700)
    return {"SSH_ASKPASS": program, "SSH_ASKPASS_REQUIRE": "force", "INTEROP_PASSWORD": access.password}


def quoted(path):
    return '"' + re.sub(r'(["\\])', r"\\\1", path) + '"'


class Sftp(Client):
    name = "sftp"
    package = "openssh-client"
    more = ()

    def batch(self, *lines, options=()):
        command = ["sftp", *ssh_options(self.access), *self.more, *options, "-P", str(self.access.port), "-b", "-", f"{self.access.user}@{self.access.host}"]
        return self.shell.must(command, "\n".join(lines) + "\n", asking(self.shell, self.access))

    def get(self, remote, local):
        self.batch(f"get {quoted(remote)} {quoted(local)}")

    def put(self, local, remote):
        self.batch(f"put {quoted(local)} {quoted(remote)}")

    def resume_get(self, remote, local):
        self.batch(f"reget {quoted(remote)} {quoted(local)}")

    def resume_put(self, local, remote):
        self.batch(f"reput {quoted(local)} {quoted(remote)}")

    def get_tree(self, remote, local_parent):
        self.batch(f"get -r {quoted(remote)} {quoted(local_parent)}")

    def put_tree(self, local, remote_parent):
        self.batch(f"put -r {quoted(local)} {quoted(remote_parent)}")

    def rename(self, old, new):
        self.batch(f"rename {quoted(old)} {quoted(new)}")

    def mkdir(self, path):
        self.batch(f"mkdir {quoted(path)}")

    def rmdir(self, path):
        self.batch(f"rmdir {quoted(path)}")

    def rm(self, path):
        self.batch(f"rm {quoted(path)}")

    def list(self, folder):
        lines = self.batch(f"cd {quoted(folder)}", "ls -1a").splitlines()
        return [line for line in lines if line not in (".", "..") and not line.startswith("sftp> ")]

    @classmethod
    def further(cls):
        return [("post-quantum key exchange agreed", post_quantum), ("times kept by get -p and put -p", times_kept),
                ("put -f (fsync)", put_synced), ("df (statvfs)", disk_free), ("cp inside the server (copy-data)", copy_inside),
                ("rename onto an existing file replaces it (posix-rename)", replace), ("rename -l onto an existing file fails", rename_refused),
                ("aes256-gcm, aes128-gcm, chacha20, aes256-ctr, aes128-ctr", every_cipher),
                ("every key exchange of the client that is no finite field", every_kex), ("RekeyLimit 1M: 24 MiB both ways", rekeyed),
                ("UpdateHostKeys learns every host key", host_keys_learnt)]


class Reference(Sftp):
    """By which the suite stores and checks files. With a cheap key exchange: the client's first choice takes it 0.1 s of CPU."""
    name = "reference"
    more = ("-o", "KexAlgorithms=curve25519-sha256")

    def size(self, path):
        """Of one file, or None."""
        try:
            lines = self.batch(f"ls -ln {quoted(path)}").splitlines()
        except Failed:
            return None
        return int(lines[-1].split()[4])


def post_quantum(client, stage):
    said = client.batch(f"cd {quoted(stage.home)}", options=["-vv"])
    agreed = re.search(r"kex: algorithm: (\S+)", said)
    require(f"agreed on {agreed and agreed[1]}", agreed and agreed[1].startswith(("sntrup761", "mlkem768")))


def times_kept(client, stage):
    local, back = stage.copy_of(stage.small), stage.local("back")
    os.utime(local, (1_000_000_000, 1_234_567_890))
    client.batch(f"put -p {quoted(local)} {quoted(stage.remote('kept'))}", f"get -p {quoted(stage.remote('kept'))} {quoted(back)}")
    require(f"modified {os.stat(back).st_mtime}", int(os.stat(back).st_mtime) == 1_234_567_890)


def put_synced(client, stage):
    client.batch(f"put -f {quoted(stage.small)} {quoted(stage.remote('synced'))}")
    stage.same(stage.small, stage.remote("synced"))


def disk_free(client, stage):
    said = client.batch(f"df {quoted(stage.home)}")
    require(said, re.search(r"^\s*\d+\s+\d+\s+\d+\s+\d+\s+\d+%", said, re.M))


def copy_inside(client, stage):
    client.put(stage.small, stage.remote("original"))
    client.batch(f"cp {quoted(stage.remote('original'))} {quoted(stage.remote('copied'))}")
    stage.same(stage.small, stage.remote("copied"))


def replace(client, stage):
    client.put(stage.small, stage.remote("new"))
    client.put(stage.other, stage.remote("old"))
    client.batch(f"rename {quoted(stage.remote('new'))} {quoted(stage.remote('old'))}")
    stage.same(stage.small, stage.remote("old"))


def rename_refused(client, stage):
    client.put(stage.small, stage.remote("first"))
    client.put(stage.other, stage.remote("second"))
    stage.refused(client.batch, f"rename -l {quoted(stage.remote('first'))} {quoted(stage.remote('second'))}")
    stage.same(stage.small, stage.remote("first"))
    stage.same(stage.other, stage.remote("second"))


def both_ways(client, stage, name, file, options):
    back = stage.local("back")
    client.batch(f"put {quoted(file)} {quoted(stage.remote(name))}", f"get {quoted(stage.remote(name))} {quoted(back)}", options=options)
    require(f"{name}: other content", trees.digest(back) == trees.digest(file))


def every_cipher(client, stage):
    for cipher in ("aes256-gcm@openssh.com", "aes128-gcm@openssh.com", "chacha20-poly1305@openssh.com", "aes256-ctr", "aes128-ctr"):
        both_ways(client, stage, cipher, stage.small, ["-o", f"Ciphers={cipher}"])
    for mac in ("hmac-sha2-256-etm@openssh.com", "hmac-sha2-512-etm@openssh.com", "hmac-sha2-256", "hmac-sha2-512"):
        both_ways(client, stage, mac, stage.small, ["-o", "Ciphers=aes256-ctr", "-o", f"MACs={mac}"])


def every_kex(client, stage):
    for kex in client.shell.must(["ssh", "-Q", "kex"]).split():
        if "diffie-hellman-group" not in kex and kex != "ecdh-sha2-nistp521":
            both_ways(client, stage, kex, stage.small, ["-o", f"KexAlgorithms={kex}"])


def rekeyed(client, stage):
    both_ways(client, stage, "rekeyed", stage.payload, ["-o", "RekeyLimit=1M"])


def host_keys_learnt(client, stage):
    """From a known_hosts file with one key to one with all of them, each proved by the server."""
    path = stage.local("known_hosts")
    with open(client.access.known_hosts, encoding="ascii") as file:
        lines = [line for line in file if f":{client.access.port} " in line]
    with open(path, "w", encoding="ascii") as file:
        file.write(lines[0])
    options = ["-o", f"UserKnownHostsFile={path}", "-o", "UpdateHostKeys=yes"]
    # The first value of an option counts: ours go before the client's.
    stage.shell.must(["sftp", *options, *ssh_options(client.access), "-P", str(client.access.port), "-b", "-",
                      f"{client.access.user}@{client.access.host}"], f"cd {quoted(stage.home)}\n")
    with open(path, encoding="ascii") as file:
        got = {tuple(line.split()[1:3]) for line in file}
    require(f"{len(got)} of {len(lines)} keys learnt", got == {tuple(line.split()[1:3]) for line in lines})


class Scp(Client):
    name = "scp"
    package = "openssh-client"
    options = ()
    cannot = {"resume_get": "scp has no resume", "resume_put": "scp has no resume", "rename": "scp only copies", "mkdir_rmdir": "scp only copies",
              "rm": "scp only copies", "list": "scp only copies"}

    def copy(self, *words):
        command = ["scp", *ssh_options(self.access), *self.options, "-P", str(self.access.port), *words]
        self.shell.must(command, environment=asking(self.shell, self.access))

    def there(self, path):
        return f"{self.access.user}@{self.access.host}:{path}"

    def get(self, remote, local):
        self.copy(self.there(remote), local)

    def put(self, local, remote):
        self.copy(local, self.there(remote))

    def get_tree(self, remote, local_parent):
        self.copy("-r", self.there(remote), local_parent)

    def put_tree(self, local, remote_parent):
        self.copy("-r", local, self.there(remote_parent))

    def sign_on(self, home):
        """Copies a file of the suite, for scp has nothing less; dbclient ends with status 0 when it was refused."""
        target = os.path.join(self.shell.home, "signed-on")
        self.get(f"{home}/fixture/small.bin", target)
        require("nothing came", os.path.exists(target))
        os.unlink(target)

    @classmethod
    def further(cls):
        return [("glob on the source", globbed), ("several sources into a folder", several), ("-p keeps times", scp_times)]


class ScpOld(Scp):
    name = "scp -O"
    options = ("-O",)
    cannot = {key: why.replace("scp", "scp -O") for key, why in Scp.cannot.items()}


def globbed(client, stage):
    stage.reference.put(stage.small, stage.remote("g-one.txt"))
    stage.reference.put(stage.small, stage.remote("g-two.txt"))
    stage.reference.put(stage.small, stage.remote("other.bin"))
    folder = stage.local_folder("globbed")
    client.get(stage.remote("g-*.txt"), folder)
    require(f"got {sorted(os.listdir(folder))}", sorted(os.listdir(folder)) == ["g-one.txt", "g-two.txt"])


def several(client, stage):
    stage.reference.mkdir(stage.remote("several"))
    client.copy(stage.small, stage.other, client.there(stage.remote("several")))
    stage.same(stage.small, stage.remote("several/" + os.path.basename(stage.small)))
    stage.same(stage.other, stage.remote("several/" + os.path.basename(stage.other)))


def scp_times(client, stage):
    local, back = stage.copy_of(stage.small), stage.local("back")
    os.utime(local, (1_000_000_000, 1_234_567_890))
    client.copy("-p", local, client.there(stage.remote("kept")))
    client.copy("-p", client.there(stage.remote("kept")), back)
    require(f"modified {os.stat(back).st_mtime}", int(os.stat(back).st_mtime) == 1_234_567_890)
