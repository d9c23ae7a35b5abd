// Line charts: inline SVG as wide as its place, a cursor that charts may share, a table beside.
//
// chart({id, title, describe, height, extra, x: {values, from, ticks(width), label, read(i)},
//        y: {label, time, log}, series: [{name, colour, dash, area, values}],
//        bands: [{from, to, text}], level: {value, text}, cursor})
// x.values are positions that rise; the axis begins at x.from, or at the first of them. Values of a
// series stand beside them, null where there is none.

const PAD = { top: 12, right: 14, bottom: 40 };
const LOG_FROM = 100; // times the middle: from there on a linear axis flattens the rest
const DASHES = { dash: "7 4", dot: "2 4" };

function niceStep(span, steps) {
	const rough = span / steps;
	const power = 10 ** Math.floor(Math.log10(rough));
	return [1, 2, 5, 10].map((n) => n * power).find((step) => step >= rough * 0.999);
}

function linearScale(most, steps) {
	const top = most > 0 ? most : 1;
	const step = niceStep(top, steps);
	const end = Math.ceil(top / step - 1e-9) * step;
	const ticks = [];
	for (let i = 0; i * step <= end * 1.0001; i++) ticks.push(i * step);
	return { ticks, place: (value) => value / end };
}

function logScale(least, most) {
	const low = Math.floor(Math.log10(least) + 1e-9);
	const high = Math.max(low + 1, Math.ceil(Math.log10(most) - 1e-9));
	const ticks = [];
	for (let power = low; power <= high; power++)
		for (const n of high - low <= 2 ? [1, 2, 5] : [1])
			if (power < high || n === 1) ticks.push(n * 10 ** power);
	return {
		ticks,
		place: (value) => (Math.log10(Math.max(value, 10 ** low)) - low) / (high - low),
	};
}

// How values of an axis are written: times all in one unit.
function axisFormat(y, most) {
	if (!y.time)
		return { unit: "", text: (value) => count(value), read: (value) => count(value) };
	const [size, unit] = timeUnit(most);
	return {
		unit,
		text: (value) => grouped(String(parseFloat((value / size).toPrecision(3)))),
		read: duration,
	};
}

function pathOf(values, x, y) {
	let d = "";
	let pen = false;
	values.forEach((value, i) => {
		if (!isNumber(value)) {
			pen = false;
			return;
		}
		d += `${pen ? "L" : "M"}${x(i).toFixed(1)} ${y(value).toFixed(1)}`;
		pen = true;
	});
	return d;
}

// The same, closed along the bottom; each run of values on its own.
function areaOf(values, x, y, bottom) {
	let d = "";
	let from = -1;
	values.concat([null]).forEach((value, i) => {
		if (isNumber(value)) {
			const at = x(i).toFixed(1);
			d += `${from < 0 ? `M${at} ${bottom}L` : "L"}${at} ${y(value).toFixed(1)}`;
			from = from < 0 ? i : from;
		} else if (from >= 0) {
			d += `L${x(i - 1).toFixed(1)} ${bottom}Z`;
			from = -1;
		}
	});
	return d;
}

function swatch(line) {
	return svg(
		"svg",
		{ viewBox: "0 0 26 10", "aria-hidden": "true" },
		svg("path", {
			class: `curve c-${line.colour}`,
			d: "M1 5H25",
			"stroke-dasharray": DASHES[line.dash],
		}),
	);
}

// Where everything is, for a width.
function layout(config, width) {
	const { x, y } = config;
	const height = config.height;
	const shown = config.series.flatMap((line) => line.values).filter(isNumber);
	if (config.level) shown.push(config.level.value);
	const most = Math.max(
		0,
		...(shown.length < 5e4 ? shown : [shown.reduce((a, b) => Math.max(a, b), 0)]),
	);
	const positive = shown.filter((value) => value > 0);
	const log = y.log && positive.length > 0;
	const steps = Math.max(2, Math.round((height - PAD.top - PAD.bottom) / 46));
	const scale = log
		? logScale(
				positive.reduce((a, b) => Math.min(a, b)),
				most,
			)
		: linearScale(most, steps);
	const format = axisFormat(y, log ? most / 10 : most);
	const longest = Math.max(...scale.ticks.map((tick) => format.text(tick).length));
	const left = Math.max(56, 14 + longest * 7.2); // the same for charts one above the other
	const first = x.from !== undefined ? x.from : x.values[0];
	const last = x.values[x.values.length - 1];
	const span = last > first ? last - first : 1;
	const right = width - PAD.right;
	const bottom = height - PAD.bottom;
	const at = (value) => left + ((value - first) / span) * (right - left);
	return {
		width,
		height,
		left,
		right,
		bottom,
		scale,
		format,
		at,
		valueAt: (px) => first + ((px - left) / (right - left)) * span,
		x: (i) => at(x.values[i]),
		y: (value) => bottom - scale.place(value) * (bottom - PAD.top),
	};
}

