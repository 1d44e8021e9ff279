"""What every client is asked to do. Paths on the server are absolute; `Failed` when it did not happen."""
import dataclasses
import os
import subprocess

from shell import Failed


@dataclasses.dataclass(frozen=True)
class Access:
    """How a client comes in. Either key (path of an OpenSSH private key) or password is None.

    known_hosts: a file of OpenSSH's form; fingerprints: the same keys as SHA256:...; both empty: the host is unknown.
    """
    port: int
    user: str
    key: str | None
    password: str | None
    known_hosts: str
    fingerprints: tuple
    host: str = "127.0.0.1"


class Client:
    """One foreign program. `cannot`: the operations it does not have, each with the reason.

    get(remote, local), put(local, remote)            one file
    resume_get(remote, local), resume_put(local, remote)     goes on where a cut transfer ended
    get_tree(remote, local_parent), put_tree(local, remote_parent)    the folder appears below the parent with its name
    rename(old, new), mkdir(path), rmdir(path), rm(path), list(folder) -> names
    """
    name = ""
    package = ""
    cannot = {}

    def __init__(self, shell, access):
        self.shell, self.access = shell, access

    def sign_on(self, home):
        """The least that needs a session: fails if the server or the client refuses."""
        self.list(home)

    @classmethod
    def version(cls):
        asked = subprocess.run(["dpkg-query", "-W", "-f", "${Version}", cls.package], capture_output=True, text=True, check=False)
        return asked.stdout.strip() or "not packaged"

    @classmethod
    def further(cls):
        """Cases of this client alone: [(what, function(client, stage))]"""
        return []


def derived(path, suffix, make):
    """A file made from another, once: path + suffix."""
    target = path + suffix
    if not os.path.exists(target):
        make(target)
    return target


def require(what, ok):
    if not ok:
        raise Failed(what)
