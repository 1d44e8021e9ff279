"""The servers that the clients meet: ours, and OpenSSH's to see what a client does elsewhere."""
import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "support"))

import sshd  # noqa: E402
from sshd import free_port, listens, make_key  # noqa: E402

START_TIMEOUT_S = 30


class Peer:
    """A running server with one account, which has a key and a password. `home`: its folder, absolute.

    folder: of this suite, open to other users (0755). key: private key of the account; stranger: one that it does not have.
    """
    name = ""

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="bulkhead-interop-")
        os.chmod(self.folder, 0o755)
        self.key = make_key(f"{self.folder}/id")
        self.stranger = make_key(f"{self.folder}/stranger")
        self.closing = contextlib.ExitStack()
        self.closing.callback(shutil.rmtree, self.folder, ignore_errors=True)

    def __enter__(self):
        try:
            self.start()
            self.host_keys = self.scan()
        except BaseException:
            self.closing.close()
            raise
        return self

    def __exit__(self, *_):
        self.closing.close()

    def scan(self):
        """[(type, key in Base64)]: what the server shows. Loopback: nobody is in between."""
        asked = subprocess.run(["ssh-keyscan", "-p", str(self.port), "-t", "ed25519,ecdsa,rsa", "127.0.0.1"], capture_output=True, text=True,
                               timeout=60, check=False)
        keys = [tuple(line.split()[1:3]) for line in asked.stdout.splitlines() if not line.startswith("#")]
        if not keys:
            raise RuntimeError(f"no host key from {self.name}: {asked.stderr.strip()[-300:]}")
        # Ed25519 first: curl insists on the kind of the first line, and its libssh2 signs RSA with SHA-1 only.
        return sorted(keys, key=lambda pair: pair[0] != "ssh-ed25519")

    def fingerprints(self):
        lines = "".join(f"x {kind} {key}\n" for kind, key in self.host_keys)
        shown = subprocess.run(["ssh-keygen", "-l", "-f", "-"], input=lines, capture_output=True, text=True, check=True)
        return tuple(line.split()[1] for line in shown.stdout.splitlines())


class Ours(Peer):
    """BULKHEAD_BIN names the folder of the programs. `server`: of tests/support/server.py"""
    name = "Bulkhead"

    def start(self):
        from server import PASSWORD, Server  # only this peer needs the programs
        self.port = free_port()
        limits = {"limits": {"connections": 512, "connections_per_source": 512, "idle_timeout_s": 3600}, "sign_on": {"attempts": 1000}}
        self.server = self.closing.enter_context(Server(limits, arguments=["--ssh", f"127.0.0.1:{self.port}"]))
        self.user, self.password = "interop", PASSWORD
        self.home = f"/Home/{self.user}"
        self.server.add_user(self.user)
        added = self.server.cli("user", "key", "add", self.user, f"{self.key}.pub")
        if added.returncode != 0:
            raise RuntimeError(f"user key add: {added.stderr.strip()}")
        until = time.monotonic() + START_TIMEOUT_S
        while not listens(self.port):
            if time.monotonic() > until:
                raise RuntimeError("the server does not listen for SSH")
            time.sleep(0.05)


class OpenSsh(Peer):
    """Needs root: an account of this machine is made and removed again."""
    name = "OpenSSH"

    def start(self):
        account = self.closing.enter_context(sshd.LocalUser(self.folder))
        self.user, self.password, self.home = account.name, account.password, account.home
        self.port = self.closing.enter_context(sshd.Sshd(self.folder, account, f"{self.key}.pub")).port
