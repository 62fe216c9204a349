"""A systemd of its own, in namespaces: nothing of this machine but its programs is seen by it, and nothing it does is seen
outside. It knows the units it is given and no others, so that it never sets up devices, temporary files or the kernel."""

import shutil
import subprocess
from pathlib import Path

from lib.proc import Program, wait_until

SYSTEMD = '/lib/systemd/systemd'

# Everything writable is private before systemd starts.
BOOT = '''
set -e
mount --make-rprivate /
umount -R /sys/fs/cgroup 2>/dev/null || true
mount -t cgroup2 cgroup2 /sys/fs/cgroup
mount -t tmpfs tmpfs /run
mkdir -p /run/given /run/upper /run/work
cp -r "$1"/. /run/given/
mount -t overlay overlay -o lowerdir=/etc,upperdir=/run/upper,workdir=/run/work /etc
for folder in /var /tmp; do mount -t tmpfs tmpfs $folder; done
mkdir -p /var/lib /var/log /var/tmp /etc/bgpiped
cp /run/given/bgpiped.yaml /etc/bgpiped/
systemd-sysusers /run/given/sysusers.conf
exec ''' + SYSTEMD + ''' --system --unit=test.target --log-target=console --show-status=no
'''


class Machine(Program):
    """files: {name: text or path}, laid in /run/given; units lie in /run/given/units."""

    def __init__(self, directory, files):
        given = directory / 'given'
        (given / 'units').mkdir(parents=True)
        for name in ('test', 'basic', 'sysinit', 'shutdown'):
            (given / 'units' / f'{name}.target').write_text('[Unit]\nDefaultDependencies=no\n')
        for name, content in files.items():
            if isinstance(content, Path):
                shutil.copy(content, given / name)
            else:
                (given / name).write_text(content)
        boot = directory / 'boot'
        boot.write_text(BOOT)
        super().__init__('systemd', ['env', '-i', 'PATH=/usr/sbin:/usr/bin:/sbin:/bin', 'container=test',
                                     'SYSTEMD_UNIT_PATH=/run/given/units', 'unshare', '--pid', '--fork', '--mount',
                                     '--cgroup', '--uts', '--ipc', '--net', '--mount-proc', '--kill-child',
                                     'sh', boot, given], directory)

    def first_pid(self):
        """Of its systemd, as it is called outside."""
        children = Path(f'/proc/{self.pid}/task/{self.pid}/children').read_text().split()
        return int(children[0]) if children else None

    def run(self, *argv, timeout=20):
        """A command inside. Returns (exit code, output)."""
        done = subprocess.run(['nsenter', '-t', str(self.first_pid()), '-m', '-p', '-C', '-u', '-i', '-n', *argv],
                              capture_output=True, text=True, timeout=timeout)
        return done.returncode, done.stdout + done.stderr

    def start(self):
        super().start()

        def up():
            assert self.running, f'it did not start: {self.log()}'
            return self.first_pid() and self.run('systemctl', 'is-system-running')[1].strip() in ('running', 'degraded')
        wait_until(up, 15, self.log)
        return self
