"""Older versions of files and the recycle bin: by REST and by SFTP, with rights, quotas, a restart and the purge."""
import glob
import hashlib
import os
import sqlite3
import subprocess
import sys
import tempfile
import time

from support.json_schema import faults
from support.server import BIN, PASSWORD, Server, check, equal, finish, section, server_is_well

OURS = "/api/bulkhead/v1"
BIN_URL = f"{OURS}/recyclebin"


def content_of(size, seed):
    return hashlib.shake_128(f"{size}/{seed}".encode()).digest(size)


def put(client, folder, name, content):
    answer = client.upload(folder, name, content)
    if answer.status != 201:
        raise RuntimeError(f"upload {name}: {answer}")
    return answer.json()["id"]


def keep(client, folder, **settings):
    return client.patch(f"{OURS}/folders/{folder}/history", settings)


def keeping(client, parent, name, versions, days):
    folder = client.make_folder(parent, name)
    client.patch(f"/api/v1/folders/{folder}/miscellaneous", {"allowFileOverwrite": True})
    keep(client, folder, versionsKept=versions, recycleBinDays=days)
    return folder


def versions(client, file, query="?perPage=1000"):
    return client.get(f"{OURS}/files/{file}/versions{query}").json()["items"]


def version_url(file, version, what=""):
    return f"{OURS}/files/{file}/versions/{version}{what}"


def bin_of(client, query=""):
    return client.get(BIN_URL + query).json()["items"]


def used(client):
    return client.get("/api/v1/users/self").json()["totalFileSize"]


def folder_size(client, folder):
    return client.get(f"/api/v1/folders/{folder}").json()["totalFilesSize"]


def file_at(client, folder, name):
    return next((item["id"] for item in client.get(f"/api/v1/folders/{folder}/files?perPage=1000").json()["items"] if item["name"] == name), None)


def blobs(server):
    return len(glob.glob(os.path.join(server.data, "keeper", "blobs", "*", "*")))


def wait_for(what, seconds=15):
    end = time.monotonic() + seconds
    while not (found := what()) and time.monotonic() < end:
        time.sleep(0.1)
    return found


def settings(server):
    """GET and PATCH /folders/{id}/history"""
    amy, ben = server.add_user("amy"), server.add_user("ben")
    a = amy.make_folder(amy.home(), "a")
    deep = amy.make_folder(a, "deep")
    url = f"{OURS}/folders/{a}/history"
    equal("nothing is kept at first", amy.get(url).json(), {"versionsKept": 0, "recycleBinDays": 0})
    equal("a part of it changes", keep(amy, a, versionsKept=3).json(), {"versionsKept": 3, "recycleBinDays": 0})
    equal("and the other", keep(amy, a, recycleBinDays=30).json(), {"versionsKept": 3, "recycleBinDays": 30})
    equal("what is below stays", amy.get(f"{OURS}/folders/{deep}/history").json()["versionsKept"], 0)
    equal("unless it is meant", keep(amy, a, recycleBinDays=31, applyToSubfolders=True).status, 200)
    equal("only what was said changes", amy.get(f"{OURS}/folders/{deep}/history").json(), {"versionsKept": 0, "recycleBinDays": 31})
    equal("a new folder begins with it", amy.get(f"{OURS}/folders/{amy.make_folder(a, 'new')}/history").json(), {"versionsKept": 3, "recycleBinDays": 31})
    for wrong in ({"versionsKept": 1001}, {"versionsKept": -1}, {"recycleBinDays": 3651}, {"recycleBinDays": "many"}):
        equal(f"{wrong}", keep(amy, a, **wrong).status, 422)
    equal("somebody else", (ben.get(url).status, keep(ben, a, versionsKept=0).status), (404, 404))
    amy.grant(a, "ben", writeFiles=True, listFiles=True, readFiles=True, deleteFiles=True)
    equal("who does not administer the folder", (ben.get(url).status, keep(ben, a, versionsKept=0).status), (200, 403))
    equal("no folder", amy.get(f"{OURS}/folders/99/history").status, 404)


