"""The command line: making, starting, administering, and what it says when something is wrong."""
import hashlib
import os
import re
import shutil
import signal
import socket
import stat
import subprocess
import tempfile
import time

from support.server import BIN, PASSWORD, ROOT, Client, Server, check, equal, finish, section, server_is_well, skip

PROCESSES = {"chronicle", "gate_http", "hasher", "keeper", "porter", "signet", "vault", "warden"}


def bulkhead(*arguments, input=None, timeout=60, environment=None):
    return subprocess.run([f"{BIN}/bulkhead", *arguments], input=input, capture_output=True, text=True, timeout=timeout, env=environment)


def refused(what, done, *told):
    """It fails, on standard error, with the reason and what to do."""
    check(f"{what}: fails and says {' | '.join(told)}", done.returncode not in (0, None) and done.returncode > 0 and done.stdout == "" and done.stderr.startswith("bulkhead: ")
          and all(text in done.stderr for text in told) and done.stderr.count("\n") == 1, (done.returncode, done.stdout, done.stderr))


def tree(folder):
    """Everything below: names, modes, contents."""
    found = {}
    for path, _, files in os.walk(folder):
        found[path] = os.stat(path).st_mode
        for name in files:
            whole = os.path.join(path, name)
            if stat.S_ISSOCK(os.stat(whole).st_mode):
                continue
            with open(whole, "rb") as file:
                found[whole] = (os.stat(whole).st_mode, hashlib.sha256(file.read()).hexdigest())
    return found


