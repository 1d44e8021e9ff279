"""What a live process holds (breach suite R-110 to R-113): descriptors, channels, namespaces, user, capabilities, memory; and what
happens when it crashes. Descriptors and memory of sandboxed processes can be seen by root only.
"""
import base64
import hashlib
import os
import re
import signal
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "support"))
import census
from hostile import Target, tool
from server import PASSWORD, ROOT, Raw, check, equal, finish, section, skip

NO_CAPABILITIES = "0000000000000000"
UID_BASE = 64_200
UIDS = {"signet": 1, "vault": 2, "warden": 3, "keeper": 4, "hasher": 5, "porter": 6, "gate-http": 7, "chronicle": 9, "mailer": 10}
ROOTS = {"chronicle": "chronicle", "signet": "signet", "vault": "vault", "warden": "warden", "keeper": "keeper", "hasher": "empty", "porter": "empty", "gate-http": "empty"}
# number: what; src/ipc/descriptors.h, and nothing beyond. The connection of a gate stands apart.
GATE = {0: "null", 1: "null", 2: "pipe", 3: "channel", 4: "root", 5: "channel", 6: "channel", 7: "channel", 8: "channel", 9: "ring", 10: "channel"}
PORTER = {0: "null", 1: "null", 2: "pipe", 3: "channel", 4: "root", 5: "channel", 6: "channel", 7: "channel"}
# who holds a channel to whom; a hasher talks to warden, and goes
WHO_TALKS_TO_WHOM = {
    "gate-http": {"hull", "warden", "keeper", "porter", "signet", "chronicle"}, "porter": {"hull", "gate-http", "keeper", "vault"},
    "keeper": {"hull", "gate-http", "porter", "vault", "chronicle"}, "vault": {"hull", "porter", "warden", "keeper", "chronicle"}, "signet": {"hull", "gate-http"},
    "warden": {"hull", "gate-http", "vault", "hasher", "chronicle"}, "chronicle": {"hull", "gate-http", "keeper", "vault", "warden"}, "hasher": {"hull", "warden"},
    "hull": {"gate-http", "porter", "keeper", "vault", "signet", "warden", "hasher", "chronicle", "nobody"}}  # nobody: the administration socket
SIZE = 24 * 1024 * 1024


def kind_of(what, server, peers):
    socket = re.fullmatch(r"socket:\[(\d+)\]", what)
    if socket:
        return "channel" if int(socket.group(1)) in peers else "connection"
    if what == "/dev/null":
        return "null"
    if what.startswith("pipe:"):
        return "pipe"
    if what.startswith("/memfd:ring"):
        return "ring"
    if what in ("/", os.path.join(server.data, "empty")):  # of its own mounts, or of the host's
        return "root"
    return what


def live(server, name):
    """{pid: {number: kind}} of the processes of this name"""
    peers = census.unix_peers()
    return {pid: {number: kind_of(what, server, peers) for number, what in census.descriptors(pid).items()}
            for pid, process in census.processes(server).items() if process == name}


def gate_of(server, client):
    """(pid of the gate, pid of the porter) that serve this connected client"""
    client.get("/api/v1/users/self")
    port = client.connection.sock.getsockname()[1]
    lines = [line.split() for line in open("/proc/net/tcp")]
    inode = next((words[9] for words in lines if words[2].endswith(f":{port:04X}") and words[9] != "0"), None)
    if inode is None:
        raise RuntimeError(f"no connection from port {port}: {[words for words in lines if f':{port:04X}' in words[1] + words[2]]} {server.log_lines()[-3:]}")
    peers, gate, porters = census.unix_peers(), None, {}
    for pid, name in census.processes(server).items():
        sockets = {int(found) for found in re.findall(r"socket:\[(\d+)\]", " ".join(census.descriptors(pid).values()))}
        if name == "gate-http" and int(inode) in sockets:
            gate, held = pid, sockets
        elif name == "porter":
            porters[pid] = sockets
    return gate, next(pid for pid, sockets in porters.items() if any(peers.get(inode) in held for inode in sockets))


