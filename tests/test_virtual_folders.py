"""Virtual folders on the real server: one name leads to one folder over REST, SFTP, SCP, tus and explain, with the rights of the target."""
import io
import os
import subprocess
import tempfile
import threading
import urllib.parse
import zipfile

from support.server import PASSWORD, Server, check, equal, finish, section, server_is_well
from support.sshd import make_key
from support.uploads import Tus

OURS = "/api/bulkhead/v1"
OPTIONS = ("-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR", "-o", "IdentitiesOnly=yes", "-o", "BatchMode=yes", "-F", "none")


class Stage:
    """/Projects/x with files, shared with ann; /Home/ann/shared leads to /Projects. bob has nothing there."""

    def __init__(self, server, scratch):
        self.server, self.scratch = server, scratch
        self.admin = server.client("admin")
        self.people = {name: server.add_user(name) for name in ("ann", "bob")}
        self.ann, self.bob = self.people["ann"], self.people["bob"]
        for name in self.people:
            with open(make_key(f"{scratch}/{name}") + ".pub", encoding="ascii") as public:
                server.cli("user", "key", "add", name, "-", input=public.read())
        root = self.admin.folder("/")
        self.root = root
        self.projects = self.admin.make_folder(root, "Projects")
        self.x = self.admin.make_folder(self.projects, "x")
        self.admin.grant(self.projects, "ann", listFiles=True, readFiles=True, writeFiles=True, deleteFiles=True)
        self.report = self.admin.upload(self.projects, "report.txt", b"report").json()["id"]
        self.deep = self.admin.upload(self.x, "deep.txt", b"deep").json()["id"]
        self.home = self.ann.home()
        self.shared = self.link(self.home, "shared", self.projects).json()["id"]

    def link(self, folder, name, target, client=None):
        return (client or self.admin).post(f"{OURS}/folders/{folder}/virtual", {"name": name, "targetId": target})

    def at(self, client, path):
        """[(id, path, folderType)] of what REST has at a path"""
        answer = client.get("/api/v1/folders?path=" + urllib.parse.quote(path))
        return [(item["id"], item["path"], item["folderType"]) for item in answer.json()["items"]] if answer.status == 200 else answer.status

    def names(self, client, folder):
        return [(item["name"], item["folderType"]) for item in client.get(f"/api/v1/folders/{folder}/subfolders").json()["items"]]

    def sftp(self, name, *lines):
        """(whether all went well, what was printed, complaints) of OpenSSH's sftp"""
        done = subprocess.run(["sftp", "-b", "-", *OPTIONS, "-i", f"{self.scratch}/{name}", "-P", str(self.server.ssh_port), f"{name}@127.0.0.1"],
                              input="\n".join(lines) + "\n", capture_output=True, text=True, timeout=60, check=False)
        printed = [line for line in done.stdout.splitlines() if not line.startswith("sftp>")]
        return done.returncode == 0, printed, done.stderr

    def path(self, name):
        return os.path.join(self.scratch, name)


def made_and_shown(stage):
    """what the routes answer, and in which lists it is"""
    ann, bob, admin = stage.ann, stage.bob, stage.admin
    one = ann.get(f"{OURS}/virtual/{stage.shared}").json()
    equal("the entry", (one["name"], one["path"], one["folderId"], one["targetId"], one["targetPath"]), ("shared", "/Home/ann/shared", stage.home, stage.projects, "/Projects"))
    equal("by path: the target, under that path", stage.at(ann, "/Home/ann/shared"), [(stage.projects, "/Home/ann/shared", "Virtual")])
    equal("and what is below", stage.at(ann, "/Home/ann/shared/x"), [(stage.x, "/Home/ann/shared/x", "Normal")])
    equal("in the list of its folder", stage.names(ann, stage.home), [("shared", "Virtual")])
    equal("and in the mixed one", [(item["name"], item["id"], item["folderType"]) for item in ann.get(f"/api/v1/folders/{stage.home}/content").json()["items"]], [("shared", stage.projects, "Virtual")])
    equal("not in the list of everything", [item["path"] for item in ann.get("/api/v1/folders?name=shared").json()["items"]], [])
    equal("by number one is at the target", ann.get(f"/api/v1/folders/{stage.projects}").json()["path"], "/Projects")
    equal("the list of entries", [item["id"] for item in ann.get(f"{OURS}/folders/{stage.home}/virtual").json()["items"]], [stage.shared])
    equal("for who does not see the target there is none",
          (stage.at(bob, "/Home/ann/shared"), bob.get(f"{OURS}/virtual/{stage.shared}").status, bob.delete(f"{OURS}/virtual/{stage.shared}").status), ([], 404, 404))
    admin.grant(stage.home, "bob", listFiles=True)
    equal("nor for who sees its folder only", (stage.names(bob, stage.home), stage.sftp("bob", "ls -1 /Home/ann")[1], stage.sftp("bob", "ls /Home/ann/shared")[0]), ([], [], False))
    made = [stage.link(stage.home, "p", stage.projects, client) for client in (ann, bob, admin)]
    equal("who may make one", [answer.status for answer in made], [403, 404, 201])
    equal("in a folder that one does not see", stage.link(stage.x, "p", stage.home, bob).status, 404)
    equal("taken names, loops, nothing", [stage.link(*ask).status for ask in ((stage.home, "p", stage.x), (stage.x, "up", stage.projects), (stage.x, "up", stage.root), (stage.home, "q", 999_999_999), (stage.home, "a/b", stage.x))],
          [409, 409, 409, 404, 422])
    equal("gone again", (admin.delete(f"{OURS}/virtual/{made[2].json()['id']}").status, stage.names(ann, stage.home)), (204, [("shared", "Virtual")]))
    equal("bodies", [admin.post(f"{OURS}/folders/{stage.home}/virtual", body).status for body in ({"name": "q"}, {"targetId": stage.x}, {"name": "q", "targetId": "x"})], [422, 422, 422])


