"""API tokens and SSH keys over REST: every scope against every route, what ends a token, and keys that sign on and are taken away."""
import http.client
import os
import subprocess
import sys
import tempfile
import time

from support.server import PASSWORD, Client, Server, check, equal, finish, multipart, section, server_is_well, users_self_id
from support.sshd import make_key

TOKENS = "/api/bulkhead/v1/tokens"
NO_FOLDER, NO_FILE, NOBODY = 999999999, 999999998, "0123456789abcdef"
SHAPE = {"id", "name", "scope", "prefix", "networks", "created", "expires", "lastUsed", "lastAddress"}


def make(client, scope="read", **more):
    made = client.post(TOKENS, {"name": f"for {scope}", "scope": scope, "expiresInDays": 7, **more})
    if made.status != 201:
        raise RuntimeError(f"token {scope}: {made}")
    return made.json()


def with_token(server, token, source=None):
    return Client(server, token["token"], source)


def life_of_a_token(server):
    """made, shown once, listed, renamed, shortened, used without a sign-on, removed"""
    tom, other = server.add_user("tom"), server.add_user("tim")
    token = make(tom, "read write", networks="127.0.0.0/8")
    equal("made: all fields and the token", set(token), SHAPE | {"token"})
    check("a beginning to know it by, and 43 letters of chance", token["token"].startswith("bulkhead-token-") and len(token["token"]) == 58)
    check("the prefix is its beginning", token["token"].startswith(token["prefix"]) and len(token["prefix"]) == 21)
    equal("scope, networks, last use", [token[k] for k in ("scope", "networks", "lastUsed", "lastAddress")], ["read write", "127.0.0.0/8", None, ""])
    for what, body in (("no scope", {"name": "x", "scope": "", "expiresInDays": 1}), ("an unknown scope", {"name": "x", "scope": "read all", "expiresInDays": 1}),
                       ("no end", {"name": "x", "scope": "read"}), ("two ends", {"name": "x", "scope": "read", "expiresInDays": 1, "expires": "2099-01-01"}),
                       ("an end in the past", {"name": "x", "scope": "read", "expires": "2020-01-01"}), ("too far an end", {"name": "x", "scope": "read", "expires": "2999-01-01"}),
                       ("no name", {"name": "", "scope": "read", "expiresInDays": 1}),
                       ("a network that is none", {"name": "x", "scope": "read", "expiresInDays": 1, "networks": "example.org"})):
        answer = tom.post(TOKENS, body)
        check(f"{what}: refused", answer.status in (400, 422), answer)
    script = with_token(server, token)
    home = tom.home()
    equal("uploads", script.upload(home, "a.txt", b"one").status, 201)
    file = script.get(f"/api/v1/folders/{home}/files").json()["items"][0]["id"]
    equal("downloads", script.download(file).body, b"one")
    listed = tom.get(TOKENS).json()
    equal("a page of one", (listed["paging"]["totalItems"], set(listed["items"][0])), (1, SHAPE))
    check("the last use with its address", listed["items"][0]["lastUsed"] and listed["items"][0]["lastAddress"] == "127.0.0.1", listed)
    one = f"{TOKENS}/{token['id']}"
    equal("of somebody else: 404", (other.patch(one, {"name": "mine"}).status, other.delete(one).status), (404, 404))
    equal("renamed", tom.patch(one, {"name": "nightly"}).json()["name"], "nightly")
    equal("never later: 422", tom.patch(one, {"expires": "2099-01-01"}).status, 422)
    soon = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(time.time() + 86400))
    equal("but earlier", tom.patch(one, {"expires": soon}).json()["expires"], soon)
    equal("and shown again it works", script.get("/api/v1/users/self").status, 200)
    equal("from another address: 401", with_token(server, make(tom, "read", networks="192.0.2.0/24")).get("/api/v1/users/self").status, 401)
    with open(os.path.join(server.data, "warden", "identity.db"), "rb") as database, open(os.path.join(server.data, "warden", "identity.db-wal"), "rb") as journal:
        check("only a digest is stored", token["token"][21:].encode() not in database.read() + journal.read())
    equal("removed: 204, then 404", (tom.delete(one).status, tom.delete(one).status), (204, 404))
    equal("and no more", with_token(server, token).get("/api/v1/users/self").status, 401)
    check("nothing of it in the log", not any(token["token"][21:] in line for line in server.log_lines()))


