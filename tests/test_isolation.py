"""R-052: one organisation asks for every object of another, as every role, in every operation and over SFTP and SCP.

What belongs to the other answers like what never existed, byte by byte; nothing changes and nothing enters the ledger.
Operations and their ids come from the interface's own document: a new one is tried by itself.
"""
import re
import struct
import time

from support.openapi import operations
from support.server import PASSWORD, Server, check, equal, finish, section, server_is_well
from support.ssh_raw import (CHANNEL_CLOSE, CHANNEL_EOF, CHANNEL_REQUEST, CHANNEL_SUCCESS, DATA, EXTENDED_DATA, LSTAT, MKDIR, OPEN, OPENDIR, READLINK, REALPATH, REMOVE, RENAME, RMDIR, SETSTAT, STAT, STATUS, SYMLINK,
                             USERAUTH_REQUEST, USERAUTH_SUCCESS, Fields, Sftp, string)
from support.ssh_raw import Client as Ssh
from support.tenants import MARK, NEVER, Organisation, UnknownKind, places, request, without_ids
from support.uploads import Tus

# (operation, place) that no role of an organisation gets as far as looking up, and why that is right.
NOT_LOOKED_UP = {
    ("GET /api/v1/organizations/{id}", "id"): "for system administrators", ("PATCH /api/v1/organizations/{id}", "id"): "for system administrators",
    ("PUT /api/v1/settings/security/ipwhitelist/{id}", "id"): "for system administrators", ("DELETE /api/v1/settings/security/ipwhitelist/{id}", "id"): "for system administrators",
    **{(f"POST /api/v1/organizations/{{id}}/{what}", "id"): "for system administrators" for what in ("maxusercounts", "packageaccess", "passwordreset", "interfaceconfiguration")},
    ("POST /api/v1/auth/actasadmin", "orgId"): "for system administrators",
    ("GET /api/v1/users", "orgId"): "ignored but for system administrators", ("PATCH /api/v1/users/{id}", "defaultFolderId"): "can only be 0",
    ("GET /api/v1/logs", "userId"): "a filter: it finds nothing", ("GET /api/v1/logs", "folderId"): "a filter: it finds nothing",
    ("OPTIONS /tus/{id}", "id"): "says what the server can, not what is there",
}
SPACE = {"statvfs", "space-available"}
HOMELESS = ("AuditUser", "TemporaryUser")  # roles without a folder of their own


class Both:
    """Two organisations on one server; the first is looked at, the second tries."""

    def __init__(self, server):
        self.server = server
        system = server.add_user("system", "SysAdmin")
        self.first = Organisation(server, system, 1000, MARK, server.client("admin"), False)
        number = int(system.post("/api/v1/organizations", {"name": "Second"}).json()["id"])
        system.post("/api/v1/users", {"username": "second-chief", "password": PASSWORD, "permission": "Admin", "orgID": number})
        self.second = Organisation(server, system, number, "second", server.client("second-chief"), True)
        self.document, every = operations(self.first.chief)
        self.operations, self.unknown = [], []
        for operation in every:
            try:
                lacking = {kind for *_, kind in places(self.document, operation)} - (self.first.ids.keys() & NEVER.keys())
                if lacking:
                    raise UnknownKind(f"{operation}: tests/support/tenants.py makes no {sorted(lacking)}")
                self.operations.append(operation)
            except (UnknownKind, ValueError) as wrong:
                self.unknown.append(str(wrong))
        self.mine = {role: {**self.second.ids, **self.second.things_of(client)} for role, client in self.second.people.items() if role not in HOMELESS}
        self.mine |= {role: self.second.ids for role in HOMELESS}

        self.snapshot()  # digests of files are made once
        self.before, self.entries = self.snapshot(), self.ledger()

    def is_untouched(self):
        equal("nothing of the first organisation has changed", self.snapshot(), self.before)
        equal("nothing entered the ledger", self.ledger(), self.entries)

    def snapshot(self):
        """What the owner and the administrator of the first organisation see of every id of it."""
        seen = {}
        for operation in self.operations:
            if operation.method != "GET" or re.search("download|zip|ledger|receipts|^/tus|openapi|organizations|ipwhitelist|explain|detailed", operation.path):
                continue
            for who, client in (("owner", self.first.owner), ("chief", self.first.chief)):
                answer = client.get(operation.url(self.first.ids) + ("?perPage=1000" if operation.is_paged else ""))
                seen[who, operation.path] = answer.status, re.sub(rb'"currentTimestamp":"[^"]*"', b"", answer.body)
        seen["offset"] = Tus(self.first.owner).offset(f"/tus/{self.first.ids['upload']}")
        return seen

    def ledger(self):
        """Its entries, once no more are on their way."""
        shown, before = self.server.cli("ledger", "show", "--count", "100000").stdout, None
        while shown != before:
            time.sleep(0.15)
            before, shown = shown, self.server.cli("ledger", "show", "--count", "100000").stdout
        return shown.splitlines()


