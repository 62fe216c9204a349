"""BMP streams through bgpipe: to JSON and back, and to BMP again; and what NetGauze decoded of their messages."""

import glob
import json
import os

import codec
import facts
import netgauze
import pcap
import sources

MILLISECOND = 1000
REASONS = {'RemoteSystemClosedNoData': 'REMOTE_CLOSED', 'LocalSystemClosedNotificationPduFollows': 'LOCAL_NOTIFICATION',
           'RemoteSystemClosedNotificationPduFollows': 'REMOTE_NOTIFICATION', 'LocalSystemClosedFsmEventFollows': 'LOCAL_CLOSED',
           'LocalSystemClosedTlvDataFollows': 'LOCAL_CLOSED_INFO', 'PeerDeConfigured': 'NOT_MONITORED'}
STATISTICS = {'NumberOfDuplicateWithdraws': 'DUPLICATE_WITHDRAW', 'NumberOfUpdatesInvalidatedDueToAsPathLoop': 'AS_PATH_LOOP',
              'NumberOfRoutesInLocRib': 'LOC_RIB', 'NumberOfRoutesInAdjRibIn': 'ADJ_RIB_IN'}


def messages(stream):
    at = 0
    while at + 6 <= len(stream):
        size = int.from_bytes(stream[at + 1:at + 5], 'big')
        if size < 6 or at + size > len(stream):
            return
        yield stream[at:at + size]
        at += size


def at(message, seconds, micros):
    return message[:40] + seconds.to_bytes(4, 'big') + micros.to_bytes(4, 'big') + message[48:]


