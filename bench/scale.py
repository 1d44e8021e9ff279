"""What grows with the catalog: the same requests over REST beside 10,000 and 1,000,000 files, the two servers in turn."""
import contextlib
import http.client
import json
import math
import os
import random
import shutil
import signal
import ssl
import subprocess
import time
import urllib.parse

import scale_fill
from measure import Failed
from peers import run
from settings import PROGRAMS, say, setting
from ssh_peers import OurSsh, sshd

FILES = setting("BENCH_FILES", 1_000_000, 2_000_000)
SIZES = {"small": (10_000, 1_000, 100), "large": (FILES, FILES // 10, FILES // 100)}
ROUNDS = setting("BENCH_ROUNDS", 200, 100_000)
SIGN_ONS = 40
KIB = b"x" * 1024


class ScaledServer(OurSsh):
    """Bulkhead with a catalog that was filled while it stood still."""

    def __init__(self, folder, programs, key, size):
        super().__init__(folder, programs, key)
        self.size = size
        self.kept = None

    def start(self):
        self.https_port = self.port  # the other becomes that of SSH
        super().start()
        for name, role in (("boss", "Admin"), ("signer", "User")):
            add = [self.program, "user", "add", name, "--role", role, "--password-stdin", "--data", self.data]
            run(add, input=self.password + "\n")
        self.connect()
        self.tokens = {name: self.token(name) for name in (self.user, "boss")}
        for name in self.tokens:
            self.call("GET", "/api/v1/users/self", name)
        self.stop()
        files, folders, users = self.size
        say(f"fill a catalog with {files} files, {folders} folders, {users} users")
        self.large = scale_fill.fill(f"{self.data}/keeper/catalog.db", self.user, files, folders, users)
        scale_fill.add_accounts(f"{self.data}/warden/identity.db", self.user, users)
        self.serve()
        self.tokens = {name: self.token(name) for name in (self.user, "boss")}
        self.large_id = self.folder_at(self.large)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(60)
        self.kept = None

    def serve(self):
        command = [self.program, "serve", "--data", self.data, "--https", f"127.0.0.1:{self.https_port}",
                   "--ssh", f"127.0.0.1:{self.ssh_port}"]
        begin = time.monotonic()
        self.launch(command, stdout=subprocess.PIPE)
        while b"Bulkhead serves https://" not in (line := self.process.stdout.readline()):
            if not line:
                raise Failed(f"bulkhead did not start again: see {self.data}/log/bulkhead.jsonl")
        self.started_s = time.monotonic() - begin
        self.connect()

    def connect(self):
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        self.context = context
        self.kept = {}

    def connection(self, name):
        if name not in self.kept:
            self.kept[name] = http.client.HTTPSConnection("127.0.0.1", self.https_port, context=self.context, timeout=120)
            self.kept[name].connect()
        return self.kept[name]

    def call(self, method, path, name, body=None, kind="application/json", expect=(200, 201, 204)):
        """One request over the kept connection of that user; its JSON, and its milliseconds."""
        connection = self.connection(name)
        headers = {"Content-Type": kind} if body is not None else {}
        if name in getattr(self, "tokens", {}):
            headers["Authorization"] = f"Bearer {self.tokens[name]}"
        begin = time.perf_counter()
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        text = answer.read()
        took = 1000 * (time.perf_counter() - begin)
        if answer.status not in expect:
            raise Failed(f"{method} {path} answered {answer.status}: {text[:300]!r}")
        return (json.loads(text) if text else None), took

    def token(self, name):
        form = urllib.parse.urlencode({"grant_type": "password", "username": name, "password": self.password})
        connection = http.client.HTTPSConnection("127.0.0.1", self.https_port, context=self.context, timeout=60)
        connection.request("POST", "/api/v1/token", form, {"Content-Type": "application/x-www-form-urlencoded"})
        answer = json.loads(connection.getresponse().read())
        connection.close()
        return answer["access_token"]

    def folder_at(self, path):
        found, _ = self.call("GET", "/api/v1/folders?path=" + urllib.parse.quote(path, safe=""), self.user)
        return next(item["id"] for item in found["items"] if item["path"] == path)


def multipart(name):
    head = f'--x\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
    return head.encode() + KIB + b"\r\n--x--\r\n"


class Work:
    """One server's side of each operation: a function that makes one request and answers its milliseconds."""

    def __init__(self, server):
        self.server, self.number, self.random = server, 0, random.Random(7)
        user = server.user
        self.user = user
        some, _ = server.call("GET", "/api/v1/files?perPage=1000&page=3", user)
        self.files = [item["id"] for item in some["items"] if item["folderID"] != str(server.large_id)]
        data = server.folder_at("/Data/branch0000")
        some, _ = server.call("GET", f"/api/v1/folders/{data}/subfolders?perPage=300", user)
        self.folders = [item["id"] for item in some["items"]]
        self.uploaded, self.top = [], server.folder_at("/Data")
        self.branch = self.make_folder(data, "renamed")
        for number in range(20):
            self.make_folder(self.branch, f"inner {number}")

    def get(self, path, name=None):
        return self.server.call("GET", path, name or self.user)[1]

    def make_folder(self, parent, name):
        body = json.dumps({"name": name, "inheritPermissions": "Always"})
        return self.server.call("POST", f"/api/v1/folders/{parent}/subfolders", self.user, body)[0]["id"]

    def sign_on(self):
        begin = time.perf_counter()
        self.server.token("signer")
        return 1000 * (time.perf_counter() - begin)

    def pages(self, path, name=None):
        """A function for the first, middle and last page of a list."""
        join = "&" if "?" in path else "?"
        first, _ = self.server.call("GET", f"{path}{join}perPage=100", name or self.user)
        last = first["paging"]["totalPages"]
        return [lambda at=at: self.get(f"{path}{join}perPage=100&page={at()}", name) for at in (
            lambda: 1, lambda: max(1, last // 2 + self.random.randrange(-min(50, last // 4), 1 + min(50, last // 4))), lambda: last)]

    def upload(self):
        self.number += 1
        folder = self.random.choice(self.folders)
        made, took = self.server.call("POST", f"/api/v1/folders/{folder}/files", self.user,
                                      multipart(f"new-{self.number:06d}.bin"), "multipart/form-data; boundary=x")
        self.uploaded.append(made["id"])
        return took

    def rename(self):
        self.number += 1
        file = self.random.choice(self.files)
        return self.server.call("PATCH", f"/api/v1/files/{file}", self.user,
                                json.dumps({"name": f"renamed-{self.number:06d}.bin"}))[1]

    def remove(self):
        return self.server.call("DELETE", f"/api/v1/files/{self.uploaded.pop()}", self.user)[1]

    def change_rights(self):
        self.number += 1
        body = {"type": "User", "id": f"user{self.random.randrange(100):06d}",
                "permissions": {"readFiles": True, "listFiles": self.number % 2 == 0}}
        return self.server.call("POST", f"/api/v1/folders/{self.random.choice(self.folders)}/acls", self.user,
                                json.dumps(body))[1]

    def rename_folder(self, folder, name):
        self.number += 1
        return self.server.call("PATCH", f"/api/v1/folders/{folder}", name, json.dumps({"name": f"renamed-{self.number}"}))[1]

    def mixed(self):
        """A list right after somebody changed something, which is what a busy server sees."""
        self.number += 1
        (self.upload, self.rename, self.change_rights)[self.number % 3]()
        return self.get("/api/v1/files?perPage=100&page=2")

    def operations(self):
        yield "sign-on", self.sign_on, SIGN_ONS
        for title, path, name in (("files of one folder", f"/api/v1/folders/{self.server.large_id}/files", None),
                                  ("content of one folder", f"/api/v1/folders/{self.server.large_id}/content", None),
                                  ("all files", "/api/v1/files", None), ("all files, an Admin", "/api/v1/files", "boss"),
                                  ("all files by size", "/api/v1/files?sortField=size", None),
                                  ("all folders", "/api/v1/folders", None)):
            for which, ask in zip(("first", "middle", "last"), self.pages(path, name)):
                yield f"list, {title}, {which} page", ask, ROUNDS
        for title, text in (("one hit", lambda: f"{self.random.randrange(5000):07d}"), ("a common word", lambda: "report"),
                            ("no hit", lambda: "quarterly"), ("two letters", lambda: "py")):
            yield f"search, {title}", lambda text=text: self.get(f"/api/bulkhead/v1/search?perPage=100&name={text()}"), ROUNDS
        yield "mask over all files, one hit", lambda: self.get(f"/api/v1/files?name=*{self.random.randrange(5000):07d}*"), ROUNDS // 10
        yield "upload of 1 KiB", self.upload, ROUNDS
        yield "rename of a file", self.rename, ROUNDS
        yield "delete of a file", self.remove, ROUNDS
        yield "change of rights", self.change_rights, ROUNDS
        yield "rename of a folder of 20 folders", lambda: self.rename_folder(self.branch, self.user), ROUNDS // 4
        yield "list of all files after a change", self.mixed, ROUNDS
        yield "rename of the folder above almost all", lambda: self.rename_folder(self.top, "boss"), 2
        yield "list of all files after that", lambda: self.get("/api/v1/files?perPage=100&page=2"), 2


def percentile(values, percent):
    return sorted(values)[max(0, math.ceil(len(values) * percent / 100) - 1)]


def row(what, took):
    made = {"what": what}
    for name, values in took.items():
        made[name] = {"cold_ms": values[0], "p50_ms": percentile(values[1:], 50), "p99_ms": percentile(values[1:], 99)}
    for key in ("cold", "p50", "p99"):
        made[f"{key}_ratio"] = made["large"][f"{key}_ms"] / made["small"][f"{key}_ms"]
    return made


def operations(servers):
    work = {name: Work(server) for name, server in servers.items()}
    rows = []
    for (what, small, rounds), (_, large, _) in zip(work["small"].operations(), work["large"].operations()):
        took = {"small": [], "large": []}
        for _ in range(rounds + 1):  # in turn, so that what else runs meets both
            took["small"].append(small())
            took["large"].append(large())
        rows.append(row(what, took))
        say(f"{what}: p99 {rows[-1]['small']['p99_ms']:.2f} and {rows[-1]['large']['p99_ms']:.2f} ms")
    return rows


def listing(server, reference):
    """Entries a second of one large folder: REST pages and SFTP, and OpenSSH's sftp-server on ext4."""
    count, pages = 0, 0
    begin = time.monotonic()
    while True:
        pages += 1
        found, _ = server.call("GET", f"/api/v1/folders/{server.large_id}/files?perPage=1000&page={pages}", server.user)
        count += len(found["items"])
        if pages >= found["paging"]["totalPages"]:
            break
    rates = {"entries": count, "rest_per_s": count / (time.monotonic() - begin)}
    path = server.call("GET", f"/api/v1/folders/{server.large_id}", server.user)[0]["path"]  # it was renamed
    os.makedirs(reference)
    for number in range(count):
        os.close(os.open(f"{reference}/{scale_fill.name_of(number)}", os.O_CREAT | os.O_WRONLY, 0o600))
    rates["sftp_per_s"] = count / sftp_seconds(["-P", str(server.ssh_port), *server.options()], server.target, path,
                                               count)
    rates["openssh_per_s"] = count / sftp_seconds(["-D", "/usr/lib/openssh/sftp-server"], "", reference, count)
    shutil.rmtree(reference)
    return rates


def sftp_seconds(options, target, path, count):
    begin = time.monotonic()
    done = subprocess.run(["sftp", "-q", "-b", "-", *options, *([target] if target else [])], input=f"ls -1f {path}\n",
                          capture_output=True, text=True, check=False)
    took = time.monotonic() - begin
    seen = sum(1 for line in done.stdout.splitlines() if line.endswith(scale_fill.KINDS))
    if done.returncode != 0 or seen != count:
        raise Failed(f"sftp listed {seen} of {count}: {done.stderr.strip()[-300:]}")
    return took


def run_all(folder, _payload):
    key = f"{folder}/scale-id"
    sshd.make_key(key)
    with contextlib.ExitStack() as closing:
        servers = {name: closing.enter_context(ScaledServer(f"{folder}/scale-{name}", PROGRAMS, key, size))
                   for name, size in SIZES.items()}
        results = {"sizes": SIZES, "rounds": ROUNDS, "started_s": {name: each.started_s for name, each in servers.items()},
                   "operations": operations(servers)}
        results["listing"] = listing(servers["large"], f"{folder}/reference")
    return results


def print_all(_facts, results):
    small, large = (f"{size[0]:,} files" for size in results["sizes"].values())
    print(f"\n{'ms':45s} {small:>26s} {large:>26s} {'ratio':>7s} {'ratio':>7s} {'ratio':>7s}")
    print(f"{'':45s} {'first':>8s} {'p50':>8s} {'p99':>8s} {'first':>8s} {'p50':>8s} {'p99':>8s} "
          f"{'first':>7s} {'p50':>7s} {'p99':>7s}")
    for each in results["operations"]:
        cells = [f"{each[name][key]:8.2f}" for name in ("small", "large") for key in ("cold_ms", "p50_ms", "p99_ms")]
        print(f"{each['what']:45s} {' '.join(cells)} {each['cold_ratio']:7.2f} {each['p50_ratio']:7.2f} {each['p99_ratio']:7.2f}")
    found = results["listing"]
    print(f"\n{found['entries']:,} entries of one folder, entries a second: REST {found['rest_per_s']:,.0f}, "
          f"SFTP {found['sftp_per_s']:,.0f}, OpenSSH's sftp-server on this file system {found['openssh_per_s']:,.0f}")
