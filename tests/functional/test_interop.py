"""Two real routers with bgpiped between them: all routes arrive as they are, and the bytes on both legs are the same.

TCP-MD5 is set towards one router only; the other one knows nothing of it.
"""

import ipaddress

from lib import bgp, routes
from lib.daemon import proxy
from lib.peers import Bird, Config, ExaBgp, Frr, GoBgp, Neighbor, OpenBgpd, wait_established
from lib.proc import wait_until
from lib.topology import FAR, FAR_AS, LEFT, NEAR, NEAR_AS, RIGHT, Crossing, assert_identical_legs

import pytest

KEY = 'a-key-of-one-side'


def crossing_through_bgpiped(lab, table, near, far, near_md5=None, far_md5=None, families=(4, 6)):
    """Carries the table from near to far and checks routes, counters and bytes."""
    table = [route for route in table if route[0] in families]
    crossing = Crossing(lab, near=near, far=far, near_md5=near_md5, far_md5=far_md5, families=families)
    capture = lab.capture(crossing.middle)
    accept = {'md5': near_md5} if near_md5 else {}
    connect = {'md5': far_md5} if far_md5 else {}
    daemon = lab.daemon({'cross': proxy(LEFT, NEAR, FAR, RIGHT, accept=accept, connect=connect)}, crossing.middle)
    crossing.wait_established()
    collectors = crossing.collect()
    crossing.feed(table)
    crossing.assert_equal_tables(table, collectors)
    assert crossing.far.count('middle') == len(table)
    daemon.wait_state('cross', 'established')
    session = daemon.session('cross')
    assert session['restarts'] == 0
    assert [leg['asn'] for leg in session['legs']] == [NEAR_AS, FAR_AS]
    capture.stop()
    assert_identical_legs(capture)
    return daemon


def test_bird_to_frr_with_md5_on_the_left(lab):
    table = routes.large_table()
    assert len(table) >= 100_000 or not routes.LARGE_TABLE.exists()
    crossing_through_bgpiped(lab, table, Bird, Frr, near_md5=KEY)


def test_gobgp_to_bird_with_md5_on_the_right(lab):
    """IPv4 alone: over an IPv4 session GoBGP has no next hop to offer for its IPv6 routes."""
    crossing_through_bgpiped(lab, routes.large_table(), GoBgp, Bird, far_md5=KEY, families=(4,))


def test_openbgpd_to_gobgp(lab):
    crossing_through_bgpiped(lab, routes.small_table(), OpenBgpd, GoBgp)


def test_frr_to_bird_with_a_key_of_its_own_on_each_side(lab):
    crossing_through_bgpiped(lab, routes.small_table(), Frr, Bird, near_md5=KEY, far_md5='another')


def test_a_wrong_key_never_connects_and_the_right_one_does(lab):
    crossing = Crossing(lab, near_md5=KEY)
    daemon = lab.daemon({'cross': proxy(LEFT, NEAR, FAR, RIGHT, accept={'md5': 'wrong'})}, crossing.middle)
    with pytest.raises(AssertionError):
        crossing.wait_established(timeout=4)
    daemon.config['pipelines']['cross']['stages'][0]['listen']['md5'] = KEY
    assert daemon.reload()['changed']
    crossing.wait_established()
    assert KEY not in daemon.log() and KEY not in daemon.ctl('status', '-j').stdout


def test_exabgp_to_bird(lab):
    middle = lab.host('middle', f'{LEFT}/24', f'{RIGHT}/24')
    far_host = lab.host('far', f'{FAR}/24')
    near_host = lab.host('near', f'{NEAR}/24')
    far = lab.router(Bird, 'far', Config(FAR_AS, FAR, [Neighbor('middle', RIGHT, NEAR_AS, passive=True)]), far_host)
    lab.daemon({'cross': proxy(LEFT, NEAR, FAR, RIGHT)}, middle)
    lab.router(ExaBgp, 'near', Config(NEAR_AS, NEAR, [Neighbor('middle', LEFT, FAR_AS)]), near_host, announce=[
        f'198.51.{number}.0/24 next-hop {NEAR} med {number} community [ 65001:{number} ] large-community [ 65001:1:{number} ]'
        for number in range(100)])
    wait_established((far, 'middle'))
    wait_until(lambda: far.count('middle') == 100, 15, lambda: f"{far.count('middle')} routes")
    shown = far.ctl('show', 'route', '198.51.77.0/24', 'all')
    assert '(65001,77)' in shown and '(65001, 1, 77)' in shown and 'BGP.med: 77' in shown


