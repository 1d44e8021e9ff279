"""Resumable uploads: requests of both protocols, and connections that end in the middle of one."""
import base64
import random
import ssl
import time


def content_of(size, seed=1):
    return random.Random(seed).randbytes(size)


def metadata(**pairs):
    """metadata(filename="a", folderId=7): the value of Upload-Metadata"""
    return ",".join(f"{key} {base64.b64encode(str(value).encode()).decode()}" for key, value in pairs.items())


class Tus:
    """tus 1.0.0 as one user."""

    def __init__(self, client):
        self.client = client

    def request(self, method, path, body=None, **headers):
        named = {name.replace("_", "-"): str(value) for name, value in headers.items()}
        return self.client.request(method, path, body, {"Tus-Resumable": "1.0.0", **named})

    def create(self, length=None, body=None, concat=None, **pairs):
        headers = {"Upload-Metadata": metadata(**pairs)} if pairs else {}
        if concat is not None:
            headers["Upload-Concat"] = concat
        if length is not None:
            headers["Upload-Length"] = length
        elif not (concat or "").startswith("final"):
            headers["Upload-Defer-Length"] = 1
        if body is not None:
            headers["Content-Type"] = "application/offset+octet-stream"
        return self.request("POST", "/tus", body, **headers)

    def patch(self, url, offset, body=b"", **headers):
        return self.request("PATCH", url, body, Content_Type="application/offset+octet-stream", Upload_Offset=offset, **headers)

    def complete(self, url, content, headers_of=lambda piece: {}):
        """Goes on until the upload is whole, as a client does: a request that was cut off may still be on its way, and come in between."""
        for _ in range(5):
            offset = self.offset(url)
            if offset is None or offset == len(content):
                return offset
            self.patch(url, offset, content[offset:], **headers_of(content[offset:]))
        return self.offset(url)

    def head(self, url):
        return self.request("HEAD", url)

    def offset(self, url):
        """As HEAD says, or None when the upload is not there. A request that was cut off may come in late, and turn HEAD away: it is asked again, as clients do."""
        for _ in range(50):
            answer = self.head(url)
            if answer.status != 409:
                break
            time.sleep(0.1)
        return int(answer.headers["upload-offset"]) if answer.status == 200 else None


def patch_head(client, url, offset, size, more=""):
    return (f"PATCH {url} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {client.token}\r\nTus-Resumable: 1.0.0\r\n"
            f"Content-Type: application/offset+octet-stream\r\nUpload-Offset: {offset}\r\nContent-Length: {size}\r\n{more}\r\n").encode()


def half_patch(client, url, offset, content, sent, more=""):
    """A PATCH that announces all of the content, of which `sent` bytes are on their way; the connection stays open."""
    raw = client.server.raw()
    raw.send(patch_head(client, url, offset, len(content), more) + content[:sent])
    return raw


def cut(raw):
    """Ends a connection as a lost network would: no close_notify."""
    raw.socket.shutdown(2)
    raw.close()


def ended(raw, within_s):
    """Whether the server ends this connection in that time."""
    raw.socket.settimeout(within_s)
    try:
        return raw.socket.recv(1) == b""
    except TimeoutError:
        return False
    except (ConnectionError, ssl.SSLError):
        return True


def wait_for(what, seconds=10):
    """The first true answer of what(), or the last."""
    deadline = time.monotonic() + seconds
    while not (got := what()) and time.monotonic() < deadline:
        time.sleep(0.05)
    return got
