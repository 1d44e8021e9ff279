"""Makes the vectors of this folder with ssh-keygen, ssh-agent and openssl: python3 vectors/ssh_key/generate.py

Keys are new at each run; the private ones are not kept. One file, one case, `expect:` first:
  signature-*    right | wrong: what PublicKey::verify() says. algorithm, key, message, signature
  line-*         right | invalid | unsupported: what parse_line() says. fingerprint, comment, line
  certificate-*  right | refused: what Certificate::parse() and check() say. algorithm, certificate, principal, address, now_s
"""
import base64
import os
import shutil
import socket
import struct
import subprocess
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
NOW = 1_800_000_000
VALID = "20260101000000Z:20290101000000Z"
MESSAGE = b"\0\0\0\x20" + bytes(range(32)) + b"\x32 the signed data of a request"


def run(*command, **more):
    return subprocess.run(command, check=True, capture_output=True, **more).stdout


def write(name, expect, **fields):
    with open(os.path.join(HERE, name + ".txt"), "w", encoding="ascii") as file:
        file.write(f"expect: {expect}\n")
        for field, value in fields.items():
            text = base64.b64encode(value).decode() if isinstance(value, bytes) else str(value)
            file.write(f"{field}: {text}\n")


def string(raw):
    return struct.pack(">I", len(raw)) + raw


