"""The servers that are compared. Each listens on loopback, keeps its files in one folder, and ends with its `with`."""
import json
import os
import re
import select
import signal
import socket
import subprocess
import time
import urllib.parse

from measure import Failed, run_curl

NGINX_CONFIG = """\
daemon off;
{user}
worker_processes auto;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 512; }}
http {{
  default_type application/octet-stream;
  access_log {folder}/access.log;
  sendfile on;
  tcp_nopush on;
  output_buffers 2 256k;
  keepalive_requests 1000000000;
  client_max_body_size 0;
  client_body_buffer_size 1m;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/unused;
  fastcgi_temp_path {folder}/unused;
  uwsgi_temp_path {folder}/unused;
  scgi_temp_path {folder}/unused;
  ssl_protocols TLSv1.3;
  ssl_certificate {folder}/tls.crt;
  ssl_certificate_key {folder}/tls.key;
  server {{
    listen 127.0.0.1:{port} ssl;
    root {folder}/files;
    location / {{
      dav_methods PUT DELETE;
      create_full_put_path on;
    }}
  }}
}}
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def run(command, **more):
    done = subprocess.run(command, capture_output=True, text=True, check=False, **more)
    if done.returncode != 0:
        raise Failed(f"{' '.join(command[:3])}: {done.stderr.strip() or done.stdout.strip()}")
    return done.stdout


class Server:
    """A process that is ended by its pid, whatever happens."""
    name = ""

    def __init__(self, folder):
        self.folder = folder
        self.port = free_port()
        self.process = None
        os.makedirs(folder)

    @property
    def pid(self):
        return self.process.pid

    def launch(self, command, **more):
        # A session of its own: Ctrl-C goes to the benchmark alone, which then ends its servers in order.
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True, **more)

    def __enter__(self):
        try:
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        if self.process is None or self.process.poll() is not None:
            return
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Nginx(Server):
    """Plain files, served and taken (PUT) with TLS 1.3; nothing is encrypted, hashed or synced on disk."""
    name = "nginx"

    def start(self):
        os.makedirs(f"{self.folder}/files")
        run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
             "-days", "2", "-subj", "/CN=localhost",
             "-keyout", f"{self.folder}/tls.key", "-out", f"{self.folder}/tls.crt"])
        user = "user root;" if os.geteuid() == 0 else ""
        with open(f"{self.folder}/nginx.conf", "w", encoding="ascii") as file:
            file.write(NGINX_CONFIG.format(folder=self.folder, port=self.port, user=user))
        self.launch(["nginx", "-p", self.folder, "-c", f"{self.folder}/nginx.conf"], stderr=subprocess.DEVNULL)
        for _ in range(200):
            if self.process.poll() is not None:
                break
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.05)
        with open(f"{self.folder}/error.log", encoding="utf-8", errors="replace") as file:
            raise Failed(f"nginx did not start: {file.read().strip()[-300:]}")

    def url(self, name):
        return f"https://127.0.0.1:{self.port}/{name}"

    def download(self, name):
        return [self.url(name)]

    def upload(self, path, name):
        return ["--upload-file", path, self.url(name)]

    def sync(self, name):
        """Seconds until an upload would survive a power cut: nginx acknowledges before."""
        start = time.monotonic()
        with open(f"{self.folder}/files/{name}", "rb") as file:
            os.fsync(file.fileno())
        return time.monotonic() - start

    def delete(self, name):
        os.unlink(f"{self.folder}/files/{name}")


class Bulkhead(Server):
    """Sealing, hashing, ledger and durable uploads on: there is no other mode."""
    name = "bulkhead"
    user, password = "bench", "swift-heron-over-loopback"

    def __init__(self, folder, programs):
        self.program = f"{programs}/bulkhead"
        self.data = f"{folder}/data"
        self.log_in = None
        super().__init__(folder)

    def start(self):
        run([self.program, "init", "--data", self.data])
        command = [self.program, "serve", "--data", self.data, "--https", f"127.0.0.1:{self.port}"]
        command += self.serve_options()
        self.launch(command, stdout=subprocess.PIPE)
        seen, end = "", time.monotonic() + 30
        while "Bulkhead serves https://" not in seen:
            ready, _, _ = select.select([self.process.stdout], [], [], max(0.0, end - time.monotonic()))
            part = os.read(self.process.stdout.fileno(), 4096).decode() if ready else ""
            if not part:
                raise Failed(f"bulkhead did not start: see {self.data}/log/bulkhead.jsonl")
            seen += part
        add = [self.program, "user", "add", self.user, "--password-stdin", "--data", self.data]
        run(add, input=self.password + "\n")
        self.log_in = self.sign_on()
        self.folder_id = self.ask("users/self")["homeFolderID"]

    def serve_options(self):
        """More words for `serve`; asked for between init and the start."""
        return []

    def form(self):
        return urllib.parse.urlencode({"grant_type": "password", "username": self.user, "password": self.password})

    def sign_on(self):
        """A fresh session; the benchmark of sign-ons ends older ones, for an account has a limited number."""
        return self.ask("token", ["--data", self.form()], signed_on=False)["access_token"]

    def bearer(self):
        return ["--header", f"Authorization: Bearer {self.log_in}"]

    def url(self, path):
        return f"https://127.0.0.1:{self.port}/api/v1/{path}"

    def ask(self, path, arguments=(), signed_on=True):
        """A small request; its JSON answer."""
        out = f"{self.folder}/answer"
        done = run_curl([*(self.bearer() if signed_on else []), *arguments, "--output", out, self.url(path)], 60)
        with open(out, encoding="utf-8") as file:
            text = file.read()
        if done["code"] not in (200, 201, 204):
            raise Failed(f"{path} answered {done['code']}: {text[:200]}")
        os.unlink(out)
        return json.loads(text) if text else None

    def download(self, name):
        return [*self.bearer(), self.url(f"files/{name}/download")]

    def upload(self, path, name):
        return [*self.bearer(), "--form", f"file=@{path};filename={name}", self.url(f"folders/{self.folder_id}/files")]

    def id_of(self, answer):
        """Of the file that an upload made, from the answer that curl stored."""
        with open(answer, encoding="utf-8") as file:
            found = re.search(r'"id":"(\d+)"', file.read())
        if not found:
            raise Failed("the answer to an upload names no file")
        return found.group(1)

    def delete(self, name):
        run_curl([*self.bearer(), "--request", "DELETE", "--output", os.devnull, self.url(f"files/{name}")], 60)