def administrators(server):
    """an administrator lists and removes the tokens of those whom he administers; nobody makes any for others"""
    admin, ann = server.client("admin"), server.add_user("ann")
    token, user = make(ann), users_self_id(ann)
    path = f"/api/bulkhead/v1/users/{user}/tokens"
    equal("listed", [item["id"] for item in admin.get(path).json()["items"]], [token["id"]])
    equal("oneself by id and by self", (ann.get(path).status, ann.get("/api/bulkhead/v1/users/self/tokens").status), (200, 200))
    equal("nobody: 404", admin.get(f"/api/bulkhead/v1/users/{NOBODY}/tokens").status, 404)
    equal("an equal: 404", server.add_user("bob").get(path).status, 404)
    equal("removed", admin.delete(f"{path}/{token['id']}").status, 204)
    equal("no more", with_token(server, token).get("/api/v1/users/self").status, 401)


def rows(server, admin, system):
    """(route, path, body, who owns the token, scopes that suffice): nothing of it changes anything but for uploads of their own."""
    home = admin.home()
    file = admin.upload(home, "matrix.bin", b"matrix").json()["id"]
    user = users_self_id(server.add_user("matrix-user"))
    entry = {"type": "User", "id": "admin", "permissions": {"readFiles": True}}
    tus = {"Tus-Resumable": "1.0.0"}

    def of(path):
        for name, value in (("{D}", home), ("{F}", file), ("{U}", user), ("{X}", NO_FOLDER), ("{XF}", NO_FILE), ("{N}", NOBODY)):
            path = path.replace(name, str(value))
        return path

    table = []

    def row(method, route, path=None, body=None, needs="", owner=admin, headers=None):
        table.append((method, route, of(path or route), body, needs, owner, headers))

    for path in ("serverinfo", "openapi.json", "auth/identityproviders", "users/self"):
        row("GET", f"/api/v1/{path}", needs="any")
    row("GET", "/api/v1/users/{id}/quota", "/api/v1/users/{N}/quota", needs="admin")
    row("PATCH", "/api/v1/users/{id}/quota", "/api/v1/users/{N}/quota", {"folderQuota": 0}, "admin")
    row("GET", "/api/v1/users", needs="admin")
    row("POST", "/api/v1/users", None, {"username": "a/b", "password": PASSWORD}, "admin")
    row("GET", "/api/v1/users/{id}", "/api/v1/users/{N}", needs="admin")
    row("PATCH", "/api/v1/users/{id}", "/api/v1/users/{N}", {}, "admin")
    row("DELETE", "/api/v1/users/{id}", "/api/v1/users/{N}", needs="admin")
    row("GET", "/api/v1/users/{id}/groups", "/api/v1/users/{N}/groups", needs="admin")
    row("GET", "/api/v1/organizations", needs="admin", owner=system)
    row("POST", "/api/v1/organizations", None, {"name": ""}, "admin", system)
    row("GET", "/api/v1/organizations/{id}", "/api/v1/organizations/4711", needs="admin", owner=system)
    row("PATCH", "/api/v1/organizations/{id}", "/api/v1/organizations/4711", {}, "admin", system)
    for what in ("maxusercounts", "packageaccess", "passwordreset", "interfaceconfiguration"):
        row("POST", "/api/v1/organizations/{id}/" + what, f"/api/v1/organizations/4711/{what}", {}, "admin", system)
    row("POST", "/api/v1/auth/actasadmin", None, {"orgId": 4711}, "session", system)
    external = {"type": "MicrosoftOutlook", "token": "x"}
    for method, body in (("GET", None), ("POST", {**external, "check": True}), ("DELETE", external)):
        row(method, "/api/v1/users/self/externaltokens", None, body, "session")
    row("DELETE", "/api/v1/users/self/externaltokens/{token}", "/api/v1/users/self/externaltokens/{N}", needs="session")
    row("GET", "/api/v1/users/{id}/externaltokens", "/api/v1/users/{U}/externaltokens", needs="admin")
    row("DELETE", "/api/v1/users/{id}/externaltokens/{token}", "/api/v1/users/{U}/externaltokens/{N}", needs="admin")
    security = "/api/v1/settings/security"
    row("GET", f"{security}/remoteaccess/rules", needs="admin")
    row("POST", f"{security}/remoteaccess/rules", None, {"host": "example.com", "permitType": "EndUser"}, "admin")
    row("DELETE", security + "/remoteaccess/rules/{id}", f"{security}/remoteaccess/rules/999", needs="admin")
    row("GET", f"{security}/ipwhitelist", needs="admin", owner=system)
    row("POST", f"{security}/ipwhitelist", None, {"ipAddress": "x"}, "admin", system)
    row("PUT", security + "/ipwhitelist/{id}", f"{security}/ipwhitelist/999", {"ipAddress": "x"}, "admin", system)
    row("DELETE", security + "/ipwhitelist/{id}", f"{security}/ipwhitelist/999", None, "admin", system)
    row("GET", f"{security}/password/aging/policies", needs="admin")
    row("POST", f"{security}/password/aging/policies", None, {"name": "x"}, "admin")
    row("PATCH", f"{security}/password/aging", None, {"userPermission": "User", "policyId": 4711}, "admin")
    row("POST", f"{security}/password/permissions", None, {"allowToChangeOwnPassword": True}, "admin")
    row("GET", f"{security}/userauth/expiration/policies", needs="admin")
    row("POST", f"{security}/userauth/expiration/policies", None, {"name": "x"}, "admin")
    row("PATCH", f"{security}/userauth/expiration", None, {"userPermission": "User", "policyId": 4711}, "admin")
    row("GET", "/api/v1/logs", needs="admin")
    row("GET", "/api/v1/logs/{id}", "/api/v1/logs/999999999", needs="admin")
    row("POST", "/api/v1/settings/miscellaneous/aging/logs", None, {"logRetention": 0}, "admin")
    row("GET", "/api/bulkhead/v1/files/{id}/downloads", "/api/bulkhead/v1/files/{XF}/downloads", needs="admin")

    row("POST", "/api/bulkhead/v1/users/{id}/passwordreset", "/api/bulkhead/v1/users/{N}/passwordreset", needs="admin")

    folder = "/api/v1/folders/{id}"
    row("GET", "/api/v1/folders", needs="read")
    row("GET", folder, "/api/v1/folders/{X}", needs="read|write")
    row("PATCH", folder, "/api/v1/folders/{X}", {"description": "x"}, "admin")
    row("DELETE", folder, "/api/v1/folders/{X}", needs="delete")
    row("GET", folder + "/subfolders", "/api/v1/folders/{X}/subfolders", needs="read")
    row("POST", folder + "/subfolders", "/api/v1/folders/{X}/subfolders", {"name": "n"}, "write")
    for method in ("GET", "DELETE"):
        row(method, folder + "/subfolders/{subfolder}", "/api/v1/folders/{X}/subfolders/{X}", needs="any")
    row("GET", folder + "/acls", "/api/v1/folders/{X}/acls", needs="admin")
    for method in ("POST", "PUT"):
        row(method, folder + "/acls", "/api/v1/folders/{X}/acls", entry, "admin")
    row("DELETE", folder + "/acls", "/api/v1/folders/{X}/acls", {"type": "User", "id": "admin"}, "admin")
    row("PATCH", folder + "/acls/{entry}", "/api/v1/folders/{X}/acls/user!{N}", {"permissions": {"readFiles": True}}, "admin")
    row("GET", folder + "/files", "/api/v1/folders/{X}/files", needs="read")
    row("POST", folder + "/files", "/api/v1/folders/{D}/files", "upload", "write")
    row("PUT", folder + "/files", "/api/v1/folders/{X}/files?uploadType=resumable&fileId={XF}", b"x", "write", headers={"Content-Range": "bytes 0-0/1"})
    row("GET", folder + "/files/{file}", "/api/v1/folders/{X}/files/{XF}", needs="any")
    row("GET", folder + "/files/{file}/download", "/api/v1/folders/{X}/files/{XF}/download", needs="any")
    for what, body in (("filemasks", {"rule": "DenyExceptMatching", "masks": ["*"]}), ("maintenance", {"displayNewFilesForDays": 3}),
                       ("miscellaneous", {"allowFileOverwrite": True}), ("characterRestrictions", {"charSet": "NoRestrictions"}),
                       ("notifications", {"notificationStyle": "Normal"})):
        row("PATCH", f"{folder}/{what}", f"/api/v1/folders/{{X}}/{what}", body, "admin")
    row("POST", folder + "/copy", "/api/v1/folders/{D}/copy", {"destinationFolderId": NO_FOLDER}, "read+write")
    row("POST", folder + "/move", "/api/v1/folders/{X}/move", {"destinationFolderId": NO_FOLDER}, "write+delete")
    row("GET", folder + "/content", "/api/v1/folders/{X}/content", needs="read")
    one = "/api/v1/files/{id}"
    row("GET", "/api/v1/files", needs="read")
    row("GET", "/api/v1/files/detailed", "/api/v1/files/detailed?pathMask=*&fileMask=nothing", needs="read")
    row("GET", one, "/api/v1/files/{F}", needs="read")
    row("PATCH", one, "/api/v1/files/{XF}", {"name": "n"}, "write+delete")
    row("DELETE", one, "/api/v1/files/{XF}", needs="delete")
    row("GET", one + "/download", "/api/v1/files/{F}/download", needs="read")
    row("POST", one + "/copy", "/api/v1/files/{F}/copy", {"destinationFolderId": NO_FOLDER}, "read+write")
    row("POST", one + "/move", "/api/v1/files/{XF}/move", {"destinationFolderId": NO_FOLDER}, "write+delete")
    row("GET", one + "/newstates", "/api/v1/files/{XF}/newstates", needs="admin")
    row("POST", one + "/newstates", "/api/v1/files/{XF}/newstates", {"userId": "admin"}, "admin")
    row("DELETE", one + "/newstates/{user}", "/api/v1/files/{XF}/newstates/admin", needs="admin")
    row("GET", "/api/v1/groups", needs="admin")
    row("POST", "/api/v1/groups", None, {"name": "a/b"}, "admin")
    row("GET", "/api/v1/groups/{id}/members", "/api/v1/groups/999/members", needs="admin")
    row("POST", "/api/v1/groups/{id}/members", "/api/v1/groups/999/members", {"userIds": [NOBODY]}, "admin")
    row("DELETE", "/api/v1/groups/{id}/members/{user}", "/api/v1/groups/999/members/{N}", needs="admin")
    ours = "/api/bulkhead/v1"
    row("GET", f"{ours}/explain", f"{ours}/explain?folder={{D}}&action=readFiles", needs="read")
    row("GET", f"{ours}/zip", f"{ours}/zip?file={{F}}", needs="read")
    row("POST", f"{ours}/zip", None, {"files": [file]}, "read")
    row("GET", ours + "/folders/{id}/history", ours + "/folders/{X}/history", needs="read")
    row("PATCH", ours + "/folders/{id}/history", ours + "/folders/{X}/history", {"versionsKept": 1}, "admin")
    row("GET", ours + "/folders/{id}/virtual", ours + "/folders/{X}/virtual", needs="read")
    row("POST", ours + "/folders/{id}/virtual", ours + "/folders/{X}/virtual", {"name": "n", "targetId": NO_FOLDER}, "admin")
    row("GET", ours + "/virtual/{id}", ours + "/virtual/{X}", needs="read")
    row("PATCH", ours + "/virtual/{id}", ours + "/virtual/{X}", {"name": "n"}, "admin")
    row("DELETE", ours + "/virtual/{id}", ours + "/virtual/{X}", needs="admin")
    version = ours + "/files/{id}/versions"
    row("GET", version, ours + "/files/{XF}/versions", needs="read")
    row("GET", version + "/{version}/download", ours + "/files/{XF}/versions/1/download", needs="read")
    row("POST", version + "/{version}/restore", ours + "/files/{XF}/versions/1/restore", None, "write")
    row("DELETE", version + "/{version}", ours + "/files/{XF}/versions/1", needs="delete")
    row("GET", f"{ours}/search", f"{ours}/search?name=nothing", needs="read")
    row("GET", "/api/v1/xferstatus", needs="read")
    row("POST", "/api/v1/settings/appearance/brand/logos", None, b"--b--\r\n", "admin", headers={"Content-Type": "multipart/form-data; boundary=b"})
    row("GET", f"{ours}/brand/logos/{{place}}", f"{ours}/brand/logos/left", needs="read")
    row("GET", f"{ours}/recyclebin", needs="read")
    row("DELETE", f"{ours}/recyclebin", needs="delete")
    row("POST", ours + "/recyclebin/{id}/restore", ours + "/recyclebin/{XF}/restore", {}, "write")
    row("DELETE", ours + "/recyclebin/{id}", ours + "/recyclebin/{XF}", needs="delete")
    row("POST", f"{ours}/holds", None, {"name": "x", "folderId": NO_FOLDER}, "admin")
    row("GET", f"{ours}/holds", needs="admin")
    for method in ("GET", "DELETE"):
        row(method, ours + "/holds/{id}", ours + "/holds/999", needs="admin")
    row("GET", ours + "/folders/{id}/cleanup", ours + "/folders/{X}/cleanup", needs="admin")
    row("GET", ours + "/receipts/{index}", f"{ours}/receipts/1", needs="read")
    row("GET", f"{ours}/ledger/checkpoint", needs="read")
    for depth in range(1, 5):
        names = "abcd"[:depth]
        row("GET", ours + "/ledger/tile/{level}" + "".join(f"/{{{name}}}" for name in names),
            ours + "/ledger/tile/0" + "/x001" * (depth - 1) + "/000", needs="read")
    for route in ("/tus", "/tus/{id}"):
        row("OPTIONS", route, route.replace("{id}", "{XF}"), needs="any")
    row("POST", "/tus", None, b"", "write", headers={**tus, "Upload-Length": "5", "Upload-Metadata": f"filename YQ==,folderId {base64_of(home)}"})
    row("GET", "/tus/{id}", "/tus/{XF}", needs="write", headers=tus)
    row("PATCH", "/tus/{id}", "/tus/{XF}", b"x", "write", headers={**tus, "Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"})
    row("DELETE", "/tus/{id}", "/tus/{XF}", needs="write|delete", headers=tus)
    row("GET", TOKENS, needs="session")
    row("POST", TOKENS, None, {"name": "more", "scope": "read", "expiresInDays": 1}, "session")
    row("PATCH", TOKENS + "/{id}", f"{TOKENS}/{{N}}", {"name": "x"}, "session")
    row("DELETE", TOKENS + "/{id}", f"{TOKENS}/{{N}}", needs="session")
    of_user = ours + "/users/{id}"
    row("GET", of_user + "/tokens", ours + "/users/{U}/tokens", needs="admin")
    row("DELETE", of_user + "/tokens/{token}", ours + "/users/{U}/tokens/{N}", needs="admin")
    row("GET", of_user + "/keys", ours + "/users/{U}/keys", needs="admin")
    row("POST", of_user + "/keys", ours + "/users/{U}/keys", {"key": "no key"}, "admin")
    row("DELETE", of_user + "/keys/{key}", ours + "/users/{U}/keys/x", needs="admin")
    row("GET", of_user + "/signon", ours + "/users/{U}/signon", needs="admin")
    row("PATCH", of_user + "/signon", ours + "/users/{U}/signon", {"methods": "bogus"}, "admin")
    return table


