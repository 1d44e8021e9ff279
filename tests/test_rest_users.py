"""Users and organisations over REST: the shapes of the contract, who may do what, and sessions that end with a right."""
import threading
import time

from support.server import PASSWORD, Server, check, equal, finish, section, server_is_well

OTHER = "seventeen blue kites"
DETAILS = {"id", "orgID", "username", "fullName", "permission", "email", "status", "lastLoginStamp", "emailFormat", "notes", "statusNote",
           "passwordChangeStamp", "receivesNotification", "forceChangePassword", "folderQuota", "totalFileSize", "authMethod", "language",
           "homeFolderID", "defaultFolderID", "expirationPolicyID", "displaySettings"}
SIMPLE = {"id", "orgID", "username", "fullName", "permission", "email", "status", "lastLoginStamp"}


def add(client, name, **more):
    return client.post("/api/v1/users", {"username": name, "password": PASSWORD, "fullName": f"Name of {name[:1]}", **more})


def listed(client, query=""):
    answer = client.get("/api/v1/users" + query)
    return [item["username"] for item in answer.json()["items"]] if answer.status == 200 else answer.status


def add_and_see(server):
    """POST, GET, lists, PATCH and DELETE of users as an Admin"""
    admin = server.client("admin")
    made = add(admin, "Bert", email="bert@example.com", permission="FileAdmin", notes="a note", forceChangePassword="False",
               homeFolderPath="/Home/Bert", homeFolderInUseOption="AllowIfExists")
    equal("add: 201", made.status, 201)
    bert = made.json()
    equal("the fields of UserDetails", set(bert), DETAILS)
    equal("permission, status, organisation", (bert["permission"], bert["status"], bert["orgID"], bert["lastLoginStamp"]),
          ("FileAdmin", "Active", 1000, None))
    equal("no home before he signed on", bert["homeFolderID"], 0)
    client = server.client("bert")
    home = client.home()
    equal("the administrator sees his home", admin.get(f"/api/v1/users/{bert['id']}").json()["homeFolderID"], home)
    equal("self by id is self", client.get(f"/api/v1/users/{bert['id']}").json()["username"], "Bert")
    equal("the name is taken, in any spelling", add(admin, "bERT").status, 409)
    for what, body in (("no name", {"password": PASSWORD}), ("no password", {"username": "x1"}), ("a bad name", {"username": "a/b", "password": PASSWORD}),
                       ("a short password", {"username": "x2", "password": "short"}), ("a bad role", {"username": "x3", "password": PASSWORD, "permission": "God"}),
                       ("a bad address", {"username": "x4", "password": PASSWORD, "email": "nobody"}),
                       ("another home", {"username": "x5", "password": PASSWORD, "homeFolderPath": "/Home/admin"})):
        equal(f"{what}: 422", admin.post("/api/v1/users", body).status, 422)
    equal("somebody without a right: 403", add(client, "eve").status, 403)
    changed = admin.patch(f"/api/v1/users/{bert['id']}", {"fullName": "Bertold", "language": "de", "emailFormat": "text", "statusNote": "on leave",
                                                          "receivesNotification": "AdminReceivesNotifications", "authMethod": "MOVEitOnly"})
    equal("change: 200", changed.status, 200)
    equal("what was changed", [changed.json()[key] for key in ("fullName", "language", "emailFormat", "statusNote", "receivesNotification")],
          ["Bertold", "de", "Text", "on leave", "AdminReceivesNotifications"])
    for what, body in (("a quota", {"folderQuota": 5}), ("another authentication", {"authMethod": "Both"}), ("a template", {"status": "Template"}),
                       ("a mail", {"sendPasswordChangeNotification": True})):
        equal(f"{what}: 422, not silence", admin.patch(f"/api/v1/users/{bert['id']}", body).status, 422)
    clone = admin.post("/api/v1/users", {"username": "clone", "password": PASSWORD, "sourceUserId": bert["id"]})
    equal("a clone", (clone.status, clone.json().get("permission"), clone.json().get("language")), (201, "FileAdmin", "de"))
    equal("delete: 204", admin.delete(f"/api/v1/users/{clone.json()['id']}").status, 204)
    equal("and gone", admin.get(f"/api/v1/users/{clone.json()['id']}").status, 404)
    equal("deleted twice: 404", admin.delete(f"/api/v1/users/{clone.json()['id']}").status, 404)


