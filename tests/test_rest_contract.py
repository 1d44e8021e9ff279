"""What the known clients of the REST interface call and rely on: moveit-rest sections 2 to 9."""
import json
import re
import time
import urllib.parse

from support.server import PASSWORD, Client, check, equal, multipart, run, status_in, users_self_id

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
STAMP = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$")
SIMPLE_FILE = {"id": str, "name": str, "path": str, "size": int, "folderID": int, "uploadUsername": str, "uploadStamp": str, "isNew": bool}
FILE_DETAILS = {**SIMPLE_FILE, "orgID": str, "originalFileType": str, "currentFileType": str, "originalFilename": str, "uploadComment": str, "uploadIP": str,
                "uploadAgentBrand": str, "uploadAgentVersion": str, "uploadIntegrity": int, "uploadUserFullName": str, "downloadCount": int, "hash": str,
                "dlpChecked": bool, "dlpMetaData": int, "dlpViolation": str, "dlpBlocked": bool}
SIMPLE_FOLDER = {"id": int, "parentId": int, "name": str, "path": str, "folderType": str, "lastContentChangeTime": str, "isShared": bool, "permission": dict,
                 "subfolderCount": int, "totalFileCount": int, "sharedWithUsersCount": int, "sharedWithGroupsCount": int}
PERMISSIONS = ("canListSubfolders canAddSubfolders canChangeSettings canDelete canListFiles canReadFiles canWriteFiles canDeleteFiles canShare").split()
USER_DETAILS = {"id": str, "orgID": int, "username": str, "fullName": str, "permission": str, "email": str, "status": str, "emailFormat": str, "notes": str,
                "forceChangePassword": bool, "folderQuota": int, "totalFileSize": int, "authMethod": str, "language": str, "homeFolderID": int,
                "defaultFolderID": int, "expirationPolicyID": int, "displaySettings": dict}


def has_shape(what, thing, shape):
    wrong = [f"{name} is {thing.get(name)!r}" for name, kind in shape.items() if type(thing.get(name)) is not kind]
    check(f"{what}: every member with its type", not wrong, wrong)


def is_error(what, answer, status):
    """ErrorModel of section 3"""
    try:
        body = answer.json()
    except ValueError:
        body = {}
    fits = answer.status == status and isinstance(body.get("title"), str) and isinstance(body.get("detail"), str) and body["detail"] and type(body.get("errorCode")) is int
    check(f"{what}: {status} with title, detail, errorCode", fits, answer)


def token_post(server, fields, headers=FORM, path="/api/v1/token"):
    return server.client().post(path, fields if isinstance(fields, bytes) else urllib.parse.urlencode(fields).encode(), headers=headers)


