"""The checklist of what known clients of the REST interface need (moveit-rest section 9): one test for each of its 14 points."""
import hashlib
import json
import re
import urllib.parse

from support.openapi import operations
from support.server import PASSWORD, check, equal, run, users_self_id
from support.raw_http import Wire, chunks, form, part

GRANT = "grant_type=password&username={}&password=" + urllib.parse.quote(PASSWORD)


def wire_of(server, name, role="User"):
    """A new user, as Client and as Wire."""
    client = server.add_user(name, role)
    return client, Wire(server, client.token)


def upload(wire, folder, body, kind="Content-Type: multipart/form-data; boundary=b1", *fields):
    return wire.ask(f"POST /api/v1/folders/{folder}/files HTTP/1.1", kind, *fields, body=body)


def named(answer):
    """(status, name) of what was stored"""
    return answer.status, answer.json().get("name")


def point_01_token_takes_a_form_whatever_it_is_called(server):
    """/token parses a form whatever the Content-Type, in any order of fields"""
    server.add_user("one")
    wire = Wire(server)
    body = GRANT.format("one").encode()
    kinds = ["application/json", "application/json; charset=utf-8", "text/json", "application/x-www-form-urlencoded", "application/x-www-form-urlencoded; charset=UTF-8",
             "text/plain", "multipart/form-data", "multipart/form-data; boundary=x", "application/octet-stream", "nonsense", ""]
    for line in (*[f"Content-Type: {kind}" for kind in kinds], "X-None: no Content-Type at all"):
        answer = wire.ask("POST /api/v1/token HTTP/1.1", line, body=body)
        equal(f"password grant, {line}", (answer.status, answer.json().get("token_type")), (200, "bearer"))
    for order in (body, b"&".join(reversed(body.split(b"&"))), b"language=en&" + body + b"&orgId=", body.replace(b"username", b"USERNAME"), body + b"&mfa_remember_this_device=False"):
        answer = wire.ask("POST /api/v1/token HTTP/1.1", "Content-Type: application/json", body=order)
        equal(f"fields {[pair.split(b'=')[0].decode() for pair in order.split(b'&')]}", answer.status, 200)
    refresh = answer.json()["refresh_token"]
    answer = wire.ask("POST /api/v1/token HTTP/1.1", "Content-Type: application/json", body=f"refresh_token={urllib.parse.quote(refresh)}&grant_type=refresh_token".encode())
    equal("refresh grant labelled as JSON", answer.status, 200)
    answer = wire.ask("POST /api/v1/token/revoke HTTP/1.1", "Content-Type: application/json", body=b"token=" + answer.json()["access_token"].encode())
    equal("revoke labelled as JSON", answer.status, 200)
    answer = wire.ask("POST /api/v1/token HTTP/1.1", "Content-Type: application/x-www-form-urlencoded", "Transfer-Encoding: chunked", body=chunks(body, 7), length=False)
    equal("in chunks", answer.status, 200)


