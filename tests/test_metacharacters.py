"""R-001, R-006, R-007, R-092, R-098: text that other software would interpret, in every place of a request.

Each is refused with a stated status or stored as it is; the server lives; the databases keep their schema; log lines stay JSON.
"""
import hashlib
import json
import os
import re
import shutil
import sqlite3
import tempfile
import urllib.parse

from support.server import PASSWORD, Client, Server, answers_in, check, equal, finish, section, server_is_well, status_in

LONG = "'" * 65_536
# Text that must be stored as it is wherever text is stored.
INERT = ["it's", "a;b", "a--b", "'; DROP TABLE users;--", "' OR '1'='1", "1 UNION SELECT 1,2,3--", "%00", "%27", "a%", "a_b", "NEAR(a b)", "a AND b", "a^b", "a=b", "=1+1", "+1", "@SUM(1)", "a\u02bcb", "a\uff07b", "a\u2019b", "a\uff02b", "\u00bf'",
         "{{7*7}}", "${7*7}", "#{7*7}", "$(id)", "`id`", "a&b", "%n%n%s", "${jndi:ldap:x}", "a,b", "au0027b", "__proto__", "constructor", "null", "undefined", "[a]", "(a)", "~root", "-rf", "$HOME", "!x"]
# Text that a name may not be, but a free text may.
SPECIAL = ['a"b', "a\\b", "a/*b", "/* x */", "a*b", "a?b", "<script>alert(1)</script>", "<%= 7*7 %>", "a|b", "../../etc/passwd", "..\\..\\x", "a:b", "a>b"]
CONTROL = ["a\0b", "\0", "a\r\nX: y", "a\nb", "a\x1b[31mb", "a\x7fb", "a\tb"]
WIDE_BYTES = [b"\xbf'", b"\xbf\x27 OR 1=1", b"\xff\xfe", b"\xc0\xa7", b"\xed\xa0\x80", b"\xf8\x88\x80\x80\x80", b"\x81'"]
TEXTS = [*INERT, *SPECIAL, *CONTROL]


def quoted(text):
    return urllib.parse.quote(text if isinstance(text, bytes) else text.encode(), safe="")


def short(text):
    return repr(text[:24])


def raw_request(server, method, target, fields, body=b"", host=b"localhost"):
    lines = [f"{method} {target} HTTP/1.1".encode(), b"Host: " + host, b"Connection: close", *fields]
    if body:
        lines.append(b"Content-Length: %d" % len(body))
    return server.exchange(b"\r\n".join([*lines, b"", b""]) + body)


def all_in(what, wrong, count):
    check(f"{what}: {count} texts", not wrong, wrong[:6])


def path_segments(server):
    """path segments of every depth"""
    alice, wrong = server.add_user("alice"), []
    for text in [*TEXTS, *WIDE_BYTES]:
        for path in (f"/{quoted(text)}", f"/api/v1/{quoted(text)}", f"/api/v1/folders/{quoted(text)}", f"/api/v1/files/{quoted(text)}", f"/api/v1/files/{quoted(text)}/download"):
            signed_on = alice.get(path)
            if signed_on.status not in (400, 404, 405):
                wrong.append((path, signed_on))
    all_in("path segments, signed on: 400 or 404", wrong, len(TEXTS) + len(WIDE_BYTES))
    equal("64 KiB of path: 414", status_in(raw_request(server, "GET", "/" + quoted(LONG), [])), 414)
    wrong = [text for text in ["'", '"', "\\", "<", ">", "^", "`", "{", "|", "}", "\0", " ", "\xbf'"] if status_in(raw_request(server, "GET", f"/a{text}/b", [])) not in (400, 401)]
    all_in("the same raw in a path: 400, or 401 for a stranger", wrong, 13)


