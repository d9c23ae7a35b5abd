#!/usr/bin/env python3
"""Measures PeakPeeps beside itself with more of everything, and writes its part of the page.

usage: bench/run_scale.py [--build DIR] [--rounds N] [--seconds N] [--only PART,..] [--write FILE]

Parts: mixed (reads while writers run at full speed), connections (64 and 10 000, and the memory of
idle ones), users (33 thousand and more), restart (after kill -9 under full load), bytes (written to
disk for a purchase), cold (a start with nothing in the page cache).
"""
import argparse
import contextlib
import json
import os
import re
import resource
import shutil
import socket
import statistics
import struct
import subprocess
import time

import measure
from measure import whole

CONNECTIONS, MANY, DEPTH = 64, 10000, 16
READERS, WRITERS = 48, 16
# The keys of the nine records of a purchase, by the layouts in docs/storage.md; peakpeeps-limits
# tells the values.
PURCHASE_KEY_BYTES = 120
# Hello and GetBalance of user 1, as frames: see proto/peakpeeps/v1/envelope.proto.
HELLO = b'\x08\x01\x82\x01\x08\x08\x01\x12\x04idle'
BALANCE = b'\x08\x02\xba\x01\x06\x0a\x04\x08\x01\x10\x01'


def send(connection, message):
    connection.sendall(struct.pack('>I', len(message)) + message)


def receive(connection):
    data = b''
    while len(data) < 4 or len(data) < 4 + struct.unpack('>I', data[:4])[0]:
        more = connection.recv(4096)
        if not more:
            raise SystemExit('the server closed a connection')
        data += more
    if data[6:7] == b'\x12':
        raise SystemExit(f'refused: {data[4:]}')


def greet(port):
    connection = socket.create_connection(('127.0.0.1', port), timeout=60)
    send(connection, HELLO)
    receive(connection)
    return connection


def first_answer(port):
    """A balance: whatever must be recovered has been by then."""
    with greet(port) as connection:
        send(connection, BALANCE)
        receive(connection)