def every_operation(both):
    """every id in every operation, as every role: what is the other's is as what never was"""
    check("the first organisation is seen by its own people", sum(one[0] == 200 for one in both.before.values() if isinstance(one, tuple)) > 20, both.before)
    asked, looked_up = 0, set()
    differs, told = [], []
    there = both.first.ids
    for operation in both.operations:
        found = places(both.document, operation)
        trials = [[place] for place in found] + ([found] if len(found) > 1 else [])
        for trial in trials:
            tried = [(where, name) for where, name, _ in trial]
            for role, client in both.second.people.items():
                mine = both.mine[role]
                answers = []
                for values in (there, NEVER):
                    method, url, body, headers = request(both.document, operation, tried, values, mine)
                    answer = client.request(method, url, body, headers)
                    answers.append(without_ids(answer, [values[kind] for _, _, kind in trial]))
                    asked += 1
                    if MARK in str(answer.headers) or MARK.encode() in answer.body:
                        told.append((str(operation), tried, role, answer))
                if answers[0] != answers[1]:
                    differs.append((str(operation), tried, role, *answers))
                status = answers[0][0]
                if status == 404 or (status == 302 and method in ("GET", "DELETE")):
                    looked_up |= {(str(operation), name) for _, name in tried} if len(tried) == 1 else set()
                elif status < 400 and (str(operation), tried[0][1]) not in NOT_LOOKED_UP:
                    differs.append((str(operation), tried, role, "answered", status))
    check("every kind of id is known", not both.unknown, both.unknown)
    check(f"{asked} requests: the same bytes for what is the other's and for what never was", not differs, differs[:4])
    check("no answer names anything of the other", not told, told[:2])
    wanted = {(str(operation), name) for operation in both.operations for _, name, _ in places(both.document, operation)}
    left = wanted - looked_up
    check("every place of an id gets 404 for some role, so it was looked up (say a good body in tests/support/tenants.py)", left <= NOT_LOOKED_UP.keys(), left - NOT_LOOKED_UP.keys())
    check("and the table of exceptions holds no more than it must", NOT_LOOKED_UP.keys() <= left | (NOT_LOOKED_UP.keys() - wanted), NOT_LOOKED_UP.keys() - left)
    both.is_untouched()


def lists_and_names(both):
    """lists, searches and explanations of the second name nothing of the first; its own ids do work"""
    told, works = [], []
    for role, client in both.second.people.items():
        for operation in both.operations:
            if operation.method != "GET" or operation.path.startswith("/api/bulkhead/v1/ledger"):
                continue
            if operation.path_ids() and role != "Admin":
                continue
            asks = ["", "?perPage=1000", f"?name={MARK}*&path=*{MARK}*", "?pathMask=*&fileMask=*&recursive=true", f"?username={MARK}&orgId=1000", f"?search={MARK}&query={MARK}&q={MARK}&text={MARK}"]
            for ask in asks[:1] if operation.path_ids() else asks:
                answer = client.get(operation.url(both.second.ids) + ask)
                if MARK.encode() in answer.body:
                    told.append((role, str(operation), ask))
                if operation.path_ids() and answer.status >= 400 and "organizations" not in operation.path and "tus" not in operation.path:
                    works.append((str(operation), answer))
    check("no list of the second holds a name of the first", not told, told)
    check("the same operations with ids of the own organisation answer", not works, works)
    names = {"owner": f"{MARK}-owner", "group": f"{MARK} group"}
    chief, folder = both.second.chief, both.mine["Admin"]["folder"]
    for what, ask in (("a grant by user name", lambda name: chief.grant(folder, name, readFiles=True)),
                      ("a grant by group name", lambda name: chief.post(f"/api/v1/folders/{folder}/acls", {"type": "Group", "id": name, "permissions": {"readFiles": True}})),
                      ("an explanation by user name", lambda name: chief.get(f"/api/bulkhead/v1/explain?action=view&folder={folder}&user={name.replace(' ', '%20')}")),
                      ("a quota by user name", lambda name: chief.get(f"/api/v1/users/{name.replace(' ', '%20')}/quota"))):
        for name in names.values():
            real, never = ask(name), ask(name.replace(MARK, "nobodys"))
            equal(f"{what}, {name}", (real.status, real.body), (404, never.body))


