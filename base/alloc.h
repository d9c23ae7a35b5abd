/* Memory from an allocator that may be the program's own. */
#ifndef BASE_ALLOC_H
#define BASE_ALLOC_H

#include "base/base.h"
#include "peakpeeps/alloc.h"

/* Whether it is NULL, or has all of its functions or none. */
bool allocator_valid(const struct pp_allocator *allocator) MUST_CHECK;
/* A copy of a valid one; all zero, which stands for the C library, when it is NULL. */
struct pp_allocator allocator_copy(const struct pp_allocator *allocator);

/* As malloc, calloc of one thing, realloc and free; NULL and all zero: those of the C library. */
void *mem_alloc(const struct pp_allocator *allocator, size_t size) MUST_CHECK;
void *mem_zalloc(const struct pp_allocator *allocator, size_t size) MUST_CHECK;
void *mem_realloc(const struct pp_allocator *allocator, void *memory, size_t size) MUST_CHECK;
void mem_free(const struct pp_allocator *allocator, void *memory);

#endif
