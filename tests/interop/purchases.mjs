// What becomes of a purchase, and what owners share.
import assert from "node:assert/strict";

import { ok, refused, written } from "./world.mjs";

export const purchases = {
    // However it is typed, at the business that sold it, by an owner; then it is refunded.
    async a_code_is_redeemed_once(world) {
        const [owner, josh] = [await world.user("Alex"), await world.user("Josh", 100n)];
        const pat = await world.user("Pat");
        const business_id = await world.business(
            "Fried and Loaded", [owner], { commission_bp: 1000 });
        const other = await world.business("SQL Tea", [owner]);
        const commission = await world.balance("COMMISSION");
        const coupon = await world.coupon(
            business_id, "Half off Smashburger", 25n, { stock: 10n });
        const bought = ok(await world.buy(josh, coupon)).purchase;
        assert.equal(await world.balance("USER", josh), 75n);
        assert.equal(await world.balance("BUSINESS", business_id), 23n);

        const redeem = (acting_user, body) =>
            world.operator.write({ acting_user, redeem_purchase: body });
        const refund = (acting_user, body) =>
            world.operator.write({ acting_user, refund_purchase: body });
        const { code, purchase_id } = bought;
        const typed = { business_id, code: ` ${code.toLowerCase().replaceAll("-", " ")}` };
        const guess = code.slice(0, -1) + (code.endsWith("0") ? "1" : "0");
        for (const wrong of [{ business_id: other, code }, { business_id, code: guess }])
            refused(await redeem(owner, wrong), "PURCHASE_NOT_FOUND", "NOT_FOUND");
        refused(await redeem(pat, typed), "NOT_AN_OWNER", "PERMISSION_DENIED");

        const request = { acting_user: owner, request_id: world.operator.makeId(),
            redeem_purchase: typed };
        const first = await world.operator.write(request);
        const redeemed = ok(first).purchase;
        assert.equal(redeemed.state, "PURCHASE_STATE_REDEEMED");
        assert.deepEqual([redeemed.purchase_id, redeemed.redeemed_by], [purchase_id, owner]);
        assert.equal(redeemed.redeemed_at_ms, first.time_ms);
        const again = await world.operator.write(request);
        assert.ok(again.replayed);
        assert.deepEqual(again.redeem_purchase, first.redeem_purchase);
        const second = refused(
            await redeem(owner, typed), "ALREADY_REDEEMED", "FAILED_PRECONDITION");
        assert.ok(second.message.includes(written(redeemed.redeemed_at_ms)), second.message);

        const why = { purchase_id, reason: "The fryer is broken" };
        refused(await refund(pat, why), "NOT_AN_OWNER", "PERMISSION_DENIED");
        const returned = ok(await refund(owner, why));
        assert.equal(returned.balance_coins, 100n);
        assert.equal(returned.purchase.refund_reason, why.reason);
        assert.equal(returned.purchase.state, "PURCHASE_STATE_REFUNDED");
        assert.equal(returned.purchase.stock_returned, false);
        assert.equal(await world.balance("USER", josh), 100n);
        assert.equal(await world.balance("BUSINESS", business_id), 0n);
        assert.equal(await world.balance("COMMISSION"), commission);
        assert.equal((await world.getCoupon(coupon)).stock_left, 9n);
        refused(await refund(owner, why), "ALREADY_REFUNDED", "FAILED_PRECONDITION");
        refused(await redeem(owner, typed), "ALREADY_REFUNDED", "FAILED_PRECONDITION");
        const found = ok(await world.operator.call({ get_purchase: { purchase_id } }));
        assert.deepEqual(found.purchase, returned.purchase);
    },

    // When it was not redeemed, and the terms say so; the buyer may buy again.
    async a_refund_returns_the_piece(world) {
        const [owner, josh] = [await world.user("Alex"), await world.user("Josh", 10n)];
        const business = await world.business("SQL Tea", [owner]);
        const coupon = await world.coupon(business, "Iced tea", 10n, { stock: 1n,
            per_user_limit: 1, refund_policy: "REFUND_POLICY_RETURN_STOCK" });
        const { purchase_id } = ok(await world.buy(josh, coupon)).purchase;
        refused(await world.buy(josh, coupon), "SOLD_OUT", "FAILED_PRECONDITION");
        const returned = ok(await world.operator.write({ acting_user: owner,
            refund_purchase: { purchase_id } })).purchase;
        assert.deepEqual([returned.stock_returned, returned.refunded_by], [true, owner]);
        assert.equal((await world.getCoupon(coupon)).stock_left, 1n);
        assert.ok(ok(await world.buy(josh, coupon)).purchase.purchase_id > purchase_id);
        const { user } = ok(await world.operator.call({ get_user: { user_id: josh } }));
        assert.equal(user.n_purchases, 2n);
    },

    // A delta commutes with sales; nothing below 0 is left.
    async stock_is_adjusted_without_a_version(world) {
        const [owner, josh] = [await world.user("Alex"), await world.user("Josh", 10n)];
        const business = await world.business("SQL Tea", [owner]);
        const coupon = await world.coupon(business, "Iced tea", 1n, { stock: 2n });
        const endless = await world.coupon(business, "Tap water", 1n);
        const adjust = (coupon_id, delta) =>
            world.operator.write({ acting_user: owner, adjust_stock: { coupon_id, delta } });
        ok(await world.buy(josh, coupon));
        assert.equal(ok(await adjust(coupon, 5n)).stock_left, 6n);
        assert.equal(ok(await adjust(coupon, -4n)).stock_left, 2n);
        refused(await adjust(coupon, -3n), "STOCK_OUT_OF_RANGE", "FAILED_PRECONDITION");
        refused(await adjust(endless, 1n), "STOCK_UNLIMITED", "FAILED_PRECONDITION");
        const shown = await world.getCoupon(coupon);
        assert.deepEqual([shown.stock_left, shown.sold, shown.current_version], [2n, 1n, 1n]);
    },

    // Nothing of the history is lost.
    async an_old_version_is_restored_as_a_new_one(world) {
        const owner = await world.user("Alex");
        const business = await world.business("SQL Tea", [owner]);
        const coupon_id = await world.coupon(business, "Iced tea", 1n, { description: "Cold" });
        ok(await world.operator.write(
            world.edit(coupon_id, 1n, { price_coins: 5n, description: "" }, owner)));
        const restored = ok(await world.operator.write({ acting_user: owner,
            edit_coupon: { coupon_id, base_version: 2n, restore_version: 1n } }));
        assert.equal(restored.version, 3n);
        const { versions } = ok(await world.operator.call({ list_coupon_versions: { coupon_id } }));
        assert.deepEqual(versions.map(({ version }) => version), [1n, 2n, 3n]);
        assert.deepEqual(versions.map(({ terms }) => terms.price_coins), [1n, 5n, 1n]);
        assert.deepEqual(versions[2].terms, versions[0].terms);
        assert.equal(versions[1].superseded_at_ms, versions[2].valid_from_ms);
    },

    // A business is edited as a coupon is: against the version that was read.
    async owners_do_not_overwrite_each_other(world) {
        const [alex, robin] = [await world.user("Alex"), await world.user("Robin")];
        const business_id = await world.business(
            "Smash Truck", [alex, robin], { address: "Main St" });
        const find = async (get_business) =>
            ok(await world.operator.call({ get_business })).business;
        const { name } = (await find({ business_id })).profile;
        const edit = (acting_user, base_version, field, profile, members = {}) => {
            const fields = [`BUSINESS_FIELD_${field}`];
            const edit_business = { business_id, base_version, fields, profile, ...members };
            return world.operator.write({ acting_user, edit_business });
        };

        const moved = await edit(alex, 1n, "ADDRESS", { address: "2 Main St" });
        assert.equal(ok(moved).version, 2n);
        const status = refused(await edit(robin, 1n, "ADDRESS", { address: "3 Main St" }),
            "BUSINESS_VERSION_CONFLICT", "ABORTED");
        assert.ok(status.message.startsWith(
            `Could not find business ${name} at version 1`), status.message);
        const conflict = status.business_conflict;
        assert.deepEqual([conflict.base_version, conflict.current_version], [1n, 2n]);
        assert.equal(conflict.changed_by, alex);
        assert.equal(conflict.changed_at_ms, moved.time_ms);
        assert.deepEqual(conflict.overlapping, ["BUSINESS_FIELD_ADDRESS"]);
        assert.deepEqual(conflict.base_profile, { address: "Main St" });
        assert.deepEqual(conflict.their_profile, { address: "2 Main St" });
        assert.deepEqual(conflict.your_profile, { address: "3 Main St" });

        const renamed = world.name("Smash Truck");
        const merged = ok(await edit(
            robin, 1n, "NAME", { name: renamed }, { on_conflict: "ON_CONFLICT_MERGE_DISJOINT" }));
        assert.deepEqual([merged.version, merged.merged], [3n, true]);
        refused(await edit(alex, 3n, "COMMISSION", { commission_bp: 0 }),
            "OPERATOR_ONLY", "PERMISSION_DENIED");
        assert.equal(ok(await edit(0n, 3n, "COMMISSION", { commission_bp: 250 })).version, 4n);
        const found = await find({ name: renamed.toUpperCase() });
        assert.deepEqual(
            found.profile, { name: renamed, address: "2 Main St", commission_bp: 250 });
        assert.deepEqual([found.version, found.owner_ids], [4n, [alex, robin]]);

        const remove = (user_id) => world.operator.write({ acting_user: alex,
            remove_owner: { business_id, user_id } });
        assert.equal(ok(await remove(robin)).n_owners, 1);
        refused(await edit(robin, 4n, "ADDRESS", { address: "" }),
            "NOT_AN_OWNER", "PERMISSION_DENIED");
        refused(await remove(alex), "LAST_OWNER", "FAILED_PRECONDITION");
    },
};
