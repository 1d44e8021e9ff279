#!/usr/bin/env python3
"""Which test covers which operation of the REST interface: docs/rest-tests.md, made by running the tests and noting their requests.

    BULKHEAD_BIN=build/release/bin python3 -B tests/rest_coverage.py              says what the page lacks
    BULKHEAD_BIN=build/release/bin python3 -B tests/rest_coverage.py --write      runs the tests, writes the page

A test covers an operation if it got an answer below 400 from it. tests/tidy.py checks the page against the routes.
"""
import os
import re
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)
PAGE = os.path.join(ROOT, "docs", "rest-tests.md")
# The 113 operations of the interface that scripts know, by what they are about. {} stands for an id.
CONTRACT = """
POST /token /token/otp /token/revoke /auth/actasadmin GET /auth/identityproviders
GET /files /files/detailed /files/{} /files/{}/download /files/{}/newstates PATCH /files/{} DELETE /files/{} /files/{}/newstates/{} POST /files/{}/copy /files/{}/move /files/{}/newstates /files/{}/attachments
GET /folders/{}/files /folders/{}/subfolders /folders/{}/content /folders/{}/files/{} /folders/{}/files/{}/download /folders/{}/subfolders/{} POST /folders/{}/files /folders/{}/subfolders DELETE /folders/{}/subfolders/{}
GET /folders /folders/{} /folders/{}/acls PATCH /folders/{} /folders/{}/acls/{} /folders/{}/filemasks /folders/{}/maintenance /folders/{}/miscellaneous /folders/{}/notifications /folders/{}/characterRestrictions
DELETE /folders/{} /folders/{}/acls POST /folders/{}/copy /folders/{}/move /folders/{}/acls PUT /folders/{}/acls
GET /users/self /users /users/{} /users/{}/groups /users/self/externaltokens /users/{}/externaltokens POST /users /users/self/externaltokens PATCH /users/{} DELETE /users/{} /users/self/externaltokens /users/self/externaltokens/{} /users/{}/externaltokens/{}
GET /groups /groups/{}/members POST /groups /groups/{}/members DELETE /groups/{}/members/{}
GET /packages /packages/requirements /packages/{} /packages/{}/recipients /packages/{}/notification POST /packages /packages/attachments PATCH /packages/{} DELETE /packages/{} /packages/attachments/{}
GET /mailboxes /mailboxes/{} /mailboxes/{}/packages /mailboxes/{}/packages/{} POST /mailboxes/{}/packages PATCH /mailboxes/{}/packages/{} DELETE /mailboxes/{}/packages/{} /mailboxes/trash
GET /contacts POST /contacts PATCH /contacts/{} DELETE /contacts/{}
GET /logs /logs/{} /xferstatus /reports /reports/{}/results/download POST /reports/import
GET /organizations /organizations/{} POST /organizations /organizations/{}/maxusercounts /organizations/{}/packageaccess /organizations/{}/passwordreset /organizations/{}/interfaceconfiguration PATCH /organizations/{}
GET /info /serverinfo
GET /settings/adhoctransfer/maintenance/agingexpiration /settings/security/ipwhitelist /settings/security/password/aging/policies /settings/security/userauth/expiration/policies
POST /settings/appearance/brand/logos /settings/miscellaneous/aging/logs /settings/security/ipwhitelist /settings/security/password/aging/policies /settings/security/userauth/expiration/policies /settings/security/remoteaccess/rules /settings/security/password/permissions
PUT /settings/security/ipwhitelist/{} DELETE /settings/security/ipwhitelist/{} PATCH /settings/security/password/aging /settings/security/userauth/expiration
"""
LATER = re.compile("/packages|/mailboxes|/contacts|/reports|/attachments|/adhoctransfer|/packageaccess")  # with packages and reports
NOT_RUN = {"test_http_attacks.py", "test_metacharacters.py", "test_isolation.py", "test_kill.py", "test_full_disk.py", "test_big_transfer.py", "test_census.py", "test_stolen_disk.py", "test_tampered_ledger.py",
           "test_rest_tolerance.py", "test_third_party_clients.py", "test_paths.py", "test_sandbox.py", "test_links.py", "test_reload.py"}
# Routes that no run of a test can have success with, and what covers them instead.
ELSEWHERE = {"POST /api/v1/token/otp": "`tests/test_rest_organisations.py` grants: 401, since no second factor is there yet",
             "GET /api/bulkhead/v1/ledger/tile/{level}/{a}/{b}/{c}": "`tests/test_receipts.py` tree: 404, since it needs 256,000 entries",
             "GET /api/bulkhead/v1/ledger/tile/{level}/{a}/{b}/{c}/{d}": "`tests/test_receipts.py` tree: 404, since it needs 65 million entries"}