def lists(server):
    """paging, sorting and filters of GET /users"""
    admin = server.client("admin")
    for i in range(5):
        equal("added", add(admin, f"list{i}", email=f"l{9 - i}@lists.example", permission="TemporaryUser" if i == 0 else "User").status, 201)
    page = admin.get("/api/v1/users?perPage=2&page=2&username=LIST").json()
    equal("a page", ([i["username"] for i in page["items"]], page["paging"]),
          (["list2", "list3"], {"page": 2, "perPage": 2, "totalItems": 5, "totalPages": 3}))
    equal("SimpleUser", set(page["items"][0]), SIMPLE)
    equal("sorted by email", listed(admin, "?email=lists.example&sortField=email"), [f"list{i}" for i in (4, 3, 2, 1, 0)])
    equal("descending", listed(admin, "?username=list&sortDirection=desc")[0], "list4")
    equal("temporary users", listed(admin, "?permission=TemporaryUsers"), ["list0"])
    equal("group admins are the keeper's", listed(admin, "?permission=GroupAdmins"), [])
    equal("exact", listed(admin, "?username=list&isExactMatch=True"), [])
    equal("exact name", listed(admin, "?username=LIST1&isExactMatch=True"), ["list1"])
    equal("nothing is a pattern", listed(admin, "?username=%25"), [])
    check("never signed on", "list3" in listed(admin, "?status=NeverSignedOnUsers") and "admin" not in listed(admin, "?status=NeverSignedOnUsers"))
    equal("unknown filter: 422", listed(admin, "?status=Odd"), 422)
    equal("a User: 403", listed(server.add_user("looker")), 403)
    auditor = add(admin, "auditor", permission="AuditUser")
    equal("an AuditUser is made", auditor.status, 201)
    check("and sees", "list1" in listed(server.client("auditor"), "?perPage=100"))
    equal("and changes nothing", server.client("auditor").patch(f"/api/v1/users/{auditor.json()['id']}", {"permission": "Admin"}).status, 403)


def organisations(server):
    """another organisation is not there; the last administrator stays"""
    admin, system = server.client("admin"), server.add_user("system", "SysAdmin")
    made = system.post("/api/v1/organizations", {"name": "Other", "passPhrase": "not used"})
    equal("organisation: 201", made.status, 201)
    other = made.json()["id"]
    equal("it is text", other, "1001")
    equal("a list", [item["name"] for item in system.get("/api/v1/organizations").json()["items"]], ["Organisation", "Other"])
    equal("one", (lambda a: (a.status, a.json()["name"]))(system.get(f"/api/v1/organizations/{other}")), (200, "Other"))
    equal("an Admin: 403", admin.get("/api/v1/organizations").status, 403)
    equal("renamed", system.patch(f"/api/v1/organizations/{other}", {"shortName": "O"}).json()["shortName"], "O")
    chief = add(system, "chief", permission="Admin", orgID=int(other))
    equal("its administrator", (chief.status, chief.json()["orgID"]), (201, 1001))
    foreign = server.client("chief")
    mine = admin.get("/api/v1/users/self").json()["id"]
    for who, client, target in (("an Admin", admin, chief.json()["id"]), ("theirs", foreign, mine)):
        unknown = client.get("/api/v1/users/0123456789abcdef")
        answers = [client.get(f"/api/v1/users/{target}"), client.patch(f"/api/v1/users/{target}", {"fullName": "x"}), client.delete(f"/api/v1/users/{target}")]
        check(f"{who}: the same 404 as for nobody", all((a.status, a.body) == (404, unknown.body) for a in answers), answers)
    check("not in lists", "chief" not in listed(admin, "?perPage=100") and listed(foreign) == ["chief"])
    equal("nor by orgId", "chief" in listed(admin, "?orgId=1001&perPage=100"), False)
    equal("the SysAdmin asks by orgId", listed(system, "?orgId=1001"), ["chief"])
    equal("a SysAdmin is not there for an Admin", admin.get(f"/api/v1/users/{system.get('/api/v1/users/self').json()['id']}").status, 404)
    equal("nobody is raised above oneself", add(admin, "root", permission="SysAdmin").status, 403)
    equal("into another organisation: 404", add(admin, "spy", orgID=1001).status, 404)
    equal("the same for one that is not there", add(admin, "spy", orgID=4711).status, 404)
    equal("the last administrator is not suspended", system.patch(f"/api/v1/users/{chief.json()['id']}", {"status": "Suspended"}).status, 409)
    equal("not deleted", system.delete(f"/api/v1/users/{chief.json()['id']}").status, 409)
    equal("nobody deletes himself", admin.delete("/api/v1/users/self").status, 403)
    equal("a SysAdmin sees no file", [item["path"] for item in system.get("/api/v1/folders").json()["items"]], [])