def dataset(users):
    """As many options of the bench; businesses and coupons grow along up to a point."""
    scale = min(users, 200000)
    if users == measure.USERS:
        return ('--users', users, '--businesses', measure.BUSINESSES, '--coupons', measure.COUPONS)
    return ('--users', users, '--businesses', scale // 2, '--coupons', scale)


def forget(folder):
    """Drops the files of a folder from the page cache."""
    os.sync()
    for path, _, names in os.walk(folder):
        for name in names:
            file = os.open(os.path.join(path, name), os.O_RDONLY)
            os.posix_fadvise(file, 0, 0, os.POSIX_FADV_DONTNEED)
            os.close(file)


class Scale:
    """All parts; figures are named 'part mode what'."""

    def __init__(self, args, workspace):
        self.args = args
        self.workspace = workspace
        self.build = measure.Build(os.path.abspath(args.build))
        self.modes = args.modes.split(',') if args.modes else self.build.commit_modes()
        self.sizes = [int(size) for size in args.users.split(',')]
        self.figures = measure.Figures()
        self.servers = []
        self.n_runs = 0

    # ---- Servers and loads ----

    def start(self, store, mode):
        settings = (f'limits.connections={MANY + 1000}',)
        server = self.build.start(store, mode, settings)
        self.servers.append(server)
        return server

    def stop(self, server):
        self.servers.remove(server)
        if server.stop() != 0:
            raise SystemExit('a server did not end cleanly')

    def kill(self):
        for server in self.servers:
            server.kill()

    def fill(self, mode, users=measure.USERS):
        """A store with the data set, kept for copies; each is made once."""
        store = self.workspace.join(f'filled-{mode}-{users}')
        if not os.path.exists(store):
            measure.say(f'filling a store of {whole(users)} users, commit: {mode}')
            server = self.start(store, mode)
            self.build.bench(server.port, '--prepare', '--mix', 'purchase', '--requests', 10000,
                             '--warmup', 0, '--no-check', *dataset(users))
            self.stop(server)
        return store

    def copy(self, mode):
        store = self.workspace.join(f'store-{mode}')
        shutil.rmtree(store, ignore_errors=True)
        shutil.copytree(self.fill(mode), store)
        return store

    @contextlib.contextmanager
    def running(self, mode):
        """A server on a fresh copy of the filled store."""
        server = self.start(self.copy(mode), mode)
        yield server
        self.stop(server)

    def options(self, mix, connections, depth, users=measure.USERS, check=False):
        self.n_runs += 1
        return ['--mix', mix, '--connections', connections, '--depth', depth, '--duration',
                self.args.seconds, '--seed', self.n_runs, *dataset(users),
                *(() if check else ('--no-check',))]

    def bench(self, server, *options, **named):
        return self.build.bench(server.port, *self.options(*options, **named))

    def spawn(self, server, *options, seconds=None):
        """A bench in the background."""
        command = [self.build.program('bench', 'peakpeeps-bench'), '--json', '--address',
                   f'127.0.0.1:{server.port}', *map(str, self.options(*options))]
        if seconds is not None:
            command[command.index('--duration') + 1] = str(seconds)
        # pylint: disable-next=consider-using-with
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                text=True)

    def note(self, *words):
        *name, value = words
        self.figures.note(' '.join(map(str, name)), value)

    # ---- Parts: each measures once ----

    def loops(self, server):
        """Processor seconds of the threads that serve connections."""
        return sum(seconds for name, seconds in measure.thread_seconds(server.pid).items()
                   if name.startswith('pp-loop'))

    def mixed(self, mode):
        """Reads alone, writes alone, both; what a read takes of the loops, the writes' part off."""
        def answers(report):
            return sum(kind['accepted_in_all'] for kind in report['requests'].values())
        with self.running(mode) as server:
            at = self.loops(server)
            n_alone = answers(self.bench(server, 'read', READERS, DEPTH))
            alone = (self.loops(server) - at) / n_alone
            at = self.loops(server)
            n_writes = answers(self.bench(server, 'purchase', WRITERS, DEPTH))
            write = (self.loops(server) - at) / n_writes
            at = self.loops(server)
            writer = self.spawn(server, 'purchase', WRITERS, DEPTH)
            reads = self.bench(server, 'read', READERS, DEPTH)
            written = json.loads(writer.communicate()[0])
            spent = self.loops(server) - at
            with_writes = (spent - write * answers(written)) / answers(reads)
            self.note('mixed', mode, 'alone', 1 / alone)
            self.note('mixed', mode, 'with', 1 / with_writes)
            self.note('mixed', mode, 'all', answers(reads) / spent)
            self.note('mixed', mode, 'writes', written['requests']['purchase']['per_second'])

    def connections(self, mode):
        with self.running(mode) as server:
            before = measure.memory_of(server.pid)['Anonymous']
            idle = [greet(server.port) for _ in range(MANY)]
            after = measure.memory_of(server.pid)['Anonymous']
            for connection in idle:
                connection.close()
            self.note('connections', mode, 'idle', (after - before) / MANY)
            for n in (CONNECTIONS, MANY):
                report = self.bench(server, 'read', n, 1)
                self.note('connections', mode, n, sum(
                    kind['per_second'] for kind in report['requests'].values()))

    def users(self, mode):
        """Every size once, one after the other: at rest they take no time of each other's."""
        for size in self.sizes:
            store = self.workspace.join(f'users-{mode}-{size}')
            if not os.path.exists(store):
                filled = self.fill(mode, size)
                (shutil.copytree if size == measure.USERS else os.rename)(filled, store)
            server = self.start(store, mode)
            self.bench(server, 'read', CONNECTIONS, DEPTH, users=size)   # warm again
            for mix, depth in (('read', 1), ('purchase', 1), ('purchase', DEPTH)):
                report = self.bench(server, mix, CONNECTIONS, depth, users=size)
                self.note('users', mode, size, mix, depth, sum(
                    kind['per_second'] for kind in report['requests'].values()))
            self.stop(server)

    def restart(self, mode):
        store = self.copy(mode)
        server = self.start(store, mode)
        load = self.spawn(server, 'purchase', CONNECTIONS, DEPTH, seconds=60)
        time.sleep(self.args.seconds + 1)
        self.servers.remove(server)
        server.kill()
        load.communicate()
        began = time.monotonic()
        server = self.start(store, mode)
        first_answer(server.port)
        self.note('restart', mode, 'seconds', time.monotonic() - began)
        read_back = re.search(r'read back from the log" n=(\d+)', server.said)
        self.note('restart', mode, 'batches', int(read_back.group(1)) if read_back else 0)
        report = self.bench(server, 'purchase', CONNECTIONS, 1, check=True)
        if not report['books']['right']:
            raise SystemExit(f'after kill -9 the books are not right: {report["books"]}')
        self.stop(server)

    def bytes(self, mode):
        with self.running(mode) as server:
            before = measure.io_of(server.pid)['write_bytes']
            report = self.bench(server, 'purchase', CONNECTIONS, DEPTH)
            after, last = measure.io_of(server.pid)['write_bytes'], -1
            while after != last:    # a checkpoint may be under way
                time.sleep(1.5)
                after, last = measure.io_of(server.pid)['write_bytes'], after
            written = (after - before) / report['requests']['purchase']['accepted_in_all']
        raw = self.build.limits('lmdb', '--path', self.copy(mode), '--batch', 16,
                                '--duration', 0.2)
        records = int(raw['value_bytes_each']) + PURCHASE_KEY_BYTES
        self.note('bytes', mode, 'written', written)
        self.note('bytes', mode, 'records', records)
        self.note('bytes', mode, 'times', written / records)

    def cold(self, mode):
        store = self.copy(mode)
        for what in ('cold', 'warm'):
            if what == 'cold':
                forget(store)
            began = time.monotonic()
            server = self.start(store, mode)
            first_answer(server.port)
            self.note('cold', mode, what, 'start', time.monotonic() - began)
            self.n_runs += 1
            report = self.build.bench(
                server.port, '--mix', 'purchase', '--connections', CONNECTIONS, '--requests', 2000,
                '--warmup', 0, '--no-check', '--seed', self.n_runs, *dataset(measure.USERS))
            kind = report['requests']['purchase']
            self.note('cold', mode, what, 'p99', kind.get('response', kind)['p99_us'] / 1000)
            self.stop(server)

    def run(self):
        parts = self.args.only.split(',')
        for number in range(1, self.args.rounds + 1):
            for part in parts:
                for mode in self.modes:
                    measure.say(f'round {number} of {self.args.rounds}: {part}, commit: {mode}')
                    getattr(self, part)(mode)