def point_02_values_as_strings(server):
    """booleans and integers as strings, enumerations by name in any case"""
    two, wire = wire_of(server, "two")
    friend = users_self_id(server.add_user("two.friend"))
    home = two.home()
    folder, target = two.make_folder(home, "strings"), two.make_folder(home, "target")
    given = {"type": "USER", "id": friend, "permissions": {"readFiles": "True", "listFiles": "true", "writeFiles": "False", "deleteFiles": "false", "notify": "FALSE"}}
    answer = wire.ask(f"POST /api/v1/folders/{folder}/acls HTTP/1.1", "Content-Type: application/json", body=json.dumps(given).encode())
    rights = next((item["permissions"] for item in answer.json().get("items", []) if item["id"] == friend), {})
    equal("permissions as strings", (answer.status, sorted(name for name, value in rights.items() if value is True)), (200, ["listFiles", "readFiles"]))
    answer = wire.ask(f"POST /api/v1/folders/{home}/subfolders HTTP/1.1", "Content-Type: application/json", body=b'{"name":"enum","inheritPermissions":"copyonly"}')
    equal("an enumeration in another case", named(answer), (201, "enum"))
    answer = wire.ask(f"PATCH /api/v1/folders/{folder} HTTP/1.1", "Content-Type: application/json", body=b'{"inheritAccess":"False"}')
    equal("inheritAccess as a string", (answer.status, answer.json().get("parentInheritRights")), (200, 0))
    file = two.upload(folder, "moves.txt", b"moves").json()["id"]
    for what, path, to in (("a file moves", f"/api/v1/files/{file}/move", str(target)), ("and back, as a number", f"/api/v1/files/{file}/move", folder)):
        answer = wire.ask(f"POST {path} HTTP/1.1", "Content-Type: application/json", body=json.dumps({"destinationFolderId": to}).encode())
        equal(f"destinationFolderId {to!r}: {what}", (answer.status, answer.json().get("folderID")), (200, int(to)))
    answer = wire.ask(f"POST /api/v1/folders/{folder}/move HTTP/1.1", "Content-Type: application/json", body=json.dumps({"destinationFolderId": str(target)}).encode())
    equal("a folder moves to an id as a string", (answer.status, answer.json().get("parentId")), (200, target))
    answer = wire.ask(f"PATCH /api/v1/files/{file} HTTP/1.1", "Content-Type: application/json", body=b'{"isNew":"false"}')
    equal("isNew as a string", (answer.status, answer.json().get("isNew")), (200, False))
    quota = {"folderQuota": {"quota": "5", "quotaLevel": "mb", "applyToFilesInSubfolders": "True"}}
    answer = wire.ask(f"PATCH /api/v1/folders/{target}/maintenance HTTP/1.1", "Content-Type: application/json", body=json.dumps(quota).encode())
    equal("a quota of strings", (answer.status, answer.json().get("folderQuota", {}).get("quota") if answer.status == 200 else answer.json()), (200, 5))
    for word in ("perhaps", "2", ""):
        given["permissions"]["readFiles"] = word
        answer = wire.ask(f"POST /api/v1/folders/{target}/acls HTTP/1.1", "Content-Type: application/json", body=json.dumps(given).encode())
        equal(f"what is no boolean, {word!r}: 422", answer.status, 422)
    for flag in ("true", "True", "TRUE", "false", "False"):
        equal(f"newOnly={flag} in a query", wire.ask(f"GET /api/v1/files?newOnly={flag} HTTP/1.1").status, 200)


def point_03_names_in_any_case(server):
    """names of JSON members, query parameters and form parts compare without case"""
    three, wire = wire_of(server, "three")
    home = three.home()
    for spelling in ("name", "Name", "NAME", "nAmE"):
        answer = wire.ask(f"POST /api/v1/folders/{home}/subfolders HTTP/1.1", "Content-Type: application/json", body=json.dumps({spelling: f"by {spelling}", "INHERITPERMISSIONS": "Always"}).encode())
        equal(f"JSON member {spelling}", named(answer), (201, f"by {spelling}"))
    for spelling in ("perPage", "perpage", "PERPAGE", "PerPage"):
        answer = wire.ask(f"GET /api/v1/folders/{home}/subfolders?{spelling}=2&SORTFIELD=NAME&sortdirection=DESCENDING HTTP/1.1")
        equal(f"query name {spelling}", (len(answer.json()["items"]), answer.json()["sorting"]), (2, [{"sortField": "name", "sortDirection": "desc"}]))
    for spelling in ("pathHash", "pathhash"):
        equal(f"query name {spelling}", wire.ask(f"GET /api/v1/folders/{home}?{spelling}=1 HTTP/1.1").status, 200)
    content, names = b"in any case", ("hashtype", "HashType", "HASHTYPE")
    digest = hashlib.sha256(content).hexdigest()
    for index, spelling in enumerate(names):
        body = form(part(f'NAME="{spelling}"', b"SHA-256"), part(f'name="{("hash", "Hash", "HASH")[index]}"', digest.upper().encode()), part(f'Name="COMMENTS"', b"said"),
                    part(f'name="File"; FILENAME="case{index}.txt"', content))
        answer = upload(wire, home, body, "content-type: Multipart/Form-Data; BOUNDARY=b1")
        equal(f"form part {spelling}, parameters in capitals", (answer.status, answer.json().get("uploadIntegrity"), answer.json().get("uploadComment")), (201, 1, "said"))
    for field in ("AUTHORIZATION", "authorization", "Authorization"):
        answer = Wire(server).ask("GET /api/v1/users/self HTTP/1.1", f"{field}: bearer {three.token}")
        equal(f"header {field} with the scheme in small letters", answer.status, 200)


