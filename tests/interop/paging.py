"""Lists in pages: what a page holds, how long one may be, whose a token is."""

from world import ok

PAGE_DEFAULT = 64
PAGE_MAX = 256


def all_pages(world, items, **members):
    """All of a list, page by page: `items` names the member of the answer that is listed."""
    ((request, body),) = members.items()
    found = []
    token = b""
    while True:
        page = ok(world.operator.call(**{request: {**body, "page_token": token}}))
        found.append(list(getattr(page, items)))
        token = page.next_page_token
        if not token:
            return found


def pages_of_coupons_show_the_moment_of_the_first(world):
    """An edit and a new coupon between two pages do not show; scarcity is that of now."""
    owner, josh = world.user("Alex"), world.user("Josh", coins=9)
    business = world.business("Fried and Loaded", [owner])
    coupons = [world.coupon(business, f"Coupon {n}", n, stock=5) for n in range(10)]
    ask = {"business_id": business, "page_size": 4}
    page = ok(world.operator.call(list_coupons=ask))
    first = page
    ok(world.operator.write(**world.edit(coupons[9], 1, {"price_coins": 99}, owner)))
    ok(world.operator.write(acting_user=josh, purchase_coupon={
        "coupon_id": coupons[9], "version": 1}))
    world.coupon(business, "Came later", 1)

    listed = list(page.coupons)
    sizes = [len(page.coupons)]
    other = world.connect()
    while page.next_page_token:
        page = ok(other.call(list_coupons={**ask, "page_token": page.next_page_token}))
        assert (page.as_of_revision, page.as_of_ms) == (first.as_of_revision, first.as_of_ms)
        listed += page.coupons
        sizes.append(len(page.coupons))
    assert sizes == [4, 4, 2]
    assert [coupon.coupon_id for coupon in listed] == coupons
    assert [coupon.terms.price_coins for coupon in listed] == list(range(10))
    assert (listed[9].version, listed[9].current_version, listed[9].stock_left) == (1, 2, 4)
    anew = ok(world.operator.call(list_coupons={"business_id": business}))
    assert len(anew.coupons) == 11 and not anew.next_page_token
    assert anew.coupons[9].terms.price_coins == 99


def a_page_is_as_long_as_asked_for(world):
    """0 is the default, 256 the most."""
    business = world.business("Fried and Loaded", [world.user("Alex")])
    total = PAGE_MAX + 1
    sent = [world.operator.send_write(create_coupon={
        "business_id": business, "terms": {"name": f"Coupon {n}", "price_coins": n}})
        for n in range(total)]
    for seq in sent:
        ok(world.operator.answer_to(seq))
    for size, pages in (
            (0, [PAGE_DEFAULT] * 4 + [1]), (PAGE_MAX, [PAGE_MAX, 1]), (100, [100, 100, 57])):
        ask = {"business_id": business, "page_size": size}
        found = all_pages(world, "coupons", list_coupons=ask)
        assert [len(page) for page in found] == pages, size
        assert len({coupon.coupon_id for page in found for coupon in page}) == total
    for size in (PAGE_MAX + 1, 2**31, 2**32 - 1):
        reply = world.operator.call(list_coupons={"business_id": business, "page_size": size})
        status = world.refused(reply, "FIELD_INVALID", "INVALID_ARGUMENT")
        assert status.field == "page_size"


def a_token_belongs_to_its_query(world):
    """Taken over by another, altered or cut short, it is refused."""
    owner = world.user("Alex")
    business, other = world.business("SQL Tea", [owner]), world.business("SQL Tea", [owner])
    for n in range(3):
        world.coupon(business, f"Coupon {n}", n)
        world.coupon(other, f"Coupon {n}", n)
    ask = {"business_id": business, "page_size": 1}
    token = ok(world.operator.call(list_coupons=ask)).next_page_token
    assert token
    for wrong in (
            {"business_id": other, "page_token": token},
            {"business_id": business, "page_token": token, "valid_only": True},
            {"business_id": business, "page_token": bytes([token[0] ^ 1]) + token[1:]},
            {"business_id": business, "page_token": token[:-1] + bytes([token[-1] ^ 1])},
            {"business_id": business, "page_token": token[:-1]},
            {"business_id": business, "page_token": token + b"\0"}):
        reply = world.operator.call(list_coupons=wrong)
        world.refused(reply, "PAGE_TOKEN_INVALID", "INVALID_ARGUMENT")
    # Its own query may ask for longer pages, and as often as it likes.
    for _ in range(2):
        rest = ok(world.operator.call(list_coupons={
            "business_id": business, "page_size": 9, "page_token": token}))
        assert len(rest.coupons) == 2 and not rest.next_page_token


