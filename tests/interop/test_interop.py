#!/usr/bin/python3
"""An independent client: it knows the .proto files and the four-byte length, nothing else of ours.

usage: test_interop.py PEAKPEEPSD SCHEMA_FOLDER

Starts the server on a fresh store and a free port and plays the protocol over a plain socket.
"""

import atexit
import http.client
import os
import re
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
import unittest

START_TIMEOUT_S = 20
REPLY_TIMEOUT_S = 20
VERIFY_TIMEOUT_S = 30

SERVER_PATH, SCHEMA_PATH = sys.argv[1:3]
WORK = tempfile.mkdtemp(prefix="peakpeeps-interop-")
atexit.register(shutil.rmtree, WORK, ignore_errors=True)


def load_schema():
    """Compiles the .proto files as any other user of the protocol would."""
    out = os.path.join(WORK, "schema")
    os.mkdir(out)
    names = sorted(os.listdir(os.path.join(SCHEMA_PATH, "peakpeeps/v1")))
    protos = ["peakpeeps/v1/" + name for name in names if name.endswith(".proto")]
    subprocess.run(["protoc", "-I" + SCHEMA_PATH, "--python_out=" + out] + protos, check=True)
    sys.path.insert(0, out)


load_schema()
# pylint: disable=wrong-import-position
from peakpeeps.v1 import envelope_pb2, requests_pb2, status_pb2, types_pb2  # noqa: E402


class Server:
    """A peakpeepsd of our own on a fresh store."""

    def __init__(self):
        self.log_path = os.path.join(WORK, "log")
        self.log = open(self.log_path, "wb")
        self.process = subprocess.Popen(
            [SERVER_PATH, "--store", os.path.join(WORK, "store"), "--listen", "127.0.0.1:0"],
            stdin=subprocess.DEVNULL,
            stdout=self.log,
            stderr=self.log,
        )
        self.port = self.wait_for_port()

    def log_text(self):
        with open(self.log_path, encoding="utf-8", errors="replace") as log:
            return log.read()

    def wait_for_port(self):
        deadline = time.monotonic() + START_TIMEOUT_S
        while time.monotonic() < deadline and self.process.poll() is None:
            found = re.search(r"\bport=([1-9][0-9]*)", self.log_text())
            if found:
                return int(found.group(1))
            time.sleep(0.02)
        self.process.kill()
        raise RuntimeError("the server does not listen:\n" + self.log_text())

    def stop(self):
        """Its exit code after SIGTERM."""
        self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            code = None
        self.log.close()
        return code


class Client:
    """One connection."""

    def __init__(self, port, hello=True):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=REPLY_TIMEOUT_S)
        self.seq = 0
        if hello:
            reply = self.call(hello=requests_pb2.HelloRequest(protocol_minor=1, client_name="py"))
            self.hello = reply.hello
            self.clock_offset_ms = reply.hello.server_time_ms - int(time.time() * 1000)

    def close(self):
        self.socket.close()

    def make_id(self):
        """A UUIDv7 by the server's clock."""
        at_ms = int(time.time() * 1000) + self.clock_offset_ms
        tail = bytearray(os.urandom(10))
        tail[0] = 0x70 | tail[0] & 0x0F
        tail[2] = 0x80 | tail[2] & 0x3F
        return at_ms.to_bytes(6, "big") + bytes(tail)

    def send_bytes(self, message):
        self.socket.sendall(struct.pack(">I", len(message)) + message)

    def receive_exactly(self, n):
        data = b""
        while len(data) < n:
            part = self.socket.recv(n - len(data))
            if not part:
                raise EOFError("closed after %d of %d bytes" % (len(data), n))
            data += part
        return data

    def receive(self):
        (n,) = struct.unpack(">I", self.receive_exactly(4))
        return envelope_pb2.Response.FromString(self.receive_exactly(n))

    def send(self, **fields):
        self.seq += 1
        self.send_bytes(envelope_pb2.Request(seq=self.seq, **fields).SerializeToString())
        return self.seq

    def call(self, **fields):
        seq = self.send(**fields)
        reply = self.receive()
        assert reply.seq == seq, "answer to %d instead of %d" % (reply.seq, seq)
        return reply

    def write(self, **fields):
        """A write under a fresh id, unless one is given."""
        fields.setdefault("request_id", self.make_id())
        return self.call(**fields)


