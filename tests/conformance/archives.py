"""MRT files through bgpipe: to messages, to JSON and back, to MRT. What is equal is told record by record."""

import json

import codec
import mrt


def check(bgpipe, path, report):
    """report(number of the record, problem or None)."""
    data = mrt.content(path)
    kinds = mrt.kinds(data)
    records = list(mrt.records(data)) if kinds <= {16, 17} else []
    if records:
        updates(bgpipe, path, records, report)
    else:
        table(bgpipe, path, report)


def read(bgpipe, path, *words):
    # Some files are cut on purpose: what stands before the cut counts.
    return bgpipe.run('read', '--format', 'mrt', '--pardon', path, '--', *words, good=(0, 1))


def updates(bgpipe, path, records, report):
    messages = [r for r in records if r.subtype in mrt.MESSAGES]
    raw = b''.join(r.data for r in messages)
    problems = {}
    if read(bgpipe, path, 'stdout', '--format', 'raw') != raw:
        problems[-1] = 'raw: the messages differ'
    lines = read(bgpipe, path, 'stdout').split(b'\n')[:-1]
    guess(bgpipe, problems, lines, raw)
    compare(problems, 'json', records, bgpipe.wire(lines, 'mrt'), 1000)
    compare(problems, 'mrt', records, read(bgpipe, path, 'stdout', '--format', 'mrt'), 1)
    for number in range(len(records)):
        report(number, problems.get(number) or problems.get(-1))


def guess(bgpipe, problems, lines, raw):
    """Without the archive's word on the width of AS numbers and on path ids, -g reads the same."""
    told = [json.loads(line)[3:5] for line in lines if b'"REPORT"' not in line]
    guessed = [json.loads(line)[3:5] for line in bgpipe.lines(raw, ('-g',))]
    wrong = sum(a != b for a, b in zip(told, guessed)) + abs(len(told) - len(guessed))
    if wrong:
        problems[0] = f'-g: {wrong} of {len(told)} messages are guessed otherwise'


def compare(problems, way, records, written, unit):
    found = list(mrt.records(written))
    if len(found) != len(records):
        problems[-1] = f'{way}: {len(records)} records became {len(found)}'
        return
    for number, (was, now) in enumerate(zip(records, found)):
        what = []
        if was.data != now.data:
            what.append('data')
        if was.peer_values() != now.peer_values():
            what.append('peer')
        # Which side sent it is not kept (RFC 8050); nor path ids where no routes stand, nor, in JSON, the width of AS numbers
        # where none do.
        if (was.subtype in mrt.WIDE) != (now.subtype in mrt.WIDE) and (way != 'json' or codec.holds_as_numbers(was.data)):
            what.append('width of AS numbers')
        if (was.subtype in mrt.PATH_IDS) != (now.subtype in mrt.PATH_IDS) and codec.holds_routes(was.data):
            what.append('path ids')
        if was.micros // unit != now.micros // unit:
            what.append('time')
        if what:
            problems[number] = f'{way}: {", ".join(what)} of record {number} differ: {was} {now}'


def table(bgpipe, path, report):
    """A table is replayed as UPDATEs: each of them there and back, and as many routes as the table has entries."""
    raw = read(bgpipe, path, 'stdout', '--format', 'raw')
    messages = list(codec.frames(raw))
    lines = read(bgpipe, path, 'stdout').split(b'\n')[:-1]
    back = list(codec.frames(bgpipe.wire(lines)))
    for number, message in enumerate(messages):
        report(number, None if number < len(back) and back[number] == message else 'json: the bytes differ')
    routes = sum(count(json.loads(line)[4]) for line in lines if b'"UPDATE"' in line)
    wanted = entries(mrt.content(path))
    # The records of 1999 are messages, not entries of a table.
    if wanted and wanted != routes:
        report(len(messages), f'{wanted} entries, {routes} routes')


def count(update):
    mp = update.get('attrs', {}).get('MP_REACH', {}).get('value', {})
    return len(update.get('reach', [])) + len(mp.get('prefixes', []))


def entries(data):
    total = 0
    for kind, subtype, _, body in mrt.raw(data):
        if kind == 12 or (kind == 16 and subtype == 2):
            total += 1
        if kind == 13 and subtype in (2, 3, 4, 5, 8, 9, 10, 11):
            size = 1 + (body[4] + 7) // 8
            total += int.from_bytes(body[4 + size:6 + size], 'big')
    return total
