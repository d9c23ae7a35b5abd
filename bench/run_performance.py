#!/usr/bin/env python3
"""Measures PeakPeeps beside raw LMDB and a bare echo server, in turn, and writes the table.

usage: bench/run_performance.py [--build DIR] [--rounds N] [--seconds N] [--write FILE]

Everything is measured in each round, one after the other, so that what else the machine does meets
all of them alike. Needs peakpeepsd, peakpeeps-bench and peakpeeps-limits, built as release.
"""
import argparse
import os
import shutil
import statistics
import tempfile

import measure
from measure import whole

CONNECTIONS = 64
DEPTHS = (1, 16)


class Run:
    def __init__(self, args):
        self.args = args
        self.folder = tempfile.mkdtemp(prefix='peakpeeps-performance-', dir=args.folder)
        self.store = os.path.join(self.folder, 'store')
        self.copy = os.path.join(self.folder, 'copy')
        self.server = None
        self.echo = None
        self.build = measure.Build(args.build)
        self.figures = measure.Figures()
        self.n_runs = 0
        self.load_before = os.getloadavg()[0]

    def start_server(self):
        self.server = self.build.start(self.store, 'lmdb')

    def bench(self, *options):
        self.n_runs += 1
        return self.build.bench(self.server.port, '--connections', CONNECTIONS,
                                '--seed', self.n_runs, '--users', self.args.users,
                                '--businesses', self.args.businesses,
                                '--coupons', self.args.coupons, *options)

    def commits(self):
        return int(self.build.limits('commits', '--path', self.store)['commits'])

    def prepare(self):
        self.start_server()
        self.bench('--prepare', '--mix', 'purchase', '--requests', '10000', '--no-check',
                   '--warmup', '0')
        self.server.stop()
        shutil.copytree(self.store, self.copy)
        self.start_server()
        self.echo = measure.Server([self.build.program('bench', 'peakpeeps-limits'),
                                    'echo-server'], 'stdout')

    def measure_purchases(self, depth):
        seconds, note = str(self.args.seconds), self.figures.note
        before = self.commits()
        result = self.bench('--mix', 'purchase', '--depth', str(depth), '--duration', seconds,
                            '--no-check')
        purchase = result['requests']['purchase']
        batch = purchase['accepted_in_all'] / (self.commits() - before)
        raw = self.build.limits('lmdb', '--path', self.copy, '--batch', max(1, round(batch)),
                                '--duration', seconds, '--seed', self.n_runs)
        name = f'purchase {depth}'
        note(name, purchase['per_second'])
        note(f'{name} p50', purchase['response']['p50_us'] / 1000)
        note(f'{name} p99', purchase['response']['p99_us'] / 1000)
        note(f'{name} batch', batch)
        note(f'lmdb {depth}', float(raw['purchases_per_second']))
        note(f'lmdb {depth} p50', float(raw['p50_us']) / 1000)
        note(f'lmdb {depth} p99', float(raw['p99_us']) / 1000)
        note(f'{name} share', purchase['per_second'] / float(raw['purchases_per_second']))

    def measure_reads(self, depth):
        seconds, note = str(self.args.seconds), self.figures.note
        echo = self.build.limits('echo-load', '--port', self.echo.port, '--depth', depth,
                                 '--connections', CONNECTIONS, '--duration', seconds)
        note(f'echo {depth}', float(echo['frames_per_second']))
        note(f'echo {depth} p50', float(echo['p50_us']) / 1000)
        note(f'echo {depth} p99', float(echo['p99_us']) / 1000)
        for kind in ('coupon', 'balance'):
            result = self.bench('--mix', f'{kind}=1', '--depth', str(depth), '--duration', seconds,
                                '--no-check')['requests'][kind]
            name = f'{kind} {depth}'
            note(name, result['per_second'])
            note(f'{name} p50', result['response']['p50_us'] / 1000)
            note(f'{name} p99', result['response']['p99_us'] / 1000)
            note(f'{name} share', result['per_second'] / float(echo['frames_per_second']))

    def measure(self):
        for number in range(1, self.args.rounds + 1):
            measure.say(f'round {number} of {self.args.rounds}')
            for depth in DEPTHS:
                self.measure_purchases(depth)
                self.measure_reads(depth)
            sync = self.build.limits('sync', '--path', self.folder, '--bytes', 4096,
                                     '--duration', 1)
            self.figures.note('sync', float(sync['per_second']))

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
                process.kill()
        shutil.rmtree(self.folder, ignore_errors=True)


def line(run, title, name):
    values = run.figures[name]
    ratio = ''
    if f'{name} share' in run.figures:
        low, high = run.figures.span(f'{name} share')
        ratio = f'{run.figures.median(f"{name} share"):.2f} ({low:.2f} to {high:.2f})'
    p50 = run.figures.median(f'{name} p50')
    p99 = run.figures.median(f'{name} p99')
    return (f'| {title} | {whole(statistics.median(values))} | {whole(min(values))} | '
            f'{whole(max(values))} | {p50:.2f} | {p99:.2f} | {ratio} |')


def table(run, books):
    args = run.args
    head = ['| | per second, median | min | max | p50 ms | p99 ms | share of the limit below |',
            '| --- | ---: | ---: | ---: | ---: | ---: | ---: |']
    rows = []
    for depth in DEPTHS:
        batch = run.figures.median(f'purchase {depth} batch')
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
        f'Machine: {measure.machine(run.folder)}.', '',
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
        ' --buildtype=release && ninja -C ' + args.build_name, command, '```'])


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
        measure.replace_part(run.args.write, 'measured', text)


if __name__ == '__main__':
    main()
