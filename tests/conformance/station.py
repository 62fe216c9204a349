#!/usr/bin/env python3
"""What we write as BMP, taken by a station of others: pmbmpd of pmacct must log a Peer Up for each peer of an archive and
each of its routes.

station.py --build BUILD; skipped where pmbmpd is not installed."""

import argparse
import collections
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ARCHIVE = os.path.join(HERE, '../data/ris.rrc06.updates.1427846400.gz')
SKIPPED = 77


def routes_of(bgpipe):
    """(peer, prefix) of every route that the archive announces or withdraws."""
    found = collections.Counter()
    lines = subprocess.run([bgpipe, '-o', 'read', ARCHIVE], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True)
    for line in lines.stdout.splitlines():
        message = json.loads(line)
        if message[3] != 'UPDATE':
            continue
        data = message[4]
        lists = [data.get('reach', []), data.get('unreach', [])]
        for name in ('MP_REACH', 'MP_UNREACH'):
            lists.append(data.get('attrs', {}).get(name, {}).get('value', {}).get('prefixes', []))
        found.update((message[5]['PEER_IP'], prefix) for prefixes in lists for prefix in prefixes)
    return found


def free_port():
    with socket.socket() as s:
        s.bind(('127.0.0.1', 0))
        return s.getsockname()[1]


def station(directory, stream):
    """What pmbmpd logs of that stream."""
    port, log = free_port(), os.path.join(directory, 'log.json')
    conf = os.path.join(directory, 'pmbmpd.conf')
    with open(conf, 'w', encoding='ascii') as f:
        f.write(f'bmp_daemon_ip: 127.0.0.1\nbmp_daemon_port: {port}\nbmp_daemon_max_peers: 4\nbmp_daemon_msglog_output: json\n'
                f'bmp_daemon_msglog_file: {log}\nlogfile: {directory}/pmbmpd.log\n')
    with subprocess.Popen(['pmbmpd', '-f', conf], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as program:
        try:
            for _ in range(100):
                try:
                    with socket.create_connection(('127.0.0.1', port)) as s:
                        s.sendall(stream)
                    break
                except ConnectionRefusedError:
                    time.sleep(0.1)
            for _ in range(200):
                if os.path.exists(log) and '"log_close"' in open(log, encoding='utf-8').read():
                    break
                time.sleep(0.1)
        finally:
            program.kill()  # it does not end on SIGTERM
    with open(log, encoding='utf-8') as f:
        return [json.loads(line) for line in f]


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument('--build', required=True)
    bgpipe = os.path.join(options.parse_args().build, 'bgpipe')
    if shutil.which('pmbmpd') is None:
        print('station: pmbmpd is not installed (Debian package pmacct): what BMP stations take is not tested', file=sys.stderr)
        return SKIPPED
    with tempfile.TemporaryDirectory() as directory:
        path = os.path.join(directory, 'archive.bmp')
        subprocess.run([bgpipe, 'read', ARCHIVE, '--', 'write', path], stderr=subprocess.DEVNULL, check=True)
        with open(path, 'rb') as f:
            logged = station(directory, f.read())
    wanted = routes_of(bgpipe)
    kinds = collections.Counter(entry.get('bmp_msg_type') for entry in logged)
    seen = collections.Counter((e['peer_ip'], e['ip_prefix']) for e in logged if e.get('bmp_msg_type') == 'route_monitor')
    up = {e['peer_ip'] for e in logged if e.get('bmp_msg_type') == 'peer_up'}
    wrong = []
    if kinds['init'] != 1:
        wrong.append(f"{kinds['init']} Initiations")
    if not {peer for peer, _ in wanted} <= up:
        wrong.append(f'up are only {sorted(up)}')
    if seen != wanted:
        wrong.append(f'{sum(wanted.values())} routes in the archive, {sum(seen.values())} at the station')
    print(f'station: {sum(seen.values())} routes of {len(up)} peers' + ''.join('; ' + text for text in wrong))
    return 1 if wrong else 0


if __name__ == '__main__':
    sys.exit(main())
