#include <criterion/criterion.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "domain/rules/record.h"
#include "domain/rules/text.h"

static struct decision *decision_new(void)
{
	struct decision *decision = malloc(sizeof(*decision));
	struct decide_context context = { .now_ms = 1, .revision = 2 };

	cr_assert(decision != NULL);
	decision_begin(decision, &context, NULL, NULL, NULL);
	return decision;
}

static struct key key_of(uint64_t n)
{
	struct key key;

	key_of_user(n, &key);
	return key;
}

Test(step, asks_waits_and_finds_its_answers_again)
{
	struct decision *decision = decision_new();
	struct key one = key_of(1);
	struct key two = key_of(2);
	struct span value = { 0 };

	cr_expect(!decision_pending(decision));
	cr_expect_eq(decision_load(decision, &one, &value), LOADED_PENDING);
	cr_expect_eq(decision_load(decision, &two, &value), LOADED_PENDING);
	cr_expect(decision_pending(decision) && decision->n_slots == 2);
	decision->slots[0].loaded = decision->slots[1].loaded = true;
	decision->slots[0].present = true;
	decision->slots[0].value = (struct span) { (const uint8_t *)"x", 1 };
	decision_rewind(decision);
	cr_expect_eq(decision_load(decision, &one, &value), LOADED_PRESENT);
	cr_expect(value.len == 1 && value.data[0] == 'x');
	cr_expect_eq(decision_load(decision, &two, &value), LOADED_ABSENT);
	cr_expect(!decision_pending(decision) && decision->n_slots == 2);
	free(decision);
}

Test(step, is_bounded_in_slots_and_bytes)
{
	struct decision *decision = decision_new();
	struct span value;

	for (uint64_t i = 0; i < DECISION_SLOTS_MAX; i++) {
		struct key key = key_of(i);
		cr_assert_eq(decision_load(decision, &key, &value), LOADED_PENDING);
	}
	struct key last = key_of(DECISION_SLOTS_MAX);
	cr_expect_eq(decision_load(decision, &last, &value), LOADED_TOO_MANY);
	cr_expect(decision_reserve(decision, DECISION_BYTES_MAX - 1) != NULL);
	cr_expect(decision_reserve(decision, 2) == NULL);
	cr_expect(decision_reserve(decision, 1) != NULL);
	cr_expect(decision_reserve(decision, 1) == NULL);
	free(decision);
}

Test(step, refuses_other_questions_in_the_second_run, .signal = SIGABRT)
{
	struct decision *decision = decision_new();
	struct key one = key_of(1);
	struct key two = key_of(2);
	struct span value;

	enum loaded first = decision_load(decision, &one, &value);
	decision_rewind(decision);
	cr_assert_eq(decision_load(decision, &two, &value), first);
}

Test(step, refuses_two_writes_of_one_key, .signal = SIGABRT)
{
	struct decision *decision = decision_new();
	struct key one = key_of(1);
	struct span value = { decision_reserve(decision, 1), 1 };

	decision_put(decision, &one, value, false);
	decision_put(decision, &one, value, false);
}

Test(step, refuses_values_from_elsewhere, .signal = SIGABRT)
{
	struct decision *decision = decision_new();
	struct key one = key_of(1);

	decision_put(decision, &one, (struct span) { (const uint8_t *)"x", 1 }, false);
}

Test(text, of_times_ids_and_codes)
{
	static const struct {
		int64_t time_ms;
		const char *text;
	} rows[] = { { 0, "1970-01-01T00:00:00.000Z" },
		{ 951782400123, "2000-02-29T00:00:00.123Z" },
		{ 1795503600000, "2026-11-24T07:00:00.000Z" },
		{ 4107542399999, "2100-02-28T23:59:59.999Z" },
		{ 4107542400000, "2100-03-01T00:00:00.000Z" },
		{ 253402300799999, "9999-12-31T23:59:59.999Z" },
		{ 253402300800000, "253402300800000" }, { INT64_MAX, "9223372036854775807" },
		{ -1, "-1" } };
	const struct pp_uuid uuid = { { 0x01, 0x92, 0xe4, 0xa0, 0x5b, 0x3c, 0x7d, 0xef, 0x81, 0x23,
		0x45, 0x67, 0x89, 0xab, 0xcd, 0xef } };

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		cr_expect_str_eq(TIME_TEXT(rows[i].time_ms), rows[i].text);
	cr_expect_str_eq(UUID_TEXT(&uuid), "0192e4a0-5b3c-7def-8123-456789abcdef");
	cr_expect_str_eq(text_of_code(0).text, "0000-0000-0000");
	cr_expect_str_eq(text_of_code((UINT64_C(1) << 60) - 1).text, "ZZZZ-ZZZZ-ZZZZ");
	cr_expect_str_eq(text_of_code(18).text, "0000-0000-000J");
	cr_expect_str_eq(text_of_code(UINT64_C(1) << 55).text, "1000-0000-0000");
}
