"""Logos of an organisation against the real server: set, seen, replaced, taken away, refused."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "support"))

from server import check, equal, run  # noqa: E402

LOGOS = "/api/v1/settings/appearance/brand/logos"
SEEN = "/api/bulkhead/v1/brand/logos"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 4
GIF = b"GIF89a" + b"\0" * 40
NONE = {"leftLogoFilename": "", "rightLogoFilename": "", "backgroundLogoFilename": "", "useCustomNotifBranding": False}


def form(files=(), **texts):
    """(body, fields) of a form with these files, (name, filename, content) each, and texts"""
    parts = [f'--b\r\nContent-Disposition: form-data; name="{name}"; filename="{filename}"\r\nContent-Type: application/octet-stream\r\n\r\n'.encode() + content + b"\r\n"
             for name, filename, content in files]
    parts += [f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode() for name, value in texts.items()]
    return b"".join(parts) + b"--b--\r\n", {"Content-Type": "multipart/form-data; boundary=b"}


def send(client, files=(), **texts):
    body, fields = form(files, **texts)
    return client.request("POST", LOGOS, body, fields)


def life(server):
    """set, seen, replaced and taken away"""
    boss, ann = server.client("admin"), server.add_user("ann")
    equal("at first there is none", (send(boss).json(), boss.get(f"{SEEN}/left").status), (NONE, 404))
    made = send(boss, [("LeftLogo", "C:\\pictures\\logo.png", PNG), ("backgroundlogo", "back.gif", GIF)], usecustomnotifbranding="1")
    equal("two at once", (made.status, made.json()), (200, {**NONE, "leftLogoFilename": "logo.png", "backgroundLogoFilename": "back.gif", "useCustomNotifBranding": True}))
    seen = ann.get(f"{SEEN}/left")
    equal("everybody in it sees them", (seen.status, seen.headers["content-type"], seen.headers["x-content-type-options"], seen.body), (200, "image/png", "nosniff", PNG))
    equal("the other kind", ann.get(f"{SEEN}/background").headers["content-type"], "image/gif")
    equal("no third", ann.get(f"{SEEN}/right").status, 404)
    equal("no such place", ann.get(f"{SEEN}/top").status, 404)
    equal("nobody without a token", server.client().get(f"{SEEN}/left").status, 401)
    equal("replaced, and taken away", send(boss, [("leftlogo", "new.gif", GIF)], resetbackgroundlogo="1", usecustomnotifbranding="0").json(),
          {**NONE, "leftLogoFilename": "new.gif"})
    equal("gone", ann.get(f"{SEEN}/background").status, 404)
    server.restart()
    equal("they last", server.client("ann").get(f"{SEEN}/left").body, GIF)


def refused(server):
    """what is no image, too large, or sent by somebody else: nothing changes"""
    boss, ann = server.client("admin"), server.client("ann")
    before = send(boss).json()
    equal("a user", send(ann, [("leftlogo", "a.png", PNG)]).status, 403)
    equal("no image", send(boss, [("rightlogo", "a.png", PNG), ("leftlogo", "a.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>")]).status, 422)
    equal("too large", send(boss, [("rightlogo", "a.png", PNG), ("leftlogo", "a.png", PNG + b"\0" * 100_000)]).status, 422)
    equal("twice", send(boss, [("leftlogo", "a.png", PNG), ("leftlogo", "b.png", PNG)]).status, 422)
    equal("a text", send(boss, leftlogo="a.png").status, 422)
    equal("a form that is cut", boss.request("POST", LOGOS, form([("leftlogo", "a.png", PNG)])[0][:-8], {"Content-Type": "multipart/form-data; boundary=b"}).status, 422)
    check("no form", boss.request("POST", LOGOS, b"{}", {"Content-Type": "application/json"}).status in (415, 422))
    equal("nothing has changed", send(boss).json(), before)


run([life, refused])
