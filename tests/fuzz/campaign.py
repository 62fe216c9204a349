#!/usr/bin/python3
"""Looks for new inputs with libFuzzer: every target until it has had its CPU minutes, then a table.

What is found is kept in BUILD/found/TARGET and its crashes in BUILD/crashes. The minutes add up over several runs, in
BUILD/campaign.json; a target with a crash rests until that file is moved away.
"""
import argparse
import json
import os
import pathlib
import re
import resource
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
TOP = HERE.parent.parent
DEEP = ("message", "mrt")  # what outsiders send most of
SLICE = 120  # seconds of one run, so that a stop loses little


def build(folder):
    if not (folder / "build.ninja").exists():
        subprocess.run(["meson", "setup", folder, "-Dfuzz_engine=true", "-Dwerror=false", "-Db_sanitize=address,undefined",
                        "-Db_lundef=false"], cwd=TOP, env=os.environ | {"CXX": "clang++-19"}, check=True)
    names = sorted(p.stem[len("fuzz_"):] for p in HERE.glob("fuzz_*.cc"))
    subprocess.run(["ninja", "-C", folder] + [f"tests/fuzz/fuzz_{n}" for n in names], check=True)
    return names


def cpu_seconds():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def run_slice(folder, name):
    found, crashes = folder / "found" / name, folder / "crashes"
    found.mkdir(parents=True, exist_ok=True)
    crashes.mkdir(exist_ok=True)
    before = cpu_seconds()
    run = subprocess.run([folder / "tests" / "fuzz" / f"fuzz_{name}", f"-max_total_time={SLICE}", "-rss_limit_mb=2048",
                          "-timeout=30", "-print_final_stats=1", f"-artifact_prefix={crashes}/{name}-", found,
                          HERE / "corpus" / name], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    text = run.stdout.decode(errors="replace")
    if run.returncode != 0:
        (crashes / f"{name}.log").write_text(text)
    runs = re.search(r"stat::number_of_executed_units:\s+(\d+)", text)
    return {"cpu": cpu_seconds() - before, "runs": int(runs[1]) if runs else 0, "status": run.returncode}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("targets", nargs="*")
    parser.add_argument("--build", type=pathlib.Path, default=TOP / "build-fuzz")
    parser.add_argument("--minutes", type=float, default=10, help="of CPU for a target")
    parser.add_argument("--deep-minutes", type=float, default=60, help="for " + " and ".join(DEEP))
    args = parser.parse_args()
    folder = args.build.resolve()
    names = build(folder)
    book = folder / "campaign.json"
    while True:
        seen = json.loads(book.read_text()) if book.exists() else {}
        behind = [n for n in args.targets or names
                  if not seen.get(n, {}).get("crashed") and
                  seen.get(n, {}).get("cpu", 0) < 60 * (args.deep_minutes if n in DEEP else args.minutes)]
        if not behind:
            break
        name = min(behind, key=lambda n: seen.get(n, {}).get("cpu", 0))
        done = run_slice(folder, name)
        seen = json.loads(book.read_text()) if book.exists() else {}  # another campaign may have written
        entry = seen.setdefault(name, {"cpu": 0, "runs": 0})
        entry["cpu"] += done["cpu"]
        entry["runs"] += done["runs"]
        if done["status"] != 0:
            entry["crashed"] = True
        book.write_text(json.dumps(seen, indent=1) + "\n")
    print(f"{'target':10} {'CPU minutes':>11} {'runs':>12} {'inputs':>7}  outcome")
    for name in names:
        entry = seen.get(name, {"cpu": 0, "runs": 0})
        found = folder / "found" / name
        inputs = len(os.listdir(found)) if found.exists() else 0
        print(f"{name:10} {entry['cpu'] / 60:11.1f} {entry['runs']:12} {inputs:7}  "
              f"{'CRASHED, see crashes/' if entry.get('crashed') else 'clean'}")
    return 1 if any(e.get("crashed") for e in seen.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
