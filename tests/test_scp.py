"""The old scp protocol and the commands beside it: OpenSSH's `scp -O`, other clients where they are installed, and peers that lie."""
import hashlib
import os
import re
import shutil
import struct
import subprocess
import sys

from cryptography.hazmat.primitives import serialization

from support.exec_peer import Peer
from support.local_files import Files, read, tree
from support.server import PASSWORD, Server, check, equal, finish, section, server_is_well, skip
from support.ssh_raw import ATTRS, STAT, Client, Sftp, string

USER = "alice"
NAMES = ("plain.txt", "with blank.txt", "grüße.txt", "日本語.bin", "it's [1].txt")


def said(record):
    """What the process itself said of a log record."""
    return record["said"] if isinstance(record.get("said"), dict) else {}


# ---- clients

def options(server):
    return ["-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR", "-o", "IdentitiesOnly=yes", "-o", "BatchMode=yes",
            "-F", "none", "-i", server.key_file]


def scp(server, *words, timeout=60):
    return subprocess.run(["scp", "-O", *options(server), "-P", str(server.ssh_port), *words], capture_output=True, text=True, timeout=timeout, check=False)


def ssh(server, command, input=b""):
    return subprocess.run(["ssh", *options(server), "-p", str(server.ssh_port), f"{USER}@127.0.0.1", command], input=input, capture_output=True,
                          timeout=60, check=False)


def there(path):
    return f"{USER}@127.0.0.1:{path}"


def works(what, done):
    return check(what, done.returncode == 0, done.stderr)


# ---- with OpenSSH

def files_both_ways(server):
    """one file: each size, new names, over another, back again with -p"""
    files = server.files
    for size in (0, 1, 65_536, 9_000_001):
        local, back = files.make("sizes", f"{size}.bin", size=size), files.path(f"back-{size}")
        works(f"put {size} bytes", scp(server, local, there("size.bin")))
        works(f"get {size} bytes", scp(server, there("size.bin"), back))
        check(f"{size} bytes are the same", read(back) == read(local))
    local, back = files.make("times.bin"), files.path("times-back")
    os.utime(local, (1_000_000_000, 1_234_567_890))
    works("put -p", scp(server, "-p", local, there("times.bin")))
    works("get -p", scp(server, "-p", there("times.bin"), back))
    equal("the time of change is kept", int(os.stat(back).st_mtime), 1_234_567_890)


def trees_both_ways(server):
    """-r with odd names, into a folder that is there and into one that is not"""
    files = server.files
    for name in NAMES:
        files.make("tree", name)
        files.make("tree", "ünder", "deep", name)
    os.mkdir(files.path("tree", "empty"))
    works("put -r", scp(server, "-r", files.path("tree"), there("")))
    works("get -r", scp(server, "-r", there("tree"), files.path("tree-back")))
    equal("the tree came back", tree(files.path("tree-back")), tree(files.path("tree")))
    works("put -r under a new name", scp(server, "-r", files.path("tree"), there("renamed")))
    works("get -r of it", scp(server, "-r", there("renamed"), files.path("renamed-back")))
    equal("it came back too", tree(files.path("renamed-back")), tree(files.path("tree")))


def patterns(server):
    """the server finds what a shell would have found"""
    files = server.files
    for name in ("g1.txt", "g2.txt", "g3.bin", "sp ace.txt"):
        works(f"put {name}", scp(server, files.make("glob", name), there(f"'{name}'")))

    def got(*asked, flags=()):
        folder = files.path("globbed")
        shutil.rmtree(folder, ignore_errors=True)
        os.mkdir(folder)
        done = scp(server, *flags, *(there(word) for word in asked), folder)
        return done.returncode, sorted(os.listdir(folder))
    equal("g*.txt", got("g*.txt"), (0, ["g1.txt", "g2.txt"]))
    equal("g[!12].???", got("g[!12].???"), (0, ["g3.bin"]))
    # -T: without it the client compares the name with the word, and knows no quotes.
    equal("a quoted blank", got("'sp ace.txt'", flags=["-T"]), (0, ["sp ace.txt"]))
    equal("an escaped blank", got("sp\\ ace.txt"), (0, ["sp ace.txt"]))
    equal("a component between", got("t*e/ü*/deep/plain*"), (0, ["plain.txt"]))
    equal("nothing matches", got("none*"), (1, []))
    equal("one of two is there", got("g1.txt", "none.txt"), (1, ["g1.txt"]))


