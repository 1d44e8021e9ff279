"""bulkhead import: accounts of SFTPGo and of a system, with their hashes, keys, rights and networks; what is said of the
rest; hostile dumps; and runs that are repeated or interrupted."""
import base64
import hashlib
import json
import os
import signal
import subprocess
import tempfile
import time
import warnings

from support.server import BIN, PASSWORD, Server, check, equal, finish, section, server_is_well

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import crypt

ARGON2ID = "$argon2id$v=19$m=65536,t=1,p=2$c29tZXNhbHQxMjM0NTY3OA$KbHdrC+0RIwCsySFITa34DWCyGppmPbwCGit+zxinxY"  # of PASSWORD
YESCRYPT_SALT = "$y$j9T$F5Jx5fExrKuPp53xLKQ..1"


def pbkdf2(kind, password, salt, rounds, in_base64=False):
    tag = base64.b64encode(hashlib.pbkdf2_hmac(kind, password.encode(), salt, rounds)).decode()
    shown = base64.b64encode(salt).decode() if in_base64 else salt.decode()
    return f"$pbkdf2-{'b64salt-' if in_base64 else ''}{kind}${rounds}${shown}${tag}"


HASHES = {
    "bcrypt": crypt.crypt(PASSWORD, "$2b$10$abcdefghijklmnopqrstuu"),
    "sha256": crypt.crypt(PASSWORD, "$5$saltsalt"),
    "sha512": crypt.crypt(PASSWORD, "$6$saltsalt"),
    "yescrypt": crypt.crypt(PASSWORD, YESCRYPT_SALT),
    "argon2id": ARGON2ID,
    "pbkdf2-256": pbkdf2("sha256", PASSWORD, b"E86a9YMX3zC7", 10000),
    "pbkdf2-512": pbkdf2("sha512", PASSWORD, b"E86a9YMX3zC7", 10000),
    "pbkdf2-b64": pbkdf2("sha256", PASSWORD, b"\x01\xff\x02salt", 10000, in_base64=True),
}
WEAK = {"md5": crypt.crypt(PASSWORD, "$1$saltsalt"), "bcrypt15": HASHES["bcrypt"].replace("$10$", "$15$"), "plain": "{MD5}5f4dcc3b5aa765d61d8327deb882cf99"}


def user(name, **fields):
    return {"username": name, "status": 1, "permissions": {"/": ["*"]}, "home_dir": f"/srv/sftpgo/data/{name}", **fields}


