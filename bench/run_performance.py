#!/usr/bin/env python3
"""Measures PeakPeeps beside raw LMDB and a bare echo server, in turn, and writes the table.

usage: bench/run_performance.py [--build DIR] [--rounds N] [--seconds N] [--write FILE]

Everything is measured in each round, one after the other, so that what else the machine does meets
all of them alike. Needs peakpeepsd, peakpeeps-bench and peakpeeps-limits, built as release.
"""
import argparse
import json
import os
import platform
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

CONNECTIONS = 64
DEPTHS = (1, 16)
BEGIN = '<!-- measured: begin -->'
END = '<!-- measured: end -->'


class Server:
    """A process that says port=N on one of its outputs."""

    def __init__(self, command, pipe):
        self.process = subprocess.Popen(command, text=True, **{pipe: subprocess.PIPE})
        stream = getattr(self.process, pipe)
        for line in stream:
            found = re.search(r'\bport=(\d+)', line)
            if found:
                self.port = int(found.group(1))
                break
        else:
            raise SystemExit(f'{command[0]} ended without listening')
        # What it says later is of no interest, but must not fill the pipe.
        subprocess.Popen(['cat'], stdin=stream, stdout=subprocess.DEVNULL)

    def stop(self):
        self.process.terminate()
        return self.process.wait(timeout=60)


class Run:
    def __init__(self, args):
        self.args = args
        self.folder = tempfile.mkdtemp(prefix='peakpeeps-performance-', dir=args.folder)
        self.store = os.path.join(self.folder, 'store')
        self.copy = os.path.join(self.folder, 'copy')
        self.server = None
        self.echo = None
        self.figures = {}
        self.n_runs = 0
        self.load_before = os.getloadavg()[0]

    def program(self, folder, name):
        return os.path.join(self.args.build, folder, name)

    def note(self, name, value):
        self.figures.setdefault(name, []).append(value)

    def start_server(self):
        self.server = Server([self.program('server', 'peakpeepsd'), '--store', self.store,
                              '--listen', '127.0.0.1:0'], 'stderr')

    def bench(self, *options):
        self.n_runs += 1
        command = [self.program('bench', 'peakpeeps-bench'), '--json',
                   '--address', f'127.0.0.1:{self.server.port}',
                   '--connections', str(CONNECTIONS), '--seed', str(self.n_runs),
                   '--users', str(self.args.users), '--businesses', str(self.args.businesses),
                   '--coupons', str(self.args.coupons), *options]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
        if done.returncode != 0:
            raise SystemExit(f'{" ".join(command)}: exit {done.returncode}\n{done.stdout}')
        return json.loads(done.stdout)

    def limits(self, *options):
        done = subprocess.run([self.program('bench', 'peakpeeps-limits'), *options],
                              stdout=subprocess.PIPE, text=True, check=True)
        return dict(pair.split('=', 1) for pair in done.stdout.split())

    def commits(self):
        return int(self.limits('commits', '--path', self.store)['commits'])

    def prepare(self):
        self.start_server()
        self.bench('--prepare', '--mix', 'purchase', '--requests', '10000', '--no-check',
                   '--warmup', '0')
        self.server.stop()
        shutil.copytree(self.store, self.copy)
        self.start_server()
        self.echo = Server([self.program('bench', 'peakpeeps-limits'), 'echo-server'], 'stdout')

    def measure_purchases(self, depth):
        seconds = str(self.args.seconds)
        before = self.commits()
        result = self.bench('--mix', 'purchase', '--depth', str(depth), '--duration', seconds,
                            '--no-check')
        purchase = result['requests']['purchase']
        batch = purchase['accepted_in_all'] / (self.commits() - before)
        raw = self.limits('lmdb', '--path', self.copy, '--batch', str(max(1, round(batch))),
                          '--duration', seconds, '--seed', str(self.n_runs))
        name = f'purchase {depth}'
        self.note(name, purchase['per_second'])
        self.note(f'{name} p50', purchase['p50_us'] / 1000)
        self.note(f'{name} p99', purchase['p99_us'] / 1000)
        self.note(f'{name} batch', batch)
        self.note(f'lmdb {depth}', float(raw['purchases_per_second']))
        self.note(f'lmdb {depth} p50', float(raw['p50_us']) / 1000)
        self.note(f'lmdb {depth} p99', float(raw['p99_us']) / 1000)
        self.note(f'{name} share', purchase['per_second'] / float(raw['purchases_per_second']))

    def measure_reads(self, depth):
        seconds = str(self.args.seconds)
        echo = self.limits('echo-load', '--port', str(self.echo.port), '--depth', str(depth),
                           '--connections', str(CONNECTIONS), '--duration', seconds)
        self.note(f'echo {depth}', float(echo['frames_per_second']))
        self.note(f'echo {depth} p50', float(echo['p50_us']) / 1000)
        self.note(f'echo {depth} p99', float(echo['p99_us']) / 1000)
        for kind in ('coupon', 'balance'):
            result = self.bench('--mix', f'{kind}=1', '--depth', str(depth), '--duration', seconds,
                                '--no-check')['requests'][kind]
            name = f'{kind} {depth}'
            self.note(name, result['per_second'])
            self.note(f'{name} p50', result['p50_us'] / 1000)
            self.note(f'{name} p99', result['p99_us'] / 1000)
            self.note(f'{name} share', result['per_second'] / float(echo['frames_per_second']))

    def measure(self):
        for number in range(1, self.args.rounds + 1):
            print(f'round {number} of {self.args.rounds}', file=sys.stderr)
            for depth in DEPTHS:
                self.measure_purchases(depth)
                self.measure_reads(depth)
            sync = self.limits('sync', '--path', self.folder, '--bytes', '4096',
                               '--duration', '1')
            self.note('sync', float(sync['per_second']))

    def check(self):
        """The books after all of it, and whether the server ends as it should."""
        result = self.bench('--mix', 'retail', '--depth', '16', '--duration', '1')
        if not result['books']['right']:
            raise SystemExit(f'the books are not right: {result["books"]}')
        if self.server.stop() != 0:
            raise SystemExit('the server did not end cleanly')
        self.server = None
        return result['books']

    def end(self):
        for process in (self.server, self.echo):
            if process is not None:
                process.process.kill()
        shutil.rmtree(self.folder, ignore_errors=True)


