"""Numbers and text come back as they were sent, and the server's account of itself."""

import time

from world import ok

COINS_MAX = 2**53 - 1
VERIFY_TIMEOUT_S = 30


def the_server_introduces_itself(world):
    """What a client has to know before it asks for anything."""
    hello = world.operator.hello
    assert len(hello.store_id) == 16 and hello.protocol_minor >= 1
    assert hello.frame_bytes_max == 65536 and hello.in_flight_max > 0
    assert abs(world.operator.clock_offset_ms) < 60000
    info = ok(world.operator.call(server_info={}))
    assert (info.store_id, info.incarnation) == (hello.store_id, hello.incarnation)


def names_are_unique_ignoring_case_and_form(world):
    """As people read them, not as bytes."""
    name = world.name("  P\u00e4t Stra\u00dfe \U0001f354")
    user = ok(world.operator.write(create_user={"name": name})).user_id
    for same in (name.upper(), name.replace("\u00e4", "a\u0308"), name.strip().lower()):
        reply = world.operator.write(create_user={"name": same})
        world.refused(reply, "NAME_TAKEN", "ALREADY_EXISTS")
        assert ok(world.operator.call(get_user={"name": same})).user.user_id == user
    shown = ok(world.operator.call(get_user={"user_id": user})).user
    assert shown.name == name.strip()
    for wrong in (" ", "a\u200bb", "a\x07b", "a\u202eb"):
        reply = world.operator.write(create_user={"name": wrong})
        world.refused(reply, "NAME_INVALID", "INVALID_ARGUMENT")


def sixty_four_bits_are_exact(world):
    """Up to the last coin that there can be, and a seq of any size."""
    owner, josh = world.user("Alex"), world.user("Josh")
    business = world.business("SQL Tea", [owner])
    coupon = world.coupon(business, "The whole shop", COINS_MAX, stock=COINS_MAX)
    shown = world.get_coupon(coupon)
    assert (shown.terms.price_coins, shown.stock_left) == (COINS_MAX, COINS_MAX)
    reply = world.credit(josh, COINS_MAX + 1)
    status = world.refused(reply, "FIELD_INVALID", "INVALID_ARGUMENT")
    assert status.field == "amount_coins"

    free = COINS_MAX + world.balance("ISSUANCE")
    assert ok(world.credit(josh, free)).balance_coins == free
    assert world.balance("USER", josh) == free
    assert world.balance("ISSUANCE") == -COINS_MAX
    world.refused(world.credit(owner, 1), "BALANCE_OVERFLOW", "FAILED_PRECONDITION")
    client = world.connect()
    assert client.call(seq=2**64 - 1, server_info={}).seq == 2**64 - 1

    cheap = world.coupon(business, "All that Josh has", free)
    bought = ok(world.operator.write(acting_user=josh, purchase_coupon={
        "coupon_id": cheap, "version": 1, "max_price_coins": COINS_MAX}))
    assert (bought.purchase.price_coins, bought.balance_coins) == (free, 0)
    assert world.balance("BUSINESS", business) == free


def what_was_written_is_answered_again_the_same(world):
    """The same bytes on a new connection: whatever became of things since, and nothing is done."""
    before = ok(world.operator.call(server_info={}))
    client = world.connect()
    kinds = set()
    for message, reply in world.operator.history:
        if reply.HasField("status") and (reply.status.not_executed or reply.status.reason in (
                world.schema.REASON_REQUEST_ID_REUSED, world.schema.REASON_REQUEST_ABANDONED)):
            continue
        client.send_message(message)
        again = client.answer_to(reply.seq)
        assert again.replayed, (reply, again)
        again.replayed = reply.replayed
        # Byte for byte.
        assert again.SerializeToString() == reply.SerializeToString(), (reply, again)
        kinds.add(reply.WhichOneof("body"))
    assert len(kinds) > 10, kinds
    after = world.operator.call(server_info={})
    assert ok(after).n_purchases == before.n_purchases
    assert world.balance("ISSUANCE") == -COINS_MAX


def an_audit_finds_nothing_wrong(world):
    """After all that was done before."""
    run = ok(world.operator.call(verify={}))
    deadline = time.monotonic() + VERIFY_TIMEOUT_S
    while run.state == world.schema.VERIFY_STATE_RUNNING:
        assert time.monotonic() < deadline, run
        time.sleep(0.02)
        run = ok(world.operator.call(verify={"verify_id": run.verify_id}))
    assert run.state == world.schema.VERIFY_STATE_CLEAN, run
    assert run.findings_total == 0 and run.n_checked == run.n_records, run
