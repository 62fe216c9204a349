"""The collections of messages: batches that share a context, each message with what its origin says it means."""

import glob
import json
import os
import re
from dataclasses import dataclass, field

import codec
import exabgp
import facts
import netgauze
import pcap
import tcpdump


@dataclass
class Case:
    name: str
    wire: bytes
    expected: dict | None = None


@dataclass
class Batch:
    flags: tuple
    cases: list = field(default_factory=list)


def lines(path):
    """Nothing where the collection is not there: the repository holds a part of them."""
    if not os.path.exists(path):
        return []
    with open(path, encoding='utf-8') as file:
        return [json.loads(line) for line in file if line.strip()]


def sessions(keyed):
    """Batches of [(session, from, to, case)]: each direction in the context that its session's OPENs give."""
    opens, batches = {}, {}
    for session, source, target, case in keyed:
        if case.wire[18] == 1:
            opens.setdefault((session, source, target), case.wire)
    for session, source, target, case in keyed:
        flags = codec.session_flags(opens.get((session, source, target)), opens.get((session, target, source)))
        batches.setdefault(flags, Batch(flags)).cases.append(case)
    return list(batches.values())


def netgauze_bgp(data):
    vectors = lines(data + '/vectors/netgauze/bgp_pairs.jsonl')
    return sessions([(v['pcap'], v['src'], v['dst'],
                      Case(f"{v['pcap']} frame {v['frame']}", bytes.fromhex(v['hex']), netgauze.expected(v['decoded'])))
                     for v in vectors])


def exabgp_encoding(data):
    """An iBGP or eBGP session of the test's own configuration; whether it has ADD-PATH shows in the message only."""
    batches = {}
    for i, v in enumerate(lines(data + '/vectors/exabgp/encoding_ci.jsonl')):
        ids = 'path-information' in json.dumps(v.get('json', ''))
        flags = ('-g',) if ids or 'addpath' in v['src'] or 'path-information' in v['src'] else ()
        if 'asn4' in v['src'] or 'as4' in v['src'] or re.search(r'asn4\s+disable', ' '.join(v['options'])):
            flags = ('-g',)
        case = Case(f"{v['src']} {i}", bytes.fromhex(v['hex']), exabgp.expected(v))
        batches.setdefault(flags, Batch(flags)).cases.append(case)
    return list(batches.values())


def tcpdump_messages(data):
    """Frame by frame, with what tcpdump says of those frames that hold whole messages only."""
    frames, keyed = {}, []
    for v in lines(data + '/vectors/pcap_messages.jsonl'):
        frames.setdefault((v['pcap'], v['frame']), []).append(v)
    for (name, frame), vectors in frames.items():
        told = tcpdump.read(os.path.join(data, name)).get(frame, [])
        for number, v in enumerate(vectors):
            case = Case(f'{name} frame {frame}', bytes.fromhex(v['hex']))
            if len(told) == len(vectors) and told[number]['type'] and not codec.runs_over(case.wire):
                case.expected = told[number]
            keyed.append((name, v['src'], v['dst'], case))
    return sessions(keyed)


def captures(data):
    """All BGP messages of all captures, reassembled here."""
    keyed = []
    for path in sorted(glob.glob(data + '/pcap/**/*', recursive=True)):
        if not path.endswith(('.pcap', '.cap', '.pcapng')):
            continue
        name = os.path.relpath(path, data)
        for number, ((host, port, far, far_port), pieces) in enumerate(pcap.streams(path)):
            for message in (m for piece in pieces for m in codec.frames(piece) if m[18] != 0):
                session = (name, *sorted([(host, port), (far, far_port)]))
                keyed.append((session, (host, port), (far, far_port), Case(f'{name} flow {number}', message)))
    return sessions(keyed)


def wire_corpus(data):
    vectors = [v for v in lines(data + '/vectors/wire_corpus.jsonl') if v['kind'] == 'bgp']
    cases = [Case(f"{v['repo']} {v['path']} {v['ctx']}", bytes.fromhex(v['hex'])) for v in vectors]
    whole = [c for c in cases if codec.is_message(c.wire)]
    return [Batch((), whole), Batch(('-g',), whole), Batch(('-2',), whole)]


def broken_corpus(data):
    """What is no whole message: to be refused, never to crash."""
    return [Case(f"{v['repo']} {v['path']} {v['ctx']}", bytes.fromhex(v['hex']))
            for v in lines(data + '/vectors/wire_corpus.jsonl') if not codec.is_message(bytes.fromhex(v['hex']))]


def ris_live(data):
    cases = []
    found = glob.glob(data + '/vectors/rislive/*.jsonl') + glob.glob(data + '/vectors/rislive/*stream.json')
    for path in sorted(found):
        with open(path, encoding='utf-8') as file:
            for number, line in enumerate(file):
                try:
                    v = json.loads(line)
                except ValueError:
                    continue
                v = v.get('msg', v)
                case = ris_message(v.get('data', v) if isinstance(v, dict) else {})
                if case:
                    case.name = f'{os.path.basename(path)} line {number + 1}'
                    cases.append(case)
    return [Batch((), cases)]