def whole(value):
    return f'{value:,.0f}'.replace(',', ' ')


def line(run, title, name):
    values = run.figures[name]
    share = run.figures.get(f'{name} share')
    ratio = '' if share is None else (f'{statistics.median(share):.2f} '
                                      f'({min(share):.2f} to {max(share):.2f})')
    p50 = statistics.median(run.figures[f'{name} p50'])
    p99 = statistics.median(run.figures[f'{name} p99'])
    return (f'| {title} | {whole(statistics.median(values))} | {whole(min(values))} | '
            f'{whole(max(values))} | {p50:.2f} | {p99:.2f} | {ratio} |')


def first_match(path, pattern):
    with open(path, encoding='utf-8') as text:
        found = re.search(pattern, text.read(), re.MULTILINE)
    return found.group(1).strip() if found else 'unknown'


def file_system(folder):
    """The type of the file system that holds a folder: that of the longest mount point above it."""
    path = os.path.realpath(folder)
    best, kind = '', 'unknown'
    with open('/proc/mounts', encoding='utf-8') as mounts:
        for mount in mounts:
            point, name = mount.split()[1:3]
            above = path == point or path.startswith(point.rstrip('/') + '/')
            if above and len(point) >= len(best):
                best, kind = point, name
    return kind


def machine(folder):
    memory = int(first_match('/proc/meminfo', r'^MemTotal:\s*(\d+)')) / 1024 / 1024
    system = first_match('/etc/os-release', r'^PRETTY_NAME="([^"]*)"')
    return (f'{os.cpu_count()} cores ({first_match("/proc/cpuinfo", r"^model name.*: (.*)$")}), '
            f'{memory:.0f} GiB, {system}, Linux {platform.release()}, {file_system(folder)}, '
            f'{time.strftime("%Y-%m-%d")}')


def table(run, books):
    args = run.args
    head = ['| | per second, median | min | max | p50 ms | p99 ms | share of the limit below |',
            '| --- | ---: | ---: | ---: | ---: | ---: | ---: |']
    rows = []
    for depth in DEPTHS:
        batch = statistics.median(run.figures[f'purchase {depth} batch'])
        rows.append(line(run, f'**durable purchases**, depth {depth}', f'purchase {depth}'))
        rows.append(line(run, f'raw LMDB, commits of {batch:.0f} purchases', f'lmdb {depth}'))
    for depth in DEPTHS:
        rows.append(line(run, f'**GetCoupon**, depth {depth}', f'coupon {depth}'))
        rows.append(line(run, f'**GetBalance**, depth {depth}', f'balance {depth}'))
        rows.append(line(run, f'echo of a 64-byte frame, depth {depth}', f'echo {depth}'))
    sync = run.figures['sync']
    command = (f'bench/run_performance.py --build {args.build_name} --rounds {args.rounds} '
               f'--seconds {args.seconds:g}')
    return '\n'.join([
        BEGIN, '', f'Machine: {machine(run.folder)}.', '',
        f'Data: {whole(args.users)} users, {whole(args.businesses)} businesses, '
        f'{whole(args.coupons)} coupons, drawn uniformly. {CONNECTIONS} connections, '
        f'{args.rounds} rounds of {args.seconds:g} s each, interleaved. '
        f'An append of 4 KiB with fdatasync: {whole(statistics.median(sync))} per second '
        f'({whole(min(sync))} to {whole(max(sync))}). Load average before: '
        f'{run.load_before:.1f}.', '',
        *head, *rows, '',
        f'Afterwards: Verify of {whole(books["verify_records"])} records {books["verify"]}, '
        f'{books["replayed"]} acknowledged writes sent again, '
        f'{books["replayed_otherwise"]} answered otherwise.', '',
        'Repeat it with:', '', '```', 'meson setup ' + args.build_name +
        ' --buildtype=release && ninja -C ' + args.build_name, command, '```', '', END])


def write(path, text):
    with open(path, encoding='utf-8') as file:
        page = file.read()
    if BEGIN not in page or END not in page:
        raise SystemExit(f'{path} has no line {BEGIN} and {END}')
    before, rest = page.split(BEGIN, 1)
    after = rest.split(END, 1)[1]
    with open(path, 'w', encoding='utf-8') as file:
        file.write(before + text + after)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split('\n', maxsplit=1)[0])
    parser.add_argument('--build', default='build', help='where it was built')
    parser.add_argument('--build-name', default='build', help='how the page calls that folder')
    parser.add_argument('--rounds', type=int, default=5)
    parser.add_argument('--seconds', type=float, default=5)
    parser.add_argument('--users', type=int, default=33000)
    parser.add_argument('--businesses', type=int, default=16500)
    parser.add_argument('--coupons', type=int, default=33000)
    parser.add_argument('--folder', default='.', help='on the disk to measure')
    parser.add_argument('--write', help='the page whose table is replaced')
    run = Run(parser.parse_args())
    try:
        run.prepare()
        run.measure()
        text = table(run, run.check())
    finally:
        run.end()
    print(text)
    if run.args.write:
        write(run.args.write, text)


if __name__ == '__main__':
    main()
