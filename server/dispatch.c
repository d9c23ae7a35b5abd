#include "server/dispatch.h"

#include <string.h>

#include <sodium.h>

#include "domain/rules/name.h"
#include "proto/codec.h"
#include "server/maintenance.h"
#include "server/stats.h"

int dispatch_open(struct dispatch *dispatch, struct service *service)
{
	*dispatch = (struct dispatch) { .service = service };
	return store_reader_open(service->store, &dispatch->reader);
}

void dispatch_close(struct dispatch *dispatch)
{
	ASSERT(!dispatch->viewing);
	store_reader_close(dispatch->reader);
	sodium_memzero(dispatch->random, sizeof(dispatch->random));
}

void dispatch_end_turn(struct dispatch *dispatch)
{
	if (!dispatch->viewing)
		return;
	store_reader_end(dispatch->reader);
	dispatch->viewing = false;
}

static enum dispatch_result refuse(struct dispatch *dispatch, struct op *op,
	enum dispatch_result result, enum pp_reason reason, uint32_t retry_after_ms,
	const char *field, const char *message)
{
	op_refuse(op, reason, retry_after_ms, message);
	op->refusal.field = field;
	service_stamp(dispatch->service, op);
	return result;
}

/* 16 bytes that nobody can guess, by a system call for many requests. */
static void draw_random(struct dispatch *dispatch, uint8_t out[16])
{
	if (dispatch->n_random < 16) {
		randombytes_buf(dispatch->random, sizeof(dispatch->random));
		dispatch->n_random = sizeof(dispatch->random);
	}
	uint8_t *taken = dispatch->random + dispatch->n_random - 16;
	memcpy(out, taken, 16);
	sodium_memzero(taken, 16);
	dispatch->n_random -= 16;
}

static int begin_view(struct dispatch *dispatch)
{
	if (dispatch->viewing)
		return 0;
	int err = store_reader_begin(dispatch->reader);
	if (err != 0)
		return err;
	dispatch->viewing = true;
	dispatch->view_time_ms = clock_now_ms(dispatch->service->clock);
	return 0;
}

static void complete_server_info(struct service *service, struct pp_response *response)
{
	struct pp_server_info_response *info = &response->u.server_info;

	info->server_version = PEAKPEEPS_VERSION;
	info->protocol_minor = PP_PROTOCOL_MINOR;
	info->store_id = service->info.store_id;
	info->incarnation = service->info.incarnation;
	info->started_at_ms = service->started_at_ms;
	info->server_time_ms = clock_now_ms(service->clock);
	info->clock_offset_ms = clock_offset_ms(service->clock, &info->clock_jumped);
	info->commit_mode = service->info.commit_mode;
	info->durability = service->info.unsafe_no_sync ? "unsafe_no_sync" : "sync";
	info->unicode_version = name_unicode_version();
	info->request_id_retention_ms = service->rules.request_id_retention_ms;
}

static void prepare(struct dispatch *dispatch, struct op *op)
{
	op->decide.request = &op->request;
	if (pp_kind_flags(op->request.kind) == PP_WRITE) {
		codec_request_hash(&op->request, op->decide.hash);
		draw_random(dispatch, op->decide.random);
	}
	op->store = (struct store_op) {
		.request = &op->decide,
		.reply = &op->response,
		.arena = &op->arena,
	};
}

static enum dispatch_result run_read(struct dispatch *dispatch, struct op *op)
{
	struct service *service = dispatch->service;
	uint64_t n_lost = 0;

	int err = begin_view(dispatch);
	if (err != 0) {
		if (log_limit_take(&dispatch->limit, service_boottime_ms(service), &n_lost))
			log_error("cannot take a view of the store", log_err(err));
		return refuse(dispatch, op, DISPATCH_REPLY, PP_REASON_OVERLOADED,
			RETRY_OVERLOADED_MS, NULL, "The server cannot read its store just now.");
	}
	store_read(dispatch->reader, &op->store, dispatch->view_time_ms);
	if (op->store.result != 0) {
		if (op->store.result == PP_ERR_CORRUPT &&
			log_limit_take(&dispatch->limit, service_boottime_ms(service), &n_lost))
			log_error("a record is damaged",
				log_text("request", pp_kind_title(op->request.kind)));
		op_refuse_result(op);
		service_stamp(service, op);
		return DISPATCH_REPLY;
	}
	/* A view may show a commit before the writer tells of it: what was seen once stays seen. */
	service_set_revision(service, op->response.revision);
	if (op->response.kind == PP_KIND_SERVER_INFO)
		complete_server_info(service, &op->response);
	if (op->response.kind == PP_KIND_STATS &&
		!stats_complete(service, &op->arena, &op->response.u.stats)) {
		op->store.result = PP_ERR_TOO_BIG;
		op_refuse_result(op);
		service_stamp(service, op);
	}
	return DISPATCH_REPLY;
}

static enum dispatch_result run_hello(struct dispatch *dispatch, struct op *op, bool *greeted)
{
	struct service *service = dispatch->service;
	const struct pp_hello_request *hello = &op->request.u.hello;
	struct pp_response *response = &op->response;

