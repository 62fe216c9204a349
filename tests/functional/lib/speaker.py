"""A BGP speaker in Python: feeds and collects routes, and misbehaves on request.

A `Speaker` keeps one session at a time, by dialling or by accepting, and starts again when it ended, as a router does.
Each connection is a `Session` of its own and stays in `sessions`, with everything it received and why it ended. A
session watches its hold time as RFC 4271 says and sends KEEPALIVEs at a third of it. One thread per speaker.
"""

import select
import socket
import struct
import threading
import time

from lib import bgp
from lib.proc import wait_until

TCP_MD5SIG = 14


def set_md5(sock, address, key):
    """TCP-MD5 (RFC 2385) towards one IPv4 peer."""
    peer = struct.pack('=HH4s120x', socket.AF_INET, 0, socket.inet_aton(address))
    sock.setsockopt(socket.IPPROTO_TCP, TCP_MD5SIG, peer + struct.pack('=BBHI', 0, 0, len(key), 0) +
                    key.encode().ljust(80, b'\0'))


def _announces(data):
    return data[18] == bgp.UPDATE and data not in (bgp.END_OF_RIB, bgp.END_OF_RIB_IPV6)


class Session:
    """One connection and what came over it."""

    def __init__(self, sock, speaker):
        self.local, self.remote = sock.getsockname(), sock.getpeername()
        self.received = []          # (monotonic time, message)
        self.update_count = 0       # UPDATEs among them, without End-of-RIB markers
        self.remote_open = None
        self.hold = speaker.options['hold']
        self.established_at = None
        self.ended_at = None
        self.reason = None          # why it ended, in words
        self.notification = None    # (code, subcode, data) received
        self.reading = True         # False: the kernel's buffers fill up
        self.keepalives = True
        self.stuffed = False        # try_send() left a message half written
        self.longest_silence = 0.0
        self._sock = sock
        self._speaker = speaker
        self._lock = threading.Lock()
        self._rest = b''
        self._last_in = self._last_out = time.monotonic()

    @property
    def established(self):
        return self.established_at is not None and self.ended_at is None

    def updates(self):
        """Every UPDATE received, End-of-RIB markers left out."""
        return [data for _, data in list(self.received) if _announces(data)]

    def send(self, data):
        """Sends bytes as they are; waits as long as the peer does not read."""
        with self._lock:
            self._sock.sendall(data)
            self._last_out = time.monotonic()

    def try_send(self, data):
        """Sends if the kernel takes it all at once; a peer that does not read any more is left alone after that."""
        with self._lock:
            if self.stuffed or select.select([], [self._sock], [], 0)[1] == []:
                self.stuffed = True
                return
            try:
                self.stuffed = self._sock.send(data, socket.MSG_DONTWAIT) < len(data)
            except OSError:
                self.stuffed = True

    def age(self):
        """Seconds since it was established."""
        return time.monotonic() - self.established_at

    def close(self):
        """FIN, after what was sent."""
        self._end('closed by us')

    def reset(self):
        """RST."""
        self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
        self._end('reset by us')

    def half_close(self):
        """FIN in one direction; the other stays open."""
        self.keepalives = False
        self._sock.shutdown(socket.SHUT_WR)

    def run(self, stopping):
        """Serves the session until it ends."""
        try:
            self.send(bgp.open_message(**self._speaker.options))
            while self.ended_at is None and not stopping.is_set():
                self._turn()
        except (OSError, bgp.Malformed) as error:
            self._end(str(error))
        self._end('stopped')

    def _turn(self):
        if not self.reading:
            self._last_in = time.monotonic()    # who does not look cannot say that nothing came
        watched = [self._sock] if self.reading else []
        ready, _, _ = select.select(watched, [], [], 0.05)
        if ready:
            data = self._sock.recv(1 << 18)
            if not data:
                return self._end('closed by peer')
            self._take(self._rest + data)
        self._timers()

    def _timers(self):
        now = time.monotonic()
        if not self.established or self.hold == 0:
            return
        if now - self._last_in > self.hold:
            self.send(bgp.notification(4, 0))
            self._end('hold timer expired')
        elif self.keepalives and not self.stuffed and now - self._last_out > self.hold / 3:
            self.send(bgp.KEEPALIVE_MESSAGE)

    def _take(self, data):
        now = time.monotonic()
        messages, self._rest = bgp.split(data)
        for one in messages:
            self.received.append((now, one))
            self.update_count += _announces(one)
            kind = one[18]
            if kind == bgp.OPEN:
                self.remote_open = bgp.parse_open(one)
                self.hold = min(self.hold, self.remote_open['hold'])
                self.send(bgp.KEEPALIVE_MESSAGE)
            elif kind == bgp.KEEPALIVE and self.established_at is None:
                self.established_at = now
            elif kind == bgp.NOTIFICATION:
                self.notification = bgp.parse_notification(one)
                self._end('NOTIFICATION %d/%d %r' % self.notification)
        if messages:
            self.longest_silence = max(self.longest_silence, now - self._last_in)
            self._last_in = now

    def _end(self, why):
        if self.ended_at is None:
            self.reason = why
            self.ended_at = time.monotonic()
            self._sock.close()


