"""Real routers of Debian 12, started in a namespace with a configuration made here.

Each class takes the same description of itself and its neighbours, so that a test can put any of them on either side.
`binary` is what must be installed; conftest skips (or, in CI, fails) when it is not.
"""

import json
import os
import pwd
import re
import shutil
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from lib.proc import Program, wait_until


@dataclass
class Neighbor:
    """One BGP neighbour of a router. Without `passive` the router dials."""
    name: str
    address: str
    asn: int
    md5: str = None
    passive: bool = False
    families: tuple = (4, 6)
    ttl_security: bool = False
    add_path: bool = False
    multihop: bool = False      # also needed on loopback


@dataclass
class Config:
    asn: int
    router_id: str              # also the address BGP is spoken from
    neighbors: list = field(default_factory=list)
    hold: int = 90
    address_ipv6: str = None    # next hop of IPv6 routes
    retry: int = 1


class Router:
    """Base: files in a directory of its own, one program."""

    binary = None
    helper = None       # a second program that it needs

    def __init__(self, name, config, namespace, directory):
        self.name = name
        self.config = config
        self.namespace = namespace
        self.directory = directory / name
        self.directory.mkdir()
        self.program = Program(name, self.argv(), self.directory, namespace, self.environment())

    def environment(self):
        return {}

    def start(self):
        self.write_config()
        self.program.start()
        return self

    def stop(self):
        self.program.stop()

    def ask(self, *words):
        done = self.namespace.run([str(word) for word in words], timeout=20)
        return done.stdout + done.stderr


class Bird(Router):
    binary = '/usr/sbin/bird'

    def argv(self):
        return [self.binary, '-f', '-c', self.directory / 'bird.conf', '-s', self.directory / 'bird.ctl',
                '-P', self.directory / 'bird.pid']

    def write_config(self):
        conf = self.config
        text = [f'router id {conf.router_id};', 'log stderr all;', 'debug protocols { states, events };',
                'protocol device {}', 'ipv4 table master4;', 'ipv6 table master6;']
        for peer in conf.neighbors:
            text.append(self._protocol(peer))
        (self.directory / 'bird.conf').write_text('\n'.join(text) + '\n')

    def _protocol(self, peer):
        conf = self.config
        lines = [f'local {conf.router_id} as {conf.asn};', f'neighbor {peer.address} as {peer.asn};',
                 f'hold time {conf.hold};', f'connect retry time {conf.retry};', f'connect delay time {conf.retry};',
                 f'error wait time {conf.retry}, {conf.retry};', 'error forget time 1;', 'graceful restart off;']
        if peer.md5:
            lines.append(f'password "{peer.md5}";')
        if peer.passive:
            lines.append('passive yes;')
        if peer.multihop:
            lines.append('multihop;')
        if peer.ttl_security:
            lines.append('ttl security on;')
        for family in peer.families:
            hop = f'next hop address {conf.address_ipv6};' if family == 6 and conf.address_ipv6 else ''
            paths = 'add paths on;' if peer.add_path else ''
            lines.append(f'ipv{family} {{ import all; export all; {hop} {paths} }};')
        return f'protocol bgp {peer.name} {{\n  ' + '\n  '.join(lines) + '\n}'

    def ctl(self, *words):
        return self.ask('/usr/sbin/birdc', '-s', self.directory / 'bird.ctl', *words)

    def established(self, name):
        return 'Established' in self.ctl('show', 'protocols', name)

    def uptime_mark(self, name):
        """Changes whenever the session went down in between."""
        line = next(line for line in self.ctl('show', 'protocols', name).splitlines() if line.startswith(name))
        return line.split()[4]

    def count(self, name):
        """Routes of all families learned from one neighbour."""
        return sum(int(number) for number in re.findall(r'Routes:\s+(\d+) imported',
                                                        self.ctl('show', 'protocols', 'all', name)))


