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
from server import Raw, check, equal, finish, multipart, section, server_is_well
from uploads import Tus

DAY_MS = 86_400_000
MANY = 550  # more than one step of a clean-up takes
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


def keep(client, folder, versions, days):
    client.patch(f"/api/bulkhead/v1/folders/{folder}/history", {"versionsKept": versions, "recycleBinDays": days})
    client.patch(f"/api/v1/folders/{folder}/miscellaneous", {"allowFileOverwrite": True})


class Scene:
    """What all parts work on, made at once, since dating back needs a stopped server."""

    def __init__(self, server):
        self.server = server
        self.ann = server.add_user("ann")
        self.admin = server.client("admin")
        home = self.ann.home()
        self.folders = {name: self.ann.make_folder(home, name) for name in ("direct", "shredded", "held", "one", "kept", "binned", "transfer", "dry", "many", "empty")}
        for name in ("held", "one", "transfer"):
            keep(self.ann, self.folders[name], 0, 0)
        keep(self.ann, self.folders["kept"], 3, 3)
        keep(self.ann, self.folders["binned"], 0, 3)
        clean(self.ann, self.folders["direct"], files=30)
        self.direct = put(self.ann, self.folders["direct"], "direct.bin", b"d" * 100)
        self.shredded = put(self.ann, self.folders["shredded"], "shredded.bin", os.urandom(200_000))
        self.held = put(self.ann, self.folders["held"], "held.bin", b"h" * 70_000)
        self.one = put(self.ann, self.folders["one"], "one.bin", b"1" * 100)
        self.beside = put(self.ann, self.folders["one"], "beside.bin", b"2" * 100)
        put(self.ann, self.folders["kept"], "kept.bin", b"older" * 20_000)
        self.kept = put(self.ann, self.folders["kept"], "kept.bin", b"newer")
        self.big = put(self.ann, self.folders["transfer"], "big.bin", b"b" * BIG)
        self.replaced = put(self.ann, self.folders["transfer"], "replaced.bin", b"before")
        # Each is due later than all the others: once one has gone, a clean-up has looked at those.
        self.passes = [(folder, put(self.ann, folder, "goes")) for folder in (self.ann.make_folder(home, f"pass{i}") for i in range(4))]
        self.dry = {name: put(self.ann, self.folders["dry"], f"{name}.txt", name.encode()) for name in ("old", "older", "oldest", "young")}
        self.many = [put(self.ann, self.folders["many"], f"{i:04}", b"x") for i in range(MANY)]
        self.empty = {name: self.ann.make_folder(self.folders["empty"], name) for name in ("old", "young", "full", "awaited")}
        put(self.ann, self.empty["full"], "file")

    def date_back(self):
        changes = [(self.held, 40), (self.one, 40), (self.beside, 40), (self.kept, 40), (self.big, 40), (self.replaced, 40), (self.dry["old"], 31), (self.dry["older"], 32), (self.dry["oldest"], 33),
                   *((file, 40) for file in self.many), *((file, 31) for _, file in self.passes)]
        self.server.change_catalog(
            *(("UPDATE versions SET uploaded_ms = uploaded_ms - ? WHERE file = ?", (days * DAY_MS, file)) for file, days in changes),
            ("UPDATE kept_versions SET kept_ms = kept_ms - ? WHERE file = ?", (40 * DAY_MS, self.kept)),
            ("UPDATE folders SET changed_ms = changed_ms - ? WHERE id IN (?, ?, ?)", (40 * DAY_MS, self.empty["old"], self.empty["full"], self.empty["awaited"])))

    def stop(self):
        """Open connections would be waited for."""
        self.ann.close()
        self.admin.close()
        self.server.stop()

    def start(self):
        self.server.start()
        self.ann, self.admin = self.server.client("ann"), self.server.client("admin")

    def after_a_pass(self):
        """A clean-up has looked at everything that was due before."""
        folder, file = self.passes.pop()
        clean(self.ann, folder, files=30)
        check("a clean-up has run", self.server.wait_until(lambda: not is_there(self.ann, file), 10))


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
    refused["overwrite"] = scene.ann.upload(folder, "held.bin", b"other")
    refused["begin to overwrite"] = resumable(scene.ann, folder, "held.bin")
    for what, answer in refused.items():
        check(f"{what}: 409, without the name of the hold", answer.status == 409 and "legal hold" in answer.json()["detail"] and "4711" not in answer.json()["detail"], answer)
    answer = Tus(scene.ann).create(5, filename="held.bin", folderId=folder)
    check("overwrite by tus: 409", answer.status == 409 and b"legal hold" in answer.body, answer)
    answer = scene.admin.delete(f"/api/v1/files/{file}")
    check("an administrator is told the name", answer.status == 409 and "Case 4711" in answer.json()["detail"], answer)
    over_sftp(server, scene)
    rows = preview(scene.ann, folder)
    equal("the dry run says why it stays", [(row["name"], row["stays"]) for row in rows], [("held.bin", "LegalHold")])
    scene.after_a_pass()
    equal("it stays, and is read", scene.ann.download(file).body, b"h" * 70_000)
    equal("its key is kept", key_row(server, file)[3], 0)
    equal("lifted", scene.admin.delete(f"/api/bulkhead/v1/holds/{hold}").status, 204)
    clean(scene.ann, folder, files=31)
    check("then the clean-up takes it", server.wait_until(lambda: not is_there(scene.ann, file), 10))


