/* From replies to bytes: see conn.h. */
#include <stdlib.h>
#include <string.h>

#include "proto/codec.h"
#include "server/conn.h"
#include "server/writer.h"

/* Bytes on their way, with their copy. Lives until its callback. */
struct write_record {
	uv_write_t write;
	struct conn *conn;
	size_t size; /* of all of it, as counted in out_bytes */
	size_t len;
	uint8_t bytes[];
};

static void count_output(struct conn *conn, size_t added, size_t removed)
{
	struct service *service = conn->loop->service;
	size_t max = (size_t)service->config->output_max_bytes;

	conn->out_bytes = conn->out_bytes + added - removed;
	if (added > 0)
		atomic_fetch_add(&service->buffer_budget.used, added);
	if (removed > 0)
		atomic_fetch_sub(&service->buffer_budget.used, removed);
	if (conn->out_bytes <= max) {
		conn->over_ms = 0;
	} else if (conn->over_ms == 0) {
		conn->over_ms = uv_now(&conn->loop->uv);
		conn_due_by(conn, conn->over_ms + (uint64_t)service->config->output_max_timeout_ms);
	}
}

static void on_written(uv_write_t *write, int status)
{
	struct write_record *record = write->data;
	struct conn *conn = record->conn;

	/* May run after uv_close, with any status: then it only frees its record. */
	conn->n_writes--;
	count_output(conn, 0, record->size);
	free(record);
	if (conn->state == CONN_CLOSED)
		return;
	if (status != 0) {
		conn_close(conn);
		return;
	}
	conn->active_ms = uv_now(&conn->loop->uv);
	if (conn->wait == CONN_WAIT_OUTPUT)
		conn_resume(conn);
}

static void queue_write(struct conn *conn, const uint8_t *bytes, size_t len)
{
	struct write_record *record = malloc(sizeof(*record) + len);

	if (record == NULL) {
		conn_close(conn);
		return;
	}
	*record = (struct write_record) { .conn = conn, .size = sizeof(*record) + len, .len = len };
	memcpy(record->bytes, bytes, len);
	record->write.data = record;
	uv_buf_t buf = uv_buf_init((char *)record->bytes, (unsigned)len);
	if (uv_write(&record->write, &conn->u.stream, &buf, 1, on_written) != 0) {
		free(record);
		conn_close(conn);
		return;
	}
	conn->n_writes++;
	count_output(conn, record->size, 0);
}

/* Writes at once what the kernel takes, and queues the rest. */
static void send_bytes(struct conn *conn, const uint8_t *bytes, size_t len)
{
	size_t n_sent = 0;

	if (conn->state == CONN_CLOSED || len == 0)
		return;
	if (conn->n_writes == 0) {
		uv_buf_t buf = uv_buf_init((char *)bytes, (unsigned)len);
		int rc = uv_try_write(&conn->u.stream, &buf, 1);
		if (rc < 0 && rc != UV_EAGAIN) {
			conn_close(conn);
			return;
		}
		n_sent = rc > 0 ? (size_t)rc : 0;
	}
	if (n_sent > 0)
		conn->active_ms = uv_now(&conn->loop->uv);
	if (n_sent < len)
		queue_write(conn, bytes + n_sent, len - n_sent);
}

static void flush(struct conn *conn)
{
	struct loop *loop = conn->loop;
	size_t len = loop->stage_len;

	loop->stage_len = 0;
	send_bytes(conn, loop->stage, len);
}

/*
 * Encodes behind what is staged and returns the length. There is always room for the largest
 * message; one that is larger still, or needs more scratch memory, is replaced by an error.
 */