def point_04_form_without_a_boundary(server):
    """a multipart body whose Content-Type names no boundary: its first line is one"""
    four, wire = wire_of(server, "four")
    home, boundary = four.home(), "9051914041544843365972754266"
    content = b"line\r\n--90519\r\n" + bytes(range(256)) * 40
    for index, kind in enumerate(("multipart/form-data", "multipart/form-data;", "multipart/form-data; charset=utf-8", "Multipart/Form-Data")):
        body = form(part(f'name="file"; filename="sniffed{index}.txt"', content, boundary=boundary), boundary=boundary)
        answer = upload(wire, home, body, f"Content-Type: {kind}")
        equal(f"{kind}", named(answer), (201, f"sniffed{index}.txt"))
        equal("its content", four.download(answer.json()["id"]).body, content)
    body = form(part('name="hashtype"', b"sha-1", boundary=boundary), part('name="hash"', hashlib.sha1(content).hexdigest().encode(), boundary=boundary),
                part('name="file"; filename="sniffed with hash.txt"', content, boundary=boundary), boundary=boundary)
    answer = wire.ask(f"POST /api/v1/folders/{home}/files HTTP/1.1", "Content-Type: multipart/form-data", "Transfer-Encoding: chunked", body=chunks(body, 100), length=False)
    equal("in chunks smaller than a part head, with hash", (answer.status, answer.json().get("uploadIntegrity")), (201, 1))
    equal("a body that does not begin with --: 422", upload(wire, home, b"hello\r\n", "Content-Type: multipart/form-data").status, 422)
    equal("another boundary than named: 422", upload(wire, home, form(part('name="file"; filename="no.txt"', b"x", boundary="b2"), boundary="b2")).status, 422)


