"""Relays between the two ends of a benchmark, and one flow through them."""
import os
import subprocess

from procs import Failed, Program, free_ports, wait_listening

HAPROXY = """\
global
  nbthread 1
  maxconn 4000
defaults
  mode tcp
  timeout connect 5s
  timeout client 1h
  timeout server 1h
listen bench
  bind 127.0.0.1:{listen}
  server other 127.0.0.1:{connect}
"""

BGPIPED = """\
control: {{ socket: {directory}/control.sock }}
workers: 1
log: {{ level: warn }}
pipelines:
  bench:
    stages:
      - listen: "127.0.0.1:{listen}"
{between}      - connect: "127.0.0.1:{connect}"
"""

# Pipeline i serves the peer that idle_peers.py dials as session i.
IDLE_PIPELINE = """\
  idle-{number}:
    stages:
      - listen: {{ address: "127.0.0.1:{listen}", peer: 127.1.{high}.{low} }}
      - connect: "127.0.0.1:{connect}"
"""

# Every limit of the stage at work, none of them reached.
ALL_LIMITS = """\
      - limit:
          ipv4: true
          ipv6: true
          direction: LR
          max-length: 128
          session: 100000000
          origin: 100000000
          block: 100000000
"""


class Relay:
    """How to start one kind of relay; start() gives a running Program."""

    def __init__(self, name, program, template, between=""):
        self.name, self.program, self.template, self.between = name, program, template, between

    def config(self, directory, listen, connect):
        return self.template.format(directory=directory, listen=listen, connect=connect, between=self.between)

    def start(self, directory, listen, connect):
        path = os.path.join(directory, f"{self.name}.conf")
        with open(path, "w") as file:
            file.write(self.config(directory, listen, connect))
        argv = [self.program, "-f", path, "-db"] if self.template is HAPROXY else [self.program, "-c", path]
        return Program(argv, os.path.join(directory, f"{self.name}.log"))


class IdleRelay(Relay):
    """bgpiped with many pipelines, one session each."""

    def __init__(self, program, count):
        super().__init__(f"idle-{count}", program, BGPIPED)
        self.count = count

    def config(self, directory, listen, connect):
        head = BGPIPED[: BGPIPED.index("  bench:")].format(directory=directory)
        return head + "".join(
            IDLE_PIPELINE.format(number=i, listen=listen, connect=connect, high=i >> 8, low=i & 255) for i in range(self.count)
        )


def flow(relay, ends, directory, how, seconds):
    """One session through a fresh relay; gives what the receiver saw, and the relay's CPU time."""
    listen, connect = free_ports(2)
    with relay.start(directory, listen, connect) as middle:
        wait_listening(listen, middle)
        receiver = Program(
            [ends["blast_recv"], "--listen", f"127.0.0.1:{connect}"], os.path.join(directory, "recv.log"), stdout=subprocess.PIPE
        )
        with receiver:
            wait_listening(connect, receiver)
            sender = Program(
                [ends["blast_send"], "--connect", f"127.0.0.1:{listen}", *how],
                os.path.join(directory, "send.log"),
                stdout=subprocess.PIPE,
            )
            with sender:
                sent = sender.result(seconds + 75)
                seen = receiver.result(10)
        middle.require_alive()
        seen["cpu"] = middle.cpu_seconds()
    if seen["messages"] != sent["messages"] or seen["bytes"] != sent["bytes"]:
        raise Failed(f"{relay.name}: {sent['messages']} messages sent, {seen['messages']} received")
    return seen
