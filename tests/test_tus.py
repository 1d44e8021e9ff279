"""tus 1.0.0 against the real server: all its extensions, broken connections, takeover, and both ways from and to SFTP."""
import base64
import hashlib
import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "support"))

from server import Server, check, equal, finish, section, server_is_well  # noqa: E402
from sshd import make_key  # noqa: E402
from uploads import Tus, content_of, cut, ended, half_patch, metadata, wait_for  # noqa: E402

MIB = 1 << 20


def file_of(client, folder, name):
    items = client.get(f"/api/v1/folders/{folder}/files").json()["items"]
    return next((item["id"] for item in items if item["name"] == name), None)


def has(client, folder, name, content):
    found = file_of(client, folder, name)
    check(f"{name} has the content", found is not None and client.download(found).body == content)


def the_protocol_itself(server):
    """options, versions and headers that are none"""
    user = server.add_user("proto")
    tus = Tus(user)
    options = user.request("OPTIONS", "/tus")
    equal("OPTIONS", options.status, 204)
    equal("version", options.headers.get("tus-version"), "1.0.0")
    equal("extensions", options.headers.get("tus-extension"),
          "creation,creation-with-upload,creation-defer-length,expiration,checksum,termination,concatenation")
    equal("checksums", options.headers.get("tus-checksum-algorithm"), "sha1,sha256")
    equal("OPTIONS of an upload", user.request("OPTIONS", "/tus/1").status, 204)
    equal("OPTIONS without a token", server.client().request("OPTIONS", "/tus").status, 401)
    old = user.request("POST", "/tus", headers={"Tus-Resumable": "0.2.2", "Upload-Length": "1"})
    equal("another version", (old.status, old.headers.get("tus-version")), (412, "1.0.0"))
    for what, headers in {"no length": {}, "a length that is none": {"Upload-Length": "-1"}, "both lengths": {"Upload-Length": "1", "Upload-Defer-Length": "1"},
                          "metadata that is none": {"Upload-Length": "1", "Upload-Metadata": "filename ?"},
                          "concat that is none": {"Upload-Length": "1", "Upload-Concat": "final;"}}.items():
        answer = tus.request("POST", "/tus", **headers)
        equal(what, (answer.status, answer.headers.get("tus-resumable")), (400, "1.0.0"))
    equal("no file name", tus.create(1).status, 422)
    equal("a folder that is not there", tus.create(1, filename="a", folderId=1).status, 404)
    equal("too long", tus.create(1 << 60, filename="a").status, 413)
    equal("PATCH of another type", tus.request("PATCH", "/tus/123456789", b"x", Upload_Offset=0, Content_Type="text/plain").status, 415)
    for url in ("/tus/123456789", "/tus/0", "/tus/abc"):
        equal(f"HEAD {url}", tus.head(url).status, 404)
        equal(f"PATCH {url}", tus.patch(url, 0, b"x").status, 404)
        equal(f"DELETE {url}", tus.request("DELETE", url).status, 404)


