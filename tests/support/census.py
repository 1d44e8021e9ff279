"""What the processes of a running server hold, from /proc and the kernel's list of sockets. Needs root: they may not be looked at."""
import collections
import os
import re
import socket
import struct

SOCK_DIAG, BY_FAMILY, DUMP = 4, 20, 0x301
UNIX_SHOW_PEER, UNIX_PEER = 4, 2
DONE, ERROR = 3, 2


def processes(server):
    """{pid: name} of this server's processes, hull included; the name without "bulkhead-" """
    found = {}
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            program = os.path.basename(os.readlink(f"/proc/{pid}/exe"))
            if program.startswith("bulkhead-") and server.holds(pid):
                found[int(pid)] = program.removeprefix("bulkhead-")
        except OSError:
            continue
    return found


def unix_peers():
    """{inode: inode of the other end} of every Unix socket of this network namespace (sock_diag(7))"""
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, SOCK_DIAG) as netlink:
        request = struct.pack("=BBHIIIII", socket.AF_UNIX, 0, 0, 0xFFFFFFFF, 0, UNIX_SHOW_PEER, 0xFFFFFFFF, 0xFFFFFFFF)
        netlink.send(struct.pack("=IHHII", 16 + len(request), BY_FAMILY, DUMP, 1, 0) + request)
        peers = {}
        while True:
            data = netlink.recv(1 << 20)
            while data:
                size, kind = struct.unpack_from("=IH", data)
                if kind in (DONE, ERROR):
                    return peers
                inode = struct.unpack_from("=I", data, 16 + 4)[0]
                at = 32
                while at + 4 <= size:
                    length, name = struct.unpack_from("=HH", data, at)
                    if name == UNIX_PEER:
                        peers[inode] = struct.unpack_from("=I", data, at + 4)[0]
                    at += max(4, (length + 3) & ~3)
                data = data[(size + 3) & ~3:]


def descriptors(pid):
    """{number: what it is}, as /proc shows it; of a process that has ended meanwhile, nothing"""
    found = {}
    try:
        for number in os.listdir(f"/proc/{pid}/fd"):
            found[int(number)] = os.readlink(f"/proc/{pid}/fd/{number}")
    except FileNotFoundError:
        pass
    return found


def channels(server):
    """Counter of (process, process at the other end) over every Unix socket that a process of this server holds"""
    names, peers, owner = processes(server), unix_peers(), {}
    held = []
    for pid, name in names.items():
        for what in descriptors(pid).values():
            found = re.fullmatch(r"socket:\[(\d+)\]", what)
            if found:
                owner[int(found.group(1))] = name
                held.append((name, int(found.group(1))))
    return collections.Counter((name, owner.get(peers[inode], "nobody")) for name, inode in held if inode in peers)


def status(pid):
    """The lines of /proc/PID/status as a dictionary"""
    with open(f"/proc/{pid}/status") as file:
        return dict(line.rstrip("\n").split(":\t", 1) for line in file if ":\t" in line)


def namespaces(pid):
    return {name: os.readlink(f"/proc/{pid}/ns/{name}") for name in ("net", "mnt", "ipc", "uts", "user", "pid")}


def memory(pid):
    """(start, bytes) of every readable mapping"""
    with open(f"/proc/{pid}/maps") as maps, open(f"/proc/{pid}/mem", "rb", 0) as mem:
        for line in maps:
            span, rights = line.split()[:2]
            if "r" not in rights or "[vvar" in line or "[vsyscall]" in line:
                continue
            start, end = (int(word, 16) for word in span.split("-"))
            try:
                mem.seek(start)
                yield start, mem.read(end - start)
            except OSError:
                continue


def holds(pid, marker):
    """How many times these bytes stand in the memory of a process"""
    return sum(content.count(marker) for _, content in memory(pid))
