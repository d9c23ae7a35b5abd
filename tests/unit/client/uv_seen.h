/* What became of calls on an event loop: a callback that takes notes. */
#ifndef TESTS_UNIT_CLIENT_UV_SEEN_H
#define TESTS_UNIT_CLIENT_UV_SEEN_H

#include <string.h>

#include "peakpeeps/uv.h"

struct uv_seen {
	unsigned n_called;
	size_t *n_ended; /* counts the calls that ended; NULL: nobody does */
	size_t ended_as; /* of those, it was this one, from 0 */
	enum pp_outcome outcome;
	int err;
	bool answered;
	enum pp_reason reason;       /* NONE: accepted, or no answer */
	struct pp_response response; /* what it points to is gone */
	struct pp_uuid request_id;
	uint32_t n_tries;
	char why[256];
	bool close_client;
};

static inline void uv_seen_take(
	struct pp_uv_client *client, const struct pp_uv_result *result, void *context)
{
	struct uv_seen *seen = context;

	if (seen->close_client) {
		seen->close_client = false;
		pp_uv_client_close(client, NULL, NULL);
	}
	/* After the close: the result must still be there. */
	seen->n_called++;
	if (seen->n_ended != NULL)
		seen->ended_as = (*seen->n_ended)++;
	seen->outcome = result->outcome;
	seen->err = result->err;
	seen->answered = result->response != NULL;
	seen->request_id = result->request_id;
	seen->n_tries = result->n_tries;
	if (result->response != NULL) {
		seen->response = *result->response;
		if (result->response->status != NULL)
			seen->reason = result->response->status->reason;
	} else {
		strncpy(seen->why, result->why, sizeof(seen->why) - 1);
	}
}

#endif
