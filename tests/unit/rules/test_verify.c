/* Verify as a whole: clean when sound, in any steps, in little memory; damage on the disk. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "domain/rules/verify.h"
#include "tests/unit/rules/little_story.h"

struct bench {
	struct little_store store;
	struct verify verify;
	uint64_t scratch[VERIFY_SCRATCH_BYTES_MIN / sizeof(uint64_t)];
};

static struct bench *bench_new(void)
{
	struct bench *bench = malloc(sizeof(*bench));

	cr_assert(bench);
	little_store_init(&bench->store);
	little_story_tell(&bench->store);
	return bench;
}

static void bench_free(struct bench *bench)
{
	little_store_free(&bench->store);
	free(bench);
}

/* Runs Verify in steps of `budget`; returns how it ended. */
static int run_verify(struct bench *bench, uint64_t budget)
{
	struct verify_source source = little_store_source(&bench->store);
	int result = VERIFY_RUNNING;

	verify_begin(&bench->verify, &source, bench->scratch, sizeof(bench->scratch));
	while (result == VERIFY_RUNNING)
		result = verify_step(&bench->verify, budget);
	return result;
}

static void execute(struct bench *bench, struct pp_request request)
{
	struct arena arena;
	struct pp_response reply;

	arena_init(&arena, 256 * 1024, NULL);
	little_store_execute(&bench->store, &request, &reply, &arena);
	cr_assert_null(reply.status);
	arena_free(&arena);
}

static void print_findings(const struct verify_result *result)
{
	for (uint32_t i = 0; i < result->n_shown; i++)
		fprintf(stderr, "\"%s %s\": %s\n", result->findings[i].check,
			result->findings[i].subject, result->findings[i].message);
}

static bool finds(const struct verify_result *result, const char *check, const char *subject)
{
	for (uint32_t i = 0; i < result->n_shown; i++)
		if (strcmp(result->findings[i].check, check) == 0 &&
			strncmp(result->findings[i].subject, subject, strlen(subject)) == 0)
			return true;
	return false;
}

Test(verify, finds_nothing_wrong_with_a_sound_store)
{
	struct bench *bench = bench_new();

	cr_expect_eq(run_verify(bench, UINT64_MAX), VERIFY_DONE);
	cr_expect_eq(bench->verify.result.n_findings, 0);
	cr_expect_eq(bench->verify.result.n_checked, bench->store.n);
	print_findings(&bench->verify.result);
	bench_free(bench);
}

Test(verify, finds_nothing_wrong_with_an_empty_store)
{
	struct bench *bench = malloc(sizeof(*bench));

	little_store_init(&bench->store);
	cr_expect_eq(run_verify(bench, 1), VERIFY_DONE);
	cr_expect_eq(bench->verify.result.n_findings, 0);
	cr_expect_eq(bench->verify.result.n_checked, 0);
	bench_free(bench);
}

Test(verify, finds_nothing_wrong_with_a_store_without_coins)
{
	struct bench *bench = malloc(sizeof(*bench));

	little_store_init(&bench->store);
	execute(bench, (struct pp_request) {
			       .kind = PP_KIND_CREATE_USER, .u.create_user = { .name = "Alex" } });
	cr_expect_eq(run_verify(bench, UINT64_MAX), VERIFY_DONE);
	cr_expect_eq(bench->verify.result.n_findings, 0);
	bench_free(bench);
}

Test(verify, goes_on_where_it_stopped)
{
	struct bench *bench = bench_new();
	struct verify_source source = little_store_source(&bench->store);
	uint64_t n_steps = 1;

	verify_begin(&bench->verify, &source, bench->scratch, sizeof(bench->scratch));
	while (verify_step(&bench->verify, 1) == VERIFY_RUNNING)
		n_steps++;
	cr_expect_eq(bench->verify.result.n_findings, 0);
	cr_expect_eq(bench->verify.result.n_checked, bench->store.n);
	cr_expect_geq(n_steps, bench->store.n);
	/* Once done it stays done. */
	cr_expect_eq(verify_step(&bench->verify, 1), VERIFY_DONE);
	bench_free(bench);
}

Test(verify, finds_nothing_wrong_in_steps_of_any_size)
{
	struct bench *bench = bench_new();

	for (uint64_t budget = 1; budget <= 64; budget++) {
		cr_expect_eq(run_verify(bench, budget), VERIFY_DONE);
		cr_expect_eq(bench->verify.result.n_findings, 0, "steps of %d", (int)budget);
		cr_expect_eq(bench->verify.result.n_checked, bench->store.n);
	}
	bench_free(bench);
}