def descriptors(server):
    """R-110: the descriptors of gates and porters, waiting and serving"""
    alice = server.add_user("alice")
    alice.upload(alice.home(), "a.bin", b"x" * 300_000)
    gate, porter = gate_of(server, alice)
    gates, porters = live(server, "gate-http"), live(server, "porter")
    serving = gates.pop(gate)
    equal("a serving gate holds its list and one connection", sorted(serving.values()), sorted([*GATE.values(), "connection"]))
    equal("with the numbers it was started with", {number: serving.get(number) for number in GATE}, GATE)
    equal("a porter holds its list", porters.pop(porter), PORTER)
    check("gates that wait hold the same without a connection", gates and all(found == GATE for found in gates.values()), gates)
    check("porters that wait hold the same", porters and all(found == PORTER for found in porters.values()), porters)


def channels(server):
    """R-110: who holds a channel to whom, over all processes"""
    found = {}
    for name, other in census.channels(server):
        found.setdefault(name, set()).add(other)
    for name, others in WHO_TALKS_TO_WHOM.items():
        if name == "hasher" and name not in found:
            continue
        check(f"{name} talks to no one else", found.get(name, set()) <= others, found.get(name, set()) - others)
    for name, other in (("gate-http", "vault"), ("keeper", "warden"), ("gate-http", "gate-http"), ("porter", "warden"), ("porter", "signet"), ("porter", "chronicle"), ("signet", "chronicle")):
        check(f"no channel between {name} and {other}", other not in found.get(name, set()) and name not in found.get(other, set()))
    check("gates, porters, keeper, vault, warden, signet and chronicle were all seen", set(WHO_TALKS_TO_WHOM) - {"hasher"} <= set(found), found)


def identity(server):
    """R-110: user, groups, capabilities, namespaces, root directory, limits, filter of every process"""
    own = census.namespaces("self")
    for pid, name in census.processes(server).items():
        if name in ("hull", "hasher", "mailer"):  # a hasher lives for one password, a mailer for one message
            continue
        status = census.status(pid)
        uid = str(UID_BASE + UIDS[name])
        wrong = {key: status[key] for key, want in (
            ("Uid", [uid] * 4), ("Gid", [uid] * 4), ("Groups", []), ("CapInh", [NO_CAPABILITIES]), ("CapPrm", [NO_CAPABILITIES]), ("CapEff", [NO_CAPABILITIES]),
            ("CapAmb", [NO_CAPABILITIES]), ("NoNewPrivs", ["1"]), ("Seccomp", ["2"]), ("Threads", ["1"])) if status[key].split() != want}
        equal(f"{name} {pid}: uid {uid}, no groups, no capabilities, no new privileges, a filter, one thread", wrong, {})
        shared = {each for each, where in census.namespaces(pid).items() if where == own[each]}
        equal(f"{name} {pid}: network, mounts, IPC and host name of its own", shared, {"user", "pid"})
        own_root = os.path.samestat(os.stat(f"/proc/{pid}/root/"), os.stat(os.path.join(server.data, ROOTS[name])))
        check(f"{name} {pid}: sees its own directory only", own_root, os.readlink(f"/proc/{pid}/root"))
        limits = {line[:26].strip(): line[26:].split()[:2] for line in open(f"/proc/{pid}/limits")}
        tight = limits["Max core file size"] == ["0", "0"] and limits["Max processes"] == ["0", "0"]
        check(f"{name} {pid}: no core file, no second process", tight, limits)
        if name == "gate-http":
            equal(f"{name} {pid}: may write no file at all", limits["Max file size"], ["0", "0"])
        equal(f"{name} {pid}: an empty network, without a loopback even", [line for line in open(f"/proc/{pid}/net/dev").read().split("\n")[2:] if line and "lo:" not in line], [])
        equal(f"{name} {pid}: an empty environment", open(f"/proc/{pid}/environ", "rb").read(), b"")


