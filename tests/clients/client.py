"""A script as users of Python requests write it: client.py BASE USER PASSWORD CA. The last line of its output is JSON."""
import hashlib
import json
import sys

import requests

base, user, password, ca = sys.argv[1:]
api = f"{base}/api/v1"
session = requests.Session()
session.verify = ca
answer = session.post(f"{api}/token", data=f"grant_type=password&username={user}&password={password}", headers={"Content-Type": "application/json"})
answer.raise_for_status()
session.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
home = next(item["id"] for item in session.get(f"{api}/folders", params={"perPage": 200}).json()["items"] if item["name"] == user.lower())

with open("up load.bin", "rb") as file:
    content = file.read()
texts = {"hashtype": "sha-256", "hash": hashlib.sha256(content).hexdigest()}
answer = session.post(f"{api}/folders/{home}/files", data=texts, files={"file": ("up load.bin", content)})
answer.raise_for_status()
uploaded = answer.json()["id"]
for number in range(3):  # with the type overridden: no boundary on the wire
    answer = session.post(f"{api}/folders/{home}/files", files={"file": (f"small-{number}.txt", b"small")}, headers={"Content-Type": "multipart/form-data"})
    answer.raise_for_status()

answer = session.get(f"{api}/folders/{home}/files/{uploaded}/download", headers={"Accept": "application/octet-stream"})
answer.raise_for_status()
assert answer.history[0].status_code == 302
with open("down.bin", "wb") as file:
    file.write(answer.content)
session.patch(f"{api}/files/{uploaded}", json={"name": "renamed.bin"}).raise_for_status()

pages, page, total = [], 0, 1
while page != total:
    body = session.get(f"{api}/folders/{home}/files", params={"page": page + 1, "perPage": 3, "newOnly": False}).json()
    page, total = body["paging"]["page"], body["paging"]["totalPages"]
    pages += [item["name"] for item in body["items"]]
assert session.delete(f"{api}/files/{uploaded}").status_code == 204
assert requests.post(f"{api}/token/revoke", data={"token": answer.request.headers["Authorization"][7:]}, verify=ca).status_code == 200
print(json.dumps({"home": home, "pages": pages}))
