"""A full disk: refused with 507, nothing damaged, what is there stays readable, and service goes on when space is back.

The data directory lies on a small tmpfs of its own, so mounting must be allowed (root)."""
import contextlib
import hashlib
import os
import shutil
import subprocess
import tempfile
import time

from support.server import ROOT, Server, check, equal, finish, multipart, section, skip

DISK_MIB = 160
RESERVE_MIB = 16       # disk_reserve_mib, the default
FILE_SIZE = 5 << 20
ANSWER_MAX_S = 20      # an answer to a refused request; a hang takes longer


@contextlib.contextmanager
def small_disk():
    """A tmpfs that Server() will put its folder on."""
    folder = tempfile.mkdtemp(prefix="bulkhead-disk-")
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK_MIB}m,mode=0755", "bulkhead-test", folder], capture_output=True, text=True)
    try:
        if mounted.returncode == 0:
            tempfile.tempdir = folder
        yield folder if mounted.returncode == 0 else None
    finally:
        tempfile.tempdir = None
        if mounted.returncode == 0:
            subprocess.run(["umount", "-l", folder], check=True)
        shutil.rmtree(folder, ignore_errors=True)


def content_of(number, size=FILE_SIZE):
    return hashlib.shake_256(f"full disk {number}".encode()).digest(size)


def free_bytes(server):
    state = os.statvfs(server.data)
    return state.f_bavail * state.f_frsize


def timed(what, call):
    """The answer of call(), which must come soon."""
    begun = time.monotonic()
    answer = call()
    took = time.monotonic() - begun
    check(f"{what} is answered soon ({took:.2f} s)", took < ANSWER_MAX_S, took)
    return answer


def is_full(what, answer):
    """507 and an error model that says so"""
    if not equal(f"{what}: status", answer.status, 507):
        return print(answer)
    model = answer.json()
    check(f"{what}: a clear error model: {model['detail']!r}", model["errorCode"] == 2210 and "space" in model["detail"], model)


def all_identical(client, files):
    wrong = [name for name, (number, size) in files.items() if client.download(client.names[name]).body != content_of(number, size)]
    equal(f"all {len(files)} files are downloaded and identical", wrong, [])


def names_in(client):
    return {item["name"] for item in client.get(f"/api/v1/folders/{client.home_folder}/files?perPage=1000").json()["items"]}


def put(client, files, number, size=FILE_SIZE):
    name = f"full-{number}.bin"
    answer = client.upload(client.home_folder, name, content_of(number, size))
    if answer.status == 201:
        files[name] = (number, size)
        client.names[name] = answer.json()["id"]
    return answer


def ledger_verifies(server, when):
    verified = server.cli("ledger", "verify")
    check(f"the ledger verifies {when}", verified.returncode == 0, verified.stdout + verified.stderr)


