"""What ExaBGP says of a message in its JSON, in the words of facts.py."""

import ipaddress

import flow
from facts import address, labels

SEGMENTS = {'as-sequence': 'sequence', 'as-set': 'set', 'confed-sequence': 'confed_sequence', 'confed-set': 'confed_set'}
FAMILIES = {'ipv4 unicast': 'IPV4/UNICAST', 'ipv6 unicast': 'IPV6/UNICAST', 'ipv4 mpls-vpn': 'IPV4/MPLS_VPN',
            'ipv6 mpls-vpn': 'IPV6/MPLS_VPN', 'ipv4 flow': 'IPV4/FLOWSPEC', 'ipv6 flow': 'IPV6/FLOWSPEC',
            'ipv4 nlri-mpls': 'IPV4/MPLS', 'ipv6 nlri-mpls': 'IPV6/MPLS', 'ipv4 flow-vpn': 'IPV4/L3VPN_FLOWSPEC'}


def path(value):
    out = []
    for index in sorted(value, key=int):
        kind, asns = SEGMENTS[value[index]['element']], value[index]['value']
        out.append((kind, sorted(set(asns)) if 'set' in kind else list(asns)))
    return out


def number(text):
    """ "0.0.0.7" or 7: a path id."""
    return int(ipaddress.ip_address(text)) if isinstance(text, str) and '.' in text else int(text)


def network(item):
    path_id = item.get('path-information')
    return (None if path_id is None else number(path_id)), str(ipaddress.ip_network(item['nlri'], strict=False))


def labelled(item):
    path_id, where = network(item)
    rd = item.get('rd')
    return path_id, rd, labels([field for _, field in item['label']]), where


def prefix_sid(value, out):
    """RFC 8669 3 and RFC 9252 2."""
    if 'sr-label-index' in value:
        out['PREFIX_SID index'] = value['sr-label-index']
    if 'sr-srgbs' in value:
        out['PREFIX_SID ranges'] = value['sr-srgbs']
    services = value.get('l3-service', []) + value.get('l2-service', [])
    out['PREFIX_SID sids'] = [(address(s['sid']), s['flags'], s['endpoint_behavior'],
                               [list(s['structure'].values())] if 'structure' in s else []) for s in services]


def extended(communities):
    """Route targets and origins; nothing if there are others."""
    out = []
    for community in communities:
        kind, _, rest = community['string'].partition(':')
        if kind not in ('target', 'origin'):
            return None
        asn, _, number_ = rest.partition(':')
        if '.' in number_ and '.' not in asn:
            rest = f'{asn}:{number(number_)}'
        out.append({'type': kind.upper(), 'value': rest})
    return out


def aggregator(text):
    asn, where = text.split(':', 1)
    return int(asn), where


ATTRIBUTES = {
    'origin': ('ORIGIN', str.upper),
    'as-path': ('ASPATH', path),
    'med': ('MED', int),
    'local-preference': ('LOCALPREF', int),
    'community': ('COMMUNITY', lambda v: [f'{a}:{b}' for a, b in v]),
    'extended-community': ('EXT_COMMUNITY', extended),
    'large-community': ('LARGE_COMMUNITY', lambda v: [f'{a}:{b}:{c}' for a, b, c in v]),
    'cluster-list': ('CLUSTER_LIST', list),
    'originator-id': ('ORIGINATOR', str),
    'aggregator': ('AGGREGATOR', aggregator),
}


def expected(vector):
    message = vector.get('json', {}).get('neighbor', {}).get('message', {})
    if 'update' not in message:
        return None
    update, out = message['update'], {'type': 'UPDATE'}
    for name, value in update.get('attribute', {}).items():
        if name in ATTRIBUTES:
            ours, convert = ATTRIBUTES[name]
            found = convert(value)
            if found is not None:
                out[ours] = found
        if name == 'bgp-prefix-sid':
            prefix_sid(value, out)
    attributes = set(update.get('attribute', {}))
    for kind, name, classic in (('announce', 'MP_REACH', 'reach'), ('withdraw', 'MP_UNREACH', 'unreach')):
        for family, routes in update.get(kind, {}).items():
            items = [r for hop in routes.values() for r in hop] if isinstance(routes, dict) else routes
            if family == 'ipv4 unicast' and is_classic(vector['hex'], kind):
                out[classic] = [network(r) for r in items]
                if kind == 'announce' and 'next-hop' not in attributes and len(routes) == 1:
                    out['NEXTHOP'] = address(next(iter(routes)))
            elif family in ('ipv4 unicast', 'ipv6 unicast'):
                out[name + ' family'] = FAMILIES[family]
                out[name + ' prefixes'] = [network(r) for r in items]
                hops = [h for h in routes if h != 'no-nexthop'] if isinstance(routes, dict) else []
                if len(hops) == 1:
                    out[name + ' nexthop'] = address(hops[0])
            elif family in FAMILIES:
                out[name + ' family'] = FAMILIES[family]
                if 'flow' in family:
                    out[name + ' rules'] = [flow.rule(r) for r in items]
                else:
                    out[name + ' prefixes'] = [labelled(r) for r in items]
                    if isinstance(routes, dict) and len(routes) == 1:
                        out[name + ' nexthop'] = address(next(iter(routes)))
            elif all('raw' in r for r in items):
                out[name + ' data'] = '0x' + ''.join(r['raw'] for r in items).lower()
    return out


def is_classic(digits, kind):
    """Whether IPv4 routes stand in the message itself, or in an attribute."""
    body = bytes.fromhex(digits)[19:]
    withdrawn = int.from_bytes(body[:2], 'big')
    attributes = int.from_bytes(body[2 + withdrawn:4 + withdrawn], 'big')
    return withdrawn > 0 if kind == 'withdraw' else len(body) > 4 + withdrawn + attributes