def query_strings(server):
    """query keys and values"""
    alice = server.client("alice")
    folder = alice.home()
    alice.upload(folder, "plain.txt", b"x")
    everything = alice.get("/api/v1/files?perPage=1000").json()["paging"]["totalItems"]
    wrong, literal = [], []
    for text in [*TEXTS, *WIDE_BYTES]:
        for key in ("name", "path", "sortField", "sortDirection", "page", "perPage", "sinceDate", "newOnly", "sharedTo"):
            for route in ("/api/v1/folders", "/api/v1/files", f"/api/v1/folders/{folder}/files"):
                answer = alice.get(f"{route}?{key}={quoted(text)}")
                if answer.status not in (200, 400, 413, 422):
                    wrong.append((route, key, text, answer))
                # A mask without wildcards that names nothing finds nothing: no OR, no comment opened it up.
                masked = key == "name" and not (isinstance(text, str) and set(text) & set("*?"))
                if masked and answer.status == 200 and answer.json()["items"]:
                    literal.append((route, text, answer))
        answer = alice.get(f"/api/v1/files?perPage=1000&{quoted(text)}=1")
        if answer.status not in (200, 400, 422) or (answer.status == 200 and answer.json()["paging"]["totalItems"] != everything):
            wrong.append(("key", text, answer))
    all_in("query keys and values: 200, 400, 413 or 422", wrong, len(TEXTS) + len(WIDE_BYTES))
    all_in("a mask is literal but for * and ?", literal, len(TEXTS) + len(WIDE_BYTES))
    equal("64 KiB of query: 414", status_in(raw_request(server, "GET", "/api/v1/files?name=" + LONG, [])), 414)
    answer = alice.get("/api/v1/files?name=" + "'" * 4_000)
    check("4 KB in one value: 200 or refused", answer.status in (200, 413, 414, 422), answer)


def json_bodies(server):
    """JSON keys and values, stored and read back"""
    alice = server.client("alice")
    home, unequal, wrong = alice.home(), [], []
    keep = alice.upload(home, "keep.txt", b"x").json()["id"]
    describe = alice.make_folder(home, "describe")
    for text in TEXTS:
        made = alice.post(f"/api/v1/folders/{home}/subfolders", {"name": text, text: text, "other": [text, {text: text}]} if text != "name" else {"name": text})
        if made.status == 201:
            read = alice.get(f"/api/v1/folders/{made.json()['id']}")
            if read.json()["name"] != text or read.json()["path"] != f"/Home/alice/{text}":
                unequal.append(("folder", text, read))
            if alice.delete(f"/api/v1/folders/{made.json()['id']}").status != 204:
                wrong.append(("delete", text))
        elif made.status != 422 or text in INERT:
            wrong.append(("folder", text, made))
        renamed = alice.patch(f"/api/v1/files/{keep}", {"name": text})
        if renamed.status == 200:
            if alice.get(f"/api/v1/files/{keep}").json()["name"] != text:
                unequal.append(("file", text, renamed))
        elif renamed.status != 422 or text in INERT:
            wrong.append(("rename", text, renamed))
        described = alice.patch(f"/api/v1/folders/{describe}", {"description": text})
        if described.status == 200:
            if alice.get(f"/api/v1/folders/{describe}").json()["description"] != text:
                unequal.append(("description", text, described))
        elif described.status != 422 or text in INERT:
            wrong.append(("description", text, described))
    all_in("JSON values: stored or 422; ordinary text always stored", wrong, len(TEXTS))
    all_in("JSON values: read back as they were sent", unequal, len(TEXTS))
    for what, body in (("64 KiB", json.dumps({"name": LONG}).encode()), ("10 KB of name", json.dumps({"name": "'" * 10_000}).encode()), ("10 KB of description", json.dumps({"description": "'" * 10_000}).encode()), ("4 MiB", json.dumps({"name": "'" * (4 << 20)}).encode())):
        answers = [alice.post(f"/api/v1/folders/{home}/subfolders", body), alice.patch(f"/api/v1/folders/{describe}", body), alice.patch(f"/api/v1/files/{keep}", body)]
        fits = all(a.status in (413, 422) or (a.status == 200 and what == "10 KB of description" and a.json().get("description") != "'" * 10_000) for a in answers)
        check(f"{what} in JSON: 413 or 422, nothing of it taken", fits, answers)
    for what, body in (("a wide byte", b'{"name": "a\xbf\'"}'), ("invalid UTF-8", b'{"name": "\xff"}'), ("a lone surrogate", b'{"name": "\\ud800"}'), ("an escaped NUL", b'{"name": "a\\u0000b"}'), ("a raw newline", b'{"name": "a\nb"}'), ("a comment", b'{"name": "a"/*x*/}'),
                       ("single quotes", b"{'name': 'a'}"), ("a number", b'{"name": 1}'), ("an array", b'{"name": ["a"]}'), ("an object", b'{"name": {"$ne": ""}}'), ("a duplicate", b'{"name": "a", "NAME": "b"}'), ("depth", b'{"name":' + b"[" * 5_000 + b"]" * 5_000 + b"}"), ("an array as root", b"[]"),
                       ("more behind it", b'{"name": "a"} x'), ("a BOM of UTF-16", b"\xff\xfe{\0}\0"), ("NaN", b'{"name": NaN}'), ("a 400-digit number", b'{"x": ' + b"9" * 400 + b"}")):
        answer = alice.post(f"/api/v1/folders/{home}/subfolders", body, headers={"Content-Type": "application/json"})
        check(f"JSON with {what}: 413 or 422", answer.status in (413, 422), answer)


