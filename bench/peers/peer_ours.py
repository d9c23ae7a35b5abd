"""PeakPeeps among those that are compared."""
import os
import shutil
import signal

import measure
import tasks
from peer import SPREAD, result_of


class Ours:
    """peakpeepsd in one commit mode; edits go to a copy of its store as it was filled."""

    KINDS = {'purchase': ('purchase',), 'read': ('coupon', 'balance'), 'list': ('list',),
             'edit': ('edit',)}

    def __init__(self, folder, build, commit):
        self.folder = folder
        self.build = build
        self.commit = commit
        self.server = None
        self.second = None
        os.makedirs(folder)

    def join(self, name):
        return os.path.join(self.folder, name)

    def start(self):
        server = self.build.start(self.join('store'), self.commit)
        self.server = server
        self.build.bench(server.port, '--prepare', '--mix', 'purchase', '--requests', 1000,
                         '--warmup', 0, '--no-check')
        if server.stop() != 0:
            raise SystemExit(f'peakpeepsd, commit: {self.commit}, did not end cleanly')
        shutil.copytree(self.join('store'), self.join('filled'))
        self.server = self.build.start(self.join('store'), self.commit)

    def signal(self, number):
        os.kill(self.server.pid, number)

    def stop(self):
        self.signal(signal.SIGCONT)
        status = self.server.stop()
        self.server = None
        if status != 0:
            raise SystemExit(f'peakpeepsd, commit: {self.commit}, ended with status {status}')

    def kill(self):
        for server in (self.server, self.second):
            if server is not None:
                server.kill()

    def run(self, task, seed, seconds, warmup):
        if task.kind == 'flash':
            return self.flash(task, seed)
        options = ['--mix', task.kind, '--connections', task.connections, '--depth', task.depth,
                   '--duration', seconds, '--warmup', warmup, '--seed', seed]
        if task.coupons == 'zipf':
            options += ['--zipf=0.99']
        elif task.coupons == 'hot':
            options += ['--hot-coupon']
        elif task.coupons == 'spread':
            options += ['--coupons', SPREAD]
        if task.kind == 'list':
            options[1] = 'list=1'
        if task.kind == 'edit':
            return self.edit(options)
        report = self.build.bench(self.server.port, '--no-check', *options)
        return result_of(report, self.KINDS[task.kind])

    def edit(self, options):
        """Each time on coupons that are all at version 1 again, as the bench takes them to be."""
        store = self.join('edited')
        shutil.rmtree(store, ignore_errors=True)
        shutil.copytree(self.join('filled'), store)
        self.second = self.build.start(store, self.commit)
        report = self.build.bench(self.second.port, *options)
        self.right(report)
        self.second.stop()
        self.second = None
        return result_of(report, ('edit',))

    def flash(self, task, seed):
        report = self.build.bench(self.server.port, '--no-check', '--mix', 'flash-sale',
                                  '--connections', task.connections, '--depth', task.depth,
                                  '--seed', seed)
        sale = report['flash_sale']
        if not sale['right'] or (sale['buyers'], sale['sold']) != (tasks.BUYERS, tasks.PIECES):
            raise SystemExit(f'the flash sale is not right: {sale}')
        result = result_of(report, ('purchase',))
        result['seconds'] = sale['seconds']
        return result

    def right(self, report):
        if not report['books']['right']:
            raise SystemExit(f'commit: {self.commit}: the books are not right: {report["books"]}')
        return report['books']

    def check(self):
        """Verify over all of it, and replays."""
        report = self.build.bench(self.server.port, '--mix', 'retail', '--depth', 16,
                                  '--duration', 1)
        books = self.right(report)
        return (f'Verify of {measure.whole(books["verify_records"])} records {books["verify"]}, '
                f'{measure.whole(books["replayed"])} writes sent again, '
                f'{books["replayed_otherwise"]} answered otherwise')
