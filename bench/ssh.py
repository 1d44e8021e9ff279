"""Bulkhead beside sshd (internal-sftp) and ProFTPD (mod_sftp), all with OpenSSH's own client."""
import contextlib
import filecmp
import os
import resource
import shutil
import subprocess
import threading
import time

import measure
import report
from measure import MIB, Failed
from settings import PEERS, PROGRAMS, RUNS, SECONDS, SESSIONS, SIZE, say
from ssh_peers import OurSsh, ProFtpd, Sshd, sshd

FILES, FILE_SIZE = 2_000, 10 * 1024
PARALLEL = 4
TIMEOUT_S = 600
INIT = bytes.fromhex("00000005" "01" "00000003")  # SSH_FXP_INIT, version 3
VERSION = 2  # type of the answer
CHEAP = ["-o", "KexAlgorithms=curve25519-sha256"]  # for the client, which needs 0.1 s of CPU for its first choice
KEX = (("the client's first choice", []), ("curve25519-sha256", CHEAP))


def sftp(server, lines, options=()):
    """One run of the client: seconds from its start to its end, and the CPU seconds that it took with its ssh."""
    command = ["sftp", *server.options(), *options, "-q", "-P", str(server.port), "-b", "-", server.target]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE}
    begin = time.monotonic()
    with subprocess.Popen(command, start_new_session=True, **pipes) as client:
        stop = threading.Timer(TIMEOUT_S, client.kill)
        stop.start()
        try:
            with client.stdin as pipe:
                pipe.write(("\n".join(lines) + "\n").encode())
            said = client.stderr.read()
            _, status, usage = os.wait4(client.pid, 0)
            client.returncode = os.waitstatus_to_exitcode(status)
        finally:
            stop.cancel()
    if client.returncode != 0:
        why = said.decode(errors="replace").strip()[-300:]
        raise Failed(f"{server.name}: sftp ended with {client.returncode}: {why}")
    return time.monotonic() - begin, usage.ru_utime + usage.ru_stime


def measured(server, lines, options=()):
    """The same with what the server spent for it, at rest before and after, and what others used meanwhile."""
    before, machine_before = measure.settled_cpu_seconds(server.pid), measure.machine_busy_seconds()
    seconds, client_cpu = sftp(server, lines, options)
    machine = measure.machine_busy_seconds() - machine_before
    spent = measure.settled_cpu_seconds(server.pid) - before
    return {"seconds": seconds, "server_cpu_s": spent, "client_cpu_s": client_cpu,
            "foreign_cores": max(0.0, machine - spent - client_cpu) / seconds}


class Transfers:
    """One large file, and many small ones, both ways; the servers in turn."""

    def __init__(self, folder, payload, servers):
        self.folder, self.payload, self.servers = folder, payload, servers
        self.small, self.number = f"{folder}/small", 0
        os.mkdir(self.small)
        for number in range(FILES):
            with open(f"{self.small}/f{number:04d}.bin", "wb") as file:
                file.write(os.urandom(FILE_SIZE))

    def prepare(self):
        """The files on each server, and the proof that it gives back what it got."""
        for server in self.servers:
            say(f"{server.name}: store the files, fetch and compare them")
            copy, small = f"{self.folder}/copy", f"{self.folder}/small-copy"
            os.mkdir(small)
            away, stored = f"{server.home}/get-small", f"{server.home}/get.bin"
            sftp(server, [f"put {self.payload} {stored}", f"get {stored} {copy}",
                          f"mkdir {away}", f"put {self.small}/* {away}", f"get {away}/* {small}"])
            same, other, missing = filecmp.cmpfiles(self.small, small, os.listdir(self.small), shallow=False)
            if not filecmp.cmp(self.payload, copy, shallow=False) or len(same) != FILES:
                raise Failed(f"{server.name} gave back other bytes than it got: "
                             f"of the small files {len(other)} are changed and {len(missing)} missing")
            os.unlink(copy)
            shutil.rmtree(small)

    def large(self, server, direction, cipher):
        os.sync()  # what earlier runs left to write is not this run's work
        files = f"{server.home}/get.bin /dev/null" if direction == "get" else f"{self.payload} {server.home}/put.bin"
        run = measured(server, [f"{direction} {files}"], ["-c", cipher])
        if direction != "get":
            sftp(server, [f"rm {server.home}/put.bin"])
        gib = SIZE / (1 << 30)
        return {**run, "mib_per_s": SIZE / MIB / run["seconds"], "server_cpu_s_per_gib": run["server_cpu_s"] / gib,
                "client_cpu_s_per_gib": run["client_cpu_s"] / gib}

    def many(self, server, direction, _):
        os.sync()
        self.number += 1
        away, back = f"{server.home}/small-{self.number}", f"{self.folder}/back-{self.number}"
        if direction == "get":
            os.mkdir(back)
            run = measured(server, [f"get {server.home}/get-small/* {back}"])
            shutil.rmtree(back)
        else:
            run = measured(server, [f"mkdir {away}", f"{direction} {self.small}/* {away}"])
            sftp(server, [f"rm {away}/*", f"rmdir {away}"])
        return {**run, "files_per_s": FILES / run["seconds"],
                "server_cpu_ms_per_file": 1000 * run["server_cpu_s"] / FILES}

    def cell(self, what, run_one, direction, cipher=None):
        """direction: get, put, or put -f, after which the client asks for fsync."""
        servers = [server for server in self.servers if cipher in (None, *server.ciphers)]
        runs = {server.name: [] for server in servers}
        for number in range(RUNS):
            for server in servers:
                run = run_one(server, direction, cipher)
                runs[server.name].append(run)
                say(f"{what} {direction} {cipher or ''} {number + 1}/{RUNS} {server.name:8s} {run['seconds']:7.2f} s  "
                    f"{run['server_cpu_s']:6.2f} CPU s")
        return {"what": what, "direction": direction, "cipher": cipher, "runs": RUNS, "each": runs,
                "summary": {name: report.summary(found) for name, found in runs.items()}}