def refusals(server):
    """what an honest client is told"""
    files = server.files
    local = files.make("small.bin")
    done = scp(server, local, files.make("small2.bin"), there("no-such-folder"))
    check("two files to one name: refused", done.returncode != 0 and "no-such-folder" in done.stderr, done.stderr)
    done = scp(server, local, there("/no/such/folder/x"))
    check("into no folder: refused", done.returncode != 0 and "/no/such/folder" in done.stderr, done.stderr)
    done = scp(server, there("tree"), files.path("x"))
    check("a folder without -r: refused", "not a regular file" in done.stderr, done.stderr)


def commands(server):
    """hashes and space as rclone and people ask, and nothing else"""
    files = server.files
    local = files.make("hash me.bin", size=300_000)
    works("put", scp(server, local, there("'hash me.bin'")))
    for name in ("md5", "sha1", "sha256", "sha384", "sha512"):
        own = subprocess.run([f"{name}sum", "hash me.bin"], cwd=files.folder, capture_output=True, check=True).stdout
        equal(f"{name}sum prints what coreutils prints", ssh(server, f"{name}sum 'hash me.bin'").stdout, own)
        empty = subprocess.run([f"{name}sum"], input=b"", capture_output=True, check=True).stdout
        equal(f"{name}sum of nothing", ssh(server, f"{name}sum").stdout, empty)
    md5 = hashlib.md5(read(local)).hexdigest()
    for command, answer in (("md5 -r hash\\ me.bin", f"{md5} hash me.bin\n"), ("rclone md5sum './hash me.bin'", f"{md5}  hash me.bin\n"),
                            ("md5sum hash*.bin none", f"{md5}  hash me.bin\n"), ("md5 -r", f"{hashlib.md5().hexdigest()}\n")):
        equal(command, ssh(server, command).stdout.decode(), answer)
    equal("the shell is asked for", ssh(server, "echo ${ShellId}%ComSpec%").stdout, b"%ComSpec%\n")
    space = ssh(server, "df -k .").stdout.decode().splitlines()
    check("df -k", len(space) == 2 and len(space[1].split()) == 6 and int(space[1].split()[1]) > 0, space)
    for command in ("id", "sh -c id", "md5sum `id`", "md5sum 'hash me.bin'; id", "scp -t . && id", "scp -S /bin/sh -t .", "/usr/bin/scp -t .", "echo hello",
                    "cat 'hash me.bin'", "scp a b", "df -h", "rclone cat x"):
        before = len(server.log_lines())
        done = ssh(server, command)
        check(f"{command}: refused", done.returncode != 0 and done.stdout == b"", done.stdout)
        word = command.split(" ")[0]
        record = server.wait_for_log(lambda record: said(record).get("event") == "program_refused", before)
        check(f"{command}: in the log by its first word only", record is not None and said(record)["name"] == word and "hash me" not in str(record), record)


# ---- other clients

def putty(server):
    """pscp -scp"""
    if not shutil.which("pscp"):
        return skip("pscp", "not installed")
    files = server.files
    local, back = files.make("putty.bin", size=200_000), files.path("putty-back")

    def pscp(*words):
        command = ["pscp", "-scp", "-batch", "-P", str(server.ssh_port), "-pw", PASSWORD, "-hostkey", server.fingerprint, *words]
        return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, env={**os.environ, "HOME": files.folder, "LC_ALL": "C.UTF-8"})
    works("put", pscp(local, there("putty.bin")))
    works("get", pscp(there("putty.bin"), back))
    check("the same", os.path.exists(back) and read(back) == read(local))
    works("put -r", pscp("-r", files.path("sizes"), there("putty-sizes")))
    os.mkdir(files.path("putty-tree"))
    works("get -r", pscp("-r", there("putty-sizes"), files.path("putty-tree")))
    equal("the tree", tree(files.path("putty-tree", "putty-sizes")), tree(files.path("sizes")))


