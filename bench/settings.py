"""What the environment says about a run; see `run`."""
import os
import sys

from measure import MIB

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def setting(name, default, most):
    text = os.environ.get(name, str(default))
    if not text.isdigit() or not 1 <= int(text) <= most:
        sys.exit(f"bench: {name}={text}: must be a number from 1 to {most}")
    return int(text)


SIZE = setting("BENCH_SIZE_MIB", 1024, 1 << 20) * MIB
RUNS = setting("BENCH_RUNS", 5, 1000)
SECONDS = setting("BENCH_SECONDS", 10, 3600)
SESSIONS = setting("BENCH_SESSIONS", 100, 3000)
PEERS = os.environ.get("BENCH_PEERS", "sshd proftpd bulkhead").split()
PROGRAMS = os.path.abspath(os.environ.get("BENCH_PROGRAMS", f"{ROOT}/build/release/bin"))


def say(text):
    print(f"bench: {text}", file=sys.stderr, flush=True)


def make_payload(path):
    with open(path, "wb") as file:
        for _ in range(SIZE // MIB):
            file.write(os.urandom(MIB))
        file.flush()
        os.fsync(file.fileno())