def sign_on(server):
    """section 2: password, errors, forced change"""
    equal("GET /token answers some JSON", type(server.client().get("/api/v1/token").json()), dict)
    server.add_user("tina")
    good = {"grant_type": "password", "username": "tina", "password": PASSWORD}
    granted = token_post(server, good)
    body = granted.json()
    equal("password grant: 200", granted.status, 200)
    has_shape("token answer", body, {"access_token": str, "token_type": str, "expires_in": int, "refresh_token": str})
    equal("token_type and the default life", (body["token_type"], body["expires_in"]), ("bearer", 1199))
    check("item 11: a regex finds access_token unescaped", re.search(rb'"access_token" ?: ?"([A-Za-z0-9_.~+/=-]+)"', granted.body) is not None)
    equal("field order is arbitrary, orgId and language are let pass", token_post(server, f"password={urllib.parse.quote(PASSWORD)}&language=en&orgId=1000&username=tina&grant_type=password".encode()).status, 200)
    equal("alias /auth/token", token_post(server, good, path="/api/v1/auth/token").status, 200)
    for kind in ("application/json", "text/plain", "multipart/form-data", ""):
        equal(f"item 1: /token with Content-Type {kind!r}", token_post(server, good, {"Content-Type": kind} if kind else {}).status, 200)
    for what, fields, error in (("wrong password", {**good, "password": "wrong password 123"}, "invalid_grant"), ("unknown user", {**good, "username": "nobody-here"}, "invalid_grant"),
                                ("no password", {"grant_type": "password", "username": "tina"}, "invalid_grant"), ("unknown grant", {**good, "grant_type": "magic"}, "unsupported_grant_type"),
                                ("no grant", {}, "unsupported_grant_type"), ("wrong refresh token", {"grant_type": "refresh_token", "refresh_token": "abc"}, "invalid_grant")):
        answer = token_post(server, fields)
        shape = answer.json()
        check(f"{what}: 400 {error} in the token error shape", answer.status == 400 and shape.get("error") == error and type(shape.get("error_code")) is int
              and isinstance(shape.get("error_description"), str), answer)
    equal("the user name is not case-sensitive", token_post(server, {**good, "username": "TINA"}).status, 200)
    added = server.cli("user", "add", "newcomer")
    one_time = re.search(r"One-time password: (\S+)", added.stdout).group(1)
    first = token_post(server, {"grant_type": "password", "username": "newcomer", "password": one_time})
    body = first.json()
    equal("one-time password: 400, password_change_required, 3988", (first.status, body.get("error"), body.get("error_code")), (400, "password_change_required", 3988))
    has_shape("password_requirements", body["password_requirements"], {"minimum_length": int, "username_match_requirement": str, "require_letters_numbers": bool,
              "no_dictionary_words": bool, "require_mixed_case": bool, "require_non_alphanumeric": bool})
    equal("user.org_id is an integer, mfa_access_token is there", (type(body["user"]["org_id"]), "mfa_access_token" in body), (int, True))
    weak = token_post(server, {"grant_type": "password", "username": "newcomer", "password": one_time, "new_password": "short"})
    equal("a new password that is too short: 400", weak.status, 400)
    changed = token_post(server, {"grant_type": "password", "username": "newcomer", "password": one_time, "new_password": PASSWORD})
    equal("new_password in the same call: 200", changed.status, 200)
    equal("the one-time password is spent", token_post(server, {"grant_type": "password", "username": "newcomer", "password": one_time}).status, 400)
    equal("the new one works", token_post(server, {"grant_type": "password", "username": "newcomer", "password": PASSWORD}).status, 200)


def refresh_and_revoke(server):
    """section 2.1 refresh, 2.3 revoke"""
    server.add_user("rita")
    first = server.sign_on("rita").json()
    second = token_post(server, {"grant_type": "refresh_token", "refresh_token": first["refresh_token"]})
    equal("refresh: 200", second.status, 200)
    second = second.json()
    check("refresh replaces both tokens", second["access_token"] != first["access_token"] and second["refresh_token"] != first["refresh_token"])
    equal("the new access token works", Client(server, second["access_token"]).get("/api/v1/users/self").status, 200)
    equal("a refresh token works once", token_post(server, {"grant_type": "refresh_token", "refresh_token": first["refresh_token"]}).status, 400)
    equal("its reuse ends the session: the newer refresh token too", token_post(server, {"grant_type": "refresh_token", "refresh_token": second["refresh_token"]}).status, 400)
    equal("... and its access token", Client(server, second["access_token"]).get("/api/v1/users/self").status, 401)
    for kind in ("access_token", "refresh_token"):
        pair = server.sign_on("rita").json()
        live = Client(server, pair["access_token"])
        equal(f"before revoking the {kind} it works", live.get("/api/v1/users/self").status, 200)
        answer = token_post(server, {"token": pair[kind]}, path="/api/v1/token/revoke")
        check(f"revoke by {kind}: 200 with message", answer.status == 200 and isinstance(answer.json().get("message"), str), answer)
        equal(f"revoked by {kind}: 401 on a new connection", Client(server, pair["access_token"]).get("/api/v1/users/self").status, 401)
        deadline = time.monotonic() + 5
        while (status := live.get("/api/v1/users/self").status) == 200 and time.monotonic() < deadline:
            time.sleep(0.1)
        equal(f"revoked by {kind}: 401 on the live connection within 5 s", status, 401)
        equal(f"revoked by {kind}: no refresh", token_post(server, {"grant_type": "refresh_token", "refresh_token": pair["refresh_token"]}).status, 400)
    answer = token_post(server, {"token": "abc"}, path="/api/v1/token/revoke")
    check("revoke of nonsense: 401 with message", answer.status == 401 and isinstance(answer.json().get("message"), str), answer)
    anonymous = server.client()
    is_error("no token", anonymous.get("/api/v1/users/self"), 401)
    is_error("a wrong token", anonymous.get("/api/v1/users/self", headers={"Authorization": "Bearer abc"}), 401)
    equal("401 names its scheme", anonymous.get("/api/v1/users/self").headers.get("www-authenticate"), "Bearer")
    equal("the scheme is not case-sensitive", anonymous.get("/api/v1/users/self", headers={"Authorization": "bEARER " + server.token("rita")}).status, 200)