def base64_of(value):
    import base64
    return base64.b64encode(str(value).encode()).decode()


def suffices(held, needs):
    if needs == "any":
        return True
    return any(set(way.split("+")) <= held for way in needs.split("|"))


def every_scope_on_every_route(server):
    """what a token's scopes let it do, and nothing else, on each route there is"""
    admin, system = server.client("admin"), server.add_user("matrix-system", "SysAdmin")
    table = rows(server, admin, system)
    document = admin.get("/api/v1/openapi.json").json()
    routes = {(method.upper(), path) for path, item in document["paths"].items() for method, operation in item.items() if operation.get("security") != []}
    equal("every route is in the table", sorted(routes ^ {(method, route) for method, route, *_ in table}), [])
    wrong, uploads = [], 0
    for scopes in ("read", "write", "delete", "admin", "read write", "write delete", "read write delete admin"):
        clients = {id(owner): with_token(server, make(owner, scopes)) for owner in (admin, system)}
        for method, route, path, body, needs, owner, headers in table:
            if body == "upload":
                uploads += 1
                kind, body = multipart(f"scope{uploads}.txt", b"x")
                headers = {"Content-Type": kind}
            answer = clients[id(owner)].request(method, path, body, headers=headers)
            denied = answer.status == (404 if "/zip" in path else 403)  # what an archive may not hold is left out of it
            if denied == suffices(set(scopes.split()), needs) or answer.status in (401, 500, 503):
                wrong.append((scopes, method, path, needs, answer))
    equal("each is refused exactly where its scope ends", wrong, [])


