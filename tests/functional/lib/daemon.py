"""The programs under test: where they are, how a test starts and asks them."""

import json
import os
import signal
import subprocess
from pathlib import Path

from lib.control import Control
from lib.proc import Program, wait_until

ROOT = Path(__file__).resolve().parents[3]
BIN_DIR = Path(os.environ.get('BGPIPED_BIN_DIR', ROOT / 'build')).resolve()
WORKERS = int(os.environ.get('BGPIPED_WORKERS', '1'))


SANITIZER_WORDS = ('AddressSanitizer', 'ThreadSanitizer', 'LeakSanitizer', 'runtime error:')


def binary(name):
    """Where a program is: beside the others, or where the build system puts it before they are gathered."""
    places = [BIN_DIR / name, BIN_DIR / 'daemon' / name, BIN_DIR / 'ctl' / name]
    return next((place for place in places if place.is_file()), places[0])


def sanitized():
    """Whether the programs are a sanitizer build: slower, and with memory that says nothing."""
    program = binary('bgpiped')
    return program.exists() and any(word in program.read_bytes() for word in (b'__asan_init', b'__tsan_init'))


def proxy(listen, peer, target, bind, *between, connect=None, accept=None, **pipeline):
    """A pipeline that accepts `peer` on `listen`, dials `target` from `bind`, and has stages in between.

    The delays are short so that a test sees a session come back; options of the two ends go in accept and connect.
    """
    return {'restart': {'min-delay': '200ms', 'max-delay': '1s', 'jitter': 0},
            'stages': [{'listen': {'address': f'{listen}:179', 'peer': peer, **(accept or {})}}, *between,
                       {'connect': {'address': target, 'bind': bind, **(connect or {})}}], **pipeline}


class Daemon(Program):
    """One bgpiped with the given pipelines, in a namespace.

    The configuration file is written as JSON, which is YAML too. `config` may be changed and written again.
    """

    def __init__(self, pipelines, directory, namespace, name='bgpiped', **top):
        self.directory = directory
        self.config_path = directory / f'{name}.yaml'
        self.socket_path = directory / f'{name}.sock'
        self.config = {'control': {'socket': str(self.socket_path)}, 'log': {'level': 'debug'}, 'workers': WORKERS,
                       **top, 'pipelines': pipelines}
        self.expected_exit = 0
        super().__init__(name, [binary('bgpiped'), '-c', self.config_path], directory, namespace)

    def write_config(self):
        self.config_path.write_text(json.dumps(self.config, indent=2) + '\n')

    def start(self, timeout=10):
        """Starts it and waits until it answers."""
        self.write_config()
        super().start()
        wait_until(self._answers, timeout, f'{self.name} does not answer on its control socket')
        return self

    def _answers(self):
        assert self.running, f'{self.name} ended at start with exit code {self.exit_code}'
        try:
            with self.control(timeout=1) as control:
                return control.call('daemon.info', timeout=1)
        except OSError:
            return None

    def control(self, timeout=10):
        return Control(self.socket_path, timeout)

    def call(self, method, **params):
        with self.control() as control:
            return control.call(method, **params)

    def reload(self, **params):
        """Writes the configuration as it is now and has it loaded; returns the answer."""
        self.write_config()
        return self.call('config.reload', **params)

    def status(self):
        return self.call('daemon.status')

    def pipeline(self, name):
        return self.call('pipeline.show', name=name)['pipeline']

    def session(self, name):
        """The newest session of a pipeline, or None."""
        sessions = self.pipeline(name)['sessions']
        return sessions[-1] if sessions else None

    def leg(self, name, side):
        session = self.session(name)
        return next((leg for leg in session['legs'] if leg['side'] == side), None) if session else None

    def wait_state(self, name, state, timeout=15):
        return wait_until(lambda: self.pipeline(name)['state'] == state, timeout,
                          lambda: f'{name} not {state}: {json.dumps(self.pipeline(name))}')

    def ctl(self, *words, timeout=20, **options):
        """Runs bgpipectl against this daemon; returns the finished process."""
        return self._namespace.run([binary('bgpipectl'), '-s', self.socket_path, *words], timeout=timeout, **options)

    def hang_up(self):
        self.send(signal.SIGHUP)

    def fault(self):
        """After its end: None, or what was wrong with how it ended or ran."""
        found = [line for line in self.log().splitlines() if any(word in line for word in SANITIZER_WORDS)]
        if found:
            return f'{self.name}: {found[0]}'
        if self.hung:
            return f'{self.name} did not end after SIGTERM'
        if self.exit_code != self.expected_exit and not self.killed:
            return f'{self.name} ended with {self.exit_code}'
        return None


def bgpipe(namespace, *words, **options):
    """Runs bgpipe to its end; returns the finished process."""
    return namespace.run([binary('bgpipe'), *words], **{'timeout': 30, **options})


def bgpipe_start(namespace, directory, *words, name='bgpipe'):
    """Starts bgpipe; its stdout and stderr are in the program's log."""
    return Program(name, [binary('bgpipe'), *words], directory, namespace).start()


def bgpipe_open(namespace, *words, **options):
    """bgpipe with pipes to talk to."""
    return subprocess.Popen(namespace.command([binary('bgpipe'), *words]),
                            **{'stdout': subprocess.PIPE, 'stderr': subprocess.PIPE, 'stdin': subprocess.PIPE, **options})