def older_versions(server):
    """overwritten by REST: list, download, range, restore, delete; every byte as it was, every count exact"""
    cat = server.add_user("cat")
    folder = keeping(cat, cat.home(), "kept", 3, 0)
    contents = [content_of(size, size) for size in (300_001, 20, 0, 70_000, 131_072)]
    ids = [put(cat, folder, "report", content) for content in contents]
    file = ids[-1]
    equal("the id of before is gone", cat.get(f"/api/v1/files/{ids[0]}").status, 404)
    rows = versions(cat, file)
    equal("the newest four, in order", [row["size"] for row in rows], [131_072, 70_000, 0, 20])
    equal("their hashes", [row["sha256"] for row in rows], [hashlib.sha256(each).hexdigest() for each in reversed(contents[1:])])
    equal("one is current", [row["isCurrent"] for row in rows], [True, False, False, False])
    equal("and was not replaced", [row["replacedStamp"] is None for row in rows], [True, False, False, False])
    document = cat.get("/api/v1/openapi.json").json()
    equal("it fits its schema", faults(document, {"$ref": "#/components/schemas/VersionPage"}, cat.get(f"{OURS}/files/{file}/versions").json()), [])
    equal("pages join", [row["size"] for page in range(1, 5) for row in versions(cat, file, f"?perPage=1&page={page}")], [131_072, 70_000, 0, 20])
    for row, content in zip(rows, reversed(contents[1:])):
        answer = cat.get(version_url(file, row["version"], "/download"))
        check(f"{row['size']} bytes of old, byte for byte", answer.status == 200 and answer.body == content, answer)
    old = rows[1]["version"]
    part = cat.get(version_url(file, old, "/download"), headers={"Range": "bytes=65530-65545"})
    equal("a range", (part.status, part.body, part.headers["content-range"]), (206, contents[3][65530:65546], "bytes 65530-65545/70000"))
    equal("its ETag holds", cat.get(version_url(file, old, "/download"), headers={"If-None-Match": part.headers["etag"]}).status, 304)
    head = cat.request("HEAD", version_url(file, old, "/download"))
    equal("HEAD", (head.status, head.headers["content-length"]), (200, "70000"))
    equal("what is stored counts", (used(cat), folder_size(cat, folder)), (sum(map(len, contents[1:])),) * 2)

    restored = cat.post(version_url(file, old, "/restore"), {})
    equal("restored", (restored.status, restored.json()["id"], restored.json()["size"]), (200, file, 70_000))
    equal("it is the content now", cat.download(file).body, contents[3])
    equal("what was current is the next", [row["size"] for row in versions(cat, file)], [70_000, 131_072, 0, 20])
    equal("nothing came or went", used(cat), sum(map(len, contents[1:])))
    equal("the current one is not restored", cat.post(version_url(file, old, "/restore"), {}).status, 409)
    equal("nor deleted", cat.delete(version_url(file, old)).status, 409)
    equal("an older one is", cat.delete(version_url(file, rows[0]["version"])).status, 204)
    equal("and gone", (cat.delete(version_url(file, rows[0]["version"])).status, cat.get(version_url(file, rows[0]["version"], "/download")).status), (404, 404))
    equal("and counted", (used(cat), folder_size(cat, folder)), (70_020, 70_020))
    for wrong in ("0", "x", "-1", str(2**63), str(2**63 - 1), rows[3]["version"] + "0"):
        equal(f"version {wrong}", cat.get(version_url(file, wrong, "/download")).status, 404)

    other = cat.make_folder(cat.home(), "elsewhere")
    equal("a move", cat.post(f"/api/v1/files/{file}/move", {"destinationFolderId": other}).status, 200)
    equal("takes them along", ([row["size"] for row in versions(cat, file)], folder_size(cat, folder), folder_size(cat, other)), ([70_000, 0, 20], 0, 70_020))
    equal("a rename", cat.patch(f"/api/v1/files/{file}", {"name": "renamed"}).status, 200)
    equal("keeps them", len(versions(cat, file)), 3)
    copied = cat.post(f"/api/v1/files/{file}/copy", {"destinationFolderId": folder}).json()["id"]
    equal("a copy has the current one", [row["size"] for row in versions(cat, copied)], [70_000])
    equal("the deletion of the file", cat.delete(f"/api/v1/files/{file}").status, 204)
    equal("takes them all", (cat.get(f"{OURS}/files/{file}/versions").status, used(cat)), (404, 70_000))
    report = subprocess.run([f"{BIN}/bulkhead-verify", os.path.join(server.data, "vault", "ledger"), "--report", "--json", "--file", file], capture_output=True, text=True)
    check("the ledger names the file of now and the content of each version that left", report.returncode == 0
          and all(hashlib.sha256(each).hexdigest() in report.stdout for each in contents[1:]), report.stdout[-3000:])


