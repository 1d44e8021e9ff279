"""R-045: how long a refusal takes tells nobody whether the name exists: over HTTP for passwords and links for new ones, and over
SSH for methods, keys and passwords.

    test_timing.py                     some samples and a coarse bound, for every build
    test_timing.py --samples 2000      the bound of R-045: medians within 1 ms, or no difference in distribution (KS, p > 0.01)

Known and unknown names take turns at random, each from a source of its own, so that what the machine does meanwhile falls on both.
"""
import argparse
import math
import random
import statistics
import time
import urllib.parse

from support.server import PASSWORD, Raw, Server, check, finish, section, server_is_well
from support.ssh_raw import USERAUTH_FAILURE, new_key, public_blob, public_line, string
from support.ssh_raw import Client as Ssh

KNOWN = ("anna-known", "bert-known", "carl-known")
COARSE = (0.15, 0.001)  # of the median beyond 1 ms; p
CHANCE = random.Random(45)


def source():
    """An address of loopback in a network that was not used just now: failures are counted by networks."""
    return f"127.{CHANCE.randrange(1, 250)}.{CHANCE.randrange(250)}.9"


def name_of(known):
    return CHANCE.choice(KNOWN) if known else "".join(CHANCE.choice("abcdefghij") for _ in range(4)) + "-known"


def timed(action):
    began = time.perf_counter()
    answer = action()
    return time.perf_counter() - began, answer


def http_sample(server, known):
    """{what: seconds} of one refusal over HTTP"""
    body = urllib.parse.urlencode({"grant_type": "password", "username": name_of(known), "password": "not the password 7"}).encode()
    with Raw(server, source=source()) as raw:
        raw.send(b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n").read_answer()
        took, answer = timed(lambda: raw.send(b"POST /api/v1/token HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(body) + body).read_answer())
        name = b'{"username":"%s"}' % name_of(known).encode()
        link = timed(lambda: raw.send(b"POST /api/bulkhead/v1/password-resets HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(name) + name).read_answer())
    return {"HTTP, password": (took, (answer.status, answer.body)), "HTTP, a link for a new password": (link[0], (link[1].status, link[1].body))}


def ssh_sample(server, known):
    """The same over SSH: what may be tried, a key that is nobody's, a password"""
    name = name_of(known)
    with Ssh(server.ssh_port).shake().start_auth() as client:
        return {"SSH, methods": timed(lambda: client.auth(name, "none")), "SSH, key": timed(lambda: client.auth(name, "publickey", b"\0" + string("ssh-ed25519") + string(public_blob(new_key())))),
                "SSH, password": timed(lambda: client.password(name, "not the password 7"))}


def distance(one, other):
    """Kolmogorov and Smirnov: the distance of two samples, and how probable one as large is if they are of one distribution."""
    one, other = sorted(one), sorted(other)
    i = j = 0
    most = 0.0
    while i < len(one) and j < len(other):
        at = min(one[i], other[j])
        while i < len(one) and one[i] <= at:
            i += 1
        while j < len(other) and other[j] <= at:
            j += 1
        most = max(most, abs(i / len(one) - j / len(other)))
    size = math.sqrt(len(one) * len(other) / (len(one) + len(other)))
    scaled = (size + 0.12 + 0.11 / size) * most
    tail = 2 * sum((-1) ** (k - 1) * math.exp(-2 * k * k * scaled * scaled) for k in range(1, 101))
    return most, min(1.0, max(0.0, tail)) if scaled > 0.2 else 1.0


def the_measure_itself(_):
    """it tells samples apart that differ, and takes those for the same that do not"""
    same = [[CHANCE.gauss(100, 5) for _ in range(500)] for _ in range(2)]
    later = [value + 3 for value in same[1]]
    check("two samples of one distribution", distance(*same)[1] > 0.01, distance(*same))
    check("one that is later by 3 of 100", distance(same[0], later)[1] < 0.001, distance(same[0], later))


def refusals(server, samples, coarse):
    """known and unknown names: the same bytes, and no difference in time"""
    times, answers = {}, {}
    turns = [(sample, known) for sample in (http_sample, ssh_sample) for known in (True, False) for _ in range(samples)]
    CHANCE.shuffle(turns)
    for sample, known in turns:
        for what, (took, answer) in sample(server, known).items():
            times.setdefault(what, {True: [], False: []})[known].append(took * 1000)
            answers.setdefault(what, {True: set(), False: set()})[known].add(answer)
    for what, (known, unknown) in ((what, (both[True], both[False])) for what, both in sorted(times.items())):
        middle = statistics.median(known), statistics.median(unknown)
        most, p = distance(known, unknown)
        print(f"        {what}: n = {len(known)} and {len(unknown)}; medians {middle[0]:.3f} ms known, {middle[1]:.3f} ms unknown; KS distance {most:.4f}, p = {p:.4f}", flush=True)
        allowed, least = (1 + COARSE[0] * min(middle), COARSE[1]) if coarse else (1, 0.01)
        check(f"{what}: no difference in time", abs(middle[0] - middle[1]) <= allowed or p > least, (middle, most, p))
        check(f"{what}: one answer, the same for both", len(answers[what][True]) == 1 and answers[what][True] == answers[what][False], answers[what])
    check("SSH refuses by message", all(answer[0] == USERAUTH_FAILURE for what in answers if what.startswith("SSH") for answer in answers[what][True]), answers)


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--samples", type=int, default=40)
    samples = options.parse_args().samples
    with Server({"sign_on": {"attempts": 1000, "attempts_window_s": 1}, "server": {"ready_gates": 8}}, ssh=True) as server:
        for name in KNOWN:
            server.cli("user", "add", name, "--email", f"{name}@example.com", "--password-stdin", input=PASSWORD + "\n")
        check("a key of one of them", server.cli("user", "key", "add", KNOWN[0], "-", input=public_line(new_key())).returncode == 0)
        section(the_measure_itself, server)
        section(refusals, server, samples, samples < 1000)
        section(server_is_well, server)
    finish()


if __name__ == "__main__":
    main()
