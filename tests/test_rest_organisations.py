"""What a SysAdmin sets for organisations and acts as, external tokens, the flows of /token, and roles that touch no files."""
import http.client
import sys
import time
import urllib.parse

from support.server import PASSWORD, Client, Server, check, equal, finish, section, server_is_well, users_self_id

OTHER = "seventeen blue kites"
ORGANISATION = {"id", "name", "shortName", "language", "formattingLocale", "securityBanner", "securityNotice", "securityNoticeStamp",
                "securityNoticeRequired", "techInfo", "techName", "techPhone", "techEmail", "informationLink", "informationLinkName", "contactLink",
                "contactLinkName", "allowPassChangeRequests", "baseURL", "notes", "usersCount", "foldersCount", "filesCount"}


def add(client, name, **more):
    return client.post("/api/v1/users", {"username": name, "password": PASSWORD, "fullName": "Name", **more})


def describe(server):
    """OrgDetailed, its fields in POST and PATCH, and what of it /info shows its people"""
    system, admin = server.add_user("describer", "SysAdmin"), server.client("admin")
    made = system.post("/api/v1/organizations", {"name": "North", "passPhrase": "not kept", "shortName": "N", "techName": "Tess", "techPhone": "+1 555", "techEmail": "tess@example.com"})
    equal("POST: 201 with every field", (made.status, set(made.json())), (201, ORGANISATION))
    one = f"/api/v1/organizations/{made.json()['id']}"
    equal("what was said", [made.json()[k] for k in ("techName", "techPhone", "techEmail", "baseURL")], ["Tess", "+1 555", "tess@example.com", ""])
    for what, body in (("an address of another kind", {"baseUrl": "ftp://example.org"}), ("a mail address that is none", {"techEmail": "nobody"})):
        equal(f"{what}: 422", system.patch(one, body).status, 422)
    changed = system.patch(one, {"baseUrl": "https://north.example", "notes": "n", "techPhone": ""}).json()
    equal("PATCH", [changed[k] for k in ("baseURL", "notes", "techName", "techPhone")], ["https://north.example", "n", "Tess", ""])
    equal("GET", system.get(one).json(), changed)
    add(system, "north-chief", permission="Admin", orgID=int(changed["id"]))
    info = server.client("north-chief").get("/api/v1/info").json()
    equal("its people see it", [info[k] for k in ("id", "name", "shortName", "techName", "techEmail", "baseURL")],
          [changed["id"], "North", "N", "Tess", "tess@example.com", "https://north.example"])
    equal("the others do not", admin.get("/api/v1/info").json()["techName"], "")
    equal("counts in the list", system.get("/api/v1/organizations?perPage=100").json()["items"][-1]["usersCount"] >= 1, True)


def limits(server):
    """maxusercounts, passwordreset, packageaccess, interfaceconfiguration"""
    system = server.add_user("limiter", "SysAdmin")
    org = system.post("/api/v1/organizations", {"name": "South", "passPhrase": "x"}).json()["id"]
    one = f"/api/v1/organizations/{org}"
    add(system, "south-chief", permission="Admin", orgID=int(org))
    chief = server.client("south-chief")
    equal("not for an Admin", [chief.post(f"{one}/{what}", {}).status for what in ("maxusercounts", "passwordreset", "packageaccess", "interfaceconfiguration")], [403] * 4)
    equal("nor for what is not there", system.post("/api/v1/organizations/4711/maxusercounts", {}).status, 404)
    equal("counts", system.post(f"{one}/maxusercounts", {"totalUsers": 0, "endUsers": "2", "tempUsers": 1}).json(), {"totalUsers": 0, "endUsers": 2, "tempUsers": 1})
    equal("negative: 422", system.post(f"{one}/maxusercounts", {"endUsers": -1}).status, 422)
    equal("two end users", [add(chief, f"south{i}").status for i in range(3)], [201, 201, 409])
    equal("one temporary user", [add(chief, f"guest{i}", permission="TemporaryUser").status for i in range(2)], [201, 409])
    equal("no way round it by a change of role", chief.patch(f"/api/v1/users/{user_of(chief, 'guest0')}", {"permission": "User"}).status, 409)
    equal("what is given is changed", system.post(f"{one}/maxusercounts", {"endUsers": 0, "totalUsers": 5}).json(), {"totalUsers": 5, "endUsers": 0, "tempUsers": 1})
    equal("five in all", [add(chief, f"south{i}").status for i in range(3, 5)], [201, 409])
    user = user_of(chief, "south0")
    equal("no password of others", system.post(f"{one}/passwordreset", {"enableAdminPasswordReset": False}).json(), {"enableAdminPasswordReset": False})
    equal("refused", chief.patch(f"/api/v1/users/{user}", {"password": OTHER}).status, 403)
    equal("anything else goes", chief.patch(f"/api/v1/users/{user}", {"fullName": "Else"}).status, 200)
    system.post(f"{one}/passwordreset", {"enableAdminPasswordReset": True})
    equal("and again", chief.patch(f"/api/v1/users/{user}", {"password": OTHER}).status, 200)
    access = {"adminPackageAccess": "adminonly", "showAdHocTransferEntriesInLog": True, "applyToAllOrganizations": True}
    equal("package access", system.post(f"{one}/packageaccess", access).json(), {"adminPackageAccess": "AdminOnly", "showAdHocTransferEntriesInLog": True})
    equal("everywhere", system.post("/api/v1/organizations/1000/packageaccess", {}).json(), {"adminPackageAccess": "AdminOnly", "showAdHocTransferEntriesInLog": True})
    equal("one that is none: 422", system.post(f"{one}/packageaccess", {"adminPackageAccess": "Everybody"}).status, 422)
    equal("interface", system.post(f"{one}/interfaceconfiguration", {"showAdHocPackage": False}).json(),
          {"showFileAndFolder": True, "showAdHocPackage": False, "showSecureFolderSharing": True})


