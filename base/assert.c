/* The end of a process whose own invariant is broken. */
#include <stdio.h>
#include <stdlib.h>

#include "base/base.h"

_Noreturn void assert_failed(const char *condition, const char *file, int line)
{
	fprintf(stderr, "level=fatal msg=\"broken invariant: %s\" at=%s:%d\n", condition, file,
		line);
	abort();
}
