"""What becomes of a purchase, and what owners share."""

from world import ok


def a_code_is_redeemed_once(world):
    """However it is typed, at the business that sold it, by an owner; then it is refunded."""
    owner, josh, pat = world.user("Alex"), world.user("Josh", coins=100), world.user("Pat")
    business = world.business("Fried and Loaded", [owner], commission_bp=1000)
    other = world.business("SQL Tea", [owner])
    commission = world.balance("COMMISSION")
    coupon = world.coupon(business, "Half off Smashburger", 25, stock=10)
    bought = ok(world.buy(josh, coupon)).purchase
    assert (world.balance("USER", josh), world.balance("BUSINESS", business)) == (75, 23)

    typed = {"business_id": business, "code": " " + bought.code.lower().replace("-", " ")}
    guess = bought.code[:-1] + ("1" if bought.code.endswith("0") else "0")
    for wrong in ({"business_id": other, "code": bought.code},
                  {"business_id": business, "code": guess}):
        reply = world.operator.write(acting_user=owner, redeem_purchase=wrong)
        world.refused(reply, "PURCHASE_NOT_FOUND", "NOT_FOUND")
    stranger = world.operator.write(acting_user=pat, redeem_purchase=typed)
    world.refused(stranger, "NOT_AN_OWNER", "PERMISSION_DENIED")

    request = {"acting_user": owner, "request_id": world.operator.make_id(),
               "redeem_purchase": typed}
    first = world.operator.write(**request)
    redeemed = ok(first).purchase
    assert redeemed.state == world.schema.PURCHASE_STATE_REDEEMED
    assert (redeemed.purchase_id, redeemed.redeemed_by) == (bought.purchase_id, owner)
    assert redeemed.redeemed_at_ms == first.time_ms
    again = world.operator.write(**request)
    assert again.replayed and again.redeem_purchase == first.redeem_purchase
    second = world.operator.write(acting_user=owner, redeem_purchase=typed)
    status = world.refused(second, "ALREADY_REDEEMED", "FAILED_PRECONDITION")
    assert world.written(redeemed.redeemed_at_ms) in status.message, status.message

    refund = {"purchase_id": bought.purchase_id, "reason": "The fryer is broken"}
    stranger = world.operator.write(acting_user=pat, refund_purchase=refund)
    world.refused(stranger, "NOT_AN_OWNER", "PERMISSION_DENIED")
    returned = ok(world.operator.write(acting_user=owner, refund_purchase=refund))
    assert (returned.balance_coins, returned.purchase.refund_reason) == (100, refund["reason"])
    assert returned.purchase.state == world.schema.PURCHASE_STATE_REFUNDED
    assert not returned.purchase.stock_returned
    for account in (("USER", josh, 100), ("BUSINESS", business, 0), ("COMMISSION", 0, commission)):
        assert world.balance(*account[:2]) == account[2], account
    assert world.get_coupon(coupon).stock_left == 9
    for body in ({"refund_purchase": refund}, {"redeem_purchase": typed}):
        reply = world.operator.write(acting_user=owner, **body)
        world.refused(reply, "ALREADY_REFUNDED", "FAILED_PRECONDITION")
    found = ok(world.operator.call(get_purchase={"purchase_id": bought.purchase_id}))
    assert found.purchase == returned.purchase


def a_refund_returns_the_piece(world):
    """When it was not redeemed, and the terms say so; the buyer may buy again."""
    owner, josh = world.user("Alex"), world.user("Josh", coins=10)
    coupon = world.coupon(
        world.business("SQL Tea", [owner]), "Iced tea", 10, stock=1, per_user_limit=1,
        refund_policy="REFUND_POLICY_RETURN_STOCK")
    bought = ok(world.buy(josh, coupon)).purchase
    world.refused(world.buy(josh, coupon), "SOLD_OUT", "FAILED_PRECONDITION")
    refund = {"purchase_id": bought.purchase_id}
    returned = ok(world.operator.write(acting_user=owner, refund_purchase=refund)).purchase
    assert returned.stock_returned and returned.refunded_by == owner
    assert world.get_coupon(coupon).stock_left == 1
    assert ok(world.buy(josh, coupon)).purchase.purchase_id > bought.purchase_id
    assert ok(world.operator.call(get_user={"user_id": josh})).user.n_purchases == 2


