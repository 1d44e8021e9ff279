"""PuTTY's psftp and pscp."""
import os
import tempfile

from client import Client, derived


class Putty(Client):
    package = "putty-tools"

    def way_in(self):
        """Options of both programs; -batch: never ask, so an unknown host is refused."""
        words = ["-batch", "-noagent", "-P", str(self.access.port), "-l", self.access.user]
        for fingerprint in self.access.fingerprints:
            words += ["-hostkey", fingerprint]
        if self.access.key:
            key = derived(self.access.key, ".ppk", lambda to: self.shell.must(["puttygen", self.access.key, "-O", "private", "-o", to]))
            return [*words, "-i", key]
        path = os.path.join(self.shell.home, "putty-password")
        with open(path, "w", encoding="ascii") as file:
            file.write(self.access.password + "\n")
        return [*words, "-pwfile", path]


class Psftp(Putty):
    name = "psftp"

    def batch(self, *lines):
        with tempfile.NamedTemporaryFile("w", dir=self.shell.home, suffix=".psftp", encoding="utf-8") as script:
            script.write("\n".join(lines) + "\n")
            script.flush()
            return self.shell.must(["psftp", *self.way_in(), "-b", script.name, self.access.host])

    def get(self, remote, local):
        self.batch(f"get {named(remote)} {named(local)}")

    def put(self, local, remote):
        self.batch(f"put {named(local)} {named(remote)}")

    def resume_get(self, remote, local):
        self.batch(f"reget {named(remote)} {named(local)}")

    def resume_put(self, local, remote):
        self.batch(f"reput {named(local)} {named(remote)}")

    def get_tree(self, remote, local_parent):
        self.batch(f"get -r {named(remote)} {named(os.path.join(local_parent, os.path.basename(remote)))}")

    def put_tree(self, local, remote_parent):
        self.batch(f"put -r {named(local)} {named(remote_parent + '/' + os.path.basename(local))}")

    def rename(self, old, new):
        self.batch(f"mv {named(old)} {named(new)}")

    def mkdir(self, path):
        self.batch(f"mkdir {named(path)}")

    def rmdir(self, path):
        self.batch(f"rmdir {named(path)}")

    def rm(self, path):
        self.batch(f"del {named(path)}")

    def list(self, folder):
        return names_of(self.batch(f"ls {named(folder)}"))


class Pscp(Putty):
    name = "pscp"
    options = ("-sftp",)
    cannot = {"resume_get": "pscp has no resume", "resume_put": "pscp has no resume", "rename": "pscp only copies and lists",
              "mkdir_rmdir": "pscp only copies and lists", "rm": "pscp only copies and lists"}

    def copy(self, *words):
        return self.shell.must(["pscp", *self.options, *self.way_in(), *words])

    def there(self, path):
        return f"{self.access.host}:{path}"

    def get(self, remote, local):
        self.copy(self.there(remote), local)

    def put(self, local, remote):
        self.copy(local, self.there(remote))

    def get_tree(self, remote, local_parent):
        self.copy("-r", self.there(remote), local_parent)

    def put_tree(self, local, remote_parent):
        self.copy("-r", local, self.there(remote_parent))

    def list(self, folder):
        return names_of(self.copy("-ls", self.there(folder)))


class PscpOld(Pscp):
    name = "pscp -scp"
    options = ("-scp",)
    cannot = {**Pscp.cannot, "list": "over SCP it starts ls on the server, and no command but scp is run there"}

    def sign_on(self, home):
        self.get(f"{home}/fixture/small.bin", "/dev/null")


def named(path):
    """psftp doubles a quote inside quotes instead of escaping it."""
    return '"' + path.replace('"', '""') + '"'


def names_of(said):
    """Last words of long lines. Only for names without blanks."""
    lines = [line.split() for line in said.splitlines() if line[:1] in "-d" and len(line.split()) >= 9]
    return [words[-1] for words in lines if words[-1] not in (".", "..")]
