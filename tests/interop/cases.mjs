// The three cases that PeakPeeps was made for.
import assert from "node:assert/strict";

import { ok, refused } from "./world.mjs";

const HONOUR_MS = 600000n;

export const cases = {
    // Case 1: Alex and Robin edit the price that both have read.
    async of_two_edits_at_once_one_wins(world) {
        const [alex, robin] = [await world.user("Alex"), await world.user("Robin")];
        const business = await world.business("Smash Truck", [alex, robin]);
        const coupon = await world.coupon(business, "Half off a burger and shake", 25n);
        const tries = [];
        for (const [user, price] of [[alex, 30n], [robin, 40n]]) {
            const client = await world.connect();
            const edit = world.edit(coupon, 1n, { price_coins: price }, user);
            tries.push({ client, user, price, request: { ...edit, request_id: client.makeId() } });
        }
        const sent = tries.map(({ client, request }) => client.call(request));
        for (const [i, reply] of (await Promise.all(sent)).entries())
            tries[i].reply = reply;
        const [won, lost] = tries[0].reply.status ? [tries[1], tries[0]] : tries;

        assert.equal(ok(won.reply).version, 2n);
        assert.equal(ok(won.reply).honoured_until_ms, won.reply.time_ms + HONOUR_MS);
        const status = refused(lost.reply, "COUPON_VERSION_CONFLICT", "ABORTED");
        const shown = await world.getCoupon(coupon);
        assert.ok(status.message.startsWith(
            `Could not find a coupon from business ${shown.business_name} for coupon ` +
            "Half off a burger and shake at version 1"), status.message);
        const conflict = status.version_conflict;
        assert.deepEqual([conflict.base_version, conflict.current_version], [1n, 2n]);
        assert.equal(conflict.changed_by, won.user);
        assert.equal(conflict.changed_at_ms, won.reply.time_ms);
        assert.deepEqual(conflict.fields, ["TERM_FIELD_PRICE"]);
        assert.deepEqual(conflict.overlapping, ["TERM_FIELD_PRICE"]);
        for (const [terms, price_coins] of [
            [conflict.base_terms, 25n], [conflict.their_terms, won.price],
            [conflict.your_terms, lost.price]]) {
            const { state, refund_policy, ...present } = terms;
            assert.deepEqual(present, { price_coins });
            assert.equal(state, "COUPON_STATE_UNSPECIFIED");
            assert.equal(refund_policy, "REFUND_POLICY_UNSPECIFIED");
        }
        assert.deepEqual([shown.current_version, shown.terms.price_coins], [2n, won.price]);

        // Sending it again changes nothing; having looked at the conflict, a person may edit anew.
        const again = await world.operator.call(lost.request);
        assert.ok(again.replayed);
        assert.deepEqual(again.status, status);
        const edit = world.edit(coupon, 2n, { price_coins: lost.price }, lost.user);
        assert.equal(ok(await world.operator.write(edit)).version, 3n);
        assert.equal((await world.getCoupon(coupon)).terms.price_coins, lost.price);
    },

    // Case 1: Alex edits the price, Robin the description; nobody has to give way.
    async disjoint_edits_are_merged(world) {
        const [alex, robin] = [await world.user("Alex"), await world.user("Robin")];
        const business = await world.business("Smash Truck", [alex, robin]);
        const coupon = await world.coupon(business, "BOGO Loaded Tots", 25n);
        const merge = { on_conflict: "ON_CONFLICT_MERGE_DISJOINT" };
        const description = "With a shake of the day";
        const edit = (...args) => world.operator.write(world.edit(coupon, ...args));
        const first = ok(await edit(1n, { price_coins: 30n }, alex, merge));
        assert.deepEqual([first.version, first.merged], [2n, false]);
        const second = ok(await edit(1n, { description }, robin, merge));
        assert.deepEqual([second.version, second.merged], [3n, true]);
        const merged = await world.getCoupon(coupon);
        assert.deepEqual([merged.terms.price_coins, merged.terms.description], [30n, description]);
        assert.deepEqual(merged.changed_fields, ["TERM_FIELD_DESCRIPTION"]);

        const late = await edit(1n, { price_coins: 40n }, robin, merge);
        let conflict = refused(late, "COUPON_VERSION_CONFLICT", "ABORTED").version_conflict;
        assert.deepEqual(conflict.overlapping, ["TERM_FIELD_PRICE"]);
        // One who does not ask for a merge is told what changed, though nothing overlaps.
        const plain = await edit(2n, { price_coins: 40n }, robin);
        conflict = refused(plain, "COUPON_VERSION_CONFLICT", "ABORTED").version_conflict;
        assert.deepEqual(conflict.overlapping, []);
        assert.equal(conflict.their_terms.description, description);
    },

    // Case 2: Josh lists, the owner raises the price and pauses, Josh buys what he saw.
    async what_was_seen_is_sold(world) {
        const [owner, josh] = [await world.user("Alex"), await world.user("Josh", 100n)];
        const business = await world.business("Fried and Loaded", [owner], { commission_bp: 1000 });
        const coupon = await world.coupon(business, "Half off Smashburger", 25n, { stock: 10n });
        const listed = ok(await world.operator.call({
            list_coupons: { business_id: business, valid_only: true } }));
        assert.equal(listed.coupons.length, 1);
        const [seen] = listed.coupons;
        assert.deepEqual(
            [seen.version, seen.terms.price_coins, seen.valid, seen.stock_left],
            [1n, 25n, true, 10n]);
        assert.ok(!("superseded_at_ms" in seen));

        const raised = await world.operator.write(
            world.edit(coupon, 1n, { price_coins: 80n }, owner));
        ok(await world.operator.write(
            world.edit(coupon, 2n, { state: "COUPON_STATE_PAUSED" }, owner)));
        const bought = ok(await world.operator.write({ acting_user: josh,
            purchase_coupon: { coupon_id: coupon, as_of_revision: listed.as_of_revision } }));
        const receipt = bought.purchase;
        assert.deepEqual(
            [receipt.version, receipt.price_coins, receipt.commission_coins], [1n, 25n, 2n]);
        assert.ok(receipt.honoured);
        assert.equal(receipt.honoured_until_ms, raised.time_ms + HONOUR_MS);
        assert.equal(receipt.state, "PURCHASE_STATE_ISSUED");
        assert.ok(receipt.code.length >= 12);
        assert.equal(bought.balance_coins, 75n);
        assert.equal(await world.balance("USER", josh), 75n);
        assert.equal(await world.balance("BUSINESS", business), 23n);
        assert.equal((await world.getCoupon(coupon)).stock_left, 9n);
        const old = await world.getCoupon(coupon, { version: 1n });
        assert.equal(old.superseded_at_ms, raised.time_ms);
        assert.equal(old.honoured_until_ms, receipt.honoured_until_ms);

        const current = await world.operator.write({ acting_user: josh,
            purchase_coupon: { coupon_id: coupon, version: 3n } });
        refused(current, "COUPON_NOT_ACTIVE", "FAILED_PRECONDITION");
        const found = ok(await world.operator.call({
            get_purchase: { purchase_id: receipt.purchase_id } }));
        assert.deepEqual(found.purchase, receipt);
    },

    // Case 2: the owner's means against a typo; and a window of no length.
    async what_was_withdrawn_is_not_sold(world) {
        const [owner, josh] = [await world.user("Alex"), await world.user("Josh", 100n)];
        const business = await world.business("SQL Tea", [owner]);
        const typo = await world.coupon(business, "Iced tea", 2n);
        const brief = await world.coupon(business, "Hot tea", 2n, { honour_ms: 0n });
        const hard = world.edit(
            typo, 1n, { price_coins: 20n }, owner, { supersede: "SUPERSEDE_HARD" });
        const without = await world.operator.write(hard);
        const status = refused(without, "FIELD_MISSING", "INVALID_ARGUMENT");
        assert.deepEqual([status.field, status.not_executed], ["reason", true]);
        hard.edit_coupon.reason = "A zero was missing";
        assert.ok(!("honoured_until_ms" in ok(await world.operator.write(hard))));
        ok(await world.operator.write(world.edit(brief, 1n, { price_coins: 20n }, owner)));
        for (const coupon of [typo, brief]) {
            const reply = await world.operator.write({ acting_user: josh,
                purchase_coupon: { coupon_id: coupon, version: 1n, max_price_coins: 20n } });
            const gone = refused(reply, "COUPON_VERSION_EXPIRED", "FAILED_PRECONDITION");
            assert.deepEqual(gone.current_offer, { coupon_id: coupon, current_version: 2n,
                price_coins: 20n, state: "COUPON_STATE_ACTIVE" });
        }
        assert.equal(await world.balance("USER", josh), 100n);
        assert.equal((await world.getCoupon(typo)).honour_floor, 2n);
    },

    // Case 3: the price changes between Josh's check and his purchase.
    async a_check_can_be_repeated(world) {
        const [owner, josh] = [await world.user("Alex"), await world.user("Josh", 60n)];
        const business = await world.business("SQL Tea", [owner]);
        const coupon_id = await world.coupon(business, "Two for one", 25n);
        const ask = async (check_purchase) =>
            ok(await world.operator.call({ acting_user: josh, check_purchase }));
        const check = await ask({ coupon_id, version: 1n });
        assert.ok(check.ok && check.verdicts.every(({ passed }) => passed));
        assert.deepEqual(
            [check.quote.version, check.quote.price_coins, check.balance_coins], [1n, 25n, 60n]);
        ok(await world.operator.write(world.edit(coupon_id, 1n, { price_coins: 50n }, owner)));

        // What is on offer now costs more than he agreed to: nothing is charged.
        const max_price_coins = check.quote.price_coins;
        const reply = await world.operator.write({ acting_user: josh,
            purchase_coupon: { coupon_id, version: 2n, max_price_coins } });
        const offer = refused(reply, "PRICE_CHANGED", "FAILED_PRECONDITION").current_offer;
        assert.deepEqual([offer.current_version, offer.price_coins], [2n, 50n]);
        assert.equal(await world.balance("USER", josh), 60n);

        const quoted = { coupon_id, version: check.quote.version, max_price_coins };
        const again = await ask(quoted);
        assert.ok(again.ok);
        assert.equal(again.quote.price_coins, max_price_coins);
        assert.ok("honoured_until_ms" in again.quote);
        const bought = ok(await world.operator.write({
            acting_user: josh, purchase_coupon: quoted }));
        assert.deepEqual([bought.purchase.price_coins, bought.balance_coins], [25n, 35n]);
        assert.ok(bought.purchase.honoured);

        const poor = await ask({ coupon_id, version: 2n });
        const failed = poor.verdicts.filter(({ passed }) => !passed).map(({ rule }) => rule);
        assert.equal(poor.ok, false);
        assert.deepEqual(failed, ["REASON_INSUFFICIENT_COINS"]);
    },

    // Case 3: both would pass a check of the balance made before either is charged.
    async of_two_purchases_at_once_one_is_charged(world) {
        const [owner, josh] = [await world.user("Alex"), await world.user("Josh", 30n)];
        const business = await world.business("SQL Tea", [owner]);
        const coupon_id = await world.coupon(business, "Iced tea", 20n);
        const clients = [await world.connect(), await world.connect()];
        const buy = { acting_user: josh, purchase_coupon: { coupon_id, version: 1n } };
        const answers = await Promise.all(clients.map((client) => client.write(buy)));
        const [won, lost] = answers[0].status ? [answers[1], answers[0]] : answers;
        assert.equal(ok(won).balance_coins, 10n);
        const status = refused(lost, "INSUFFICIENT_COINS", "FAILED_PRECONDITION");
        assert.equal(status.current_offer.price_coins, 20n);
        assert.equal(await world.balance("USER", josh), 10n);
        assert.equal((await world.getCoupon(coupon_id)).sold, 1n);
    },
};
