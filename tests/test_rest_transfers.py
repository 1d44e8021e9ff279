"""/api/v1/xferstatus against the real server: transfers under way over REST, tus and SFTP, their ends, filters, and who sees what."""
import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "support"))

from server import Server, check, equal, finish, multipart, section, server_is_well  # noqa: E402
from sshd import make_key  # noqa: E402
from uploads import Tus, content_of, cut, half_patch, wait_for  # noqa: E402

MIB = 1 << 20
STATUS = "/api/v1/xferstatus"
SHAPE = {"nodeNum", "moduleName", "direction", "transferStatus", "statusMessage", "errorCode", "orgId", "userId", "userLoginName", "userFullName", "userIp", "timeStarted",
         "timeEnded", "currentBytes", "totalBytes", "transferRate", "fileId", "fileName", "folderId", "folderName", "folderPath", "folderType", "agentVersion",
         "agentBrand", "integrityVerified"}


def transfers(client, query=""):
    return client.get(f"{STATUS}?{query}").json()["items"]


def one(client, query):
    items = transfers(client, query)
    return items[0] if len(items) == 1 else None


def under_way(server):
    """an upload and a download that do not end: bytes so far, then their ends"""
    ann, boss = server.add_user("ann"), server.client("admin")
    tus, content = Tus(ann), content_of(6 * MIB, 1)
    url = tus.create(len(content), filename="coming.bin").headers["location"]
    raw = half_patch(ann, url, 0, content, 3 * MIB)
    coming = wait_for(lambda: one(boss, "fileName=COMING"))
    check("the upload is seen", coming and MIB <= coming["currentBytes"] <= 3 * MIB, coming)
    equal("its members", set(coming), SHAPE)
    equal("what it is", [coming[name] for name in ("moduleName", "direction", "transferStatus", "userLoginName", "folderPath", "userIp", "timeEnded", "fileId")],
          ["REST", "Upload", "Active", "ann", "/Home/ann", "127.0.0.1", None, url[5:]])
    equal("by whom, wherever it stands", [bool(one(boss, f"{name}&fileName=coming")) for name in ("userLoginName=AN", "userLoginName=bob", "folderName=home/a", "folderName=else", "userIp=127.0",
                                          "search=ann", "search=coming", "search=nothing", "transferStatus=Active", "transferStatus=Failed&transferStatus=Active", "transferStatus=Completed")],
          [True, False, True, False, True, True, True, False, True, True, False])
    counts = boss.get(STATUS).json()["statusDistribution"]
    check("counted", counts["active"] >= 1 and set(counts) == {"active", "stalled", "completed", "failed", "lingeringTransfers"}, counts)
    cut(raw)
    check("cut off: it is under way no more", wait_for(lambda: not transfers(boss, "fileName=coming")))
    equal("and no failure: by tus it may go on", transfers(boss, "fileName=coming&recentlyCompletedPeriod=600"), [])
    raw = server.raw()
    kind, body = multipart("broken.bin", content)
    raw.send((f"POST /api/v1/folders/{ann.home()}/files HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {ann.token}\r\nContent-Type: {kind}\r\n"
              f"Content-Length: {len(body)}\r\n\r\n").encode() + body[:3 * MIB])
    check("a form is seen, and how much is to come", wait_for(lambda: (one(boss, "fileName=broken") or {}).get("totalBytes") == len(content)))
    cut(raw)
    failed = wait_for(lambda: one(boss, "fileName=broken&recentlyCompletedPeriod=600&transferStatus=Failed"))
    check("cut off, it has failed", failed and failed["transferStatus"] == "Failed" and failed["timeEnded"] and failed["statusMessage"], failed)
    equal("the rest", tus.complete(url, content), len(content))
    done = wait_for(lambda: one(boss, "fileName=coming&recentlyCompletedPeriod=600&transferStatus=completed"))
    check("completed", done and (done["currentBytes"], done["totalBytes"]) == (len(content), len(content)), done)

    raw = server.raw()
    file = ann.upload(ann.home(), "going.bin", content_of(30 * MIB, 2)).json()["id"]
    raw.send((f"GET /api/v1/files/{file}/download HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {ann.token}\r\n\r\n").encode())
    going = wait_for(lambda: one(boss, "fileName=going&transferStatus=Active"))
    check("a download that is not taken", going and going["direction"] == "Download" and going["totalBytes"] == 30 * MIB and MIB <= going["currentBytes"] < 30 * MIB, going)
    raw.close()
    check("ended", wait_for(lambda: not transfers(boss, "fileName=going")))
    equal("a whole download", len(ann.download(file).body), 30 * MIB)
    states = wait_for(lambda: sorted(item["transferStatus"] for item in transfers(boss, "fileName=going&recentlyCompletedPeriod=600"))
                      == ["Completed", "Completed", "Failed"] and True)
    check("upload and downloads, as they ended", states, transfers(boss, "fileName=going&recentlyCompletedPeriod=600"))