def private_scalar(server):
    """The 32 bytes of the TLS key, as they may lie in memory: in either order"""
    lines = open(os.path.join(server.data, "signet", "tls.key")).read().split("\n")
    der = base64.b64decode("".join(line for line in lines if not line.startswith("-")))
    at = der.index(b"\x02\x01\x01\x04\x20") + 5
    return {"the TLS key": der[at:at + 32], "the TLS key, low end first": der[at:at + 32][::-1]}


def memory(server):
    """R-111: keys and other people's secrets are not in the memory of a gate or porter; a file key is gone with its transfer"""
    secret = "Bob's own pass phrase 91!"
    bob = server.add_user("bob", password=secret)
    bob.get("/api/v1/users/self")
    alice = server.add_user("anna")
    content = hashlib.shake_128(b"planted").digest(1 << 16) * (SIZE >> 16)
    file = alice.upload(alice.home(), "large.bin", content).json()["id"]
    names = census.processes(server)
    keys = {"root.key": os.path.join(server.data, "vault", "root.key"), "pepper.key": os.path.join(server.data, "vault", "pepper.key"),
            "ledger.key": os.path.join(server.data, "vault", "ledger.key"), "capability.key": os.path.join(server.data, "warden", "capability.key")}
    markers = {name: open(path, "rb").read() for name, path in keys.items()}
    markers.update(private_scalar(server))
    signet, vault = (next(pid for pid, name in names.items() if name == wanted) for wanted in ("signet", "vault"))
    check("control: signet does hold the TLS key", sum(census.holds(signet, marker) for name, marker in markers.items() if "TLS" in name) > 0)
    check("control: the vault does hold its root key", census.holds(vault, markers["root.key"]) > 0)
    tag, wrapped = server.catalog("SELECT v.tag, v.wrapped_key FROM files f JOIN versions v ON v.id = f.version WHERE f.id = ?", int(file))[0]
    tenant = server.catalog("SELECT id FROM organisations WHERE id <> 0")[0][0]
    file_key = bytes.fromhex(tool("unwrap", os.path.join(server.data, "vault"), tag.hex(), wrapped.hex(), tenant))
    gate, porter = gate_of(server, alice)
    equal("after her upload the file key is not in her porter", census.holds(porter, file_key), 0)

    token = alice.token
    raw = Raw(server, 60)
    port = raw.socket.getsockname()[1]
    raw.send(f"GET /api/v1/files/{file}/download HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n\r\n".encode())
    got = raw.socket.recv(65_536)
    check("the download has begun", b" 200 " in got[:20], got[:200])
    time.sleep(1.0)  # everything is full now: the porter waits, in the middle of the file

    class Stalled:
        class connection:
            sock = raw.socket

        @staticmethod
        def get(_):
            return None
    gate, porter = gate_of(server, Stalled)
    check("control: the porter holds the file key while it sends", census.holds(porter, file_key) > 0)
    equal("the gate never does", census.holds(gate, file_key), 0)
    body = got.split(b"\r\n\r\n", 1)[1] if b"\r\n\r\n" in got else b""
    while len(body) < SIZE:
        body += raw.socket.recv(1 << 20)
    check("the download is whole", body == content)
    gone = server.wait_until(lambda: census.holds(porter, file_key) == 0, 2.0)
    check("the file key is gone from the porter's memory when the transfer has ended", gone, census.holds(porter, file_key))
    equal("and is not in the gate's", census.holds(gate, file_key), 0)
    everyone = {pid: name for pid, name in census.processes(server).items() if name in ("gate-http", "porter")}
    bobs_gate = gate_of(server, bob)[0]
    check("control: Bob's token is in the gate that serves him", census.holds(bobs_gate, bob.token.encode()) > 0)
    held = []
    for pid, name in everyone.items():
        held += [(what, name, pid) for what, marker in {**markers, "Bob's password": secret.encode()}.items() if census.holds(pid, marker)]
        if pid != bobs_gate and census.holds(pid, bob.token.encode()):
            held.append(("Bob's token", name, pid))
    equal(f"none of {len(everyone)} gates and porters holds a key of signet, vault or warden, Bob's password, or his token but his own gate", held, [])
    keeper = next(pid for pid, name in names.items() if name == "keeper")
    equal("keeper holds no file key", census.holds(keeper, file_key), 0)
    equal("nor Bob's password", census.holds(keeper, secret.encode()), 0)
    raw.close()


