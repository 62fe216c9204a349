"""A script in the path: slow, stopped, killed. Nothing is lost, nothing changes its place, no hold timer fires."""

import os
import signal
import sys
import textwrap
import threading
import time

import pytest

from lib import bgp, sequence
from lib.daemon import proxy
from lib.proc import wait_until

HOLD = 6
STALL = 10  # the least max-stall there is unless one is set
COUNT = 3000

# Prints every line back as it is; writes its process id first. Arguments: file for the id, seconds to wait for each line.
ECHO = textwrap.dedent('''
    import os, sys, time
    with open(sys.argv[1] + '.new', 'w') as file:
        file.write(str(os.getpid()))
    os.rename(sys.argv[1] + '.new', sys.argv[1])
    pause = float(sys.argv[2])
    for line in sys.stdin:
        if pause:
            time.sleep(pause)
        sys.stdout.write(line)
        sys.stdout.flush()
''')


class Scripted:
    """One established pipeline with a script in both directions or one; without a text of its own, the script echoes."""

    def __init__(self, lab, pause=0.0, direction='LR', text=ECHO, **options):
        host = lab.host('all')
        self.pid_file = lab.directory / 'script.pid'
        script = lab.directory / 'script.py'
        script.write_text(textwrap.dedent(text))
        command = [sys.executable, '-u', str(script), str(self.pid_file), str(pause)]
        stage = {'exec': {'command': command, 'direction': direction, **options}}
        self.daemon = lab.daemon({'cross': proxy('127.2.0.1', '127.1.0.1', '127.4.0.1', '127.3.0.1', stage)}, host)
        self.right = lab.speaker(host, 65002, '10.2.0.1', hold=HOLD).listen('127.4.0.1')
        self.left = lab.speaker(host, 65001, '10.1.0.1', hold=HOLD).dial('127.2.0.1', source='127.1.0.1')
        self.near, self.far = self.left.wait_established(), self.right.wait_established()
        self.daemon.wait_state('cross', 'established')

    @property
    def script(self):
        """Process id of the script that runs now."""
        return int(self.pid_file.read_text())

    def wait_new_script(self, old, timeout=15):
        return wait_until(lambda: self.pid_file.exists() and self.script != old and self.script, timeout, 'no new script')

    def exec_stage(self):
        return next(stage for stage in self.daemon.session('cross')['stages'] if stage['kind'] == 'exec')

    def wait_numbers(self, count, timeout):
        wait_until(lambda: self.far.update_count >= count and self.near.update_count >= count, timeout,
                   lambda: f'{self.far.update_count} and {self.near.update_count} of {count}: {self.exec_stage()}', every=0.2)

    def assert_complete(self, count):
        assert sequence.fault(self.far.updates(), count, stream=1) is None
        assert sequence.fault(self.near.updates(), count, stream=2) is None

    def assert_undisturbed(self):
        for session in (self.near, self.far):
            assert session.established, session.reason
            assert session.longest_silence < HOLD, session.longest_silence
        assert self.daemon.session('cross')['restarts'] == 0

    def send(self, first, count):
        """Both ends send their own stream."""
        self.near.send(sequence.updates(first, count, stream=1))
        self.far.send(sequence.updates(first, count, stream=2))


def test_a_slow_script_delays_and_nothing_else(lab):
    scripted = Scripted(lab, pause=0.001, **{'on-failure': 'block'})
    scripted.send(0, COUNT)
    scripted.wait_numbers(COUNT, 40)
    scripted.assert_complete(COUNT)
    scripted.assert_undisturbed()


def test_a_stopped_script_holds_messages_for_longer_than_the_hold_time(lab):
    scripted = Scripted(lab, **{'on-failure': 'block'})
    scripted.send(0, 100)
    scripted.wait_numbers(100, 10)
    os.kill(scripted.script, signal.SIGSTOP)
    stopped = time.monotonic()
    scripted.send(100, COUNT - 100)
    wait_until(lambda: time.monotonic() - stopped > HOLD * 1.5, HOLD * 2, 'time', every=0.2)
    scripted.assert_undisturbed()
    assert scripted.far.update_count < COUNT
    os.kill(scripted.script, signal.SIGCONT)
    scripted.wait_numbers(COUNT, 20)
    scripted.assert_complete(COUNT)
    scripted.assert_undisturbed()


