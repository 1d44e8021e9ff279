"""What hostile bytes on an HTTPS connection get: breach classes R-013 to R-049 of the threat list."""
import os
import re
import socket
import ssl
import sys
import time
import urllib.parse

from support.server import PASSWORD, Client, Raw, Server, answers_in, check, equal, finish, multipart, section, server_is_well, status_in

ROUTES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "src", "gate_http", "routes.cc")
OPEN_ROUTES = {"GET /", "GET /api/v1/info", "GET /livez", "GET /api/v1/token", "POST /api/v1/token", "POST /api/v1/auth/token", "POST /api/v1/token/revoke", "POST /api/v1/token/otp",
               "POST /api/bulkhead/v1/password-resets", "PUT /api/bulkhead/v1/password-resets"}
SECOND = b"GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n"  # the request that a confused server would serve as well


def head(line, *fields, host=b"Host: localhost"):
    return b"\r\n".join([line, *([host] if host else []), *fields, b"", b""])


def refused_once(server, what, data, statuses=range(400, 500), logged=True):
    """one answer of that class, then closed, one event"""
    lines = len(server.log_lines())
    try:
        got = server.exchange(data, timeout=15)
    except TimeoutError as wrong:
        return check(what, False, wrong)
    check(f"{what}: {status_in(got)}, once, closed", status_in(got) in statuses and answers_in(got) == 1, got[:400])
    if logged:
        server.wait_for_log(lambda record: record["said"].get("event") == "request refused", lines)
        events = [record for record in server.log_records(lines) if record["said"].get("event") == "request refused"]
        equal(f"{what}: one event in the log", len(events), 1)
    return None


