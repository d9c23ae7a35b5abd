/* The order of a request's checks, and request ids. */
#include <string.h>

#include "base/base.h"
#include "tests/model/model.h"

enum {
	RETENTION_MS = 7 * 24 * 3600 * 1000, /* the default of requests.id_retention */
	AHEAD_MS = 5 * 60 * 1000,
};

struct row {
	enum pp_kind kind;
	bool write;
	decide_request *decide;
};

static const struct row rows[] = {
	{ PP_KIND_SERVER_INFO, false, decide_server_info },
	{ PP_KIND_CREATE_USER, true, decide_create_user },
	{ PP_KIND_GET_USER, false, decide_get_user },
	{ PP_KIND_CREDIT_COINS, true, decide_credit_coins },
	{ PP_KIND_GET_BALANCE, false, decide_get_balance },
	{ PP_KIND_LIST_PURCHASES, false, decide_list_purchases },
	{ PP_KIND_LIST_LEDGER_ENTRIES, false, decide_list_ledger_entries },
	{ PP_KIND_CREATE_BUSINESS, true, decide_create_business },
	{ PP_KIND_EDIT_BUSINESS, true, decide_edit_business },
	{ PP_KIND_ADD_OWNER, true, decide_add_owner },
	{ PP_KIND_REMOVE_OWNER, true, decide_remove_owner },
	{ PP_KIND_GET_BUSINESS, false, decide_get_business },
	{ PP_KIND_LIST_BUSINESSES, false, decide_list_businesses },
	{ PP_KIND_CREATE_COUPON, true, decide_create_coupon },
	{ PP_KIND_EDIT_COUPON, true, decide_edit_coupon },
	{ PP_KIND_ADJUST_STOCK, true, decide_adjust_stock },
	{ PP_KIND_GET_COUPON, false, decide_get_coupon },
	{ PP_KIND_LIST_COUPONS, false, decide_list_coupons },
	{ PP_KIND_LIST_COUPON_VERSIONS, false, decide_list_coupon_versions },
	{ PP_KIND_CHECK_PURCHASE, false, decide_check_purchase },
	{ PP_KIND_PURCHASE_COUPON, true, decide_purchase_coupon },
	{ PP_KIND_GET_PURCHASE, false, decide_get_purchase },
	{ PP_KIND_REDEEM_PURCHASE, true, decide_redeem_purchase },
	{ PP_KIND_REFUND_PURCHASE, true, decide_refund_purchase },
	{ PP_KIND_ABANDON_REQUEST, true, decide_abandon_request },
	{ PP_KIND_VERIFY, false, decide_verify },
	{ PP_KIND_STATS, false, decide_stats },
};

/* The code of each reason, from the table of every reason. */
static enum pp_code code_of(enum pp_reason reason)
{
	switch (reason) {
	case PP_REASON_UNKNOWN_REQUEST: return PP_CODE_UNIMPLEMENTED;
	case PP_REASON_UNKNOWN_ENUM_VALUE:
	case PP_REASON_FIELD_MISSING:
	case PP_REASON_FIELD_INVALID:
	case PP_REASON_PAGE_TOKEN_INVALID:
	case PP_REASON_NAME_INVALID:
	case PP_REASON_EMPTY_FIELD_MASK: return PP_CODE_INVALID_ARGUMENT;
	case PP_REASON_REQUEST_ID_REUSED:
	case PP_REASON_NAME_TAKEN:
	case PP_REASON_ALREADY_AN_OWNER:
	case PP_REASON_ALREADY_CREDITED: return PP_CODE_ALREADY_EXISTS;
	case PP_REASON_REVISION_IN_FUTURE:
	case PP_REASON_NO_SUCH_VERSION: return PP_CODE_OUT_OF_RANGE;
	case PP_REASON_VERIFY_BUSY: return PP_CODE_UNAVAILABLE;
	case PP_REASON_USER_NOT_FOUND:
	case PP_REASON_BUSINESS_NOT_FOUND:
	case PP_REASON_COUPON_NOT_FOUND:
	case PP_REASON_PURCHASE_NOT_FOUND:
	case PP_REASON_VERIFY_NOT_FOUND:
	case PP_REASON_OWNER_NOT_FOUND: return PP_CODE_NOT_FOUND;
	case PP_REASON_NOT_AN_OWNER:
	case PP_REASON_OPERATOR_ONLY: return PP_CODE_PERMISSION_DENIED;
	case PP_REASON_COUPON_VERSION_CONFLICT:
	case PP_REASON_BUSINESS_VERSION_CONFLICT: return PP_CODE_ABORTED;
	default: return PP_CODE_FAILED_PRECONDITION;
	}
}

