"""R-079 on the real server: a path as SFTP spells it, the number that REST has, and what explain says of it agree, for everybody.

The model test of the keeper does it a million times (src/keeper/paths_model_test.cc); here are the protocols themselves.
"""
import posixpath
import random
import struct
import unicodedata
import urllib.parse

from support.server import PASSWORD, Server, check, equal, finish, section, server_is_well, users_self_id
from support.ssh_raw import CLOSE, HANDLE, MKDIR, NAME, OPEN, OPENDIR, READ, REALPATH, RMDIR, SFTP_DATA, STAT, STATUS, USERAUTH_REQUEST, USERAUTH_SUCCESS, Sftp, string
from support.ssh_raw import Client as Ssh

NAMES = ("a", "a-b", "a b", "ab", "é", "x")
RIGHTS = ("readFiles", "writeFiles", "deleteFiles", "listFiles", "addDeleteSubfolders", "share", "admin", "listUsers")
CASES = 200  # for each of four people
TWISTS = ("", "", "", "/", "/.", "/..", "//", "/../..", "/a/..", "-b", "b", " ", "%2e", "/...", "/x/../../a")


def u32(number):
    return struct.pack(">I", number)


class Person:
    """One user over both protocols."""

    def __init__(self, server, name, client):
        self.name, self.rest, self.home = name, client, f"/Home/{name}"
        ssh = Ssh(server.ssh_port).shake().start_auth()
        ssh.send(USERAUTH_REQUEST, string(name), string("ssh-connection"), string("password"), b"\0", string(PASSWORD))
        if ssh.receive_past()[0] != USERAUTH_SUCCESS:
            raise RuntimeError(f"{name} cannot sign on over SSH")
        self.sftp = Sftp(ssh)
        self.sftp.receive()

    def real_path(self, path):
        kind, fields = self.sftp.ask(REALPATH, string(path))
        return (fields.u32(), fields.string())[1].decode() if kind == NAME else None

    def stats(self, path):
        return self.sftp.ask(STAT, string(path))[0] != STATUS

    def lists(self, path):
        kind, fields = self.sftp.ask(OPENDIR, string(path))
        return kind == HANDLE and self.sftp.status(CLOSE, string(fields.string())) == 0

    def reads(self, path):
        """The content, or None."""
        kind, fields = self.sftp.ask(OPEN, string(path), u32(1), u32(0))
        if kind != HANDLE:
            return None
        handle = fields.string()
        kind, fields = self.sftp.ask(READ, string(handle), struct.pack(">QI", 0, 1000))
        content = fields.string() if kind == SFTP_DATA else b"nothing"
        self.sftp.status(CLOSE, string(handle))
        return content

    def makes_folders(self, path):
        made = self.sftp.status(MKDIR, string(f"{path}/probe"), u32(0)) == 0
        return made and self.sftp.status(RMDIR, string(f"{path}/probe")) == 0

    def explains(self, action, folder="", path=""):
        named = f"folder={folder}" if folder else "path=" + urllib.parse.quote(path)
        answer = self.rest.get(f"/api/bulkhead/v1/explain?action={action}&{named}")
        return answer.json()["allowed"] if answer.status == 200 else None


