#!/usr/bin/python3
"""Copies of a store, of a stopped server and of a running one, and what starts on them.

usage: test_backup.py PEAKPEEPSD SCHEMA_FOLDER CLIENT_FOLDER

CLIENT_FOLDER has client.py and world.py of the interop tests. Prints TAP. PEAKPEEPS_TEST_COMMIT
in the environment is the servers' store.commit.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import traceback

SERVER, SCHEMA, CLIENT = sys.argv[1:4]
sys.path.insert(0, CLIENT)
# pylint: disable=wrong-import-position
from client import load_schema  # noqa: E402
from world import World, ok  # noqa: E402

COMMIT = os.environ.get("PEAKPEEPS_TEST_COMMIT", "lmdb")
TIMEOUT_S = 30
WRITERS = 2
WINDOW = 16  # requests of a writer in flight
ENOUGH = 200  # writes before a copy, and after it


class Skip(Exception):
    """Something that is optional is not here."""


class Server:
    """A peakpeepsd on a store, in a `with` block; it has to end well."""

    def __init__(self, schema, store, *options):
        self.schema, self.store, self.options = schema, store, options
        self.log_path = store + ".log"

    def log(self):
        with open(self.log_path, encoding="utf-8", errors="replace") as file:
            return file.read()

    def spawn(self):
        with open(self.log_path, "wb") as log:
            return subprocess.Popen(
                [SERVER, "--store", self.store, "--listen", "127.0.0.1:0",
                 "--set", "store.commit=" + COMMIT, *self.options],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def __enter__(self):
        self.process = self.spawn()
        deadline = time.monotonic() + TIMEOUT_S
        while time.monotonic() < deadline and self.process.poll() is None:
            found = re.search(r"\bport=([1-9][0-9]*)", self.log())
            if found:
                self.world = World(self.schema, int(found.group(1)))
                return self.world
            time.sleep(0.01)
        self.process.kill()
        raise RuntimeError("the server does not listen:\n" + self.log())

    def __exit__(self, kind, error, trace):
        self.process.send_signal(signal.SIGTERM)
        try:
            status = self.process.wait(TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            status = self.process.wait()
        if status != 0 or error:
            sys.stderr.write(self.log())
        if not error:
            assert status == 0, status

    def refuses(self):
        """What it says when it does not start."""
        status = self.spawn().wait(TIMEOUT_S)
        assert status == 1, status
        return self.log()


class Answered:
    """A request that was answered, as it was sent, and the answer."""

    def __init__(self, members, reply):
        self.members, self.reply = members, reply

    def accepted(self):
        return not self.reply.HasField("status")

    def is_in(self, revision):
        """Whether it must be in a store of that revision. A refusal makes none of its own."""
        return self.reply.revision < revision or (
            self.accepted() and self.reply.revision == revision)

    def replays(self, client):
        again = client.call(**self.members)
        assert again.replayed, again
        return plain(again) == plain(self.reply)


def plain(reply):
    """An answer without what differs when it is given again."""
    same = type(reply)()
    same.CopyFrom(reply)
    same.seq = 0
    same.replayed = False
    return same.SerializeToString(deterministic=True)


def info(world):
    return ok(world.operator.call(server_info={}))


def revision(world):
    return world.operator.call(server_info={}).revision


def verify_clean(world):
    run = ok(world.operator.call(verify={}))
    deadline = time.monotonic() + TIMEOUT_S
    running = world.schema.VerifyState.Value("VERIFY_STATE_RUNNING")
    while run.state == running:
        assert time.monotonic() < deadline, run
        time.sleep(0.01)
        run = ok(world.operator.call(verify={"verify_id": run.verify_id}))
    assert run.state == world.schema.VerifyState.Value("VERIFY_STATE_CLEAN"), run


def answered(client, **members):
    """Sends a write and keeps it."""
    members.setdefault("request_id", client.make_id())
    return Answered(members, client.call(**members))


def make_market(world):
    """Two users, a business of theirs with two coupons; what they did, accepted and refused."""
    alex, josh = world.user("Alex", 100), world.user("Josh", 1000)
    business = world.business("Fried and Loaded", [alex], commission_bp=500)
    coupons = [world.coupon(business, name, 10, stock=5) for name in ("Half off", "BOGO")]
    asked = [answered(world.operator, acting_user=josh, purchase_coupon={
        "coupon_id": coupons[i % 2], "version": 1}) for i in range(12)]
    asked.append(answered(world.operator, **world.edit(coupons[0], 1, {"price_coins": 20}, alex)))
    asked.append(answered(world.operator, **world.edit(coupons[0], 1, {"price_coins": 30}, alex)))
    asked.append(answered(world.operator, credit_coins={
        "user_id": 4711, "reason": "CREDIT_REASON_AMOUNT", "amount_coins": 1}))
    n_refused = sum(not each.accepted() for each in asked)
    assert n_refused == 4, n_refused  # two are sold out, a conflict, nobody's credit
    return [alex, josh], business, asked


def first_page(world, business):
    page = ok(world.operator.call(list_coupons={"business_id": business, "page_size": 1}))
    assert page.next_page_token
    return {"business_id": business, "page_size": 1, "page_token": page.next_page_token}


def balances(world, users, business):
    return [world.balance("USER", user) for user in users] + [
        world.balance("BUSINESS", business), world.balance("ISSUANCE"),
        world.balance("COMMISSION")]


# ---- Stop and copy ----

def copy_of_a_stopped_server_is_the_store(schema, home):
    store = os.path.join(home, "store")
    with Server(schema, store) as world:
        users, business, asked = make_market(world)
        before, before_revision = info(world), revision(world)
        coins = balances(world, users, business)
        page = first_page(world, business)
    whole, alone = os.path.join(home, "whole"), os.path.join(home, "alone")
    shutil.copytree(store, whole)
    assert os.path.exists(os.path.join(whole, "lock.mdb"))
    os.mkdir(alone, 0o700)
    shutil.copy2(os.path.join(store, "data.mdb"), alone)
    for copy in (whole, alone):
        with Server(schema, copy) as world:
            verify_clean(world)
            now = info(world)
            assert now.store_id == before.store_id and now.incarnation == before.incarnation
            assert revision(world) == before_revision
            assert balances(world, users, business) == coins
            assert all(each.replays(world.operator) for each in asked)
            assert revision(world) == before_revision
            ok(world.operator.call(list_coupons=page))
            # It goes on from there.
            ok(world.credit(users[0], 1))
            assert revision(world) == before_revision + 1


def restored_store_is_told_from_the_one_that_was_copied(schema, home):
    store = os.path.join(home, "store")
    with Server(schema, store) as world:
        users, business, asked = make_market(world)
        before, before_revision = info(world), revision(world)
        page = first_page(world, business)
    copy = os.path.join(home, "copy")
    shutil.copytree(store, copy)
    server = Server(schema, copy, "--restored")
    with server as world:
        verify_clean(world)
        now = info(world)
        assert now.store_id == before.store_id and now.incarnation > before.incarnation
        assert world.operator.hello.incarnation == now.incarnation
        assert revision(world) == before_revision
        assert all(each.replays(world.operator) for each in asked)
        # A page of the lost future is not mixed with one of the new one.
        world.refused(world.operator.call(list_coupons=page), "PAGE_TOKEN_INVALID",
                      "INVALID_ARGUMENT")
        log = server.log()
    assert f"incarnation={now.incarnation} was={before.incarnation}" in log, log
    # The flag is for one start.
    with Server(schema, copy) as world:
        assert info(world).incarnation == now.incarnation
        ok(world.credit(users[0], 1))
        verify_clean(world)


def restored_needs_a_copy(schema, home):
    nothing, empty = os.path.join(home, "nothing"), os.path.join(home, "empty")
    os.mkdir(empty)
    for store in (nothing, empty):
        log = Server(schema, store, "--restored").refuses()
        assert "data.mdb" in log, log
    assert not os.path.exists(nothing) and not os.listdir(empty)


# ---- A running server ----

class Writers:
    """Writes of all kinds on connections of their own, in a `with` block, until its end."""

    def __init__(self, world, users, coupon):
        self.world, self.users, self.coupon = world, users, coupon
        self.asked = []
        self.ending = False
        self.errors = []
        self.threads = [threading.Thread(target=self.run, args=(i,)) for i in range(WRITERS)]

    def request(self, n):
        user = self.users[n % len(self.users)]
        if n % 3 == 0:  # at times refused: that is a version too many
            return {"acting_user": user, "purchase_coupon": {
                "coupon_id": self.coupon, "version": 1 + (n % 12 == 0)}}
        return {"credit_coins": {
            "user_id": user, "reason": "CREDIT_REASON_AMOUNT", "amount_coins": 1 + n % 7}}

    def run(self, number):
        try:
            client = self.world.connect()
            waiting = []
            n = number
            while not self.ending or waiting:
                while not self.ending and len(waiting) < WINDOW:
                    members = dict(self.request(n), request_id=client.make_id())
                    waiting.append((members, client.send(**members)))
                    n += 1
                if waiting:
                    members, seq = waiting.pop(0)
                    self.asked.append(Answered(members, client.answer_to(seq)))
            client.close()
        except BaseException as error:  # pylint: disable=broad-except
            self.errors.append(error)

    def await_more(self, n):
        wanted = len(self.asked) + n
        deadline = time.monotonic() + TIMEOUT_S
        while len(self.asked) < wanted and not self.errors:
            assert time.monotonic() < deadline, "writes are slow"
            time.sleep(0.005)

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.ending = True
        for thread in self.threads:
            thread.join()
        assert not self.errors, self.errors


def mdb_copy(*arguments):
    program = shutil.which("mdb_copy")
    if not program:
        raise Skip("mdb_copy is not installed (package lmdb-utils)")
    ran = subprocess.run([program, *arguments], stdin=subprocess.DEVNULL, timeout=TIMEOUT_S,
                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    assert ran.returncode == 0, ran.stdout


def check_running_copy(schema, copy, before, at_least, all_asked, users):
    """A copy of the time when `at_least` was acknowledged; `all_asked` goes on beyond it."""
    with Server(schema, copy, "--restored") as world:
        verify_clean(world)
        now, at = info(world), revision(world)
        assert now.store_id == before.store_id and now.incarnation > before.incarnation
        acknowledged = {each.reply.revision for each in all_asked if each.accepted()}
        assert at in acknowledged and at_least <= at, (at_least, at)
        inside = [each for each in all_asked if each.is_in(at)]
        assert len(inside) >= ENOUGH and any(not each.accepted() for each in inside)
        for each in inside:
            assert each.replays(world.operator), each.reply
        assert revision(world) == at
        for user in users:
            assert world.balance("USER", user) == coins_of(user, inside), user
        # What came later is gone: the same request is carried out now, not replayed.
        later = [each for each in all_asked if each.accepted() and each.reply.revision > at]
        assert len(later) >= ENOUGH, len(later)
        again = world.operator.call(**later[0].members)
        assert not again.replayed and again.revision == at + 1, again
        verify_clean(world)


def coins_of(user, asked):
    coins = 0
    for each in asked:
        credit = each.members.get("credit_coins", {})
        if each.accepted() and credit.get("user_id") == user:
            coins += credit["amount_coins"]
        if each.accepted() and each.members.get("acting_user") == user:
            coins -= each.reply.purchase_coupon.purchase.price_coins
    return coins


def mdb_copy_of_a_running_server_is_one_moment(schema, home):
    store = os.path.join(home, "store")
    copies = []
    with Server(schema, store) as world:
        operator = world.operator
        users = [world.user("Alex"), world.user("Josh")]
        asked = [answered(operator, credit_coins={
            "user_id": user, "reason": "CREDIT_REASON_AMOUNT", "amount_coins": 100000})
                 for user in users]
        business = world.business("SQL Tea", [users[0]])
        coupon = world.coupon(business, "Half off", 2, per_user_limit=1000000)
        before = info(world)
        with Writers(world, users, coupon) as writers:
            for options in ([], ["-c"]):
                writers.await_more(ENOUGH)
                copy = os.path.join(home, "copy" + "".join(options))
                os.mkdir(copy, 0o700)
                at_least = max(each.reply.revision for each in list(writers.asked))
                if COMMIT == "log":
                    # The file is of the last checkpoint; Verify begins with one.
                    verify_clean(world)
                mdb_copy(*options, store, copy)
                assert os.listdir(copy) == ["data.mdb"]
                copies.append((copy, at_least))
            writers.await_more(2 * ENOUGH)
        # The server took no notice.
        verify_clean(world)
        assert info(world).incarnation == before.incarnation
        asked += writers.asked
    for copy, at_least in copies:
        check_running_copy(schema, copy, before, at_least, asked, users)


def log_says_when_it_is_not_there(schema, home):
    store, copy = os.path.join(home, "store"), os.path.join(home, "copy")
    with Server(schema, store, "--set", "store.checkpoint_interval=1h") as world:
        alex = world.user("Alex", 5)
        verify_clean(world)
        # What comes now is in the log alone.
        ok(world.credit(alex, 1))
        os.mkdir(copy, 0o700)
        mdb_copy(store, copy)
    # Without its log the copy of a running server is not the store: it asks what it is.
    refusing = Server(schema, copy)
    if COMMIT == "log":
        log = refusing.refuses()
        assert "--restored" in log and "--accept-loss" in log, log
    with Server(schema, copy, "--restored") as world:
        verify_clean(world)
        assert world.balance("USER", alex) == (5 if COMMIT == "log" else 6)
        ok(world.credit(alex, 1))
    with Server(schema, copy) as world:
        verify_clean(world)


STORIES = [
    copy_of_a_stopped_server_is_the_store,
    restored_store_is_told_from_the_one_that_was_copied,
    restored_needs_a_copy,
    mdb_copy_of_a_running_server_is_one_moment,
    log_says_when_it_is_not_there,
]


def main():
    schema = load_schema(SCHEMA)
    print(f"1..{len(STORIES)}")
    for number, story in enumerate(STORIES, 1):
        line = f"ok {number} {story.__name__}"
        with tempfile.TemporaryDirectory(prefix="peakpeeps-backup-") as home:
            try:
                story(schema, home)
            except Skip as why:
                line += f" # SKIP {why}"
            except BaseException:  # pylint: disable=broad-except
                line = "not " + line
                traceback.print_exc()
        print(line, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