def point_05_parts_and_dispositions(server):
    """any order of parts, unquoted names, filename*, a file part of any name"""
    five, wire = wire_of(server, "five")
    home, content = five.home(), b"parts"
    texts = {"hashtype": b"SHA-512", "hash": hashlib.sha512(content).hexdigest().encode(), "comments": b"told"}
    orders = (("hashtype", "hash", "comments", None), (None, "hash", "comments", "hashtype"), ("comments", None, "hash", "hashtype"), ("hash", None, "hashtype", "comments"))
    for index, order in enumerate(orders):
        parts = [part(f"name={name}", texts[name], "Content-Type: text/plain; charset=utf-8") if name else part(f"name=file; filename=order{index}.txt", content) for name in order]
        answer = upload(wire, home, form(*parts))
        equal(f"{[name or 'FILE' for name in order]}", (answer.status, answer.json().get("uploadIntegrity"), answer.json().get("uploadComment")), (201, 1, "told"))
    wrong = form(part("name=file; filename=wrong.txt", content), part("name=hash", b"00" * 64), part("name=hashtype", b"sha-512"))
    equal("a wrong hash behind the file: 422", upload(wire, home, wrong).status, 422)
    equal("and nothing is stored", five.get(f"/api/v1/folders/{home}/files?name=wrong.txt").json()["items"], [])
    shapes = (("name=file; filename=bare.txt", "bare.txt"), ("name=\"file\"; filename=\"in quotes.txt\"", "in quotes.txt"), ("name=file; filename=both.txt; filename*=utf-8''b%C3%B6th.txt", "böth.txt"),
              ("name=file; filename*=UTF-8'en'star.txt; filename=late.txt", "star.txt"), ("name=file1; filename=one.txt", "one.txt"), ("name=\"upload[]\"; filename=\"any.txt\"", "any.txt"),
              ("filename=\"first.txt\"; name=\"file\"", "first.txt"), ("name=\"file\";filename=\"tight.txt\"", "tight.txt"),
              ("name=file; filename=\"semi;colon.txt\"", "semi;colon.txt"), ("name=file; filename=\"per%22cent.txt\"", 'per"cent.txt'))
    for disposition, name in shapes:
        answer = upload(wire, home, form(part(disposition, content)))
        equal(disposition, named(answer), (201, name))
    body = (b'--b1\r\nContent-Type: application/octet-stream\r\ncontent-disposition: FORM-DATA; name="file"; filename="head.txt"\r\nContent-Length: 5\r\nX-More: y\r\n\r\nparts\r\n--b1--')
    equal("part head in another order, no line end behind the last boundary", named(upload(wire, home, body)), (201, "head.txt"))


def point_06_delete_with_a_body_and_patch(server):
    """DELETE carries JSON; PATCH is there for files, folders, entries and users"""
    six, wire = wire_of(server, "six")
    friend = users_self_id(server.add_user("six.friend"))
    folder = six.make_folder(six.home(), "shared")
    file = six.upload(folder, "six.txt", b"6").json()["id"]
    for kind in ("Content-Type: application/json", "Content-Type: text/json", "Content-Type: application/problem+json", "Content-Type: application/x-www-form-urlencoded", "X-No: Content-Type"):
        six.grant(folder, friend, readFiles=True)
        answer = wire.ask(f"DELETE /api/v1/folders/{folder}/acls HTTP/1.1", kind, body=json.dumps({"type": "User", "id": friend}).encode())
        equal(f"DELETE with a body, {kind}", (answer.status, answer.body), (204, b""))
    six.grant(folder, friend, readFiles=True)
    body = json.dumps({"type": "User", "id": friend}).encode()
    answer = wire.ask(f"DELETE /api/v1/folders/{folder}/acls HTTP/1.1", "Content-Type: application/json", "Transfer-Encoding: chunked", body=chunks(body, 10), length=False)
    equal("DELETE with a body in chunks", answer.status, 204)
    six.grant(folder, friend, readFiles=True)
    for path, body in ((f"/api/v1/files/{file}", {"name": "six-b.txt"}), (f"/api/v1/folders/{folder}", {"description": "patched"}), (f"/api/v1/folders/{folder}/acls/user!{friend}", {"permissions": {"listFiles": True}})):
        equal(f"PATCH {re.sub('[0-9]+', 'N', path[8:20])}", wire.ask(f"PATCH {path} HTTP/1.1", "Content-Type: application/json", body=json.dumps(body).encode()).status, 200)
    with Wire(server, server.client("admin").token) as admin:
        equal("PATCH of a user", admin.ask(f"PATCH /api/v1/users/{friend} HTTP/1.1", "Content-Type: application/json", body=b'{"FullName":"Friend","forceChangePassword":"False"}').status, 200)
    equal("PATCH of the entry with %21 for !", wire.ask(f"PATCH /api/v1/folders/{folder}/acls/user%21{friend} HTTP/1.1", "Content-Type: application/json", body=b'{"permissions":{"notify":"True"}}').status, 200)
    answer = wire.ask(f"DELETE /api/v1/files/{file} HTTP/1.1", "Content-Type: application/json", body=b"{}")
    equal("DELETE of a file with an empty object", answer.status, 204)
    equal("DELETE of a folder with Content-Length: 0", wire.ask(f"DELETE /api/v1/folders/{folder} HTTP/1.1", "Content-Length: 0").status, 204)
    equal("the connection is in step after all that", wire.ask("GET /livez HTTP/1.1").body, b"ok\n")


