"""Trees over REST: move, copy, content, new states, folder settings and quotas."""
import os
import threading
import time
import urllib.parse

from support.server import check, equal, run, users_self_id


def is_error(what, answer, status, code=None):
    try:
        body = answer.json()
    except ValueError:
        body = {}
    fits = answer.status == status and isinstance(body.get("detail"), str) and body["detail"]
    if code is not None:
        fits = fits and body.get("errorCode") == code
    check(f"{what}: {status}{f' {code}' if code else ''}", fits, answer)


def put(client, folder, name, content=b"content"):
    answer = client.upload(folder, name, content)
    if answer.status != 201:
        raise RuntimeError(f"upload {name}: {answer}")
    return answer.json()["id"]


def names(client, folder, what="files"):
    return [item["name"] for item in client.get(f"/api/v1/folders/{folder}/{what}?perPage=1000").json()["items"]]


def move(client, kind, what, where):
    return client.post(f"/api/v1/{kind}/{what}/move", {"destinationFolderId": where})


def copy(client, kind, what, where):
    return client.post(f"/api/v1/{kind}/{what}/copy", {"destinationFolderId": where})


def moves(server):
    """POST /files/{id}/move and /folders/{id}/move"""
    amy, ben = server.add_user("amy"), server.add_user("ben")
    home = amy.home()
    a, b, neighbour = (amy.make_folder(home, name) for name in ("a", "b", "a-b"))
    file = put(amy, a, "f.txt")
    answer = move(amy, "files", file, str(b))
    equal("a file moves; the id as a string is taken", (answer.status, answer.json()["folderID"], answer.json()["path"]), (200, b, "/Home/amy/b/f.txt"))
    equal("it is the same file", (answer.json()["id"], amy.download(file).body), (file, b"content"))
    equal("and gone from before", (names(amy, a), names(amy, b)), ([], ["f.txt"]))
    put(amy, a, "f.txt", b"other")
    is_error("the name is taken", move(amy, "files", file, a), 409, 2092)
    is_error("into the folder it is in", move(amy, "files", file, b), 409)
    is_error("an unknown folder", move(amy, "files", file, 123), 404)
    is_error("a folder of somebody else", move(amy, "files", file, ben.home()), 404)
    is_error("a file of somebody else", move(ben, "files", file, ben.home()), 404)
    is_error("an unknown file", move(amy, "files", 123, a), 404)
    is_error("no destination", amy.post(f"/api/v1/files/{file}/move", {}), 422)
    for wrong in (0, -1, 2**31, 2**63 - 1):
        is_error(f"destination {wrong}", move(amy, "files", file, wrong), 404)
    is_error("a destination that is no number", move(amy, "files", file, "a/b"), 422)
    equal("nothing moved", names(amy, b), ["f.txt"])

    inner = amy.make_folder(a, "inner")
    put(amy, inner, "deep.txt")
    is_error("a folder into itself", move(amy, "folders", a, a), 409)
    is_error("a folder into its subfolder", move(amy, "folders", a, inner), 409)
    is_error("a folder to where it is", move(amy, "folders", a, home), 409)
    equal("into a neighbour whose name begins alike", move(amy, "folders", a, neighbour).status, 200)
    equal("the paths below follow", amy.get(f"/api/v1/folders/{inner}").json()["path"], "/Home/amy/a-b/a/inner")
    equal("the neighbour's path does not", amy.get(f"/api/v1/folders/{neighbour}").json()["path"], "/Home/amy/a-b")
    amy.make_folder(home, "a")
    is_error("the name of a folder is taken", move(amy, "folders", a, home), 409, 2090)
    is_error("a folder of somebody else into one's own", move(ben, "folders", a, ben.home()), 404)
    is_error("into a folder of somebody else", move(amy, "folders", a, ben.home()), 404)
    root = server.client("admin").folder("/")
    is_error("the root", move(server.client("admin"), "folders", root, home), 403)
    is_error("/Home into itself", move(server.client("admin"), "folders", server.client("admin").folder("/Home"), home), 409)

    drop = ben.make_folder(ben.home(), "drop")
    ben.grant(drop, "amy", writeFiles=True)
    equal("into a drop box", move(amy, "files", file, drop).status, 200)
    is_error("and no longer out of it", move(amy, "files", file, home), 404)
    shared = ben.make_folder(ben.home(), "shared")
    kept = put(ben, shared, "kept.txt")
    ben.grant(shared, "amy", readFiles=True, listFiles=True)
    is_error("out of a folder where one may only read", move(amy, "files", kept, home), 403, 2020)


