#include "base/blocks.h"

#include <stdlib.h>
#include <string.h>

void blocks_init(struct blocks *blocks, size_t n_bytes_max)
{
	*blocks = (struct blocks) { .n_bytes_max = n_bytes_max };
	pthread_mutex_init(&blocks->lock, NULL);
}

void blocks_free(struct blocks *blocks)
{
	for (size_t i = 0; i < BLOCK_CLASSES; i++) {
		while (blocks->first[i] != NULL) {
			void *block = blocks->first[i];
			memcpy(&blocks->first[i], block, sizeof(block));
			free(block);
		}
	}
	pthread_mutex_destroy(&blocks->lock);
}

void blocks_fill(struct blocks *blocks, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		void *block = malloc(BLOCK_BYTES);
		if (block == NULL)
			return;
		blocks_give(blocks, block, BLOCK_BYTES);
	}
}

size_t blocks_round(size_t size)
{
	return (size + BLOCK_BYTES - 1) / BLOCK_BYTES * BLOCK_BYTES;
}

/* BLOCK_CLASSES or more: not kept. */
static size_t class_of(size_t size)
{
	ASSERT(size > 0 && size % BLOCK_BYTES == 0);
	return size / BLOCK_BYTES - 1;
}

void *blocks_take(struct blocks *blocks, size_t size)
{
	size_t class = class_of(size);
	void *block = NULL;

	if (class < BLOCK_CLASSES) {
		pthread_mutex_lock(&blocks->lock);
		block = blocks->first[class];
		if (block != NULL) {
			memcpy(&blocks->first[class], block, sizeof(block));
			blocks->n_bytes -= size;
		}
		pthread_mutex_unlock(&blocks->lock);
	}
	return block != NULL ? block : malloc(size);
}

void blocks_give(struct blocks *blocks, void *block, size_t size)
{
	size_t class = class_of(size);
	bool kept = false;

	if (class < BLOCK_CLASSES) {
		pthread_mutex_lock(&blocks->lock);
		kept = blocks->n_bytes + size <= blocks->n_bytes_max;
		if (kept) {
			memcpy(block, &blocks->first[class], sizeof(block));
			blocks->first[class] = block;
			blocks->n_bytes += size;
		}
		pthread_mutex_unlock(&blocks->lock);
	}
	if (!kept)
		free(block);
}
