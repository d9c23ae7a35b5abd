#include "tests/hotpath/counted.h"

#include <execinfo.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SITES_MAX = 16, FRAMES_MAX = 12 };

struct site {
	int n;
	void *frames[FRAMES_MAX];
};

static atomic_bool counting;
static atomic_uint n_counted;
static struct site sites[SITES_MAX];
static _Thread_local bool is_inside; /* of backtrace, which may call malloc itself */

static bool is_of_server(void)
{
	char name[32] = "";

	return pthread_getname_np(pthread_self(), name, sizeof(name)) == 0 &&
	       (strcmp(name, "pp-loop") == 0 || strcmp(name, "pp-writer") == 0);
}

static void count(void)
{
	if (!atomic_load(&counting) || is_inside || !is_of_server())
		return;
	unsigned i = atomic_fetch_add(&n_counted, 1);
	if (i >= SITES_MAX)
		return;
	is_inside = true;
	sites[i].n = backtrace(sites[i].frames, FRAMES_MAX);
	is_inside = false;
}

void counted_begin(void)
{
	atomic_store(&n_counted, 0);
	atomic_store(&counting, true);
}

uint64_t counted_end(void)
{
	atomic_store(&counting, false);
	return atomic_load(&n_counted);
}

void counted_show(void)
{
	for (unsigned i = 0; i < SITES_MAX && i < atomic_load(&n_counted); i++) {
		fprintf(stderr, "call %u:\n", i + 1);
		backtrace_symbols_fd(sites[i].frames, sites[i].n, STDERR_FILENO);
	}
}

/* ---- What the linker puts in the place of each function, and what it calls the function ---- */

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *memory, size_t size);
int __real_posix_memalign(void **out, size_t alignment, size_t size);
void *__real_aligned_alloc(size_t alignment, size_t size);
char *__real_strdup(const char *text);
char *__real_strndup(const char *text, size_t len);

void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *memory, size_t size);
int __wrap_posix_memalign(void **out, size_t alignment, size_t size);
void *__wrap_aligned_alloc(size_t alignment, size_t size);
char *__wrap_strdup(const char *text);
char *__wrap_strndup(const char *text, size_t len);

void *__wrap_malloc(size_t size)
{
	count();
	return __real_malloc(size);
}

void *__wrap_calloc(size_t n, size_t size)
{
	count();
	return __real_calloc(n, size);
}

void *__wrap_realloc(void *memory, size_t size)
{
	count();
	return __real_realloc(memory, size);
}

int __wrap_posix_memalign(void **out, size_t alignment, size_t size)
{
	count();
	return __real_posix_memalign(out, alignment, size);
}

void *__wrap_aligned_alloc(size_t alignment, size_t size)
{
	count();
	return __real_aligned_alloc(alignment, size);
}

char *__wrap_strdup(const char *text)
{
	count();
	return __real_strdup(text);
}

char *__wrap_strndup(const char *text, size_t len)
{
	count();
	return __real_strndup(text, len);
}