def reason_of(reply):
    """Without its prefix, as in "SOLD_OUT"; "OK" for an accepted request."""
    if not reply.HasField("status"):
        return "OK"
    return status_pb2.Reason.Name(reply.status.reason).replace("REASON_", "", 1)


def code_of(reply):
    return status_pb2.Code.Name(reply.status.code).replace("CODE_", "", 1)


class Interop(unittest.TestCase):
    """One story; the tests run in the order of their numbers and build on each other."""

    @classmethod
    def setUpClass(cls):
        cls.server = Server()
        cls.client = Client(cls.server.port)

    @classmethod
    def tearDownClass(cls):
        cls.client.close()
        code = cls.server.stop()
        if code != 0:
            print(cls.server.log_text(), file=sys.stderr)
            raise RuntimeError("the server ended with %s" % code)

    def expect(self, reply, reason, code=None):
        self.assertEqual(reason_of(reply), reason, reply)
        if code is not None:
            self.assertEqual(code_of(reply), code)
        if reason != "OK":
            self.assertTrue(reply.status.message)

    def create_user(self, name):
        reply = self.client.write(create_user=requests_pb2.CreateUserRequest(name=name))
        self.expect(reply, "OK")
        self.assertGreater(reply.create_user.user_id, 0)
        return reply.create_user.user_id

    def balance(self, user):
        reply = self.client.call(
            get_balance=requests_pb2.GetBalanceRequest(
                account=types_pb2.Account(kind=types_pb2.ACCOUNT_KIND_USER, id=user)
            )
        )
        self.expect(reply, "OK")
        return reply.get_balance.balance_coins

    def edit_price(self, user, base_version, price):
        return self.client.write(
            acting_user=user,
            edit_coupon=requests_pb2.EditCouponRequest(
                coupon_id=self.coupon,
                base_version=base_version,
                fields=[types_pb2.TERM_FIELD_PRICE],
                terms=types_pb2.Terms(price_coins=price),
            ),
        )

    def test_01_hello(self):
        hello = self.client.hello
        self.assertEqual(len(hello.store_id), 16)
        self.assertGreaterEqual(hello.protocol_minor, 1)
        self.assertEqual(hello.frame_bytes_max, 65536)
        self.assertGreater(hello.in_flight_max, 0)
        self.assertLess(abs(self.client.clock_offset_ms), 60000)
        info = self.client.call(server_info=requests_pb2.ServerInfoRequest())
        self.expect(info, "OK")
        self.assertEqual(info.server_info.store_id, hello.store_id)

    def test_02_hello_comes_first(self):
        rude = Client(self.server.port, hello=False)
        reply = rude.call(server_info=requests_pb2.ServerInfoRequest())
        self.expect(reply, "HELLO_REQUIRED", "FAILED_PRECONDITION")
        rude.close()

    def test_03_users_and_coins(self):
        cls = type(self)
        cls.alex, cls.robin, cls.josh, cls.pat = map(
            self.create_user, ["Alex", "Robin", "Josh", "P\u00e4t \U0001f354"]
        )
        self.expect(
            self.client.write(create_user=requests_pb2.CreateUserRequest(name="JOSH")),
            "NAME_TAKEN",
            "ALREADY_EXISTS",
        )
        reply = self.client.write(
            credit_coins=requests_pb2.CreditCoinsRequest(
                user_id=self.josh, reason=types_pb2.CREDIT_REASON_AMOUNT, amount_coins=100
            )
        )
        self.expect(reply, "OK")
        self.assertEqual(reply.credit_coins.balance_coins, 100)
        reply = self.client.write(
            credit_coins=requests_pb2.CreditCoinsRequest(
                user_id=self.josh,
                reason=types_pb2.CREDIT_REASON_ROUTE_ADDED,
                reference="route 7",
            )
        )
        self.assertEqual(reply.credit_coins.amount_coins, 10)
        self.assertEqual(self.balance(self.josh), 110)
        self.assertEqual(self.balance(self.pat), 0)

    def test_04_business_and_coupon(self):
        cls = type(self)
        reply = self.client.write(
            acting_user=self.alex,
            create_business=requests_pb2.CreateBusinessRequest(
                name="Smash Truck",
                address="Main St",
                owner_ids=[self.alex, self.robin],
                commission_bp=1000,
            ),
        )
        self.expect(reply, "OK")
        cls.business = reply.create_business.business_id
        reply = self.client.write(
            acting_user=self.alex,
            create_coupon=requests_pb2.CreateCouponRequest(
                business_id=self.business,
                terms=types_pb2.Terms(
                    name="Half off a burger and shake", description="", price_coins=25
                ),
                stock=10,
            ),
        )
        self.expect(reply, "OK")
        self.assertEqual(reply.create_coupon.version, 1)
        cls.coupon = reply.create_coupon.coupon_id

    def test_05_list(self):
        cls = type(self)
        reply = self.client.call(
            list_coupons=requests_pb2.ListCouponsRequest(
                business_id=self.business, valid_only=True
            )
        )
        self.expect(reply, "OK")
        (coupon,) = reply.list_coupons.coupons
        self.assertEqual(coupon.coupon_id, self.coupon)
        self.assertEqual(coupon.business_name, "Smash Truck")
        self.assertEqual(coupon.terms.price_coins, 25)
        self.assertEqual(coupon.terms.WhichOneof("has_description"), "description")
        self.assertEqual(coupon.terms.honour_ms, 600000)
        self.assertEqual(coupon.stock_left, 10)
        self.assertTrue(coupon.valid)
        self.assertFalse(coupon.HasField("superseded_at_ms"))
        cls.seen_revision = reply.list_coupons.as_of_revision
        self.assertEqual(cls.seen_revision, reply.revision)

    def test_06_edits_conflict(self):
        self.expect(self.edit_price(self.pat, 1, 1), "NOT_AN_OWNER", "PERMISSION_DENIED")
        reply = self.edit_price(self.alex, 1, 30)
        self.expect(reply, "OK")
        self.assertEqual(reply.edit_coupon.version, 2)
        self.assertTrue(reply.edit_coupon.HasField("honoured_until_ms"))
        reply = self.edit_price(self.robin, 1, 40)
        self.expect(reply, "COUPON_VERSION_CONFLICT", "ABORTED")
        self.assertTrue(
            reply.status.message.startswith(
                "Could not find a coupon from business Smash Truck for coupon "
                "Half off a burger and shake at version 1"
            ),
            reply.status.message,
        )
        conflict = reply.status.version_conflict
        self.assertEqual(conflict.base_version, 1)
        self.assertEqual(conflict.current_version, 2)
        self.assertEqual(conflict.changed_by, self.alex)
        self.assertEqual(conflict.base_terms.price_coins, 25)
        self.assertEqual(conflict.their_terms.price_coins, 30)
        self.assertEqual(conflict.your_terms.price_coins, 40)
        self.assertEqual(list(conflict.overlapping), [types_pb2.TERM_FIELD_PRICE])
        self.expect(self.edit_price(self.robin, 9, 40), "NO_SUCH_VERSION", "OUT_OF_RANGE")

    def test_07_honoured_purchase_and_replay(self):
        request_id = self.client.make_id()
        body = requests_pb2.PurchaseCouponRequest(
            coupon_id=self.coupon, as_of_revision=self.seen_revision, max_price_coins=25
        )
        first = self.client.write(
            acting_user=self.josh, request_id=request_id, purchase_coupon=body
        )
        self.expect(first, "OK")
        purchase = first.purchase_coupon.purchase
        self.assertEqual(purchase.price_coins, 25)
        self.assertEqual(purchase.version, 1)
        self.assertEqual(purchase.commission_coins, 2)
        self.assertTrue(purchase.honoured)
        self.assertEqual(purchase.request_id, request_id)
        self.assertEqual(first.purchase_coupon.balance_coins, 85)
        self.assertFalse(first.replayed)

        again = self.client.write(
            acting_user=self.josh, request_id=request_id, purchase_coupon=body
        )
        self.assertTrue(again.replayed)
        for answer in (first, again):
            answer.ClearField("seq")
            answer.ClearField("replayed")
        self.assertEqual(first.SerializeToString(), again.SerializeToString())
        self.assertEqual(self.balance(self.josh), 85)

        body.max_price_coins = 24
        other = self.client.write(
            acting_user=self.josh, request_id=request_id, purchase_coupon=body
        )
        self.expect(other, "REQUEST_ID_REUSED", "ALREADY_EXISTS")

        found = self.client.call(
            acting_user=self.josh,
            get_purchase=requests_pb2.GetPurchaseRequest(request_id=request_id),
        )
        self.expect(found, "OK")
        self.assertEqual(found.get_purchase.purchase.purchase_id, purchase.purchase_id)

    def test_08_check_and_refusal(self):
        check = self.client.call(
            acting_user=self.pat,
            check_purchase=requests_pb2.CheckPurchaseRequest(coupon_id=self.coupon, version=2),
        )
        self.expect(check, "OK")
        self.assertFalse(check.check_purchase.ok)
        self.assertEqual(check.check_purchase.quote.price_coins, 30)
        failed = [v.rule for v in check.check_purchase.verdicts if not v.passed]
        self.assertEqual(failed, [status_pb2.REASON_INSUFFICIENT_COINS])

        request_id = self.client.make_id()
        body = requests_pb2.PurchaseCouponRequest(coupon_id=self.coupon, version=2)
        for replayed in (False, True):
            reply = self.client.write(
                acting_user=self.pat, request_id=request_id, purchase_coupon=body
            )
            self.expect(reply, "INSUFFICIENT_COINS", "FAILED_PRECONDITION")
            self.assertEqual(reply.replayed, replayed)
            self.assertFalse(reply.status.not_executed)
            self.assertEqual(reply.status.current_offer.price_coins, 30)

    def test_09_unknown_field_in_a_write(self):
        request_id = self.client.make_id()
        newer = requests_pb2.CreateUserRequest.FromString(b"\x0a\x03Sam\x98\x06\x01")
        reply = self.client.write(request_id=request_id, create_user=newer)
        self.expect(reply, "UNKNOWN_FIELD", "INVALID_ARGUMENT")
        self.assertEqual(reply.status.field, "99")
        self.assertTrue(reply.status.not_executed)
        reply = self.client.write(
            request_id=request_id, create_user=requests_pb2.CreateUserRequest(name="Sam")
        )
        self.expect(reply, "OK")
        self.assertFalse(reply.replayed)
        newer = requests_pb2.GetCouponRequest.FromString(b"\x98\x06\x01")
        newer.coupon_id = self.coupon
        self.expect(self.client.call(get_coupon=newer), "OK")

    def test_10_versions_stay(self):
        for version, price in ((1, 25), (2, 30)):
            reply = self.client.call(
                get_coupon=requests_pb2.GetCouponRequest(coupon_id=self.coupon, version=version)
            )
            self.expect(reply, "OK")
            self.assertEqual(reply.get_coupon.coupon.terms.price_coins, price)
            self.assertEqual(reply.get_coupon.coupon.current_version, 2)

    def test_11_abandon(self):
        request_id = self.client.make_id()
        abandon = requests_pb2.AbandonRequestRequest(request_id=request_id)
        reply = self.client.call(acting_user=self.josh, abandon_request=abandon)
        self.expect(reply, "OK")
        self.assertTrue(reply.abandon_request.abandoned)
        reply = self.client.write(
            acting_user=self.josh,
            request_id=request_id,
            purchase_coupon=requests_pb2.PurchaseCouponRequest(coupon_id=self.coupon, version=2),
        )
        self.expect(reply, "REQUEST_ABANDONED", "FAILED_PRECONDITION")
        self.assertEqual(self.balance(self.josh), 85)

    def test_12_requests_without_an_answer_of_their_own(self):
        self.client.seq += 1
        unknown = envelope_pb2.Request(seq=self.client.seq).SerializeToString() + b"\xb2\x03\x00"
        self.client.send_bytes(unknown)
        reply = self.client.receive()
        self.assertEqual(reply.seq, self.client.seq)
        self.expect(reply, "UNKNOWN_REQUEST", "UNIMPLEMENTED")
        self.assertEqual(reply.status.field, "54")
        reply = self.client.call(create_user=requests_pb2.CreateUserRequest(name="Kim"))
        self.expect(reply, "FIELD_MISSING", "INVALID_ARGUMENT")
        self.assertEqual(reply.status.field, "request_id")

    def test_13_pipelined_requests_are_all_answered(self):
        sent = [
            self.client.send(
                get_balance=requests_pb2.GetBalanceRequest(
                    account=types_pb2.Account(kind=types_pb2.ACCOUNT_KIND_USER, id=self.josh)
                )
            )
            for _ in range(100)
        ]
        answers = [self.client.receive() for _ in sent]
        self.assertEqual(sorted(answer.seq for answer in answers), sent)
        self.assertEqual({answer.get_balance.balance_coins for answer in answers}, {85})

    def expect_closed(self, data, reason, hello=True):
        """One error reply, then the end, and the server goes on."""
        rude = Client(self.server.port, hello=hello)
        rude.socket.sendall(data)
        reply = rude.receive()
        self.expect(reply, reason, "INVALID_ARGUMENT")
        with self.assertRaises(EOFError):
            rude.receive()
        rude.close()
        self.assertEqual(self.balance(self.josh), 85)

    def test_14_bytes_that_are_no_frame(self):
        self.expect_closed(struct.pack(">I", 0), "MALFORMED_FRAME")
        self.expect_closed(struct.pack(">I", 65537), "FRAME_TOO_LARGE")
        self.expect_closed(struct.pack(">I", 2) + b"\x0b\x0c", "MALFORMED_FRAME")

    def test_15_peers_of_another_protocol(self):
        tls_hello = bytes.fromhex("16030100a5010000a10303") + bytes(159)
        self.expect_closed(tls_hello, "WRONG_PROTOCOL", hello=False)
        browser = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=10)
        browser.request("GET", "/")
        answer = browser.getresponse()
        self.assertEqual(answer.status, 400)
        # Reads as much as Content-Length says, or fails.
        self.assertIn(b"PeakPeeps", answer.read())
        browser.close()
        self.assertEqual(self.balance(self.josh), 85)

    def test_16_verify(self):
        reply = self.client.call(verify=requests_pb2.VerifyRequest())
        self.expect(reply, "OK")
        ask = requests_pb2.VerifyRequest(verify_id=reply.verify.verify_id)
        deadline = time.monotonic() + VERIFY_TIMEOUT_S
        while reply.verify.state == types_pb2.VERIFY_STATE_RUNNING:
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.05)
            reply = self.client.call(verify=ask)
            self.expect(reply, "OK")
        self.assertEqual(reply.verify.state, types_pb2.VERIFY_STATE_CLEAN, reply)
        self.assertEqual(reply.verify.findings_total, 0)


if __name__ == "__main__":
    # Each test stands on those before it.
    unittest.main(argv=sys.argv[:1] + sys.argv[3:], verbosity=2, failfast=True)
