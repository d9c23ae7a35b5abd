// Plays all stories against a server, and prints TAP. Started by run.py.
//
// usage: test_interop.mjs PORT SCHEMA_FOLDER FOLDER_WITH_PROTOBUFJS
import { cases } from "./cases.mjs";
import { loadProtobuf, loadSchema } from "./client.mjs";
import { errors } from "./errors.mjs";
import { paging } from "./paging.mjs";
import { purchases } from "./purchases.mjs";
import { values } from "./values.mjs";
import { World } from "./world.mjs";

const [port, folder, modules] = process.argv.slice(2);
const protobuf = loadProtobuf(modules);
const world = await World.open(protobuf, loadSchema(protobuf, folder), folder, Number(port));
// Values end with an audit, so they come last.
const stories = Object.entries({ ...cases, ...purchases, ...paging, ...errors, ...values });
let failed = 0;
console.log(`1..${stories.length}`);
for (const [i, [name, story]] of stories.entries()) {
    try {
        await story(world);
        console.log(`ok ${i + 1} - ${name}`);
    } catch (error) {
        failed += 1;
        console.log(`not ok ${i + 1} - ${name}`);
        console.error(error);
    }
}
// Connections that stories left open would keep it alive.
process.exit(failed ? 1 : 0);
