/* A bounded bump allocator: chunks from a shared budget, freed all at once. */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stdatomic.h>

#include "base/alloc.h"
#include "base/base.h"
#include "base/blocks.h"

/* How many chunk bytes all arenas of a process may hold together. Thread-safe. */
struct arena_budget {
	atomic_size_t used;
	size_t limit;
};

struct arena_chunk;

/*
 * Belongs to one thread at a time. The first chunk is kept over a reset, and others may come from
 * blocks that are used again: so a pooled arena in steady state calls malloc never.
 */
struct arena {
	struct arena_chunk *first;
	struct arena_chunk *last;
	struct arena_budget *budget;          /* borrowed; NULL: unbudgeted */
	const struct pp_allocator *allocator; /* borrowed; NULL: the C library's */
	struct blocks *blocks; /* borrowed, for all chunks but the first; NULL: the allocator */
	size_t used;           /* chunk bytes held */
	size_t limit;          /* chunk bytes this arena may hold */
	bool starved; /* since the last reset its budget or malloc gave out, not its own limit */
};

enum { ARENA_CHUNK_BYTES = BLOCK_BYTES };

/* `limit` in bytes, rounded up to whole chunks. Allocates nothing yet. */
void arena_init(struct arena *arena, size_t limit, struct arena_budget *budget);
/* The same without a budget, with chunks from an allocator, which must outlive the arena. */
void arena_init_with(struct arena *arena, size_t limit, const struct pp_allocator *allocator);
/* As arena_init, with all chunks but the first from `blocks`, which must outlive the arena. */
void arena_init_blocks(
	struct arena *arena, size_t limit, struct arena_budget *budget, struct blocks *blocks);
/* Forgets everything but the first chunk, and that too when it is larger than usual. */
void arena_reset(struct arena *arena);
/* Gives everything back. The arena may be used again as after init. */
void arena_free(struct arena *arena);
/* `size` bytes for any type, uninitialised, owned by the arena; NULL when a limit is met. */
void *arena_alloc(struct arena *arena, size_t size) MUST_CHECK;
void *arena_zalloc(struct arena *arena, size_t size) MUST_CHECK;
/* A copy of the bytes; a NUL follows them, so that text can be used as a C string. */
void *arena_copy(struct arena *arena, const void *data, size_t len) MUST_CHECK;
/* A formatted NUL-terminated string. */
char *arena_printf(struct arena *arena, const char *format, ...) MUST_CHECK PRINTF_LIKE(2, 3);

#endif
