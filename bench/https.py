"""Bulkhead beside nginx over HTTPS: one file both ways, small requests, sign-ons, memory of a connection."""
import contextlib
import filecmp
import json
import os
import socket
import ssl
import subprocess
import time

import measure
import report
from measure import MIB, Failed
from peers import Bulkhead, Nginx
from settings import PROGRAMS, RUNS, SECONDS, SIZE, say

CIPHERS = ("TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384")
CLIENT = f"{os.path.dirname(PROGRAMS)}/bench/bench_client"


def tls(cipher):
    return ["--tlsv1.3", "--tls13-ciphers", cipher]


class Transfers:
    """The same file up and down, both servers in turn."""

    def __init__(self, folder, payload, nginx, bulkhead):
        self.folder, self.payload, self.nginx, self.bulkhead = folder, payload, nginx, bulkhead
        self.answer = f"{folder}/answer"
        self.stored = {}

    def put(self, server, cipher, name):
        """A run, and what the server calls the file."""
        os.sync()  # what earlier runs left to write is not this run's work
        arguments = [*tls(cipher), "--output", self.answer, *server.upload(self.payload, name)]
        run = measure.transfer(server, arguments, SIZE, received=False)
        if server is self.nginx:
            run["durable_mib_per_s"] = SIZE / MIB / (run["seconds"] + server.sync(name))
            return run, name
        run["durable_mib_per_s"] = run["mib_per_s"]
        return run, server.id_of(self.answer)

    def get(self, server, cipher):
        arguments = [*tls(cipher), "--output", os.devnull, *server.download(self.stored[server.name])]
        return measure.transfer(server, arguments, SIZE, received=True)

    def prepare(self):
        """A file on each server, and the proof that each gives back what it got."""
        for server in (self.nginx, self.bulkhead):
            say(f"{server.name}: store a file, fetch and compare it")
            _, self.stored[server.name] = self.put(server, CIPHERS[0], "get.bin")
            copy = f"{self.folder}/copy"
            measure.run_curl(["--output", copy, *server.download(self.stored[server.name])], 300)
            if not filecmp.cmp(self.payload, copy, shallow=False):
                raise Failed(f"{server.name} gave back other bytes than it got")
            os.unlink(copy)

    def cell(self, direction, cipher):
        runs = {"nginx": [], "bulkhead": []}
        for number in range(RUNS):
            for server in (self.nginx, self.bulkhead):
                if direction == "GET":
                    run = self.get(server, cipher)
                else:
                    run, name = self.put(server, cipher, "put.bin")
                    server.delete(name)
                runs[server.name].append(run)
                say(f"{direction} {cipher} {number + 1}/{RUNS} {server.name:8s} {run['mib_per_s']:7.0f} MiB/s  "
                    f"{run['server_cpu_s_per_gib']:5.2f} CPU s/GiB")
        ours, peer = report.summary(runs["bulkhead"]), report.summary(runs["nginx"])
        return {"direction": direction, "cipher": cipher, "size_mib": SIZE // MIB, "runs": RUNS, "nginx": peer,
                "bulkhead": ours, "ratio": report.ratios(ours, peer), "each": runs}


def head(method, path, fields=(), body=""):
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", *fields]
    if body:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join(lines) + "\r\n\r\n" + body


def rate(what, server, request, concurrency, mode):
    say(f"{what}, {SECONDS} s")
    before = measure.settled_cpu_seconds(server.pid)
    command = [CLIENT, str(server.port), str(SECONDS), str(concurrency), mode]
    done = subprocess.run(command, input=request, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Failed(f"bench_client: {done.stderr.strip()}")
    result = json.loads(done.stdout)
    spent = measure.settled_cpu_seconds(server.pid) - before
    return {"what": what, "per_second": result["count"] / result["seconds"],
            "server_cpu_ms": 1000 * spent / max(1, result["count"]), **result}


def rates(nginx, bulkhead):
    with open(f"{nginx.folder}/files/small", "w", encoding="ascii") as file:
        file.write('{"status":"up"}')
    form = bulkhead.form()
    sign_on = head("POST", "/api/v1/token", ["Content-Type: application/x-www-form-urlencoded"], form)
    token = head("GET", "/api/v1/token")
    folders = head("GET", "/api/v1/folders", [f"Authorization: Bearer {bulkhead.sign_on()}"])
    found = [rate("GET of 15 bytes, nginx, one kept connection", nginx, head("GET", "/small"), 1, "kept"),
             rate("GET /token, one kept connection", bulkhead, token, 1, "kept"),
             rate("GET /folders, one kept connection", bulkhead, folders, 1, "kept"),
             rate("GET of 15 bytes, nginx, new connections, 4", nginx, head("GET", "/small"), 4, "new"),
             rate("GET /token, new connections, 4 at a time", bulkhead, token, 4, "new"),
             rate("sign-on, new connections, 4 at a time", bulkhead, sign_on, 4, "new")]
    bulkhead.log_in = bulkhead.sign_on()  # so many sign-ons have ended the older session
    return found


class KeptConnection:
    """One TLS connection that stays open; only for what must be looked at while it is idle."""

    def __init__(self, port):
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        self.stream = context.wrap_socket(socket.create_connection(("127.0.0.1", port), 60))
        self.port = self.stream.getsockname()[1]

    def ask(self, request):
        self.stream.sendall(request.encode())
        whole = b""
        while b"\r\n\r\n" not in whole:
            whole += self.take()
        fields, _, body = whole.partition(b"\r\n\r\n")
        if not fields.startswith(b"HTTP/1.1 200 "):
            raise Failed(f"memory: {fields.splitlines()[0].decode()}")
        lengths = [line.split(b":")[1] for line in fields.splitlines() if line.lower().startswith(b"content-length:")]
        left = int(lengths[0])
        while len(body) < left:
            left -= len(body)
            body = self.take()

    def take(self):
        part = self.stream.recv(1 << 20)
        if not part:
            raise Failed("memory: the connection was closed")
        return part


def memory(bulkhead, file_id):
    """Of a gate and its porter: signed on and idle, then once a file has gone through."""
    if os.geteuid() != 0:
        return []
    say("memory of one connection")
    kept = KeptConnection(bulkhead.port)
    bearer = [f"Authorization: Bearer {bulkhead.log_in}"]
    found = []
    with contextlib.closing(kept.stream):
        for when, path in (("signed on, idle", "folders"), ("idle, after a download", f"files/{file_id}/download")):
            kept.ask(head("GET", f"/api/v1/{path}", bearer))
            time.sleep(1)
            gate, porter = (measure.memory_kib(pid) for pid in measure.pair_of(bulkhead, kept.port))
            found.append({"when": when, "gate": gate["private"], "porter": porter["private"],
                          "ring": gate["ring_share"] + porter["ring_share"]})
    return found


def run_all(folder, payload):
    results = {}
    with Nginx(f"{folder}/nginx") as nginx, Bulkhead(f"{folder}/bulkhead", PROGRAMS) as bulkhead:
        transfers = Transfers(folder, payload, nginx, bulkhead)
        transfers.prepare()
        results["transfers"] = [transfers.cell(direction, cipher) for cipher in CIPHERS for direction in ("GET", "PUT")]
        results["rates"] = rates(nginx, bulkhead)
        results["memory"] = memory(bulkhead, transfers.stored["bulkhead"])
    each = [run for cell in results["transfers"] for runs in cell["each"].values() for run in runs]
    results["foreign_cores"] = report.spread([run["foreign_cores"] for run in each])
    return results
