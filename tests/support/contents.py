"""Two users and their files: the victims of the containment tests."""
import hashlib

MARKER = b"PLANTED-PLAINTEXT-9d1f2c"
BLOB_SIZE = 400_000  # more than one chunk: a blob of its own, not a row of the catalog


def content_of(user_name, number, size=None):
    """Known bytes, with the marker in them."""
    line = MARKER + f" {user_name} {number} ".encode()
    size = size or (BLOB_SIZE if number == 0 else 2_000 + number)
    return (line * (size // len(line) + 1))[:size]


def populate(server, names=("alice", "bob"), files=4):
    """Each user sends `files` files, number 0 of them large. Answers {name: {file id: content}}."""
    sent = {}
    for name in names:
        client = server.add_user(name)
        home = client.home()
        sent[name] = {}
        for number in range(files):
            content = content_of(name, number)
            answer = client.upload(home, f"{name}-{number}.bin", content, {"hashtype": "sha-256", "hash": hashlib.sha256(content).hexdigest()})
            if answer.status != 201:
                raise RuntimeError(f"upload for {name}: {answer}")
            sent[name][int(answer.json()["id"])] = content
        client.close()
    return sent
