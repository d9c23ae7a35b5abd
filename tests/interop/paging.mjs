// Lists in pages: what a page holds, how long one may be, whose a token is.
import assert from "node:assert/strict";

import { ok, refused } from "./world.mjs";

const PAGE_DEFAULT = 64;
const PAGE_MAX = 256;

// All of a list, page by page: `items` names the member of the answer that is listed.
async function allPages(world, items, request) {
    const [[name, body]] = Object.entries(request);
    const found = [];
    let page_token = Buffer.alloc(0);
    do {
        const page = ok(await world.operator.call({ [name]: { ...body, page_token } }));
        found.push(page[items]);
        page_token = page.next_page_token;
    } while (page_token.length !== 0);
    return found;
}

export const paging = {
    // An edit and a new coupon between two pages do not show; scarcity is that of now.
    async pages_of_coupons_show_the_moment_of_the_first(world) {
        const [owner, josh] = [await world.user("Alex"), await world.user("Josh", 9n)];
        const business_id = await world.business("Fried and Loaded", [owner]);
        const coupons = [];
        for (let n = 0n; n < 10n; n++)
            coupons.push(await world.coupon(business_id, `Coupon ${n}`, n, { stock: 5n }));
        const ask = { business_id, page_size: 4 };
        const first = ok(await world.operator.call({ list_coupons: ask }));
        ok(await world.operator.write(world.edit(coupons[9], 1n, { price_coins: 99n }, owner)));
        ok(await world.operator.write({ acting_user: josh,
            purchase_coupon: { coupon_id: coupons[9], version: 1n } }));
        await world.coupon(business_id, "Came later", 1n);

        const pages = [first];
        const other = await world.connect();
        while (pages.at(-1).next_page_token.length !== 0) {
            const page_token = pages.at(-1).next_page_token;
            pages.push(ok(await other.call({ list_coupons: { ...ask, page_token } })));
        }
        for (const page of pages) {
            assert.equal(page.as_of_revision, first.as_of_revision);
            assert.equal(page.as_of_ms, first.as_of_ms);
        }
        assert.deepEqual(pages.map((page) => page.coupons.length), [4, 4, 2]);
        const listed = pages.flatMap((page) => page.coupons);
        assert.deepEqual(listed.map(({ coupon_id }) => coupon_id), coupons);
        assert.deepEqual(
            listed.map(({ terms }) => Number(terms.price_coins)), [...Array(10).keys()]);
        const last = listed[9];
        assert.deepEqual([last.version, last.current_version, last.stock_left], [1n, 2n, 4n]);
        const anew = ok(await world.operator.call({ list_coupons: { business_id } }));
        assert.equal(anew.coupons.length, 11);
        assert.equal(anew.next_page_token.length, 0);
        assert.equal(anew.coupons[9].terms.price_coins, 99n);
    },

    // 0 is the default, 256 the most.
    async a_page_is_as_long_as_asked_for(world) {
        const business_id = await world.business("Fried and Loaded", [await world.user("Alex")]);
        const total = PAGE_MAX + 1;
        const made = [];
        for (let n = 0; n < total; n++) {
            const terms = { name: `Coupon ${n}`, price_coins: n };
            made.push(world.operator.write({ create_coupon: { business_id, terms } }));
        }
        (await Promise.all(made)).forEach(ok);
        for (const [page_size, lengths] of [
            [0, [PAGE_DEFAULT, PAGE_DEFAULT, PAGE_DEFAULT, PAGE_DEFAULT, 1]],
            [PAGE_MAX, [PAGE_MAX, 1]], [100, [100, 100, 57]]]) {
            const ask = { list_coupons: { business_id, page_size } };
            const found = await allPages(world, "coupons", ask);
            assert.deepEqual(found.map((page) => page.length), lengths);
            assert.equal(new Set(found.flat().map(({ coupon_id }) => coupon_id)).size, total);
        }
        for (const page_size of [PAGE_MAX + 1, 2 ** 31, 2 ** 32 - 1]) {
            const reply = await world.operator.call({ list_coupons: { business_id, page_size } });
            assert.equal(refused(reply, "FIELD_INVALID", "INVALID_ARGUMENT").field, "page_size");
        }
    },

    // Taken over by another, altered or cut short, it is refused.
    async a_token_belongs_to_its_query(world) {
        const owner = await world.user("Alex");
        const business_id = await world.business("SQL Tea", [owner]);
        const other = await world.business("SQL Tea", [owner]);
        for (let n = 0n; n < 3n; n++) {
            await world.coupon(business_id, `Coupon ${n}`, n);
            await world.coupon(other, `Coupon ${n}`, n);
        }
        const page = ok(await world.operator.call({ list_coupons: { business_id, page_size: 1 } }));
        const token = page.next_page_token;
        assert.notEqual(token.length, 0);
        const flipped = (i) => token.map((byte, at) => at === i ? byte ^ 1 : byte);
        for (const wrong of [
            { business_id: other, page_token: token },
            { business_id, page_token: token, valid_only: true },
            { business_id, page_token: flipped(0) },
            { business_id, page_token: flipped(token.length - 1) },
            { business_id, page_token: token.subarray(0, -1) },
            { business_id, page_token: Buffer.concat([token, Buffer.alloc(1)]) }]) {
            const reply = await world.operator.call({ list_coupons: wrong });
            refused(reply, "PAGE_TOKEN_INVALID", "INVALID_ARGUMENT");
        }
        // Its own query may ask for longer pages, and as often as it likes.
        for (let n = 0; n < 2; n++) {
            const rest = ok(await world.operator.call({
                list_coupons: { business_id, page_size: 9, page_token: token } }));
            assert.equal(rest.coupons.length, 2);
            assert.equal(rest.next_page_token.length, 0);
        }
    },

    // Of one user; what is bought between two pages stands before the first.
    async purchases_are_listed_newest_first(world) {
        const [owner, josh] = [await world.user("Alex"), await world.user("Josh", 100n)];
        const pat = await world.user("Pat", 100n);
        const coupon = await world.coupon(await world.business("SQL Tea", [owner]), "Iced tea", 1n);
        const bought = [];
        for (let n = 0; n < 5; n++) {
            bought.push(ok(await world.buy(josh, coupon)).purchase);
            ok(await world.buy(pat, coupon));
        }
        const { purchase_id } = bought[1];
        bought[1] = ok(await world.operator.write({ refund_purchase: { purchase_id } })).purchase;
        const ask = { list_purchases: { user_id: josh, page_size: 2 } };
        const pages = [ok(await world.operator.call(ask))];
        const token = pages[0].next_page_token;
        ok(await world.buy(josh, coupon));
        while (pages.at(-1).next_page_token.length !== 0) {
            const page_token = pages.at(-1).next_page_token;
            pages.push(ok(await world.operator.call({
                list_purchases: { ...ask.list_purchases, page_token } })));
        }
        const found = pages.flatMap((page) => page.purchases);
        assert.deepEqual(found, bought.reverse());
        const anew = await allPages(world, "purchases", ask);
        assert.deepEqual(anew.map((page) => page.length), [2, 2, 2]);
        assert.equal(anew[0][1].purchase_id, found[0].purchase_id);

        const account = { kind: "ACCOUNT_KIND_USER", id: josh };
        for (const wrong of [
            { list_purchases: { user_id: pat, page_token: token } },
            { list_ledger_entries: { account, page_token: token } },
            { list_coupons: { business_id: josh, page_token: token } }])
            refused(await world.operator.call(wrong), "PAGE_TOKEN_INVALID", "INVALID_ARGUMENT");
        const reply = await world.operator.call({
            list_purchases: { user_id: josh, page_size: 2 ** 31 } });
        assert.equal(refused(reply, "FIELD_INVALID", "INVALID_ARGUMENT").field, "page_size");
    },

    // Newest first, entry by entry, for both sides of every movement.
    async a_statement_adds_up(world) {
        const [owner, josh] = [await world.user("Alex"), await world.user("Josh", 100n)];
        const business = await world.business("SQL Tea", [owner], { commission_bp: 1000 });
        const coupon = await world.coupon(business, "Iced tea", 20n);
        const bought = [];
        for (let n = 0; n < 2; n++)
            bought.push(ok(await world.buy(josh, coupon)).purchase.purchase_id);
        ok(await world.operator.write({ refund_purchase: { purchase_id: bought[0] } }));
        const statement = async (kind, id) => {
            const account = { kind: `ACCOUNT_KIND_${kind}`, id };
            const ask = { list_ledger_entries: { account, page_size: 2 } };
            const pages = await allPages(world, "entries", ask);
            assert.ok(pages.slice(0, -1).every((page) => page.length === 2));
            return pages.flat();
        };

        const buyer = await statement("USER", josh);
        assert.deepEqual(
            buyer.map((entry) => [
                entry.kind, entry.amount_coins, entry.balance_after_coins, entry.purchase_id]), [
                ["ENTRY_KIND_REFUND", 2n, 80n, bought[0]],
                ["ENTRY_KIND_REFUND", 18n, 78n, bought[0]],
                ["ENTRY_KIND_SPEND", 20n, 60n, bought[1]],
                ["ENTRY_KIND_SPEND", 20n, 80n, bought[0]],
                ["ENTRY_KIND_EARN", 100n, 100n, 0n]]);
        assert.equal(buyer[4].credit_reason, "CREDIT_REASON_AMOUNT");
        assert.equal(buyer[4].debit.kind, "ACCOUNT_KIND_ISSUANCE");
        assert.deepEqual(
            buyer.slice(0, 2).map((entry) => [entry.index, entry.debit.id]),
            [[1, 0n], [0, business]]);
        const seller = await statement("BUSINESS", business);
        assert.deepEqual(
            seller.map((entry) => [entry.kind, entry.amount_coins, entry.balance_after_coins]), [
                ["ENTRY_KIND_REFUND", 18n, 18n],
                ["ENTRY_KIND_COMMISSION", 2n, 36n],
                ["ENTRY_KIND_SPEND", 20n, 38n],
                ["ENTRY_KIND_COMMISSION", 2n, 18n],
                ["ENTRY_KIND_SPEND", 20n, 20n]]);
        assert.equal(await world.balance("BUSINESS", business), 18n);
    },

    // A filter leaves out those without, on whatever page they would be.
    async businesses_with_a_valid_coupon_are_listed(world) {
        const owner = await world.user("Alex");
        const made = [];
        for (let n = 0; n < 6; n++) {
            const business = await world.business("Fried and Loaded", [owner]);
            const paused = { state: "COUPON_STATE_PAUSED" };
            await world.coupon(business, "Iced tea", 1n, n % 2 ? paused : {});
            made.push(business);
        }
        for (const valid of [false, true]) {
            const ask = { list_businesses: { with_valid_coupon: valid, page_size: 2 } };
            const pages = await allPages(world, "businesses", ask);
            const listed = pages.flat().map(({ business_id }) => business_id);
            assert.ok(listed.every((id, i) => i === 0 || id > listed[i - 1]));
            const expected = made.filter((_id, i) => !valid || i % 2 === 0);
            assert.deepEqual(listed.filter((id) => made.includes(id)), expected);
        }
    },
};
