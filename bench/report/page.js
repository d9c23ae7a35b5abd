// Puts the page together from the two JSON elements.

// A page opened from a file may have no storage.
function stored(value) {
	try {
		if (value !== undefined) localStorage.setItem("peakpeeps-theme", value);
		return localStorage.getItem("peakpeeps-theme");
	} catch {
		return null;
	}
}

function themes() {
	const wish = window.matchMedia("(prefers-color-scheme: dark)");
	const inputs = [...document.querySelectorAll("input[name=theme]")];
	const apply = () => {
		const chosen = inputs.find((input) => input.checked).value;
		const dark = chosen === "dark" || (chosen === "auto" && wish.matches);
		document.documentElement.toggleAttribute("data-dark", dark);
	};
	const before = inputs.find((input) => input.value === stored());
	if (before) before.checked = true;
	for (const input of inputs)
		input.addEventListener("change", () => {
			stored(input.value);
			apply();
		});
	wish.addEventListener("change", apply);
	apply();
}

function main() {
	themes();
	const text = document.getElementById("result").textContent;
	const result = JSON.parse(text);
	const curves = JSON.parse(document.getElementById("curves").textContent);
	const { config, server = {}, client = {} } = result;
	const when = [
		result.started_at,
		config.mix,
		server.version && `PeakPeeps ${server.version}`,
	];
	document.getElementById("when").textContent = when.filter(Boolean).join(" · ");
	document.getElementById("page").append(
		verdictCard(result),
		latencyCard(result, curves),
		timeCard(result),
		el(
			"div",
			{ class: "two" },
			el("div", {}, runCard(result), refusalsCard(result)),
			el("div", {}, booksCard(result), machineCard(result)),
		),
		rawCard(text, result),
		el(
			"footer",
			{},
			`Drawn by peakpeeps-bench ${client.version || ""}. `,
			"This page holds all of its data and loads nothing from anywhere.",
		),
	);
	document.documentElement.dataset.drawn = "yes";
}

main();
