#include "server/writer.h"

#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"
#include "server/loop.h"
#include "server/op.h"
#include "server/stats.h"

struct writer {
	struct service *service;
	pthread_t thread;
	size_t queue_max;
	size_t batch_max;

	pthread_mutex_t lock; /* guards what follows */
	pthread_cond_t wake;
	struct mail_list queue;
	bool sleeping;
	bool closing;

	struct writer_counters counters;

	/* Of the thread alone. */
	struct mail_list *finished; /* one for each loop */
	size_t n_batch;
	struct op *batch[STORE_BATCH_MAX];
	struct store_op *ops[STORE_BATCH_MAX];
	struct log_limit slow_limit;
};

void writer_submit(struct writer *writer, struct mail_list *ops)
{
	pthread_mutex_lock(&writer->lock);
	ASSERT(!writer->closing);
	size_t n_room = writer->queue_max - writer->queue.n;
	if (ops->n <= n_room) {
		mail_append(&writer->queue, ops);
	} else {
		for (; n_room > 0; n_room--)
			mail_push(&writer->queue, mail_pop(ops));
	}
	bool wake = writer->sleeping && writer->queue.n > 0;
	if (wake)
		writer->sleeping = false;
	pthread_mutex_unlock(&writer->lock);
	if (wake)
		pthread_cond_signal(&writer->wake);
}

const struct writer_counters *writer_get_counters(const struct writer *writer)
{
	return &writer->counters;
}

size_t writer_queue_length(struct writer *writer)
{
	pthread_mutex_lock(&writer->lock);
	size_t n = writer->queue.n;
	pthread_mutex_unlock(&writer->lock);
	return n;
}

/* Waits for work and takes all of it, up to a batch. False: closed and nothing is left. */
static bool take_batch(struct writer *writer, struct mail_list *out)
{
	pthread_mutex_lock(&writer->lock);
	while (writer->queue.n == 0 && !writer->closing) {
		writer->sleeping = true;
		pthread_cond_wait(&writer->wake, &writer->lock);
	}
	writer->sleeping = false;
	if (writer->queue.n <= writer->batch_max) {
		mail_append(out, &writer->queue);
	} else {
		while (out->n < writer->batch_max)
			mail_push(out, mail_pop(&writer->queue));
	}
	pthread_mutex_unlock(&writer->lock);
	return out->n > 0;
}

static void finish(struct writer *writer, struct op *op)
{
	mail_push(&writer->finished[op->loop_index], &op->mail);
}

static void hand_back(struct writer *writer)
{
	struct service *service = writer->service;

	for (uint32_t i = 0; i < service->n_loops; i++)
		mailbox_post(loop_mailbox(service, i), &writer->finished[i]);
}

/* Refuses what is too late and closes the gaps in batch[from ..]. */
static void drop_expired(struct writer *writer, size_t from)
{
	int64_t now_ms = service_boottime_ms(writer->service);
	size_t n = from;

	for (size_t i = from; i < writer->n_batch; i++) {
		struct op *op = writer->batch[i];
		if (!op_is_expired(op, now_ms)) {
			writer->batch[n] = op;
			writer->ops[n] = &op->store;
			n++;
			continue;
		}
		op_refuse(op, PP_REASON_DEADLINE_PASSED, 0,
			"The request's timeout passed before it was executed.");
		service_stamp(writer->service, op);
		finish(writer, op);
	}
	writer->n_batch = n;
}

/* The store must not be used any more. No reply of this batch may leave. */
static _Noreturn void fail(int err)
{
	log_fatal(
		"the store failed; stopping at once, without replies to this batch", log_err(err));
	_exit(WRITER_EXIT_STATUS);
}

