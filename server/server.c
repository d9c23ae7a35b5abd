#include "server/server.h"

#include <signal.h>
#include <stdlib.h>

#include <sodium.h>

#include "base/log.h"
#include "domain/rules/name.h"
#include "domain/rules/record.h"
#include "server/loop.h"
#include "server/maintenance.h"
#include "server/writer.h"

struct server {
	struct service service;
	uint16_t port;
};

/* ---- Store and clock ---- */

static void oldest_kept(int64_t now_ms, const void *rule_settings, struct key *out)
{
	const struct rule_settings *rules = rule_settings;

	key_of_oldest_request(now_ms, rules->request_id_retention_ms, out);
}

static void make_rule_settings(struct service *service)
{
	static const uint8_t purpose[] = "peakpeeps page tokens";
	uint8_t input[sizeof(purpose) - 1 + 8];
	const struct config *config = service->config;
	struct rule_settings *rules = &service->rules;

	rule_settings_default(rules);
	rules->request_id_retention_ms = config->request_id_retention_ms;
	rules->credit_coins[PP_CREDIT_REASON_ROUTE_ADDED] = config->credit_route_added_coins;
	rules->credit_coins[PP_CREDIT_REASON_ROUTE_COMPLETED] =
		config->credit_route_completed_coins;
	rules->credit_coins[PP_CREDIT_REASON_REVIEW_POSTED] = config->credit_review_posted_coins;
	/* A token names a revision: after a restore that number may mean something else. */
	struct byte_writer writer;
	byte_writer_init(&writer, input, sizeof(input));
	write_bytes(&writer, purpose, sizeof(purpose) - 1);
	write_u64(&writer, service->info.incarnation);
	int rc = crypto_generichash(rules->token_key, sizeof(rules->token_key), input,
		sizeof(input), service->info.secret, sizeof(service->info.secret));
	ASSERT(rc == 0 && !writer.failed);
}

static int open_store(struct service *service)
{
	const struct config *config = service->config;
	char message[STORE_MESSAGE_BYTES] = "";
	struct store_options options = {
		.engine = (enum store_engine)config->commit,
		.path = config->store_path,
		.create = true,
		.restored = config->restored,
		.map_bytes = (uint64_t)config->map_bytes,
		.free_bytes_min = (uint64_t)config->free_bytes_min,
		.readers_max = (uint32_t)config->readers_max,
		.unsafe_no_sync = config->durability == CONFIG_UNSAFE_NO_SYNC,
		.accept_loss = config->accept_loss,
		.log = {
			.log_bytes_max = (uint64_t)config->log_bytes_max,
			.memtable_bytes = (size_t)config->memtable_bytes,
			.checkpoint_ms = (uint32_t)config->checkpoint_interval_ms,
			.wait_ms = (uint32_t)config->checkpoint_wait_ms,
		},
		.rule = decide,
		.rule_settings = &service->rules,
		.oldest_kept = oldest_kept,
		.unicode_version = name_unicode_version(),
	};

	int err = store_open(&options, &service->store, message);
	if (err != 0) {
		log_error("cannot open the store", log_text("path", config->store_path),
			log_err(err), log_text("why", message));
		return err;
	}
	store_info(service->store, &service->info);
	make_rule_settings(service);
	store_set_settings(service->store, &service->rules);
	atomic_store(&service->revision, service->info.revision);
	return 0;
}

static int open_clock(struct service *service)
{
	bool ahead = false;
	int64_t last_ms = service->info.last_commit_ms;

	int err = clock_open(
		&service->source, last_ms, service->config->force_clock, &ahead, &service->clock);
	int64_t wall_ms = service->source.wall_ms(service->source.context);
	if (err == PP_ERR_CLOCK)
		log_error("the clock is behind the store's last commit",
			log_int("behind_ms", last_ms - wall_ms),
			log_text("try", "set the clock right, or start with --force-clock"));
	else if (err != 0)
		log_error("cannot start the clock", log_err(err));
	else if (ahead)
		log_warn("the clock is more than a day after the store's last commit",
			log_int("ahead_ms", wall_ms - last_ms));
	if (err != 0)
		return err;
	service->started_at_ms = clock_now_ms(service->clock);
	service->started_boottime_ms = service_boottime_ms(service);
	return 0;
}

