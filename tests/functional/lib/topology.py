"""The usual picture of these tests: two routers with something between them, and routes from and to the outside.

    feeder ─ near ─ [middle] ─ far ─ collector
                └── collector

The near router believes that middle is the far one, and the other way round. All addresses are of one /24 and one /64,
so that every next hop is on a connected network.
"""

from lib import bgp, routes
from lib.peers import Bird, Config, Neighbor, wait_established
from lib.proc import wait_until

NEAR, FAR = '10.0.0.1', '10.0.0.2'
LEFT, RIGHT = '10.0.0.101', '10.0.0.102'      # middle's address towards the near router, towards the far one
FEEDER, NEAR_COLLECTOR, FAR_COLLECTOR = '10.0.0.11', '10.0.0.12', '10.0.0.13'
NEAR_AS, FAR_AS, FEEDER_AS, NEAR_COLLECTOR_AS, FAR_COLLECTOR_AS = 65001, 65002, 65011, 65012, 65013


class Crossing:
    """Hosts and routers; what stands in the middle is started by the test, in namespace `middle`."""

    def __init__(self, lab, near=Bird, far=Bird, near_md5=None, far_md5=None, hold=90, families=(4, 6),
                 add_path=False):
        self._lab = lab
        self.middle = lab.host('middle', f'{LEFT}/24', f'{RIGHT}/24', 'fd00::101/64')
        self.near_host = lab.host('near', f'{NEAR}/24', 'fd00::1/64')
        self.far_host = lab.host('far', f'{FAR}/24', 'fd00::2/64')
        self.outside = lab.host('outside', f'{FEEDER}/24', f'{NEAR_COLLECTOR}/24', f'{FAR_COLLECTOR}/24')
        self.near = lab.router(near, 'near', Config(NEAR_AS, NEAR, [
            Neighbor('middle', LEFT, FAR_AS, md5=near_md5, families=families, add_path=add_path),
            Neighbor('feeder', FEEDER, FEEDER_AS, passive=True),
            Neighbor('collector', NEAR_COLLECTOR, NEAR_COLLECTOR_AS, passive=True)],
            hold=hold, address_ipv6='fd00::1'), self.near_host)
        self.far = lab.router(far, 'far', Config(FAR_AS, FAR, [
            Neighbor('middle', RIGHT, NEAR_AS, md5=far_md5, passive=True, families=families, add_path=add_path),
            Neighbor('collector', FAR_COLLECTOR, FAR_COLLECTOR_AS, passive=True)],
            hold=hold, address_ipv6='fd00::2'), self.far_host)

    def wait_established(self, timeout=30):
        wait_established((self.near, 'middle'), (self.far, 'middle'), timeout=timeout)

    def collect(self):
        """Starts both collectors; returns their sessions (near, far)."""
        near = self._lab.speaker(self.outside, NEAR_COLLECTOR_AS, NEAR_COLLECTOR).dial(NEAR, source=NEAR_COLLECTOR)
        far = self._lab.speaker(self.outside, FAR_COLLECTOR_AS, FAR_COLLECTOR).dial(FAR, source=FAR_COLLECTOR)
        return near.wait_established(), far.wait_established()

    def feed(self, table):
        """Announces the routes to the near router; returns the feeder's session."""
        session = self._lab.speaker(self.outside, FEEDER_AS, FEEDER).dial(NEAR, source=FEEDER).wait_established()
        session.send(b''.join(routes.messages(table, bytes([10, 0, 0, 11]), bytes.fromhex('fd' + '00' * 14 + '0b'),
                                              FEEDER_AS)))
        return session

    def assert_equal_tables(self, table, collectors, timeout=150):
        """Every route of the table arrived at both collectors, with the same path and attributes but for the hop."""
        near, far = routes.Table(), routes.Table()
        for received, session, side in ((far, collectors[1], 'far'), (near, collectors[0], 'near')):
            wait_until(lambda: len(received.take(session).routes) >= len(table), timeout,
                       lambda: f'{side} side: {len(received.routes)} of {len(table)} routes', every=0.2)
        assert far.comparable(strip=1) == near.comparable()


def conversation(capture, source, target):
    """What one address said to the other in the session that lasted: a connection that came too early for the far router left an
    OPEN of its own. KEEPALIVEs are left out: a relay may add its own, and must not hold them back."""
    messages = [data for data in capture.messages(source, target) if bgp.kind_of(data) != bgp.KEEPALIVE]
    opens = [place for place, data in enumerate(messages) if bgp.kind_of(data) == bgp.OPEN]
    return messages[opens[-1]:] if opens else messages


def assert_identical_legs(capture):
    """Every byte of every message is the same on both legs, in both directions."""
    for received, sent in (((NEAR, LEFT), (RIGHT, FAR)), ((FAR, RIGHT), (LEFT, NEAR))):
        before, after = conversation(capture, *received), conversation(capture, *sent)
        assert before, f'nothing came from {received[0]}'
        for number, (one, other) in enumerate(zip(before, after)):
            assert one == other, f'message {number} from {received[0]} changed: {one.hex()} became {other.hex()}'
        assert len(before) == len(after)
