/* The life of a connection: see conn.h. */
#include "server/conn.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"

static void link_conn(struct conn *conn)
{
	struct loop *loop = conn->loop;

	conn->next = loop->conns;
	if (loop->conns != NULL)
		loop->conns->previous = conn;
	loop->conns = conn;
	loop->n_conns++;
	stats_count_connection(loop->counters);
	loop_conns_changed(loop);
}

/* Frees it, if nothing refers to it any more. */
static void release(struct conn *conn)
{
	struct loop *loop = conn->loop;

	if (!conn->closed || conn->holder.n_ops > 0 || conn->ready)
		return;
	ASSERT(conn->done.n == 0 && !conn->dirty && conn->n_writes == 0);
	ASSERT(conn->out_bytes == 0 && loop->turn != conn);
	wheel_clear(&loop->wheel, &conn->timeout);
	if (conn->next != NULL)
		conn->next->previous = conn->previous;
	if (conn->previous != NULL)
		conn->previous->next = conn->next;
	else
		loop->conns = conn->next;
	loop->n_conns--;
	conn_drop_input(conn);
	free(conn->last_words);
	free(conn);
	atomic_fetch_sub(&loop->n_assigned, 1);
	atomic_fetch_sub(&loop->service->n_connections, 1);
	loop_conns_changed(loop);
}

static void on_closed(uv_handle_t *handle)
{
	struct conn *conn = handle->data;

	conn->closed = true;
	release(conn);
}

void conn_close(struct conn *conn)
{
	if (conn->state == CONN_CLOSED)
		return;
	conn->state = CONN_CLOSED;
	conn->reading = false;
	uv_close(&conn->u.handle, on_closed);
}

void conn_drain(struct conn *conn)
{
	if (conn->state != CONN_OPEN)
		return;
	ASSERT(conn->loop->turn != conn);
	conn->state = CONN_DRAINING;
	conn_drop_input(conn);
	conn_update_reading(conn);
	conn_finish_output(conn);
}

static int open_handle(struct conn *conn, int fd, bool is_unix)
{
	uv_loop_t *uv = &conn->loop->uv;
	int rc = is_unix ? uv_pipe_init(uv, &conn->u.pipe, 0) : uv_tcp_init(uv, &conn->u.tcp);

	/* Both only prepare memory. */
	ASSERT(rc == 0);
	conn->u.handle.data = conn;
	rc = is_unix ? uv_pipe_open(&conn->u.pipe, fd) : uv_tcp_open(&conn->u.tcp, fd);
	if (rc != 0) {
		close(fd);
		return PP_ERR_IO;
	}
	/* Replies are written whole, so there is nothing to wait for. A failure only slows. */
	if (!is_unix)
		uv_tcp_nodelay(&conn->u.tcp, 1);
	return 0;
}

int conn_open(struct loop *loop, int fd, bool is_unix)
{
	struct conn *conn = calloc(1, sizeof(*conn));

	if (conn == NULL) {
		close(fd);
		return PP_ERR_NO_MEMORY;
	}
	conn->loop = loop;
	conn->opened_ms = uv_now(&loop->uv);
	conn->active_ms = conn->opened_ms;
	link_conn(conn);
	int err = open_handle(conn, fd, is_unix);
	if (err != 0) {
		conn_close(conn);
		return 0; /* it is freed like any other */
	}
	conn_due_by(conn, conn->opened_ms + (uint64_t)loop->service->config->hello_timeout_ms);
	conn_update_reading(conn);
	return 0;
}

void conn_take_back(struct conn *conn)
{
	struct loop *loop = conn->loop;
	struct mail_list staged = { 0 };

	conn_begin_turn(conn);
	while (conn->done.n > 0) {
		struct mail *mail = mail_pop(&conn->done);
		conn_stage(conn, (struct op *)(void *)mail);
		mail_push(&staged, mail);
	}
	uint64_t now_ns = uv_hrtime();
	while (staged.n > 0) {
		struct op *op = (struct op *)(void *)mail_pop(&staged);
		if (op_is_decided(op))
			stats_time_reply(loop->counters, op->request.kind, now_ns - op->arrival_ns);
		op_free(&loop->pool, op);
	}
	conn_end_turn(conn);
	conn->active_ms = uv_now(&loop->uv);
	if (conn->wait == CONN_WAIT_OPS)
		conn_resume(conn);
	conn_finish_output(conn);
	release(conn);
}