def users_and_folders(server):
    """section 5 users/self and folders; items 9, 10, 11, 12"""
    uma = server.add_user("Uma")
    answer = uma.get("/api/v1/users/self")
    has_shape("users/self", answer.json(), USER_DETAILS)
    equal("user id: 16 lower-case base-36 characters", bool(re.fullmatch(r"[0-9a-z]{16}", answer.json()["id"])), True)
    check("item 10, 11: a regex finds homeFolderID", re.search(rb'"homeFolderID" ?: ?([1-9][0-9]*)', answer.body) is not None)
    home = answer.json()["homeFolderID"]
    check("item 12: folder ids fit signed 32 bits", 0 < home < 2**31)
    folders = uma.get("/api/v1/folders").json()
    check("item 10: the home folder is named after the lower-cased user name", any(item["name"].lower() == "uma" and item["id"] == home for item in folders["items"]))
    check("item 10: some folder has permission.canWriteFiles", any(item["permission"]["canWriteFiles"] for item in folders["items"]))
    has_shape("SimpleFolder", folders["items"][0], SIMPLE_FOLDER)
    has_shape("FolderPermission", folders["items"][0]["permission"], dict.fromkeys(PERMISSIONS, bool))
    path = next(item["path"] for item in folders["items"] if item["id"] == home)
    exact = uma.get("/api/v1/folders?path=" + urllib.parse.quote(path, safe=""))
    equal("folders?path= finds exactly that folder", [item["id"] for item in exact.json()["items"]], [home])
    equal("folders?path= with raw slashes", [item["id"] for item in uma.get(f"/api/v1/folders?path={path}").json()["items"]], [home])
    equal("folders?name= with a mask", [item["id"] for item in uma.get("/api/v1/folders?name=u*A").json()["items"]], [home])
    check("the user sees no root", all(item["folderType"] != "Root" for item in folders["items"]))
    admin = server.client("admin")
    root = admin.get("/api/v1/folders?path=/").json()["items"]
    equal("path=/ is the root, for the administrator", [(item["path"], item["folderType"]) for item in root], [("/", "Root")])
    made = uma.post(f"/api/v1/folders/{home}/subfolders", {"name": "Reports", "inheritPermissions": "None"})
    equal("create a subfolder: 201", made.status, 201)
    folder = made.json()["id"]
    details = uma.get(f"/api/v1/folders/{folder}")
    equal("GET /folders/{id}: 200, its name and parent", (details.status, details.json()["name"], details.json()["parentId"]), (200, "Reports", home))
    has_shape("FolderDetails", details.json(), {**SIMPLE_FOLDER, "orgId": int, "owner": str, "description": str, "quota": int, "totalFilesSize": int, "allowFileOverwrite": bool,
              "deliveryRecepientNotificationType": str, "fileMasks": str, "parentInheritRights": int})
    is_error("the same name again", uma.post(f"/api/v1/folders/{home}/subfolders", {"name": "Reports"}), 409)
    equal("listed below its parent", [item["id"] for item in uma.get(f"/api/v1/folders/{home}/subfolders").json()["items"]], [folder])
    equal("item 8: /subfolders/ with a slash", [item["id"] for item in uma.get(f"/api/v1/folders/{home}/subfolders/").json()["items"]], [folder])
    changed = uma.patch(f"/api/v1/folders/{folder}", {"Name": "Results", "description": "of the year"})
    equal("item 3, 6: PATCH with names in another case", (changed.status, changed.json()["name"], changed.json()["description"]), (200, "Results", "of the year"))
    nested = uma.get(f"/api/v1/folders/{home}/subfolders/{folder}")
    equal("nested subfolder: 302 to the folder", (nested.status, nested.headers["location"]), (302, f"/api/v1/folders/{folder}"))
    equal("nested DELETE: 302 as well", uma.delete(f"/api/v1/folders/{home}/subfolders/{folder}").status, 302)
    equal("DELETE /folders/{id}: 204 without content", (lambda a: (a.status, a.body))(uma.delete(f"/api/v1/folders/{folder}")), (204, b""))
    is_error("after that", uma.get(f"/api/v1/folders/{folder}"), 404)
    for wrong in ("0", "-1", "abc", "99999999999999999999", "1.5", "2147483648"):
        is_error(f"folder id {wrong}", uma.get(f"/api/v1/folders/{wrong}"), 404)
    is_error("a subfolder without a name", uma.post(f"/api/v1/folders/{home}/subfolders", {}), 422)
    is_error("a body that is no JSON", uma.post(f"/api/v1/folders/{home}/subfolders", b"{", headers={"Content-Type": "application/json"}), 422)
    is_error("a name that is a number", uma.post(f"/api/v1/folders/{home}/subfolders", {"name": 5}), 422)
    for name in ("", ".", "..", "a/b", "x" * 2000):
        answer = uma.post(f"/api/v1/folders/{home}/subfolders", {"name": name})
        check(f"folder name {name[:12]!r}: refused", answer.status in (413, 422), answer)


