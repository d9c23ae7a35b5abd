// Latency by percentile, and the table of each kind of request.

const CURVE_HEIGHT = 300;
const CURVE_IN_WORDS =
	"The share of requests, each further step a tenth of the rest, " +
	"against the time within which they were answered.";
const TIMES_IN_WORDS = {
	open:
		"Response time is what a user waits, from the moment the request was due. " +
		"Service time is what the server and the way to it took, from the moment it was " +
		"sent. Where they part, requests were queueing.",
	closed:
		"In a closed loop the planned start is the send, so response and service time " +
		"are the same. Waiting that a slow server imposes on users who come on their own " +
		"is not in it: --rate measures that.",
};
const TIMES = [
	["p50", "p50_us"],
	["p90", "p90_us"],
	["p95", "p95_us"],
	["p99", "p99_us"],
	["p99.9", "p99.9_us"],
	["p99.99", "p99.99_us"],
	["max", "max_us"],
];

// Whether the tail is so far off that a linear axis would flatten the rest.
function needsLog(curve) {
	const slowest = Math.max(...curve.response_us, ...(curve.service_us || []));
	return slowest > LOG_FROM * curve.response_us[nearest(curve.shares, 0.5)];
}

function percentileTicks(most) {
	return (width) => {
		const ticks = [0, 0.5, 0.9, 0.99, 0.999, 0.9999, 0.99999, 0.999999, 0.9999999]
			.map((fraction) => ({
				fraction,
				at: -Math.log10(1 - fraction),
				text: percentile(fraction),
			}))
			.filter((tick) => tick.at <= most + 1e-9);
		// On a narrow page there is no room for each.
		return width / ticks.length < 62
			? ticks.filter((tick) => tick.fraction !== 0.5)
			: ticks;
	};
}

function curveChart(curve, log, extra, open) {
	const values = curve.shares.map((fraction) => -Math.log10(1 - fraction));
	const last = values.length - 1;
	const slowest = duration(curve.response_us[last]);
	const half = duration(curve.response_us[nearest(curve.shares, 0.5)]);
	const name = open ? "Response time, from the planned start" : "Response time";
	const series = [{ name, colour: "blue", values: curve.response_us }];
	if (open && curve.service_us)
		series.push({
			name: "Service time, from the send",
			colour: "orange",
			dash: "dash",
			values: curve.service_us,
		});
	return chart({
		id: "percentiles",
		title: "Latency by percentile",
		height: CURVE_HEIGHT,
		extra,
		series,
		describe: `${CURVE_IN_WORDS} Half within ${half}, the slowest in ${slowest}.`,
		x: {
			values,
			label: "share of requests answered within",
			ticks: percentileTicks(values[last]),
			read: (i) => (i === last ? "slowest" : percentile(curve.shares[i])),
		},
		y: { label: "Time", time: true, log },
	});
}

// The curve, with a choice of requests and of the scale.
function curveChoice(curves, open) {
	const names = Object.keys(curves);
	if (names.length === 0)
		return el("p", { class: "note" }, "There are no times: nothing was answered.");
	const place = el("div", {});
	const which = el(
		"select",
		{ "aria-label": "Requests shown" },
		names.map((name) =>
			el("option", { value: name }, name === "all" ? "all requests" : name),
		),
	);
	const scale = el(
		"select",
		{ "aria-label": "Scale of time" },
		el("option", { value: "linear" }, "linear"),
		el("option", { value: "log" }, "logarithmic"),
	);
	scale.value = needsLog(curves[names[0]]) ? "log" : "linear";
	const extra = el(
		"span",
		{ class: "choose" },
		names.length > 1 && which,
		el("label", {}, "Scale ", scale),
	);
	const show = () => {
		place.replaceChildren(
			curveChart(curves[which.value], scale.value === "log", extra, open),
		);
	};
	which.addEventListener("change", show);
	scale.addEventListener("change", show);
	show();
	return place;
}

function timesRows([name, counts], open) {
	const numbers = [
		count(counts.accepted),
		count(counts.refused),
		count(Math.round(counts.per_second)),
	];
	return (open ? ["response", "service"] : ["response"]).map((time, i) => ({
		tone: name === "all" ? "sum" : null,
		cells: [
			name,
			open ? [time] : [],
			i === 0 ? numbers : ["", "", ""],
			TIMES.map(([, key]) => duration((counts[time] || {})[key])),
		].flat(),
	}));
}

function timesTable({ totals, requests }, open) {
	const kinds = Object.entries(requests || {});
	// All of one kind are that kind.
	const shown = kinds.length === 1 ? kinds : [["all", totals], ...kinds];
	const columns = [
		{ head: "Request", text: true },
		open ? { head: "Time", text: true } : [],
		["Accepted", "Refused", "Per second"].map((head) => ({ head })),
		TIMES.map(([head]) => ({ head })),
	].flat();
	return table(
		"Times of each kind of request",
		columns,
		shown.flatMap((kind) => timesRows(kind, open)),
	);
}

function latencyCard(result, curves) {
	const open = result.config.loop === "open";
	return section(
		"latency",
		"Latency by percentile",
		open ? TIMES_IN_WORDS.open : TIMES_IN_WORDS.closed,
		curveChoice(curves, open),
		under("Each kind of request", timesTable(result, open)),
	);
}