def content(server):
    """GET /folders/{id}/content"""
    cat, dan = server.add_user("cat"), server.add_user("dan")
    home = cat.home()
    for name in ("z", "m"):
        cat.make_folder(home, name)
    for name, size in (("b.txt", 5), ("a.txt", 9), ("n.csv", 1)):
        put(cat, home, name, b"x" * size)
    url = f"/api/v1/folders/{home}/content"

    def listed(query=""):
        return [item["name"] for item in cat.get(url + query).json()["items"]]
    body = cat.get(url).json()
    equal("folders first, each by name", [item["name"] for item in body["items"]], ["m", "z", "a.txt", "b.txt", "n.csv"])
    equal("paging and sorting", (body["paging"]["totalItems"], body["sorting"]), (5, [{"sortField": "type", "sortDirection": "asc"}]))
    first = body["items"][2]
    equal("a file as FolderContentItem", {key: type(value) for key, value in first.items()},
          {"id": int, "parentId": int, "type": str, "name": str, "lastUpdateTime": str, "path": str, "size": int, "folderType": type(None), "isShared": bool})
    equal("its values", (first["type"], first["size"], first["path"], first["parentId"]), ("File", 9, "/Home/cat/a.txt", home))
    equal("a folder's", (body["items"][0]["type"], body["items"][0]["folderType"]), ("Folder", "Normal"))
    equal("by name", listed("?sortField=name"), ["a.txt", "b.txt", "m", "n.csv", "z"])
    equal("by size, descending", listed("?sortField=size&sortDirection=desc")[:2], ["a.txt", "b.txt"])
    equal("by time", sorted(listed("?sortField=time")), ["a.txt", "b.txt", "m", "n.csv", "z"])
    equal("a mask", listed("?name=*.txt&pathHash=x"), ["a.txt", "b.txt"])
    equal("pages join", [name for page in range(1, 5) for name in listed(f"?perPage=2&page={page}")], ["m", "z", "a.txt", "b.txt", "n.csv"])
    is_error("somebody else's", dan.get(url), 404)
    cat.grant(home, "dan", writeFiles=True)
    equal("a drop box shows no file", [item["name"] for item in dan.get(url).json()["items"]], ["m", "z"])
    cat.ungrant(home, "dan")
    for query in ("?skipCounts=true", "?skipFilesSize=True&pathHash=abc", "?skipCounts=nonsense"):
        equal(f"GET /folders/{{id}}{query} is tolerated", cat.get(f"/api/v1/folders/{home}{query}").status, 200)
    equal("HEAD of a folder", (lambda answer: (answer.status, answer.body))(cat.request("HEAD", f"/api/v1/folders/{home}")), (200, b""))


