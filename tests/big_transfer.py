"""One large file up and down, and how much memory that takes.

    BULKHEAD_BIN=build/release/bin python3 tests/big_transfer.py [--mib 4096]

alice sends a random file with curl; bob, who was given the folder, and the administrator fetch it. The SHA-256 are equal,
the last bytes come alone when asked for, and no process of the server ever holds more than RESIDENT_MAX_MIB.
"""
import argparse
import hashlib
import os
import subprocess
import threading
import time

from support.server import Server, check, equal, finish, multipart, section, users_self_id

RESIDENT_MAX_MIB = 64
SAMPLE_EVERY_S = 0.05
TWICE_MIB = 200        # of the two uploads of one name


class PeakMemory(threading.Thread):
    """Reads VmHWM of hull and its children until stopped: a gate and its porter are gone with their connection."""

    def __init__(self, server):
        super().__init__(daemon=True)
        self.hull, self.peaks, self.stopped = server.process.pid, {}, False
        self.start()

    def run(self):
        while not self.stopped:
            for pid in [self.hull, *self.children()]:
                try:
                    with open(f"/proc/{pid}/status") as file:
                        fields = dict(line.split(":", 1) for line in file)
                except OSError:
                    continue
                if "VmHWM" in fields:
                    key = (fields["Name"].strip(), pid)
                    self.peaks[key] = max(self.peaks.get(key, 0), int(fields["VmHWM"].split()[0]))
            time.sleep(SAMPLE_EVERY_S)

    def children(self):
        try:
            with open(f"/proc/{self.hull}/task/{self.hull}/children") as file:
                return [int(pid) for pid in file.read().split()]
        except OSError:
            return []

    def finish(self):
        self.stopped = True
        self.join()
        largest = {}
        for (name, _), kib in self.peaks.items():
            largest[name] = max(largest.get(name, 0), kib)
        for name, kib in sorted(largest.items()):
            check(f"peak resident memory of {name:16} {kib / 1024:6.1f} MiB, at most {RESIDENT_MAX_MIB}", kib <= RESIDENT_MAX_MIB * 1024)
        check("gates and porters were seen", {"bulkhead-gate-h", "bulkhead-porter"} <= largest.keys(), largest)


def make_file(path, mib):
    """Random bytes; answers their SHA-256 and the last 100."""
    digest = hashlib.sha256()
    with open(path, "wb") as file:
        for _ in range(mib):
            block = os.urandom(1 << 20)
            digest.update(block)
            file.write(block)
    return digest.hexdigest(), block[-100:]


def fetch(server, token, file):
    """Status, SHA-256 and seconds of a download by curl, which never touches the disk."""
    begun = time.monotonic()
    digest = hashlib.sha256()
    with subprocess.Popen(["curl", "-sS", "-f", "--cacert", server.ca, "-H", f"Authorization: Bearer {token}",
                           server.url(f"/api/v1/files/{file}/download")], stdout=subprocess.PIPE) as curl:
        while block := curl.stdout.read(1 << 20):
            digest.update(block)
    return curl.returncode, digest.hexdigest(), time.monotonic() - begun


def one_large_file(server, mib):
    """up by alice, down by bob and by the administrator"""
    alice, bob, admin = server.add_user("alice"), server.add_user("bob"), server.client("admin")
    folder = alice.home()
    check("bob is given the folder", admin.grant(folder, users_self_id(bob), readFiles=True, listFiles=True).status in (200, 201, 204))
    path = os.path.join(server.folder, "large.bin")
    sha256, tail = make_file(path, mib)
    memory = PeakMemory(server)
    begun = time.monotonic()
    up, failed = server.curl("-F", f"file=@{path};filename=large.bin", token=alice.token, path=f"/api/v1/folders/{folder}/files", timeout=3600)
    took = time.monotonic() - begun
    os.unlink(path)
    if not equal(f"upload of {mib} MiB: {took:.1f} s, {mib / took:.0f} MiB/s", (up.status, failed), (201, 0)):
        print(up)
        return memory.finish()
    file = up.json()["id"]
    equal("size and SHA-256 in the answer", (up.json()["size"], up.json()["sha256"]), (mib << 20, sha256))
    for name, client in (("bob", bob), ("admin", admin)):
        status, got, took = fetch(server, client.token, file)
        equal(f"download by {name}: {took:.1f} s, {mib / took:.0f} MiB/s, the same SHA-256", (status, got), (0, sha256))
    last = bob.download(file, {"Range": "bytes=-100"})
    equal("the last 100 bytes", (last.status, last.body, last.headers.get("content-range")),
          (206, tail, f"bytes {(mib << 20) - 100}-{(mib << 20) - 1}/{mib << 20}"))
    memory.finish()


def two_of_one_name(server):
    """two uploads of one name at once: one is taken whole, the other hears of it"""
    carol = server.add_user("carol")
    folder = carol.home()
    contents = [os.urandom(1 << 20) * TWICE_MIB, os.urandom(1 << 20) * TWICE_MIB]
    answers = [None, None]

    def send(i):
        client = server.client("carol")
        kind, body = multipart("same.bin", contents[i])
        answers[i] = client.post(f"/api/v1/folders/{folder}/files", body, headers={"Content-Type": kind}, timeout=300)
        client.close()
    threads = [threading.Thread(target=send, args=(i,)) for i in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    equal("one is answered with 201, one with 409", sorted(answer.status for answer in answers), [201, 409])
    winner = next(i for i in (0, 1) if answers[i].status == 201)
    files = carol.get(f"/api/v1/folders/{folder}/files").json()["items"]
    equal("one file is there", [(f["name"], f["size"]) for f in files], [("same.bin", TWICE_MIB << 20)])
    check("it is the winner's, whole", carol.download(files[0]["id"]).body == contents[winner])


def main(mib):
    with Server() as server:
        section(one_large_file, server, mib)
        section(two_of_one_name, server)
        equal("the server stops cleanly", server.stop(), 0)
        # of the loser, and of nothing else, a blob must not stay
        blobs = [name for _, _, names in os.walk(os.path.join(server.data, "keeper/blobs")) for name in names]
        equal("two blobs are stored", len(blobs), 2)
    finish()


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--mib", type=int, default=4096)
    main(options.parse_args().mib)