def uploads_elsewhere(both):
    """unfinished uploads: by number, by path, joined, and into folders of the other"""
    wrong = []
    for role, client in both.second.people.items():
        tus = Tus(client)
        path = f"/Home/{MARK}-owner"
        mine = tus.create(4, body=b"four", concat="partial")
        part = mine.headers.get("location", "/tus/1")
        for what, there, never in (
                ("tus into a folder", lambda: tus.create(4, filename="t", folderId=both.first.ids["folder"]), lambda: tus.create(4, filename="t", folderId=NEVER["folder"])),
                ("tus into a folder with content", lambda: tus.create(4, body=b"four", filename="t", folderId=both.first.ids["folder"]), lambda: tus.create(4, body=b"four", filename="t", folderId=NEVER["folder"])),
                ("tus into a path", lambda: tus.create(4, filename="t", path=path), lambda: tus.create(4, filename="t", path=path.replace(MARK, "nobodys"))),
                ("tus resumed by name", lambda: tus.create(10, filename=f"{MARK} unfinished.bin", folderId=both.first.ids["folder"], resume="true"), lambda: tus.create(10, filename="nothing.bin", folderId=NEVER["folder"], resume="true")),
                ("tus joins", lambda: tus.create(concat=f"final;/tus/{both.first.ids['upload']} {part}", filename="j"), lambda: tus.create(concat=f"final;/tus/{NEVER['upload']} {part}", filename="j")),
                ("tus HEAD", lambda: tus.head(f"/tus/{both.first.ids['upload']}"), lambda: tus.head(f"/tus/{NEVER['upload']}")),
                ("HEAD of a file", lambda: client.request("HEAD", f"/api/v1/files/{both.first.ids['file']}/download"), lambda: client.request("HEAD", f"/api/v1/files/{NEVER['file']}/download")),
                ("a range of a file", lambda: client.download(both.first.ids["file"], {"Range": "bytes=0-0"}), lambda: client.download(NEVER["file"], {"Range": "bytes=0-0"})),
                ("resumable REST", lambda: resumable(client, both.first.ids["folder"]), lambda: resumable(client, NEVER["folder"]))):
            real, none = there(), never()
            if (real.status, real.headers, real.body) != (404, none.headers, none.body) and not (role in HOMELESS and real.status == none.status >= 400 and real.body == none.body):
                wrong.append((role, what, real, none))
        tus.request("DELETE", part)
    check("404, as for what never was", not wrong, wrong[:3])
    both.is_untouched()


def resumable(client, folder):
    body = b"".join(f'--b\r\nContent-Disposition: form-data; name={name}\r\n\r\n{value}\r\n'.encode() for name, value in (("name", "r.bin"), ("size", "4"))) + b"--b--\r\n"
    return client.post(f"/api/v1/folders/{folder}/files?uploadType=resumable", body, headers={"Content-Type": "multipart/form-data; boundary=b"})


def ssh_of(both, role):
    """A signed-on connection of the second organisation's one with this role."""
    user = both.second.people[role].get("/api/v1/users/self").json()["username"]
    client = Ssh(both.server.ssh_port).shake().start_auth()
    client.send(USERAUTH_REQUEST, string(user), string("ssh-connection"), string("password"), b"\0", string(PASSWORD))
    if client.receive_past()[0] != USERAUTH_SUCCESS:
        raise RuntimeError(f"sign-on of {user} over SSH is refused")
    return client


