"""The SSH servers that are compared. Each has one account with an Ed25519 key; `home` is its folder there."""
import contextlib
import os
import pwd
import shutil
import subprocess
import sys
import time

from measure import Failed
from peers import Bulkhead, Server, run

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "tests", "support"))

import sshd  # noqa: E402

REAPER = [sys.executable, "-B", f"{os.path.dirname(os.path.abspath(__file__))}/reaper.py"]

PROFTPD_CONFIG = """\
LoadModule mod_sftp.c
ServerType standalone
ServerName bench
DefaultAddress 127.0.0.1
SocketBindTight on
UseIPv6 off
UseReverseDNS off
Port {port}
PidFile {folder}/pid
ScoreboardFile {folder}/scoreboard
DelayEngine off
SystemLog none
TransferLog none
WtmpLog off
MaxInstances 4000
User {user}
Group {group}
AuthOrder mod_auth_file.c
AuthUserFile {folder}/passwd
AuthGroupFile {folder}/group
RequireValidShell off
AllowOverwrite on
AllowStoreRestart on
AllowRetrieveRestart on
TimeoutIdle 36000
TimeoutNoTransfer 36000
TimeoutStalled 36000
SFTPEngine on
SFTPHostKey {folder}/host_ed25519
SFTPHostKey {folder}/host_rsa
SFTPAuthMethods publickey
SFTPAuthorizedUserKeys file:{folder}/keys
"""


class SshServer(Server):
    """user, home, port; key: the private key that its user signs on with."""
    ciphers = ("aes256-gcm@openssh.com", "chacha20-poly1305@openssh.com")
    always_durable = False

    def launch(self, command, **more):
        super().launch([*REAPER, *command], **more)

    def known_hosts(self):
        return f"{self.folder}/known_hosts"

    def learn_host(self):
        """Waits until the server answers, and takes the key that it shows."""
        command = ["ssh-keyscan", "-t", "ed25519", "-p", str(self.port), "127.0.0.1"]
        end = time.monotonic() + 30
        while time.monotonic() < end and self.process.poll() is None:
            asked = subprocess.run(command, capture_output=True, text=True, check=False)
            if asked.stdout:
                with open(self.known_hosts(), "w", encoding="ascii") as file:
                    file.write(asked.stdout)
                return
            time.sleep(0.05)
        raise Failed(f"{self.name} does not answer over SSH")

    def options(self):
        """For ssh and sftp: nothing of this machine's configuration, no agent, the usual key exchange."""
        chosen = {"UserKnownHostsFile": self.known_hosts(), "GlobalKnownHostsFile": "/dev/null",
                  "StrictHostKeyChecking": "yes", "IdentityAgent": "none", "IdentitiesOnly": "yes",
                  "IdentityFile": self.key, "PreferredAuthentications": "publickey", "BatchMode": "yes",
                  "HostKeyAlgorithms": "ssh-ed25519"}
        return ["-F", "none", *(word for name, value in chosen.items() for word in ("-o", f"{name}={value}"))]

    @property
    def target(self):
        return f"{self.user}@127.0.0.1"


class WithLocalUser(SshServer):
    """A server that changes to a user of this machine, as all but ours do."""

    def __init__(self, folder, key):
        super().__init__(folder)
        self.key, self.closing = key, contextlib.ExitStack()

    def make_user(self):
        if os.geteuid() != 0:
            raise Failed("the part ssh needs root: sshd and ProFTPD change to a user that is made for them")
        account = self.closing.enter_context(sshd.LocalUser(self.folder))
        self.user, self.home = account.name, account.home
        return account

    def __exit__(self, *_):
        super().__exit__()
        self.closing.close()


class Sshd(WithLocalUser):
    """OpenSSH's, with internal-sftp."""
    name = "sshd"

    def start(self):
        server = sshd.Sshd(self.folder, self.make_user(), f"{self.key}.pub", started_by=REAPER)
        self.closing.enter_context(server)
        self.process, self.port = server.process, server.port
        self.learn_host()


class ProFtpd(WithLocalUser):
    """With mod_sftp; version 1.3.8 has no chacha20."""
    name = "proftpd"
    ciphers = ("aes256-gcm@openssh.com",)

    def start(self):
        self.make_user()
        for kind in ("ed25519", "rsa"):
            sshd.make_key(f"{self.folder}/host_{kind}", kind)
        entry = pwd.getpwnam(self.user)
        self.write("passwd", f"{self.user}:x:{entry.pw_uid}:{entry.pw_gid}::{self.home}:/bin/sh\n")
        self.write("group", f"{self.user}:x:{entry.pw_gid}:\n")
        self.write("keys", run(["ssh-keygen", "-e", "-m", "RFC4716", "-f", f"{self.key}.pub"]))
        config = PROFTPD_CONFIG.format(folder=self.folder, port=self.port, user=self.user, group=self.user)
        self.write("proftpd.conf", config)
        with open(f"{self.folder}/output", "wb") as output:
            self.launch(["proftpd", "-n", "-c", f"{self.folder}/proftpd.conf"], stdout=output, stderr=output)
        self.learn_host()

    def write(self, name, text):
        path = f"{self.folder}/{name}"
        with open(path, "w", encoding="ascii") as file:
            file.write(text)
        os.chmod(path, 0o640)
        shutil.chown(path, "root", self.user)


class OurSsh(Bulkhead, SshServer):
    """With limits that let the benchmark in: so many sessions of one address and so many files of one user."""
    ciphers = SshServer.ciphers
    always_durable = True
    LIMITS = {"limits": "connections = 4000\nconnections_per_source = 4000\nidle_timeout_s = 3600\n",
              "ssh": "ssh_idle_timeout_s = 36000\n",
              "budget_principal": "releases = [0, 0, 0, 0]\nmebibytes = [0, 0, 0, 0]\n"}

    def __init__(self, folder, programs, key):
        super().__init__(folder, programs)
        self.key, self.home = key, f"/Home/{self.user}"

    def start(self):
        self.ssh_port = sshd.free_port()
        super().start()
        run([self.program, "user", "key", "add", self.user, f"{self.key}.pub", "--data", self.data])
        self.port = self.ssh_port
        self.learn_host()

    def serve_options(self):
        self.allow_much()
        return ["--ssh", f"127.0.0.1:{self.ssh_port}"]

    def allow_much(self):
        path = f"{self.data}/bulkhead.toml"
        with open(path, encoding="utf-8") as file:
            text = file.read()
        for section, lines in self.LIMITS.items():
            text = text.replace(f"[{section}]\n", f"[{section}]\n{lines}", 1)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
