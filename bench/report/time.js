// What happened second by second: charts that share their axis and their cursor.

const SECONDS_HEIGHT = 190;
const LATENCIES_HEIGHT = 240;
const NO_SERIES = "There is no series: nothing was answered, or it was over at once.";
const SERIES_IN_WORDS =
	"One point for each second; the pointer, or the arrow keys, read all charts at one moment.";
const POINTS_MIN = 3; // of fewer, a table tells more

// Whole seconds, not too many.
function secondTicks(first, last) {
	return (width) => {
		const span = Math.max(1, last - first);
		const step = Math.max(1, niceStep(span, Math.max(2, Math.floor(width / 80))));
		const ticks = [];
		for (let at = Math.ceil(first / step) * step; at <= last + 1e-9; at += step)
			ticks.push({ at, text: String(at) });
		return ticks;
	};
}

// A point stands at the end of its second.
function timeline(rows) {
	const values = rows.map((row) => row.from_s + row.seconds);
	const nWarm = rows.filter((row) => row.warmup).length;
	const bands =
		nWarm > 0 ? [{ from: rows[0].from_s, to: values[nWarm - 1], text: "warm-up" }] : [];
	const read = (i) => {
		const warmup = rows[i].warmup ? ", warm-up" : "";
		return `${rows[i].from_s} to ${parseFloat(values[i].toFixed(2))} s${warmup}`;
	};
	const x = {
		values,
		label: "seconds since the warm-up ended",
		from: rows[0].from_s,
		ticks: secondTicks(rows[0].from_s, values[values.length - 1]),
		read,
	};
	return { bands, x, cursor: { charts: [], at: null } };
}

function column(rows, key) {
	return rows.map((row) => (isNumber(row[key]) ? row[key] : null));
}

function rates(rows, of) {
	return rows.map((row) => (row.seconds > 0 ? of(row) / row.seconds : null));
}

// Whether the slowest of a second are so far off that a linear axis would flatten the rest.
function spread(rows) {
	const slowest = rows.reduce((most, row) => Math.max(most, row.response_max_us || 0), 0);
	const halves = rows
		.map((row) => row.response_p50_us)
		.filter(isNumber)
		.sort((a, b) => a - b);
	return halves.length > 0 && slowest > LOG_FROM * halves[Math.floor(halves.length / 2)];
}

function throughputChart(rows, { loop, rate }) {
	return {
		id: "throughput",
		title: "Answers per second over time",
		y: { label: "Answers per second" },
		describe: "Accepted and refused answers in each second.",
		level:
			loop === "open" && isNumber(rate)
				? { value: rate, text: "Asked for" }
				: undefined,
		series: [
			{
				name: "Accepted",
				colour: "blue",
				area: true,
				values: rates(rows, (row) => row.completed - (row.refused || 0)),
			},
			{
				name: "Refused",
				colour: "orange",
				dash: "dash",
				values: rates(rows, (row) => row.refused || 0),
			},
		],
	};
}

function latenciesChart(rows, { loop }) {
	const service = {
		name: "p99 of service time",
		colour: "green",
		values: column(rows, "service_p99_us"),
	};
	return {
		id: "latencies",
		title: "Response time over time",
		height: LATENCIES_HEIGHT,
		describe: "Percentiles of the response time of each second.",
		y: { label: "Response time", time: true, log: spread(rows) },
		series: [
			{ name: "p50", colour: "blue", values: column(rows, "response_p50_us") },
			{
				name: "p99",
				colour: "orange",
				dash: "dash",
				values: column(rows, "response_p99_us"),
			},
			{
				name: "Slowest",
				colour: "violet",
				dash: "dot",
				values: column(rows, "response_max_us"),
			},
			loop === "open" ? service : [],
		].flat(),
	};
}

function batchesChart(rows) {
	return {
		id: "batches",
		title: "The server's batches over time",
		y: { label: "Writes per sync at the server" },
		describe: "How many writes the server made durable with one sync, in each second.",
		series: [
			{
				name: "Batch",
				colour: "green",
				area: true,
				values: column(rows, "server_batch"),
			},
			{
				name: "Queue",
				colour: "violet",
				dash: "dot",
				values: column(rows, "server_queue"),
			},
		],
	};
}

function waitingChart(rows) {
	return {
		id: "waiting",
		title: "Requests under way over time",
		y: { label: "Requests under way" },
		describe:
			"Requests sent and not answered, and those due that found no connection " +
			"free, at the end of each second.",
		series: [
			{ name: "In flight", colour: "blue", values: column(rows, "in_flight") },
			{
				name: "Due, no connection free",
				colour: "orange",
				dash: "dash",
				values: column(rows, "waiting"),
			},
		],
	};
}

function timeCharts(rows, config) {
	const common = { height: SECONDS_HEIGHT, ...timeline(rows) };
	const charts = [
		throughputChart(rows, config),
		latenciesChart(rows, config),
		batchesChart(rows),
	];
	if (config.loop === "open") charts.push(waitingChart(rows));
	return charts
		.map((drawn) => ({
			...common,
			...drawn,
			series: drawn.series.filter((line) => line.values.some(isNumber)),
		}))
		.filter((drawn) => drawn.series.length > 0);
}

// All charts as one table.
function secondsTable(charts, rows) {
	const lines = charts.flatMap(({ y, series }) =>
		series.map((line) => ({
			...line,
			head: `${y.label}: ${line.name}`,
			text: y.time ? duration : count,
		})),
	);
	return table(
		"Each second",
		[{ head: "Seconds", text: true }, ...lines.map(({ head }) => ({ head }))],
		rows.map((_, i) => ({
			cells: [
				charts[0].x.read(i),
				...lines.map((line) => line.text(line.values[i])),
			],
		})),
	);
}

function timeCard(result) {
	const rows = (result.series || []).filter(
		(row) => isNumber(row.from_s) && isNumber(row.seconds),
	);
	if (rows.length === 0) return section("time", "Over time", NO_SERIES);
	const charts = timeCharts(rows, result.config);
	const asked = rows.some((row) => isNumber(row.server_batch));
	return section(
		"time",
		"Over time",
		SERIES_IN_WORDS,
		rows.length < POINTS_MIN ? secondsTable(charts, rows) : charts.map(chart),
		!asked && el("p", { class: "note" }, "The server was not asked about its batches."),
	);
}
