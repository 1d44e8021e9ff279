"""GET /api/bulkhead/v1/search: files by name in all folders, within the rights of who asks; hostile patterns."""
import time
import urllib.parse

from support.server import check, equal, run

HOSTILE = ["%", "_", "[a-z]", "a%", '"', '""', '"a" OR "b"', "NEAR(a b)", "a AND b", "a OR b", "NOT a", "a^b", "^a", "text:a", "a:b", "-a", "+a", "(a)", "{a b}",
           "'", "''", "';--", "\\", "a\\", "%00", "\u00df", "\u0130", "\U000f0000", "x" * 300, "*" * 900 + "a", "?" * 500]


def search(client, name, path=None, **more):
    query = {"name": name, **({"path": path} if path else {}), **more}
    return client.get("/api/bulkhead/v1/search?" + urllib.parse.urlencode(query))


def paths(client, name, path=None, per_page=2):
    """All pages."""
    found, after = [], None
    for _ in range(100):
        answer = search(client, name, path, perPage=per_page, **({"after": after} if after else {}))
        if answer.status != 200:
            return answer.status
        found += [item["path"] for item in answer.json()["items"]]
        after = answer.json()["paging"]["next"]
        if after is None:
            return sorted(found)
    raise RuntimeError("the pages do not end")


def put(client, folder, name):
    answer = client.upload(folder, name, b"content")
    if answer.status != 201:
        raise RuntimeError(f"upload {name}: {answer}")
    return answer.json()["id"]


def names(server):
    """a part of a name, masks, letters of any size; what changes is found as it is now"""
    amy = server.add_user("amy")
    home = amy.home()
    deep = amy.make_folder(amy.make_folder(home, "a"), "b")
    first, second = put(amy, home, "Report-2026.PDF"), put(amy, deep, "quarterly report.txt")
    put(amy, deep, "\u00c4rger.txt")
    top = "/Home/amy/"
    both = sorted([top + "Report-2026.PDF", top + "a/b/quarterly report.txt"])
    equal("a part of the name", paths(amy, "report"), both)
    equal("in any size of letters", paths(amy, "REPORT"), both)
    equal("also beyond ASCII", paths(amy, "\u00e4RGER"), [top + "a/b/\u00c4rger.txt"])
    equal("with a wildcard the whole name counts", paths(amy, "report*"), [top + "Report-2026.PDF"])
    equal("? is one letter", paths(amy, "report-202?.pdf"), [top + "Report-2026.PDF"])
    equal("two letters", paths(amy, "-2"), [top + "Report-2026.PDF"])
    equal("one letter", paths(amy, "q"), [top + "a/b/quarterly report.txt"])
    equal("everything", len(paths(amy, "*")), 3)
    equal("below a folder", paths(amy, "report", top + "a"), [top + "a/b/quarterly report.txt"])
    equal("an unknown folder", paths(amy, "report", "/nowhere"), 404)
    equal("no name", search(amy, "").status, 422)
    equal("a position that nobody said", search(amy, "a", after="x").status, 422)
    item = search(amy, "2026").json()["items"][0]
    equal("an item is what lists show", item, next(each for each in amy.get("/api/v1/files").json()["items"] if each["id"] == first))
    amy.patch(f"/api/v1/files/{first}", {"name": "minutes.doc"})
    equal("a new name is found, the old one not", (paths(amy, "minutes"), paths(amy, "2026")), ([top + "minutes.doc"], []))
    amy.patch(f"/api/v1/folders/{amy.folder(top + 'a')}", {"name": "c"})
    equal("a folder with another name", paths(amy, "quarterly"), [top + "c/b/quarterly report.txt"])
    amy.post(f"/api/v1/folders/{amy.folder(top + 'c')}/copy", {"destinationFolderId": amy.make_folder(home, "copies")})
    equal("the copy of a tree", paths(amy, "quarterly", top + "copies"), [top + "copies/c/b/quarterly report.txt"])
    amy.delete(f"/api/v1/files/{second}")
    amy.delete(f"/api/v1/folders/{amy.folder(top + 'copies')}")
    equal("what was removed is not found", paths(amy, "quarterly"), [])


def rights(server):
    """what one may not list is not found; nothing of another organisation"""
    ann, bob = server.add_user("ann"), server.add_user("bob")
    folder = ann.make_folder(ann.home(), "shared")
    put(ann, folder, "salaries.csv")
    equal("without rights", paths(bob, "salaries"), [])
    equal("nor below a path that he may not know of", paths(bob, "salaries", "/Home/ann/shared"), 404)
    ann.grant(folder, "bob", readFiles=True)
    equal("who may read and not list finds nothing", paths(bob, "salaries"), [])
    ann.grant(folder, "bob", listFiles=True)
    equal("who may list finds it", paths(bob, "salaries"), ["/Home/ann/shared/salaries.csv"])
    ann.ungrant(folder, "bob")
    equal("and no longer when the right is gone", paths(bob, "salaries"), [])
    equal("an administrator finds it", paths(server.client("admin"), "salaries"), ["/Home/ann/shared/salaries.csv"])
    equal("nobody without a token", server.client().get("/api/bulkhead/v1/search?name=salaries").status, 401)


def hostile(server):
    """R-007: only * and ? mean anything, and no pattern takes long"""
    eve = server.add_user("eve")
    home = eve.home()
    stored = {}
    for text in HOSTILE:
        name = text.replace("*", "").replace("?", "")[:200]
        if name and eve.upload(home, name, b"x").status == 201:
            stored[name] = f"/Home/eve/{name}"
    check("most of them are names of files as well", len(stored) > 15, len(stored))
    slow = []
    for text in HOSTILE:
        begin = time.monotonic()
        found = paths(eve, text, per_page=100)
        slow += [text] if time.monotonic() - begin > 2 else []
        if "*" in text or "?" in text:
            check(f"{text[:20]!r} is answered", isinstance(found, list), found)
            continue
        want = sorted(path for name, path in stored.items() if text.lower() in name.lower())
        if found != want:
            check(f"{text[:20]!r} finds itself and no more", False, (found, want))
    equal("none took long", slow, [])
    for text in ("a\0b", "\0"):
        equal(f"{text!r} is refused", paths(eve, text), 400)
    equal("a mask that is too long", search(eve, "a" * 2000).status, 413)


def many(server):
    """each once, over all pages"""
    max_ = server.add_user("max")
    folder = max_.make_folder(max_.home(), "many")
    for number in range(60):
        put(max_, folder, f"file {number:02d}")
    equal("all of them, in pages of seven", paths(max_, "file", per_page=7), [f"/Home/max/many/file {number:02d}" for number in range(60)])


if __name__ == "__main__":
    run([names, rights, hostile, many])