def test_a_session_over_ipv6_with_gtsm(lab):
    middle = lab.host('middle', 'fd00::101/64', 'fd00::102/64', f'{LEFT}/24')
    host = lab.host('pair', 'fd00::1/64', 'fd00::2/64')
    right = lab.speaker(host, FAR_AS, FAR).listen('fd00::2')
    lab.daemon({'cross': {'stages': [
        {'listen': {'address': '[fd00::101]:179', 'peer': 'fd00::1'}},
        {'connect': {'address': 'fd00::2', 'bind': 'fd00::102'}}]}}, middle)
    left = lab.speaker(host, NEAR_AS, NEAR).dial('fd00::101', source='fd00::1').wait_established()
    session = right.wait_established()
    table = routes.small_table()
    left.send(b''.join(routes.messages(table, bytes([10, 0, 0, 1]), bytes.fromhex('fd' + '00' * 14 + '01'), NEAR_AS)))
    received = routes.Table()
    wait_until(lambda: len(received.take(session).routes) == len(table), 10,
               lambda: f'{len(received.routes)} of {len(table)} routes')


def limit_counters(daemon):
    return next(stage['counters'] for stage in daemon.session('cross')['stages'] if stage['kind'] == 'limit')


@pytest.mark.parametrize('add_path', [False, True])
def test_routes_through_json_and_a_limit_are_equal(lab, add_path):
    """Every message becomes a JSON line, goes through a script, and comes back; then each prefix is counted."""
    crossing = Crossing(lab, add_path=add_path)
    script = {'exec': {'command': ['/bin/cat'], 'direction': 'LR'}}
    limit = {'limit': {'ipv4': True, 'ipv6': True, 'session': 1_000_000, 'direction': 'LR'}}
    daemon = lab.daemon({'cross': proxy(LEFT, NEAR, FAR, RIGHT, script, limit)}, crossing.middle)
    crossing.wait_established()
    collectors = crossing.collect()
    table = routes.small_table()
    crossing.feed(table)
    crossing.assert_equal_tables(table, collectors)
    assert crossing.far.count('middle') == len(table)
    assert limit_counters(daemon)['rejected'] == 0


def test_a_limit_admits_exactly_as_many_and_withdrawals_make_room(lab):
    """A flood of more-specifics (the Kirin attack) is stopped by one line; what was there before stays."""
    crossing = Crossing(lab, near=Bird, far=Bird)
    limit = {'limit': {'ipv6': True, 'session': 500, 'max-length': 48, 'direction': 'R'}}
    daemon = lab.daemon({'cross': proxy(LEFT, NEAR, FAR, RIGHT, limit)}, crossing.middle)
    crossing.wait_established()
    feeder = lab.speaker(crossing.outside, 65011, '10.0.0.11').dial(NEAR, source='10.0.0.11').wait_established()

    def announce(first, count, length=48):
        step = 1 << (128 - length)
        base = int(ipaddress.IPv6Address('2001:db8::')) + first * step
        for start in range(0, count, 100):
            feeder.send(bgp.announce_ipv6([f'{ipaddress.IPv6Address(base + n * step)}/{length}'
                                           for n in range(start, min(start + 100, count))], (65011,), 'fd00::b'))

    announce(0, 300)
    wait_until(lambda: crossing.far.count('middle') == 300, 10, lambda: f"{crossing.far.count('middle')} of 300")
    announce(300, 20_000)
    announce(0, 1000, length=64)
    wait_until(lambda: crossing.near.count('feeder') == 21_300, 20, lambda: f"{crossing.near.count('feeder')} of 21300")
    wait_until(lambda: crossing.far.count('middle') == 500, 10, lambda: f"{crossing.far.count('middle')}, limit is 500")
    # Status is a picture that is at most a second old.
    wait_until(lambda: limit_counters(daemon)['rejected'] >= 20_800, 5, lambda: str(limit_counters(daemon)))
    assert limit_counters(daemon)['prefixes'] == 500
    session = daemon.session('cross')
    assert session['state'] == 'established' and session['restarts'] == 0
    feeder.close()
    wait_until(lambda: crossing.far.count('middle') == 0, 15, lambda: f"{crossing.far.count('middle')} remain")
    wait_until(lambda: limit_counters(daemon)['prefixes'] == 0, 5, 'the limit still counts')