def stop_now(pid):
    """Until it has stopped it may still read."""
    os.kill(pid, signal.SIGSTOP)
    with open(f'/proc/{pid}/stat') as stat:
        wait_until(lambda: stat.seek(0) == 0 and stat.read().rpartition(')')[2].split()[0] == 'T', 5, 'it does not stop')


def test_a_stopped_script_is_bypassed_long_before_its_pipe_is_full(lab):
    scripted = Scripted(lab, **{'on-failure': 'bypass'})
    scripted.send(0, 100)
    scripted.wait_numbers(100, 10)
    victim = scripted.script
    stop_now(victim)
    scripted.send(100, 10)
    scripted.wait_numbers(110, STALL + 3)
    scripted.assert_complete(110)
    scripted.assert_undisturbed()
    scripted.wait_new_script(victim)
    wait_until(lambda: scripted.exec_stage()['counters']['bypassed'] == 20, 5, scripted.exec_stage)


def test_a_stopped_script_resets_the_session_if_it_shall(lab):
    scripted = Scripted(lab, **{'on-failure': 'reset'})
    before, victim = scripted.near, scripted.wait_new_script(0)
    stop_now(victim)
    scripted.send(0, 10)
    wait_until(lambda: before.ended_at, STALL + 3, 'session still up')
    scripted.daemon.wait_state('cross', 'established', 20)
    assert 'neither reads nor prints' in str(scripted.daemon.session('cross')['last_error'])
    assert scripted.script != victim


