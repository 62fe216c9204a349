"""Functional tests: the real programs against real routers, inside network namespaces that each test makes.

Needs root (namespaces) and the routers of Debian 12. What is missing skips a test, and fails it when CI=true.
BGPIPED_BIN_DIR: folder of the programs (default: build/). BGPIPED_WORKERS: worker threads of the daemon (default 1).
"""

import os
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from lib import daemon, netns, proc  # noqa: E402
from lib.capture import Capture  # noqa: E402
from lib.daemon import Daemon  # noqa: E402
from lib.speaker import Speaker  # noqa: E402

KEPT_LOG = 20_000


def missing(what):
    """A test cannot run here: loud everywhere, fatal in CI."""
    if os.environ.get('CI') == 'true':
        pytest.fail(f'{what} (and CI=true)', pytrace=False)
    pytest.skip(what)


class Lab:
    """Everything one test started, and what ends it. All that is made through it is gone after the test."""

    def __init__(self, directory):
        self.directory = directory
        self.switch = None
        self._hosts = []
        self._programs = []
        self._closing = []

    def host(self, name, *addresses):
        """A namespace on the test's switch; with no address, one that only has its loopback."""
        if not addresses:
            host = netns.Namespace(name)
            self._hosts.append(host)
            return host
        self.switch = self.switch or netns.Switch()
        return self.switch.host(name, *addresses)

    def router(self, kind, name, config, namespace, **options):
        if not os.path.exists(kind.binary):
            missing(f'{kind.binary} is not installed')
        router = kind(name, config, namespace, self.directory, **options)
        self._programs += [program for program in (router.helper, router.program) if program]
        return router.start()

    def daemon(self, pipelines, namespace, start=True, **options):
        self.need('bgpiped')
        made = Daemon(pipelines, self.directory, namespace, **options)
        self._programs.append(made)
        return made.start() if start else made

    def speaker(self, namespace, asn, router_id, **options):
        made = Speaker(namespace, asn, router_id, **options)
        self._closing.append(made.stop)
        return made

    def capture(self, namespace, **options):
        if not os.path.exists('/usr/bin/tcpdump'):
            missing('/usr/bin/tcpdump is not installed')
        made = Capture(namespace, self.directory, **options)
        self._programs.append(made._program)
        return made.start()

    def program(self, program):
        """Takes care of a program that the test made itself."""
        self._programs.append(program)
        return program

    def at_end(self, action):
        self._closing.append(action)

    @staticmethod
    def need(name):
        if not daemon.binary(name).exists():
            missing(f'{daemon.binary(name)} does not exist (BGPIPED_BIN_DIR)')

    def logs(self):
        """[(name, end of the log)] of every program that wrote one."""
        return [(program.name, program.log()[-KEPT_LOG:]) for program in self._programs]

    def close(self):
        for action in reversed(self._closing):
            action()
        for program in reversed(self._programs):
            program.stop()
        faults = [program.fault() for program in self._programs if isinstance(program, Daemon)]
        if self.switch:
            self.switch.close()
        for host in self._hosts:
            host.close()
        assert not any(faults), faults


@pytest.fixture(scope='session', autouse=True)
def surroundings():
    proc.patience = 4.0 if daemon.sanitized() else 1.0
    if os.geteuid() == 0:
        netns.remove_stale()


@pytest.fixture
def lab(tmp_path, request):
    if os.geteuid() != 0:
        missing('functional tests need root for network namespaces')
    made = Lab(tmp_path)
    request.node.lab = made
    yield made
    made.close()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    report = (yield).get_result()
    lab = getattr(item, 'lab', None)
    if report.failed and lab:
        for name, text in lab.logs():
            report.sections.append((f'log of {name}', text))
