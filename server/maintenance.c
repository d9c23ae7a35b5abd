#include "server/maintenance.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "domain/rules/verify.h"
#include "server/writer.h"

/* A run, as it is told to clients. */
struct run_report {
	uint64_t verify_id; /* 0: there was none */
	enum pp_verify_state state;
	uint64_t snapshot_revision;
	uint64_t n_records;
	int64_t began_ms; /* by the boot time clock */
	int64_t ended_ms;
	const char *message; /* static */
	struct verify_result result;
};

struct maintenance {
	struct service *service;
	pthread_t thread;

	pthread_mutex_t lock; /* guards what follows */
	pthread_cond_t wake;
	bool closing;
	bool asked; /* the run of `report` is to be started */
	struct run_report report;

	/* Of the thread alone. */
	bool jumped;
	int64_t warned_ms;       /* when durability was last warned about, by the boot time clock */
	struct run_report ended; /* a copy: once it is published the next run may be asked for */
	struct verify verify;
};

/* ---- The snapshot as the rules see it ---- */

static int source_get(void *context, const struct key *key, bool *present, struct span *out)
{
	return store_snapshot_get(context, key, present, out);
}

static int source_next(
	void *context, const struct key *key, bool after, struct key *found, struct span *value)
{
	return store_snapshot_next(context, key, after, found, value);
}

static void source_table(void *context, uint8_t table, uint64_t *n_records, uint64_t *checksum_xor)
{
	store_snapshot_table(context, table, n_records, checksum_xor);
}

/* ---- Looks at clock and store ---- */

static void look_at_clock(struct maintenance *maintenance)
{
	bool jumped = false;
	int64_t offset_ms = clock_offset_ms(maintenance->service->clock, &jumped);

	if (jumped && !maintenance->jumped)
		log_warn("the clock jumped; server time does not follow until it is accepted",
			log_int("offset_ms", offset_ms));
	if (!jumped && maintenance->jumped)
		log_info("the clock is back", log_int("offset_ms", offset_ms));
	maintenance->jumped = jumped;
}

void maintenance_warn_if_unsafe(const struct service *service)
{
	if (!service->info.unsafe_no_sync)
		return;
	log_warn(service->config->commit == STORE_LOG
			 ? "durability is unsafe: a power cut loses writes that were answered"
			 : "durability is unsafe: a power cut loses writes that were answered, or "
			   "the whole store",
		log_text("durability", "unsafe_no_sync"),
		log_text("try", "store.durability: sync"));
}

static void look_at_store(struct maintenance *maintenance)
{
	struct service *service = maintenance->service;
	int64_t now_ms = service_boottime_ms(service);
	int err = store_health(service->store);

	if (err != 0) {
		log_fatal("a checkpoint failed; stopping at once: what was answered is in the log, "
			  "and the next start reads it back",
			log_err(err));
		_exit(WRITER_EXIT_STATUS);
	}
	if (now_ms - maintenance->warned_ms < MAINTENANCE_WARN_MS)
		return;
	maintenance_warn_if_unsafe(service);
	maintenance->warned_ms = now_ms;
}

/* ---- A run ---- */

struct limits {
	int64_t began_ms;
	uint64_t file_bytes;
	uint64_t growth_max; /* 0: unknown */
};

static bool is_closing(struct maintenance *maintenance)
{
	pthread_mutex_lock(&maintenance->lock);
	bool closing = maintenance->closing;
	pthread_mutex_unlock(&maintenance->lock);
	return closing;
}

/* Why the run must end now; NULL: it need not. */
static const char *why_abort(struct maintenance *maintenance, const struct limits *limits)
{
	struct service *service = maintenance->service;
	uint64_t file_bytes = 0;
	uint64_t free_bytes = 0;

	if (is_closing(maintenance))
		return "the server is shutting down";
	if (service_boottime_ms(service) - limits->began_ms > service->config->verify_timeout_ms)
		return "snapshot too old: the run took longer than limits.verify_timeout";
	store_usage(service->store, &file_bytes, &free_bytes);
	if (limits->growth_max > 0 && file_bytes > limits->file_bytes + limits->growth_max)
		return "snapshot too old: the store grew by limits.verify_growth of the free disk";
	return NULL;
}

static void publish(
	struct maintenance *maintenance, enum pp_verify_state state, const char *message)
{
	struct run_report *report = &maintenance->report;

	pthread_mutex_lock(&maintenance->lock);
	report->state = state;
	report->message = message;
	report->result = maintenance->verify.result;
	report->ended_ms = service_boottime_ms(maintenance->service);
	if (state != PP_VERIFY_STATE_RUNNING)
		maintenance->ended = *report;
	pthread_mutex_unlock(&maintenance->lock);
}

