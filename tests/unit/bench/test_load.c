/* What a load draws, and what it keeps. */
#include <criterion/criterion.h>

#include <stdlib.h>
#include <string.h>

#include "bench/draw.h"
#include "bench/retries.h"
#include "bench/sample.h"
#include "proto/codec.h"

Test(draw, is_uniform_enough_and_repeats_itself)
{
	enum { N = 100000, SIDES = 10 };
	struct draw draw, again;
	unsigned counts[SIDES] = { 0 };

	draw_init(&draw, 7);
	draw_init(&again, 7);
	for (int i = 0; i < N; i++) {
		uint64_t side = draw_below(&draw, SIDES);
		cr_assert_eq(side, draw_below(&again, SIDES));
		cr_assert_lt(side, SIDES);
		counts[side]++;
	}
	for (int i = 0; i < SIDES; i++)
		cr_expect(counts[i] > 9600 && counts[i] < 10400, "%d: %u", i, counts[i]);
}

/* With theta 0.99 and n 1000, the most popular item has 1 / zeta = 12.9 % of all draws. */
Test(draw, zipf_prefers_as_it_should)
{
	enum { N = 200000, ITEMS = 1000 };
	static unsigned counts[ITEMS];
	struct zipf zipf;
	struct draw draw;
	unsigned most = 0;
	unsigned n_drawn = 0;

	draw_init(&draw, 7);
	zipf_init(&zipf, ITEMS, 0.99);
	for (int i = 0; i < N; i++) {
		uint64_t item = zipf_draw(&zipf, &draw);
		cr_assert_lt(item, ITEMS);
		counts[item]++;
	}
	for (int i = 0; i < ITEMS; i++) {
		most = counts[i] > most ? counts[i] : most;
		n_drawn += counts[i] > 0 ? 1 : 0;
	}
	cr_expect(most > 0.12 * N && most < 0.14 * N, "%u", most);
	cr_expect_gt(n_drawn, ITEMS - 5, "only %u of the items are ever drawn", n_drawn);
}

Test(draw, exponential_gaps_have_their_mean)
{
	enum { N = 200000 };
	struct draw draw;
	double sum = 0;
	unsigned n_below = 0;

	draw_init(&draw, 3);
	for (int i = 0; i < N; i++) {
		double gap = draw_exponential(&draw, 250);
		cr_assert(gap >= 0);
		sum += gap;
		n_below += gap < 250 ? 1 : 0;
	}
	cr_expect(sum / N > 247 && sum / N < 253, "mean %f", sum / N);
	/* 1 - 1/e of all gaps are below the mean: of even ones it would be none or all. */
	cr_expect(n_below > 0.625 * N && n_below < 0.64 * N, "%u", n_below);
}

Test(retries, come_out_in_the_order_in_which_they_are_due)
{
	enum { N = 1000 };
	struct retries retries;
	struct draw draw;
	int64_t last_ns = 0;

	draw_init(&draw, 11);
	cr_assert_eq(retries_init(&retries, N), 0);
	cr_expect_eq(retries_due_ns(&retries), INT64_MAX);
	for (uint32_t i = 0; i < N; i++)
		retries_put(&retries,
			(struct retry) { .due_ns = (int64_t)draw_below(&draw, 500), .line = i });
	for (int i = 0; i < N; i++) {
		int64_t due_ns = retries_due_ns(&retries);
		struct retry retry = retries_take(&retries);
		cr_assert_eq(retry.due_ns, due_ns);
		cr_assert_geq(due_ns, last_ns);
		last_ns = due_ns;
	}
	cr_expect_eq(retries.n, 0);
	retries_free(&retries);
}

Test(dataset, gives_each_coupon_an_id_of_its_own)
{
	enum { COUPONS = 1000, BUSINESSES = 17 };
	static bool seen[BUSINESSES + 1][COUPONS];
	const struct dataset dataset = { 5, BUSINESSES, COUPONS };

	for (uint64_t i = 0; i < COUPONS; i++) {
		uint64_t id = dataset_coupon_id(&dataset, i);
		uint64_t business = id / 1000000, number = id % 1000000;
		cr_assert_eq(business, dataset_business_of(&dataset, i));
		cr_assert(business >= 1 && business <= BUSINESSES && number >= 1 &&
			  number <= COUPONS);
		cr_assert_not(seen[business][number]);
		/* Numbers are dense: the server deals them out in this way too. */
		cr_assert(number == 1 || seen[business][number - 1]);
		seen[business][number] = true;
	}
}

Test(sample, is_fair_and_keeps_what_was_answered)
{
	enum { WRITES = 10000, KEPT = 1000 };
	struct sample sample;
	uint64_t sum = 0;

	cr_assert_eq(sample_init(&sample, KEPT, 3), 0);
	for (uint64_t i = 0; i < WRITES; i++) {
		struct shot shot = { .kind = SHOT_CREATE_USER, .subject = i };
		struct pp_response response = { .seq = i, .kind = PP_KIND_CREATE_USER };
		response.u.create_user.user_id = i;
		cr_assert_eq(sample_offer(&sample, &shot, &response), 0);
	}
	cr_assert_eq(sample.n, KEPT);
	for (size_t i = 0; i < sample.n; i++) {
		struct pp_response response = { .seq = 99, .kind = PP_KIND_CREATE_USER };
		size_t len;
		response.u.create_user.user_id = sample.entries[i].shot.subject;
		response.replayed = true;
		uint8_t *frame = sample_frame(&response, &len);
		cr_assert_eq(len, sample.entries[i].len);
		cr_assert_eq(memcmp(frame, sample.entries[i].frame, len), 0);
		free(frame);
		sum += sample.entries[i].shot.subject;
	}
	cr_expect(sum / KEPT > 4500 && sum / KEPT < 5500, "mean %llu of 0 to 9999",
		(unsigned long long)(sum / KEPT));
	sample_free(&sample);
}