def piece_by_piece(server):
    """creation, PATCH by PATCH, wrong offsets, the end"""
    user = server.add_user("pieces")
    tus, home, content = Tus(user), user.home(), content_of(300_000)
    made = tus.create(len(content), filename="a b.bin", folderId=home, comment="said before")
    equal("created", made.status, 201)
    url = made.headers["location"]
    check("it expires", made.headers.get("upload-expires", "").endswith("GMT"), made.headers)
    head = tus.head(url)
    equal("HEAD", (head.status, head.headers["upload-offset"], head.headers["upload-length"]), (200, "0", "300000"))
    equal("metadata comes back", head.headers.get("upload-metadata"), metadata(filename="a b.bin", folderId=home, comment="said before"))
    equal("not to be cached", head.headers.get("cache-control"), "no-store")
    equal("its uploader sees the file to be", user.get(f"/api/v1/files/{url[5:]}").status, 200)
    for offset, end in ((0, 70_000), (70_000, 70_001), (70_001, 200_000)):
        answer = tus.patch(url, offset, content[offset:end])
        equal(f"PATCH to {end}", (answer.status, answer.headers.get("upload-offset")), (204, str(end)))
    wrong = tus.patch(url, 70_001, content[70_001:])
    equal("a wrong offset", (wrong.status, wrong.headers.get("upload-offset")), (409, "200000"))
    equal("more than announced", tus.patch(url, 200_000, content).status, 413)
    equal("the offset is as it was", tus.offset(url), 200_000)
    chunked = tus.request("PATCH", url, iter([content]), Content_Type="application/offset+octet-stream", Upload_Offset=200_000)
    equal("more than announced, chunked", chunked.status, 413)
    equal("the offset is as it was", tus.offset(url), 200_000)
    check("no file yet", file_of(user, home, "a b.bin") is None)
    last = tus.patch(url, 200_000, content[200_000:])
    equal("the last PATCH", (last.status, last.headers.get("upload-offset")), (204, "300000"))
    has(user, home, "a b.bin", content)
    equal("the comment", user.get(f"/api/v1/files/{url[5:]}").json()["uploadComment"], "said before")
    again = tus.head(url)
    equal("HEAD of a finished one", (again.status, again.headers.get("upload-offset"), again.headers.get("upload-length")), (200, "300000", "300000"))
    equal("an empty PATCH of a finished one", tus.patch(url, 300_000).status, 204)
    equal("a PATCH of a finished one", tus.patch(url, 300_000, b"x").status, 403)
    equal("a name that is taken", tus.create(5, filename="a b.bin", folderId=home).status, 409)
    empty = tus.create(0, filename="empty", path=f"/Home/{'pieces'}")
    equal("an empty file", empty.status, 201)
    has(user, home, "empty", b"")


def creation_with_upload(server):
    """content with the POST, and lengths that are said later"""
    user = server.add_user("creator")
    tus, home, content = Tus(user), user.home(), content_of(100_000, 2)
    whole = tus.create(len(content), content, filename="whole")
    equal("all at once", (whole.status, whole.headers.get("upload-offset")), (201, "100000"))
    has(user, home, "whole", content)
    part = tus.create(len(content), content[:40_000], filename="part")
    equal("some of it", (part.status, part.headers.get("upload-offset")), (201, "40000"))
    url = part.headers["location"]
    equal("the rest", tus.patch(url, 40_000, content[40_000:]).status, 204)
    has(user, home, "part", content)
    url = tus.create(None, filename="deferred").headers["location"]
    equal("no length yet", tus.head(url).headers.get("upload-defer-length"), "1")
    equal("content before the length", tus.patch(url, 0, content[:50_000]).status, 204)
    equal("a length that is too small", tus.patch(url, 50_000, Upload_Length=10).status, 409)
    equal("the length", tus.patch(url, 50_000, content[50_000:60_000], Upload_Length=100_000).status, 204)
    equal("another length", tus.patch(url, 60_000, Upload_Length=100_001).status, 409)
    equal("the rest", tus.patch(url, 60_000, content[60_000:]).status, 204)
    has(user, home, "deferred", content)


def checksums(server):
    """460 leaves the offset, cut-off bodies too"""
    user = server.add_user("sums")
    tus, home, content = Tus(user), user.home(), content_of(200_000, 3)
    url = tus.create(len(content), filename="summed").headers["location"]

    def of(data, kind="sha1"):
        return f"{kind} {base64.b64encode(hashlib.new(kind, data).digest()).decode()}"
    equal("an unknown algorithm", tus.patch(url, 0, content, Upload_Checksum="md5 1B2M2Y8AsgTpgAmY7PhCfg==").status, 400)
    wrong = tus.patch(url, 0, content, Upload_Checksum=of(b""))
    equal("a checksum that does not match", (wrong.status, wrong.headers.get("upload-offset")), (460, "0"))
    equal("nothing counts", tus.offset(url), 0)
    equal("one that does", tus.patch(url, 0, content[:70_000], Upload_Checksum=of(content[:70_000])).status, 204)
    equal("not the second", tus.patch(url, 70_000, content[70_000:], Upload_Checksum=of(content, "sha256")).status, 460)
    equal("the offset is as it was", tus.offset(url), 70_000)
    raw = half_patch(user, url, 70_000, content[70_000:], 100_000, f"Upload-Checksum: {of(content[70_000:])}\r\n")
    cut(raw)
    equal("a body that was cut off cannot be checked, so it does not count", wait_for(lambda: tus.offset(url)), 70_000)
    equal("the rest", tus.complete(url, content, lambda rest: {"Upload_Checksum": of(rest, "sha256")}), len(content))
    has(user, home, "summed", content)


