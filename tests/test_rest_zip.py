"""Several files and folders as one ZIP: foreign readers, rights, names, limits, changes while it is sent, the ledger."""
import hashlib
import http.client
import io
import os
import shutil
import subprocess
import tempfile
import time
import urllib.parse
import zipfile

from support.server import check, equal, run, skip, users_self_id

ZIP = "/api/bulkhead/v1/zip"
LEFT_OUT = "NOT_INCLUDED.txt"
MEBIBYTES_A_MINUTE = 100


def upload(client, folder, name, content=b"content"):
    answer = client.upload(folder, name, content)
    if answer.status != 201:
        raise RuntimeError(f"upload {name}: {answer}")
    return answer.json()["id"]


def archive(answer):
    return zipfile.ZipFile(io.BytesIO(answer.body))


def names_of(answer):
    return sorted(archive(answer).namelist()) if answer.status == 200 else answer


def refused(what, answer, status):
    equal(what, (answer.status, sorted(answer.json())), (status, ["detail", "errorCode", "title"]))


def content_of(size, seed):
    return hashlib.shake_256(seed.encode()).digest(size)


def readers(server):
    """unzip, bsdtar and Python read it, and find the bytes that were sent"""
    anna = server.add_user("anna")
    home = anna.home()
    tree = anna.make_folder(home, "träger")
    inner = anna.make_folder(tree, "inner")
    anna.make_folder(tree, "empty")
    contents = {"träger/größe €.txt": b"", "träger/one.bin": content_of(1, "a"), "träger/inner/edge.bin": content_of(65_536, "b"),
                "träger/inner/large.bin": content_of(9_000_001, "c")}
    for path, content in contents.items():
        upload(anna, inner if "/inner/" in path else tree, path.rsplit("/", 1)[1], content)
    single = upload(anna, home, "single.txt", b"alone")
    answer = anna.post(ZIP, {"folders": [tree], "files": [single], "name": "my archive"})
    equal("POST: 200, a ZIP, a name", (answer.status, answer.headers["content-type"], answer.headers["content-disposition"]),
          (200, "application/zip", 'attachment; filename="my archive.zip"'))
    equal("Content-Length is the size of it", answer.headers["content-length"], str(len(answer.body)))
    whole = archive(answer)
    equal("Python: every CRC", whole.testzip(), None)
    equal("every content", {name: whole.read(name) for name in whole.namelist() if not name.endswith("/")}, {**contents, "single.txt": b"alone"})
    check("empty folders are there", "träger/empty/" in whole.namelist(), whole.namelist())
    check("the names are marked as UTF-8, nothing is compressed", all(member.flag_bits & 0x800 and member.compress_type == 0 for member in whole.infolist()))
    stamp = anna.get(f"/api/v1/files/{single}").json()["uploadStamp"]
    member = whole.getinfo("single.txt").date_time
    check("times are those of the files, in UTC", abs(time.mktime((*member, 0, 0, 0)) - time.mktime(time.strptime(stamp, "%Y-%m-%dT%H:%M:%S"))) <= 2, (stamp, member))
    with tempfile.TemporaryDirectory() as scratch:
        path = os.path.join(scratch, "a.zip")
        with open(path, "wb") as file:
            file.write(answer.body)
        for command in (["unzip", "-tqq", path], ["bsdtar", "-xf", path, "-C", scratch], ["bsdtar", "-tf", "-"]):
            if shutil.which(command[0]) is None:
                skip(f"{command[0]} reads it", "not installed")
                continue
            with open(path, "rb") as file:
                done = subprocess.run(command, stdin=file, capture_output=True, env={**os.environ, "LC_ALL": "C.UTF-8"})
            equal(f"{' '.join(command[:2])} takes it without a word of complaint", (done.returncode, done.stderr), (0, b""))
        if shutil.which("bsdtar"):
            equal("what bsdtar unpacked", {p: open(os.path.join(scratch, p), "rb").read() for p in contents}, contents)
    query = urllib.parse.urlencode([("file", single), ("folder", inner), ("name", "größe.ZIP")])
    answer = anna.get(f"{ZIP}?{query}")
    equal("GET: the same by query", names_of(answer), ["inner/", "inner/edge.bin", "inner/large.bin", "single.txt"])
    check("its name, for old and new clients", "filename*=UTF-8''gr%C3%B6%C3%9Fe.ZIP" in answer.headers["content-disposition"], answer.headers)
    head = anna.request("HEAD", f"{ZIP}?{query}")
    equal("HEAD: the same size, no content", (head.status, head.headers["content-length"], head.body), (200, str(len(answer.body)), b""))


