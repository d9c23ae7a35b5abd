/* A server, a good client of it that must be served whatever happens, and a hostile one. */
#ifndef TESTS_HOSTILE_H
#define TESTS_HOSTILE_H

#include "tests/integration/actors.h"
#include "tests/integration/wire.h"

struct scene {
	struct process process;
	struct pp_client *good;
	uint64_t user;
	int64_t balance; /* that the good client knows of */
	struct wire *wire;
	struct bytes *bytes;
	struct bytes *scratch;
	int descriptors;
};

void scene_open(struct scene *scene);
/* No descriptor is left, and Verify is clean. */
void scene_close(struct scene *scene);
/* The good client earns a coin: the server serves on. */
void serves_on(struct scene *scene, const char *after);
/* A coin for the same user, as a hostile client may send it. */
struct pp_request credit_with_id(const struct scene *scene, uint64_t seq);

#endif
