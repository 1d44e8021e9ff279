"""Mail through a real conversation with a mail server over TLS: STARTTLS and smtps, what is tried again, what is refused."""
import json
import os
import re
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "support"))
from resets import PUBLIC, add, ask, token_in, use, wait_for
from server import Server, check, equal, finish, section, server_is_well
from smtp_peer import Peer, make_certificate


def set_mail(server, **keys):
    """Replaces the section [mail]; in effect after the next start."""
    path = os.path.join(server.data, "bulkhead.toml")
    with open(path) as file:
        text = file.read()
    lines = "".join(f"{key} = {json.dumps(value)}\n" for key, value in {"mail_from": "Bulkhead <bulkhead@example.com>", **keys}.items())
    with open(path, "w") as file:
        file.write(re.sub(r"\[mail\]\n(?:[a-z].*\n)*", lambda _: "[mail]\n" + lines, text))


def status(server):
    return server.cli("status").stdout


def by_starttls(server, folder):
    """STARTTLS with sign-on: taken over, 4xx tried again, 5xx given up, a kill in between"""
    secret = os.path.join(folder, "password")
    with open(secret, "w") as file:
        file.write("p\u00e4ss word\n")
    os.chmod(secret, 0o600)
    with Peer(folder, "localhost", login=("mailer", "p\u00e4ss word")) as peer:
        for name in ("early", "kept", "gone", "killed"):
            add(server, name, f"{name}@example.com")
        set_mail(server, smtp=f"smtp://localhost:{peer.port}", mail_ca_file=peer.ca, mail_user="mailer", mail_password_file=secret)
        server.restart()
        equal("asked for", ask(server, "early").status, 202)
        check("the server has it", wait_for(lambda: peer.messages), (status(server), peer.commands))
        sender, recipients, text = peer.messages[0]
        equal("from and to", (sender, recipients), ("bulkhead@example.com", ["early@example.com"]))
        equal("its link works", use(server, token_in(text)).status, 204)
        check("nothing but a greeting went unencrypted", all(secure or line.split()[0] in ("EHLO", "STARTTLS") for secure, line in peer.commands), peer.commands)
        check("every line ends with CRLF", b"\n" not in text.replace(b"\r\n", b""))

        peer.rcpt = ["451 not now", "250 ok"]
        ask(server, "kept")
        check("451: it waits, and status says why", wait_for(lambda: "451 not now" in status(server)), status(server))
        peer.rcpt = ["250 ok"]
        check("it is tried again", wait_for(lambda: len(peer.messages) == 2, 20), status(server))
        equal("and works", use(server, token_in(peer.messages[1][2])).status, 204)

        peer.rcpt = ["550 no such user here"]
        ask(server, "gone")
        check("550: given up, and status says why", wait_for(lambda: "1 failed" in status(server) and "550 no such user here" in status(server)), status(server))

        peer.rcpt = ["451 wait for the kill"]
        ask(server, "killed")
        check("it waits", wait_for(lambda: "451 wait for the kill" in status(server)), status(server))
        server.kill()
        peer.rcpt = ["250 ok"]
        server.start()
        check("after a kill and a start it is sent", wait_for(lambda: len(peer.messages) == 3, 20), status(server))
        equal("and works", use(server, token_in(peer.messages[2][2])).status, 204)
        check("once", wait_for(lambda: "3 sent, 0 waiting, 1 failed" in status(server)), status(server))

        peer.login = ("mailer", "another")
        wrong = server.cli("mail", "test", "ops@example.com")
        check("a wrong password is said", wrong.returncode == 1 and "535" in wrong.stderr, wrong)


def by_smtps(server, folder):
    """TLS at once; a certificate that is not the server's, or nobody's; a server without TLS"""
    with Peer(folder, "127.0.0.1", tls="at once") as peer:
        set_mail(server, smtp=f"smtps://127.0.0.1:{peer.port}", mail_ca_file=peer.ca)
        server.restart()
        sent = server.cli("mail", "test", "ops@example.com")
        check("sent over smtps", sent.returncode == 0 and "250 taken" in sent.stdout and len(peer.messages) == 1, (sent, peer.commands))
        peer.use(*make_certificate(folder, "elsewhere.example", (peer.ca, os.path.join(folder, "ca-of-127.0.0.1-own.key"))))
        wrong = server.cli("mail", "test", "ops@example.com")
        check("a certificate for another name is refused", wrong.returncode == 1 and "SSL" in wrong.stderr, wrong)
        peer.use(*make_certificate(folder, "127.0.0.1"))
        wrong = server.cli("mail", "test", "ops@example.com")
        check("one of nobody is refused", wrong.returncode == 1 and "certificate" in wrong.stderr, wrong)
        equal("nothing went there", len(peer.messages), 1)
        before = len(peer.commands)
    with Peer(folder, "127.0.0.1", tls="none") as peer:
        set_mail(server, smtp=f"smtp://127.0.0.1:{peer.port}", mail_ca_file=peer.ca)
        server.restart()
        wrong = server.cli("mail", "test", "ops@example.com")
        check("a server without STARTTLS gets nothing", wrong.returncode == 1 and not peer.messages, (wrong, peer.commands[before:]))
        check("no sender, no recipient", not any(line.startswith(("MAIL", "RCPT")) for _, line in peer.commands), peer.commands)
        set_mail(server, smtp=f"smtp://127.0.0.1:{peer.port}", smtp_plain=True)
        server.restart()
        sent = server.cli("mail", "test", "ops@example.com")
        check("unencrypted on loopback, where it is set", sent.returncode == 0 and len(peer.messages) == 1, sent)
        port = peer.port
    set_mail(server, smtp=f"smtp://127.0.0.1:{port}", smtp_plain=True)
    down = server.cli("mail", "test", "ops@example.com")
    check("a server that is down", down.returncode == 1 and "127.0.0.1" in down.stderr, down)


def main():
    with tempfile.TemporaryDirectory(prefix="bulkhead-mail-") as folder, Server({"https": {"public_url": PUBLIC}}) as server:
        for test in (by_starttls, by_smtps):
            if not sys.argv[1:] or test.__name__ in sys.argv[1:]:
                section(test, server, folder)
        section(server_is_well, server)
    finish()


main()