def header_values(server):
    """Host, forwarding fields, agents, Authorization, Range, conditions"""
    alice = server.client("alice")
    file = alice.upload(alice.home(), "headers.txt", b"0123456789").json()["id"]
    token = b"Authorization: Bearer " + alice.token.encode()
    target = f"/api/v1/files/{file}/download"
    texts = [text.encode() for text in [*INERT, *SPECIAL]] + WIDE_BYTES
    names = (b"X-Forwarded-For", b"X-Forwarded-Host", b"X-Forwarded-Proto", b"Forwarded", b"User-Agent", b"Referer", b"Cookie", b"Accept", b"Accept-Language", b"Origin")
    wrong = []
    for text in texts:
        got = raw_request(server, "GET", target, [token, *[name + b": " + text for name in names]])
        if status_in(got) != 200 or not got.endswith(b"0123456789") or answers_in(got) != 1:
            wrong.append((text, got[:80]))
    all_in("ten free header fields at once: no effect", wrong, len(texts))
    for name in (b"Range", b"If-Range", b"If-Match", b"If-None-Match", b"If-Modified-Since", b"If-Unmodified-Since"):
        wrong = []
        for text in texts:
            got = raw_request(server, "GET", target, [token, name + b": " + text])
            if not (status_in(got) in (400, 412) or (status_in(got) == 200 and got.endswith(b"0123456789"))) or answers_in(got) != 1:
                wrong.append((text, got[:80]))
        all_in(f"{name.decode()}: the whole file, 400 or 412", wrong, len(texts))
    wrong = [text for text in texts if status_in(raw_request(server, "GET", "/livez", [], host=text)) not in (200, 400) or (set(text) & set(b"'\";/\\%{} <>`|*") and status_in(raw_request(server, "GET", "/livez", [], host=text)) != 400)]
    all_in("Host: 400 for all that is no name", wrong, len(texts))
    wrong = [text for text in texts for form in (b"Bearer " + text, text, b"Basic " + text) if status_in(raw_request(server, "GET", "/api/v1/files", [b"Authorization: " + form])) not in (400, 401)]
    all_in("Authorization: 401", wrong, len(texts))
    for name in (*names, b"Range", b"If-Match", b"Authorization", b"Host"):
        statuses = [status_in(raw_request(server, "GET", target, [name + b": a\0b"])), status_in(raw_request(server, "GET", target, [name + b": " + LONG.encode()]))]
        equal(f"{name.decode()}: NUL is 400, 64 KiB is 431", statuses, [400, 431])
    unequal = []
    for index, text in enumerate(INERT + [s for s in SPECIAL]):
        body = f'--b\r\nContent-Disposition: form-data; name=file; filename=agent-{index}.txt\r\n\r\nx\r\n--b--\r\n'.encode()
        got = raw_request(server, "POST", f"/api/v1/folders/{alice.home()}/files", [token, b"Content-Type: multipart/form-data; boundary=b", b"User-Agent: " + text.encode()], body)
        stored = json.loads(got.split(b"\r\n\r\n", 1)[1]).get("uploadAgentBrand") if status_in(got) == 201 else got
        if stored != text:
            unequal.append((text, stored))
    all_in("User-Agent of an upload: stored as it is", unequal, len(INERT) + len(SPECIAL))
    for index, text in enumerate(WIDE_BYTES):
        body = f'--b\r\nContent-Disposition: form-data; name=file; filename=wide-{index}.txt\r\n\r\nx\r\n--b--\r\n'.encode()
        got = raw_request(server, "POST", f"/api/v1/folders/{alice.home()}/files", [token, b"Content-Type: multipart/form-data; boundary=b", b"User-Agent: " + text], body)
        check(f"User-Agent {text!r}, no UTF-8: 201 or 422, and an answer in UTF-8", status_in(got) in (201, 422) and is_utf8(got), got[-300:])


