"""A real Bulkhead server in a temporary directory, and a client for it. Standard library only.

    with Server() as server:                  init + serve on a free port of 127.0.0.1; ends and removes everything
        admin = server.client("admin")        requests over one kept-alive connection, signed on
        alice = server.add_user("alice")      Client of a new account (its password: PASSWORD)
        answer = alice.get("/api/v1/users/self").json()

A test is a script: functions that take the server and call check(), equal(), skip(); then run([...functions]).
BULKHEAD_BIN names the folder of the programs.
"""
import http.client
import json
import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import traceback
import urllib.parse

sys.path.append(os.path.dirname(os.path.abspath(__file__)))
import record  # noqa: E402

BIN = os.environ.get("BULKHEAD_BIN") or sys.exit("set BULKHEAD_BIN to the folder of the programs, such as build/release/bin")
PASSWORD = "correct horse battery 7"
START_TIMEOUT_S = 60
STOP_TIMEOUT_S = 50
ROOT = os.geteuid() == 0


# ---- checks

class Checks:
    done = 0
    failed = []
    skipped = []


def check(what, ok, detail=""):
    """One named check; a failure is recorded, the test goes on."""
    Checks.done += 1
    if ok:
        print(f"  ok    {what}", flush=True)
    else:
        Checks.failed.append(what)
        print(f"  FAIL  {what}{': ' if detail != '' else ''}{str(detail)[:600]}", flush=True)
    return bool(ok)


def equal(what, got, want):
    return check(what, got == want, f"got {got!r}, want {want!r}")


def skip(what, why):
    Checks.skipped.append(what)
    print(f"  skip  {what}: {why}", flush=True)


def finish():
    """Prints the sum and ends the script: 0 only if something was checked and nothing failed."""
    print(f"{Checks.done} checks, {len(Checks.failed)} failed, {len(Checks.skipped)} skipped")
    for what in Checks.failed:
        print(f"  FAILED  {what}")
    sys.exit(1 if Checks.failed or Checks.done == 0 else 0)


def section(function, *arguments):
    print(f"{function.__name__}: {(function.__doc__ or '').strip()}", flush=True)
    record.running["section"] = function.__name__
    try:
        function(*arguments)
    except Exception as wrong:  # a test that stops early has failed; the others still run
        traceback.print_exc(file=sys.stdout)
        check(f"{function.__name__} runs to its end", False, repr(wrong))


def run(tests, config=None, healthy=True):
    """Each test with one server; afterwards the server must be well. Script arguments choose tests by name."""
    chosen = [test for test in tests if not sys.argv[1:] or test.__name__ in sys.argv[1:]]
    with Server(config) as server:
        for test in chosen:
            section(test, server)
        if healthy:
            section(server_is_well, server)
    finish()


def server_is_well(server):
    """no crash, no violation, a clean stop"""
    status = server.cli("status").stdout
    check("the server saw no crash and no violation", "0 crashes, 0 violations" in status, status)
    equal("the server stops cleanly", server.stop(), 0)


# ---- answers and clients

class Answer:
    """status, headers (names in lower case; the last of a repeated one), body"""

    def __init__(self, status, headers, body):
        self.status = status
        self.headers = {name.lower(): value for name, value in headers}
        self.body = body

    def json(self):
        return json.loads(self.body)

    def __repr__(self):
        return f"<{self.status} {self.body[:200]!r}>"