def fill_by_uploads(server, client, files):
    """uploads until the server refuses"""
    for number in range(DISK_MIB):
        answer = put(client, files, number)
        if answer.status != 201:
            break
    is_full("the upload that found no room", timed("the next upload", lambda: put(client, files, 900)))
    is_full("the upload that met the end of the disk", answer)
    check(f"{len(files)} files went in before", len(files) >= (DISK_MIB - 2 * RESERVE_MIB) * 2**20 // FILE_SIZE - 6, len(files))
    small = timed("a small upload", lambda: put(client, files, 901, 1000))
    check("a small upload is taken or refused with 507", small.status in (201, 507), small)
    time.sleep(2)  # what the refused left is removed in turns
    equal("a refused upload leaves nothing in the list", names_in(client), set(files))
    check(f"the reserve for the ledger is kept: {free_bytes(server) >> 20} MiB are free", free_bytes(server) >= (RESERVE_MIB // 2) << 20)


def one_that_is_too_large(server, client, files):
    """an upload larger than what is left must not take the reserve: another's downloads go on meanwhile"""
    size = free_bytes(server) - (RESERVE_MIB // 2 << 20)
    kind, body = multipart("large.bin", bytes(size))
    with server.raw(60) as raw:
        head = (f"POST /api/v1/folders/{client.home_folder}/files HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {client.token}\r\n"
                f"Content-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n")
        raw.send(head.encode())
        raw.send(body[:-1000])
        time.sleep(1)
        left = free_bytes(server) >> 20
        check(f"while it waits for its end {left} MiB are free", left >= RESERVE_MIB - 2, left)
        raw.send(body[-1000:])
        is_full("the too large upload", raw.read_answer())
    time.sleep(2)
    equal("it leaves nothing in the list", names_in(client), set(files))


def while_full(server, client, files):
    """downloads, lists and sign-ons go on: the reserve is for their entries"""
    all_identical(client, files)
    for _ in range(200):
        answer = client.download(client.names["full-0.bin"], {"Range": "bytes=0-9"})
        if answer.status != 206 or answer.body != content_of(0)[:10]:
            break
    equal("200 more releases while full, the last", (answer.status, len(answer.body)), (206, 10))
    equal("a list while full", names_in(client), set(files))
    equal("a sign-on while full", server.sign_on("full").status, 200)
    ledger_verifies(server, "while full")


def after_a_delete(server, client, files):
    """deleting makes room"""
    for name in list(files)[1:7]:
        equal(f"delete of {name} while full", timed("a delete", lambda n=name: client.delete(f"/api/v1/files/{client.names[n]}")).status, 204)
        del files[name]
    until = time.monotonic() + 10
    while free_bytes(server) < (RESERVE_MIB << 20) + 3 * FILE_SIZE and time.monotonic() < until:
        time.sleep(0.2)
    equal("an upload after the deletes", put(client, files, 100).status, 201)
    all_identical(client, files)


def filled_from_outside(server, client, files):
    """another program takes the last byte: not even the ledger can write"""
    ballast = os.path.join(server.folder, "ballast")
    with open(ballast, "wb", buffering=0) as file:
        with contextlib.suppress(OSError):
            while True:
                file.write(bytes(1 << 16))
        with contextlib.suppress(OSError):
            while True:
                file.write(bytes(1))
    equal("no byte is free", free_bytes(server), 0)
    pid = server.process.pid
    is_full("an upload", timed("an upload to a disk without a byte", lambda: put(client, files, 902)))
    is_full("a small upload", timed("a small one", lambda: put(client, files, 903, 100)))
    answers = [timed(f"download {i}", lambda: client.download(client.names["full-0.bin"])) for i in range(3)]
    unwritten = [answer for answer in answers if answer.status != 200]
    for answer in unwritten[:1]:
        is_full("a download whose release cannot be written", answer)
    check("what was downloaded meanwhile was whole", all(a.status in (200, 507) and (a.status != 200 or a.body == content_of(0)) for a in answers), answers)
    listed = timed("a list", lambda: client.get(f"/api/v1/folders/{client.home_folder}/files?perPage=1000"))
    check("a list is answered or refused with 507", listed.status in (200, 507), listed)
    deleted = timed("a delete", lambda: client.delete(f"/api/v1/files/{client.names['full-100.bin']}"))
    check("a delete is done or refused with 507", deleted.status in (204, 507), deleted)
    if deleted.status == 204:
        del files["full-100.bin"]
    signed = timed("a sign-on", lambda: server.sign_on("full"))
    is_full("a sign-on", signed)
    time.sleep(3)  # some ticks without a byte: checkpoints and the log fail
    os.unlink(ballast)
    begun = time.monotonic()
    while (back := put(client, files, 200)).status != 201 and time.monotonic() < begun + 15:
        time.sleep(0.2)
        client.names.pop("full-200.bin", None)
    equal(f"{time.monotonic() - begun:.1f} s after space is back an upload succeeds", back.status, 201)
    all_identical(client, files)
    equal("nothing refused is in the list", names_in(client), set(files))
    equal("a sign-on after it", server.sign_on("full").status, 200)
    check("every line of the log is whole", all(record["process"] for record in server.log_records()))
    ledger_verifies(server, "after it")
    equal("hull is the one that was started first", (server.process.pid, server.process.poll()), (pid, None))


def after_a_restart(server, client, files):
    """nothing was damaged"""
    equal("the server stops cleanly", server.stop(), 0)
    ledger_verifies(server, "of the stopped server")
    server.start()
    client.close()
    client.token = server.token("full")
    all_identical(client, files)
    equal("the list", names_in(client), set(files))
    put(client, files, 300)
    check("an upload", "full-300.bin" in files)


def main():
    if not ROOT:
        skip("a full disk", "needs root, to mount a small tmpfs")
        print("0 checks")
        return
    with small_disk() as disk:
        if disk is None:
            skip("a full disk", "mounting a tmpfs is not allowed here")
            return
        with Server() as server:
            client = server.add_user("full")
            client.names, client.home_folder, files = {}, client.home(), {}
            for test in (fill_by_uploads, one_that_is_too_large, while_full, after_a_delete, filled_from_outside, after_a_restart):
                section(test, server, client, files)
            status = server.cli("status").stdout
            check("the server saw no crash and no violation", "0 crashes, 0 violations" in status, status)
    finish()


main()
