"""SIGHUP: a new certificate and key are served without a stop, a pair that does not fit is refused, and the log is opened anew."""
import hashlib
import os
import shutil
import signal
import ssl
import subprocess

from support.server import check, equal, run


def served(server):
    """SHA-256 of the certificate that a new connection gets; the handshake proves that the key fits it."""
    der = ssl.get_server_certificate(("127.0.0.1", server.port), timeout=20)
    return hashlib.sha256(ssl.PEM_cert_to_DER_cert(der)).hexdigest()


def make_pair(server, name):
    """A self-signed P-256 pair beside the data directory. Answers the paths of key and certificate."""
    key, certificate = (os.path.join(server.folder, f"{name}.{end}") for end in ("key", "crt"))
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "30",
                    "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", key, "-out", certificate],
                   check=True, capture_output=True)
    return key, certificate


def install(server, path, name):
    """In place of a file of signet, with its owner and mode."""
    target = os.path.join(server.data, "signet", name)
    old = os.stat(target)
    shutil.copyfile(path, target)
    os.chown(target, old.st_uid, old.st_gid)


def reload(server, event):
    since = len(server.log_lines())
    server.process.send_signal(signal.SIGHUP)
    return server.wait_for_log(lambda record: record["said"].get("event") == event, since)


def a_new_pair_is_served(server):
    """every connection after the reload gets the new certificate, signed for with the new key; open connections stay"""
    before = served(server)
    open_one = server.client("admin")
    key, certificate = make_pair(server, "new")
    install(server, key, "tls.key")
    install(server, certificate, "tls.crt")
    check("SIGHUP is answered in the log", reload(server, "certificate in use") is not None)
    server.context = None
    new = hashlib.sha256(ssl.PEM_cert_to_DER_cert(open(certificate).read())).hexdigest()
    got = []
    for _ in range(12):  # more than are prepared ahead
        try:
            got.append(served(server))
        except OSError as wrong:
            got.append(repr(wrong))
    check("the certificates differ", before != new)
    equal("the last connections get the new certificate", got[-4:], [new] * 4)
    equal("no handshake fails, and none gets the old one", [g for g in got if g != new], [])
    equal("a connection from before still works", open_one.get("/api/v1/users/self").status, 200)
    equal("and a client that trusts the new one signs on", server.client("admin").get("/api/v1/users/self").status, 200)


def a_pair_that_does_not_fit_is_refused(server):
    """a key of another certificate: the old pair stays in use"""
    before = served(server)
    right = shutil.copy(os.path.join(server.data, "signet", "tls.key"), os.path.join(server.folder, "right.key"))
    key, _ = make_pair(server, "other")
    install(server, key, "tls.key")
    record = reload(server, "reload refused")
    check("the log says that the reload was refused, and why", record is not None and "key" in record["said"]["why"], record)
    equal("the pair from before is served", [served(server) for _ in range(6)], [before] * 6)
    install(server, right, "tls.key")


def the_log_is_opened_anew(server):
    """after logrotate has moved the file, SIGHUP makes a new one"""
    path = os.path.join(server.data, "log", "bulkhead.jsonl")
    os.rename(path, path + ".1")
    since = os.path.getsize(path + ".1")
    check("the next line is in a new file", reload(server, "certificate in use") is not None)
    equal("the moved file has grown no more", os.path.getsize(path + ".1"), since)


if __name__ == "__main__":
    run([a_new_pair_is_served, a_pair_that_does_not_fit_is_refused, the_log_is_opened_anew])
