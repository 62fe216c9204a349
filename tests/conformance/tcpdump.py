"""What tcpdump prints of a capture (`-v -n`), in the words of facts.py: {frame: [facts of each message]}."""

import os
import re

import facts

TYPES = {1: 'OPEN', 2: 'UPDATE', 3: 'NOTIFY', 4: 'KEEPALIVE', 5: 'REFRESH'}
ATTRIBUTES = {
    1: ('ORIGIN', str.upper),
    2: ('ASPATH', lambda t: path(t)),
    3: ('NEXTHOP', str),
    4: ('MED', int),
    5: ('LOCALPREF', int),
    8: ('COMMUNITY', lambda t: t.split(', ')),
    9: ('ORIGINATOR', str),
    10: ('CLUSTER_LIST', lambda t: t.split(', ')),
    17: ('AS4PATH', lambda t: path(t)),
}


def path(text):
    """Sequences only: other segments are in brackets of several kinds."""
    if text == 'empty':
        return []
    return [('sequence', [int(n) for n in text.split()])] if re.fullmatch('[0-9 ]+', text) else None


def read(pcap):
    names = [os.path.splitext(pcap)[0] + end for end in ('.out', '-nossl.out')]
    out = next((n for n in names if os.path.exists(n)), None)
    if out is None:
        return {}
    frames, frame, message, routes = {}, None, None, None
    with open(out, encoding='utf-8', errors='replace') as file:
        for line in file:
            start = re.match(r' *(\d+)  \d{4}-\d\d-\d\d ', line)
            head = re.match(r'\t[\w-]+(?: \w+)* Message \((\d+)\), length: \d+(.*)', line)
            if start:
                frame, message = int(start[1]), None
            elif head and frame is not None:
                message, routes = {'type': TYPES.get(int(head[1]))}, None
                frames.setdefault(frame, []).append(message)
                notification(message, head[2])
            elif message is not None:
                routes = told(message, routes, line)
    return {f: [{k: v for k, v in m.items() if v != [] or k == 'ASPATH'} for m in ms] for f, ms in frames.items()}


def notification(message, text):
    found = re.match(r', [^(]+\((\d+)\),? subcode [^(]*\((\d+)\)', text)
    if message['type'] == 'NOTIFY' and found:
        message['code'], message['subcode'] = int(found[1]), int(found[2])


def told(message, routes, line):
    """Adds what a line says; the list that routes on the next lines belong to."""
    opened = re.match(r'\t  Version (\d+), my AS (\d+), Holdtime (\d+)s, ID (\S+)', line)
    if opened:
        message.update({'bgp': int(opened[1]), 'asn': int(opened[2]), 'hold': int(opened[3]), 'id': opened[4]})
    wide = re.match(r'\t\t 4 Byte AS (\d+)$', line)
    if wide:
        message['AS4'] = int(wide[1])
    section = re.match(r'\t  (Updated|Withdrawn) routes:$', line)
    if section:
        return message.setdefault('reach' if section[1] == 'Updated' else 'unreach', [])
    route = re.match(r'\t    ([0-9.]+/\d+)(?:   Path Id: (\d+))?$', line)
    if route and routes is not None:
        routes.append(facts.prefix((f'#{route[2]}#' if route[2] else '') + route[1]))
        return routes
    vpn = re.match(r'\t      RD: (\d+:\d+) \(= [0-9.]+\), ([0-9.]+/\d+), label:(\d+) \(bottom\)$', line)
    if vpn:
        message.setdefault('MP_REACH prefixes', []).append((None, vpn[1], [int(vpn[3])], facts.prefix(vpn[2])[1]))
    hop = re.match(r'\t    nexthop: RD: (\d+:\d+) \(= [0-9.]+\), ([0-9.]+), nh-length: 12', line)
    if hop:
        message['MP_REACH nexthop'] = hop[2]
        if hop[1] != '0:0':
            message['MP_REACH rd'] = hop[1]
    attribute = re.match(r'\t  [A-Z][\w -]+ \((\d+)\), length: \d+, Flags \[\w*\]: (.*)$', line)
    if attribute and int(attribute[1]) in ATTRIBUTES and 'invalid' not in attribute[2] and '[|bgp]' not in attribute[2]:
        name, convert = ATTRIBUTES[int(attribute[1])]
        value = convert(attribute[2].strip())
        if value is not None:
            message[name] = value
    return None