/* ---- Threads ---- */

static uint32_t count_loops(const struct config *config)
{
	if (config->n_loops > 0)
		return (uint32_t)config->n_loops;
	uint32_t n = uv_available_parallelism() / 2;
	return n > 0 ? n : 1;
}

static int open_loops(struct service *service)
{
	uint32_t n = count_loops(service->config);
	int err = 0;

	service->loops = calloc(n, sizeof(*service->loops));
	if (service->loops == NULL)
		return PP_ERR_NO_MEMORY;
	/* Set first: the pools are sized by it. */
	service->n_loops = n;
	for (uint32_t i = 0; i < n; i++) {
		err = loop_open(&service->loops[i], service, i);
		if (err == 0)
			continue;
		log_error("cannot make an event loop", log_err(err));
		while (i > 0)
			loop_close_unstarted(&service->loops[--i]);
		free(service->loops);
		return err;
	}
	return 0;
}

static void close_unstarted_loops(struct service *service)
{
	for (uint32_t i = 0; i < service->n_loops; i++)
		loop_close_unstarted(&service->loops[i]);
	free(service->loops);
}

/* Ends loops that run and have no connections. Loop 0 tells the others, as it did of the stop. */
static void exit_loops(struct service *service)
{
	mailbox_post_one(&service->loops[0].mailbox, &service->loops[0].exit_mail);
	for (uint32_t i = 0; i < service->n_loops; i++)
		loop_join(&service->loops[i]);
}

/* Loop 0, which accepts, starts last: until then there is nothing to serve. */
static int start_loops(struct service *service)
{
	for (uint32_t i = service->n_loops; i > 0; i--) {
		int err = loop_start(&service->loops[i - 1]);
		if (err == 0)
			continue;
		log_error("cannot start a thread", log_err(err));
		for (uint32_t j = 0; j < i; j++)
			loop_close_unstarted(&service->loops[j]);
		for (uint32_t j = i; j < service->n_loops; j++)
			mailbox_post_one(&service->loops[j].mailbox, &service->loops[j].exit_mail);
		for (uint32_t j = i; j < service->n_loops; j++)
			loop_join(&service->loops[j]);
		free(service->loops);
		return err;
	}
	return 0;
}

static int open_listener(struct service *service, uint16_t *port)
{
	struct loop *loop = &service->loops[0];

	int err = listener_open(&loop->listener, service->config);
	if (err != 0)
		return err;
	err = listener_start(&loop->listener, loop);
	if (err != 0)
		log_error("cannot poll a socket", log_err(err));
	*port = loop->listener.port;
	return err;
}

/* What opening did to the store. */
static void log_opening(const struct service *service)
{
	const struct store_info *info = &service->info;
	bool lost = info->previous_incarnation != 0 && !service->config->restored;

	if (info->n_recovered > 0)
		log_info("the last stop was not a clean one: batches were read back from the log",
			log_uint("n", info->n_recovered));
	if (lost)
		log_warn("--accept-loss: writes that were answered may be lost; a new incarnation",
			log_uint("n_batches_lost", info->n_lost),
			log_uint("incarnation", info->incarnation),
			log_uint("was", info->previous_incarnation));
	else if (info->previous_incarnation != 0)
		log_info("the store was restored: a new incarnation",
			log_uint("incarnation", info->incarnation),
			log_uint("was", info->previous_incarnation));
	else if (service->config->accept_loss)
		log_plain(LOG_LEVEL_INFO, "--accept-loss was not needed: nothing was lost");
}

static void log_ready(const struct service *service)
{
	log_opening(service);
	maintenance_warn_if_unsafe(service);
	log_info("store open", log_text("path", service->config->store_path),
		log_uint("revision", service->info.revision),
		log_uint("incarnation", service->info.incarnation),
		log_text("commit", service->info.commit_mode), log_uint("loops", service->n_loops));
}

