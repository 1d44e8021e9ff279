"""Receipts of the ledger over REST: who sees which, and that a proof holds offline under the ledger's key, and only then."""
import base64
import hashlib
import os
import re
import subprocess

from support.json_schema import faults
from support.server import BIN, check, equal, run

RECEIPTS, LEDGER = "/api/bulkhead/v1/receipts", "/api/bulkhead/v1/ledger"


def key_of(server):
    with open(os.path.join(server.data, "vault", "ledger", "ledger.pub")) as file:
        return file.read().strip()


def verify(server, proof, key=None):
    path = os.path.join(server.folder, "receipt.tlog-proof")
    with open(path, "wb") as file:
        file.write(proof if isinstance(proof, bytes) else proof.encode())
    return subprocess.run([f"{BIN}/bulkhead-verify", "proof", path, "--key", key or key_of(server)], capture_output=True, text=True)


def uploads(server):
    """an uploader has his receipt at once, and it proves name, size and hash without the server"""
    sara = server.add_user("sara")
    content = b"what was handed over"
    made = sara.upload(sara.home(), "handed over.txt", content).json()
    answer = sara.get(f"{RECEIPTS}/{made['receipt']}")
    equal("200", answer.status, 200)
    receipt = answer.json()
    equal("what it says", [receipt[name] for name in ("kind", "username", "name", "folderPath", "size", "sha256", "fileID", "index")],
          ["received", "sara", "handed over.txt", "/Home/sara", len(content), hashlib.sha256(content).hexdigest(), made["id"], made["receipt"]])
    document = sara.get("/api/v1/openapi.json").json()
    equal("it fits its schema", faults(document, {"$ref": "#/components/schemas/Receipt"}, receipt), [])
    done = verify(server, receipt["proof"])
    check("bulkhead-verify: verified, and says the same", done.returncode == 0 and "verified" in done.stdout and '"/Home/sara/handed over.txt"' in done.stdout
          and receipt["sha256"] in done.stdout, done)
    damaged(server, receipt["proof"])
    sara.download(made["id"])
    later = next((found for number in range(int(made["receipt"]) + 1, int(made["receipt"]) + 5) for found in [sara.get(f"{RECEIPTS}/{number}")]
                  if found.status == 200 and found.json()["kind"] == "released"), None)
    check("a download has one, too", later is not None and later.json()["purpose"] == "download" and verify(server, later.json()["proof"]).returncode == 0, later)
    folder = sara.make_folder(sara.home(), "copies")
    copy = sara.post(f"/api/v1/files/{made['id']}/copy", {"destinationFolderId": folder}).json()
    told = [found.json().get("purpose") for number in range(int(later.json()["index"]) + 1, int(copy["receipt"]) + 1) for found in [sara.get(f"{RECEIPTS}/{number}")] if found.status == 200]
    check("a copy has one of its own purpose", "copy" in told, told)


