"""bgpipe at a shell: the command lines of the manual and of the talk, against BIRD."""

import json
import subprocess

import pytest

from lib import bgp, mrt, routes
from lib.daemon import bgpipe, bgpipe_start, binary
from lib.peers import Bird, Config, Neighbor
from lib.proc import wait_until
from lib.topology import FAR, LEFT, RIGHT, Crossing, assert_identical_legs


@pytest.fixture(autouse=True)
def program(lab):
    lab.need('bgpipe')


def local_bird(lab, table):
    """BIRD on 127.0.0.1 that takes internal neighbours from anywhere on loopback and has the table."""
    host = lab.host('local')
    bird = lab.router(Bird, 'bird', Config(65001, '127.0.0.1', [
        Neighbor('pipes', 'range 127.0.0.0/24', 65001, passive=True, multihop=True, families=(4,)),
        Neighbor('feeder', '127.0.1.1', 65011, passive=True, multihop=True, families=(4,))]), host)
    feeder = lab.speaker(host, 65011, '127.0.1.1').dial('127.0.0.1', source='127.0.1.1').wait_established()
    feeder.send(b''.join(routes.messages(table, bytes([127, 0, 1, 1]), bytes(15) + b'\1', 65011, families=(4,))))
    wait_until(lambda: bird.count('feeder') == len(table), 15, lambda: f"BIRD has {bird.count('feeder')} of {len(table)}")
    return host


def lines_of(program):
    """Complete JSON lines of a program's log; the log also holds its stderr."""
    found = []
    for line in program.log().splitlines():
        if line.startswith('['):
            try:
                found.append(json.loads(line))
            except ValueError:
                pass
    return found


def announced(messages):
    return {prefix for one in messages if one[3] == 'UPDATE' for prefix in one[4].get('reach', [])}


def test_speaker_prints_opens_and_the_table_as_json(lab):
    table = [route for route in routes.small_table() if route[0] == 4]
    expected = {bgp.prefix_text(4, nlri) for _, nlri, _ in table}
    host = local_bird(lab, table)
    program = lab.program(bgpipe_start(host, lab.directory, '-o', 'speaker', '127.0.0.1'))
    wait_until(lambda: len(announced(lines_of(program))) >= len(expected), 20,
               lambda: f'{len(announced(lines_of(program)))} of {len(expected)} prefixes')
    messages = lines_of(program)
    assert announced(messages) == expected
    opens = {one[0]: one[4] for one in messages if one[3] == 'OPEN'}
    assert opens['L']['caps']['AS4'] == 65001 and opens['R']['caps']['AS4'] == 65001
    assert {one[0] for one in messages if one[3] == 'UPDATE'} == {'L'}

    text = '\n'.join(json.dumps(one) for one in messages) + '\n'
    jq = subprocess.run(['jq', '-c', 'select(.[3] == "UPDATE") | .[4].reach[]?'], input=text, capture_output=True,
                        text=True)
    assert jq.returncode == 0 and {json.loads(line) for line in jq.stdout.splitlines()} == expected
    again = bgpipe(host, '-o', 'stdin', '-LR', input=text)
    assert again.returncode == 0, again.stderr
    read = [json.loads(line) for line in again.stdout.splitlines()]
    for direction in 'LR':
        assert [one[3:5] for one in read if one[0] == direction] == [one[3:5] for one in messages if one[0] == direction]


def test_it_ends_when_nobody_reads_its_output_any_more(lab):
    table = [route for route in routes.small_table() if route[0] == 4]
    host = local_bird(lab, table)
    words = [binary('bgpipe'), '-o', 'speaker', '127.0.0.1']
    done = host.run(['sh', '-c', ' '.join(map(str, words)) + ' | head -n 2'], timeout=60)
    assert len(done.stdout.splitlines()) == 2, done.stderr


def test_a_reader_of_standard_output_that_has_seen_enough_is_no_failure(lab, tmp_path):
    table = tmp_path / 'in.raw'
    table.write_bytes((b'\xff' * 16 + b'\0\x13\4') * 200_000)
    for output in '', '-- write --format mrt -', 'stdout':
        line = f'{binary("bgpipe")} {table} {output}; echo $? >&2'
        done = subprocess.run(f'{{ {line}; }} | head -c 1000', shell=True, capture_output=True, timeout=60)
        assert (len(done.stdout), done.stderr) == (1000, b'0\n'), output


