"""kill -9 of a randomly chosen process at random moments, under mixed load; nothing that was promised is lost.

    BULKHEAD_BIN=build/release/bin python3 tests/soak_kill.py [--kills 300] [--seed N]

Checked every CHECK_EVERY kills on a server at rest, and at the end: every acknowledged upload is there and identical;
what was not sent completely is visible to nobody; what is in doubt is absent or whole; every byte that a client got is
in the ledger under a release to that user, and the ledger verifies; service came back in time; after a clean restart no
blob is there that the catalog does not know. The seed decides what is killed and sent; the machine decides when.
"""
import argparse
import json
import os
import random
import sqlite3
import subprocess
import sys
import threading
import time

from support.kill_load import LOST, MAY_EXIST, Load, Worker
from support.server import BIN, Server, check, equal, finish

USERS = ("ann", "ben", "cat")
WORKERS = 6
CHECK_EVERY = 25
SAMPLE = 12                # acknowledged uploads read again at a check; at the end all are
OUTAGE_MAX_S = 40          # longest gap between two answers to the probe: back-off, start, and a slow machine
SHARED_KILLS_MAX = 6       # without a kill of hull between them: each doubles the back-off of hull
LEDGER_WAIT_S = 15

# what the kernel calls a process: its kind, and how often it is chosen
KINDS = {"bulkhead-hull": 2, "bulkhead-signet": 2, "bulkhead-vault": 3, "bulkhead-warden": 2, "bulkhead-keeper": 3, "bulkhead-chroni": 2,
         "bulkhead-hasher": 2, "bulkhead-porter": 4, "bulkhead-gate-h": 4}
SHARED = ("bulkhead-signet", "bulkhead-vault", "bulkhead-warden", "bulkhead-keeper", "bulkhead-chroni")


class Probe(threading.Thread):
    """Asks who it is over a new connection, again and again; the longest time without an answer is the outage."""

    def __init__(self, load):
        super().__init__(daemon=True)
        self.load, self.last_kill, self.outages, self.stopped = load, "-", [], False
        self.last_success = time.monotonic()
        self.start()

    def run(self):
        worker = Worker(self.load, USERS[0], 1000, 0)
        while not self.stopped:
            try:
                if worker.token is None:
                    worker.sign_on()
                answered = worker.ask("GET", "/api/v1/users/self")[0] == 200
            except LOST:
                answered = False
            worker.close()
            now = time.monotonic()
            if answered:
                self.outages.append((now - self.last_success, self.last_kill))
                self.last_success = now
            time.sleep(0.05)

    def wait(self, seconds):
        """Whether an answer came to a probe that began after this call."""
        begun, until = time.monotonic(), time.monotonic() + seconds
        while time.monotonic() < until:
            if self.last_success > begun + 0.5:
                return True
            time.sleep(0.05)
        return False


class Killer:
    def __init__(self, server, probe, seed):
        self.server, self.probe, self.random = server, probe, random.Random(f"{seed}/kills")
        self.killed = {kind: 0 for kind in KINDS}
        self.shared_in_row, self.starts = 0, 0

    def processes(self):
        """kind -> pids, hull and its children"""
        hull = self.server.process.pid
        found = {"bulkhead-hull": [hull]}
        try:
            children = open(f"/proc/{hull}/task/{hull}/children").read().split()
        except OSError:
            return found
        for pid in children:
            try:
                found.setdefault(open(f"/proc/{pid}/comm").read().strip(), []).append(int(pid))
            except OSError:
                continue
        return found

    def choose(self, left):
        if self.shared_in_row >= SHARED_KILLS_MAX:
            return "bulkhead-hull"
        # Twice: a kill of hull may have to come before each.
        missing = [kind for kind, count in self.killed.items() if count == 0]
        if missing and (2 * len(missing) >= left or self.random.random() < 0.5):
            return self.random.choice(missing)
        return self.random.choices(list(KINDS), KINDS.values())[0]

    def kill_one(self, left):
        """Whether a process was killed; `left` kills are still to be made."""
        kind = self.choose(left)
        until = time.monotonic() + 10
        pids = []
        while not pids and time.monotonic() < until:  # a hasher lives only while somebody signs on
            pids = self.processes().get(kind, [])
            time.sleep(0 if pids else 0.002)
        if not pids:
            return False
        if kind in SHARED or kind == "bulkhead-hull":
            self.probe.last_kill = kind  # the end of another is no outage
        if kind == "bulkhead-hull":
            self.kill_hull()
        else:
            try:
                os.kill(self.random.choice(pids), 9)
            except ProcessLookupError:
                return False
            self.shared_in_row += kind in SHARED
        self.killed[kind] += 1
        return True

    def kill_hull(self):
        """Half of the time the next server starts while the processes of the last one are still ending."""
        if self.random.random() < 0.5:
            self.server.kill()
        else:
            self.server.process.kill()
            self.server.process.wait()
        self.server.start()
        self.shared_in_row = 0
        self.starts += 1