def names(server):
    """members of one name get numbers; the client chooses the name of the archive, not its type"""
    berta = server.add_user("berta")
    home = berta.home()
    left, right = berta.make_folder(home, "left"), berta.make_folder(home, "right")
    ids = [upload(berta, left, "same.txt", b"1"), upload(berta, right, "same.txt", b"2"), upload(berta, home, "SAME.TXT", b"3"), upload(berta, home, "C:evil.txt", b"4"),
           upload(berta, home, LEFT_OUT, b"5")]
    same = berta.make_folder(right, "left")
    upload(berta, same, "deep.txt", b"6")
    answer = berta.post(ZIP, {"files": ids + ids[:1], "folders": [left, same]})
    equal("numbers, and no drive", names_of(answer), sorted(["left/", "left/same.txt", "left (2)/", "left (2)/deep.txt", "same.txt", "same (2).txt", "SAME (3).TXT", "C_evil.txt", LEFT_OUT]))
    answer = berta.post(ZIP, {"files": [ids[4], "1"]})
    equal("a file of that name stays beside the list of what is missing", names_of(answer), ["NOT_INCLUDED (2).txt", LEFT_OUT])
    for name in ("../../x", 'a"; x=y', "a\u2028b", "= cmd", "<b>"):
        answer = berta.post(ZIP, {"files": ids[:1], "name": name})
        check(f"an archive called {name!r}", answer.status == 200 and answer.headers["content-disposition"].startswith("attachment; "), answer.headers)
    refused("a name with a line feed is no header", berta.post(ZIP, {"files": ids[:1], "name": "x" * 201}), 422)
    check("CR and LF in the name reach no header", "x-evil" not in berta.post(ZIP, {"files": ids[:1], "name": "a\r\nX-Evil: 1"}).headers)


def wishes(server):
    """what is no list of ids is 422, and says which field"""
    carla = server.add_user("carla")
    file = upload(carla, carla.home(), "a.txt")
    for what, wish in (("nothing", {}), ("empty lists", {"files": [], "folders": []}), ("a word", {"files": ["abc"]}), ("a path", {"files": ["/Home/carla/a.txt"]}), ("a negative id", {"folders": [-1]}),
                       ("files that are no list", {"files": file}), ("a list in a list", {"files": [[file]]}), ("a fraction", {"files": [1.5]}), ("a name that is none", {"files": [file], "name": 5})):
        answer = carla.post(ZIP, wish)
        refused(what, answer, 422)
        field = next(iter(wish), "files") if "name" not in wish else "name"
        check(f"{what}: the field is named", field in answer.json()["detail"], answer)
    refused("more ids than the limit", carla.post(ZIP, {"files": [str(i) for i in range(1, 1_002)]}), 413)
    refused("GET without ids", carla.get(ZIP), 422)
    refused("GET with a word", carla.get(f"{ZIP}?file=abc"), 422)
    equal("without a token", server.client().post(ZIP, {"files": [file]}).status, 401)
    equal("a number is an id as well", names_of(carla.post(ZIP, {"files": [int(file)]})), ["a.txt"])


def rights(server):
    """R-078, R-079: what one may not read is left out and named as one may know it; nothing left: 404"""
    dora, emil = server.add_user("dora"), server.add_user("emil")
    who = users_self_id(emil)
    foo = dora.make_folder(dora.home(), "foo")
    foobar = dora.make_folder(dora.home(), "foobar")
    inside = upload(dora, foo, "inside.txt", b"may be read")
    outside = upload(dora, foobar, "outside.txt", b"TOP SECRET")
    dora.grant(foo, who, readFiles=True, listFiles=True)
    answer = emil.post(ZIP, {"folders": [foo, foobar], "files": [inside, outside]})
    equal("the grant on /foo is none on /foobar", names_of(answer), [LEFT_OUT, "foo/", "foo/inside.txt", "inside.txt"])
    text = archive(answer).read(LEFT_OUT).decode()
    check("left out, by id only: he may not know more", f"folder {foobar}" in text and f"file {outside}" in text and "foobar" not in text and "outside" not in text, text)
    check("not a byte of it", b"TOP SECRET" not in answer.body)
    unknown = emil.post(ZIP, {"files": ["999999999"]})
    forbidden = emil.post(ZIP, {"files": [outside]})
    refused("nothing left", forbidden, 404)
    equal("unknown and forbidden read the same", forbidden.body, unknown.body)
    refused("a forbidden folder", emil.post(ZIP, {"folders": [foobar]}), 404)
    refused("HEAD and GET: the same", emil.get(f"{ZIP}?file={outside}"), 404)
    refused("the home of another, in which he has no right", emil.post(ZIP, {"folders": [dora.home()]}), 404)
    listed = dora.make_folder(dora.home(), "listed")
    upload(dora, listed, "seen.txt", b"TOP SECRET")
    dora.grant(listed, who, listFiles=True)
    answer = emil.post(ZIP, {"folders": [listed], "files": [inside]})
    check("listed, not read: named by its path", "/Home/dora/listed/seen.txt" in archive(answer).read(LEFT_OUT).decode() and b"TOP SECRET" not in answer.body, names_of(answer))
    refused("listed, not read, and nothing else", emil.post(ZIP, {"folders": [listed]}), 404)
    box = dora.make_folder(dora.home(), "box")
    upload(dora, box, "dropped.txt", b"TOP SECRET")
    dora.grant(box, who, readFiles=True)
    answer = emil.post(ZIP, {"folders": [box], "files": [inside]})
    check("read, not listed: the folder is named, its files are not", "box/: its files" in archive(answer).read(LEFT_OUT).decode() and "dropped" not in str(names_of(answer)), answer)
    dora.ungrant(foo, who)
    refused("after the grant was taken away", emil.post(ZIP, {"folders": [foo]}), 404)


