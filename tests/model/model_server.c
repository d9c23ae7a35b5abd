/* What the server tells of itself: checked where the documents bind it, taken where they do not. */
#include <string.h>

#include "base/base.h"
#include "tests/model/model.h"

enum {
	RETENTION_MS = 7 * 24 * 3600 * 1000,
	VERIFY_MS_MAX = 10 * 60 * 1000, /* the default of limits.verify_timeout */
};

/* The first thing that is wrong is told. */
static void demand(struct exchange *x, bool holds, const char *fault)
{
	if (!holds && x->fault == NULL)
		x->fault = fault;
}

static bool same_id(const struct pp_uuid *a, const struct pp_uuid *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

void decide_server_info(struct exchange *x)
{
	const struct pp_server_info_response *actual = &x->actual->u.server_info;
	const struct server_state *server = &x->model->server;

	x->reply.kind = PP_KIND_SERVER_INFO;
	demand(x, actual->protocol_minor == server->hello.protocol_minor, "protocol_minor");
	demand(x, same_id(&actual->store_id, &server->hello.store_id), "store_id");
	demand(x, actual->incarnation == server->hello.incarnation, "incarnation");
	demand(x, actual->started_at_ms == server->started_at_ms, "started_at_ms");
	demand(x, actual->server_time_ms == x->now, "server_time_ms");
	demand(x, actual->clock_offset_ms == 0 && !actual->clock_jumped, "clock_offset_ms");
	demand(x, actual->commit_mode != NULL && actual->unicode_version != NULL, "commit_mode");
	demand(x, strcmp(actual->durability, "sync") == 0, "durability");
	demand(x, actual->request_id_retention_ms == RETENTION_MS, "request_id_retention_ms");
	demand(x, actual->n_users == x->model->n_users, "n_users");
	demand(x, actual->n_businesses == x->model->n_businesses, "n_businesses");
	demand(x, actual->n_coupons == x->model->n_coupons, "n_coupons");
	demand(x, actual->n_purchases == x->model->n_purchases, "n_purchases");
}

/* A server that decides one request at a time has timed each that it decided, once. */
static void check_times(struct exchange *x, const struct pp_request_stats *row)
{
	bool is_write = pp_kind_flags((enum pp_kind)row->number) == PP_WRITE;

	demand(x, row->queue_us != NULL && row->decide_us != NULL && row->total_us != NULL,
		"the times of a kind");
	demand(x, is_write == (row->sync_us != NULL), "the sync of a kind");
	if (x->fault != NULL)
		return;
	demand(x, row->total_us->n <= row->accepted_total + row->refused_total, "total_us");
	demand(x, row->total_us->n >= row->accepted_total, "total_us");
	demand(x, row->queue_us->n == row->total_us->n, "queue_us");
	demand(x, row->decide_us->n == row->total_us->n, "decide_us");
	demand(x, !is_write || row->sync_us->n <= row->total_us->n, "sync_us");
}

static void check_counters(struct exchange *x, const struct pp_stats_response *actual)
{
	const struct server_state *server = &x->model->server;
	uint64_t asked = 0;
	uint64_t loops = 0;
	uint64_t open = 0;

	for (size_t i = 0; i < actual->n_requests; i++) {
		const struct pp_request_stats *row = actual->requests[i];
		demand(x,
			row->number < KINDS_MAX && row->name != NULL &&
				strcmp(row->name, pp_kind_title(row->number)) == 0,
			"a kind's number or name");
		if (x->fault != NULL)
			return;
		demand(x, row->accepted_total == server->accepted[row->number], "accepted_total");
		demand(x, row->refused_total == server->refused[row->number], "refused_total");
		check_times(x, row);
		asked += row->accepted_total + row->refused_total;
	}
	for (size_t i = 0; i < KINDS_MAX; i++)
		asked -= server->accepted[i] + server->refused[i];
	demand(x, asked == 0, "a kind that was asked is not counted");
	for (size_t i = 0; i < actual->n_loops; i++) {
		loops += actual->loops[i]->requests_total;
		open += actual->loops[i]->connections_open;
	}
	for (size_t i = 0; i < KINDS_MAX; i++)
		loops -= server->accepted[i] + server->refused[i];
	demand(x, loops == 0, "the requests of the loops");
	demand(x, open == server->n_connections, "the connections of the loops");
}

void decide_stats(struct exchange *x)
{
	const struct pp_stats_response *actual = &x->actual->u.stats;
	const struct model *model = x->model;
	uint64_t redeemed = 0;
	uint64_t refunded = 0;

	x->reply.kind = PP_KIND_STATS;
	for (size_t i = 0; i < model->n_purchases; i++) {
		redeemed += model->purchases[i].receipt.has_redeemed_at_ms;
		refunded += model->purchases[i].receipt.has_refunded_at_ms;
	}
	demand(x, actual->n_users == model->n_users, "n_users");
	demand(x, actual->n_businesses == model->n_businesses, "n_businesses");
	demand(x, actual->n_coupons == model->n_coupons, "n_coupons");
	demand(x, actual->n_purchases == model->n_purchases, "n_purchases");
	demand(x, actual->n_redeemed == redeemed, "n_redeemed");
	demand(x, actual->n_refunded == refunded, "n_refunded");
	demand(x, actual->coins_issued == -model->issuance.balance, "coins_issued");
	demand(x, actual->commission_coins == model->commission.balance, "commission_coins");
	demand(x, actual->started_at_ms == model->server.started_at_ms, "started_at_ms");
	demand(x, actual->uptime_ms == x->now - actual->started_at_ms, "uptime_ms");
	demand(x, actual->connections_open == model->server.n_connections, "connections_open");
	demand(x, actual->connections_total == model->server.n_connections, "connections_total");
	demand(x, actual->writer_queue_length == 0, "writer_queue_length");
	demand(x, actual->op_bytes <= actual->op_bytes_max, "op_bytes_max");
	demand(x, actual->buffer_bytes <= actual->buffer_bytes_max, "buffer_bytes_max");
	demand(x, actual->store_bytes > 0 && actual->disk_free_bytes > 0, "store_bytes");
	check_counters(x, actual);
}

/* A run goes on by itself, so whether it has ended is the server's to say. */
void decide_verify(struct exchange *x)
{
	const struct pp_verify_response *actual = &x->actual->u.verify;
	struct server_state *server = &x->model->server;
	uint64_t asked = x->request->u.verify.verify_id;
	const struct pp_status *status = x->actual->status;

	if (asked == 0 && status != NULL && status->reason == PP_REASON_VERIFY_BUSY) {
		demand(x, server->verify_waiting, "busy, but no run is under way");
		refuse(x, PP_REASON_VERIFY_BUSY, NULL);
		x->reply.status->not_executed = true;
		x->reply.status->retry_after_ms = status->retry_after_ms;
		demand(x, status->retry_after_ms > 0, "no retry_after_ms");
		return;
	}
	if (asked != 0 && asked != server->verify_id) {
		refuse(x, PP_REASON_VERIFY_NOT_FOUND, "verify_id");
		x->reply.status->not_executed = true;
		return;
	}
	x->reply.kind = PP_KIND_VERIFY;
	if (asked == 0) {
		demand(x, actual->verify_id != 0 && actual->verify_id != server->verify_id,
			"the id of a new run");
		server->verify_id = actual->verify_id;
		server->verify_began_ms = x->now;
		server->verify_ended = false;
	}
	/* By the test's clock a run may well take longer than it may. */
	bool aborted = actual->state == PP_VERIFY_STATE_ABORTED &&
		       x->now - server->verify_began_ms >= VERIFY_MS_MAX;
	bool ended = aborted || actual->state == PP_VERIFY_STATE_CLEAN;
	demand(x, actual->verify_id == server->verify_id, "verify_id");
	demand(x, ended || actual->state == PP_VERIFY_STATE_RUNNING, "the state of the run");
	demand(x, !server->verify_ended || ended, "a run that had ended runs");
	demand(x, actual->snapshot_revision <= x->model->revision, "snapshot_revision");
	demand(x, actual->n_checked <= actual->n_records, "n_checked");
	demand(x, actual->n_findings == 0 && actual->n_findings_shown == 0, "findings");
	server->verify_ended = ended;
	server->verify_waiting = !ended;
}
