// What was run, whether the books are right, refusals, the machine, and the raw data.

const BOOKS_IN_WORDS =
	"What a fast answer is worth: after the load, was everything there that was promised?";
const REFUSALS_IN_WORDS =
	"A refusal is an answer: it is counted in the times, and never tried again unasked.";
const MACHINE_IN_WORDS =
	"Where the generator ran. If the server ran there too, they shared its cores.";

function loopInWords(config) {
	const connections = plural(config.connections, "connection");
	const depth = plural(config.depth, "request");
	const even = config.arrivals === "even";
	const gaps = even ? "at even gaps" : "at random gaps, as independent users come";
	if (config.loop !== "open")
		return (
			`Closed loop: each of ${connections} keeps ${depth} in flight, ` +
			"and sends the next one when one is answered."
		);
	return (
		`Open loop: ${count(config.rate)} requests a second, planned before the run ` +
		`${gaps}. Response time counts from the planned start.`
	);
}

function popularity(set) {
	if (!set) return undefined;
	const words = {
		uniform: "all equally popular",
		hot: "everybody wants the same one",
		zipf: `popularity after Zipf, θ = ${set.theta}`,
	};
	return `${count(set.count)}, ${words[set.distribution] || set.distribution}`;
}

// As a shell would take it.
function quoted(argument) {
	return /^[\w@%+=:,./-]+$/.test(argument)
		? argument
		: `'${argument.replace(/'/g, "'\\''")}'`;
}

function runCard({ config, command, totals }) {
	const weights = Object.entries(config.weights || {});
	const sum = weights.reduce((sum, [, n]) => sum + n, 0);
	const shares = weights.map(([name, n]) => [name, n, share(n, sum)]);
	return section(
		"run",
		"What was run",
		loopInWords(config),
		facts([
			["Mix", config.mix],
			[
				"Connections",
				`${count(config.connections)}, depth ${count(config.depth)}`,
			],
			["Threads of the generator", count(config.threads)],
			[
				"Measured",
				`${seconds(totals.seconds)}, warm-up ${seconds(config.warmup_s)}`,
			],
			["Users", popularity(config.users)],
			["Coupons", popularity(config.coupons)],
			[
				"Businesses",
				isNumber(config.businesses) ? count(config.businesses) : null,
			],
			[
				"Refused as overloaded",
				config.retry_overloaded
					? "sent again, the time runs on"
					: "not sent again",
			],
			["Seed", isNumber(config.seed) ? String(config.seed) : null],
		]),
		under("Share of each request", shares.length > 1 && bars(shares)),
		command && el("code", { class: "command" }, command.map(quoted).join(" ")),
	);
}

function checkList(rows) {
	return el(
		"ul",
		{ class: "checks" },
		rows.map(([tone, text]) =>
			el("li", { class: tone }, mark(tone), el("span", {}, text)),
		),
	);
}

function tone(right) {
	return right ? "good" : "bad";
}

function bookRows(books) {
	const equal = books.purchases_made === books.purchases_acknowledged;
	const otherwise = books.replayed_otherwise > 0;
	const replays = otherwise
		? `${count(books.replayed_otherwise)} answered otherwise`
		: "each answered as the first time";
	const acknowledged = plural(books.purchases_acknowledged, "purchase");
	const verified = plural(books.verify_records, "record");
	const findings = plural(books.verify_findings, "finding");
	const took = isNumber(books.verify_s) ? ` in ${seconds(books.verify_s)}` : "";
	return [
		// More than acknowledged may be right: those that were sent and not answered.
		[
			!equal && books.right ? "plain" : tone(equal),
			`${acknowledged} acknowledged, ${count(books.purchases_made)} made`,
		],
		[
			tone(!otherwise),
			`${plural(books.replayed, "decided write")} sent again: ${replays}`,
		],
		[
			tone(books.verify === "clean"),
			`Verify of ${verified}${took}: ${books.verify}, ${findings}`,
		],
		...(books.wrong || []).map((text) => ["bad", text]),
	];
}

function saleRow(sale) {
	const otherwise = sale.otherwise > 0 ? `, ${count(sale.otherwise)} answered otherwise` : "";
	const out = `${count(sale.sold_out)} told it was sold out`;
	const told = `${count(sale.sold)} sold, ${out}${otherwise}`;
	const many = `${plural(sale.buyers, "buyer")} for ${plural(sale.pieces, "piece")}`;
	return [tone(sale.right), `${many}: ${told}, in ${seconds(sale.seconds)}`];
}