def smuggling(server):
    """R-013: what two servers would read differently"""
    post = b"POST /api/v1/token HTTP/1.1"
    chunk = b"0\r\n\r\n"
    for what, data in (
            ("Content-Length and Transfer-Encoding", head(post, b"Content-Length: 5", b"Transfer-Encoding: chunked") + chunk),
            ("Transfer-Encoding and Content-Length", head(post, b"Transfer-Encoding: chunked", b"Content-Length: 5") + chunk),
            ("two Content-Length, different", head(post, b"Content-Length: 0", b"Content-Length: 42")),
            ("two Content-Length, equal", head(post, b"Content-Length: 0", b"Content-Length: 0")),
            ("Content-Length as a list", head(post, b"Content-Length: 0, 0")), ("Content-Length +0", head(post, b"Content-Length: +0")),
            ("Content-Length -1", head(post, b"Content-Length: -1")), ("Content-Length with an inner space", head(post, b"Content-Length: 0 0")),
            ("Content-Length in hex", head(post, b"Content-Length: 0x0")), ("Content-Length empty", head(post, b"Content-Length: ")),
            ("Content-Length beyond 64 bits", head(post, b"Content-Length: 18446744073709551616")), ("two Transfer-Encoding", head(post, b"Transfer-Encoding: chunked", b"Transfer-Encoding: chunked") + chunk),
            ("Transfer-Encoding: xchunked", head(post, b"Transfer-Encoding: xchunked") + chunk), ("Transfer-Encoding: identity", head(post, b"Transfer-Encoding: identity")),
            ("Transfer-Encoding: gzip, chunked", head(post, b"Transfer-Encoding: gzip, chunked") + chunk), ("Transfer-Encoding: chunked, identity", head(post, b"Transfer-Encoding: chunked, identity") + chunk),
            ("Transfer-Encoding with a vertical tab", head(post, b"Transfer-Encoding: \x0bchunked") + chunk), ("Transfer-Encoding quoted", head(post, b'Transfer-Encoding: "chunked"') + chunk),
            ("Transfer-Encoding in HTTP/1.0", head(b"POST /api/v1/token HTTP/1.0", b"Transfer-Encoding: chunked") + chunk),
            ("bare LF after the request line", b"GET /livez HTTP/1.1\nHost: localhost\r\n\r\n"), ("bare LF after a field", b"GET /livez HTTP/1.1\r\nHost: localhost\nX: y\r\n\r\n"),
            ("bare LF as the empty line", b"GET /livez HTTP/1.1\r\nHost: localhost\r\n\n"), ("bare CR in a value", head(b"GET /livez HTTP/1.1", b"X: a\rb")),
            ("bare CR as a line end", b"GET /livez HTTP/1.1\rHost: localhost\r\r"), ("NUL in a value", head(b"GET /livez HTTP/1.1", b"X: a\0b")), ("NUL in a name", head(b"GET /livez HTTP/1.1", b"X\0: a")),
            ("NUL in the target", head(b"GET /livez\0 HTTP/1.1")), ("a folded field", head(b"GET /livez HTTP/1.1", b"X: a\r\n b")), ("a field that starts with a space", b"GET /livez HTTP/1.1\r\n Host: localhost\r\n\r\n"),
            ("a space before the colon", head(post, b"Content-Length : 0")), ("a tab before the colon", head(post, b"Transfer-Encoding\t: chunked") + chunk), ("a field without a colon", head(b"GET /livez HTTP/1.1", b"nonsense")),
            ("a field without a name", head(b"GET /livez HTTP/1.1", b": value")), ("a name with brackets", head(b"GET /livez HTTP/1.1", b"X(y): z")), ("two spaces in the request line", head(b"GET  /livez HTTP/1.1")),
            ("a tab in the request line", head(b"GET\t/livez HTTP/1.1")), ("a space at its end", head(b"GET /livez HTTP/1.1 ")), ("an empty line first", b"\r\n" + head(b"GET /livez HTTP/1.1")),
            ("HTTP/0.9", b"GET /livez\r\n\r\n"), ("HTTP/1.1 in small letters", head(b"GET /livez http/1.1")), ("HTTP/1.10", head(b"GET /livez HTTP/1.10")), ("a raw byte above 127 in the target", head(b"GET /liv\xc3\xa9 HTTP/1.1")),
            ("a fragment", head(b"GET /livez#x HTTP/1.1")), ("Connection: close and keep-alive", head(b"GET /livez HTTP/1.1", b"Connection: close, keep-alive")),
            ("Connection that is no list of names", head(b"GET /livez HTTP/1.1", b"Connection: a b;c")), ("two Authorization", head(b"GET /livez HTTP/1.1", b"Authorization: Bearer a", b"Authorization: Bearer b")),
            ("101 fields", head(b"GET /livez HTTP/1.1", *[b"X-%d: y" % n for n in range(101)])), ("a head of 20 KiB", head(b"GET /livez HTTP/1.1", b"X: " + b"y" * 20_000)), ("a target of 9 KiB", head(b"GET /" + b"a" * 9_000 + b" HTTP/1.1"))):
        refused_once(server, what, data + SECOND)
    for what, version in (("HTTP/2.0", b"HTTP/2.0"), ("HTTP/3.7", b"HTTP/3.7")):
        refused_once(server, what, head(b"GET /livez " + version) + SECOND, range(500, 506))
    chunked = head(post, b"Transfer-Encoding: chunked")
    for what, body in (("size -1", b"-1\r\n\r\n"), ("size +1", b"+1\r\nx\r\n0\r\n\r\n"), ("size 0x1", b"0x1\r\nx\r\n0\r\n\r\n"), ("size with a space", b"1 \r\nx\r\n0\r\n\r\n"), ("empty size", b"\r\nx\r\n0\r\n\r\n"),
                       ("size of 17 digits", b"10000000000000000\r\n"), ("size with bare LF", b"1\nx\r\n0\r\n\r\n"), ("data longer than its size", b"1\r\nxy\r\n0\r\n\r\n"), ("data ended by bare LF", b"1\r\nx\n0\r\n\r\n"),
                       ("letters as size", b"zz\r\n"), ("an extension with CR", b"1;a\rb\r\nx\r\n0\r\n\r\n"), ("an extension of 64 KiB", b"1;" + b"a" * 65_536 + b"\r\nx\r\n0\r\n\r\n"), ("leading zeros without end", b"0" * 10_000)):
        refused_once(server, f"chunk: {what}", chunked + body + SECOND, logged=False)
    good = b"GET /livez HTTP/1.1\r\nHost: localhost\r\n"
    got = server.exchange(good + b"\r\n" + good + b"\r\n" + good + b"Connection: close\r\n\r\n")
    equal("counter-test: three good requests in one packet get three answers", (answers_in(got), got.count(b"HTTP/1.1 200 ")), (3, 3))
    body = b"grant_type=password&username=a&password=b"
    smuggled = head(post, b"Content-Length: %d" % (len(body) + len(SECOND))) + body + SECOND
    with server.raw() as raw:
        equal("counter-test: a request inside a body is body", (raw.send(smuggled).read_answer().status, raw.send(SECOND).read_answer().body), (400, b"ok\n"))


