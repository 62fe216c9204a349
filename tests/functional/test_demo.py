"""`make demo` runs to its end by itself, and shows what it promises."""

import os

from lib.daemon import BIN_DIR, ROOT


def test_the_demo_runs_to_its_end(lab):
    for name in ('bgpiped', 'bgpipectl', 'bgpipe'):
        lab.need(name)
    host = lab.host('local')
    done = host.run([ROOT / 'tests/demo/demo'], timeout=90,
                    env={**os.environ, 'DEMO_PACE': '0', 'BGPIPED_BIN_DIR': str(BIN_DIR)})
    said = done.stdout + done.stderr
    assert done.returncode == 0, said
    for word in ('established', 'once more', '"UPDATE",{"reach"', '1 updated', 'to show what happens', '.mrt.gz:'):
        assert word in said, said
    assert 'bgpipectl:' not in said, said
