#include "server/loop.h"

#include <stdlib.h>
#include <unistd.h>

#include "server/conn.h"

struct mailbox *loop_mailbox(struct service *service, uint32_t index)
{
	return &service->loops[index].mailbox;
}

bool loop_may_log(struct loop *loop, uint64_t *n_lost)
{
	return log_limit_take(&loop->limit, (int64_t)uv_now(&loop->uv), n_lost);
}

/* ---- The tick ---- */

/* Connections that still wait for memory after all had a chance are looked at again next time. */
static void feed_hungry(struct loop *loop)
{
	loop->hungry = false;
	for (struct conn *conn = loop->conns; conn != NULL; conn = conn->next) {
		if (conn->wait == CONN_WAIT_MEMORY)
			conn_resume(conn);
	}
}

/* A stop: what has nothing to wait for and heard the news is closed. */
static void drain_conns(struct loop *loop)
{
	for (struct conn *conn = loop->conns; conn != NULL; conn = conn->next) {
		if (conn->wait == CONN_NO_WAIT)
			conn_drain(conn);
	}
}

static void on_tick(uv_timer_t *timer)
{
	struct loop *loop = timer->data;
	uint64_t now_ms = uv_now(&loop->uv);
	struct wheel_entry *entry;

	while ((entry = wheel_take(&loop->wheel, now_ms)) != NULL) {
		char *member = (char *)entry;
		conn_check_timeouts(
			(struct conn *)(void *)(member - offsetof(struct conn, timeout)), now_ms);
	}
	if (loop->hungry)
		feed_hungry(loop);
	if (loop->stopping && now_ms - loop->stop_ms >= LOOP_STOP_GRACE_MS)
		drain_conns(loop);
}

void loop_conns_changed(struct loop *loop)
{
	if (loop->n_conns == 0) {
		uv_timer_stop(&loop->tick);
	} else if (!uv_is_active((uv_handle_t *)&loop->tick)) {
		/* It stood still: an empty wheel catches up at once. */
		ASSERT(wheel_take(&loop->wheel, uv_now(&loop->uv)) == NULL);
		uv_timer_start(&loop->tick, on_tick, WHEEL_TICK_MS, WHEEL_TICK_MS);
	}
	if (loop->stopping && loop->n_conns == 0 && !loop->arrived) {
		loop->arrived = true;
		service_arrive(loop->service);
	}
}

/* ---- Turns ---- */

/* Every connection in the queue once; those that have more to do queue again at its end. */
static void on_idle(uv_idle_t *idle)
{
	struct loop *loop = idle->data;
	struct conn *conn = loop->ready;
	uint32_t n = 0;

	loop->ready = NULL;
	loop->ready_end = &loop->ready;
	for (; conn != NULL; n++) {
		struct conn *next = conn->next_ready;
		conn->ready = false;
		conn_take_turn(conn);
		conn = next;
	}
	loop->n_ready = n;
	if (loop->ready == NULL)
		uv_idle_stop(idle);
}

static void on_check(uv_check_t *check)
{
	struct loop *loop = check->data;

	loop->woken_ns = 0;
}

uint64_t loop_woken_ns(struct loop *loop)
{
	if (loop->woken_ns == 0)
		loop->woken_ns = uv_hrtime();
	return loop->woken_ns;
}

uint64_t loop_turn_ns(const struct loop *loop)
{
	uint64_t share_ns = LOOP_ROUND_NS / (loop->n_ready + 1);

	if (share_ns < LOOP_TURN_NS_MIN)
		return LOOP_TURN_NS_MIN;
	return share_ns < LOOP_TURN_NS_MAX ? share_ns : LOOP_TURN_NS_MAX;
}

void loop_queue(struct loop *loop, struct conn *conn)
{
	if (conn->ready)
		return;
	conn->ready = true;
	conn->next_ready = NULL;
	*loop->ready_end = conn;
	loop->ready_end = &conn->next_ready;
	uv_idle_start(&loop->idle, on_idle);
}