/* Steps until it is done or must end. */
static void run_steps(struct maintenance *maintenance, const struct limits *limits)
{
	struct verify *verify = &maintenance->verify;
	const char *why = NULL;

	for (;;) {
		look_at_store(maintenance);
		int state = verify_step(verify, MAINTENANCE_STEP_RECORDS);
		if (state < 0) {
			log_error("verify could not go on", log_err(state));
			publish(maintenance, PP_VERIFY_STATE_ABORTED, pp_strerror(state));
			return;
		}
		if (state == VERIFY_DONE)
			break;
		why = why_abort(maintenance, limits);
		if (why != NULL) {
			publish(maintenance, PP_VERIFY_STATE_ABORTED, why);
			return;
		}
		publish(maintenance, PP_VERIFY_STATE_RUNNING, NULL);
	}
	publish(maintenance,
		verify->result.n_findings == 0 ? PP_VERIFY_STATE_CLEAN : PP_VERIFY_STATE_DAMAGED,
		NULL);
}

static void run_on_snapshot(
	struct maintenance *maintenance, struct store_snapshot *snapshot, void *scratch)
{
	struct service *service = maintenance->service;
	struct limits limits = { .began_ms = service_boottime_ms(service) };
	uint64_t free_bytes = 0;
	struct verify_source source = {
		.context = snapshot,
		.get = source_get,
		.next = source_next,
		.table = source_table,
		.checksum = store_record_checksum,
		.revision = store_snapshot_revision(snapshot),
		.time_ms = store_snapshot_time_ms(snapshot),
	};

	store_usage(service->store, &limits.file_bytes, &free_bytes);
	limits.growth_max = free_bytes / 100 * (uint64_t)service->config->verify_growth_percent;
	pthread_mutex_lock(&maintenance->lock);
	maintenance->report.snapshot_revision = source.revision;
	maintenance->report.n_records = store_snapshot_n_records(snapshot);
	pthread_mutex_unlock(&maintenance->lock);
	verify_begin(&maintenance->verify, &source, scratch, VERIFY_SCRATCH_BYTES);
	run_steps(maintenance, &limits);
}

static void log_run(const struct run_report *report)
{
	const struct verify_result *result = &report->result;

	log_info("verify ended", log_uint("verify_id", report->verify_id),
		log_text("state", report->state == PP_VERIFY_STATE_CLEAN     ? "clean"
				  : report->state == PP_VERIFY_STATE_DAMAGED ? "damaged"
									     : "aborted"),
		log_uint("revision", report->snapshot_revision),
		log_uint("n_checked", result->n_checked),
		log_uint("n_findings", result->n_findings),
		log_int("ms", report->ended_ms - report->began_ms),
		log_text("why", report->message));
	for (uint32_t i = 0; i < result->n_shown; i++)
		log_error("verify found damage", log_text("check", result->findings[i].check),
			log_text("subject", result->findings[i].subject),
			log_text("finding", result->findings[i].message));
}

static const char *why_no_snapshot(int err)
{
	switch (err) {
	case PP_ERR_BUSY:
		return "checkpoints are behind: the one that a run begins with did not come about "
		       "within store.checkpoint_wait; try again";
	case PP_ERR_STORAGE_FULL:
		return "the store is full: a run begins with a checkpoint, which has no room; free "
		       "disk space and try again";
	default: return pp_strerror(err);
	}
}

static void run(struct maintenance *maintenance)
{
	struct store_snapshot *snapshot = NULL;

	memset(&maintenance->verify.result, 0, sizeof(maintenance->verify.result));
	void *scratch = malloc(VERIFY_SCRATCH_BYTES);
	int err = scratch == NULL ? PP_ERR_NO_MEMORY
				  : store_snapshot_open(maintenance->service->store, &snapshot);
	if (err == 0) {
		run_on_snapshot(maintenance, snapshot, scratch);
		store_snapshot_close(snapshot);
	} else {
		log_error("verify could not start", log_err(err));
		publish(maintenance, PP_VERIFY_STATE_ABORTED, why_no_snapshot(err));
	}
	free(scratch);
	log_run(&maintenance->ended);
}

/* ---- The thread ---- */

/* Waits for a request or the next look. False: closing. */
static bool await_work(struct maintenance *maintenance, bool *asked)
{
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += MAINTENANCE_LOOK_MS / 1000;
	pthread_mutex_lock(&maintenance->lock);
	if (!maintenance->closing && !maintenance->asked)
		pthread_cond_timedwait(&maintenance->wake, &maintenance->lock, &until);
	*asked = maintenance->asked;
	maintenance->asked = false;
	bool closing = maintenance->closing;
	pthread_mutex_unlock(&maintenance->lock);
	return !closing;
}

