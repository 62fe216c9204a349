"""Reload: only what changed is touched; everything else keeps its TCP connections. A bad file changes nothing."""

import pytest

from lib import bgp, sequence
from lib.control import ControlError
from lib.daemon import proxy, sanitized
from lib.proc import Program, wait_until

PAIRS = 6


def ends(number):
    return tuple(f'127.{place}.0.{number + 1}' for place in (1, 2, 3, 4))


def pipeline(number, *between, **more):
    left, listen, source, right = ends(number)
    return proxy(listen, left, right, source, *between, **more)


def limit(session):
    return {'limit': {'ipv4': True, 'session': session, 'direction': 'R'}}


class Six:
    """Six established pipelines p0 … p5, p0 with a limit; pairs for two more are ready."""

    def __init__(self, lab):
        self.host = lab.host('all')
        self.daemon = lab.daemon({f'p{number}': pipeline(number, *([limit(10)] if number == 0 else []))
                                  for number in range(PAIRS)}, self.host)
        self.pairs = []
        for number in range(PAIRS + 1):
            left, listen, _, right = ends(number)
            far = lab.speaker(self.host, 65002, f'10.2.0.{number + 1}').listen(right)
            near = lab.speaker(self.host, 65001, f'10.1.0.{number + 1}').dial(listen, source=left)
            self.pairs.append((near, far))
        self.sessions = [(near.wait_established(), far.wait_established()) for near, far in self.pairs[:PAIRS]]
        for number in range(PAIRS):
            self.daemon.wait_state(f'p{number}', 'established')

    @property
    def pipelines(self):
        return self.daemon.config['pipelines']

    def identity(self, number):
        """What must not change of an untouched pipeline: the session, its start and its connections."""
        session = self.daemon.session(f'p{number}')
        return session['id'], session['since'], session['restarts'], [(leg['local'], leg['remote']) for leg in session['legs']]

    def assert_untouched(self, before, numbers):
        for number in numbers:
            assert self.identity(number) == before[number], f'p{number}'
            near, far = self.sessions[number]
            assert near.established and far.established, f'p{number}'


@pytest.fixture
def six(lab):
    return Six(lab)


def actions(result):
    return {one['pipeline']: one['action'] for one in result['plan'] if one['action'] != 'unchanged'}


def test_only_what_changed_is_touched(six):
    before = [six.identity(number) for number in range(PAIRS)]
    six.pipelines['p1']['stages'][-1]['connect']['address'] = '127.4.0.99'
    del six.pipelines['p5']
    six.pipelines['p6'] = pipeline(6)
    result = six.daemon.reload()
    assert result['changed'] and not result['problems']
    assert actions(result) == {'p1': 'restarted', 'p5': 'removed', 'p6': 'added'}
    assert all(one['why'] for one in result['plan'] if one['action'] != 'unchanged')
    for speaker in six.pairs[6]:
        speaker.wait_established()
    six.assert_untouched(before, [0, 2, 3, 4])
    wait_until(lambda: six.sessions[5][0].ended_at and six.sessions[5][1].ended_at, 5, 'p5 still there')
    wait_until(lambda: six.sessions[1][1].ended_at, 5, 'p1 still connected to its old peer')
    with pytest.raises(ControlError):
        six.daemon.pipeline('p5')


def test_a_limit_changes_in_place_with_both_legs_up(six):
    before = [six.identity(number) for number in range(PAIRS)]
    near, far = six.sessions[0]
    near.send(sequence.updates(0, 20))
    wait_until(lambda: len(sequence.numbers(far.updates())) == 10, 5, lambda: f'{far.update_count} came, limit is 10')
    six.pipelines['p0']['stages'][1] = limit(15)
    assert actions(six.daemon.reload()) == {'p0': 'updated'}
    six.assert_untouched(before, range(PAIRS))
    near.send(sequence.updates(20, 20))
    wait_until(lambda: len(sequence.numbers(far.updates())) == 15, 5, lambda: f'{far.update_count} came, limit is 15')
    # Ten from before count on: the table of the running stage was kept.
    near.send(bgp.KEEPALIVE_MESSAGE)
    assert sequence.numbers(far.updates()) == list(range(10)) + list(range(20, 25))


def test_the_same_configuration_is_a_no_op(six):
    before = [six.identity(number) for number in range(PAIRS)]
    # Another spelling of the same thing.
    six.pipelines['p2']['restart'] = {'max-delay': '1000ms', 'jitter': 0.0, 'min-delay': '0.2s'}
    result = six.daemon.reload()
    assert not result['changed'] and actions(result) == {}
    six.assert_untouched(before, range(PAIRS))


def test_a_dry_run_prints_the_plan_and_changes_nothing(six):
    before = [six.identity(number) for number in range(PAIRS)]
    del six.pipelines['p3']
    six.pipelines['p6'] = pipeline(6)
    six.daemon.write_config()
    done = six.daemon.ctl('reload', '--dry-run')
    assert done.returncode == 0, done.stdout + done.stderr
    assert 'p3' in done.stdout and 'removed' in done.stdout and 'p6' in done.stdout and 'added' in done.stdout
    six.assert_untouched(before, range(PAIRS))
    assert {one['name'] for one in six.daemon.call('pipeline.list')['pipelines']} == {f'p{number}' for number in range(PAIRS)}