function drawAxes(config, place) {
	const { left, right, bottom } = place;
	const parts = [];
	for (const band of config.bands || []) {
		const from = Math.max(left, place.at(band.from));
		const wide = place.at(band.to) - from;
		if (wide <= 0) continue;
		parts.push(
			svg("rect", {
				class: "band",
				x: from,
				y: PAD.top,
				width: wide,
				height: bottom - PAD.top,
			}),
		);
		if (wide > 60) parts.push(svg("text", { x: from + 6, y: PAD.top + 14 }, band.text));
	}
	for (const tick of place.scale.ticks) {
		const y = place.y(tick).toFixed(1);
		parts.push(
			svg("line", { class: "grid", x1: left, x2: right, y1: y, y2: y }),
			svg(
				"text",
				{ x: left - 8, y: +y + 4, "text-anchor": "end" },
				place.format.text(tick),
			),
		);
	}
	for (const tick of config.x.ticks(right - left)) {
		const x = place.at(tick.at);
		parts.push(
			svg("line", { class: "grid", x1: x, x2: x, y1: PAD.top, y2: bottom }),
			svg(
				"text",
				{
					x,
					y: bottom + 17,
					"text-anchor":
						x > right - 12
							? "end"
							: x < left + 8
								? "start"
								: "middle",
				},
				tick.text,
			),
		);
	}
	parts.push(
		svg("line", { class: "axis", x1: left, x2: right, y1: bottom, y2: bottom }),
		svg(
			"text",
			{ x: (left + right) / 2, y: place.height - 5, "text-anchor": "middle" },
			config.x.label,
		),
	);
	return parts;
}

function drawCurves(config, place) {
	const parts = [];
	for (const line of config.series)
		if (line.area)
			parts.push(
				svg("path", {
					class: `area c-${line.colour}`,
					d: areaOf(line.values, place.x, place.y, place.bottom),
				}),
			);
	if (config.level) {
		const y = place.y(config.level.value);
		parts.push(
			svg("line", {
				class: "curve c-muted",
				x1: place.left,
				x2: place.right,
				y1: y,
				y2: y,
				"stroke-dasharray": DASHES.dot,
			}),
		);
	}
	for (const line of config.series) {
		parts.push(
			svg("path", {
				class: `curve c-${line.colour}`,
				"data-series": line.name,
				d: pathOf(line.values, place.x, place.y),
				"stroke-dasharray": DASHES[line.dash],
			}),
		);
		// A value without neighbours has no line: it is a dot.
		line.values.forEach((value, i) => {
			if (
				isNumber(value) &&
				!isNumber(line.values[i - 1]) &&
				!isNumber(line.values[i + 1])
			)
				parts.push(
					svg("circle", {
						class: `dot c-${line.colour}`,
						cx: place.x(i),
						cy: place.y(value),
						r: 3.5,
					}),
				);
		});
	}
	return parts;
}

function chartTable(config, format) {
	const columns = [
		{ head: config.x.label },
		...config.series.map((line) => ({ head: line.name })),
	];
	const rows = config.x.values.map((_, i) => ({
		cells: [
			config.x.read(i),
			...config.series.map((line) =>
				isNumber(line.values[i]) ? format.read(line.values[i]) : "–",
			),
		],
	}));
	const details = el("details", {}, el("summary", {}, "The same as a table"));
	// Filled when it is first opened: an hour has 3 600 rows.
	const fill = () => {
		if (!details.querySelector("table"))
			details.append(table(config.title, columns, rows));
	};
	details.addEventListener("toggle", fill);
	if (rows.length <= 300) fill();
	return details;
}

function nearest(values, value) {
	let best = 0;
	values.forEach((is, i) => {
		if (Math.abs(is - value) < Math.abs(values[best] - value)) best = i;
	});
	return best;
}