def is_utf8(data):
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def forms(server):
    """multipart file names and fields, urlencoded sign-on fields"""
    alice = server.client("alice")
    folder, unequal, wrong = alice.make_folder(alice.home(), "forms"), [], []

    def send(filename_parameter, comments, name=b"file"):
        part = b"--b\r\nContent-Disposition: form-data; name=comments\r\n\r\n" + comments + b"\r\n--b\r\nContent-Disposition: form-data; name=" + name + b"; " + filename_parameter + b"\r\n\r\nx\r\n--b--\r\n"
        return alice.post(f"/api/v1/folders/{folder}/files", part, headers={"Content-Type": "multipart/form-data; boundary=b"})
    for text in TEXTS:
        last = text.replace("\\", "/").rsplit("/", 1)[-1]  # a sender's own path is cut to its last name
        for form in (b"filename*=utf-8''" + quoted(text).encode(), b'filename="' + text.replace("\\", "\\\\").replace('"', "%22").encode() + b'"'):
            answer = send(form, text.encode())
            if answer.status == 201:
                read = alice.get(f"/api/v1/files/{answer.json()['id']}").json()
                if read["name"] != last or read["uploadComment"] != text:
                    unequal.append((form, read["name"], read["uploadComment"]))
                if alice.download(answer.json()["id"]).body != b"x" or alice.delete(f"/api/v1/files/{answer.json()['id']}").status != 204:
                    wrong.append(("read or delete", form))
            elif answer.status != 422 or text in INERT:
                wrong.append((form, answer))
    all_in("file name and comment in a form: stored or 422; ordinary text always stored", wrong, 2 * len(TEXTS))
    all_in("file name and comment in a form: read back as they were sent", unequal, 2 * len(TEXTS))
    wrong = [(text, a) for text in WIDE_BYTES for a in (send(b'filename="' + text + b'"', b"x"), send(b"filename=a.txt", text), send(b"filename*=utf-8''" + quoted(text).encode(), b"x")) if a.status != 422]
    all_in("bytes that are no UTF-8 in a form: 422", wrong, len(WIDE_BYTES))
    for what, answer in (("64 KiB of file name", send(b'filename="' + LONG.encode() + b'"', b"x")), ("64 KiB of comment", send(b"filename=long.txt", LONG.encode())), ("2 KB of file name", send(b'filename="' + b"'" * 2_000 + b'"', b"x")), ("5 KB of comment", send(b"filename=long.txt", b"'" * 5_000))):
        check(f"{what}: 413 or 422", answer.status in (413, 422), answer)
    equal("nothing of those is stored", alice.get(f"/api/v1/folders/{folder}/files").json()["paging"]["totalItems"], 0)
    wrong, tokens = [], []
    for index, text in enumerate([*TEXTS, *WIDE_BYTES, LONG, "'" * (1 << 20)]):
        client = Client(server, source=f"127.0.{10 + index // 200}.{1 + index % 200}")
        for body in (f"grant_type=password&username={quoted(text)}&password=x", f"grant_type=password&username=alice&password={quoted(text)}", f"grant_type={quoted(text)}&username=alice&password=x",
                     f"grant_type=refresh_token&refresh_token={quoted(text)}", f"{quoted(text)}=1&grant_type=password&username=alice&password=x"):
            answer = client.post("/api/v1/token", body.encode(), headers={"Content-Type": "application/x-www-form-urlencoded"})
            if answer.status not in ((400,) if len(text) < 60_000 else (400, 413)):
                wrong.append((body[:60], answer))
            tokens += [body] if b"access_token" in answer.body and b"mfa" not in answer.body else []
        if (answer := client.post("/api/v1/token/revoke", f"token={quoted(text)}".encode())).status not in (400, 401, 413):
            wrong.append(("revoke", text[:20], answer))
        client.close()
    all_in("sign-on and revoke fields: 400, 401 or 413", wrong, len(TEXTS) + len(WIDE_BYTES) + 2)
    equal("none of them gave a token", tokens, [])
    equal("the right password still does", server.sign_on("alice", PASSWORD).status, 200)


def account_names(server):
    """user names at the console, ids in ACLs"""
    alice = server.client("alice")
    folder, wrong = alice.make_folder(alice.home(), "acls"), []
    for text in [*TEXTS, LONG[:30_000]]:
        answer = alice.grant(folder, text, readFiles=True)
        if answer.status not in (404, 413, 422):
            wrong.append((text[:20], answer))
    all_in("user ids in ACLs: 404, 413 or 422", wrong, len(TEXTS) + 1)
    before, wrong = server.cli("user", "list").stdout, []
    refused = [text for text in TEXTS if "\0" not in text and not re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9._@+-]*", text)] + ["..", ".", "a/b", "a..b", "a.", "", "x" * 65, "x" * 10_000]
    for text in refused:
        for command in (["user", "add"], ["user", "delete"], ["user", "disable"]):
            done = server.cli(*command, "--", text) if text.startswith("-") else server.cli(*command, text)
            if done.returncode == 0 or (done.stderr + done.stdout).strip() == "":
                wrong.append((command, text[:20], done))
    all_in("user names at the console: refused with a reason", wrong, len(refused))
    equal("no account came or went", server.cli("user", "list").stdout, before)