def dropbear(server):
    """OpenSSH's scp over dropbear's client"""
    if not shutil.which("dbclient") or not shutil.which("dropbearconvert"):
        return skip("dbclient", "not installed")
    files = server.files
    local, back, key = files.make("dropbear.bin", size=200_000), files.path("dropbear-back"), files.path("key.dropbear")
    subprocess.run(["dropbearconvert", "openssh", "dropbear", server.key_file, key], check=True, capture_output=True)
    script = files.path("dbclient")
    with open(script, "w", encoding="ascii") as file:
        # It does not know OpenSSH's options: user, host and command are the last words.
        file.write(f"""#!/bin/bash
while [ "$1" != -l ]; do shift; done
user=$2; shift 2; [ "$1" = -- ] && shift
exec dbclient -y -y -i {key} -p {server.ssh_port} -l "$user" "$@"
""")
    os.chmod(script, 0o755)

    def through(*words):
        return subprocess.run(["scp", "-O", "-F", "none", "-S", script, *words], capture_output=True, text=True, timeout=60, check=False,
                              env={**os.environ, "HOME": files.folder})
    works("put", through(local, there("dropbear.bin")))
    works("get", through(there("dropbear.bin"), back))
    check("the same", os.path.exists(back) and read(back) == read(local))


def rclone(server):
    """rclone finds its hash commands and compares with them"""
    if not shutil.which("rclone"):
        return skip("rclone", "not installed")
    obscured = subprocess.run(["rclone", "obscure", PASSWORD], capture_output=True, text=True, check=True).stdout.strip()
    remote = f":sftp,host=127.0.0.1,port={server.ssh_port},user={USER},pass={obscured}:checked"
    own = server.files.path("tree")
    base = ["rclone", "--config", server.files.path("rclone.conf"), "-vv"]
    works("rclone copy", subprocess.run([*base, "copy", own, remote], capture_output=True, text=True, timeout=60, check=False))
    done = subprocess.run([*base, "check", own, remote], capture_output=True, text=True, timeout=60, check=False)
    works("rclone check", done)
    check("rclone compared hashes", "md5sum" in done.stderr and "hashes could not be checked" not in done.stderr, done.stderr[-600:])


# ---- by hand

def by_sftp(server, ask):
    """What ask(Sftp) answers, over a connection of its own."""
    with Client(server.ssh_port).shake().start_auth() as client:
        client.sign_on(USER, server.key)
        sftp = Sftp(client)
        sftp.receive()
        return ask(sftp)


def size_of(server, path):
    """Of the file or draft at a path; None: nothing is there."""
    kind, answer = by_sftp(server, lambda sftp: sftp.ask(STAT, string(path)))
    return struct.unpack(">Q", answer.payload[answer.at + 4:answer.at + 12])[0] if kind == ATTRS else None


def published(server, path):
    """Whether a file can be read there: a draft cannot."""
    return isinstance(by_sftp(server, lambda sftp: sftp.open(path, 1)), bytes)


def hostile_lines(server):
    """lines that no client may send: a fatal answer, and nothing is stored"""
    for line in (b"C0644 1 ../x\n", b"C0644 1 /etc/x\n", b"C0644 1 a/b\n", b"C0644 1 .\n", b"C0644 1 ..\n", b"C0644 1 \n", b"D0755 0 ..\n", b"D0755 0 a/b\n",
                 b"C0644 -1 neg\n", b"C0644 9223372036854775808 huge\n", b"C0644 18446744073709551616 huge\n", b"C0644 1e3 huge\n", b"C644 1 x\n", b"\n",
                 b"E\n", b"hello\n", b"C" * 5000, b"T1 2\n", b"\0"):
        with Peer(server, "scp -r -t .") as peer:
            peer.send(line).end().read_to_end()
            check(f"{line[:30]!r}: ended with 1", peer.status == 1 and peer.out[:1] == b"\0", (peer.out, peer.status))
    for name in ("x", "neg", "huge", "../x"):
        equal(f"nothing is at {name}", size_of(server, name), None)