def termination_and_strangers(server):
    """DELETE ends it; nobody else sees it"""
    user, other = server.add_user("owner"), server.add_user("stranger")
    tus, foreign, home = Tus(user), Tus(other), user.home()
    user.grant(home, "stranger", readFiles=True, writeFiles=True, deleteFiles=True, listFiles=True)
    url = tus.create(10, filename="mine", folderId=home).headers["location"]
    equal("a stranger's HEAD", foreign.head(url).status, 404)
    equal("a stranger's PATCH", foreign.patch(url, 0, b"x").status, 404)
    equal("a stranger's DELETE", foreign.request("DELETE", url).status, 404)
    equal("a stranger's GET of the file", other.get(f"/api/v1/files/{url[5:]}").status, 404)
    equal("a stranger's part", foreign.create(concat=f"final;{url}", filename="stolen").status, 404)
    equal("it is as it was", tus.offset(url), 0)
    equal("DELETE", tus.request("DELETE", url).status, 204)
    equal("gone", tus.offset(url), None)
    equal("DELETE once more", tus.request("DELETE", url).status, 404)
    shared = other.make_folder(other.home(), "shared")
    other.grant(shared, "owner", writeFiles=True)
    lost = tus.create(10, filename="lost", folderId=shared).headers["location"]
    other.ungrant(shared, "owner")
    equal("without the right to write: HEAD", tus.head(lost).status, 404)
    equal("without the right to write: PATCH", tus.patch(lost, 0, b"0123456789").status, 404)


def concatenation(server):
    """parts are joined inside, in order"""
    user = server.add_user("joiner")
    tus, home, content = Tus(user), user.home(), content_of(3 * MIB + 12_345, 4)
    cuts = [0, 100, 1 * MIB + 7, 1 * MIB + 7, 2 * MIB, len(content)]
    parts = []
    for start, end in zip(cuts, cuts[1:]):
        made = tus.create(end - start, concat="partial")
        parts.append(made.headers["location"])
        if end > start:
            tus.patch(parts[-1], 0, content[start:end])
    equal("a part says so", tus.head(parts[0]).headers.get("upload-concat"), "partial")
    check("parts are in no list", user.get(f"/api/v1/folders/{home}/files").json()["items"] == [])
    unfinished = tus.create(5, concat="partial").headers["location"]
    equal("an unfinished part", tus.create(concat=f"final;{parts[0]} {unfinished}", filename="joined").status, 409)
    equal("a part twice", tus.create(concat=f"final;{parts[0]} {parts[0]}", filename="joined").status, 400)
    whole = tus.create(4, filename="plain").headers["location"]
    equal("an upload that is no part", tus.create(concat=f"final;{parts[0]} {whole}", filename="joined").status, 422)
    urls = " ".join(f"https://127.0.0.1:{server.port}{part}" for part in parts)
    final = tus.create(concat=f"final;{urls}", filename="joined")
    equal("final", final.status, 201)
    has(user, home, "joined", content)
    equal("HEAD of it", tus.offset(final.headers["location"]), len(content))
    equal("the parts are gone", [tus.offset(part) for part in parts], [None] * len(parts))


def broken_connections(server):
    """cut in the middle of a body, and a server that is killed"""
    user = server.add_user("broken")
    tus, home, content = Tus(user), user.home(), content_of(5 * MIB + 77, 5)
    url = tus.create(len(content), filename="cut").headers["location"]
    offset = 0
    for sent in (10, 100_000, 1 * MIB):
        raw = half_patch(user, url, offset, content[offset:], sent)
        if sent == 1 * MIB:
            wait_for(lambda: user.get(f"/api/v1/files/{url[5:]}").json()["size"] > 0)
        cut(raw)
        found = tus.offset(url)
        check(f"after {sent} bytes: all or some of them are kept", offset <= found <= offset + sent, found)
        offset = wait_for(lambda: tus.offset(url))
    check("something was kept", offset > 0, offset)
    offset = wait_for(lambda: tus.patch(url, tus.offset(url), content[tus.offset(url):4 * MIB]).status == 204 and tus.offset(url))
    equal("a PATCH after the cuts", offset, 4 * MIB)
    server.kill()
    server.start()
    user = server.client("broken")
    tus = Tus(user)
    equal("what was acknowledged is there after a kill", tus.offset(url), 4 * MIB)
    raw = half_patch(user, url, 4 * MIB, content[4 * MIB:], 600_000)
    wait_for(lambda: False, 0.5)
    server.kill()
    raw.close()
    server.start()
    user = server.client("broken")
    tus = Tus(user)
    offset = tus.offset(url)
    check("nothing acknowledged is lost in mid body", 4 * MIB <= offset <= len(content), offset)
    equal("the rest", tus.complete(url, content), len(content))
    has(user, home, "cut", content)