def second_order(server):
    """R-006: hostile names that are stored, in the administrator's lists and the ledger"""
    alice, admin = server.client("alice"), server.client("admin")
    folder = alice.make_folder(alice.home(), "second")
    for text in INERT:
        alice.upload(folder, text, b"second order")
    seen = {item["name"] for item in admin.get(f"/api/v1/folders/{folder}/files?perPage=1000").json()["items"]}
    equal("the administrator's list shows each name literally", seen, set(INERT))
    for sort in ("name", "size", "uploadStamp", "path"):
        items = admin.get(f"/api/v1/folders/{folder}/files?perPage=1000&sortField={sort}").json()["items"]
        equal(f"sorted by {sort}: all of them", len(items), len(INERT))
    wrong = [text for text in INERT if [item["name"] for item in admin.get(f"/api/v1/folders/{folder}/files?name={quoted(text)}").json()["items"]] != [text]]
    all_in("R-007: each is found by its own name, alone", wrong, len(INERT))
    shown = server.cli("ledger", "show", "--count", "100000")
    check("the ledger shows one line an entry, without control bytes", shown.returncode == 0 and all(line.split("  ")[0].isdigit() for line in shown.stdout.splitlines()) and not any(ord(c) < 32 and c != "\n" for c in shown.stdout), shown.stdout[-300:] + shown.stderr)
    check("and names of files there are as sent", "it's" in shown.stdout and "'; DROP TABLE users;--" in shown.stdout)
    verified = server.cli("ledger", "verify")
    equal("the ledger verifies", verified.returncode, 0)


def log_lines(server):
    """R-098: the log after all this"""
    lines, wrong = server.log_lines(), []
    for line in lines:
        try:
            record = json.loads(line)
            fits = line.endswith("\n") and isinstance(record, dict) and {"time", "process", "pid", "said"} <= record.keys() and not any(ord(c) < 32 or 0xD800 <= ord(c) < 0xE000 or c in "\x7f\u2028\u2029" for c in line[:-1]) and len(line) < 20_000
        except ValueError:
            fits = False
        if not fits:
            wrong.append(line[:200])
    check(f"{len(lines)} log lines, each one JSON object without control bytes or raw line separators", len(lines) > 100 and not wrong, wrong[:5])
    check("no password and no token is in them", not any(PASSWORD in line or "access_token" in line for line in lines))


def databases(data):
    """{file: (schema hash, integrity, number of users where there are any)} of a stopped server's copy"""
    found = {}
    for folder, _, files in os.walk(data):
        for name in files:
            path = os.path.join(folder, name)
            with open(path, "rb") as file:
                if file.read(16) != b"SQLite format 3\0":
                    continue
            with sqlite3.connect(path) as database:
                rows = database.execute("SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY 1, 2").fetchall()
                intact = database.execute("PRAGMA integrity_check").fetchone()[0]
                found[os.path.relpath(path, data)] = (hashlib.sha256(repr(rows).encode()).hexdigest(), len(rows), intact)
    return found


def stopped_copy(server):
    equal("the server stops cleanly", server.stop(), 0)
    with tempfile.TemporaryDirectory() as scratch:
        copy = os.path.join(scratch, "data")
        shutil.copytree(server.data, copy, symlinks=True, ignore=lambda folder, names: [n for n in names if n.endswith(".sock")])
        return databases(copy)


def main():
    with Server({"sign_on": {"attempts": 1000}}) as server:
        before = stopped_copy(server)
        check(f"the databases before: {sorted(before)}", len(before) >= 2 and all(rows > 0 and intact == "ok" for _, rows, intact in before.values()), before)
        server.start()
        for test in (path_segments, query_strings, json_bodies, header_values, forms, account_names, second_order, log_lines):
            section(test, server)
        status = server.cli("status").stdout
        check("the server saw no crash and no violation", "0 crashes, 0 violations" in status, status)
        equal("the databases after: the same schemas, intact", stopped_copy(server), before)
        server.start()
        section(server_is_well, server)
    finish()


if __name__ == "__main__":
    main()
