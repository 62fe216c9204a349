"""ExaBGP's words for the rules of RFC 8955 and RFC 8956, in those of facts.py."""

import re

COMPONENTS = {'destination-ipv4': 'DST', 'source-ipv4': 'SRC', 'destination-ipv6': 'DST', 'source-ipv6': 'SRC', 'protocol': 'PROTO',
              'next-header': 'PROTO', 'port': 'PORT', 'destination-port': 'PORT_DST', 'source-port': 'PORT_SRC',
              'icmp-type': 'ICMP_TYPE', 'icmp-code': 'ICMP_CODE', 'tcp-flags': 'TCP_FLAGS', 'packet-length': 'PKTLEN',
              'dscp': 'DSCP', 'traffic-class': 'DSCP', 'fragment': 'FRAG', 'flow-label': 'LABEL'}
NUMBERS = {'tcp': 6, 'udp': 17, 'icmp': 1, 'echo-reply': 0, 'unreachable': 3, 'echo-request': 8}
BITS = {'fin': 1, 'syn': 2, 'rst': 4, 'push': 8, 'ack': 16, 'urg': 32, 'ece': 64, 'cwr': 128, 'dont-fragment': 1, 'is-fragment': 2,
        'first-fragment': 4, 'last-fragment': 8}
NUMERIC = {'=': '==', '': '=='}
BITWISE = {'': 'ANY', '=': 'ALL', '!': 'NONE', '!=': 'NOT-ALL'}


def conditions(component, items):
    out = []
    for item in items:
        for place, condition in enumerate(item.split('&')):
            sign, word = re.fullmatch('([!=<>]*)(.*)', condition).groups()
            if component in ('TCP_FLAGS', 'FRAG'):
                bits = sum(BITS[w] for w in word.split('+'))
                out.append((place > 0, BITWISE[sign], f'0x{bits:x}'))
            else:
                out.append((place > 0, NUMERIC.get(sign, sign), NUMBERS[word] if word in NUMBERS else int(word)))
    return out


def rule(value):
    out = {'rd': value['rd']} if 'rd' in value else {}
    for name, items in value.items():
        if name in COMPONENTS:
            ours = COMPONENTS[name]
            out[ours] = items[0] if ours in ('DST', 'SRC') else conditions(ours, items)
    return out
