#include "base/alloc.h"

#include <stdlib.h>
#include <string.h>

bool allocator_valid(const struct pp_allocator *allocator)
{
	if (allocator == NULL)
		return true;
	bool has = allocator->alloc != NULL;
	return (allocator->realloc != NULL) == has && (allocator->release != NULL) == has;
}

struct pp_allocator allocator_copy(const struct pp_allocator *allocator)
{
	if (allocator == NULL)
		return (struct pp_allocator) { 0 };
	ASSERT(allocator_valid(allocator));
	return *allocator;
}

/* Whether it has functions of its own. */
static bool own(const struct pp_allocator *allocator)
{
	return allocator != NULL && allocator->alloc != NULL;
}

void *mem_alloc(const struct pp_allocator *allocator, size_t size)
{
	return own(allocator) ? allocator->alloc(allocator->user, size) : malloc(size);
}

void *mem_zalloc(const struct pp_allocator *allocator, size_t size)
{
	void *memory;

	if (!own(allocator))
		return calloc(1, size);
	memory = allocator->alloc(allocator->user, size);
	if (memory != NULL)
		memset(memory, 0, size);
	return memory;
}

void *mem_realloc(const struct pp_allocator *allocator, void *memory, size_t size)
{
	return own(allocator) ? allocator->realloc(allocator->user, memory, size)
			      : realloc(memory, size);
}

void mem_free(const struct pp_allocator *allocator, void *memory)
{
	if (memory == NULL)
		return;
	if (own(allocator))
		allocator->release(allocator->user, memory);
	else
		free(memory);
}
