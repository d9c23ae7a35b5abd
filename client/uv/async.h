/* The inside of the client on a libuv loop: its calls, its link, and what moves them. */
#ifndef CLIENT_UV_ASYNC_H
#define CLIENT_UV_ASYNC_H

#include "base/alloc.h"
#include "client/address.h"
#include "peakpeeps/core.h"
#include "peakpeeps/uv.h"
#include "proto/limits.h"

enum { ASYNC_WHY_BYTES = 256, ASYNC_SERVER_VERSION_BYTES = 128, ASYNC_ERROR_BYTES = 640 };

struct async_list {
	struct async_call *first;
	struct async_call *last;
};

/* A request until its callback ran. In one list at a time. */
struct async_call {
	struct async_call *previous;
	struct async_call *next;
	struct async_list *list;
	struct async_lane *lane;
	uint64_t number; /* in the order of submission */
	uint64_t seq;    /* on the link it was sent on; 0: not in flight */
	struct deadline deadline;
	struct pp_encoded *encoded;
	enum pp_kind kind;
	uint32_t own_timeout_ms; /* as its author set it; 0: not */
	bool needs_id;           /* it is given one when the server's clock is known */
	bool has_id;
	struct pp_uuid request_id; /* all zero: none yet */
	bool maybe_executed;       /* it was sent, or part of it, on a link that broke */
	uint32_t n_tries;
	enum pp_reason refused_for; /* of the last try, for now; NONE: it was not */
	pp_uv_call_cb callback;
	void *context;
};

/*
 * Reads and writes wait apart: a store that is full holds up no reads. Both lists are in the order
 * of submission.
 */
struct async_lane {
	struct async_list waiting;
	struct async_list sent;
	unsigned n_refused;      /* refusals for now in a row; those of one hold count once */
	int64_t resume_at_ms;    /* nothing is sent before */
	int64_t hinted_until_ms; /* nor, whatever the deadlines, before this: the server said so */
};

/*
 *   CONNECTING --socket connected--> GREETING --Hello answered--> READY
 *        |                              |                           |
 *        +------------------------------+---------------------------+--> gone
 */
enum async_link_state { ASYNC_LINK_CONNECTING, ASYNC_LINK_GREETING, ASYNC_LINK_READY };

/* One socket and its core. Out of use as soon as it is let go, freed when its handle is closed. */
struct async_link {
	uv_poll_t poll;
	struct pp_uv_client *client;
	int fd;
	enum async_link_state state;
	int events; /* polled for */
	struct pp_core *core;
	int64_t silent_since_ms; /* something is unanswered, and nothing has come since */
	struct async_call
		*calls[IN_FLIGHT_MAX]; /* by remainder of seq; NULL: nobody waits for it */
};

/* Why there is no link. */
struct async_trouble {
	int err;
	bool permanent;          /* trying again would fail in the same way */
	uint32_t retry_after_ms; /* 0: not said */
	char why[ASYNC_WHY_BYTES];
};

struct pp_uv_client {
	struct pp_allocator allocator;
	uv_loop_t *loop;
	uv_timer_t alarm; /* the next moment at which something is due */
	uv_idle_t turn;   /* runs before the loop waits, when calls were made */
	uv_getaddrinfo_t lookup;
	bool looking_up;
	unsigned n_open; /* handles and look-ups that have yet to end */
	bool closing;
	pp_uv_close_cb close_callback;
	void *close_context;

	struct address address;
	char name[PP_CLIENT_NAME_BYTES_MAX + 1];
	int64_t connect_timeout_ms;
	int64_t timeout_ms;
	uint64_t acting_user;
	size_t calls_max;
	void (*on_link)(struct pp_uv_client *client, bool up, const char *why, void *context);
	void (*on_drain)(struct pp_uv_client *client, void *context);
	void *context;

	struct async_lane writes;
	struct async_lane reads;
	uint64_t n_submitted;
	size_t n_pending;
	bool wants_drain;
	int64_t alarm_at_ms; /* INT64_MAX: not set */

