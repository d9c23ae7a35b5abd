/* Bounds, budget and reset of the arena. */
#include "base/arena.h"

#include <criterion/criterion.h>
#include <stdalign.h>
#include <string.h>
#include <threads.h>

Test(arena, allocates_nothing_before_it_is_used)
{
	struct arena_budget budget = { .limit = 1 << 20 };
	struct arena arena;

	arena_init(&arena, 1 << 20, &budget);
	cr_assert_eq(budget.used, 0);
	cr_assert_eq(arena.used, 0);
	arena_reset(&arena);
	arena_free(&arena);
	cr_assert_eq(budget.used, 0);
}

Test(arena, gives_aligned_memory_that_does_not_overlap)
{
	struct arena arena;
	uint8_t *given[200];

	arena_init(&arena, 1 << 20, NULL);
	for (size_t i = 0; i < ARRAY_LEN(given); i++) {
		given[i] = arena_alloc(&arena, i);
		cr_assert_not_null(given[i]);
		cr_assert_eq((uintptr_t)given[i] % alignof(max_align_t), 0);
		memset(given[i], (int)i, i);
	}
	for (size_t i = 0; i < ARRAY_LEN(given); i++) {
		for (size_t j = 0; j < i; j++)
			cr_assert_eq(given[i][j], (uint8_t)i);
		for (size_t j = 0; j < i; j++)
			cr_assert_neq(given[i], given[j]);
	}
	arena_free(&arena);
}

Test(arena, keeps_its_limit)
{
	static const size_t sizes[] = { 1, 16, 100, 1000, 4000, 5000, 20000 };

	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		struct arena arena;
		size_t total = 0;
		arena_init(&arena, 64 * 1024, NULL);
		while (arena_alloc(&arena, sizes[i]) != NULL) {
			total += sizes[i];
			cr_assert_leq(arena.used, 64 * 1024);
		}
		cr_assert_leq(total, 64 * 1024);
		/* What rounding and the heads of chunks take is bounded too. */
		cr_assert_geq(
			total, sizes[i] < 16 ? 3 * 1024 : 36 * 1024, "%zu: %zu", sizes[i], total);
		arena_free(&arena);
		cr_assert_eq(arena.used, 0);
	}
}

Test(arena, refuses_absurd_sizes)
{
	static const size_t sizes[] = { SIZE_MAX, SIZE_MAX - 15, SIZE_MAX - 4096, SIZE_MAX / 2,
		64 * 1024, 64 * 1024 - 1, 64 * 1024 + 1 };
	struct arena arena;

	arena_init(&arena, 64 * 1024, NULL);
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++)
		cr_assert_null(arena_alloc(&arena, sizes[i]), "%zu", sizes[i]);
	cr_assert_eq(arena.used, 0);
	cr_assert_not_null(arena_alloc(&arena, 0));
	arena_free(&arena);
}

Test(arena, limit_of_zero_gives_nothing)
{
	struct arena arena;

	arena_init(&arena, 0, NULL);
	cr_assert_null(arena_alloc(&arena, 1));
	cr_assert_null(arena_alloc(&arena, 0));
	cr_assert_null(arena_printf(&arena, "%d", 5));
	arena_reset(&arena);
	arena_free(&arena);
}

Test(arena, reset_keeps_the_first_chunk)
{
	struct arena_budget budget = { .limit = 1 << 20 };
	struct arena arena;

	arena_init(&arena, 1 << 20, &budget);
	void *first = arena_alloc(&arena, 100);
	for (size_t i = 0; i < 100; i++)
		cr_assert_not_null(arena_alloc(&arena, 1000));
	cr_assert_gt(budget.used, 100000);
	arena_reset(&arena);
	cr_assert_eq(budget.used, ARENA_CHUNK_BYTES);
	cr_assert_eq(arena.used, ARENA_CHUNK_BYTES);
	cr_assert_eq(arena_alloc(&arena, 100), first);
	arena_free(&arena);
	cr_assert_eq(budget.used, 0);
}

Test(arena, reset_gives_a_large_first_chunk_back)
{
	struct arena_budget budget = { .limit = 1 << 20 };
	struct arena arena;

	arena_init(&arena, 1 << 20, &budget);
	cr_assert_not_null(arena_alloc(&arena, 100000));
	arena_reset(&arena);
	cr_assert_eq(budget.used, 0);
	cr_assert_not_null(arena_alloc(&arena, 10));
	arena_free(&arena);
}

Test(arena, budget_is_shared)
{
	struct arena_budget budget = { .limit = 4 * ARENA_CHUNK_BYTES };
	struct arena arenas[5];

	for (size_t i = 0; i < ARRAY_LEN(arenas); i++) {
		arena_init(&arenas[i], 1 << 20, &budget);
		cr_assert_eq(arena_alloc(&arenas[i], 1) != NULL, i < 4);
	}
	arena_free(&arenas[0]);
	cr_assert_not_null(arena_alloc(&arenas[4], 1));
	cr_assert_null(arena_alloc(&arenas[0], 1));
	for (size_t i = 0; i < ARRAY_LEN(arenas); i++)
		arena_free(&arenas[i]);
	cr_assert_eq(budget.used, 0);
}

Test(arena, tells_a_spent_budget_from_its_own_limit)
{
	struct arena_budget budget = { .limit = 2 * ARENA_CHUNK_BYTES };
	struct arena small;
	struct arena large;

	arena_init(&small, ARENA_CHUNK_BYTES, &budget);
	arena_init(&large, 1 << 20, &budget);
	cr_assert_not_null(arena_alloc(&small, 1));
	cr_assert_null(arena_alloc(&small, ARENA_CHUNK_BYTES - 1));
	cr_assert_not(small.starved);
	cr_assert_null(arena_alloc(&large, 2 * ARENA_CHUNK_BYTES));
	cr_assert(large.starved);
	arena_reset(&large);
	cr_assert_not(large.starved);
	arena_free(&small);
	arena_free(&large);
}

static int use_budget(void *budget)
{
	for (size_t i = 0; i < 2000; i++) {
		struct arena arena;
		arena_init(&arena, 1 << 20, budget);
		for (size_t n = 0; n < 5; n++)
			(void)!arena_alloc(&arena, 3000);
		arena_free(&arena);
	}
	return 0;
}

Test(arena, budget_survives_threads)
{
	struct arena_budget budget = { .limit = 8 * ARENA_CHUNK_BYTES };
	thrd_t threads[4];

	for (size_t i = 0; i < ARRAY_LEN(threads); i++)
		cr_assert_eq(thrd_create(&threads[i], use_budget, &budget), thrd_success);
	for (size_t i = 0; i < ARRAY_LEN(threads); i++)
		thrd_join(threads[i], NULL);
	cr_assert_eq(budget.used, 0);
}

Test(arena, copies_end_in_nul)
{
	struct arena arena;

	arena_init(&arena, 1 << 20, NULL);
	cr_assert_str_eq(arena_copy(&arena, "abcdef", 3), "abc");
	cr_assert_str_eq(arena_copy(&arena, NULL, 0), "");
	cr_assert_str_eq(arena_printf(&arena, "%s has %d", "somebody", 30), "somebody has 30");
	cr_assert_str_eq(arena_printf(&arena, "%s", ""), "");
	static char big[10000];
	memset(big, 'x', sizeof(big) - 1);
	cr_assert_str_eq(arena_printf(&arena, "%s", big), big);
	const uint8_t *zeros = arena_zalloc(&arena, 5000);
	for (size_t i = 0; i < 5000; i++)
		cr_assert_eq(zeros[i], 0);
	arena_free(&arena);
}