def purchases_are_listed_newest_first(world):
    """Of one user; what is bought between two pages stands before the first."""
    owner, josh, pat = world.user("Alex"), world.user("Josh", 100), world.user("Pat", 100)
    coupon = world.coupon(world.business("SQL Tea", [owner]), "Iced tea", 1)
    bought = []
    for _ in range(5):
        bought.append(ok(world.buy(josh, coupon)).purchase)
        ok(world.buy(pat, coupon))
    refund = {"purchase_id": bought[1].purchase_id}
    bought[1] = ok(world.operator.write(refund_purchase=refund)).purchase
    ask = {"user_id": josh, "page_size": 2}
    page = ok(world.operator.call(list_purchases=ask))
    token = page.next_page_token
    ok(world.buy(josh, coupon))
    found = list(page.purchases)
    while page.next_page_token:
        page = ok(world.operator.call(list_purchases={**ask, "page_token": page.next_page_token}))
        found += page.purchases
    assert found == bought[::-1]
    anew = all_pages(world, "purchases", list_purchases=ask)
    assert [len(some) for some in anew] == [2, 2, 2]
    assert anew[0][1].purchase_id == found[0].purchase_id

    for request, wrong in (
            ("list_purchases", {"user_id": pat}),
            ("list_ledger_entries", {"account": {"kind": "ACCOUNT_KIND_USER", "id": josh}}),
            ("list_coupons", {"business_id": josh})):
        reply = world.operator.call(**{request: {**wrong, "page_token": token}})
        world.refused(reply, "PAGE_TOKEN_INVALID", "INVALID_ARGUMENT")
    reply = world.operator.call(list_purchases={"user_id": josh, "page_size": 2**31})
    assert world.refused(reply, "FIELD_INVALID", "INVALID_ARGUMENT").field == "page_size"


def a_statement_adds_up(world):
    """Newest first, entry by entry, for both sides of every movement."""
    owner, josh = world.user("Alex"), world.user("Josh", coins=100)
    business = world.business("SQL Tea", [owner], commission_bp=1000)
    coupon = world.coupon(business, "Iced tea", 20)
    bought = [ok(world.buy(josh, coupon)).purchase.purchase_id for _ in range(2)]
    ok(world.operator.write(refund_purchase={"purchase_id": bought[0]}))
    kind = world.schema.EntryKind.Name

    def statement(account):
        pages = all_pages(
            world, "entries", list_ledger_entries={"account": account, "page_size": 2})
        assert all(len(page) == 2 for page in pages[:-1])
        return [entry for page in pages for entry in page]

    buyer = statement({"kind": "ACCOUNT_KIND_USER", "id": josh})
    assert [(kind(entry.kind), entry.amount_coins, entry.balance_after_coins, entry.purchase_id)
            for entry in buyer] == [
        ("ENTRY_KIND_REFUND", 2, 80, bought[0]), ("ENTRY_KIND_REFUND", 18, 78, bought[0]),
        ("ENTRY_KIND_SPEND", 20, 60, bought[1]), ("ENTRY_KIND_SPEND", 20, 80, bought[0]),
        ("ENTRY_KIND_EARN", 100, 100, 0)]
    assert buyer[4].credit_reason == world.schema.CREDIT_REASON_AMOUNT
    assert buyer[4].debit.kind == world.schema.ACCOUNT_KIND_ISSUANCE
    assert [(entry.index, entry.debit.id) for entry in buyer[:2]] == [(1, 0), (0, business)]
    seller = statement({"kind": "ACCOUNT_KIND_BUSINESS", "id": business})
    assert [(kind(entry.kind), entry.amount_coins, entry.balance_after_coins)
            for entry in seller] == [
        ("ENTRY_KIND_REFUND", 18, 18), ("ENTRY_KIND_COMMISSION", 2, 36),
        ("ENTRY_KIND_SPEND", 20, 38), ("ENTRY_KIND_COMMISSION", 2, 18),
        ("ENTRY_KIND_SPEND", 20, 20)]
    assert world.balance("BUSINESS", business) == 18


def businesses_with_a_valid_coupon_are_listed(world):
    """A filter leaves out those without, on whatever page they would be."""
    owner = world.user("Alex")
    made = [world.business("Fried and Loaded", [owner]) for _ in range(6)]
    for n, business in enumerate(made):
        paused = {"state": "COUPON_STATE_PAUSED"}
        world.coupon(business, "Iced tea", 1, **(paused if n % 2 else {}))
    for valid, expected in ((False, made), (True, made[::2])):
        pages = all_pages(world, "businesses", list_businesses={
            "with_valid_coupon": valid, "page_size": 2})
        listed = [business.business_id for page in pages for business in page]
        assert listed == sorted(set(listed))
        assert [number for number in listed if number in made] == expected
