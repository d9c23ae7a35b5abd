// Numbers and text come back as they were sent, and the server's account of itself.
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";

import { ok, refused } from "./world.mjs";

const COINS_MAX = 2n ** 53n - 1n;
const VERIFY_TIMEOUT_MS = 30000;

export const values = {
    // What a client has to know before it asks for anything.
    async the_server_introduces_itself(world) {
        const { hello } = world.operator;
        assert.equal(hello.store_id.length, 16);
        assert.ok(hello.protocol_minor >= 1);
        assert.equal(hello.frame_bytes_max, 65536);
        assert.ok(hello.in_flight_max > 0);
        assert.ok(Math.abs(world.operator.clockOffsetMs) < 60000);
        const info = ok(await world.operator.call({ server_info: {} }));
        assert.deepEqual(info.store_id, hello.store_id);
        assert.equal(info.incarnation, hello.incarnation);
    },

    // As people read them, not as bytes.
    async names_are_unique_ignoring_case_and_form(world) {
        const name = world.name("  P\u00e4t Stra\u00dfe \u{1f354}");
        const { user_id } = ok(await world.operator.write({ create_user: { name } }));
        for (const same of [
            name.toUpperCase(), name.replace("\u00e4", "a\u0308"), name.trim().toLowerCase()]) {
            const reply = await world.operator.write({ create_user: { name: same } });
            refused(reply, "NAME_TAKEN", "ALREADY_EXISTS");
            const found = ok(await world.operator.call({ get_user: { name: same } }));
            assert.equal(found.user.user_id, user_id);
        }
        const shown = ok(await world.operator.call({ get_user: { user_id } })).user;
        assert.equal(shown.name, name.trim());
        for (const wrong of [" ", "a\u200bb", "a\x07b", "a\u202eb"]) {
            const reply = await world.operator.write({ create_user: { name: wrong } });
            refused(reply, "NAME_INVALID", "INVALID_ARGUMENT");
        }
    },

    // Up to the last coin that there can be, and a seq of any size.
    async sixty_four_bits_are_exact(world) {
        const [owner, josh] = [await world.user("Alex"), await world.user("Josh")];
        const business = await world.business("SQL Tea", [owner]);
        const coupon = await world.coupon(
            business, "The whole shop", COINS_MAX, { stock: COINS_MAX });
        const shown = await world.getCoupon(coupon);
        assert.deepEqual([shown.terms.price_coins, shown.stock_left], [COINS_MAX, COINS_MAX]);
        const status = refused(
            await world.credit(josh, COINS_MAX + 1n), "FIELD_INVALID", "INVALID_ARGUMENT");
        assert.equal(status.field, "amount_coins");

        const free = COINS_MAX + await world.balance("ISSUANCE");
        assert.equal(ok(await world.credit(josh, free)).balance_coins, free);
        assert.equal(await world.balance("USER", josh), free);
        assert.equal(await world.balance("ISSUANCE"), -COINS_MAX);
        refused(await world.credit(owner, 1n), "BALANCE_OVERFLOW", "FAILED_PRECONDITION");
        const client = await world.connect();
        const seq = 2n ** 64n - 1n;
        assert.equal((await client.call({ seq, server_info: {} })).seq, seq);

        const cheap = await world.coupon(business, "All that Josh has", free);
        const bought = ok(await world.operator.write({ acting_user: josh,
            purchase_coupon: { coupon_id: cheap, version: 1n, max_price_coins: COINS_MAX } }));
        assert.deepEqual([bought.purchase.price_coins, bought.balance_coins], [free, 0n]);
        assert.equal(await world.balance("BUSINESS", business), free);
    },

    // The same bytes on a new connection: whatever became of things since, and nothing is done.
    async what_was_written_is_answered_again_the_same(world) {
        const before = ok(await world.operator.call({ server_info: {} }));
        const client = await world.connect();
        const kinds = new Set();
        for (const { message, reply } of world.operator.history) {
            const { status } = reply;
            if (status?.not_executed || status?.reason === "REASON_REQUEST_ID_REUSED" ||
                status?.reason === "REASON_REQUEST_ABANDONED")
                continue;
            client.sendMessage(message);
            const again = await client.answerTo(reply.seq);
            assert.ok(again.replayed);
            assert.deepEqual({ ...again, replayed: reply.replayed }, reply);
            Object.keys(reply).forEach((name) => kinds.add(name));
        }
        // Beside the members of every answer.
        assert.ok(kinds.size > 5 + 10, [...kinds].join());
        const after = ok(await world.operator.call({ server_info: {} }));
        assert.equal(after.n_purchases, before.n_purchases);
        assert.equal(await world.balance("ISSUANCE"), -COINS_MAX);
    },

    // After all that was done before.
    async an_audit_finds_nothing_wrong(world) {
        let run = ok(await world.operator.call({ verify: {} }));
        const deadline = Date.now() + VERIFY_TIMEOUT_MS;
        while (run.state === "VERIFY_STATE_RUNNING") {
            assert.ok(Date.now() < deadline, "it takes too long");
            await sleep(20);
            const { verify_id } = run;
            run = ok(await world.operator.call({ verify: { verify_id } }));
        }
        assert.equal(run.state, "VERIFY_STATE_CLEAN", run.message);
        assert.deepEqual([run.findings, run.findings_total], [[], 0n]);
        assert.equal(run.n_checked, run.n_records);
    },
};
