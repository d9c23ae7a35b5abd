/* One event loop and its thread: connections, ops and timeouts that belong to it alone. */
#ifndef SERVER_LOOP_H
#define SERVER_LOOP_H

#include <pthread.h>
#include <stdatomic.h>
#include <uv.h>

#include "proto/limits.h"
#include "server/dispatch.h"
#include "server/listener.h"
#include "server/mailbox.h"
#include "server/op.h"
#include "server/service.h"
#include "server/stats.h"
#include "server/wheel.h"

struct conn;

enum {
	LOOP_READ_BYTES = FRAME_HEADER_BYTES + FRAME_BYTES_MAX,
	LOOP_STAGE_BYTES = 256 * 1024,    /* encoded replies of a turn; more are sent in between */
	LOOP_TURN_FRAMES = 128,           /* of one connection, before others have their turn; */
	LOOP_TURN_NS_MAX = 500 * 1000,    /* or this time, and when many wait for theirs */
	LOOP_TURN_NS_MIN = 50 * 1000,     /* not less than this time each, */
	LOOP_ROUND_NS = 20 * 1000 * 1000, /* so that all have had one after this */
	LOOP_STOP_LINGER_MS = 250,        /* a stop does not wait longer for peers to close */
	LOOP_STOP_GRACE_MS = 100,         /* requests on their way are still told of the stop */
};

struct loop {
	struct service *service;
	uint32_t index;
	pthread_t thread;
	struct mailbox mailbox;
	struct mail stop_mail;
	struct mail force_mail;
	struct mail exit_mail;
	atomic_uint n_assigned; /* connections handed to this loop and not yet freed */
	struct loop_counters *counters;

	/* Everything below belongs to the loop's thread once it runs. */
	uv_loop_t uv;
	uv_idle_t idle;   /* runs while connections are ready to go on */
	uv_check_t check; /* forgets woken_ns */
	uv_timer_t tick;  /* turns the wheel while there are connections */
	struct wheel wheel;
	struct dispatch dispatch;
	struct op_pool pool;
	struct arena scratch; /* of the encoder */
	struct log_limit limit;
	struct listener listener; /* of loop 0 */

	struct conn *conns;
	size_t n_conns;
	struct conn *ready; /* had their turn and have more to do, in order */
	struct conn **ready_end;
	uint32_t n_ready; /* of the last time round */
	bool hungry;      /* some connection waits for memory */
	bool stopping;
	bool arrived;
	uint64_t stop_ms;

	uint64_t woken_ns;          /* by uv_hrtime, for what is read this time round; or 0 */
	struct conn *turn;          /* whose replies are being staged */
	struct mail_list to_writer; /* writes of this turn */
	size_t stage_len;
	uint8_t *stage;
	uint8_t *read_buf;
};

/* All of the loop but its thread. */
int loop_open(struct loop *loop, struct service *service, uint32_t index) MUST_CHECK;
int loop_start(struct loop *loop) MUST_CHECK;
/* Waits for the thread to end, which takes a MAIL_EXIT; or ends a loop that was never started. */
void loop_join(struct loop *loop);
void loop_close_unstarted(struct loop *loop);

struct mailbox *loop_mailbox(struct service *service, uint32_t index);

/* ---- For the loop's own thread ---- */

/* Starts or ends the tick as there are connections or not; tells when the loop is drained. */
void loop_conns_changed(struct loop *loop);
/* Goes on with the connection after others have had their turn. */
void loop_queue(struct loop *loop, struct conn *conn);
/* When the loop woke to read what it now reads: its bytes had come by then. By uv_hrtime. */
uint64_t loop_woken_ns(struct loop *loop);
/* How long a turn may take, with as many waiting for theirs as now. */
uint64_t loop_turn_ns(const struct loop *loop);
/* Takes over a connected socket. */
void loop_adopt(struct loop *loop, int fd, bool is_unix);
/* Whether a line that a client caused may be written now. */
bool loop_may_log(struct loop *loop, uint64_t *n_lost);

#endif
