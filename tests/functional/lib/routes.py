"""Real routes for the tests: a large table where ../shared/data is, else what the fixture in tests/data holds.

A route is (family, NLRI bytes, attributes), the attributes as a tuple of (code, value) without next hops.
"""

import struct
from functools import lru_cache
from pathlib import Path

from lib import bgp, mrt

ROOT = Path(__file__).resolve().parents[3]
FIXTURES = sorted((ROOT / 'tests/data').glob('ris.rrc06.updates.*.gz'))
SHARED = ROOT.parent / 'shared/data/mrt'
LARGE_TABLE = SHARED / 'libbgpstream/routeviews.route-views.jinx.ribs.1401487200.bz2'
LARGE_SIZE = 110_000
_PER_SESSION = (bgp.NEXT_HOP, bgp.MP_REACH, bgp.MP_UNREACH, bgp.LOCAL_PREF)


def fixture_updates():
    """The UPDATE messages of the fixture, as captured."""
    return [data for path in FIXTURES for _, _, _, data in mrt.messages(path) if bgp.kind_of(data) == bgp.UPDATE]


@lru_cache
def small_table():
    """[route] of the fixture: for each prefix its last announcement."""
    table = {}
    for data in fixture_updates():
        announced, _, attrs, _ = bgp.parse_update(data)
        for family, nlri, _ in announced:
            table[family, nlri] = _kept(attrs)
    return [(family, nlri, attrs) for (family, nlri), attrs in table.items() if _unicast(family, nlri)]


@lru_cache
def large_table():
    """[route]: at least 100,000 of one peer's full table, and the IPv6 routes of the small one."""
    if not LARGE_TABLE.exists():
        return small_table()
    table = {}
    for peer, family, nlri, attrs in mrt.table(LARGE_TABLE):
        if peer == 30844 and family == 4 and _unicast(family, nlri):
            table[nlri] = _kept(attrs)
            if len(table) == LARGE_SIZE:
                break
    return [(4, nlri, attrs) for nlri, attrs in table.items()] + [route for route in small_table() if route[0] == 6]


def messages(routes, next_hop, next_hop_ipv6, first_as, families=(4, 6)):
    """The UPDATEs of a speaker of AS first_as that announces the routes, each with as many prefixes as fit."""
    groups = {}
    for family, nlri, attrs in routes:
        if family in families:
            groups.setdefault((family, attrs), []).append(nlri)
    for (family, attrs), prefixes in groups.items():
        shared = b''.join(bgp.attribute(_flags(code), code, _prepended(value, first_as) if code == bgp.AS_PATH else value)
                          for code, value in attrs)
        for first in range(0, len(prefixes), 150):
            nlri = b''.join(prefixes[first:first + 150])
            if family == 4:
                yield bgp.update(nlri, shared + bgp.attribute(bgp.TRANSITIVE, bgp.NEXT_HOP, next_hop))
            else:
                reach = struct.pack('>HBB', 2, 1, 16) + next_hop_ipv6 + b'\0' + nlri
                yield bgp.update(attrs=shared + bgp.attribute(bgp.OPTIONAL, bgp.MP_REACH, reach))


class Table:
    """What one receiver holds after a stream of UPDATEs: {(family, NLRI, path id): attributes}."""

    def __init__(self):
        self.routes = {}
        self.seen = 0

    def take(self, session, add_path=False):
        """Applies what came on a speaker's session since the last call."""
        received = session.received
        count = len(received)
        for _, data in received[self.seen:count]:
            if data[18] == bgp.UPDATE:
                announced, withdrawn, attrs, _ = bgp.parse_update(data, add_path)
                for key in withdrawn:
                    self.routes.pop(key, None)
                for key in announced:
                    self.routes[key] = attrs
        self.seen = count
        return self

    def comparable(self, strip=0):
        """{(prefix, path, attributes)} with the first `strip` AS numbers of the path and next hops left out."""
        found = set()
        for (family, nlri, path_id), attrs in self.routes.items():
            rest = frozenset((code, value) for _, code, value in attrs
                             if code not in (bgp.AS_PATH, bgp.NEXT_HOP, bgp.MP_REACH))
            found.add((family, nlri, path_id, tuple(bgp.path_of(attrs)[strip:]), rest))
        return found


def _kept(attrs):
    return tuple((code, value) for _, code, value in attrs if code not in _PER_SESSION)


def _flags(code):
    if code in (bgp.ORIGIN, bgp.AS_PATH, 6):
        return bgp.TRANSITIVE
    return bgp.OPTIONAL if code == bgp.MED else bgp.OPTIONAL | bgp.TRANSITIVE


def _prepended(path, asn):
    """The path with one more AS in front, in its first sequence where there is room."""
    if path[:1] == b'\2' and path[1] < 255:
        return bytes([2, path[1] + 1]) + struct.pack('>I', asn) + path[2:]
    return struct.pack('>BBI', 2, 1, asn) + path


def _unicast(family, nlri):
    """False for prefixes that routers refuse or own: default, 0/8, 127/8, class D and E, and the tests' own 10/8."""
    if family == 6:
        return nlri[0] > 0 and nlri[1] >> 5 == 1
    return nlri[0] > 0 and nlri[1] not in (0, 10, 127) and nlri[1] < 224