def internal_headers(server):
    """R-014, R-015, R-017: no header makes anybody somebody else"""
    alice = server.add_user("alice14")
    file = alice.upload(alice.home(), "keep.txt", b"keep").json()["id"]
    plain = {path: Client(server, token).get(path) for path, token in ((f"/api/v1/files/{file}", alice.token), ("/api/v1/folders", alice.token), ("/livez", None))}
    stranger = Client(server).get("/api/v1/users/self")
    fields = {name: "admin" for name in ("X-User", "X-Remote-User", "X-Forwarded-User", "X-WebAuth-User", "X-siLock-User", "X-siLock-SessID", "X-siLock-Transaction", "X-Session", "X-Auth-Token", "Remote-User", "Cookie")}
    fields |= {"X-Original-URL": "/api/v1/users/self", "X-Rewrite-URL": "/api/v1/users/self", "X-Forwarded-Path": "/admin", "X-HTTP-Method-Override": "DELETE", "X-HTTP-Method": "DELETE", "X-Method-Override": "DELETE",
               "X-Real-IP": "127.0.0.1", "X-Forwarded-For": "127.0.0.1", "Forwarded": "for=127.0.0.1;host=localhost;proto=https", "X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "http", "True-Client-IP": "10.0.0.1",
               "Via": "1.1 inside", "X-Authorization": f"Bearer {alice.token}", "X-Note": f"Authorization: Bearer {alice.token}", "Authorizatio": f"Bearer {alice.token}", "Authorization2": f"Bearer {alice.token}"}
    same, locked = [], []
    for name, value in fields.items():
        for path, before in plain.items():
            answer = alice.get(path, headers={name: value})
            if (answer.status, answer.headers, answer.body) != (before.status, before.headers, before.body):
                same.append((name, path))
        answer = Client(server).get("/api/v1/users/self", headers={name: value})
        if (answer.status, answer.headers, answer.body) != (401, stranger.headers, stranger.body):
            locked.append(name)
    check(f"{len(fields)} headers, signed on: byte-identical answers", not same, same)
    check(f"{len(fields)} headers, not signed on: the same 401", not locked, locked)
    equal("Method-Override deleted nothing", alice.get(f"/api/v1/files/{file}").status, 200)
    kind, body = multipart("from.txt", b"x")
    answer = alice.post(f"/api/v1/folders/{alice.home()}/files", body, headers={"Content-Type": kind, "X-Forwarded-For": "10.1.2.3", "X-Real-IP": "10.1.2.3", "Forwarded": "for=10.1.2.3"})
    equal("R-017: the address that is recorded is the peer's", answer.json()["uploadIP"], "127.0.0.1")
    lines = len(server.log_lines())
    with server.raw() as raw:  # R-018 with TLS around it: no such grammar here
        got = raw.send(b"PROXY TCP4 10.1.2.3 10.1.2.4 1 443\r\n" + SECOND).read_all()
        check("R-018: a PROXY preamble inside TLS: refused once, closed", status_in(got) in (400, 501) and answers_in(got) == 1, got[:200])
    with socket.create_connection(("127.0.0.1", server.port), 10) as plain_socket:
        plain_socket.sendall(b"PROXY TCP4 10.1.2.3 10.1.2.4 1 443\r\nGET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n")
        got = b""
        try:
            while part := plain_socket.recv(4096):
                got += part
        except ConnectionError:
            pass
    check("R-018: in front of TLS: closed, no HTTP answer", b"HTTP/" not in got, got)
    check("R-018: and in the log", server.wait_for_log(lambda record: record["said"].get("event") == "handshake failed", lines) is not None)


def hosts(server):
    """R-016: only the configured host name is served"""
    for host, status in ((b"transfer.example.com", 200), (b"TRANSFER.example.com", 200), (b"transfer.example.com:8443", 200), (b"localhost", 421), (b"127.0.0.1", 421), (b"[::1]", 421), (b"[::1]:443", 421), (b"0", 421),
                         (b"10.0.0.1:8443", 421), (b"evil.example", 421), (b"transfer.example.com.evil.example", 421), (b"eviltransfer.example.com", 421), (b"transfer.example.com.", 421), (b"transfer.example.co", 421),
                         (b"", 400), (b"transfer.example.com/x", 400), (b"transfer.example.com@evil", 400), (b"a b", 400), (b"transfer.example.com,evil", 400), (b"transfer%2eexample.com", 400)):
        got = server.exchange(head(b"GET /livez HTTP/1.1", b"Connection: close", host=b"Host: " + host))
        equal(f"Host {host.decode()!r}: {status}, one answer", (status_in(got), answers_in(got)), (status, 1))
    for what, data in (("no Host", head(b"GET /livez HTTP/1.1", host=None)), ("two Hosts", head(b"GET /livez HTTP/1.1", b"Host: transfer.example.com", host=b"Host: transfer.example.com")),
                       ("an absolute target with the same host", head(b"GET https://transfer.example.com/livez HTTP/1.1", host=b"Host: transfer.example.com")),
                       ("an absolute target with another host", head(b"GET https://evil.example/livez HTTP/1.1", host=b"Host: transfer.example.com")), ("an authority target", head(b"GET transfer.example.com:443 HTTP/1.1", host=b"Host: transfer.example.com"))):
        equal(f"{what}: 400", status_in(server.exchange(data)), 400)
    for path in ("/api/v1/users/self", "/api/v1/nothing", "/api/v1/token"):
        answer = Client(server).get(path, headers={"Host": "localhost", "Authorization": f"Bearer {server.token('admin')}"})
        equal(f"{path} with Host localhost and a good token: 421", answer.status, 421)


def methods(server):
    """R-019: methods that no resource has"""
    admin = server.client("admin")
    for method, statuses in (("TRACE", {405}), ("CONNECT", {405}), ("PROPFIND", {405}), ("MKCOL", {405}), ("MOVE", {405}), ("get", {400}), ("Get", {400}), ("gEt", {400}), ("BREW", {501}), ("GETX", {501}), ("G", {501}), ("", {400}), ("GE T", {400, 501}), ("GET\0", {400}),
                             ("(GET)", {400}), ("A" * 5_000, {501, 400, 414})):
        got = server.exchange(head(method.encode() + b" /livez HTTP/1.1") + SECOND)
        check(f"method {method[:12]!r}: {statuses}, once, closed", status_in(got) in statuses and answers_in(got) == 1, got[:200])
    for path in ("/livez", "/api/v1/token", "/api/v1/files", "/api/v1/users/self"):
        equal(f"PUT {path}: 405 with Allow", (lambda a: (a.status, bool(a.headers.get("allow"))))(admin.request("PUT", path, b"")), (405, True))
    check("TRACE echoes nothing", b"secret-value" not in server.exchange(head(b"TRACE /livez HTTP/1.1", b"X-Secret: secret-value")))


