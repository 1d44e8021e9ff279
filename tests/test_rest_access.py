"""Groups, entries of folders and explanations over REST: moveit-rest sections 5, 7 and 9, and /api/bulkhead/v1/explain."""
import time
import urllib.parse

from support.server import check, equal, run, users_self_id

GROUP = {"id": int, "name": str, "description": str, "membersCount": int}
SHARABLE = {"readFiles", "writeFiles", "deleteFiles", "listFiles", "notify", "listUsers"}
NOBODY = "0123456789abcdef"


def is_error(what, answer, status, code=None):
    body = answer.json() if answer.body else {}
    check(f"{what}: {status}", answer.status == status and bool(body.get("detail")) and code in (None, body.get("errorCode")), answer)


def names(answer, member="name"):
    return [item[member] for item in answer.json()["items"]]


def group(server, name, *members):
    """The id of a new group."""
    admin = server.client("admin")
    made = admin.post("/api/v1/groups", {"name": name, "description": f"about {name}"}).json()
    admin.post(f"/api/v1/groups/{made['id']}/members", {"userIds": [users_self_id(member) for member in members]})
    return made["id"]


def groups(server):
    """GET and POST /groups, their members, groups of a user"""
    admin, gus, gil, gwen = server.client("admin"), server.add_user("gus"), server.add_user("gil"), server.add_user("gwen")
    ids = [users_self_id(client) for client in (gus, gil, gwen)]
    made = admin.post("/api/v1/groups", {"Name": "Gardeners", "description": "of the park"})
    equal("POST /groups: 201", made.status, 201)
    shape = made.json()
    check("Group: every member with its type", all(type(shape.get(name)) is kind for name, kind in GROUP.items()), shape)
    check("its id fits signed 32 bits", 0 < shape["id"] < 2**31)
    park = f"/api/v1/groups/{shape['id']}/members"
    is_error("the name in another spelling", admin.post("/api/v1/groups", {"name": "GARDENERS"}), 409)
    is_error("no name", admin.post("/api/v1/groups", {"description": "x"}), 422)
    is_error("a name with a slash", admin.post("/api/v1/groups", {"name": "a/b"}), 422)
    is_error("one who is no administrator", gus.post("/api/v1/groups", {"name": "Mine"}), 403, 2020)
    added = admin.post(park, {"id": str(shape["id"]), "userIds": ids[:2]})
    equal("POST members: 200, the membership after it", (added.status, names(added, "username")), (200, ["gil", "gus"]))
    user = added.json()["items"][0]
    check("SimpleUser: id, orgID, permission", user["id"] == ids[1] and type(user["orgID"]) is int and user["permission"] == "User", user)
    check("paged", added.json()["paging"]["totalItems"] == 2)
    is_error("an unknown user among them", admin.post(park, {"userIds": [ids[2], NOBODY]}), 422)
    equal("... adds nobody", names(admin.get(park), "username"), ["gil", "gus"])
    for body in ({}, {"userIds": "gus"}, {"userIds": [1]}, {"userIds": ids, "relationship": "Boss"}):
        is_error(f"members {body}", admin.post(park, body), 422)
    equal("GET /groups, page by page", names(admin.get("/api/v1/groups?perPage=1000")).count("Gardeners"), 1)
    equal("GET /groups of a member: his own", names(gus.get("/api/v1/groups")), ["Gardeners"])
    equal("GET /groups of another: none, in one page", (names(gwen.get("/api/v1/groups")), gwen.get("/api/v1/groups").json()["paging"]["totalPages"]), ([], 1))
    is_error("a member does not see the members", gus.get(park), 403)
    is_error("nor add one", gus.post(park, {"userIds": ids}), 403)
    hidden, missing = gwen.get(park), gwen.get(f"/api/v1/groups/{shape['id'] ^ 1}/members")
    equal("who is not in it: 404, the same bytes as for no group", (hidden.status, hidden.body), (404, missing.body))
    for odd in ("0", "-1", "x", "99999999999", "%27", "1%3B"):
        is_error(f"group {odd}", admin.get(f"/api/v1/groups/{odd}/members"), 404)
    equal("GET /users/self/groups", [{k: item[k] for k in item} for item in gus.get("/api/v1/users/self/groups").json()["items"]],
          [{"relationship": "Member", "name": "Gardeners", "description": "of the park"}])
    equal("GET /users/{id}/groups: oneself, an administrator", (names(gus.get(f"/api/v1/users/{ids[0]}/groups")), names(admin.get(f"/api/v1/users/{ids[0]}/groups"))), (["Gardeners"],) * 2)
    other, nobody = gus.get(f"/api/v1/users/{ids[1]}/groups"), gus.get(f"/api/v1/users/{NOBODY}/groups")
    equal("groups of another: 404, the same bytes as for no user", (other.status, other.body), (404, nobody.body))
    promoted = admin.post(park, {"userIds": [ids[0]], "relationship": "groupadmin"})
    equal("an administrator makes a group administrator", [i["relationship"] for i in promoted.json()["items"]], ["Member", "GroupAdmin"])
    equal("who then adds members", names(gus.post(park, {"userIds": [ids[2]]}), "username"), ["gil", "gus", "gwen"])
    is_error("and names no other group administrator", gus.post(park, {"userIds": [ids[2]], "relationship": "GroupAdmin"}), 403)
    theirs = group(server, "Greengrocers", gwen)
    is_error("nor fills another group", gus.post(f"/api/v1/groups/{theirs}/members", {"userIds": [ids[0]]}), 404)
    gone = gus.delete(f"{park}/{ids[1]}")
    equal("DELETE member: 200, the membership after it", (gone.status, names(gone, "username")), (200, ["gus", "gwen"]))
    is_error("who is not in it", gus.delete(f"{park}/{ids[1]}"), 404)
    is_error("who does not exist", gus.delete(f"{park}/{NOBODY}"), 404)
    left = gus.delete(f"{park}/{ids[0]}")
    equal("a group administrator leaves: 200, and sees nobody any more", (left.status, names(left)), (200, []))