class Speaker:
    """Keeps a session with one peer. Options are those of bgp.open_message."""

    def __init__(self, namespace, asn, router_id, md5=None, retry=0.3, persistent=True, **options):
        self.options = {'asn': asn, 'router_id': router_id, 'hold': 90, **options}
        self.sessions = []
        self.attempts = 0           # connections dialled or accepted, successful or not
        self.last_error = None
        self.on_established = None  # called with the session, from the speaker's thread
        self._namespace = namespace
        self._md5 = md5
        self._retry = retry
        self._persistent = persistent
        self._stopping = threading.Event()
        self._thread = None
        self._listener = None

    def dial(self, address, port=179, source=None):
        def connect():
            self.attempts += 1
            sock = self._namespace.socket(socket.AF_INET6 if ':' in address else socket.AF_INET)
            try:
                if self._md5:
                    set_md5(sock, address, self._md5)
                if source:
                    sock.bind((source, 0))
                sock.settimeout(3)
                sock.connect((address, port))
                sock.settimeout(None)
                return sock
            except OSError as error:
                self.last_error = error
                sock.close()
                return None
        return self._begin(connect)

    def listen(self, address, port=179, peer=None):
        listener = self._namespace.socket(socket.AF_INET6 if ':' in address else socket.AF_INET)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((address, port))
        if self._md5:
            set_md5(listener, peer, self._md5)
        listener.listen(16)
        listener.settimeout(0.05)
        self._listener = listener

        def accept():
            try:
                sock, _ = listener.accept()
                sock.settimeout(None)
                self.attempts += 1
                return sock
            except OSError:
                return None
        return self._begin(accept, retry=0)

    @property
    def session(self):
        """The newest session, or None."""
        return self.sessions[-1] if self.sessions else None

    def wait_established(self, timeout=15, after=None):
        """Waits for an established session (another one than `after`) and returns it."""
        def up():
            one = self.session
            return one if one is not None and one is not after and one.established else None
        return wait_until(up, timeout, lambda: f'session of AS{self.options["asn"]} not established: '
                          f'{[one.reason for one in self.sessions]} {self.last_error}')

    def stop(self):
        """Ends the session (FIN) and the thread."""
        self._stopping.set()
        if self._thread:
            self._thread.join(5)
        if self._listener:
            self._listener.close()

    def _begin(self, connection, retry=None):
        self._thread = threading.Thread(target=self._serve, args=(connection, self._retry if retry is None else retry),
                                        daemon=True)
        self._thread.start()
        return self

    def _serve(self, connection, retry):
        while not self._stopping.is_set():
            sock = connection()
            if sock is None:
                self._stopping.wait(retry)
                continue
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            try:
                session = Session(sock, self)
            except OSError as error:
                self.last_error = error
                sock.close()
                continue
            self.sessions.append(session)
            watcher = threading.Thread(target=self._announce, args=(session,), daemon=True)
            watcher.start()
            session.run(self._stopping)
            if not self._persistent:
                return
            self._stopping.wait(retry)

    def _announce(self, session):
        while self.on_established and session.ended_at is None:
            if session.established:
                return self.on_established(session)
            time.sleep(0.02)
