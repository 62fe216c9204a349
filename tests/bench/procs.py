"""Child processes of a benchmark: started with a log of their own, ended by their own id, never left behind."""
import json
import os
import random
import resource
import subprocess
import time

CLOCK_TICKS = os.sysconf("SC_CLK_TCK")


class Failed(Exception):
    """A measurement that could not be made, with the reason for a person."""


def more_descriptors():
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 65536), hard))


class Program:
    """A program that runs beside us. Use it with `with`: at the end it gets SIGTERM, and SIGKILL if it stays."""

    def __init__(self, argv, log, stdin=subprocess.DEVNULL, stdout=None):
        self.argv, self.log = argv, log
        self.errors = open(log, "wb")
        self.child = subprocess.Popen(
            argv, stdin=stdin, stdout=stdout or self.errors, stderr=self.errors, preexec_fn=more_descriptors
        )

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.child.poll() is None:
            self.child.terminate()
            try:
                self.child.wait(5)
            except subprocess.TimeoutExpired:
                self.child.kill()
                self.child.wait()
        for stream in (self.child.stdin, self.child.stdout, self.errors):
            if stream:
                stream.close()

    def tail(self):
        self.errors.flush()
        with open(self.log, "r", errors="replace") as file:
            return " | ".join(file.read().strip().splitlines()[-3:])

    def cpu_seconds(self):
        with open(f"/proc/{self.child.pid}/stat") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / CLOCK_TICKS

    def resident_bytes(self):
        with open(f"/proc/{self.child.pid}/status") as file:
            for line in file:
                if line.startswith("VmRSS:"):
                    return int(line.split()[1]) * 1024
        raise Failed("no resident size")

    def require_alive(self):
        if self.child.poll() is not None:
            raise Failed(f"{self.argv[0]} ended with {self.child.returncode}: {self.tail()}")

    def result(self, seconds):
        """The JSON object that an end prints when it is through."""
        try:
            out, _ = self.child.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            raise Failed(f"{os.path.basename(self.argv[0])} did not end within {seconds:.0f} s") from None
        if self.child.returncode != 0:
            raise Failed(f"{os.path.basename(self.argv[0])}: {self.tail()}")
        return json.loads(out)


def listening_ports():
    ports = set()
    for path in ("/proc/net/tcp", "/proc/net/tcp6"):
        with open(path) as file:
            for line in file.readlines()[1:]:
                fields = line.split()
                if fields[3] == "0A":
                    ports.add(int(fields[1].rsplit(":", 1)[1], 16))
    return ports


def free_ports(count):
    """Ports below the range that outgoing connections take."""
    return random.sample(sorted(set(range(20000, 32000)) - listening_ports()), count)


def wait_listening(port, program, seconds=10):
    deadline = time.monotonic() + seconds
    while port not in listening_ports():
        program.require_alive()
        if time.monotonic() > deadline:
            raise Failed(f"{program.argv[0]} does not listen on port {port}: {program.tail()}")
        time.sleep(0.02)