def sftp(server, key, user, batch):
    return subprocess.run(["sftp", "-q", "-b", "-", "-P", str(server.ssh_port), "-i", key, "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null",
                           "-o", "LogLevel=ERROR", "-o", "IdentitiesOnly=yes", f"{user}@127.0.0.1"], input=batch, capture_output=True, text=True, timeout=60)


def by_sftp(server):
    """overwritten, renamed over and removed by SFTP: the same versions, the same bin"""
    dan = server.add_user("dan")
    folder = keeping(dan, dan.home(), "in", 5, 7)
    with tempfile.TemporaryDirectory() as place:
        key = os.path.join(place, "key")
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
        equal("key", server.cli("user", "key", "add", "dan", f"{key}.pub").returncode, 0)
        contents = [content_of(size, size) for size in (100_000, 5, 66_000)]
        for index, content in enumerate(contents):
            with open(os.path.join(place, str(index)), "wb") as out:
                out.write(content)
        done = sftp(server, key, "dan", f"put {place}/0 /Home/dan/in/file\nput {place}/1 /Home/dan/in/file\nput {place}/2 /Home/dan/in/file.part\nrename /Home/dan/in/file.part /Home/dan/in/file\n")
        equal("put, put over it, rename over it", (done.returncode, done.stderr), (0, ""))
        file = file_at(dan, folder, "file")
        equal("three versions", [row["size"] for row in versions(dan, file)], [66_000, 5, 100_000])
        for row, content in zip(versions(dan, file), reversed(contents)):
            check(f"{row['size']} bytes, byte for byte", dan.get(version_url(file, row["version"], "/download")).body == content)
        equal("rm", sftp(server, key, "dan", "rm /Home/dan/in/file\n").returncode, 0)
        check("it is nowhere by SFTP", sftp(server, key, "dan", f"get /Home/dan/in/file {place}/again\n").returncode != 0)
        listed = sftp(server, key, "dan", "ls -a /Home/dan/in\n")
        equal("nor in a list", (listed.returncode, "file" in listed.stdout), (0, False))
        rows = bin_of(dan)
        equal("but in the bin", [(row["id"], row["name"], row["folderPath"], row["versionCount"], row["totalSize"], row["deletedBy"]) for row in rows],
              [(file, "file", "/Home/dan/in", 3, 166_005, "dan")])
        equal("where it counts", (used(dan), folder_size(dan, folder)), (166_005, 166_005))
        equal("restored by REST", dan.post(f"{BIN_URL}/{file}/restore", {}).status, 200)
        equal("got by SFTP", sftp(server, key, "dan", f"get /Home/dan/in/file {place}/again\n").returncode, 0)
        with open(os.path.join(place, "again"), "rb") as back:
            check("byte for byte", back.read() == contents[2])


