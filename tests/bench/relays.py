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
      - listen: {{ address: "127.0.0.1:{listen}"{listen_more} }}
{between}      - connect: {{ address: "127.0.0.1:{connect}" }}
"""

# Every limit of the stage at work, none of them reached.
ALL_LIMITS = """\
      - limit:
          ipv4: true
          ipv6: true
          direction: LR
          min-length: 1
          max-length: 127
          session: 100000000
          origin: 100000000
          block: 100000000
"""


class Relay:
    """How to start one kind of relay; start() gives a running Program and its listening port."""

    def __init__(self, name, program, template, between="", listen_more=""):
        self.name, self.program, self.template = name, program, template
        self.between, self.listen_more = between, listen_more

    def argv(self, config):
        if self.template is HAPROXY:
            return [self.program, "-f", config, "-db"]
        return [self.program, "-c", config]

    def start(self, directory, listen, connect):
        config = os.path.join(directory, f"{self.name}.conf")
        with open(config, "w") as file:
            file.write(
                self.template.format(
                    directory=directory,
                    listen=listen,
                    connect=connect,
                    between=self.between,
                    listen_more=self.listen_more,
                )
            )
        return Program(self.argv(config), os.path.join(directory, f"{self.name}.log"))


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
