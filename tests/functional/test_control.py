"""The control socket under abuse: the daemon serves the next client at once, and its memory is flat."""

import json
import os
import random
import socket
import time

import pytest

from lib import sequence
from lib.control import Control, ControlError
from lib.daemon import binary, proxy, sanitized
from lib.proc import Program, wait_until

CONNECTIONS = 5000
BATCH = 250


@pytest.fixture
def daemon(lab):
    """A daemon with one established pipeline; `daemon.near` and `daemon.far` are its ends."""
    host = lab.host('all')
    made = lab.daemon({'cross': proxy('127.2.0.1', '127.1.0.1', '127.4.0.1', '127.3.0.1')}, host)
    far = lab.speaker(host, 65002, '10.2.0.1').listen('127.4.0.1')
    near = lab.speaker(host, 65001, '10.1.0.1').dial('127.2.0.1', source='127.1.0.1')
    made.near, made.far = near.wait_established(), far.wait_established()
    made.wait_state('cross', 'established')
    return made


def assert_serves_at_once(daemon, within=1.0):
    began = time.monotonic()
    assert daemon.status()['pipelines'][0]['state'] == 'established'
    assert time.monotonic() - began < within


def assert_flat(before, after, kib):
    assert sanitized() or after - before < kib, f'memory grew from {before} to {after} KiB'


def raw(daemon):
    made = socket.socket(socket.AF_UNIX)
    made.settimeout(10)
    made.connect(str(daemon.socket_path))
    return made


