"""The measures: each takes its runs in turn with its yardstick's, and gives rows for the table and all its figures."""
import dataclasses
import os
import resource
import subprocess
import sys
import time

import conversions
import files_measures
from procs import Failed, Program, free_ports, wait_listening
from relays import ALL_LIMITS, BGPIPED, HAPROXY, IdleRelay, Relay, flow
from report import verdict

HERE = os.path.dirname(os.path.abspath(__file__))


@dataclasses.dataclass
class Place:
    directory: str
    shared: str
    deadline: float
    runs: int
    seconds: float
    megabytes: int
    inputs: list
    programs: dict
    ends: dict

    def path(self, name):
        return os.path.join(self.directory, name)

    def need(self, name):
        if self.programs[name] is None:
            raise Failed(f"{name} is not there")
        return self.programs[name]

    def make_stream(self):
        argv = [sys.executable, os.path.join(HERE, "make_stream.py"), self.path("stream"), *self.inputs]
        said = subprocess.run(argv, capture_output=True, text=True, check=True).stdout.strip()
        return "stream: " + said + ", of " + ", ".join(os.path.basename(path) for path in self.inputs)

    def turns(self, contestants, run):
        """{name: [figures of each run]}, in turn; stops when the time is up, but not before each had one."""
        figures = {name: [] for name in contestants}
        for turn in range(self.runs):
            if turn > 0 and time.monotonic() > self.deadline:
                break
            for name, contestant in contestants.items():
                figures[name].append(run(contestant))
                print(".", end="", file=sys.stderr, flush=True)
        print("", file=sys.stderr)
        return figures


def relays(place):
    daemon = place.need("bgpiped")
    return {
        "HAProxy": Relay("haproxy", place.need("haproxy"), HAPROXY),
        "bgpiped": Relay("bgpiped", daemon, BGPIPED),
        "limit": Relay("limit", daemon, BGPIPED, ALL_LIMITS),
    }


def relay(place):
    how = ["--file", place.path("stream"), "--seconds", str(place.seconds)]
    try:
        contestants = relays(place)
    except Failed as failure:
        contestants = {"HAProxy": Relay("haproxy", place.need("haproxy"), HAPROXY)}
        print(failure, file=sys.stderr)
    figures = place.turns(contestants, lambda r: flow(r, place.ends, place.directory, how, place.seconds))
    best = {name: max(runs, key=lambda run: run["mb_per_s"]) for name, runs in figures.items()}
    rows = []
    for name, measure, goal in (("bgpiped", "relay", 1.2), ("limit", "relay through limit", 0.3)):
        if name not in best:
            rows.append((measure, throughput(best["HAProxy"]), "", "", f">= {goal}", "not built"))
            continue
        ratio = best[name]["mb_per_s"] / best["HAProxy"]["mb_per_s"]
        rows.append((measure, throughput(best["HAProxy"]), throughput(best[name]), f"{ratio:.2f}", f">= {goal}", verdict(ratio >= goal)))
    return rows, figures


def throughput(run):
    return f"{run['mb_per_s'] / 1000:.2f} GB/s {run['messages_per_s'] / 1e6:.1f} M/s, CPU {run['cpu'] / run['bytes'] * 1e9:.2f} s/GB"


def latency(place):
    rows, figures = [], {}
    for rate in (2000, 20000):
        how = ["--rate", str(rate), "--seconds", str(place.seconds)]
        contestants = relays(place)
        del contestants["limit"]
        found = place.turns(contestants, lambda r: flow(r, place.ends, place.directory, how, place.seconds))
        best = {name: min((run["latency_us"] for run in runs), key=lambda l: l["p99"]) for name, runs in found.items()}
        ratio = best["bgpiped"]["p99"] / best["HAProxy"]["p99"]
        cells = [f"p99 {best[n]['p99']:.0f} us, p50 {best[n]['p50']:.0f}" for n in ("HAProxy", "bgpiped")]
        rows.append((f"latency at {rate} messages/s", *cells, f"{ratio:.2f}", "<= 1.2", verdict(ratio <= 1.2)))
        figures[str(rate)] = found
    return rows, figures