@pytest.mark.parametrize('policy', ['bypass', 'block'])
def test_a_killed_script_loses_no_message(lab, policy):
    scripted = Scripted(lab, pause=0.0005, **{'on-failure': policy})
    victim = scripted.script
    scripted.send(0, COUNT // 2)
    wait_until(lambda: scripted.far.update_count > 50, 10, 'script does nothing')
    os.kill(victim, signal.SIGKILL)
    scripted.send(COUNT // 2, COUNT - COUNT // 2)
    scripted.wait_numbers(COUNT, 30)
    scripted.assert_complete(COUNT)
    scripted.assert_undisturbed()
    scripted.wait_new_script(victim)


def test_a_script_killed_again_and_again(lab):
    scripted = Scripted(lab, **{'on-failure': 'bypass'})
    for round_ in range(5):
        victim = scripted.script
        scripted.near.send(sequence.updates(round_ * 400, 200))
        os.kill(victim, signal.SIGKILL)
        scripted.near.send(sequence.updates(round_ * 400 + 200, 200))
        scripted.wait_new_script(victim, 20)
    wait_until(lambda: scripted.far.update_count >= 2000, 20, lambda: f'{scripted.far.update_count} of 2000')
    assert sequence.fault(scripted.far.updates(), 2000) is None
    scripted.assert_undisturbed()


def test_reset_on_failure_ends_the_session_and_it_comes_back(lab):
    scripted = Scripted(lab, **{'on-failure': 'reset'})
    before = scripted.near
    os.kill(scripted.script, signal.SIGKILL)
    wait_until(lambda: before.ended_at, 10, 'session still up')
    scripted.daemon.wait_state('cross', 'established', 20)
    assert 'exec' in str(scripted.daemon.session('cross')['last_error'])


def test_no_child_outlives_the_daemon(lab):
    scripted = Scripted(lab)
    victim = scripted.script
    scripted.daemon.stop()
    wait_until(lambda: not os.path.exists(f'/proc/{victim}'), 5, 'the script outlived the daemon')


@pytest.mark.parametrize('policy', ['bypass', 'block'])
def test_a_script_killed_under_full_load_in_both_directions(lab, policy):
    scripted, count = Scripted(lab, **{'on-failure': policy}), 40_000
    senders = [threading.Thread(target=end.send, args=(sequence.updates(0, count, stream=stream),), daemon=True)
               for end, stream in ((scripted.near, 1), (scripted.far, 2))]
    for sender in senders:
        sender.start()
    victim = 0
    for _ in range(4):
        victim = scripted.wait_new_script(victim)
        os.kill(victim, signal.SIGKILL)
    scripted.wait_numbers(count, 40)
    scripted.assert_complete(count)
    scripted.assert_undisturbed()


GARBAGE_ONCE = '''
    import os, sys
    for number, line in enumerate(sys.stdin):
        if number == 500 and not os.path.exists('once'):
            open('once', 'w').close()
            print('this is not JSON [[[')
        print(line, end='')
'''

HALF_A_LINE = '''
    import os, sys
    for number, line in enumerate(sys.stdin):
        if number == 200 and not os.path.exists('once'):
            open('once', 'w').close()
            sys.stdout.write(line[:40])
            sys.stdout.flush()
            os._exit(1)
        print(line, end='')
'''


@pytest.mark.parametrize('text', [GARBAGE_ONCE, HALF_A_LINE])
@pytest.mark.parametrize('policy', ['bypass', 'block'])
def test_a_script_that_prints_garbage_costs_no_message(lab, text, policy):
    """What it had not answered goes on, or to its successor; what it still prints is not taken a second time."""
    scripted = Scripted(lab, direction='R', text=text, **{'on-failure': policy})
    scripted.near.send(sequence.updates(0, COUNT))
    wait_until(lambda: scripted.far.update_count >= COUNT, 20,
               lambda: f'{scripted.far.update_count} of {COUNT}: {scripted.exec_stage()}')
    wait_until(lambda: scripted.exec_stage()['counters']['restarts'] == 1, 10, 'no new script')
    assert sequence.fault(scripted.far.updates(), COUNT) is None
    scripted.assert_undisturbed()


def test_a_script_that_filters_and_edits(lab):
    """Odd numbers are left out, the others get a community; what stays keeps its order."""
    scripted = Scripted(lab, direction='R', text='''
        import json, sys
        for line in sys.stdin:
            message = json.loads(line)
            if message[3] == 'UPDATE' and message[4].get('reach'):
                if int(message[4]['reach'][0].split('/')[0].split('.')[-1]) % 2:
                    continue
                message[4]['attrs']['COMMUNITY'] = {'flags': 'OT', 'value': ['65000:1']}
            print(json.dumps(message))
        ''')
    scripted.near.send(sequence.updates(0, COUNT))
    wait_until(lambda: scripted.far.update_count >= COUNT // 2, 20, lambda: f'{scripted.far.update_count}')
    updates = scripted.far.updates()
    assert sequence.numbers(updates) == list(range(0, COUNT, 2))
    for data in updates:
        assert (0xc0, bgp.COMMUNITIES, b'\xfd\xe8\0\1') in bgp.parse_update(data)[2]


def test_a_new_command_takes_over_and_no_message_is_lost(lab):
    scripted = Scripted(lab, direction='R', **{'on-failure': 'bypass'})
    stage = scripted.daemon.config['pipelines']['cross']['stages'][1]['exec']
    python = stage['command']
    for round_ in range(4):
        scripted.near.send(sequence.updates(round_ * 1000, 1000))
        stage['command'] = ['/bin/cat'] if round_ % 2 == 0 else python
        assert scripted.daemon.reload()['plan'][0]['action'] == 'updated'
    scripted.near.send(sequence.updates(4000, 1000))
    wait_until(lambda: scripted.far.update_count >= 5000, 20, lambda: f'{scripted.far.update_count} of 5000')
    assert sequence.fault(scripted.far.updates(), 5000) is None
    scripted.assert_undisturbed()
    wait_until(lambda: len(children(scripted.daemon.pid)) == 1, 5, 'old scripts live on')


def children(pid):
    return [child for thread in os.listdir(f'/proc/{pid}/task')
            for child in open(f'/proc/{pid}/task/{thread}/children').read().split()]
