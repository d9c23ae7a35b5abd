#include "peakpeeps/pool.h"

#include <time.h>

#include "client/client.h"

enum {
	POOL_CLIENTS_MAX = 16,
	POOL_IDLE_MS = 60000,
};

/* A thread that waits; lives on its stack, and in the list while it is not served. */
struct waiter {
	struct waiter *next;
	pthread_cond_t served_now;
	bool served;              /* or told that the pool is closed */
	struct pp_client *client; /* what it got; NULL: leave to make one */
	int err;
};

/*
 * A client is idle (in the stack), out, or about to be made; `n_taken` counts the last two. Whoever
 * gives a place up serves the first waiter. The pool's memory is held by its opener until close, by
 * each place that is taken and by each waiter; whoever lets the last hold go frees it.
 */
struct pp_pool {
	struct pp_client *model; /* never connected: the options, and the allocator */
	int64_t idle_ms;
	uint32_t clients_max;
	struct identity identity;

	pthread_mutex_t lock; /* guards what follows */
	bool closed;
	uint32_t n_taken;
	uint32_t n_idle;
	uint32_t n_waiting;
	struct pp_client *idle; /* a stack, the newest first, so that surplus grows old */
	struct waiter *first_waiter;
	struct waiter **last_waiter; /* where the next one is hung in */
};

static void lock(struct pp_pool *pool)
{
	int err = pthread_mutex_lock(&pool->lock);

	ASSERT(err == 0);
}

/* Then frees the pool when nothing holds it any more. */
static void unlock(struct pp_pool *pool)
{
	bool held = !pool->closed || pool->n_taken > 0 || pool->n_waiting > 0;

	int err = pthread_mutex_unlock(&pool->lock);
	ASSERT(err == 0);
	if (held)
		return;
	err = pthread_mutex_destroy(&pool->lock);
	ASSERT(err == 0);
	identity_destroy(&pool->identity);
	struct pp_client *model = pool->model;
	mem_free(&model->allocator, pool);
	pp_client_close(model);
}

int pp_pool_open(const struct pp_pool_options *options, struct pp_pool **out, const char **why)
{
	const struct pp_pool_options defaults = { 0 };
	const char *reason;
	struct pp_client *model;

	if (options == NULL)
		options = &defaults;
	int err = client_new(&options->client, &model, &reason);
	if (why != NULL)
		*why = reason;
	if (err != 0)
		goto err_after_model;
	struct pp_pool *pool = mem_zalloc(&model->allocator, sizeof(*pool));
	if (pool == NULL) {
		err = PP_ERR_NO_MEMORY;
		goto err_after_model;
	}
	pool->model = model;
	pool->idle_ms = options->idle_ms > 0 ? options->idle_ms : POOL_IDLE_MS;
	pool->clients_max = options->clients_max > 0 ? options->clients_max : POOL_CLIENTS_MAX;
	pool->last_waiter = &pool->first_waiter;
	identity_init(&pool->identity);
	err = pthread_mutex_init(&pool->lock, NULL);
	ASSERT(err == 0);
	*out = pool;
	return 0;

err_after_model:
	pp_client_close(model);
	return err;
}

/* ---- With the lock held ---- */

static void serve(struct pp_pool *pool, struct waiter *waiter, struct pp_client *client, int err)
{
	pool->first_waiter = waiter->next;
	if (pool->first_waiter == NULL)
		pool->last_waiter = &pool->first_waiter;
	waiter->served = true;
	waiter->client = client;
	waiter->err = err;
	pthread_cond_signal(&waiter->served_now);
}

static void forget(struct pp_pool *pool, const struct waiter *waiter)
{
	struct waiter **at = &pool->first_waiter;

	while (*at != waiter)
		at = &(*at)->next;
	*at = waiter->next;
	if (*at == NULL)
		pool->last_waiter = at;
}

/* Takes the idle clients out that grew old: a list, to be closed without the lock. */
static struct pp_client *take_old(struct pp_pool *pool)
{
	int64_t now = boottime_ms();
	struct pp_client **at = &pool->idle;

	while (*at != NULL && now - (*at)->idle_since_ms < pool->idle_ms)
		at = &(*at)->next_idle;
	struct pp_client *old = *at;
	*at = NULL;
	for (const struct pp_client *client = old; client != NULL; client = client->next_idle)
		pool->n_idle--;
	return old;
}

/* Until it is served or the deadline has passed. */
static int wait_in_turn(struct pp_pool *pool, struct deadline deadline, struct pp_client **client)
{
	struct waiter waiter = { .served = false };
	pthread_condattr_t attributes;

	/* Of these only want of memory could fail, and on Linux they take none. */
	int err = pthread_condattr_init(&attributes);
	ASSERT(err == 0);
	err = pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	ASSERT(err == 0);
	err = pthread_cond_init(&waiter.served_now, &attributes);
	ASSERT(err == 0);
	*pool->last_waiter = &waiter;
	pool->last_waiter = &waiter.next;
	pool->n_waiting++;
	for (;;) {
		struct timespec until;
		int64_t left = deadline_left_ms(deadline);
		if (waiter.served || left == 0)
			break;
		clock_gettime(CLOCK_MONOTONIC, &until);
		until.tv_sec += (time_t)(left / 1000);
		until.tv_nsec += (long)(left % 1000) * 1000000;
		until.tv_sec += until.tv_nsec / 1000000000;
		until.tv_nsec %= 1000000000;
		pthread_cond_timedwait(&waiter.served_now, &pool->lock, &until);
	}
	pool->n_waiting--;
	if (!waiter.served) {
		forget(pool, &waiter);
		waiter.err = PP_ERR_TIMEOUT;
	}
	pthread_cond_destroy(&waiter.served_now);
	pthread_condattr_destroy(&attributes);
	*client = waiter.client;
	return waiter.err;
}

