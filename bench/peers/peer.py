"""What the servers that are compared have in common: how they start, pause, end and are loaded."""
import contextlib
import glob
import grp
import os
import pwd
import signal
import socket
import subprocess
import time

import measure

HERE = os.path.dirname(os.path.abspath(__file__))
HOT_COUPON = 1000001
SPREAD = 10000


def coupon_ids(count):
    """(id, business) of coupon 0, 1, .. of the data set."""
    for i in range(count):
        business = 1 + i % measure.BUSINESSES
        yield business * 1000000 + 1 + i // measure.BUSINESSES, business


def free_port():
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        return probe.getsockname()[1]


def await_port(port, process, seconds=30):
    until = time.monotonic() + seconds
    while True:
        with contextlib.suppress(OSError):
            return socket.create_connection(('127.0.0.1', port), timeout=30)
        if process.poll() is not None or time.monotonic() > until:
            raise SystemExit(f'{process.args[0]} does not listen on port {port}')
        time.sleep(0.05)


def tree_of(pid):
    """A process and all below it."""
    children = {}
    for path in glob.glob('/proc/[0-9]*/stat'):
        with contextlib.suppress(OSError, IndexError):
            with open(path, encoding='ascii', errors='replace') as text:
                parent = int(text.read().rpartition(')')[2].split()[1])
            children.setdefault(parent, []).append(int(path.split('/')[2]))
    found, wanted = [], [pid]
    while wanted:
        found.append(wanted.pop())
        wanted += children.get(found[-1], [])
    return found


class Peer:
    """Started by us in a folder of its own, ended by its pid."""

    def __init__(self, folder, build):
        self.folder = folder
        self.build = build
        self.process = None
        self.port = free_port()
        os.makedirs(folder)

    def spawn(self, command, user=None):
        """As somebody without rights, when we are root: some servers refuse root."""
        options = {}
        if user is not None and os.geteuid() == 0:
            options = {'user': user, 'group': user_group(user), 'extra_groups': []}
        with open(os.path.join(self.folder, 'log'), 'ab') as log:
            # pylint: disable-next=consider-using-with
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log,
                                            stderr=log, cwd=self.folder, **options)

    def signal(self, number):
        """To all its processes; pauses (SIGSTOP) and wakes (SIGCONT) it."""
        for pid in tree_of(self.process.pid):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)

    def stop(self):
        self.signal(signal.SIGCONT)
        self.process.send_signal(signal.SIGINT)
        self.process.wait(timeout=120)
        self.process = None

    def kill(self):
        if self.process is not None:
            self.signal(signal.SIGKILL)
            self.process.wait()

    def load(self, task, seed, seconds, warmup, *options):
        """Our load over their protocol."""
        command = [self.build.program('bench/peers', 'peakpeeps-peer-load'), '--port',
                   str(self.port), '--connections', str(task.connections), '--depth',
                   str(task.depth), '--seed', str(seed), '--duration', str(seconds), '--warmup',
                   str(warmup), *options]
        if task.coupons == 'zipf':
            command += ['--zipf', '0.99']
        elif task.coupons == 'hot':
            command += ['--coupon-id', str(HOT_COUPON)]
        elif task.coupons == 'spread':
            command += ['--coupons', str(SPREAD)]
        return measure.json_of(command)


def user_group(user):
    return grp.getgrgid(pwd.getpwnam(user).pw_gid).gr_name


def result_of(report, kinds):
    """The figures of a report of peakpeeps-bench or peakpeeps-peer-load that tables need."""
    found = [report['requests'][kind] for kind in kinds if kind in report['requests']]
    n = sum(kind['accepted'] + kind['refused'] for kind in found)
    totals = report.get('totals', {}).get('response')
    times = totals or max(found, key=lambda kind: kind['accepted'])
    times = times.get('response', times)
    return {'per_second': sum(kind['per_second'] for kind in found),
            'accepted': sum(kind['accepted'] for kind in found),
            'refused': n - sum(kind['accepted'] for kind in found),
            'p50_ms': times['p50_us'] / 1000, 'p99_ms': times['p99_us'] / 1000,
            'p99.9_ms': times['p99.9_us'] / 1000, 'max_ms': times['max_us'] / 1000}
