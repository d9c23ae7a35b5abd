/* What the tests run: render and compare without a load, and histograms with what is in them. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/compare.h"
#include "bench/hdr_v2.h"
#include "bench/render.h"

static const double shares[] = { 0, 0.001, 0.25, 0.5, 0.9, 0.99, 0.999, 0.9999, 0.99999, 1 };

enum { FIRST_COUNT_MAX = 4000 };

static void print_histogram(const char *name, const struct histogram *histogram, bool last)
{
	const struct histogram_layout *layout = &histogram->layout;
	char *text = hdr_v2_text(histogram);
	bool first = true;

	ASSERT(text != NULL);
	printf("{\"name\": \"%s\", \"text\": \"%s\", \"n\": %" PRIu64 ", \"percentiles\": [", name,
		text, histogram->n);
	for (size_t i = 0; i < ARRAY_LEN(shares); i++)
		printf("%s[%.17g, %" PRId64 "]", i > 0 ? ", " : "", shares[i] * 100,
			histogram_percentile(histogram, shares[i]));
	printf("], \"mean\": %.17g, \"counts\": [", histogram_mean(histogram));
	for (uint32_t i = 0; i < layout->n_counts; i++) {
		if (histogram->counts[i] == 0)
			continue;
		printf("%s[%" PRId64 ", %" PRIu64 "]", first ? "" : ", ",
			histogram_index_high(layout, i), histogram->counts[i]);
		first = false;
	}
	printf("]}%s\n", last ? "" : ",");
	free(text);
}

/* A few shapes; the draws are a multiplicative generator's, so every run makes the same. */
static void print_histograms(void)
{
	static struct histogram_ns histogram;
	uint64_t state = 1;

	printf("[");
	histogram_ns_init(&histogram);
	print_histogram("empty", &histogram.h, false);
	histogram_add(&histogram.h, 0);
	histogram_add(&histogram.h, 1);
	histogram_add(&histogram.h, 3);
	print_histogram("three", &histogram.h, false);
	for (int64_t i = 0; i < FIRST_COUNT_MAX; i++)
		histogram_add(&histogram.h, i);
	print_histogram("dense", &histogram.h, false);
	histogram_reset(&histogram.h);
	for (int i = 0; i < 200000; i++) {
		state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
		histogram_add(&histogram.h, (int64_t)((state >> 33) >> (state >> 59)) * 50);
	}
	print_histogram("wide", &histogram.h, false);
	histogram_add(&histogram.h, INT64_C(3600) * 1000 * 1000 * 1000);
	print_histogram("an hour", &histogram.h, true);
	printf("]\n");
}

int main(int argc, char **argv)
{
	const char *command = argc > 1 ? argv[1] : "";

	if (strcmp(command, "render") == 0)
		return render_main(argc - 1, argv + 1);
	if (strcmp(command, "compare") == 0)
		return compare_main(argc - 1, argv + 1);
	if (strcmp(command, "histograms") == 0) {
		print_histograms();
		return 0;
	}
	fputs("usage: tool render|compare|histograms ..\n", stderr);
	return 2;
}
