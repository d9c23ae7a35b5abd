/* The blocking PeakPeeps client. Link with -lpeakpeeps; see pkg-config peakpeeps. */
#ifndef PEAKPEEPS_CLIENT_H
#define PEAKPEEPS_CLIENT_H

#include <peakpeeps/types.h>

/* A connection to one server. Not thread-safe: one thread at a time. Installs no signal handlers.
 */
struct pp_client;

struct pp_client_options {
	/* "host:port", "host", "[::1]:7337" or "unix:/path"; NULL: 127.0.0.1:7337. Copied. */
	const char *address;
	const char *client_name;     /* for the server's log; NULL: "libpeakpeeps". Copied */
	uint32_t connect_timeout_ms; /* 0: 5 000 */
	uint32_t timeout_ms;         /* of a call, retries included; 0: 30 000 */
	uint64_t acting_user;        /* on whose behalf; 0: the operator */
};

/* How a call ended, as far as can be known. */
enum pp_outcome {
	PP_DONE,         /* decided: look at response->status, NULL when accepted */
	PP_NOT_EXECUTED, /* certainly not executed by this call, and its request id as free as it
			    was before: an earlier call under the same id may have been UNKNOWN */
	PP_UNKNOWN, /* sent, not answered: send the same request with the same id again, or abandon
		       it */
};

/*
 * Connects and says Hello. 0, or PP_ERR_INVALID (address), PP_ERR_CONNECT, PP_ERR_TIMEOUT,
 * PP_ERR_NO_MEMORY; *out is the caller's, to be closed, and is set on error too when memory allows,
 * so that pp_client_error can say why.
 */
PP_API PP_CHECK int pp_client_open(const struct pp_client_options *options, struct pp_client **out);
/* NULL is allowed. Never blocks. */
PP_API void pp_client_close(struct pp_client *client);
/* What went wrong last, for people, as in "cannot connect to 127.0.0.1:7337: Connection refused".
 */
PP_API const char *pp_client_error(const struct pp_client *client);
/* The server's answer to Hello; borrowed until close. */
PP_API const struct pp_hello_response *pp_client_server(const struct pp_client *client);
/*
 * From now on. A request whose acting_user is 0 is made in this one's name, and its id belongs to
 * that user: to repeat such a request under its id, the acting user must be the same again.
 */
PP_API void pp_client_set_acting_user(struct pp_client *client, uint64_t acting_user);

/* A fresh request id by the server's clock, as Hello's answer told it. */
PP_API void pp_client_new_request_id(struct pp_client *client, struct pp_uuid *out);

/*
 * Sends a request and waits for its answer. seq is the client's; acting_user, when 0, becomes the
 * client's; a write without a request id gets a fresh one, written back into *request so that the
 * call can be repeated. Broken links are mended and the request is sent again under the same id
 * until timeout_ms is over; OVERLOADED and its like are tried again after retry_after_ms. A refusal
 * is never tried again: least of all a version conflict with a fresh version.
 *
 * Returns 0 with *outcome and *response, which is borrowed until the next call on this client; or,
 * when there is no response, the error that stood in the way, and *outcome is NOT_EXECUTED or
 * UNKNOWN.
 */
PP_API PP_CHECK int pp_call(struct pp_client *client, struct pp_request *request,
	enum pp_outcome *outcome, const struct pp_response **response);

/* Text of a request id, 36 characters and a NUL; and back: false when it is not one. */
PP_API void pp_uuid_format(const struct pp_uuid *uuid, char out[37]);
PP_API PP_CHECK bool pp_uuid_parse(const char *text, struct pp_uuid *out);

#endif
