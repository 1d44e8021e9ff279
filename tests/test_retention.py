"""Retention (breach suite R-144): files go when their days are over and their keys are destroyed, so that a backup restored later
cannot read them; legal holds; what is in transfer stays; the dry run.

Nobody moves the clock: rows of the catalog of a stopped server are dated back, and the key of one file is wrapped into the
bucket of a day that is past, as it would lie there by then.
"""
import os
import shutil
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "support"))
import server as harness
from hostile import Target, tool
from server import Raw, check, equal, finish, section, server_is_well

DAY_MS = 86_400_000
MANY = 700  # more than one step of a clean-up takes
BIG = 40 << 20


def today():
    return int(time.time() * 1000) // DAY_MS


def put(client, folder, name, content=b"content"):
    answer = client.upload(folder, name, content)
    if answer.status != 201:
        raise RuntimeError(f"upload {name}: {answer}")
    return int(answer.json()["id"])


def clean(client, folder, files=0, folders=0, enabled=True):
    return client.patch(f"/api/v1/folders/{folder}/maintenance", {"folderCleanup": {
        "isCleanupEnabled": enabled, "deleteOldFilesAfterDays": files, "deleteEmptySubfoldersAfterDays": folders}})


def is_there(client, file):
    return client.get(f"/api/v1/files/{file}").status == 200


def preview(client, folder, query=""):
    answer = client.get(f"/api/bulkhead/v1/folders/{folder}/cleanup?perPage=1000{query}")
    return answer.json()["items"] if answer.status == 200 else answer


def key_row(server, file):
    """(version, tag, wrapped key, day of its bucket)"""
    return server.catalog("SELECT v.id, v.tag, v.wrapped_key, coalesce(e.day, 0) FROM files f JOIN versions v ON v.id = f.version "
                          "LEFT JOIN expiries e ON e.version = v.id WHERE f.id = ?", file)[0]


def organisation(server):
    return server.catalog("SELECT id FROM organisations WHERE id <> 0")[0][0]


def blobs(server):
    return sorted(name for _, _, names in os.walk(os.path.join(server.data, "keeper", "blobs")) for name in names)


def copy_kept(source, target):
    """A folder with its owners"""
    subprocess.run(["cp", "-a", source, target], check=True)


class Scene:
    """What all parts work on, made at once, since dating back needs a stopped server."""

    def __init__(self, server):
        self.server = server
        self.ann = server.add_user("ann")
        self.admin = server.client("admin")
        home = self.ann.home()
        self.folders = {name: self.ann.make_folder(home, name) for name in ("direct", "shredded", "held", "transfer", "dry", "many", "empty")}
        clean(self.ann, self.folders["direct"], files=30)
        self.direct = put(self.ann, self.folders["direct"], "direct.bin", b"d" * 100)
        self.shredded = put(self.ann, self.folders["shredded"], "shredded.bin", os.urandom(200_000))
        self.held = put(self.ann, self.folders["held"], "held.bin", b"h" * 70_000)
        self.big = put(self.ann, self.folders["transfer"], "big.bin", b"b" * BIG)
        self.dry = {name: put(self.ann, self.folders["dry"], f"{name}.txt", name.encode()) for name in ("old", "older", "oldest", "young")}
        self.many = [put(self.ann, self.folders["many"], f"{i:04}", b"x") for i in range(MANY)]
        self.empty = {name: self.ann.make_folder(self.folders["empty"], name) for name in ("old", "young", "full")}
        put(self.ann, self.empty["full"], "file")

    def date_back(self):
        changes = [(self.held, 40), (self.big, 40), (self.dry["old"], 31), (self.dry["older"], 32), (self.dry["oldest"], 33),
                   *((file, 40) for file in self.many)]
        self.server.change_catalog(
            *(("UPDATE versions SET uploaded_ms = uploaded_ms - ? WHERE file = ?", (days * DAY_MS, file)) for file, days in changes),
            ("UPDATE folders SET changed_ms = changed_ms - ? WHERE id IN (?, ?)", (40 * DAY_MS, self.empty["old"], self.empty["full"])))


