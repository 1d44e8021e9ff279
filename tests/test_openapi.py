"""The OpenAPI document: its structure by the rules of 3.1, every GET of it against a real server, and refusals that name a field."""
import json
import re
import urllib.parse

from support.json_schema import faults, members, resolve
from support.server import check, equal, run, users_self_id

METHODS = {"get", "put", "post", "delete", "options", "head", "patch", "trace"}
SCHEMA_WORDS = {"type", "format", "enum", "maxLength", "minimum", "maxItems", "items", "properties", "required", "allOf", "$ref", "pattern", "contentMediaType"}


def parse(text):
    """JSON in which no name stands twice in one object."""
    def unique(pairs):
        if len({name for name, _ in pairs}) != len(pairs):
            raise ValueError(f"a name twice: {[name for name, _ in pairs]}")
        return dict(pairs)
    return json.loads(text, object_pairs_hook=unique)


def document_of(client):
    return parse(client.get("/api/v1/openapi.json").body)


def operations(document):
    return [(path, method, operation) for path, item in document["paths"].items() for method, operation in item.items()]


def references(node):
    if isinstance(node, dict):
        if "$ref" in node:
            yield node["$ref"]
        for inner in node.values():
            yield from references(inner)
    elif isinstance(node, list):
        for inner in node:
            yield from references(inner)


def structure_faults(document):
    """OpenAPI 3.1.0 section 4.8, as far as the document goes."""
    wrong = []
    if not re.fullmatch(r"3\.1\.\d+", document.get("openapi", "")):
        wrong.append("openapi: not a version of 3.1")
    wrong += [f"the root has {name}" for name in document.keys() - {"openapi", "info", "servers", "paths", "components", "security", "tags"}]
    wrong += [f"info.{name} is missing" for name in ("title", "version") if not isinstance(document["info"].get(name), str)]
    wrong += [f"server {server} has no url" for server in document.get("servers", []) if "url" not in server]
    schemas = document["components"]["schemas"]
    wrong += [f"component name {name}" for name in schemas if not re.fullmatch(r"[a-zA-Z0-9._-]+", name)]
    for reference in references(document):
        name = reference.removeprefix("#/components/schemas/")
        if name == reference or name not in schemas:
            wrong.append(f"reference to nothing: {reference}")
    seen, templates = set(), set()
    for path, item in document["paths"].items():
        if not path.startswith("/"):
            wrong.append(f"{path}: no slash at the start")
        template = re.sub(r"\{[^}]*\}", "{}", path)
        if template in templates:
            wrong.append(f"{path}: the same as another but for names")
        templates.add(template)
        wrong += [f"{path}: {method} is no method" for method in item.keys() - METHODS]
    if wrong:  # what follows looks behind references
        return wrong
    for path, method, operation in operations(document):
        what = f"{method} {path}"
        if operation["operationId"] in seen:
            wrong.append(f"{what}: operationId {operation['operationId']} twice")
        seen.add(operation["operationId"])
        parameters = operation.get("parameters", [])
        keys = [(parameter["name"], parameter["in"]) for parameter in parameters]
        if len(keys) != len(set(keys)):
            wrong.append(f"{what}: a parameter twice")
        if {name for name, place in keys if place == "path"} != set(re.findall(r"\{([^}]+)\}", path)):
            wrong.append(f"{what}: path parameters {keys}")
        for parameter in parameters:
            if parameter["in"] not in ("path", "query", "header", "cookie") or ("schema" in parameter) == ("content" in parameter):
                wrong.append(f"{what}: parameter {parameter}")
            if parameter["in"] == "path" and parameter.get("required") is not True:
                wrong.append(f"{what}: a path parameter that is not required")
        if "requestBody" in operation and not operation["requestBody"].get("content"):
            wrong.append(f"{what}: a request body without content")
        answers = operation.get("responses", {})
        if not any(re.fullmatch("[23]..", status) for status in answers):
            wrong.append(f"{what}: no success")
        for status, answer in answers.items():
            if not re.fullmatch(r"[1-5]([0-9]{2}|XX)|default", status) or not isinstance(answer.get("description"), str):
                wrong.append(f"{what}: response {status}")
            if status == "204" and "content" in answer:
                wrong.append(f"{what}: 204 with content")
        for needed in operation.get("security", []):
            wrong += [f"{what}: security scheme {name}" for name in needed if name not in document["components"]["securitySchemes"]]
    wrong += [f"{name}: {fault}" for name, schema in schemas.items() for fault in schema_faults(document, schema)]
    return wrong


def schema_faults(document, schema):
    for word in schema.keys() - SCHEMA_WORDS:
        yield f"unknown word {word}"
    declared = members(document, schema)
    for name in schema.get("required", []):
        if name not in declared:
            yield f"requires {name}, which it does not have"
    for inner in [*schema.get("properties", {}).values(), *schema.get("allOf", []), *([schema["items"]] if "items" in schema else [])]:
        yield from schema_faults(document, inner)


