"""The other end of a command over SSH, by hand: it sends what a test wants, when it wants, or nothing."""
import struct

from support.ssh_raw import (CHANNEL_CLOSE, CHANNEL_EOF, CHANNEL_REQUEST, CHANNEL_SUCCESS, DATA, EXTENDED_DATA, USERAUTH_SUCCESS, Client, Fields,
                             string)


class Peer:
    """One command of server.user on a connection of its own. `window`: what it lets the server send."""

    def __init__(self, server, command, window=2**31, packet=2**15):
        self.client = Client(server.ssh_port).shake().start_auth()
        if self.client.sign_on(server.user, server.key)[0] != USERAUTH_SUCCESS:
            raise RuntimeError("cannot sign on")
        opened = Fields(self.client.open_session(window=window, packet=packet))
        opened.u32()
        self.remote = opened.u32()
        self.started = self.client.request(self.remote, "exec", string(command))[0] == CHANNEL_SUCCESS
        self.out, self.error, self.status = b"", b"", None

    def send(self, data):
        for at in range(0, len(data), 30_000):
            self.client.data(self.remote, data[at:at + 30_000])
        return self

    def end(self):
        self.client.send(CHANNEL_EOF, struct.pack(">I", self.remote))
        return self

    def read_until(self, done):
        """Everything the program says until done(self), or its end."""
        while not done(self):
            payload = self.client.receive_past()
            if payload[0] == DATA:
                self.out += Fields(payload, 5).string()
            elif payload[0] == EXTENDED_DATA:
                self.error += Fields(payload, 9).string()
            elif payload[0] == CHANNEL_REQUEST:
                fields = Fields(payload, 5)
                if fields.text() == "exit-status":
                    fields.byte()
                    self.status = fields.u32()
            elif payload[0] == CHANNEL_CLOSE:
                break
        return self

    def read_to_end(self):
        return self.read_until(lambda peer: False)

    def read(self, count):
        return self.read_until(lambda peer: len(peer.out) >= count)

    def close(self):
        self.client.close()

    __enter__ = lambda self: self

    def __exit__(self, *_):
        self.close()
