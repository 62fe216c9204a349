"""The unit file: systemd starts, reloads, refuses, watches and stops the daemon as an operator expects."""

import os
import subprocess

import pytest

from conftest import missing
from lib.daemon import ROOT, binary, sanitized
from lib.machine import SYSTEMD, Machine
from lib.proc import wait_until

GOOD = 'pipelines: {edge: {stages: [{listen: {address: "127.0.0.1:1179"}}, {connect: "127.0.0.1:1180"}]}}\n'
TWO = GOOD.replace('{edge:', '{more: {stages: [{listen: ":1181"}, {connect: "127.0.0.1:1180"}]}, edge:')
BAD = 'pipelines: {edge: {stages: [{conect: 127.0.0.1}]}}\n'


def unit_file():
    """The unit as it is installed, with the programs of this build."""
    text = (ROOT / 'systemd/bgpiped.service.in').read_text()
    return text.replace('@sbindir@', '/run/given').replace('@bindir@', '/run/given')


def cgroups_available():
    probe = 'umount -R /sys/fs/cgroup 2>/dev/null; mount -t cgroup2 cgroup2 /sys/fs/cgroup && mount -t tmpfs tmpfs /run && ' \
            'mkdir /run/u /run/w && mount -t overlay overlay -o lowerdir=/etc,upperdir=/run/u,workdir=/run/w /etc'
    return subprocess.run(['unshare', '--pid', '--fork', '--mount', '--cgroup', 'sh', '-c', probe], capture_output=True).returncode == 0


@pytest.fixture
def machine(lab, tmp_path):
    for name in ('bgpiped', 'bgpipectl'):
        lab.need(name)
    if not os.path.exists(SYSTEMD):
        missing(f'{SYSTEMD} is not installed')
    if sanitized():
        pytest.skip('the unit file allows no sanitizer')
    if not cgroups_available():
        # A matter of the kernel and of where CI runs, not of what is installed.
        pytest.skip('no systemd can run here: mounting cgroup2 or an overlay is not allowed')
    files = {'units/bgpiped.service': unit_file(), 'sysusers.conf': ROOT / 'systemd/sysusers.conf', 'bgpiped.yaml': GOOD,
             'bgpiped': binary('bgpiped'), 'bgpipectl': binary('bgpipectl')}
    return lab.program(Machine(tmp_path, files)).start()


def configure(machine, text):
    code, said = machine.run('sh', '-c', 'printf %s "$1" > /etc/bgpiped/bgpiped.yaml', 'sh', text)
    assert code == 0, said


def properties(machine, *names):
    code, said = machine.run('systemctl', 'show', 'bgpiped', *(f'-p{name}' for name in names))
    assert code == 0, said
    return dict(line.split('=', 1) for line in said.splitlines())


def pipelines(machine):
    code, said = machine.run('/run/given/bgpipectl', 'list', '--names')
    assert code == 0, said
    return said.split()


def test_systemd_starts_reloads_and_stops_the_daemon(machine):
    code, said = machine.run('systemctl', 'start', 'bgpiped')
    assert code == 0, said + machine.log()
    # Type=notify: it answers as soon as systemd says that it runs.
    assert pipelines(machine) == ['edge']
    before = properties(machine, 'MainPID', 'User', 'StatusText', 'WatchdogUSec')
    assert before['User'] == 'bgpiped' and before['StatusText'].startswith('1 pipeline')
    assert before['WatchdogUSec'] != '0'

    configure(machine, TWO)
    code, said = machine.run('systemctl', 'reload', 'bgpiped')
    assert code == 0, said + machine.log()
    assert sorted(pipelines(machine)) == ['edge', 'more']

    configure(machine, BAD)
    code, _ = machine.run('systemctl', 'reload', 'bgpiped')
    assert code != 0, 'a reload with a mistake must fail'
    assert sorted(pipelines(machine)) == ['edge', 'more'], 'and change nothing'
    after = properties(machine, 'MainPID', 'ActiveState')
    assert after == {'MainPID': before['MainPID'], 'ActiveState': 'active'}

    code, said = machine.run('systemctl', 'stop', 'bgpiped')
    assert code == 0, said
    assert properties(machine, 'Result', 'ActiveState') == {'Result': 'success', 'ActiveState': 'inactive'}


def test_a_wrong_configuration_is_not_tried_again(machine):
    configure(machine, BAD)
    code, _ = machine.run('systemctl', 'start', 'bgpiped')
    assert code != 0
    wait_until(lambda: properties(machine, 'ActiveState')['ActiveState'] == 'failed', 5, 'it is tried again and again')
    assert properties(machine, 'ExecMainStatus', 'NRestarts') == {'ExecMainStatus': '78', 'NRestarts': '0'}


def test_a_daemon_that_dies_is_started_again(machine):
    assert machine.run('systemctl', 'start', 'bgpiped')[0] == 0
    first = properties(machine, 'MainPID')['MainPID']
    assert machine.run('kill', '-KILL', first)[0] == 0

    def again():
        now = properties(machine, 'MainPID', 'ActiveState')
        return now['ActiveState'] == 'active' and now['MainPID'] not in ('0', first)
    wait_until(again, 15, 'it was not started again')
    assert pipelines(machine) == ['edge']
