"""The log (moveit-rest section 5 "Logs"), who fetched a file, and for how long the log is kept: real server, REST and SFTP."""
import os
import subprocess
import tempfile
import time
from urllib.parse import quote

from support.json_schema import faults
from support.server import PASSWORD, Client, Server, check, equal, finish, section, server_is_well

LOGS, BULKHEAD = "/api/v1/logs", "/api/bulkhead/v1"
AGING = "/api/v1/settings/miscellaneous/aging/logs"


def wait_for(true, seconds=10):
    end = time.monotonic() + seconds
    while not true() and time.monotonic() < end:
        time.sleep(0.05)
    return true()


def listed(client, query=""):
    answer = client.get(f"{LOGS}?perPage=1000{query and '&'}{query}")
    if answer.status != 200:
        raise RuntimeError(f"{query}: {answer}")
    return answer.json()["items"]


def actions(client, query=""):
    return [item["action"] for item in listed(client, query)]


def sftp(server, key, batch, user):
    return subprocess.run(["sftp", "-q", "-b", "-", "-P", str(server.ssh_port), "-i", key, "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null",
                           "-o", "LogLevel=ERROR", "-o", "IdentitiesOnly=yes", f"{user}@127.0.0.1"], input=batch, capture_output=True, text=True, timeout=60)


def transfers(server):
    """uploads and downloads over REST and SFTP: at once, with every field"""
    anna, admin = server.add_user("anna"), server.client("admin")
    made = anna.upload(anna.home(), "plan.pdf", b"x" * 3_000).json()
    rows = listed(anna)
    equal("at once in her log", [(row["action"], row["fileName"]) for row in rows], [("file_upload", "plan.pdf")])
    row, me = rows[0], anna.get("/api/v1/users/self").json()
    equal("the fields", {name: row[name] for name in ("username", "userLoginName", "fileID", "folderID", "folderPath", "transferSize", "ipAddress", "errorCode", "orgID")},
          {"username": me["id"], "userLoginName": "anna", "fileID": made["id"], "folderID": anna.home(), "folderPath": "/Home/anna", "transferSize": 3_000,
           "ipAddress": "127.0.0.1", "errorCode": 0, "orgID": 1000})
    check("a number, a time, text", isinstance(row["id"], int) and len(row["logTime"]) == 19 and "Uploaded" in row["message"], row)
    anna.download(made["id"])
    anna.download(made["id"], {"Range": "bytes=100-199"})
    done = wait_for(lambda: [item["transferSize"] for item in listed(anna, "action=Download")] == [3_000, 100])
    check("downloads say what went out", done, listed(anna, "action=Download"))
    with tempfile.TemporaryDirectory() as folder:
        key = f"{folder}/key"
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
        server.cli("user", "key", "add", "anna", f"{key}.pub")
        with open(f"{folder}/by-sftp", "wb") as file:
            file.write(b"s" * 70_000)
        said = sftp(server, key, f"put {folder}/by-sftp /Home/anna/by-sftp\nget /Home/anna/by-sftp {folder}/back\nrename /Home/anna/by-sftp /Home/anna/moved\nrm /Home/anna/moved\n", "anna")
        equal("sftp", said.returncode, 0)
    wait_for(lambda: any(row["fileName"] == "by-sftp" and row["transferSize"] == 70_000 for row in listed(anna, "action=Download")))
    mine = [row["action"] for row in listed(anna, "fileNameContains=by-sftp")]
    equal("SFTP: sent and fetched", mine, ["file_upload", "file_download"])
    equal("renamed and removed", [(row["action"], row["fileName"]) for row in listed(anna, "fileNameContains=moved")], [("file_move", "moved"), ("file_delete", "moved")])
    signs = [row for row in listed(anna, "suppressSigns=false") if row["action"] == "sec_signon"]
    check("her sign-ons over both, only when asked for", len(signs) >= 2 and "sec_signon" not in actions(anna), signs)
    key_row = listed(admin, "action=UserMaintenance&suppressSigns=false")
    check("the key that the command line gave her", any(row["action"] == "user_addkey" and row["targetName"] == "anna" and "SHA256:" in row["message"] for row in key_row), key_row)
    one = anna.get(f"{LOGS}/{row['id']}").json()
    receipt = anna.get(f"{BULKHEAD}/receipts/{one['receipt']}").json()
    document = anna.get("/api/v1/openapi.json").json()
    for schema, answer in (("LogPage", anna.get(LOGS).json()), ("LogDetails", one), ("FetchPage", anna.get(f"{BULKHEAD}/files/{made['id']}/downloads").json())):
        equal(f"{schema} as the document says", faults(document, {"$ref": f"#/components/schemas/{schema}"}, answer), [])
    equal("an entry leads to its receipt", (receipt["kind"], receipt["fileID"], one["certificate"]), ("received", made["id"], None))


