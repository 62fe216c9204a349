"""Whatever happens to an end, the session comes back without a hand, and status says which leg failed, why, and when
the next try is."""

import threading
import time

from lib import bgp, sequence
from lib.daemon import proxy, sanitized
from lib.proc import wait_until
from lib.topology import FAR, FAR_AS, LEFT, NEAR, NEAR_AS, RIGHT, Crossing

import pytest

HOLD = 6
SIDES = ['left', 'right']


@pytest.fixture
def routers(lab):
    """BIRD on both sides with a short hold time, established through bgpiped."""
    crossing = Crossing(lab, hold=HOLD)
    daemon = lab.daemon({'cross': proxy(LEFT, NEAR, FAR, RIGHT)}, crossing.middle)
    crossing.wait_established()
    daemon.wait_state('cross', 'established')
    return crossing, daemon


@pytest.fixture
def speakers(lab):
    """Speakers of ours on both sides, established through bgpiped: (left speaker, right speaker, daemon)."""
    middle = lab.host('middle', f'{LEFT}/24', f'{RIGHT}/24')
    near, far = lab.host('near', f'{NEAR}/24'), lab.host('far', f'{FAR}/24')
    right = lab.speaker(far, FAR_AS, FAR, hold=HOLD).listen(FAR)
    daemon = lab.daemon({'cross': proxy(LEFT, NEAR, FAR, RIGHT)}, middle)
    left = lab.speaker(near, NEAR_AS, NEAR, hold=HOLD).dial(LEFT, source=NEAR)
    left.wait_established()
    right.wait_established()
    daemon.wait_state('cross', 'established')
    return left, right, daemon


def failure(daemon, *words, timeout=HOLD + 6):
    """Waits until status tells of a failure with one of the words in its text, and returns it."""
    def told():
        session = daemon.session('cross')
        error = session and session['last_error']
        return error if error and any(word in error['text'].lower() for word in words) else None
    return wait_until(told, timeout, lambda: f"no word of {words}: {daemon.session('cross')}")


def assert_back(crossing, daemon, timeout=30):
    crossing.wait_established(timeout)
    daemon.wait_state('cross', 'established')
    session = daemon.session('cross')
    assert session['restarts'] >= 1 and session['uptime'] is not None and session['retry_in'] is None


def router_of(crossing, side):
    return crossing.near if side == 'left' else crossing.far


@pytest.mark.parametrize('side', SIDES)
def test_a_killed_router(routers, side):
    crossing, daemon = routers
    router = router_of(crossing, side)
    router.program.kill()
    error = failure(daemon, 'closed', 'reset', 'refused')
    assert error['peer'].startswith(NEAR if side == 'left' else FAR) and error['leg'] == side
    router.start()
    assert_back(crossing, daemon)


@pytest.mark.parametrize('side', SIDES)
def test_a_restarted_router(routers, side):
    """BIRD says Cease, Peer De-configured or Administrative Shutdown, before it goes."""
    crossing, daemon = routers
    router = router_of(crossing, side)
    router.stop()
    error = failure(daemon, 'cease')
    assert error['leg'] == side
    router.start()
    assert_back(crossing, daemon)


@pytest.mark.parametrize('side', SIDES)
def test_a_frozen_router(routers, side):
    crossing, daemon = routers
    router = router_of(crossing, side)
    router.program.freeze()
    failure(daemon, 'hold')
    router.program.thaw()
    assert_back(crossing, daemon)


@pytest.mark.parametrize('side', SIDES)
def test_a_pulled_cable(lab, routers, side):
    """Nothing arrives from that end, not even a reset: only timers tell."""
    crossing, daemon = routers
    host = crossing.near_host if side == 'left' else crossing.far_host
    lab.switch.cut(host)
    failure(daemon, 'hold')
    lab.switch.mend(host)
    assert_back(crossing, daemon)


@pytest.mark.parametrize('side', SIDES)
def test_a_half_closed_connection(speakers, side):
    left, right, daemon = speakers
    before = left.session, right.session
    (left if side == 'left' else right).session.half_close()
    error = failure(daemon, 'closed', 'eof', 'end of')
    assert error['leg'] == side
    left.wait_established(after=before[0])
    right.wait_established(after=before[1])
    daemon.wait_state('cross', 'established')


