"""What is measured, on whom, and what it must show."""
from dataclasses import dataclass

CONNECTIONS = 64
BUYERS, PIECES = 10000, 1000
# Prices and coins of the data set, as peakpeeps-bench --prepare makes it.
COINS_EACH, PRICE, COMMISSION_BP = 1000000000, 100, 500

OURS = ('log', 'lmdb')
PG, PG_MANY, PG_APP = 'pg-16', 'pg-64', 'pg-app'

TITLES = {
    'log': '**PeakPeeps**, commit: log',
    'lmdb': '**PeakPeeps**, commit: lmdb',
    'redis': 'Redis',
    'memcached': 'memcached, 2 threads',
    PG: 'PostgreSQL, 16 clients',
    PG_MANY: 'PostgreSQL, 64 clients',
    PG_APP: 'PostgreSQL, statement by statement at REPEATABLE READ, 16 clients',
}
SHORT = {'log': 'PeakPeeps, log', 'lmdb': 'PeakPeeps, lmdb', 'redis': 'Redis',
         'memcached': 'memcached', PG: 'PostgreSQL, 16 clients', PG_MANY: 'PostgreSQL, 64 clients',
         PG_APP: 'PostgreSQL, app, 16 clients'}


@dataclass(frozen=True)
class Task:
    """One measurement, of each of `who` in turn."""
    name: str
    title: str
    kind: str           # purchase, read, list, edit, flash
    who: tuple
    depth: int = 1
    connections: int = CONNECTIONS
    coupons: str = 'uniform'    # or zipf, hot, spread


TASKS = (
    Task('purchase-1', 'durable purchases', 'purchase', (*OURS, 'redis', PG, PG_MANY, PG_APP)),
    Task('purchase-16', 'durable purchases, depth 16', 'purchase', (*OURS, 'redis'), depth=16),
    Task('zipf-1', 'durable purchases, popularity after Zipf', 'purchase', (*OURS, 'redis', PG),
         coupons='zipf'),
    Task('hot-1', 'durable purchases, one hot coupon', 'purchase', (*OURS, 'redis', PG),
         coupons='hot'),
    Task('spread-1', 'durable purchases, 10 000 coupons', 'purchase', OURS, coupons='spread'),
    Task('hot-16', 'durable purchases, one hot coupon, depth 16', 'purchase', OURS, depth=16,
         coupons='hot'),
    Task('spread-16', 'durable purchases, 10 000 coupons, depth 16', 'purchase', OURS, depth=16,
         coupons='spread'),
    Task('flash', 'flash sale: 10 000 buyers, 1 000 pieces, depth 16', 'flash', (*OURS, 'redis'),
         depth=16),
    Task('read-1', 'point reads', 'read', (*OURS, 'redis', 'memcached', PG)),
    Task('read-16', 'point reads, depth 16', 'read', (*OURS, 'redis', 'memcached'), depth=16),
    Task('list-1', 'coupons of one business', 'list', (*OURS, 'redis', PG)),
    Task('list-16', 'coupons of one business, depth 16', 'list', (*OURS, 'redis'), depth=16),
    Task('edit', 'edits with version check, 16 connections', 'edit', (*OURS, PG), connections=16),
)


@dataclass(frozen=True)
class Target:
    """A ratio, ours to another's, taken round by round."""
    work: str
    against: str
    task: str
    other: str          # whom; 'self': ours in the other task
    must: float
    goal: float
    other_task: str = ''
    value: str = 'per_second'   # or seconds, of which less is better

    @property
    def less(self):
        return self.value == 'seconds'


TARGETS = (
    Target('durable purchases, 64 connections, depth 1', 'Redis Lua, appendfsync always',
           'purchase-1', 'redis', 1.1, 1.5),
    Target('durable purchases, 64 connections, depth 1',
           'PostgreSQL\'s best configuration (function, 16 clients)', 'purchase-1', PG,
           6, 10),
    Target('durable purchases, 64 connections, depth 16', 'Redis, the same depth', 'purchase-16',
           'redis', 3, 6),
    Target('purchases on one hot coupon', 'the same spread over 10 000', 'hot-1', 'self', 0.9, 1.0,
           'spread-1'),
    Target('purchases on one hot coupon, depth 16', 'the same spread over 10 000', 'hot-16',
           'self', 0.9, 1.0, 'spread-16'),
    Target('flash sale, 10 000 buyers, 1 000 pieces: time to the last answer', 'Redis Lua', 'flash',
           'redis', 1.0, 0.5, value='seconds'),
    Target('point reads, depth 16', 'Redis HMGET', 'read-16', 'redis', 1.8, 2.5),
    Target('point reads, depth 16', 'memcached with 2 threads', 'read-16', 'memcached',
           0.5, 0.8),
    Target('coupons of one business, depth 16', 'Redis Lua', 'list-16', 'redis', 2, 3),
    Target('coupons of one business, depth 1', 'Redis Lua', 'list-1', 'redis', 0, 2),
    Target('edits with version check, 16 connections', 'PostgreSQL', 'edit', PG, 2, 4),
)