void conn_take_turn(struct conn *conn)
{
	if (conn->wait == CONN_WAIT_TURN)
		conn_resume(conn);
	release(conn);
}

/* ---- Timeouts ---- */

void conn_due_by(struct conn *conn, uint64_t due_ms)
{
	if (!wheel_is_due_by(&conn->timeout, due_ms))
		wheel_set(&conn->loop->wheel, &conn->timeout, due_ms);
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* When an open connection is to be closed as things are, and why. */
static uint64_t open_due(const struct conn *conn, const char **why)
{
	const struct config *config = conn->loop->service->config;
	uint64_t due_ms = UINT64_MAX;
	const struct {
		bool counts;
		uint64_t since_ms;
		int64_t timeout_ms;
		const char *why;
	} timeouts[] = {
		{ !conn->greeted, conn->opened_ms, config->hello_timeout_ms, "no Hello" },
		{ conn->holder.n_ops == 0, conn->active_ms, config->idle_timeout_ms, "idle" },
		{ conn->partial_ms != 0, conn->partial_ms, config->partial_frame_timeout_ms,
			"incomplete frame" },
		{ conn->over_ms != 0, conn->over_ms, config->output_max_timeout_ms,
			"does not take its answers" },
	};

	for (size_t i = 0; i < ARRAY_LEN(timeouts); i++) {
		uint64_t at_ms = timeouts[i].since_ms + (uint64_t)timeouts[i].timeout_ms;
		if (timeouts[i].counts && at_ms < due_ms) {
			due_ms = at_ms;
			*why = timeouts[i].why;
		}
	}
	return due_ms;
}

/* When a connection that is being closed is given up. Taking answers slowly helps, but not long. */
static uint64_t closing_due(const struct conn *conn)
{
	const struct config *config = conn->loop->service->config;

	if (conn->closing_ms == 0)
		return UINT64_MAX;
	if (conn->state == CONN_LINGERING && conn->loop->stopping)
		return conn->closing_ms + LOOP_STOP_LINGER_MS;
	uint64_t since_ms = conn->closing_ms;
	if (conn->state == CONN_DRAINING && conn->active_ms > since_ms)
		since_ms = conn->active_ms;
	return earlier(since_ms + (uint64_t)config->close_timeout_ms,
		conn->closing_ms + (uint64_t)config->output_max_timeout_ms);
}

static void note_output_moved(struct conn *conn, uint64_t now_ms)
{
	size_t size = uv_stream_get_write_queue_size(&conn->u.stream);

	if (size < conn->out_size_seen)
		conn->active_ms = now_ms;
	conn->out_size_seen = size;
}

void conn_check_timeouts(struct conn *conn, uint64_t now_ms)
{
	struct loop *loop = conn->loop;
	const char *why = "not closed by its peer";
	uint64_t n_lost = 0;

	if (conn->state == CONN_CLOSED)
		return;
	note_output_moved(conn, now_ms);
	bool open = conn->state == CONN_OPEN;
	uint64_t due_ms = open ? open_due(conn, &why) : closing_due(conn);
	if (due_ms > now_ms) {
		/* Not later than a second, as the state may change without a word to the wheel. */
		conn_due_by(conn, earlier(due_ms, now_ms + 1000));
		return;
	}
	if (open && loop_may_log(loop, &n_lost))
		log_info("closing a connection", log_text("reason", "TIMEOUT"),
			log_text("why", why), log_uint("n_not_logged", n_lost));
	/* Answers that nobody takes would keep it for ever. */
	if (!open || conn->over_ms != 0 || conn->n_writes > 0)
		conn_close(conn);
	else
		conn_drain(conn);
	if (conn->state != CONN_CLOSED)
		conn_due_by(conn, now_ms + 1000);
}
