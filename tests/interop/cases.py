"""The three cases that PeakPeeps was made for."""

from world import ok

HONOUR_MS = 600000


def of_two_edits_at_once_one_wins(world):
    """Case 1: Alex and Robin edit the price that both have read."""
    alex, robin = world.user("Alex"), world.user("Robin")
    business = world.business("Smash Truck", [alex, robin])
    coupon = world.coupon(business, "Half off a burger and shake", 25)
    sent = []
    for user, price in ((alex, 30), (robin, 40)):
        client = world.connect()
        request = world.edit(coupon, 1, {"price_coins": price}, user)
        request["request_id"] = client.make_id()
        sent.append((client, client.send(**request), user, price, request))
    answers = [(client.answer_to(seq), *rest) for client, seq, *rest in sent]
    answers.sort(key=lambda answer: answer[0].HasField("status"))
    (won, winner, theirs, _), (lost, loser, yours, request) = answers

    assert ok(won).version == 2
    assert ok(won).honoured_until_ms == won.time_ms + HONOUR_MS
    status = world.refused(lost, "COUPON_VERSION_CONFLICT", "ABORTED")
    shown = world.get_coupon(coupon)
    assert status.message.startswith(
        f"Could not find a coupon from business {shown.business_name} for coupon "
        "Half off a burger and shake at version 1"), status.message
    conflict = status.version_conflict
    assert (conflict.base_version, conflict.current_version) == (1, 2)
    assert (conflict.changed_by, conflict.changed_at_ms) == (winner, won.time_ms)
    assert list(conflict.fields) == [world.schema.TERM_FIELD_PRICE]
    assert list(conflict.overlapping) == [world.schema.TERM_FIELD_PRICE]
    assert conflict.base_terms == world.schema.Terms(price_coins=25)
    assert conflict.their_terms == world.schema.Terms(price_coins=theirs)
    assert conflict.your_terms == world.schema.Terms(price_coins=yours)
    assert (shown.current_version, shown.terms.price_coins) == (2, theirs)

    # Sending it again changes nothing; having looked at the conflict, a person may edit anew.
    again = world.operator.call(**request)
    assert again.replayed and again.status == status
    anew = world.operator.write(**world.edit(coupon, 2, {"price_coins": yours}, loser))
    assert ok(anew).version == 3
    assert world.get_coupon(coupon).terms.price_coins == yours


def disjoint_edits_are_merged(world):
    """Case 1: Alex edits the price, Robin the description; nobody has to give way."""
    alex, robin = world.user("Alex"), world.user("Robin")
    coupon = world.coupon(world.business("Smash Truck", [alex, robin]), "BOGO Loaded Tots", 25)
    merge = {"on_conflict": "ON_CONFLICT_MERGE_DISJOINT"}
    first = ok(world.operator.write(**world.edit(coupon, 1, {"price_coins": 30}, alex, **merge)))
    assert (first.version, first.merged) == (2, False)
    text = {"description": "With a shake of the day"}
    second = ok(world.operator.write(**world.edit(coupon, 1, text, robin, **merge)))
    assert (second.version, second.merged) == (3, True)
    merged = world.get_coupon(coupon)
    assert (merged.terms.price_coins, merged.terms.description) == (30, text["description"])
    assert list(merged.changed_fields) == [world.schema.TERM_FIELD_DESCRIPTION]

    late = world.operator.write(**world.edit(coupon, 1, {"price_coins": 40}, robin, **merge))
    status = world.refused(late, "COUPON_VERSION_CONFLICT", "ABORTED")
    assert list(status.version_conflict.overlapping) == [world.schema.TERM_FIELD_PRICE]
    # One who does not ask for a merge is told what changed, though nothing overlaps.
    plain = world.operator.write(**world.edit(coupon, 2, {"price_coins": 40}, robin))
    status = world.refused(plain, "COUPON_VERSION_CONFLICT", "ABORTED")
    assert list(status.version_conflict.overlapping) == []
    assert status.version_conflict.their_terms.description == text["description"]


def what_was_seen_is_sold(world):
    """Case 2: Josh lists, the owner raises the price and pauses, Josh buys what he saw."""
    owner, josh = world.user("Alex"), world.user("Josh", coins=100)
    business = world.business("Fried and Loaded", [owner], commission_bp=1000)
    coupon = world.coupon(business, "Half off Smashburger", 25, stock=10)
    listed = ok(world.operator.call(list_coupons={"business_id": business, "valid_only": True}))
    (seen,) = listed.coupons
    assert (seen.version, seen.terms.price_coins, seen.valid, seen.stock_left) == (1, 25, True, 10)
    assert not seen.HasField("superseded_at_ms")

    raised = world.operator.write(**world.edit(coupon, 1, {"price_coins": 80}, owner))
    paused = {"state": "COUPON_STATE_PAUSED"}
    ok(world.operator.write(**world.edit(coupon, 2, paused, owner)))
    bought = ok(world.operator.write(acting_user=josh, purchase_coupon={
        "coupon_id": coupon, "as_of_revision": listed.as_of_revision}))
    receipt = bought.purchase
    assert (receipt.version, receipt.price_coins, receipt.commission_coins) == (1, 25, 2)
    assert receipt.honoured and receipt.honoured_until_ms == raised.time_ms + HONOUR_MS
    assert receipt.state == world.schema.PURCHASE_STATE_ISSUED and len(receipt.code) >= 12
    assert (bought.balance_coins, world.balance("USER", josh)) == (75, 75)
    assert world.balance("BUSINESS", business) == 23
    assert world.get_coupon(coupon).stock_left == 9
    old = world.get_coupon(coupon, version=1)
    assert old.superseded_at_ms == raised.time_ms
    assert old.honoured_until_ms == receipt.honoured_until_ms

    current = world.operator.write(acting_user=josh, purchase_coupon={
        "coupon_id": coupon, "version": 3})
    world.refused(current, "COUPON_NOT_ACTIVE", "FAILED_PRECONDITION")
    found = ok(world.operator.call(get_purchase={"purchase_id": receipt.purchase_id}))
    assert found.purchase == receipt