def user_of(client, name):
    return client.get(f"/api/v1/users?username={name}&isExactMatch=true").json()["items"][0]["id"]


def acting(server):
    """actasadmin: another connection, the files of that organisation, the ledger says who it was"""
    system, admin = server.add_user("actor", "SysAdmin"), server.client("admin")
    file = admin.upload(admin.home(), "theirs.txt", b"theirs").json()["id"]
    equal("as himself he sees no file", (system.get("/api/v1/folders").json()["items"], system.download(file).status in (403, 404)), ([], True))
    equal("for a SysAdmin only", admin.post("/api/v1/auth/actasadmin", {"orgId": 1000}).status, 403)
    equal("nobody's organisation", system.post("/api/v1/auth/actasadmin", {"orgId": 4711}).status, 404)
    equal("no organisation", system.post("/api/v1/auth/actasadmin", {}).status, 422)
    other, plain = Client(server, system.token), server.client("actor")
    equal("another connection", other.get("/api/v1/users/self").json()["permission"], "SysAdmin")
    answer = system.post("/api/v1/auth/actasadmin", {"orgId": "1000"})
    equal("200", (answer.status, answer.json()), (200, {"orgId": 1000, "permission": "Admin"}))
    time.sleep(1)
    equal("then he is an Admin there, on every connection of the token", [c.get("/api/v1/users/self").json()["permission"] for c in (system, other)], ["Admin", "Admin"])
    equal("as himself elsewhere", plain.get("/api/v1/users/self").json()["permission"], "SysAdmin")
    equal("with the files of an Admin", system.download(file).body, b"theirs")
    check("and no home of his own", "/Home/actor" not in [item["path"] for item in system.get("/api/v1/folders?perPage=1000").json()["items"]])
    equal("the organisations are not an Admin's", system.get("/api/v1/organizations").status, 403)
    shown = server.cli("ledger", "show").stdout
    check("the ledger says who, and how", any('"acting"' in line and "actor" in line for line in shown.splitlines()) or ("acting" in shown and "actor" in shown), shown[-500:])
    check("the log as well", server.wait_for_log(lambda record: record["said"].get("event") == "acts_as_admin"))
    made = system.post("/api/v1/organizations", {"name": "x"})
    equal("nor by another way", made.status, 403)
    equal("on to the next", plain.post("/api/v1/organizations", {"name": "East"}).status, 201)
    east = next(item["id"] for item in plain.get("/api/v1/organizations?perPage=100").json()["items"] if item["name"] == "East")
    equal("from one organisation to another", system.post("/api/v1/auth/actasadmin", {"orgId": int(east)}).status, 200)
    equal("its users, and no others", (system.get("/api/v1/users").json()["paging"]["totalItems"], system.download(file).status), (0, 404))


def external_tokens(server):
    """registered, listed, removed; nobody signs on with one"""
    exa, admin = server.add_user("exa"), server.client("admin")
    own, user = "/api/v1/users/self/externaltokens", users_self_id(exa)
    body = {"type": "MicrosoftOutlook", "token": "token-of-an-add-in " + "x" * 2000}
    equal("not there", exa.post(own, {**body, "check": True}).status, 404)
    equal("registered: 204", exa.post(own, body).status, 204)
    equal("there", exa.post(own, {**body, "check": "True"}).status, 204)
    equal("twice: 409", exa.post(own, body).status, 409)
    equal("another type: 422", exa.post(own, {**body, "type": "Thunderbird"}).status, 422)
    page = exa.get(own).json()
    equal("listed", (set(page["items"][0]), page["items"][0]["tokenType"], page["items"][0]["instID"]),
          ({"id", "tokenID", "instID", "displayName", "registeredAt", "lastUsed", "tokenType"}, "MicrosoftOutlook", 1000))
    check("without the token", "token-of-an-add-in" not in str(page))
    theirs = f"/api/v1/users/{user}/externaltokens"
    equal("an administrator's list", admin.get(theirs).json()["items"], page["items"])
    equal("not another's", server.add_user("exo").get(theirs).status, 404)
    equal("removed by him", (admin.delete(f"{theirs}/{page['items'][0]['id']}").status, admin.delete(f"{theirs}/{page['items'][0]['id']}").status), (204, 404))
    exa.post(own, body)
    equal("removed with a JSON body", (exa.delete(own, body).status, exa.delete(own, body).status), (204, 404))
    exa.post(own, body)
    equal("removed by id", exa.delete(f"{own}/{exa.get(own).json()['items'][0]['id']}").status, 204)


