"""A private OpenSSH server on loopback: the peer that ours is compared with. Needs root, for sshd changes to its user.

    with LocalUser(folder) as user, Sshd(folder, user, public_key) as sshd:      sshd.port, user.name, user.home
"""
import os
import secrets
import shutil
import signal
import socket
import subprocess
import time

CONFIG = """\
ListenAddress 127.0.0.1
Port {port}
HostKey {folder}/host_ed25519
HostKey {folder}/host_ecdsa
HostKey {folder}/host_rsa
AuthorizedKeysFile {folder}/authorized_keys
AllowUsers {user}
Subsystem sftp internal-sftp
PasswordAuthentication yes
KbdInteractiveAuthentication no
UsePAM no
UseDNS no
StrictModes no
PidFile none
MaxStartups 4000:1:4000
LogLevel ERROR
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def listens(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def wait_until_it_listens(process, port, what):
    for _ in range(200):
        if process.poll() is not None:
            break
        if listens(port):
            return
        time.sleep(0.05)
    raise RuntimeError(f"{what} did not start")


def make_key(path, kind="ed25519"):
    """A pair of keys without a passphrase: path and path.pub. Answers the path."""
    subprocess.run(["ssh-keygen", "-q", "-t", kind, "-N", "", "-C", "", "-f", path], check=True, stdin=subprocess.DEVNULL)
    return path


class LocalUser:
    """An account of this machine that exists for the length of its `with`."""

    def __init__(self, folder):
        self.name = f"bulkhead-{secrets.token_hex(4)}"
        self.password = "plain-otter-on-loopback"
        self.home = f"{folder}/home"

    def __enter__(self):
        os.mkdir(self.home)
        hashed = subprocess.run(["openssl", "passwd", "-6", "-stdin"], input=self.password, text=True, capture_output=True, check=True)
        subprocess.run(["useradd", "--home-dir", self.home, "--no-create-home", "--shell", "/bin/sh", "--password", hashed.stdout.strip(), self.name],
                       check=True, capture_output=True)
        shutil.chown(self.home, self.name, self.name)
        return self

    def __exit__(self, *_):
        subprocess.run(["userdel", "--force", self.name], check=False, capture_output=True)


class Sshd:
    """`folder` and all above it must be open to the user (0755). started_by: words before the command."""

    def __init__(self, folder, user, public_key, started_by=()):
        self.folder, self.port, self.started_by = folder, free_port(), started_by
        for kind in ("ed25519", "ecdsa", "rsa"):
            make_key(f"{folder}/host_{kind}", kind)
        shutil.copy(public_key, f"{folder}/authorized_keys")
        with open(f"{folder}/sshd_config", "w", encoding="ascii") as file:
            file.write(CONFIG.format(folder=folder, port=self.port, user=user.name))

    def __enter__(self):
        os.makedirs("/run/sshd", exist_ok=True)
        command = [*self.started_by, "/usr/sbin/sshd", "-D", "-e", "-f", f"{self.folder}/sshd_config"]
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
        try:
            wait_until_it_listens(self.process, self.port, "sshd")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(20)
