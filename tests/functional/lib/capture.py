"""What went over the wire: tcpdump on one interface, and the TCP streams put together from its file.

Used to compare two legs byte for byte, from outside of every program under test.
"""

import ipaddress
import signal
import struct
import time
from collections import namedtuple

from lib import bgp
from lib.proc import Program

Segment = namedtuple('Segment', 'source source_port target target_port sequence flags payload')
SYN, FIN, RST = 2, 1, 4


class Capture:
    """Runs tcpdump in a namespace from start() to stop()."""

    def __init__(self, namespace, directory, interface='eth0', expression='tcp port 179', name='capture'):
        self.path = directory / f'{name}.pcap'
        argv = ['tcpdump', '-Z', 'root', '-i', interface, '-n', '-U', '-s', '0', '-B', '131072', '-w', self.path, expression]
        self._program = Program(f'tcpdump-{name}', argv, directory, namespace)

    def start(self):
        self._program.start()
        self._program.wait_log('listening on')
        return self

    def stop(self):
        # What the kernel holds for tcpdump is handed over in blocks, at the latest after its read time-out of a second.
        size = -1
        while size != self.path.stat().st_size:
            size = self.path.stat().st_size
            time.sleep(1.3)
        self._program.send(signal.SIGINT)
        self._program.wait(10)
        assert '\n0 packets dropped by kernel' in self._program.log(), 'the capture itself lost packets'
        return self

    def streams(self):
        """[Stream], one for each direction of each connection, in the order of their first segments."""
        found = {}
        for segment in segments(self.path):
            found.setdefault(segment[:4], []).append(segment)
        return [stream for key, parts in found.items() for stream in _connections(key, parts)]

    def messages(self, source, target):
        """The BGP messages of all connections from one address to another, in order; either end may be None."""
        return [one for stream in self.streams()
                if source in (None, stream.source) and target in (None, stream.target)
                for one in bgp.split(stream.data)[0]]


class Stream:
    """One direction of one connection."""

    def __init__(self, key, data, ended):
        self.source, self.source_port, self.target, self.target_port = key
        self.data = data
        self.ended = ended      # 'FIN', 'RST' or None


def segments(path):
    """Every TCP segment of a pcap file written on Ethernet."""
    with open(path, 'rb') as file:
        magic, = struct.unpack('<I', file.read(24)[:4])
        assert magic in (0xa1b2c3d4, 0xa1b23c4d), 'not a little-endian pcap file'
        while header := file.read(16):
            length = struct.unpack('<IIII', header)[2]
            frame = file.read(length)
            kind = int.from_bytes(frame[12:14], 'big')
            if kind == 0x0800:
                yield _segment(frame[26:30], frame[30:34], frame[14 + (frame[14] & 15) * 4:
                                                                 14 + int.from_bytes(frame[16:18], 'big')])
            elif kind == 0x86dd:
                yield _segment(frame[22:38], frame[38:54], frame[54:54 + int.from_bytes(frame[18:20], 'big')])


def _segment(source, target, tcp):
    source_port, target_port, sequence = struct.unpack('>HHI', tcp[:8])
    return Segment(_address(source), source_port, _address(target), target_port, sequence, tcp[13],
                   tcp[(tcp[12] >> 4) * 4:])


def _address(packed):
    return str(ipaddress.ip_address(packed))


def _connections(key, parts):
    """Streams of one 4-tuple: a SYN begins a new one."""
    runs = []
    for part in parts:
        if part.flags & SYN and (not runs or runs[-1][0].sequence != part.sequence):
            runs.append([])
        if runs:
            runs[-1].append(part)
    return [_reassembled(key, run) for run in runs]


def _reassembled(key, run):
    start = run[0].sequence + 1
    pieces, ended = {}, None
    for part in run:
        if part.flags & RST:
            ended = ended or 'RST'
        elif part.flags & FIN:
            ended = ended or 'FIN'
        if part.payload:
            offset = (part.sequence - start) & 0xffffffff
            if len(part.payload) > len(pieces.get(offset, b'')):
                pieces[offset] = part.payload
    data = bytearray()
    for offset in sorted(pieces):
        payload = pieces[offset]
        if offset > len(data):
            break       # a hole: what lies behind it never reached the receiver in this capture
        data += payload[len(data) - offset:] if offset + len(payload) > len(data) else b''
    return Stream(key, bytes(data), ended)