def page_files(client, folder):
    items, page = [], 1
    while True:
        answer = client.get(f"/api/v1/folders/{folder}/files?perPage=500&page={page}")
        if answer.status != 200:
            raise RuntimeError(f"list of {folder}: {answer}")
        part = answer.json()["items"]
        items += part
        page += 1
        if len(part) < 500:
            return items


def settle(load, seen):
    """Compares what the administrator sees with what was promised, and resolves doubts. Answers what is wrong."""
    wrong = []
    known = {item.name: item for item in load.uploads()}
    for name, item in known.items():
        file = seen.get(name)
        if file is None:
            if item.state == "done":
                wrong.append(f"LOST: {name}, {item.size} bytes")
                load.lost += 1
            elif item.state in MAY_EXIST:
                item.state = "gone"
            continue
        if item.state not in MAY_EXIST:
            wrong.append(f"{name} is visible, and is {item.state}")
        elif file["size"] != item.size:
            wrong.append(f"{name} has {file['size']} bytes, not {item.size}")
        else:
            item.id, item.state = file["id"], "done"
    return wrong + [f"{name} is visible, and nobody sent it" for name in seen if name not in known]


def read_again(load, server, items):
    """Each by its uploader; answers what is not identical."""
    clients = {user: server.client(user) for user in USERS}
    wrong = []
    for item in items:
        answer = clients[item.user].download(item.id)
        if answer.status != 200 or answer.body != item.content(load.pool):
            wrong.append(f"{item.name}: {answer.status}, {len(answer.body)} bytes of {item.size}")
        else:
            load.delivered(item, 0, item.size)
    for client in clients.values():
        client.close()
    return wrong


def ledger_report(server):
    done = subprocess.run([f"{BIN}/bulkhead-verify", os.path.join(server.data, "vault/ledger"), "--report", "--json"],
                          capture_output=True, text=True, timeout=300)
    return json.loads(done.stdout) if done.returncode == 0 else None


def undisclosed(load, report):
    """What clients got and the ledger does not say: the releases, and the bytes of each."""
    releases = {}
    for line in report["released_bytes_known"] + report["released_bytes_unknown"]:
        if line["purpose"] == "download":
            ranges = line.get("ranges")
            if ranges is None:
                ranges = [{"offset": 0, "length": line["size"]}]
            releases.setdefault((line["username"], str(line["file"])), []).append(ranges)
    got = {}
    for user, file, first, length in load.deliveries:
        got.setdefault((user, str(file)), []).append((first, length))
    wrong = []
    for key, parts in got.items():
        told = releases.get(key, [])
        if len(told) < len(parts):
            wrong.append(f"{key}: {len(parts)} downloads, {len(told)} releases")
        ranges = sorted((r["offset"], r["offset"] + r["length"]) for each in told for r in each)
        if sum(length for _, length in parts) > sum(end - start for start, end in ranges):
            wrong.append(f"{key}: more bytes arrived than the ledger says")
        for first, length in parts:
            reached = first
            for start, end in ranges:
                if start <= reached < end:
                    reached = end
            if reached < first + length:
                wrong.append(f"{key}: got {first}..{first + length}, the ledger covers it up to {reached}")
    return wrong


def check_at_rest(load, server, probe, label, everything=False):
    if not check(f"{label}: the load comes to rest", load.pause()):
        return
    check(f"{label}: the server answers within {OUTAGE_MAX_S} s", probe.wait(OUTAGE_MAX_S))
    admin = server.client("admin")
    seen = {file["name"]: file for folder in load.homes.values() for file in page_files(admin, folder)}
    admin.close()
    equal(f"{label}: {len(load.uploads())} uploads are as promised, {len(seen)} files are seen", settle(load, seen)[:5], [])
    done = [item for item in load.uploads() if item.state == "done"]
    chosen = done if everything else random.Random(load.numbers).sample(done, min(SAMPLE, len(done)))
    equal(f"{label}: {len(chosen)} of {len(done)} acknowledged files read again are identical", read_again(load, server, chosen)[:5], [])
    verified = server.cli("ledger", "verify")
    equal(f"{label}: the ledger verifies", (verified.returncode, verified.stderr if verified.returncode else ""), (0, ""))
    until = time.monotonic() + LEDGER_WAIT_S
    wrong = ["the report could not be made"]
    while wrong and time.monotonic() < until:  # what a porter still had to tell
        report = ledger_report(server)
        wrong = undisclosed(load, report) if report else wrong
        time.sleep(0.5 if wrong else 0)
    equal(f"{label}: all that {len(load.deliveries)} downloads got is in the ledger", wrong[:5], [])
    equal(f"{label}: no other contradiction", load.problems[:5], [])
    load.resume()