def files(server):
    """section 5 files, 6.1 upload, 6.3 download"""
    vera = server.add_user("vera")
    home = vera.home()
    made = vera.upload(home, "first.txt", b"first content", {"comments": "with a comment"})
    equal("upload: 201", made.status, 201)
    has_shape("FileDetails of the upload", made.json(), FILE_DETAILS)
    file = made.json()["id"]
    check("item 12: file ids are digit strings", re.fullmatch(r"[1-9][0-9]*", file) is not None, file)
    check("dates have neither zone nor fraction", STAMP.match(made.json()["uploadStamp"]) is not None, made.json()["uploadStamp"])
    details = vera.get(f"/api/v1/files/{file}").json()
    has_shape("FileDetails", details, FILE_DETAILS)
    equal("comment, path, size, uploader", (details["uploadComment"], details["path"], details["size"], details["uploadUsername"]), ("with a comment", "/Home/vera/first.txt", 13, "vera"))
    is_error("the same name again", vera.upload(home, "first.txt", b"other"), 409)
    equal("PATCH name", (lambda a: (a.status, a.json()["name"]))(vera.patch(f"/api/v1/files/{file}", {"name": "renamed.txt"})), (200, "renamed.txt"))
    equal("PATCH isNew as a string", vera.patch(f"/api/v1/files/{file}", {"isNew": "False"}).json().get("isNew"), False)
    vera.upload(home, "second.txt", b"2")
    is_error("PATCH to a name that is taken", vera.patch(f"/api/v1/files/{file}", {"name": "second.txt"}), 409)
    listed = vera.get(f"/api/v1/folders/{home}/files").json()
    has_shape("SimpleFile", listed["items"][0], SIMPLE_FILE)
    equal("the folder's list", [item["name"] for item in listed["items"]], ["renamed.txt", "second.txt"])
    nested = vera.get(f"/api/v1/folders/{home}/files/{file}")
    equal("nested file: 302", (nested.status, nested.headers["location"]), (302, f"/api/v1/files/{file}"))
    nested = vera.get(f"/api/v1/folders/{home}/files/{file}/download")
    equal("nested download: 302", (nested.status, nested.headers["location"]), (302, f"/api/v1/files/{file}/download"))
    followed, _ = server.curl("-L", token=vera.token, path=f"/api/v1/folders/{home}/files/{file}/download")
    equal("curl -L follows it with its token", (followed.status, followed.body), (200, b"first content"))
    before = vera.get(f"/api/v1/files/{file}").json()["downloadCount"]
    vera.download(file)
    deadline = time.monotonic() + 5
    while vera.get(f"/api/v1/files/{file}").json()["downloadCount"] == before and time.monotonic() < deadline:
        time.sleep(0.1)
    equal("downloadCount counts", vera.get(f"/api/v1/files/{file}").json()["downloadCount"], before + 1)
    for kind in ("multipart/form-data", "text/csv", "application/json", "nonsense"):
        equal(f"item 7: GET with Content-Type {kind}", vera.download(file, {"Content-Type": kind}).body, b"first content")
    for accept in ("*/*", "application/json", "application/octet-stream", "application/json, text/xml, application/xml, */*", "image/png"):
        equal(f"item 7: Accept {accept}", vera.download(file, {"Accept": accept}).status, 200)
    equal("DELETE: 204", vera.delete(f"/api/v1/files/{file}").status, 204)
    is_error("after that: details", vera.get(f"/api/v1/files/{file}"), 404)
    is_error("after that: download", vera.download(file), 404)
    is_error("after that: DELETE", vera.delete(f"/api/v1/files/{file}"), 404)
    is_error("file id abc", vera.get("/api/v1/files/abc"), 404)
    no_file = b"--b\r\nContent-Disposition: form-data; name=\"comments\"\r\n\r\nx\r\n--b--\r\n"
    is_error("a form without a file", vera.post(f"/api/v1/folders/{home}/files", no_file, headers={"Content-Type": "multipart/form-data; boundary=b"}), 422)
    is_error("an upload that is no form", vera.post(f"/api/v1/folders/{home}/files", b"x", headers={"Content-Type": "application/octet-stream"}), 415)
    is_error("an upload into no folder", vera.upload(1, "x.txt", b"x"), 404)
    is_error("a wrong method", vera.request("PUT", f"/api/v1/files/{file}"), 405)
    is_error("nothing is there", vera.get("/api/v1/nothing"), 404)
    equal("item 14: no CORS headers", [name for name in vera.get("/api/v1/files", headers={"Origin": "https://example.com"}).headers if name.startswith("access-control")], [])


