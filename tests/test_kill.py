"""kill -9, in short: one download that is cut in its middle, then soak_kill.py with a few kills."""
import json
import os
import random
import socket
import subprocess
import time

from soak_kill import ledger_report, soak
from support.server import ROOT, Server, check, section, skip

SIZE = 24 << 20


def children_named(server, name):
    """The pids of hull's children of this name."""
    hull = server.process.pid
    found = []
    with open(f"/proc/{hull}/task/{hull}/children") as children:
        for pid in children.read().split():
            with open(f"/proc/{pid}/comm") as comm:
                found += [int(pid)] if comm.read().strip() == name else []
    return found


def ring_of(pid):
    """The shared memory of a gate and its porter."""
    with open(f"/proc/{pid}/maps") as maps:
        return next(line.split()[4] for line in maps if "memfd:ring" in line)


def process_of(server, name, port):
    """The gate or porter that serves the client with this local port."""
    with open("/proc/net/tcp") as table:
        inode = next(line.split()[9] for line in table if line.split()[2].endswith(f":{port:04X}"))
    gate = next(pid for pid in children_named(server, "bulkhead-gate-h")
                if any(os.readlink(f"/proc/{pid}/fd/{number}") == f"socket:[{inode}]" for number in os.listdir(f"/proc/{pid}/fd")))
    return next(pid for pid in children_named(server, name) if ring_of(pid) == ring_of(gate))


def a_cut_download_is_disclosed(server):
    """gate or porter dies while its client reads slowly: the ledger must not say less than the client got"""
    if not ROOT:
        return skip("a cut download", "needs root, to find the process of a connection")
    slow = server.add_user("slow")
    content = random.randbytes(SIZE)
    file = slow.upload(slow.home(), "slow.bin", content).json()["id"]
    for process in ("bulkhead-gate-h", "bulkhead-porter"):
        plain = socket.create_connection(("127.0.0.1", server.port), 20)
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 64 << 10)
        port = plain.getsockname()[1]
        got = b""
        with server.tls().wrap_socket(plain, server_hostname="127.0.0.1") as client:
            client.sendall(f"GET /api/v1/files/{file}/download HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {slow.token}\r\n\r\n".encode())
            while len(got) < 1 << 20:
                got += client.recv(65536)
            time.sleep(1)  # the gate fills every buffer on the way and waits
            os.kill(process_of(server, process, port), 9)
            try:
                while part := client.recv(1 << 20):
                    got += part
            except OSError:
                pass
        body = got.partition(b"\r\n\r\n")[2]
        check(f"{process} was killed: the download was cut after {len(body)} bytes, which are the file's", 0 < len(body) < SIZE and content.startswith(body))
        until, told = time.monotonic() + 10, -1
        while told < len(body) and time.monotonic() < until:
            server.cli("ledger", "verify")  # makes the vault write what it has
            report = ledger_report(server)
            lines = [line for part in ("released_bytes_known", "released_bytes_unknown") for line in report[part] if line["username"] == "slow"]
            last = max(lines, key=lambda line: line["entry"])
            told = last.get("bytes_sent", last["size"])
            time.sleep(0.2)
        check(f"the ledger says {told} bytes, not less", told >= len(body), json.dumps(last))


def main():
    with Server() as server:
        section(a_cut_download_is_disclosed, server)
    soak(kills=14, seed=random.SystemRandom().randrange(1 << 31))


main()
