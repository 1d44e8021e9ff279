"""Clients of other makers. First their requests, replayed byte by byte over one connection; then the real ones that are installed here.

Each does what its scripts do: sign on, find the home folder, upload with a digest, page to the end, download through the nested
redirect, rename, delete.
"""
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys

from support.server import PASSWORD, Raw, check, equal, run, skip
from support.third_party import MAKERS, RegexCpp
from support.raw_http import chunks

NAMES = ("plain.txt", "with space.csv", "Prüfung €.txt", "last.bin")
HERE = os.path.dirname(os.path.abspath(__file__))


class Script:
    """What a maker's client has seen and asks next."""

    def __init__(self, server, maker, user):
        self.maker, self.user, self.token, self.host = maker, user, "", f"127.0.0.1:{server.port}"
        self.raw, self.waited = Raw(server), 0

    def ask(self, method, path, kind=None, body=b"", size=0, token=None):
        """One request; `size` None sends the body in chunks. Where the head has Expect, the body waits for 100."""
        head = self.maker.head(self.host, self.token if token is None else token, method, path, kind, size)
        sent = chunks(body, 8_000) if size is None else body
        self.raw.send(head)
        if b"\r\nExpect: 100-continue\r\n" in head:
            got = b""
            while not got.endswith(b"\r\n\r\n"):
                got += self.raw.socket.recv(1)
            if not got.startswith(b"HTTP/1.1 100 "):
                raise RuntimeError(f"instead of 100: {got[:200]}")
            self.waited += 1
        if sent:
            self.raw.send(sent)
        return self.raw.read_answer()

    def get(self, path):
        return self.ask("GET", path)

    def json(self, method, path, thing):
        body = self.maker.json_body(thing)
        return self.ask(method, path, self.maker.json_kind(), body, self.maker.json_size(body))

    def member(self, answer, name):
        """A member at the top level, the way this client finds it."""
        if isinstance(self.maker, RegexCpp):
            return re.search(rb'"%s"\s*:\s*"?([^",}]+)' % name.encode(), answer.body).group(1).decode()
        return str(answer.json()[name])

    def items(self, answer):
        """[(id, name)]"""
        if isinstance(self.maker, RegexCpp):
            return [(one.decode(), name.decode()) for one, name in re.findall(rb'\{"id":"?(\d+)"?,.*?"name":"([^"]+)"', answer.body)]
        return [(str(item["id"]), item["name"]) for item in answer.json()["items"]]

    def sign_on(self):
        body = self.maker.token_body(self.user, PASSWORD)
        answer = self.ask("POST", "/api/v1/token", self.maker.token_kind(), body, len(body))
        self.token = self.member(answer, "access_token")
        return answer

    def home(self):
        if isinstance(self.maker, RegexCpp):
            return int(self.member(self.get("/api/v1/users/self"), "homeFolderID"))
        found = next(item for item in self.get("/api/v1/folders?page=1&perPage=200").json()["items"] if item["name"] == self.user)
        return found["id"] if found["permission"]["canWriteFiles"] else None

    def upload(self, folder, name, content, digest=None):
        maker = self.maker
        kind_of_hash = maker.hash_name.lower().replace("-", "")
        digest = digest or hashlib.new(kind_of_hash, content).hexdigest()
        texts = {"hashtype": maker.hash_name, "hash": digest.upper() if maker.hash_upper else digest}
        kind, body = maker.form(name, content, texts)
        return self.ask("POST", f"/api/v1/folders/{folder}/files", kind, body, maker.upload_size(body))

    def pages(self, folder, size):
        """All items, by the loop of the Python and R clients: while page is not totalPages."""
        found, page, total = [], 0, 1
        while page != total and page < 50:
            answer = self.get(f"/api/v1/folders/{folder}/files?" + self.maker.list_query.format(page=page + 1, size=size))
            paging = json.loads(re.search(rb'"paging":(\{[^}]*\})', answer.body).group(1))
            page, total = paging["page"], paging["totalPages"]
            found += self.items(answer)
        return found

    def follow(self, path):
        """A GET that is redirected, as this client follows it."""
        answer = self.get(path)
        if answer.status != 302:
            return answer
        to = answer.headers["location"].removeprefix(f"https://{self.host}")
        if self.maker.keeps_token_on_redirect:
            return self.get(to)
        lost = self.ask("GET", to, token="")
        equal("a redirect that lost the token: 401", lost.status, 401)
        return self.get(to)