def same(was, now, unit):
    """But for the time below the unit, and the time of a message that has none (RFC 7854 4.2), which becomes the present one."""
    if was[5] in (4, 5) or len(was) < 48 or len(now) < 48:
        return was == now
    seconds, micros = int.from_bytes(was[40:44], 'big'), int.from_bytes(was[44:48], 'big')
    if seconds == 0:
        return was == at(now, seconds, micros)
    return at(was, seconds, micros - micros % unit) == at(now, int.from_bytes(now[40:44], 'big'),
                                                          int.from_bytes(now[44:48], 'big') // unit * unit)


def streams(data, more=()):
    """[(name, bytes)]: the derived ones, and the flows of the captures."""
    for path in [*sorted(glob.glob(data + '/bmp/derived/*.bmp')), *more]:
        with open(path, 'rb') as file:
            yield os.path.basename(path), file.read()
    for path in sorted(glob.glob(data + '/bmp/**/*.pcap', recursive=True)):
        for number, (_, pieces) in enumerate(pcap.streams(path)):
            if pieces and pieces[0][:1] in (b'\3', b'\4'):
                yield f'{os.path.relpath(path, data)} flow {number}', pieces[0]


def check_stream(bgpipe, stream, report):
    """report(problem or None) for each message. Messages of version 4 become version 3, so they are only read."""
    originals = list(messages(stream))
    whole = b''.join(originals)
    lines = bgpipe.run('stdin', '--format', 'bmp', '--', 'stdout', data=whole).split(b'\n')[:-1]
    if any(m[0] == 4 for m in originals):
        for _ in originals:
            report(None if len(lines) >= len(originals) else f'{len(originals)} messages became {len(lines)} lines')
        return
    written = bgpipe.run('stdin', '--format', 'bmp', '--', 'stdout', '--format', 'bmp', data=whole)
    back = bgpipe.wire(lines, 'bmp')
    direct = differing(originals, list(messages(written)), 1)
    json_way = differing(originals, list(messages(back)), MILLISECOND)
    for number in range(len(originals)):
        report(direct.get(number) or json_way.get(number))


def differing(originals, written, unit):
    """{number: problem}. Where a capture has no Initiation, or no Peer Up of a peer, one is made up."""
    found, next_ = {}, 0
    for number, message in enumerate(originals):
        while next_ < len(written) and written[next_][5] in (3, 4) and written[next_][5] != message[5]:
            next_ += 1
        if next_ == len(written):
            found[number] = 'was not written'
            continue
        if not same(message, written[next_], unit):
            found[number] = f'{message.hex()} became {written[next_].hex()}'
        next_ += 1
    return found


def pairs(data):
    """[(name, bytes, [what NetGauze says of each message])]: one stream for each router of each capture."""
    routers = {}
    for v in sources.lines(data + '/vectors/netgauze/bmp_pairs.jsonl'):
        stream = routers.setdefault((v['pcap'], v['src'], v['dst']), [])
        stream.append((bytes.fromhex(v['hex']), expected(v['decoded'])))
    return [(f'{name} {source}', [m for m, _ in stream], [e for _, e in stream]) for (name, source, _), stream in routers.items()]


def expected(decoded):
    version, inner = next(iter(decoded.items()))
    if version not in ('V3', 'V4'):
        return None
    kind, value = next(iter(inner.items()))
    out = peer(value['peer_header']) if 'peer_header' in value else {}
    if kind == 'RouteMonitoring':
        pdu = value.get('update_message') or value['update_pdu']['value']['BgpUpdate']
        return {**out, **netgauze.expected(pdu)}
    if kind == 'PeerUpNotification':
        out.update({'report': 'PEER_UP', 'sent': netgauze.open_(value['sent_message']['Open']),
                    'received': netgauze.open_(value['received_message']['Open'])})
        for ours, theirs in (('local', 'local_address'), ('local-port', 'local_port'), ('remote-port', 'remote_port')):
            if value[theirs]:
                out[ours] = value[theirs]
    if kind == 'PeerDownNotification':
        reason = value['reason'] if isinstance(value['reason'], str) else next(iter(value['reason']))
        out.update({'report': 'PEER_DOWN', 'reason': REASONS.get(reason, reason)})
    if kind == 'StatisticsReport':
        named = [next(iter(c.items())) for c in value['counters']]
        out.update({'report': 'STATISTICS', **{STATISTICS[n]: v for n, v in named if n in STATISTICS}})
    if kind == 'Initiation':
        out.update({'report': 'INITIATION', 'texts': [next(iter(i.values())) for i in value['information']]})
    return out


def peer(header):
    out = {'PEER_AS': str(header['peer_as'])} if header['peer_as'] else {}
    if header['bgp_id'] != '0.0.0.0':
        out['PEER_ID'] = header['bgp_id']
    if header['address']:
        out['PEER_IP'] = header['address']
    if header['timestamp']:
        out['time'] = (header['timestamp'].rstrip('Z') + '.000')[:23] if '.' not in header['timestamp'] else header['timestamp'].rstrip('Z')[:23]
    return out


def of(line):
    """Facts of a line, those of its peer among them."""
    out = facts.of(line)
    out.update({'time': line[2], **line[5]})
    data = line[4]
    if line[3] != 'REPORT':
        return out
    out.update({k: data[k] for k in ('report', 'reason', 'local', 'local-port', 'remote-port') if k in data})
    for name in ('sent', 'received'):
        if isinstance(data.get(name), dict):
            out[name] = facts.open_(data[name])
    for counter in data.get('stats', []):
        out[counter['type']] = counter.get('value')
    if 'info' in data:
        out['texts'] = [i.get('text') for i in data['info']]
    return out


def check_pairs(bgpipe, stream, wanted, report):
    """report(expected, problem or None) for each message."""
    lines = bgpipe.run('stdin', '--format', 'bmp', '--pardon', '--', 'stdout', data=b''.join(stream)).split(b'\n')[:-1]
    if len(lines) != len(stream):
        for want in wanted:
            report(want, f'{len(stream)} messages became {len(lines)} lines')
        return
    for line, want in zip(lines, wanted):
        found = of(json.loads(line))
        report(want, '; '.join(differences(want, found)) or None if want else None)


def differences(want, found):
    """Those of the OPENs inside one by one: they say more than is compared."""
    out = []
    for name in ('sent', 'received'):
        if name in want:
            out += [f'{name} {d}' for d in facts.differences(want[name], found.get(name, {}))]
    rest = {k: v for k, v in want.items() if k not in ('sent', 'received')}
    return out + facts.differences(rest, found)