Test(verify, finds_a_flipped_byte_of_any_record_and_nothing_else)
{
	struct bench *bench = bench_new();

	for (size_t i = 0; i < bench->store.n; i++) {
		struct row *row = &bench->store.rows[i];
		uint8_t *bytes = (uint8_t *)(uintptr_t)row->value.data;
		const size_t places[] = { 0, i * 7 % row->value.len, row->value.len - 1 };

		for (size_t k = 0; k < ARRAY_LEN(places); k++) {
			bytes[places[k]] ^= 0x10;
			cr_expect_eq(run_verify(bench, UINT64_MAX), VERIFY_DONE);
			cr_expect_eq(bench->verify.result.n_findings, 1, "row %zu byte %zu", i,
				places[k]);
			cr_expect_str_eq(bench->verify.result.findings[0].check, "checksum");
			if (bench->verify.result.n_findings != 1 && k == 0)
				print_findings(&bench->verify.result);
			bytes[places[k]] ^= 0x10;
		}
	}
	bench_free(bench);
}

static void flip(struct bench *bench, const struct key *key)
{
	struct row *row = little_store_find(&bench->store, key);

	cr_assert(row);
	((uint8_t *)(uintptr_t)row->value.data)[1] ^= 1;
}

Test(verify, names_the_record_that_is_damaged)
{
	struct bench *bench = bench_new();
	struct key keys[8];
	static const char *const subjects[] = { "business 1", "coupon 1000001", "counters",
		"revision 14", "purchase 1", "user 3", "user 3 coupon 1000001",
		"coupon 1000001 version 2" };

	key_of_business(1, &keys[0]);
	key_of_coupon(1000001, &keys[1]);
	key_of_counters(&keys[2]);
	key_of_journal(14, &keys[3]);
	key_of_purchase(1, &keys[4]);
	key_of_user(3, &keys[5]);
	key_of_count(3, 1000001, &keys[6]);
	key_of_version(1000001, 2, &keys[7]);
	for (size_t i = 0; i < ARRAY_LEN(keys); i++)
		flip(bench, &keys[i]);
	cr_expect_eq(run_verify(bench, UINT64_MAX), VERIFY_DONE);
	cr_expect_eq(bench->verify.result.n_findings, ARRAY_LEN(keys));
	for (size_t i = 0; i < ARRAY_LEN(keys); i++)
		cr_expect_str_eq(bench->verify.result.findings[i].subject, subjects[i]);
	bench_free(bench);
}

Test(verify, misses_any_record_that_is_lost)
{
	struct bench *bench = bench_new();
	size_t n = bench->store.n;

	for (size_t i = 0; i < n; i++) {
		char subject[] = "table ?";

		subject[6] = (char)bench->store.rows[i].key.bytes[0];
		little_store_lose(&bench->store, &bench->store.rows[i]);
		cr_expect_eq(run_verify(bench, 7), VERIFY_DONE);
		cr_expect(finds(&bench->verify.result, "checksum", subject), "row %zu", i);
		bench_free(bench);
		bench = bench_new();
	}
	bench_free(bench);
}

Test(verify, finds_any_record_that_look_ups_do_not_find_as_it_is)
{
	struct bench *bench = bench_new();

	for (size_t i = 0; i < bench->store.n; i++) {
		for (int look = LOOK_NOTHING; look <= LOOK_OTHER; look++) {
			bench->store.rows[i].look = (enum row_look)look;
			cr_expect_eq(run_verify(bench, UINT64_MAX), VERIFY_DONE);
			cr_expect(finds(&bench->verify.result, "checksum", ""), "row %zu look %d",
				i, look);
		}
		bench->store.rows[i].look = LOOK_RIGHT;
	}
	bench_free(bench);
}

Test(verify, finds_a_record_of_an_older_copy)
{
	struct bench *bench = bench_new();
	struct key key;
	struct row *row;
	uint64_t checksum_xor = bench->store.checksum_xor[TABLE_USER];
	struct user_record user;
	struct byte_writer writer;
	uint8_t bytes[256];

	key_of_user(2, &key);
	row = little_store_find(&bench->store, &key);
	cr_assert(record_user_decode(row->value, NULL, &user));
	user.created_at_ms--;
	byte_writer_init(&writer, bytes, sizeof(bytes));
	record_user_encode(&user, &writer);
	little_store_put(&bench->store, &key, byte_writer_span(&writer));
	bench->store.checksum_xor[TABLE_USER] = checksum_xor;
	cr_expect_eq(run_verify(bench, UINT64_MAX), VERIFY_DONE);
	cr_expect_eq(bench->verify.result.n_findings, 1);
	cr_expect(finds(&bench->verify.result, "checksum", "table U"));
	bench_free(bench);
}

Test(verify, ends_a_walk_that_leads_back)
{
	struct bench *bench = bench_new();

	bench->store.looped = true;
	cr_expect_eq(run_verify(bench, UINT64_MAX), VERIFY_DONE);
	cr_expect_eq(bench->verify.result.n_findings, 1);
	cr_expect(finds(&bench->verify.result, "checksum", "business 1"));
	cr_expect_eq(bench->verify.result.n_checked, bench->store.n);
	bench_free(bench);
}

