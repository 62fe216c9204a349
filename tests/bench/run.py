#!/usr/bin/python3
"""Benchmarks side by side in one run: bgpiped against HAProxy, bgpdump and, when it is there, the Go tool bgpipe.

Everything runs on 127.0.0.1, each measure is the best of alternating runs, and only the ratios mean something: the machine
and what else it does change every figure alike.
"""
import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time

import measures
from procs import Failed
from report import machine, table, versions

HERE = os.path.dirname(os.path.abspath(__file__))
SOURCE = os.path.dirname(os.path.dirname(HERE))


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", default=os.path.join(SOURCE, "build"), help="Meson build directory")
    parser.add_argument("--shared", default=os.path.join(SOURCE, "..", "shared"), help="real data and the Go tool, if there")
    parser.add_argument("--runs", type=int, default=3, help="runs of each kind, the best counts")
    parser.add_argument("--seconds", type=float, default=3, help="length of a relay or latency run")
    parser.add_argument("--megabytes", type=int, default=200, help="size of what is converted")
    parser.add_argument("--limit", type=float, default=600, help="seconds for everything; later runs are left out")
    parser.add_argument("--only", nargs="*", choices=list(measures.ALL), help="measures to take")
    parser.add_argument("--json", help="write all figures to this file")
    return parser.parse_args()


def find(build, name):
    for path in (os.path.join(build, name), os.path.join(build, "daemon", name), os.path.join(build, "tests", "bench", name)):
        if os.access(path, os.X_OK):
            return path
    return None


def go_tool(shared, directory):
    packed = os.path.join(shared, "peers", "bgpipe.xz")
    if not os.path.exists(packed) or not shutil.which("xz"):
        return None
    path = os.path.join(directory, "bgpipe-go")
    with open(path, "wb") as out:
        subprocess.run(["xz", "-dc", packed], stdout=out, check=True)
    os.chmod(path, 0o755)
    return path


def inputs(shared):
    """The MRT files that everything is made of, and whether they are the real ones."""
    real = [
        os.path.join(shared, "data", "mrt", "ripencc-bgpdump", "updates.et-header.2015.gz"),
        os.path.join(shared, "data", "mrt", "mrtparser", "updates.20260222.1530.bz2"),
    ]
    if all(os.path.exists(path) for path in real):
        return real
    data = os.path.join(SOURCE, "tests", "data")
    return sorted(os.path.join(data, name) for name in os.listdir(data) if "updates" in name and name.endswith(".gz"))


def main():
    args = arguments()
    directory = tempfile.mkdtemp(prefix="bgpiped-bench-")
    try:
        place = measures.Place(
            directory=directory,
            shared=args.shared,
            deadline=time.monotonic() + args.limit,
            runs=args.runs,
            seconds=args.seconds,
            megabytes=args.megabytes,
            inputs=inputs(args.shared),
            programs={
                "bgpiped": find(args.build, "bgpiped"),
                "bgpipe": find(args.build, "bgpipe"),
                "haproxy": shutil.which("haproxy", path=os.environ["PATH"] + ":/usr/sbin"),
                "bgpdump": shutil.which("bgpdump"),
                "go": go_tool(args.shared, directory),
            },
            ends={name: find(args.build, name) for name in ("blast_send", "blast_recv")},
        )
        if None in place.ends.values():
            sys.exit(f"the ends are not built: ninja -C {args.build} bench-ends")
        print(machine())
        print(versions(place.programs))
        print(place.make_stream())
        rows, figures = [], {}
        for name in args.only or measures.ALL:
            try:
                found, figures[name] = measures.ALL[name](place)
                rows += found
            except Failed as failure:
                rows.append((name, "", "", "", "", str(failure)))
        print()
        print(table(rows))
        if args.json:
            with open(args.json, "w") as file:
                json.dump(figures, file, indent=2)
    finally:
        shutil.rmtree(directory, ignore_errors=True)


if __name__ == "__main__":
    main()