def buckets_of_days(server, scene):
    """A file of a folder that is cleaned is received into the bucket of its day; others are kept until that is set, and wrapped anew"""
    equal("received into the bucket of its day", key_row(server, scene.direct)[3] - today(), 30)
    equal("and read from it", scene.ann.download(scene.direct).body, b"d" * 100)
    equal("others are kept", key_row(server, scene.held)[3], 0)
    before = key_row(server, scene.direct)
    equal("the settings are shown", scene.ann.get(f"/api/v1/folders/{scene.folders['direct']}").json()["cleanTimeDays"], 30)
    clean(scene.ann, scene.folders["direct"], files=60)
    check("other days: wrapped for another bucket", server.wait_until(lambda: key_row(server, scene.direct)[3] == today() + 60, 10))
    check("which is another wrapped key", key_row(server, scene.direct)[2] != before[2])
    equal("and reads as before", scene.ann.download(scene.direct).body, b"d" * 100)
    vault = os.path.join(server.data, "vault")
    equal("the old wrapped key does not open as one of the new bucket",
          tool("unwrap_of_day", vault, before[1].hex(), before[2].hex(), organisation(server), today() + 60), "refused")


def legal_hold(server, scene):
    """A file under a hold stays and is read; nobody deletes, overwrites or moves it out; only administrators place, see and lift"""
    folder, file = scene.folders["held"], scene.held
    answer = scene.ann.post("/api/bulkhead/v1/holds", {"name": "mine", "fileId": str(file)})
    equal("a user places none", answer.status, 403)
    for what, body in (("nothing covered", {"name": "x"}), ("two things covered", {"name": "x", "folderId": folder, "fileId": str(file)}), ("no name", {"folderId": folder})):
        equal(what, scene.admin.post("/api/bulkhead/v1/holds", body).status, 422)
    equal("an unknown folder", scene.admin.post("/api/bulkhead/v1/holds", {"name": "x", "folderId": 123}).status, 404)
    answer = scene.admin.post("/api/bulkhead/v1/holds", {"name": "Case 4711", "reason": "court", "folderId": folder})
    equal("placed", (answer.status, answer.json()["path"], answer.json()["fileId"]), (201, "/Home/ann/held", None))
    hold = answer.json()["id"]
    equal("seen", (scene.admin.get(f"/api/bulkhead/v1/holds/{hold}").json(), scene.admin.get("/api/bulkhead/v1/holds").json()["items"]), (answer.json(), [answer.json()]))
    equal("by nobody else", [scene.ann.get(path).status for path in ("/api/bulkhead/v1/holds", f"/api/bulkhead/v1/holds/{hold}")], [403, 403])
    clean(scene.ann, folder, files=30)
    refused = {"delete": scene.ann.delete(f"/api/v1/files/{file}"), "delete the folder": scene.ann.delete(f"/api/v1/folders/{folder}"),
               "move": scene.ann.post(f"/api/v1/files/{file}/move", {"destinationFolderId": scene.ann.home()}),
               "move the folder": scene.ann.post(f"/api/v1/folders/{folder}/move", {"destinationFolderId": scene.folders["dry"]})}
    scene.ann.patch(f"/api/v1/folders/{folder}/miscellaneous", {"allowFileOverwrite": True})
    refused["overwrite"] = scene.ann.upload(folder, "held.bin", b"other")
    for what, answer in refused.items():
        check(f"{what}: 409, without the name of the hold", answer.status == 409 and "legal hold" in answer.json()["detail"] and "4711" not in answer.json()["detail"], answer)
    answer = scene.admin.delete(f"/api/v1/files/{file}")
    check("an administrator is told the name", answer.status == 409 and "Case 4711" in answer.json()["detail"], answer)
    over_sftp(server, scene)
    rows = preview(scene.ann, folder)
    equal("the dry run says why it stays", [(row["name"], row["stays"]) for row in rows], [("held.bin", "LegalHold")])
    time.sleep(2.5)
    equal("it stays, and is read", scene.ann.download(file).body, b"h" * 70_000)
    equal("its key is kept", key_row(server, file)[3], 0)
    equal("lifted", scene.admin.delete(f"/api/bulkhead/v1/holds/{hold}").status, 204)
    clean(scene.ann, folder, files=31)
    check("then the clean-up takes it", server.wait_until(lambda: not is_there(scene.ann, file), 10))