def the_bin(server):
    """deleted by REST: the bin lists, restores, deletes and empties; trees lose their folder"""
    eva = server.add_user("eva")
    home = eva.home()
    folder = keeping(eva, home, "a", 2, 7)
    put(eva, folder, "f", content_of(90_000, 1))
    file = put(eva, folder, "f", content_of(10, 1))
    equal("deleted", eva.delete(f"/api/v1/files/{file}").status, 204)
    for what in ("", "/download"):
        equal(f"GET /files/{{id}}{what}", eva.get(f"/api/v1/files/{file}{what}").status, 404)
    equal("its versions", eva.get(f"{OURS}/files/{file}/versions").status, 404)
    equal("a list of all files", eva.get("/api/v1/files").json()["items"], [])
    equal("an archive of it", eva.get(f"{OURS}/zip?file={file}").status, 404)
    equal("deleted again", eva.delete(f"/api/v1/files/{file}").status, 404)
    page = eva.get(BIN_URL).json()
    document = eva.get("/api/v1/openapi.json").json()
    equal("the bin fits its schema", faults(document, {"$ref": "#/components/schemas/BinnedFilePage"}, page), [])
    equal("what it says", [(row["id"], row["folderID"], row["size"], row["totalSize"], row["versionCount"]) for row in page["items"]], [(file, folder, 10, 90_010, 2)])
    equal("masks", [len(bin_of(eva, query)) for query in ("?name=f*", "?name=g*", "?folderPathContains=eva/A", "?folderPathContains=none", "?perPage=1&page=2")], [1, 0, 1, 0, 0])
    put(eva, folder, "f", b"another")
    taken = eva.post(f"{BIN_URL}/{file}/restore", {})
    equal("the name is taken", (taken.status, taken.json()["errorCode"]), (409, 2092))
    elsewhere = eva.make_folder(home, "elsewhere")
    back = eva.post(f"{BIN_URL}/{file}/restore", {"destinationFolderId": elsewhere})
    equal("restored elsewhere", (back.status, back.json()["path"], len(versions(eva, file))), (200, "/Home/eva/elsewhere/f", 2))
    equal("counted there", (folder_size(eva, folder), folder_size(eva, elsewhere)), (7, 90_010))
    equal("a folder without a bin", eva.delete(f"/api/v1/files/{file}").status, 204)
    equal("keeps nothing", (bin_of(eva), used(eva)), ([], 7))

    below = eva.make_folder(folder, "below")
    inner = put(eva, below, "inner", content_of(80_000, 2))
    equal("a tree goes", eva.delete(f"/api/v1/folders/{folder}").status, 204)
    rows = {row["name"]: row for row in bin_of(eva)}
    equal("its files are in the bin", sorted((name, row["folderPath"], row["folderID"]) for name, row in rows.items()),
          [("f", "/Home/eva/a", None), ("inner", "/Home/eva/a/below", None)])
    equal("they count for who uploaded them", (used(eva), folder_size(eva, home)), (80_007, 0))
    equal("they have no place to go back to", eva.post(f"{BIN_URL}/{inner}/restore", {}).status, 404)
    equal("unless one is named", eva.post(f"{BIN_URL}/{inner}/restore", {"destinationFolderId": str(elsewhere)}).status, 200)
    equal("byte for byte", eva.download(inner).body, content_of(80_000, 2))
    equal("for good", (eva.delete(f"{BIN_URL}/{rows['f']['id']}").status, eva.delete(f"{BIN_URL}/{rows['f']['id']}").status, used(eva)), (204, 404, 80_000))
    keep(eva, elsewhere, recycleBinDays=1)
    for name in ("x", "y", "z"):
        eva.delete(f"/api/v1/files/{put(eva, elsewhere, name, b'123')}")
    equal("emptied", (eva.delete(BIN_URL).json(), bin_of(eva), used(eva)), ({"deletedCount": 3}, [], 80_000))
    for wrong in ("x", "0", str(2**64)):
        equal(f"entry {wrong}", (eva.delete(f"{BIN_URL}/{wrong}").status, eva.post(f"{BIN_URL}/{wrong}/restore", {}).status), (404, 404))
    for wrong, status in ((0, 404), (99, 404), (2**40, 404), ("a", 422)):
        equal(f"into {wrong}", eva.post(f"{BIN_URL}/{inner}/restore", {"destinationFolderId": wrong}).status, status)


def rights(server):
    """others: 404 and 403, another organisation: 404"""
    fay, gus, admin = server.add_user("fay"), server.add_user("gus"), server.client("admin")
    folder = keeping(fay, fay.home(), "a", 2, 7)
    old = put(fay, folder, "f", b"old secret")
    file = put(fay, folder, "f", b"new secret")
    version = versions(fay, file)[1]["version"]
    gone = put(fay, folder, "g", b"gone")
    fay.delete(f"/api/v1/files/{gone}")

    def tried(client):
        return [client.get(f"{OURS}/files/{file}/versions").status, client.get(version_url(file, version, "/download")).status,
                client.post(version_url(file, version, "/restore"), {}).status, client.delete(version_url(file, version)).status,
                client.post(f"{BIN_URL}/{gone}/restore", {}).status, client.delete(f"{BIN_URL}/{gone}").status, len(bin_of(client))]
    nothing = [404] * 6 + [0]
    equal("a stranger", tried(gus), nothing)
    server.add_user("system2", "SysAdmin").post("/api/v1/organizations", {"name": "History"})
    system = server.client("system2")
    other = next(item["id"] for item in system.get("/api/v1/organizations").json()["items"] if item["name"] == "History")
    made = system.post("/api/v1/users", {"username": "foreign", "password": PASSWORD, "permission": "Admin", "orgID": int(other), "forceChangePassword": False})
    equal("an administrator of another organisation", made.status, 201)
    foreign = server.client("foreign") if server.sign_on("foreign").status == 200 else None
    if foreign is None:
        server.sign_on("foreign", PASSWORD, new_password=PASSWORD + "x")
        foreign = server.client("foreign", PASSWORD + "x")
    equal("and all of it is 404 for him", tried(foreign), nothing)
    equal("and for a SysAdmin nothing is there", [status in (403, 404) for status in tried(system)[:6]], [True] * 6)
    fay.grant(folder, "gus", listFiles=True)
    equal("who may list", tried(gus), [200, 403, 403, 403, 404, 404, 0])
    fay.grant(folder, "gus", listFiles=True, readFiles=True)
    equal("who may read", tried(gus), [200, 200, 403, 403, 404, 404, 0])
    fay.grant(folder, "gus", deleteFiles=True, listFiles=True)
    equal("who may delete sees the bin, and restores nothing", (len(bin_of(gus)), gus.post(f"{BIN_URL}/{gone}/restore", {}).status), (1, 403))
    equal("nor takes what he cannot read", gus.post(f"{BIN_URL}/{gone}/restore", {"destinationFolderId": gus.home()}).status, 403)
    equal("an administrator sees all", gone in [row["id"] for row in bin_of(admin)], True)
    equal("the old id", fay.get(f"/api/v1/files/{old}").status, 404)
    equal("nobody changed anything", [row["isCurrent"] for row in versions(fay, file)], [True, False])


