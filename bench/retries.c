#include "bench/retries.h"

#include <stdlib.h>

int retries_init(struct retries *retries, size_t size)
{
	retries->n = 0;
	retries->heap = calloc(size, sizeof(*retries->heap));
	return retries->heap == NULL ? PP_ERR_NO_MEMORY : 0;
}

void retries_free(struct retries *retries)
{
	free(retries->heap);
	*retries = (struct retries) { .n = 0 };
}

int64_t retries_due_ns(const struct retries *retries)
{
	return retries->n > 0 ? retries->heap[0].due_ns : INT64_MAX;
}

static void swap(struct retry *a, struct retry *b)
{
	struct retry kept = *a;

	*a = *b;
	*b = kept;
}

void retries_put(struct retries *retries, struct retry retry)
{
	struct retry *heap = retries->heap;
	size_t at = retries->n++;

	heap[at] = retry;
	while (at > 0 && heap[(at - 1) / 2].due_ns > heap[at].due_ns) {
		swap(&heap[at], &heap[(at - 1) / 2]);
		at = (at - 1) / 2;
	}
}

struct retry retries_take(struct retries *retries)
{
	struct retry *heap = retries->heap;
	size_t at = 0;

	ASSERT(retries->n > 0);
	struct retry first = heap[0];
	heap[0] = heap[--retries->n];
	for (;;) {
		size_t least = at;
		for (size_t child = 2 * at + 1; child <= 2 * at + 2; child++) {
			if (child < retries->n && heap[child].due_ns < heap[least].due_ns)
				least = child;
		}
		if (least == at)
			return first;
		swap(&heap[at], &heap[least]);
		at = least;
	}
}
