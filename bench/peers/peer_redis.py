"""Redis among those that are compared."""
import hashlib
import os

import measure
import tasks
from peer import HERE, HOT_COUPON, Peer, await_port, coupon_ids, result_of


class Resp:
    """A connection to Redis, for filling and checking: simple, pipelined by the caller."""

    def __init__(self, connection):
        self.socket = connection
        self.file = connection.makefile('rb')

    @staticmethod
    def encode(*words):
        words = [word if isinstance(word, bytes) else str(word).encode() for word in words]
        return b'*%d\r\n' % len(words) + b''.join(
            b'$%d\r\n%s\r\n' % (len(word), word) for word in words)

    def read(self):
        line = self.file.readline()
        kind, rest = line[:1], line[1:-2]
        if kind == b'-':
            raise SystemExit(f'Redis: {rest.decode()}')
        if kind == b':':
            return int(rest)
        if kind == b'$':
            return None if rest == b'-1' else self.file.read(int(rest) + 2)[:-2]
        if kind == b'*':
            return [self.read() for _ in range(int(rest))]
        return rest

    def ask(self, *words):
        return self.ask_all([words])[0]

    def ask_all(self, commands):
        """In pieces that fit the sockets' buffers, answers included."""
        answers = []
        for at in range(0, len(commands), 200):
            part = commands[at:at + 200]
            self.socket.sendall(b''.join(self.encode(*words) for words in part))
            answers += [self.read() for _ in part]
        return answers


class Redis(Peer):
    """Redis with an append-only file, synced before it answers."""

    def start(self):
        # Without snapshots and without rewriting the file meanwhile: in its favour.
        self.spawn(['redis-server', '--port', str(self.port), '--bind', '127.0.0.1', '--dir',
                    self.folder, '--daemonize', 'no', '--save', '', '--appendonly', 'yes',
                    '--appendfsync', 'always', '--auto-aof-rewrite-percentage', '0'])
        self.resp = Resp(await_port(self.port, self.process))
        self.scripts = {}
        for kind in ('purchase', 'list'):
            with open(os.path.join(HERE, f'redis_{kind}.lua'), encoding='utf-8') as file:
                text = file.read()
            self.scripts[kind] = self.resp.ask('SCRIPT', 'LOAD', text).decode()
            assert self.scripts[kind] == hashlib.sha1(text.encode()).hexdigest()
        self.fill()

    @staticmethod
    def coupon(number, business, stock=-1):
        return ('business', business, 'version', 1, 'honour_floor', 1,
                'name', f'Bench deal {number:08}',
                'description', 'Half off a smash burger and a shake', 'price', tasks.PRICE,
                'state', 'ACTIVE', 'starts_at', 0, 'ends_at', 0, 'redeem_within', 0,
                'honour_ms', 600000, 'per_user_limit', 0, 'stock', stock, 'sold', 0)

    def fill(self):
        ask = self.resp.ask_all
        ask([('HSET', f'u:{i}', 'name', f'Bench user {i:08}', 'balance', tasks.COINS_EACH,
              'n_purchases', 0, 'last_purchase', 0) for i in range(1, measure.USERS + 1)])
        ask([('HSET', f'b:{i}', 'name', f'Bench truck {i:08}', 'address',
              '1 Summit Road, Boulder, Colorado', 'owner', 1 + (i - 1) % measure.USERS,
              'commission_bp', tasks.COMMISSION_BP, 'balance', 0)
             for i in range(1, measure.BUSINESSES + 1)])
        coupons = list(enumerate(coupon_ids(measure.COUPONS)))
        ask([('HSET', f'c:{key}', *self.coupon(i, business)) for i, (key, business) in coupons])
        ask([('RPUSH', f'l:{business}', key) for _, (key, business) in coupons])

    def run(self, task, seed, seconds, warmup):
        if task.kind == 'flash':
            return self.flash(task, seed)
        options = ['--peer', 'redis', '--work', task.kind]
        if task.kind in self.scripts:
            options += ['--script', self.scripts[task.kind]]
        return result_of(self.load(task, seed, seconds, warmup, *options), (task.kind,))

    def flash(self, task, seed):
        key = f'{1900000 + seed}'
        self.resp.ask('HSET', f'c:{key}', *self.coupon(seed, 1, tasks.PIECES))
        report = self.load(task, seed, 1, 0, '--peer', 'redis', '--work', 'purchase', '--script',
                           self.scripts['purchase'], '--requests', str(tasks.BUYERS), '--users',
                           str(tasks.BUYERS), '--coupon-id', key)
        result = result_of(report, ('purchase',))
        sold = int(self.resp.ask('HGET', f'c:{key}', 'sold'))
        if (sold, result['accepted'], result['refused']) != (
                tasks.PIECES, tasks.PIECES, tasks.BUYERS - tasks.PIECES):
            raise SystemExit(f'the flash sale at Redis is not right: {sold} sold, {result}')
        result['seconds'] = report['seconds']
        return result

    def check(self):
        ask = self.resp.ask
        bought = ('EVALSHA', self.scripts['purchase'], 5, 'r:0123456789abcdef', 'u:1',
                  f'c:{HOT_COUPON}', 'b:1', 'n:1', 1, HOT_COUPON, 1)
        first, again = ask(*bought), ask(*bought)
        other = ask(*bought[:-1], 2)
        n_purchases = int(ask('HGET', 'g', 'n_purchases'))
        coins = int(ask('HGET', 'g', 'commission') or 0)
        for kind, n in (('u', measure.USERS), ('b', measure.BUSINESSES)):
            answers = self.resp.ask_all([('HGET', f'{kind}:{i}', 'balance')
                                         for i in range(1, n + 1)])
            coins += sum(int(answer) for answer in answers)
        keys = [words for words in self.coupons_there()]
        sold = sum(int(answer) for answer in
                   self.resp.ask_all([('HGET', key, 'sold') for key in keys]))
        right = (first == again and first.startswith(b'OK') and other == b'NO REQUEST_ID_REUSED'
                 and coins == measure.USERS * tasks.COINS_EACH
                 and sold == n_purchases == ask('XLEN', 'ledger'))
        if not right:
            raise SystemExit(f'Redis: the books are not right: {first} {again} {other}, {coins} '
                             f'coins, {sold} sold, {n_purchases} purchases')
        return (f'{measure.whole(n_purchases)} purchases, as many sold and in the ledger; '
                'coins conserved; a purchase sent again answered the same')

    def coupons_there(self):
        cursor = b'0'
        while True:
            cursor, keys = self.resp.ask('SCAN', cursor, 'MATCH', 'c:*', 'COUNT', 10000)
            yield from keys
            if cursor == b'0':
                return
