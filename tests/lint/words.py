#!/usr/bin/env python3
"""Tracked text files are clean: UTF-8, no tabs or spaces at ends of lines, one newline at the end, no paths of one developer's
machine, nothing unfinished. Prints FILE:LINE: what is wrong.

Usage: words.py [ROOT]. Exits with 77 (skipped) where there is no git checkout.
"""

import re
import subprocess
import sys
from pathlib import Path

# Data as it was found, and inputs of fuzzers.
AS_FOUND = ('tests/fuzz/corpus/', 'tests/data/')
# Paths of one machine. The pattern is cut in two, so that this file does not match itself.
MACHINE = re.compile(r'(?<![\w.$}*-])/(wo' r'rk|home/\w+|root|Users)/')
UNFINISHED = re.compile(r'\b(TO' r'DO|FIX' r'ME|XX' r'X)\b')


def problems(path, data):
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        line = data[:error.start].count(b'\n') + 1
        yield line, 'not UTF-8'
        return
    if text and not text.endswith('\n') or text.endswith('\n\n'):
        yield text.count('\n'), 'ends with one newline, no more and no less'
    for number, line in enumerate(text.split('\n'), 1):
        if line != line.rstrip():
            yield number, 'space at the end of the line'
        if '\t' in line and path.name != 'Makefile' and path.suffix != '.1':
            yield number, 'a tab: use spaces'
        if any(ord(c) < 32 and c not in '\t' or c == '\x7f' for c in line):
            yield number, 'a control character: write it as an escape'
        if MACHINE.search(line):
            yield number, 'a path of one machine: name it relative to the repository, or make it an argument'
        if UNFINISHED.search(line):
            yield number, 'something unfinished: finish it, or describe it in an issue'


def main():
    root = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parents[2])
    listed = subprocess.run(['git', 'ls-files', '-z'], cwd=root, capture_output=True)
    if listed.returncode != 0:
        print('no git checkout: nothing to look at')
        return 77
    found = 0
    for name in listed.stdout.decode().split('\0'):
        file = root / name
        if not name or name.startswith(AS_FOUND) or not file.is_file():
            continue
        for line, what in problems(file, file.read_bytes()):
            print(f'{name}:{line}: {what}')
            found += 1
    return 1 if found else 0


if __name__ == '__main__':
    sys.exit(main())