def by_sftp(stage):
    """OpenSSH's sftp through it: lists, content, names, moves, and the entry itself"""
    with open(stage.path("new.txt"), "wb") as file:
        file.write(b"new over sftp")
    ok, printed, error = stage.sftp("ann", "cd shared", "pwd", "ls -1", "get report.txt " + stage.path("got.txt"), "put " + stage.path("new.txt"), "cd x/..", "pwd", "ls -1 /Home/ann")
    check("all of it", ok, error)
    equal("paths stay those that were asked for", [line for line in printed if line.startswith("Remote")], ["Remote working directory: /Home/ann/shared"] * 2)
    check("what it lists", {"report.txt", "x"} <= set(printed), printed)
    check("in its folder it is a folder", "/Home/ann/shared" in printed, printed)
    with open(stage.path("got.txt"), "rb") as file:
        equal("the content", file.read(), b"report")
    found = {item["name"]: item for item in stage.ann.get(f"/api/v1/folders/{stage.projects}/files").json()["items"]}
    equal("an upload is in the target", found["new.txt"]["path"], "/Projects/new.txt")
    check("a move from below it to elsewhere", stage.sftp("ann", "rename shared/new.txt /Home/ann/mine.txt")[0])
    equal("is one between the folders", stage.ann.get(f"/api/v1/files/{found['new.txt']['id']}").json()["path"], "/Home/ann/mine.txt")
    check("onto itself by another path it does not vanish", stage.sftp("ann", "rename shared/report.txt /Projects/report.txt")[0])
    equal("and is what it was", stage.ann.download(stage.report).body, b"report")
    check("who does not see the target gets nothing", not stage.sftp("bob", "get /Home/ann/shared/report.txt " + stage.path("none"))[0])
    equal("the entry itself needs the right that makes it", [stage.sftp("ann", line)[0] for line in ("rename shared ours", "rmdir shared", "rm shared", "mkdir shared")], [False] * 4)
    stage.admin.grant(stage.projects, "ann", admin=True, listFiles=True, readFiles=True, writeFiles=True, deleteFiles=True)
    equal("with it", [stage.sftp("ann", line)[0] for line in ("rename shared ours", "rename ours shared")], [True, True])
    stage.admin.grant(stage.projects, "ann", admin=False, listFiles=True, readFiles=True, writeFiles=True, deleteFiles=True)


def by_scp(stage):
    """SCP: patterns go through it, copies of trees leave it out"""
    def scp(*words):
        return subprocess.run(["scp", "-O", *OPTIONS, "-i", stage.path("ann"), "-P", str(stage.server.ssh_port), *words], capture_output=True, text=True, timeout=60, check=False)
    os.makedirs(stage.path("globbed"))
    done = scp("ann@127.0.0.1:/Home/ann/*/rep*.txt", stage.path("globbed"))
    equal("a pattern", (done.returncode, os.listdir(stage.path("globbed"))), (0, ["report.txt"]))
    done = scp("-r", "ann@127.0.0.1:/Home/ann", stage.path("tree"))
    equal("a tree ends at it", (done.returncode, sorted(os.listdir(stage.path("tree")))), (0, ["mine.txt"]))
    done = scp("-r", "ann@127.0.0.1:/Home/ann/shared", stage.path("named"))
    check("named itself it is a folder", done.returncode == 0 and "report.txt" in os.listdir(stage.path("named")), done.stderr)