def owners_come_first(server):
    """a token never does more than its owner: roles, rights, R-051"""
    admin, una = server.client("admin"), server.add_user("una")
    everything = make(una, "read write delete admin")
    script = with_token(server, everything)
    equal("admin is no role", (script.get("/api/v1/users").status, script.get(f"/api/v1/folders/{admin.home()}").status), (403, 404))
    user = users_self_id(una)
    equal("a password must be changed", admin.patch(f"/api/v1/users/{user}", {"forceChangePassword": True}).status, 200)
    time.sleep(2)
    equal("the token is no way round it", script.get("/api/v1/users/self").status, 401)
    server.token("una", PASSWORD, new_password="another long one 77")
    equal("then it goes on", script.get("/api/v1/users/self").status, 200)
    policy = admin.post("/api/v1/settings/security/userauth/expiration/policies", {"name": "over", "expireDate": "2020-01-01"}).json()["id"]
    admin.patch("/api/v1/settings/security/userauth/expiration", {"userPermission": "User", "policyId": policy})
    equal("nor round the end of the account", with_token(server, everything).get("/api/v1/users/self").status, 401)
    admin.patch("/api/v1/settings/security/userauth/expiration", {"userPermission": "User", "policyId": 0})
    equal("suspended", admin.patch(f"/api/v1/users/{user}", {"status": "Suspended"}).status, 200)
    equal("suspended with him", with_token(server, everything).get("/api/v1/users/self").status, 401)
    admin.patch(f"/api/v1/users/{user}", {"status": "Active"})
    equal("and back with him", with_token(server, everything).get("/api/v1/users/self").status, 200)
    equal("deleted", admin.delete(f"/api/v1/users/{user}").status, 204)
    equal("deleted with him", with_token(server, everything).get("/api/v1/users/self").status, 401)