def no_orphans(load, server):
    equal("the server stops cleanly", server.stop(), 0)
    server.start()
    time.sleep(5)  # blobs without a file are removed in turns
    equal("and once more", server.stop(), 0)
    blobs = {name for _, _, names in os.walk(os.path.join(server.data, "keeper/blobs")) for name in names}
    with sqlite3.connect(f"file:{server.data}/keeper/catalog.db?mode=ro", uri=True) as catalog:
        rows = {name for name, in catalog.execute("SELECT blob FROM versions WHERE blob IS NOT NULL")}
        drafts = catalog.execute("SELECT count(*) FROM drafts").fetchone()[0]
        damage = catalog.execute("PRAGMA integrity_check").fetchone()[0]
    equal(f"the {len(rows)} blobs of the catalog are the blobs there are", (len(blobs - rows), len(rows - blobs)), (0, 0))
    equal("no draft is left, and the catalog is sound", (drafts, damage), (0, "ok"))
    report = ledger_report(server)
    equal("after the restart all that was delivered is in the ledger", undisclosed(load, report)[:5] if report else "no report", [])


def table(load, killer, probe, seconds):
    uploads = load.uploads()
    longest, after = max(probe.outages, default=(0, "-"))
    lines = [("kills", sum(killer.killed.values()))] + [(f"  {kind}", count) for kind, count in killer.killed.items()]
    lines += [("uploads acknowledged", load.counts.get("uploads 201", 0)), ("uploads lost", load.lost)]
    lines += [(what, load.counts[what]) for what in sorted(load.counts)]
    lines += [(f"now {state}", sum(item.state == state for item in uploads)) for state in ("done", "gone", "partial", "refused")]
    lines += [("MiB in files", sum(item.size for item in uploads if item.state == "done") >> 20), ("releases that reached a client", len(load.deliveries)),
              ("longest outage", f"{longest:.2f} s after {after}"), ("run time", f"{seconds:.0f} s")]
    print("\n" + "\n".join(f"{what:34} {value}" for what, value in lines), flush=True)


def log_summary(server):
    """What the processes said of it."""
    counts = {}
    for record in server.log_records():
        said = record["said"]
        if said["level"] in ("error", "warning"):
            key = f"{record['process']}: {said['event']}"
            counts[key] = counts.get(key, 0) + 1
    for key, count in sorted(counts.items(), key=lambda each: -each[1]):
        print(f"  log  {count:5} {key}")


def soak(kills, seed):
    print(f"seed {seed}, {kills} kills", flush=True)
    begun = time.monotonic()
    with Server() as server:
        load = Load(server, USERS, WORKERS, seed)
        probe = Probe(load)
        killer = Killer(server, probe, seed)
        time.sleep(2)
        done = attempts = 0
        while done < kills and attempts < kills * 3:
            attempts += 1
            time.sleep(min(killer.random.expovariate(1 / 0.6), 2.5) if killer.random.random() < 0.9 else 0)
            if not killer.kill_one(kills - done):
                continue
            done += 1
            if done % CHECK_EVERY == 0 and done < kills:
                check_at_rest(load, server, probe, f"after {done} kills")
        equal("all kills were made", done, kills)
        equal("each kind of process was hit", [kind for kind, count in killer.killed.items() if count == 0], [])
        check_at_rest(load, server, probe, "at the end", everything=True)
        probe.stopped = True
        load.stop()
        no_orphans(load, server)
        longest = max(probe.outages)[0]
        check(f"the longest outage, {longest:.2f} s, is below {OUTAGE_MAX_S} s", longest < OUTAGE_MAX_S)
        check("uploads, downloads and deletes succeeded", all(load.counts.get(what, 0) > 0 for what in ("uploads 201", "downloads 200", "downloads 206")))
        table(load, killer, probe, time.monotonic() - begun)
        log_summary(server)
    finish()


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--kills", type=int, default=300)
    options.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 31))
    chosen = options.parse_args()
    sys.exit(soak(chosen.kills, chosen.seed))
