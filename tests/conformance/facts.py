"""What a line of ours says, as plain values that other decoders' answers can be compared with: {name: value}."""

import ipaddress


def value(attribute):
    return attribute['value'] if isinstance(attribute, dict) and 'flags' in attribute and 'value' in attribute else None


def segments(path):
    """[(kind, [asn, …]), …]; our one list with sets and objects in it."""
    out = []
    for item in path:
        if isinstance(item, int):
            if out and out[-1][0] == 'sequence' and out[-1][2]:
                out[-1][1].append(item)
            else:
                out.append(('sequence', [item], True))
        elif isinstance(item, list):
            out.append(('set', sorted(set(item)), False))
        else:
            kind, asns = next(iter(item.items()))
            out.append((kind, sorted(set(asns)) if 'set' in kind else list(asns), False))
    merged = []
    for kind, asns, _ in out:
        if merged and kind == 'sequence' == merged[-1][0]:
            merged[-1][1].extend(asns)
        else:
            merged.append((kind, list(asns)))
    return merged


def prefix(text):
    """(path id, network) with the bits behind the length cleared."""
    path_id = None
    if text.startswith('#'):
        number, text = text[1:].split('#', 1)
        path_id = int(number)
    return path_id, str(ipaddress.ip_network(text, strict=False))


def address(text):
    return str(ipaddress.ip_address(text))


LISTS = {'COMMUNITY', 'LARGE_COMMUNITY', 'CLUSTER_LIST'}
SCALARS = {'ORIGIN', 'MED', 'LOCALPREF', 'OTC', 'ORIGINATOR', 'NEXTHOP'}


def update(data):
    out = {}
    attrs = data.get('attrs', {})
    if data.get('reach'):
        out['reach'] = [prefix(p) for p in data['reach']]
    if data.get('unreach'):
        out['unreach'] = [prefix(p) for p in data['unreach']]
    for name, attribute in attrs.items() if isinstance(attrs, dict) else ():
        v = value(attribute)
        if v is None:
            continue
        if name in SCALARS:
            out[name] = v
        elif name == 'AIGP':
            out[name] = int(v)
        elif name in LISTS:
            out[name] = list(v)
        elif name in ('ASPATH', 'AS4PATH'):
            out[name] = segments(v)
        elif name in ('AGGREGATOR', 'AS4AGGREGATOR'):
            out[name] = (v['asn'], v['addr'])
        elif name == 'AGGREGATE':
            out[name] = True
        elif name == 'EXT_COMMUNITY':
            # Others have one word for what differs in the kind of its administrator.
            out[name] = [{**c, 'type': str(c['type']).removeprefix('AS4_').removeprefix('IP4_')} for c in v]
        elif name == 'PREFIX_SID':
            found = [s for item in v for s in item.get('sids', [])]
            tlvs = {item['type']: item for item in v if 'type' in item}
            if 'index' in tlvs.get('LABEL_INDEX', {}):
                out['PREFIX_SID index'] = tlvs['LABEL_INDEX']['index']
            if 'ranges' in tlvs.get('ORIGINATOR_SRGB', {}):
                out['PREFIX_SID ranges'] = tlvs['ORIGINATOR_SRGB']['ranges']
            out['PREFIX_SID sids'] = [(address(s['sid']), s['flags'], s['behavior'],
                                       [list(s['structure'].values())] if 'structure' in s else []) for s in found]
        elif name in ('MP_REACH', 'MP_UNREACH'):
            out.update(mp(name, v))
    return out


def mp(name, v):
    out = {name + ' family': v['af']}
    if 'nexthop' in v:
        out[name + ' nexthop'] = address(v['nexthop'])
    if 'link-local' in v:
        out[name + ' link-local'] = address(v['link-local'])
    if 'rd' in v:
        out[name + ' rd'] = v['rd']
    if 'prefixes' in v:
        out[name + ' prefixes'] = [prefix(p) if isinstance(p, str) else labelled(p) for p in v['prefixes']]
    if 'routes' in v:
        out[name + ' routes'] = v['routes']
    if 'rules' in v:
        out[name + ' rules'] = [rule(r) for r in v['rules']]
    if 'data' in v:
        out[name + ' data'] = v['data']
    return out


def labelled(route):
    """(path id, route distinguisher, labels, network)"""
    return route.get('id'), route.get('rd'), route.get('labels'), str(ipaddress.ip_network(route['prefix'], strict=False))


def labels(fields):
    """Our words for fields of 24 bits (RFC 8277 2.1): 20 of them where the rest says no more than which is the last."""
    return [f >> 4 if f & 15 == (i + 1 == len(fields)) else f'0x{f:06x}' for i, f in enumerate(fields)]


def rule(components):
    """Of a flow: {component: prefix or [(whether both must hold, operator, value)]}; how wide the values are is not told by others."""
    return {name: [(v.get('and', False), v['op'], v['val']) for v in value] if isinstance(value, list) else value
            for name, value in components.items()}


def open_(data):
    out = {'bgp': data['bgp'], 'asn': data['asn'], 'id': data['id'], 'hold': data['hold']}
    caps = data.get('caps') or {}
    # A capability that does not have its form is hex, or true without bytes.
    for name in ('MP', 'ADDPATH', 'EXTENDED_NEXTHOP'):
        if isinstance(caps.get(name), list):
            out[name] = sorted(caps[name])
    if isinstance(caps.get('AS4'), int):
        out['AS4'] = caps['AS4']
    restart = caps.get('GRACEFUL_RESTART')
    if isinstance(restart, dict):
        out['GRACEFUL_RESTART'] = (restart.get('restarting', False), restart.get('notification', False), restart['time'],
                                   restart['families'])
    for flag in ('ROUTE_REFRESH', 'EXTENDED_MESSAGE', 'ENHANCED_ROUTE_REFRESH', 'PRE_ROUTE_REFRESH'):
        if flag in caps:
            out[flag] = True
    return out


def of(line):
    """The facts of a line that was parsed as JSON."""
    kind, data = line[3], line[4]
    if not isinstance(data, dict):
        return {'type': kind}
    found = {'OPEN': open_, 'UPDATE': update}.get(kind, lambda d: {k: d[k] for k in ('code', 'subcode') if k in d})(data)
    return {'type': kind, **found}


def differences(expected, found):
    """Names whose value is expected and is another one."""
    return [f'{name}: expected {expected[name]!r}, found {found.get(name)!r}'
            for name in expected if expected[name] != found.get(name)]
