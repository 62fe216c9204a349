#!/usr/bin/python3
"""Both ends of many idle BGP sessions through a relay: idle_peers.py CONNECT LISTEN, ports of 127.0.0.1.

Each line on stdin is a number of sessions; when so many stand, "ready N" is printed. Ends when stdin does. Session i comes
from 127.1.x.y, so that a relay that tells peers apart by address sees that many peers.
"""
import resource
import selectors
import socket
import struct
import sys

OPEN, NOTIFICATION, KEEPALIVE = 1, 3, 4
AT_ONCE = 50


def message(kind, body=b""):
    return b"\xff" * 16 + struct.pack("!HB", 19 + len(body), kind) + body


def open_message(asn, number):
    capabilities = b"".join(struct.pack("!BBHBB", 1, 4, afi, 0, 1) for afi in (1, 2)) + struct.pack("!BBI", 65, 4, asn)
    parameters = struct.pack("!BB", 2, len(capabilities)) + capabilities
    return message(OPEN, struct.pack("!BHHIB", 4, asn, 0, 0x7F010000 + number, len(parameters)) + parameters)


class End:
    """One end of one session; the accepting side answers, the dialling side speaks first."""

    def __init__(self, sock, first, number):
        self.sock, self.data, self.number, self.established = sock, b"", number, False
        if first:
            self.say(open_message(64512, number))
        self.first = first

    def say(self, data):
        self.sock.sendall(data)

    def readable(self):
        """False at the end of the connection."""
        chunk = self.sock.recv(4096)
        self.data += chunk
        while len(self.data) >= 19:
            length, kind = struct.unpack_from("!HB", self.data, 16)
            if len(self.data) < length:
                break
            self.take(kind)
            self.data = self.data[length:]
        return bool(chunk)

    def take(self, kind):
        if kind == OPEN:
            self.say((b"" if self.first else open_message(64513, self.number + 65536)) + message(KEEPALIVE))
        if kind == KEEPALIVE:
            self.established = True
        if kind == NOTIFICATION:
            sys.exit("NOTIFICATION received: " + self.data[19:].hex())


class Peers:
    def __init__(self, connect, listen):
        self.connect, self.selector, self.ends, self.dialled = connect, selectors.DefaultSelector(), [], 0
        self.listener = socket.create_server(("127.0.0.1", listen), backlog=AT_ONCE * 2)
        self.selector.register(self.listener, selectors.EVENT_READ, None)

    def add(self, sock, first, number):
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        end = End(sock, first, number)
        self.ends.append(end)
        self.selector.register(sock, selectors.EVENT_READ, end)

    def dial(self):
        number = self.dialled
        sock = socket.create_connection(
            ("127.0.0.1", self.connect), source_address=(f"127.1.{number >> 8}.{number & 255}", 0), timeout=10
        )
        self.dialled += 1
        self.add(sock, True, number)

    def turn(self):
        events = self.selector.select(20)
        if not events:
            sys.exit(f"nothing happens: {self.standing()} of {self.dialled} sessions stand")
        for key, _ in events:
            if key.data is None:
                self.add(self.listener.accept()[0], False, len(self.ends))
            elif not key.data.readable():
                sys.exit("a session was closed")

    def standing(self):
        return sum(end.established for end in self.ends) // 2

    def grow(self, count):
        while self.standing() < count:
            while self.dialled < min(count, self.standing() + AT_ONCE):
                self.dial()
            self.turn()


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 65536), hard))
    peers = Peers(int(sys.argv[1]), int(sys.argv[2]))
    for line in sys.stdin:
        peers.grow(int(line))
        print("ready", line.strip(), flush=True)


if __name__ == "__main__":
    main()
