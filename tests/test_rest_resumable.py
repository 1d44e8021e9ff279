"""Resumable uploads of the REST contract (moveit-rest section 6.2) against the real server."""
import hashlib
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "support"))

from server import Raw, check, equal, run  # noqa: E402
from uploads import Tus, content_of, cut, wait_for  # noqa: E402

MIB = 1 << 20


class Resumable:
    """One upload of one user."""

    def __init__(self, client, folder, name, size, **fields):
        self.client, self.folder, self.size = client, folder, size
        boundary = "----bulkhead-resumable"
        texts = {"name": name, "size": size, "comments": "", **fields}
        body = "".join(f'--{boundary}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n' for key, value in texts.items()) + f"--{boundary}--\r\n"
        self.begun = client.post(f"/api/v1/folders/{folder}/files?uploadType=resumable", body.encode(),
                                 headers={"Content-Type": f"multipart/form-data; boundary={boundary}"})
        self.id = self.begun.json().get("fileId") if self.begun.status == 200 else None

    @property
    def path(self):
        return f"/api/v1/folders/{self.folder}/files?uploadType=resumable&fileId={self.id}"

    def put(self, body, start=None, total=None, client=None, **headers):
        total = self.size if total is None else total
        span = f"{start}-{start + len(body) - 1}" if start is not None else "*"
        return (client or self.client).request("PUT", self.path, body, {"Content-Type": "application/octet-stream", "Content-Range": f"bytes {span}/{total}", **headers})

    def probe(self):
        return self.put(b"")

    def offset(self):
        answer = self.probe()
        return answer.json()["bytes"] if answer.status == 308 else None


def has(client, file, content):
    check("the file has the content", client.download(file).body == content)


def piece_by_piece(server):
    """308 with Range and JSON, then 201 with the file"""
    user = server.add_user("rest")
    home, content = user.home(), content_of(250_000)
    upload = Resumable(user, home, "r.bin", len(content), comments="so it is")
    equal("begun", upload.begun.status, 200)
    begun = upload.begun.json()
    equal("nothing is there", (begun["bytes"], sorted(begun)), (0, ["bytes", "fileId", "maxChunkSize"]))
    check("the id is digits", begun["fileId"].isdigit() and len(begun["fileId"]) == 9, begun)
    none = upload.probe()
    equal("a probe", (none.status, none.headers.get("range"), none.json()["bytes"]), (308, None, 0))
    seen = user.get(f"/api/v1/files/{upload.id}")
    equal("its uploader sees it", (seen.status, seen.json()["name"], seen.json()["size"], seen.json()["hash"]), (200, "r.bin", 0, ""))
    equal("it cannot be downloaded", user.download(upload.id).status, 404)
    first = upload.put(content[:100_000], 0)
    equal("a piece", (first.status, first.headers.get("range"), first.json()["bytes"]), (308, "bytes=0-99999", 100_000))
    wrong = upload.put(content[:100_000], 0)
    equal("a piece again", (wrong.status, wrong.headers.get("range")), (416, "bytes=0-99999"))
    equal("a piece too far on", upload.put(content[150_000:], 150_000).status, 416)
    equal("another total", upload.put(content[100_000:], 100_000, total=250_001).status, 422)
    equal("a body of another length", user.request("PUT", upload.path, b"x", {"Content-Range": "bytes 100000-100009/250000"}).status, 422)
    equal("a range that is none", user.request("PUT", upload.path, b"x", {"Content-Range": "bytes 0-/5"}).status, 422)
    equal("no range", user.request("PUT", upload.path, b"x").status, 422)
    equal("a piece that is too large", user.request("PUT", upload.path, b"", {"Content-Range": f"bytes 0-{65 << 20}/{66 << 20}"}).status, 413)
    equal("the offset is as it was", upload.offset(), 100_000)
    last = upload.put(content[100_000:], 100_000, **{"X-File-Hash": hashlib.sha1(content).hexdigest()})
    equal("the last piece", (last.status, last.json()["id"], last.json()["name"]), (201, upload.id, "r.bin"))
    equal("its details", (last.json()["uploadIntegrity"], last.json()["uploadComment"]), (1, "so it is"))
    has(user, upload.id, content)
    equal("the last piece once more, for its answer was lost", upload.put(content[100_000:], 100_000).status, 201)
    equal("a probe of what is finished", upload.put(b"").status, 201)
    equal("a first piece of what is finished", upload.put(content[:10], 0).status, 409)