def over_sftp(server, scene):
    """By SFTP: permission denied, with a reason"""
    key = os.path.join(server.folder, "ann.key")
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
    added = server.cli("user", "key", "add", "ann", key + ".pub")
    if added.returncode != 0:
        raise RuntimeError(f"key add: {added.stdout}{added.stderr}")
    batch = "rm /Home/ann/held/held.bin\n"
    done = subprocess.run(["sftp", "-q", "-b", "-", "-P", str(server.ssh_port), "-i", key, "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null",
                           "-o", "IdentitiesOnly=yes", "ann@127.0.0.1"], input=batch, capture_output=True, text=True, timeout=60)
    check("SFTP: permission denied", done.returncode != 0 and "ermission denied" in done.stderr + done.stdout, done)
    check("and the file is there", is_there(scene.ann, scene.held))


def in_transfer(server, scene):
    """A file that is being downloaded stays until the download has ended, whole"""
    slow = Raw(server)
    slow.send(f"GET /api/v1/files/{scene.big}/download HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {scene.ann.token}\r\nConnection: close\r\n\r\n".encode())
    got = slow.socket.recv(1000)
    clean(scene.ann, scene.folders["transfer"], files=30)
    check("the dry run says why it stays", server.wait_until(lambda: [row["stays"] for row in preview(scene.ann, scene.folders["transfer"])] == ["Transfer"], 5))
    time.sleep(2.5)
    check("it stays", is_there(scene.ann, scene.big))
    got += slow.read_all()
    slow.close()
    check("and arrives whole", got.endswith(b"b" * 1000) and len(got) > BIG, len(got))

    def gone():
        clean(scene.ann, scene.folders["transfer"], files=30)  # looks at it again at once
        return not is_there(scene.ann, scene.big)
    check("afterwards it goes", server.wait_until(gone, 15))


def dry_run(server, scene):
    """The dry run names what then goes, and when"""
    folder = scene.folders["dry"]
    equal("without a clean-up nothing goes", preview(scene.ann, folder), [])
    hold = scene.admin.post("/api/bulkhead/v1/holds", {"name": "pause", "folderId": folder}).json()["id"]
    clean(scene.ann, folder, files=30)
    rows = preview(scene.ann, folder)
    equal("the soonest first", [row["name"] for row in rows], ["oldest.txt", "older.txt", "old.txt"])
    equal("later more", len(preview(scene.ann, folder, "&until=2099-01-01T00:00:00")), 4)
    equal("paged", [row["name"] for row in scene.ann.get(f"/api/bulkhead/v1/folders/{folder}/cleanup?perPage=1&page=2").json()["items"]], ["older.txt"])
    equal("not for others", scene.server.add_user("ben").get(f"/api/bulkhead/v1/folders/{folder}/cleanup").status, 404)
    equal("no date", scene.ann.get(f"/api/bulkhead/v1/folders/{folder}/cleanup?until=soon").status, 422)
    scene.admin.delete(f"/api/bulkhead/v1/holds/{hold}")
    clean(scene.ann, folder, files=30)
    named = {int(row["id"]) for row in rows}
    check("those go", server.wait_until(lambda: not any(is_there(scene.ann, file) for file in named), 10))
    equal("and no others", [name for name, file in scene.dry.items() if is_there(scene.ann, file)], ["young"])


def empty_folders(server, scene):
    """Subfolders that have been empty for their days go"""
    clean(scene.ann, scene.folders["empty"], folders=30)
    check("the old one goes", server.wait_until(lambda: scene.ann.get(f"/api/v1/folders/{scene.empty['old']}").status == 404, 10))
    equal("the others stay", [scene.ann.get(f"/api/v1/folders/{scene.empty[name]}").status for name in ("young", "full")], [200, 200])


def killed_in_the_middle(server, scene):
    """kill -9 in the middle of a large clean-up: it goes on, and every counter is right at the end"""
    folder = scene.folders["many"]
    left = lambda: server.catalog("SELECT count(*) FROM files WHERE folder = ?", folder)[0][0]
    clean(scene.ann, folder, files=30)
    check("it has begun", server.wait_until(lambda: left() < MANY, 10))
    server.kill()
    print(f"        {left()} of {MANY} were left")
    server.start()
    scene.ann, scene.admin = server.client("ann"), server.client("admin")
    check("it goes on", server.wait_until(lambda: left() == 0, 15))
    row = server.catalog("SELECT file_count, files_size, tree_size FROM folders WHERE id = ?", folder)[0]
    equal("the folder counts nothing", row, (0, 0, 0))
    sizes = server.catalog("SELECT u.files_size, (SELECT sum(size) FROM versions WHERE uploader = u.number) FROM users u WHERE u.name = 'ann'")[0]
    equal("the uploader's bytes are those of his files", sizes[0], sizes[1])


