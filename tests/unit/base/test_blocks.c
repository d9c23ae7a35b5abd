/* Blocks that are used again: by size, up to a limit. */
#include "base/blocks.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <string.h>

Test(blocks, gives_what_was_given_back_to_those_who_ask_for_the_same_size)
{
	struct blocks blocks;

	blocks_init(&blocks, 1 << 20);
	for (size_t n = 1; n <= BLOCK_CLASSES; n++) {
		void *first = blocks_take(&blocks, n * BLOCK_BYTES);
		void *second = blocks_take(&blocks, n * BLOCK_BYTES);
		memset(first, 0xff, n * BLOCK_BYTES);
		blocks_give(&blocks, second, n * BLOCK_BYTES);
		blocks_give(&blocks, first, n * BLOCK_BYTES);
		cr_assert_eq(blocks.n_bytes, 2 * n * BLOCK_BYTES);
		cr_assert_eq(blocks_take(&blocks, n * BLOCK_BYTES), first);
		cr_assert_eq(blocks_take(&blocks, n * BLOCK_BYTES), second);
		cr_assert_eq(blocks.n_bytes, 0);
		blocks_give(&blocks, first, n * BLOCK_BYTES);
		blocks_give(&blocks, second, n * BLOCK_BYTES);
		cr_assert_eq(blocks_take(&blocks, n * BLOCK_BYTES), second);
		cr_assert_eq(blocks_take(&blocks, n * BLOCK_BYTES), first);
		blocks_give(&blocks, first, n * BLOCK_BYTES);
		blocks_give(&blocks, second, n * BLOCK_BYTES);
		blocks_free(&blocks);
		blocks_init(&blocks, 1 << 20);
	}
	blocks_free(&blocks);
}

Test(blocks, keeps_no_more_than_its_limit_and_none_that_are_large)
{
	struct blocks blocks;
	void *held[8];

	blocks_init(&blocks, 5 * BLOCK_BYTES);
	for (size_t i = 0; i < ARRAY_LEN(held); i++)
		held[i] = blocks_take(&blocks, 2 * BLOCK_BYTES);
	for (size_t i = 0; i < ARRAY_LEN(held); i++)
		blocks_give(&blocks, held[i], 2 * BLOCK_BYTES);
	cr_assert_eq(blocks.n_bytes, 4 * BLOCK_BYTES);
	void *large = blocks_take(&blocks, (BLOCK_CLASSES + 1) * BLOCK_BYTES);
	blocks_give(&blocks, large, (BLOCK_CLASSES + 1) * BLOCK_BYTES);
	cr_assert_eq(blocks.n_bytes, 4 * BLOCK_BYTES);
	blocks_fill(&blocks, 7);
	cr_assert_eq(blocks.n_bytes, 5 * BLOCK_BYTES);
	blocks_free(&blocks);
	cr_assert_eq(blocks_round(1), BLOCK_BYTES);
	cr_assert_eq(blocks_round(BLOCK_BYTES), BLOCK_BYTES);
	cr_assert_eq(blocks_round(BLOCK_BYTES + 1), 2 * BLOCK_BYTES);
}

enum { TURNS = 20000 };

static void *use(void *context)
{
	struct blocks *blocks = context;

	for (int i = 0; i < TURNS; i++) {
		size_t size = (1 + (size_t)i % 3) * BLOCK_BYTES;
		uint8_t *block = blocks_take(blocks, size);
		/* Of nobody else meanwhile. */
		memset(block, i, size);
		for (size_t at = 0; at < size; at += 511)
			ASSERT(block[at] == (uint8_t)i);
		blocks_give(blocks, block, size);
	}
	return NULL;
}

Test(blocks, belong_to_one_thread_while_they_are_out)
{
	struct blocks blocks;
	pthread_t threads[4];

	blocks_init(&blocks, 1 << 20);
	for (size_t i = 0; i < ARRAY_LEN(threads); i++)
		cr_assert_eq(pthread_create(&threads[i], NULL, use, &blocks), 0);
	for (size_t i = 0; i < ARRAY_LEN(threads); i++)
		pthread_join(threads[i], NULL);
	cr_assert_leq(blocks.n_bytes, 12 * 3 * BLOCK_BYTES);
	blocks_free(&blocks);
}