def damaged(server, proof):
    """every byte counts: changed lines, another key, a cut file"""
    lines = proof.split("\n")
    raw = bytearray(base64.b64decode(lines[1].removeprefix("extra ")))
    raw[-1] ^= 1
    body = "\n".join([lines[0], "extra " + base64.b64encode(raw).decode(), *lines[2:]])
    index = re.sub(r"\nindex (\d+)\n", lambda found: f"\nindex {int(found.group(1)) - 1}\n", proof)
    hashes = lines[:3] + lines[4:]
    size = proof.split("\n\n")[1].split("\n")[1]
    head = proof.replace(f"\n{size}\n", f"\n{int(size) + 1}\n")
    other = key_of(server).split("+", 2)
    name = other[0] + "x"
    public = base64.b64decode(other[2])
    mark = hashlib.sha256(b"\n".join([name.encode(), public])).hexdigest()[:8]
    other_key = f"{name}+{mark}+{other[2]}"
    for what, text in (("another body", body), ("another index", index), ("a hash less", "\n".join(hashes)), ("another size", head), ("nothing", ""), ("half of it", proof[:len(proof) // 2]),
                       ("no last line feed", proof[:-1]), ("a line more", proof.replace("\n\n", f"\n{base64.b64encode(bytes(32)).decode()}\n\n", 1)), ("bytes that are no text", b"\xff\x00" * 100)):
        done = verify(server, text)
        check(f"{what}: damaged", text != proof and done.returncode == 1 and "DAMAGED" in done.stderr and not done.stdout, done)
    check("another key: damaged", verify(server, proof, other_key).returncode == 1)
    check("no key: wrong usage", subprocess.run([f"{BIN}/bulkhead-verify", "proof", "x"], capture_output=True).returncode == 2)


def others(server):
    """the receipt of somebody else reads like one that does not exist; the administrator sees it"""
    tina, udo = server.add_user("tina"), server.add_user("udo")
    index = tina.upload(tina.home(), "secret name.txt", b"x").json()["receipt"]
    equal("her own", tina.get(f"{RECEIPTS}/{index}").status, 200)
    hidden, missing = udo.get(f"{RECEIPTS}/{index}"), udo.get(f"{RECEIPTS}/999999999")
    equal("his: 404, and the same as none", (hidden.status, hidden.body), (404, missing.body))
    equal("the start of the server is about nobody", udo.get(f"{RECEIPTS}/0").body, missing.body)
    for wrong in ("abc", "-1", "01", "99999999999999999999", "1e3"):
        equal(f"index {wrong}", udo.get(f"{RECEIPTS}/{wrong}").body, missing.body)
    admin = server.client("admin")
    equal("an administrator of her organisation", admin.get(f"{RECEIPTS}/{index}").json()["username"], "tina")
    equal("the administrator, too, learns nothing of a start", admin.get(f"{RECEIPTS}/0").status, 404)
    equal("a stranger", server.client().get(f"{RECEIPTS}/{index}").status, 401)
    hostile = tina.upload(tina.home(), 'gr\u00f6\u00dfe.txt', b"x").json()["receipt"]
    done = verify(server, tina.get(f"{RECEIPTS}/{hostile}").json()["proof"])
    check("bulkhead-verify quotes names", done.returncode == 0 and "gr\\u00c3" in done.stdout and done.stdout.isascii(), done)


def tree(server):
    """checkpoint and tiles for every session, and nothing beside them"""
    vera = server.add_user("vera")
    vera.get(f"{RECEIPTS}/{vera.upload(vera.home(), 'a.txt', b'x').json()['receipt']}")  # covered by a checkpoint now
    text = vera.get(f"{LEDGER}/checkpoint").body.decode()
    size = int(text.split("\n")[1])
    check("a signed checkpoint", text.split("\n")[0] == key_of(server).split("+")[0] and "\n\n\u2014 " in text, text)
    tile = vera.get(f"{LEDGER}/tile/0/000.p/{size}")
    equal("the partial tile of level 0", (tile.status, len(tile.body)), (200, size * 32))
    for path in (f"tile/0/000.p/{size + 1}", "tile/0/000", "tile/0/001", "tile/1/000", "tile/0/x000/000", "tile/0/000.p/0", "tile/64/000", "tile/entries/000", "tile/0/abc", "tile/0/0000",
                 "tile/0/x999/x999/999", "tile/0/000.p", f"tile/0/000.p/{size}/{size}", "tile/0/.p/1"):
        equal(path, vera.get(f"{LEDGER}/{path}").status, 404)
    for path in (f"{LEDGER}/checkpoint", f"{LEDGER}/tile/0/000"):
        equal(f"a stranger: {path}", server.client().get(path).status, 401)


def whole_tile(server):
    """256 entries make a whole tile of level 0, and a hash of level 1"""
    walt = server.add_user("walt")
    made = walt.upload(walt.home(), "often.txt", b"x").json()
    for _ in range(256):
        walt.download(made["id"])
    last = walt.upload(walt.home(), "last.txt", b"x").json()["receipt"]
    walt.get(f"{RECEIPTS}/{last}")
    width = int(walt.get(f"{LEDGER}/checkpoint").body.split(b"\n")[1]) // 256
    tile, above = walt.get(f"{LEDGER}/tile/0/000"), walt.get(f"{LEDGER}/tile/1/000.p/{width}")
    equal("the whole tile", (tile.status, len(tile.body)), (200, 256 * 32))
    level = [tile.body[at:at + 32] for at in range(0, len(tile.body), 32)]
    while len(level) > 1:
        level = [hashlib.sha256(b"\1" + left + right).digest() for left, right in zip(level[::2], level[1::2])]
    equal("the tile above it begins with its hash", (above.status, above.body[:32]), (200, level[0]))


if __name__ == "__main__":
    run([uploads, others, tree, whole_tile], {"sign_on": {"attempts": 1000}})
