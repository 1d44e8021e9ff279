"""Two organisations with one of everything each, and requests that name what belongs to the other.

Ids of the first organisation are `there`; ids of nothing at all are NEVER. `mine` are those of whoever asks.
"""
import re
import tempfile
import urllib.parse

from support.server import PASSWORD, Client, multipart
from support.sshd import make_key
from support.uploads import Tus

MARK = "quarzuhr"  # in every name of the first organisation: no answer to the second may hold it
NEVER = {"file": 999_999_999_999, "folder": 2_147_480_001, "user": "0123456789abcdef", "group": 2_147_480_002, "entry": "user!0123456789abcdef", "organisation": 4711, "rule": 999_999,
         "network": 999_999, "receipt": 999_999, "upload": 999_999_999_998, "aging policy": 999_999, "expiration policy": 999_999, "token": "0123456789abcdef", "external token": "0123456789abcdef",
         "key": "A" * 43, "version": 999_999_999, "binned file": 999_999_999_997, "log entry": 999_999_999_996, "hold": 2_147_480_003, "virtual folder": 2_147_480_004}

# Members of bodies and queries that are ids: name -> kind, or (method, path, name) -> kind where one name means two things.
MEMBER_IDS = {
    "file": "file", "files": "file", "folder": "folder", "folders": "folder", "destinationFolderId": "folder", "user": "user", "userId": "user", "userIds": "user", "sourceUserId": "user",
    "fileId": "upload", "orgId": "organisation", "orgID": "organisation", "defaultFolderId": "folder", "folderId": "folder", "targetId": "folder", ("POST", "/api/bulkhead/v1/holds", "fileId"): "file",
    ("PATCH", "/api/v1/settings/security/password/aging", "policyId"): "aging policy",
    ("PATCH", "/api/v1/settings/security/userauth/expiration", "policyId"): "expiration policy",
    ("POST", "/api/v1/folders/{id}/acls", "id"): "user", ("PUT", "/api/v1/folders/{id}/acls", "id"): "user", ("DELETE", "/api/v1/folders/{id}/acls", "id"): "user",
}
LOOKS_LIKE_AN_ID = re.compile(r"(.*[a-z])?I[dD]s?|id|ids|(file|folder|user|group|entry|entrie|upload|version|token|rule|polic|receipt)(s|y|ies)?|index")
NOT_IDS = {"rule", "token"}  # Allow or Deny, AllowExceptMatching or DenyExceptMatching; the text of an external token
LISTS = {"files", "folders", "userIds"}
# What the document cannot say: lists of plain texts.
MORE_MEMBERS = {("POST", "/api/v1/groups/{id}/members"): ["userIds"]}
# Bodies and queries that are refused for nothing but the id.
BODIES = {
    "POST /api/v1/users": {"username": "isolated", "password": PASSWORD}, "PATCH /api/v1/users/{id}": {"fullName": "Taken"}, "PATCH /api/v1/users/{id}/quota": {"folderQuota": 1},
    "PATCH /api/v1/organizations/{id}": {"notes": "taken"}, "POST /api/v1/settings/security/remoteaccess/rules": {"host": "198.51.100.1", "permitType": "EndUser"},
    "PUT /api/v1/settings/security/ipwhitelist/{id}": {"ipAddress": "198.51.100.9"},
    "PATCH /api/v1/settings/security/password/aging": {"userPermission": "User"}, "PATCH /api/v1/settings/security/userauth/expiration": {"userPermission": "User"},
    "PATCH /api/v1/folders/{id}": {"description": "taken"}, "POST /api/v1/folders/{id}/subfolders": {"name": "taken"}, "PATCH /api/v1/folders/{id}/acls/{entry}": {"permissions": {"readFiles": True}},
    "POST /api/v1/folders/{id}/acls": {"type": "User", "permissions": {"readFiles": True}}, "PUT /api/v1/folders/{id}/acls": {"type": "User", "permissions": {"readFiles": True}},
    "DELETE /api/v1/folders/{id}/acls": {"type": "User"}, "PATCH /api/v1/folders/{id}/filemasks": {"rule": "AllowExceptMatching", "masks": ["*.taken"]},
    "PATCH /api/v1/folders/{id}/maintenance": {"displayNewFilesForDays": 3}, "PATCH /api/v1/folders/{id}/miscellaneous": {"hideHistory": True},
    "PATCH /api/v1/folders/{id}/characterRestrictions": {"charSet": "WindowsNtfs"}, "PATCH /api/v1/files/{id}": {"name": "taken.txt"}, "POST /api/bulkhead/v1/zip": {},
    "POST /api/v1/groups/{id}/members": {}, "PATCH /api/v1/folders/{id}/notifications": {"notificationStyle": "InboxOutbox"}, "PATCH /api/bulkhead/v1/tokens/{id}": {"name": "taken"},
    "POST /api/bulkhead/v1/holds": {"name": "taken"},
    "POST /api/bulkhead/v1/folders/{id}/virtual": {"name": "taken"}, "PATCH /api/bulkhead/v1/virtual/{id}": {"name": "taken"},
}
QUERIES = {"GET /api/bulkhead/v1/explain": {"action": "view"}, "PUT /api/v1/folders/{id}/files": {"uploadType": "resumable"}}
HEADERS = {"PUT /api/v1/folders/{id}/files": {"Content-Range": "bytes 0-3/10"}}
TUS = {"Tus-Resumable": "1.0.0", "Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"}
OPTIONAL = {"userId", "sourceUserId", "orgID", "orgId", "defaultFolderId", "file", "files", "folder", "folders", "folderId", "user"}  # left out, unless required, or tried
EITHER = {"POST /api/bulkhead/v1/holds": {"folderId", "fileId"}}  # the same, of one operation


