"""Captures (pcap and pcapng) as the byte streams of their TCP connections."""

import struct

ETHERNET, RAW, LOOPBACK, PPP, LINUX_COOKED, JUNIPER_ETHERNET, IPV4, IPV6 = 1, 101, 0, 9, 113, 178, 228, 229


def packets(data):
    """Pairs of link type and packet."""
    return pcapng(data) if data[:4] == b'\x0a\x0d\x0d\x0a' else classic(data)


def classic(data):
    order = '<' if data[:4] in (b'\xd4\xc3\xb2\xa1', b'\x4d\x3c\xb2\xa1') else '>'
    link = struct.unpack_from(order + 'I', data, 20)[0] & 0xffff
    at = 24
    while at + 16 <= len(data):
        size = struct.unpack_from(order + 'I', data, at + 8)[0]
        yield link, data[at + 16:at + 16 + size]
        at += 16 + size


def pcapng(data):
    at, order, links = 0, '<', []
    while at + 12 <= len(data):
        kind = struct.unpack_from(order + 'I', data, at)[0]
        if kind == 0x0a0d0d0a:
            order = '<' if data[at + 8:at + 12] == b'\x4d\x3c\x2b\x1a' else '>'
            links = []
        size = struct.unpack_from(order + 'I', data, at + 4)[0]
        if kind == 1:
            links.append(struct.unpack_from(order + 'H', data, at + 8)[0])
        if kind == 6:
            interface, _, _, captured = struct.unpack_from(order + 'IIII', data, at + 8)
            yield links[interface], data[at + 28:at + 28 + captured]
        if kind == 3:
            yield links[0], data[at + 12:at + size - 4]
        at += max(size, 12)


def network(link, packet):
    """What stands behind the link layer: an IP packet, or nothing."""
    if link == JUNIPER_ETHERNET:
        link, packet = ETHERNET, packet[6 + int.from_bytes(packet[4:6], 'big'):]
    if link == ETHERNET:
        kind, at = packet[12:14], 14
        while kind in (b'\x81\x00', b'\x88\xa8'):
            kind, at = packet[at + 2:at + 4], at + 4
        return packet[at:] if kind in (b'\x08\x00', b'\x86\xdd') else b''
    if link in (LOOPBACK, PPP):
        return packet[4:]
    if link == LINUX_COOKED:
        return packet[16:]
    return packet if link in (RAW, 12, IPV4, IPV6) else b''


def segment(ip):
    """Flow, sequence number, SYN and payload of a TCP segment, or nothing."""
    if len(ip) < 20:
        return None
    if ip[0] >> 4 == 4:
        head, total = (ip[0] & 15) * 4, int.from_bytes(ip[2:4], 'big') or len(ip)
        protocol, ends, tcp = ip[9], (ip[12:16], ip[16:20]), ip[head:total]
    elif ip[0] >> 4 == 6 and len(ip) >= 40:
        protocol, ends, tcp = ip[6], (ip[8:24], ip[24:40]), ip[40:40 + (int.from_bytes(ip[4:6], 'big') or len(ip))]
    else:
        return None
    if protocol != 6 or len(tcp) < 20:
        return None
    source, target, seq = struct.unpack_from('>HHI', tcp)
    return (ends[0], source, ends[1], target), seq, tcp[13] & 2, tcp[(tcp[12] >> 4) * 4:]


class Flow:
    """One direction of one connection; holes end a piece."""

    def __init__(self, seq):
        self.next, self.early, self.pieces = seq, {}, [b'']

    def add(self, seq, payload):
        if not payload:
            return
        ahead = (seq - self.next + (1 << 31)) % (1 << 32) - (1 << 31)
        if ahead > 0:
            self.early[seq] = payload
            return
        if -ahead < len(payload):
            self.take(payload[-ahead:])

    def take(self, payload):
        self.pieces[-1] += payload
        self.next = (self.next + len(payload)) % (1 << 32)
        for seq in sorted(self.early):
            if seq in self.early and (self.next - seq) % (1 << 32) < 1 << 31:
                self.add(seq, self.early.pop(seq))

    def end(self):
        """What came behind a hole."""
        while self.early:
            seq = min(self.early, key=lambda s: (s - self.next) % (1 << 32))
            self.pieces.append(b'')
            self.next = seq
            self.add(seq, self.early.pop(seq))
        return [piece for piece in self.pieces if piece]


def streams(path):
    """{(source, port, target, port): [bytes, …]} in the order of the first segments."""
    flows, closed = {}, []
    with open(path, 'rb') as file:
        data = file.read()
    for link, packet in packets(data):
        found = segment(network(link, packet))
        if found is None:
            continue
        key, seq, syn, payload = found
        if syn and key in flows and flows[key].next != (seq + 1) % (1 << 32) and not payload:
            closed.append((key, flows.pop(key).end()))
        if key not in flows:
            # Data in the SYN itself is told in some of the anonymised captures, whose numbers then start at it.
            flows[key] = Flow(seq if payload or not syn else (seq + 1) % (1 << 32))
        flows[key].add(seq, payload)
    return closed + [(key, flow.end()) for key, flow in flows.items()]