def quotas_are_exact(server):
    """what is kept fills the quota to the byte, and makes room when it goes"""
    hal, admin = server.add_user("hal"), server.client("admin")
    folder = keeping(hal, hal.home(), "a", 1, 7)
    equal("a quota", admin.patch("/api/v1/users/hal/quota", {"folderQuota": 100_000}).status, 200)
    put(hal, folder, "f", bytes(40_000))
    put(hal, folder, "f", bytes(50_000))
    equal("one byte too many beside both", hal.upload(folder, "g", bytes(10_001)).status, 422)
    file = put(hal, folder, "f", bytes(50_000))
    equal("the oldest gave its room", used(hal), 100_000)
    equal("one byte", hal.upload(folder, "h", b"1").status, 422)
    hal.delete(f"/api/v1/files/{file}")
    equal("in the bin it counts", (used(hal), hal.upload(folder, "h", b"1").status), (100_000, 422))
    hal.delete(BIN_URL)
    equal("emptied", (used(hal), hal.upload(folder, "h", bytes(100_000)).status), (0, 201))


def restart_and_purge(server):
    """all is there after kill -9 and a restart; what is over goes by itself"""
    ida = server.add_user("ida")
    folder = keeping(ida, ida.home(), "a", 2, 1)
    contents = [content_of(size, 3) for size in (100_000, 200_000, 300_000)]
    for content in contents:
        file = put(ida, folder, "f", content)
    gone = [put(ida, folder, name, contents[0]) for name in ("soon", "later")]
    for each in gone:
        ida.delete(f"/api/v1/files/{each}")
    before = blobs(server)
    server.kill()
    server.start()
    ida = server.client("ida")
    for row, content in zip(versions(ida, file), reversed(contents)):
        check(f"{row['size']} bytes after the restart", ida.get(version_url(file, row["version"], "/download")).body == content)
    equal("the bin too", sorted(row["id"] for row in bin_of(ida)), sorted(gone))
    equal("and every blob", blobs(server), before)
    server.stop()
    catalog = sqlite3.connect(os.path.join(server.data, "keeper", "catalog.db"))
    catalog.execute("UPDATE binned SET until_ms = 1 WHERE file = ?", (int(gone[0]),))
    catalog.commit()
    catalog.close()
    server.start()
    ida = server.client("ida")
    check("it is gone within a tick", wait_for(lambda: [row["id"] for row in bin_of(ida)] == [gone[1]]))
    check("with its blob", wait_for(lambda: blobs(server) == before - 1))
    equal("and its bytes", used(ida), 700_000)
    equal("the other is restored", (ida.post(f"{BIN_URL}/{gone[1]}/restore", {}).status, ida.download(gone[1]).body == contents[0]), (200, True))


def main():
    tests = (settings, older_versions, by_sftp, the_bin, rights, quotas_are_exact, restart_and_purge)
    with Server(ssh=True) as server:
        for test in tests:
            if not sys.argv[1:] or test.__name__ in sys.argv[1:]:
                section(test, server)
        section(server_is_well, server)
    finish()


if __name__ == "__main__":
    main()
