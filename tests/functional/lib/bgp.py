"""BGP on the wire, as much as the tests need: written from the RFCs and independent of the code under test.

Messages are bytes with their header. Attributes are lists of (flags, code, value). Prefixes are (family, bytes of
the NLRI without path id, path id or None), family 4 or 6.
"""

import ipaddress
import struct

OPEN, UPDATE, NOTIFICATION, KEEPALIVE, ROUTE_REFRESH = 1, 2, 3, 4, 5
ORIGIN, AS_PATH, NEXT_HOP, MED, LOCAL_PREF, COMMUNITIES = 1, 2, 3, 4, 5, 8
MP_REACH, MP_UNREACH, LARGE_COMMUNITIES = 14, 15, 32
OPTIONAL, TRANSITIVE, PARTIAL, EXTENDED = 0x80, 0x40, 0x20, 0x10
AS_TRANS = 23456
MARKER = b'\xff' * 16
KEEPALIVE_MESSAGE = MARKER + struct.pack('>HB', 19, KEEPALIVE)
END_OF_RIB = MARKER + struct.pack('>HBHH', 23, UPDATE, 0, 0)
END_OF_RIB_IPV6 = MARKER + struct.pack('>HBHHBBBHB', 29, UPDATE, 0, 6, 0x80, MP_UNREACH, 3, 2, 1)


class Malformed(AssertionError):
    """Bytes that are not BGP."""


def message(kind, body=b''):
    return MARKER + struct.pack('>HB', 19 + len(body), kind) + body


def kind_of(data):
    return data[18]


def split(data):
    """Complete messages at the start of data, and the rest."""
    found, at = [], 0
    while len(data) - at >= 19:
        if data[at:at + 16] != MARKER:
            raise Malformed(f'no marker at byte {at}: {data[at:at + 19].hex()}')
        length = int.from_bytes(data[at + 16:at + 18], 'big')
        if length < 19:
            raise Malformed(f'length {length} at byte {at}')
        if len(data) - at < length:
            break
        found.append(bytes(data[at:at + length]))
        at += length
    return found, bytes(data[at:])


# OPEN ---------------------------------------------------------------------------------------------------------------

def capability(code, value=b''):
    return bytes([code, len(value)]) + value


def open_message(asn, router_id, hold=90, families=(4, 6), add_path=0, extended=False, graceful=None, four_byte=True):
    """An OPEN. add_path: 0 none, 1 receive, 2 send, 3 both, for every family; graceful: restart time in seconds."""
    parts = [capability(1, struct.pack('>HBB', 1 if family == 4 else 2, 0, 1)) for family in families]
    parts.append(capability(2))
    if extended:
        parts.append(capability(6))
    if graceful is not None:
        # R bit clear, N bit (RFC 8538) set; no family keeps its forwarding state.
        parts.append(capability(64, struct.pack('>H', 0x4000 | graceful)))
    if four_byte:
        parts.append(capability(65, struct.pack('>I', asn)))
    if add_path:
        parts.append(capability(69, b''.join(
            struct.pack('>HBB', 1 if family == 4 else 2, 1, add_path) for family in families)))
    capabilities = b''.join(parts)
    body = struct.pack('>BHH4sB', 4, asn if asn < 65536 else AS_TRANS, hold,
                       ipaddress.IPv4Address(router_id).packed, 2 + len(capabilities))
    return message(OPEN, body + bytes([2, len(capabilities)]) + capabilities)


def parse_open(data):
    """{asn, hold, id, capabilities: {code: [value, …]}}"""
    version, asn, hold, router_id, length = struct.unpack('>BHH4sB', data[19:29])
    if version != 4 or len(data) != 29 + length:
        raise Malformed(f'OPEN {data.hex()}')
    capabilities, at = {}, 29
    while at < len(data):
        kind, size = data[at], data[at + 1]
        end, at = at + 2 + size, at + 2
        while kind == 2 and at < end:
            code, width = data[at], data[at + 1]
            capabilities.setdefault(code, []).append(bytes(data[at + 2:at + 2 + width]))
            at += 2 + width
        at = end
    if 65 in capabilities:
        asn = int.from_bytes(capabilities[65][0], 'big')
    return {'asn': asn, 'hold': hold, 'id': str(ipaddress.IPv4Address(router_id)), 'capabilities': capabilities}


# NOTIFICATION -------------------------------------------------------------------------------------------------------

def notification(code, subcode, text=''):
    """With a text as RFC 9003 writes it."""
    data = text.encode()
    return message(NOTIFICATION, bytes([code, subcode]) + (bytes([len(data)]) + data if data else b''))


def parse_notification(data):
    """(code, subcode, data)"""
    return data[19], data[20], data[21:]


# UPDATE -------------------------------------------------------------------------------------------------------------

def attribute(flags, code, value):
    if len(value) > 255:
        return struct.pack('>BBH', flags | EXTENDED, code, len(value)) + value
    return struct.pack('>BBB', flags & ~EXTENDED, code, len(value)) + value