def others(stage):
    """tus by path, archives, searches, lists by mask, explain"""
    ann = stage.ann
    tus = Tus(ann)
    made = tus.create(3, filename="by-tus.txt", path="/Home/ann/shared/x")
    equal("tus begins in the target", (made.status, tus.patch(made.headers["location"], 0, b"tus").status), (201, 204))
    equal("and the file is there", [item["name"] for item in ann.get(f"/api/v1/folders/{stage.x}/files").json()["items"]], ["by-tus.txt", "deep.txt"])
    with zipfile.ZipFile(io.BytesIO(ann.get(f"{OURS}/zip?folder={stage.home}").body)) as archive:
        equal("an archive of the folder ends at it", sorted(archive.namelist()), ["ann/", "ann/mine.txt"])
    def search(path):
        return [item["name"] for item in ann.get(f"{OURS}/search?name=report&path={path}").json()["items"]]
    equal("a search from above, and from it", (search("/Home/ann"), search("/Home/ann/shared")), ([], ["report.txt"]))
    def masks(path):
        return [item["name"] for item in ann.get(f"/api/v1/files/detailed?pathMask={path}&fileMask=*.txt&recursive=true").json()]
    equal("files by mask", (masks("/Home/ann"), sorted(masks("/Home/ann/shared"))), (["mine.txt"], ["by-tus.txt", "deep.txt", "report.txt"]))
    why = ann.get(f"{OURS}/explain?action=readFiles&path=/Home/ann/shared/report.txt").json()
    equal("explain names the way, and what decided at its end", (why["allowed"], why["through"][0]["path"], why["through"][0]["targetPath"], why["folder"]["path"], why["decidedBy"]["folderPath"]),
          (True, "/Home/ann/shared", "/Projects", "/Projects", "/Projects"))
    check("in words too", "through the virtual folder /Home/ann/shared to /Projects" in why["detail"], why["detail"])
    equal("explain by path for who sees nothing, by two names, by none", [client.get(f"{OURS}/explain?action=view{more}").status for client, more in
          ((stage.bob, "&path=/Home/ann/shared"), (ann, f"&path=/Home/ann&folder={stage.home}"), (ann, ""))], [404, 422, 422])


def limits(stage):
    """two that lead into one another: a bounded way, and an error that says so"""
    back = stage.link(stage.projects, "back", stage.home).json()["id"]
    far = "/Projects" + "/back/shared" * 2
    equal("four on the way", stage.at(stage.ann, far), [(stage.projects, far, "Virtual")])
    answer = stage.ann.get("/api/v1/folders?path=" + far + "/back")
    equal("five, over REST", (answer.status, "more than 4 virtual folders" in answer.json()["detail"]), (413, True))
    equal("and over SFTP", [stage.sftp("ann", f"ls {far}{more}")[0] for more in ("/x", "/back")], [True, False])
    equal("gone again", stage.admin.delete(f"{OURS}/virtual/{back}").status, 204)


def in_parallel(stage):
    """of a file, a folder and virtual folders of one name made at once exactly one is"""
    wins, clients = [], [stage.server.client("admin") for _ in range(4)]
    for i in range(8):
        name, answers = f"race-{i}", []
        def run(act, answers=answers):
            answers.append(act())
        acts = [lambda c=clients[0], n=name: c.upload(stage.x, n, b"x").status,
                lambda c=clients[1], n=name: c.post(f"/api/v1/folders/{stage.x}/subfolders", {"name": n}).status,
                lambda c=clients[2], n=name: stage.link(stage.x, n, stage.home, c).status,
                lambda c=clients[3], n=name: stage.link(stage.x, n, stage.home, c).status]
        threads = [threading.Thread(target=run, args=(act,)) for act in acts]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        wins.append(sorted(answers))
    equal("each time", wins, [[201, 409, 409, 409]] * 8)