class UnknownKind(Exception):
    """An id that this file does not know: say above of what kind it is."""


def kind_of_member(operation, name):
    """None for what is no id."""
    kind = MEMBER_IDS.get((operation.method, operation.path, name), MEMBER_IDS.get(name))
    if kind is None and name not in NOT_IDS and LOOKS_LIKE_AN_ID.fullmatch(name):
        raise UnknownKind(f"{operation}: tests/support/tenants.py does not know what {name} is: add it to MEMBER_IDS")
    return kind


def names_in(document, schema, depth=0):
    """Every member of a schema, inner ones too: name -> schema."""
    while "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
    found = {}
    for part in schema.get("allOf", []):
        found |= names_in(document, part, depth + 1)
    for name, inner in schema.get("properties", {}).items():
        found[name] = inner
        if depth < 5:
            found |= {deeper: what for deeper, what in names_in(document, inner, depth + 1).items() if deeper not in found}
    return found


def places(document, operation):
    """[(where, name, kind)] of all ids of an operation. Tiles are hashes of the whole ledger: they are nobody's."""
    found = [("path", name, kind) for name, kind in operation.path_ids() if kind not in ("tile", "logo")]  # of no organisation in particular
    found += [("query", name, kind) for name in operation.query for kind in [kind_of_member(operation, name)] if kind]
    schema = operation.content().get("application/json")
    if schema is not None:
        names = [*names_in(document, schema), *MORE_MEMBERS.get((operation.method, operation.path), [])]
        found += [("body", name, kind) for name in names for kind in [kind_of_member(operation, name)] if kind]
    return found


def required(document, schema):
    while "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
    return {*schema.get("required", []), *(name for part in schema.get("allOf", []) for name in required(document, part))}


def filled(document, schema):
    """A body with every member that is no id, for an operation that BODIES does not know."""
    values = {}
    for name, inner in names_in(document, schema).items():
        kind = inner.get("type", "object")
        values[name] = inner["enum"][0] if "enum" in inner else {"string": "sample", "integer": 1, "boolean": True, "array": [], "object": {}}[kind[0] if isinstance(kind, list) else kind]
    return values