def grow(server, people, chance):
    """Folders, files, entries for users and a group, then renames and moves."""
    admin = server.client("admin")
    group = admin.post("/api/v1/groups", {"name": "Some"}).json()["id"]
    admin.post(f"/api/v1/groups/{group}/members", {"userIds": [users_self_id(person.rest) for person in people[:2]]})
    folders = [admin.folder(person.home) for person in people]
    files = 0
    for _ in range(60):
        parent, kind = chance.choice(folders), chance.choice(("Always", "CopyOnly", "None"))
        made = admin.post(f"/api/v1/folders/{parent}/subfolders", {"name": chance.choice(NAMES), "inheritPermissions": kind})
        if made.status != 201:
            continue
        folder = made.json()["id"]
        folders.append(folder)
        if chance.random() < 0.6:
            files += admin.upload(folder, "file", f"content of {folder}".encode()).status == 201
        if chance.random() < 0.6:
            who = {"type": "Group", "id": str(group)} if chance.random() < 0.3 else {"type": "User", "id": chance.choice(people).name}
            rights = {right: True for right in chance.sample(RIGHTS, chance.randrange(1, 5))}
            admin.post(f"/api/v1/folders/{folder}/acls", {**who, "permissions": rights, "overrideBehaviourType": chance.choice(("OverrideInherited", "AddToInherited"))})
    changed = 0
    for folder in chance.sample(folders[len(people):], 14):
        changed += admin.patch(f"/api/v1/folders/{folder}", {"name": chance.choice(NAMES)}).status == 200
        changed += admin.post(f"/api/v1/folders/{folder}/move", {"destinationFolderId": chance.choice(folders)}).status == 200
    check(f"{len(folders)} folders, {files} files, {changed} renames and moves", files > 10 and changed > 5)
    there = {item["path"]: item["id"] for item in admin.get("/api/v1/folders?perPage=1000").json()["items"]}
    held = {item["path"]: item["id"] for item in admin.get("/api/v1/files?perPage=1000").json()["items"]}
    return there, held


def mount(server, chance, folders, files):
    """Virtual folders: path -> (number, number of the folder that holds the virtual one), of folders and of files."""
    admin = server.client("admin")
    deep, held = {}, {}
    for i in range(14):
        (above, holder), (path, target) = chance.choice([*folders.items()]), chance.choice([*folders.items()])
        made = admin.post(f"/api/bulkhead/v1/folders/{holder}/virtual", {"name": f"v{i}", "targetId": target})
        if made.status != 201:
            continue
        top = made.json()["path"]
        deep |= {top + there.removeprefix(path): (number, holder) for there, number in folders.items() if (there + "/").startswith(path + "/")}
        held |= {top + there.removeprefix(path): (number, holder) for there, number in files.items() if there.startswith(path + "/")}
    return deep, held


def compare_virtual(person, text, place, number, holder):
    """What differs of a folder behind a virtual one: it is there for who may know of both, and is what it is by number."""
    known = person.explains("view", holder) is not None and person.explains("view", number) is not None
    view = person.explains("view", path=place)
    listed = [item["id"] for item in person.rest.get("/api/v1/folders?path=" + urllib.parse.quote(place)).json()["items"]]
    got = {"known": (known, view is not None, person.stats(text), person.lists(text)), "verdict": (view, person.explains("view", number) if known else None),
           "may write": (person.explains("writeFiles", path=place), person.explains("writeFiles", number) if known else None),
           "makes folders": (person.makes_folders(text), known and person.explains("addDeleteSubfolders", number) is True), "the number of the path": (listed, [number] if view else [])}
    return [(person.name, text, what, values) for what, values in got.items() if len(set(map(str, values))) != 1]


def spelled(chance, path):
    """The path, or a near one, in a way that has led elsewhere in some server."""
    if chance.random() < 0.3:
        path = unicodedata.normalize("NFD", path)
    if chance.random() < 0.5:
        cuts = [at for at, letter in enumerate(path) if letter == "/" and at > 0] or [len(path)]
        at = chance.choice(cuts)
        path = path[:at] + chance.choice(TWISTS) + path[at:]
    return path + chance.choice(TWISTS) if chance.random() < 0.5 else path


def meant(path, home):
    """What a spelling means, by the text alone; None for what is no name."""
    whole = posixpath.normpath(posixpath.join(home, unicodedata.normalize("NFC", path))).replace("//", "/")
    parts = [part for part in path.split("/") if part not in ("", ".", "..")]
    return None if any(set(part) == {"."} or part != part.strip(" ") for part in parts) else whole