def renamed_and_gone(stage):
    """a change of the entry is none of the target; a target that goes takes its entries along, and so does their folder"""
    admin, ann = stage.admin, stage.ann
    equal("who may not", (ann.patch(f"{OURS}/virtual/{stage.shared}", {"name": "ours"}).status, ann.delete(f"{OURS}/virtual/{stage.shared}").status), (403, 403))
    equal("renamed", admin.patch(f"{OURS}/virtual/{stage.shared}", {"name": "ours"}).json()["path"], "/Home/ann/ours")
    equal("a taken name", admin.patch(f"{OURS}/virtual/{stage.shared}", {"name": "mine.txt"}).status, 409)
    equal("the paths follow", (stage.at(ann, "/Home/ann/shared"), stage.at(ann, "/Home/ann/ours/x")), ([], [(stage.x, "/Home/ann/ours/x", "Normal")]))
    box = ann.make_folder(stage.home, "box")
    inner = stage.link(box, "inner", stage.x).json()["id"]
    equal("moved along with its folder", (ann.patch(f"/api/v1/folders/{box}", {"name": "crate"}).status, ann.get(f"{OURS}/virtual/{inner}").json()["path"]), (200, "/Home/ann/crate/inner"))
    equal("a folder that holds one is not empty", stage.sftp("ann", "rmdir crate")[0], False)
    to = ann.make_folder(stage.home, "copies")
    copied = ann.post(f"/api/v1/folders/{box}/copy", {"destinationFolderId": to})
    equal("a copy leaves it out", (copied.status, stage.names(ann, copied.json()["id"])), (200, []))
    admin.patch(f"{OURS}/folders/{stage.x}/history", {"recycleBinDays": 3})
    equal("a target that goes, into the bin too", (admin.delete(f"/api/v1/folders/{stage.x}").status, ann.get(f"{OURS}/virtual/{inner}").status, stage.names(ann, box)), (204, 404, []))
    equal("an entry that goes leaves its target", (admin.delete(f"{OURS}/virtual/{stage.shared}").status, ann.download(stage.report).body, stage.at(ann, "/Home/ann/ours")), (204, b"report", []))
    again = stage.link(box, "again", stage.projects).json()["id"]
    equal("and so does its folder", (ann.delete(f"/api/v1/folders/{box}").status, admin.get(f"{OURS}/virtual/{again}").status, ann.download(stage.report).status), (204, 404, 200))
    equal("the bin still has the file", stage.deep in [item["id"] for item in admin.get(f"{OURS}/recyclebin").json()["items"]], True)


def in_the_log(stage):
    """what was made, renamed and removed is in the log under the folder that held it; what went through one is where it really was"""
    items = stage.admin.get("/api/v1/logs?perPage=1000").json()["items"]
    found = {(item["action"], item["targetName"], item["folderPath"]) for item in items}
    check("the entries", {("virtualfolder_add", "shared", "/Home/ann"), ("virtualfolder_move", "ours", "/Home/ann"), ("virtualfolder_delete", "ours", "/Home/ann")} <= found, found)
    moved = [(item["folderPath"], item["message"].rsplit(" ", 1)[1]) for item in items if item["action"] == "file_move" and item["fileName"] == "mine.txt"]
    equal("a file that went through one", moved, [("/Home/ann", "/Projects/new.txt")])


def organisations(stage):
    """a target of another organisation is not there"""
    system = stage.server.add_user("system", "SysAdmin")
    number = int(system.post("/api/v1/organizations", {"name": "Other"}).json()["id"])
    made = system.post("/api/v1/users", {"username": "chief", "password": PASSWORD, "permission": "Admin", "orgID": number})
    chief = stage.server.client("chief")
    home = chief.make_folder(chief.folder("/"), "Box")
    equal("either way", (made.status, stage.link(home, "p", stage.projects, chief).status, stage.link(stage.home, "p2", home).status), (201, 404, 404))
    other = stage.link(home, "self", chief.make_folder(chief.folder("/"), "Target"), chief).json()["id"]
    kinds = {item["action"] for item in system.get("/api/v1/logs?perPage=1000").json()["items"]}
    equal("who is in none hears nothing of them", [kind for kind in kinds if kind.startswith("virtualfolder")], [])
    equal("nor an entry", [stage.admin.request(method, f"{OURS}/virtual/{other}", body).status for method, body in (("GET", None), ("PATCH", {"name": "n"}), ("DELETE", None))], [404] * 3)


def main():
    with tempfile.TemporaryDirectory() as scratch, Server({"sign_on": {"attempts": 1000}}, ssh=True) as server:
        stage = Stage(server, scratch)
        for each in (made_and_shown, by_sftp, by_scp, others, limits, in_parallel, renamed_and_gone, in_the_log, organisations):
            section(each, stage)
        section(server_is_well, server)
    finish()


if __name__ == "__main__":
    main()
