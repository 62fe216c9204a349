"""A plain TCP relay between two routers, to prove the harness without the program under test.

It accepts on one address, dials the other and copies bytes both ways until either end closes.
"""

import select
import socket
import threading


class Relay:
    def __init__(self, namespace, listen, connect, source, port=179):
        self._namespace = namespace
        self._target = (connect, port)
        self._source = source
        self._stopping = threading.Event()
        self._listener = namespace.socket()
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._listener.bind((listen, port))
        self._listener.listen(4)
        self._listener.settimeout(0.1)
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def stop(self):
        self._stopping.set()
        self._thread.join(5)
        self._listener.close()

    def _serve(self):
        while not self._stopping.is_set():
            try:
                left, _ = self._listener.accept()
            except OSError:
                continue
            right = self._namespace.socket()
            try:
                right.bind((self._source, 0))
                right.connect(self._target)
                self._copy(left, right)
            except OSError:
                pass
            finally:
                left.close()
                right.close()

    def _copy(self, left, right):
        other = {left: right, right: left}
        for end in other:
            end.settimeout(None)
        while not self._stopping.is_set():
            for end in select.select(list(other), [], [], 0.1)[0]:
                data = end.recv(1 << 18)
                if not data:
                    return
                other[end].sendall(data)
