#!/usr/bin/env python3
"""Measures what disk, kernel and libraries can do, and PeakPeeps beside it, all in turn.

usage: bench/run_limits.py [--build DIR] [--rounds N] [--seconds N] [--only WORD] [--json FILE]
                           [--write PAGE]

Each round measures everything once, one after the other, so that what else the machine does meets
all of it alike. `./dev bench limits` builds what it needs and runs it.
"""
import argparse
import json
import os
import shutil
import subprocess
import sys
import time

import measure
from measure import whole

CONNECTIONS = 64
SYNC_BYTES = (512, 4096, 65536, 1048576)
ECHO_DEPTHS = (1, 16, 64)
TABLE_KEYS = (33000, 100000)
TREE_KEYS = (33000, 1000000)
BATCHES = (1, 16, 64, 256, 1024)
CODEC = (('request_unpack', 'protobuf-c unpacks it'), ('request_decode', 'the codec decodes it'),
         ('request_hash', 'its hash'), ('response_pack', 'protobuf-c packs its receipt'),
         ('response_encode', 'the codec encodes its receipt'))
CHECKPOINT_PURCHASES_MAX = 11000  # 100 000 records
OPEN_LOOP_SHARE = 0.7
ALIGNMENT = 512



class Limits:
    """Everything that is measured, each a step that notes figures of this round."""

    def __init__(self, args, work):
        self.args = args
        self.work = work
        self.build = measure.Build(args.build)
        self.figures = measure.Figures()
        self.modes = self.build.commit_modes()
        self.servers = {}
        self.echo = {}
        self.n_runs = 0
        self.round = {}  # of this round, for steps that build on others

    # ---- Around it ----

    def start(self):
        bare = ('--epoll', '--path', self.work.path, '--bytes', self.bytes_each())
        for kind, options in (('libuv', ()), ('epoll', ('--epoll',)), ('log', bare)):
            command = [self.build.program('bench', 'peakpeeps-limits'), 'echo-server', *options]
            self.echo[kind] = measure.Server(command, 'stdout')
        for mode in self.modes if self.needs_servers() else ():
            measure.say(f'filling a store with commit: {mode}')
            store = self.work.join(f'store-{mode}')
            self.servers[mode] = self.build.start(store, mode)
            self.bench(mode, '--prepare', '--mix', 'purchase', '--requests', 10000, '--warmup', 0,
                       '--no-check')
            if mode == 'lmdb':
                self.servers[mode].stop()
                shutil.copytree(store, self.work.join('copy'))
                self.servers[mode] = self.build.start(store, mode)

    def bytes_each(self):
        """Of a purchase in the log."""
        done = self.build.limits('rules', '--batch', 256, '--duration', 0.1, '--warmup', 0)
        return str(round(float(done['batch_bytes']) / 256))

    def needs_servers(self):
        return any(title.startswith('commit') for title, _ in self.chosen_steps())

    def end(self):
        for server in (*self.echo.values(), *self.servers.values()):
            server.kill()

    def check_books(self):
        """Verify and replays in every mode; then each server must end cleanly."""
        books = {}
        for mode in list(self.servers):
            result = self.bench(mode, '--mix', 'retail', '--depth', 16, '--duration', 1)
            books[mode] = result['books']
            if not books[mode]['right']:
                raise SystemExit(f'the books are not right: {books[mode]}')
            if self.servers.pop(mode).stop() != 0:
                raise SystemExit('a server did not end cleanly')
        return books

    def bench(self, mode, *options):
        self.n_runs += 1
        return self.build.bench(self.servers[mode].port, '--seed', self.n_runs,
                                '--users', measure.USERS, '--businesses', measure.BUSINESSES,
                                '--coupons', measure.COUPONS, *options)

    def limits(self, *options, seconds=None):
        self.n_runs += 1
        seconds = self.args.seconds if seconds is None else seconds
        return self.build.limits(*options, '--duration', seconds, '--warmup', 0.2,
                                 '--seed', self.n_runs)

    def note(self, name, value):
        self.figures.note(name, value)
        self.round[name] = value

    # ---- Limits ----

    def sync(self, n_bytes, filled):
        done = self.limits('sync', '--path', self.work.path, '--bytes', n_bytes,
                           *(['--filled'] if filled else []))
        name = f'sync {n_bytes} {"filled" if filled else "growing"}'
        self.note(f'{name} p50', float(done['p50_us']) / 1e3)
        self.note(f'{name} p99', float(done['p99_us']) / 1e3)

    def wal(self, n_bytes):
        done = self.limits('wal', '--path', self.work.path, '--bytes', n_bytes)
        self.note(f'wal {n_bytes} p50', float(done['p50_us']) / 1e3)
        self.note(f'wal {n_bytes} p99', float(done['p99_us']) / 1e3)

    def echo_load(self, kind, connections, depth):
        done = self.limits('echo-load', '--port', self.echo[kind].port, '--depth', depth,
                           '--connections', connections)
        name = f'echo {kind} {connections} {depth}'
        self.note(name, float(done['frames_per_second']))
        self.note(f'{name} p50', float(done['p50_us']) / 1e3)

    def codec(self):
        done = self.limits('codec', seconds=2 * self.args.seconds)
        for name, _ in CODEC:
            self.note(f'codec {name}', float(done[f'{name}_ns']))

    def memtable(self, n_keys):
        done = self.limits('memtable', '--keys', n_keys)
        for name in ('put', 'get', 'miss', 'sort'):
            self.note(f'memtable {n_keys} {name}', float(done[f'{name}_ns']))

    def tree(self, n_keys):
        done = self.limits('lmdb-get', '--path', self.work.path, '--keys', n_keys)
        self.note(f'lmdb {n_keys} get', float(done['get_ns']))
        self.note(f'lmdb {n_keys} view', float(done['view_ns']))

    def rules(self, batch):
        done = self.limits('rules', '--batch', batch)
        if done['refused'] != '0':
            raise SystemExit('the rules refused purchases that they should not')
        self.note(f'rules {batch}', float(done['purchases_per_second']))
        # The bytes of so many purchases appended and synced, and nothing else.
        n_bytes = -(-int(float(done['batch_bytes'])) // ALIGNMENT) * ALIGNMENT
        done = self.limits('sync', '--path', self.work.path, '--filled', '--bytes', n_bytes)
        self.note(f'bare log {batch}', float(done['per_second']) * batch)
        self.note(f'bare log {batch} p50', float(done['p50_us']) / 1e3)

    # ---- PeakPeeps ----

    def load(self, mode, name, kind, *options):
        """A closed loop of one kind of request."""
        result = self.bench(mode, '--mix', f'{kind}=1', '--duration', self.args.seconds,
                            '--warmup', 0.3, '--no-check', *options)
        row = result['requests'][kind]
        times = row['response']
        name = f'{mode} {name}'
        self.note(name, row['per_second'])
        self.note(f'{name} p50', times['p50_us'] / 1e3)
        self.note(f'{name} p99', times['p99_us'] / 1e3)

    def open_loop(self, mode):
        """At a share of what this round's closed loop reached."""
        rate = int(self.round[f'{mode} purchase 16'] * OPEN_LOOP_SHARE)
        result = self.bench(mode, '--mix', 'purchase=1', '--depth', 16, '--rate', rate,
                            '--connections', CONNECTIONS, '--warmup', 1, '--no-check',
                            '--duration', max(3, self.args.seconds))
        name = f'{mode} open'
        self.note(f'{name} rate', rate)
        self.note(f'{name} p50', result['totals']['response']['p50_us'] / 1e3)
        self.note(f'{name} p99', result['totals']['response']['p99_us'] / 1e3)

    def probe(self, mode):
        """A file synced beside checkpoints as that load makes them, by LMDB alone."""
        seconds = max(3, self.args.seconds)
        rate = self.round[f'{mode} open rate']
        n = min(CHECKPOINT_PURCHASES_MAX, max(1, int(rate)))
        command = [self.build.program('bench', 'peakpeeps-limits'), 'lmdb', '--path',
                   self.work.join('copy'), '--batch', str(n), '--every', str(int(n / rate * 1e6)),
                   '--duration', str(seconds + 1), '--warmup', '0']
        with subprocess.Popen(command, stdout=subprocess.DEVNULL) as checkpoints:
            done = self.limits('sync', '--path', self.work.path, '--filled', '--every', 1000,
                               '--bytes', 16 * 1024, seconds=seconds)
            checkpoints.terminate()
        self.note(f'{mode} probe p50', float(done['p50_us']) / 1e3)
        self.note(f'{mode} probe p99', float(done['p99_us']) / 1e3)

    # ---- All of it ----

    def steps(self):
        for n_bytes in SYNC_BYTES:
            yield f'sync of {n_bytes}, filled', lambda n=n_bytes: self.sync(n, True)
            yield f'wal append of {n_bytes}', lambda n=n_bytes: self.wal(n)
            yield f'sync of {n_bytes}, growing', lambda n=n_bytes: self.sync(n, False)
        for n_keys in TABLE_KEYS:
            yield f'memtable of {n_keys}', lambda n=n_keys: self.memtable(n)
        for n_keys in TREE_KEYS:
            yield f'lmdb get of {n_keys}', lambda n=n_keys: self.tree(n)
        yield 'codec', self.codec
        for batch in BATCHES:
            yield f'rules and bare log, {batch} at a time', lambda n=batch: self.rules(n)
        for kind in ('libuv', 'epoll', 'log'):
            yield f'echo of one {kind}', lambda k=kind: self.echo_load(k, 1, 1)
            for depth in ECHO_DEPTHS:
                yield (f'echo {kind}, depth {depth}',
                       lambda k=kind, n=depth: self.echo_load(k, CONNECTIONS, n))
        for mode in self.modes:
            for depth in (1, 16):
                many = ('--connections', CONNECTIONS, '--depth', depth)
                for kind in ('coupon', 'balance', 'purchase'):
                    yield (f'commit {mode}: {kind}, depth {depth}',
                           lambda m=mode, k=kind, n=depth, o=many: self.load(m, f'{k} {n}', k, *o))
            yield (f'commit {mode}: one buyer',
                   lambda m=mode: self.load(m, 'one', 'purchase', '--connections', 1))
            yield f'commit {mode}: open loop', lambda m=mode: self.open_loop(m)
            yield f'commit {mode}: probe file', lambda m=mode: self.probe(m)

    def chosen_steps(self):
        return [step for step in self.steps() if self.args.only in step[0]]

    def measure(self):
        steps = self.chosen_steps()
        begun, n_done, n_all = time.monotonic(), 0, len(steps) * self.args.rounds
        for number in range(1, self.args.rounds + 1):
            self.round = {}
            for title, run in steps:
                left = (time.monotonic() - begun) / n_done * (n_all - n_done) if n_done else 0
                show_progress(n_done, n_all, left, f'round {number}: {title}')
                run()
                n_done += 1
        show_progress(n_done, n_all, 0, 'done')


def show_progress(n_done, n_all, left, text):
    if sys.stderr.isatty():
        bar = '#' * (24 * n_done // n_all)
        print(f'\r\033[K[{bar:<24}] {left:4.0f} s left  {text}', end='' if n_done < n_all else '\n',
              file=sys.stderr, flush=True)
    elif n_done < n_all:
        measure.say(f'{n_done + 1} of {n_all}, {left:.0f} s left: {text}')


# ---- The page ----

def number(value):
    if abs(value) >= 100:
        return whole(value)
    return f'{value:.1f}' if abs(value) >= 10 else f'{value:.2f}'


def aligned(head, rows):
    """A table in Markdown that can also be read as it is; all columns but the first are numbers."""
    widths = [max(len(row[i]) for row in [head, *rows]) for i in range(len(head))]
    lines = ['| ' + ' | '.join(cell.ljust(width) if i == 0 else cell.rjust(width)
                               for i, (cell, width) in enumerate(zip(row, widths))) + ' |'
             for row in [head, *rows]]
    rule = '| ' + ' | '.join('-' * width if i == 0 else '-' * (width - 1) + ':'
                             for i, width in enumerate(widths)) + ' |'
    return '\n'.join([lines[0], rule, *lines[1:]])


def limit_rows(figures):
    """(what, name of the figure, its unit) of every limit."""
    for kind, title in (('filled', 'into space filled before'), ('growing', 'to a growing file')):
        for n_bytes in SYNC_BYTES:
            yield (f'fdatasync of {whole(n_bytes)} bytes {title}',
                   f'sync {n_bytes} {kind} p50', 'ms p50')
    for n_bytes in SYNC_BYTES:
        yield f'**log append** of {whole(n_bytes)} bytes, synced', f'wal {n_bytes} p50', 'ms p50'
    for kind, title in (('libuv', 'echo, libuv'), ('epoll', 'echo, epoll'),
                        ('log', 'bare log behind a socket')):
        yield f'{title}, one connection', f'echo {kind} 1 1 p50', 'ms p50'
        for depth in ECHO_DEPTHS:
            yield (f'{title}, {CONNECTIONS} connections, depth {depth}',
                   f'echo {kind} {CONNECTIONS} {depth}', 'per second')
    for name, title in CODEC:
        bold = '**' if 'codec' in title or 'hash' in title else ''
        yield f'a purchase: {bold}{title}{bold}', f'codec {name}', 'ns'
    for n_keys in TABLE_KEYS:
        for name, title in (('put', 'put'), ('get', 'get'), ('miss', 'get of what is not there'),
                            ('sort', 'sort and scan, each')):
            yield (f'**memtable** of {whole(n_keys)}: {title}', f'memtable {n_keys} {name}', 'ns')
    for n_keys in TREE_KEYS:
        yield f'LMDB get, {whole(n_keys)} keys', f'lmdb {n_keys} get', 'ns'
    yield 'LMDB, a view let go and taken', f'lmdb {TREE_KEYS[0]} view', 'ns'
    for batch in BATCHES:
        yield f'**rules alone**, {batch} purchases at a time', f'rules {batch}', 'per second'
    for batch in BATCHES:
        yield f'bare log, no socket, {batch} purchases at a time', f'bare log {batch}', 'per second'


def limits_table(figures):
    rows = []
    for title, name, unit in limit_rows(figures):
        if name in figures:
            low, high = figures.span(name)
            rows.append([title, number(figures.median(name)), number(low), number(high), unit])
    return aligned(['', 'median', 'min', 'max', 'unit'], rows)


def one_buyer_limit(figures):
    return [sync + echo for sync, echo in zip(figures['sync 4096 filled p50'],
                                              figures['echo libuv 1 1 p50'])]


def our_rows(figures, modes):
    """(what, ours, the limit, its name, at most / at least, must)."""
    for mode in modes:
        if f'{mode} purchase 16' not in figures:
            continue
        yield (f'`{mode}`: one buyer, p50 ms', figures[f'{mode} one p50'], one_buyer_limit(figures),
               'fdatasync of 4 KiB + echo', '≤', 1.6)
        for depth in (1, 16):
            yield (f'`{mode}`: purchases, depth {depth}', figures[f'{mode} purchase {depth}'],
                   figures[f'echo log {CONNECTIONS} {depth}'], 'bare log behind a socket', '≥',
                   0.25 if depth == 16 else None)
        for depth in (1, 16):
            for kind, title in (('coupon', 'GetCoupon'), ('balance', 'GetBalance')):
                yield (f'`{mode}`: {title}, depth {depth}', figures[f'{mode} {kind} {depth}'],
                       figures[f'echo libuv {CONNECTIONS} {depth}'], 'echo, libuv', '≥',
                       0.7 if depth == 1 else None)
        yield (f'`{mode}`: purchases at 70 %, p99 ms', figures[f'{mode} open p99'],
               figures[f'{mode} probe p99'], 'probe file', '≤', 5)


def our_table(figures, modes):
    rows = []
    for title, ours, limit, name, sense, must in our_rows(figures, modes):
        ratios = sorted(one / other for one, other in zip(ours, limit))
        middle = measure.statistics.median(ratios)
        verdict = ''
        if must is not None:
            holds = middle <= must if sense == '≤' else middle >= must
            verdict = f'{sense} {must:g}: {"holds" if holds else "**missed**"}'
        rows.append([title, number(measure.statistics.median(ours)),
                     number(measure.statistics.median(limit)), name,
                     f'{middle:.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f})', verdict])
    return aligned(['', 'ours', 'limit', 'which', 'ratio, median (min to max)', 'must'], rows)


def page(run, books, load_before):
    args = run.args
    command = (f'./dev bench limits --rounds {args.rounds} --seconds {args.seconds:g} '
               '--write docs/performance.md')
    parts = [f'Machine: {measure.machine(run.work.path)}. Load average before: {load_before:.1f}. '
             f'{args.rounds} rounds, everything in turn; data: {whole(measure.USERS)} users, '
             f'{whole(measure.BUSINESSES)} businesses, {whole(measure.COUPONS)} coupons, drawn '
             f'uniformly; {CONNECTIONS} connections.', limits_table(run.figures)]
    if any(True for _ in our_rows(run.figures, run.modes)):
        parts.append(our_table(run.figures, run.modes))
    for mode, book in books.items():
        parts.append(f'Afterwards, `commit: {mode}`: Verify of {whole(book["verify_records"])} '
                     f'records {book["verify"]}; {book["replayed"]} acknowledged writes sent '
                     f'again, {book["replayed_otherwise"]} answered otherwise.')
    parts.append(f'Repeat it with `{command}`.')
    return '\n\n'.join(parts)


def parse():
    parser = argparse.ArgumentParser(description=__doc__.split('\n', maxsplit=1)[0])
    parser.add_argument('--build', default='build', help='where it was built')
    parser.add_argument('--rounds', type=int, default=5)
    parser.add_argument('--seconds', type=float, default=1, help='of each measurement')
    parser.add_argument('--folder', default='var', help='on the disk to measure')
    parser.add_argument('--only', default='', help='steps whose titles hold this text')
    parser.add_argument('--json', metavar='FILE', help='writes all figures; - for the output')
    parser.add_argument('--write', metavar='PAGE', help='replaces the table of limits in a page')
    return parser.parse_args()


def main():
    args = parse()
    measure.end_on_signals()
    load_before = os.getloadavg()[0]
    with measure.Workspace(args.folder, 'limits-') as work:
        run = Limits(args, work)
        try:
            run.start()
            run.measure()
            books = run.check_books()
            text = page(run, books, load_before)
        finally:
            run.end()
    if args.json:
        whole_run = json.dumps({'format': 'peakpeeps-limits/1', 'rounds': args.rounds,
                                'seconds': args.seconds, 'figures': run.figures.values,
                                'books': books}, indent=1)
        if args.json == '-':
            print(whole_run)
        else:
            with open(args.json, 'w', encoding='utf-8') as file:
                file.write(whole_run + '\n')
    if args.json != '-':
        print(text)
    if args.write:
        measure.replace_part(args.write, 'limits', text)


if __name__ == '__main__':
    main()