def test_five_thousand_connections_half_of_them_dropped(daemon):
    request = b'{"jsonrpc":"2.0","id":1,"method":"daemon.status"}\n'
    assert_serves_at_once(daemon)
    descriptors = daemon.descriptors()
    dice, memory = random.Random(1), []
    for _ in range(CONNECTIONS // BATCH):
        batch = [raw(daemon) for _ in range(BATCH)]
        for number, one in enumerate(batch):
            one.sendall(request if number % 2 else request[:dice.randrange(len(request))])
        for number, one in enumerate(batch):
            if number % 2:
                assert b'"result"' in one.recv(1 << 16)
            one.close()
        memory.append(daemon.memory_kib())
    assert_serves_at_once(daemon)
    wait_until(lambda: daemon.descriptors() <= descriptors, 5, 'descriptors leak')
    assert_flat(memory[2], memory[-1], 4096)
    assert daemon.near.established and daemon.far.established


def test_garbage_gets_an_error_and_the_next_client_an_answer(daemon):
    for data in (b'\0' * 1000 + b'\n', b'{"jsonrpc":"2.0","id":1\n', b'[]\n', b'"text"\n', b'{"id":{},"method":3}\n',
                 b'[' * 5000 + b'\n', b'\xff\xfe{}\n', os.urandom(2000).replace(b'\n', b'') + b'\n'):
        with Control(daemon.socket_path) as control:
            control.send_raw(data)
            answer = control.line()
            assert answer is None or answer['error']['code'] in (-32700, -32600), data[:40]
        assert_serves_at_once(daemon)
    with Control(daemon.socket_path) as control:
        for method, params, code in (('no.such', {}, -32601), ('pipeline.show', {}, -32602),
                                     ('pipeline.show', {'name': 'x'}, -32001), ('pipeline.show', {'name': 7}, -32602)):
            with pytest.raises(ControlError) as caught:
                control.call(method, **params)
            assert caught.value.code == code
        assert control.call('daemon.info')['pid'] == daemon.pid


def test_lines_of_a_mebibyte_are_refused_in_bounded_memory(daemon):
    assert_serves_at_once(daemon)
    before = daemon.memory_kib()
    for _ in range(20):
        with Control(daemon.socket_path) as control:
            try:
                control.send_raw(json.dumps({'jsonrpc': '2.0', 'id': 1, 'method': 'x' * (1 << 20)}).encode() + b'\n')
                answer = control.line()
                assert answer is None or 'error' in answer
            except ConnectionError:
                pass
        assert_serves_at_once(daemon)
    # A line without an end: nothing of it may be kept for ever.
    endless = raw(daemon)
    try:
        for _ in range(64):
            endless.sendall(b'x' * (1 << 16))
    except ConnectionError:
        pass
    assert_serves_at_once(daemon)
    endless.close()
    assert_flat(before, daemon.memory_kib(), 4096)


def test_a_tail_that_never_reads_stops_nobody(daemon):
    """Its records are dropped, counted and reported; the session and other clients go on."""
    lazy = Control(daemon.socket_path)
    lazy.call('messages.subscribe', pipeline='cross')
    daemon.near.send(sequence.updates(0, 2000, padding=20))
    wait_until(lambda: daemon.far.update_count >= 2000, 15, 'stream')
    assert_serves_at_once(daemon)
    before = daemon.memory_kib()
    daemon.near.send(sequence.updates(2000, 40_000, padding=20))
    wait_until(lambda: daemon.far.update_count >= 42_000, 30, lambda: f'{daemon.far.update_count} came')
    assert sequence.fault(daemon.far.updates(), 42_000) is None
    assert_serves_at_once(daemon)
    assert_flat(before, daemon.memory_kib(), 8192)
    lagged = 0
    while not lagged:
        record = lazy.notification()
        lagged = record['params'].get('lagged', 0)
    assert lagged > 0
    lazy.close()


def test_tails_with_a_limit_end_by_themselves_in_the_middle_of_a_burst(daemon):
    for round_ in range(20):
        with Control(daemon.socket_path) as messages:
            messages.call('messages.subscribe', pipeline='cross', direction='R', limit=3)
            daemon.near.send(sequence.updates(round_ * 200, 200))
            seen = []
            while 'closed' not in (params := messages.notification()['params']):
                seen.append(params['message'])
            assert len(seen) == 3
    assert_serves_at_once(daemon)


def test_a_tail_that_reads_sees_every_message_and_event(daemon):
    with Control(daemon.socket_path) as messages, Control(daemon.socket_path) as events:
        messages.call('messages.subscribe', pipeline='cross', direction='R', limit=500)
        events.call('events.subscribe', pipeline='cross', names=['ESTABLISHED', 'EOR'])
        daemon.near.send(sequence.updates(0, 500))
        seen = []
        while len(seen) < 500:
            params = messages.notification()['params']
            assert 'lagged' not in params
            if params['message']['line'][3] == 'UPDATE':
                seen += params['message']['line'][4]['reach']
            else:
                break
        assert seen[:3] == ['11.0.0.0/32', '11.0.0.1/32', '11.0.0.2/32']
        daemon.near.close()
        event = events.notification(20)['params']['event']
        assert event['name'] == 'ESTABLISHED' and event['pipeline'] == 'cross' and event['seq'] > 0


def test_tail_prints_messages_as_bgpipe_does(daemon, lab):
    """Members in their order, so that a line can be compared, and read by our own stdin."""
    tail = lab.program(Program('tail', [binary('bgpipectl'), '-s', daemon.socket_path, 'tail', 'cross', '--messages', '-n', '5'],
                               lab.directory)).start()

    def ended():
        daemon.near.send(sequence.updates(0, 1))
        return not tail.running
    wait_until(ended, 10, 'tail does not end')
    assert tail.exit_code == 0
    lines = [line for line in tail.log().splitlines() if line.startswith('[')]
    assert len(lines) == 5
    for line in lines:
        assert ',"UPDATE",{"reach":["11.0.0.' in line and json.loads(line)[4]['attrs']['NEXTHOP']


def test_every_result_is_what_rpc_describe_says(daemon):
    described = {one['name']: one for one in daemon.call('rpc.describe')['methods']}
    for method, params in (('daemon.info', {}), ('daemon.status', {}), ('pipeline.list', {}), ('config.show', {}),
                           ('pipeline.show', {'name': 'cross'}), ('config.reload', {'dry_run': True})):
        result = daemon.call(method, **params)
        assert set(result) == {one['name'] for one in described[method]['result']}, method


def test_check_takes_the_file_that_the_daemon_runs_with_wherever_it_was_started(lab):
    (lab.directory / 'my.yaml').write_text('control: { socket: ./my.sock }\npipelines: {}\n')
    host = lab.host('all')
    lab.program(Program('bgpiped', [binary('bgpiped'), '-c', 'my.yaml'], lab.directory, host)).start()
    path = str(lab.directory / 'my.sock')
    wait_until(lambda: os.path.exists(path), 10, 'no control socket')
    (lab.directory / 'my.yaml').write_text('pipelines: { x: { stages: [ conect ] } }\n')
    checked = host.run([binary('bgpipectl'), '-s', path, 'check'])
    assert checked.returncode == 1
    assert f'{lab.directory}/my.yaml:1:' in checked.stderr


def test_ctl_speaks_to_people_and_programs(daemon, lab):
    table = daemon.ctl('status')
    assert table.returncode == 0 and '\033' not in table.stdout
    assert 'cross' in table.stdout and 'established' in table.stdout
    assert json.loads(daemon.ctl('status', '-j').stdout)['pipelines'][0]['name'] == 'cross'
    assert 'cross' in daemon.ctl('list').stdout
    shown = daemon.ctl('show', 'cross').stdout
    assert '127.1.0.1' in shown and '127.4.0.1' in shown
    assert daemon.ctl('show', 'no-such').returncode == 4
    assert daemon.ctl('no-such-verb').returncode == 2
    restart = daemon.ctl('restart', 'cross')
    assert restart.returncode == 0, restart.stderr
    daemon.wait_state('cross', 'established')
    daemon.stop()
    assert daemon.ctl('status').returncode == 3