/* ---- Mail ---- */

void loop_adopt(struct loop *loop, int fd, bool is_unix)
{
	uint64_t n_lost = 0;

	int err = conn_open(loop, fd, is_unix);
	if (err == 0)
		return;
	atomic_fetch_sub(&loop->n_assigned, 1);
	atomic_fetch_sub(&loop->service->n_connections, 1);
	if (loop_may_log(loop, &n_lost))
		log_error("cannot take a connection", log_err(err));
}

static void begin_stop(struct loop *loop)
{
	struct service *service = loop->service;

	loop->stopping = true;
	loop->stop_ms = uv_now(&loop->uv);
	listener_close(&loop->listener);
	/* After the last socket that loop 0 sent them. */
	for (uint32_t i = 1; loop->index == 0 && i < service->n_loops; i++)
		mailbox_post_one(&service->loops[i].mailbox, &service->loops[i].stop_mail);
	loop_conns_changed(loop);
}

static void force_stop(struct loop *loop)
{
	struct service *service = loop->service;

	for (uint32_t i = 1; loop->index == 0 && i < service->n_loops; i++)
		mailbox_post_one(&service->loops[i].mailbox, &service->loops[i].force_mail);
	for (struct conn *conn = loop->conns; conn != NULL; conn = conn->next)
		conn_close(conn);
}

/* By way of loop 0, behind whatever else it sends them: nothing may reach a closed mailbox. */
static void pass_exit_on(struct loop *loop)
{
	struct service *service = loop->service;

	for (uint32_t i = 1; loop->index == 0 && i < service->n_loops; i++)
		mailbox_post_one(&service->loops[i].mailbox, &service->loops[i].exit_mail);
}

/* The handles; after that nothing keeps the loop running. */
static void begin_exit(struct loop *loop)
{
	ASSERT(loop->n_conns == 0);
	listener_close(&loop->listener);
	uv_close((uv_handle_t *)&loop->tick, NULL);
	uv_close((uv_handle_t *)&loop->idle, NULL);
	uv_close((uv_handle_t *)&loop->check, NULL);
	mailbox_close(&loop->mailbox);
}

static void adopt_mail(struct loop *loop, struct mail *mail)
{
	struct accepted *accepted = (struct accepted *)(void *)mail;

	loop_adopt(loop, accepted->fd, accepted->is_unix);
	free(accepted);
}

/* Ops come sorted by time; they are answered connection by connection. */
static void deliver(void *context, struct mail_list *mails)
{
	struct loop *loop = context;
	struct conn *dirty = NULL;
	bool exit = false;

	while (mails->n > 0) {
		struct mail *mail = mail_pop(mails);
		struct conn *conn;
		switch (mail->kind) {
		case MAIL_OP:
			conn = ((struct op *)(void *)mail)->conn;
			mail_push(&conn->done, mail);
			if (!conn->dirty) {
				conn->dirty = true;
				conn->next_dirty = dirty;
				dirty = conn;
			}
			break;
		case MAIL_SOCKET: adopt_mail(loop, mail); break;
		case MAIL_STOP: begin_stop(loop); break;
		case MAIL_FORCE: force_stop(loop); break;
		case MAIL_EXIT: exit = true; break;
		}
	}
	while (dirty != NULL) {
		struct conn *conn = dirty;
		dirty = conn->next_dirty;
		conn->dirty = false;
		conn_take_back(conn);
	}
	if (!exit)
		return;
	pass_exit_on(loop);
	begin_exit(loop);
}

/* ---- Life ---- */