	if (hello->protocol_minor < PROTOCOL_MINOR_MIN)
		return refuse(dispatch, op, DISPATCH_CLOSE, PP_REASON_PROTOCOL_UNSUPPORTED, 0,
			"protocol_minor", "The lowest protocol minor version is 1.");
	if (hello->client_name != NULL && strlen(hello->client_name) > PP_CLIENT_NAME_BYTES_MAX)
		return refuse(dispatch, op, DISPATCH_REPLY, PP_REASON_FIELD_INVALID, 0,
			"client_name", "A client's name has at most 120 bytes.");
	if (hello->access_key.len > 0)
		return refuse(dispatch, op, DISPATCH_REPLY, PP_REASON_FIELD_INVALID, 0,
			"access_key", "Access keys are not supported yet; leave it empty.");
	*greeted = true;
	if (log_get_level() == LOG_LEVEL_DEBUG)
		log_debug("hello", log_text("client", hello->client_name),
			log_uint("protocol_minor", hello->protocol_minor));
	service_stamp(service, op);
	response->kind = PP_KIND_HELLO;
	response->u.hello = (struct pp_hello_response) {
		.protocol_minor = PP_PROTOCOL_MINOR,
		.server_version = PEAKPEEPS_VERSION,
		.store_id = service->info.store_id,
		.incarnation = service->info.incarnation,
		.server_time_ms = response->time_ms,
		.frame_bytes_max = FRAME_BYTES_MAX,
		.in_flight_max = (uint32_t)service->config->in_flight_max,
	};
	return DISPATCH_REPLY;
}

/* Hello and Verify: what decide would say of the envelope is said here. */
static enum dispatch_result run_server(struct dispatch *dispatch, struct op *op, bool *greeted)
{
	const struct pp_request *request = &op->request;

	if (request->has_request_id)
		return refuse(dispatch, op, DISPATCH_REPLY, PP_REASON_FIELD_INVALID, 0,
			"request_id", "Only a write carries a request id.");
	if (request->validate_only)
		return refuse(dispatch, op, DISPATCH_REPLY, PP_REASON_FIELD_INVALID, 0,
			"validate_only", "Only a write can be validated.");
	if (request->min_revision > atomic_load(&dispatch->service->revision))
		return refuse(dispatch, op, DISPATCH_REPLY, PP_REASON_REVISION_IN_FUTURE, 0,
			"min_revision", "The newest revision is below min_revision.");
	if (request->kind == PP_KIND_HELLO)
		return run_hello(dispatch, op, greeted);
	ASSERT(request->kind == PP_KIND_VERIFY);
	service_stamp(dispatch->service, op);
	maintenance_verify(dispatch->service->maintenance, op);
	return DISPATCH_REPLY;
}

/* What is not PeakPeeps at all. */
static enum dispatch_result malformed(struct dispatch *dispatch, struct op *op)
{
	if (op->arena.starved)
		return refuse(dispatch, op, DISPATCH_CLOSE, PP_REASON_OVERLOADED,
			RETRY_OVERLOADED_MS, NULL,
			"The server is short of memory for requests; connect again later.");
	return refuse(dispatch, op, DISPATCH_CLOSE, PP_REASON_MALFORMED_FRAME, 0, NULL,
		"The frame does not hold a request, or one that is too complex.");
}

enum dispatch_result dispatch_request(
	struct dispatch *dispatch, struct op *op, struct span message, bool *greeted)
{
	struct service *service = dispatch->service;
	struct pp_request *request = &op->request;

	int err = codec_decode_request(&op->arena, message, request, &op->refusal);
	op->response.seq = request->seq;
	if (err == PP_ERR_MALFORMED)
		return malformed(dispatch, op);
	if (!*greeted && request->kind != PP_KIND_HELLO)
		return refuse(dispatch, op, DISPATCH_CLOSE, PP_REASON_HELLO_REQUIRED, 0, NULL,
			"The first request of a connection must be Hello.");
	if (err != 0) {
		ASSERT(err == PP_ERR_INVALID && op->refusal.not_executed);
		op->response.status = &op->refusal;
		service_stamp(service, op);
		return DISPATCH_REPLY;
	}
	if (atomic_load(&service->stopping))
		return refuse(dispatch, op, DISPATCH_REPLY, PP_REASON_SHUTTING_DOWN,
			RETRY_SHUTTING_DOWN_MS, NULL, "The server is shutting down.");
	if (request->timeout_ms > 0 && op_is_expired(op, service_boottime_ms(service)))
		return refuse(dispatch, op, DISPATCH_REPLY, PP_REASON_DEADLINE_PASSED, 0, NULL,
			"The request's timeout passed before it was executed.");
	prepare(dispatch, op);
	switch (pp_kind_flags(request->kind)) {
	case PP_SERVER: return run_server(dispatch, op, greeted);
	case PP_WRITE: return request->validate_only ? run_read(dispatch, op) : DISPATCH_WRITE;
	default: return run_read(dispatch, op);
	}
}