HEAD = """# The REST interface, tested

Made by `tests/rest_coverage.py --write`, which runs the tests and notes their requests; `tests/tidy.py` checks that every
route has its row here. Each operation of [the interface](rest.md) stands with a test that had success with it against the
real server. *contract*: one of the 113 operations of the interface that scripts know. Besides, `tests/test_isolation.py` and
`tests/test_openapi.py` go through every operation by themselves.

"""


def contract():
    """{"GET /api/v1/files/{}"}"""
    found, method = set(), ""
    for word in CONTRACT.split():
        if word.startswith("/"):
            found.add(f"{method} /api/v1{word}")
        else:
            method = word
    return found


def routes(code=None):
    """[(method, pattern)] of the table that dispatches, in its order"""
    if code is None:
        with open(os.path.join(ROOT, "src", "gate_http", "routes.cc"), encoding="utf-8") as file:
            code = file.read()
    return [(method.rstrip("_").upper(), pattern) for method, pattern in re.findall(r'Route\{Method::(\w+), "([^"]+)"', code)]


def find(table, method, target):
    """The route that takes this request, as the server finds it: the first that fits. HEAD is GET."""
    method, segments = "GET" if method == "HEAD" else method, target.rstrip("/").split("/")
    for name, pattern in table:
        parts = pattern.rstrip("/").split("/")
        if name == method and len(parts) == len(segments) and all(part.startswith("{") or part == segment for part, segment in zip(parts, segments)):
            return name, pattern
    return None


def tests():
    """Those that ask over REST; first the ones that are about a part of it, since the first that covers an operation is named."""
    for name in sorted(os.listdir(HERE), key=lambda name: (name in ("test_openapi.py", "test_cli.py", "test_sftp_clients.py", "test_transfer.py"), name)):
        if re.fullmatch(r"test_\w+\.py", name) and name not in NOT_RUN and not name.startswith("test_hostile"):
            with open(os.path.join(HERE, name), encoding="utf-8") as file:
                if re.search(r"/api/|/tus|Tus\(", file.read()):
                    yield name


def recorded(table):
    """{route: [(test file, its function)]} by running them"""
    covered = {route: [] for route in table}
    with tempfile.TemporaryDirectory() as scratch:
        path = os.path.join(scratch, "requests")
        for name in tests():
            print(f"runs {name}", flush=True)
            done = subprocess.run([sys.executable, "-B", os.path.join(HERE, name)], env={**os.environ, "BULKHEAD_RECORD": path}, capture_output=True, text=True, check=False)
            if done.returncode != 0:  # what it had success with counts all the same
                print("\n".join([f"{name} fails:", *re.findall(r"^  FAIL .*", done.stdout, re.M)]) + done.stderr[-2000:], flush=True)
        with open(path, encoding="utf-8") as file:
            for line in file:
                test, function, method, target, status = line.rstrip("\n").split(" ")
                route = find(table, method, target) if function and int(status) < 400 else None
                if route and (test, function) not in covered[route]:
                    covered[route].append((test, function))
    return covered


def page(table, covered):
    known = contract()
    lines, have = [], set()
    for method, pattern in table:
        plain = f"{method} " + re.sub(r"\{\w+\}", "{}", pattern)
        have.add(plain)
        said = f"`tests/{covered[method, pattern][0][0]}` {covered[method, pattern][0][1]}" if covered[method, pattern] else ELSEWHERE.get(f"{method} {pattern}", "none")
        lines.append(f"| `{method} {pattern}` | {'contract' if plain in known else 'ours'} | {said} |")
    missing = sorted(one for one in known - have if not LATER.search(one))
    later = sorted(one for one in known - have if LATER.search(one))
    text = HEAD + "| operation | of | test |\n|---|---|---|\n" + "\n".join(lines) + "\n"
    text += f"\nOf the {len(known)} operations {len(known & have)} are here, {len(later)} come with packages and reports, and {len(missing)} are missing"
    return text + (":\n\n" + "".join(f"- `{one}`\n" for one in missing) if missing else ".\n")


def row(text, method, pattern):
    """(test file, function) of an operation in the page, or None"""
    found = re.search(rf"^\| `{method} {re.escape(pattern)}` \| \w+ \| `(tests/test_\w+\.py)` (\w+)", text, re.M)
    return found and found.groups()


def main():
    if len(contract()) != 113:
        sys.exit(f"the table of the contract holds {len(contract())} operations, not 113")
    table = routes()
    if sys.argv[1:] == ["--write"]:
        covered = recorded(table)
        with open(PAGE, "w", encoding="utf-8") as file:
            file.write(page(table, covered))
        bare = [route for route in table if not covered[route] and " ".join(route) not in ELSEWHERE]
    else:
        with open(PAGE, encoding="utf-8") as file:
            text = file.read()
        bare = [(method, pattern) for method, pattern in table if not row(text, method, pattern)]
    for method, pattern in bare:
        print(f"no test has success with {method} {pattern}")
    return 1 if bare else 0


if __name__ == "__main__":
    sys.exit(main())
