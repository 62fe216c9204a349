#!/usr/bin/env python3
"""Every message there is, through bgpipe to JSON and back: the same bytes, and the values that its origin says.

run.py --build BUILD [--data ../shared/data] prints a table; status 1 if a case fails that wrong_at_source.txt does not know."""

import argparse
import collections
import json
import os
import sys

import archives
import bmp
import codec
import facts
import gotool
import mrt
import sources

HERE = os.path.dirname(os.path.abspath(__file__))


class Row:
    def __init__(self, name):
        self.name, self.cases, self.values, self.wrong, self.failed = name, 0, 0, 0, []

    def note(self, name, problem, known):
        """One case: what is wrong with it, or None."""
        self.cases += 1
        if problem is None:
            return
        if any(part in f'{name} {problem}' for part, _ in known):
            self.wrong += 1
        else:
            self.failed.append((name, problem))

    def text(self):
        passed = self.cases - self.wrong - len(self.failed)
        return f'{self.name:<36}{self.cases:>9}{self.values:>9}{passed:>9}{self.wrong:>9}{len(self.failed):>9}'


HEAD = f'{"source":<36}{"cases":>9}{"values":>9}{"passed":>9}{"wrong":>9}{"failed":>9}'


def known_wrong():
    """Lines of `source | part of the case's name and what differs | sentence of the RFC`."""
    found = collections.defaultdict(list)
    with open(os.path.join(HERE, 'wrong_at_source.txt'), encoding='utf-8') as file:
        for line in file:
            if line.strip() and not line.startswith('#'):
                source, part, why = (p.strip() for p in line.split('|', 2))
                found[source].append((part, why))
    return found


def check_batch(bgpipe, batch, report):
    """report(case, problem or None) for each message."""
    try:
        lines = bgpipe.lines(b''.join(c.wire for c in batch.cases), batch.flags)
        back = list(codec.frames(bgpipe.wire(lines)))
    except codec.Failed as failed:
        for case in batch.cases:
            report(case, str(failed))
        return
    if len(lines) != len(batch.cases) or len(back) != len(batch.cases):
        for case in batch.cases:
            report(case, f'{len(batch.cases)} messages became {len(lines)} lines and {len(back)} messages')
        return
    for case, line, wire in zip(batch.cases, lines, back):
        if wire != case.wire:
            report(case, f'bytes differ: {case.wire.hex()} came back as {wire.hex()}')
            continue
        wrong = facts.differences(case.expected, facts.of(json.loads(line))) if case.expected else []
        report(case, '; '.join(wrong) or None)


def check_source(bgpipe, name, batches, known):
    row = Row(name)

    def report(case, problem):
        row.cases += 1
        row.values += case.expected is not None
        if problem is None:
            return
        if any(part in f'{case.name} {problem}' for part, _ in known):
            row.wrong += 1
        else:
            row.failed.append((case.name, problem))

    for batch in batches:
        if batch.cases:
            check_batch(bgpipe, batch, report)
    return row


def check_archives(bgpipe, files, known):
    rows = []
    for path in files:
        name = os.path.basename(path)
        row = Row(name[-35:])

        def report(number, problem, row=row, name=name):
            row.note(name, problem, known)

        try:
            archives.check(bgpipe, path, report)
        except codec.Failed as failed:
            report(0, str(failed))
        rows.append(row)
    return rows


def check_bmp(bgpipe, data, more, known):
    pairs, streams = Row('netgauze bmp_pairs'), Row('bmp streams, there and back')

    def compared(name):
        def report(want, problem):
            pairs.values += want is not None
            pairs.note(name, problem, known)
        return report

    for name, stream, wanted in bmp.pairs(data):
        bmp.check_pairs(bgpipe, stream, wanted, compared(name))
    for name, stream in bmp.streams(data, more):
        try:
            bmp.check_stream(bgpipe, stream, lambda problem, name=name: streams.note(name, problem, known))
        except codec.Failed as failed:
            streams.note(name, str(failed), known)
    return [pairs, streams]


def check_go_lines(bgpipe, data):
    row = Row('lines of the Go tool, 6 and 7')

    def report(name, problem):
        row.cases += 1
        if problem is not None:
            row.failed.append((name, problem))

    gotool.check(bgpipe, data, report)
    return row


def check_broken(bgpipe, cases):
    """Not one of them is a message: bgpipe refuses it, and with --pardon passes over it."""
    row = Row('broken messages')
    for case in cases:
        row.cases += 1
        try:
            bgpipe.run('stdin', '--format', 'raw', '--', 'stdout', data=case.wire, good=(0, 1))
            bgpipe.run('stdin', '--format', 'raw', '--pardon', '--', 'stdout', data=case.wire)
        except codec.Failed as failed:
            row.failed.append((case.name, str(failed)))
    return row


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument('--build', required=True)
    options.add_argument('--data', default=os.path.join(HERE, '../../../shared/data'))
    options.add_argument('--show', type=int, default=5, help='failures shown for each source')
    options.add_argument('--archives', nargs='*', default=[], help='more files: BMP if they end so, else MRT')
    options.add_argument('sources', nargs='*', help='only these')
    given = options.parse_args()
    if not os.path.isdir(given.data):
        print(f'conformance: {given.data} is not there; nothing was checked', file=sys.stderr)
        return 77
    bgpipe, known = codec.Bgpipe(given.build), known_wrong()
    rows = []
    for name, load in sources.SOURCES.items():
        if not given.sources or name in given.sources:
            rows.append(check_source(bgpipe, name, load(given.data), known[name]))
    if not given.sources:
        rows.append(check_broken(bgpipe, sources.broken_corpus(given.data)))
    if not given.sources or 'bmp' in given.sources:
        rows.extend(check_bmp(bgpipe, given.data, [f for f in given.archives if f.endswith('.bmp')], known['bmp']))
    if not given.sources or 'go' in given.sources:
        rows.append(check_go_lines(bgpipe, given.data))
    if not given.sources or 'mrt' in given.sources:
        rows.extend(check_archives(bgpipe, mrt.files(given.data) + [f for f in given.archives if not f.endswith('.bmp')], known['mrt']))
    print(HEAD)
    for row in (r for r in rows if r.cases):
        print(row.text())
    for row in rows:
        for name, problem in row.failed[:given.show]:
            print(f'{row.name}: {name}: {problem[:600]}')
    return 1 if any(row.failed for row in rows) else 0


if __name__ == '__main__':
    sys.exit(main())
