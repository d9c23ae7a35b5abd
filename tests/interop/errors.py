"""What is refused, by the names that clients switch on, and what ends a connection."""

import http.client
import struct

from world import ok

FRAME_MAX = 65536


def tag(number, wire_type):
    """The bytes before a field's value; both numbers small."""
    both = number << 3 | wire_type
    return bytes([both & 0x7F | 0x80, both >> 7])


def an_unknown_field_in_a_write_is_named(world):
    """It may be a guard; in a read it can do no harm."""
    name = world.name("Sam")
    request_id = world.operator.make_id()
    newer = world.schema.CreateUserRequest.FromString(
        world.schema.CreateUserRequest(name=name).SerializeToString() + tag(99, 0) + b"\x01")
    reply = world.operator.write(request_id=request_id, create_user=newer)
    status = world.refused(reply, "UNKNOWN_FIELD", "INVALID_ARGUMENT")
    assert (status.field, status.not_executed) == ("99", True)
    made = world.operator.write(request_id=request_id, create_user={"name": name})
    assert ok(made).user_id and not made.replayed

    terms = world.schema.Terms.FromString(tag(77, 0) + b"\x01")
    reply = world.operator.write(edit_coupon={
        "coupon_id": 1, "base_version": 1, "fields": ["TERM_FIELD_PRICE"], "terms": terms})
    assert world.refused(reply, "UNKNOWN_FIELD", "INVALID_ARGUMENT").field == "terms.77"

    newer = world.schema.GetUserRequest.FromString(tag(99, 0) + b"\x01")
    newer.user_id = ok(made).user_id
    assert ok(world.operator.call(get_user=newer)).user.name == name


def an_unknown_enum_value_is_refused(world):
    """Everywhere: what it asks for cannot be guessed."""
    user = world.user("Sam")
    for body, field in (
            ({"credit_coins": {"user_id": user, "reason": 99}}, "reason"),
            ({"edit_coupon": {"coupon_id": 1, "base_version": 1, "fields": [3, 99]}}, "fields")):
        reply = world.operator.write(**body)
        status = world.refused(reply, "UNKNOWN_ENUM_VALUE", "INVALID_ARGUMENT")
        assert (status.field, status.not_executed) == (field, True)
    reply = world.operator.call(get_balance={"account": {"kind": 99, "id": user}})
    status = world.refused(reply, "UNKNOWN_ENUM_VALUE", "INVALID_ARGUMENT")
    assert status.field == "account.kind"


def a_missing_field_is_named(world):
    """0 and the empty text are absent where the schema has no presence."""
    name = {"name": world.name("Kim")}
    for members, field in (
            ({"create_user": name}, "request_id"),
            ({"request_id": world.operator.make_id(), "create_user": {"name": ""}}, "name"),
            ({"request_id": world.operator.make_id(), "create_coupon": {
                "business_id": 1, "terms": name}}, "terms.price_coins"),
            ({"get_purchase": {}}, "purchase_id")):
        status = world.refused(world.operator.call(**members), "FIELD_MISSING", "INVALID_ARGUMENT")
        assert (status.field, status.not_executed) == (field, True)


def an_unknown_request_is_answered(world):
    """The connection goes on."""
    world.operator.seq += 1
    ask = world.schema.Request(seq=world.operator.seq).SerializeToString()
    world.operator.send_message(ask + tag(100, 2) + b"\0")
    reply = world.operator.answer_to(world.operator.seq)
    assert world.refused(reply, "UNKNOWN_REQUEST", "UNIMPLEMENTED").field == "100"
    ok(world.operator.call(server_info={}))


def a_request_sent_again_gets_its_answer_again(world):
    """Accepted or refused, on whatever connection; nothing is done twice."""
    owner, josh, pat = world.user("Alex"), world.user("Josh", coins=40), world.user("Pat")
    coupon = world.coupon(world.business("SQL Tea", [owner]), "Iced tea", 30)
    other = world.connect()
    body = {"coupon_id": coupon, "version": 1}
    for user, reason in ((josh, None), (pat, "INSUFFICIENT_COINS")):
        request = {"acting_user": user, "request_id": other.make_id(), "purchase_coupon": body}
        first = world.operator.write(**request)
        if reason:
            status = world.refused(first, reason, "FAILED_PRECONDITION")
            assert not status.not_executed
        else:
            assert ok(first).purchase.request_id == request["request_id"]
        # Even when by now it could be decided otherwise.
        ok(world.credit(user, 100))
        again = other.write(**request)
        assert (first.replayed, again.replayed) == (False, True)
        again.seq, again.replayed = first.seq, False
        assert again.SerializeToString() == first.SerializeToString()
    assert world.balance("USER", josh) == 110
    assert world.balance("USER", pat) == 100
    found = ok(other.call(acting_user=josh, get_purchase={
        "request_id": ok(world.operator.write(
            acting_user=josh, purchase_coupon=body)).purchase.request_id}))
    assert found.purchase.user_id == josh