def over_sftp(server, scene):
    """By SFTP: permission denied; by SCP as well"""
    key = os.path.join(server.folder, "ann.key")
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
    added = server.cli("user", "key", "add", "ann", key + ".pub")
    if added.returncode != 0:
        raise RuntimeError(f"key add: {added.stdout}{added.stderr}")
    options = ["-P", str(server.ssh_port), "-i", key, "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "IdentitiesOnly=yes"]
    other = os.path.join(server.folder, "other")
    with open(other, "wb") as file:
        file.write(b"other")
    refused = ("rm /Home/ann/held/held.bin", f"put {other} /Home/ann/held/held.bin", "rename /Home/ann/held/held.bin /Home/ann/out.bin",
               "rename /Home/ann/one/beside.bin /Home/ann/held/held.bin", "rename /Home/ann/held /Home/ann/dry/held")
    for command in refused:
        done = subprocess.run(["sftp", "-q", "-b", "-", *options, "ann@127.0.0.1"], input=command + "\n", capture_output=True, text=True, timeout=60)
        check(f"SFTP, {command.split()[0]}: permission denied", done.returncode != 0 and "ermission denied" in done.stderr + done.stdout, done)
    done = subprocess.run(["scp", "-O", "-q", *options, other, "ann@127.0.0.1:/Home/ann/held/held.bin"], capture_output=True, text=True, timeout=60)
    check("SCP: refused", done.returncode != 0, done)
    equal("and the file is there, as it was", scene.ann.download(scene.held).body, b"h" * 70_000)


def resumable(client, folder, name):
    """The beginning of a resumable upload by REST."""
    body = b"".join(f'--b\r\nContent-Disposition: form-data; name={key}\r\n\r\n{value}\r\n'.encode() for key, value in (("name", name), ("size", "4"))) + b"--b--\r\n"
    return client.post(f"/api/v1/folders/{folder}/files?uploadType=resumable", body, headers={"Content-Type": "multipart/form-data; boundary=b"})


def hold_of_a_file(server, scene):
    """A hold on one file keeps it with its older versions, and nothing beside it; one on a folder keeps what lies in its bin"""
    holds, kept = "/api/bulkhead/v1/holds", f"/api/bulkhead/v1/files/{scene.kept}/versions"
    placed = [scene.admin.post(holds, {"name": name, "fileId": str(file)}).json()["id"] for name, file in (("one", scene.one), ("kept", scene.kept))]
    older = scene.ann.get(kept).json()["items"][1]["version"]
    refused = (scene.ann.delete(f"{kept}/{older}"), scene.ann.post(f"{kept}/{older}/restore", {}), scene.ann.upload(scene.folders["kept"], "kept.bin", b"newest"),
               scene.ann.delete(f"/api/v1/files/{scene.kept}"), scene.ann.delete(f"/api/v1/files/{scene.one}"), scene.ann.delete(f"/api/v1/folders/{scene.folders['one']}"))
    equal("no version goes, no file into the bin, no folder with it", [answer.status for answer in refused], [409] * len(refused))
    for name in ("one", "kept"):
        clean(scene.ann, scene.folders[name], files=30)
    check("what lies beside it goes", server.wait_until(lambda: not is_there(scene.ann, scene.beside), 10))
    scene.after_a_pass()
    equal("it stays", (scene.ann.download(scene.one).body, scene.ann.get(f"{kept}/{older}/download").body), (b"1" * 100, b"older" * 20_000))
    blob = server.catalog("SELECT blob FROM versions WHERE id = ?", int(older))[0][0]
    for hold in placed:
        scene.admin.delete(f"{holds}/{hold}")
    for name in ("one", "kept"):
        clean(scene.ann, scene.folders[name], files=31)  # looks at it again at once
    check("lifted: all of it goes", server.wait_until(lambda: not is_there(scene.ann, scene.one) and not is_there(scene.ann, scene.kept), 10))
    check("with the content of the older version", server.wait_until(lambda: blob not in blobs(server), 10))
    equal("and none of it into the bin", scene.ann.get("/api/bulkhead/v1/recyclebin").json()["items"], [])
    equal("a search does not find it", scene.ann.get("/api/bulkhead/v1/search?name=kept.bin").json()["items"], [])

    folder, recyclebin = scene.folders["binned"], "/api/bulkhead/v1/recyclebin"
    file = put(scene.ann, folder, "binned.bin")
    equal("deleted", scene.ann.delete(f"/api/v1/files/{file}").status, 204)
    hold = scene.admin.post(holds, {"name": "bin", "folderId": folder}).json()["id"]
    refused = (scene.ann.delete(f"{recyclebin}/{file}"), scene.ann.post(f"{recyclebin}/{file}/restore", {"destinationFolderId": scene.ann.home()}))
    equal("then held: it does not leave the bin", [answer.status for answer in refused], [409, 409])
    equal("nor when that is emptied", (scene.ann.delete(recyclebin).json(), len(scene.ann.get(recyclebin).json()["items"])), ({"deletedCount": 0}, 1))
    equal("but to where it was", scene.ann.post(f"{recyclebin}/{file}/restore", {}).status, 200)
    scene.admin.delete(f"{holds}/{hold}")


def in_transfer(server, scene):
    """A file that is being downloaded, or overwritten, stays until that has ended; an unfinished upload keeps its empty folder"""
    folder = scene.folders["transfer"]
    slow, upload = Raw(server), Raw(server)
    slow.send(f"GET /api/v1/files/{scene.big}/download HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {scene.ann.token}\r\nConnection: close\r\n\r\n".encode())
    got = slow.socket.recv(1000)
    kind, body = multipart("replaced.bin", b"after" * 100_000)
    upload.send(f"POST /api/v1/folders/{folder}/files HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {scene.ann.token}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body[:300_000])
    tus = Tus(scene.ann)
    unfinished = tus.create(10, body=b"first", filename="unfinished.bin", folderId=scene.empty["awaited"]).headers["location"]
    clean(scene.ann, folder, files=30)
    clean(scene.ann, scene.folders["empty"], folders=30)
    check("the dry run says why they stay", server.wait_until(lambda: [row["stays"] for row in preview(scene.ann, folder)] == ["Transfer", "Transfer"], 5), preview(scene.ann, folder))
    scene.after_a_pass()
    equal("they stay", [is_there(scene.ann, file) for file in (scene.big, scene.replaced)], [True, True])
    got += slow.read_all()
    slow.close()
    check("the download is whole", got.endswith(b"b" * 1000) and len(got) > BIG, len(got))
    upload.send(body[300_000:])
    answer = upload.read_answer()
    if not equal("so is the upload", answer.status, 201):
        raise RuntimeError(f"{answer}")
    equal("and what it brought is there", scene.ann.download(answer.json()["id"]).body, b"after" * 100_000)
    upload.close()

    def gone():
        clean(scene.ann, folder, files=30)  # looks at it again at once
        return not is_there(scene.ann, scene.big)
    check("afterwards what was read goes", server.wait_until(gone, 15))
    check("and what has come stays", is_there(scene.ann, answer.json()["id"]))
    check("the empty folder goes", server.wait_until(lambda: scene.ann.get(f"/api/v1/folders/{scene.empty['old']}").status == 404, 10))
    equal("not the one with an unfinished upload", [(row["name"], row["stays"]) for row in preview(scene.ann, scene.folders["empty"])], [("awaited", "Transfer")])
    equal("which goes on", (tus.patch(unfinished, 5, b"other").status, [row["name"] for row in scene.ann.get(f"/api/v1/folders/{scene.empty['awaited']}/files").json()["items"]]), (204, ["unfinished.bin"]))
    equal("the others stay", [scene.ann.get(f"/api/v1/folders/{scene.empty[name]}").status for name in ("young", "full", "awaited")], [200] * 3)


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


def killed_in_the_middle(server, scene):
    """kill -9 in the middle of a large clean-up: it goes on, and every counter is right at the end"""
    folder = scene.folders["many"]
    left = lambda: server.catalog("SELECT count(*) FROM files WHERE folder = ?", folder)[0][0]
    clean(scene.ann, folder, files=30)
    check("it has begun", server.wait_until(lambda: left() < MANY, 10))
    server.kill()
    print(f"        {left()} of {MANY} were left")
    scene.start()
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
    scene.stop()
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

    scene.start()
    check("the file goes", server.wait_until(lambda: not is_there(scene.ann, file), 10))
    check("with its blob", server.wait_until(lambda: blob not in blobs(server), 10))
    check("and its key", server.wait_until(lambda: opens() == "refused", 15))
    stamp = time.strftime("%Y-%m-%d", time.gmtime(past * 86_400))
    equal("the report says what was destroyed", [(entry["tenant"], entry["expired_on"]) for entry in server.report()["keys_destroyed"]], [(str(tenant), stamp)])
    check("and so does the text", f"expired on {stamp}" in subprocess.run([f"{harness.BIN}/bulkhead-verify", os.path.join(vault, "ledger"), "--report"], capture_output=True, text=True).stdout)

    for what, with_buckets in (("catalog and blobs", False), ("catalog, blobs and the old `buckets`", True)):
        scene.stop()
        shutil.rmtree(keeper)
        copy_kept(os.path.join(backup, "keeper"), keeper)
        # So that nobody takes it again before it is asked for.
        server.change_catalog(("UPDATE folder_settings SET clean = 0 WHERE folder = ?", (folder,)))
        if with_buckets:
            shutil.copy2(os.path.join(backup, "buckets"), vault)
            if harness.ROOT:
                os.chown(os.path.join(vault, "buckets"), owner.st_uid, owner.st_gid)
        scene.start()
        check(f"{what} restored: the file is listed again", is_there(scene.ann, file))
        answers = [scene.ann.download(file) for _ in range(4)]
        check("and not a byte of it is read, however often", all(answer.status == 404 and b"expired" in answer.body for answer in answers), answers)
        equal("its key is nowhere", opens(), "refused")
    equal("others are read as before", scene.ann.download(scene.direct).body, b"d" * 100)


def main():
    with Target(ssh=True) as server:
        scene = Scene(server)
        scene.stop()
        scene.date_back()
        scene.start()
        for part in (buckets_of_days, legal_hold, hold_of_a_file, in_transfer, dry_run, killed_in_the_middle, shredded):
            if not sys.argv[1:] or part.__name__ in sys.argv[1:]:
                section(part, server, scene)
        scene.ann.close()
        scene.admin.close()
        section(server_is_well, server)
    finish()


if __name__ == "__main__":
    main()
