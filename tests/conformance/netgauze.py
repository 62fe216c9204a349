"""What NetGauze decoded of a message, in the words of facts.py. Only what it says in a form that can be compared."""

import ipaddress

from facts import address, labels

FAMILIES = {'Unicast': 'UNICAST', 'Multicast': 'MULTICAST', 'NlriMplsLabels': 'MPLS', 'MplsLabeledVpn': 'MPLS_VPN',
            'MplsVpnUnicast': 'MPLS_VPN', 'FlowSpec': 'FLOWSPEC'}
SEGMENTS = {'AsSequence': 'sequence', 'AsSet': 'set', 'AsConfedSequence': 'confed_sequence', 'AsConfedSet': 'confed_set'}
FLAGS = {'RouteRefresh': 'ROUTE_REFRESH', 'EnhancedRouteRefresh': 'ENHANCED_ROUTE_REFRESH',
         'ExtendedMessage': 'EXTENDED_MESSAGE', 'CiscoRouteRefresh': 'PRE_ROUTE_REFRESH'}


def family(name):
    for afi in ('Ipv4', 'Ipv6'):
        if name.startswith(afi) and name[4:] in FAMILIES:
            return f'{afi.upper()}/{FAMILIES[name[4:]]}'
    return None


def network(item):
    if isinstance(item, str):
        item = {'network': item, 'path_id': None}
    return item.get('path_id'), str(ipaddress.ip_network(item['network'], strict=False))


def path(value):
    out = []
    for segment in next(iter(value.values())):
        kind, asns = SEGMENTS[segment['segment_type']], segment['as_numbers']
        asns = sorted(set(asns)) if 'set' in kind else list(asns)
        if kind == 'sequence' and out and out[-1][0] == 'sequence':
            out[-1][1].extend(asns)
        else:
            out.append((kind, asns))
    return out


def community(number):
    return f'{number >> 16}:{number & 0xffff}'


def large(c):
    return f"{c['global_admin']}:{c['local_data1']}:{c['local_data2']}"


def extended(communities):
    """Route targets and origins; nothing if there are others."""
    out = []
    for community_ in communities:
        kind, inner = next(iter(next(iter(community_.values())).items())) if 'Unknown' not in community_ else (None, None)
        if kind not in ('RouteTarget', 'RouteOrigin'):
            return None
        out.append({'type': 'TARGET' if kind == 'RouteTarget' else 'ORIGIN', 'value': f"{inner['global_admin']}:{inner['local_admin']}"})
    return out


def aggregator(value):
    inner = next(iter(value.values()))
    return inner['asn'], inner['origin']


def sids(value):
    """Behaviours and structures of the SRv6 services in PREFIX_SID; None if there is anything else."""
    out = []
    for tlv in value['tlvs']:
        kind, inner = next(iter(tlv.items()))
        if kind not in ('SRv6ServiceL3', 'SRv6ServiceL2'):
            return None
        for sub in inner['subtlvs']:
            info = sub.get('SRv6SIDInformation')
            if info is None:
                return None
            structure = [list(s['SRv6SIDStructure'].values()) for s in info['subsubtlvs'] if 'SRv6SIDStructure' in s]
            out.append((address(info['sid']), info['service_sid_flags'], info['endpoint_behaviour'], structure))
    return out


ATTRIBUTES = {
    'Origin': ('ORIGIN', str.upper),
    'AsPath': ('ASPATH', path),
    'As4Path': ('AS4PATH', lambda v: path(v if 'segments' not in v else {'': v['segments']})),
    'NextHop': ('NEXTHOP', lambda v: v['next_hop']),
    'MultiExitDiscriminator': ('MED', lambda v: v['metric']),
    'LocalPreference': ('LOCALPREF', lambda v: v['metric']),
    'AtomicAggregate': ('AGGREGATE', lambda v: True),
    'Aggregator': ('AGGREGATOR', aggregator),
    'Communities': ('COMMUNITY', lambda v: [community(c) for c in v['communities']]),
    'ExtendedCommunities': ('EXT_COMMUNITY', lambda v: extended(v['communities'])),
    'LargeCommunities': ('LARGE_COMMUNITY', lambda v: [large(c) for c in v['communities']]),
    'Originator': ('ORIGINATOR', lambda v: v['originator_id'] if isinstance(v, dict) else v),
    'ClusterList': ('CLUSTER_LIST', lambda v: v['cluster_list'] if isinstance(v, dict) else v),
    'PrefixSegmentIdentifier': ('PREFIX_SID sids', sids),
    'Aigp': ('AIGP', lambda v: v.get('AccumulatedIgpMetric')),
    'OnlyToCustomer': ('OTC', lambda v: v['asn'] if isinstance(v, dict) else v),
}


def distinguisher(value):
    """The type stands in front where the number would make it another one (RFC 4364 4.2)."""
    kind, v = next(iter(value.items()))
    if kind == 'As2Administrator':
        return f"{v['asn2']}:{v['number']}"
    if kind == 'Ipv4Administrator':
        return f"{v['ip']}:{v['number']}"
    return f"{'2:' if v['asn4'] < 65536 else ''}{v['asn4']}:{v['number']}"