void refuse(struct exchange *x, enum pp_reason reason, const char *field)
{
	struct pp_status *status = take(x->arena, sizeof(*status));

	status->reason = reason;
	status->code = code_of(reason);
	status->field = field;
	x->reply.status = status;
}

bool is_uuid_v7(const struct pp_uuid *id)
{
	return id->bytes[6] >> 4 == 7 && id->bytes[8] >> 6 == 2;
}

static int64_t time_in(const struct pp_uuid *id)
{
	int64_t ms = 0;

	for (int i = 0; i < 6; i++)
		ms = ms << 8 | id->bytes[i];
	return ms;
}

static size_t bucket_of(const struct pp_uuid *id)
{
	return ((size_t)id->bytes[14] << 8 | id->bytes[15]) % SPENT_BUCKETS;
}

const struct spent *find_spent(const struct model *model, uint64_t user, const struct pp_uuid *id)
{
	size_t at = model->buckets[bucket_of(id)];

	while (at != 0) {
		const struct spent *spent = &model->spent[at - 1];
		if (spent->user == user && memcmp(&spent->id, id, sizeof(*id)) == 0)
			return spent;
		at = spent->older;
	}
	return NULL;
}

static struct spent *add_spent(struct exchange *x, const struct pp_uuid *id)
{
	struct model *model = x->model;

	model->spent = grow(model->spent, model->n_spent, sizeof(*model->spent));
	struct spent *spent = &model->spent[model->n_spent++];
	*spent = (struct spent) {
		.user = x->request->acting_user,
		.id = *id,
		.revision = x->reply.revision,
		.at_ms = x->now,
		.older = model->buckets[bucket_of(id)],
	};
	model->buckets[bucket_of(id)] = model->n_spent;
	return spent;
}

/* Refuses an id whose time is over or has not come. */
static void check_id_time(struct exchange *x, const struct pp_uuid *id)
{
	if (x->now >= time_in(id) + RETENTION_MS)
		refuse(x, PP_REASON_REQUEST_ID_EXPIRED, "request_id");
	else if (time_in(id) > x->now + AHEAD_MS)
		refuse(x, PP_REASON_REQUEST_ID_IN_FUTURE, "request_id");
	if (refused(x))
		x->reply.status->not_executed = true;
}

/* True when the id answers by itself. */
static bool id_answers(struct exchange *x)
{
	const struct pp_uuid *id = &x->request->request_id;

	check_id_time(x, id);
	if (refused(x))
		return true;
	const struct spent *spent = find_spent(x->model, x->request->acting_user, id);
	if (spent == NULL)
		return false;
	if (spent->abandoned)
		refuse(x, PP_REASON_REQUEST_ABANDONED, "request_id");
	else if (strcmp(spent->content, request_content(x->arena, x->request)) != 0)
		refuse(x, PP_REASON_REQUEST_ID_REUSED, "request_id");
	else
		x->replay = spent;
	return true;
}

static struct pp_status *keep_status(struct exchange *x)
{
	struct pp_status *status = x->remembered;

	if (status == NULL && refused(x)) {
		status = take(&x->model->text, sizeof(*status));
		*status = *x->reply.status;
		if (status->current_offer != NULL) {
			struct pp_current_offer *offer = take(&x->model->text, sizeof(*offer));
			*offer = *status->current_offer;
			status->current_offer = offer;
		}
	}
	return status;
}

static void id_spend(struct exchange *x)
{
	struct arena *text = &x->model->text;
	struct spent *spent = add_spent(x, &x->request->request_id);

	spent->content = copy_text(text, request_content(x->arena, x->request));
	spent->answer = copy_text(text, answer_text(x->arena, &x->reply));
	if (x->actual->status != NULL)
		spent->message = copy_text(text, x->actual->status->message);
	spent->made_id = x->made_id;
	spent->status = keep_status(x);
}