class Client:
    """Requests over one kept-alive connection. Opens a new one when the server has closed it."""

    def __init__(self, server, token=None, source=None):
        self.server, self.token, self.connection = server, token, None
        self.source = (source, 0) if source else None  # 127.0.0.9, say: limits count by address

    def request(self, method, path, body=None, headers=None, timeout=60):
        headers = dict(headers or {})
        if self.server.host:
            headers.setdefault("Host", self.server.host)
        if self.token and "Authorization" not in headers:
            headers["Authorization"] = f"Bearer {self.token}"
        if isinstance(body, (dict, list)):
            body = json.dumps(body).encode()
            headers.setdefault("Content-Type", "application/json")
        for last_try in (False, True):
            fresh = self.connection is None
            if fresh:
                self.connection = http.client.HTTPSConnection("127.0.0.1", self.server.port, context=self.server.tls(), timeout=timeout,
                                                              source_address=self.source)
            try:
                self.connection.request(method, path, body, headers)
                answer = self.connection.getresponse()
                result = Answer(answer.status, answer.getheaders(), answer.read())
                record.note(method, path, answer.status)
                if answer.will_close:
                    self.close()
                return result
            except (http.client.RemoteDisconnected, ConnectionError, ssl.SSLError, BrokenPipeError):
                self.close()
                if fresh or last_try:
                    raise

    def get(self, path, **more):
        return self.request("GET", path, **more)

    def post(self, path, body=None, **more):
        return self.request("POST", path, body, **more)

    def patch(self, path, body=None, **more):
        return self.request("PATCH", path, body, **more)

    def put(self, path, body=None, **more):
        return self.request("PUT", path, body, **more)

    def delete(self, path, body=None, **more):
        return self.request("DELETE", path, body, **more)

    def upload(self, folder, name, content, fields=(), file_first=False):
        """One file as multipart/form-data, with text fields around it. Answers the Answer."""
        kind, body = multipart(name, content, fields, file_first)
        return self.post(f"/api/v1/folders/{folder}/files", body, headers={"Content-Type": kind})

    def download(self, file, headers=None):
        return self.get(f"/api/v1/files/{file}/download", headers=headers)

    def home(self):
        return self.get("/api/v1/users/self").json()["homeFolderID"]

    def folder(self, path):
        """The id of the folder at this path."""
        items = self.get("/api/v1/folders?path=" + urllib.parse.quote(path, safe="")).json()["items"]
        return next(item["id"] for item in items if item["path"] == path)

    def make_folder(self, parent, name):
        answer = self.post(f"/api/v1/folders/{parent}/subfolders", {"name": name, "inheritPermissions": "Always"})
        if answer.status != 201:
            raise RuntimeError(f"make folder {name}: {answer}")
        return answer.json()["id"]

    def grant(self, folder, user_name, **permissions):
        """grant(7, "bob", readFiles=True, listFiles=True); by user id (users/self tells it) or by name."""
        return self.post(f"/api/v1/folders/{folder}/acls", {"type": "User", "id": user_name, "permissions": permissions})

    def ungrant(self, folder, user_name):
        return self.delete(f"/api/v1/folders/{folder}/acls", {"type": "User", "id": user_name})

    def close(self):
        if self.connection is not None:
            self.connection.close()
        self.connection = None


def multipart(name, content, fields=(), file_first=False, boundary="----bulkhead-test-7c1f"):
    """Content type and body of a form with text fields and one file."""
    if isinstance(name, str):
        name = name.encode()
    texts = [f'--{boundary}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'.encode() for key, value in dict(fields).items()]
    file = (f"--{boundary}\r\n".encode() + b'Content-Disposition: form-data; name="file"; filename="' + name
            + b'"\r\nContent-Type: application/octet-stream\r\n\r\n' + content + b"\r\n")
    parts = [file, *texts] if file_first else [*texts, file]
    return f"multipart/form-data; boundary={boundary}", b"".join(parts) + f"--{boundary}--\r\n".encode()


class Raw:
    """One TLS connection whose every byte is ours."""

    def __init__(self, server, timeout=20, source=None):
        plain = socket.create_connection(("127.0.0.1", server.port), timeout, (source, 0) if source else None)
        self.socket = server.tls().wrap_socket(plain, server_hostname="127.0.0.1")

    def send(self, data):
        self.sent = data
        self.socket.sendall(data)
        return self

    def read_all(self):
        """Everything until the server closes; what came before a reset counts. Raises TimeoutError if it stays open."""
        got = bytearray()
        while True:
            try:
                part = self.socket.recv(65536)
            except TimeoutError:
                raise TimeoutError(f"the server keeps the connection open after {bytes(got[:300])!r}") from None
            except (ConnectionError, ssl.SSLError):
                return bytes(got)
            if not part:
                return bytes(got)
            got += part

    def read_answer(self):
        """One answer; the connection stays open. Interim 100 answers are passed over."""
        while True:
            answer = http.client.HTTPResponse(self.socket)
            answer.begin()
            if answer.status != 100:
                record.note_head(self.sent, answer.status)
                return Answer(answer.status, answer.getheaders(), answer.read())

    def close(self):
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def answers_in(data):
    """How many HTTP answers begin in these bytes."""
    return len(re.findall(rb"HTTP/1\.1 [0-9]{3} ", data))