def route_census(server):
    """R-020: every route of routes.cc without credentials, its body withheld"""
    with open(ROUTES, encoding="utf-8") as file:
        rows = re.findall(r'Route\{Method::(\w+), "([^"]+)", Access::(\w+)', file.read())
    check(f"the table is read ({len(rows)} routes)", len(rows) > 20, rows)
    opened = {f"{method.upper().strip('_')} {path}" for method, path, access in rows if access == "open"}
    equal("exactly the open routes that this test lists, at most 10", (opened, len(opened) <= 10), (OPEN_ROUTES, True))
    for method, pattern, access in rows:
        name, path = method.upper().strip("_"), re.sub(r"\{\w+\}", "1", pattern)
        length = b"Content-Length: 100000"
        if access == "open":
            with server.raw() as raw:
                body = b"" if name == "GET" else b"a=b"
                answer = raw.send(head(f"{name} {path} HTTP/1.1".encode(), b"Content-Length: %d" % len(body)) + body).read_answer()
            check(f"open: {name} {path} answers without credentials", answer.status in (200, 400, 401, 422) and b"sign on first" not in answer.body, answer)
            continue
        with server.raw(timeout=5) as raw:
            answer = raw.send(head(f"{name} {path} HTTP/1.1".encode(), length)).read_answer()
            equal(f"{name} {path}: 401 before a byte of its body", answer.status, 401)
        with server.raw(timeout=5) as raw:
            got = raw.send(head(f"{name} {path} HTTP/1.1".encode(), length, b"Expect: 100-continue")).read_all()
            check(f"{name} {path} with Expect: 401, never 100, closed", status_in(got) == 401 and answers_in(got) == 1, got[:200])
    unknown = [Client(server).get(path) for path in ("/api/v1/nothing", "/api/v1/files/1", "/api/v2/x", "/swagger")]
    check("what exists and what does not give a stranger the same 401", all((a.status, a.body) == (401, unknown[0].body) for a in unknown), unknown)


def path_shapes(server):
    """R-021: no spelling of a path opens what the plain one does not"""
    token = server.client("admin").token
    for plain in ("/api/v1/users/self", "/api/v1/folders", "/api/v1/files"):
        up, last = plain.rsplit("/", 1)
        shapes = [f"{plain};x", f"{plain};jsessionid=1", f"/;{plain}", f"{up}/;/{last}", f"/livez/..;{plain}", f"/livez/..{plain}", f"/livez/../..{plain}", f"/.{plain}", f"/{plain}", f"{up}//{last}", f"{up}/./{last}", f"{plain}/.", f"{plain}/..",
                  f"/livez/%2e%2e{plain}", f"/livez/%2E%2E{plain}", f"/livez/%252e%252e{plain}", f"/livez/.%2e{plain}", f"{up}%2f{last}", f"{up}%252f{last}", f"{up}%5c{last}", f"{up}\\{last}", f"{plain}.", f"{plain}%20", f"{plain}%00", f"{plain}%0a",
                  plain.upper(), plain.replace("api", "Api"), f"/livez/%c0%ae%c0%ae{plain}", f"{up}%c0%af{last}", f"/livez/%ef%bc%8e%ef%bc%8e{plain}", f"{up}%ef%bc%8f{last}", f"{plain}/", f"{plain}//", f"{plain}?", f"{plain}?/../../livez", f"/api/v1/token/../{last}",
                  f"{up}/%{ord(last[0]):x}{last[1:]}", f"{plain}.json", f"{plain}~", f"{plain}%", f"{plain}%zz", f"{plain}%u0041", f"/api/v1{plain}", f"*{plain}", f"/static{plain}", "/" + "a/" * 5_000]
        wrong_stranger, wrong_admin = [], []
        for shape in shapes:
            asked = b"GET " + shape.encode("utf-8", "surrogateescape") + b" HTTP/1.1"
            stranger = server.exchange(head(asked, b"Connection: close"))
            if status_in(stranger) not in (400, 401, 414) or answers_in(stranger) != 1:
                wrong_stranger.append((shape, stranger[:60]))
            signed_on = server.exchange(head(asked, b"Connection: close", b"Authorization: Bearer " + token.encode()))
            same_handler = shape in (f"{plain}/", f"{plain}?", f"{plain}?/../../livez", f"{up}/%{ord(last[0]):x}{last[1:]}")
            if (status_in(signed_on) != 200 if same_handler else status_in(signed_on) not in (400, 404, 414)) or answers_in(signed_on) != 1:
                wrong_admin.append((shape, signed_on[:60]))
        check(f"{plain}: {len(shapes)} shapes, a stranger gets 400 or 401 for each", not wrong_stranger, wrong_stranger)
        check(f"{plain}: with a token each is the same handler or 400/404", not wrong_admin, wrong_admin)