def what_was_withdrawn_is_not_sold(world):
    """Case 2: the owner's means against a typo; and a window of no length."""
    owner, josh = world.user("Alex"), world.user("Josh", coins=100)
    business = world.business("SQL Tea", [owner])
    typo = world.coupon(business, "Iced tea", 2)
    brief = world.coupon(business, "Hot tea", 2, honour_ms=0)
    hard = world.edit(typo, 1, {"price_coins": 20}, owner, supersede="SUPERSEDE_HARD")
    status = world.refused(world.operator.write(**hard), "FIELD_MISSING", "INVALID_ARGUMENT")
    assert (status.field, status.not_executed) == ("reason", True)
    hard["edit_coupon"]["reason"] = "A zero was missing"
    edited = ok(world.operator.write(**hard))
    assert not edited.HasField("honoured_until_ms")
    ok(world.operator.write(**world.edit(brief, 1, {"price_coins": 20}, owner)))
    for coupon in (typo, brief):
        reply = world.operator.write(acting_user=josh, purchase_coupon={
            "coupon_id": coupon, "version": 1, "max_price_coins": 20})
        status = world.refused(reply, "COUPON_VERSION_EXPIRED", "FAILED_PRECONDITION")
        assert status.current_offer == world.schema.CurrentOffer(
            coupon_id=coupon, current_version=2, price_coins=20, state="COUPON_STATE_ACTIVE")
    assert world.balance("USER", josh) == 100
    assert world.get_coupon(typo).honour_floor == 2


def a_check_can_be_repeated(world):
    """Case 3: the price changes between Josh's check and his purchase."""
    owner, josh = world.user("Alex"), world.user("Josh", coins=60)
    coupon = world.coupon(world.business("SQL Tea", [owner]), "Two for one", 25)
    ask = {"coupon_id": coupon, "version": 1}
    check = ok(world.operator.call(acting_user=josh, check_purchase=ask))
    assert check.ok and all(verdict.passed for verdict in check.verdicts)
    assert (check.quote.version, check.quote.price_coins, check.balance_coins) == (1, 25, 60)
    ok(world.operator.write(**world.edit(coupon, 1, {"price_coins": 50}, owner)))

    # What is on offer now costs more than he agreed to: nothing is charged.
    limit = check.quote.price_coins
    current = {"coupon_id": coupon, "version": 2, "max_price_coins": limit}
    reply = world.operator.write(acting_user=josh, purchase_coupon=current)
    status = world.refused(reply, "PRICE_CHANGED", "FAILED_PRECONDITION")
    assert (status.current_offer.current_version, status.current_offer.price_coins) == (2, 50)
    assert world.balance("USER", josh) == 60

    quoted = {"coupon_id": coupon, "version": check.quote.version, "max_price_coins": limit}
    again = ok(world.operator.call(acting_user=josh, check_purchase=quoted))
    assert again.ok and again.quote.price_coins == limit
    assert again.quote.HasField("honoured_until_ms")
    bought = ok(world.operator.write(acting_user=josh, purchase_coupon=quoted))
    assert (bought.purchase.price_coins, bought.balance_coins) == (25, 35)
    assert bought.purchase.honoured

    poor = ok(world.operator.call(acting_user=josh, check_purchase={
        "coupon_id": coupon, "version": 2}))
    failed = [verdict.rule for verdict in poor.verdicts if not verdict.passed]
    assert not poor.ok and failed == [world.schema.REASON_INSUFFICIENT_COINS]


def of_two_purchases_at_once_one_is_charged(world):
    """Case 3: both would pass a check of the balance made before either is charged."""
    owner, josh = world.user("Alex"), world.user("Josh", coins=30)
    coupon = world.coupon(world.business("SQL Tea", [owner]), "Iced tea", 20)
    clients = [world.connect(), world.connect()]
    sent = [client.send_write(acting_user=josh, purchase_coupon={
        "coupon_id": coupon, "version": 1}) for client in clients]
    answers = [client.answer_to(seq) for client, seq in zip(clients, sent)]
    answers.sort(key=lambda reply: reply.HasField("status"))
    assert ok(answers[0]).balance_coins == 10
    status = world.refused(answers[1], "INSUFFICIENT_COINS", "FAILED_PRECONDITION")
    assert status.current_offer.price_coins == 20
    assert world.balance("USER", josh) == 10
    assert world.get_coupon(coupon).sold == 1