def agree(server):
    """for each person and spelling: STAT, OPENDIR, OPEN and MKDIR against numbers, permissions and explain"""
    chance = random.Random(79)
    clients = {name: server.add_user(name) for name in ("ann", "bob", "cid")}
    clients["clerk"] = server.add_user("clerk", "FileAdmin")
    people = [Person(server, name, client) for name, client in clients.items()]
    folders, files = grow(server, people, chance)
    virtual, virtual_files = mount(server, chance, folders, files)
    wrong, seen, cases, behind = [], {True: 0, False: 0, None: 0}, 0, 0
    for person in people:
        for _ in range(CASES):
            text = spelled(chance, chance.choice([*folders, *files, *files] if chance.random() < 0.6 else [*virtual, *virtual_files]))
            if chance.random() < 0.1 and text.startswith(person.home + "/"):
                text = text.removeprefix(person.home + "/")
            cases += 1
            place = meant(text, person.home)
            if person.real_path(text) != place:
                wrong.append((person.name, text, "REALPATH", person.real_path(text), place))
            elif place in folders:
                number = folders[place]
                answer = person.rest.get(f"/api/v1/folders/{number}")
                rights = answer.json()["permission"] if answer.status == 200 else {}
                view = person.explains("view", number)
                got = {"visible": (person.stats(text), view is not None), "by number": (answer.status == 200, view is True), "by number, its path": (answer.json().get("path", place), place),
                       "listed or on the way": (person.lists(text), view is not None),
                       "makes folders": (person.makes_folders(text), bool(rights.get("canAddSubfolders")), person.explains("addDeleteSubfolders", number) is True) if chance.random() < 0.3 else (0, 0),
                       "the number of the path": ([item["id"] for item in person.rest.get("/api/v1/folders?path=" + urllib.parse.quote(place)).json()["items"]], [number] if view else [])}
                wrong += [(person.name, text, what, values) for what, values in got.items() if len(set(map(str, values))) != 1]
                seen[view] += 1
            elif place in virtual:
                wrong += compare_virtual(person, text, place, *virtual[place])
                behind += 1
            elif place in virtual_files:
                number, holder = virtual_files[place]
                known, content = person.explains("view", holder) is not None, person.reads(text)
                download = person.rest.download(number)
                behind += content is not None
                got = {"visible": (person.stats(text), known and person.rest.get(f"/api/v1/files/{number}").status == 200), "content": (content, download.body if known and download.status == 200 else None),
                       "explain": (person.explains("readFiles", path=place) is True, content is not None)}
                wrong += [(person.name, text, what, values) for what, values in got.items() if len(set(values)) != 1]
            elif place in files:
                number, content = files[place], person.reads(text)
                details, download = person.rest.get(f"/api/v1/files/{number}"), person.rest.download(number)
                answer = person.rest.get(f"/api/bulkhead/v1/explain?action=readFiles&file={number}")
                allowed = answer.json()["allowed"] if answer.status == 200 else None
                got = {"content": (content, download.body if download.status == 200 else None), "read": (content is not None, allowed is True), "visible": (person.stats(text), details.status == 200)}
                wrong += [(person.name, text, what, values) for what, values in got.items() if len(set(values)) != 1]
                seen[allowed] += 1
            elif person.stats(text) or person.reads(text) is not None or person.lists(text):
                wrong.append((person.name, text, "there is nothing", place))
    check(f"{cases} cases, allowed {seen[True]}, not allowed {seen[False]}, not known {seen[None]}: the same verdict and the same node", not wrong, wrong[:5])
    check("of each kind some", min(seen[True], seen[None]) > 40 and seen[False] > 5 and behind > 60, (seen, behind))
    equal("nobody left anything behind", [item["path"] for item in server.client("admin").get("/api/v1/folders?perPage=1000").json()["items"] if item["name"] == "probe"], [])


def main():
    with Server({"sign_on": {"attempts": 1000}}, ssh=True) as server:
        section(agree, server)
        section(server_is_well, server)
    finish()


if __name__ == "__main__":
    main()