def detailed(server):
    """GET /files/detailed"""
    eva, fay = server.add_user("eva"), server.add_user("fay")
    home = eva.home()
    a, neighbour = eva.make_folder(home, "a"), eva.make_folder(home, "a-b")
    deep = eva.make_folder(a, "deep")
    for folder, name in ((home, "top.txt"), (a, "one.txt"), (a, "two.csv"), (deep, "three.txt"), (neighbour, "four.txt")):
        put(eva, folder, name)

    def found(who=eva, **query):
        answer = who.get("/api/v1/files/detailed?" + urllib.parse.urlencode({"fileMask": "*", **query}))
        return [item["name"] for item in answer.json()] if answer.status == 200 else answer.status
    equal("one folder", found(pathMask="/Home/eva/a"), ["one.txt", "two.csv"])
    equal("recursive: without the neighbour", found(pathMask="/Home/eva/a", recursive="true"), ["one.txt", "two.csv", "three.txt"])
    equal("a file mask", found(pathMask="/Home/eva", fileMask="*.txt", recursive="True"), ["top.txt", "one.txt", "four.txt", "three.txt"])
    equal("a path mask", found(pathMask="/Home/eva/a*"), ["one.txt", "two.csv", "four.txt", "three.txt"])
    equal("from the root", len(found(pathMask="/", recursive="true")), 5)
    equal("nothing of others", found(fay, pathMask="/Home/eva", recursive="true"), [])
    equal("pathMask is needed", found(), 422)
    equal("details are whole", "sha256" in eva.get("/api/v1/files/detailed?pathMask=/Home/eva&fileMask=*").json()[0], True)
    equal("a date in the future", found(pathMask="/", recursive="true", sinceDate="2099-01-01"), [])


def new_states(server):
    """GET, POST, DELETE /files/{id}/newstates"""
    gil, hal, admin = server.add_user("gil"), server.add_user("hal"), server.client("admin")
    file = put(gil, gil.home(), "f.txt")
    url = f"/api/v1/files/{file}/newstates"
    is_error("its owner is no administrator", gil.get(url), 403)
    is_error("a stranger", hal.get(url), 404)
    gil.grant(gil.home(), "hal", readFiles=True, listFiles=True)

    def states():
        return {item["user"]["username"]: item["isNew"] for item in admin.get(url).json()["items"]}
    equal("new for who may see it, not for the sender", (states().get("hal"), states().get("gil")), (True, False))
    hal.download(file)
    equal("not after a download", states()["hal"], False)
    answer = admin.post(url, {"userId": users_self_id(hal)})
    equal("made new again", (answer.status, answer.json()["isNew"], answer.json()["user"]["username"]), (200, True, "hal"))
    equal("and it is", (states()["hal"], hal.get(f"/api/v1/files/{file}").json()["isNew"]), (True, True))
    equal("DELETE: 204", admin.delete(f"{url}/{users_self_id(hal)}").status, 204)
    equal("and it is not", states()["hal"], False)
    equal("by isNew, paged", admin.get(url + "?sortField=isnew&perPage=1").json()["paging"]["perPage"], 1)
    is_error("an unknown user", admin.post(url, {"userId": "nobody-here"}), 404)
    is_error("no user", admin.post(url, {}), 422)
    server.add_user("ian")
    is_error("a user who may not see it", admin.post(url, {"userId": "ian"}), 404)