/* `taken_ns`: when it began to be decided. */
static void finish_taken(struct writer *writer, size_t from, size_t n_taken, uint64_t taken_ns)
{
	struct service *service = writer->service;
	struct store_timing timing;

	store_last_timing(service->store, &timing);
	/* When one is refused for want of space all are, and nothing was made durable. */
	int first = writer->ops[from]->result;
	if (first != PP_ERR_STORAGE_FULL && first != PP_ERR_BUSY)
		stats_count_batch(&writer->counters, n_taken, &timing);
	for (size_t i = from; i < from + n_taken; i++) {
		struct op *op = writer->batch[i];
		if (op->store.result == 0) {
			service_set_revision(service, op->response.revision);
			stats_time_write(&writer->counters, op->request.kind,
				taken_ns - op->arrival_ns, &timing);
		} else {
			if (op->store.result == PP_ERR_CORRUPT)
				log_error("a record is damaged",
					log_text("request", pp_kind_title(op->request.kind)));
			op_refuse_result(op);
		}
	}
	/* After the loop, so that a refusal tells of every change before it. */
	for (size_t i = from; i < from + n_taken; i++) {
		struct op *op = writer->batch[i];
		if (op->store.result != 0)
			service_stamp(service, op);
		finish(writer, op);
	}
}

static void warn_if_slow(struct writer *writer, int64_t began_ms, size_t n_ops)
{
	int64_t now_ms = service_boottime_ms(writer->service);
	uint64_t n_lost = 0;

	if (now_ms - began_ms < writer->service->config->slow_batch_ms)
		return;
	if (log_limit_take(&writer->slow_limit, now_ms, &n_lost))
		log_warn("slow batch", log_int("ms", now_ms - began_ms), log_uint("n", n_ops));
}

static void execute_batch(struct writer *writer)
{
	struct service *service = writer->service;
	size_t at = 0;

	for (;;) {
		drop_expired(writer, at);
		if (at == writer->n_batch)
			break;
		size_t n_taken = 0;
		int64_t began_ms = service_boottime_ms(service);
		uint64_t taken_ns = uv_hrtime();
		int err = store_execute(service->store, writer->ops + at, writer->n_batch - at,
			clock_now_ms(service->clock), &n_taken);
		if (err != 0)
			fail(err);
		ASSERT(n_taken >= 1 && n_taken <= writer->n_batch - at);
		finish_taken(writer, at, n_taken, taken_ns);
		at += n_taken;
		warn_if_slow(writer, began_ms, n_taken);
		hand_back(writer);
	}
	hand_back(writer);
}

static void *writer_main(void *argument)
{
	struct writer *writer = argument;
	struct mail_list taken = { 0 };

	pthread_setname_np(pthread_self(), "pp-writer");
	while (take_batch(writer, &taken)) {
		writer->n_batch = 0;
		while (taken.n > 0)
			writer->batch[writer->n_batch++] = (struct op *)(void *)mail_pop(&taken);
		execute_batch(writer);
	}
	return NULL;
}

int writer_open(struct service *service, struct writer **out)
{
	int err = PP_ERR_NO_MEMORY;
	struct writer *writer = calloc(1, sizeof(*writer));

	if (writer == NULL)
		return err;
	writer->service = service;
	writer->queue_max = (size_t)service->config->writer_queue_max;
	writer->batch_max = (size_t)service->config->batch_max;
	ASSERT(writer->batch_max <= STORE_BATCH_MAX);
	writer->finished = calloc(service->n_loops, sizeof(*writer->finished));
	if (writer->finished == NULL)
		goto err_after_alloc;
	pthread_mutex_init(&writer->lock, NULL);
	pthread_cond_init(&writer->wake, NULL);
	if (pthread_create(&writer->thread, NULL, writer_main, writer) != 0)
		goto err_after_init;
	*out = writer;
	return 0;
err_after_init:
	pthread_cond_destroy(&writer->wake);
	pthread_mutex_destroy(&writer->lock);
	free(writer->finished);
err_after_alloc:
	free(writer);
	return err;
}

void writer_close(struct writer *writer)
{
	pthread_mutex_lock(&writer->lock);
	writer->closing = true;
	pthread_cond_signal(&writer->wake);
	pthread_mutex_unlock(&writer->lock);
	pthread_join(writer->thread, NULL);
	ASSERT(writer->queue.n == 0);
	pthread_cond_destroy(&writer->wake);
	pthread_mutex_destroy(&writer->lock);
	free(writer->finished);
	free(writer);
}
