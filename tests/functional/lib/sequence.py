"""Numbered UPDATEs: a stream in which one lost, repeated or displaced message shows.

Message n of stream s announces the prefix 11.0.0.0/8 + n as a /32 and carries the large community (s, n, 0).
"""

import struct

from lib import bgp


def update(number, stream=1, path=(65001,), next_hop='10.0.0.1', padding=0):
    """padding: how many communities to add, four bytes each."""
    attrs = bgp.attributes(path, next_hop, communities=[(65000, i) for i in range(padding)],
                           large=[(stream, number, 0)])
    return bgp.update(b'\x20' + struct.pack('>I', (11 << 24) + number), attrs)


def updates(first, count, **options):
    """One buffer with messages first … first+count-1."""
    return b''.join(update(number, **options) for number in range(first, first + count))


def numbers(messages, stream=1):
    """The numbers of the stream's messages, in the order they came."""
    found = []
    for data in messages:
        for _, code, value in bgp.parse_update(data)[2]:
            if code == bgp.LARGE_COMMUNITIES:
                seen, number, _ = struct.unpack('>III', value[:12])
                if seen == stream:
                    found.append(number)
    return found


def fault(messages, count, stream=1):
    """None if exactly 0 … count-1 came, in order; else what is wrong."""
    got = numbers(messages, stream)
    for expected, number in enumerate(got):
        if number != expected:
            return f'message {expected} of stream {stream} expected, got {number} ({len(got)} of {count} came)'
    return None if len(got) == count else f'{len(got)} of {count} messages of stream {stream} came'