def limits(server):
    """depth and number of members: 413 before anything is released"""
    fritz = server.add_user("fritz")
    top = folder = fritz.make_folder(fritz.home(), "deep")
    upload(fritz, top, "a.txt")
    for level in range(33):
        folder = fritz.make_folder(folder, f"{level}")
    before = len(ledger_releases(server))
    refused("too deep", fritz.post(ZIP, {"folders": [top]}), 413)
    equal("nothing was released for it", len(ledger_releases(server)), before)
    many = fritz.make_folder(fritz.home(), "many")
    for number in range(600):  # more than one slice of a list
        upload(fritz, many, f"{number:04}.txt", b"%d" % number)
    answer = fritz.post(ZIP, {"folders": [many]})
    equal("600 files in one folder, each once", names_of(answer), ["many/", *(f"many/{number:04}.txt" for number in range(600))])


def ledger_releases(server):
    done = subprocess.run([os.path.join(os.environ["BULKHEAD_BIN"], "bulkhead-verify"), os.path.join(server.data, "vault", "ledger"), "--report"], capture_output=True, text=True)
    return [line for line in done.stdout.splitlines() if "/Home/" in line]


def recorded(server):
    """each member is a release of its own in the ledger, and a budget ends the archive with an error or a cut"""
    gerda = server.add_user("gerda")
    home = gerda.home()
    files = [upload(gerda, home, f"ledger-{number}.txt", b"x" * (number + 1)) for number in range(3)]
    gerda.request("HEAD", f"{ZIP}?file={files[0]}")
    gerda.post(ZIP, {"files": files})
    gerda.close()
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        server.cli("ledger", "head")
        seen = [line for line in ledger_releases(server) if "gerda" in line and "ledger-" in line]
        if len(seen) >= 3:
            break
        time.sleep(0.3)
    equal("three releases, each with its size; none of HEAD", len(seen), 3)


def changes(server):
    """what changes while the archive is sent cuts the connection within the announced size"""
    hanna = server.add_user("hanna")
    folder = hanna.make_folder(hanna.home(), "moving")
    upload(hanna, folder, "1-large.bin", content_of(40 << 20, "large"))
    last = upload(hanna, folder, "2-last.txt", b"goes away")
    with server.raw(timeout=60) as raw:
        raw.send(f"GET {ZIP}?folder={folder} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {hanna.token}\r\n\r\n".encode())
        got = raw.socket.recv(65536)  # the head: the first file is open, and far larger than all buffers on the way
        equal("a later member is deleted while the first is sent", hanna.delete(f"/api/v1/files/{last}").status, 204)
        got += raw.read_all()
    head, body = got.split(b"\r\n\r\n", 1)
    length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
    check("the answer is visibly cut", head.startswith(b"HTTP/1.1 200") and len(body) < length, (len(body), length))
    check("no reader takes it for whole", not zipfile.is_zipfile(io.BytesIO(body)))
    equal("afterwards it is whole again", names_of(hanna.post(ZIP, {"folders": [folder]})), ["moving/", "moving/1-large.bin"])


def budget(server):
    """over the egress budget: 429 before the head, a cut behind it"""
    ida = server.add_user("ida")
    files = [upload(ida, ida.home(), f"b{number}.bin", content_of(35 << 20, f"b{number}")) for number in range(3)]
    try:
        check("it did not become a whole archive", False, ida.post(ZIP, {"files": files}).status)
    except http.client.IncompleteRead as cut:
        check("the budget ran out in the middle: cut within the announced size", len(cut.partial) > 70 << 20, len(cut.partial))
    ida.close()
    refused("what is over the budget from the start: 429", ida.post(ZIP, {"files": files[:1]}), 429)


if __name__ == "__main__":
    run([readers, names, wishes, rights, limits, recorded, changes, budget], {"sign_on": {"attempts": 1000}, "budget_principal": {"mebibytes": [MEBIBYTES_A_MINUTE, 0, 0, 0]}})