def changes(server):
    """renames, moves, rights, groups, settings, users, refused sign-ons"""
    admin, bert = server.client("admin"), server.add_user("bert")
    home = bert.home()
    file = bert.upload(home, "draft.txt", b"1").json()["id"]
    bert.patch(f"/api/v1/files/{file}", {"name": "final.txt"})
    sub = bert.post(f"/api/v1/folders/{home}/subfolders", {"name": "sub"}).json()["id"]
    bert.post(f"/api/v1/files/{file}/move", {"destinationFolderId": sub})
    bert.patch(f"/api/v1/folders/{sub}", {"name": "below"})
    rows = listed(bert)
    equal("in order", [row["action"] for row in rows], ["file_upload", "file_move", "folder_add", "file_move", "folder_move"])
    equal("what it was before", [row["message"].partition("was ")[2] for row in rows if row["action"].endswith("move")],
          ["/Home/bert/draft.txt", "/Home/bert/final.txt", "/Home/bert/sub"])
    admin.grant(home, "anna", readFiles=True, listFiles=True)
    admin.ungrant(home, "anna")
    group = admin.post("/api/v1/groups", {"name": "readers"}).json()["id"]
    admin.post(f"/api/v1/groups/{group}/members", {"userIds": [bert.get("/api/v1/users/self").json()["id"]]})
    bert_id = bert.get("/api/v1/users/self").json()["id"]
    admin.patch(f"/api/v1/users/{bert_id}/quota", {"folderQuota": 5_000_000})
    admin.patch(f"/api/v1/folders/{home}/maintenance", {"folderQuota": {"quota": 1_000_000}})
    admin.patch(f"/api/v1/users/{bert_id}", {"fullName": "Bert Brecht", "notes": "n"})
    rows = {row["action"]: row for row in listed(admin)}
    right = rows.get("folder_permit", {})
    equal("rights: to whom, where, which", (right.get("targetName"), right.get("folderPath"), right.get("userLoginName")), ("anna", "/Home/bert", "admin"))
    check("by name", "readFiles listFiles" in right.get("message", ""), right)
    check("taken away, groups, quota", {"folder_unpermit", "group_add", "user_quota"} <= set(rows), list(rows))
    check("the change of an account, before and after", "fullName 'bert' to 'Bert Brecht'" in rows.get("user_change", {}).get("message", ""), rows.get("user_change"))
    server.sign_on("bert", "wrong wrong wrong")
    server.sign_on("nobody-here", "wrong wrong wrong")
    check("a refused sign-on is an error of that user", wait_for(lambda: [row["errorCode"] for row in listed(bert, "suppressSigns=false&successFailure=Error")] == [2025]),
          listed(bert, "suppressSigns=false&successFailure=Error"))
    check("that of nobody is in no organisation", "nobody-here" not in str(listed(admin, "suppressSigns=false")))
    equal("suspended by the command line", server.cli("user", "disable", "bert").returncode, 0)
    check("is there too", any(row["targetName"] == "bert" and "Suspended" in row["message"] for row in listed(admin, "action=UserMaintenance")))


