"""The interface as its own document tells it: what there is, and of what kind each id in a path or body is."""
import re

# (the fixed word before it, its name in the path) -> what the id is of
PATH_IDS = {
    ("files", "id"): "file", ("files", "file"): "file", ("newstates", "user"): "user",
    ("folders", "id"): "folder", ("subfolders", "subfolder"): "folder", ("acls", "entry"): "entry",
    ("users", "id"): "user", ("groups", "id"): "group", ("members", "user"): "user", ("organizations", "id"): "organisation",
    ("rules", "id"): "rule", ("ipwhitelist", "id"): "network", ("receipts", "index"): "receipt", ("tus", "id"): "upload",
    ("externaltokens", "token"): "external token", ("tokens", "id"): "token", ("tokens", "token"): "token", ("keys", "key"): "key",
    ("logs", "id"): "log entry", ("versions", "version"): "version", ("recyclebin", "id"): "binned file", ("logos", "place"): "logo", ("holds", "id"): "hold", ("virtual", "id"): "virtual folder",
    ("tile", "level"): "tile", ("tile", "a"): "tile", ("tile", "b"): "tile", ("tile", "c"): "tile", ("tile", "d"): "tile",
}


class Operation:
    def __init__(self, method, path, item):
        self.method, self.path, self.item, self.id = method.upper(), path, item, item["operationId"]
        self.query = {one["name"]: one["schema"] for one in item.get("parameters", []) if one["in"] == "query"}
        self.is_paged = "page" in self.query

    def content(self):
        """{media type: schema} of the request"""
        return {kind: one.get("schema", {}) for kind, one in self.item.get("requestBody", {}).get("content", {}).items()}

    def path_ids(self):
        """[(name, kind)] of the path; a kind that this module does not know is a ValueError: say there what it is."""
        found, word = [], ""
        for segment in self.path.split("/"):
            if not segment.startswith("{"):
                word = segment
                continue
            name = segment.strip("{}")
            if (word, name) not in PATH_IDS:
                raise ValueError(f"{self.method} {self.path}: tests/support/openapi.py does not know what {{{name}}} behind {word} is")
            found.append((name, PATH_IDS[word, name]))
        return found

    def url(self, values):
        """values: kind -> id"""
        return re.sub(r"\{(\w+)\}", lambda match: str(values[dict(self.path_ids())[match.group(1)]]), self.path)

    def __repr__(self):
        return f"{self.method} {self.path}"


def operations(client):
    document = client.get("/api/v1/openapi.json").json()
    return document, [Operation(method, path, item) for path, methods in document["paths"].items() for method, item in methods.items()]