def a_request_id_is_spent_on_one_content(world):
    """Reused, abandoned, malformed, of another time."""
    user = world.user("Josh")
    credit = {"user_id": user, "reason": "CREDIT_REASON_ROUTE_ADDED"}
    request_id = world.operator.make_id()
    made = world.operator.write(request_id=request_id, credit_coins=credit)
    assert ok(made).amount_coins == 10
    reply = world.operator.write(request_id=request_id, credit_coins={**credit, "reference": "x"})
    world.refused(reply, "REQUEST_ID_REUSED", "ALREADY_EXISTS")
    # Another principal's id is another id.
    assert ok(world.operator.write(
        acting_user=user, request_id=request_id, credit_coins=credit)).balance_coins == 20

    free = world.operator.make_id()
    for replayed in (False, True):
        reply = world.operator.call(abandon_request={"request_id": free})
        assert ok(reply).abandoned and reply.replayed == replayed
    reply = world.operator.write(request_id=free, credit_coins=credit)
    world.refused(reply, "REQUEST_ABANDONED", "FAILED_PRECONDITION")
    told = ok(world.operator.call(abandon_request={"request_id": request_id}))
    assert not told.abandoned and told.outcome_revision == made.revision

    for wrong, reason, code in (
            (world.operator.make_id(ahead_ms=3600000), "REQUEST_ID_IN_FUTURE",
             "FAILED_PRECONDITION"),
            (world.operator.make_id(ahead_ms=-8 * 86400000), "REQUEST_ID_EXPIRED",
             "FAILED_PRECONDITION"),
            (bytes(16), "FIELD_INVALID", "INVALID_ARGUMENT"),
            (request_id[:15], "FIELD_INVALID", "INVALID_ARGUMENT")):
        reply = world.operator.write(request_id=wrong, credit_coins=credit)
        assert world.refused(reply, reason, code).not_executed
    assert world.balance("USER", user) == 20


def hello_comes_first(world):
    """Another request before it is refused, and the connection ends."""
    rude = world.connect(hello=False)
    reply = rude.call(server_info={})
    world.refused(reply, "HELLO_REQUIRED", "FAILED_PRECONDITION")
    rude.until_closed()
    rude = world.connect(hello=False)
    reply = rude.call(hello={"protocol_minor": 0})
    world.refused(reply, "PROTOCOL_UNSUPPORTED", "FAILED_PRECONDITION")
    rude.until_closed()


def bytes_that_are_no_frame_end_the_connection(world):
    """One answer, then the end; what was accepted before is still answered."""
    user = world.user("Josh")
    for data, reason in (
            (struct.pack(">I", 0), "MALFORMED_FRAME"),
            (struct.pack(">I", FRAME_MAX + 1), "FRAME_TOO_LARGE"),
            (struct.pack(">I", 2**32 - 1), "FRAME_TOO_LARGE"),
            (struct.pack(">I", 2) + b"\x0b\x0c", "MALFORMED_FRAME"),
            (struct.pack(">I", 2) + b"\x08\xff", "MALFORMED_FRAME")):
        rude = world.connect()
        asked = rude.send_write(credit_coins={
            "user_id": user, "reason": "CREDIT_REASON_REVIEW_POSTED"})
        rude.send_bytes(data)
        ok(rude.answer_to(asked))
        world.refused(rude.answer_to(0), reason, "INVALID_ARGUMENT")
        rude.until_closed()
    assert world.balance("USER", user) == 25


def peers_of_another_protocol_are_told(world):
    """HTTP in its own words, TLS in ours."""
    browser = http.client.HTTPConnection("127.0.0.1", world.port, timeout=20)
    browser.request("GET", "/coupons")
    answer = browser.getresponse()
    # Reads as much as Content-Length says, or fails.
    text = answer.read().decode()
    assert answer.status == 400 and "PeakPeeps" in text, text
    browser.close()
    rude = world.connect(hello=False)
    rude.send_bytes(bytes.fromhex("16030100a5010000a10303") + bytes(159))
    world.refused(rude.answer_to(0), "WRONG_PROTOCOL", "INVALID_ARGUMENT")
    rude.until_closed()


def pipelined_requests_are_all_answered(world):
    """In whatever order; a frame may come in pieces, or many at once."""
    user = world.user("Josh", coins=7)
    balance = {"account": {"kind": "ACCOUNT_KIND_USER", "id": user}}
    client = world.connect()
    for seq in [client.send(get_balance=balance) for _ in range(200)]:
        assert ok(client.answer_to(seq)).balance_coins == 7
    client.seq += 1
    message = world.schema.Request(seq=client.seq, get_balance=balance).SerializeToString()
    for byte in struct.pack(">I", len(message)) + message:
        client.send_bytes(bytes([byte]))
    assert ok(client.answer_to(client.seq)).balance_coins == 7
