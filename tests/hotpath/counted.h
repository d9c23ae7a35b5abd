/* Counts what threads of the server ask of malloc: linked with --wrap for each function of it. */
#ifndef TESTS_HOTPATH_COUNTED_H
#define TESTS_HOTPATH_COUNTED_H

#include <stdint.h>

/*
 * From now on calls are counted that threads of these names make: "pp-loop" and "pp-writer". Calls
 * that the C library or a shared library makes are its own affair, and not seen.
 */
void counted_begin(void);
/* How many there were; no more are counted. */
uint64_t counted_end(void);
/* Where the first ones came from, on standard error. */
void counted_show(void);

#endif
