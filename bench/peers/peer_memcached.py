"""memcached among those that are compared."""
import os

import measure
import tasks
from peer import Peer, await_port, coupon_ids, result_of
from peer_redis import Redis


class Memcached(Peer):
    """memcached: nothing of it is durable, so it only reads."""

    def start(self):
        user = ['-u', 'nobody'] if os.geteuid() == 0 else []
        self.spawn(['memcached', '-l', '127.0.0.1', '-p', str(self.port), '-U', '0', '-t', '2',
                    '-m', '256', '-c', '2048', *user])
        with await_port(self.port, self.process) as connection:
            for i in range(1, measure.USERS + 1):
                self.store(connection, f'u:{i}', f'{tasks.COINS_EACH} Bench user {i:08}')
            for i, (key, business) in enumerate(coupon_ids(measure.COUPONS)):
                fields = Redis.coupon(i, business)
                self.store(connection, f'c:{key}', '\n'.join(str(word) for word in fields[1::2]))
            connection.sendall(b'mn\r\n')
            if connection.makefile('rb').readline() != b'MN\r\n':
                raise SystemExit('memcached was not filled')

    @staticmethod
    def store(connection, key, value):
        value = value.encode()
        connection.sendall(b'ms %s %d q\r\n%s\r\n' % (key.encode(), len(value), value))

    def run(self, task, seed, seconds, warmup):
        report = self.load(task, seed, seconds, warmup, '--peer', 'memcached', '--work', task.kind)
        return result_of(report, (task.kind,))

    def check(self):
        return 'every value asked for was there'
