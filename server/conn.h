/* A connection: bytes in, requests, replies, bytes out, and an orderly end. */
#ifndef SERVER_CONN_H
#define SERVER_CONN_H

#include <uv.h>

#include "server/loop.h"
#include "server/mailbox.h"
#include "server/op.h"
#include "server/wheel.h"

/*
 *           peer ends, wrong frame,          everything answered,         peer ends,
 *           stop, timeout                    written, shut down           deadline
 *   OPEN ----------------------> DRAINING --------------------> LINGERING ---------> CLOSED
 *     |                              |                              |
 *     +------------------------------+---- socket error, deadline --+------------------^
 *
 * DRAINING reads nothing more. LINGERING reads and throws away: closing with unread input would
 * send a reset, which can destroy the last reply on its way. CLOSED is freed when its close
 * callback has run and none of its ops is out.
 */
enum conn_state {
	CONN_OPEN,
	CONN_DRAINING,
	CONN_LINGERING,
	CONN_CLOSED,
};

/* Why a connection's requests wait. */
enum conn_wait {
	CONN_NO_WAIT,
	CONN_WAIT_TURN,   /* for others to have theirs */
	CONN_WAIT_OPS,    /* for its own requests to be answered */
	CONN_WAIT_OUTPUT, /* for its peer to take its answers */
	CONN_WAIT_MEMORY, /* for memory that others hold; looked at on every tick */
};

struct conn {
	union {
		uv_handle_t handle;
		uv_stream_t stream;
		uv_tcp_t tcp;
		uv_pipe_t pipe;
	} u;
	uv_shutdown_t shutdown;
	struct loop *loop;
	struct conn *next; /* of the loop's connections */
	struct conn *previous;
	struct conn *next_dirty; /* while completions are sorted by connection */
	bool dirty;
	struct conn *next_ready; /* of the loop's queue of those that wait for their turn */
	bool ready;

	enum conn_state state;
	enum conn_wait wait;
	bool reading;
	bool greeted;
	bool spoke;  /* a whole frame has come: HTTP and TLS are out of the question */
	bool ended;  /* the peer sent its end */
	bool closed; /* the close callback has run */
	bool shutting;

	struct op_holder holder;
	struct mail_list done; /* ops that came back from the writer */

	uint8_t *in; /* a partial frame, or whole ones that wait; NULL when there is none */
	size_t in_len;
	size_t in_size;
	int64_t arrival_ms;  /* of the last bytes, by the boot time clock */
	uint64_t arrival_ns; /* and when the loop woke to read them, by uv_hrtime */

	size_t out_bytes; /* of writes under way, with their records */
	size_t n_writes;
	uint8_t *last_words; /* written after everything else, then it is shut down; owned */
	size_t last_words_len;

	/* By the loop's clock; 0: not the case. */
	struct wheel_entry timeout;
	uint64_t opened_ms;
	uint64_t active_ms;   /* when anything last moved */
	uint64_t partial_ms;  /* since when a frame is incomplete */
	uint64_t over_ms;     /* since when output is over its maximum */
	uint64_t closing_ms;  /* since when only the peer is waited for */
	size_t out_size_seen; /* of libuv's queue, at the last look */
};

/* ---- conn.c: life ---- */

/* Makes a connection of a connected socket, which it owns then. Failing, the socket is closed. */
int conn_open(struct loop *loop, int fd, bool is_unix) MUST_CHECK;
/* Takes back ops in conn->done: answers them, and goes on with what waited. */
void conn_take_back(struct conn *conn);
/* No more requests; it closes when all is answered. */
void conn_drain(struct conn *conn);
/* Closes now; what is queued is lost. */
void conn_close(struct conn *conn);
/* Its turn has come; it left the loop's queue. */
void conn_take_turn(struct conn *conn);
/* Looks at its timeouts, as the wheel turned to it; sets the next. */
void conn_check_timeouts(struct conn *conn, uint64_t now_ms);
/* Makes sure that it is looked at by then. */
void conn_due_by(struct conn *conn, uint64_t due_ms);

/* ---- conn_in.c: from bytes to requests ---- */

void conn_on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf);
void conn_on_read(uv_stream_t *stream, ssize_t n_read, const uv_buf_t *buf);
/* Goes on with what waited, if it need not wait any more. */
void conn_resume(struct conn *conn);
/* Reads or does not, as state and wait have it. */
void conn_update_reading(struct conn *conn);
/* Frees the input buffer; not while its bytes are being worked on. */
void conn_drop_input(struct conn *conn);

/* ---- conn_out.c: from replies to bytes ---- */

/* Replies are staged between these two, for one connection at a time, and written at the end. */
void conn_begin_turn(struct conn *conn);
void conn_end_turn(struct conn *conn);
/* Encodes the op's response into the stage. The op may be freed then. */
void conn_stage(struct conn *conn, struct op *op);
/* Encodes the op's response to be written after everything else. */
void conn_set_last_words(struct conn *conn, struct op *op);
/* The same with bytes as they are. */
void conn_set_last_bytes(struct conn *conn, const void *bytes, size_t len);
/* In DRAINING with all answered: last words, shutdown. */
void conn_finish_output(struct conn *conn);

#endif