@pytest.mark.parametrize('side', SIDES)
def test_a_reset_connection(speakers, side):
    left, right, daemon = speakers
    before = left.session, right.session
    (left if side == 'left' else right).session.reset()
    error = failure(daemon, 'reset')
    assert error['leg'] == side
    left.wait_established(after=before[0])
    right.wait_established(after=before[1])


def test_a_refusing_router(lab):
    """The failure names the leg and the peer, and the time to the next try is shown while it waits."""
    middle = lab.host('middle', f'{LEFT}/24', f'{RIGHT}/24')
    near, far = lab.host('near', f'{NEAR}/24'), lab.host('far', f'{FAR}/24')
    pipeline = proxy(LEFT, NEAR, FAR, RIGHT, connect={'wait': 'START'})
    pipeline['restart'] = {'min-delay': '1s', 'max-delay': '1s', 'jitter': 0}
    daemon = lab.daemon({'cross': pipeline}, middle)
    daemon.wait_state('cross', 'backoff')
    session = daemon.session('cross')
    assert 0 <= session['retry_in'] <= 1.1
    error = session['last_error']
    assert error['leg'] == 'right' and error['peer'] == f'{FAR}:179' and 'refused' in error['text'].lower()
    table = daemon.ctl('status').stdout
    assert 'refused' in table.lower() and 'cross' in table
    right = lab.speaker(far, FAR_AS, FAR, hold=HOLD).listen(FAR)
    left = lab.speaker(near, NEAR_AS, NEAR, hold=HOLD).dial(LEFT, source=NEAR)
    left.wait_established()
    right.wait_established()


@pytest.mark.parametrize('side', SIDES)
def test_a_notification_is_shown_with_code_subcode_and_text(speakers, side):
    left, right, daemon = speakers
    here, there = (left, right) if side == 'left' else (right, left)
    other = there.session
    with daemon.control() as events:
        events.call('events.subscribe', pipeline='cross')
        here.session.send(bgp.notification(6, 2, 'moving to rack 14'))
        here.session.close()
        error = failure(daemon, 'moving to rack 14')
    assert error['leg'] == side
    for word in ('cease', 'administrative shutdown'):
        assert word in error['text'].lower()
    wait_until(lambda: other.notification, 5, 'the other router saw no NOTIFICATION')
    assert other.notification == (6, 2, b'\x11moving to rack 14')
    assert 'moving to rack 14' in daemon.ctl('show', 'cross').stdout


def test_garbage_is_answered_and_named(speakers):
    """A malformed header ends the session; the reason is in status (design: what bad input gets)."""
    left, right, daemon = speakers
    before = left.session
    left.session.send(b'GET / HTTP/1.1\r\n\r\n' * 4)
    error = failure(daemon, 'header', 'marker', 'synchron')
    assert error['leg'] == 'left'
    left.wait_established(after=before)


def test_a_second_connection_of_a_live_peer_does_not_disturb_it(lab, speakers):
    left, right, daemon = speakers
    since = daemon.session('cross')['since']
    second = left._namespace.socket()
    second.bind((NEAR, 0))
    second.settimeout(5)
    second.connect((LEFT, 179))
    second.sendall(bgp.open_message(NEAR_AS, NEAR, hold=HOLD))
    # It may be told why, with a NOTIFICATION; then it is closed.
    try:
        said = b''
        while data := second.recv(4096):
            said += data
    except ConnectionError:
        pass
    assert {bgp.kind_of(one) for one in bgp.split(said)[0]} <= {bgp.NOTIFICATION}
    assert left.session.established and right.session.established
    assert daemon.session('cross')['since'] == since


def test_a_stranger_is_closed_at_once(lab, speakers):
    _, _, daemon = speakers
    stranger = lab.host('stranger', '10.0.0.66/24').socket()
    stranger.settimeout(5)
    try:
        stranger.connect((LEFT, 179))
        assert stranger.recv(1) == b''
    except ConnectionError:
        pass
    assert daemon.session('cross')['restarts'] == 0


