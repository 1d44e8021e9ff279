"""The load of the kill test: clients that remember what the server promised them.

An upload is in one of these states. What was never acknowledged may only be seen where the answer was lost.
    done       201 was received: it must be there, whole, until a delete is sent
    doubt      sent completely, no answer (or 5xx): absent or whole
    partial    not sent completely: visible to nobody
    refused    4xx: visible to nobody
    gone       its delete was answered with 204 (or it was found absent after doubt): visible to nobody
    going      a delete was sent and not answered: absent or whole
"""
import hashlib
import http.client
import json
import random
import socket
import ssl
import threading
import time
import urllib.parse

from support.server import PASSWORD, multipart

KIB, MIB = 1 << 10, 1 << 20
MAY_EXIST = ("done", "doubt", "going")
LOST = (OSError, ssl.SSLError, http.client.HTTPException, ValueError)  # ValueError: a socket that closed under the reader


class Upload:
    def __init__(self, user, number, size, pool):
        self.user, self.size, self.state, self.id = user, size, "partial", None
        self.name = f"{user}-{number}.bin"
        self.head = hashlib.sha256(self.name.encode()).digest()[:min(size, 32)]
        self.start = number * 4099 % (len(pool) - 20 * MIB)
        self.sha256 = hashlib.sha256(self.content(pool)).hexdigest()

    def content(self, pool):
        return self.head + pool[self.start:self.start + self.size - len(self.head)]


class Worker:
    """One client with a connection of its own. Its uploads are its alone, so nobody else changes their state."""

    def __init__(self, load, user, number, seed):
        self.load, self.server, self.user, self.number = load, load.server, user, number
        self.random = random.Random(f"{seed}/{number}")
        self.token, self.socket, self.uploads = None, None, []
        self.home = load.homes[user]

    # -- one exchange. LOST exceptions leave the connection closed.

    def connect(self):
        if self.socket is None:
            plain = socket.create_connection(("127.0.0.1", self.server.port), 20)
            try:
                self.socket = self.load.tls.wrap_socket(plain, server_hostname="127.0.0.1")
            except BaseException:
                plain.close()
                raise

    def close(self):
        if self.socket is not None:
            self.socket.close()
        self.socket = None

    def send(self, method, path, body=b"", kind=None):
        """Returns only after every byte was taken by the kernel."""
        self.connect()
        lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", f"Content-Length: {len(body)}"]
        lines += [f"Authorization: Bearer {self.token}"] if self.token else []
        lines += [f"Content-Type: {kind}"] if kind else []
        self.socket.sendall("\r\n".join(lines).encode() + b"\r\n\r\n" + body)

    def receive(self, method="GET"):
        """Status and body. After a cut body the exception carries what came: .status, .got."""
        answer = http.client.HTTPResponse(self.socket, method=method)
        answer.begin()
        got = b""
        try:
            while part := answer.read1(1 * MIB):
                got += part
            whole = answer.getheader("Content-Length")
            if whole is not None and len(got) != int(whole):
                raise http.client.IncompleteRead(got)
        except LOST as cut:
            cut.status, cut.got = answer.status, got
            raise
        if answer.will_close:
            self.close()
        return answer.status, got

    def ask(self, method, path, body=b"", kind=None):
        self.send(method, path, body, kind)
        status, got = self.receive(method)
        if status == 401:
            self.token = None
        return status, got

    def sign_on(self):
        self.token = None
        form = urllib.parse.urlencode({"grant_type": "password", "username": self.user, "password": PASSWORD}).encode()
        status, body = self.ask("POST", "/api/v1/token", form, "application/x-www-form-urlencoded")
        if status == 200:
            self.token = json.loads(body)["access_token"]
        self.load.count("sign-ons" if status == 200 else f"sign-on {status}")

    # -- operations

    def upload(self, size):
        item = Upload(self.user, self.load.next_number(), size, self.load.pool)
        self.uploads.append(item)
        kind, body = multipart(item.name, item.content(self.load.pool))
        try:
            self.send("POST", f"/api/v1/folders/{self.home}/files", body, kind)
        except LOST:  # the end of the form never left
            self.close()
            self.load.count("uploads cut")
            return
        item.state = "doubt"
        status, answer = self.receive("POST")
        if status == 201:
            details = json.loads(answer)
            item.id, item.state = details["id"], "done"
            if (details["sha256"], details["size"]) != (item.sha256, item.size):
                self.load.wrong(f"{item.name}: 201 with size {details['size']} and SHA-256 {details['sha256']}, sent {item.size} {item.sha256}")
        elif status < 500:
            item.state = "refused"
            self.token = None if status == 401 else self.token
        self.load.count(f"uploads {status}")

    def download(self, item):
        """The whole or a range; what arrived is noted and compared even if the rest was cut."""
        first, last = 0, item.size - 1
        self.connect()
        lines = f"GET /api/v1/files/{item.id}/download HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {self.token}\r\n"
        if item.size > 0 and self.random.random() < 0.5:
            first = self.random.randrange(item.size)
            last = self.random.randrange(first, item.size)
            lines += f"Range: bytes={first}-{last}\r\n"
        state = item.state
        self.socket.sendall(lines.encode() + b"\r\n")
        try:
            status, got = self.receive()
            cut = None
        except LOST as lost:
            if not hasattr(lost, "status"):
                raise
            status, got, cut = lost.status, lost.got, lost
        if status in (200, 206):
            self.load.delivered(item, first, len(got))
            if got != item.content(self.load.pool)[first:first + len(got)] or (cut is None and len(got) != last + 1 - first):
                self.load.wrong(f"{item.name}: download of {first}..{last} gave {len(got)} other bytes")
        elif status == 404 and state == "done":
            self.load.wrong(f"{item.name} was acknowledged and is not found: {got[:200]!r}")
        elif status == 404 and state == "going":
            item.state = "gone"
        elif status == 401:
            self.token = None
        elif status < 500:
            self.load.wrong(f"{item.name}: download answered {status} {got[:200]!r}")
        self.load.count(f"downloads {status}" + (" cut" if cut else ""))
        if cut:
            raise cut

    def delete(self, item):
        was = item.state
        self.send("DELETE", f"/api/v1/files/{item.id}")
        item.state = "going"
        status, got = self.receive("DELETE")
        if status == 204 or (status == 404 and was == "going"):
            item.state = "gone"
        elif status < 500:
            item.state = was
            if status != 401:
                self.load.wrong(f"{item.name}: delete answered {status} {got[:200]!r}")
            self.token = None
        self.load.count(f"deletes {status}")

    def step(self):
        if self.token is None or self.random.random() < 0.03:
            return self.sign_on()
        if self.random.random() < 0.05:
            self.close()  # the next request takes a new gate
        known = [item for item in self.uploads if item.id and item.state in ("done", "going")]
        dice = self.random.random()
        if dice < 0.30 or not known:
            self.upload(self.random.choice((0, 1, 64 * KIB, self.random.randrange(64 * KIB))))
        elif dice < 0.40:
            self.upload(self.random.randrange(MIB, 20 * MIB))
        elif dice < 0.75:
            self.download(self.random.choice(known))
        elif dice < 0.90:
            status, _ = self.ask("GET", f"/api/v1/folders/{self.home}/files?perPage=50")
            self.load.count(f"lists {status}")
        elif len(known) > 4:
            self.delete(self.random.choice(known))

    def run(self):
        while self.load.may_run():
            try:
                self.step()
            except LOST:
                self.close()
                time.sleep(0.02)
        self.close()


