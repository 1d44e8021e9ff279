"""Asking for links for new passwords, reading them out of mails, using them."""
import email
import email.policy
import os
import re
import time

from server import PASSWORD, Client, check

RESETS = "/api/bulkhead/v1/password-resets"
NEW = "seven tall giraffes"
PUBLIC = "https://transfer.example.com"


def wait_for(what, timeout=15.0):
    """What `what()` answers, once it is true; or the last that it answered."""
    deadline = time.monotonic() + timeout
    while not (found := what()) and time.monotonic() < deadline:
        time.sleep(0.05)
    return found


def files(server):
    folder = os.path.join(server.data, "outbox")
    return sorted(name for name in os.listdir(folder) if name.endswith(".eml"))


def letter(server, count):
    """The newest message, once there are so many."""
    check(f"{count} messages in the file outbox", wait_for(lambda: len(files(server)) >= count) and len(files(server)) == count, files(server))
    with open(os.path.join(server.data, "outbox", files(server)[-1]), "rb") as file:
        return email.message_from_binary_file(file, policy=email.policy.default)


def token_in(message):
    text = message.get_content() if hasattr(message, "get_content") else email.message_from_bytes(message, policy=email.policy.default).get_content()
    return re.search(re.escape(PUBLIC) + r"/#token=([\w-]{43})\r?\n", text).group(1)


def ask(server, name, client=None):
    return (client or Client(server)).post(RESETS, {"username": name})


def use(server, token, password=NEW):
    return Client(server).put(RESETS, {"token": token, "newPassword": password})


def add(server, name, address, role="User"):
    added = server.cli("user", "add", name, "--email", address, "--role", role, "--full-name", "J\u00fcrgen \"Jo\" Smith", "--password-stdin", input=PASSWORD + "\n")
    if added.returncode != 0:
        raise RuntimeError(added.stderr)
