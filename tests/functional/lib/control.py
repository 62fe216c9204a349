"""The control socket from a client's side: JSON-RPC 2.0, one object a line."""

import json
import socket
import time

from lib import proc


class ControlError(Exception):
    """An error object the daemon answered."""

    def __init__(self, error):
        super().__init__(f"{error.get('code')}: {error.get('message')} {error.get('data', '')}")
        self.code = error.get('code')
        self.message = error.get('message')
        self.data = error.get('data')


class Control:
    """One connection. Notifications that come between answers are kept in `notifications`."""

    def __init__(self, path, timeout=10):
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.settimeout(timeout)
        self._socket.connect(str(path))
        self._rest = b''
        self._next = 0
        self.notifications = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self._socket.close()

    def fileno(self):
        return self._socket.fileno()

    def send_raw(self, data):
        self._socket.sendall(data)

    def line(self, timeout=10):
        """The next line as an object; None when the daemon closed the connection."""
        limit = time.monotonic() + timeout * proc.patience
        while b'\n' not in self._rest:
            self._socket.settimeout(max(0.01, limit - time.monotonic()))
            data = self._socket.recv(1 << 16)
            if not data:
                return None
            self._rest += data
        line, self._rest = self._rest.split(b'\n', 1)
        return json.loads(line)

    def call(self, method, timeout=10, **params):
        """The result of one call; an error object is raised."""
        self._next += 1
        self.send_raw(json.dumps({'jsonrpc': '2.0', 'id': self._next, 'method': method, 'params': params}).encode() +
                      b'\n')
        while True:
            answer = self.line(timeout)
            if answer is None:
                raise ConnectionError(f'{method}: connection closed by the daemon')
            if answer.get('id') == self._next:
                if 'error' in answer:
                    raise ControlError(answer['error'])
                return answer['result']
            self.notifications.append(answer)

    def notification(self, timeout=10):
        """The next notification, in the order they came."""
        return self.notifications.pop(0) if self.notifications else self.line(timeout)
