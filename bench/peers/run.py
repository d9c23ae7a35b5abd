#!/usr/bin/env python3
"""Runs the same purchases, reads, lists and edits on PeakPeeps, PostgreSQL, Redis and memcached.

usage: bench/peers/run.py [--build DIR] [--rounds N] [--seconds N] [--only TASK,..] [--write FILE]

In each round everything is measured once, one after the other; while one server is measured the
others are stopped (SIGSTOP) and the disk has been told to finish what they left. Afterwards the
books of each are checked. Results go to a JSON file after each round, and from there (also later,
with --from) into the page and its plots.
"""
import argparse
import contextlib
import json
import os
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
# pylint: disable=wrong-import-position
import measure
import page
import tasks
from peer_memcached import Memcached
from peer_ours import Ours
from peer_postgres import Postgres, PostgresAs
from peer_redis import Redis


class Field:
    """All servers, of which one at a time runs."""

    def __init__(self, workspace, build, who):
        self.servers = {}   # by name of a process
        self.contenders = {}    # by name in the tables
        for commit in tasks.OURS:
            if commit in who:
                self.servers[commit] = Ours(workspace.join(commit), build, commit)
        for name, make in (('redis', Redis), ('memcached', Memcached)):
            if name in who:
                self.servers[name] = make(workspace.join(name), build)
        self.contenders.update(self.servers)
        styles = [name for name in (tasks.PG, tasks.PG_MANY, tasks.PG_APP) if name in who]
        if styles:
            postgres = Postgres(workspace.join('postgres'), build)
            self.servers['postgres'] = postgres
            self.contenders.update({name: PostgresAs(postgres, name) for name in styles})

    def start(self):
        for name, server in self.servers.items():
            measure.say(f'starting and filling {name}')
            server.start()
            server.signal(signal.SIGSTOP)

    def server_of(self, who):
        return self.servers['postgres' if who.startswith('pg-') else who]

    @contextlib.contextmanager
    def only(self, server):
        os.sync()
        server.signal(signal.SIGCONT)
        yield
        server.signal(signal.SIGSTOP)

    def check(self):
        books = {}
        for name, server in self.servers.items():
            measure.say(f'checking the books of {name}')
            with self.only(server):
                books[name] = server.check()
            server.stop()
        return books

    def kill(self):
        for server in self.servers.values():
            server.kill()


def versions():
    """Of the peers, as they call themselves."""
    told = {}
    for name, command in (('redis', ['redis-server', '--version']),
                          ('memcached', ['memcached', '--version']),
                          ('postgres', ['pg_config', '--version'])):
        with contextlib.suppress(OSError):
            done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
            told[name] = done.stdout.strip()
    return told


class Rounds:
    """The results of all rounds, kept in a file."""

    def __init__(self, args, chosen, modes):
        self.args = args
        self.chosen = chosen
        self.modes = modes
        self.data = {
            'format': 'peakpeeps-peers/1', 'machine': measure.machine(args.folder),
            'versions': versions(), 'load_before': os.getloadavg()[0], 'rounds': 0,
            'seconds': args.seconds, 'warmup': args.warmup, 'results': {}, 'books': {}}

    def save(self):
        os.makedirs(os.path.dirname(os.path.abspath(self.args.results)), exist_ok=True)
        with open(self.args.results, 'w', encoding='utf-8') as file:
            json.dump(self.data, file, indent=1)

    def cells(self, number):
        """Who does what in a round; each round begins a task with another of them."""
        for task in self.chosen:
            who = [name for name in task.who if name not in tasks.OURS or name in self.modes]
            turn = number % len(who)
            yield task, who[turn:] + who[:turn]

    def measure(self, field):
        n_cells = sum(len(who) for _, who in self.cells(0)) * self.args.rounds
        n_done, began = 0, time.monotonic()
        for number in range(self.args.rounds):
            for task, who in self.cells(number):
                for name in who:
                    n_done += 1
                    with field.only(field.server_of(name)):
                        result = field.contenders[name].run(
                            task, 1000 * (number + 1) + n_done, self.args.seconds,
                            self.args.warmup)
                    results = self.data['results'].setdefault(task.name, {})
                    results.setdefault(name, []).append(result)
                    left = (time.monotonic() - began) / n_done * (n_cells - n_done)
                    self.tell(number, task, name, result, left)
            self.data['rounds'] = number + 1
            self.save()

    def tell(self, number, task, name, result, left):
        time_left = f'{left / 60:.0f} min' if left >= 90 else f'{left:.0f} s'
        total = f'all in {result["seconds"]:.3f} s' if 'seconds' in result else ''
        measure.say(f'round {number + 1}/{self.args.rounds}  {task.name:12}'
                    f'{tasks.SHORT[name]:24}{result["per_second"]:>10,.0f}/s  '
                    f'p50 {result["p50_ms"]:8.3f}  p99 {result["p99_ms"]:8.3f} ms  {total}'
                    f'  ({time_left} left)')


def options():
    parser = argparse.ArgumentParser(description=__doc__.split('\n', maxsplit=1)[0])
    parser.add_argument('--build', default='build', help='where it was built (build)')
    parser.add_argument('--rounds', type=int, default=5)
    parser.add_argument('--seconds', type=float, default=3, help='of each measurement (3)')
    parser.add_argument('--warmup', type=float, default=1, help='seconds before it (1)')
    parser.add_argument('--only', help='tasks, by commas: '
                        + ' '.join(task.name for task in tasks.TASKS))
    parser.add_argument('--modes', help='commit modes of ours, by commas: all that it has')
    parser.add_argument('--folder', default='var', help='on the disk to measure (var)')
    parser.add_argument('--results', default='var/peers.json', help='where they are kept')
    parser.add_argument('--from', dest='source', help='measure nothing, take these results')
    parser.add_argument('--write', help='the page whose part is replaced; its plots beside it')
    return parser.parse_args()


def choose(args):
    wanted = args.only.split(',') if args.only else [task.name for task in tasks.TASKS]
    chosen = [task for task in tasks.TASKS if task.name in wanted]
    unknown = set(wanted) - {task.name for task in chosen}
    if unknown:
        raise SystemExit(f'there is no task {", ".join(sorted(unknown))}; see --help')
    return chosen


def run(args):
    build = measure.Build(os.path.abspath(args.build))
    modes = args.modes.split(',') if args.modes else build.commit_modes()
    chosen = choose(args)
    rounds = Rounds(args, chosen, modes)
    who = {name for _, names in rounds.cells(0) for name in names}
    with measure.Workspace(args.folder, 'peers-') as workspace:
        # The peers do not run as root, and must get in.
        os.chmod(workspace.path, 0o711)
        field = Field(workspace, build, who)
        try:
            field.start()
            rounds.measure(field)
            rounds.data['books'] = field.check()
            rounds.save()
        finally:
            field.kill()
    return rounds.data


def main():
    args = options()
    measure.end_on_signals()
    if args.source:
        with open(args.source, encoding='utf-8') as file:
            data = json.load(file)
    else:
        data = run(args)
    print(page.text(data))
    if args.write:
        page.write(args.write, data)


if __name__ == '__main__':
    main()