def without_a_server(scratch):
    """init, wrong directories, wrong files, wrong options"""
    data = os.path.join(scratch, "data")
    made = bulkhead("init", "--data", data)
    check("init prints directory, administrator and a one-time password", made.returncode == 0 and f"Data directory: {data}" in made.stdout and "Administrator: admin" in made.stdout
          and re.search(r"One-time password: \S{16,}", made.stdout), made)
    modes = {name: oct(os.stat(os.path.join(data, name)).st_mode & 0o777) for name in ("signet", "vault", "warden", "keeper", "chronicle", "run")}
    equal("the directories of the processes are closed to others", set(modes.values()), {"0o700"})
    open_files = [path for path, entry in tree(data).items() if isinstance(entry, tuple) and entry[0] & 0o007]
    check("no file is readable by others but the certificate", all(path.endswith((".crt", ".pub", "checkpoint")) or "/ledger" in path for path in open_files), open_files)
    before = tree(data)
    refused("init in a directory with something in it", bulkhead("init", "--data", data), "is not empty", "nothing was changed", "new directory")
    equal("and nothing was changed", tree(data), before)
    other = os.path.join(scratch, "other")
    os.mkdir(other)
    with open(os.path.join(other, "mine.txt"), "w") as file:
        file.write("mine")
    before = tree(other)
    refused("init in somebody's directory", bulkhead("init", "--data", other), "is not empty")
    equal("it is as it was", tree(other), before)
    fresh = os.path.join(scratch, "fresh")
    refused("init with a user name that none may have", bulkhead("init", "--data", fresh, "--admin", "a b"), "user name: only")
    check("and no half of a data directory is left", not os.path.exists(fresh))
    equal("init in an empty directory, with another name", (os.mkdir(fresh), "Administrator: root.one" in bulkhead("init", "--data", fresh, "--admin", "root.one").stdout)[1], True)
    missing = os.path.join(scratch, "missing")
    make_one = f"bulkhead init --data {missing}"
    refused("serve without a data directory", bulkhead("serve", "--data", missing), make_one)
    refused("serve in a directory that is none", bulkhead("serve", "--data", other), "is no data directory", "bulkhead init --data")
    for command in (["status"], ["user", "list"], ["user", "add", "x"], ["ledger", "show"], ["ledger", "verify"]):
        refused(f"{' '.join(command)} without a data directory", bulkhead(*command, "--data", missing), make_one)
    for command in (["status"], ["user", "list"], ["user", "disable", "admin"]):
        refused(f"{' '.join(command)} without a server", bulkhead(*command, "--data", data), "no server runs on", f"bulkhead serve --data {data}")
    equal("ledger verify needs no server", bulkhead("ledger", "verify", "--data", data).returncode, 0)
    for address in ("bad", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1", "127.0.0.1:x", ":8443", "::1:8443", "256.0.0.1:1", "localhost:1", "[::1:1"):
        done = bulkhead("serve", "--data", data, "--https", address)
        check(f"--https {address}: fails and says what it must be", done.returncode > 0 and address in done.stderr and ("ADDRESS:PORT" in done.stderr or "--https" in done.stderr), done)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        refused("a port that is taken", bulkhead("serve", "--data", data, "--https", f"127.0.0.1:{taken.getsockname()[1]}"), "Address already in use", "--https")
    config = os.path.join(data, "bulkhead.toml")
    with open(config) as file:
        good = file.read()
    lines = good.count("\n")
    for what, text, told in (("an unknown section", good + "\n[nonsense]\nx = 1\n", f"bulkhead.toml:{lines + 2}:"), ("an unknown key", good.replace("[limits]\n", "[limits]\nconnektions = 5\n"), "connektions"),
                             ("a value of the wrong type", good.replace("[limits]\n", '[limits]\nconnections = "many"\n'), "whole number from 1 to 4000"), ("a value out of range", good.replace("[limits]\n", "[limits]\nconnections = 0\n"), "whole number from 1 to 4000"),
                             ("a wrong address", good.replace("[https]\n", '[https]\nlisten = "here"\n'), "127.0.0.1:8443"), ("broken TOML", good + "\nx = = 1\n", f"bulkhead.toml:{lines + 2}:"), ("a key twice", good.replace("[limits]\n", "[limits]\nconnections = 5\nconnections = 6\n"), "bulkhead.toml:"),
                             ("no ledger origin", re.sub(r"(?m)^origin.*$", "", good), "put it back")):
        with open(config, "w") as file:
            file.write(text)
        done = bulkhead("serve", "--data", data)
        line = re.search(r"bulkhead\.toml:(\d+):(\d+): ", done.stderr)
        refused(f"bulkhead.toml with {what}", done, told)
        if what == "an unknown key" and check("it names line and column", line, done.stderr):
            equal("and that is the line", text.splitlines()[int(line.group(1)) - 1][int(line.group(2)) - 1:].split(" ")[0], "connektions")
    with open(config, "w") as file:
        file.write(good)
    for arguments in ([], ["nonsense"], ["user"], ["user", "add"], ["serve", "--nonsense"], ["ledger"], ["ledger", "show", "--from", "x"]):
        done = bulkhead(*arguments)
        check(f"bulkhead {' '.join(arguments)}: fails and points to --help", done.returncode > 0 and "--help" in done.stderr, done)
    helped = bulkhead("--help")
    check("--help names every command and how to start", helped.returncode == 0 and all(word in helped.stdout for word in ("init", "serve", "status", "user", "ledger", "bulkhead init --data DIR")), helped.stdout)
    check("--version", re.fullmatch(r"bulkhead \d+\.\d+\.\d+\n", bulkhead("--version").stdout))


def second_server(server):
    """another server on the same directory"""
    done = bulkhead("serve", "--data", server.data, "--https", "127.0.0.1:0")
    refused("a second server on the same directory", done, "another server is running on this data directory")
    equal("the first one goes on", server.client().get("/livez").status, 200)
    refused("init on its directory", server.cli("init"), "is not empty")


def accounts(server):
    """user add, list, disable, enable, password, delete"""
    listed = server.cli("user", "list").stdout
    check("list: the administrator, after its first sign-on", re.search(r"^admin +Admin +active +20\d\d-", listed, re.M), listed)
    added = server.cli("user", "add", "anna", "--full-name", "Anna Example", "--email", "anna@example.com", "--role", "User")
    one_time = re.search(r"One-time password: (\S+)", added.stdout)
    check("add prints what it made and a one-time password", added.returncode == 0 and added.stdout.startswith("Added anna (User, id ") and one_time, added)
    check("list: it has never signed on", re.search(r"^anna +User +active +never +Anna Example$", server.cli("user", "list").stdout, re.M), server.cli("user", "list").stdout)
    refused("the same name again", server.cli("user", "add", "anna"), "a user of that name exists", "choose another name")
    refused("the same name in capitals", server.cli("user", "add", "ANNA"), "exist")
    refused("an unknown role", server.cli("user", "add", "otto", "--role", "King"), "unknown role King", "TemporaryUser, User, AuditUser, FileAdmin, Admin or SysAdmin")
    refused("no password on standard input", server.cli("user", "add", "otto", "--password-stdin", input="\n"), "no password on standard input")
    refused("a password that is too short", server.cli("user", "add", "otto", "--password-stdin", input="short\n"), "12")
    refused("a password that is the name", server.cli("user", "add", "ottootto", "--password-stdin", input="ottootto-1234\n"), "name")
    check("none of those made an account", "otto" not in server.cli("user", "list").stdout)
    for what in ("disable", "enable", "password", "delete"):
        refused(f"{what} nobody", server.cli("user", what, "nobody-here"), "there is no such user", "bulkhead user list")
    equal("the one-time password must be changed first", server.sign_on("anna", one_time.group(1)).json()["error"], "password_change_required")
    equal("and then it works", server.sign_on("anna", one_time.group(1), new_password=PASSWORD).status, 200)
    live, idle = server.client("anna"), server.client("anna")
    home = live.home()
    file = live.upload(home, "of-anna.txt", b"content").json()["id"]
    equal("before disable a live session works", live.get("/api/v1/users/self").status, 200)
    disabled = server.cli("user", "disable", "anna")
    equal("disable says that its sessions have ended", disabled.stdout, "anna is disabled; its sessions have ended\n")
    ends_soon("R-050: after disable", live, lambda: live.download(file))
    ends_soon("R-050: after disable, a connection that was idle", idle, lambda: idle.get("/api/v1/users/self"))
    equal("no new sign-on", server.sign_on("anna").status, 400)
    check("list: disabled", re.search(r"^anna +User +disabled", server.cli("user", "list").stdout, re.M))
    equal("enable", (server.cli("user", "enable", "anna").stdout, server.sign_on("anna").status), ("anna is active\n", 200))
    live = server.client("anna")
    equal("the file is still there", live.download(file).body, b"content")
    reset = server.cli("user", "password", "anna")
    one_time = re.search(r"One-time password: (\S+)", reset.stdout)
    check("password prints a one-time password", one_time and "its sessions have ended" in reset.stdout, reset)
    ends_soon("R-050: after a new password", live, lambda: live.download(file))
    equal("the old password is dead", server.sign_on("anna").json()["error"], "invalid_grant")
    equal("the new one must be changed", server.sign_on("anna", one_time.group(1)).json()["error"], "password_change_required")
    given = server.cli("user", "password", "anna", "--password-stdin", input="another good phrase 9\n")
    check("password --password-stdin prints none", given.returncode == 0 and "One-time" not in given.stdout, given)
    live = server.client("anna", "another good phrase 9")
    deleted = server.cli("user", "delete", "anna")
    equal("delete says that files stay", deleted.stdout, "Deleted anna; its sessions have ended, its files stay\n")
    ends_soon("R-050: after delete", live, lambda: live.download(file))
    equal("its file stays, for the administrator", server.client("admin").download(file).body, b"content")
    check("list: gone", "anna" not in server.cli("user", "list").stdout)
    # One who comes after with the same name is somebody else.
    heir = server.add_user("anna")
    check("a new account of that name does not inherit the file", heir.download(file).status in (403, 404))


def ends_soon(what, client, use):
    """The live connection of a Client gets 401, or its end, within 5 s, and its token is dead for good."""
    started, status = time.monotonic(), 200
    while status in (200, 201) and time.monotonic() - started < 5:
        status = use().status
        time.sleep(0.05)
    equal(f"{what}: the live session ends within 5 s ({time.monotonic() - started:.2f} s)", status, 401)
    equal(f"{what}: its token is dead on a new connection", Client(client.server, client.token).get("/api/v1/users/self").status, 401)


def status_and_ledger(server):
    """status, ledger show, ledger verify"""
    status = server.cli("status").stdout
    check("status: version, address, connections, trouble", re.search(r"^Bulkhead \d+\.\d+\.\d+, running since .* UTC$", status, re.M) and f"127.0.0.1:{server.port}" in status and "0 crashes, 0 violations" in status, status)
    rows = {row.split()[0]: row for row in status.split("SANDBOX LAYERS THAT HOLD\n")[1].splitlines() if row}
    equal("status: every kind of process", set(rows), PROCESSES)
    layers = ["no new privileges", "limits", "system calls"] + (["network namespace", "root directory", "own user"] if ROOT else [])
    check(f"status: each holds {', '.join(layers)}", all(layer in row for row in rows.values() for layer in layers), status)
    client = server.client("admin")
    content = b"for the ledger"
    file = client.upload(client.home(), "ledger entry.txt", content).json()["id"]
    client.download(file)
    client.close()
    deadline = time.monotonic() + 10
    while "sent " not in (shown := server.cli("ledger", "show").stdout) and time.monotonic() < deadline:
        time.sleep(0.2)
    digest = hashlib.sha256(content).hexdigest()
    check("ledger show: it was received", re.search(rf'received +file {file} "/Home/admin/ledger entry.txt" {len(content)} bytes sha256 {digest} by "admin"', shown), shown)
    check("ledger show: it was released, to whom", re.search(rf'released +file {file} "/Home/admin/ledger entry.txt" {len(content)} bytes sha256 {digest} by "admin"', shown), shown)
    check("ledger show: it was sent, completely", re.search(rf"sent +{len(content)} bytes of release \d+, complete", shown), shown)
    numbers = [int(line.split(" ")[0]) for line in shown.splitlines()]
    equal("ledger show: one line an entry, without a gap", numbers, list(range(len(numbers))))
    equal("ledger show --from --count", [int(line.split(" ")[0]) for line in server.cli("ledger", "show", "--from", "1", "--count", "2").stdout.splitlines()], [1, 2])
    equal("ledger show beyond the end: nothing", (lambda d: (d.returncode, d.stdout))(server.cli("ledger", "show", "--from", "1000000")), (0, ""))
    verified = server.cli("ledger", "verify")
    check("ledger verify of the running server: all entries", verified.returncode == 0 and f"verified: {len(numbers)} entries" in verified.stdout, verified)
    equal("a clean stop", server.stop(), 0)
    check("ledger verify of the stopped server", server.cli("ledger", "verify").returncode == 0)
    damage(server)
    server.start()


def damage(server):
    """one flipped byte in a copy of the ledger"""
    with tempfile.TemporaryDirectory() as scratch:
        copy = os.path.join(scratch, "data")
        os.makedirs(os.path.join(copy, "vault"))
        shutil.copytree(os.path.join(server.data, "vault", "ledger"), os.path.join(copy, "vault", "ledger"))
        equal("a copy of the ledger verifies", bulkhead("ledger", "verify", "--data", copy).returncode, 0)
        largest = max((os.path.join(folder, name) for folder, _, names in os.walk(copy) for name in names), key=os.path.getsize)
        with open(largest, "r+b") as file:
            body = bytearray(file.read())
            place = body.find(b"ledger entry.txt")
            if not check("the entry's name stands in the ledger", place >= 0, largest):
                return
            body[place] ^= 1
            file.seek(0)
            file.write(body)
        done = bulkhead("ledger", "verify", "--data", copy)
        check("with one byte flipped it says DAMAGED and what to do", done.returncode not in (0, None) and "DAMAGED" in done.stdout + done.stderr and "Keep this directory as evidence" in done.stdout + done.stderr, done)


def stopping(server):
    """signals, kill -9 and the next start"""
    for number in (signal.SIGTERM, signal.SIGINT):
        server.process.send_signal(number)
        equal(f"{number.name} stops it with 0", server.process.wait(40), 0)
        server.process = None
        equal(f"{number.name}: no process is left", server.children_alive(), [])
        server.start()
    client = server.client("admin")
    client.upload(client.home(), "before-kill.txt", b"kept")
    server.kill()
    equal("kill -9 of the supervisor: no process stays behind", server.children_alive(), [])
    server.start()
    client = server.client("admin")
    equal("and what was stored is there after the next start", client.download(client.get(f"/api/v1/folders/{client.home()}/files?name=before-kill.txt").json()["items"][0]["id"]).body, b"kept")
    equal("the ledger verifies", server.cli("ledger", "verify").returncode, 0)


def administration_socket(server):
    """who may administer"""
    if not ROOT:
        skip("another user is refused", "only root can become another user")
        return
    with tempfile.TemporaryDirectory(prefix="bulkhead-test-") as open_folder:  # the build may lie where nobody else may look
        os.chmod(open_folder, 0o755)
        program = shutil.copy(f"{BIN}/bulkhead", open_folder)
        done = subprocess.run([program, "status", "--data", server.data], capture_output=True, text=True, timeout=30, user=65534, group=65534, extra_groups=[])
    check("another user is refused", done.returncode > 0 and done.stdout == "" and ("only root and the user that runs the server" in done.stderr or "no data directory" in done.stderr), done)


def main():
    with tempfile.TemporaryDirectory(prefix="bulkhead-test-") as scratch:
        section(without_a_server, scratch)
    with Server({"sign_on": {"attempts": 1000}}) as server:
        for test in (second_server, accounts, status_and_ledger, stopping, administration_socket, server_is_well):
            section(test, server)
    finish()


if __name__ == "__main__":
    main()