def expired(server):
    """after its end a token is nothing, and its connections end"""
    eve = server.add_user("eve")
    soon = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(time.time() + 3))
    script = with_token(server, eve.post(TOKENS, {"name": "short", "scope": "read", "expires": soon}).json())
    equal("before", script.get("/api/v1/users/self").status, 200)
    time.sleep(4)
    equal("after", script.get("/api/v1/users/self").status, 401)
    equal("still listed", len(eve.get(TOKENS).json()["items"]), 1)


def ends_a_download(server):
    """R-050: a token is taken away, or its owner disabled, in the middle of a download"""
    admin, dan = server.client("admin"), server.add_user("dan")
    file = dan.upload(dan.home(), "big.bin", os.urandom(64 << 20)).json()["id"]
    user = users_self_id(dan)
    for what, act in (("removed", lambda token: dan.delete(f"{TOKENS}/{token['id']}")),
                      ("shortened", lambda token: dan.patch(f"{TOKENS}/{token['id']}", {"expires": time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(time.time() + 3600))})),
                      ("its owner is disabled", lambda _: admin.patch(f"/api/v1/users/{user}", {"status": "Suspended"}))):
        token = make(dan)
        connection = http.client.HTTPSConnection("127.0.0.1", server.port, context=server.tls(), timeout=20)
        connection.request("GET", f"/api/v1/files/{file}/download", headers={"Authorization": f"Bearer {token['token']}"})
        answer = connection.getresponse()
        answer.read(1 << 20)
        began = time.monotonic()
        equal(f"{what}: done", act(token).status in (200, 204), True)
        try:
            while answer.read(1 << 20):
                time.sleep(0.2)  # 64 MiB would take 12 s
            cut = answer.length not in (0, None)
        except (OSError, http.client.HTTPException):
            cut = True
        check(f"{what}: cut off within 5 s", cut and time.monotonic() - began < 5, time.monotonic() - began)
        connection.close()