def no_side_doors(server):
    """R-022, R-023: no setup, admin or debug route and no other port"""
    admin, anonymous = server.client("admin"), server.client()
    paths = ["/setup", "/install", "/wizard", "/InitialAccountSetup.xhtml", "/admin", "/api/v1/setup", "/api/v1/admin", "/api/v1/init", "/api/v1/license", "/api/v1/debug", "/debug/pprof/", "/metrics", "/status", "/actuator/env", "/console", "/manager/html",
             "/guestaccess.aspx", "/human.aspx", "/machine2.aspx", "/moveitisapi/moveitisapi.dll", "/WebInterface/function/", "/.env", "/.git/config", "/server-status", "/swagger", "/api/v1/swagger", "/api/v1/auth/actasuser", "/api/v2/version", "/rest/gacmd/v1/webusers", "/favicon.ico"]
    wrong = [(path, a.status, s.status) for path in paths for a, s in [(admin.get(path), anonymous.get(path))] if (a.status, s.status) != (404, 401)]
    check(f"{len(paths)} setup, admin and debug routes: 404 for the administrator, 401 for a stranger", not wrong, wrong)
    wrong = [path for path in paths if admin.post(path, {"username": "x", "password": "y"}).status not in (404, 405)]
    check("the same with POST", not wrong, wrong)
    wrong = [path for path in paths if anonymous.get(path, headers={"Host": "127.0.0.1"}).status != 401]
    check("the same with a loopback Host", not wrong, wrong)
    inodes = set()
    for pid in [server.process.pid, *server.children_alive()]:
        try:
            inodes |= {os.readlink(f"/proc/{pid}/fd/{fd}") for fd in os.listdir(f"/proc/{pid}/fd")}
        except OSError:
            continue  # an ordinary user cannot look into its sandboxed processes; those cannot listen (R-108)
    listening = []
    for table in ("tcp", "tcp6"):
        with open(f"/proc/net/{table}", encoding="ascii") as file:
            rows = [line.split() for line in file.readlines()[1:]]
        listening += [int(row[1].split(":")[1], 16) for row in rows if row[3] == "0A" and f"socket:[{row[9]}]" in inodes]
    equal("exactly one listening TCP port", listening, [server.port])
    front = anonymous.get("/")
    check("no version in any header or on the front page", "server" not in front.headers and not re.search(rb"[0-9]+\.[0-9]+\.[0-9]+", front.body), front)