def mpint(number):
    return string(number.to_bytes(number.bit_length() // 8 + 1, "big") if number else b"")


def take(raw, at):
    size, = struct.unpack_from(">I", raw, at)
    return raw[at + 4:at + 4 + size], at + 4 + size


def blob_of(path):
    return base64.b64decode(open(path, encoding="ascii").read().split()[1])


class Agent:
    """ssh-agent signs any bytes; flags: 2 for rsa-sha2-256, 4 for rsa-sha2-512, 0 for what the key names (RSA: SHA-1)."""

    def __init__(self, folder):
        self.path = os.path.join(folder, "agent")
        self.process = subprocess.Popen(["ssh-agent", "-D", "-a", self.path], stdout=subprocess.DEVNULL)
        while not os.path.exists(self.path):
            pass

    def add(self, path):
        run("ssh-add", path, env={**os.environ, "SSH_AUTH_SOCK": self.path})

    def sign(self, blob, message, flags=0):
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(self.path)
            client.sendall(string(b"\x0d" + string(blob) + string(message) + struct.pack(">I", flags)))
            reply = b""
            while len(reply) < 4 or len(reply) < 4 + struct.unpack(">I", reply[:4])[0]:
                reply += client.recv(65536)
        assert reply[4] == 14, "the agent refused to sign"
        return take(reply, 5)[0]

    def end(self):
        self.process.terminate()
        self.process.wait()


def openssl_ecdsa(path, message):
    der = run("openssl", "dgst", "-sha256", "-sign", path, input=message)
    r_size = der[3]
    r = int.from_bytes(der[4:4 + r_size], "big")
    s = int.from_bytes(der[6 + r_size:], "big")
    return r, s


def signatures(keys, agent):
    for name, (path, algorithm, flags) in keys.items():
        key = blob_of(path + ".pub")
        good = agent.sign(key, MESSAGE, flags)
        case = dict(algorithm=algorithm, key=key, message=MESSAGE)
        write(f"signature-{name}", "right", signature=good, **case)
        raw, _ = take(good, take(good, 0)[1])
        head = string(algorithm.encode())
        write(f"signature-{name}-empty", "wrong", signature=b"", **case)
        write(f"signature-{name}-no-signature", "wrong", signature=head + string(b""), **case)
        write(f"signature-{name}-short", "wrong", signature=head + string(raw[:-1]), **case)
        write(f"signature-{name}-trailing", "wrong", signature=good + b"\0", **case)
        write(f"signature-{name}-other-name", "wrong", signature=string(b"ssh-dss") + string(raw), **case)
        write(f"signature-{name}-flipped", "wrong", signature=good[:-1] + bytes([good[-1] ^ 1]), **case)
        write(f"signature-{name}-other-message", "wrong", algorithm=algorithm, key=key, message=MESSAGE + b"x", signature=good)
        if name.startswith("ecdsa"):
            r, at = take(raw, 0)
            s, _ = take(raw, at)
            for label, pair in (("zero-r", string(b"") + string(s)), ("zero-s", string(r) + string(b"")),
                                ("zero-r-byte", string(b"\0") + string(s)), ("padded-r", string(b"\0" + (r if r[0] else r[1:])) + string(s)),
                                ("negative-s", string(r) + string(b"\x80" + s[1:])),
                                ("wide-r", string(b"\x01" + bytes(70)) + string(s)), ("trailing-in-pair", raw + b"\0")):
                if label == "padded-r" and r[0] == 0:
                    pair = string(b"\0" + r) + string(s)
                write(f"signature-{name}-{label}", "wrong", signature=head + string(pair), **case)
    rsa = blob_of(keys["rsa-256"][0] + ".pub")
    sha1 = agent.sign(rsa, MESSAGE, 0)
    write("signature-rsa-sha1", "wrong", algorithm="ssh-rsa", key=rsa, message=MESSAGE, signature=sha1)
    raw, _ = take(sha1, take(sha1, 0)[1])
    write("signature-rsa-sha1-renamed", "wrong", algorithm="rsa-sha2-256", key=rsa, message=MESSAGE,
          signature=string(b"rsa-sha2-256") + string(raw))
    write("signature-rsa-name-differs", "wrong", algorithm="rsa-sha2-512", key=rsa, message=MESSAGE,
          signature=agent.sign(rsa, MESSAGE, 2))
    p256, p384 = blob_of(keys["ecdsa-256"][0] + ".pub"), blob_of(keys["ecdsa-384"][0] + ".pub")
    write("signature-ecdsa-other-curve", "wrong", algorithm="ecdsa-sha2-nistp256", key=p256, message=MESSAGE,
          signature=agent.sign(p384, MESSAGE))


def security_key(keys):
    """What a FIDO key with touch would sign (PROTOCOL.u2f), made with openssl."""
    pem = keys["ecdsa-256"][0] + ".pem"
    point = take(blob_of(keys["ecdsa-256"][0] + ".pub"), take(blob_of(keys["ecdsa-256"][0] + ".pub"), 23)[1])[0]
    name = b"sk-ecdsa-sha2-nistp256@openssh.com"
    blob = string(name) + string(b"nistp256") + string(point) + string(b"ssh:")
    digest = lambda raw: run("openssl", "dgst", "-sha256", "-binary", input=raw)
    for label, flags, expect in (("", 1, "right"), ("-verified", 5, "right"), ("-untouched", 0, "wrong"), ("-untouched-verified", 4, "wrong")):
        tail = struct.pack(">BI", flags, 42)
        r, s = openssl_ecdsa(pem, digest(b"ssh:") + tail + digest(MESSAGE))
        signature = string(name) + string(mpint(r) + mpint(s)) + tail
        write(f"signature-sk-ecdsa{label}", expect, algorithm=name.decode(), key=blob, message=MESSAGE, signature=signature)
    write("signature-sk-ecdsa-other-flags", "wrong", algorithm=name.decode(), key=blob, message=MESSAGE,
          signature=signature[:-5] + struct.pack(">BI", 1, 42))
    r, s = openssl_ecdsa(pem, MESSAGE)
    write("signature-sk-ecdsa-plain", "wrong", algorithm=name.decode(), key=blob, message=MESSAGE,
          signature=string(name) + string(mpint(r) + mpint(s)) + struct.pack(">BI", 1, 42))


def lines(folder, keys):
    for name, (path, _, _) in keys.items():
        text = open(path + ".pub", encoding="ascii").read().strip()
        fingerprint = run("ssh-keygen", "-lf", path + ".pub").decode().split()[1]
        write(f"line-{name}", "right", fingerprint=fingerprint, comment=text.split()[2], line=text)
    kind, code, comment = open(keys["ed25519"][0] + ".pub", encoding="ascii").read().split()
    blob = base64.b64decode(code)
    encode = lambda raw: base64.b64encode(raw).decode()
    small = os.path.join(folder, "small")
    run("ssh-keygen", "-q", "-t", "rsa", "-b", "1024", "-N", "", "-f", small)
    _, point_at = take(blob_of(keys["ecdsa-256"][0] + ".pub"), 23)
    p256 = blob_of(keys["ecdsa-256"][0] + ".pub")
    rsa = blob_of(keys["rsa-256"][0] + ".pub")
    modulus = take(rsa, 7 + 4 + 7)[0]
    bad = {
        "empty": "", "text": "hello", "path": "/etc/shadow", "unc": r"\\host\share\key", "url": "https://example.com/key.pub",
        "pem": "-----BEGIN PUBLIC KEY-----", "private": "-----BEGIN OPENSSH PRIVATE KEY-----", "putty": "PuTTY-User-Key-File-3: ssh-ed25519",
        "base64-cut": f"{kind} {code[:-1]}", "base64-missing": kind, "huge": f"{kind} {'A' * 400_000}",
        "blob-empty": f"{kind} AAAA", "blob-trailing": f"{kind} {encode(blob + b'x')}", "blob-cut": f"{kind} {encode(blob[:-1])}",
        "type-differs": f"ssh-rsa {code}", "dss": "ssh-dss AAAAB3NzaC1kc3M=",
        "rsa-1024": open(small + ".pub", encoding="ascii").read().strip(),
        "rsa-even-exponent": f"ssh-rsa {encode(string(b'ssh-rsa') + mpint(65536) + string(modulus))}",
        "rsa-exponent-one": f"ssh-rsa {encode(string(b'ssh-rsa') + mpint(1) + string(modulus))}",
        "rsa-huge": f"ssh-rsa {encode(string(b'ssh-rsa') + mpint(65537) + mpint((1 << 16400) + 1))}",
        "point-off-curve": f"ecdsa-sha2-nistp256 {encode(p256[:-1] + bytes([p256[-1] ^ 1]))}",
        "point-compressed": f"ecdsa-sha2-nistp256 {encode(p256[:point_at] + string(bytes([2 + p256[-1] % 2]) + p256[point_at + 5:point_at + 37]))}",
        "point-infinity": f"ecdsa-sha2-nistp256 {encode(p256[:point_at] + string(bytes(1)))}",
        "curve-differs": f"ecdsa-sha2-nistp256 {encode(p256.replace(b'nistp256', b'nistp384').replace(b'sha2-nistp384', b'sha2-nistp256'))}",
    }
    for name, line in bad.items():
        if name != "huge":
            write(f"line-{name}", "invalid", line=line)
    write("line-option", "unsupported", line=f'from="10.0.0.1" {kind} {code} {comment}')
    write("line-authority", "unsupported", line=f"cert-authority {kind} {code} {comment}")


def certificates(folder, keys):
    authority = os.path.join(folder, "authority")
    run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", authority)

    def make(name, expect, key="ed25519", algorithm=None, options=(), principals="anna,berta", validity=VALID, signer=authority,
             principal="anna", address="192.0.2.7", now=NOW, spoil=None):
        path = os.path.join(folder, "subject")
        shutil.copy(keys[key][0] + ".pub", path + ".pub")
        names = ["-n", principals] if principals else []
        run("ssh-keygen", "-q", "-s", signer, "-I", "the key id", "-z", "7", "-V", validity, *names, *options, path + ".pub")
        kind, code = open(path + "-cert.pub", encoding="ascii").read().split()[:2]
        blob = base64.b64decode(code)
        write(f"certificate-{name}", expect, algorithm=algorithm or kind, certificate=spoil(blob) if spoil else blob,
              principal=principal, address=address, now_s=now)

    for name, (_, algorithm, _) in keys.items():
        make(name, "right", key=name, algorithm=f"{algorithm}-cert-v01@openssh.com")
    for name in ("rsa-256", "ecdsa-256", "ecdsa-384", "ecdsa-521"):
        make(f"authority-{name}", "right", signer=keys[name][0], options=("-t", "rsa-sha2-512") if name == "rsa-256" else ())
    make("forever", "right", validity="always:forever")
    make("extensions-ignored", "right", options=("-O", "clear", "-O", "extension:unknown@example.com=x"))
    for label, listed, address, expect in (
            ("v4", "192.0.2.0/24,10.0.0.1", "192.0.2.7", "right"), ("v4-single", "192.0.2.7", "192.0.2.7", "right"),
            ("v4-mapped", "192.0.2.0/24", "::ffff:192.0.2.7", "right"), ("v6", "2001:db8::/32", "2001:db8:1::7", "right"),
            ("v4-other", "192.0.2.0/24", "192.0.3.7", "refused"), ("v6-other", "2001:db8::/32", "2001:db9::7", "refused"),
            ("v4-by-v6", "2001:db8::/32", "192.0.2.7", "refused"), ("no-address", "0.0.0.0/0", "", "refused")):
        make(f"source-{label}", expect, options=("-O", f"source-address={listed}"), address=address)
    make("other-principal", "refused", principal="carla")
    make("prefix-of-principal", "refused", principal="ann")
    make("no-principals", "refused", principals="")
    make("expired", "refused", now=1_900_000_000)
    make("early", "refused", now=1_700_000_000)
    make("host", "refused", options=("-h",))
    make("force-command", "refused", options=("-O", "force-command=/bin/true"))
    make("verify-required", "refused", options=("-O", "verify-required"))
    make("unknown-critical", "refused", options=("-O", "critical:unknown@example.com=x"))
    make("rsa-as-sha1", "refused", key="rsa-256", algorithm="ssh-rsa-cert-v01@openssh.com")
    make("other-algorithm", "refused", algorithm="ecdsa-sha2-nistp256-cert-v01@openssh.com")
    make("authority-sha1", "refused", signer=keys["rsa-256"][0], options=("-t", "ssh-rsa"))
    make("flipped", "refused", spoil=lambda blob: blob[:-1] + bytes([blob[-1] ^ 1]))
    make("other-name", "refused", principal="nnna", spoil=lambda blob: blob.replace(b"anna", b"nnna"))
    make("cut", "refused", spoil=lambda blob: blob[:-1])
    make("trailing", "refused", spoil=lambda blob: blob + b"\0")
    inner = open(os.path.join(folder, "subject-cert.pub"), encoding="ascii").read().split()[1]
    plain = blob_of(authority + ".pub")
    make("authority-is-certificate", "refused", spoil=lambda blob: blob.replace(string(plain), string(base64.b64decode(inner))))


def main():
    for old in os.listdir(HERE):
        if old.endswith(".txt"):
            os.unlink(os.path.join(HERE, old))
    with tempfile.TemporaryDirectory() as folder:
        agent = Agent(folder)
        keys = {}
        for name, kind, bits, algorithm, flags in (
                ("ed25519", "ed25519", "256", "ssh-ed25519", 0), ("ecdsa-256", "ecdsa", "256", "ecdsa-sha2-nistp256", 0),
                ("ecdsa-384", "ecdsa", "384", "ecdsa-sha2-nistp384", 0), ("ecdsa-521", "ecdsa", "521", "ecdsa-sha2-nistp521", 0),
                ("rsa-256", "rsa", "2048", "rsa-sha2-256", 2), ("rsa-512", "rsa", "3072", "rsa-sha2-512", 4)):
            path = os.path.join(folder, name)
            run("ssh-keygen", "-q", "-t", kind, "-b", bits, "-N", "", "-C", f"{name}@example.com", "-f", path)
            agent.add(path)
            keys[name] = (path, algorithm, flags)
        shutil.copy(keys["ecdsa-256"][0], keys["ecdsa-256"][0] + ".pem")
        run("ssh-keygen", "-p", "-q", "-m", "PEM", "-N", "", "-f", keys["ecdsa-256"][0] + ".pem")
        signatures(keys, agent)
        security_key(keys)
        lines(folder, keys)
        certificates(folder, keys)
        agent.end()


main()