def request(document, operation, tried, values, mine):
    """(method, url, body, headers) in which the places `tried` have `values` (kind -> id) and all others what is mine."""
    def value(where, name, kind):
        return (values if (where, name) in tried else mine)[kind]
    key = str(operation)
    all_places = places(document, operation)
    url = re.sub(r"\{(\w+)\}", lambda match: urllib.parse.quote(str(value("path", match.group(1), dict(operation.path_ids())[match.group(1)])), safe="!"), operation.path)
    query = dict(QUERIES.get(key, {}))
    if operation.path.endswith("/explain") and ("query", "user") in tried and not {("query", "file"), ("query", "folder")} & set(tried):
        query["folder"] = mine["folder"]
    query |= {name: value(where, name, kind) for where, name, kind in all_places if where == "query" and ((where, name) in tried or name not in OPTIONAL)}
    url += "?" + urllib.parse.urlencode(query) if query else ""
    content, body, headers = operation.content(), None, dict(HEADERS.get(key, {}))
    if "application/json" in content:
        body = dict(BODIES[key]) if key in BODIES else {name: one for name, one in filled(document, content["application/json"]).items() if kind_of_member(operation, name) is None}
        for where, name, kind in all_places:
            if where == "body" and ((where, name) in tried or name not in OPTIONAL | EITHER.get(key, set()) or name in required(document, content["application/json"])):
                body[name] = [value(where, name, kind)] if name in LISTS else value(where, name, kind)
    elif "multipart/form-data" in content:
        headers["Content-Type"], body = multipart("taken.txt", b"taken")
    elif content:
        headers.setdefault("Content-Type", "application/octet-stream")
        body = b"four"
    if operation.path.startswith("/tus"):
        headers |= TUS
    return operation.method, url, body, headers