def write(folder, name, content):
    path = os.path.join(folder, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w" if isinstance(content, str) else "wb") as file:
        file.write(content)
    return path


def dump_of(folder, dump, name="dump.json"):
    return write(folder, name, json.dumps(dump))


SOURCES = iter(f"127.0.{i // 200 + 7}.{i % 200 + 1}" for i in range(10_000))


def signs_on(server, name, password=PASSWORD):
    """The status of a sign-on, each from another address: limits count by address."""
    return server.sign_on(name, password, source=next(SOURCES)).status


def make_key(folder, name):
    path = os.path.join(folder, name)
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", path], check=True, stdin=subprocess.DEVNULL)
    with open(path + ".pub") as file:
        return path, file.read().strip()


def sftp(server, folder, name, commands, key=None, password=None):
    """OpenSSH's sftp in batch mode; answers the finished process."""
    asker = write(folder, "askpass", f"#!/bin/sh\necho '{password}'\n")
    os.chmod(asker, 0o700)
    options = ["-oStrictHostKeyChecking=no", "-oUserKnownHostsFile=/dev/null", "-oLogLevel=ERROR", f"-P{server.ssh_port}"]
    options += ["-oPreferredAuthentications=publickey", f"-oIdentityFile={key}", "-oIdentitiesOnly=yes"] if key else [
        "-oPreferredAuthentications=password", "-oPubkeyAuthentication=no", "-oNumberOfPasswordPrompts=1"]
    return subprocess.run(["sftp", *options, f"{name}@127.0.0.1"], input="\n".join(commands) + "\n", capture_output=True, text=True,
                          timeout=60, env={**os.environ, "SSH_ASKPASS": asker, "SSH_ASKPASS_REQUIRE": "force"})


def everything(server, folder):
    """a dump with every kind of hash: dry run, import, sign-on by REST and SFTP, second run"""
    key, public = make_key(folder, "partner_key")
    dump = {
        "version": 17,
        "groups": [{"name": "Partners", "description": "from afar", "user_settings": {"quota_size": 1}}],
        "folders": [{"name": "common", "mapped_path": "/srv/common"}],
        "admins": [{"username": "root"}], "api_keys": [{"id": "k"}], "shares": [], "event_rules": [{"name": "r"}],
        "users": [
            *(user(name, password=text) for name, text in HASHES.items()),
            *(user(name, password=text) for name, text in WEAK.items()),
            user("partner", public_keys=[public, "not a key"], password=HASHES["sha512"], quota_size=1000, email="p@example.com",
                 groups=[{"name": "Partners", "type": 3}], virtual_folders=[{"name": "common", "virtual_path": "/common"}],
                 permissions={"/": ["list"], "/in": ["list", "upload", "overwrite"], "/out": ["list", "download", "chmod"]},
                 filters={"totp_config": {"enabled": True, "secret": {"status": "Secretbox", "payload": "SECRETWORD"}},
                          "max_upload_file_size": 5}),
            user("inside", password=HASHES["sha256"], filters={"allowed_ip": ["10.0.0.0/8"], "denied_ip": ["10.1.0.0/16"]}),
            user("outside", password=HASHES["sha256"], filters={"denied_ip": ["10.0.0.0/8"]}),
            user("off", password=HASHES["sha256"], status=0),
            user("ended", password=HASHES["sha256"], expiration_date=1_600_000_000_000),
            user("short", password=crypt.crypt("abc", "$6$saltsalt")),
            user("keyonly", password=HASHES["sha256"], public_keys=[public], filters={"denied_login_methods": ["password"]}),
            user("Bcrypt", password=HASHES["sha256"]), user("../etc"), user("admin", public_keys=[public], password=HASHES["sha256"]),
        ],
    }
    path = dump_of(folder, dump)
    dry = subprocess.run([f"{BIN}/bulkhead", "import", "sftpgo", path, "--dry-run", "--data", "/nowhere"], capture_output=True, text=True, timeout=60)
    equal("a dry run needs no server", dry.returncode, 0)
    for said in ("md5crypt is too weak", "bcrypt with a cost above 14", "a plain MD5", "second factor", "largest size of a file", "virtual folder /common",
                 "permission chmod", "administrators", "API keys", "rules of events", "what it sets for its members", "Files are not moved", "/srv/sftpgo/data/partner",
                 "disabled, and imported as such", "signing on with it alone was denied, or over SSH", "the name is there twice", "this is no user name", "Nothing was changed", "common at /srv/common"):
        check(f"the report says: {said}", said in dry.stdout, dry.stdout)
    check("and shows no secret", "SECRETWORD" not in dry.stdout and HASHES["sha512"] not in dry.stdout)
    check("the dry run changed nothing", "partner" not in server.cli("user", "list").stdout)

    done = server.cli("import", "sftpgo", path)
    check("the import reports first, and then what it did", done.stdout.startswith(dry.stdout[:200]) and "Imported 18 accounts" in done.stdout, done)
    check("whoever is not in is said, and the run fails", done.returncode == 1 and "3 accounts were not imported" in done.stderr and "taken by an account" in done.stdout, done)
    equal("the administrator's password is still his", signs_on(server, "admin"), 200)
    check("and no key of the dump is his", sftp(server, folder, "admin", ["pwd"], key=key).returncode != 0)

    for name in HASHES:
        equal(f"{name}: a wrong password is refused", signs_on(server, name, PASSWORD + "x"), 400)
        equal(f"{name}: the right one signs on", signs_on(server, name), 200)
        equal(f"{name}: and again, now as one of ours", signs_on(server, name), 200)
    for name in (*WEAK, "off", "ended", "keyonly", "inside"):
        equal(f"{name}: no password signs on", signs_on(server, name), 400)
    equal("who is denied elsewhere signs on here", signs_on(server, "outside"), 200)
    signed = sftp(server, folder, "keyonly", ["pwd"], key=key)
    check("who may sign on with a key does", signed.returncode == 0, signed)
    equal("a short password signs on once", signs_on(server, "short", "abc"), 200)
    check("and must then be changed", signs_on(server, "short", "abc") != 200)
    rights_of_partner(server, folder, key)

    before = server.cli("user", "list").stdout
    again = server.cli("import", "sftpgo", path)
    check("a second run says that all is there", "Imported 0 accounts; already there 18; name taken 1" in again.stdout, again)
    equal("and changes nothing", server.cli("user", "list").stdout, before)


def rights_of_partner(server, folder, key):
    local = write(folder, "file.txt", "content")
    put = sftp(server, folder, "partner", ["pwd", f"put {local} in/a.txt", f"put {local} in/a.txt", "ls -1 in"], password=PASSWORD)
    check("a password signs on by SFTP, and uploads and replaces where it may", put.returncode == 0 and "/Home/partner" in put.stdout and "in/a.txt" in put.stdout and "denied" not in put.stderr, put)
    for what, command in (("does not download there", "get in/a.txt " + folder), ("does not upload beside it", f"put {local} b.txt"),
                          ("does not upload where it downloads", f"put {local} out/b.txt"), ("does not delete", "rm in/a.txt"), ("makes no folders", "mkdir in/c")):
        refused = sftp(server, folder, "partner", ["-pwd", command], key=key)
        check(f"it {what}", any(word in refused.stderr for word in ("ermission denied", "denied", "Failure", "No such")), refused)
    partner = server.client("partner")
    big = partner.upload(partner.folder("/Home/partner/in"), "big.bin", b"x" * 1001)
    check("over the quota is refused", big.status >= 400, big)
    names = [group["name"] for group in partner.get("/api/v1/groups").json()["items"]]
    equal("it is in its group", names, ["Partners"])


def system_users(server, folder):
    """a tree with etc/passwd, etc/shadow and authorized_keys"""
    root = os.path.join(folder, "root")
    key, public = make_key(folder, "system_key")
    write(root, "etc/passwd", "root:x:0:0::/root:/bin/bash\nsystem1:x:1000:1000:Sys One,,,:/home/system1:/bin/bash\n"
          "system2:x:1001:1001::/home/system2:/usr/sbin/nologin\nlinked:x:1002:1002::/home/linked:/bin/sh\n"
          "locked:x:1003:1003::/home/locked:/bin/sh\nnobody:x:65534:65534::/:/bin/false\ndaemon:x:2:2::/:/bin/false\nbad line\n")
    write(root, "etc/shadow", f"root:{HASHES['sha512']}:19000:0:99999:7:::\nsystem1:{HASHES['yescrypt']}:19000:0:99999:7:::\n"
          f"system2:*:19000:0:99999:7:::\nlinked:!:19000:0:99999:7:::\nlocked:!{HASHES['sha512']}:19000:0:99999:7::1:\n")
    write(root, "home/system2/.ssh/authorized_keys", f"# mine\nno-pty,restrict {public}\nfrom=\"10.0.0.1\" {public}\n{public} again\n")
    os.makedirs(os.path.join(root, "home/linked/.ssh"))
    os.symlink("/etc/passwd", os.path.join(root, "home/linked/.ssh/authorized_keys"))
    os.makedirs(os.path.join(root, "home/locked/.ssh"))
    os.mkfifo(os.path.join(root, "home/locked/.ssh/authorized_keys"))
    done = server.cli("import", "passwd", "--root", root)
    check("all users above the uid are in", done.returncode == 0 and "Imported 4 accounts" in done.stdout, done)
    for said in ("it has options that limit it", "password: it is locked", "authorized_keys cannot be read", "groups of the system"):
        check(f"the report says: {said}", said in done.stdout, done.stdout)
    check("a link is followed below the root only, and no content is shown", "root:x:0:0" not in done.stdout + done.stderr, done)
    equal("a password of the system signs on", signs_on(server, "system1"), 200)
    signed = sftp(server, folder, "system2", ["pwd"], key=key)
    check("a key of the system signs on", signed.returncode == 0 and "/Home/system2" in signed.stdout, signed)
    equal("a locked one does not", signs_on(server, "locked"), 400)
    again = server.cli("import", "passwd", "--root", root, "--names", "system1,nosuch")
    check("names choose, and one that is not there is said", again.returncode == 1 and "already there 1" in again.stdout and "nosuch" in again.stdout, again)


def hostile(server, folder):
    """dumps that lie: clear messages, nothing imported, nobody harmed"""
    before = server.cli("user", "list").stdout

    def refused(what, content, told):
        done = server.cli("import", "sftpgo", write(folder, "hostile.json", content))
        check(f"{what}: {told}", done.returncode == 1 and told in done.stdout + done.stderr and (not done.stdout or "Imported 0 accounts" in done.stdout),
              (done.returncode, done.stdout[-600:], done.stderr[-600:]))

    refused("no JSON", "hello", "not valid JSON at byte")
    refused("another object", '{"a": 1}', "is no dump of SFTPGo")
    refused("nothing", "", "not valid JSON")
    refused("deep nesting", '{"users": ' + "[" * 100_000 + "]" * 100_000 + "}", "nested too deeply")
    refused("users as text", '{"users": "alice"}', "users is no list")
    refused("users that are no objects", '{"users": [1, null, "x", []]}', "is no object")
    refused("a key twice", '{"users": [{"username": "u", "username": "v"}]}', "a name stands twice")
    refused("a string of 32 MiB", json.dumps({"users": [user("x" * (32 << 20))]}), "this is no user name")
    refused("too much of it", json.dumps({"users": [user("x" * (64 << 20))]}), "is larger than 128 MiB")
    refused("NUL in a name", '{"users": [{"username": "a\\u0000b"}]}', "NUL")
    escaped = server.cli("import", "sftpgo", dump_of(folder, {"users": [user("a\x1b[2Jb"), user("\u202eevil")]}, "hostile.json"))
    check("control characters do not reach the terminal", "\x1b" not in escaped.stdout and "\u202e" not in escaped.stdout and "\\x1b[2J" in escaped.stdout, escaped)
    wrong = [{"username": 5}, {"username": ["x"]}, user("w1", permissions=["*"]), user("w2", permissions={"/": "*"}), user("w3", permissions={}),
             user("w4", permissions={"/": ["*"], "/../../x": ["*"]}), user("w5", filters={"allowed_ip": "10.0.0.1"}), user("w6", filters={"allowed_ip": ["all"]}),
             user("w7", filters={"denied_ip": [7]}), user("w8", status="yes"), user("w9", quota_size=1 << 60), user("w10", expiration_date=-5)]
    refused("wrong types", json.dumps({"users": wrong}), f"{len(wrong)} accounts were not imported")
    check("no account came of all this", server.cli("user", "list").stdout == before, server.cli("user", "list").stdout)
    odd = server.cli("import", "sftpgo", dump_of(folder, {"users": [user("odd", password=5, public_keys="k", groups=[1, {"name": "../g"}], email="no address", description="a\x01")],
                                                          "groups": [{"name": "../g"}, {"name": 5}]}, "hostile.json"))
    check("what only an account loses does not keep it out", odd.returncode == 0 and "Imported 1 accounts" in odd.stdout, odd)
    missing = server.cli("import", "sftpgo", os.path.join(folder, "none.json"))
    check("a file that is not there", missing.returncode == 1 and "No such file" in missing.stderr, missing)
    there = server.cli("import", "sftpgo", dump_of(folder, {"users": [user("other-org")]}), "--organisation", "4242")
    check("an organisation that is not there", there.returncode == 1 and "there is no such organisation" in there.stdout, there)


def listed(server):
    return [line for line in server.cli("user", "list").stdout.splitlines() if line.startswith("many")]


def interrupted(server, folder):
    """killed in the middle and run again: all are in, once, with their rights"""
    names = [f"many{i}" for i in range(400)]
    path = dump_of(folder, {"users": [user(name, permissions={"/": ["list"], "/in": ["upload"]}) for name in names]})
    process = subprocess.Popen([f"{BIN}/bulkhead", "import", "sftpgo", path, "--data", server.data], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while process.poll() is None and not listed(server):
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    half = len(listed(server))
    check("it was interrupted in the middle", 0 < half < len(names), half)
    begun = time.monotonic()
    again = server.cli("import", "sftpgo", path)
    print(f"  {len(names) - half} accounts in {time.monotonic() - begun:.1f} s")
    check("the second run goes on", again.returncode == 0 and "already there" in again.stdout, again)
    equal("all are there once and active", sum(" active " in line for line in listed(server)), len(names))


def main():
    with Server(ssh=True) as server, tempfile.TemporaryDirectory(prefix="bulkhead-import-") as folder:
        for test in (everything, system_users, hostile, interrupted):
            section(test, server, folder)
        section(server_is_well, server)
    finish()


if __name__ == "__main__":
    main()