def ssh_works(server, user, key):
    done = subprocess.run(["ssh", "-p", str(server.ssh_port), "-i", key, "-F", "none", "-o", "IdentitiesOnly=yes", "-o", "BatchMode=yes",
                           "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR", "-s", f"{user}@127.0.0.1", "sftp"],
                          input=b"", capture_output=True, timeout=30)
    return b"Permission denied" not in done.stderr


def keys(server):
    """SSH keys of oneself and of others, methods of sign-on; a deleted key ends its sessions (R-050)"""
    admin, kim = server.client("admin"), server.add_user("kim")
    user = users_self_id(kim)
    own, path = "/api/bulkhead/v1/users/self/keys", f"/api/bulkhead/v1/users/{user}/keys"
    with tempfile.TemporaryDirectory() as folder:
        key = make_key(os.path.join(folder, "key"))
        with open(key + ".pub") as file:
            line = file.read().strip()
        equal("no key: 422", kim.post(own, {"key": "ssh-ed25519 AAAA"}).status, 422)
        made = kim.post(own, {"key": line})
        equal("added: 201", (made.status, set(made.json())), (201, {"id", "fingerprint", "type", "comment", "added", "lastUsed"}))
        equal("twice: 409", kim.post(own, {"key": line}).status, 409)
        equal("the administrator sees it", [item["fingerprint"] for item in admin.get(path).json()["items"]], [made.json()["fingerprint"]])
        equal("nobody else", server.add_user("lee").get(path).status, 404)
        check("it signs on", ssh_works(server, "kim", key))
        check("its last use", kim.get(own).json()["items"][0]["lastUsed"])
        command = ["ssh", "-p", str(server.ssh_port), "-i", key, "-F", "none", "-o", "IdentitiesOnly=yes", "-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=no",
                   "-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR", "-s", "kim@127.0.0.1", "sftp"]
        live = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        live.stdin.write(b"\0\0\0\5\1\0\0\0\3")  # SSH_FXP_INIT
        live.stdin.flush()
        check("a live session", live.stdout.read(5) != b"")
        equal("deleted: 204", admin.delete(f"{path}/{made.json()['id']}").status, 204)
        try:
            live.wait(5)
        except subprocess.TimeoutExpired:
            live.kill()
        check("it ended within 5 s", live.returncode not in (None, -9), live.returncode)
        equal("and again: 404", admin.delete(f"{path}/{made.json()['id']}").status, 404)
        check("it signs nobody on", not ssh_works(server, "kim", key))
    signon = f"/api/bulkhead/v1/users/{user}/signon"
    equal("methods: any", kim.get("/api/bulkhead/v1/users/self/signon").json(), {"methods": ""})
    equal("not one's own to set: 403", kim.patch("/api/bulkhead/v1/users/self/signon", {"methods": "password"}).status, 403)
    equal("set", admin.patch(signon, {"methods": "publickey,password keyboard-interactive"}).json(), {"methods": "publickey,password keyboard-interactive"})
    equal("a method that is none: 422", admin.patch(signon, {"methods": "telepathy"}).status, 422)
    equal("kept", admin.get(signon).json(), {"methods": "publickey,password keyboard-interactive"})


if __name__ == "__main__":
    tests = (life_of_a_token, administrators, every_scope_on_every_route, owners_come_first, expired, ends_a_download, keys)
    chosen = [test for test in tests if not sys.argv[1:] or test.__name__ in sys.argv[1:]]
    with Server(ssh=True) as server:
        for test in chosen:
            section(test, server)
        section(server_is_well, server)
    finish()