def newer_changes(server):
    """older versions, the recycle bin, tokens, keys, acting for an organisation: each has its entry"""
    emil, system = server.add_user("emil"), server.add_user("acting", "SysAdmin")
    folder = emil.make_folder(emil.home(), "kept")
    emil.patch(f"{BULKHEAD}/folders/{folder}/history", {"versionsKept": 3, "recycleBinDays": 3})
    emil.patch(f"/api/v1/folders/{folder}/miscellaneous", {"allowFileOverwrite": True})
    emil.upload(folder, "plan.txt", b"first")
    file = emil.upload(folder, "plan.txt", b"second").json()["id"]
    older = emil.get(f"{BULKHEAD}/files/{file}/versions").json()["items"][-1]["version"]
    emil.post(f"{BULKHEAD}/files/{file}/versions/{older}/restore", {})
    emil.delete(f"/api/v1/files/{file}")
    emil.post(f"{BULKHEAD}/recyclebin/{file}/restore", {})
    emil.delete(f"/api/v1/files/{file}")
    emil.delete(f"{BULKHEAD}/recyclebin/{file}")
    rows = listed(emil, "fileNameContains=plan.txt")
    equal("a version restored, a file undeleted and gone for good", [row["action"] for row in rows],
          ["file_upload", "file_upload", "file_restoreversion", "file_delete", "file_undelete", "file_delete", "bin_delete"])
    equal("where it was", {row["folderPath"] for row in rows}, {"/Home/emil/kept"})
    check("what the folder keeps", any("keeps 3 versions" in row["message"] for row in listed(emil, f"folderId={folder}")), listed(emil))
    token = emil.post(f"{BULKHEAD}/tokens", {"name": "nightly", "scope": "read", "expiresInDays": 9}).json()
    emil.delete(f"{BULKHEAD}/tokens/{token['id']}")
    rows = [row for row in listed(emil, "action=UserMaintenance")]
    equal("a token made and taken away", [row["action"] for row in rows], ["user_addtoken", "user_removetoken"])
    check("by name and first letters, and no more of it", all("nightly" in row["message"] and token["token"] not in row["message"] for row in rows), rows)
    other = system.post("/api/v1/organizations", {"name": "Acted for"}).json()["id"]
    equal("acts as its Admin", system.post("/api/v1/auth/actasadmin", {"orgId": int(other)}).status, 200)
    acting = Client(server, system.token)
    rows = listed(acting)
    equal("seen as its first entry", [(row["action"], row["userLoginName"], row["orgID"]) for row in rows], [("sec_actasadmin", "acting", int(other))])


