/* Blocks of memory that are used again: between a frame and its reply nobody calls malloc. */
#ifndef BASE_BLOCKS_H
#define BASE_BLOCKS_H

#include <pthread.h>

#include "base/base.h"

enum {
	BLOCK_BYTES = 4096,
	BLOCK_CLASSES = 16, /* 1 to 16 times that; larger ones are malloc's at once */
};

/*
 * Free blocks, by size, up to a limit of bytes; what is given beyond that goes back to malloc. Any
 * thread: it is locked for a push or a pop. Memory that is out is not counted: whoever takes it
 * has a budget of its own.
 */
struct blocks {
	size_t n_bytes_max;
	pthread_mutex_t lock; /* guards what follows */
	size_t n_bytes;
	void *first[BLOCK_CLASSES]; /* each block begins with the address of the next */
};

void blocks_init(struct blocks *blocks, size_t n_bytes_max);
/* Puts so many blocks of the smallest size into it, or fewer when malloc or the limit gives out. */
void blocks_fill(struct blocks *blocks, size_t n);
/* Frees what is kept. Nothing may be given to it afterwards. */
void blocks_free(struct blocks *blocks);
/* `size` bytes, uninitialised, a multiple of BLOCK_BYTES; NULL when malloc gives out. */
void *blocks_take(struct blocks *blocks, size_t size) MUST_CHECK;
/* Takes back what blocks_take gave for the same size. */
void blocks_give(struct blocks *blocks, void *block, size_t size);
/* `size` rounded up to what blocks_take takes. */
size_t blocks_round(size_t size);

#endif
