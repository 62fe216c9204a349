"""The script of the RIPE 88 talk, unchanged: it reads the seven-element JSON of 2024, asks a validator on 127.0.0.1:31339 about
every prefix, and prints an UPDATE with the invalid ones withdrawn.

The talk's own files lie beside the repository; ours does the same in the same order and has its own words."""

import http.server
import importlib.util
import json
import sys
import textwrap
import threading

import pytest

from conftest import missing
from lib import bgp
from lib.daemon import ROOT, bgpipe, proxy
from lib.proc import wait_until

TALK = ROOT.parent / 'shared/data/talk/validator.py'
PORT = 31339

OURS = textwrap.dedent('''
    import json, sys, urllib.request

    def invalid(origin, prefix):
        address = f'http://127.0.0.1:31339/api/v1/validity/{origin}/{prefix}'
        with urllib.request.urlopen(address) as answer:
            return json.load(answer)['validated_route']['validity']['state'] == 'invalid'

    for line in sys.stdin:
        direction, number, time, length, kind, data, tags = message = json.loads(line)
        assert isinstance(length, int) and length >= 0
        if kind == 'UPDATE' and data.get('reach'):
            origin = data['attrs']['ASPATH']['value'][-1]
            wrong = [prefix for prefix in data['reach'] if invalid(origin, prefix)]
            if wrong:
                data['reach'] = [prefix for prefix in data['reach'] if prefix not in wrong]
                data['unreach'] = data.get('unreach', []) + wrong
                line = json.dumps(message) + '\\n'
        print(line, end='', flush=True)
''')


class Validator(http.server.ThreadingHTTPServer):
    """Says invalid of what it was told, and counts the questions."""

    def __init__(self, host, invalid):
        super().__init__(('127.0.0.1', PORT), Answer, bind_and_activate=False)
        self.socket.close()
        self.socket = host.socket()
        self.allow_reuse_address = True
        self.invalid, self.asked = invalid, []
        self.server_bind()
        self.server_activate()
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def end(self):
        self.shutdown()
        self.server_close()


class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        origin, prefix = self.path.removeprefix('/api/v1/validity/').split('/', 1)
        self.server.asked.append((int(origin), prefix))
        state = 'invalid' if (int(origin), prefix) in self.server.invalid else 'valid'
        body = json.dumps({'validated_route': {'validity': {'state': state}}}).encode()
        self.send_response(200)
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture(params=['of the talk', 'our own'])
def script(request, tmp_path):
    if request.param == 'our own':
        path = tmp_path / 'validator.py'
        path.write_text(OURS)
        return path
    if not TALK.exists():
        pytest.skip(f'{TALK} is not there')
    if importlib.util.find_spec('requests') is None:
        missing('python3-requests is not installed')
    return TALK


@pytest.fixture
def place(lab):
    lab.need('bgpipe')
    host = lab.host('all')

    def validator(invalid):
        made = Validator(host, invalid)
        lab.at_end(made.end)
        return made

    return host, validator


def test_in_a_file_of_messages(lab, place, script):
    host, validator = place
    asked = validator({(64500, '198.51.100.0/24'), (64500, '203.0.113.0/24')}).asked
    messages = [bgp.announce(['192.0.2.0/24', '198.51.100.0/24'], [64510, 64500], '192.0.2.1', communities=[(65000, 1)]),
                bgp.announce(['203.0.113.0/24'], [64510, 64500], '192.0.2.1'),
                bgp.announce(['203.0.113.0/24'], [64510, 64501], '192.0.2.1'),
                bgp.withdraw(['203.0.113.0/24']),
                bgp.announce_ipv6(['2001:db8:1::/48'], [64510, 64500], '2001:db8::1'),
                bgp.END_OF_RIB, bgp.KEEPALIVE_MESSAGE]
    (lab.directory / 'in.raw').write_bytes(b''.join(messages))
    out = lab.directory / 'out.raw'
    done = bgpipe(host, 'read', '--format', 'raw', lab.directory / 'in.raw', '--', 'exec', '--format', 'json7', '-A',
                  sys.executable, script, '--', 'write', '--format', 'raw', out)
    assert done.returncode == 0, done.stderr
    found, rest = bgp.split(out.read_bytes())
    attributes = bgp.attributes([64510, 64500], '192.0.2.1', communities=[(65000, 1)])
    expected = list(messages)
    expected[0] = bgp.update(bgp.prefix('192.0.2.0/24'), attributes, bgp.prefix('198.51.100.0/24'))
    expected[1] = bgp.update(b'', bgp.attributes([64510, 64500], '192.0.2.1'), bgp.prefix('203.0.113.0/24'))
    assert rest == b'' and found == expected
    assert asked == [(64500, '192.0.2.0/24'), (64500, '198.51.100.0/24'), (64500, '203.0.113.0/24'), (64501, '203.0.113.0/24')]


def test_inside_a_session(lab, place, script):
    host, validator = place
    validator({(64500, '198.51.100.0/24')})
    stage = {'exec': {'command': [sys.executable, str(script)], 'direction': 'R', 'format': 'json7'}}
    daemon = lab.daemon({'cross': proxy('127.2.0.1', '127.1.0.1', '127.4.0.1', '127.3.0.1', stage)}, host)
    right = lab.speaker(host, 65002, '10.2.0.1').listen('127.4.0.1')
    left = lab.speaker(host, 65001, '10.1.0.1').dial('127.2.0.1', source='127.1.0.1')
    near, far = left.wait_established(), right.wait_established()
    daemon.wait_state('cross', 'established')
    sound = bgp.announce(['192.0.2.0/24'], [65001, 64500], '10.1.0.1')
    near.send(bgp.announce(['192.0.2.0/24', '198.51.100.0/24'], [65001, 64500], '10.1.0.1') + sound)
    wait_until(lambda: len(far.updates()) >= 2, 20, lambda: f'{far.updates()}')
    changed = bgp.update(bgp.prefix('192.0.2.0/24'), bgp.attributes([65001, 64500], '10.1.0.1'), bgp.prefix('198.51.100.0/24'))
    assert far.updates() == [changed, sound]
    assert near.established and far.established and daemon.session('cross')['restarts'] == 0