def test_it_is_a_filter_like_others_at_a_shell(lab):
    """Files come in by name, - or -i; a reader that has seen enough ends it in silence, with success."""
    host, path = lab.host('local'), routes.FIXTURES[0]
    out = lab.directory / 'out.mrt'

    def shell(line):
        words = f'set -o pipefail; {line}'.replace('bgpipe', str(binary('bgpipe'))).replace('FILE', str(path))
        done = host.run(['bash', '-c', words.replace('OUT', str(out))], timeout=60)
        assert (done.returncode, done.stderr) == (0, ''), f'{line}: {done.returncode} {done.stderr}'
        return done.stdout

    whole = shell('bgpipe FILE')
    assert len(whole.splitlines()) > 1000
    for line in ('cat FILE | bgpipe -', 'bgpipe - < FILE'):
        assert shell(line) == whole
    # What says no direction keeps that of the stage: both.
    assert len(shell('cat FILE | bgpipe -i').splitlines()) == len(whole.splitlines())
    assert shell('bgpipe FILE | bgpipe -i') == whole
    for line in ('bgpipe FILE', 'bgpipe read FILE -- stdout', 'bgpipe FILE | bgpipe -i'):
        assert shell(f'{{ {line}; }} | head -n1').splitlines() == shell(f'{line} | head -n1').splitlines()
        assert len(shell(f'{line} | head -n1').splitlines()) == 1
    shell('bgpipe read FILE -- write OUT')
    assert [data for _, _, _, data in mrt.messages(out)] == [data for _, _, _, data in mrt.messages(path)]
    assert json.loads(shell('printf \'announce route 10.0.0.0/8 next-hop 192.0.2.1\\n\' | bgpipe -i'))[4]['reach'] == ['10.0.0.0/8']


def test_what_a_form_has_no_place_for_is_told_at_the_end(lab):
    host, text = lab.host('local'), '["R",1,"","KEEPALIVE",null]\n["R",2,"","UPDATE",{"unreach":["10.0.0.0/8"]}]\n' * 2
    done = bgpipe(host, 'stdin', 'write', '--format', 'exa', lab.directory / 'x.exa', input=text)
    assert done.returncode == 0
    assert done.stderr.count('exa has no place for 2 KEEPALIVE: not written; it keeps no times') == 1, done.stderr
    done = bgpipe(host, 'stdin', 'write', lab.directory / 'x.json', input=text)
    assert (done.returncode, done.stderr) == (0, '')


def test_the_md5_proxy_of_the_talk(lab):
    key = 'solarwinds123'
    crossing = Crossing(lab, far_md5=key)
    table = routes.small_table()
    capture = lab.capture(crossing.middle)
    program = lab.program(bgpipe_start(crossing.middle, lab.directory, '--', 'listen', LEFT, '--',
                                       'connect', '--md5', key, '--bind', RIGHT, FAR))
    crossing.wait_established()
    collectors = crossing.collect()
    crossing.feed(table)
    crossing.assert_equal_tables(table, collectors)
    capture.stop()
    assert_identical_legs(capture)
    assert program.running and key not in program.log().split('\n', 1)[1]


def test_yaml_is_what_the_daemon_takes(lab):
    host = lab.host('local')
    done = bgpipe(host, '--yaml', '--', 'listen', ':179', '--', 'limit', '-4', '-s', '100', '--',
                  'exec', '-A', '/bin/cat', '--', 'connect', '--md5', '${x}', '10.0.0.1')
    assert done.returncode == 0, done.stderr
    assert 'never' not in done.stdout, 'the daemon connects again'
    path = lab.directory / 'made.yaml'
    path.write_text(done.stdout)
    lab.need('bgpiped')
    checked = host.run([binary('bgpiped'), '--check', '-c', path])
    assert checked.returncode == 0, done.stdout + checked.stdout + checked.stderr


def test_a_file_is_read_and_written_as_it_was(lab):
    """MRT in, MRT out: the same BGP messages; JSON in between loses nothing."""
    host, path = lab.host('local'), routes.FIXTURES[0]
    out = lab.directory / 'out.mrt.gz'
    done = bgpipe(host, '--', 'read', path, '--', 'write', out)
    assert done.returncode == 0, done.stderr
    before = [data for _, _, _, data in mrt.messages(path)]
    assert [data for _, _, _, data in mrt.messages(out)] == before
    text = bgpipe(host, '-o', '--', 'read', path)
    messages = [line for line in text.stdout.splitlines() if json.loads(line)[3] != 'REPORT']
    assert text.returncode == 0 and len(messages) == len(before), text.stderr
    again = lab.directory / 'again.mrt'
    done = bgpipe(host, '--', 'stdin', '--', 'write', again, input=text.stdout)
    assert done.returncode == 0, done.stderr
    assert [data for _, _, _, data in mrt.messages(again)] == before


def test_a_wrong_command_line_says_so(lab):
    host = lab.host('local')
    for words, word in ((['nosuchstage'], 'nosuchstage'), (['--', 'limit', '--sesion', '3'], 'sesion'),
                        (['connect'], 'connect')):
        done = bgpipe(host, *words)
        assert done.returncode in (1, 2) and word in done.stderr