function warRow(coupon) {
	const { version_before: before, version_after: after, accepted } = coupon;
	const conflicts = plural(coupon.conflicts, "conflict");
	const answers = `${plural(accepted, "edit")} accepted, ${conflicts}`;
	return [
		tone(after - before === accepted),
		`Coupon ${coupon.coupon_id}: ${answers}, version ${before} to ${after}`,
	];
}

function booksCard({ books = {}, flash_sale: sale, edit_war: war, assertions = [] }) {
	const checks = books.checked
		? bookRows(books)
		: [["warn", "They were not checked (--no-check)."]];
	const asserted = assertions.map(({ holds, text, measured }) => [
		tone(holds),
		`${text}: ${measured}`,
	]);
	return section(
		"books",
		"The books",
		BOOKS_IN_WORDS,
		checkList(checks),
		under("The flash sale", sale && checkList([saleRow(sale)])),
		under("The edit war", war && checkList((war.coupons || []).map(warRow))),
		under("Assertions", asserted.length > 0 && checkList(asserted)),
	);
}

function refusalsCard(result) {
	const rows = Object.entries(result.refusals || {}).sort(([, a], [, b]) => b - a);
	const all = rows.reduce((sum, [, n]) => sum + n, 0);
	if (all === 0) return section("refusals", "Refusals", "Nothing was refused.");
	return section(
		"refusals",
		"Refusals",
		REFUSALS_IN_WORDS,
		bars(
			rows.map(([name, n]) => [name, n, `${count(n)} · ${share(n, all)}`]),
			"refused",
		),
	);
}

function machineCard({ machine = {}, server = {}, client = {}, verdict = {} }) {
	const busy = (verdict.threads || []).map((thread, i) => [
		`Thread ${i + 1}`,
		thread.busy,
		share(thread.busy, 1),
	]);
	const lag = `p99 ${duration(verdict.lag_p99_us)}, at most ${duration(verdict.lag_max_us)}`;
	return section(
		"machine",
		"The machine",
		MACHINE_IN_WORDS,
		facts([
			[
				"Processor",
				machine.cpu_model &&
					`${machine.cpu_model}, ${plural(machine.cores, "core")}`,
			],
			[
				"Memory",
				isNumber(machine.memory_bytes) ? bytes(machine.memory_bytes) : null,
			],
			["System", machine.system],
			["Kernel", machine.kernel],
			[
				"Load before",
				isNumber(machine.load_average)
					? machine.load_average.toFixed(2)
					: null,
			],
			["Server", `${server.address}, PeakPeeps ${server.version}`],
			[
				"Commit",
				[server.commit_mode, server.durability].filter(Boolean).join(", "),
			],
			["Store", server.store_id],
			["Server's start", server.started_at],
			[
				"Load tool",
				[client.version, client.build, client.compiler]
					.filter(Boolean)
					.join(", "),
			],
			["Lag of sending", isNumber(verdict.lag_p99_us) ? lag : null],
		]),
		under("How busy the generator was", busy.length > 0 && bars(busy, "", 1)),
	);
}

function rawCard(text, result) {
	const when = String(result.started_at || "result").replace(/[^\w-]/g, "");
	const said = el("span", { class: "note", role: "status" });
	const download = () => {
		const url = URL.createObjectURL(
			new Blob([text, "\n"], { type: "application/json" }),
		);
		el("a", { href: url, download: `peakpeeps-bench-${when}.json` }).click();
		setTimeout(() => URL.revokeObjectURL(url), 10000);
	};
	const say = (words) => () => {
		said.textContent = words;
	};
	const copy = () =>
		navigator.clipboard
			.writeText(text)
			.then(say("Copied."), say("The browser does not allow it here."));
	const pre = el("pre", { tabindex: 0 });
	const show = () => {
		pre.textContent = JSON.stringify(result, null, 2);
	};
	return section(
		"raw",
		"The raw data",
		[
			"All that this page shows, with the histograms in HdrHistogram's format. ",
			el("code", {}, "peakpeeps-bench compare"),
			" reads it.",
		],
		el(
			"div",
			{ class: "row" },
			el(
				"button",
				{ type: "button", class: "main", id: "download", click: download },
				"Download JSON",
			),
			navigator.clipboard &&
				el("button", { type: "button", click: copy }, "Copy"),
			said,
		),
		el("details", { toggle: show }, el("summary", {}, "Look at it"), pre),
	);
}
