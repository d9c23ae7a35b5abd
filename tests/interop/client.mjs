// A client from the .proto files alone: a length of 4 bytes, a message, answers matched by seq.
import { randomFillSync } from "node:crypto";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { createRequire } from "node:module";
import net from "node:net";
import path from "node:path";

const REPLY_TIMEOUT_MS = 20000;

// 64-bit integers are BigInt, enum values and members are named as in the .proto files, and members
// with presence are there only when they are set.
const PLAIN = { longs: BigInt, enums: String, arrays: true, defaults: true };

// protobufjs, which npm has put below `folder`.
export function loadProtobuf(folder) {
    return createRequire(path.join(folder, "package.json"))("protobufjs");
}

// The types of the envelope. `change` may make it the schema of a newer client.
export function loadSchema(protobuf, folder, change = () => {}) {
    const root = new protobuf.Root();
    root.resolvePath = (_origin, target) => path.join(folder, target);
    const names = readdirSync(path.join(folder, "peakpeeps/v1")).filter(
        (name) => name.endsWith(".proto"));
    root.loadSync(names.map((name) => `peakpeeps/v1/${name}`), { keepCase: true });
    const lookup = (name) => root.lookupTypeOrEnum(`peakpeeps.v1.${name}`);
    change(lookup);
    root.resolveAll();
    return { Request: lookup("Request"), Response: lookup("Response") };
}

// protobufjs leaves out what it does not know; a story that names it is mistaken.
function checkMembers(type, object) {
    for (const [name, value] of Object.entries(object)) {
        const field = type.fields[name];
        if (!field)
            throw new Error(`${type.name} has no ${name}`);
        if (field.resolve().resolvedType?.fields && !field.repeated)
            checkMembers(field.resolvedType, value);
    }
}

// One connection. The members of a request are those of an object: call({ get_user: { user_id } }).
export class Client {
    static async open(schema, port, { hello = true } = {}) {
        const client = new Client(schema, net.connect(port, "127.0.0.1"));
        await once(client.socket, "connect");
        if (hello) {
            const body = { protocol_minor: 1, client_name: "interop, Node" };
            const reply = await client.call({ hello: body });
            client.hello = reply.hello;
            client.clockOffsetMs = Number(reply.hello.server_time_ms) - Date.now();
        }
        return client;
    }

    constructor(schema, socket) {
        this.schema = schema;
        this.socket = socket;
        this.seq = 0n;
        this.clockOffsetMs = 0;
        this.received = Buffer.alloc(0);
        this.answers = new Map();
        this.waiting = new Map();
        // The messages of writes, by seq; and those that were answered, with their answers.
        this.writes = new Map();
        this.history = [];
        this.ended = once(socket, "close");
        // Told to whoever waits: the end of a connection that nobody watches is no error.
        this.ended.catch(() => {});
        socket.setNoDelay(true);
        socket.on("data", (data) => this.#receive(data));
        socket.on("error", (error) => this.#fail(error));
        socket.on("close", () => this.#fail(new Error("the server ended the connection")));
    }

    close() {
        this.socket.destroy();
    }

    // A UUIDv7 by the server's clock.
    makeId(aheadMs = 0) {
        const id = randomFillSync(Buffer.alloc(16));
        id.writeUIntBE(Date.now() + this.clockOffsetMs + aheadMs, 0, 6);
        id[6] = 0x70 | id[6] & 0x0f;
        id[8] = 0x80 | id[8] & 0x3f;
        return id;
    }

    sendBytes(data) {
        this.socket.write(data);
    }

    sendMessage(message) {
        const length = Buffer.alloc(4);
        length.writeUInt32BE(message.length);
        this.sendBytes(Buffer.concat([length, message]));
    }

    // Does not wait; its seq, for answerTo(). A newer client's schema may be given.
    send(members, schema = this.schema) {
        const request = { seq: this.seq + 1n, ...members };
        this.seq = request.seq;
        checkMembers(schema.Request, request);
        const message = schema.Request.encode(schema.Request.fromObject(request)).finish();
        if (members.request_id)
            this.writes.set(this.seq, message);
        this.sendMessage(message);
        return this.seq;
    }

    // Under a fresh id, unless one is given.
    sendWrite(members, schema) {
        return this.send({ request_id: this.makeId(), ...members }, schema);
    }

    answerTo(seq) {
        return new Promise((resolve, reject) => {
            const late = new Error(`no answer to ${seq}`);
            const timer = setTimeout(() => reject(late), REPLY_TIMEOUT_MS);
            const settle = (how) => (what) => {
                clearTimeout(timer);
                how(what);
            };
            this.waiting.set(seq, { resolve: settle(resolve), reject: settle(reject) });
            this.#deliver();
        });
    }

    call(members, schema) {
        return this.answerTo(this.send(members, schema));
    }

    write(members, schema) {
        return this.answerTo(this.sendWrite(members, schema));
    }

    // Waits for the server's end of the connection; nothing else may come before it.
    async untilClosed() {
        await this.ended;
        if (this.answers.size !== 0 || this.received.length !== 0)
            throw new Error("the server said more than it should");
    }

    #receive(data) {
        this.received = Buffer.concat([this.received, data]);
        while (this.received.length >= 4) {
            const end = 4 + this.received.readUInt32BE(0);
            if (this.received.length < end)
                break;
            const { Response } = this.schema;
            const reply = Response.toObject(Response.decode(this.received.subarray(4, end)), PLAIN);
            this.received = this.received.subarray(end);
            if (this.answers.has(reply.seq))
                this.#fail(new Error(`two answers to ${reply.seq}`));
            this.answers.set(reply.seq, reply);
            if (this.writes.has(reply.seq))
                this.history.push({ message: this.writes.get(reply.seq), reply });
            this.writes.delete(reply.seq);
        }
        this.#deliver();
    }

    #deliver() {
        for (const [seq, { resolve }] of this.waiting) {
            if (!this.answers.has(seq))
                continue;
            this.waiting.delete(seq);
            resolve(this.answers.get(seq));
            this.answers.delete(seq);
        }
        if (this.failure)
            this.#fail(this.failure);
    }

    #fail(error) {
        this.failure = error;
        for (const { reject } of this.waiting.values())
            reject(error);
        this.waiting.clear();
    }
}