static void *maintenance_main(void *argument)
{
	struct maintenance *maintenance = argument;
	bool asked = false;

	pthread_setname_np(pthread_self(), "pp-maintenance");
	while (await_work(maintenance, &asked)) {
		look_at_clock(maintenance);
		look_at_store(maintenance);
		if (asked)
			run(maintenance);
	}
	return NULL;
}

int maintenance_open(struct service *service, struct maintenance **out)
{
	pthread_condattr_t attributes;
	struct maintenance *maintenance = calloc(1, sizeof(*maintenance));

	if (maintenance == NULL)
		return PP_ERR_NO_MEMORY;
	maintenance->service = service;
	maintenance->warned_ms = service_boottime_ms(service);
	pthread_mutex_init(&maintenance->lock, NULL);
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&maintenance->wake, &attributes);
	pthread_condattr_destroy(&attributes);
	if (pthread_create(&maintenance->thread, NULL, maintenance_main, maintenance) != 0) {
		pthread_cond_destroy(&maintenance->wake);
		pthread_mutex_destroy(&maintenance->lock);
		free(maintenance);
		return PP_ERR_NO_MEMORY;
	}
	*out = maintenance;
	return 0;
}

void maintenance_close(struct maintenance *maintenance)
{
	pthread_mutex_lock(&maintenance->lock);
	maintenance->closing = true;
	pthread_cond_signal(&maintenance->wake);
	pthread_mutex_unlock(&maintenance->lock);
	pthread_join(maintenance->thread, NULL);
	pthread_cond_destroy(&maintenance->wake);
	pthread_mutex_destroy(&maintenance->lock);
	free(maintenance);
}

/* ---- Requests ---- */

/* Copies findings into the op's arena; fewer when it gives out, as n_findings tells. */
static void copy_findings(struct op *op, const struct verify_result *result)
{
	struct pp_verify_response *reply = &op->response.u.verify;
	struct arena *arena = &op->arena;

	reply->findings =
		arena_zalloc(arena, sizeof(struct pp_finding *) * (result->n_shown + (size_t)1));
	if (reply->findings == NULL)
		return;
	for (uint32_t i = 0; i < result->n_shown; i++) {
		const struct verify_finding *from = &result->findings[i];
		struct pp_finding *finding = arena_zalloc(arena, sizeof(*finding));
		if (finding == NULL)
			return;
		finding->check = from->check;
		finding->subject = arena_copy(arena, from->subject, strlen(from->subject));
		finding->message = arena_copy(arena, from->message, strlen(from->message));
		if (finding->subject == NULL || finding->message == NULL)
			return;
		reply->findings[i] = finding;
		reply->n_findings_shown = i + (size_t)1;
	}
}

static void tell(struct maintenance *maintenance, struct op *op)
{
	const struct run_report *report = &maintenance->report;
	struct pp_verify_response *reply = &op->response.u.verify;
	bool running = report->state == PP_VERIFY_STATE_RUNNING;
	int64_t until_ms = running ? service_boottime_ms(maintenance->service) : report->ended_ms;

	op->response.kind = PP_KIND_VERIFY;
	*reply = (struct pp_verify_response) {
		.verify_id = report->verify_id,
		.state = report->state,
		.snapshot_revision = report->snapshot_revision,
		.n_checked = report->result.n_checked,
		.n_records = report->n_records,
		.n_findings = report->result.n_findings,
		.message = report->message,
		.elapsed_ms = (uint32_t)(until_ms - report->began_ms),
	};
	copy_findings(op, &report->result);
}

static void start(struct maintenance *maintenance)
{
	uint64_t verify_id = maintenance->report.verify_id + 1;

	maintenance->report = (struct run_report) {
		.verify_id = verify_id,
		.state = PP_VERIFY_STATE_RUNNING,
		.began_ms = service_boottime_ms(maintenance->service),
	};
	maintenance->asked = true;
	pthread_cond_signal(&maintenance->wake);
}

void maintenance_verify(struct maintenance *maintenance, struct op *op)
{
	uint64_t verify_id = op->request.u.verify.verify_id;
	const char *message = NULL;

	pthread_mutex_lock(&maintenance->lock);
	const struct run_report *report = &maintenance->report;
	if (verify_id == 0 && report->state == PP_VERIFY_STATE_RUNNING) {
		message = arena_printf(&op->arena,
			"Verify run %llu is going; ask about it by its id.",
			(unsigned long long)report->verify_id);
		op_refuse(op, PP_REASON_VERIFY_BUSY, RETRY_VERIFY_MS, message);
	} else if (verify_id != 0 && verify_id != report->verify_id) {
		op_refuse(op, PP_REASON_VERIFY_NOT_FOUND, 0,
			"There is no such Verify run; only the last one of this server is kept.");
		op->refusal.field = "verify_id";
	} else {
		if (verify_id == 0)
			start(maintenance);
		tell(maintenance, op);
	}
	pthread_mutex_unlock(&maintenance->lock);
}
