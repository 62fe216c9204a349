"""What a hostile peer, a hostile script and a hostile caller try: the router behind gets nothing it should not, the
daemon lives, and nobody else notices."""

import ipaddress
import socket
import struct
import threading
import time

import pytest

from lib import bgp
from lib.control import ControlError
from lib.daemon import proxy
from lib.proc import wait_until

ESCAPES = b'\x1b]0;owned\x07\x1b[31m' + '\u202e'.encode() + b'\xff\n<b>"\\'
LIMIT = {'limit': {'ipv4': True, 'ipv6': True, 'session': 2, 'direction': 'R'}}


@pytest.fixture
def target(lab):
    """A daemon with two proxies through `limit`: `victim` is attacked, `other` is established and must stay."""
    host = lab.host('all')
    made = lab.daemon({'victim': proxy('127.2.0.1', '127.1.0.1', '127.4.0.1', '127.3.0.1', LIMIT),
                       'other': proxy('127.2.0.2', '127.1.0.2', '127.4.0.2', '127.3.0.2', LIMIT)}, host)
    made.host = host
    made.far = lab.speaker(host, 65002, '10.2.0.1').listen('127.4.0.1')
    lab.speaker(host, 65002, '10.2.0.2').listen('127.4.0.2')
    lab.speaker(host, 65001, '10.1.0.2').dial('127.2.0.2', source='127.1.0.2').wait_established()
    made.wait_state('other', 'established')
    made.since = made.session('other')['restarts']
    yield made
    assert made.pipeline('other')['state'] == 'established'
    assert made.session('other')['restarts'] == made.since


def call(host, source='127.1.0.1', listen='127.2.0.1'):
    made = host.socket()
    made.settimeout(5)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    made.bind((source, 0))
    made.connect((listen, 179))
    return made


def read_until_closed(sock):
    data = b''
    try:
        while piece := sock.recv(1 << 16):
            data += piece
    except OSError:
        pass
    return data


def reach(prefixes):
    value = struct.pack('>HBB', 2, 1, 16) + ipaddress.IPv6Address('2001:db8::1').packed + b'\0'
    return bgp.attribute(bgp.OPTIONAL, bgp.MP_REACH, value + b''.join(bgp.prefix(one) for one in prefixes))


MALFORMED = {
    'two lists of routes': bgp.update(attrs=bgp.attributes([65001]) + reach(['2001:db8:1::/48']) +
                                      reach([f'2001:db8:{n:x}::/48' for n in range(2, 40)])),
    'an unreachable list too short': bgp.update(attrs=bgp.attribute(bgp.OPTIONAL, bgp.MP_UNREACH, b'\0')),
    'a prefix too long': bgp.update(b'\x21' + bytes(5), bgp.attributes([65001], '10.0.0.1')),
    'lengths that lie': bgp.message(bgp.UPDATE, b'\xff\xff\0\0'),
}


@pytest.mark.parametrize('name', MALFORMED)
def test_routes_that_cannot_be_told_do_not_pass_a_limit(lab, target, name):
    near = lab.speaker(target.host, 65001, '10.1.0.1').dial('127.2.0.1', source='127.1.0.1').wait_established()
    target.wait_state('victim', 'established')
    far = target.far.wait_established()
    near.send(MALFORMED[name])
    wait_until(lambda: far.ended_at, 10, 'the session goes on')
    assert far.updates() == []


def test_garbage_and_lies_before_the_open(target):
    lies = [b'\0' * 64, b'GET / HTTP/1.1\r\nHost: router\r\n\r\n', bgp.MARKER + b'\xff\xff\x01' + bytes(4096),
            bgp.MARKER + b'\0\x12\x04', bgp.message(bgp.OPEN, b''), bgp.message(bgp.OPEN, b'\x04' * 8),
            # An optional parameter nobody knows: what the router would make of the rest is its own affair.
            bgp.message(bgp.OPEN, struct.pack('>BHH4sB', 4, 65001, 90, b'\x0a\1\0\1', 4) + b'\x01\x02ab')]
    before = target.descriptors()
    for lie in lies:
        sock = call(target.host)
        sock.sendall(lie)
        answer = read_until_closed(sock)
        assert bgp.kind_of(bgp.split(answer)[0][-1]) == bgp.NOTIFICATION, (lie[:40], answer)
        sock.close()
        time.sleep(0.3)
    wait_until(lambda: target.descriptors() <= before + 2, 10, 'descriptors are left open')
    # One byte at a time is as good as all at once.
    sock = call(target.host)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for byte in bgp.open_message(65001, '10.1.0.1') + bgp.KEEPALIVE_MESSAGE:
        sock.sendall(bytes([byte]))
    target.wait_state('victim', 'established')
    sock.close()