def takeover(server):
    """the newest request ends the older one, by PATCH and by HEAD"""
    user = server.add_user("taker")
    tus, home, content = Tus(user), user.home(), content_of(2 * MIB, 6)
    url = tus.create(len(content), filename="taken").headers["location"]
    dead = half_patch(user, url, 0, content, 500_000)
    wait_for(lambda: user.get(f"/api/v1/files/{url[5:]}").json()["size"] > 0)
    offset = tus.offset(url)
    check("HEAD lets the old one go and tells what arrived", 0 < offset <= 500_000, offset)
    check("the old connection is ended", ended(dead, 10))
    dead = half_patch(user, url, offset, content[offset:], 300_000)
    wait_for(lambda: user.get(f"/api/v1/files/{url[5:]}").json()["size"] > offset)
    first = tus.patch(url, offset, content[offset:])
    told = int(first.headers["upload-offset"])
    check("PATCH takes over, and hears where to go on", (first.status, told > offset) in ((409, True), (204, True)), first)
    check("the old connection is ended", ended(dead, 10))
    if first.status == 409:
        equal("the rest", tus.patch(url, told, content[told:]).status, 204)
    has(user, home, "taken", content)


def sftp(server, key, batch, user):
    return subprocess.run(["sftp", "-q", "-b", "-", "-P", str(server.ssh_port), "-i", key, "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null",
                           "-o", "LogLevel=ERROR", "-o", "IdentitiesOnly=yes", f"{user}@127.0.0.1"], input=batch, capture_output=True, text=True, timeout=120)


def from_sftp_and_back(server):
    """begun by SFTP, finished by tus; begun by tus, finished by SFTP"""
    user = server.add_user("both")
    tus, home, content = Tus(user), user.home(), content_of(6 * MIB + 5, 7)
    with tempfile.TemporaryDirectory() as folder:
        key = make_key(f"{folder}/key")
        equal("key", server.cli("user", "key", "add", "both", f"{key}.pub").returncode, 0)
        whole = f"{folder}/whole"
        with open(whole, "wb") as file:
            file.write(content)
        put = subprocess.Popen(["sftp", "-q", "-l", "8000", "-b", "-", "-P", str(server.ssh_port), "-i", key, "-o", "StrictHostKeyChecking=no", "-o",
                                "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR", "-o", "IdentitiesOnly=yes", "both@127.0.0.1"],
                               stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, text=True)
        put.stdin.write(f"put {whole} /Home/both/by-sftp\n")
        put.stdin.flush()
        wait_for(lambda: False, 2.5)
        put.kill()
        put.wait()
        made = wait_for(lambda: (answer := tus.create(len(content), filename="by-sftp", resume="true")).status == 201 and answer)
        check("tus goes on with what SFTP left", made and 0 < int(made.headers["upload-offset"]) < len(content), made and made.headers)
        url = made.headers["location"]
        offset = tus.offset(url)
        equal("the rest by tus", tus.patch(url, offset, content[offset:]).status, 204)
        has(user, home, "by-sftp", content)
        url = tus.create(len(content), filename="by-tus").headers["location"]
        tus.patch(url, 0, content[:3 * MIB + 1])
        done = sftp(server, key, f"reput {whole} /Home/both/by-tus\n", "both")
        equal("reput", done.returncode, 0)
        has(user, home, "by-tus", content)
        equal("the upload has become the file", tus.offset(url), len(content))


def main():
    tests = (the_protocol_itself, piece_by_piece, creation_with_upload, checksums, termination_and_strangers, concatenation, broken_connections, takeover,
             from_sftp_and_back)
    with Server(ssh=True) as server:
        for test in tests:
            if not sys.argv[1:] or test.__name__ in sys.argv[1:]:
                section(test, server)
        section(server_is_well, server)
    finish()


if __name__ == "__main__":
    main()
