"""Reading MRT files (RFC 6396), independent of the code under test."""

import bz2
import gzip
import struct

from lib import bgp

TABLE_DUMP_V2, BGP4MP, BGP4MP_ET = 13, 16, 17


def records(path):
    """(time in seconds, type, subtype, body) of every record; the body without ET's microseconds."""
    opener = {'.gz': gzip.open, '.bz2': bz2.open}.get(path.suffix, open)
    with opener(path, 'rb') as file:
        while header := file.read(12):
            seconds, kind, subtype, length = struct.unpack('>IHHI', header)
            body = file.read(length)
            if len(body) != length:
                raise bgp.Malformed(f'{path}: last record cut short')
            if kind == BGP4MP_ET:
                seconds, body = seconds + int.from_bytes(body[:4], 'big') / 1e6, body[4:]
            yield seconds, kind, subtype, body


def messages(path):
    """(time, peer AS, local AS, BGP message) of every BGP4MP message record."""
    for seconds, kind, subtype, body in records(path):
        if kind not in (BGP4MP, BGP4MP_ET) or subtype not in (1, 4, 6, 7, 8, 9, 10, 11):
            continue
        width = 4 if subtype in (4, 7, 9, 11) else 2
        peer, local = int.from_bytes(body[:width], 'big'), int.from_bytes(body[width:2 * width], 'big')
        family = int.from_bytes(body[2 * width + 2:2 * width + 4], 'big')
        yield seconds, peer, local, body[2 * width + 4 + (8 if family == 1 else 32):]


def table(path):
    """(peer AS, family, NLRI bytes, attributes) of every entry of a TABLE_DUMP_V2 file."""
    peers = []
    for _, kind, subtype, body in records(path):
        if kind != TABLE_DUMP_V2:
            continue
        if subtype == 1:
            peers = _peers(body)
        elif subtype in (2, 4):
            family = 4 if subtype == 2 else 6
            width = 1 + (body[4] + 7) // 8
            nlri, at = body[4:4 + width], 4 + width
            count, at = int.from_bytes(body[at:at + 2], 'big'), at + 2
            for _ in range(count):
                index, _, length = struct.unpack_from('>HIH', body, at)
                yield peers[index], family, nlri, bgp.split_attributes(body[at + 8:at + 8 + length])
                at += 8 + length


def _peers(body):
    view = int.from_bytes(body[4:6], 'big')
    count, at, found = int.from_bytes(body[6 + view:8 + view], 'big'), 8 + view, []
    for _ in range(count):
        kind = body[at]
        at += 5 + (16 if kind & 1 else 4)
        width = 4 if kind & 2 else 2
        found.append(int.from_bytes(body[at:at + width], 'big'))
        at += width
    return found