def over_sftp(both):
    """paths of the other in every SFTP request, as every role"""
    u32 = lambda number: struct.pack(">I", number)
    base = f"/Home/{MARK}-owner/{MARK} folder"
    paths = [f"/Home/{MARK}-owner", base, f"{base}/{MARK}.txt", f"{base}/{MARK} unfinished.bin", f"{base}/new.txt", f"/Home/../Home/{MARK}-owner/./{MARK} folder", f"../{MARK}-owner", f"../{MARK}-owner/{MARK} folder/{MARK}.txt"]
    asks = {
        "STAT": lambda path: (STAT, string(path)), "LSTAT": lambda path: (LSTAT, string(path)), "OPENDIR": lambda path: (OPENDIR, string(path)), "OPEN to read": lambda path: (OPEN, string(path), u32(1), u32(0)),
        "OPEN to write": lambda path: (OPEN, string(path), u32(2), u32(0)), "OPEN to append": lambda path: (OPEN, string(path), u32(2 | 4), u32(0)), "REMOVE": lambda path: (REMOVE, string(path)),
        "RMDIR": lambda path: (RMDIR, string(path)), "SETSTAT": lambda path: (SETSTAT, string(path), u32(8), u32(1), u32(1)), "READLINK": lambda path: (READLINK, string(path)),
        "RENAME from": lambda path: (RENAME, string(path), string("stolen")), "posix-rename from": lambda path: (200, string("posix-rename@openssh.com"), string(path), string("stolen")),
        "hardlink from": lambda path: (200, string("hardlink@openssh.com"), string(path), string("stolen")), "SYMLINK": lambda path: (SYMLINK, string(path), string("stolen")),
        "statvfs": lambda path: (200, string("statvfs@openssh.com"), string(path)), "check-file": lambda path: (200, string("check-file-name"), string(path), string("sha256"), struct.pack(">QQI", 0, 0, 0)),
        "lsetstat": lambda path: (200, string("lsetstat@openssh.com"), string(path), u32(8), u32(1), u32(1)), "space-available": lambda path: (200, string("space-available"), string(path)),
        "RENAME to": lambda path: (RENAME, string("own.txt"), string(f"{path}/in")), "MKDIR below": lambda path: (MKDIR, string(f"{path}/in"), u32(0)), "OPEN a new one below": lambda path: (OPEN, string(f"{path}/in"), u32(2 | 8), u32(0)),
    }
    wrong, count = [], 0
    for role in both.second.people:
        with ssh_of(both, role) as client:
            sftp = Sftp(client)
            sftp.receive()  # its version
            for path in paths:
                for name, ask in asks.items():
                    answers = []
                    for one in (path, path.replace(MARK, "nobodys!")):
                        kind, fields = sftp.ask(*ask(one))
                        answers.append((kind, fields.payload[5:].replace(MARK.encode(), b"nobodys!")))
                    count += 1
                    if name in SPACE:  # free space changes; it is that of the server for every path
                        answers = [kind for kind, _ in answers]
                    if answers[0] != answers[1] or (name not in SPACE and answers[0][0] != STATUS):
                        wrong.append((role, name, path, *answers))
            kind, fields = sftp.ask(REALPATH, string(paths[1]))
            never = sftp.ask(REALPATH, string(paths[1].replace(MARK, "nobodys!")))
            equal(f"{role}: REALPATH is of the text alone", (kind, fields.payload[5:].replace(MARK.encode(), b"nobodys!")), (never[0], never[1].payload[5:]))
    check(f"{count} requests: refused, and as for what never was", not wrong, wrong[:4])
    both.is_untouched()


def over_scp(both):
    """paths of the other in scp and the digest commands"""
    path = f"/Home/{MARK}-owner/{MARK} folder"
    wrong = []
    for role in ("User", "FileAdmin", "Admin"):
        with ssh_of(both, role) as client:
            for number, command in enumerate((f"scp -f '{path}/{MARK}.txt'", f"scp -r -f '{path}'", f"scp -t '{path}'", f"scp -t '{path}/{MARK}.txt'", f"sha256sum '{path}/{MARK}.txt'", f"md5sum '{path}/{MARK}.txt'")):
                answers = [command_of(client, 2 * number + index, one) for index, one in enumerate((command, command.replace(MARK, "nobodys!")))]
                if answers[0][1:] != answers[1][1:] or answers[0][0].replace(MARK.encode(), b"nobodys!") != answers[1][0] or answers[0][2] in (0, None):
                    wrong.append((role, command, *answers))
    check("refused, and as for what never was", not wrong, wrong[:3])
    both.is_untouched()


def command_of(client, number, command):
    """(output and errors, whether it was started, exit status)"""
    out, status = b"", None
    opened = Fields(client.open_session(channel=number))
    opened.u32()
    remote = opened.u32()
    started = client.request(remote, "exec", string(command))[0] == CHANNEL_SUCCESS
    if started:
        client.data(remote, b"\0C0644 4 in\n" if " -t " in command else b"\0\0\0")
    while started and (payload := client.receive_past())[0] != CHANNEL_CLOSE:
        if payload[0] in (DATA, EXTENDED_DATA):
            out += Fields(payload, 5 if payload[0] == DATA else 9).string()
        elif payload[0] == CHANNEL_REQUEST and (fields := Fields(payload, 5)).text() == "exit-status":
            fields.byte()
            status = fields.u32()
        elif payload[0] == CHANNEL_EOF:
            client.send(CHANNEL_EOF, struct.pack(">I", remote))
    client.send(CHANNEL_CLOSE, struct.pack(">I", remote))
    return out, started, status


def main():
    import sys
    tests = (every_operation, uploads_elsewhere, over_sftp, over_scp, lists_and_names)  # the last one downloads what is its own
    with Server({"sign_on": {"attempts": 1000}}, ssh=True) as server:
        both = Both(server)
        for test in tests:
            if not sys.argv[1:] or test.__name__ in sys.argv[1:]:
                section(test, both)
        section(server_is_well, server)
    finish()


if __name__ == "__main__":
    main()
