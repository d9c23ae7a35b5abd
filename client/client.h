/* The blocking client's inside, shared by opening (client.c), calling (call.c) and the pool. */
#ifndef CLIENT_CLIENT_H
#define CLIENT_CLIENT_H

#include "base/alloc.h"
#include "client/connection.h"
#include "client/identity.h"
#include "client/log_hook.h"
#include "peakpeeps/client.h"

enum {
	CLIENT_ERROR_BYTES = 1024,
	CLIENT_VERSION_BYTES = 128,
	CLIENT_TIMEOUT_MS = 30000,
};

/* One thread at a time. */
struct pp_client {
	struct pp_allocator allocator; /* of this struct too */
	struct log_hook log;
	struct address address; /* text is empty: the options were not valid */
	char name[PP_CLIENT_NAME_BYTES_MAX + 1];
	int64_t connect_timeout_ms;
	int64_t timeout_ms;
	uint64_t acting_user;
	struct connection connection;
	struct identity own_identity;
	struct identity *identity; /* its own, or borrowed from its pool */
	bool has_server;
	struct pp_hello_response server; /* of the newest connection; its text is server_version */
	char server_version[CLIENT_VERSION_BYTES];
	/* Server time at a moment of our own steady clock, as the newest fresh answer told it. */
	int64_t anchor_server_ms;
	int64_t anchor_boottime_ms;
	char error[CLIENT_ERROR_BYTES];
	/* Of a pool's clients; while idle, guarded by the pool's lock. */
	struct pp_client *next_idle; /* released before this one */
	int64_t idle_since_ms;       /* CLOCK_BOOTTIME */
	bool out;                    /* acquired and not released */
};

/*
 * A client without a connection: its first call makes one. PP_ERR_INVALID (*why, static text, says
 * what is wrong), PP_ERR_NO_MEMORY; *out as pp_client_open sets it.
 */
int client_new(const struct pp_client_options *options, struct pp_client **out,
	const char **why) MUST_CHECK;
/* Another one with the same options, and an identity, which it borrows; NULL: out of memory. */
struct pp_client *client_like(const struct pp_client *model, struct identity *identity) MUST_CHECK;
/* Connects and says Hello; the connection must be closed. The client's error text says why not. */
int client_connect(struct pp_client *client, struct deadline deadline) MUST_CHECK;
/* What pp_client_error says from now on. */
void client_explain(struct pp_client *client, const char *format, ...) PRINTF_LIKE(2, 3);
/* The server's clock showed this just now. */
void client_learn_time(struct pp_client *client, int64_t server_ms);
/* pp_call with a deadline in place of the client's timeout. */
int client_call(struct pp_client *client, struct pp_request *request, struct deadline deadline,
	enum pp_outcome *outcome, const struct pp_response **response) MUST_CHECK;

#endif