def paging(server):
    """section 4: pages, order, masks, sinceDate; items 8, 9"""
    wilma = server.add_user("wilma")
    home = wilma.home()
    empty = wilma.get(f"/api/v1/folders/{home}/files").json()
    equal("item 9: an empty list has page 1 of 1", empty["paging"], {"page": 1, "perPage": 25, "totalItems": 0, "totalPages": 1})
    sizes = {f"file-{number:02}.{'csv' if number % 3 else 'txt'}": (number * 7) % 31 for number in range(30)}
    for name, size in sizes.items():
        wilma.upload(home, name, b"x" * size)
    url = f"/api/v1/folders/{home}/files"
    page = wilma.get(url).json()
    equal("by default 25 a page", (len(page["items"]), page["paging"]), (25, {"page": 1, "perPage": 25, "totalItems": 30, "totalPages": 2}))
    equal("sorting is told", page["sorting"], [{"sortField": "name", "sortDirection": "asc"}])
    equal("page 2 has the rest", len(wilma.get(url + "?page=2").json()["items"]), 5)
    past = wilma.get(url + "?page=9").json()
    equal("past the end: empty, the page as asked, the true number of pages", (past["items"], past["paging"]["page"], past["paging"]["totalPages"]), ([], 9, 2))
    seen = [item["name"] for number in range(1, 6) for item in wilma.get(f"{url}?page={number}&perPage=7").json()["items"]]
    equal("pages of 7 join to the whole list in order", seen, sorted(sizes))
    equal("perPage=200, as the PowerShell module asks", len(wilma.get(url + "?perPage=200").json()["items"]), 30)
    check("a perPage beyond all limits is capped, not refused", len(wilma.get(url + "?perPage=4000000").json()["items"]) == 30)
    for wrong in ("page=0", "page=-1", "page=abc", "perPage=0", "page=1.5", "page=99999999999999999999", "page=1&page=2"):
        is_error(wrong, wilma.get(f"{url}?{wrong}"), 422)
    equal("item 8: empty query values are as if absent", len(wilma.get(url + "?page=&perPage=&name=&sortField=&sortDirection=&newOnly=").json()["items"]), 25)
    equal("item 8: unknown repeated values are let pass", wilma.get(url + "?sharedTo=a&sharedTo=b&x").status, 200)
    for direction in ("desc", "descending", "DESC", "Descending"):
        equal(f"sortDirection={direction}", wilma.get(f"{url}?perPage=100&sortDirection={direction}").json()["items"][0]["name"], max(sizes))
    for direction in ("asc", "ascending", "nonsense"):
        equal(f"sortDirection={direction}", wilma.get(f"{url}?sortDirection={direction}").json()["items"][0]["name"], min(sizes))
    by_size = [item["size"] for item in wilma.get(url + "?perPage=100&sortField=SIZE").json()["items"]]
    equal("sortField=SIZE, in another case", by_size, sorted(sizes.values()))
    equal("item 3: PERPAGE in another case", len(wilma.get(url + "?PERPAGE=3").json()["items"]), 3)
    equal("an unknown sortField falls back", wilma.get(url + "?sortField=nonsense").json()["items"][0]["name"], min(sizes))
    for mask, wanted in (("*.txt", 10), ("file-0*", 10), ("FILE-01.CSV", 1), ("file-?1.csv", 2), ("*", 30), ("nothing*", 0), ("file", 0), ("*.c*", 20)):
        equal(f"name={mask}", wilma.get(f"{url}?perPage=100&name={urllib.parse.quote(mask)}").json()["paging"]["totalItems"], wanted)
    everywhere = wilma.get("/api/v1/files?perPage=100").json()
    equal("GET /files lists them too, by path", ([item["name"] for item in everywhere["items"]], everywhere["sorting"][0]["sortField"]), (sorted(sizes), "path"))
    check("GET /files: currentTimestamp", STAMP.match(everywhere.get("currentTimestamp", "")) is not None, everywhere.get("currentTimestamp"))
    for since in ("2099-01-01T00:00:00", "2099-01-01 00:00:00"):
        answer = wilma.get("/api/v1/files?sinceDate=" + urllib.parse.quote(since))
        equal(f"sinceDate {since} in the future: 200, empty, with the clock", (answer.status, answer.json()["items"], bool(STAMP.match(answer.json()["currentTimestamp"])), answer.json()["paging"]["totalPages"]),
              (200, [], True, 1))
    equal("sinceDate in the past lists", wilma.get("/api/v1/files?sinceDate=2020-01-01T00:00:00&perPage=100").json()["paging"]["totalItems"], 30)
    is_error("a sinceDate that is none", wilma.get("/api/v1/files?sinceDate=yesterday"), 422)
    for flag in ("true", "True", "False", "false"):
        equal(f"newOnly={flag}", wilma.get(f"/api/v1/files?newOnly={flag}").status, 200)
    folders = wilma.get("/api/v1/folders?page=1&perPage=1").json()
    equal("item 9: /folders pages as well", (len(folders["items"]), sorted(folders["paging"])), (1, ["page", "perPage", "totalItems", "totalPages"]))
    empty = wilma.get(f"/api/v1/folders/{home}/subfolders").json()
    equal("item 9: no subfolders, page 1 of 1", (empty["items"], empty["paging"]["page"], empty["paging"]["totalPages"]), ([], 1, 1))


