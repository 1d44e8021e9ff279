"""A list of folders as a careless server would make it: the path of the query becomes a part of the SQL. sqlmap must find it."""
import http.server
import json
import sqlite3
import ssl
import subprocess
import threading
import urllib.parse


def serve(folder):
    """Serves GET …?path= over TLS on a free port of 127.0.0.1, with a certificate made in `folder`; answers the server."""
    key, certificate = f"{folder}/leaky.key", f"{folder}/leaky.crt"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", key, "-out", certificate, "-subj", "/CN=127.0.0.1", "-days", "2"], check=True, capture_output=True)
    database = sqlite3.connect(":memory:", check_same_thread=False)
    database.execute("CREATE TABLE folders (id, path)")
    database.execute("INSERT INTO folders VALUES (7, '/Home/victim')")

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_):
            pass

        def do_GET(self):
            path = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(self.path).query)).get("path", "")
            try:
                items, status = [{"id": row[0], "path": row[1]} for row in database.execute(f"SELECT id, path FROM folders WHERE path = '{path}'")], 200
            except sqlite3.Error:
                items, status = [], 503
            body = json.dumps({"items": items, "paging": {"page": 1, "totalItems": len(items)}}).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server