def structure(server):
    """the document is valid, and the check of it can fail"""
    admin = server.client("admin")
    answer = admin.get("/api/v1/openapi.json")
    equal("200, as JSON", (answer.status, answer.headers["content-type"]), (200, "application/json; charset=utf-8"))
    document = parse(answer.body)
    equal("valid", structure_faults(document), [])
    equal("not without a token", server.client().get("/api/v1/openapi.json").status, 401)
    text = json.dumps(document)
    for what, damaged in (("a reference to nothing", text.replace('"SimpleFile": {', '"SimpleFiles": {')), ("an operationId twice", text.replace('"getFolder"', '"getFile"')),
                          ("a path parameter with another name", text.replace('"name": "subfolder"', '"name": "folder"')), ("a required member that is not there", text.replace('"isNew": {', '"isOld": {')),
                          ("an unknown status", text.replace('"404":', '"999":'))):
        check(f"the check finds {what}", damaged != text and structure_faults(json.loads(damaged)))
    with_auth = {path for path, _, operation in operations(document) if operation["security"]}
    for path, method, operation in operations(document):
        if not operation["security"]:
            continue
        asked = server.client().request(method.upper(), re.sub(r"\{[^}]+\}", "1", path))
        check(f"{method} {path} is for signed-on people only", asked.status == 401, asked)
    check("most is", len(with_auth) > 15, with_auth)


def answers(server):
    """every GET answers 200 (or its redirect) with what its schema says, and nothing that it does not say"""
    nora, olaf = server.add_user("nora"), server.add_user("olaf")
    folder = nora.make_folder(nora.home(), "described")
    inner = nora.make_folder(folder, "inner")
    file = nora.upload(folder, "described.txt", b"content").json()["id"]
    nora.grant(folder, users_self_id(olaf), readFiles=True, listFiles=True)
    document = document_of(nora)
    values = {"file": file, "subfolder": inner, "place": "left", "index": nora.get(f"/api/v1/files/{file}").json()["receipt"],
              "version": nora.get(f"/api/bulkhead/v1/files/{file}/versions").json()["items"][0]["version"]}
    nora.get(f"/api/bulkhead/v1/receipts/{values['index']}")  # a checkpoint covers it from here on
    admin = server.client("admin")
    group = admin.post("/api/v1/groups", {"name": "described"}).json()["id"]
    logo = b'--b\r\nContent-Disposition: form-data; name="leftlogo"; filename="a.gif"\r\n\r\nGIF89a\r\n--b--\r\n'
    admin.request("POST", "/api/v1/settings/appearance/brand/logos", logo, {"Content-Type": "multipart/form-data; boundary=b"})
    hold = admin.post("/api/bulkhead/v1/holds", {"name": "described", "folderId": inner}).json()["id"]
    virtual = nora.post(f"/api/bulkhead/v1/folders/{folder}/virtual", {"name": "elsewhere", "targetId": nora.make_folder(nora.home(), "target")}).json()["id"]
    admins = {path for path, _, _ in operations(document) if path.startswith(("/api/v1/settings/", "/api/v1/users", "/api/bulkhead/v1/users", "/api/v1/groups", "/api/v1/files/{id}/newstates", "/api/bulkhead/v1/holds"))}
    called = 0
    for path, method, operation in operations(document):
        # Tiles are in test_receipts.py, tus in test_tus.py, what is for system administrators in test_rest_users.py.
        if method != "get" or operation["operationId"].startswith(("getTile", "tus")) or path.startswith(("/api/v1/organizations", "/api/v1/settings/security/ipwhitelist")):
            continue
        asker = admin if path in admins else nora
        own = "/files/{id}" in path
        one = file if own else group if "/groups/{id}" in path else hold if "/holds/{id}" in path else virtual if "/virtual/{id}" in path else users_self_id(olaf) if "/users/{id}" in path else folder
        url = re.sub(r"\{([^}]+)\}", lambda name: str(values.get(name.group(1), one)), path)
        if operation["operationId"] == "downloadZipByQuery":
            url += f"?file={file}"
        if operation["operationId"] == "findFiles":
            url += "?pathMask=*&fileMask=*"
        if operation["operationId"] == "searchFiles":
            url += "?name=a"
        if operation["operationId"] == "explain":
            url += f"?action=readFiles&folder={folder}"
        if operation["operationId"] == "getLogEntry":
            url = f"/api/v1/logs/{nora.get('/api/v1/logs').json()['items'][0]['id']}"
        answer = asker.get(url)
        declared = next(iter(operation["responses"]))
        if not equal(f"GET {path}: the declared status", str(answer.status), declared):
            continue
        called += 1
        content = operation["responses"][declared].get("content", {})
        kind = answer.headers.get("content-type", "").split(";")[0]
        equal(f"GET {path}: the declared type", ["image/*"] if kind.startswith("image/") else [kind] if kind else [], list(content))
        if kind == "application/json":
            schema = content[kind]["schema"]
            if schema["$ref"].endswith("/Anything"):
                continue
            equal(f"GET {path}: fits {schema['$ref'].rsplit('/', 1)[1]}", faults(document, schema, answer.json(), closed="OpenApi" not in schema["$ref"]), [])
        for parameter in operation.get("parameters", []):
            if parameter["in"] == "query" and parameter["schema"]["type"] in ("integer", "boolean"):
                refused = asker.get(f"{url}{'&' if '?' in url else '?'}{parameter['name']}=wrong")
                equal(f"GET {path}: {parameter['name']}=wrong is 422 and names it", (refused.status, refused.json()["detail"].split(":")[0]), (422, parameter["name"]))
    check("that was more than a few", called > 12, called)
    for what, damage in (("a member too many", {"more": 1}), ("a member of another type", {"size": "7"}), ("null", {"name": None})):
        details = {**nora.get(f"/api/v1/files/{file}").json(), **damage}
        check(f"the check finds {what}", faults(document, {"$ref": "#/components/schemas/FileDetails"}, details))