class Frr(Router):
    """bgpd, and beside it zebra, without which bgpd believes in no next hop and dials nobody. No route gets further."""

    binary = '/usr/lib/frr/bgpd'

    def __init__(self, name, config, namespace, directory):
        # Both run as the user frr, who cannot enter the tests' own directory.
        self._kept = tempfile.TemporaryDirectory(prefix='bgpt-frr-')
        self._run = Path(self._kept.name)
        shutil.chown(self._run, 'frr', 'frr')
        super().__init__(name, config, namespace, directory)
        self.helper = Program(f'{name}-zebra', ['/usr/lib/frr/zebra', *self._common('zebra')], self.directory, namespace)

    def argv(self):
        return [self.binary, *self._common('bgpd'), '-n', '-l', self.config.router_id]

    def _common(self, name):
        (self._run / f'{name}.conf').touch()
        return ['-f', self._run / f'{name}.conf', '-i', self._run / f'{name}.pid', '-z', self._run / 'zserv.api',
                '--vty_socket', self._run, '-P', '0', '--log', 'stdout']

    def start(self):
        if not self.helper.running:
            self.helper.start()
            wait_until((self._run / 'zserv.api').exists, 10, 'zebra opens no socket')
        return super().start()

    def write_config(self):
        conf = self.config
        text = ['frr defaults traditional', 'log stdout informational', f'router bgp {conf.asn}',
                f' bgp router-id {conf.router_id}', ' no bgp ebgp-requires-policy', ' no bgp default ipv4-unicast',
                ' no bgp network import-check', ' bgp log-neighbor-changes',
                f' timers bgp {max(1, conf.hold // 3)} {conf.hold}']
        for peer in conf.neighbors:
            text += [f' neighbor {peer.address} remote-as {peer.asn}', f' neighbor {peer.address} timers connect {conf.retry}',
                     f' neighbor {peer.address} update-source {conf.router_id}',
                     f' neighbor {peer.address} advertisement-interval 0',
                     f' neighbor {peer.address} disable-connected-check']
            if peer.md5:
                text.append(f' neighbor {peer.address} password {peer.md5}')
            if peer.passive:
                text.append(f' neighbor {peer.address} passive')
            for family in peer.families:
                text += [f' address-family ipv{family} unicast', f'  neighbor {peer.address} activate']
                if family == 6 and conf.address_ipv6:
                    text.append(f'  neighbor {peer.address} route-map next-hop-ipv6 out')
                text.append(' exit-address-family')
        text.append('exit')
        if conf.address_ipv6:
            text += ['route-map next-hop-ipv6 permit 10', f' set ipv6 next-hop global {conf.address_ipv6}', 'exit']
        (self._run / 'bgpd.conf').write_text('\n'.join(text) + '\n')

    def vtysh(self, command):
        return self.ask('/usr/bin/vtysh', '--vty_socket', self._run, '-d', 'bgpd', '-c', command)

    def neighbor(self, name):
        address = next(peer.address for peer in self.config.neighbors if peer.name == name)
        try:
            return json.loads(self.vtysh(f'show bgp neighbors {address} json'))[address]
        except (ValueError, KeyError):
            return {}

    def established(self, name):
        return self.neighbor(name).get('bgpState') == 'Established'

    def count(self, name):
        families = self.neighbor(name).get('addressFamilyInfo', {})
        return sum(family.get('acceptedPrefixCounter', 0) for family in families.values())


class GoBgp(Router):
    binary = '/usr/bin/gobgpd'

    def argv(self):
        return [self.binary, '-f', self.directory / 'gobgpd.conf', '-t', 'toml', '--api-hosts', '127.0.0.1:50051',
                '--pprof-disable', '-l', 'info', '-p']

    def environment(self):
        return {'GOMAXPROCS': '2'}

    def write_config(self):
        conf = self.config
        text = ['[global.config]', f'as = {conf.asn}', f'router-id = "{conf.router_id}"',
                f'local-address-list = ["{conf.router_id}"]']
        for peer in conf.neighbors:
            text += ['[[neighbors]]', '[neighbors.config]', f'neighbor-address = "{peer.address}"', f'peer-as = {peer.asn}']
            if peer.md5:
                text.append(f'auth-password = "{peer.md5}"')
            text += ['[neighbors.timers.config]', f'hold-time = {conf.hold}.0', f'keepalive-interval = {max(1, conf.hold // 3)}.0',
                     f'connect-retry = {max(conf.retry, 1)}.0', 'idle-hold-time-after-reset = 1.0']
            text += ['[neighbors.transport.config]', f'local-address = "{conf.router_id}"',
                     f'passive-mode = {"true" if peer.passive else "false"}']
            for family in peer.families:
                text += ['[[neighbors.afi-safis]]', '[neighbors.afi-safis.config]', f'afi-safi-name = "ipv{family}-unicast"']
        (self.directory / 'gobgpd.conf').write_text('\n'.join(text) + '\n')

    def gobgp(self, *words):
        return self.ask('/usr/bin/gobgp', '-p', '50051', '-j', *words)

    def _neighbor(self, name):
        address = next(peer.address for peer in self.config.neighbors if peer.name == name)
        try:
            return json.loads(self.gobgp('neighbor', address))
        except ValueError:
            return {}

    def established(self, name):
        return self._neighbor(name).get('state', {}).get('session_state') in (6, 'ESTABLISHED', 'established')

    def count(self, name):
        return sum(one.get('state', {}).get('accepted', 0) for one in self._neighbor(name).get('afi_safis', []))