function showCursor(state, i) {
	const { config, place, overlay, tip, plot } = state;
	overlay.replaceChildren();
	tip.hidden = i === null;
	if (i === null) return;
	const x = place.x(i);
	overlay.append(
		svg("line", { class: "cursor", x1: x, x2: x, y1: PAD.top, y2: place.bottom }),
	);
	const lines = config.series.filter((line) => isNumber(line.values[i]));
	for (const line of lines)
		overlay.append(
			svg("circle", {
				class: `dot c-${line.colour}`,
				cx: x,
				cy: place.y(line.values[i]),
				r: 4.5,
			}),
		);
	tip.replaceChildren(
		el("b", {}, config.x.read(i)),
		...lines.map((line) =>
			el(
				"div",
				{},
				el("i", { class: `c-${line.colour}` }),
				el("span", {}, line.name),
				el("em", {}, place.format.read(line.values[i])),
			),
		),
	);
	const wide = tip.offsetWidth;
	const left = x + 14 + wide > plot.clientWidth ? x - 14 - wide : x + 14;
	tip.style.left = `${Math.max(0, left)}px`;
	tip.style.top = `${PAD.top + 6}px`;
}

// What a pointer or a key does: the cursor moves, in all charts that share it.
function listen(state, cursor) {
	const { plot, config } = state;
	const move = (i) => {
		cursor.at = i;
		cursor.charts.forEach((chart) => showCursor(chart, i));
	};
	plot.addEventListener("pointermove", (event) => {
		const px = event.clientX - plot.getBoundingClientRect().left;
		move(nearest(config.x.values, state.place.valueAt(px)));
	});
	plot.addEventListener("pointerleave", () => move(null));
	plot.addEventListener("blur", () => move(null));
	plot.addEventListener("keydown", (event) => {
		const last = config.x.values.length - 1;
		const at = cursor.at === null || cursor.at === undefined ? -1 : cursor.at;
		const to = {
			ArrowRight: Math.min(last, at + 1),
			ArrowLeft: Math.max(0, at - 1),
			Home: 0,
			End: last,
		};
		if (event.key in to) {
			event.preventDefault();
			move(to[event.key]);
			state.live.textContent = state.tip.innerText;
		} else if (event.key === "Escape") {
			move(null);
		}
	});
}

function drawing(config, place, overlay) {
	const title = svg("title", { id: `title-${config.id}` }, config.title);
	const describe = svg("desc", { id: `desc-${config.id}` }, config.describe);
	const attributes = {
		viewBox: `0 0 ${place.width} ${place.height}`,
		height: place.height,
		role: "img",
		"aria-labelledby": `title-${config.id} desc-${config.id}`,
	};
	const parts = [drawAxes(config, place), drawCurves(config, place), overlay];
	return svg("svg", attributes, title, describe, parts);
}

function legendOf({ series, level }) {
	const entries = series.map((line) => el("li", {}, swatch(line), line.name));
	if (level) entries.push(el("li", {}, swatch({ colour: "muted", dash: "dot" }), level.text));
	return el("ul", { class: "legend" }, entries);
}

// A figure, which draws itself as soon as it has a width, and again for another.
function chart(config) {
	const cursor = config.cursor || { charts: [], at: null };
	const tip = el("div", { class: "tip", hidden: true });
	const live = el("span", { class: "hidden", "aria-live": "polite" });
	const attributes = {
		class: "plot",
		id: `plot-${config.id}`,
		tabindex: 0,
		role: "group",
		"aria-label": `${config.title}. Arrow keys move along it.`,
	};
	const plot = el("div", attributes, tip, live);
	const state = { config, plot, tip, live };
	const draw = () => {
		const width = Math.max(240, plot.clientWidth);
		if (state.place && state.place.width === width) return;
		state.place = layout(config, width);
		state.overlay = svg("g", {});
		plot.querySelectorAll("svg").forEach((old) => old.remove());
		plot.prepend(drawing(config, state.place, state.overlay));
	};
	cursor.charts.push(state);
	listen(state, cursor);
	new ResizeObserver(() => requestAnimationFrame(draw)).observe(plot);
	const { format } = layout(config, 600);
	const heading = el("b", {}, config.y.label + (format.unit ? `, ${format.unit}` : ""));
	const caption = el("figcaption", {}, heading, legendOf(config), config.extra);
	return el("figure", { id: config.id }, caption, plot, chartTable(config, format));
}
