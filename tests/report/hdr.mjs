// Reads with HdrHistogram's own JavaScript library what the C code wrote, and compares. Prints TAP.
//
// usage: hdr.mjs NODE_MODULES_FOLDER HISTOGRAMS.json LOG.hlog RESULT.json

import assert from "node:assert/strict";
import fs from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";

const [work, histogramsPath, logPath, resultPath] = process.argv.slice(2);
const hdr = createRequire(path.join(path.resolve(work), "package.json"))("hdr-histogram-js");

let n = 0;
let failed = 0;

function check(name, run) {
	n++;
	try {
		run();
		console.log(`ok ${n} - ${name}`);
	} catch (error) {
		failed++;
		const why = String(error.message).replaceAll("\n", "\n# ");
		console.log(`not ok ${n} - ${name}\n# ${why}`);
	}
}

// [highest value of the bucket, count] of all that are not empty.
function countsOf(histogram) {
	const counts = [];
	for (let i = 0; i <= histogram.countsArrayLength - 1; i++) {
		const count = histogram.getCountAtIndex(i);
		const value = histogram.valueFromIndex(i);
		if (count > 0) counts.push([histogram.highestEquivalentValue(value), count]);
	}
	return counts;
}

for (const is of JSON.parse(fs.readFileSync(histogramsPath, "utf8"))) {
	check(`reads back ${is.name}`, () => {
		const read = hdr.decodeFromCompressedBase64(is.text);
		assert.equal(read.totalCount, is.n, "values in all");
		assert.equal(read.numberOfSignificantValueDigits, 3);
		assert.deepEqual(countsOf(read), is.counts);
		for (const [percentile, value] of is.percentiles)
			assert.equal(
				read.getValueAtPercentile(percentile),
				value,
				`${percentile} %`,
			);
		const off = Math.abs(read.mean - is.mean);
		assert.ok(off <= 1e-9 * is.mean, `a mean of ${read.mean}, not ${is.mean}`);
	});
}

check("reads the interval log", () => {
	const result = JSON.parse(fs.readFileSync(resultPath, "utf8"));
	const reader = new hdr.HistogramLogReader(fs.readFileSync(logPath, "utf8"));
	const tags = new Map();
	let read;
	while ((read = reader.nextIntervalHistogram()))
		tags.set(read.tag === "NO TAG" ? "" : read.tag, read);
	const expected = { "": result.totals.response, service: result.totals.service };
	for (const [kind, counts] of Object.entries(result.requests))
		for (const time of ["response", "service"])
			expected[`${kind}.${time}`] = counts[time];
	assert.deepEqual([...tags.keys()].sort(), Object.keys(expected).sort());
	for (const [tag, times] of Object.entries(expected)) {
		read = tags.get(tag);
		assert.equal(read.totalCount, times.count, tag);
		for (const percentile of [50, 90, 99, 99.9]) {
			const us = read.getValueAtPercentile(percentile) / 1000;
			const told = times[`p${percentile}_us`];
			const off = Math.abs(us - told);
			assert.ok(off <= told / 500, `${tag} p${percentile}: ${us}, not ${told}`);
		}
	}
});

console.log(`1..${n}`);
process.exit(failed === 0 ? 0 : 1);
