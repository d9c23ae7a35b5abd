/* From bytes to requests: see conn.h. */
#include <string.h>

#include "base/log.h"
#include "proto/frame.h"
#include "server/conn.h"

enum { IN_BYTES_FIRST = 4096 };

/* ---- The input buffer ---- */

void conn_drop_input(struct conn *conn)
{
	if (conn->in == NULL)
		return;
	struct service *service = conn->loop->service;
	atomic_fetch_sub(&service->buffer_budget.used, conn->in_size);
	blocks_give(&service->blocks, conn->in, blocks_round(conn->in_size));
	conn->in = NULL;
	conn->in_len = 0;
	conn->in_size = 0;
}

static size_t in_size_for(size_t len)
{
	size_t size = IN_BYTES_FIRST;

	while (size < len)
		size *= 2;
	return size < LOOP_READ_BYTES ? size : LOOP_READ_BYTES;
}

/* Makes room for `len` bytes. False: no memory; when `patient`, also when the budget is spent. */
static bool in_reserve(struct conn *conn, size_t len, bool patient)
{
	struct arena_budget *budget = &conn->loop->service->buffer_budget;
	size_t size = in_size_for(len);

	ASSERT(len <= LOOP_READ_BYTES);
	if (len <= conn->in_size)
		return true;
	if (patient && size > IN_BYTES_FIRST && atomic_load(&budget->used) + size > budget->limit)
		return false;
	struct blocks *blocks = &conn->loop->service->blocks;
	uint8_t *in = blocks_take(blocks, blocks_round(size));
	if (in == NULL)
		return false;
	if (conn->in != NULL) {
		memcpy(in, conn->in, conn->in_len);
		blocks_give(blocks, conn->in, blocks_round(conn->in_size));
	}
	atomic_fetch_add(&budget->used, size - conn->in_size);
	conn->in = in;
	conn->in_size = size;
	return true;
}

/*
 * Keeps what was not worked off: a partial frame and room for at least one byte more of it, or
 * whole frames that wait.
 */
static void in_keep(struct conn *conn, struct span rest)
{
	if (rest.len == 0) {
		conn_drop_input(conn);
		return;
	}
	if (conn->in_len > 0) {
		/* Then they are in it already. */
		memmove(conn->in, rest.data, rest.len);
		conn->in_len = rest.len;
		return;
	}
	if (!in_reserve(conn, rest.len, false)) {
		conn_close(conn);
		return;
	}
	memcpy(conn->in, rest.data, rest.len);
	conn->in_len = rest.len;
}

/* ---- Waiting ---- */

static enum conn_wait wait_for_output(const struct conn *conn)
{
	const struct config *config = conn->loop->service->config;
	const struct arena_budget *budget = &conn->loop->service->buffer_budget;
	size_t limit = (size_t)(conn->wait == CONN_WAIT_OUTPUT ? config->output_low_bytes
							       : config->output_high_bytes);
	size_t staged = conn->loop->turn == conn ? conn->loop->stage_len : 0;
	size_t used = atomic_load(&budget->used);
	size_t n_free = used < budget->limit ? budget->limit - used : 0;

	/* When memory is short no connection may have more waiting than there is left. */
	if (n_free < limit)
		limit = n_free;
	return conn->out_bytes + staged > limit ? CONN_WAIT_OUTPUT : CONN_NO_WAIT;
}

/* Whether the next request must wait, and what for. */
static enum conn_wait why_wait(const struct conn *conn)
{
	const struct loop *loop = conn->loop;

	if (wait_for_output(conn) != CONN_NO_WAIT)
		return CONN_WAIT_OUTPUT;
	if (conn->holder.n_ops >= (uint32_t)loop->service->config->in_flight_max)
		return CONN_WAIT_OPS;
	switch (op_pool_room(&loop->pool, &conn->holder)) {
	case OP_NO_ROOM: return CONN_WAIT_OPS;
	case OP_NO_MEMORY: return CONN_WAIT_MEMORY;
	default: return CONN_NO_WAIT;
	}
}

/* ---- Frames ---- */

/* The peer sent something that is no frame: its last words are said, what it sent is forgotten. */
static void reject(
	struct conn *conn, enum frame_result result, enum pp_reason reason, const char *message)
{
	static const char http[] = "HTTP/1.1 400 Bad Request\r\n"
				   "Content-Type: text/plain; charset=utf-8\r\n"
				   "Content-Length: 93\r\n"
				   "Connection: close\r\n"
				   "\r\n"
				   "This is a PeakPeeps server; it does not speak HTTP. "
				   "Use the peakpeeps client or its library.\n";
	struct loop *loop = conn->loop;
	uint64_t n_lost = 0;