def requests(server):
    """a JSON body that does not fit its schema: 422, the member named; nothing changed"""
    paula = server.add_user("paula")
    folder = paula.make_folder(paula.home(), "asked")
    file = paula.upload(folder, "asked.txt", b"content").json()["id"]
    document = document_of(paula)
    tried = 0
    for path, method, operation in operations(document):
        schema = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
        if schema is None:
            continue
        url = re.sub(r"\{[^}]+\}", lambda place: f"user!{users_self_id(paula)}" if place.group() == "{entry}" else str(file if "/files/{id}" in path else folder), path)
        for name, inner in members(document, schema).items():
            kind = resolve(document, inner).get("type")
            wrong = {"string": [], "integer": "seven", "boolean": "perhaps", "array": {}, "object": []}[kind]
            refused = paula.request(method.upper(), url, {**sample(document, schema), name: wrong})
            tried += 1
            check(f"{method} {path}: {name} = {wrong!r}", refused.status == 422 and refused.json()["detail"].startswith(f"{name}: "), refused)
            equal("the refusal fits its schema", faults(document, operation["responses"]["422"]["content"]["application/json"]["schema"], refused.json()), [])
        for name in required(document, schema):
            body = sample(document, schema)
            del body[name]
            refused = paula.request(method.upper(), url, body)
            check(f"{method} {path}: without {name}", refused.status == 422 and refused.json()["detail"] == f"{name}: is missing", refused)
        for body in (b"[]", b"7", b"{", b'{"name":"a","NAME":"b"}', b"\xff"):
            check(f"{method} {path}: {body!r}", paula.request(method.upper(), url, body, {"Content-Type": "application/json"}).status == 422)
    check("that was more than a few", tried > 8, tried)
    equal("nothing changed", (paula.get(f"/api/v1/files/{file}").json()["name"], paula.get(f"/api/v1/folders/{folder}").json()["name"]), ("asked.txt", "asked"))


def required(document, schema):
    schema = resolve(document, schema)
    return sorted({*schema.get("required", []), *(name for part in schema.get("allOf", []) for name in required(document, part))})


def sample(document, schema):
    """A body with every required member, so that only the one that is tried can be wrong."""
    made = {}
    for name in required(document, schema):
        inner = resolve(document, members(document, schema)[name])
        made[name] = {"string": "sample", "integer": 1, "boolean": True, "array": [], "object": {}}[inner["type"]]
    return made


def information(server):
    """moveit-rest sections 5 and 7: info before and after sign-on, serverinfo, no identity providers"""
    rita = server.add_user("rita")
    stranger = server.client()
    public = stranger.get("/api/v1/info?orgId=-1&language=en")
    equal("info before sign-on", (public.status, public.json()["id"]), (200, ""))
    own = rita.get("/api/v1/info").json()
    equal("info for its people: the organisation", own["id"], str(rita.get("/api/v1/users/self").json()["orgID"]))
    equal("and its name", (own["name"], own["shortName"]), ("Organisation", ""))
    equal("the rest is the same", {**own, "id": "", "name": "Bulkhead", "shortName": "Bulkhead"}, public.json())
    equal("a wrong token is not taken for none", stranger.get("/api/v1/info", headers={"Authorization": "Bearer nonsense"}).status, 401)
    equal("serverinfo", rita.get("/api/v1/serverinfo").json()["product"], "Bulkhead")
    equal("serverinfo is not for strangers", stranger.get("/api/v1/serverinfo").status, 401)
    providers = rita.get("/api/v1/auth/identityproviders?" + urllib.parse.urlencode({"page": 1, "perPage": 200, "sortField": "name"})).json()
    equal("identity providers: an empty page of one", (providers["items"], providers["paging"]), ([], {"page": 1, "perPage": 200, "totalItems": 0, "totalPages": 1}))


if __name__ == "__main__":
    run([structure, answers, requests, information], {"sign_on": {"attempts": 1000}})