def stock_is_adjusted_without_a_version(world):
    """A delta commutes with sales; nothing below 0 is left."""
    owner, josh = world.user("Alex"), world.user("Josh", coins=10)
    business = world.business("SQL Tea", [owner])
    coupon = world.coupon(business, "Iced tea", 1, stock=2)
    endless = world.coupon(business, "Tap water", 1)
    ok(world.buy(josh, coupon))
    for delta, left in ((5, 6), (-4, 2)):
        adjusted = ok(world.operator.write(acting_user=owner, adjust_stock={
            "coupon_id": coupon, "delta": delta}))
        assert adjusted.stock_left == left
    for number, delta, reason in (
            (coupon, -3, "STOCK_OUT_OF_RANGE"), (endless, 1, "STOCK_UNLIMITED")):
        reply = world.operator.write(acting_user=owner, adjust_stock={
            "coupon_id": number, "delta": delta})
        world.refused(reply, reason, "FAILED_PRECONDITION")
    shown = world.get_coupon(coupon)
    assert (shown.stock_left, shown.sold, shown.current_version) == (2, 1, 1)


def an_old_version_is_restored_as_a_new_one(world):
    """Nothing of the history is lost."""
    owner = world.user("Alex")
    coupon = world.coupon(world.business("SQL Tea", [owner]), "Iced tea", 1, description="Cold")
    ok(world.operator.write(**world.edit(coupon, 1, {"price_coins": 5, "description": ""}, owner)))
    restored = ok(world.operator.write(acting_user=owner, edit_coupon={
        "coupon_id": coupon, "base_version": 2, "restore_version": 1}))
    assert restored.version == 3
    history = ok(world.operator.call(list_coupon_versions={"coupon_id": coupon})).versions
    assert [version.version for version in history] == [1, 2, 3]
    assert [version.terms.price_coins for version in history] == [1, 5, 1]
    assert history[2].terms == history[0].terms
    assert history[1].superseded_at_ms == history[2].valid_from_ms


def owners_do_not_overwrite_each_other(world):
    """A business is edited as a coupon is: against the version that was read."""
    alex, robin = world.user("Alex"), world.user("Robin")
    business = world.business("Smash Truck", [alex, robin], address="Main St")
    name = ok(world.operator.call(get_business={"business_id": business})).business.profile.name

    def edit(user, base_version, field, **members):
        profile = {key: members.pop(key) for key in ("name", "address", "commission_bp")
                   if key in members}
        return world.operator.write(acting_user=user, edit_business={
            "business_id": business, "base_version": base_version,
            "fields": ["BUSINESS_FIELD_" + field], "profile": profile, **members})

    moved = edit(alex, 1, "ADDRESS", address="2 Main St")
    assert ok(moved).version == 2
    status = world.refused(
        edit(robin, 1, "ADDRESS", address="3 Main St"), "BUSINESS_VERSION_CONFLICT", "ABORTED")
    assert status.message.startswith(f"Could not find business {name} at version 1"), status
    conflict = status.business_conflict
    assert (conflict.base_version, conflict.current_version) == (1, 2)
    assert (conflict.changed_by, conflict.changed_at_ms) == (alex, moved.time_ms)
    assert list(conflict.overlapping) == [world.schema.BUSINESS_FIELD_ADDRESS]
    for profile, address in (
            (conflict.base_profile, "Main St"), (conflict.their_profile, "2 Main St"),
            (conflict.your_profile, "3 Main St")):
        assert profile == world.schema.BusinessProfile(address=address)

    renamed = world.name("Smash Truck")
    merged = ok(edit(robin, 1, "NAME", name=renamed, on_conflict="ON_CONFLICT_MERGE_DISJOINT"))
    assert (merged.version, merged.merged) == (3, True)
    world.refused(
        edit(alex, 3, "COMMISSION", commission_bp=0), "OPERATOR_ONLY", "PERMISSION_DENIED")
    assert ok(edit(0, 3, "COMMISSION", commission_bp=250)).version == 4
    found = ok(world.operator.call(get_business={"name": renamed.upper()})).business
    assert found.profile == world.schema.BusinessProfile(
        name=renamed, address="2 Main St", commission_bp=250)
    assert (found.version, list(found.owner_ids)) == (4, [alex, robin])

    body = {"business_id": business, "user_id": robin}
    assert ok(world.operator.write(acting_user=alex, remove_owner=body)).n_owners == 1
    world.refused(edit(robin, 4, "ADDRESS", address=""), "NOT_AN_OWNER", "PERMISSION_DENIED")
    body["user_id"] = alex
    last = world.operator.write(acting_user=alex, remove_owner=body)
    world.refused(last, "LAST_OWNER", "FAILED_PRECONDITION")