def entries(server):
    """GET, POST, PUT, PATCH, DELETE /folders/{id}/acls for users and groups"""
    ada, abe, amy = server.add_user("ada"), server.add_user("abe"), server.add_user("amy")
    who = users_self_id(abe)
    team = group(server, "Auditors", amy)
    folder = ada.make_folder(ada.home(), "books")
    below = ada.make_folder(folder, "2026")
    file = ada.upload(below, "ledger.txt", b"1").json()["id"]
    acls = f"/api/v1/folders/{folder}/acls"
    equal("before: the group's member sees nothing", amy.get(f"/api/v1/files/{file}").status, 404)
    given = ada.post(acls, {"Type": "group", "Id": team, "Permissions": {"readFiles": "True", "LISTFILES": "true", "writeFiles": "False"}, "notificationMessage": "hello"})
    equal("POST for a group, id as a number: 200", given.status, 200)
    entry = next(item for item in given.json()["items"] if item["type"] == "Group")
    equal("AclEntry of a group", {k: entry[k] for k in entry if k != "permissions"}, {"type": "Group", "id": str(team), "name": "Auditors", "entryId": f"group!{team}",
          "isHomeFolderUser": False, "isEditable": True, "isDeletable": True})
    equal("sharePermissions: the six, none", entry["permissions"]["sharePermissions"], dict.fromkeys(SHARABLE, False))
    equal("its member reads below at once, on a live connection", amy.download(file).body, b"1")
    shown = ada.get(f"/api/v1/folders/{folder}").json()
    equal("the folder counts the group", (shown["isShared"], shown["sharedWithGroupsCount"], shown["sharedWithUsersCount"]), (True, 1, 0))
    inherited = next(item for item in ada.get(f"/api/v1/folders/{below}/acls").json()["items"] if item["type"] == "Group")
    equal("an inherited entry: editable, not deletable", (inherited["isEditable"], inherited["isDeletable"]), (True, False))
    is_error("DELETE of it there", ada.delete(f"/api/v1/folders/{below}/acls", {"type": "Group", "id": str(team)}), 404)
    home = ada.get(f"/api/v1/folders/{ada.home()}/acls").json()["items"]
    equal("the owner of a home", [(item["isHomeFolderUser"], item["isEditable"], item["isDeletable"]) for item in home], [(True, False, False)])

    put = ada.request("PUT", f"/api/v1/folders/{below}/acls", {"type": "Group", "id": "auditors", "permissions": {"listFiles": True}})
    equal("PUT overrides what is inherited", (put.status, amy.download(file).status, amy.get(f"/api/v1/files/{file}").status), (200, 403, 200))
    put = ada.request("PUT", f"/api/v1/folders/{below}/acls", {"type": "Group", "id": "auditors", "permissions": {"writeFiles": True}, "overrideBehaviourType": "AddToInherited"})
    equal("PUT that adds", (put.status, amy.download(file).status), (200, 200))
    put = ada.request("PUT", f"/api/v1/folders/{below}/acls", {"type": "Group", "id": str(team), "permissions": {"writeFiles": "False"}})
    equal("PUT of nothing takes away what is inherited", (put.status, amy.get(f"/api/v1/files/{file}").status), (200, 404))
    patched = ada.patch(f"/api/v1/folders/{below}/acls/group!{team}", {"permissions": {"deleteFiles": "true"}})
    rights = {name for name, given in patched.json()["permissions"].items() if given is True}
    equal("PATCH adds to what is inherited, and answers the entry", (patched.status, patched.json()["entryId"], rights), (200, f"group!{team}", {"readFiles", "listFiles", "deleteFiles"}))
    patched = ada.patch(f"/api/v1/folders/{below}/acls/group%21{team}", {"permissions": {"deleteFiles": False, "listFiles": True}, "overrideBehaviourType": "overrideinherited"})
    equal("PATCH leaves what it does not name, and takes what it says is false", {name for name, given in patched.json()["permissions"].items() if given is True}, {"listFiles"})
    for entry_id in ("user!" + NOBODY, f"user!{who}", "group!1", f"group{team}", "!", "group!", f"team!{team}"):
        is_error(f"PATCH of {entry_id}", ada.patch(f"/api/v1/folders/{below}/acls/{urllib.parse.quote(entry_id)}", {"permissions": {"listFiles": True}}), 404)

    for what, body in (("no type that is", {"type": "Email", "id": who, "permissions": {"readFiles": True}}), ("no id", {"type": "User", "permissions": {"readFiles": True}}),
                       ("no permissions", {"type": "User", "id": who}), ("no right", {"type": "User", "id": who, "permissions": {}}),
                       ("a behaviour that is none", {"type": "User", "id": who, "permissions": {"readFiles": True}, "overrideBehaviourType": "Both"}),
                       ("a share that is none", {"type": "User", "id": who, "permissions": {"share": True, "sharePermissions": {"admin": True}}})):
        is_error(f"POST with {what}", ada.post(acls, body), 422)
    is_error("a group that is not there", ada.post(acls, {"type": "Group", "id": "Nobodies", "permissions": {"readFiles": True}}), 404)
    is_error("a user id as a group", ada.post(acls, {"type": "Group", "id": who, "permissions": {"readFiles": True}}), 404)
    equal("POST for a user by id", ada.post(acls, {"type": "User", "id": who, "permissions": {"share": True, "readFiles": True, "listFiles": True, "listUsers": True, "sharePermissions": {"readFiles": "True"}}}).status, 200)
    shared = next(item for item in ada.get(acls).json()["items"] if item["id"] == who)["permissions"]
    equal("sharePermissions are kept", {name for name, given in shared["sharePermissions"].items() if given}, {"readFiles"})
    equal("who shares gives that", abe.grant(folder, "admin", readFiles=True).status, 200)
    is_error("and no more", abe.grant(folder, "admin", readFiles=True, listFiles=True), 403)
    items = {item["name"]: item for item in abe.get(acls).json()["items"]}
    equal("he edits what is within his reach", (items["admin"]["isEditable"], items["Auditors"]["isEditable"]), (True, False))
    equal("sorted, paged", (names(abe.get(acls + "?perPage=2&sortDirection=desc")), abe.get(acls + "?perPage=2").json()["paging"]["totalPages"]), (["admin", "abe"], 2))

    group_members = f"/api/v1/groups/{team}/members"
    admin = server.client("admin")
    ada.request("PUT", f"/api/v1/folders/{below}/acls", {"type": "Group", "id": str(team), "permissions": {"readFiles": True}})
    equal("R-050: before, the member downloads", amy.download(file).status, 200)
    admin.delete(f"{group_members}/{users_self_id(amy)}")
    started = time.monotonic()
    status = amy.download(file).status
    check("R-050: taken out of the group, not any more, within 5 s", status == 404 and time.monotonic() - started < 5, status)
    equal("DELETE for a group: 204", ada.delete(acls, {"type": "group", "id": team}).status, 204)
    is_error("DELETE again", ada.delete(acls, {"type": "group", "id": team}), 404)


