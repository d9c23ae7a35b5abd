#include "meter.h"

#include <stdbool.h>
#include <stdlib.h>

#include "base/base.h"

static bool meter_fails(struct meter *meter)
{
	return atomic_fetch_add(&meter->n_asked, 1) + 1 == meter->fail_at;
}

static void *meter_alloc(void *user, size_t size)
{
	struct meter *meter = user;

	if (meter_fails(meter))
		return NULL;
	atomic_fetch_add(&meter->n_held, 1);
	/* What is not written is not zero. */
	uint8_t *memory = malloc(size);
	ASSERT(memory != NULL);
	for (size_t i = 0; i < size; i++)
		memory[i] = 0xa5;
	return memory;
}

static void *meter_realloc(void *user, void *memory, size_t size)
{
	struct meter *meter = user;

	if (memory == NULL)
		return meter_alloc(user, size);
	return meter_fails(meter) ? NULL : realloc(memory, size);
}

static void meter_release(void *user, void *memory)
{
	struct meter *meter = user;

	ASSERT(memory != NULL);
	atomic_fetch_sub(&meter->n_held, 1);
	free(memory);
}

struct pp_allocator meter_allocator(struct meter *meter)
{
	return (struct pp_allocator) {
		.alloc = meter_alloc,
		.realloc = meter_realloc,
		.release = meter_release,
		.user = meter,
	};
}
