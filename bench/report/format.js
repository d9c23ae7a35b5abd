// Numbers in words, and elements from data. What comes from the result becomes text, never markup.

const THIN = "\u202f";

function isNumber(value) {
	return typeof value === "number" && Number.isFinite(value);
}

function grouped(digits) {
	return digits.replace(/\B(?=(\d{3})+(?!\d))/g, THIN);
}

// 12 345; below 10 with two digits after the point.
function count(value) {
	if (!isNumber(value)) return "–";
	if (Number.isInteger(value) || Math.abs(value) >= 100)
		return grouped(String(Math.round(value)));
	return value.toFixed(Math.abs(value) >= 10 ? 1 : 2);
}

// Three significant digits.
function significant(value) {
	const size = Math.abs(value);
	if (size >= 99.95) return grouped(String(Math.round(value)));
	return value.toFixed(size >= 9.995 ? 1 : 2);
}

const TIME_UNITS = [
	[1e6, "s"],
	[1e3, "ms"],
	[1, "µs"],
];

function timeUnit(us) {
	return TIME_UNITS.find(([size]) => us >= 0.9995 * size) || TIME_UNITS[2];
}

// 410 µs, 1.30 ms, 2.00 s
function duration(us) {
	if (!isNumber(us)) return "–";
	if (us === 0) return "0";
	const [size, unit] = timeUnit(us);
	return `${significant(us / size)}${THIN}${unit}`;
}

function seconds(s) {
	return isNumber(s) ? duration(s * 1e6) : "–";
}

function share(part, whole) {
	if (!(whole > 0) || !isNumber(part)) return "–";
	const percent = (part / whole) * 100;
	if (part > 0 && percent < 0.01) return `<${THIN}0.01${THIN}%`;
	const digits = percent >= 10 || percent === 0 ? 0 : 2;
	return `${percent.toFixed(digits)}${THIN}%`;
}

function bytes(n) {
	return isNumber(n) ? `${significant(n / 2 ** 30)}${THIN}GiB` : "–";
}

// 0.999 as "99.9 %"; as many digits as it takes to tell it from 100.
function percentile(fraction) {
	const digits = Math.min(12, Math.max(0, Math.ceil(-Math.log10(1 - fraction))));
	return `${parseFloat((fraction * 100).toFixed(digits))}${THIN}%`;
}

// "1 edit", "2 edits"
function plural(n, one, many) {
	return `${count(n)} ${n === 1 ? one : many || `${one}s`}`;
}

function build(node, attributes, children) {
	for (const [name, value] of Object.entries(attributes || {})) {
		if (typeof value === "function") node.addEventListener(name, value);
		else if (value !== undefined && value !== null && value !== false)
			node.setAttribute(name, value === true ? "" : value);
	}
	for (const child of children.flat(3))
		if (child !== undefined && child !== null && child !== false) node.append(child);
	return node;
}

function el(tag, attributes, ...children) {
	return build(document.createElement(tag), attributes, children);
}

function svg(tag, attributes, ...children) {
	return build(
		document.createElementNS("http://www.w3.org/2000/svg", tag),
		attributes,
		children,
	);
}

const MARKS = {
	good: "M5 10.5l3.2 3.2L15 7",
	bad: "M6 6l8 8M14 6l-8 8",
	warn: "M10 5v6M10 14.4v.2",
	plain: "M6 10h8",
};

function mark(tone) {
	return svg(
		"svg",
		{ viewBox: "0 0 20 20", "aria-hidden": "true" },
		svg("circle", { cx: 10, cy: 10, r: 9 }),
		svg("path", { d: MARKS[tone] }),
	);
}

// columns: [{head, text}], rows: arrays of text, each perhaps with a class.
function table(label, columns, rows) {
	const cell = (value, i) => {
		const attributes = {
			class: columns[i].text ? "text" : null,
			scope: i === 0 ? "row" : null,
		};
		return el(i === 0 ? "th" : "td", attributes, value);
	};
	return el(
		"div",
		{ class: "scroll", tabindex: 0, role: "region", "aria-label": label },
		el(
			"table",
			{},
			el("caption", { class: "hidden" }, label),
			el(
				"thead",
				{},
				el(
					"tr",
					{},
					columns.map((column) =>
						el(
							"th",
							{
								scope: "col",
								class: column.text ? "text" : null,
							},
							column.head,
						),
					),
				),
			),
			el(
				"tbody",
				{},
				rows.map((row) =>
					el("tr", { class: row.tone || null }, row.cells.map(cell)),
				),
			),
		),
	);
}

function facts(pairs) {
	return el(
		"dl",
		{ class: "facts" },
		pairs
			.filter(([, value]) => value)
			.map(([name, value]) => [el("dt", {}, name), el("dd", {}, value)]),
	);
}

// rows: [[name, n, text]]; the longest is `full`, if that is given.
function bars(rows, tone, full) {
	const most = full || Math.max(1e-9, ...rows.map(([, n]) => n));
	return el(
		"ul",
		{ class: `bars ${tone || ""}` },
		rows.map(([name, n, text]) => {
			const fill = el("span", { class: "fill" });
			fill.style.width = `${Math.min(100, (n / most) * 100)}%`;
			return el(
				"li",
				{},
				el("span", { class: "name" }, name),
				el("span", { class: "track", "aria-hidden": "true" }, fill),
				el("span", { class: "much" }, text),
			);
		}),
	);
}

function section(id, title, lead, ...children) {
	const heading = el("h2", {}, title);
	return el(
		"section",
		{ class: "card", id },
		heading,
		el("p", { class: "lead" }, lead),
		children,
	);
}

// A heading and what is below it, or nothing.
function under(heading, node) {
	return node ? [el("h3", {}, heading), node] : null;
}
