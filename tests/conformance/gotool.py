"""Lines that the Go tool prints, in today's form and in that of 2024, read by ours: do they give the archive's messages?

Its lines are lossy (../../daemon/format/JSON.md): attributes stand in the order of their codes, AS numbers are 4 bytes wide,
sequences that touch are one, capabilities are grouped anew, a NOTIFICATION has no code."""

import json
import lzma
import os
import subprocess
import tempfile

import codec
import mrt

FILES = ('libbgpstream/routeviews.route-views.jinx.updates.1401493500.bz2', 'libbgpstream/updates.example.bz2',
         'mrtparse/openbgpd_bgp', 'mrtparser/updates.20260222.1530.bz2')


def unpack(data, directory):
    packed = os.path.join(data, '../peers/bgpipe.xz')
    if not os.path.exists(packed):
        return None
    program = os.path.join(directory, 'bgpipe-go')
    with lzma.open(packed) as source, open(program, 'wb') as target:
        target.write(source.read())
    os.chmod(program, 0o755)
    return program


def check(bgpipe, data, report):
    with tempfile.TemporaryDirectory() as directory:
        program = unpack(data, directory)
        for name in FILES if program else ():
            path = os.path.join(data, 'mrt', name)
            printed = subprocess.run([program, '-o', 'read', '--format', 'mrt', path], capture_output=True, timeout=300, check=True)
            lines = printed.stdout.split(b'\n')[:-1]
            messages = [r for r in mrt.records(mrt.content(path)) if r.subtype in mrt.MESSAGES]
            for form in (lines, [seven(line) for line in lines]):
                read = list(codec.frames(bgpipe.wire(form)))
                if len(read) != len(messages):
                    report(name, f'{len(messages)} messages became {len(lines)} lines and {len(read)} messages')
                    continue
                for number, (was, now) in enumerate(zip(messages, read)):
                    report(name, None if means(was.data, was.subtype in mrt.WIDE) == means(now, True) else
                           f'message {number}: {was.data.hex()} became {now.hex()}')


def seven(line):
    """The form of 2024: the length of the body before the type."""
    elements = json.loads(line)
    return json.dumps(elements[:3] + [0] + elements[3:]).encode()


def means(message, wide):
    if message[18] == 1:
        return message[19:28], codec.capabilities(message)
    if message[18] == 3:
        return message[21:]
    if message[18] != 2:
        return message
    body, attributes = message[19:], codec.attributes(message)
    withdrawn = int.from_bytes(body[:2], 'big')
    size = int.from_bytes(body[2 + withdrawn:4 + withdrawn], 'big')
    if 2 in attributes:
        attributes[2] = numbers(attributes[2], 4 if wide else 2)
    if 7 in attributes and not wide:
        attributes[7] = b'\0\0' + attributes[7]
    return body[:2 + withdrawn], attributes, body[4 + withdrawn + size:]


def numbers(path, width):
    """The AS numbers of sequences that touch are one run."""
    out = []
    while len(path) >= 2:
        kind, count = path[0], path[1]
        asns = [int.from_bytes(path[2 + width * i:2 + width * (i + 1)], 'big') for i in range(count)]
        if kind == 2 and out and out[-1][0] == 2:
            out[-1][1].extend(asns)
        else:
            out.append((kind, asns))
        path = path[2 + width * count:]
    return out