	if (loop_may_log(loop, &n_lost))
		log_info("closing a connection", log_text("reason", pp_reason_name(reason)),
			log_text("why", message), log_uint("n_not_logged", n_lost));
	if (result == FRAME_HTTP) {
		conn_set_last_bytes(conn, http, sizeof(http) - 1);
	} else {
		struct op *op = op_new(&loop->pool, &conn->holder);
		if (op != NULL) {
			op_refuse(op, reason, 0, message);
			service_stamp(loop->service, op);
			conn_set_last_words(conn, op);
			op_free(&loop->pool, op);
		}
	}
	if (conn->state == CONN_OPEN)
		conn->state = CONN_DRAINING;
}

static void reject_frame(struct conn *conn, enum frame_result result)
{
	/* Once it has spoken our protocol, it is a frame that is wrong. */
	if (conn->spoke && (result == FRAME_HTTP || result == FRAME_TLS))
		result = FRAME_TOO_LARGE;
	switch (result) {
	case FRAME_HTTP:
		reject(conn, result, PP_REASON_WRONG_PROTOCOL, "The peer speaks HTTP.");
		return;
	case FRAME_TLS:
		reject(conn, result, PP_REASON_WRONG_PROTOCOL,
			"This port speaks the PeakPeeps protocol without TLS.");
		return;
	case FRAME_EMPTY:
		reject(conn, result, PP_REASON_MALFORMED_FRAME, "A frame of length 0.");
		return;
	default:
		reject(conn, result, PP_REASON_FRAME_TOO_LARGE,
			"A frame holds at most 65536 bytes.");
		return;
	}
}

/* Returns the request's kind if it was decided here and now, else NONE. */
static enum pp_kind take_message(struct conn *conn, struct span message)
{
	enum pp_kind decided = PP_KIND_NONE;
	struct loop *loop = conn->loop;
	struct op *op = op_new(&loop->pool, &conn->holder);
	uint64_t n_lost = 0;

	conn->spoke = true;
	if (op == NULL) {
		/* There was room for it: malloc failed. */
		conn_close(conn);
		return decided;
	}
	op->mail.kind = MAIL_OP;
	op->conn = conn;
	op->loop_index = loop->index;
	op->arrival_ms = conn->arrival_ms;
	op->arrival_ns = conn->arrival_ns;
	switch (dispatch_request(&loop->dispatch, op, message, &conn->greeted)) {
	case DISPATCH_WRITE: mail_push(&loop->to_writer, &op->mail); return decided;
	case DISPATCH_REPLY:
		conn_stage(conn, op);
		if (op_is_decided(op))
			decided = op->request.kind;
		break;
	case DISPATCH_CLOSE:
		if (loop_may_log(loop, &n_lost))
			log_info("closing a connection",
				log_text("reason", pp_reason_name(op->refusal.reason)),
				log_text("why", op->refusal.message),
				log_uint("n_not_logged", n_lost));
		conn_set_last_words(conn, op);
		if (conn->state == CONN_OPEN)
			conn->state = CONN_DRAINING;
		break;
	}
	op_free(&loop->pool, op);
	return decided;
}

/* What is left behind the first `at` bytes. An empty span may have no address to count from. */
static struct span span_after(struct span bytes, size_t at)
{
	if (at == 0)
		return bytes;
	return (struct span) { .data = bytes.data + at, .len = bytes.len - at };
}

/* One turn over whole frames. Returns how many bytes were used; *partial: nothing whole is left. */
static size_t work_turn(struct conn *conn, struct span bytes, bool *partial)
{
	size_t at = 0;
	uint32_t n_frames = 0;
	uint64_t now_ns = uv_hrtime();
	uint64_t until_ns = now_ns + loop_turn_ns(conn->loop);

	*partial = false;
	conn_begin_turn(conn);
	while (conn->state == CONN_OPEN) {
		struct span rest = span_after(bytes, at);
		struct span message;
		size_t n_consumed = 0;
		bool over = n_frames == LOOP_TURN_FRAMES || now_ns > until_ns;
		conn->wait = over ? CONN_WAIT_TURN : why_wait(conn);
		if (conn->wait != CONN_NO_WAIT)
			break;
		n_frames++;
		enum frame_result result = frame_next(rest, &message, &n_consumed);
		if (result == FRAME_PARTIAL) {
			*partial = true;
			break;
		}
		if (result != FRAME_READY) {
			reject_frame(conn, result);
			break;
		}
		at += n_consumed;
		enum pp_kind decided = take_message(conn, message);
		uint64_t began_ns = now_ns;
		now_ns = uv_hrtime();
		if (decided != PP_KIND_NONE)
			stats_time_read(conn->loop->counters, decided, began_ns - conn->arrival_ns,
				now_ns - began_ns);
	}
	conn_end_turn(conn);
	return at;
}