def shredded(server, scene):
    """R-144: the key's bucket is destroyed; neither the catalog with all blobs from a backup, nor the old `buckets` with it, reads the file"""
    file, folder = scene.shredded, scene.folders["shredded"]
    clean(scene.ann, folder, files=30)
    server.wait_until(lambda: key_row(server, file)[3] == today() + 30, 10)
    tenant, vault, keeper = organisation(server), os.path.join(server.data, "vault"), os.path.join(server.data, "keeper")
    server.stop()
    # As it is 40 days later: the key lies in the bucket of a day ten days ago.
    version, tag, wrapped, day = key_row(server, file)
    past, owner = today() - 10, os.stat(os.path.join(vault, "buckets"))
    wrapped = bytes.fromhex(tool("rewrap", vault, tag.hex(), wrapped.hex(), tenant, day, past))
    if harness.ROOT:
        os.chown(os.path.join(vault, "buckets"), owner.st_uid, owner.st_gid)
    server.change_catalog(("UPDATE versions SET wrapped_key = ?, uploaded_ms = uploaded_ms - ? WHERE id = ?", (wrapped, 40 * DAY_MS, version)),
                          ("UPDATE expiries SET day = ?, wanted = ?, due_ms = due_ms - ? WHERE version = ?", (past, past, 40 * DAY_MS, version)))
    blob = server.catalog("SELECT blob FROM versions WHERE id = ?", version)[0][0]
    backup = os.path.join(server.folder, "backup")
    os.mkdir(backup)
    copy_kept(keeper, os.path.join(backup, "keeper"))
    shutil.copy2(os.path.join(vault, "buckets"), backup)
    opens = lambda: tool("unwrap_of_day", vault, tag.hex(), wrapped.hex(), tenant, past)
    equal("control: in the backup of that time the key opens", len(opens()), 64)

    server.start()
    scene.ann = server.client("ann")
    check("the file goes", server.wait_until(lambda: not is_there(scene.ann, file), 10))
    check("with its blob", server.wait_until(lambda: blob not in blobs(server), 10))
    check("and its key", server.wait_until(lambda: opens() == "refused", 15))
    stamp = time.strftime("%Y-%m-%d", time.gmtime(past * 86_400))
    equal("the report says what was destroyed", [(entry["tenant"], entry["expired_on"]) for entry in server.report()["keys_destroyed"]], [(str(tenant), stamp)])
    check("and so does the text", f"expired on {stamp}" in subprocess.run([f"{harness.BIN}/bulkhead-verify", os.path.join(vault, "ledger"), "--report"], capture_output=True, text=True).stdout)

    for what, with_buckets in (("catalog and blobs", False), ("catalog, blobs and the old `buckets`", True)):
        server.stop()
        shutil.rmtree(keeper)
        copy_kept(os.path.join(backup, "keeper"), keeper)
        # So that nobody takes it again before it is asked for.
        server.change_catalog(("UPDATE folder_settings SET clean = 0 WHERE folder = ?", (folder,)))
        if with_buckets:
            shutil.copy2(os.path.join(backup, "buckets"), vault)
            if harness.ROOT:
                os.chown(os.path.join(vault, "buckets"), owner.st_uid, owner.st_gid)
        server.start()
        scene.ann = server.client("ann")
        check(f"{what} restored: the file is listed again", is_there(scene.ann, file))
        answers = [scene.ann.download(file) for _ in range(4)]
        check("and not a byte of it is read, however often", all(answer.status == 404 and b"expired" in answer.body for answer in answers), answers)
        equal("its key is nowhere", opens(), "refused")
    equal("others are read as before", scene.ann.download(scene.direct).body, b"d" * 100)


def main():
    with Target(ssh=True) as server:
        scene = Scene(server)
        section(buckets_of_days, server, scene)
        server.stop()
        scene.date_back()
        server.start()
        scene.ann, scene.admin = server.client("ann"), server.client("admin")
        for part in (legal_hold, in_transfer, dry_run, empty_folders, killed_in_the_middle, shredded):
            section(part, server, scene)
        section(server_is_well, server)
    finish()


if __name__ == "__main__":
    main()