def test_a_peer_that_flaps_is_no_flood_at_the_router_behind(target):
    dials = []
    target.far.stop()
    listener = target.host.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(('127.4.0.1', 179))
    listener.listen(64)
    listener.settimeout(0.2)
    done = threading.Event()

    def serve():
        while not done.is_set():
            try:
                listener.accept()[0].close()
                dials.append(time.monotonic())
            except OSError:
                pass
    thread = threading.Thread(target=serve)
    thread.start()
    try:
        lines = target.log().count('\n')
        limit = time.monotonic() + 3
        while time.monotonic() < limit:
            try:
                sock = call(target.host)
                sock.sendall(b'x' * 64)
                sock.settimeout(0.5)
                read_until_closed(sock)
                sock.close()
            except OSError:
                pass
        assert len(dials) <= 25
        assert target.log().count('\n') - lines < 200
    finally:
        done.set()
        thread.join()
        listener.close()


def test_text_from_the_peer_reaches_no_terminal_raw(target):
    sock = call(target.host)
    sock.sendall(bgp.open_message(65001, '10.1.0.1') + bgp.KEEPALIVE_MESSAGE)
    target.wait_state('victim', 'established')
    sock.sendall(bgp.message(bgp.NOTIFICATION, bytes([6, 2, len(ESCAPES)]) + ESCAPES))
    sock.close()
    wait_until(lambda: 'owned' in (target.session('victim')['last_error'] or {}).get('text', ''), 10, 'it is not told')
    shown = ''.join(target.ctl(*words).stdout
                    for words in (['status'], ['show', 'victim'], ['-j', 'show', 'victim']))
    for text in (shown, target.log()):
        assert 'owned' in text
        assert not [c for c in text if c != '\n' and (ord(c) < 32 or 0x7f <= ord(c) < 0xa0 or c in '\u202e\ufffd')]


def test_a_script_that_closes_its_input_swallows_nothing(lab, target):
    deaf = {'exec': {'command': ['/bin/sh', '-c', 'exec sleep 1000 <&-'], 'direction': 'R', 'type': ['UPDATE'],
                     'on-failure': 'bypass'}}
    target.config['pipelines']['deaf'] = proxy('127.2.0.3', '127.1.0.3', '127.4.0.3', '127.3.0.3', deaf)
    target.reload()
    far = lab.speaker(target.host, 65002, '10.2.0.3').listen('127.4.0.3')
    near = lab.speaker(target.host, 65001, '10.1.0.3').dial('127.2.0.3', source='127.1.0.3').wait_established()
    target.wait_state('deaf', 'established')
    sent = [bgp.announce([f'10.0.{n}.0/24'], [65001], '10.0.0.1') for n in range(200)]
    for one in sent:
        near.send(one)
    session = far.wait_established()
    wait_until(lambda: session.update_count >= len(sent), 20, lambda: f'{session.update_count} of {len(sent)} came')
    assert session.updates() == sent


def test_subscriptions_in_any_number_slow_nobody_down(target):
    with pytest.raises(ControlError, match='names'):
        target.call('events.subscribe', names=['*a*b*c*d'] * 1000)
    held = []
    for _ in range(20):
        held.append(target.control())
        for _ in range(8):
            held[-1].call('messages.subscribe')
    sock = call(target.host)
    sock.sendall(bgp.open_message(65001, '10.1.0.1') + bgp.KEEPALIVE_MESSAGE)
    target.wait_state('victim', 'established')
    sock.sendall(bgp.announce(['10.0.0.0/24', '10.0.1.0/24'], [65001], '10.0.0.1') * 20000)
    began = time.monotonic()
    assert target.status()['pipelines'][0]['state'] == 'established'
    assert time.monotonic() - began < 2
    wait_until(lambda: target.far.wait_established().update_count >= 20000, 30, 'the messages do not come')
    for one in held:
        one.close()
    sock.close()