def replay(server, maker):
    name = maker.name
    user = re.sub("[^a-z0-9]", "-", name.lower()).strip("-")
    owner = server.add_user(user)
    script = Script(server, maker, user)
    equal(f"{name}: signs on", script.sign_on().status, 200)
    equal(f"{name}: self is the user", script.member(script.get("/api/v1/users/self"), "username"), user)
    home = script.home()
    equal(f"{name}: finds the home folder", home, owner.home())
    equal(f"{name}: an empty list ends its loop", script.pages(home, 25), [])
    contents = {one: hashlib.sha512(f"{name} {one}".encode()).digest() * (40_000 if one == "last.bin" else 3) for one in NAMES}  # last.bin: 2.5 MB
    for one, content in contents.items():
        answer = script.upload(home, one, content)
        equal(f"{name}: uploads {one} with its digest", (answer.status, answer.json().get("name"), answer.json().get("uploadIntegrity")), (201, one, 1))
    wrong = script.upload(home, "wrong.txt", b"wrong", digest="0" * len(hashlib.new(maker.hash_name.lower().replace("-", ""), b"").hexdigest()))
    equal(f"{name}: a wrong digest: 422 with detail", (wrong.status, bool(wrong.json()["detail"])), (422, True))
    again = script.upload(home, NAMES[0], b"again")
    equal(f"{name}: a name that is there: 409", again.status, 409)
    if script.raw.socket.pending() == 0 and again.headers.get("connection") == "close":
        script.raw = Raw(server)
    for size in (1, 3, 200):
        equal(f"{name}: pages of {size} to the end", sorted(one for _, one in script.pages(home, size)), sorted(NAMES))
    ids = {one: number for number, one in script.pages(home, 200)}
    for one, content in contents.items():
        answer = script.follow(f"/api/v1/folders/{home}/files/{ids[one]}/download")
        equal(f"{name}: downloads {one} through the redirect, whole", (answer.status, len(answer.body), answer.body == content), (200, len(content), True))
    renamed = script.json("PATCH", f"/api/v1/files/{ids[NAMES[0]]}", {"name": "renamed ü.txt"})
    equal(f"{name}: renames", (renamed.status, renamed.json().get("name")), (200, "renamed ü.txt"))
    made = script.json("POST", f"/api/v1/folders/{home}/subfolders", {"name": "sub", "inheritPermissions": "Always"})
    equal(f"{name}: makes a folder", made.status, 201)
    inner = script.member(made, "id")
    moved = script.json("POST", f"/api/v1/files/{ids[NAMES[1]]}/move", {"destinationFolderId": inner})
    equal(f"{name}: moves a file into it, the id as text", (moved.status, str(moved.json().get("folderID"))), (200, inner))
    to = script.ask("DELETE", f"/api/v1/folders/{home}/subfolders/{inner}").headers["location"]
    equal(f"{name}: deletes the folder where the nested DELETE leads", script.ask("DELETE", to).status, 204)
    equal(f"{name}: deletes a file", script.ask("DELETE", f"/api/v1/files/{ids[NAMES[2]]}").status, 204)
    equal(f"{name}: what is left", sorted(one for _, one in script.pages(home, 2)), ["last.bin", "renamed ü.txt"])
    revoked = script.ask("POST", "/api/v1/token/revoke", maker.token_kind(), b"token=" + script.token.encode(), len(b"token=" + script.token.encode()), token="")
    equal(f"{name}: revokes its token", revoked.status, 200)
    print(f"        {name}: {script.waited} bodies waited for 100", flush=True)


def replayed(server):
    """each maker's requests, byte by byte"""
    for maker in MAKERS:
        replay(server, maker)


# ---- the real ones: each a script below tests/clients that prints what it did, a line of JSON

REAL = {
    "python": ("Python requests", lambda: next(([python, f"{HERE}/clients/client.py"] for python in ("/usr/bin/python3", sys.executable) if runs(python, "-c", "import requests")), None)),
    "php": ("PHP curl", lambda: ["php", f"{HERE}/clients/client.php"] if shutil.which("php") and runs("php", "-r", "exit(function_exists('curl_init') ? 0 : 1);") else None),
    "r": ("R httr", lambda: ["Rscript", f"{HERE}/clients/client.R"] if shutil.which("Rscript") and runs("Rscript", "-e", "library(httr)") else None),
    "curl": ("curl", lambda: ["sh", f"{HERE}/clients/client.sh"] if shutil.which("curl") else None),
}


def runs(*command):
    return subprocess.run(command, capture_output=True, timeout=60).returncode == 0


def real(server):
    """the real clients that are installed"""
    clean = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8"}  # requests lets REQUESTS_CA_BUNDLE go before its own argument
    for key, (name, command) in REAL.items():
        command = command()
        if command is None:
            skip(f"{name}, the real one", "not installed")
            continue
        user = f"real-{key}"
        owner = server.add_user(user)
        work = os.path.join(server.folder, key)
        os.mkdir(work)
        content = os.urandom(1_500_000)
        with open(os.path.join(work, "up load.bin"), "wb") as file:
            file.write(content)
        done = subprocess.run([*command, server.url(""), user, PASSWORD, server.ca], cwd=work, env=clean, capture_output=True, text=True, timeout=120)
        if not check(f"{name}: its script runs through", done.returncode == 0, done.stdout + done.stderr):
            continue
        told = json.loads(done.stdout.strip().splitlines()[-1])
        equal(f"{name}: found the home folder", int(told["home"]), owner.home())
        with open(os.path.join(work, "down.bin"), "rb") as file:
            check(f"{name}: the download is what was uploaded", file.read() == content)
        equal(f"{name}: paged to the end", sorted(told["pages"]), ["renamed.bin", "small-0.txt", "small-1.txt", "small-2.txt"])
        left = owner.get(f"/api/v1/folders/{owner.home()}/files").json()["items"]
        equal(f"{name}: renamed and deleted", sorted(item["name"] for item in left), ["small-0.txt", "small-1.txt", "small-2.txt"])


if __name__ == "__main__":
    run([replayed, real], {"sign_on": {"attempts": 1000}})