/* After work: a partial frame has its own timeout, and needs room for its next bytes. */
static void settle_input(struct conn *conn, bool progressed)
{
	const struct config *config = conn->loop->service->config;

	if (conn->in_len == 0 || conn->wait != CONN_NO_WAIT) {
		conn->partial_ms = 0;
		return;
	}
	if (!in_reserve(conn, conn->in_len + 1, true))
		conn->wait = CONN_WAIT_MEMORY;
	if (conn->partial_ms == 0 || progressed) {
		conn->partial_ms = uv_now(&conn->loop->uv);
		conn_due_by(conn, conn->partial_ms + (uint64_t)config->partial_frame_timeout_ms);
	}
}

/*
 * Works off all frames that need not wait. A turn may end waiting for room that its own refusals
 * then made: so it is tried again, as nothing else would.
 */
static void work(struct conn *conn, struct span bytes)
{
	size_t at = 0;
	bool partial = false;

	do {
		struct span rest = span_after(bytes, at);
		at += work_turn(conn, rest, &partial);
	} while (conn->state == CONN_OPEN && !partial && conn->wait != CONN_WAIT_TURN &&
		 (conn->wait = why_wait(conn)) == CONN_NO_WAIT);
	if (conn->state != CONN_OPEN) {
		conn_drop_input(conn);
		conn_update_reading(conn);
		conn_finish_output(conn);
		return;
	}
	in_keep(conn, span_after(bytes, at));
	if (conn->state == CONN_OPEN)
		settle_input(conn, at > 0);
	if (conn->wait == CONN_WAIT_MEMORY)
		conn->loop->hungry = true;
	if (conn->wait == CONN_WAIT_TURN)
		loop_queue(conn->loop, conn);
	conn_update_reading(conn);
}

void conn_resume(struct conn *conn)
{
	if (conn->state != CONN_OPEN || conn->wait == CONN_NO_WAIT)
		return;
	work(conn, (struct span) { .data = conn->in, .len = conn->in_len });
}

/* ---- The socket ---- */

/*
 * Whole frames are worked off where the loop reads to. What is left of a small one is put before
 * the next bytes there; only a large frame is gathered in the connection's own buffer.
 */
static bool is_gathering(const struct conn *conn)
{
	return conn->state == CONN_OPEN && conn->in_len > IN_BYTES_FIRST / 2;
}

void conn_on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
	struct conn *conn = handle->data;
	struct loop *loop = conn->loop;

	(void)suggested;
	if (is_gathering(conn)) {
		ASSERT(conn->in_size > conn->in_len);
		*buf = uv_buf_init(
			(char *)conn->in + conn->in_len, (unsigned)(conn->in_size - conn->in_len));
		return;
	}
	if (conn->in_len > 0)
		memcpy(loop->read_buf, conn->in, conn->in_len);
	*buf = uv_buf_init(
		(char *)loop->read_buf + conn->in_len, (unsigned)(LOOP_READ_BYTES - conn->in_len));
}

static void on_end(struct conn *conn, ssize_t status)
{
	if (status != UV_EOF || conn->state == CONN_LINGERING) {
		conn_close(conn);
		return;
	}
	/* Half a connection: what was asked is still answered. */
	conn->ended = true;
	conn_drain(conn);
}

void conn_on_read(uv_stream_t *stream, ssize_t n_read, const uv_buf_t *buf)
{
	struct conn *conn = stream->data;
	struct loop *loop = conn->loop;

	(void)buf;
	if (n_read == 0 || conn->state == CONN_CLOSED)
		return;
	if (n_read < 0) {
		on_end(conn, n_read);
		return;
	}
	if (conn->state != CONN_OPEN)
		return; /* thrown away */
	conn->active_ms = uv_now(&loop->uv);
	conn->arrival_ms = service_boottime_ms(loop->service);
	conn->arrival_ns = loop_woken_ns(loop);
	if (is_gathering(conn)) {
		conn->in_len += (size_t)n_read;
		work(conn, (struct span) { .data = conn->in, .len = conn->in_len });
		return;
	}
	size_t len = conn->in_len + (size_t)n_read;
	conn->in_len = 0;
	work(conn, (struct span) { .data = loop->read_buf, .len = len });
}

void conn_update_reading(struct conn *conn)
{
	bool want = (conn->state == CONN_OPEN && conn->wait == CONN_NO_WAIT) ||
		    conn->state == CONN_LINGERING;

	if (conn->state == CONN_CLOSED || want == conn->reading)
		return;
	if (!want) {
		uv_read_stop(&conn->u.stream);
	} else if (uv_read_start(&conn->u.stream, conn_on_alloc, conn_on_read) != 0) {
		conn_close(conn);
		return;
	}
	conn->reading = want;
}
