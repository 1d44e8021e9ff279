"""SSH: the clients that are everywhere, against a real server. All of them, and larger things: tests/interop/run."""
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "support"), os.path.join(HERE, "interop")]

from cases import CASES  # noqa: E402
from libraries import PYTHON, Paramiko  # noqa: E402
from openssh import Scp, ScpOld, Sftp  # noqa: E402
from peers import Ours  # noqa: E402
from server import check, equal, finish, section, server_is_well, skip  # noqa: E402
from shell import Failed  # noqa: E402
from stage import Stage  # noqa: E402
from transferrers import Curl  # noqa: E402

# For those that are not OpenSSH's sftp, which goes through everything: what is different from client to client.
CHOSEN = {"get", "put", "get cut and resumed", "put cut and resumed", "tree with Unicode names, get", "tree with Unicode names, put", "rename",
          "password", "wrong password refused", "wrong key refused", "unknown host key refused by the client"}


class Sizes:
    """As of stage.py, for a minute."""
    entries, big, timeout_s = 500, 40 << 20, 60


def attempt(stage, client, case, function):
    try:
        stage.begin()
        function(client, stage)
        check(f"{client.name}: {case}", True)
    except Failed as why:
        check(f"{client.name}: {case}", False, why)
    finally:
        stage.finish()


def everything(kind, stage):
    client = kind(stage.shell, stage.access)
    for case, needs, function in (*CASES, *((case, "", function) for case, function in kind.further())):
        if needs not in kind.cannot:
            attempt(stage, client, case, function)


def openssh_sftp(stage):
    """OpenSSH's sftp, every case"""
    everything(Sftp, stage)


def openssh_scp(stage):
    """scp, over SFTP and with -O over its own protocol"""
    some(Scp, stage)
    some(ScpOld, stage)
    for case, function in ScpOld.further():
        attempt(stage, ScpOld(stage.shell, stage.access), case, function)


def curl(stage):
    """curl, where it was built with libssh2"""
    if "sftp" not in subprocess.run(["curl", "--version"], capture_output=True, text=True, check=True).stdout:
        return skip("curl", "this curl has no SFTP")
    some(Curl, stage)


def paramiko(stage):
    """paramiko, where it is installed"""
    if subprocess.run([PYTHON, "-W", "ignore", "-c", "import paramiko"], capture_output=True, check=False).returncode != 0:
        return skip("paramiko", "not installed")
    some(Paramiko, stage)


def some(kind, stage):
    for case, needs, function in CASES:
        if case in CHOSEN and needs not in kind.cannot:
            attempt(stage, kind(stage.shell, stage.access), case, function)


def one_store(stage):
    """what comes in by SFTP is there by REST, and the other way round"""
    stage.begin()
    user = stage.peer.server.client(stage.peer.user)
    stage.reference.put(stage.other, stage.remote("by-sftp.bin"))
    folder = user.folder(stage.remote())
    files = user.get(f"/api/v1/folders/{folder}/files").json()["items"]
    equal("the listing by REST", [file["name"] for file in files], ["by-sftp.bin"])
    with open(stage.other, "rb") as file:
        content = file.read()
    check("the download by REST has the content", user.download(files[0]["id"]).body == content)
    equal("an upload by REST", user.upload(folder, "by-rest.bin", content).status, 201)
    stage.same(stage.other, stage.remote("by-rest.bin"))
    check("the download by SFTP has the content", True)


def fingerprints_are_told(stage):
    """the administrator sees the fingerprints that clients see"""
    status = stage.peer.server.cli("status").stdout
    for fingerprint in stage.access.fingerprints:
        check(f"{fingerprint} in status", fingerprint in status, status)
    equal("kinds of host keys", sorted(kind for kind, _ in stage.peer.host_keys), ["ecdsa-sha2-nistp256", "ssh-ed25519", "ssh-rsa"])


def main():
    tests = (openssh_sftp, openssh_scp, curl, paramiko, one_store, fingerprints_are_told)
    with Ours() as peer:
        stage = Stage(peer, Sizes())
        stage.store_files()
        for test in tests:
            if not sys.argv[1:] or test.__name__ in sys.argv[1:]:
                section(test, stage)
        section(server_is_well, peer.server)
    finish()


if __name__ == "__main__":
    main()
