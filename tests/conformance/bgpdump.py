#!/usr/bin/env python3
"""`--format bgpdump` against `bgpdump -m`, byte for byte; what may differ is listed here (daemon/format/BGPDUMP.md says why).

bgpdump.py --build BUILD [FILE…] takes the files given, else those of the repository and of ../shared/data/mrt."""

import argparse
import glob
import os
import re
import shutil
import subprocess
import sys

import mrt

HERE = os.path.dirname(os.path.abspath(__file__))
OWN = os.path.join(HERE, '../data')
SHARED = os.path.join(HERE, '../../../shared/data')
SKIPPED = 77

# bgpdump shows the peer's address in place of a withdrawn prefix of the records of 1999.
WITHDRAWN_1999 = re.compile(rb'^(BGP\|\d+\|W\|[^|]*\|\d+\|)[^/|]*/', re.M)
# It goes on behind a prefix that is longer than an address: so many lines of nothing, of which ours has none.
BEHIND_BAD_PREFIX = {'bird6_bgp': 8}


def files():
    found = [p for p in sorted(glob.glob(OWN + '/mrt/*') + glob.glob(OWN + '/*.gz') + glob.glob(OWN + '/*.bz2'))]
    if os.path.isdir(SHARED):
        return found + mrt.files(SHARED)
    print(f'bgpdump: {SHARED} is not there; only the files of the repository are compared', file=sys.stderr)
    return found


def output(*command):
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False).stdout


def difference(name, theirs, ours):
    """Nothing, or the first line that is not as it should be."""
    theirs, ours = (WITHDRAWN_1999.sub(rb'\1*/', text) for text in (theirs, ours))
    if theirs == ours:
        return None
    theirs, ours = theirs.split(b'\n'), ours.split(b'\n')
    at, more = 0, 0
    for line in theirs:
        if at < len(ours) and ours[at] == line:
            at += 1
        else:
            more += 1
            if more > BEHIND_BAD_PREFIX.get(name, 0):
                return f'bgpdump prints {line!r}, we print {ours[at:at + 1]}'
    return None if at == len(ours) else f'only we print {ours[at]!r}'


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument('--build', required=True)
    options.add_argument('files', nargs='*')
    given = options.parse_args()
    bgpdump = shutil.which('bgpdump')
    if not bgpdump:
        print('bgpdump: it is not installed; nothing was compared', file=sys.stderr)
        return SKIPPED
    failed = False
    for path in given.files or files():
        name = os.path.basename(path)
        theirs = output(bgpdump, '-m', path)
        ours = output(os.path.join(given.build, 'bgpipe'), 'read', '--format', 'mrt', '--pardon', path, '--', 'stdout',
                      '--format', 'bgpdump')
        wrong = difference(name, theirs, ours)
        failed |= wrong is not None
        same = 'same' if theirs == ours else 'same but for defects of bgpdump' if wrong is None else f'DIFFERENT: {wrong}'
        print(f'{name:<60}{theirs.count(10):>9} lines {same}')
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