void decide_abandon_request(struct exchange *x)
{
	const struct pp_uuid *id = &x->request->u.abandon_request.request_id;
	struct pp_abandon_request_response *body = &x->reply.u.abandon_request;

	check_id_time(x, id);
	if (refused(x))
		return;
	x->reply.kind = PP_KIND_ABANDON_REQUEST;
	const struct spent *spent = find_spent(x->model, x->request->acting_user, id);
	if (spent == NULL) {
		body->abandoned = true;
		body->outcome_revision = x->reply.revision;
		body->decided_at_ms = x->now;
		if (!x->request->validate_only)
			add_spent(x, id)->abandoned = true;
		return;
	}
	body->abandoned = spent->abandoned;
	if (spent->abandoned) {
		x->reply.replayed = true;
		x->reply.time_ms = spent->at_ms;
		x->reply.revision = spent->revision;
	}
	body->outcome = spent->status;
	body->outcome_revision = spent->revision;
	body->decided_at_ms = spent->at_ms;
	body->made_id = spent->made_id;
}

static void check_envelope(struct exchange *x, bool write)
{
	const struct pp_request *request = x->request;
	bool wants_id = write && request->kind != PP_KIND_ABANDON_REQUEST;

	if (request->has_request_id && (!wants_id || !is_uuid_v7(&request->request_id)))
		refuse(x, PP_REASON_FIELD_INVALID, "request_id");
	else if (request->validate_only && !write)
		refuse(x, PP_REASON_FIELD_INVALID, "validate_only");
	else if (request->min_revision != 0 && write)
		refuse(x, PP_REASON_FIELD_INVALID, "min_revision");
}

/* The checks that leave an id as it was. */
static void precheck(struct exchange *x, const struct row *row)
{
	precheck_schema(x);
	if (!refused(x))
		check_envelope(x, row->write);
	if (!refused(x))
		precheck_body(x);
	if (refused(x))
		x->reply.status->not_executed = true;
}

static void decide(struct exchange *x, const struct row *row)
{
	bool has_id = row->write && row->kind != PP_KIND_ABANDON_REQUEST;

	precheck(x, row);
	if (refused(x) || (has_id && id_answers(x)))
		return;
	if (!row->write && x->request->min_revision > x->model->revision) {
		refuse(x, PP_REASON_REVISION_IN_FUTURE, "min_revision");
		/* Those that the server answers without the rules leave nothing behind. */
		x->reply.status->not_executed = row->kind == PP_KIND_VERIFY;
		return;
	}
	row->decide(x);
	if (has_id && !x->request->validate_only)
		id_spend(x);
}

void model_answer(struct exchange *x)
{
	struct server_state *server = &x->model->server;
	const struct row *row = NULL;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		if (rows[i].kind == x->request->kind)
			row = &rows[i];
	}
	x->reply.revision = x->model->revision;
	x->reply.time_ms = x->now;
	/* A refusal has no body: nothing is learned from it. */
	if (x->actual->kind != x->request->kind) {
		struct pp_response *bare = take(x->arena, sizeof(*bare));
		bare->status = x->actual->status;
		x->actual = bare;
	}
	decide(x, row);
	bool refusal = x->replay != NULL ? x->replay->status != NULL : refused(x);
	if (refusal)
		server->refused[x->request->kind]++;
	else
		server->accepted[x->request->kind]++;
}

const char *expected_text(const struct exchange *x)
{
	const struct spent *replay = x->replay;

	if (replay == NULL)
		return response_text(x->arena, &x->reply);
	const char *answer = replay->answer;
	struct pp_response envelope = {
		.revision = replay->revision,
		.replayed = true,
		.time_ms = replay->at_ms,
	};
	const char *head = response_text(x->arena, &envelope);
	return arena_printf(x->arena, "%s%s", head, answer);
}

const char *expected_begin(const struct exchange *x)
{
	return x->replay != NULL ? x->replay->message : x->begins;
}