def test_sigterm_ends_a_proxy_without_notification(speakers):
    """A pure proxy closes, so that graceful restart can hold the routes; it ends within its bound."""
    left, right, daemon = speakers
    sessions = left.session, right.session
    assert daemon.stop(timeout=5) == 0
    for session in sessions:
        wait_until(lambda: session.ended_at, 3, 'still open')
        assert session.notification is None and session.reason == 'closed by peer'


def test_an_operators_stop_says_cease_on_both_legs(speakers):
    left, right, daemon = speakers
    sessions = left.session, right.session
    assert daemon.ctl('stop', 'cross', '--reason', 'window 7').returncode == 0
    for session in sessions:
        wait_until(lambda: session.ended_at, 3, 'still open')
        assert session.notification == (6, 2, b'\x08window 7')
    daemon.wait_state('cross', 'stopped')
    assert daemon.ctl('start', 'cross').returncode == 0
    left.wait_established(after=sessions[0])
    right.wait_established(after=sessions[1])


@pytest.mark.parametrize('side', SIDES)
def test_a_router_that_reads_nothing_for_longer_than_the_hold_time(speakers, side):
    """TCP pushes back to the sender; memory stays bounded, no hold timer fires, and nothing is lost."""
    left, right, daemon = speakers
    source, sink = (left.session, right.session) if side == 'right' else (right.session, left.session)
    before = daemon.memory_kib()
    sink.reading = False
    count = 150_000
    stream = sequence.updates(0, count, padding=30)
    sender = threading.Thread(target=source.send, args=(stream,), daemon=True)
    sender.start()
    paused = time.monotonic()
    wait_until(lambda: time.monotonic() - paused > HOLD * 1.5, HOLD * 2, 'time')
    assert sender.is_alive(), 'the daemon swallowed everything'
    assert sanitized() or daemon.memory_kib() - before < 16 * 1024
    assert source.established and sink.established and source.longest_silence < HOLD
    sink.reading = True
    wait_until(lambda: sink.update_count == count or sink.ended_at, 30, lambda: f'{sink.update_count} of {count}')
    assert sequence.fault(sink.updates(), count) is None
    assert source.established and sink.established
    assert daemon.session('cross')['restarts'] == 0


def test_a_killed_daemon_comes_back_with_all_sessions(speakers):
    left, right, daemon = speakers
    before = left.session, right.session
    daemon.kill()
    for session in before:
        wait_until(lambda: session.ended_at, 5, 'still open')
    daemon.start()
    left.wait_established(after=before[0])
    right.wait_established(after=before[1])
    daemon.wait_state('cross', 'established')


def test_sigterm_says_cease_from_a_speaker(lab):
    host = lab.host('all')
    daemon = lab.daemon({'end': {'stages': [{'listen': {'address': '127.0.0.2:179'}},
                                            {'speaker': {'asn': 65002, 'id': '10.0.0.2'}}]}}, host)
    session = lab.speaker(host, 65001, '10.0.0.1').dial('127.0.0.2').wait_established()
    assert daemon.stop(timeout=5) == 0
    wait_until(lambda: session.ended_at, 3, 'still open')
    assert session.notification[:2] == (6, 2)


@pytest.mark.parametrize('fault, code', [({'asn': 65009}, (2, 2)), ({'hold': 2}, (2, 6))])
def test_a_speaker_refuses_a_bad_open_with_the_right_notification(lab, fault, code):
    host = lab.host('all')
    daemon = lab.daemon({'end': {'restart': {'min-delay': '200ms'}, 'stages': [
        {'listen': {'address': '127.0.0.2:179'}},
        {'speaker': {'asn': 65002, 'id': '10.0.0.2', 'remote-asn': 65001}}]}}, host)
    speaker = lab.speaker(host, **{'asn': 65001, 'router_id': '10.0.0.1', 'retry': 1, **fault}).dial('127.0.0.2')
    wait_until(lambda: speaker.sessions and speaker.sessions[0].notification, 5, 'no NOTIFICATION')
    assert speaker.sessions[0].notification[:2] == code
    wait_until(lambda: daemon.session('end')['last_error'], 5, 'no word in status')
    assert 'open' in daemon.session('end')['last_error']['text'].lower()