/* Everything above store and clock. */
static int open_threads(struct server *server)
{
	struct service *service = &server->service;

	int err = open_loops(service);
	if (err != 0)
		return err;
	err = open_listener(service, &server->port);
	if (err != 0)
		goto err_after_loops;
	err = writer_open(service, &service->writer);
	if (err != 0)
		goto err_after_loops;
	err = maintenance_open(service, &service->maintenance);
	if (err != 0)
		goto err_after_writer;
	log_ready(service);
	/* Who reads it may connect: the kernel accepts already. */
	listener_log(&service->loops[0].listener);
	err = start_loops(service);
	if (err != 0)
		goto err_after_start;
	return 0;
err_after_start:
	maintenance_close(service->maintenance);
	writer_close(service->writer);
	return err;
err_after_writer:
	writer_close(service->writer);
err_after_loops:
	close_unstarted_loops(service);
	return err;
}

int server_start(
	const struct config *config, const struct clock_source *source, struct server **out)
{
	if (sodium_init() < 0)
		return PP_ERR_NO_MEMORY;
	struct server *server = calloc(1, sizeof(*server));
	if (server == NULL)
		return PP_ERR_NO_MEMORY;
	struct service *service = &server->service;
	service->config = config;
	service->source = source == NULL ? clock_system : *source;
	service->op_budget.limit = (size_t)config->op_bytes_max;
	service->buffer_budget.limit = (size_t)config->buffer_bytes_max;
	/* A peer that goes away while it is written to must not end the process. */
	signal(SIGPIPE, SIG_IGN);

	int err = service_init(service);
	if (err != 0)
		goto err_after_alloc;
	err = open_store(service);
	if (err != 0)
		goto err_after_service;
	err = open_clock(service);
	if (err != 0)
		goto err_after_store;
	err = open_threads(server);
	if (err != 0)
		goto err_after_clock;
	*out = server;
	return 0;
err_after_clock:
	clock_close(service->clock);
err_after_store:
	store_close(service->store);
err_after_service:
	service_destroy(service);
err_after_alloc:
	free(server);
	return err;
}

uint16_t server_port(const struct server *server)
{
	return server->port;
}

void server_stop(struct server *server)
{
	struct service *service = &server->service;

	pthread_mutex_lock(&service->lock);
	if (!service->stop_asked) {
		service->stop_asked = true;
		atomic_store(&service->stopping, true);
		/* Loop 0 tells the others, after the last socket that it hands them. */
		mailbox_post_one(&service->loops[0].mailbox, &service->loops[0].stop_mail);
		pthread_cond_broadcast(&service->changed);
	}
	pthread_mutex_unlock(&service->lock);
}

void server_accept_clock(struct server *server)
{
	bool jumped = false;

	int64_t offset_ms = clock_offset_ms(server->service.clock, &jumped);
	clock_accept(server->service.clock);
	log_info("the clock was accepted", log_int("offset_ms", offset_ms),
		log_text("jumped", jumped ? "yes" : "no"));
}

int server_run(struct server *server)
{
	struct service *service = &server->service;

	service_await_stop(service);
	log_info("stopping", log_uint("connections", atomic_load(&service->n_connections)));
	if (!service_await_drained(service, service->config->drain_timeout_ms)) {
		log_warn("the drain timeout passed; closing what is left",
			log_uint("connections", atomic_load(&service->n_connections)));
		mailbox_post_one(&service->loops[0].mailbox, &service->loops[0].force_mail);
		service_await_drained(service, -1);
	}
	/* No loop has connections, so no op is out and nobody submits. */
	writer_close(service->writer);
	maintenance_close(service->maintenance);
	exit_loops(service);
	ASSERT(atomic_load(&service->n_connections) == 0);
	ASSERT(atomic_load(&service->buffer_budget.used) == 0);
	ASSERT(atomic_load(&service->op_budget.used) == 0);
	free(service->loops);
	int err = store_close(service->store);
	if (err != 0)
		log_warn("the last checkpoint failed; the next start reads the log instead",
			log_err(err));
	clock_close(service->clock);
	service_destroy(service);
	free(server);
	log_plain(LOG_LEVEL_INFO, "stopped");
	return 0;
}
