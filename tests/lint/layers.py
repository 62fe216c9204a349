#!/usr/bin/env python3
"""Holds the include table of ARCHITECTURE.md: which folder may see which, and where third-party headers are allowed.

Usage: layers.py [ROOT]. Prints FILE:LINE: what is wrong and what would be right; exits with 1 if there was anything.
"""

import re
import sys
from pathlib import Path

# Folder: the folders it may include, besides itself.
MAY_SEE = {
    'base': '',
    'bgp': 'base',
    'filter': 'bgp base',
    'format': 'bgp base',
    'rpki': 'bgp base',
    'conf': 'base',
    'net': 'base',
    'peer': 'bgp rpki net base',
    'pipe': 'bgp filter conf net base',
    'stages': 'pipe peer format filter rpki conf net bgp base',
    'super': 'pipe peer conf net bgp base',
    'rpc': 'net base',
    'http': 'net base',
    'api': 'super pipe rpc http rpki format bgp conf base',
    'cli': 'super pipe conf base',
    'ctl': 'rpc net base',
}
MAY_SEE = {folder: set(others.split()) | {folder} for folder, others in MAY_SEE.items()}

# Where the programs themselves stand: they tie everything together.
PROGRAMS = {'daemon/bgpiped.cc', 'daemon/bgpipe.cc', 'man/generate.cc', 'man/schema.cc', 'man/schema.hh'}

# Folders without input and output, clock, log or threads, and the headers that would bring them in.
PURE = {'bgp', 'filter', 'format', 'rpki'}
IMPURE = re.compile(r'base/log\.hh|sys/(socket|epoll|mman|file|wait)\.h|poll\.h|unistd\.h|fcntl\.h|[io]?fstream|iostream|thread|mutex')
ASKS_THE_TIME = re.compile(r'\b(system_clock\(\)|clock_gettime|std::time\()')

# Third-party headers: pattern, where they may stand, and that place in words.
FENCES = [
    (r'uv\.h|openssl/', r'daemon/net/.*', 'daemon/net'),
    (r'zlib\.h|zstd(_errors)?\.h|lzma\.h|lz4frame\.h|isa-l', r'daemon/net/.*\.cc', 'a .cc file of daemon/net'),
    (r'bzlib\.h', r'daemon/net/.*\.cc|daemon/net/bzip2_block\.hh', 'a .cc file of daemon/net'),
    (r'curl/', r'daemon/net/(.*\.cc|curl_library\.hh)', 'a .cc file of daemon/net or curl_library.hh'),
    (r'yaml-cpp/', r'daemon/conf/yaml\.cc', 'daemon/conf/yaml.cc'),
    (r'spdlog/', r'daemon/base/log\.cc', 'daemon/base/log.cc'),
    (r'systemd/', r'daemon/super/notify\.cc', 'daemon/super/notify.cc'),
    (r'CLI/', r'ctl/.*\.cc|daemon/bgpiped\.cc', 'a .cc file of ctl, or daemon/bgpiped.cc'),
    (r'simdjson\.h', r'daemon/format/.*\.cc', 'a .cc file of daemon/format'),
    (r'nlohmann/json_fwd\.hpp', r'daemon/(rpc|api)/.*|ctl/.*|.*\.cc', 'rpc, api and ctl, or a .cc file'),
    (r'nlohmann/', r'.*\.cc', 'a .cc file; headers of rpc, api and ctl take <nlohmann/json_fwd.hpp>'),
]

INCLUDE = re.compile(r'\s*#\s*include\s*([<"])([^">]+)[">]')


def folder_of(path):
    parts = Path(path).parts
    if parts[0] == 'daemon':
        return parts[1] if len(parts) > 2 else None
    return parts[0]


def own_problem(path, folder, header):
    """What is wrong with an #include "…"."""
    target = header.split('/')[0]
    if '/' not in header:
        return f'"{header}" is named without its folder: write "{folder}/{header}"'
    if path in PROGRAMS or header == 'base/version.hh':
        return None
    if target not in MAY_SEE:
        return f'"{header}": {target} is no folder of the table'
    if target not in MAY_SEE[folder]:
        return f'{folder} may not see {target}, only {" ".join(sorted(MAY_SEE[folder] - {folder})) or "itself"}: move one of them'
    return None


def problem(path, folder, quote, header):
    if folder in PURE and IMPURE.fullmatch(header):
        return f'{folder} is pure: {header} belongs above it'
    if quote == '"':
        return own_problem(path, folder, header)
    for pattern, place, words in FENCES:
        if re.match(pattern, header):
            return None if re.fullmatch(place, path) else f'<{header}> may stand only in {words}'
    return None


def line_problem(path, folder, line):
    if folder in PURE and ASKS_THE_TIME.search(line):
        return f'{folder} is pure: have the time handed in'
    match = INCLUDE.match(line)
    return match and problem(path, folder, *match.groups())


def main():
    root = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parents[2])
    files = sorted(p for top in ('daemon', 'ctl', 'man') for p in (root / top).rglob('*') if p.suffix in ('.hh', '.cc'))
    found = 0
    for file in files:
        path = str(file.relative_to(root))
        folder = folder_of(path)
        if folder is not None and folder not in MAY_SEE and path not in PROGRAMS:
            print(f'{path}:1: {folder} is not in the include table: add it to tests/lint/layers.py and ARCHITECTURE.md')
            found += 1
            continue
        for number, line in enumerate(file.read_text().splitlines(), 1):
            text = line_problem(path, folder, line)
            if text:
                print(f'{path}:{number}: {text}')
                found += 1
    print(f'{len(files)} files, {found} lines that may not be there')
    return 1 if found or not files else 0


if __name__ == '__main__':
    sys.exit(main())