def sign_on(server, options):
    """A new connection with its session, and an SFTP greeting through it; the client process, with its pipes open."""
    command = ["ssh", *server.options(), *options, "-p", str(server.port), "-s", server.target, "sftp"]
    client = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                              start_new_session=True)
    client.stdin.write(INIT)
    client.stdin.flush()
    answer = client.stdout.read(5)
    if len(answer) != 5 or answer[4] != VERSION:
        sign_off(client)
        raise Failed(f"{server.name}: no SFTP session")
    return client


def sign_off(client):
    client.stdin.close()
    client.stdout.close()
    try:
        client.wait(20)
    except subprocess.TimeoutExpired:
        client.kill()
        client.wait()


def sign_ons(server, what, options):
    """PARALLEL clients, each of which signs on and off again and again for SECONDS."""
    say(f"sign-ons, {server.name}, {what}, {SECONDS} s")
    took, failures, end = [], [], time.monotonic() + SECONDS

    def work():
        while time.monotonic() < end and len(failures) < 20:
            begin = time.monotonic()
            try:
                client = sign_on(server, options)
            except (Failed, OSError) as why:
                failures.append(str(why))
                continue
            took.append(time.monotonic() - begin)
            sign_off(client)
    before, machine_before = measure.settled_cpu_seconds(server.pid), measure.machine_busy_seconds()
    own_before, begin = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    threads = [threading.Thread(target=work) for _ in range(PARALLEL)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds, own = time.monotonic() - begin, resource.getrusage(resource.RUSAGE_CHILDREN)
    machine = measure.machine_busy_seconds() - machine_before
    spent = measure.settled_cpu_seconds(server.pid) - before
    client_cpu = own.ru_utime + own.ru_stime - own_before.ru_utime - own_before.ru_stime
    if not took:
        raise Failed(f"{server.name}: not one sign-on: {failures[0]}")
    return {"server": server.name, "kex": what, "per_second": len(took) / seconds,
            "median_ms": 1000 * report.spread(took)["median"], "server_cpu_ms": 1000 * spent / len(took),
            "client_cpu_ms": 1000 * client_cpu / len(took), "failures": len(failures),
            "foreign_cores": max(0.0, machine - spent - client_cpu) / seconds}


def private_kib(server):
    """Private pages of all processes of a server, and how many those are."""
    pids, whole = measure.tree_of(server.pid), 0
    for pid in pids:
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            whole += measure.memory_kib(pid)["private"]
    return whole, len(pids)


def idle_sessions(server):
    """What the whole server grows by for each signed-on session that waits; the first ones have warmed it up."""
    say(f"{server.name}: {SESSIONS} idle sessions")
    for _ in range(PARALLEL):
        sign_off(sign_on(server, CHEAP))
    time.sleep(2)
    before, processes_before = private_kib(server)
    clients = []
    try:
        for _ in range(SESSIONS):
            clients.append(sign_on(server, CHEAP))
        time.sleep(2)
        after, processes = private_kib(server)
    finally:
        for client in clients:
            client.kill()
        for client in clients:
            sign_off(client)
    measure.settled_cpu_seconds(server.pid)
    return {"server": server.name, "sessions": SESSIONS, "private_kib": (after - before) / SESSIONS,
            "processes": (processes - processes_before) / SESSIONS}


def start_servers(folder, closing):
    key = f"{folder}/id"
    sshd.make_key(key)
    makers = {"sshd": lambda: Sshd(f"{folder}/sshd", key), "proftpd": lambda: ProFtpd(f"{folder}/proftpd", key),
              "bulkhead": lambda: OurSsh(f"{folder}/bulkhead-ssh", PROGRAMS, key)}
    if not set(PEERS) <= set(makers):
        raise Failed(f"BENCH_PEERS: choose among {' '.join(makers)}")
    return [closing.enter_context(makers[name]()) for name in PEERS]


def run_all(folder, payload):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, max(soft, 4 * SESSIONS + 256)), hard))
    results = {"peers": PEERS}
    with contextlib.ExitStack() as closing:
        servers = start_servers(folder, closing)
        transfers = Transfers(folder, payload, servers)
        transfers.prepare()
        large, small = f"{SIZE // MIB} MiB", f"{FILES} x {FILE_SIZE // 1024} KiB"
        results["large"] = [transfers.cell(large, transfers.large, direction, cipher)
                            for cipher in Sshd.ciphers for direction in ("get", "put", "put -f")]
        results["small"] = [transfers.cell(small, transfers.many, direction) for direction in ("get", "put", "put -f")]
        results["sign_ons"] = [sign_ons(server, what, options) for what, options in KEX for server in servers]
        results["idle"] = [idle_sessions(server) for server in servers]
    each = [run for cell in results["large"] + results["small"] for runs in cell["each"].values() for run in runs]
    results["foreign_cores"] = report.spread([run["foreign_cores"] for run in each + results["sign_ons"]])
    return results