# ---- The page ----

PARTS = ('mixed', 'connections', 'users', 'restart', 'bytes', 'cold')


class Page:
    """Rows of (work, must, goal, value by mode, reached)."""

    def __init__(self, data):
        self.data = data
        self.values = data['figures']
        self.modes = data['modes']
        self.rows = []

    def figure(self, *words):
        return self.values.get(' '.join(map(str, words)))

    def row(self, work, must, goal, of, form='{:.2f}', less=False, unit=''):
        """`of` gives the values of a mode, one of each round; None: not measured."""
        cells = []
        for mode in self.modes:
            found = of(mode)
            if not found:
                cells.append('')
                continue
            middle = statistics.median(found)
            cell = (f'{form.format(middle)}{unit} ({form.format(min(found))} to '
                    f'{form.format(max(found))})')
            if must is not None:
                def reached(limit, middle=middle):
                    return middle <= limit if less else middle >= limit
                cell += (' goal reached' if reached(goal) else
                         ' pass' if reached(must) else ' **missed**')
            cells.append(cell)
        if any(cells):
            sign = '≤ ' if less else ''
            limits = (['', ''] if must is None else
                      [f'{sign}{must:g}{unit or " x"}', f'{sign}{goal:g}{unit or " x"}'])
            self.rows.append(f'| {work} | {" | ".join(limits + cells)} |')

    def ratio(self, part, one, other):
        def of(mode):
            ours, others = self.figure(part, mode, one), self.figure(part, mode, other)
            return [a / b for a, b in zip(ours, others)] if ours and others else None
        return of

    def value(self, part, what, scale=1.0):
        return lambda mode: [value * scale for value in self.figure(part, mode, what) or ()]

    def thousands(self, title, part, what):
        self.row(title, None, None, self.value(part, what, 0.001), '{:.1f}', unit=' k')

    def text(self):
        self.row('reads while writers run, to reads alone, per CPU-second of the loops, what the '
                 'writes take there apart', 0.8, 0.9, self.ratio('mixed', 'with', 'alone'))
        self.row('the same, the loops\' time for the writes included', None, None,
                 self.ratio('mixed', 'all', 'alone'))
        self.thousands('reads alone per CPU-second', 'mixed', 'alone')
        self.thousands('purchases per second meanwhile', 'mixed', 'writes')
        self.row(f'reads, {whole(MANY)} connections to {CONNECTIONS}', 0.5, 0.7,
                 self.ratio('connections', MANY, CONNECTIONS))
        self.row('memory of an idle connection', 16, 8,
                 self.value('connections', 'idle', 1 / 1024), '{:.1f}', True, ' KiB')
        smallest = self.data['users'][0]
        for size in self.data['users'][1:]:
            for what, title, goal in (('read 1', 'reads', 0.6), ('purchase 1', 'purchases', 0.7)):
                self.row(f'{title}, {whole(size)} users to {whole(smallest)}', 0.5, goal,
                         self.ratio('users', f'{size} {what}', f'{smallest} {what}'))
            self.row(f'purchases at depth {DEPTH}, {whole(size)} users to {whole(smallest)}', None,
                     None, self.ratio('users', f'{size} purchase 16', f'{smallest} purchase 16'))
        for size in self.data['users']:
            for what in ('read 1', 'purchase 1', 'purchase 16'):
                self.thousands(f'{whole(size)} users: {what.split()[0]}s per second, depth '
                               f'{what.split()[1]}', 'users', f'{size} {what}')
        self.row('restart after kill -9 under full load, to the first answer', 1, 0.5,
                 self.value('restart', 'seconds'), less=True, unit=' s')
        self.row('batches that it read back from the log', None, None,
                 self.value('restart', 'batches'), '{:.0f}')
        self.row(f'bytes written for a purchase, depth {DEPTH}, to the bytes of its records', 6, 4,
                 self.value('bytes', 'times'), less=True)
        self.row('the bytes of its records', None, None, self.value('bytes', 'records'), '{:.0f}')
        for what, title in (('cold', 'nothing in the page cache'), ('warm', 'all in it')):
            self.row(f'a start with {title}, to the first answer', None, None,
                     self.value('cold', f'{what} start', 1000), '{:.0f}', unit=' ms')
            self.row('p99 of the first 2 000 purchases then', None, None,
                     self.value('cold', f'{what} p99'), '{:.1f}', unit=' ms')
        modes = ' | '.join(f'commit: {mode}' for mode in self.modes)
        sizes = ','.join(map(str, self.data['users']))
        command = (f'./dev bench scale --rounds {self.data["rounds"]} --seconds '
                   f'{self.data["seconds"]:g} --users {sizes}')
        return '\n'.join([
            f'Machine: {self.data["machine"]}. {self.data["rounds"]} rounds of '
            f'{self.data["seconds"]:g} s for each load; medians, lowest and highest.', '',
            f'| | must | goal | {modes} |', '| --- | --- | --- |' + ' --- |' * len(self.modes),
            *self.rows, '', 'Repeat it with:', '', '```', command, '```'])