class OpenBgpd(Router):
    binary = '/usr/sbin/bgpd'

    def argv(self):
        return [self.binary, '-d', '-f', self.directory / 'bgpd.conf']

    def write_config(self):
        conf = self.config
        text = [f'AS {conf.asn}', f'router-id {conf.router_id}', 'fib-update no', f'holdtime {conf.hold}', 'holdtime min 3',
                f'connect-retry {conf.retry}',
                f'listen on {conf.router_id}', f'socket "{self.directory}/bgpd.sock"']
        for peer in conf.neighbors:
            lines = [f'remote-as {peer.asn}', f'local-address {conf.router_id}', 'enforce neighbor-as no']
            lines += [f'announce IPv{family} unicast' for family in peer.families]
            if peer.passive:
                lines.append('passive')
            if peer.md5:
                lines.append(f'tcp md5sig password {peer.md5}')
            text.append(f'neighbor {peer.address} {{\n  ' + '\n  '.join(lines) + '\n}')
        text += ['allow from any', 'allow to any']
        # Its chroot is its user's home, which systemd makes on a machine where it runs as a service.
        os.makedirs(pwd.getpwnam('_openbgpd').pw_dir, exist_ok=True)
        path = self.directory / 'bgpd.conf'
        path.write_text('\n'.join(text) + '\n')
        os.chmod(path, 0o600)

    def ctl(self, *words):
        return self.ask('/usr/sbin/bgpctl', '-s', self.directory / 'bgpd.sock', '-j', *words)

    def _neighbor(self, name):
        address = next(peer.address for peer in self.config.neighbors if peer.name == name)
        try:
            return json.loads(self.ctl('show', 'neighbor', address))['neighbors'][0]
        except (ValueError, KeyError, IndexError):
            return {}

    def established(self, name):
        return self._neighbor(name).get('state') == 'Established'

    def count(self, name):
        return self._neighbor(name).get('stats', {}).get('prefixes', {}).get('received', 0)


class ExaBgp(Router):
    """Announces the routes it was made with; counts nothing."""

    binary = '/usr/sbin/exabgp'

    def __init__(self, name, config, namespace, directory, announce=()):
        self._announce = announce
        super().__init__(name, config, namespace, directory)

    def argv(self):
        return [self.binary, self.directory / 'exabgp.conf']

    def environment(self):
        return {'exabgp.daemon.user': 'root', 'exabgp.daemon.drop': 'false', 'exabgp.tcp.bind': '',
                'exabgp.api.cli': 'false', 'exabgp.log.level': 'INFO', 'exabgp.log.destination': 'stdout',
                'exabgp.tcp.delay': '0'}

    def write_config(self):
        conf = self.config
        text = []
        for peer in conf.neighbors:
            lines = [f'router-id {conf.router_id};', f'local-address {conf.router_id};', f'local-as {conf.asn};',
                     f'peer-as {peer.asn};', f'hold-time {conf.hold};', 'family {',
                     *[f'  ipv{family} unicast;' for family in peer.families], '}']
            if peer.md5:
                lines.append(f'md5-password "{peer.md5}";')
            if self._announce:
                lines += ['static {', *[f'  route {route};' for route in self._announce], '}']
            text.append(f'neighbor {peer.address} {{\n  ' + '\n  '.join(lines) + '\n}')
        (self.directory / 'exabgp.conf').write_text('\n'.join(text) + '\n')

    def established(self, _name):
        return 'connected to' in self.program.log() or 'loaded new configuration' in self.program.log()


def wait_established(*pairs, timeout=30):
    """Waits until every (router, neighbour name) is established."""
    for router, name in pairs:
        wait_until(lambda: router.established(name), timeout, f'{router.name} has no session with {name}', every=0.2)