def grants(server):
    """/token: grants that are not offered, the second step of a second factor, a forced change in the same call"""
    client = server.client()

    def token(path="/api/v1/token", **form):
        return client.post(path, urllib.parse.urlencode(form).encode(), headers={"Content-Type": "application/json"})
    for grant in ("code", "external_token", "oidc_token", "session", "mfa", ""):
        answer = token(grant_type=grant, code="x", external_token="x", id_token="x")
        equal(f"{grant or 'none'}: unsupported_grant_type", (answer.status, answer.json()["error"], set(answer.json())),
              (400, "unsupported_grant_type", {"error", "error_code", "error_description"}))
    wrong = token(grant_type="password", username="nobody", password="wrong wrong wrong")
    second = token(grant_type="otp", mfa_access_token="guessed", otp="123456", username="admin", password=PASSWORD)
    equal("otp: the refusal of any sign-on", (second.status, second.body), (wrong.status, wrong.body))
    code = token("/api/v1/token/otp", mfa_access_token="guessed")
    equal("no code is mailed", (code.status, set(code.json())), (401, {"message"}))
    add(server.client("admin"), "forced", forceChangePassword=True)
    form = {"grant_type": "password", "username": "forced", "password": PASSWORD, "orgId": "1000", "language": "en"}
    asked = token(**form)
    body = asked.json()
    equal("a change is asked for", (asked.status, body["error"], body["error_code"], body["user"], body["mfa_access_token"]),
          (400, "password_change_required", 3988, {"org_id": 1000}, None))
    equal("with its rules", set(body["password_requirements"]),
          {"minimum_length", "username_match_requirement", "require_letters_numbers", "no_dictionary_words", "require_mixed_case", "require_non_alphanumeric"})
    changed = token(**form, new_password=OTHER)
    equal("and made in the same call", (changed.status, changed.json().get("token_type")), (200, "bearer"))


def roles_without_files(server):
    """an AuditUser reads no content, a TemporaryUser has no home; the last administrator stays"""
    admin = server.client("admin")
    folder = admin.make_folder(admin.home(), "audited")
    file = admin.upload(folder, "secret.txt", b"secret").json()["id"]
    auditor = server.add_user("audrey", "AuditUser")
    equal("the role is true", auditor.get("/api/v1/users/self").json()["permission"], "AuditUser")
    equal("no home", auditor.home(), 0)
    equal("nothing without an entry", auditor.get(f"/api/v1/folders/{folder}").status, 404)
    admin.grant(folder, users_self_id(auditor), readFiles=True, writeFiles=True, deleteFiles=True, listFiles=True, addDeleteSubfolders=True, admin=True)
    equal("with every right: sees", [item["name"] for item in auditor.get(f"/api/v1/folders/{folder}/files").json()["items"]], ["secret.txt"])
    equal("and neither reads", auditor.download(file).status, 403)
    equal("nor writes", auditor.upload(folder, "x.txt", b"x").status, 403)
    equal("nor removes", auditor.delete(f"/api/v1/files/{file}").status, 403)
    try:
        packed = auditor.get(f"/api/bulkhead/v1/zip?file={file}").body
    except (OSError, http.client.HTTPException):
        packed = b""
    check("nor packs", b"secret" not in packed.replace(b"secret.txt", b""), packed)
    equal("and is told why", auditor.get(f"/api/bulkhead/v1/explain?action=readFiles&folder={folder}").json()["user"]["permission"], "AuditUser")
    guest = server.add_user("guest-of-all", "TemporaryUser")
    equal("a temporary user: no home", guest.home(), 0)
    admin.grant(folder, users_self_id(guest), readFiles=True, listFiles=True)
    equal("and what he is granted", guest.download(file).body, b"secret")
    for what in ("disable", "delete"):
        done = server.cli("user", what, "admin")
        check(f"{what} the last administrator: refused", done.returncode != 0 and "last administrator" in done.stderr, done.stderr)
    equal("who is still there", server.sign_on("admin").status, 200)


if __name__ == "__main__":
    tests = (describe, limits, acting, external_tokens, grants, roles_without_files)
    chosen = [test for test in tests if not sys.argv[1:] or test.__name__ in sys.argv[1:]]
    with Server() as server:
        for test in chosen:
            section(test, server)
        section(server_is_well, server)
    finish()
