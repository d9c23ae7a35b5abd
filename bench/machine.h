/* The machine that a run was made on, as far as it tells. */
#ifndef BENCH_MACHINE_H
#define BENCH_MACHINE_H

#include <stdint.h>

enum { MACHINE_TEXT_BYTES = 128 };

struct machine {
	char cpu_model[MACHINE_TEXT_BYTES]; /* empty: it does not tell */
	char system[MACHINE_TEXT_BYTES];
	char kernel[MACHINE_TEXT_BYTES];
	unsigned n_cores; /* that this process may use */
	uint64_t memory_bytes;
	double load_average; /* of the last minute */
};

void machine_look(struct machine *out);

#endif