def filters(server):
    """each filter alone; what is no date, action or number is a 422 that names it"""
    admin, anna = server.client("admin"), server.client("anna")
    anna_id = anna.get("/api/v1/users/self").json()["id"]
    everything = listed(admin)
    for query, fits in (
            ("action=Upload", lambda row: row["action"] == "file_upload"), ("action=filetransfer", lambda row: row["action"] in ("file_upload", "file_download")),
            ("userNameContains=NN", lambda row: "nn" in row["userLoginName"]), (f"userId={anna_id}", lambda row: row["username"] == anna_id),
            ("fileNameContains=PLAN", lambda row: "plan" in row["fileName"]), ("folderPathContains=/home/b", lambda row: "/home/b" in row["folderPath"].lower()),
            (f"folderId={anna.home()}", lambda row: row["folderID"] == anna.home()), ("ipContains=127.0", lambda row: "127.0" in row["ipAddress"]),
            ("sizeComparison=LargerOrEqual&size=60", lambda row: row["transferSize"] >= 60 * 1024), ("successFailure=Success", lambda row: row["errorCode"] == 0),
            ("startDateTime=01-01-2020&endDateTime=12/31/2099", lambda row: True), ("startDateTime=2099-01-01T00:00:00", lambda row: False),
            ("endDateTime=01-01-20%2012:00", lambda row: False), ("action=ContentScanning", lambda row: False), ("fileNameContains=%25", lambda row: "%" in row["fileName"])):
        got, want = [row["id"] for row in listed(admin, query)], [row["id"] for row in everything if fits(row)]
        check(f"{query}: {len(want)}", got == want, (got, want))
    for name, value in (("startDateTime", "yesterday"), ("endDateTime", "13-13-2020"), ("action", "Nonsense"), ("size", "-1"), ("successFailure", "Maybe"), ("folderId", "x"), ("suppressSigns", "maybe")):
        answer = admin.get(f"{LOGS}?{name}={value}")
        check(f"{name}={value}: 422 names it", answer.status == 422 and name in answer.json()["detail"], answer)
    equal("nothing named in the filter is no filter", [row["id"] for row in listed(admin, "size=0&folderId=0&action=None&userId=&sizeComparison=none")], [row["id"] for row in everything])
    names = [row["fileName"] for row in listed(admin, "sortField=filename&sortDirection=desc")]
    equal("sorted", names, sorted(names, key=str.lower, reverse=True))
    equal("an unknown order is the default", admin.get(f"{LOGS}?sortField=nonsense").json()["sorting"], [{"sortField": "logtime", "sortDirection": "asc"}])
    first = admin.get(f"{LOGS}?perPage=7").json()
    pages = [admin.get(f"{LOGS}?perPage=7&page={page}").json()["items"] for page in range(1, first["paging"]["totalPages"] + 1)]
    equal("pages fit together", [row["id"] for page in pages for row in page], [row["id"] for row in everything])
    beyond = admin.get(f"{LOGS}?perPage=7&page=999").json()
    equal("past the end: none, and the true end", (beyond["items"], beyond["paging"]["totalPages"]), ([], first["paging"]["totalPages"]))
    empty = admin.get(f"{LOGS}?startDateTime=2099-01-01").json()["paging"]
    equal("an empty log has one page", (empty["page"], empty["totalPages"], empty["totalItems"]), (1, 1, 0))
    check("views of the log, when asked for", any(row["action"] == "log_view" for row in listed(admin, "suppressLogViews=false")) and "log_view" not in actions(admin))


def hostile_names(server):
    """R-006, R-007: names that mean something elsewhere come back as they are, and match as they are"""
    cleo, admin = server.add_user("cleo"), server.client("admin")
    name = "100%_[a-z]'; DROP TABLE log;--.txt"
    equal("uploaded", cleo.upload(cleo.home(), name, b"h").status, 201)
    cleo.upload(cleo.home(), "1000_plain.txt", b"h")
    for part in ("%_[", "'; DROP TABLE log;--", name):
        equal(f"{part!r} finds it alone", [row["fileName"] for row in listed(admin, f"fileNameContains={quote(part)}")], [name])
    for part in ("%lain", "1_0", "*", "[a]", "' OR 1=1 --"):
        equal(f"{part!r} finds nothing", listed(admin, f"fileNameContains={quote(part)}"), [])
    equal("a part that is too long: 422", admin.get(f"{LOGS}?fileNameContains={'x' * 1_100}").status, 422)
    check("the log is there", len(listed(admin)) > 10)


