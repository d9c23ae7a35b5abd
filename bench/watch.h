/* What is seen of a run while it goes: a line each second, a progress bar, the server's batches. */
#ifndef BENCH_WATCH_H
#define BENCH_WATCH_H

#include "bench/run.h"
#include "peakpeeps/client.h"

/*
 * Returns when no thread works any more. Asks the server for Stats each second over `stats`, a
 * client of its own; NULL: it is not asked. Writes to standard error, unless it is to be quiet.
 */
void watch_run(struct run *run, struct pp_client *stats);

/* "1.23 ms" and the like, at most 12 bytes, for people. */
enum { WATCH_TIME_BYTES = 16 };
void format_time(int64_t ns, char out[WATCH_TIME_BYTES]);

#endif