def prefix(text):
    """NLRI bytes of a prefix in text form."""
    network = ipaddress.ip_network(text)
    return bytes([network.prefixlen]) + network.network_address.packed[:(network.prefixlen + 7) // 8]


def prefix_text(family, nlri):
    width = 4 if family == 4 else 16
    address = ipaddress.ip_address(nlri[1:] + bytes(width - len(nlri) + 1))
    return f'{address}/{nlri[0]}'


def as_path(*asns):
    if not asns:
        return attribute(TRANSITIVE, AS_PATH, b'')
    return attribute(TRANSITIVE, AS_PATH, struct.pack(f'>BB{len(asns)}I', 2, len(asns), *asns))


def attributes(path, next_hop=None, med=None, communities=(), large=(), origin=0):
    """Attribute bytes in the usual order."""
    parts = [attribute(TRANSITIVE, ORIGIN, bytes([origin])), as_path(*path)]
    if next_hop:
        parts.append(attribute(TRANSITIVE, NEXT_HOP, ipaddress.IPv4Address(next_hop).packed))
    if med is not None:
        parts.append(attribute(OPTIONAL, MED, struct.pack('>I', med)))
    if communities:
        parts.append(attribute(OPTIONAL | TRANSITIVE, COMMUNITIES,
                               b''.join(struct.pack('>HH', *pair) for pair in communities)))
    if large:
        parts.append(attribute(OPTIONAL | TRANSITIVE, LARGE_COMMUNITIES,
                               b''.join(struct.pack('>III', *triple) for triple in large)))
    return b''.join(parts)


def update(announce=b'', attrs=b'', withdraw=b''):
    """An UPDATE from NLRI bytes and attribute bytes."""
    return message(UPDATE, struct.pack('>H', len(withdraw)) + withdraw + struct.pack('>H', len(attrs)) + attrs + announce)


def announce(prefixes, path, next_hop, **more):
    """An UPDATE that announces IPv4 prefixes given as text."""
    return update(b''.join(prefix(text) for text in prefixes), attributes(path, next_hop, **more))


def announce_ipv6(prefixes, path, next_hop, **more):
    nlri = b''.join(prefix(text) for text in prefixes)
    reach = struct.pack('>HBB', 2, 1, 16) + ipaddress.IPv6Address(next_hop).packed + b'\0' + nlri
    return update(attrs=attributes(path, **more) + attribute(OPTIONAL, MP_REACH, reach))


def withdraw(prefixes):
    return update(withdraw=b''.join(prefix(text) for text in prefixes))


def split_attributes(data):
    """[(flags, code, value)] in wire order."""
    found, at = [], 0
    while at < len(data):
        flags, code = data[at], data[at + 1]
        if flags & EXTENDED:
            length, at = int.from_bytes(data[at + 2:at + 4], 'big'), at + 4
        else:
            length, at = data[at + 2], at + 3
        if at + length > len(data):
            raise Malformed(f'attribute {code} of length {length} runs over')
        found.append((flags, code, bytes(data[at:at + length])))
        at += length
    return found


def split_nlri(data, family=4, add_path=False):
    """[(family, NLRI bytes, path id or None)]"""
    found, at = [], 0
    while at < len(data):
        path_id = None
        if add_path:
            path_id, at = int.from_bytes(data[at:at + 4], 'big'), at + 4
        width = 1 + (data[at] + 7) // 8
        if at + width > len(data) or data[at] > (32 if family == 4 else 128):
            raise Malformed(f'NLRI {data[at:].hex()}')
        found.append((family, bytes(data[at:at + width]), path_id))
        at += width
    return found


def parse_update(data, add_path=False):
    """(announced, withdrawn, attributes without MP_REACH and MP_UNREACH, IPv6 next hop bytes or None)"""
    size = int.from_bytes(data[19:21], 'big')
    withdrawn = split_nlri(data[21:21 + size], add_path=add_path)
    at = 21 + size
    size = int.from_bytes(data[at:at + 2], 'big')
    found = split_attributes(data[at + 2:at + 2 + size])
    announced = split_nlri(data[at + 2 + size:], add_path=add_path)
    rest, next_hop = [], None
    for flags, code, value in found:
        if code == MP_REACH and value[:3] == b'\0\2\1':
            next_hop = value[4:4 + value[3]]
            announced += split_nlri(value[5 + value[3]:], 6, add_path)
        elif code == MP_UNREACH and value[:3] == b'\0\2\1':
            withdrawn += split_nlri(value[3:], 6, add_path)
        else:
            rest.append((flags, code, value))
    return announced, withdrawn, rest, next_hop


def path_of(attrs):
    """The AS_PATH (4-byte AS numbers) as a list; a set is a nested tuple."""
    value = next((value for _, code, value in attrs if code == AS_PATH), b'')
    found, at = [], 0
    while at < len(value):
        kind, count = value[at], value[at + 1]
        asns = struct.unpack_from(f'>{count}I', value, at + 2)
        found += [tuple(asns)] if kind == 1 else list(asns)
        at += 2 + 4 * count
    return found