def timed(argv):
    """Seconds by the clock, and of CPU time over all threads."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.monotonic()
    done = subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    seconds = time.monotonic() - start
    if done.returncode != 0:
        raise Failed(f"{os.path.basename(argv[0])} ended with {done.returncode}: {done.stderr.decode(errors='replace')[-200:]}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return {"seconds": seconds, "cpu": after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime}


def convert(place):
    """Every conversion against bgpdump and the Go tool, by CPU time: helper threads of ours count, too."""
    bgpipe = place.need("bgpipe")
    sources = conversions.Sources(place.directory, place.shared, bgpipe, place.programs["go"])
    rows, figures = [], {}
    for c in conversions.ALL:
        yardsticks = {}
        if c.bgpdump and place.programs["bgpdump"]:
            yardsticks["bgpdump -m"] = (lambda path: [place.programs["bgpdump"], "-m", path], c.bgpdump)
        if c.go and place.programs["go"]:
            yardsticks["the Go tool"] = (lambda path: c.argv(place.programs["go"], path), c.go)
        path = sources.repeated(c.source, size=place.megabytes * 1_000_000)
        if path is None or not yardsticks:
            rows.append((c.name, "", "", "", "", "its file or its yardstick is not there"))
            continue
        size = os.path.getsize(path) / 1e6
        contestants = {"bgpipe": c.argv(bgpipe, path)} | {name: argv(path) for name, (argv, _) in yardsticks.items()}
        try:
            found = place.turns(contestants, timed)
        except Failed as failure:
            rows.append((c.name, "", "", "", "", str(failure)))
            continue
        best = {name: min(runs, key=lambda run: run["cpu"]) for name, runs in found.items()}
        for name, (_, goal) in yardsticks.items():
            ratio = best[name]["cpu"] / best["bgpipe"]["cpu"]
            cells = [f"{name}: {size / best[name]['cpu']:.0f} MB/CPU s", f"{size / best['bgpipe']['cpu']:.0f} MB/CPU s"]
            rows.append((c.name, *cells, f"{ratio:.1f}", f">= {goal}", verdict(ratio >= goal)))
        figures[c.name] = {"megabytes": size, "runs": found}
    return rows, figures


def memory(place):
    """What a thousand more pipelines with one idle session each add to the daemon."""
    few, many = 100, 1100
    sizes = {count: resident_with(place, count) for count in (few, many)}
    each = (sizes[many] - sizes[few]) / (many - few) / 1024
    cells = ("19.8 MB (Go tool)", f"{each:.1f} KiB", f"{each * 1024 / 19.8e6:.4f}", "<= 64 KiB", verdict(each <= 64))
    return [("one more idle session", *cells)], {"resident_bytes": sizes, "kib_per_session": each}


def resident_with(place, count):
    listen, connect = free_ports(2)
    with IdleRelay(place.need("bgpiped"), count).start(place.directory, listen, connect) as middle:
        wait_listening(listen, middle)
        argv = [sys.executable, os.path.join(HERE, "idle_peers.py"), str(listen), str(connect)]
        with Program(argv, place.path("idle.log"), subprocess.PIPE, subprocess.PIPE) as peers:
            peers.child.stdin.write(f"{count}\n".encode())
            peers.child.stdin.flush()
            if peers.child.stdout.readline().split() != [b"ready", str(count).encode()]:
                raise Failed(f"idle peers: {peers.tail()}; {middle.tail()}")
            time.sleep(1)
            middle.require_alive()
            return middle.resident_bytes()


def packed(place):
    return files_measures.packed(place, timed)


ALL = {"relay": relay, "latency": latency, "convert": convert, "packed": packed, "memory": memory}
