"""Programs that a test starts: their output is kept and shown when the test fails, and they end with the test."""

import os
import signal
import subprocess
import time


# Programs under test that a sanitizer watches are several times slower; conftest sets this.
patience = 1.0


class TimedOut(AssertionError):
    """Something that a test waited for did not happen in time."""


def wait_until(predicate, timeout, what, every=0.05):
    """Waits until predicate() is true and returns its value; says what was missing otherwise."""
    limit = time.monotonic() + timeout * patience
    while True:
        value = predicate()
        if value:
            return value
        if time.monotonic() > limit:
            text = what() if callable(what) else what
            raise TimedOut(f'not within {timeout} s: {text}')
        time.sleep(every)


class Program:
    """One child process. Output of all its lives goes to one log file in the test's directory."""

    def __init__(self, name, argv, directory, namespace=None, env=None):
        self.name = name
        self.argv = [str(word) for word in argv]
        self.log_path = directory / f'{name}.log'
        self._namespace = namespace
        self._env = {**os.environ, **(env or {})}
        self._cwd = directory
        self._process = None
        self.killed = False     # by the test
        self.hung = False       # did not end when asked to

    def start(self):
        argv = self._namespace.command(self.argv) if self._namespace else self.argv
        with open(self.log_path, 'ab') as log:
            log.write(f"--- {' '.join(self.argv)}\n".encode())
            log.flush()
            self.killed = False
            self._process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=self._env,
                                             cwd=self._cwd)
        return self

    @property
    def pid(self):
        return self._process.pid

    @property
    def running(self):
        return self._process is not None and self._process.poll() is None

    @property
    def exit_code(self):
        return self._process.poll() if self._process else None

    def log(self):
        return self.log_path.read_text(errors='replace') if self.log_path.exists() else ''

    def send(self, number):
        os.kill(self.pid, number)

    def kill(self):
        """Ends it as a crash would: nothing is said to anyone but what the kernel says."""
        if self.running:
            self.killed = True
            self.send(signal.SIGKILL)
        if self._process:
            self._process.wait(5)

    def freeze(self):
        self.send(signal.SIGSTOP)

    def thaw(self):
        self.send(signal.SIGCONT)

    def stop(self, timeout=5):
        """Ends it politely, and by force when it does not listen. Returns the exit code."""
        if self.running:
            self.send(signal.SIGCONT)
            self.send(signal.SIGTERM)
            try:
                self._process.wait(timeout)
            except subprocess.TimeoutExpired:
                self.hung = True
                self.kill()
        return self.exit_code

    def wait(self, timeout):
        """Waits for it to end by itself; returns the exit code."""
        wait_until(lambda: not self.running, timeout, f'{self.name} did not end')
        return self.exit_code

    def wait_log(self, text, timeout=10):
        def seen():
            assert self.running or text in self.log(), f'{self.name} ended ({self.exit_code}) before saying {text!r}'
            return text in self.log()
        return wait_until(seen, timeout, f'{self.name} never said {text!r}')

    def memory_kib(self):
        """Resident memory now."""
        with open(f'/proc/{self.pid}/status') as status:
            return int(next(line for line in status if line.startswith('VmRSS')).split()[1])

    def threads(self):
        return len(os.listdir(f'/proc/{self.pid}/task'))

    def descriptors(self):
        return len(os.listdir(f'/proc/{self.pid}/fd'))
