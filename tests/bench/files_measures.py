"""Packed archives read and written as JSON, by the clock: helper threads unpack while the pipeline works."""
import os
import shutil
import subprocess

import conversions
from procs import Failed
from report import verdict

# (extension, packs, yardstick, most of its time that is allowed)
PACKED = [("gz", "gzip", ["zcat"], 1.0), ("bz2", "bzip2", ["bzcat"], 0.65)]


def packed(place, timed):
    """`timed` runs a command and gives its seconds by the clock and of CPU time."""
    bgpipe = place.need("bgpipe")
    plain = conversions.Sources(place.directory, place.shared, bgpipe).repeated("updates", size=place.megabytes * 1_000_000)
    rows, figures = [], {}
    for extension, tool, yardstick, most in PACKED:
        name = f".{extension} -> JSON"
        if plain is None or not shutil.which(tool):
            rows.append((name, "", "", "", "", f"the file or {tool} is not there"))
            continue
        path = f"{plain}.{extension}"
        if not os.path.exists(path):
            with open(path, "wb") as out:
                subprocess.run([tool, "-c", plain], stdout=out, check=True)
        contestants = {yardstick[0]: [*yardstick, path], "bgpipe": [bgpipe, "-o", "read", path]}
        try:
            found = place.turns(contestants, timed)
        except Failed as failure:
            rows.append((name, "", "", "", "", str(failure)))
            continue
        best = {who: min(runs, key=lambda run: run["seconds"]) for who, runs in found.items()}
        ratio = best["bgpipe"]["seconds"] / best[yardstick[0]]["seconds"]
        cells = [f"{run['seconds']:.2f} s, CPU {run['cpu']:.2f} s" for run in (best[yardstick[0]], best["bgpipe"])]
        rows.append((name, f"{yardstick[0]}: {cells[0]}", cells[1], f"{ratio:.2f}", f"<= {most}", verdict(ratio <= most)))
        figures[extension] = {"megabytes": os.path.getsize(plain) / 1e6, "runs": found}
    return rows, figures
