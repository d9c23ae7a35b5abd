#include "base/arena.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct arena_chunk {
	struct arena_chunk *next;
	size_t size; /* usable bytes that follow */
	size_t used;
	alignas(max_align_t) uint8_t bytes[];
};

static bool budget_take(struct arena_budget *budget, size_t size)
{
	if (budget == NULL)
		return true;
	if (atomic_fetch_add(&budget->used, size) + size <= budget->limit)
		return true;
	atomic_fetch_sub(&budget->used, size);
	return false;
}

static void budget_return(struct arena_budget *budget, size_t size)
{
	if (budget != NULL)
		atomic_fetch_sub(&budget->used, size);
}

static size_t round_up(size_t size, size_t unit)
{
	return (size + unit - 1) / unit * unit;
}

void arena_init(struct arena *arena, size_t limit, struct arena_budget *budget)
{
	*arena = (struct arena) { .budget = budget, .limit = round_up(limit, ARENA_CHUNK_BYTES) };
}

void arena_init_with(struct arena *arena, size_t limit, const struct pp_allocator *allocator)
{
	arena_init(arena, limit, NULL);
	arena->allocator = allocator;
}

void arena_init_blocks(
	struct arena *arena, size_t limit, struct arena_budget *budget, struct blocks *blocks)
{
	arena_init(arena, limit, budget);
	arena->blocks = blocks;
}

/* Of a pooled arena's first chunk, which it keeps, nobody else could make use. */
static void *take_memory(struct arena *arena, size_t size)
{
	bool shared = arena->blocks != NULL && arena->first != NULL;

	return shared ? blocks_take(arena->blocks, size) : mem_alloc(arena->allocator, size);
}

static void give_memory(struct arena *arena, struct arena_chunk *chunk, size_t size)
{
	if (arena->blocks != NULL && chunk != arena->first)
		blocks_give(arena->blocks, chunk, size);
	else
		mem_free(arena->allocator, chunk);
}

static void chunks_free(struct arena *arena, struct arena_chunk *chunk)
{
	while (chunk != NULL) {
		struct arena_chunk *next = chunk->next;
		size_t total = sizeof(*chunk) + chunk->size;
		arena->used -= total;
		budget_return(arena->budget, total);
		give_memory(arena, chunk, total);
		chunk = next;
	}
}

void arena_reset(struct arena *arena)
{
	arena->starved = false;
	if (arena->first == NULL)
		return;
	if (arena->first->size > ARENA_CHUNK_BYTES) {
		arena_free(arena);
		return;
	}
	chunks_free(arena, arena->first->next);
	arena->first->next = NULL;
	arena->first->used = 0;
	arena->last = arena->first;
}

void arena_free(struct arena *arena)
{
	chunks_free(arena, arena->first);
	arena->starved = false;
	arena->first = NULL;
	arena->last = NULL;
}

static struct arena_chunk *chunk_new(struct arena *arena, size_t size)
{
	size_t total = round_up(sizeof(struct arena_chunk) + size, ARENA_CHUNK_BYTES);

	if (total > arena->limit - arena->used)
		return NULL;
	struct arena_chunk *chunk = NULL;
	if (budget_take(arena->budget, total)) {
		chunk = take_memory(arena, total);
		if (chunk == NULL)
			budget_return(arena->budget, total);
	}
	if (chunk == NULL) {
		arena->starved = true;
		return NULL;
	}
	chunk->next = NULL;
	chunk->size = total - sizeof(*chunk);
	chunk->used = 0;
	arena->used += total;
	if (arena->last == NULL)
		arena->first = chunk;
	else
		arena->last->next = chunk;
	arena->last = chunk;
	return chunk;
}

void *arena_alloc(struct arena *arena, size_t size)
{
	if (size > arena->limit)
		return NULL;
	size = round_up(size == 0 ? 1 : size, alignof(max_align_t));
	struct arena_chunk *chunk = arena->last;
	if (chunk == NULL || chunk->size - chunk->used < size)
		chunk = chunk_new(arena, size);
	if (chunk == NULL)
		return NULL;
	void *bytes = chunk->bytes + chunk->used;
	chunk->used += size;
	return bytes;
}

void *arena_zalloc(struct arena *arena, size_t size)
{
	void *bytes = arena_alloc(arena, size);

	if (bytes != NULL)
		memset(bytes, 0, size);
	return bytes;
}

void *arena_copy(struct arena *arena, const void *data, size_t len)
{
	uint8_t *bytes = arena_alloc(arena, len + 1);

	if (bytes == NULL)
		return NULL;
	if (len > 0)
		memcpy(bytes, data, len);
	bytes[len] = 0;
	return bytes;
}

char *arena_printf(struct arena *arena, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	int len = vsnprintf(NULL, 0, format, args);
	va_end(args);
	ASSERT(len >= 0);
	char *text = arena_alloc(arena, (size_t)len + 1);
	if (text == NULL)
		return NULL;
	va_start(args, format);
	vsnprintf(text, (size_t)len + 1, format, args);
	va_end(args);
	return text;
}