def copies(server):
    """POST /files/{id}/copy and /folders/{id}/copy"""
    jan, kim = server.add_user("jan"), server.add_user("kim")
    home = jan.home()
    a, b = jan.make_folder(home, "a"), jan.make_folder(home, "b")
    for size in (0, 5, 65536, 65537, 300_000):
        content = os.urandom(size)
        file = put(jan, a, f"f{size}", content)
        answer = copy(jan, "files", file, b)
        equal(f"a file of {size} bytes is copied", (answer.status, answer.json()["name"], answer.json()["folderID"]), (200, f"f{size}", b))
        check("it is another file with the same content", answer.json()["id"] != file and jan.download(answer.json()["id"]).body == content)
        check("and the same hash", answer.json()["sha256"] == jan.get(f"/api/v1/files/{file}").json()["sha256"])
    is_error("the name is taken", copy(jan, "files", file, b), 409, 2092)
    is_error("into its own folder", copy(jan, "files", file, a), 409, 2092)
    is_error("into an unknown folder", copy(jan, "files", file, 123), 404)
    is_error("into a folder of somebody else", copy(jan, "files", file, kim.home()), 404)
    is_error("a file of somebody else", copy(kim, "files", file, kim.home()), 404)
    is_error("an unknown file", copy(jan, "files", 123, b), 404)
    is_error("no destination", jan.post(f"/api/v1/files/{file}/copy", {}), 422)
    listed = jan.make_folder(home, "listed")
    secret = put(jan, listed, "secret.txt")
    jan.grant(listed, "kim", listFiles=True)
    is_error("a file that one may list and not read", copy(kim, "files", secret, kim.home()), 403, 2020)
    equal("nothing came of it", names(kim, kim.home()), [])

    deep = jan.make_folder(jan.make_folder(a, "sub"), "deep")
    put(jan, deep, "deep.txt", b"deep")
    jan.make_folder(a, "empty")
    jan.make_folder(home, "a-b")
    answer = copy(jan, "folders", a, b)
    equal("a folder is copied", (answer.status, answer.json()["path"], answer.json()["totalFileCount"]), (200, "/Home/jan/b/a", 5))
    top = answer.json()["id"]
    tree = {item["path"] for item in jan.get("/api/v1/folders?perPage=100&path=/Home/jan/b/*").json()["items"]}
    equal("with all that is below", tree, {"/Home/jan/b/a", "/Home/jan/b/a/sub", "/Home/jan/b/a/sub/deep", "/Home/jan/b/a/empty"})
    equal("and its files", jan.get("/api/v1/files/detailed?pathMask=/Home/jan/b/a/sub&fileMask=*&recursive=true").json()[0]["path"], "/Home/jan/b/a/sub/deep/deep.txt")
    copied = {item["name"]: item["id"] for item in jan.get(f"/api/v1/folders/{top}/files").json()["items"]}
    check("the copy goes on without its source", jan.delete(f"/api/v1/folders/{a}").status == 204 and len(jan.download(copied["f300000"]).body) == 300_000)
    is_error("the name of the folder is taken", copy(jan, "folders", top, b), 409, 2090)
    is_error("into itself", copy(jan, "folders", b, b), 409)
    is_error("into a folder below", copy(jan, "folders", b, top), 409)
    equal("into a neighbour whose name begins alike", copy(jan, "folders", top, jan.folder("/Home/jan/a-b")).status, 200)
    is_error("a folder of somebody else", copy(kim, "folders", top, kim.home()), 404)
    is_error("into a folder of somebody else", copy(jan, "folders", top, kim.home()), 404)

    shared = jan.make_folder(home, "shared")
    put(jan, shared, "shown.txt")
    hidden = jan.post(f"/api/v1/folders/{shared}/subfolders", {"name": "hidden", "inheritPermissions": "None"}).json()["id"]
    put(jan, hidden, "hidden.txt")
    jan.grant(shared, "kim", readFiles=True, listFiles=True)
    answer = copy(kim, "folders", shared, kim.home())
    equal("what one may not know of is left out", (answer.status, names(kim, answer.json()["id"]), names(kim, answer.json()["id"], "subfolders")), (200, ["shown.txt"], []))
    kim.delete(f"/api/v1/folders/{answer.json()['id']}")
    jan.grant(hidden, "kim", listFiles=True)
    is_error("with a file that one may list and not read: nothing", copy(kim, "folders", shared, kim.home()), 403, 2020)
    equal("and nothing of it is there", (names(kim, kim.home()), names(kim, kim.home(), "subfolders")), ([], []))
    jan.grant(hidden, "kim", writeFiles=True)
    answer = copy(kim, "folders", shared, kim.home())
    equal("a drop box is copied empty", (answer.status, names(kim, kim.folder("/Home/kim/shared/hidden"))), (200, []))
    inbox = kim.make_folder(kim.home(), "inbox")
    kim.grant(inbox, "jan", addDeleteSubfolders=True)
    is_error("without the right to write where it goes to", copy(jan, "folders", shared, inbox), 403)
    ledger = server.cli("ledger", "verify")
    check("copies are in the ledger, and it verifies", ledger.returncode == 0, ledger.stdout + ledger.stderr)


def quota(server, client, folder, kb, below=True):
    answer = client.patch(f"/api/v1/folders/{folder}/maintenance", {"folderQuota": {"quota": kb, "quotaLevel": "KB", "applyToFilesInSubfolders": below}})
    equal(f"a quota of {kb} KB is set", (answer.status, answer.json().get("folderQuota", {}).get("applyToFilesInSubfolders")), (200, below))