def by_sftp(server):
    """over SSH"""
    user, boss = server.add_user("partner"), server.client("admin")
    with tempfile.TemporaryDirectory() as folder:
        key = make_key(f"{folder}/key")
        server.cli("user", "key", "add", "partner", f"{key}.pub")
        with open(f"{folder}/slow.bin", "wb") as file:
            file.write(content_of(8 * MIB, 3))
        put = subprocess.Popen(["sftp", "-q", "-l", "16000", "-b", "-", "-P", str(server.ssh_port), "-i", key, "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null",
                                "-o", "LogLevel=ERROR", "-o", "IdentitiesOnly=yes", "partner@127.0.0.1"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, text=True)
        put.stdin.write(f"put {folder}/slow.bin /Home/partner/slow.bin\n")
        put.stdin.close()
        seen = wait_for(lambda: one(boss, "fileName=slow"))
        check("under way", seen and (seen["moduleName"], seen["userLoginName"], seen["transferStatus"]) == ("SSH", "partner", "Active"), seen)
        equal("the client's end", put.wait(60), 0)
        done = wait_for(lambda: one(boss, "fileName=slow&recentlyCompletedPeriod=60"))
        check("completed", done and (done["transferStatus"], done["currentBytes"]) == ("Completed", 8 * MIB) and done["transferRate"] > 0, done)
    equal("its own user sees it", len(transfers(user, "recentlyCompletedPeriod=60")), 1)


def who_sees(server):
    """users their own, administrators and auditors their organisation's, nobody another's"""
    ann, bob, auditor = server.client("ann"), server.add_user("bob"), server.add_user("clerk", "AuditUser")
    equal("bob has none", transfers(bob, "recentlyCompletedPeriod=600"), [])
    equal("whatever he asks for", transfers(bob, "recentlyCompletedPeriod=600&userLoginName=ann"), [])
    mine = {item["userLoginName"] for item in transfers(ann, "recentlyCompletedPeriod=600&perPage=200")}
    equal("ann has hers", mine, {"ann"})
    whole = {item["userLoginName"] for item in transfers(auditor, "recentlyCompletedPeriod=600&perPage=200")}
    check("an auditor all", {"ann", "partner"} <= whole, whole)
    equal("nobody without a token", server.client().get(STATUS).status, 401)


def pages(server):
    """orders and pages; what is no number, and no status"""
    boss = server.client("admin")
    answer = boss.get(f"{STATUS}?recentlyCompletedPeriod=600&perPage=2&sortField=fileName&sortDirection=desc").json()
    names = [item["fileName"] for item in transfers(boss, "recentlyCompletedPeriod=600&perPage=200")]
    equal("the last two names", [item["fileName"] for item in answer["items"]], sorted(names, reverse=True)[:2])
    equal("of so many", answer["paging"]["totalItems"], len(names))
    equal("in the order of their starts", [item["timeStarted"] for item in transfers(boss, "recentlyCompletedPeriod=600&perPage=200")],
          sorted(item["timeStarted"] for item in transfers(boss, "recentlyCompletedPeriod=600&perPage=200")))
    for wrong in ("recentlyCompletedPeriod=soon", "statusDistributionPeriod=-1", "transferStatus=Flying", "fileName=" + "a" * 5_000):
        check(f"{wrong[:40]}: 422 or 414", boss.get(f"{STATUS}?{wrong}").status in (414, 422, 431))


def main():
    with Server(ssh=True) as server:
        for test in (under_way, by_sftp, who_sees, pages):
            if not sys.argv[1:] or test.__name__ in sys.argv[1:]:
                section(test, server)
        section(server_is_well, server)
    finish()


if __name__ == "__main__":
    main()