/* A place, and the client in it; NULL: there is none, and the caller is to make one. */
static int take_place(
	struct pp_pool *pool, bool wait, struct deadline deadline, struct pp_client **client)
{
	*client = NULL;
	if (pool->closed)
		return PP_ERR_CLOSED;
	if (pool->idle != NULL) {
		*client = pool->idle;
		pool->idle = (*client)->next_idle;
		pool->n_idle--;
		pool->n_taken++;
		return 0;
	}
	if (pool->n_taken < pool->clients_max) {
		pool->n_taken++;
		return 0;
	}
	return wait ? wait_in_turn(pool, deadline, client) : PP_ERR_BUSY;
}

/* ---- Without it ---- */

static void close_all(struct pp_client *list, const struct log_hook *log)
{
	unsigned n = 0;

	for (; list != NULL; n++) {
		struct pp_client *next = list->next_idle;
		pp_client_close(list);
		list = next;
	}
	if (n > 0)
		log_hook_write(log, PP_LOG_DEBUG, "closed %u idle clients", n);
}

/* Makes the client for a place that was taken, or gives the place up. */
static int fill_place(struct pp_pool *pool, struct pp_client **client)
{
	*client = client_like(pool->model, &pool->identity);
	if (*client != NULL)
		return 0;
	lock(pool);
	if (pool->first_waiter != NULL)
		serve(pool, pool->first_waiter, NULL, 0);
	else
		pool->n_taken--;
	unlock(pool);
	return PP_ERR_NO_MEMORY;
}

static int acquire(
	struct pp_pool *pool, bool wait, struct deadline deadline, struct pp_client **out)
{
	const struct log_hook log = pool->model->log;
	struct pp_client *client;

	lock(pool);
	struct pp_client *old = take_old(pool);
	int err = take_place(pool, wait, deadline, &client);
	unlock(pool);
	close_all(old, &log);
	if (err == 0 && client == NULL)
		err = fill_place(pool, &client);
	if (err != 0)
		return err;
	client->out = true;
	client->error[0] = '\0';
	*out = client;
	return 0;
}

int pp_pool_acquire(struct pp_pool *pool, uint32_t wait_ms, struct pp_client **out)
{
	return acquire(pool, wait_ms > 0, deadline_in(wait_ms), out);
}

void pp_pool_release(struct pp_pool *pool, struct pp_client *client)
{
	struct pp_client *old;

	if (client == NULL)
		return;
	const struct log_hook log = pool->model->log;
	/* Not this pool's, or released before. */
	ASSERT(client->out && client->identity == &pool->identity);
	client->out = false;
	client->acting_user = pool->model->acting_user;
	client->idle_since_ms = boottime_ms();
	client->next_idle = NULL;
	lock(pool);
	old = take_old(pool);
	if (pool->first_waiter != NULL) {
		serve(pool, pool->first_waiter, client, 0);
	} else if (pool->closed) {
		pool->n_taken--;
		old = client; /* all others were closed then */
	} else {
		pool->n_taken--;
		pool->n_idle++;
		client->next_idle = pool->idle;
		pool->idle = client;
	}
	unlock(pool);
	close_all(old, &log);
}

void pp_pool_close(struct pp_pool *pool)
{
	if (pool == NULL)
		return;
	const struct log_hook log = pool->model->log;
	lock(pool);
	ASSERT(!pool->closed);
	pool->closed = true;
	struct pp_client *idle = pool->idle;
	pool->idle = NULL;
	pool->n_idle = 0;
	while (pool->first_waiter != NULL)
		serve(pool, pool->first_waiter, NULL, PP_ERR_CLOSED);
	unlock(pool);
	close_all(idle, &log);
}

int pp_pool_call(struct pp_pool *pool, struct pp_request *request, struct pp_client **client,
	enum pp_outcome *outcome, const struct pp_response **response)
{
	struct deadline deadline = deadline_in(pool->model->timeout_ms);

	*client = NULL;
	*response = NULL;
	*outcome = PP_NOT_EXECUTED;
	int err = acquire(pool, true, deadline, client);
	if (err != 0)
		return err;
	return client_call(*client, request, deadline, outcome, response);
}

void pp_pool_usage(struct pp_pool *pool, struct pp_pool_usage *out)
{
	lock(pool);
	*out = (struct pp_pool_usage) {
		.n_out = pool->n_taken,
		.n_idle = pool->n_idle,
		.n_waiting = pool->n_waiting,
	};
	unlock(pool);
}
