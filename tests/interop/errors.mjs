// What is refused, by the names that clients switch on, and what ends a connection.
import assert from "node:assert/strict";
import { once } from "node:events";
import http from "node:http";

import { loadSchema } from "./client.mjs";
import { ok, refused } from "./world.mjs";

const FRAME_MAX = 65536;

// The schema of a client to come: a field by the type that has it.
function newer(world, added) {
    return loadSchema(world.protobuf, world.folder, (lookup) => {
        for (const [type, [number, name, kind]] of Object.entries(added))
            lookup(type).add(new world.protobuf.Field(name, number, kind));
    });
}

function u32(number) {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(number);
    return bytes;
}

export const errors = {
    // It may be a guard; in a read it can do no harm.
    async an_unknown_field_in_a_write_is_named(world) {
        const name = world.name("Sam");
        const request_id = world.operator.makeId();
        const schema = newer(world, {
            CreateUserRequest: [99, "guard", "bool"],
            Terms: [77, "guard", "bool"],
            GetUserRequest: [99, "hint", "bool"],
        });
        const reply = await world.operator.write(
            { request_id, create_user: { name, guard: true } }, schema);
        const status = refused(reply, "UNKNOWN_FIELD", "INVALID_ARGUMENT");
        assert.deepEqual([status.field, status.not_executed], ["99", true]);
        const made = await world.operator.write({ request_id, create_user: { name } });
        const { user_id } = ok(made);
        assert.equal(made.replayed, false);

        const edit = { coupon_id: 1, base_version: 1, fields: ["TERM_FIELD_PRICE"],
            terms: { guard: true } };
        const edited = await world.operator.write({ edit_coupon: edit }, schema);
        assert.equal(refused(edited, "UNKNOWN_FIELD", "INVALID_ARGUMENT").field, "terms.77");

        const read = await world.operator.call({ get_user: { user_id, hint: true } }, schema);
        assert.equal(ok(read).user.name, name);
    },

    // Everywhere: what it asks for cannot be guessed.
    async an_unknown_enum_value_is_refused(world) {
        const user_id = await world.user("Sam");
        for (const [body, field] of [
            [{ credit_coins: { user_id, reason: 99 } }, "reason"],
            [{ edit_coupon: { coupon_id: 1, base_version: 1, fields: [3, 99] } }, "fields"]]) {
            const reply = await world.operator.write(body);
            const status = refused(reply, "UNKNOWN_ENUM_VALUE", "INVALID_ARGUMENT");
            assert.deepEqual([status.field, status.not_executed], [field, true]);
        }
        const account = { kind: 99, id: user_id };
        const reply = await world.operator.call({ get_balance: { account } });
        const status = refused(reply, "UNKNOWN_ENUM_VALUE", "INVALID_ARGUMENT");
        assert.equal(status.field, "account.kind");
    },

    // 0 and the empty text are absent where the schema has no presence.
    async a_missing_field_is_named(world) {
        const name = world.name("Kim");
        const request_id = world.operator.makeId();
        for (const [members, field] of [
            [{ create_user: { name } }, "request_id"],
            [{ request_id, create_user: { name: "" } }, "name"],
            [{ request_id, create_coupon: { business_id: 1, terms: { name } } },
                "terms.price_coins"],
            [{ get_purchase: {} }, "purchase_id"]]) {
            const reply = await world.operator.call(members);
            const status = refused(reply, "FIELD_MISSING", "INVALID_ARGUMENT");
            assert.deepEqual([status.field, status.not_executed], [field, true]);
        }
    },

    // The connection goes on.
    async an_unknown_request_is_answered(world) {
        const schema = newer(world, { Request: [100, "unheard_of", "bytes"] });
        const reply = await world.operator.call({ unheard_of: Buffer.alloc(0) }, schema);
        assert.equal(refused(reply, "UNKNOWN_REQUEST", "UNIMPLEMENTED").field, "100");
        ok(await world.operator.call({ server_info: {} }));
    },

    // Accepted or refused, on whatever connection; nothing is done twice.
    async a_request_sent_again_gets_its_answer_again(world) {
        const [owner, josh] = [await world.user("Alex"), await world.user("Josh", 40n)];
        const pat = await world.user("Pat");
        const business = await world.business("SQL Tea", [owner]);
        const coupon_id = await world.coupon(business, "Iced tea", 30n);
        const other = await world.connect();
        const purchase_coupon = { coupon_id, version: 1n };
        for (const [user, reason] of [[josh, null], [pat, "INSUFFICIENT_COINS"]]) {
            const request = { acting_user: user, request_id: other.makeId(), purchase_coupon };
            const first = await world.operator.write(request);
            if (reason)
                assert.ok(!refused(first, reason, "FAILED_PRECONDITION").not_executed);
            else
                assert.deepEqual(ok(first).purchase.request_id, request.request_id);
            // Even when by now it could be decided otherwise.
            ok(await world.credit(user, 100n));
            const again = await other.write(request);
            assert.deepEqual([first.replayed, again.replayed], [false, true]);
            assert.deepEqual({ ...again, seq: first.seq, replayed: false }, first);
        }
        assert.equal(await world.balance("USER", josh), 110n);
        assert.equal(await world.balance("USER", pat), 100n);
        const { purchase } = ok(await world.operator.write({ acting_user: josh, purchase_coupon }));
        const found = ok(await other.call({ acting_user: josh,
            get_purchase: { request_id: purchase.request_id } }));
        assert.deepEqual(found.purchase, purchase);
    },

    // Reused, abandoned, malformed, of another time.
    async a_request_id_is_spent_on_one_content(world) {
        const user_id = await world.user("Josh");
        const credit_coins = { user_id, reason: "CREDIT_REASON_ROUTE_ADDED" };
        const request_id = world.operator.makeId();
        const made = await world.operator.write({ request_id, credit_coins });
        assert.equal(ok(made).amount_coins, 10n);
        const reused = await world.operator.write({ request_id,
            credit_coins: { ...credit_coins, reference: "x" } });
        refused(reused, "REQUEST_ID_REUSED", "ALREADY_EXISTS");
        // Another principal's id is another id.
        const another = await world.operator.write({
            acting_user: user_id, request_id, credit_coins });
        assert.equal(ok(another).balance_coins, 20n);

        const free = world.operator.makeId();
        for (const replayed of [false, true]) {
            const reply = await world.operator.call({ abandon_request: { request_id: free } });
            assert.ok(ok(reply).abandoned);
            assert.equal(reply.replayed, replayed);
        }
        const late = await world.operator.write({ request_id: free, credit_coins });
        refused(late, "REQUEST_ABANDONED", "FAILED_PRECONDITION");
        const told = ok(await world.operator.call({ abandon_request: { request_id } }));
        assert.deepEqual([told.abandoned, told.outcome_revision], [false, made.revision]);

        for (const [wrong, reason, code] of [
            [world.operator.makeId(3600000), "REQUEST_ID_IN_FUTURE", "FAILED_PRECONDITION"],
            [world.operator.makeId(-8 * 86400000), "REQUEST_ID_EXPIRED", "FAILED_PRECONDITION"],
            [Buffer.alloc(16), "FIELD_INVALID", "INVALID_ARGUMENT"],
            [request_id.subarray(0, 15), "FIELD_INVALID", "INVALID_ARGUMENT"]]) {
            const reply = await world.operator.write({ request_id: wrong, credit_coins });
            assert.ok(refused(reply, reason, code).not_executed);
        }
        assert.equal(await world.balance("USER", user_id), 20n);
    },

    // Another request before it is refused, and the connection ends.
    async hello_comes_first(world) {
        let rude = await world.connect({ hello: false });
        let reply = await rude.call({ server_info: {} });
        refused(reply, "HELLO_REQUIRED", "FAILED_PRECONDITION");
        await rude.untilClosed();
        rude = await world.connect({ hello: false });
        reply = await rude.call({ hello: { protocol_minor: 0 } });
        refused(reply, "PROTOCOL_UNSUPPORTED", "FAILED_PRECONDITION");
        await rude.untilClosed();
    },

    // One answer, then the end; what was accepted before is still answered.
    async bytes_that_are_no_frame_end_the_connection(world) {
        const user_id = await world.user("Josh");
        const credit_coins = { user_id, reason: "CREDIT_REASON_REVIEW_POSTED" };
        for (const [bytes, reason] of [
            [[u32(0)], "MALFORMED_FRAME"],
            [[u32(FRAME_MAX + 1)], "FRAME_TOO_LARGE"],
            [[u32(2 ** 32 - 1)], "FRAME_TOO_LARGE"],
            [[u32(2), Buffer.from([0x0b, 0x0c])], "MALFORMED_FRAME"],
            [[u32(2), Buffer.from([0x08, 0xff])], "MALFORMED_FRAME"]]) {
            const rude = await world.connect();
            const answer = rude.write({ credit_coins });
            rude.sendBytes(Buffer.concat(bytes));
            const [accepted, error] = await Promise.all([answer, rude.answerTo(0n)]);
            ok(accepted);
            refused(error, reason, "INVALID_ARGUMENT");
            await rude.untilClosed();
        }
        assert.equal(await world.balance("USER", user_id), 25n);
    },

    // HTTP in its own words, TLS in ours.
    async peers_of_another_protocol_are_told(world) {
        const [answer] = await once(
            http.get({ host: "127.0.0.1", port: world.port, path: "/coupons" }), "response");
        let text = "";
        // Fails when it is shorter than Content-Length says.
        for await (const part of answer.setEncoding("utf8"))
            text += part;
        assert.equal(answer.statusCode, 400);
        assert.match(text, /PeakPeeps/);
        const rude = await world.connect({ hello: false });
        rude.sendBytes(Buffer.concat([
            Buffer.from("16030100a5010000a10303", "hex"), Buffer.alloc(159)]));
        refused(await rude.answerTo(0n), "WRONG_PROTOCOL", "INVALID_ARGUMENT");
        await rude.untilClosed();
    },

    // In whatever order; a frame may come in pieces, or many at once.
    async pipelined_requests_are_all_answered(world) {
        const user_id = await world.user("Josh", 7n);
        const get_balance = { account: { kind: "ACCOUNT_KIND_USER", id: user_id } };
        const client = await world.connect();
        const sent = Array.from({ length: 200 }, () => client.call({ get_balance }));
        for (const reply of await Promise.all(sent))
            assert.equal(ok(reply).balance_coins, 7n);
        const { Request } = world.schema;
        const seq = client.seq + 1n;
        const message = Request.encode(Request.fromObject({ seq, get_balance })).finish();
        for (const byte of [...u32(message.length), ...message])
            client.sendBytes(Buffer.from([byte]));
        assert.equal(ok(await client.answerTo(seq)).balance_coins, 7n);
    },
};