def ris_message(v):
    if not isinstance(v, dict):
        return None
    if re.fullmatch('([0-9A-Fa-f]{2})+', v.get('raw') or ''):
        wire = bytes.fromhex(v['raw'])
    elif re.fullmatch('([0-9A-Fa-f]{2})+', v.get('body') or ''):
        body = bytes.fromhex(v['body'])
        wire = codec.MARKER + (19 + len(body)).to_bytes(2, 'big') + b'\2' + body
    else:
        return None
    if not codec.is_message(wire):
        return None
    if wire[18] != 2:
        return Case('', wire)
    expected = {'type': 'UPDATE'}
    if isinstance(v.get('path'), list):
        expected['ASPATH'] = ris_path(v['path'])
    if v.get('origin'):
        expected['ORIGIN'] = v['origin'].upper()
    if v.get('community'):
        expected['COMMUNITY'] = [f'{a}:{b}' for a, b in v['community']]
    withdrawn = [facts.prefix(p) for p in v.get('withdrawals') or ()]
    announced = {a['next_hop']: [facts.prefix(p) for p in a['prefixes']] for a in v.get('announcements') or ()}
    for family, reach, unreach, hop in (('.', 'reach', 'unreach', 'NEXTHOP'),
                                        (':', 'MP_REACH prefixes', 'MP_UNREACH prefixes', 'MP_REACH nexthop')):
        if any(family in p for _, p in withdrawn):
            expected[unreach] = [p for p in withdrawn if family in p[1]]
        for where, prefixes in announced.items():
            if prefixes and family in prefixes[0][1] and not where.startswith('fe80'):
                expected[reach], expected[hop] = prefixes, where.split(',')[0]
    if isinstance(v.get('med'), int):
        expected['MED'] = v['med']
    return Case('', wire, expected)


def ris_path(path):
    out = []
    for item in path:
        if isinstance(item, list):
            out.append(('set', sorted(set(item))))
        elif out and out[-1][0] == 'sequence':
            out[-1][1].append(item)
        else:
            out.append(('sequence', [item]))
    return out


def attribute(code, value, flags):
    if len(value) > 255:
        return bytes([flags | 0x10, code]) + len(value).to_bytes(2, 'big') + value
    return bytes([flags, code, len(value)]) + value


def message(kind, body):
    return codec.MARKER + (19 + len(body)).to_bytes(2, 'big') + bytes([kind]) + body


def update(attributes):
    return message(2, b'\0\0' + len(attributes).to_bytes(2, 'big') + attributes)


def frr(data):
    """Values of single attributes, capabilities and optional parameters, each in a message of its own."""
    two, four, opens = Batch(('-2',)), Batch(()), Batch(())
    for v in lines(data + '/vectors/frr/frr_vectors.jsonl'):
        name = f"{v['src']} {v['table']} {v['name']}"
        if 'aspath_hex' in v:
            wide = v.get('as_size') == 4
            case = Case(name, update(attribute(2, bytes.fromhex(v['aspath_hex']), 0x40)))
            text = (v['expect'] or {}).get('string')
            if text is not None and '.' not in text:
                case.expected = {'type': 'UPDATE', 'ASPATH': frr_path(text)}
            (four if wide else two).cases.append(case)
        elif 'value_hex' in v:
            four.cases.append(Case(name, update(attribute(v['attr'], bytes.fromhex(v['value_hex']), 0xc0 if v['attr'] == 40 else 0x80))))
        else:
            raw = bytes.fromhex(v['hex'])
            if 'CAPABILITY' in v['kind']:
                opens.cases.append(Case(name, message(6, raw)))
                continue
            parameters = raw if 'parameters' in v['kind'] else bytes([2, len(raw)]) + raw
            opens.cases.append(Case(name, message(1, bytes([4, 0xfd, 0xe9, 0, 90, 192, 0, 2, 1, len(parameters)]) + parameters)))
    return [two, four, opens]


def frr_path(text):
    """ "1 2 {3,4} (5 6) [7,8]": sequences, sets, and both of confederations."""
    out = []
    for kind, inner in re.findall(r'([{(\[]?)([0-9 ,]+)[})\]]?', text):
        asns = [int(n) for n in re.split('[ ,]+', inner.strip())] if inner.strip() else []
        if asns:
            name = {'': 'sequence', '{': 'set', '(': 'confed_sequence', '[': 'confed_set'}[kind]
            out.append((name, sorted(set(asns)) if 'set' in name else asns))
    return out


SOURCES = {
    'netgauze bgp_pairs': netgauze_bgp,
    'exabgp encoding': exabgp_encoding,
    'frr': frr,
    'ris live': ris_live,
    'wire corpus': wire_corpus,
    'pcap_messages': tcpdump_messages,
    'captures': captures,
}
