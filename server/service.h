/* What the threads of one server share. */
#ifndef SERVER_SERVICE_H
#define SERVER_SERVICE_H

#include <pthread.h>
#include <stdatomic.h>

#include "base/arena.h"
#include "base/blocks.h"
#include "base/clock.h"
#include "domain/rules/decide.h"
#include "server/config.h"
#include "storage/store.h"

/* Of memory that requests gave back, kept for the next ones. */
enum {
	SERVICE_SPARE_BYTES_MAX = 4 * 1024 * 1024,
	SERVICE_SPARE_BLOCKS = 64, /* kept from the start, for the first page of a list */
};

struct loop;
struct maintenance;
struct op;
struct writer;

/* Set before the threads start and constant from then on, but for the atomics. */
struct service {
	const struct config *config;
	struct clock_source source;
	struct clock *clock;
	struct store *store;
	struct store_info info; /* as it was when opened */
	struct rule_settings rules;
	int64_t started_at_ms;
	int64_t started_boottime_ms;

	struct writer *writer;
	struct maintenance *maintenance;
	struct loop *loops;
	uint32_t n_loops;

	_Atomic uint64_t revision;         /* the last one that is durable */
	atomic_bool stopping;              /* requests are refused from now on */
	struct arena_budget op_budget;     /* arenas of all ops */
	struct arena_budget buffer_budget; /* buffers of all connections */
	struct blocks blocks;              /* what arenas and buffers are made of */
	atomic_uint n_connections;         /* handed to a loop and not yet freed */

	pthread_mutex_t lock; /* guards what follows */
	pthread_cond_t changed;
	bool stop_asked;
	uint32_t n_drained; /* loops without connections that will get no more */
};

/* The locks; PP_ERR_NO_MEMORY. */
int service_init(struct service *service) MUST_CHECK;
void service_destroy(struct service *service);
/* A loop is drained, for good. */
void service_arrive(struct service *service);
/* Waits until somebody asked to stop. */
void service_await_stop(struct service *service);
/* Waits until every loop is drained; at most timeout_ms, or for ever when it is negative. */
bool service_await_drained(struct service *service, int64_t timeout_ms);

/* Milliseconds by the boot time clock: for timeouts of requests. */
int64_t service_boottime_ms(const struct service *service);
/* The revision and time that a reply carries which the server itself made. */
void service_stamp(struct service *service, struct op *op);
/* Raises the last durable revision: what the writer made, or what a view showed. Any thread. */
void service_set_revision(struct service *service, uint64_t revision);

#endif