def inheritance(server):
    """inheritPermissions of new subfolders, PATCH inheritAccess"""
    ina, ian = server.add_user("ina"), server.add_user("ian")
    team = group(server, "Insiders", ian)
    top = ina.make_folder(ina.home(), "top")
    ina.post(f"/api/v1/folders/{top}/acls", {"type": "Group", "id": team, "permissions": {"listFiles": True}})

    def new(name, kind):
        return ina.post(f"/api/v1/folders/{top}/subfolders", {"name": name, "inheritPermissions": kind}).json()["id"]

    always, copied, none = new("always", "Always"), new("copied", "copyonly"), new("none", "None")
    seen = [ian.get(f"/api/v1/folders/{folder}").status for folder in (always, copied, none)]
    equal("Always and CopyOnly are there for the group, None is not", seen, [200, 200, 404])
    stopped = ina.patch(f"/api/v1/folders/{always}", {"inheritAccess": "False"})
    equal("PATCH inheritAccess false: 200, and it says so", (stopped.status, stopped.json()["parentInheritRights"]), (200, 0))
    ina.delete(f"/api/v1/folders/{top}/acls", {"type": "Group", "id": team})
    seen = [ian.get(f"/api/v1/folders/{folder}").status for folder in (top, always, copied)]
    equal("what it inherited became its own", seen, [404, 200, 200])
    ina.delete(f"/api/v1/folders/{always}/acls", {"type": "Group", "id": team})
    equal("and can be taken away", ian.get(f"/api/v1/folders/{always}").status, 404)
    ina.post(f"/api/v1/folders/{top}/acls", {"type": "Group", "id": team, "permissions": {"listFiles": True}})
    equal("it does not come back by itself", ian.get(f"/api/v1/folders/{always}").status, 404)
    equal("but with inheritAccess true", (ina.patch(f"/api/v1/folders/{always}", {"inheritAccess": True}).json()["parentInheritRights"], ian.get(f"/api/v1/folders/{always}").status), (1, 200))
    is_error("who has no admin there", ian.patch(f"/api/v1/folders/{always}", {"inheritAccess": False}), 403)
    is_error("no boolean", ina.patch(f"/api/v1/folders/{always}", {"inheritAccess": "perhaps"}), 422)
    admin = server.client("admin")
    is_error("/Home stays as it is", admin.patch(f"/api/v1/folders/{admin.folder('/Home')}", {"inheritAccess": False}), 403)


