// The verdict in words, and the numbers that matter most.

const VERDICTS = {
	VALID: ["good", "Valid", "The numbers are about the server."],
	TARGET_MISSED: [
		"warn",
		"Target missed",
		"The server did not keep up with the rate that was asked for.",
	],
	GENERATOR_SATURATED: [
		"bad",
		"Generator saturated",
		"The numbers are about the load generator, not about the server.",
	],
};

const WRONG_BOOKS =
	"The server lost or invented something; no number counts before that is understood.";

// The worst comes first: wrong books outweigh any speed. Returns tone, words, meaning.
function verdictOf(result) {
	const verdict = VERDICTS[(result.verdict || {}).verdict] || [
		"plain",
		"No verdict",
		"The result does not hold one.",
	];
	const [tone, word, meaning] = verdict;
	const wrong = [
		["books", "books"],
		["flash_sale", "flash sale"],
		["edit_war", "edit war"],
	]
		.filter(
			([key]) =>
				result[key] &&
				result[key].right === false &&
				result[key].checked !== false,
		)
		.map(([, name]) => name);
	const are = wrong.length > 1 || wrong[0] === "books" ? "are" : "is";
	if (wrong.length > 0)
		return [
			"bad",
			`The ${wrong.join(" and the ")} ${are} not right`,
			`${WRONG_BOOKS} As a load: ${word.toLowerCase()}.`,
		];
	const failed = (result.assertions || []).filter((assertion) => !assertion.holds).length;
	if (failed > 0 && tone === "good")
		return [
			"bad",
			failed === 1
				? "An assertion does not hold"
				: `${failed} assertions do not hold`,
			`The run itself is valid: ${meaning}`,
		];
	return verdict;
}

function headline({ totals, config }) {
	const times = totals.response || {};
	if (!(totals.completed > 0)) return "Nothing was answered while it was measured.";
	const rate = `${count(Math.round(totals.per_second))} answers a second`;
	const half = `half of them within ${duration(times.p50_us)}`;
	const nearly = `99${THIN}% within ${duration(times.p99_us)}`;
	return `${rate} over ${plural(config.connections, "connection")}; ${half}, ${nearly}.`;
}

function chipsOf({ books = {}, server = {}, client = {}, assertions = [] }) {
	const chips = [];
	if (!books.checked) chips.push(["warn", "Books not checked"]);
	else chips.push(books.right ? ["good", "Books right"] : ["bad", "Books not right"]);
	const n = assertions.length;
	const holding = assertions.filter((assertion) => assertion.holds).length;
	const hold = plural(n, "assertion holds", "assertions hold");
	if (n > 0) chips.push([holding === n ? "good" : "bad", `${holding} of ${hold}`]);
	if (server.durability === "sync") chips.push(["good", "Durable: synced before answered"]);
	else if (server.durability) chips.push(["bad", `Not durable: ${server.durability}`]);
	if (server.commit_mode) chips.push(["plain", `Commit: ${server.commit_mode}`]);
	if (client.build && client.build !== "release")
		chips.push(["warn", `Load tool built as ${client.build}`]);
	return chips;
}

function tile(name, value, below) {
	const [, number, unit] = String(value).match(/^(.*?)(?:\u202f([^\d\u202f]+))?$/);
	return el(
		"div",
		{ class: "tile" },
		el("dt", {}, name),
		el("dd", {}, number, unit && el("small", {}, THIN + unit), el("p", {}, below)),
	);
}

function meanBatch(series) {
	const seen = series.filter((row) => !row.warmup && isNumber(row.server_batch));
	const sum = seen.reduce((sum, row) => sum + row.server_batch, 0);
	return seen.length > 0 ? parseFloat((sum / seen.length).toFixed(2)) : null;
}

function tiles({ totals, verdict = {}, config, series = [] }) {
	const times = totals.response || {};
	const batch = meanBatch(series);
	const cpu = verdict.cpu_us_per_request;
	const wanted =
		config.loop === "open"
			? `of ${count(config.rate)} asked for`
			: "answers, as many as it could";
	return el(
		"dl",
		{ class: "tiles" },
		tile("Per second", count(Math.round(totals.per_second)), wanted),
		tile("Half within", duration(times.p50_us), "p50, response time"),
		tile("99 % within", duration(times.p99_us), "p99, response time"),
		tile("99.9 % within", duration(times["p99.9_us"]), "p99.9, response time"),
		tile(
			"Refused",
			share(totals.refused, totals.completed),
			`${count(totals.refused)} of ${count(totals.completed)}`,
		),
		batch !== null && tile("Server's batch", count(batch), "writes per sync, mean"),
		isNumber(cpu) && tile("Generator's CPU", duration(cpu), "per request"),
	);
}

function verdictCard(result) {
	const [tone, word, meaning] = verdictOf(result);
	const reasons = (result.verdict || {}).reasons || [];
	return el(
		"section",
		{ class: `card verdict ${tone}`, id: "verdict", "aria-labelledby": "word" },
		el(
			"div",
			{ class: "say" },
			mark(tone),
			el(
				"div",
				{},
				el("h1", { id: "word" }, word),
				el("p", { class: "meaning" }, `${meaning} ${headline(result)}`),
			),
		),
		reasons.length > 0 &&
			el(
				"ul",
				{ class: "reasons" },
				reasons.map((reason) => el("li", {}, reason)),
			),
		el(
			"ul",
			{ class: "chips" },
			chipsOf(result).map(([tone, text]) =>
				el("li", { class: `chip ${tone}` }, text),
			),
		),
		tiles(result),
	);
}