def forms(server):
    """section 6.1; items 4, 5, 13: what clients write"""
    xenia = server.add_user("xenia")
    home = xenia.home()
    url = f"/api/v1/folders/{home}/files"

    def form(disposition, content=b"content", boundary="b1", before=b"", after=b""):
        head = f"--{boundary}\r\nContent-Disposition: form-data; {disposition}\r\nContent-Type: application/octet-stream\r\n\r\n".encode()
        return before + head + content + b"\r\n" + after + f"--{boundary}--\r\n".encode()

    def send(body, kind="multipart/form-data; boundary=b1"):
        return xenia.post(url, body, headers={"Content-Type": kind})
    for what, disposition, name in (("unquoted", "name=file; filename=unquoted.txt", "unquoted.txt"), ("quoted", 'name="file"; filename="quoted name.txt"', "quoted name.txt"),
                                    (".NET", "name=file; filename=\"=?utf-8?B?w7w=?=\"; filename*=utf-8''net-%C3%BC.txt", "net-ü.txt"), ("filename* alone", "name=file; filename*=UTF-8''star%20%E2%82%AC.txt", "star €.txt"),
                                    ("a part named file1", 'name="file1"; filename="one.txt"', "one.txt"), ("raw UTF-8", 'name="file"; filename="größe.txt"', "größe.txt"),
                                    ("a whole Windows path", 'name="file"; filename="C:\\\\Users\\\\x\\\\path.txt"', "path.txt"), ("names in another case", 'NAME="FILE"; FileName="case.txt"', "case.txt")):
        answer = send(form(disposition))
        equal(f"item 5: {what}", (answer.status, answer.json().get("name")), (201, name))
    equal("item 4: no boundary parameter", (lambda a: (a.status, a.json().get("name")))(send(form('name="file"; filename="sniffed.txt"'), "multipart/form-data")), (201, "sniffed.txt"))
    equal("a quoted boundary", send(form('name="file"; filename="qb.txt"'), 'multipart/form-data; boundary="b1"').status, 201)
    equal("a boundary after charset", send(form('name="file"; filename="cs.txt"'), "multipart/form-data; charset=utf-8; boundary=b1").status, 201)
    text = b'--b1\r\nContent-Disposition: form-data; name=Comments\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nafter the file\r\n'
    answer = send(form("name=file; filename=c1.txt", after=text))
    equal("item 5: comments after the file, names in any case", (answer.status, answer.json().get("uploadComment")), (201, "after the file"))
    answer = send(form("name=file; filename=c2.txt", before=text))
    equal("item 5: comments before the file", (answer.status, answer.json().get("uploadComment")), (201, "after the file"))
    tricky = b"\r\n--b\r\n--b2\r\n\r\n--b1x"[:-1] + b"\r--b1\n--b1--\n\r\n--b"
    answer = send(form("name=file; filename=tricky.txt", tricky))
    equal("content that looks like its boundary is kept byte by byte", (answer.status, xenia.download(answer.json()["id"]).body if answer.status == 201 else b"") if b"\r\n--b1" not in tricky else 0,
          (201, tricky) if b"\r\n--b1" not in tricky else 0)
    for what, body in (("without its last boundary", form("name=file; filename=e1.txt")[:-8]), ("with bytes behind the end", form("name=file; filename=e2.txt") + b"more"),
                       ("with two files", form("name=file; filename=e3.txt", before=b"--b1\r\nContent-Disposition: form-data; name=f; filename=e4.txt\r\n\r\nx\r\n")),
                       ("with a part without disposition", b"--b1\r\n\r\nx\r\n--b1--\r\n"), ("that is empty", b"")):
        is_error(f"a form {what}", send(body), 422)
    check("nothing of those is there", not [item for item in xenia.get(url + "?name=e*").json()["items"]])
    kind, body = multipart("both.txt", b"x")
    got = server.exchange(f"POST {url} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {xenia.token}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\nTransfer-Encoding: chunked\r\n\r\n".encode() + body)
    equal("item 13: Content-Length beside chunked: 400 and closed", status_in(got), 400)
    answer, failed = server.curl("-H", "Expect: 100-continue", "-H", "Transfer-Encoding: chunked", "-F", "file=@/etc/hostname;filename=expect-chunked.txt", token=xenia.token, path=url)
    equal("item 13: Expect and chunked together", (answer.status, failed), (201, 0))