def hostile_names(server):
    """names that the path rules refuse are a complaint, and the next file comes"""
    with Peer(server, "scp -t .") as peer:
        for name in (b"a\x01b", b"\xff\xfe", b"x" * 256, "a\u202eb".encode()):
            before = len(peer.out) or 1
            peer.send(b"C0644 1 " + name + b"\n").read_until(lambda peer: peer.out.endswith(b"\n") and len(peer.out) > before)
        peer.send(b"C0644 1 fine\nx\0").end().read_to_end()
        equal("four complaints", peer.out.count(b"\1scp: "), 4)
        equal("the exit status says so", peer.status, 1)
    check("the good one is published", published(server, "fine"))


def no_content(server):
    """C without bytes, cut content, and bytes after the size: a draft at most"""
    with Peer(server, "scp -t cut0") as peer:
        peer.send(b"C0644 100 x\n").end().read_to_end()
        equal("C without bytes: exit status", peer.status, 1)
    with Peer(server, "scp -t cut50") as peer:
        peer.send(b"C0644 100 x\n" + bytes(50)).read(2)
    with Peer(server, "scp -t cut100") as peer:
        peer.send(b"C0644 100 x\n" + bytes(100)).end().read_to_end()
        equal("no word that it is right: exit status", peer.status, 1)
    with Peer(server, "scp -t more") as peer:
        peer.send(b"C0644 100 x\n" + bytes(100) + b"more than was said\n").end().read_to_end()
        check("more bytes than the size: fatal", b"\2scp: " in peer.out and peer.status == 1, peer.out)
    for name in ("cut0", "cut50", "cut100", "more"):
        check(f"{name} is not published", not published(server, name))
    equal("what came is a draft to go on with", size_of(server, "cut100"), 100)


def deep(server):
    """ten thousand folders in each other"""
    with Peer(server, "scp -r -t .") as peer:
        peer.send(b"D0755 0 d\n" * 10_000).end().read_to_end()
        made = len(peer.out) - len(peer.out.lstrip(b"\0"))
        check("no deeper than a path may be", 10 < made < 70, made)
        equal("exit status", peer.status, 1)


def silent(server):
    """a peer that never answers, or never reads, holds nobody up"""
    server.files.make("big.bin", size=9_000_000)
    scp(server, server.files.path("big.bin"), there("big.bin"))
    waiting = [Peer(server, "scp -f big.bin") for _ in range(3)]
    unread = Peer(server, "scp -f big.bin", window=1000).send(b"\0\0")
    unread.read(1000)
    flood = Peer(server, "scp -r -t .", window=1)
    flood.send(b"T1 0 1 0\n" * 100_000)
    works("another works meanwhile", scp(server, there("big.bin"), server.files.path("meanwhile")))
    equal("nothing was sent before the first answer", [peer.out for peer in waiting], [b""] * 3)
    waiting[0].end().read_to_end()
    equal("the end of its input ends it", waiting[0].status, 1)
    for peer in (*waiting, unread, flood):
        peer.close()


def lying_receiver(server):
    """answers that are none"""
    for answer in (b"\2no\n", b"what?\n", b"\n", b"x" * 10_000):
        with Peer(server, "scp -f big.bin") as peer:
            peer.send(answer).read_to_end()
            equal(f"{answer[:10]!r}: ended", (peer.status, peer.out), (1, b""))


TESTS = [files_both_ways, trees_both_ways, patterns, refusals, commands, putty, dropbear, rclone, hostile_lines, hostile_names, no_content, deep, silent, lying_receiver]


def prepare(server):
    """A user with a key and a folder of her own."""
    server.user = USER
    server.add_user(USER)
    server.files = Files(os.path.join(server.folder, "files"))
    server.key_file = server.files.path("key")
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", server.key_file], check=True, stdin=subprocess.DEVNULL)
    server.key = serialization.load_ssh_private_key(read(server.key_file), None)
    added = server.cli("user", "key", "add", USER, "-", input=read(server.key_file + ".pub").decode())
    if added.returncode != 0:
        raise RuntimeError(added.stderr)
    server.fingerprint = re.search(r"SHA256:\S+", server.cli("status").stdout).group()


def main():
    chosen = [test for test in TESTS if not sys.argv[1:] or test.__name__ in sys.argv[1:]]
    with Server({"sign_on": {"attempts": 1000}, "server": {"ready_gates": 8}}, ssh=True) as server:
        prepare(server)
        for test in chosen:
            section(test, server)
        section(server_is_well, server)
    finish()


if __name__ == "__main__":
    main()
