"""Malformed UPDATEs between two ends: relayed, repaired, or the session reset, as the pipeline's `errors` says."""

import pytest

from lib import bgp
from lib.daemon import proxy
from lib.proc import wait_until

PREFIX = bgp.prefix('192.0.2.0/24')
SOUND = bgp.update(bgp.prefix('198.51.100.0/24'), bgp.attributes([65001], '10.0.0.1'))
# ORIGIN 9 (RFC 7606 7.1), and beside the bad announcement a good withdrawal.
BAD_ORIGIN = bgp.update(PREFIX, bgp.attributes([65001], '10.0.0.1', origin=9), bgp.prefix('203.0.113.0/24'))
WITHDRAWN = bgp.update(withdraw=bgp.prefix('203.0.113.0/24') + PREFIX)
ENTROPY_LABEL = bgp.attribute(0xe0, 28, b'\1\2\3')
# A withdrawn prefix of 33 bits (RFC 7606 5.3).
HIDDEN = bgp.update(withdraw=b'\x21' + bytes(5))


@pytest.fixture
def made(lab):
    """A proxy between two speakers; call it with the setting: the daemon, the near session, the far one."""
    host = lab.host('all')

    def make(errors, *between):
        more = {} if errors is None else {'errors': errors}
        daemon = lab.daemon({'p': proxy('127.2.0.1', '127.1.0.1', '127.4.0.1', '127.3.0.1', *between, **more)}, host)
        far = lab.speaker(host, 65002, '10.2.0.1').listen('127.4.0.1')
        near = lab.speaker(host, 65001, '10.1.0.1').dial('127.2.0.1', source='127.1.0.1').wait_established()
        session = far.wait_established()
        daemon.wait_state('p', 'established')
        return daemon, near, session
    return make


def delivered(near, far, sent):
    """What the far end gets of this, seen by the sound UPDATE behind it."""
    near.send(sent + SOUND)
    wait_until(lambda: SOUND in far.updates() or far.ended_at, 10, 'the sound UPDATE did not come')
    assert far.ended_at is None, far.reason
    return far.updates()[:-1]


def line(daemon):
    return daemon.session('p')['lines'][0]


def test_relay_changes_nothing(made):
    _, near, far = made('relay')
    assert delivered(near, far, BAD_ORIGIN + HIDDEN) == [BAD_ORIGIN, HIDDEN]


def test_repair_withdraws_and_both_sessions_stay(made):
    daemon, near, far = made('repair')
    assert delivered(near, far, BAD_ORIGIN) == [WITHDRAWN]
    assert near.established and far.established
    wait_until(lambda: line(daemon)['repaired'] == 1, 5, lambda: str(line(daemon)))
    kept = daemon.call('pipeline.errors', name='p')['malformed']
    assert [one['hex'] for one in kept] == [BAD_ORIGIN.hex()]
    assert kept[0]['attribute'] == 'ORIGIN' and kept[0]['class'] == 'treat as withdraw'
    assert 'PARSE' in daemon.log()


def test_a_filter_repairs_by_itself(made):
    _, near, far = made(None, {'limit': {'session': 100, 'direction': 'R'}})
    assert delivered(near, far, BAD_ORIGIN) == [WITHDRAWN]


def test_unwanted_attributes_go_alone(made):
    _, near, far = made({'discard-attributes': ['28', 'ATTR_99']})
    basic = bgp.attributes([65001], '10.0.0.1')
    assert delivered(near, far, bgp.update(PREFIX, basic + ENTROPY_LABEL)) == [bgp.update(PREFIX, basic)]


def test_reset_tells_the_sender_why(made):
    _, near, far = made('reset')
    near.send(BAD_ORIGIN + SOUND)
    wait_until(lambda: near.ended_at and far.ended_at, 10, 'the session goes on')
    assert near.notification[:2] == (3, 6)
    assert far.updates() == []


def test_repair_resets_where_routes_cannot_be_found(made):
    _, near, far = made('repair')
    near.send(HIDDEN + SOUND)
    wait_until(lambda: near.ended_at and far.ended_at, 10, 'the session goes on')
    assert near.notification[:2] == (3, 10)
    assert far.updates() == []


def test_a_reload_changes_it_with_the_session_up(made):
    daemon, near, far = made('relay')
    assert delivered(near, far, BAD_ORIGIN) == [BAD_ORIGIN]
    daemon.config['pipelines']['p']['errors'] = 'repair'
    assert daemon.reload()['changed']
    near.send(BAD_ORIGIN)
    wait_until(lambda: WITHDRAWN in far.updates(), 10, lambda: str(far.updates()))
    assert near.established and far.established
