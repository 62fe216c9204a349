#!/usr/bin/python3
"""The ends of the benchmarks, joined without a relay: smoke.py BLAST_SEND BLAST_RECV. Counts agree, and stamps are read."""
import os
import subprocess
import sys
import tempfile

from procs import Program, free_ports, wait_listening

HERE = os.path.dirname(os.path.abspath(__file__))
DATA = os.path.join(HERE, "..", "data")


def through(directory, send, receive, how):
    (port,) = free_ports(1)
    endpoint = f"127.0.0.1:{port}"
    with Program([receive, "--listen", endpoint], os.path.join(directory, "recv.log"), stdout=subprocess.PIPE) as receiver:
        wait_listening(port, receiver)
        argv = [send, "--connect", endpoint, *how]
        with Program(argv, os.path.join(directory, "send.log"), stdout=subprocess.PIPE) as sender:
            return sender.result(30), receiver.result(10)


def main():
    send, receive = sys.argv[1:]
    with tempfile.TemporaryDirectory() as directory:
        stream = os.path.join(directory, "stream")
        files = sorted(os.path.join(DATA, name) for name in os.listdir(DATA) if "updates" in name and name.endswith(".gz"))
        subprocess.run([sys.executable, os.path.join(HERE, "make_stream.py"), stream, *files], check=True)
        for how in (["--file", stream, "--messages", "5000"], ["--rate", "1000", "--seconds", "0.2"]):
            sent, seen = through(directory, send, receive, how)
            if (sent["messages"], sent["bytes"]) != (seen["messages"], seen["bytes"]):
                sys.exit(f"{how}: sent {sent}, seen {seen}")
            if how[0] == "--rate" and seen["latency_us"]["count"] != 200:
                sys.exit(f"stamps are not read: {seen}")


if __name__ == "__main__":
    main()
