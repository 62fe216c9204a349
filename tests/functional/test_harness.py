"""The harness itself, without the programs under test: what it says about routes and bytes must be true."""

import pytest

from lib import bgp, routes, sequence
from lib.peers import Bird, Frr, GoBgp, OpenBgpd
from lib.proc import wait_until
from lib.relay import Relay
from lib.topology import FAR, LEFT, RIGHT, Crossing, assert_identical_legs


def test_update_survives_the_codec():
    data = bgp.announce(['192.0.2.0/24', '198.51.100.128/25'], (65001, 4200000000), '10.0.0.1', med=7,
                        communities=[(65000, 1)], large=[(1, 2, 3)])
    announced, withdrawn, attrs, _ = bgp.parse_update(data)
    assert [bgp.prefix_text(family, nlri) for family, nlri, _ in announced] == ['192.0.2.0/24', '198.51.100.128/25']
    assert withdrawn == [] and bgp.path_of(attrs) == [65001, 4200000000]
    assert bgp.split(data + data[:30]) == ([data], data[:30])


def test_sequence_check_sees_loss_repetition_and_displacement():
    stream = bgp.split(sequence.updates(0, 5))[0]
    assert sequence.fault(stream, 5) is None
    assert 'message 2' in sequence.fault(stream[:2] + stream[3:], 5)
    assert 'got 1' in sequence.fault(stream[:2] + stream[1:], 5)
    assert 'got 3' in sequence.fault(stream[:2] + [stream[3], stream[2], stream[4]], 5)
    assert '4 of 5' in sequence.fault(stream[:4], 5)


def test_fixture_holds_two_thousand_updates_and_both_families():
    assert len(routes.fixture_updates()) > 2000
    assert {route[0] for route in routes.small_table()} == {4, 6}


@pytest.mark.parametrize('far', [Bird, Frr, GoBgp, OpenBgpd])
def test_routes_through_a_plain_relay_are_equal(lab, far):
    crossing = Crossing(lab, far=far)
    capture = lab.capture(crossing.middle)
    relay = Relay(crossing.middle, LEFT, FAR, RIGHT)
    lab.at_end(relay.stop)
    crossing.wait_established()
    collectors = crossing.collect()
    table = routes.small_table()
    crossing.feed(table)
    crossing.assert_equal_tables(table, collectors)
    assert crossing.far.count('middle') == len(table)
    capture.stop()
    assert_identical_legs(capture)


def test_a_numbered_stream_arrives_complete(lab):
    host = lab.host('pair')
    right = lab.speaker(host, 65002, '10.0.0.2', hold=9).listen('127.0.0.2')
    left = lab.speaker(host, 65001, '10.0.0.1', hold=9).dial('127.0.0.2', source='127.0.0.1').wait_established()
    session = right.wait_established()
    left.send(sequence.updates(0, 20_000))
    wait_until(lambda: len(session.received) >= 20_002, 10, 'stream')
    assert sequence.fault(session.updates(), 20_000) is None