def point_07_types_on_get(server):
    """a GET with a meaningless Content-Type, and with any Accept"""
    seven, wire = wire_of(server, "seven")
    file = seven.upload(seven.home(), "seven.txt", b"seven").json()["id"]
    kinds = ["Content-Type: multipart/form-data", "Content-Type: text/csv", "Content-Type: application/json", "Content-Type: application/x-www-form-urlencoded", "Content-Type: nonsense", "Content-Type:"]
    accepts = ["Accept: */*", "Accept: application/json", "Accept: application/octet-stream", "Accept: application/json, text/xml, application/xml, */*", "Accept: image/png", "Accept: nonsense", "Accept:",
               "Accept-Encoding: gzip, deflate, br", "Accept-Language: de", "Accept-Charset: iso-8859-1"]
    for path, fits in ((f"/api/v1/files/{file}/download", lambda a: a.body == b"seven"), (f"/api/v1/files/{file}", lambda a: a.json()["name"] == "seven.txt"), ("/api/v1/folders", lambda a: a.json()["paging"]["totalItems"] > 0)):
        wrong = [field for field in kinds + accepts for a in [wire.ask(f"GET {path} HTTP/1.1", field)] if a.status != 200 or not fits(a)]
        check(f"GET {re.sub('[0-9]{4,}', 'N', path)}: {len(kinds + accepts)} fields", not wrong, wrong)
    answer = wire.ask("GET /api/v1/users/self HTTP/1.1", "Content-Type: application/json", "Content-Length: 0")
    equal("GET with Content-Length: 0", answer.status, 200)
    answer = wire.ask("GET /api/v1/users/self HTTP/1.1", "Content-Type: application/json", body=b"{}")
    equal("GET with a body", answer.status, 200)
    equal("and the body is not the next request", wire.ask("GET /livez HTTP/1.1").body, b"ok\n")


def point_08_slashes_and_empty_values(server):
    """a trailing slash, empty and repeated query values"""
    eight, wire = wire_of(server, "eight")
    home = eight.home()
    file = eight.upload(home, "eight.txt", b"8").json()["id"]
    for path in (f"/api/v1/folders/{home}/subfolders/", f"/api/v1/folders/{home}/files/", f"/api/v1/folders/{home}/content/", f"/api/v1/folders/{home}/acls/", "/api/v1/folders/", "/api/v1/files/", "/api/v1/groups/",
                 f"/api/v1/files/{file}/", f"/api/v1/files/{file}/download/", "/api/v1/users/self/", f"/api/v1/folders/{home}/subfolders/?perPage=5"):
        equal(f"GET {re.sub('[0-9]{4,}', 'N', path)}", wire.ask(f"GET {path} HTTP/1.1").status, 200)
    equal("POST /api/v1/token/", wire.ask("POST /api/v1/token/ HTTP/1.1", body=GRANT.format("eight").encode()).status, 200)
    equal("POST of a subfolder with a slash", wire.ask(f"POST /api/v1/folders/{home}/subfolders/ HTTP/1.1", body=b'{"name":"slashed"}').status, 201)
    for query in ("page=&perPage=&sortField=&sortDirection=", "name=", "newOnly=", "sinceDate=", "name", "&&", "", "=", "&name=&", "unknown=1", "unknown", "sharedTo=a&sharedTo=b", "sharedTo=&sharedTo=", "sentTo=x&sentTo=y",
                  "transferStatus=Active&transferStatus=Failed", "_=1700000000000"):
        for path in (f"/api/v1/folders/{home}/files", "/api/v1/folders"):
            answer = wire.ask(f"GET {path}?{query} HTTP/1.1")
            check(f"GET {re.sub('[0-9]{4,}', 'N', path)}?{query}: the whole list", answer.status == 200 and len(answer.json()["items"]) >= 1, answer)