class Load:
    def __init__(self, server, users, workers, seed):
        self.server, self.seed = server, seed
        self.pool = random.Random(seed).randbytes(44 * MIB)
        self.tls = server.tls()
        self.homes = {name: server.add_user(name).home() for name in users}
        self.lock = threading.Condition()
        self.counts, self.problems, self.deliveries, self.numbers, self.lost = {}, [], [], 0, 0
        self.paused, self.stopped, self.running = False, False, 0
        self.workers = [Worker(self, users[i % len(users)], i, seed) for i in range(workers)]
        self.threads = [threading.Thread(target=self.guarded, args=(worker,), daemon=True) for worker in self.workers]
        for thread in self.threads:
            thread.start()

    def guarded(self, worker):
        try:
            worker.run()
        except Exception as wrong:  # a worker that stops would make the test blind
            self.wrong(f"worker {worker.number} ended: {wrong!r}")

    def next_number(self):
        with self.lock:
            self.numbers += 1
            return self.numbers

    def count(self, what):
        with self.lock:
            self.counts[what] = self.counts.get(what, 0) + 1

    def wrong(self, what):
        with self.lock:
            self.problems.append(what)

    def delivered(self, item, first, length):
        with self.lock:
            self.deliveries.append((item.user, item.id, first, length))

    # -- pausing: a check wants a server at rest

    def may_run(self):
        """Called by a worker between two steps."""
        with self.lock:
            while self.paused and not self.stopped:
                self.lock.notify_all()
                self.running += 1
                self.lock.wait()
                self.running -= 1
            return not self.stopped

    def pause(self):
        with self.lock:
            self.paused = True
            return self.lock.wait_for(lambda: self.running == sum(thread.is_alive() for thread in self.threads), 120)

    def resume(self):
        with self.lock:
            self.paused = False
            self.lock.notify_all()

    def stop(self):
        with self.lock:
            self.stopped = True
            self.lock.notify_all()
        for thread in self.threads:
            thread.join(120)

    def uploads(self):
        return [item for worker in self.workers for item in worker.uploads]
