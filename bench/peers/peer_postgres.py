"""PostgreSQL among those that are compared."""
import glob
import math
import os
import shutil
import signal
import subprocess
import time

import measure
import tasks
from peer import HERE, Peer, await_port


class Postgres(Peer):
    """PostgreSQL, and pgbench for its load."""

    SETTINGS = ('shared_buffers=1GB', 'max_connections=300', 'wal_compression=lz4',
                'max_wal_size=8GB', 'min_wal_size=1GB', 'wal_buffers=64MB',
                'checkpoint_timeout=30min', 'jit=off', 'fsync=on', 'synchronous_commit=on',
                'full_page_writes=on')
    SCRIPTS = {'purchase': ('purchase',), 'purchase zipf': ('purchase_zipf',),
               'purchase hot': ('purchase_hot',), 'list': ('list',), 'edit': ('edit',),
               'read': ('read_coupon', 'read_balance')}

    def __init__(self, folder, build):
        super().__init__(folder, build)
        found = sorted(glob.glob('/usr/lib/postgresql/*/bin/pgbench'))
        if not found:
            raise SystemExit('postgresql is not installed: ./dev packages peers')
        self.bin = os.path.dirname(found[-1])
        self.user = 'postgres'

    def kill(self):
        """At once, but so that it gives back its shared memory."""
        if self.process is not None:
            self.signal(signal.SIGCONT)
            self.process.send_signal(signal.SIGQUIT)
            self.process.wait(timeout=30)

    def tool(self, name):
        return os.path.join(self.bin, name)

    def start(self):
        data = os.path.join(self.folder, 'data')
        if os.geteuid() == 0:
            shutil.chown(self.folder, self.user)
        self.spawn([self.tool('initdb'), '-D', data, '-U', self.user, '-A', 'trust', '-E', 'UTF8',
                    '--locale=C', '--no-sync'], self.user)
        if self.process.wait() != 0:
            raise SystemExit(f'initdb failed, see {self.folder}/log')
        settings = [word for setting in self.SETTINGS for word in ('-c', setting)]
        self.spawn([self.tool('postgres'), '-D', data, '-k', self.folder, '-h', '127.0.0.1', '-p',
                    str(self.port), *settings], self.user)
        await_port(self.port, self.process).close()
        until = time.monotonic() + 30
        while subprocess.run([self.tool('pg_isready'), '-q', '-U', self.user, '-h',
                              '127.0.0.1', '-p', str(self.port)], check=False).returncode != 0:
            if time.monotonic() > until:
                raise SystemExit('PostgreSQL does not get ready')
            time.sleep(0.05)
        self.sql('postgres', '-c', 'CREATE DATABASE bench')
        values = {'users': measure.USERS, 'businesses': measure.BUSINESSES,
                  'coupons': measure.COUPONS, 'coins': tasks.COINS_EACH, 'price': tasks.PRICE,
                  'commission_bp': tasks.COMMISSION_BP}
        variables = [word for pair in values.items() for word in ('-v', f'{pair[0]}={pair[1]}')]
        self.sql('bench', *variables, '-f', os.path.join(HERE, 'postgres.sql'))
        # Edits make versions, and purchases name the first: so each in a database of its own.
        self.sql('postgres', '-c', 'CREATE DATABASE edits TEMPLATE bench')
        self.run_as(tasks.PG, tasks.TASKS[0], 1, 3, 0)  # its files and logs have grown a little

    def sql(self, database, *options):
        done = subprocess.run([self.tool('psql'), '-h', '127.0.0.1', '-p', str(self.port), '-U',
                               self.user, '-X', '-q', '-A', '-t', '-v', 'ON_ERROR_STOP=1',
                               *options, database], stdout=subprocess.PIPE, text=True, check=False)
        if done.returncode != 0:
            raise SystemExit(f'psql {" ".join(options)} failed')
        return done.stdout.strip()

    def run_as(self, who, task, seed, seconds, warmup):
        clients = 64 if who == tasks.PG_MANY else 16
        kind = task.kind if task.coupons == 'uniform' else f'{task.kind} {task.coupons}'
        scripts = ('purchase_app',) if who == tasks.PG_APP else self.SCRIPTS[kind]
        files = [word for script in scripts
                 for word in ('-f', os.path.join(HERE, 'pgbench', f'{script}.sql'))]
        # pgbench counts the time that it takes to connect, and takes whole seconds.
        duration = math.ceil(seconds + warmup + clients / 16)
        prefix = os.path.join(self.folder, f'pgbench-{seed}')
        tries = ['--max-tries', '1000'] if who == tasks.PG_APP else []
        command = [self.tool('pgbench'), '-h', '127.0.0.1', '-p', str(self.port), '-U', self.user,
                   '-n', '-M', 'prepared', '-c', str(clients), '-j', '2', '-T', str(duration),
                   '-l', '--log-prefix', prefix, '--random-seed', str(seed), *tries,
                   '-D', f'users={measure.USERS}', '-D', f'businesses={measure.BUSINESSES}',
                   '-D', f'coupons={measure.COUPONS}', *files,
                   'edits' if task.kind == 'edit' else 'bench']
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              check=False)
        if done.returncode != 0:
            raise SystemExit(f'{" ".join(command)}: exit {done.returncode}\n{done.stdout}')
        return self.from_logs(f'{prefix}.*', seconds)

    @staticmethod
    def from_logs(pattern, seconds):
        """The last `seconds` of a run, from pgbench's line for each transaction."""
        lines = []
        for path in glob.glob(pattern):
            with open(path, encoding='ascii') as log:
                # client, number, microseconds, script, then the end: seconds, microseconds
                lines += [(int(words[4]) + int(words[5]) / 1e6, words[2])
                          for words in map(str.split, log)]
            os.unlink(path)
        if not lines:
            raise SystemExit('pgbench has not had a single answer')
        end = max(at for at, _ in lines)
        seconds = min(seconds, end - min(at for at, _ in lines)) or seconds
        wanted = [took for at, took in lines if at >= end - seconds]
        times = sorted(int(took) / 1000 for took in wanted if took.isdigit())
        share = {name: times[max(0, math.ceil(part * len(times)) - 1)] for name, part in
                 (('p50_ms', 0.5), ('p99_ms', 0.99), ('p99.9_ms', 0.999), ('max_ms', 1))}
        return {'per_second': len(times) / seconds, 'accepted': len(times),
                'refused': len(wanted) - len(times), **share}

    def check(self):
        told = 'SELECT purchase(1, 1000001, 1, \'01900000-0000-7000-8000-000000000001\')'
        first, again = self.sql('bench', '-c', told), self.sql('bench', '-c', told)
        answer = self.sql('bench', '-f', os.path.join(HERE, 'postgres_books.sql'))
        coins, *counts = [int(word) for word in answer.split('|')]
        if not (first == again and first.startswith('OK ') and len(set(counts)) == 1
                and coins == measure.USERS * tasks.COINS_EACH):
            raise SystemExit(f'PostgreSQL: the books are not right: {first}, {again}, {answer}')
        return (f'{measure.whole(counts[0])} purchases, as many sold, counted by user, in the '
                'ledger and in request ids; coins conserved; a purchase sent again answered '
                'the same')


class PostgresAs:
    """One way to use the PostgreSQL that several of them share."""

    def __init__(self, postgres, who):
        self.postgres = postgres
        self.who = who

    def run(self, task, seed, seconds, warmup):
        return self.postgres.run_as(self.who, task, seed, seconds, warmup)
