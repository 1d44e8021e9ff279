"""What a process tree costs, what a transfer takes. Linux only: everything comes from /proc."""
import os
import subprocess
import time

TICKS = os.sysconf("SC_CLK_TCK")
MIB = 1 << 20


class Failed(Exception):
    """A measurement that could not be taken; the text says why."""


def stat_fields(pid):
    """The fields of /proc/PID/stat from `state` on, or None when the process is gone."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
            return file.read().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None


def tree_of(root):
    """The pids of a process and all its descendants."""
    children = {}
    for name in os.listdir("/proc"):
        fields = stat_fields(name) if name.isdigit() else None
        if fields:
            children.setdefault(int(fields[1]), []).append(int(name))
    found, left = [], [root]
    while left:
        pid = left.pop()
        found.append(pid)
        left += children.get(pid, [])
    return found


def cpu_seconds(root):
    """User and system time of a tree, the children that it has reaped included."""
    ticks = 0
    for pid in tree_of(root):
        fields = stat_fields(pid)
        if fields:
            ticks += sum(int(value) for value in fields[11:15])  # utime stime cutime cstime
    return ticks / TICKS


def settled_cpu_seconds(root, quiet_s=0.2, limit_s=15):
    """The same once it has stopped growing: a connection's processes have work left when its client has gone."""
    end = time.monotonic() + limit_s
    last, since = cpu_seconds(root), time.monotonic()
    while time.monotonic() < end:
        time.sleep(0.02)
        now = cpu_seconds(root)
        if now != last:
            last, since = now, time.monotonic()
        elif time.monotonic() - since >= quiet_s:
            return now
    return last


def machine_busy_seconds():
    """User, nice, system, interrupt and stolen time of the whole machine."""
    with open("/proc/stat", encoding="ascii") as file:
        values = [int(value) for value in file.readline().split()[1:9]]
    return (sum(values) - values[3] - values[4]) / TICKS


def run_curl(arguments, timeout_s):
    """Runs curl; what -w printed as a dictionary, with the CPU seconds that curl took itself."""
    form = "%{http_code} %{time_total} %{size_upload} %{size_download} %{time_appconnect} %{errormsg}"
    command = ["curl", "--no-progress-meter", "--insecure", "--max-time", str(timeout_s), "--write-out", form]
    command += arguments
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as curl:
        try:
            out, error = curl.stdout.read(), curl.stderr.read()
            _, status, usage = os.wait4(curl.pid, 0)
            curl.returncode = os.waitstatus_to_exitcode(status)
        except BaseException:
            curl.kill()
            raise
    words = out.split(maxsplit=5)
    if curl.returncode != 0 or len(words) < 5:
        raise Failed(f"curl ended with {curl.returncode}: {error.strip() or out.strip()}")
    return {"code": int(words[0]), "seconds": float(words[1]), "sent": int(words[2]), "received": int(words[3]),
            "cpu_s": usage.ru_utime + usage.ru_stime}


def transfer(server, arguments, size, received, timeout_s=300):
    """One transfer of `size` bytes with a server at rest before and after."""
    before, machine_before = settled_cpu_seconds(server.pid), machine_busy_seconds()
    curl = run_curl(arguments, timeout_s)
    machine = machine_busy_seconds() - machine_before
    spent = settled_cpu_seconds(server.pid) - before
    if curl["code"] not in (200, 201, 204):
        raise Failed(f"{server.name} answered {curl['code']}")
    moved = curl["received"] if received else curl["sent"]
    if moved < size:
        raise Failed(f"{server.name}: {moved} of {size} bytes arrived")
    gib = size / (1 << 30)
    return {"seconds": curl["seconds"], "mib_per_s": size / MIB / curl["seconds"], "server_cpu_s_per_gib": spent / gib,
            "client_cpu_s_per_gib": curl["cpu_s"] / gib,
            "foreign_cores": max(0.0, machine - spent - curl["cpu_s"]) / curl["seconds"]}


def memory_kib(pid):
    """Private pages of a process and its share of shared memory; only root may read this of a sandboxed one."""
    values = {}
    with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as file:
        for line in file.readlines()[1:]:
            name, value = line.split()[:2]
            values[name.rstrip(":")] = int(value)
    return {"private": values["Private_Clean"] + values["Private_Dirty"], "ring_share": values.get("Pss_Shmem", 0)}


def rings_of(pid):
    """Identities of the shared memory between a gate and its porter that a process maps."""
    try:
        with open(f"/proc/{pid}/maps", encoding="utf-8", errors="replace") as file:
            return {line.split()[4] for line in file if "/memfd:ring" in line}
    except (FileNotFoundError, ProcessLookupError):
        return set()


def holds_socket(pid, inode):
    try:
        folder = f"/proc/{pid}/fd"
        return any(os.readlink(f"{folder}/{name}") == f"socket:[{inode}]" for name in os.listdir(folder))
    except (FileNotFoundError, ProcessLookupError):
        return False


def socket_inode(local_port, remote_port):
    """Of an IPv4 connection's end in this machine."""
    with open("/proc/net/tcp", encoding="ascii") as file:
        for line in file.readlines()[1:]:
            fields = line.split()
            if [int(fields[at].split(":")[1], 16) for at in (1, 2)] == [local_port, remote_port]:
                return int(fields[9])
    raise Failed("the connection is not in /proc/net/tcp")


def pair_of(server, client_port):
    """The gate and the porter that serve the connection from `client_port`."""
    inode = socket_inode(server.port, client_port)
    pids = tree_of(server.pid)
    gates = [pid for pid in pids if pid != server.pid and holds_socket(pid, inode)]
    if len(gates) != 1:
        raise Failed(f"{len(gates)} processes hold the connection")
    ring = rings_of(gates[0])
    porters = [pid for pid in pids if pid != gates[0] and ring and rings_of(pid) == ring]
    if len(porters) != 1:
        raise Failed(f"{len(porters)} processes share the gate's memory")
    return gates[0], porters[0]