def layouts(server):
    """R-112: the memory layouts and stack cookies of fifty workers all differ: each was exec'd"""
    def layout(pid):
        bases = {}
        for line in open(f"/proc/{pid}/maps"):
            words = line.split()
            what = os.path.basename(words[5]) if len(words) > 5 else ""
            if what in ("libc.so.6", "[stack]", "[heap]") or what.startswith("bulkhead-"):
                bases.setdefault(what, words[0])
        auxiliary = open(f"/proc/{pid}/auxv", "rb").read()
        at = next(int.from_bytes(auxiliary[i + 8:i + 16], "little") for i in range(0, len(auxiliary), 16) if int.from_bytes(auxiliary[i:i + 8], "little") == 25)
        with open(f"/proc/{pid}/mem", "rb", 0) as mem:
            mem.seek(at)
            bases["cookie"] = mem.read(16)
        return bases
    server.wait_until(lambda: len(live(server, "gate-http")) >= 50 and len(live(server, "porter")) >= 50, 30)
    for name in ("gate-http", "porter"):
        found = [layout(pid) for pid in live(server, name)]
        check(f"fifty of {name} run", len(found) >= 50, len(found))
        for part in sorted(found[0]):
            equal(f"{name}: the places of {part} all differ", len({each[part] for each in found}), len(found))


def crashes(server):
    """R-113: fifty gates crash within a moment: each is counted and logged, service goes on"""
    def trouble():
        return server.trouble()[0]
    before, since = trouble(), len(server.log_lines())
    client = server.client("admin")
    equal("a session before", client.get("/api/v1/users/self").status, 200)
    own = gate_of(server, client)[0] if ROOT else None
    victims = [pid for pid, name in census.processes(server).items() if name == "gate-http" and pid != own][:50]
    for pid in victims:
        os.kill(pid, signal.SIGSEGV)
    # Until hull has heard of it a connection may still be handed to a dead gate: it is reset, as at any crash.
    check(f"each of the {len(victims)} crashes is counted", server.wait_until(lambda: trouble() - before >= len(victims)), trouble() - before)
    slowest = 0.0
    for _ in range(5):
        start = time.monotonic()
        fresh = server.client("admin")
        equal("a new connection signs on", fresh.get("/api/v1/users/self").status, 200)
        slowest = max(slowest, time.monotonic() - start)
        fresh.close()
    check("within 5 s each, although every worker in stock had died", slowest < 5.0, slowest)
    check("an old session goes on", client.get("/api/v1/users/self").status == 200)
    logged = {record["said"].get("pid") for record in server.log_records(since) if record["said"]["event"] == "process crashed"}
    equal("and logged with its pid", {str(pid) for pid in victims} - logged, set())
    equal("nothing was started over", [record for record in server.log_records(since) if record["said"]["event"] == "restart"], [])


def main():
    tests = {test.__name__: test for test in (descriptors, channels, identity, memory, layouts, crashes)}
    with Target({"server": {"ready_gates": 50}}) as server:
        for name in sys.argv[1:] or tests:
            if not ROOT:
                skip(name, "only root may look into a sandboxed process")
            else:
                section(tests[name], server)
    if not ROOT:
        print("0 failed; run as root for the census")
        sys.exit(0)
    finish()


main()
