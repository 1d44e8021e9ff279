"""A wire between client and server that counts what passes, and can be cut: a TCP proxy on loopback."""
import select
import socket
import threading

CHUNK = 256 * 1024


class Wire:
    """cut_up, cut_down: the connection is cut after so many bytes to the server, to the client. 0: never.

    After a cut nobody gets through until the next `arm`: a client that tries again by itself must not hide it.
    """

    def __init__(self, port):
        self.target = port
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.lock = threading.Lock()
        self.arm()
        threading.Thread(target=self._accept, daemon=True).start()

    def arm(self, cut_up=0, cut_down=0):
        with self.lock:
            self.cut_up, self.cut_down, self.up, self.down, self.was_cut = cut_up, cut_down, 0, 0, False

    def close(self):
        self.listener.close()

    def _accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._carry, args=(client,), daemon=True).start()

    def _carry(self, client):
        with client:
            if self.was_cut:
                return
            with socket.create_connection(("127.0.0.1", self.target)) as server:
                for end in (client, server):
                    end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                try:
                    self._pass_on(client, server)
                except OSError:
                    pass  # one side is gone: both are closed

    def _pass_on(self, client, server):
        open_ends = {client: server, server: client}
        while open_ends:
            for source in select.select(list(open_ends), [], [])[0]:
                data = source.recv(CHUNK)
                if not data:
                    open_ends.pop(source).shutdown(socket.SHUT_WR)
                    continue
                if self._cut_by(len(data), source is client):
                    return
                (server if source is client else client).sendall(data)

    def _cut_by(self, size, upwards):
        with self.lock:
            if upwards:
                self.up += size
            else:
                self.down += size
            self.was_cut = self.was_cut or 0 < self.cut_up < self.up or 0 < self.cut_down < self.down
            return self.was_cut
