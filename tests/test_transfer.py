"""Content in and out over HTTPS: sizes, hashes, ranges, conditions, framings, races, broken uploads, grants."""
import base64
import hashlib
import os
import threading
import time

from support.server import Raw, check, equal, multipart, run, status_in, users_self_id

SIZES = (0, 1, 65535, 65536, 65537, (1 << 20) + 1, 100 << 20)  # around one chunk of the store, and a large one
RANGE_SIZE = 200_000                                           # four chunks of 64 KiB


def pattern(size, seed=7):
    """Bytes that repeat nowhere near: a chunk in a wrong place shows."""
    block = hashlib.shake_256(str(seed).encode()).digest(min(size, 1 << 20))
    whole = b"".join(i.to_bytes(4, "big") + block for i in range(size // max(len(block), 1) + 1))
    return whole[:size]


def stored_names(client, folder):
    return {item["name"] for item in client.get(f"/api/v1/folders/{folder}/files?perPage=1000").json()["items"]}


def upload(client, folder, name, content=b"content"):
    answer = client.upload(folder, name, content)
    if answer.status != 201:
        raise RuntimeError(f"upload {name}: {answer}")
    return answer.json()["id"]


def every_size_by_curl(server):
    """curl -F up and curl down: the same bytes"""
    alice = server.add_user("alice")
    folder = alice.home()
    for size in SIZES:
        path = os.path.join(server.folder, "upload.bin")
        content = pattern(size)
        with open(path, "wb") as file:
            file.write(content)
        started = time.monotonic()
        up, failed = server.curl("-F", f"file=@{path};filename=size-{size}.bin", token=alice.token, path=f"/api/v1/folders/{folder}/files")
        equal(f"upload of {size} bytes answers 201", (up.status, failed), (201, 0))
        details = up.json()
        equal(f"upload of {size} bytes: size and SHA-256 in the answer", (details["size"], details["sha256"]), (size, hashlib.sha256(content).hexdigest()))
        down, failed = server.curl(token=alice.token, path=f"/api/v1/files/{details['id']}/download")
        equal(f"download of {size} bytes answers 200", (down.status, failed), (200, 0))
        check(f"download of {size} bytes is byte-identical ({time.monotonic() - started:.2f} s for both ways)", down.body == content)
        equal(f"download of {size} bytes: Content-Length", down.headers.get("content-length"), str(size))
        equal(f"hash in the details of {size} bytes is SHA-1", alice.get(f"/api/v1/files/{details['id']}").json()["hash"], hashlib.sha1(content).hexdigest())
        os.unlink(path)


def ranges(server):
    """every form of Range, over chunk edges"""
    bob = server.add_user("bob")
    content = pattern(RANGE_SIZE)
    file = upload(bob, bob.home(), "ranges.bin", content)
    whole = bob.download(file)
    equal("Accept-Ranges", whole.headers.get("accept-ranges"), "bytes")
    for text, first, last in (("bytes=0-0", 0, 0), ("bytes=0-99", 0, 99), ("bytes=-100", RANGE_SIZE - 100, RANGE_SIZE - 1), ("bytes=65530-65545", 65530, 65545),
                              ("bytes=65535-131072", 65535, 131072), ("bytes=199999-", 199999, 199999), ("bytes=100-999999999", 100, RANGE_SIZE - 1),
                              ("bytes=-999999999", 0, RANGE_SIZE - 1), ("bytes=65536-131071", 65536, 131071)):
        part = bob.download(file, {"Range": text})
        equal(f"{text}: 206 and its Content-Range", (part.status, part.headers.get("content-range")), (206, f"bytes {first}-{last}/{RANGE_SIZE}"))
        check(f"{text}: exactly those bytes", part.body == content[first:last + 1], len(part.body))
    for text in ("bytes=200000-", "bytes=300000-400000", "bytes=-0"):
        none = bob.download(file, {"Range": text})
        equal(f"{text}: 416, the size, no content", (none.status, none.headers.get("content-range"), none.body), (416, f"bytes */{RANGE_SIZE}", b""))
    for text in ("bytes=0-1,5-6", "bytes=5-4", "bytes=a-b", "items=0-1", "bytes=", "bytes=0-99999999999999999999999"):
        got = bob.download(file, {"Range": text})
        check(f"{text}: ignored or refused as a whole, never other bytes", (got.status == 200 and got.body == content)
              or (text.endswith("9") and got.status == 206 and got.body == content) or got.status == 416, got.status)
    equal("several ranges are answered with 200 and everything", bob.download(file, {"Range": "bytes=0-1,5-6"}).body, content)
    empty = upload(bob, bob.home(), "empty.bin", b"")
    equal("any range of an empty file: 416", bob.download(empty, {"Range": "bytes=0-0"}).status, 416)
    resumed, failed = server.curl("-r", "131070-", token=bob.token, path=f"/api/v1/files/{file}/download")
    check("curl -r 131070- gets the rest", failed == 0 and resumed.body == content[131070:])


def conditions_and_headers(server):
    """ETag, If-*, HEAD, digests, disposition"""
    carol = server.add_user("carol")
    content = pattern(70_000)
    file = upload(carol, carol.home(), "condition.bin", content)
    whole = carol.download(file)
    etag, modified = whole.headers["etag"], whole.headers["last-modified"]
    other, long_ago, future = '"no-such-tag"', "Thu, 01 Jan 2015 00:00:00 GMT", "Fri, 01 Jan 2100 00:00:00 GMT"
    for headers, status in (({"If-None-Match": etag}, 304), ({"If-None-Match": f"{other}, {etag}"}, 304), ({"If-None-Match": f"W/{etag}"}, 304),
                            ({"If-None-Match": "*"}, 304), ({"If-None-Match": other}, 200), ({"If-Match": etag}, 200), ({"If-Match": "*"}, 200),
                            ({"If-Match": other}, 412), ({"If-Match": f"W/{etag}"}, 412), ({"If-Modified-Since": modified}, 304),
                            ({"If-Modified-Since": future}, 304), ({"If-Modified-Since": long_ago}, 200), ({"If-Modified-Since": "nonsense"}, 200),
                            ({"If-Unmodified-Since": long_ago}, 412), ({"If-Unmodified-Since": future}, 200),
                            ({"If-None-Match": other, "If-Modified-Since": future}, 200),
                            ({"Range": "bytes=0-9", "If-Range": etag}, 206), ({"Range": "bytes=0-9", "If-Range": other}, 200),
                            ({"Range": "bytes=0-9", "If-Range": f"W/{etag}"}, 200), ({"Range": "bytes=0-9", "If-Range": long_ago}, 200)):
        answer = carol.download(file, headers)
        expected = {200: content, 206: content[:10]}.get(status, b"")
        equal(f"{headers}: {status} with the right content", (answer.status, answer.body == expected), (status, True))
    head = carol.request("HEAD", f"/api/v1/files/{file}/download")
    equal("HEAD: 200 and no content", (head.status, head.body), (200, b""))
    same = [name for name in whole.headers if name != "date"]
    equal("HEAD: the header fields of GET", {n: head.headers.get(n) for n in same}, {n: whole.headers[n] for n in same})
    equal("HEAD with a Range is answered as without", carol.request("HEAD", f"/api/v1/files/{file}/download", headers={"Range": "bytes=0-9"}).status, 200)
    sha256 = base64.b64encode(hashlib.sha256(content).digest()).decode()
    equal("Repr-Digest is the SHA-256", whole.headers.get("repr-digest"), f"sha-256=:{sha256}:")
    check("Digest holds the SHA-256", f"sha-256={sha256}" in whole.headers.get("digest", ""), whole.headers.get("digest"))
    carol.get(f"/api/v1/files/{file}")
    sha1 = base64.b64encode(hashlib.sha1(content).digest()).decode()
    check("Digest holds the SHA-1 once it is known", f"SHA={sha1}" in carol.download(file).headers.get("digest", ""))
    for name, wanted in (("plain.txt", 'attachment; filename="plain.txt"'), ("page.html", 'attachment; filename="page.html"'), ("ünïcode €.txt", None)):
        answer = carol.download(upload(carol, carol.home(), name))
        disposition = answer.headers.get("content-disposition", "")
        check(f"Content-Disposition of {name}: an attachment", disposition == wanted if wanted else disposition.startswith("attachment; ")
              and "filename*=UTF-8''%C3%BCn%C3%AFcode%20%E2%82%AC.txt" in disposition, disposition)
        equal(f"{name}: octet-stream, nosniff, nothing may run", (answer.headers.get("content-type"), answer.headers.get("x-content-type-options"),
              "default-src 'none'" in answer.headers.get("content-security-policy", "")), ("application/octet-stream", "nosniff", True))
    equal("after a change of name the ETag still names the content", carol.patch(f"/api/v1/files/{file}", {"name": "renamed.bin"}).status, 200)
    equal("... and the new name is in the disposition", carol.download(file).headers.get("content-disposition"), 'attachment; filename="renamed.bin"')


def framings(server):
    """chunked transfer coding, Expect: 100-continue, odd pieces"""
    dora = server.add_user("dora")
    folder, content = dora.home(), pattern(300_000)
    kind, body = multipart("chunked.bin", content)

    def pieces():
        for start in range(0, len(body), 7_777):
            yield body[start:start + 7_777]
    answer = dora.post(f"/api/v1/folders/{folder}/files", pieces(), headers={"Content-Type": kind})
    equal("chunked upload: 201 and the whole", (answer.status, answer.json().get("sha256")), (201, hashlib.sha256(content).hexdigest()))
    path = os.path.join(server.folder, "curl.bin")
    with open(path, "wb") as file:
        file.write(content)
    answer, failed = server.curl("-H", "Transfer-Encoding: chunked", "-F", f"file=@{path};filename=curl-chunked.bin", token=dora.token, path=f"/api/v1/folders/{folder}/files")
    equal("curl with Transfer-Encoding: chunked", (answer.status, failed, answer.json().get("size")), (201, 0, len(content)))
    answer, failed = server.curl("-H", "Expect: 100-continue", "-F", f"file=@{path};filename=curl-expect.bin", token=dora.token, path=f"/api/v1/folders/{folder}/files")
    equal("curl with Expect: 100-continue", (answer.status, failed), (201, 0))
    os.unlink(path)

    def head(target, authorization, length):
        return (f"POST {target} HTTP/1.1\r\nHost: localhost\r\n{authorization}Content-Type: {kind}\r\nContent-Length: {length}\r\nExpect: 100-continue\r\n\r\n").encode()
    signed_on = f"Authorization: Bearer {dora.token}\r\n"
    with server.raw() as raw:
        interim = raw.send(head(f"/api/v1/folders/{folder}/files", signed_on, len(body))).socket.recv(4096)
        equal("Expect: exactly an interim 100 before the body", interim, b"HTTP/1.1 100 Continue\r\n\r\n")
        raw.send(body)
        equal("Expect: after the body, the answer (its name is taken)", raw.read_answer().status, 409)
    for what, target, authorization, status in (("a folder that is not there", "/api/v1/folders/1/files", signed_on, 404),
                                                ("no token", f"/api/v1/folders/{folder}/files", "", 401)):
        got = server.exchange(head(target, authorization, len(body)))
        equal(f"Expect with {what}: {status} at once, never 100, closed", (status_in(got), b"100 Continue" in got), (status, False))
    kind2, body2 = multipart("slow.bin", b"x" * 500)
    with server.raw() as raw:
        raw.send(f"POST /api/v1/folders/{folder}/files HTTP/1.1\r\nHost: localhost\r\n{signed_on}Content-Type: {kind2}\r\nTransfer-Encoding: chunked\r\n\r\n".encode())
        for byte in body2:
            raw.send(b"1\r\n" + bytes([byte]) + b"\r\n")
        equal("one byte per chunk and TLS record", raw.send(b"0\r\n\r\n").read_answer().status, 201)


def hashes(server):
    """hash and hashtype before and after the file"""
    erin = server.add_user("erin")
    folder, content, number = erin.home(), pattern(150_000), 0
    for kind, compute in (("sha-1", hashlib.sha1), ("sha-256", hashlib.sha256), ("sha-384", hashlib.sha384), ("sha-512", hashlib.sha512)):
        for place in ("before", "after"):
            for upper in (False, True):
                number += 1
                name, right = f"hash-{number}.bin", compute(content).hexdigest()
                fields = {"hashtype": kind.upper() if upper else kind, "hash": right.upper() if upper else right}
                answer = erin.upload(folder, name, content, fields, file_first=place == "after")
                equal(f"right {fields['hashtype']} {place} the file: 201, uploadIntegrity 1", (answer.status, answer.json().get("uploadIntegrity")), (201, 1))
                fields["hash"] = ("0" if fields["hash"][0] != "0" else "1") + fields["hash"][1:]
                answer = erin.upload(folder, f"wrong-{name}", content, fields, file_first=place == "after")
                equal(f"wrong {fields['hashtype']} {place} the file: 422", answer.status, 422)
    equal("without a hash uploadIntegrity is 0", erin.upload(folder, "no-hash.bin", content).json()["uploadIntegrity"], 0)
    for what, fields in (("hash without hashtype", {"hash": "00" * 20}), ("unknown hashtype", {"hashtype": "md5", "hash": "00" * 16}),
                         ("hash that is too short", {"hashtype": "sha-256", "hash": "00" * 31}), ("hash that is no hex", {"hashtype": "sha-1", "hash": "zz" * 20})):
        for first in (False, True):
            equal(f"{what}, file {'first' if first else 'last'}: 422", erin.upload(folder, "wrong-field.bin", content, fields, first).status, 422)
    wrong = {name for name in stored_names(erin, folder) if name.startswith("wrong")}
    equal("nothing that failed is visible", wrong, set())
    equal("a name whose upload failed is free", erin.upload(folder, "wrong-field.bin", b"").status, 201)


def races(server):
    """two uploads of one name at the same time"""
    frank = server.add_user("frank")
    folder, rounds = frank.home(), 6
    clients = [server.client("frank") for _ in range(4)]
    for turn in range(rounds):
        contents = [pattern(200_000 + index, seed=f"{turn}-{index}") for index in range(len(clients))]
        answers, start = [None] * len(clients), threading.Barrier(len(clients))

        def one(index):
            start.wait()
            answers[index] = clients[index].upload(folder, f"race-{turn}.bin", contents[index])
        threads = [threading.Thread(target=one, args=(index,)) for index in range(len(clients))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        statuses = sorted(answer.status if answer else 0 for answer in answers)
        if not equal(f"round {turn}: one 201, the others 409", statuses, [201] + [409] * (len(clients) - 1)):
            continue
        winner = next(index for index, answer in enumerate(answers) if answer.status == 201)
        listed = frank.get(f"/api/v1/folders/{folder}/files?name=race-{turn}.bin").json()["items"]
        equal(f"round {turn}: one file of that name", len(listed), 1)
        check(f"round {turn}: it is the winner's, whole", frank.download(listed[0]["id"]).body == contents[winner])


def broken_uploads(server):
    """a connection that ends in the middle leaves nothing"""
    grace = server.add_user("grace")
    folder, content = grace.home(), pattern(3 << 20)
    for what, share, framing in (("in the head of the part", 0, "length"), ("in the content", 0.5, "length"), ("before the last boundary", 0.9999, "length"), ("in a chunk", 0.5, "chunked")):
        name = f"broken-{what.replace(' ', '-')}.bin"
        kind, body = multipart(name, content)
        cut = 60 if share == 0 else int(len(body) * share)
        frame = f"Content-Length: {len(body)}" if framing == "length" else "Transfer-Encoding: chunked"
        start = b"" if framing == "length" else f"{len(body):x}\r\n".encode()
        raw = Raw(server)
        raw.send(f"POST /api/v1/folders/{folder}/files HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {grace.token}\r\nContent-Type: {kind}\r\n{frame}\r\n\r\n".encode())
        raw.send(start + body[:cut])
        check(f"cut {what}: not visible while it runs", name not in stored_names(grace, folder))
        raw.close()
        deadline = time.monotonic() + 10
        while (answer := grace.upload(folder, name, b"second try")).status == 409 and time.monotonic() < deadline:
            time.sleep(0.1)
        equal(f"cut {what}: the name is free again", answer.status, 201)
        equal(f"cut {what}: only the second try is there", grace.download(answer.json()["id"]).body, b"second try")
    equal("no other name is left", len(stored_names(grace, folder)), 4)


def grants(server):
    """a second account by ACL, and after it is revoked"""
    owner, guest = server.add_user("heidi"), server.add_user("ivan")
    folder = owner.make_folder(owner.home(), "shared")
    content = pattern(100_000)
    file = upload(owner, folder, "for-ivan.bin", content)
    check("before the grant: refused, not found or forbidden", guest.download(file).status in (403, 404))
    check("before the grant: the details too", guest.get(f"/api/v1/files/{file}").status in (403, 404))
    equal("the owner grants", owner.grant(folder, users_self_id(guest), readFiles=True, listFiles=True).status, 200)
    check("after the grant: the whole content", guest.download(file).body == content)
    check("after the grant: listed", "for-ivan.bin" in stored_names(guest, folder))
    check("reading is not writing", guest.upload(folder, "from-ivan.bin", b"x").status in (403, 404))
    check("reading is not deleting", guest.delete(f"/api/v1/files/{file}").status in (403, 404))
    equal("the owner revokes", owner.ungrant(folder, users_self_id(guest)).status, 204)
    check("after that, on the same connection: refused", guest.download(file).status in (403, 404))
    check("after that, on a new connection: refused", server.client("ivan").download(file).status in (403, 404))
    check("after that the listing too", guest.get(f"/api/v1/folders/{folder}/files").status in (403, 404))
    check("the owner still has it", owner.download(file).body == content)


if __name__ == "__main__":
    run([every_size_by_curl, ranges, conditions_and_headers, framings, hashes, races, broken_uploads, grants])