def own_password(server):
    """PATCH of one's own password"""
    carl = server.add_user("carl")
    elsewhere = server.client("carl")
    url = "/api/v1/users/self"
    equal("without the old one: 422", carl.patch(url, {"password": OTHER}).status, 422)
    equal("with a wrong one: 403", carl.patch(url, {"password": OTHER, "currentPassword": "wrong wrong wrong"}).status, 403)
    equal("a common one: 422", carl.patch(url, {"password": "Passw0rd1234!", "currentPassword": PASSWORD}).status, 422)
    equal("a role of his own: 403", carl.patch(url, {"permission": "Admin"}).status, 403)
    equal("with the old one: 200", carl.patch(url, {"password": OTHER, "currentPassword": PASSWORD}).status, 200)
    equal("this session goes on", carl.get(url).status, 200)
    time.sleep(1)
    equal("the others do not", elsewhere.get(url).status, 401)
    equal("the old password is no more", server.sign_on("carl").status, 400)
    back = carl.patch(url, {"password": PASSWORD, "currentPassword": OTHER})
    check("nor may it come back", back.status == 422 and "used before" in back.json()["detail"], back)


def ends_within(what, read, act):
    """`read` blocks until its connection is over; act() ends the right."""
    over = []
    thread = threading.Thread(target=lambda: (read(), over.append(time.monotonic())), daemon=True)
    thread.start()
    time.sleep(0.3)
    check(f"{what}: open before", not over)
    began = time.monotonic()
    equal(f"{what}: done", act().status in (200, 204), True)
    thread.join(10)
    check(f"{what}: over within 5 s", bool(over) and over[0] - began < 5, over and over[0] - began)


def settings(server):
    """network rules, the white list, policies of passwords and accounts"""
    admin, base = server.client("admin"), "/api/v1/settings/security"
    user = server.add_user("setter")
    guest = add(admin, "guest1").json()["id"]
    for path in ("remoteaccess/rules", "password/aging/policies", "userauth/expiration/policies", "ipwhitelist"):
        equal(f"{path}: a User: 403", user.get(f"{base}/{path}").status, 403)
    rules = f"{base}/remoteaccess/rules"
    for what, body in (("a name", {"host": "example.com", "permitType": "EndUser"}), ("no type", {"host": "*"}), ("bad bits", {"host": "127.0.0.1/8", "permitType": "Admin"})):
        equal(f"{what}: 422", admin.post(rules, body).status, 422)
    held = server.client("guest1")
    rule = admin.post(rules, {"host": "127.0.0.0/8", "permitType": "EndUser", "rule": "Deny", "priority": "highest", "userId": guest, "comment": "c"})
    equal("a rule: 201", (rule.status, rule.json().get("rule"), rule.json().get("priority"), rule.json().get("userId")), (201, "Deny", "Highest", guest))
    time.sleep(1)
    equal("his token is good from nowhere here", held.get("/api/v1/users/self").status, 401)
    refused, unknown = server.sign_on("guest1"), server.sign_on("nobody-at-all")
    equal("and the refusal is that of nobody", (refused.status, refused.body), (unknown.status, unknown.body))
    equal("listed", [item["host"] for item in admin.get(rules).json()["items"]], ["127.0.0.0/8"])
    equal("removed", admin.delete(f"{rules}/{rule.json()['id']}").status, 204)
    equal("he is back", server.sign_on("guest1").status, 200)

    system = server.add_user("keeper-of-lists", "SysAdmin")
    made = system.post(f"{base}/ipwhitelist", {"ipAddress": "198.51.100.0/24", "comment": "office"})
    equal("white list: 201", (made.status, made.json().get("comment")), (201, "office"))
    equal("listed", [item["ipAddress"] for item in system.get(f"{base}/ipwhitelist").json()["items"]], ["198.51.100.0/24"])
    entry = f"{base}/ipwhitelist/{made.json()['id']}"
    equal("changed", system.put(entry, {"ipAddress": "198.51.100.7"}).json()["ipAddress"], "198.51.100.7")
    equal("an Admin: 403", admin.get(f"{base}/ipwhitelist").status, 403)
    equal("deleted", (system.delete(entry).status, system.delete(entry).status), (204, 404))

    policy = admin.post(f"{base}/password/aging/policies", {"name": "quarter", "passwordAgeTime": 90, "passwordAgeWarn": "14"})
    equal("aging: 201", (policy.status, policy.json().get("passwordAgeGrace"), policy.json().get("numUsing")), (201, -1, 0))
    equal("no time: 422", admin.post(f"{base}/password/aging/policies", {"name": "x"}).status, 422)
    equal("set", admin.patch(f"{base}/password/aging", {"userPermission": "User", "policyId": policy.json()["id"]}).json().get("userPasswordAgingPolicyId"),
          policy.json()["id"])
    equal("one that is not there: 404", admin.patch(f"{base}/password/aging", {"userPermission": "User", "policyId": 4711}).status, 404)
    ends = admin.post(f"{base}/userauth/expiration/policies", {"name": "past", "expireDate": "2020-01-01"})
    equal("expiration: 201", (ends.status, ends.json().get("expireDate")), (201, "2020-01-01T00:00:00"))
    add(admin, "temp1", permission="TemporaryUser")
    equal("works before", server.sign_on("temp1").status, 200)
    answer = admin.patch(f"{base}/userauth/expiration", {"userPermission": "TemporaryUser", "policyId": ends.json()["id"]})
    equal("set for temporary users", answer.json().get("tempUserExpirationPolicyId"), ends.json()["id"])
    equal("expired", server.sign_on("temp1").status, 400)
    equal("names", [item["name"] for item in admin.get(f"{base}/userauth/expiration/policies").json()["items"]], ["past"])
    equal("passwords kept in the administrator's hands", admin.post(f"{base}/password/permissions", {"allowToChangeOwnPassword": False}).status, 200)
    equal("then: 403", user.patch("/api/v1/users/self", {"password": OTHER, "currentPassword": PASSWORD}).status, 403)
    equal("and back", admin.post(f"{base}/password/permissions", {"allowToChangeOwnPassword": True}).status, 200)
    equal("a mail that nobody sends: 422", admin.post(f"{base}/password/permissions", {"passwordChangeEmailNotificationType": "SendPasswordByEmail"}).status, 422)