def encodings(server):
    """R-024: no request body is ever decompressed; R-025: HTTP/1.1 only"""
    admin = server.client("admin")
    folder = admin.home()
    for coding in ("gzip", "deflate", "br", "zstd", "compress", "gzip, gzip", "identity, gzip", "GZIP", "x-gzip", "nonsense"):
        for path, kind in (("/api/v1/token", "application/x-www-form-urlencoded"), (f"/api/v1/folders/{folder}/files", "multipart/form-data; boundary=b")):
            answer = admin.post(path, b"\x1f\x8b\x08\0" + b"\0" * 60, headers={"Content-Encoding": coding, "Content-Type": kind})
            equal(f"Content-Encoding {coding} to {path.rsplit('/', 1)[1]}: 415", answer.status, 415)
    equal("Content-Encoding identity is none", admin.get("/livez", headers={"Content-Encoding": "identity"}).status, 200)
    part = b"--b\r\nContent-Disposition: form-data; name=file; filename=z.gz\r\nContent-Encoding: gzip\r\n\r\nx\r\n--b--\r\n"
    equal("Content-Encoding inside a form: refused", admin.post(f"/api/v1/folders/{folder}/files", part, headers={"Content-Type": "multipart/form-data; boundary=b"}).status, 422)
    equal("no answer is compressed", "content-encoding" in admin.get("/api/v1/users/self", headers={"Accept-Encoding": "gzip, br, zstd"}).headers, False)
    context = ssl.create_default_context(cafile=server.ca)
    context.set_alpn_protocols(["h2", "http/1.1"])
    with context.wrap_socket(socket.create_connection(("127.0.0.1", server.port), 10), server_hostname="127.0.0.1") as both:
        check("ALPN h2 and http/1.1: http/1.1 or none", both.selected_alpn_protocol() in ("http/1.1", None), both.selected_alpn_protocol())
    refused_once(server, "an HTTP/2 preface", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", range(400, 506))
    got = server.exchange(head(b"GET /livez HTTP/1.1", b"Connection: Upgrade, HTTP2-Settings, close", b"Upgrade: h2c", b"HTTP2-Settings: AAMAAABkAAQAAP__"))
    equal("an h2c upgrade is ignored", (status_in(got), answers_in(got)), (200, 1))
    for version in (ssl.TLSVersion.TLSv1_2,):
        old = ssl.create_default_context(cafile=server.ca)
        old.maximum_version = version
        try:
            with old.wrap_socket(socket.create_connection(("127.0.0.1", server.port), 10), server_hostname="127.0.0.1") as tls:
                check("TLS below 1.3 is agreed with forward secrecy and an AEAD only", "ECDHE" in tls.cipher()[0] and ("GCM" in tls.cipher()[0] or "CHACHA20" in tls.cipher()[0]), tls.cipher())
        except (ssl.SSLError, ConnectionError):
            check("TLS below 1.3 is refused", True)


def header_injection(server):
    """R-028: CR, LF and NUL in names and redirects"""
    alice = server.add_user("alice28")
    folder = alice.home()
    file = alice.upload(folder, "name.txt", b"x").json()["id"]
    for name in ("a\r\nSet-Cookie: x=y", "a\nb", "a\rb", "a\0b", "a\x1bb", "a\x7fb", "a\u0085b", "a\u2028b"):
        for what, answer in (("PATCH", alice.patch(f"/api/v1/files/{file}", {"name": name})), ("folder", alice.post(f"/api/v1/folders/{folder}/subfolders", {"name": name}))):
            stored = answer.json().get("name")
            check(f"{what} {name!r}: refused, or stored and never in a header line of its own", answer.status == 422 or (stored == name and ord(name[1]) > 0x7F), answer)
        if (answer := alice.download(file)).status == 200:
            check("... no header was added to the download", "set-cookie" not in answer.headers and answer.body == b"x", answer.headers)
        encoded = urllib.parse.quote(name, safe="")
        part = f"--b\r\nContent-Disposition: form-data; name=file; filename*=utf-8''{encoded}\r\n\r\nx\r\n--b--\r\n".encode()
        answer = alice.post(f"/api/v1/folders/{folder}/files", part, headers={"Content-Type": "multipart/form-data; boundary=b"})
        check(f"filename* {name!r}: refused, or stored", answer.status == 422 or (answer.status == 201 and ord(name[1]) > 0x7F), answer)
        for path in (f"/api/v1/folders/{folder}/files/{encoded}", f"/api/v1/folders/{folder}/files/{encoded}/download", f"/api/v1/folders/{folder}/subfolders/{encoded}"):
            got = server.exchange(head(f"GET {path} HTTP/1.1".encode(), b"Connection: close", b"Authorization: Bearer " + alice.token.encode()))
            check(f"redirect for {name!r}: no Location with it, one answer", status_in(got) in (400, 404) and answers_in(got) == 1 and b"Location" not in got, got[:200])


def two_principals(server):
    """R-032: one connection, one principal"""
    alice, bob = server.add_user("alice32"), server.add_user("bob32")
    again = server.token("alice32")
    with server.raw() as raw:
        def ask(token):
            return raw.send(head(b"GET /api/v1/users/self HTTP/1.1", b"Authorization: Bearer " + token.encode())).read_answer()
        equal("alice on her connection", ask(alice.token).json()["username"], "alice32")
        equal("another token of alice is alice still", ask(again).json()["username"], "alice32")
        answer = ask(bob.token)
        equal("bob's good token on it: 421 with Connection: close", (answer.status, answer.headers.get("connection")), (421, "close"))
        equal("and it is closed", raw.read_all(), b"")
    equal("bob on a connection of his own", Client(server, bob.token).get("/api/v1/users/self").json()["username"], "bob32")
    form = urllib.parse.urlencode({"grant_type": "password", "username": "bob32", "password": PASSWORD}).encode()
    with server.raw() as raw:
        raw.send(head(b"GET /api/v1/users/self HTTP/1.1", b"Authorization: Bearer " + alice.token.encode())).read_answer()
        got = raw.send(head(b"POST /api/v1/token HTTP/1.1", b"Content-Length: %d" % len(form)) + form + SECOND).read_all()
        check("bob's password on alice's connection: 421, no token, closed", status_in(got) == 421 and b"access_token" not in got and answers_in(got) == 1, got[:300])
    with server.raw() as raw:
        raw.send(head(b"POST /api/v1/token HTTP/1.1", b"Content-Length: %d" % len(form)) + form).read_answer()
        got = raw.send(head(b"GET /api/v1/users/self HTTP/1.1", b"Authorization: Bearer " + alice.token.encode())).read_all()
        equal("alice's token where bob has signed on: 421", status_in(got), 421)
    with server.raw() as raw:
        equal("signing on does not make the connection itself somebody", (raw.send(head(b"POST /api/v1/token HTTP/1.1", b"Content-Length: %d" % len(form)) + form).read_answer().status,
              raw.send(head(b"GET /api/v1/users/self HTTP/1.1")).read_answer().status), (200, 401))


def authorization_shapes(server):
    """R-033: malformed Authorization never leaves a state behind"""
    alice = server.add_user("alice33")
    token = alice.token
    shapes = ["Bearer", "Bearer ", "Bearer  ", "Bear", token, f"Basic {token}", f"Token {token}", f"Bearer {token} x", f"Bearer {token},", f"Bearer {token};a=b", f"Bearer,{token}", f"Bearer:{token}", f"Bearer={token}", f"Bearer\t{token}x", f"Bearer {token[:-1]}", f"Bearer {token}A",
              f"Bearer {token[1:]}", f"Bearer {token.swapcase()}", f"Bearer \"{token}\"", f"Bearer {token[::-1]}", "Bearer " + "A" * 300, "Bearer " + "A" * 301, "Bearer " + "A" * 9_000, "Bearer null", "Bearer undefined", "Bearer 0", "Bearer %00", "Bearer ../../etc/passwd", "Bearer ' OR 1=1--",
              "Basic YWRtaW46YWRtaW4=", "Basic", "Basic Og==", "Negotiate TlRMTVNTUAABAAAA", "Digest username=\"admin\"", "AWS4-HMAC-SHA256 Credential=crushadmin/, SignedHeaders=a, Signature=b", "AWS4-HMAC-SHA256 Credential=admin/", "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZG1pbiJ9.",
              "\x80\xff", ",", "=", "Bearer,Bearer"]
    wrong = []
    with server.raw() as raw:
        before = raw.send(head(b"GET /api/v1/users/self HTTP/1.1", b"Authorization: Bearer " + token.encode())).read_answer().body
        for shape in shapes:
            # Two requests: with the shape on the connection where alice is signed on, and with her token after it.
            answer = raw.send(head(b"GET /api/v1/users/self HTTP/1.1", b"Authorization: " + shape.encode("latin-1"))).read_answer()
            after = raw.send(head(b"GET /api/v1/users/self HTTP/1.1", b"Authorization: Bearer " + token.encode())).read_answer()
            if answer.status != 401 or (after.status, after.body) != (200, before):
                wrong.append((shape[:40], answer.status, after.status))
    check(f"{len(shapes)} malformed Authorization on a signed-on connection: 401, and alice is alice after it", not wrong, wrong)
    first = shapes[0]
    bodies = {Client(server).get("/api/v1/users/self", headers={"Authorization": shape}).status for shape in (first, "Basic YWRtaW46YWRtaW4=", "Bearer x", "AWS4-HMAC-SHA256 Credential=crushadmin/")}
    equal("and 401 for a stranger", bodies, {401})


def names_without_secret(server):
    """R-034, R-038, R-045: names alone, NUL in names, unknown names"""
    server.add_user("alice34")

    def post(body, source):
        return Client(server, source=source).post("/api/v1/token", body, headers={"Content-Type": "application/x-www-form-urlencoded"})
    unknown = post(b"grant_type=password&username=nobody34&password=wrong+password+1", "127.0.3.1")
    equal("unknown user: 400 invalid_grant", (unknown.status, unknown.json()["error"]), (400, "invalid_grant"))
    known = post(b"grant_type=password&username=alice34&password=wrong+password+1", "127.0.3.2")
    equal("known user, wrong password: the same bytes", (known.status, known.headers, known.body), (unknown.status, unknown.headers, unknown.body))
    server.cli("user", "add", "disabled34", "--password-stdin", input=PASSWORD + "\n")
    server.cli("user", "disable", "disabled34")
    disabled = server.sign_on("disabled34", source="127.0.3.3")
    equal("disabled user, right password: the same bytes", (disabled.status, disabled.headers, disabled.body), (unknown.status, unknown.headers, unknown.body))
    for index, body in enumerate(("username=alice34", "username=alice34&password=", "username=alice34%2F&password=", "username=alice34:&password=", "username=alice34%2F&password=x", "username=alice34:x&password=x", "username=&password=", "username=&password=" + urllib.parse.quote(PASSWORD),
                                  "username=alice34&otp=", "username=alice34&password=&otp=000000", "username=+alice34&password=x", "username=alice34%20&password=x")):
        answer = post(f"grant_type=password&{body}".encode(), f"127.0.4.{index + 1}")
        check(f"{body[:44]}: 400, no token", answer.status == 400 and b"access_token" not in answer.body, answer)
    for index, name in enumerate(("alice34%00", "%00alice34", "alice34%00x", "alice34%00%0d%0aadmin", "alice34%0a", "alice34\0", "alice34%20", "alice34%e2%80%8b", "%ef%bd%81lice34", "alice34%c0%80", "alice34%ff", "alice34%e2%80%ae")):
        answer = post(f"grant_type=password&username={name}&password={urllib.parse.quote(PASSWORD)}".encode(), f"127.0.5.{index + 1}")
        check(f"R-038/039: right password for {name!r}: 400, no token", answer.status == 400 and b"access_token" not in answer.body, answer)
    twice = post(f"grant_type=password&username=nobody&username=alice34&password={urllib.parse.quote(PASSWORD)}".encode(), "127.0.6.1")
    equal("a name given twice: 400", twice.status, 400)
    equal("alice can still sign on", server.sign_on("alice34", source="127.0.6.2").status, 200)


def ids_of_others(server):
    """R-049: another's file and no file give the same bytes"""
    alice, bob = server.add_user("alice49"), server.add_user("bob49")
    folder = alice.make_folder(alice.home(), "private")
    file = alice.upload(folder, "private.txt", b"x").json()["id"]
    missing_file, missing_folder = str(int(file) ^ 1), folder ^ 1
    for method, real, missing in (("GET", f"/api/v1/files/{file}", f"/api/v1/files/{missing_file}"), ("GET", f"/api/v1/files/{file}/download", f"/api/v1/files/{missing_file}/download"), ("DELETE", f"/api/v1/files/{file}", f"/api/v1/files/{missing_file}"),
                                  ("PATCH", f"/api/v1/files/{file}", f"/api/v1/files/{missing_file}"), ("GET", f"/api/v1/folders/{folder}", f"/api/v1/folders/{missing_folder}"), ("GET", f"/api/v1/folders/{folder}/files", f"/api/v1/folders/{missing_folder}/files"),
                                  ("GET", f"/api/v1/folders/{folder}/acls", f"/api/v1/folders/{missing_folder}/acls"), ("DELETE", f"/api/v1/folders/{folder}", f"/api/v1/folders/{missing_folder}")):
        body = {"name": "mine.txt"} if method == "PATCH" else None
        there, not_there = bob.request(method, real, body), bob.request(method, missing, body)
        equal(f"{method} {re.sub(r'[0-9]+', 'N', real[4:])}: 404, the same bytes", (there.status, there.headers, there.body), (404, not_there.headers, not_there.body))
    equal("and it is all still there", alice.download(file).body, b"x")


def slow_clients(server):
    """R-026: slow and idle connections cost a bounded share and time; a good client is served"""
    crowd, limit = "127.0.7.1", 40
    open_sockets = []
    try:
        for _ in range(limit):
            open_sockets.append(Raw(server, source=crowd))
        refused = 0
        for _ in range(5):
            try:
                with Raw(server, timeout=5, source=crowd) as raw:
                    refused += raw.send(SECOND).read_all() == b""
            except (OSError, ssl.SSLError):
                refused += 1
        equal(f"of {limit + 5} connections of one source, {limit} are taken", refused, 5)
        started = time.monotonic()
        status = server.client("admin").get("/api/v1/users/self").status
        took = time.monotonic() - started
        check(f"a client from another address signs on meanwhile ({took:.2f} s)", status == 200 and took < 5.0)
        # Idle ones are closed after the grace of 4 s for those who have not signed on.
        started, closed = time.monotonic(), 0
        for raw in open_sockets:
            raw.socket.settimeout(max(0.1, 15 - (time.monotonic() - started)))
            closed += raw.read_all() == b""
        equal(f"all {limit} idle connections are closed, without a byte, in {time.monotonic() - started:.1f} s", closed, limit)
    finally:
        for raw in open_sockets:
            raw.close()

    def drip(what, start, pieces, most_s):
        with Raw(server, timeout=20, source="127.0.7.2") as raw:
            started, ended = time.monotonic(), False
            raw.send(start)
            for piece in pieces:
                try:
                    raw.send(piece)
                    raw.socket.settimeout(0.3)
                    part = raw.socket.recv(4096)
                    ended = part == b"" or b"HTTP/1.1 4" in part
                except TimeoutError:
                    pass
                except OSError:
                    ended = True
                if ended or time.monotonic() - started > most_s + 1:
                    break
            check(f"{what}: ended after {time.monotonic() - started:.1f} s, at most {most_s} s", ended)
    drip("a head of one byte each 0.3 s", b"GET /livez HTTP/1.1\r\nHost: localhost\r\nX: ", [b"y"] * 100, 8)
    drip("a sign-on body of one byte each 0.3 s", head(b"POST /api/v1/token HTTP/1.1", b"Content-Length: 1000"), [b"y"] * 100, 8)
    drip("chunks of one byte each 0.3 s", head(b"POST /api/v1/token HTTP/1.1", b"Transfer-Encoding: chunked"), [b"1\r\ny\r\n"] * 100, 8)
    admin = server.client("admin")
    kind, body = multipart("stalled.bin", b"x" * 100_000)
    with Raw(server, timeout=20) as raw:
        raw.send(head(f"POST /api/v1/folders/{admin.home()}/files HTTP/1.1".encode(), b"Authorization: Bearer " + admin.token.encode(), b"Content-Type: " + kind.encode(), b"Content-Length: %d" % len(body)) + body[:50_000])
        started = time.monotonic()
        got = raw.read_all()
        check(f"an upload that stalls ends after {time.monotonic() - started:.1f} s and is not stored", status_in(got) != 201 and time.monotonic() - started < 12, got[:200])
    equal("nothing of it is visible", admin.get(f"/api/v1/folders/{admin.home()}/files?name=stalled.bin").json()["paging"]["totalItems"], 0)
    file = admin.upload(admin.home(), "big.bin", b"z" * (24 << 20)).json()["id"]
    with Raw(server, timeout=30) as raw:
        raw.send(head(f"GET /api/v1/files/{file}/download HTTP/1.1".encode(), b"Authorization: Bearer " + admin.token.encode()))
        time.sleep(8)  # reads nothing: the buffers of both kernels hold a part of 24 MiB
        got = raw.read_all()
        check(f"a reader that stalls is cut off ({len(got) >> 20} of 24 MiB came)", len(got) < 24 << 20)
    equal("after all that the server is well", server.client("admin").get("/livez").status, 200)


def main():
    plain = [smuggling, internal_headers, methods, route_census, path_shapes, no_side_doors, encodings, header_injection, two_principals, authorization_shapes, names_without_secret, ids_of_others]
    groups = [(plain, {"sign_on": {"attempts": 1000}}), ([hosts], {"https": {"host_names": ["transfer.example.com"]}}),
              ([slow_clients], {"limits": {"connections_per_source": 40, "sign_on_grace_s": 4, "idle_timeout_s": 3, "stall_timeout_s": 3}})]
    for tests, config in groups:
        chosen = [test for test in tests if not sys.argv[1:] or test.__name__ in sys.argv[1:]]
        if not chosen:
            continue
        with Server(config) as server:
            for test in chosen:
                section(test, server)
            section(server_is_well, server)
    finish()


if __name__ == "__main__":
    main()
