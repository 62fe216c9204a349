"""bgpipe as a converter, a whole batch of messages for each run of it, and what one must know of messages to cut them."""

import json
import os
import subprocess

MARKER = b'\xff' * 16
FAMILIES = {(1, 1): 'IPV4/UNICAST', (1, 2): 'IPV4/MULTICAST', (1, 4): 'IPV4/MPLS', (1, 128): 'IPV4/MPLS_VPN',
            (2, 1): 'IPV6/UNICAST', (2, 2): 'IPV6/MULTICAST', (2, 4): 'IPV6/MPLS', (2, 128): 'IPV6/MPLS_VPN',
            (1, 133): 'IPV4/FLOWSPEC', (2, 133): 'IPV6/FLOWSPEC', (25, 70): 'L2VPN/EVPNS'}


class Failed(Exception):
    """bgpipe said no, or died."""


class Bgpipe:
    def __init__(self, build):
        self.program = os.path.join(build, 'bgpipe')

    def formats(self):
        text = subprocess.run([self.program, 'stdin', '-h'], capture_output=True, text=True, check=True).stdout
        return text[text.index('--format'):].split('(')[1].split(')')[0].replace(',', ' ').replace('|', ' ').split()

    def run(self, *words, data=b'', good=(0,)):
        done = subprocess.run([self.program, '-l', 'error', *words], input=data, capture_output=True, timeout=300)
        if done.returncode not in good:
            raise Failed(f'bgpipe {" ".join(words)}: status {done.returncode}: {done.stderr.decode(errors="replace")[-300:]}')
        return done.stdout

    def lines(self, messages, flags=(), source='raw'):
        out = self.run(*flags, 'stdin', '--format', source, '--', 'stdout', data=messages)
        return out.split(b'\n')[:-1]

    def wire(self, lines, target='raw'):
        return self.run('stdin', '--', 'stdout', '--format', target, data=b'\n'.join(lines) + b'\n')


def frames(data):
    """The messages in a stream, and where they start; bytes that are no message are passed over."""
    at = 0
    while True:
        at = data.find(MARKER, at)
        if at < 0 or at + 19 > len(data):
            return
        size = int.from_bytes(data[at + 16:at + 18], 'big')
        if size < 19 or at + size > len(data):
            at += 1
            continue
        yield data[at:at + size]
        at += size


def is_message(data):
    return data[:16] == MARKER and len(data) >= 19 and int.from_bytes(data[16:18], 'big') == len(data) and data[18] != 0


def attributes(message):
    """{code: value} of an UPDATE; as far as it can be read."""
    body, found = message[19:], {}
    withdrawn = int.from_bytes(body[:2], 'big')
    size = int.from_bytes(body[2 + withdrawn:4 + withdrawn], 'big')
    rest = body[4 + withdrawn:4 + withdrawn + size]
    while len(rest) >= 3:
        head = 4 if rest[0] & 0x10 else 3
        length = int.from_bytes(rest[2:head], 'big')
        found.setdefault(rest[1], rest[head:head + length])
        rest = rest[head + length:]
    return found


def runs_over(message):
    """Whether a length of an UPDATE says more than there is (RFC 4271 6.3): who shows its attributes all the same guesses."""
    if message[18] != 2:
        return False
    body = message[19:]
    withdrawn = int.from_bytes(body[:2], 'big')
    size = int.from_bytes(body[2 + withdrawn:4 + withdrawn], 'big')
    rest = body[4 + withdrawn:4 + withdrawn + size]
    if 4 + withdrawn + size > len(body):
        return True
    while rest:
        head = 4 if rest[0] & 0x10 else 3
        length = int.from_bytes(rest[2:head], 'big')
        if len(rest) < head + length:
            return True
        rest = rest[head + length:]
    return False


def holds_as_numbers(message):
    return is_message(message) and message[18] == 2 and any(attributes(message).get(code) for code in (2, 7, 17, 18))


def holds_routes(message):
    if not is_message(message) or message[18] != 2:
        return False
    body, found = message[19:], attributes(message)
    withdrawn = int.from_bytes(body[:2], 'big')
    size = int.from_bytes(body[2 + withdrawn:4 + withdrawn], 'big')
    return withdrawn > 0 or len(body) > 4 + withdrawn + size or len(found.get(15, b'')) > 3 or 14 in found


def capabilities(message):
    """{code: [value, …]} of an OPEN; as far as it can be read."""
    body, found = message[19:], {}
    parameters = body[10:10 + body[9]] if len(body) > 9 else b''
    while len(parameters) >= 2:
        kind, size = parameters[0], parameters[1]
        value, parameters = parameters[2:2 + size], parameters[2 + size:]
        while kind == 2 and len(value) >= 2:
            found.setdefault(value[0], []).append(value[2:2 + value[1]])
            value = value[2 + value[1]:]
    return found


def add_path(caps, mode):
    return {(v[i] << 8 | v[i + 1], v[i + 2]) for v in caps.get(69, []) for i in range(0, len(v) - 3, 4) if v[i + 3] & mode}


def session_flags(sent, received):
    """Flags for what the sender of `sent` writes, from the OPENs (one of them is enough); guessed without any."""
    if not sent and not received:
        return ('-g',)
    ours = capabilities(sent or received)
    theirs = capabilities(received or sent)
    flags = () if 65 in ours and 65 in theirs else ('-2',)
    if sent and received:
        both = [FAMILIES[f] for f in sorted(add_path(ours, 2) & add_path(theirs, 1)) if f in FAMILIES]
        if both:
            flags += ('--caps', json.dumps({'ADDPATH': [f + '/BIDIR' for f in both]}))
    return flags