Test(verify, ends_with_the_error_of_its_source)
{
	struct bench *bench = bench_new();
	int n_reads = 1;

	for (;; n_reads++) {
		bench->store.fail_after = n_reads;
		int result = run_verify(bench, UINT64_MAX);

		cr_expect_eq(bench->verify.result.n_findings, 0, "read %d", n_reads);
		if (result == VERIFY_DONE)
			break;
		cr_expect_eq(result, PP_ERR_IO, "read %d", n_reads);
		cr_expect_eq(verify_step(&bench->verify, 1), PP_ERR_IO);
	}
	cr_expect_gt((size_t)n_reads, bench->store.n);
	bench_free(bench);
}

/* ---- More coupons than fit the scratch buffer ---- */

enum { MANY = 70 };

/*
 * Kim buys MANY free coupons of business 2, the n-th of them n % 3 + 1 times; every fifth purchase
 * is refunded and its piece given back.
 */
static void buy_many(struct bench *bench)
{
	for (uint64_t n = 2; n < 2 + MANY; n++) {
		char name[32];
		struct pp_terms terms = { .name = name,
			.has_price_coins = true,
			.refund_policy = PP_REFUND_POLICY_RETURN_STOCK };

		snprintf(name, sizeof(name), "Free of charge %d", (int)n);
		execute(bench, (struct pp_request) { .kind = PP_KIND_CREATE_COUPON,
				       .acting_user = 2,
				       .u.create_coupon = { .business_id = 2, .terms = &terms } });
	}
	for (uint64_t round = 0; round < 3; round++)
		for (uint64_t n = 2 + MANY; n-- > 2;)
			if (n % 3 >= round)
				execute(bench,
					(struct pp_request) { .kind = PP_KIND_PURCHASE_COUPON,
						.acting_user = 4,
						.u.purchase_coupon = {
							.coupon_id = 2000000 + n, .version = 1 } });
	for (uint64_t id = 17; id < 17 + MANY; id += 5)
		execute(bench, (struct pp_request) { .kind = PP_KIND_REFUND_PURCHASE,
				       .u.refund_purchase.purchase_id = id });
}

static void put_count(struct bench *bench, uint64_t coupon_id, uint64_t n_purchases)
{
	struct count_record record = { .n_purchases = n_purchases };
	struct byte_writer writer;
	uint8_t bytes[64];
	struct key key;

	key_of_count(4, coupon_id, &key);
	byte_writer_init(&writer, bytes, sizeof(bytes));
	record_count_encode(&record, &writer);
	little_store_put(&bench->store, &key, byte_writer_span(&writer));
}

static void put_sold(struct bench *bench, uint64_t coupon_id, int64_t sold)
{
	struct coupon_record record;
	struct byte_writer writer;
	uint8_t bytes[128];
	struct key key;

	key_of_coupon(coupon_id, &key);
	cr_assert(
		record_coupon_decode(little_store_find(&bench->store, &key)->value, NULL, &record));
	record.sold = sold;
	byte_writer_init(&writer, bytes, sizeof(bytes));
	record_coupon_encode(&record, &writer);
	little_store_put(&bench->store, &key, byte_writer_span(&writer));
}

Test(verify, counts_more_coupons_than_fit_its_scratch)
{
	struct bench *bench = bench_new();
	struct verify_result *result = &bench->verify.result;

	cr_assert_gt(MANY * sizeof(struct verify_tally_item), 2 * sizeof(bench->scratch));
	buy_many(bench);
	cr_expect_eq(run_verify(bench, 3), VERIFY_DONE);
	cr_expect_eq(result->n_findings, 0);
	cr_expect_eq(result->n_checked, bench->store.n);
	print_findings(result);

	put_count(bench, 2000003, 9);
	put_count(bench, 2000069, 9);
	put_count(bench, 2000099, 9);
	put_sold(bench, 2000002, 7);
	put_sold(bench, 2000035, 7);
	put_sold(bench, 2000071, 7);
	cr_expect_eq(run_verify(bench, 3), VERIFY_DONE);
	cr_expect_eq(result->n_findings, 6);
	cr_expect(finds(result, "counter", "user 4 coupon 2000003"));
	cr_expect(finds(result, "counter", "user 4 coupon 2000069"));
	cr_expect(finds(result, "counter", "user 4 coupon 2000099"));
	cr_expect(finds(result, "stock", "coupon 2000002"));
	cr_expect(finds(result, "stock", "coupon 2000035"));
	cr_expect(finds(result, "stock", "coupon 2000071"));
	bench_free(bench);
}

Test(verify, keeps_the_first_findings_and_counts_all)
{
	struct bench *bench = bench_new();

	buy_many(bench);
	for (uint64_t n = 2; n < 2 + MANY; n++)
		put_sold(bench, 2000000 + n, 9);
	cr_expect_eq(run_verify(bench, UINT64_MAX), VERIFY_DONE);
	cr_expect_eq(bench->verify.result.n_findings, MANY);
	cr_expect_eq(bench->verify.result.n_shown, PP_FINDINGS_MAX);
	cr_expect_str_eq(bench->verify.result.findings[0].subject, "coupon 2000002");
	cr_expect_str_eq(
		bench->verify.result.findings[PP_FINDINGS_MAX - 1].subject, "coupon 2000065");
	bench_free(bench);
}
