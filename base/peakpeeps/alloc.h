/* Memory by the program's own functions instead of the C library's. */
#ifndef PEAKPEEPS_ALLOC_H
#define PEAKPEEPS_ALLOC_H

#include <stddef.h>

/*
 * Functions with the meaning of malloc, realloc and free of the C library; all three or none, which
 * stands for the C library's own. When `alloc` or `realloc` returns NULL, the call that needed it
 * ends with PP_ERR_NO_MEMORY and leaks nothing. `release` is given only what the other two
 * returned, and never NULL. They are called from whatever thread uses the object that they were
 * given to, and must not call back into it. Whoever takes this struct copies it, and uses the
 * functions until the object is closed.
 */
struct pp_allocator {
	void *(*alloc)(void *user, size_t size);
	void *(*realloc)(void *user, void *memory, size_t size); /* `memory` may be NULL */
	void (*release)(void *user, void *memory);
	void *user;
};

#endif
