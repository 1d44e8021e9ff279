"""Requests whose every byte is chosen: what a client of another make puts on the wire.

    with Wire(server, token) as wire:
        answer = wire.ask("GET /api/v1/users/self HTTP/1.1", "Accept: */*")          Host and Authorization are added
        answer = wire.ask("POST /api/v1/token HTTP/1.1", "Content-Type: text/json", body=b"grant_type=…")
"""
from support.server import Raw


class Wire:
    """One kept-alive connection; a new one when the server has ended it. Fields go out in the order and case given."""

    def __init__(self, server, token=None):
        self.server, self.token, self.raw = server, token, None

    def send(self, data):
        """These bytes and nothing else; answers the Answer."""
        if self.raw is None:
            self.raw = Raw(self.server)
        answer = self.raw.send(data).read_answer()
        if answer.headers.get("connection") == "close":
            self.close()
        return answer

    def ask(self, line, *fields, body=b"", length=True):
        """`length`: whether Content-Length is added for a body."""
        lines = [line, f"Host: 127.0.0.1:{self.server.port}"]
        lines += [f"Authorization: Bearer {self.token}"] if self.token else []
        lines += [*fields, *([f"Content-Length: {len(body)}"] if body and length else [])]
        return self.send("\r\n".join([*lines, "", ""]).encode() + body)

    def close(self):
        if self.raw is not None:
            self.raw.close()
        self.raw = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def part(disposition, content, *fields, boundary="b1"):
    """One part of a form, its head as given."""
    head = "\r\n".join([f"--{boundary}", f"Content-Disposition: form-data; {disposition}", *fields, "", ""])
    return head.encode() + content + b"\r\n"


def form(*parts, boundary="b1"):
    return b"".join(parts) + f"--{boundary}--\r\n".encode()


def chunks(data, size):
    """The data as HTTP chunks."""
    pieces = [data[at:at + size] for at in range(0, len(data), size)]
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"