def explained(server):
    """GET /api/bulkhead/v1/explain"""
    eda, edd, els = server.add_user("eda"), server.add_user("edd"), server.add_user("els")
    admin = server.client("admin")
    team = group(server, "Explainers", edd)
    folder = eda.make_folder(eda.home(), "why")
    els.home()  # from now on she is known
    file = eda.upload(folder, "because.txt", b"x").json()["id"]
    eda.post(f"/api/v1/folders/{folder}/acls", {"type": "Group", "id": team, "permissions": {"listFiles": True}})

    def ask(client, **query):
        return client.get("/api/bulkhead/v1/explain?" + urllib.parse.urlencode(query))

    why = ask(edd, action="listFiles", folder=folder).json()
    equal("by the group's entry, in that folder", (why["allowed"], why["verdict"], why["reason"], why["decidedBy"]["folderPath"], why["decidedBy"]["entry"]["entryId"]),
          (True, "Allowed", "Grant", "/Home/eda/why", f"group!{team}"))
    check("a sentence says so too", "Explainers" in why["detail"] and "/Home/eda/why" in why["detail"], why["detail"])
    why = ask(edd, user="self", action="READFILES", file=file).json()
    equal("of a file: denied, what is needed, what there is", (why["allowed"], why["verdict"], why["reason"], why["needed"], why["rights"]), (False, "Denied", "RightNotGranted", ["readFiles"], ["listFiles"]))
    equal("by the home", [ask(eda, action="admin", folder=folder).json()[k] for k in ("allowed", "reason")], [True, "Home"])
    equal("by the role", [ask(admin, action="admin", folder=folder).json()[k] for k in ("allowed", "reason")], [True, "Role"])
    equal("an administrator about another", ask(admin, user="els", action="view", folder=folder).json()["verdict"], "NotFound")
    equal("who administers the folder about another", ask(eda, user=users_self_id(edd), action="view", folder=folder).json()["reason"], "Grant")
    hidden, missing = ask(els, action="view", folder=folder), ask(els, action="view", folder=folder ^ 1)
    equal("about a folder that one does not know: 404, the same bytes", (hidden.status, hidden.body), (404, missing.body))
    other, nobody = ask(edd, user="els", action="view", folder=folder), ask(edd, user="nobody", action="view", folder=folder)
    equal("about another without list_users: 404, as about nobody", (other.status, other.body), (404, nobody.body))
    for query in ({"folder": folder}, {"action": "fly", "folder": folder}, {"action": "view"}, {"action": "view", "folder": folder, "file": file}):
        is_error(f"a question that is none: {sorted(query)}", ask(edd, **query), 422)
    is_error("a folder that is no number", ask(edd, action="view", folder="../x"), 404)


if __name__ == "__main__":
    run([groups, entries, inheritance, explained])