	struct async_link *link; /* NULL: none */
	bool connect_now;        /* at the start, without a call that needs it */
	unsigned n_failures;     /* links in a row that carried no answer */
	int64_t connect_at_ms;
	int64_t hinted_until_ms; /* no connect before, whatever the deadlines: the server said so */
	int64_t attempt_ends_ms; /* of connecting to all addresses, Hello included */
	int64_t share_ends_ms;   /* of connecting to this one */
	struct addrinfo *found;  /* the addresses; NULL: none are being tried */
	struct addrinfo *next_found;
	struct async_trouble trouble;  /* the last one */
	char error[ASYNC_ERROR_BYTES]; /* the same, with the address */

	bool has_server;
	struct pp_hello_response server; /* its text is server_version */
	char server_version[ASYNC_SERVER_VERSION_BYTES];
	/* Server time at a moment of our own steady clock, as the newest fresh answer told it. */
	int64_t anchor_server_ms;
	int64_t anchor_boottime_ms;
};

/* ---- calls.c: the calls ---- */

/* Puts a call where its number says. */
void async_list_insert(struct async_list *list, struct async_call *call);
/* The oldest call that may be sent now, or NULL. */
struct async_call *async_calls_next(struct pp_uv_client *client, int64_t now_ms);
/*
 * Ends a call, with `response` or `err`: it leaves its list, its callback runs, it is freed. The
 * callback may close the client or make calls.
 */
void async_call_end(struct pp_uv_client *client, struct async_call *call, int err,
	const struct pp_response *response);
/* Ends all that are pending now, in their order; not those that the callbacks make. */
void async_calls_end_all(struct pp_uv_client *client, int err);
/* Ends those whose time is over; true: one of them was in flight. */
bool async_calls_expire(struct pp_uv_client *client, int64_t now_ms);
/* The answer to a call; a refusal for now makes it wait. `response` is borrowed. */
void async_call_answer(
	struct pp_uv_client *client, struct async_call *call, const struct pp_response *response);
/* A call was submitted to the link's core. */
void async_call_sent(struct async_link *link, struct async_call *call);
/* The link is lost: all that was sent waits again. */
void async_calls_take_back(struct pp_uv_client *client, const struct async_link *link);
/* The next moment at which a call is due, or a lane goes on. */
int64_t async_calls_next_due_ms(const struct pp_uv_client *client);
/* Shortens waits for links and lanes, so that this call's last try is made in time. */
void async_call_hurry(struct pp_uv_client *client, const struct async_call *call, int64_t now_ms);
/* The same for all calls that are pending. */
void async_calls_hurry(struct pp_uv_client *client, int64_t now_ms);

/* ---- link.c: the socket ---- */

/*
 * Begins to connect. 0: client->link is set. PP_ERR_CONNECT, PP_ERR_NO_MEMORY: nothing is left, and
 * client->trouble says why.
 */
int async_link_open(
	struct pp_uv_client *client, const struct sockaddr *to, socklen_t len) MUST_CHECK;
/* Closes the socket at once; what was in flight is to be taken back before. */
void async_link_let_go(struct async_link *link);
/* Sends what may be sent. It may lose the link, and call back. */
void async_link_send(struct async_link *link);

/* ---- connect.c: getting a link and losing it ---- */

/* There is none, and there shall be one. */
void async_connect_begin(struct pp_uv_client *client);
/* A socket could not be connected: the next address, or the attempt has failed. */
void async_connect_failed(struct pp_uv_client *client);
/* Hello was answered. */
void async_connect_done(struct async_link *link);
/* The link is of no more use, for the reasons in client->trouble. */
void async_connect_lost(struct pp_uv_client *client);
/* Lets go of link and addresses without a word. */
void async_connect_abandon(struct pp_uv_client *client);
/* client->trouble, formatted. */
void async_trouble_set(struct pp_uv_client *client, int err, const char *format, ...)
	PRINTF_LIKE(3, 4);
void async_trouble_set_errno(struct pp_uv_client *client, int error);

/* ---- client.c ---- */

/* Whether calls can be sent, rather than wait for a link. */
bool async_client_is_up(const struct pp_uv_client *client);

/* At the end of every turn that moved something: sends, connects, sets the alarm. */
void async_client_settle(struct pp_uv_client *client);
/* One of the things that n_open counts has ended. */
void async_client_release(struct pp_uv_client *client);
/* The server told its time. */
void async_client_learn_time(struct pp_uv_client *client, int64_t server_ms);

#endif
