"""Records of MRT files, as far as they hold BGP messages."""

import bz2
import glob
import gzip
import os
import struct
import zlib
from dataclasses import dataclass

MESSAGES = {1, 4, 6, 7, 8, 9, 10, 11}
WIDE = {4, 5, 7, 9, 11}
PATH_IDS = {8, 9, 10, 11}
STATES = {0, 5}


@dataclass(frozen=True)
class Record:
    subtype: int
    micros: int
    peer: bytes  # both AS numbers, interface, family and addresses
    data: bytes  # the message, or the two states

    def peer_values(self):
        """Whatever the width of its AS numbers."""
        width = 4 if self.subtype in WIDE else 2
        return [int.from_bytes(self.peer[:width], 'big'), int.from_bytes(self.peer[width:2 * width], 'big'),
                self.peer[2 * width:]]


def content(path):
    """What the file holds, as far as it can be unpacked."""
    with open(path, 'rb') as file:
        data = file.read()
    if data[:2] == b'\x1f\x8b':
        unpack = zlib.decompressobj(31)
        return unpack.decompress(data)
    if data[:3] == b'BZh':
        out, unpack = b'', bz2.BZ2Decompressor()
        while data:
            out += unpack.decompress(data)
            if not unpack.eof:
                break
            data, unpack = unpack.unused_data, bz2.BZ2Decompressor()
        return out
    return data


def raw(data):
    """(type, subtype, microseconds, body) of each whole record."""
    at = 0
    while at + 12 <= len(data):
        seconds, kind, subtype, size = struct.unpack_from('>IHHI', data, at)
        body = data[at + 12:at + 12 + size]
        if len(body) < size:
            return
        micros = seconds * 1000000
        if kind in (17, 33, 49) and size >= 4:
            micros += int.from_bytes(body[:4], 'big')
            body = body[4:]
        yield kind, subtype, micros, body
        at += 12 + size


def records(data, states=True):
    for kind, subtype, micros, body in raw(data):
        if kind not in (16, 17) or subtype not in (MESSAGES | STATES if states else MESSAGES):
            continue
        head = 8 if subtype in WIDE else 4
        head += 4 + (32 if body[head + 2:head + 4] == b'\0\2' else 8)
        yield Record(subtype, micros, body[:head], body[head:])


def files(data):
    """All archives of a collection."""
    return [path for path in sorted(glob.glob(data + '/mrt/**/*', recursive=True))
            if os.path.isfile(path) and '/expect/' not in path and not path.endswith(('.dat.gz', '.rst', '.md', '.txt'))]


def kinds(data):
    return {kind for kind, _, _, _ in raw(data)}
