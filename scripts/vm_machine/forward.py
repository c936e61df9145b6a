"""A port of the guest's loopback, reached at the host's own: for a debugger's client.

One connection at a time, in frames over a virtio-serial port. guest/forward.c is the other end; it
answers every connection, however it ends, with exactly one end frame.
"""

import select
import socket
import struct

HEADER = struct.Struct("<cI")
CHUNK = 32 * 1024
ENOUGH = 256 * 1024


class Forward:
    def __init__(self, text):
        host_port, _, guest_port = text.partition(":")
        self.guest_port = int(guest_port or host_port)
        # Refuses connections until the guest has a server there: clients try again, while a
        # connection that is accepted and then silent makes a debugger send its packets twice.
        self.listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.listener.bind(("127.0.0.1", int(host_port)))
        self.listening = False
        self.client = None
        self.busy = False            # till the guest's end frame
        self.port = None
        self.to_client = bytearray()
        self.to_guest = bytearray()
        self.inbox = bytearray()

    def watch(self, watch, port):
        """Registers with the poll loop; called anew at every turn."""
        self.port = port
        if self.listening and not self.busy:
            watch(self.listener.fileno(), select.POLLIN, self.accept)
        events = select.POLLOUT if self.to_guest else 0
        if len(self.to_client) < ENOUGH:
            events |= select.POLLIN
        watch(port.fileno(), events, self.exchange)
        if self.client:
            events = select.POLLOUT if self.to_client else 0
            if len(self.to_guest) < ENOUGH:
                events |= select.POLLIN
            watch(self.client.fileno(), events, self.serve)

    def send(self, kind, payload=b""):
        self.to_guest += HEADER.pack(kind, len(payload)) + payload

    def accept(self):
        self.client, _ = self.listener.accept()
        self.client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.client.setblocking(False)
        self.busy = True
        self.send(b"O")

    def serve(self):
        try:
            if self.to_client:
                del self.to_client[:self.client.send(self.to_client)]
            data = self.client.recv(CHUNK)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if data:
            self.send(b"D", data)
        else:
            self.send(b"E")
            self.drop_client()

    def drop_client(self):
        if self.client:
            self.client.close()
        self.client = None
        self.to_client.clear()

    def exchange(self):
        try:
            if self.to_guest:
                del self.to_guest[:self.port.send(self.to_guest)]
        except OSError:
            pass
        try:
            self.inbox += self.port.recv(CHUNK)
        except OSError:
            return
        while len(self.inbox) >= HEADER.size:
            kind, length = HEADER.unpack_from(self.inbox)
            if len(self.inbox) < HEADER.size + length:
                return
            payload = self.inbox[HEADER.size:HEADER.size + length]
            del self.inbox[:HEADER.size + length]
            if kind == b"D" and self.client:
                self.to_client += payload
            elif kind == b"O":
                self.listener.listen(4)
                self.listening = True
            elif kind == b"E":
                self.end_client()

    def end_client(self):
        """The guest's side has ended; what is still on its way to the client gets there."""
        if self.client and self.to_client:
            self.client.setblocking(True)
            try:
                self.client.sendall(self.to_client)
            except OSError:
                pass
        self.drop_client()
        self.busy = False
