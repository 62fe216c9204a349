#!/usr/bin/python3
"""Instructions a message, counted by Valgrind's callgrind: the same on every machine, however busy it is.

Each conversion is run on a file of the repository taken a few times, and taken more times; the difference, divided by the
messages between the two, is what one message costs. instructions.json holds what it should be; more than 3 % off fails.
"""
import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

import conversions

HERE = os.path.dirname(os.path.abspath(__file__))
RECORDED = os.path.join(HERE, "instructions.json")
TOLERANCE = 0.03
FEW, MANY = 2, 6


def instructions(argv, profile):
    valgrind = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={profile}", *argv]
    done = subprocess.run(valgrind, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(argv)} ended with {done.returncode}:\n{done.stderr[-1000:]}")
    return int(re.search(r"Collected : (\d+)", done.stderr).group(1))


def messages(bgpipe, path):
    done = subprocess.run([bgpipe, "read", path, "--", "stdout"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, check=True)
    return done.stdout.count(b"\n")


def measure(bgpipe, sources, conversion, profile):
    few, many = (sources.repeated(conversion.source, times=times) for times in (FEW, MANY))
    if few is None:
        return None
    counted = [instructions(conversion.argv(bgpipe, path), profile) for path in (few, many)]
    between = messages(bgpipe, many) - messages(bgpipe, few)
    return round((counted[1] - counted[0]) / between, 1)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", default="build", help="Meson build directory")
    parser.add_argument("--record", action="store_true", help="write what was measured as what it should be")
    parser.add_argument("--keep", help="leave the profile of each conversion in this folder")
    args = parser.parse_args()
    bgpipe = os.path.join(args.build, "bgpipe")
    with open(RECORDED) as file:
        recorded = json.load(file)
    directory = tempfile.mkdtemp(prefix="bgpiped-perf-")
    failed = 0
    try:
        # Only files of the repository, so that the figures are the same everywhere.
        sources = conversions.Sources(directory, os.path.join(directory, "none"), bgpipe)
        for conversion in conversions.ALL:
            name = conversion.name
            profile = os.path.join(args.keep or directory, "callgrind." + name.replace(" ", "-"))
            found = measure(bgpipe, sources, conversion, profile)
            should = recorded.get(name)
            if args.record:
                recorded[name] = found
                said = ""
            elif should is None:
                said, failed = "NOT RECORDED", failed + 1
            else:
                change = found / should - 1
                said = f"{change:+.1%} of {should}"
                if abs(change) > TOLERANCE:
                    said, failed = said + "  CHANGED", failed + 1
            print(f"{name:28}  {found:9.1f} instructions a message  {said}", flush=True)
    finally:
        shutil.rmtree(directory, ignore_errors=True)
    if args.record:
        with open(RECORDED, "w") as file:
            json.dump(recorded, file, indent=2)
            file.write("\n")
    elif failed:
        sys.exit("a change that is meant is recorded with: make record-perf")


if __name__ == "__main__":
    main()
