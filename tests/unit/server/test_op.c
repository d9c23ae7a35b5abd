/* The pool of ops: nobody starves, nobody takes all, nothing is lost. */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "proto/limits.h"
#include "server/op.h"

static struct arena_budget budget = { .limit = 64 * 1024 * 1024 };
static struct blocks blocks = { .lock = PTHREAD_MUTEX_INITIALIZER }; /* keeps nothing */

/* All ops of a test, so that they can be given back. */
static struct op *taken[100000];
static size_t n_taken;

static bool take(struct op_pool *pool, struct op_holder *holder)
{
	struct op *op = op_new(pool, holder);

	if (op != NULL)
		taken[n_taken++] = op;
	return op != NULL;
}

static void give_all_back(struct op_pool *pool)
{
	while (n_taken > 0)
		op_free(pool, taken[--n_taken]);
	op_pool_free(pool);
	cr_assert_eq(atomic_load(&budget.used), 0);
}

Test(op, gives_a_lone_holder_half_of_what_is_shared)
{
	struct op_pool pool;
	struct op_holder greedy = { 0 };

	op_pool_init(&pool, &budget, &blocks, 0, 1100, 100);
	while (take(&pool, &greedy))
		;
	/* Its first one, and half of the 1 000 that are not reserved. */
	cr_assert_eq(greedy.n_ops, 501);
	cr_assert_eq(op_pool_room(&pool, &greedy), OP_NO_ROOM);
	give_all_back(&pool);
}

Test(op, shares_fairly_among_greedy_holders)
{
	struct op_pool pool;
	struct op_holder greedy[9] = { 0 };
	bool any = true;

	op_pool_init(&pool, &budget, &blocks, 0, 1100, 100);
	while (any) {
		any = false;
		for (size_t i = 0; i < ARRAY_LEN(greedy); i++)
			any = take(&pool, &greedy[i]) || any;
	}
	for (size_t i = 0; i < ARRAY_LEN(greedy); i++)
		cr_assert(greedy[i].n_ops >= 100 && greedy[i].n_ops <= 102, "%u", greedy[i].n_ops);
	give_all_back(&pool);
}

Test(op, keeps_the_first_op_of_every_holder_free)
{
	struct op_pool pool;
	struct op_holder greedy[20] = { 0 };
	struct op_holder late[80] = { 0 };

	op_pool_init(&pool, &budget, &blocks, 0, 500, 100);
	for (size_t i = 0; i < ARRAY_LEN(greedy); i++) {
		while (take(&pool, &greedy[i]))
			;
	}
	for (size_t i = 0; i < ARRAY_LEN(late); i++)
		cr_assert(take(&pool, &late[i]), "holder %zu starves", i);
	cr_assert_leq(pool.n_used, 500);
	give_all_back(&pool);
}

Test(op, gives_room_back_to_those_who_waited)
{
	struct op_pool pool;
	struct op_holder a = { 0 };
	struct op_holder b = { 0 };

	op_pool_init(&pool, &budget, &blocks, 0, 110, 10);
	while (take(&pool, &a))
		;
	uint32_t n_alone = a.n_ops;
	while (take(&pool, &b))
		;
	uint32_t n_second = b.n_ops;
	cr_assert_lt(n_second, n_alone);
	for (size_t i = 0; i < n_alone; i++) {
		cr_assert_eq(taken[i]->holder, &a);
		op_free(&pool, taken[i]);
		taken[i] = NULL;
	}
	size_t first_of_b = n_alone;
	while (take(&pool, &b))
		;
	cr_assert_gt(b.n_ops, n_second);
	for (size_t i = first_of_b; i < n_taken; i++)
		op_free(&pool, taken[i]);
	n_taken = 0;
	give_all_back(&pool);
}

Test(op, refuses_while_memory_is_short_and_gives_it_back)
{
	struct op_pool pool;
	struct arena_budget small = { .limit = 1024 * 1024 };
	struct op_holder holder = { 0 };

	op_pool_init(&pool, &small, &blocks, 600 * 1024, 100, 10);
	for (int i = 0; i < 2; i++) {
		struct op *op = op_new(&pool, &holder);
		cr_assert_not_null(op);
		taken[n_taken++] = op;
		cr_assert_not_null(arena_alloc(&op->arena, 230 * 1024));
	}
	cr_assert_eq(op_pool_room(&pool, &holder), OP_NO_MEMORY);
	/* Who was told of room just before still gets it. */
	struct op *late = op_new(&pool, &holder);
	cr_assert_not_null(late);
	op_free(&pool, late);
	op_free(&pool, taken[--n_taken]);
	cr_assert_eq(op_pool_room(&pool, &holder), OP_ROOM);
	op_free(&pool, taken[--n_taken]);
	op_pool_free(&pool);
	cr_assert_eq(atomic_load(&small.used), 0);
}

Test(op, is_clean_when_it_is_used_again)
{
	struct op_pool pool;
	struct op_holder holder = { 0 };

	op_pool_init(&pool, &budget, &blocks, 0, 100, 10);
	struct op *op = op_new(&pool, &holder);
	cr_assert_not_null(op);
	op->request.seq = 7;
	op_refuse(op, PP_REASON_OVERLOADED, 100, "no");
	op_free(&pool, op);
	struct op *again = op_new(&pool, &holder);
	cr_assert_eq(again, op, "not taken from the spare ones");
	cr_assert_eq(again->request.seq, 0);
	cr_assert_null(again->response.status);
	op_free(&pool, again);
	op_pool_free(&pool);
}

Test(op, is_never_executed_later_than_its_timeout)
{
	const struct {
		uint32_t timeout_ms;
		int64_t passed_ms;
		bool expired;
	} rows[] = {
		{ 0, 1000000, false },
		{ 1, 0, false },
		{ 1, 1, true },
		{ 500, 499, false },
		{ 500, 500, true },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct op op = { .arrival_ms = 77, .request.timeout_ms = rows[i].timeout_ms };
		cr_assert_eq(
			op_is_expired(&op, 77 + rows[i].passed_ms), rows[i].expired, "row %zu", i);
	}
}

Test(op, tells_each_result_of_the_store_by_its_reason)
{
	const struct {
		int result;
		bool starved;
		enum pp_reason reason;
		bool retry;
	} rows[] = {
		{ PP_ERR_STORAGE_FULL, false, PP_REASON_STORAGE_FULL, true },
		{ PP_ERR_BUSY, false, PP_REASON_OVERLOADED, true },
		{ PP_ERR_CORRUPT, false, PP_REASON_DATA_CORRUPT, false },
		{ PP_ERR_TOO_BIG, false, PP_REASON_FIELD_INVALID, false },
		{ PP_ERR_TOO_BIG, true, PP_REASON_OVERLOADED, true },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct op op = { .store.result = rows[i].result,
			.arena.starved = rows[i].starved,
			.response.replayed = true };
		op_refuse_result(&op);
		cr_assert_eq(op.response.status->reason, rows[i].reason, "row %zu", i);
		cr_assert_eq(op.response.status->code, pp_reason_code(rows[i].reason));
		cr_assert_eq(op.response.status->retry_after_ms > 0, rows[i].retry);
		cr_assert(op.response.status->not_executed);
		cr_assert_not(op.response.replayed);
	}
}