def rights(server):
    """R-052: one's own, one's organisation's, nobody else's"""
    admin, dora = server.client("admin"), server.add_user("dora")
    admin.post("/api/v1/users", {"username": "audit", "password": PASSWORD, "permission": "AuditUser"})
    audit = server.client("audit")
    system = server.add_user("system", "SysAdmin")
    other = system.post("/api/v1/organizations", {"name": "Other", "passPhrase": "not used"}).json()["id"]
    system.post("/api/v1/users", {"username": "chief", "password": PASSWORD, "permission": "Admin", "orgID": int(other)})
    chief = server.client("chief")
    chief.post("/api/v1/users", {"username": "guest", "password": PASSWORD, "permission": "User"})
    guest = server.client("guest")
    file = guest.upload(guest.home(), "theirs.txt", b"t").json()["id"]
    mine = dora.upload(dora.home(), "mine.txt", b"m").json()["id"]
    dora_id = dora.get("/api/v1/users/self").json()["id"]
    equal("a user: his own", {row["username"] for row in listed(dora, "suppressSigns=false")}, {dora_id})
    equal("whatever he asks for", listed(dora, f"userId={admin.get('/api/v1/users/self').json()['id']}"), [])
    equal("nor by a part of a name", listed(dora, "userNameContains=anna"), [])
    for name, client in (("an Admin", admin), ("an AuditUser", audit)):
        check(f"{name}: all of the organisation, none of another", {"anna", "dora"} <= {row["userLoginName"] for row in listed(client)}
              and {row["orgID"] for row in listed(client, "suppressSigns=false")} == {1000}, listed(client)[:3])
    theirs = listed(chief, "suppressSigns=false")
    equal("the other organisation", ({row["orgID"] for row in theirs}, "theirs.txt" in {row["fileName"] for row in theirs}), ({1001}, True))
    foreign = [row["id"] for row in theirs]
    unknown = admin.get(f"{LOGS}/999999999")
    check("no entry of theirs is there", all((answer.status, answer.body) == (404, unknown.body) for answer in (admin.get(f"{LOGS}/{number}") for number in foreign)), unknown)
    check("nor of ours there", all(chief.get(f"{LOGS}/{row['id']}").status == 404 for row in listed(admin)[:20]))
    equal("each sees his own", {chief.get(f"{LOGS}/{number}").status for number in foreign}, {200})
    equal("totals count nobody else's", chief.get(f"{LOGS}?suppressSigns=false").json()["paging"]["totalItems"], len(listed(chief, "suppressSigns=false")))
    seen = listed(system, "suppressSigns=false")
    check("a SysAdmin: all organisations, no file and no folder", {1000, 1001} <= {row["orgID"] for row in seen} and not any(row["fileName"] or row["folderPath"] for row in seen))
    check("and sign-ons of nobody, and starts", any(row["userLoginName"] == "nobody-here" for row in seen) and any(row["action"] == "sys_start" for row in seen))
    equal("no number: 404", admin.get(f"{LOGS}/x").status, 404)
    equal("without a token: 401", server.client().get(LOGS).status, 401)
    for client, want in ((dora, 200), (admin, 200), (audit, 200), (server.client("anna"), 404), (chief, 404), (guest, 404), (system, 404)):
        equal(f"who fetched her file: {want}", client.get(f"{BULKHEAD}/files/{mine}/downloads").status, want)
    equal("nor we theirs", (admin.get(f"{BULKHEAD}/files/{file}/downloads").status, dora.get(f"{BULKHEAD}/files/1/downloads").status), (404, 404))


def fetched(server):
    """who fetched a file: everybody, with bytes and ranges; also when it is gone"""
    dora, anna = server.client("dora"), server.client("anna")
    file = dora.upload(dora.home(), "offer.bin", bytes(range(256)) * 1_000).json()
    dora.grant(dora.home(), "anna", readFiles=True, listFiles=True)
    anna.download(file["id"])
    anna.download(file["id"], {"Range": "bytes=1000-1999"})
    url = f"{BULKHEAD}/files/{file['id']}/downloads"
    check("both have ended", wait_for(lambda: [item["outcome"] for item in dora.get(url).json()["items"]] == ["complete", "complete"]), dora.get(url))
    items = dora.get(url).json()["items"]
    equal("who, from where, how much", [(item["userLoginName"], item["ipAddress"], item["bytes"], item["ranges"]) for item in items],
          [("anna", "127.0.0.1", 256_000, [{"offset": 0, "length": 256_000}]), ("anna", "127.0.0.1", 1_000, [{"offset": 1_000, "length": 1_000}])])
    equal("of which content", {item["sha256"] for item in items}, {file["sha256"]})
    receipt = anna.get(f"{BULKHEAD}/receipts/{items[0]['receipt']}").json()
    equal("the receipt of the release", (receipt["kind"], receipt["fileID"]), ("released", file["id"]))
    equal("not for who fetched it", anna.get(url).status, 404)
    equal("deleted", dora.delete(f"/api/v1/files/{file['id']}").status, 204)
    equal("still told", [item["bytes"] for item in dora.get(url).json()["items"]], [256_000, 1_000])
    equal("one page of one", (len(dora.get(f"{url}?perPage=1&page=2").json()["items"]), dora.get(f"{url}?perPage=1").json()["paging"]["totalPages"]), (1, 2))