def labelled(route):
    rd = distinguisher(route['rd']) if 'rd' in route else None
    stack, where = (route[a] if a in route else route[b] for a, b in (('label_stack', 'labels'), ('network', 'prefix')))
    return (route.get('path_id'), rd, labels([int.from_bytes(bytes(f), 'big') for f in stack]),
            str(ipaddress.ip_network(where, strict=False)))


def evpn(item):
    """RFC 7432 7.1; nothing of other types."""
    kind, v = next(iter(item['route'].items()))
    if kind != 'EthernetAutoDiscovery':
        return None
    return {'type': 'AUTO_DISCOVERY', 'rd': distinguisher(v['rd']), 'esi': ':'.join(f'{b:02x}' for b in v['segment_id']), 'tag': v['tag'],
            'labels': [int.from_bytes(bytes(v['mpls_label']), 'big')]}


def vpn_next_hop(name, value, out):
    """One in front of it that is zero is left out by us."""
    inner = next(iter(value.values()))
    out[name + ' nexthop'] = address(inner['next_hop'])
    if inner.get('next_hop_local'):
        out[name + ' link-local'] = address(inner['next_hop_local'])
    if distinguisher(inner['rd']) != '0:0':
        out[name + ' rd'] = distinguisher(inner['rd'])


def next_hop(name, value, out):
    """NetGauze tells the next hop of every family; route distinguishers in front are compared by their bytes alone."""
    if isinstance(value, str):
        out[name + ' nexthop'] = address(value)
        return
    if not isinstance(value, dict):
        return
    if set(value) <= {'next_hop_global', 'next_hop_local'}:
        out[name + ' nexthop'] = address(value['next_hop_global'])
        if value.get('next_hop_local'):
            out[name + ' link-local'] = address(value['next_hop_local'])


def mp(name, value):
    kind, inner = next(iter(value.items()))
    out, af = {}, family(kind)
    if af:
        out[name + ' family'] = af
    if af and af.endswith(('UNICAST', 'MULTICAST')):
        out[name + ' prefixes'] = [network(n) for n in inner.get('nlri', [])]
        if 'next_hop_global' in inner:
            next_hop(name, {'next_hop_global': inner['next_hop_global'], 'next_hop_local': inner.get('next_hop_local')}, out)
    if af and af.endswith(('MPLS', 'MPLS_VPN')):
        out[name + ' prefixes'] = [labelled(n) for n in inner.get('nlri', [])]
        if af.endswith('_VPN') and 'next_hop' in inner:
            vpn_next_hop(name, inner['next_hop'], out)
        else:
            next_hop(name, inner.get('next_hop'), out)
    if kind == 'L2Evpn':
        routes = [evpn(n) for n in inner['nlri']]
        if None not in routes:
            out[name + ' routes'] = routes
        next_hop(name, inner.get('next_hop'), out)
    return out


def update(value):
    out = {}
    if value.get('nlri'):
        out['reach'] = [network(n) for n in value['nlri']]
    if value.get('withdrawn_routes'):
        out['unreach'] = [network(n) for n in value['withdrawn_routes']]
    for attribute in value.get('path_attributes', []):
        v = attribute['value']
        if not isinstance(v, dict):
            continue
        kind, inner = next(iter(v.items()))
        if kind in ATTRIBUTES:
            name, convert = ATTRIBUTES[kind]
            found = convert(inner)
            if found is not None:
                out[name] = found
        elif kind in ('MpReach', 'MpUnreach'):
            out.update(mp('MP_REACH' if kind == 'MpReach' else 'MP_UNREACH', inner))
    return out


def open_(value):
    out = {'bgp': value['version'], 'asn': value['my_as'], 'id': value['bgp_id'], 'hold': value['hold_time']}
    families = []
    for parameter in value['params']:
        for cap in parameter.get('Capabilities', []):
            if isinstance(cap, str):
                if cap in FLAGS:
                    out[FLAGS[cap]] = True
                continue
            kind, inner = next(iter(cap.items()))
            if kind == 'FourOctetAs':
                out['AS4'] = inner['asn4']
            if kind == 'GracefulRestartCapability':
                names = [(family(f['address_type']), f['forwarding_state']) for f in inner['address_families']]
                if all(n for n, _ in names):
                    out['GRACEFUL_RESTART'] = (inner['restart'], inner['graceful_notification'], inner['time'],
                                               [n + ('/FORWARDING' if f else '') for n, f in names])
            if kind == 'MultiProtocolExtensions':
                families.append(family(inner['address_type']))
    if families and None not in families:
        out['MP'] = sorted(set(families))
    return out


def expected(decoded):
    if decoded == 'KeepAlive':
        return {'type': 'KEEPALIVE'}
    if not isinstance(decoded, dict):
        return None
    kind, value = next(iter(decoded.items()))
    if kind == 'Open':
        return {'type': 'OPEN', **open_(value)}
    if kind == 'Update':
        return {'type': 'UPDATE', **update(value)}
    if kind == 'RouteRefresh':
        return {'type': 'REFRESH'}
    if kind == 'Notification':
        return {'type': 'NOTIFY'}
    return None