static size_t encode(struct loop *loop, struct op *op)
{
	struct byte_writer out;
	size_t needed = 0;

	ASSERT(LOOP_STAGE_BYTES - loop->stage_len >= LOOP_READ_BYTES);
	for (int tries = 0; tries < 2; tries++) {
		byte_writer_init(
			&out, loop->stage + loop->stage_len, LOOP_STAGE_BYTES - loop->stage_len);
		int err = codec_encode_response(&op->response, &loop->scratch, &out, &needed);
		arena_reset(&loop->scratch);
		if (err == 0)
			return byte_writer_span(&out).len;
		log_error("a reply cannot be encoded",
			log_text("request", pp_kind_title(op->request.kind)), log_err(err));
		bool replied_ok = op->response.status == NULL;
		op_refuse(op, PP_REASON_NONE, 0, "The reply is too large to be sent.");
		op->refusal.code = PP_CODE_INTERNAL;
		/* What the writer did was done. */
		op->refusal.not_executed =
			!(replied_ok && pp_kind_flags(op->request.kind) == PP_WRITE);
	}
	ASSERT(!"a short refusal can always be encoded");
	return 0;
}

void conn_stage(struct conn *conn, struct op *op)
{
	struct loop *loop = conn->loop;

	ASSERT(loop->turn == conn);
	stats_count_reply(loop->counters, op->request.kind, op->response.status != NULL);
	if (conn->state == CONN_CLOSED)
		return;
	if (LOOP_STAGE_BYTES - loop->stage_len < LOOP_READ_BYTES)
		flush(conn);
	loop->stage_len += encode(loop, op);
}

void conn_begin_turn(struct conn *conn)
{
	ASSERT(conn->loop->turn == NULL && conn->loop->stage_len == 0);
	conn->loop->turn = conn;
}

void conn_end_turn(struct conn *conn)
{
	struct loop *loop = conn->loop;

	ASSERT(loop->turn == conn);
	dispatch_end_turn(&loop->dispatch);
	if (loop->to_writer.n > 0)
		writer_submit(loop->service->writer, &loop->to_writer);
	while (loop->to_writer.n > 0) {
		struct op *op = (struct op *)(void *)mail_pop(&loop->to_writer);
		op_refuse(op, PP_REASON_OVERLOADED, RETRY_OVERLOADED_MS,
			"Too many writes are waiting; try again.");
		service_stamp(loop->service, op);
		conn_stage(conn, op);
		op_free(&loop->pool, op);
	}
	flush(conn);
	loop->turn = NULL;
}

void conn_set_last_bytes(struct conn *conn, const void *bytes, size_t len)
{
	if (conn->last_words != NULL)
		return;
	conn->last_words = malloc(len);
	if (conn->last_words == NULL)
		return; /* it is closed without them */
	memcpy(conn->last_words, bytes, len);
	conn->last_words_len = len;
}

void conn_set_last_words(struct conn *conn, struct op *op)
{
	struct loop *loop = conn->loop;

	ASSERT(loop->turn == conn);
	stats_count_reply(loop->counters, op->request.kind, op->response.status != NULL);
	if (LOOP_STAGE_BYTES - loop->stage_len < LOOP_READ_BYTES)
		flush(conn);
	size_t len = encode(loop, op);
	conn_set_last_bytes(conn, loop->stage + loop->stage_len, len);
}

static void on_shutdown(uv_shutdown_t *shutdown, int status)
{
	struct conn *conn = shutdown->data;

	if (conn->state == CONN_CLOSED)
		return;
	if (status != 0 || conn->ended) {
		conn_close(conn);
		return;
	}
	conn->state = CONN_LINGERING;
	conn_update_reading(conn);
	if (conn->loop->stopping && conn->state == CONN_LINGERING)
		conn_due_by(conn, conn->closing_ms + LOOP_STOP_LINGER_MS);
}

void conn_finish_output(struct conn *conn)
{
	if (conn->state != CONN_DRAINING || conn->holder.n_ops > 0 || conn->shutting)
		return;
	conn->shutting = true;
	conn->closing_ms = uv_now(&conn->loop->uv);
	conn_due_by(
		conn, conn->closing_ms + (uint64_t)conn->loop->service->config->close_timeout_ms);
	send_bytes(conn, conn->last_words, conn->last_words_len);
	if (conn->state == CONN_CLOSED)
		return;
	conn->shutdown.data = conn;
	if (uv_shutdown(&conn->shutdown, &conn->u.stream, on_shutdown) != 0)
		conn_close(conn);
}