def status_in(data):
    """Status of the first answer in these bytes, or 0."""
    found = re.match(rb"HTTP/1\.1 ([0-9]{3}) ", data)
    return int(found.group(1)) if found else 0


# ---- server

class Server:
    """config: sections of bulkhead.toml, such as {"limits": {"stall_timeout_s": 5}}. ssh: serve SSH too, on ssh_port."""

    def __init__(self, config=None, start=True, arguments=(), ssh=False):
        self.folder = tempfile.mkdtemp(prefix="bulkhead-test-")
        os.chmod(self.folder, 0o755)  # as root, the server's processes run as other users
        self.data = os.path.join(self.folder, "data")
        self.arguments, self.process, self.port, self.output = list(arguments), None, None, []
        self.ssh, self.ssh_port = ssh, None
        self.context = None
        self.host = next(iter((config or {}).get("https", {}).get("host_names", [])), None)  # what clients send as Host
        try:
            made = self.cli("init")
            found = re.search(r"^One-time password: (\S+)$", made.stdout, re.M)
            if made.returncode != 0 or not found:
                raise RuntimeError(f"init failed: {made.stdout}{made.stderr}")
            self.one_time_password = found.group(1)
            self.configure(config or {})
            if start:
                self.start()
                self.token("admin", self.one_time_password, new_password=PASSWORD)
        except BaseException:
            self.__exit__()
            raise

    def configure(self, sections):
        """Adds these keys to bulkhead.toml; in effect after the next start."""
        path = os.path.join(self.data, "bulkhead.toml")
        with open(path) as file:
            text = file.read()
        for section, keys in sections.items():
            lines = "".join(f"{key} = {json.dumps(value)}\n" for key, value in keys.items())
            text = text.replace(f"[{section}]\n", f"[{section}]\n{lines}", 1)
        with open(path, "w") as file:
            file.write(text)

    def start(self):
        self.output = []
        self.process = subprocess.Popen([f"{BIN}/bulkhead", "serve", "--data", self.data, "--https", "127.0.0.1:0",
                                         *(["--ssh", "127.0.0.1:0"] if self.ssh else []), *self.arguments],
                                        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        ready = threading.Event()

        def read(pipe, lines):
            for line in pipe:
                lines.append(line)
                if ("serves sftp://" if self.ssh else "serves https://") in line:
                    ready.set()
            ready.set()
        threading.Thread(target=read, args=(self.process.stdout, self.output), daemon=True).start()
        ready.wait(START_TIMEOUT_S)
        found = re.search(r"serves https://127\.0\.0\.1:(\d+)/", "".join(self.output))
        if not found:
            raise RuntimeError("the server did not start: " + "".join(self.output) + "".join(self.log_lines()[-20:]))
        self.port = int(found.group(1))
        if self.ssh:
            self.ssh_port = int(re.search(r"serves sftp://127\.0\.0\.1:(\d+)/", "".join(self.output)).group(1))
        self.context = None

    def stop(self):
        """SIGTERM; answers the exit status."""
        if self.process is None:
            return None
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            return "did not stop"
        finally:
            self.process = None

    def kill(self):
        """kill -9: as a power cut would be for the processes. Children end with their channels."""
        self.process.kill()
        self.process.wait()
        self.process = None
        deadline = time.monotonic() + 20
        while self.children_alive() and time.monotonic() < deadline:
            time.sleep(0.05)

    def children_alive(self):
        """Pids of bulkhead processes that work inside this data directory."""
        found = []
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                program = os.readlink(f"/proc/{pid}/exe")
                if os.path.basename(program).startswith("bulkhead-") and self.holds(pid):
                    found.append(int(pid))
            except OSError:
                continue
        return found

    def holds(self, pid):
        """Whether a process works inside this data directory: its working directory, or what its own root is made of."""
        inside = os.path.join(os.path.basename(self.folder), "data") + "/"
        with open(f"/proc/{pid}/mountinfo") as mounts:
            roots = [line.split()[3] for line in mounts]
        return any(inside in f"{path}/" for path in (os.readlink(f"/proc/{pid}/cwd"), *roots))

    def restart(self):
        self.stop()
        self.start()

    def cli(self, *arguments, input=None, timeout=120):
        """bulkhead ARGUMENTS --data DIR"""
        return subprocess.run([f"{BIN}/bulkhead", *arguments, "--data", self.data], input=input, capture_output=True, text=True, timeout=timeout)

    # -- signing on

    def tls(self):
        if self.context is None:
            self.context = ssl.create_default_context(cafile=self.ca)
        return self.context

    @property
    def ca(self):
        return os.path.join(self.data, "signet", "tls.crt")

    def sign_on(self, user_name, password=PASSWORD, source=None, **fields):
        """The Answer of POST /api/v1/token, over a connection of its own."""
        form = {"grant_type": "password", "username": user_name, "password": password, **fields}
        client = Client(self, source=source)
        try:
            return client.post("/api/v1/token", urllib.parse.urlencode(form).encode(), headers={"Content-Type": "application/x-www-form-urlencoded"})
        finally:
            client.close()

    def token(self, user_name, password=PASSWORD, **fields):
        answer = self.sign_on(user_name, password, **fields)
        if answer.status != 200:
            raise RuntimeError(f"sign-on of {user_name}: {answer}")
        return answer.json()["access_token"]

    def client(self, user_name=None, password=PASSWORD):
        """A Client with a connection and a token of its own; without a name, not signed on."""
        return Client(self, self.token(user_name, password) if user_name else None)

    def add_user(self, name, role="User", password=PASSWORD):
        """A new account, signed on."""
        added = self.cli("user", "add", name, "--role", role, "--password-stdin", input=password + "\n")
        if added.returncode != 0:
            raise RuntimeError(f"user add {name}: {added.stderr}")
        return self.client(name, password)

    # -- other ways in

    def raw(self, timeout=20, source=None):
        return Raw(self, timeout, source)

    def exchange(self, data, timeout=20, source=None):
        """Sends these bytes on a new connection and answers all that comes until the server closes."""
        with self.raw(timeout, source) as raw:
            return raw.send(data).read_all()

    def url(self, path):
        return f"https://127.0.0.1:{self.port}{path}"

    def curl(self, *arguments, token=None, path=None, timeout=300):
        """curl of the system, as scripts use it. Answers (Answer, exit status of curl)."""
        with tempfile.TemporaryDirectory(dir=self.folder) as scratch:
            head, body = os.path.join(scratch, "head"), os.path.join(scratch, "body")
            command = ["curl", "-sS", "--cacert", self.ca, "-D", head, "-o", body, *arguments]
            if token:
                command += ["-H", f"Authorization: Bearer {token}"]
            if path:
                command.append(self.url(path))
            done = subprocess.run(command, capture_output=True, timeout=timeout)
            blocks = open(head, "rb").read().decode("latin-1").split("\r\n\r\n") if os.path.exists(head) else []
            lines = next((b for b in reversed(blocks) if b.startswith("HTTP/")), "").split("\r\n")
            content = open(body, "rb").read() if os.path.exists(body) else b""
            status = int(lines[0].split(" ")[1]) if lines[0] else 0
            pairs = [tuple(line.split(": ", 1)) for line in lines[1:] if ": " in line]
            return Answer(status, pairs, content), done.returncode

    # -- the log

    def log_lines(self):
        path = os.path.join(self.data, "log", "bulkhead.jsonl")
        if not os.path.exists(path):
            return []
        with open(path, encoding="utf-8", errors="surrogateescape", newline="\n") as file:
            return file.readlines()

    def log_records(self, since=0):
        """The log as objects, from this line number on."""
        return [json.loads(line) for line in self.log_lines()[since:]]

    def wait_for_log(self, wanted, since=0, timeout=5.0):
        """Waits until a record fits; answers it or None."""
        deadline = time.monotonic() + timeout
        while True:
            for record in self.log_records(since):
                if wanted(record):
                    return record
            if time.monotonic() > deadline:
                return None
            time.sleep(0.05)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process is not None:
            self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)


def users_self_id(client):
    return client.get("/api/v1/users/self").json()["id"]
