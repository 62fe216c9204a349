"""Network namespaces of one test: hosts on one virtual switch, gone when the test ends.

Nothing here touches the machine's own network: the switch lives in a namespace too. Names start with `bgpt-PID-`, so
that two runs never meet and what a killed run left behind is found and removed by the next one.
"""

import ctypes
import os
import re
import socket
import subprocess
import threading

PREFIX = 'bgpt-'
CLONE_NEWNET = 0x40000000
_libc = ctypes.CDLL(None, use_errno=True)
_counter = iter(range(1, 1 << 30))


def ip(*words):
    """Runs one `ip` command; an error becomes an exception that shows what `ip` said."""
    done = subprocess.run(('ip',) + words, capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"ip {' '.join(words)}: {done.stderr.strip()}")
    return done.stdout


def remove_stale():
    """Removes namespaces of runs whose process no longer exists."""
    for line in ip('netns', 'list').splitlines():
        name = line.split()[0]
        owner = re.match(PREFIX + r'(\d+)-', name)
        if owner and not os.path.exists(f'/proc/{owner[1]}'):
            subprocess.run(('ip', 'netns', 'del', name), capture_output=True)  # another run may be at it


class Namespace:
    """One network namespace with its loopback up. `close()` removes it."""

    def __init__(self, name):
        self.name = f'{PREFIX}{os.getpid()}-{next(_counter)}-{name}'
        self.path = f'/run/netns/{self.name}'
        ip('netns', 'add', self.name)
        ip('-n', self.name, 'link', 'set', 'lo', 'up')

    def command(self, argv):
        """The command line that runs argv inside; the process dies with the test run."""
        return ['setpriv', '--pdeathsig', 'KILL', 'nsenter', f'--net={self.path}', '--'] + [str(word) for word in argv]

    def run(self, argv, **options):
        return subprocess.run(self.command(argv), capture_output=True, text=True, **options)

    def socket(self, family=socket.AF_INET, kind=socket.SOCK_STREAM):
        """A socket of this namespace. A socket stays where it was made, the caller's thread does not."""
        made = []

        def make():
            with open(self.path) as there:
                if _libc.setns(there.fileno(), CLONE_NEWNET) != 0:
                    made.append(OSError(ctypes.get_errno(), f'setns {self.name}'))
                    return
            made.append(socket.socket(family, kind))

        # A thread of its own enters the namespace and ends there; no thread ever has to find its way back.
        thread = threading.Thread(target=make)
        thread.start()
        thread.join()
        if isinstance(made[0], OSError):
            raise made[0]
        return made[0]

    def addresses(self, *addresses):
        """Adds loopback addresses beyond 127.0.0.0/8 and ::1."""
        for address in addresses:
            ip('-n', self.name, 'address', 'add', address, 'dev', 'lo', *(['nodad'] if ':' in address else []))

    def close(self):
        ip('netns', 'del', self.name)


class Switch:
    """A bridge in a namespace of its own; each host is one more namespace with `eth0` on it."""

    def __init__(self):
        self._hub = Namespace('hub')
        self._hosts = []
        ip('-n', self._hub.name, 'link', 'add', 'br0', 'type', 'bridge')
        ip('-n', self._hub.name, 'link', 'set', 'br0', 'up')

    def host(self, name, *addresses):
        """A namespace whose eth0 has the given addresses (with prefix length)."""
        host = Namespace(name)
        self._hosts.append(host)
        port = f'p{len(self._hosts)}'
        hub = self._hub.name
        ip('-n', hub, 'link', 'add', port, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', host.name)
        ip('-n', hub, 'link', 'set', port, 'master', 'br0', 'up')
        for address in addresses:
            ip('-n', host.name, 'address', 'add', address, 'dev', 'eth0', *(['nodad'] if ':' in address else []))
        ip('-n', host.name, 'link', 'set', 'eth0', 'up')
        return host

    def cut(self, host):
        """Pulls the host's cable: packets vanish, nothing is told to anyone."""
        ip('-n', self._hub.name, 'link', 'set', f'p{self._hosts.index(host) + 1}', 'down')

    def mend(self, host):
        ip('-n', self._hub.name, 'link', 'set', f'p{self._hosts.index(host) + 1}', 'up')

    def close(self):
        for namespace in self._hosts + [self._hub]:
            namespace.close()
