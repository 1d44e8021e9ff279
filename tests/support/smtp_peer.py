"""A mail server for tests, whose every answer the test chooses. Standard library and the openssl command only.

    with Peer(folder, "localhost") as peer:       listens on peer.port, with a certificate of peer.ca for that name
        peer.rcpt = ["451 later", "250 ok"]       answers to RCPT, one after the other; the last one stays
        peer.messages                             [(from, to, text)] of what it took over
"""
import base64
import os
import re
import socket
import ssl
import subprocess
import threading


def make_certificate(folder, name, ca=None):
    """(certificate, key) for this host name or address; self-signed without `ca`, a pair of the same kind."""
    what = f"IP:{name}" if re.fullmatch(r"[0-9.]+", name) else f"DNS:{name}"
    base = os.path.join(folder, f"{name}-{'signed' if ca else 'own'}")
    authority = ["-addext", "basicConstraints=critical,CA:FALSE", "-CA", ca[0], "-CAkey", ca[1]] if ca else []
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", f"/CN={name}",
                    "-addext", f"subjectAltName={what}", "-keyout", f"{base}.key", "-out", f"{base}.crt", *authority], check=True, capture_output=True)
    return f"{base}.crt", f"{base}.key"


class Peer:
    """tls: "starttls", "at once" or "none". login: (user, password) that AUTH PLAIN must show."""

    def __init__(self, folder, name="localhost", tls="starttls", login=None):
        self.tls, self.login = tls, login
        self.ca, ca_key = make_certificate(folder, f"ca-of-{name}")
        self.use(*make_certificate(folder, name, (self.ca, ca_key)))
        self.messages, self.commands, self.rcpt, self.after_data = [], [], ["250 ok"], ["250 taken"]
        self.connections = 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.thread = threading.Thread(target=self.serve, daemon=True)

    def use(self, certificate, key):
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(certificate, key)

    def serve(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            connection.settimeout(20)
            try:
                self.talk(connection)
            except (OSError, ValueError):
                pass
            finally:
                connection.close()

    @staticmethod
    def next_of(answers):
        return answers.pop(0) if len(answers) > 1 else answers[0]

    def talk(self, connection):
        secure = self.tls == "at once"
        if secure:
            connection = self.context.wrap_socket(connection, server_side=True)
        lines = connection.makefile("rb")

        def say(text):
            connection.sendall(text.encode() + b"\r\n")
        say("220 peer ready")
        sender, recipients, known = None, [], self.login is None
        while line := lines.readline().decode("latin-1").rstrip("\r\n"):
            word = line.split(" ")[0].upper()
            self.commands.append((secure, line))
            if word == "EHLO":
                offers = (["STARTTLS"] if self.tls == "starttls" and not secure else []) + (["AUTH PLAIN LOGIN"] if self.login and secure else [])
                offers = ["peer", *offers, "8BITMIME"]
                say("\r\n".join(f"250{' ' if offer is offers[-1] else '-'}{offer}" for offer in offers))
            elif word == "STARTTLS" and self.tls == "starttls":
                say("220 go ahead")
                connection = self.context.wrap_socket(connection, server_side=True)
                lines, secure = connection.makefile("rb"), True
            elif word == "AUTH" and line.upper().startswith("AUTH PLAIN") and secure:
                words = line.split(" ")
                if len(words) < 3:
                    say("334 ")
                    words.append(lines.readline().decode().strip())
                known = base64.b64decode(words[2]) == "\0{}\0{}".format(*self.login).encode()
                say("235 welcome" if known else "535 wrong password")
            elif word == "MAIL":
                sender, recipients = re.search(r"<(.*)>", line).group(1), []
                say("250 ok" if known else "530 sign on first")
            elif word == "RCPT":
                answer = self.next_of(self.rcpt)
                if answer.startswith("250"):
                    recipients.append(re.search(r"<(.*)>", line).group(1))
                say(answer)
            elif word == "DATA":
                say("354 go on")
                text = b""
                while (part := lines.readline()) not in (b".\r\n", b""):
                    text += part[1:] if part.startswith(b"..") else part
                answer = self.next_of(self.after_data)
                if answer.startswith("250"):
                    self.messages.append((sender, recipients, text))
                say(answer)
            elif word == "QUIT":
                say("221 bye")
                return
            else:
                say("502 not here")

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.listener.shutdown(socket.SHUT_RDWR)  # a close alone leaves a thread in accept(), and the port open
        self.thread.join(10)
        self.listener.close()