class Organisation:
    """One of everything. `chief` is its administrator, `owner` a user with a home, `people` those of all roles, where they are wanted."""

    def __init__(self, server, system, number, mark, chief, with_people):
        self.server, self.number, self.mark, self.chief = server, number, mark, chief
        self.ids = {"organisation": number}
        add = self.add
        self.owner = add("owner", "User")
        self.ids["user"] = self.owner.get("/api/v1/users/self").json()["id"]
        roles = {"User": "User", "TemporaryUser": "TemporaryUser", "AuditUser": "AuditUser", "FileAdmin": "FileAdmin", "GroupAdmin": "User"} if with_people else {}
        self.people = {"Admin": chief, **{name: add(name.lower(), role) for name, role in roles.items()}}
        group = chief.post("/api/v1/groups", {"name": f"{mark} group"}).json()["id"]
        chief.post(f"/api/v1/groups/{group}/members", {"userIds": [self.ids["user"]]})
        leader = self.people.get("GroupAdmin", chief).get("/api/v1/users/self").json()["id"]
        chief.post(f"/api/v1/groups/{group}/members", {"userIds": [leader], "relationship": "GroupAdmin"})
        security = "/api/v1/settings/security"
        self.ids |= {
            "group": group, "rule": chief.post(f"{security}/remoteaccess/rules", {"host": f"198.51.100.{number % 250}", "permitType": "EndUser", "comment": f"{mark} rule"}).json()["id"],
            "network": system.post(f"{security}/ipwhitelist", {"ipAddress": f"203.0.113.{number % 250}", "comment": f"{mark} network"}).json()["id"],
            "aging policy": chief.post(f"{security}/password/aging/policies", {"name": f"{mark} aging", "passwordAgeTime": 900}).json()["id"],
            "expiration policy": chief.post(f"{security}/userauth/expiration/policies", {"name": f"{mark} expiration", "expireDate": "2099-01-01"}).json()["id"],
        }
        self.ids |= self.things_of(self.owner) | self.credentials_of(self.owner)
        held = self.owner.make_folder(self.owner.home(), f"{mark} held")
        self.ids["hold"] = chief.post("/api/bulkhead/v1/holds", {"name": f"{mark} hold", "folderId": held}).json()["id"]

    def add(self, name, role):
        user = f"{self.mark}-{name}"
        made = self.chief.post("/api/v1/users", {"username": user, "password": PASSWORD, "permission": role, "fullName": f"{self.mark} {name}"})
        if made.status != 201:
            raise RuntimeError(f"add {user}: {made}")
        return Client(self.server, self.server.token(user))

    def things_of(self, client):
        """A folder with a file, an entry, an unfinished upload and a receipt."""
        home = client.home()
        folder = client.make_folder(home, f"{self.mark} folder")
        client.grant(folder, self.ids["user"] if client is not self.owner else self.chief.get("/api/v1/users/self").json()["id"], readFiles=True)
        entry = next(item["entryId"] for item in client.get(f"/api/v1/folders/{folder}/acls").json()["items"] if item["isDeletable"])
        client.patch(f"/api/bulkhead/v1/folders/{folder}/history", {"versionsKept": 3, "recycleBinDays": 3})
        client.patch(f"/api/v1/folders/{folder}/miscellaneous", {"allowFileOverwrite": True})
        binned = client.upload(folder, f"{self.mark} deleted.txt", b"x").json()["id"]
        client.delete(f"/api/v1/files/{binned}")
        client.upload(folder, f"{self.mark}.txt", b"older")
        file = client.upload(folder, f"{self.mark}.txt", self.mark.encode()).json()
        older = client.get(f"/api/bulkhead/v1/files/{file['id']}/versions").json()["items"][-1]["version"]
        upload = Tus(client).create(10, filename=f"{self.mark} unfinished.bin", folderId=folder).headers["location"].rsplit("/", 1)[1]
        logo = f'--b\r\nContent-Disposition: form-data; name="leftlogo"; filename="{self.mark}.gif"\r\n\r\nGIF89a {self.mark}\r\n--b--\r\n'
        self.chief.request("POST", "/api/v1/settings/appearance/brand/logos", logo.encode(), {"Content-Type": "multipart/form-data; boundary=b"})
        holder = client.make_folder(home, f"{self.mark} holder")
        virtual = client.post(f"/api/bulkhead/v1/folders/{holder}/virtual", {"name": f"{self.mark} virtual", "targetId": folder}).json()["id"]
        return {"folder": folder, "file": file["id"], "entry": entry, "upload": upload, "receipt": file["receipt"], "version": older, "logo": "left",
                "binned file": binned, "virtual folder": virtual,
                "log entry": client.get("/api/v1/logs").json()["items"][0]["id"]}

    def credentials_of(self, client):
        """A token for scripts, one of a mail add-in, and a key for SSH."""
        client.post("/api/v1/users/self/externaltokens", {"type": "MicrosoftOutlook", "token": self.mark})
        with tempfile.TemporaryDirectory() as folder:
            with open(make_key(f"{folder}/key") + ".pub", encoding="ascii") as file:
                key = client.post("/api/bulkhead/v1/users/self/keys", {"key": file.read().strip()}).json()["id"]
        return {"token": client.post("/api/bulkhead/v1/tokens", {"name": f"{self.mark} token", "scope": "read", "expiresInDays": 9}).json()["id"], "key": key,
                "external token": client.get("/api/v1/users/self/externaltokens").json()["items"][0]["id"]}


def without_ids(answer, ids):
    """Status, headers and body of an answer, with the ids that were asked for as ID."""
    def plain(text):
        for one in ids:
            text = re.sub(rf"(?<![0-9A-Za-z]){re.escape(str(one))}(?![0-9A-Za-z])", "ID", text)
        return text
    headers = {name: plain(value) for name, value in answer.headers.items() if name not in ("date", "content-length")}
    return answer.status, headers, plain(answer.body.decode("utf-8", "replace"))
