"""Twenty pipelines in one daemon; four of them are in trouble, the other sixteen must not notice."""

import sys
import textwrap
import threading

from lib import sequence
from lib.daemon import proxy
from lib.proc import wait_until

GOOD = 16
MESSAGES = 3000
HOLD = 9

FLOODER = textwrap.dedent('''
    import json, sys
    number = 0
    while True:
        prefix = '203.0.113.%d/32' % (number % 256)
        number += 1
        print(json.dumps(['R', 0, '', 'UPDATE', {'reach': [prefix], 'attrs': {'ORIGIN': 'IGP', 'ASPATH': [65001],
              'NEXTHOP': '10.0.0.1'}}, {}]))
''')


def ends(number):
    """(left router, our address for it, our address for the right one, right router) of pipeline `number`."""
    return tuple(f'127.{place}.0.{number + 1}' for place in (1, 2, 3, 4))


def pipeline(number, *between, **more):
    left, listen, source, right = ends(number)
    return proxy(listen, left, right, source, *between, **more)


def pair(lab, host, number):
    left, listen, _, right = ends(number)
    far = lab.speaker(host, 65002, f'10.2.0.{number + 1}', hold=HOLD).listen(right)
    near = lab.speaker(host, 65001, f'10.1.0.{number + 1}', hold=HOLD).dial(listen, source=left)
    return near, far


def troubled(directory):
    """The four pipelines that misbehave, by name."""
    flooder = directory / 'flooder.py'
    flooder.write_text(FLOODER)
    return {
        'dies': pipeline(16, {'exec': {'command': ['/bin/sh', '-c', 'exit 3'], 'direction': 'R', 'on-failure': 'bypass'}}),
        'never-reads': pipeline(17, {'exec': {'command': ['/bin/sleep', '1000'], 'direction': 'R', 'on-failure': 'block'}}),
        'floods': pipeline(18, {'exec': {'command': [sys.executable, str(flooder)], 'direction': 'R', 'copy': True}}),
        'garbage': pipeline(19),
    }


def talk_garbage(lab, host):
    """A right end that answers every connection with noise."""
    listener = host.socket()
    listener.bind((ends(19)[3], 179))
    listener.listen(8)
    listener.settimeout(0.2)
    done = threading.Event()

    def serve():
        while not done.is_set():
            try:
                connection, _ = listener.accept()
                connection.sendall(bytes(range(256)) * 64)
                connection.close()
            except OSError:
                pass
    thread = threading.Thread(target=serve, daemon=True)
    thread.start()

    def end():
        done.set()
        thread.join()
        listener.close()
    lab.at_end(end)


def exec_counters(daemon, name):
    return next(stage for stage in daemon.session(name)['stages'] if stage['kind'] == 'exec')['counters']


def test_sixteen_sessions_do_not_notice_four_in_trouble(lab):
    host = lab.host('all')
    names = [f'good-{number}' for number in range(GOOD)]
    daemon = lab.daemon({**{name: pipeline(number) for number, name in enumerate(names)}, **troubled(lab.directory)}, host)
    talk_garbage(lab, host)
    good = [pair(lab, host, number) for number in range(GOOD)]
    bad = [pair(lab, host, number) for number in (16, 17, 18)]
    left, listen, _, _ = ends(19)
    lab.speaker(host, 65001, '10.1.0.20', hold=HOLD).dial(listen, source=left)
    sessions = [(near.wait_established(), far.wait_established()) for near, far in good]
    for name in names:
        daemon.wait_state(name, 'established')
    before = {name: daemon.session(name) for name in names}

    for first in range(0, MESSAGES, 100):
        for near, far in sessions:
            near.send(sequence.updates(first, 100))
            far.send(sequence.updates(first, 100, stream=2))
        for near, _ in bad:
            if near.session and near.session.established:
                near.session.try_send(sequence.updates(first, 100))

    wait_until(lambda: all(far.update_count >= MESSAGES and near.update_count >= MESSAGES for near, far in sessions), 40,
               lambda: f'{[far.update_count for _, far in sessions]} of {MESSAGES} came', every=0.3)
    # Longer than a hold time in all, so that a starved KEEPALIVE would show too.
    wait_until(lambda: all(far.age() > HOLD + 2 for _, far in sessions), HOLD + 5, 'time', every=0.3)
    for name, (near, far) in zip(names, sessions):
        assert sequence.fault(far.updates(), MESSAGES) is None, name
        assert sequence.fault(near.updates(), MESSAGES, stream=2) is None, name
        assert near.established and far.established, name
        after = daemon.session(name)
        assert (after['id'], after['since'], after['restarts']) == \
            (before[name]['id'], before[name]['since'], before[name]['restarts']), name
        assert max(near.longest_silence, far.longest_silence) < HOLD * 2 / 3, name
    # And the four were in trouble indeed.
    assert daemon.session('garbage')['last_error']['leg'] == 'right'
    assert exec_counters(daemon, 'dies')['restarts'] >= 3
    assert exec_counters(daemon, 'never-reads')['unanswered'] > 0
    assert next(line for line in daemon.session('floods')['lines'] if line['direction'] == 'R')['injected'] > MESSAGES
    state = {one['name']: one['state'] for one in daemon.call('pipeline.list')['pipelines']}
    assert all(state[name] == 'established' for name in names)