BAD = '''control: { socket: "%s" }
pipelines:
  p0:
    stages:
      - listen: { address: "127.2.0.1:179", peer: 127.1.0.1 }
      - limit: { ipv4: yes, sesion: 10 }
      - connect: { address: 127.4.0.1, timeout: soon }
'''


def test_a_bad_file_changes_nothing_and_says_where(six):
    before = [six.identity(number) for number in range(PAIRS)]
    six.daemon.config_path.write_text(BAD % six.daemon.socket_path)
    done = six.daemon.ctl('reload')
    said = done.stdout + done.stderr
    assert done.returncode == 1, said
    name = six.daemon.config_path.name
    # Both mistakes at once, each with its place, the first with what was probably meant.
    assert f'{name}:6:' in said and f'{name}:7:' in said and 'session' in said
    result = six.daemon.call('config.reload')
    assert not result['changed']
    assert [(one['line'], one['column'] > 0) for one in result['problems']] == [(6, True), (7, True)]
    six.daemon.hang_up()
    wait_until(lambda: f'{name}:6:' in six.daemon.log(), 5, 'the log says nothing of a bad reload')
    six.assert_untouched(before, range(PAIRS))
    last = six.daemon.status()['daemon']['last_reload']
    assert last['ok'] is False and last['error']


def test_sighup_reloads(six):
    before = [six.identity(number) for number in range(PAIRS)]
    six.pipelines['p6'] = pipeline(6)
    six.daemon.write_config()
    six.daemon.hang_up()
    six.pairs[6][0].wait_established()
    six.assert_untouched(before, range(PAIRS))


def test_check_agrees_with_the_daemon(lab, six):
    bad = lab.directory / 'bad.yaml'
    bad.write_text(BAD % six.daemon.socket_path)
    for done in (six.host.run([six.daemon.argv[0], '--check', '-c', bad]), six.daemon.ctl('check', bad)):
        said = done.stdout + done.stderr
        assert done.returncode != 0 and 'bad.yaml:6:' in said and 'bad.yaml:7:' in said
    assert six.daemon.ctl('check', six.daemon.config_path).returncode == 0


def test_a_bad_file_at_start_up_ends_with_78(lab):
    daemon = lab.daemon({}, lab.host('all'), start=False)
    daemon.config_path.write_text(BAD % daemon.socket_path)
    daemon.expected_exit = 78
    Program.start(daemon)
    assert daemon.wait(10) == 78
    assert f'{daemon.config_path.name}:6:' in daemon.log()


def test_stages_come_and_go_under_traffic_and_no_message_is_lost(six):
    """A limit is put into a running pipeline, then a script in front of it, then both leave again."""
    before = [six.identity(number) for number in range(PAIRS)]
    near, far = six.sessions[1]
    stages = six.pipelines['p1']['stages']
    script = {'exec': {'command': ['/bin/cat'], 'direction': 'R', 'on-failure': 'bypass'}}
    plans = [[stages[0], limit(0), stages[-1]], [stages[0], script, limit(0), stages[-1]], [stages[0], script, stages[-1]],
             [stages[0], stages[-1]]]
    for number, plan in enumerate(plans):
        near.send(sequence.updates(number * 2000, 1000))
        six.pipelines['p1']['stages'] = plan
        assert actions(six.daemon.reload()) == {'p1': 'updated'}
        near.send(sequence.updates(number * 2000 + 1000, 1000))
    count = 2000 * len(plans)
    wait_until(lambda: far.update_count >= count, 15, lambda: f'{far.update_count} of {count} came')
    assert sequence.fault(far.updates(), count) is None
    six.assert_untouched(before, range(PAIRS))


def test_two_pipelines_that_want_the_same_connections_are_refused(lab):
    host = lab.host('all')
    daemon = lab.daemon({'a': pipeline(0), 'b': pipeline(1)}, host)
    daemon.config['pipelines']['b']['stages'][0] = daemon.config['pipelines']['a']['stages'][0]
    result = daemon.reload()
    assert not result['changed'] and 'b' in result['problems'][0]['text'] and result['problems'][0]['line'] > 0


def test_an_address_in_use_fails_that_pipeline_alone_and_is_tried_again(lab):
    host = lab.host('all')
    other = host.socket()
    other.bind((ends(0)[1], 179))
    other.listen(1)
    daemon = lab.daemon({'a': pipeline(0), 'b': pipeline(1)}, host)
    daemon.wait_state('a', 'failed')
    daemon.wait_state('b', 'waiting')
    assert 'address already in use' in daemon.pipeline('a')['error']
    assert 'address already in use' in daemon.ctl('status').stdout
    other.close()
    daemon.wait_state('a', 'waiting')


def test_hundreds_of_pipelines_are_added_and_removed_at_once(lab):
    count = 50 if sanitized() else 500
    daemon = lab.daemon({}, lab.host('all'))
    descriptors = daemon.descriptors()
    daemon.config['pipelines'] = {
        f'p{number}': proxy(f'127.2.{number // 250}.{number % 250 + 1}', '127.1.0.1', '127.4.0.1', '127.3.0.1')
        for number in range(count)}
    assert len(actions(daemon.reload())) == count
    assert not daemon.reload()['changed']
    assert len(daemon.status()['pipelines']) == count
    daemon.config['pipelines'] = {}
    daemon.reload()
    assert daemon.call('pipeline.list')['pipelines'] == []
    wait_until(lambda: daemon.descriptors() <= descriptors, 5, 'descriptors leak')
