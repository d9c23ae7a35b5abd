#include <criterion/criterion.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "domain/rules/record.h"

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

/* Knows user 1; cannot look for user 3. */
static int fetch(void *context, struct slot *slot)
{
	struct key one = key_of(1);
	struct key three = key_of(3);
	uint32_t *n_fetched = context;

	++*n_fetched;
	if (memcmp(slot->key.bytes, three.bytes, three.len) == 0)
		return PP_ERR_IO;
	slot->present = memcmp(slot->key.bytes, one.bytes, one.len) == 0;
	if (slot->present)
		slot->value = (struct span) { (const uint8_t *)"x", 1 };
	return 0;
}

Test(step, answers_at_once_what_can_be_fetched)
{
	struct decision *decision = decision_new();
	struct span value = { 0 };
	uint32_t n_fetched = 0;
	struct key keys[] = { key_of(1), key_of(2) };

	decision_fetch_with(decision, fetch, &n_fetched);
	for (int run = 0; run < 2; run++) {
		value.len = 0;
		cr_expect_eq(decision_load(decision, &keys[0], &value), LOADED_PRESENT);
		cr_expect(value.len == 1 && value.data[0] == 'x');
		cr_expect_eq(decision_load(decision, &keys[1], &value), LOADED_ABSENT);
		cr_expect(!decision_pending(decision) && decision->error == 0);
		cr_expect(decision->n_slots == 2 && n_fetched == 2);
		decision_rewind(decision);
	}
	decision_begin(decision, &decision->context, NULL, NULL, NULL);
	cr_expect_eq(decision_load(decision, &keys[0], &value), LOADED_PENDING);
	cr_expect_eq(n_fetched, 2);
	free(decision);
}

Test(step, asks_nothing_more_once_a_fetch_failed)
{
	struct decision *decision = decision_new();
	struct span value = { 0 };
	uint32_t n_fetched = 0;
	struct key one = key_of(1);
	struct key three = key_of(3);

	decision_fetch_with(decision, fetch, &n_fetched);
	cr_expect_eq(decision_load(decision, &one, &value), LOADED_PRESENT);
	cr_expect_eq(decision_load(decision, &three, &value), LOADED_PENDING);
	cr_expect_eq(decision_load(decision, &one, &value), LOADED_PENDING);
	cr_expect(decision_pending(decision));
	cr_expect_eq(decision->error, PP_ERR_IO);
	cr_expect_eq(n_fetched, 2);
	decision_begin(decision, &decision->context, NULL, NULL, NULL);
	cr_expect_eq(decision->error, 0);
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
