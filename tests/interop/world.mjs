// What a story needs before it can begin, and what it says about answers.
import assert from "node:assert/strict";

import { Client } from "./client.mjs";

function bodyOf({ seq, status, revision, replayed, time_ms, ...body }) {
    return Object.values(body)[0];
}

// The body of an accepted request.
export function ok(reply) {
    assert.equal(reply.status, null, JSON.stringify(reply.status, printable));
    return bodyOf(reply);
}

// The status of a refused request: clients switch on the reason, people read the text.
export function refused(reply, reason, code) {
    const { status } = reply;
    assert.ok(status, `accepted: ${JSON.stringify(reply, printable)}`);
    const told = [status.reason, status.code];
    assert.deepEqual(told, [`REASON_${reason}`, `CODE_${code}`], status.message);
    assert.ok(status.message);
    assert.equal(bodyOf(reply), undefined);
    return status;
}

// A time as messages have it.
export function written(timeMs) {
    return new Date(Number(timeMs)).toISOString();
}

function printable(_key, value) {
    return typeof value === "bigint" ? value.toString() : value;
}

// A server, and a connection of the operator's to it.
export class World {
    static async open(protobuf, schema, folder, port) {
        const world = new World();
        Object.assign(world, { protobuf, schema, folder, port, made: 0 });
        world.operator = await world.connect();
        return world;
    }

    connect(options) {
        return Client.open(this.schema, this.port, options);
    }

    // As nothing else is called, for stories share one server.
    name(name) {
        this.made += 1;
        return `${name} ${this.made}`;
    }

    // ---- Making things ----

    async user(name, coins = 0n) {
        const made = ok(await this.operator.write({ create_user: { name: this.name(name) } }));
        if (coins)
            ok(await this.credit(made.user_id, coins));
        return made.user_id;
    }

    credit(user_id, amount_coins) {
        const credit_coins = { user_id, reason: "CREDIT_REASON_AMOUNT", amount_coins };
        return this.operator.write({ credit_coins });
    }

    async business(name, owner_ids, members = {}) {
        const create_business = { name: this.name(name), owner_ids, ...members };
        return ok(await this.operator.write({ create_business })).business_id;
    }

    async coupon(business_id, name, price_coins, { stock, ...terms } = {}) {
        const create_coupon = { business_id, terms: { name, price_coins, ...terms } };
        if (stock !== undefined)
            create_coupon.stock = stock;
        return ok(await this.operator.write({ create_coupon })).coupon_id;
    }

    buy(acting_user, coupon_id, version = 1n) {
        return this.operator.write({ acting_user, purchase_coupon: { coupon_id, version } });
    }

    // ---- Asking for them ----

    async balance(kind, id = 0n) {
        const account = { kind: `ACCOUNT_KIND_${kind}`, id };
        return ok(await this.operator.call({ get_balance: { account } })).balance_coins;
    }

    async getCoupon(coupon_id, members = {}) {
        return ok(await this.operator.call({ get_coupon: { coupon_id, ...members } })).coupon;
    }

    // What to send to edit terms: `terms` are values by the names of terms.
    edit(coupon_id, base_version, terms, acting_user = 0n, members = {}) {
        const fields = Object.keys(terms).map(
            (name) => `TERM_FIELD_${name.replace(/_coins$|_ms$/, "").toUpperCase()}`);
        const edit_coupon = { coupon_id, base_version, fields, terms, ...members };
        return { acting_user, edit_coupon };
    }
}