def kept_http(server, token):
    """A kept-alive connection that was used; a function that waits for its end."""
    raw = server.raw(timeout=30)
    raw.send(f"GET /api/v1/users/self HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\r\n".encode())
    equal("the connection works", raw.read_answer().status, 200)
    return raw.read_all


def rights_end(server):
    """R-050: kept HTTP connections and SSH connections end within 5 s of suspension, deletion, a new password or role"""
    from support.ssh_raw import Client as Ssh, Ended, USERAUTH_SUCCESS, string, USERAUTH_REQUEST
    admin = server.client("admin")

    def ssh_of(name, password):
        client = Ssh(server.ssh_port).shake().start_auth()
        client.send(USERAUTH_REQUEST, string(name.encode()), string(b"ssh-connection"), string(b"password"), b"\0", string(password.encode()))
        equal("SSH works", client.receive_past()[0], USERAUTH_SUCCESS)

        def read():
            client.socket.settimeout(30)
            try:
                while True:
                    client.receive_past()
            except (Ended, OSError):
                return
        return read

    acts = (("suspended", lambda user: admin.patch(f"/api/v1/users/{user}", {"status": "Suspended"})),
            ("another role", lambda user: admin.patch(f"/api/v1/users/{user}", {"permission": "FileAdmin"})),
            ("another password", lambda user: admin.patch(f"/api/v1/users/{user}", {"password": OTHER})),
            ("deleted", lambda user: admin.delete(f"/api/v1/users/{user}")))
    for number, (what, act) in enumerate(acts):
        name = f"ends{number}"
        user = add(admin, name).json()["id"]
        token = server.token(name)
        readers = [kept_http(server, token), ssh_of(name, PASSWORD)]

        def both(readers=readers):
            threads = [threading.Thread(target=read, daemon=True) for read in readers]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        ends_within(f"{what}, HTTP and SSH", both, lambda: act(user))
        later = server.client()
        later.token = token
        equal(f"{what}: the token is no more", later.get("/api/v1/users/self").status, 401)


if __name__ == "__main__":
    import sys
    tests = (add_and_see, lists, organisations, own_password, rights_end, settings)
    chosen = [test for test in tests if not sys.argv[1:] or test.__name__ in sys.argv[1:]]
    with Server(ssh=True) as server:
        for test in chosen:
            section(test, server)
        section(server_is_well, server)
    finish()
