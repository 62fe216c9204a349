"""What is converted into what: one table for the ratios of `make bench` and for the instruction counts of `make check-perf`."""
import bz2
import dataclasses
import gzip
import os
import subprocess

HERE = os.path.dirname(os.path.abspath(__file__))
DATA = os.path.join(os.path.dirname(HERE), "data")


@dataclasses.dataclass(frozen=True)
class Conversion:
    name: str
    source: str  # a key of Sources
    form: str  # of the output
    bgpdump: float = 0  # goal against `bgpdump -m`; 0: no such row
    go: float = 0  # goal against the Go tool

    def argv(self, bgpipe, path):
        return [bgpipe, "read", path, "--", "stdout", "--format", self.form]


ALL = [
    Conversion("MRT updates to JSON", "updates", "json", bgpdump=24, go=11),
    Conversion("MRT updates to bgpdump", "updates", "bgpdump", bgpdump=20),
    Conversion("MRT RIB to JSON", "rib", "json", bgpdump=20),
    Conversion("MRT RIB to bgpdump", "rib", "bgpdump", bgpdump=20),
    Conversion("JSON to MRT", "json", "mrt", go=6),
    Conversion("MRT to MRT, unedited", "updates", "mrt", go=30),
]

# The real file of ../shared/data/mrt, and what stands in for it where that is not there.
FILES = {
    "updates": ("ripencc-bgpdump/updates.et-header.2015.gz", "ris.rrc06.updates.1401488100.gz"),
    "rib": ("libbgpstream/routeviews.route-views.jinx.ribs.1401487200.bz2", "rib.20140523.0600.first-100.bz2"),
}


def content(path):
    opener = {"gz": gzip.open, "bz2": bz2.open}.get(path.rsplit(".", 1)[-1], open)
    with opener(path, "rb") as file:
        return file.read()


class Sources:
    """Decompressed inputs of about a wanted size, made at first need and kept until the end."""

    def __init__(self, directory, shared, bgpipe, go=None):
        self.directory, self.shared, self.bgpipe, self.go = directory, shared, bgpipe, go

    def once(self, kind):
        """The bytes of one file of that kind; None when there is none."""
        for path in (os.path.join(self.shared, "data", "mrt", FILES[kind][0]), os.path.join(DATA, FILES[kind][1])):
            if os.path.exists(path):
                return content(path)
        return None

    def repeated(self, kind, times=None, size=None):
        """The path of a file that holds it so many times, or about that many bytes of it; None when there is none."""
        origin = "updates" if kind == "json" else kind
        data = self.once(origin)
        if data is None:
            return None
        times = times or max(1, size // len(data))
        path = os.path.join(self.directory, f"{origin}-{times}.mrt")
        if not os.path.exists(path):
            with open(path, "wb") as out:
                for _ in range(times):
                    out.write(data)
        return self.as_json(path) if kind == "json" else path

    def as_json(self, path):
        lines = path.removesuffix(".mrt") + ".json"
        if not os.path.exists(lines):
            # The Go tool does not know all names that ours writes, and ours reads all that it writes.
            with open(lines, "wb") as out:
                argv = [self.go or self.bgpipe, "read", "--type", "UPDATE", path, "--", "stdout"]
                subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=out, check=True)
        return lines