def used(client, folder):
    return client.get(f"/api/v1/folders/{folder}").json()["totalFilesSize"]


def quotas(server):
    """folder, user and organisation quotas, alone and with parallel uploads"""
    lou = server.add_user("lou")
    admin = server.client("admin")
    home = lou.home()
    box = lou.make_folder(home, "box")
    inner, neighbour = lou.make_folder(box, "inner"), lou.make_folder(home, "box-b")
    quota(server, lou, box, 100)
    equal("FolderDetails tells it in bytes", lou.get(f"/api/v1/folders/{box}").json()["quota"], 102400)
    first = put(lou, box, "a", b"x" * 60_000)
    is_error("what does not fit", lou.upload(box, "b", b"x" * 60_000), 422, 2210)
    is_error("below neither", lou.upload(inner, "b", b"x" * 60_000), 422, 2210)
    equal("in a neighbour it does", lou.upload(neighbour, "b", b"x" * 60_000).status, 201)
    put(lou, inner, "c", b"x" * 42_400)
    is_error("now it is full to the byte", lou.upload(box, "d", b"x"), 422, 2210)
    equal("an empty file is no byte", lou.upload(box, "empty", b"").status, 201)
    moved = next(item["id"] for item in lou.get(f"/api/v1/folders/{neighbour}/files").json()["items"])
    is_error("a move into it", move(lou, "files", moved, box), 422, 2210)
    is_error("a copy into it", copy(lou, "files", moved, inner), 422, 2210)
    is_error("a folder moved into it", move(lou, "folders", neighbour, box), 422, 2210)
    is_error("a folder copied into it", copy(lou, "folders", neighbour, box), 422, 2210)
    equal("nothing stays of that copy", names(lou, box, "subfolders"), ["inner"])
    equal("within it files move", move(lou, "files", first, inner).status, 200)
    equal("and are removed", lou.delete(f"/api/v1/files/{first}").status, 204)
    equal("so that there is room", move(lou, "files", moved, box).status, 200)
    equal("a folder taken away gives room", (lou.delete(f"/api/v1/folders/{inner}").status, lou.upload(box, "e", b"x" * 42_000).status), (204, 201))
    quota(server, lou, box, 10, below=False)
    is_error("a lower quota lets nothing more in", lou.upload(box, "f", b"x"), 422, 2210)
    below = lou.make_folder(box, "below")
    equal("without subfolders they are free", lou.upload(below, "g", b"x" * 50_000).status, 201)
    lou.patch(f"/api/v1/folders/{box}/miscellaneous", {"allowFileOverwrite": True})
    equal("replacing by less works while over it", lou.upload(box, "e", b"y" * 100).status, 201)

    par = lou.make_folder(home, "parallel")
    size = 400_000
    quota(server, lou, par, 2000)  # room for five of eight
    answers = parallel(server, "lou", par, "p", size, 8)
    equal("eight at once, five fit", (sorted(answers), used(lou, par)), ([201] * 5 + [422] * 3, 5 * size))
    quota(server, lou, par, 5 * size // 1024 + 8 * size // 1024 + 1)
    answers = parallel(server, "lou", par, "q", size, 8)
    equal("eight at once, all fit to the byte or nearly", (answers, used(lou, par)), ([201] * 8, 13 * size))

    mia = server.add_user("mia")
    who = users_self_id(mia)
    is_error("nobody sets his own", mia.patch(f"/api/v1/users/{who}/quota", {"folderQuota": 10**9}), 403)
    is_error("nor hears of others", mia.get(f"/api/v1/users/{users_self_id(lou)}/quota"), 404)
    equal("an administrator does", admin.patch(f"/api/v1/users/{who}/quota", {"folderQuota": 1_000_000}).json()["folderQuota"], 1_000_000)
    equal("users/self tells it", mia.get("/api/v1/users/self").json()["folderQuota"], 1_000_000)
    answers = parallel(server, "mia", mia.home(), "m", size, 8)
    equal("two of eight fit", (sorted(answers), mia.get("/api/v1/users/self").json()["totalFileSize"]), ([201] * 2 + [422] * 6, 2 * size))
    equal("0 is none", (admin.patch(f"/api/v1/users/{who}/quota", {"folderQuota": 0}).status, mia.upload(mia.home(), "more", b"x" * size).status), (200, 201))
    for wrong in (-1, "x", 2**62, None):
        is_error(f"folderQuota {wrong}", admin.patch(f"/api/v1/users/{who}/quota", {"folderQuota": wrong}), 422)

    broken = lou.make_folder(home, "broken")
    quota(server, lou, broken, 500)
    unfinished = (b"POST /api/v1/folders/%d/files HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\nContent-Type: multipart/form-data; boundary=b\r\n"
                  b"Content-Length: 900000\r\n\r\n--b\r\nContent-Disposition: form-data; name=f; filename=f\r\n\r\n" % (broken, lou.token.encode()) + b"x" * 480_000)
    for pause in (0.5, 2, 8, 30):  # until the server has taken what was sent
        with server.raw() as raw:
            raw.send(unfinished)
            time.sleep(pause)
            answer = lou.upload(broken, "g", b"x" * 300_000)
        if answer.status == 422:
            break
        lou.delete(f"/api/v1/files/{answer.json()['id']}")
    equal("what is on its way is reserved", answer.status, 422)
    deadline = time.monotonic() + 10
    while (status := lou.upload(broken, "g", b"x" * 300_000).status) != 201 and time.monotonic() < deadline:
        time.sleep(0.1)
    equal("and given back with its connection", status, 201)

    root = admin.folder("/")
    kb = used_by_all(server, admin) // 1024 + 100
    quota(server, admin, root, kb)
    is_error("the organisation's quota is that of its root", lou.upload(neighbour, "too much", b"x" * 200_000), 422, 2210)
    equal("what fits goes in", lou.upload(neighbour, "fits", b"x" * 50_000).status, 201)
    admin.patch(f"/api/v1/folders/{root}/maintenance", {"folderQuota": {"quota": 0}})


def used_by_all(server, admin):
    return sum(item["size"] for page in range(1, 20) for item in admin.get(f"/api/v1/files?perPage=1000&page={page}").json()["items"])


def parallel(server, user, folder, prefix, size, count):
    """The states of that many uploads at once, each over a connection of its own."""
    clients = [server.client(user) for _ in range(count)]
    answers = [None] * count
    start = threading.Barrier(count)

    def upload(i):
        start.wait()
        answers[i] = clients[i].upload(folder, f"{prefix}{i}", b"x" * size).status
    threads = [threading.Thread(target=upload, args=(i,)) for i in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for client in clients:
        client.close()
    return answers


def settings(server):
    """filemasks, maintenance, miscellaneous, characterRestrictions"""
    ned, oda = server.add_user("ned"), server.add_user("oda")
    home = ned.home()
    box = ned.make_folder(home, "box")
    sub, neighbour = ned.make_folder(box, "sub"), ned.make_folder(home, "box-b")
    outside = put(ned, home, "tool.exe")

    def patch(what, body, who=ned, folder=box):
        return who.patch(f"/api/v1/folders/{folder}/{what}", body)
    answer = patch("filemasks", {"rule": "AllowExceptMatching", "masks": ["*.exe", "~*"]})
    equal("masks are set", (answer.status, answer.json()), (200, {"rule": "AllowExceptMatching", "masks": ["*.exe", "~*"]}))
    details = ned.get(f"/api/v1/folders/{box}").json()
    equal("FolderDetails tells them", (details["fileMaskRule"], details["fileMasks"]), ("AllowExceptMatching", "*.exe,~*"))
    is_error("an upload that they deny", ned.upload(box, "a.EXE", b"x"), 422)
    good = put(ned, box, "a.txt")
    is_error("a rename", ned.patch(f"/api/v1/files/{good}", {"name": "~a.txt"}), 422)
    is_error("a move", move(ned, "files", outside, box), 422)
    is_error("a copy", copy(ned, "files", outside, box), 422)
    equal("a subfolder is not concerned", ned.upload(sub, "b.exe", b"x").status, 201)
    equal("one that is made now is", ned.upload(ned.make_folder(box, "later"), "b.exe", b"x").status, 422)
    patch("filemasks", {"rule": "DenyExceptMatching", "masks": ["*.csv"], "applyToSubfolders": True})
    equal("all but what matches", (ned.upload(box, "c.csv", b"x").status, ned.upload(box, "c.txt", b"x").status), (201, 422))
    equal("applyToSubfolders", (ned.upload(sub, "c.csv", b"x").status, ned.upload(sub, "c.txt", b"x").status), (201, 422))
    equal("not the neighbour", ned.upload(neighbour, "c.txt", b"x").status, 201)
    is_error("a folder copied with what they deny", copy(ned, "folders", neighbour, box), 422)
    equal("no masks, nothing denied", (patch("filemasks", {"rule": "AllowExceptMatching", "masks": []}).status, ned.upload(box, "d.exe", b"x").status), (200, 201))
    for wrong in ({"rule": "x"}, {"masks": "x"}, {"masks": [""]}, {"masks": [5]}, {"masks": ["a\nb"]}):
        is_error(f"filemasks {wrong}", patch("filemasks", wrong), 422)
    is_error("too many masks", patch("filemasks", {"masks": ["x"] * 101}), 413)
    is_error("a stranger", patch("filemasks", {"masks": []}, oda), 404)
    ned.grant(box, "oda", readFiles=True, writeFiles=True, listFiles=True, deleteFiles=True)
    for what in ("filemasks", "maintenance", "miscellaneous", "characterRestrictions"):
        is_error(f"{what} without the right", patch(what, {}, oda), 403, 2020)

    answer = patch("miscellaneous", {"allowFileOverwrite": "True", "hideHistory": True, "customSortField": "DateTime"})
    equal("miscellaneous", (answer.status, answer.json()["allowFileOverwrite"], answer.json()["customSortField"]), (200, True, "DateTime"))
    equal("FolderDetails", ned.get(f"/api/v1/folders/{box}").json()["allowFileOverwrite"], True)
    answer = ned.upload(box, "a.txt", b"newer")
    equal("overwriting works", (answer.status, ned.download(answer.json()["id"]).body), (201, b"newer"))
    patch("miscellaneous", {"allowFileOverwrite": False})
    is_error("and not any more", ned.upload(box, "a.txt", b"newest"), 409, 2092)
    is_error("two files of one name", patch("miscellaneous", {"enforceUniqueFilenames": False}), 422)

    answer = patch("characterRestrictions", {"charSet": "WindowsNtfs"})
    equal("characterRestrictions", (answer.status, answer.json()), (200, {"charSet": "WindowsNtfs", "customCharSet": ""}))
    is_error("a character that Windows forbids", ned.upload(box, "a|b.txt", b"x"), 422)
    patch("characterRestrictions", {"charSet": "CustomDisallow", "customCharSet": "#ü", "replaceIllegalCharacters": True, "replacementValue": "_[CharID]_"})
    equal("replaced by its number", ned.upload(box, "x#y.txt", b"x").json().get("name"), "x_35_y.txt")
    equal("a rename too", ned.patch(f"/api/v1/files/{ned.upload(box, 'r.txt', b'x').json()['id']}", {"name": "ü.txt"}).json().get("name"), "_252_.txt")
    patch("characterRestrictions", {"charSet": "CustomAllow", "customCharSet": "abc.", "replaceIllegalCharacters": False})
    equal("only these", (ned.upload(box, "abc.cab", b"x").status, ned.upload(box, "abd", b"x").status), (201, 422))
    patch("characterRestrictions", {"charSet": "NoRestrictions"})

    wanted = {"folderCleanup": {"isCleanupEnabled": True, "deleteOldFilesAfterDays": 30, "deleteEmptySubfoldersAfterDays": 7}, "displayNewFilesForDays": 5,
              "folderQuota": {"quota": 3, "quotaLevel": "MB", "applyToFilesInSubfolders": True}}
    answer = patch("maintenance", wanted)
    equal("maintenance answers what is stored", (answer.status, answer.json()), (200, wanted))
    details = ned.get(f"/api/v1/folders/{box}").json()
    equal("FolderDetails of it", [details[name] for name in ("cleanType", "cleanTimeDays", "subfolderCleanTime", "newTime", "quota")], ["AfterCleanTime", 30, 7, 5, 3 * 1024 * 1024])
    equal("a part changes a part", patch("maintenance", {"displayNewFilesForDays": 6}).json(), {**wanted, "displayNewFilesForDays": 6})
    for wrong in ({"folderQuota": {"quota": -1}}, {"folderQuota": {"quotaLevel": "GB"}}, {"folderCleanup": {"deleteOldFilesAfterDays": -1}}, {"folderQuota": 5}, {"displayNewFilesForDays": 10**9}):
        is_error(f"maintenance {wrong}", patch("maintenance", wrong), 422)
    server.restart()
    ned = server.client("ned")
    equal("all of it outlives a restart", ned.get(f"/api/v1/folders/{box}").json()["quota"], 3 * 1024 * 1024)


def notifications(server):
    """PATCH /folders/{id}/notifications"""
    amy = server.add_user("noticed")
    folder = amy.make_folder(amy.home(), "n")
    below = amy.make_folder(folder, "below")
    path = f"/api/v1/folders/{folder}/notifications"
    off = {"notificationStyle": "Normal", "uploadConfirmationToSenderTime": -1, "newFileAlertToRecipientTime": -1, "deliveryReceiptToSender": "None",
           "alertSenderFileIsNotDownloadedTime": -1, "alertSenderFileIsNotDownloadedTimeType": "Hours"}
    equal("nothing is sent at first", amy.patch(path, {}).json(), off)
    wanted = {"notificationStyle": "InboxOutbox", "uploadConfirmationToSenderTime": 0, "newFileAlertToRecipientTime": 30, "deliveryReceiptToSender": "Immediately",
              "alertSenderFileIsNotDownloadedTime": 3, "alertSenderFileIsNotDownloadedTimeType": "Days"}
    answer = amy.patch(path, wanted)
    equal("what is stored comes back", (answer.status, answer.json()), (200, wanted))
    shown = amy.get(f"/api/v1/folders/{folder}").json()
    equal("and the details show it",
          [shown[key] for key in ("uploadNotificationConfirmationType", "uploadNotificationConfirmationTime", "newFileNotificationType", "newFileNotificationTime",
                                  "alertSenderFileIsNotDownloadedTimeType", "alertSenderFileIsNotDownloadedTime", "deliveryRecepientNotificationType")],
          ["Immediately", 0, "Batch", 30, "Days", 3, "Immediately"])
    equal("not below", amy.patch(f"/api/v1/folders/{below}/notifications", {}).json(), off)
    amy.patch(path, {"newFileAlertToRecipientTime": "5", "applyToSubfolders": "true"})
    equal("below when that is said, and only what is said", amy.patch(f"/api/v1/folders/{below}/notifications", {}).json(), {**off, "newFileAlertToRecipientTime": 5})
    for wrong in ({"notificationStyle": "Loud"}, {"newFileAlertToRecipientTime": -2}, {"newFileAlertToRecipientTime": 10**9}, {"alertSenderFileIsNotDownloadedTimeType": "Weeks"}):
        is_error(f"{wrong}", amy.patch(path, wrong), 422)
    other = server.add_user("unnoticed")
    is_error("a folder of somebody else", other.patch(path, wanted), 404)
    amy.grant(folder, "unnoticed", listFiles=True)
    is_error("without the right to set it", other.patch(path, wanted), 403)


TESTS = [moves, content, detailed, new_states, copies, quotas, settings, notifications]

if __name__ == "__main__":
    run(TESTS)