def ends(server):
    """empty files, hashes that do not match, names that are taken, and an end by DELETE"""
    user = server.add_user("ends")
    home, content = user.home(), content_of(100_000, 2)
    empty = Resumable(user, home, "empty", 0)
    equal("an empty file", empty.put(b"").status, 201)
    has(user, empty.id, b"")
    bad = Resumable(user, home, "bad", len(content))
    equal("a hash that does not match", bad.put(content, 0, **{"X-File-Hash": "0" * 40}).status, 422)
    equal("nothing is published", user.get(f"/api/v1/files/{bad.id}").status, 404)
    equal("nor kept", bad.probe().status, 404)
    equal("a hash that is none", Resumable(user, home, "bad", 5).put(b"12345", 0, **{"X-File-Hash": "xyz"}).status, 422)
    late = Resumable(user, home, "late", len(content))
    late.put(content[:50_000], 0)
    equal("somebody takes the name", user.upload(home, "late", b"first").status, 201)
    equal("then the end is 409", late.put(content[50_000:], 50_000).status in (404, 409), True)
    equal("and so is another begin", Resumable(user, home, "late", 5).begun.status, 409)
    gone = Resumable(user, home, "gone", 10)
    equal("DELETE of an upload", user.delete(f"/api/v1/files/{gone.id}").status, 204)
    equal("it is gone", gone.probe().status, 404)
    for what, fields in {"no name": {"name": ""}, "no size": {"size": ""}, "a size that is none": {"size": "-1"}}.items():
        equal(what, Resumable(user, home, fields.get("name", "x"), fields.get("size", 5)).begun.status, 422)
    equal("a folder that is not there", Resumable(user, 1, "x", 5).begun.status, 404)


def strangers(server):
    """only its uploader may go on with it, and only in its folder"""
    user, other = server.add_user("first"), server.add_user("second")
    home = user.home()
    user.grant(home, "second", readFiles=True, writeFiles=True, deleteFiles=True, listFiles=True)
    upload = Resumable(user, home, "mine", 10)
    equal("a stranger's piece", upload.put(b"0123456789", 0, client=other).status, 404)
    equal("a stranger's probe", upload.put(b"", client=other).status, 404)
    equal("a stranger sees nothing", other.get(f"/api/v1/files/{upload.id}").status, 404)
    equal("a stranger ends nothing", other.delete(f"/api/v1/files/{upload.id}").status, 404)
    own = user.make_folder(home, "other")
    elsewhere = upload.path.replace(f"/folders/{home}/", f"/folders/{own}/")
    equal("in another folder", user.request("PUT", elsewhere, b"", {"Content-Range": "bytes */10"}).status, 404)
    upload.id = "123456789"
    equal("an id that is none", upload.probe().status, 404)


def broken_connections(server):
    """cut in the middle of a body, and a server that is killed"""
    user = server.add_user("cutter")
    home, content = user.home(), content_of(3 * MIB, 3)
    upload = Resumable(user, home, "cut", len(content))
    upload.put(content[:MIB], 0)
    raw = Raw(server)
    raw.send((f"PUT {upload.path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {user.token}\r\nContent-Range: bytes {MIB}-{3 * MIB - 1}/{3 * MIB}\r\n"
              f"Content-Length: {2 * MIB}\r\n\r\n").encode() + content[MIB:MIB + 700_000])
    wait_for(lambda: user.get(f"/api/v1/files/{upload.id}").json()["size"] > MIB)
    cut(raw)
    offset = wait_for(lambda: (upload.offset() or 0) > MIB and upload.offset())
    check("what arrived is kept", offset and MIB < offset <= MIB + 700_000, offset)
    server.kill()
    server.start()
    user = upload.client = server.client("cutter")
    equal("after a kill the offset is the same", upload.offset(), offset)
    last = upload.put(content[offset:], offset, **{"X-File-Hash": hashlib.sha1(content).hexdigest()})
    equal("the rest", last.status, 201)
    has(user, upload.id, content)


def with_tus(server):
    """begun by one protocol, finished by the other: it is the same upload"""
    user = server.add_user("mixed")
    home, content = user.home(), content_of(200_000, 4)
    tus = Tus(user)
    upload = Resumable(user, home, "by-rest", len(content))
    upload.put(content[:90_000], 0)
    equal("tus sees it", tus.offset(f"/tus/{upload.id}"), 90_000)
    equal("tus finishes it", tus.patch(f"/tus/{upload.id}", 90_000, content[90_000:]).status, 204)
    has(user, upload.id, content)
    url = tus.create(len(content), content[:50_000], filename="by-tus", folderId=home).headers["location"]
    upload = Resumable(user, home, "by-tus", len(content), resume="true")
    equal("REST goes on with it by name", (upload.begun.json()["fileId"], upload.begun.json()["bytes"]), (url[5:], 50_000))
    equal("and finishes it", upload.put(content[50_000:], 50_000).status, 201)
    has(user, upload.id, content)


run([piece_by_piece, ends, strangers, broken_connections, with_tus])