def options():
    parser = argparse.ArgumentParser(description=__doc__.split('\n', maxsplit=1)[0])
    parser.add_argument('--build', default='build', help='where it was built (build)')
    parser.add_argument('--rounds', type=int, default=5)
    parser.add_argument('--seconds', type=float, default=3, help='of each load (3)')
    parser.add_argument('--only', default=','.join(PARTS), help='parts, by commas')
    parser.add_argument('--modes', help='commit modes, by commas: all that it has')
    parser.add_argument('--users', default=f'{measure.USERS},1000000',
                        help='sizes for the part users, by commas; 10000000 takes 20 GB and long')
    parser.add_argument('--folder', default='var', help='on the disk to measure (var)')
    parser.add_argument('--results', default='var/scale.json', help='where they are kept')
    parser.add_argument('--from', dest='source', help='measure nothing, take these results')
    parser.add_argument('--write', help='the page whose part is replaced')
    args = parser.parse_args()
    unknown = set(args.only.split(',')) - set(PARTS)
    if unknown:
        parser.error(f'there is no part {", ".join(sorted(unknown))}: {", ".join(PARTS)}')
    return args


def run(args):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, 2 * MANY)), hard))
    with measure.Workspace(args.folder, 'scale-') as workspace:
        scale = Scale(args, workspace)
        try:
            scale.run()
        finally:
            scale.kill()
        data = {'machine': measure.machine(workspace.path), 'rounds': args.rounds,
                'seconds': args.seconds, 'users': scale.sizes, 'modes': list(scale.modes),
                'figures': scale.figures.values}
    os.makedirs(os.path.dirname(os.path.abspath(args.results)), exist_ok=True)
    with open(args.results, 'w', encoding='utf-8') as file:
        json.dump(data, file, indent=1)
    return data


def main():
    args = options()
    measure.end_on_signals()
    if args.source:
        with open(args.source, encoding='utf-8') as file:
            data = json.load(file)
    else:
        data = run(args)
    text = Page(data).text()
    print(text)
    if args.write:
        measure.replace_part(args.write, 'scale', text)


if __name__ == '__main__':
    main()