def point_09_paging_is_complete(server):
    """every paged list of the interface has all four members, and never less than one page"""
    nine = server.add_user("nine")
    admin, system = server.client("admin"), server.add_user("nine.system", "SysAdmin")
    empty = nine.make_folder(nine.home(), "empty")
    file = nine.upload(nine.home(), "nine.txt", b"9").json()["id"]
    group = admin.post("/api/v1/groups", {"name": "Nine"}).json()["id"]
    values, seen = {"file": file, "group": group, "user": users_self_id(nine), "folder": empty}, set()
    for operation in operations(admin)[1]:
        if operation.method != "GET" or not operation.is_paged:
            continue
        if not {kind for _, kind in operation.path_ids()} <= values.keys():
            check(f"{operation}: this test has an id for it", False, operation.path_ids())
            continue
        for query, page in (("", 1), ("?page=1&perPage=200", 1), ("?page=7&perPage=3", 7)):
            answers = [client.get(operation.url(values) + query) for client in (nine, admin, system)]
            answer = next((a for a in answers if a.status == 200), answers[0])
            if not equal(f"{operation}{query}", answer.status, 200):
                continue
            seen.add(operation.path)
            body = answer.json()
            paging = body.get("paging", {})
            fits = set(paging) == {"page", "perPage", "totalItems", "totalPages"} and all(type(value) is int for value in paging.values())
            check("page, perPage, totalItems and totalPages, integers", fits, paging)
            check("at least one page, the page as asked, all pages counted", fits and paging["page"] == page and paging["totalPages"] == max(1, -(-paging["totalItems"] // paging["perPage"])), paging)
            check("items; sorting as a list of sortField and sortDirection", type(body.get("items")) is list and all(set(one) == {"sortField", "sortDirection"} for one in body.get("sorting", [])), body)
    check(f"{len(seen)} lists", len(seen) >= 15, seen)
    loops, page, total = 0, 0, 1
    while page != total and loops < 10:  # the loop of the Python and R clients
        paging = nine.get(f"/api/v1/folders/{empty}/files?page={page + 1}&perPage=25").json()["paging"]
        page, total, loops = paging["page"], paging["totalPages"], loops + 1
    equal("a loop until page is totalPages ends after one request for an empty list", loops, 1)


def point_10_the_home_folder_is_found(server):
    """by homeFolderID, by the lower-cased user name, by the first item that may be written"""
    ten = server.add_user("Ten.User")
    self_ = ten.get("/api/v1/users/self").json()
    home = self_["homeFolderID"]
    check("users/self: a number that is not 0", type(home) is int and home > 0, self_)
    items = ten.get("/api/v1/folders").json()["items"]
    equal("the folder that is called like the user, without case", [item["id"] for item in items if item["name"].lower() == "ten.user"], [home])
    equal("the first that may be written", next(item["id"] for item in items if item["permission"]["canWriteFiles"]), home)
    equal("it may be written", ten.upload(home, "ten.txt", b"10").status, 201)
    lower = server.add_user("ten-lower")
    equal("a lower-case user finds it by exactly his name", [item["id"] for item in lower.get("/api/v1/folders").json()["items"] if item["name"] == "ten-lower"], [lower.home()])


def point_11_regular_expressions_over_json(server):
    """"access_token" and "homeFolderID": once, at the top level, unescaped"""
    eleven = server.add_user("eleven")
    granted = server.sign_on("eleven").body
    found = re.findall(rb'"access_token"\s*:\s*"([^"]*)"', granted)
    check("access_token by a regular expression", len(found) == 1 and found[0].decode() == json.loads(granted)["access_token"] and re.fullmatch(rb"[A-Za-z0-9._~+/=-]+", found[0]) is not None, granted[:60])
    check("found by index as well", granted.index(b'"access_token":"') < granted.index(b'"refresh_token":"'))
    self_ = eleven.get("/api/v1/users/self").body
    found = re.findall(rb'"homeFolderID"\s*:\s*(-?[0-9]+)', self_)
    equal("homeFolderID by a regular expression", [int(one) for one in found], [json.loads(self_)["homeFolderID"]])
    check("no line breaks, no byte order mark", b"\n" not in self_.strip() and self_.startswith(b"{") and granted.startswith(b"{"))
    file = eleven.upload(eleven.home(), "größe & 50% <x'y>.txt".replace("<", "(").replace(">", ")"), b"x")
    check("names go out as UTF-8, not as \\u", "größe & 50% (x'y).txt".encode() in file.body, file)


def point_12_ids(server):
    """folder ids are integers in 31 bits, file ids texts of digits, everywhere"""
    twelve = server.add_user("twelve")
    home = twelve.home()
    for number in range(5):
        folder = twelve.make_folder(home, f"f{number}")
        twelve.upload(folder, "a.txt", b"a")
    walked = 0

    def walk(node, where):
        nonlocal walked
        for name, value in node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ():
            if name in ("homeFolderID", "defaultFolderID", "folderID", "parentId", "folderId"):
                walked += 1
                if type(value) is not int or not 0 <= value < 2**31:
                    check(f"{where}.{name} is an integer in 31 bits", False, value)
            walk(value, f"{where}.{name}")
    pages = {path: twelve.get(path).json() for path in ("/api/v1/users/self", "/api/v1/folders", "/api/v1/files", f"/api/v1/folders/{home}", f"/api/v1/folders/{home}/subfolders", f"/api/v1/folders/{home}/content")}
    for path, page in pages.items():
        walk(page, path)
    check(f"{walked} ids of folders by their names", walked > 15)
    folders = [item["id"] for path in ("/api/v1/folders", f"/api/v1/folders/{home}/subfolders") for item in pages[path]["items"]]
    check("ids of folders: integers in 31 bits, not 0", all(type(one) is int and 0 < one < 2**31 for one in folders), folders)
    files = [item["id"] for item in pages["/api/v1/files"]["items"]]
    check("ids of files: texts of digits that int() takes", len(files) == 5 and all(type(one) is str and str(int(one)) == one and int(one) > 0 for one in files), files)
    equal("an id from a list is an id of a path", [twelve.get(f"/api/v1/files/{one}").status for one in files], [200] * 5)


def point_13_expect_and_chunks(server):
    """Expect: 100-continue, chunks of any number, and Content-Length beside chunked refused"""
    thirteen, wire = wire_of(server, "thirteen")
    home = thirteen.home()
    content = bytes(range(256)) * 8192  # 2 MiB
    body = form(part('name="file"; filename="expected.bin"', content))
    head = f"POST /api/v1/folders/{home}/files HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {thirteen.token}\r\nContent-Type: multipart/form-data; boundary=b1\r\n"

    def asks_first(raw, more):
        """Sends the head alone, waits for 100, answers what came."""
        raw.send(f"{head}{more}Expect: 100-continue\r\n\r\n".encode())
        got = b""
        while not got.endswith(b"\r\n\r\n"):
            got += raw.socket.recv(1)
        return got
    with server.raw() as raw:
        equal("Expect: 100 before a byte of the body", asks_first(raw, f"Content-Length: {len(body)}\r\n"), b"HTTP/1.1 100 Continue\r\n\r\n")
        equal("then 201", named(raw.send(body).read_answer()), (201, "expected.bin"))
        equal("the connection goes on", raw.send(b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n").read_answer().body, b"ok\n")
    with server.raw() as raw:
        equal("Expect with chunks", asks_first(raw, "Transfer-Encoding: chunked\r\n"), b"HTTP/1.1 100 Continue\r\n\r\n")
        answer = raw.send(chunks(body.replace(b"expected.bin", b"chunked.bin"), 50_000)).read_answer()
        equal("then 201", named(answer), (201, "chunked.bin"))
        equal("byte by byte the same", thirteen.download(answer.json()["id"]).body, content)
    with server.raw() as raw:
        raw.send(f"{head}Content-Length: {len(body)}\r\nExpect: 100-continue\r\n\r\n".replace(f"/folders/{home}/", "/folders/1/").encode())
        equal("a folder that is not there: 404 instead of 100", raw.read_answer().status, 404)
    with server.raw() as raw:  # some wait a moment and then send all the same
        raw.send(f"{head}Content-Length: {len(body)}\r\nExpect: 100-continue\r\n\r\n".encode() + body.replace(b"expected.bin", b"impatien.bin"))
        equal("a body sent without waiting", named(raw.read_answer()), (201, "impatien.bin"))
    many = form(part('name="file"; filename="many.bin"', content[:20_000]))
    answer = wire.ask(f"POST /api/v1/folders/{home}/files HTTP/1.1", "Content-Type: multipart/form-data; boundary=b1", "Transfer-Encoding: chunked", body=chunks(many, 1), length=False)
    equal(f"{len(many)} chunks of one byte", named(answer), (201, "many.bin"))
    both = f"{head}Content-Length: {len(body)}\r\nTransfer-Encoding: chunked\r\n\r\n".encode() + body
    got = server.exchange(both)
    check("Content-Length beside chunked: 400, closed", got.startswith(b"HTTP/1.1 400 ") and got.count(b"HTTP/1.1 ") == 1, got[:200])
    got = server.exchange(f"{head}Transfer-Encoding: chunked\r\n\r\n".encode() + body)
    check("called chunked, and is not: refused, closed", got[9:12] in (b"400", b"422") and got.count(b"HTTP/1.1 ") == 1, got[:200])
    equal("nothing of those is stored", thirteen.get(f"/api/v1/folders/{home}/files").json()["paging"]["totalItems"], 4)


def point_14_no_cors(server):
    """no answer has a CORS header: right, wrong, preflight"""
    fourteen, wire = wire_of(server, "fourteen")
    file = fourteen.upload(fourteen.home(), "fourteen.txt", b"14").json()["id"]
    browser = ["Origin: https://scripts.example", "Sec-Fetch-Mode: cors", "Sec-Fetch-Site: cross-site"]
    preflight = ["Access-Control-Request-Method: POST", "Access-Control-Request-Headers: authorization, content-type", "Access-Control-Request-Private-Network: true"]
    for line in ("GET /api/v1/users/self", "GET /api/v1/files", f"GET /api/v1/files/{file}/download", "GET /api/v1/files/1", "GET /api/v1/nothing", "GET /", "GET /livez", "GET /api/v1/info", "OPTIONS /api/v1/token",
                 "OPTIONS /api/v1/files", "OPTIONS *", "OPTIONS /tus", "PUT /api/v1/files"):
        answer = wire.ask(f"{line} HTTP/1.1", *browser, *(preflight if line.startswith("OPTIONS") else []))
        found = [name for name in answer.headers if name.startswith(("access-control", "timing-allow"))]
        check(f"{re.sub('[0-9]{4,}', 'N', line)}: {answer.status} without CORS", answer.status < 500 and not found, found)
    answer = Wire(server).ask("POST /api/v1/token HTTP/1.1", *browser, "Content-Type: application/x-www-form-urlencoded", body=GRANT.format("fourteen").encode())
    check(f"POST /api/v1/token: {answer.status} without CORS", not [name for name in answer.headers if name.startswith("access-control")], answer.headers)


if __name__ == "__main__":
    run([test for name, test in sorted(globals().items()) if name.startswith("point_")], {"sign_on": {"attempts": 1000}})