static void init_pool(struct loop *loop)
{
	struct service *service = loop->service;
	const struct config *config = service->config;
	size_t n_loops = service->n_loops;
	size_t n_ops = (size_t)config_ops_max(config) / n_loops;
	size_t n_conns = ((size_t)config->connections_max + n_loops - 1) / n_loops;

	/* Each loop, and the writer, works on one request at a time. */
	size_t reserve = (n_loops + 1) * OP_ARENA_BYTES_MAX;
	if (reserve > service->op_budget.limit / 2)
		reserve = service->op_budget.limit / 2;
	op_pool_init(&loop->pool, &service->op_budget, &service->blocks, reserve,
		n_ops > n_conns ? n_ops : n_conns, n_conns);
}

int loop_open(struct loop *loop, struct service *service, uint32_t index)
{
	int err = PP_ERR_NO_MEMORY;

	*loop = (struct loop) {
		.service = service,
		.index = index,
		.stop_mail.kind = MAIL_STOP,
		.force_mail.kind = MAIL_FORCE,
		.exit_mail.kind = MAIL_EXIT,
	};
	/* Large, but only the pages of what is counted are ever touched. */
	loop->counters = calloc(1, sizeof(*loop->counters));
	loop->stage = malloc(LOOP_STAGE_BYTES);
	loop->read_buf = malloc(LOOP_READ_BYTES);
	if (loop->counters == NULL || loop->stage == NULL || loop->read_buf == NULL)
		goto err_after_buffers;
	if (uv_loop_init(&loop->uv) != 0)
		goto err_after_buffers;
	uv_timer_init(&loop->uv, &loop->tick);
	uv_idle_init(&loop->uv, &loop->idle);
	uv_check_init(&loop->uv, &loop->check);
	uv_check_start(&loop->check, on_check);
	loop->tick.data = loop;
	loop->idle.data = loop;
	loop->check.data = loop;
	loop->ready_end = &loop->ready;
	err = mailbox_open(&loop->mailbox, &loop->uv, deliver, loop);
	if (err != 0)
		goto err_after_loop;
	err = dispatch_open(&loop->dispatch, service);
	if (err != 0)
		goto err_after_mailbox;
	arena_init_blocks(&loop->scratch, 2 * OP_ARENA_BYTES_MAX, NULL, &service->blocks);
	wheel_init(&loop->wheel, uv_now(&loop->uv));
	init_pool(loop);
	return 0;
err_after_mailbox:
	mailbox_close(&loop->mailbox);
	mailbox_destroy(&loop->mailbox);
err_after_loop:
	uv_close((uv_handle_t *)&loop->tick, NULL);
	uv_close((uv_handle_t *)&loop->idle, NULL);
	uv_close((uv_handle_t *)&loop->check, NULL);
	uv_run(&loop->uv, UV_RUN_DEFAULT);
	uv_loop_close(&loop->uv);
err_after_buffers:
	free(loop->counters);
	free(loop->stage);
	free(loop->read_buf);
	return err;
}

static void loop_destroy(struct loop *loop)
{
	int rc = uv_loop_close(&loop->uv);

	ASSERT(rc == 0);
	mailbox_destroy(&loop->mailbox);
	dispatch_close(&loop->dispatch);
	op_pool_free(&loop->pool);
	arena_free(&loop->scratch);
	free(loop->counters);
	free(loop->stage);
	free(loop->read_buf);
}

static void *loop_main(void *argument)
{
	struct loop *loop = argument;

	pthread_setname_np(pthread_self(), "pp-loop");
	uv_run(&loop->uv, UV_RUN_DEFAULT);
	return NULL;
}

int loop_start(struct loop *loop)
{
	return pthread_create(&loop->thread, NULL, loop_main, loop) == 0 ? 0 : PP_ERR_NO_MEMORY;
}

void loop_join(struct loop *loop)
{
	pthread_join(loop->thread, NULL);
	loop_destroy(loop);
}

void loop_close_unstarted(struct loop *loop)
{
	begin_exit(loop);
	uv_run(&loop->uv, UV_RUN_DEFAULT);
	loop_destroy(loop);
}