def retention(server):
    """for how many days the log is kept"""
    chief, guest = server.client("chief"), server.client("guest")
    answer = chief.post(AGING, {"logRetention": "30", "archiveLogs": "false"})
    equal("set", (answer.status, answer.json()), (200, {"logRetention": 30, "archiveLogs": False}))
    equal("no archive is promised: 422", chief.post(AGING, {"logRetention": 30, "archiveLogs": True}).status, 422)
    equal("0 days, or too many: 422", [chief.post(AGING, {"logRetention": days}).status for days in (0, 40_000)], [422, 422])
    equal("missing: 422", chief.post(AGING, {}).status, 422)
    equal("a user: 403", guest.post(AGING, {"logRetention": 30}).status, 403)
    check("it is in the log", "log_retention" in actions(chief, "action=Administration"))


def facts_of(client):
    """What a log holds, without numbers that may differ."""
    rows = listed(client, "suppressSigns=false&suppressLogViews=true")
    return sorted((row["action"], row["logTime"], row["userLoginName"], row["fileID"], row["transferSize"], row["message"]) for row in rows if row["action"] != "sec_signon")


def after_a_crash(server):
    """killed, stopped, log.db gone: nothing lost, nothing twice; transfers come back from the ledger"""
    admin = server.client("admin")
    wait_for(lambda: not any("under way" in row["message"] for row in listed(admin)))
    before = facts_of(admin)
    anna = server.client("anna")
    acknowledged = [anna.upload(anna.home(), f"late{number}", b"l").json()["id"] for number in range(10)]
    renamed = anna.patch(f"/api/v1/files/{acknowledged[0]}", {"name": "renamed-late"}).status
    server.kill()
    server.start()
    admin = server.client("admin")
    late = listed(admin, "fileNameContains=late")
    equal("after kill -9: each upload once", sorted(row["fileID"] for row in late if row["action"] == "file_upload"), sorted(acknowledged))
    equal("and the rename", (renamed, [row["fileID"] for row in late if row["action"] == "file_move"]), (200, acknowledged[:1]))
    check("all of before is there once", [fact for fact in facts_of(admin) if "late" not in str(fact) and fact[3] not in acknowledged] == before)
    sent = sorted((row["action"], row["logTime"], row["fileID"], row["fileName"], row["transferSize"]) for row in listed(admin, "action=FileTransfer"))
    fetched_before = admin.get(f"{BULKHEAD}/files/{acknowledged[0]}/downloads").json()
    server.stop()
    for name in os.listdir(os.path.join(server.data, "chronicle")):
        os.unlink(os.path.join(server.data, "chronicle", name))
    server.start()
    admin = server.client("admin")
    again = sorted((row["action"], row["logTime"], row["fileID"], row["fileName"], row["transferSize"]) for row in listed(admin, "action=FileTransfer"))
    check("without log.db the transfers come back", wait_for(lambda: len(listed(admin, "action=FileTransfer")) == len(sent)) and again == sent, (len(again), len(sent)))
    equal("and who fetched", admin.get(f"{BULKHEAD}/files/{acknowledged[0]}/downloads").json(), fetched_before)
    names = {row["userFullName"] for row in listed(admin, "action=Upload&userNameContains=bert")}
    equal("with the names of now", names, {"Bert Brecht"})


if __name__ == "__main__":
    with Server({"sign_on": {"attempts": 1000}, "server": {"ready_gates": 6}}, ssh=True) as server:
        for test in (transfers, changes, filters, hostile_names, rights, fetched, newer_changes, retention, after_a_crash, server_is_well):
            section(test, server)
    finish()