def acls(server):
    """section 5 ACLs; items 2, 6"""
    yara, zoe = server.add_user("yara"), server.add_user("zoe")
    folder = yara.make_folder(yara.home(), "to share")
    who = users_self_id(zoe)
    answer = yara.post(f"/api/v1/folders/{folder}/acls", {"Type": "user", "Id": who, "Permissions": {"readFiles": "True", "ListFiles": "true", "writeFiles": "False", "notify": None}})
    equal("item 2, 3: booleans as strings, names in another case", answer.status, 200)
    entry = next((item for item in answer.json()["items"] if item["id"] == who), {})
    has_shape("AclEntry", entry, {"type": str, "id": str, "name": str, "entryId": str, "isHomeFolderUser": bool, "isEditable": bool, "isDeletable": bool, "permissions": dict})
    equal("entryId", entry.get("entryId"), f"user!{who}")
    rights = entry.get("permissions", {})
    equal("exactly the rights that were given", sorted(name for name, given in rights.items() if given is True), ["listFiles", "readFiles"])
    equal("GET lists it, paged", [item["id"] for item in yara.get(f"/api/v1/folders/{folder}/acls").json()["items"] if item["id"] == who], [who])
    equal("the folder says it is shared", yara.get(f"/api/v1/folders/{folder}").json()["isShared"], True)
    equal("the other sees it", zoe.get(f"/api/v1/folders/{folder}").status, 200)
    is_error("permissions that are no booleans", yara.grant(folder, who, readFiles="perhaps"), 422)
    is_error("no such user", yara.grant(folder, "nobody-here", readFiles=True), 404)
    check("one who may not administer it is refused", zoe.grant(folder, users_self_id(yara), readFiles=True).status in (403, 404))
    equal("item 6: DELETE with a JSON body: 204", yara.ungrant(folder, who).status, 204)
    check("after that the other does not see it", zoe.get(f"/api/v1/folders/{folder}").status in (403, 404))
    answer = yara.request("DELETE", f"/api/v1/folders/{folder}/acls", json.dumps({"type": "User", "id": who}).encode(), {"Content-Type": "text/json"})
    check("taking away what is not there: 204 or 404", answer.status in (204, 404), answer)


if __name__ == "__main__":
    # Failed sign-ons are part of this test: more of them than a real source may have.
    run([sign_on, refresh_and_revoke, users_and_folders, files, paging, forms, acls], {"sign_on": {"attempts": 1000}})
