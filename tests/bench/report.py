"""What a benchmark says about itself: the machine, the versions, the table."""
import os
import subprocess


def machine():
    with open("/proc/cpuinfo") as file:
        model = next((line.split(":", 1)[1].strip() for line in file if line.startswith("model name")), "unknown CPU")
    with open("/proc/meminfo") as file:
        memory = int(file.readline().split()[1]) // 1024
    load = ", ".join(f"{value:.2f}" for value in os.getloadavg())
    said = f"machine: {os.cpu_count()} x {model}, {memory} MiB, Linux {os.uname().release}, load {load}"
    if os.getloadavg()[0] > os.cpu_count() / 2:
        said += "\nTHE MACHINE IS BUSY: throughput and latency are those of the scheduler; look at the CPU time per GB"
    return said


VERSION = {"haproxy": ["-v"], "bgpiped": ["-V"], "bgpipe": ["-v"], "go": ["-v"]}


def versions(programs):
    found = []
    for name, path in programs.items():
        if path is None:
            found.append(f"{name}: not there")
            continue
        if name not in VERSION:
            found.append(f"{name}: {path}")
            continue
        said = subprocess.run([path, *VERSION[name]], capture_output=True, text=True, timeout=10)
        lines = (said.stdout + said.stderr).strip().splitlines() or ["no version"]
        found.append(f"{name}: {lines[0]}")
    return "\n".join(found)


HEAD = ("measure", "yardstick", "bgpiped", "ratio", "goal", "")


def table(rows):
    rows = [HEAD, *[tuple(str(cell) for cell in row) for row in rows]]
    widths = [max(len(row[i]) for row in rows) for i in range(len(HEAD))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in rows]
    lines.insert(1, "  ".join("-" * width for width in widths).rstrip())
    return "\n".join(lines)


def verdict(reached):
    return "reached" if reached else "NOT REACHED"
