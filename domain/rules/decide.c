#include "domain/rules/decide.h"

#include <inttypes.h>
#include <string.h>

#include "domain/rules/families.h"
#include "domain/rules/render.h"
#include "domain/rules/request.h"

void rule_settings_default(struct rule_settings *out)
{
	*out = (struct rule_settings) {
		.request_id_retention_ms = INT64_C(7) * 24 * 3600 * 1000,
		.credit_coins = {
			[PP_CREDIT_REASON_ROUTE_ADDED] = 10,
			[PP_CREDIT_REASON_ROUTE_COMPLETED] = 15,
			[PP_CREDIT_REASON_REVIEW_POSTED] = 5,
		},
	};
}

static void run_family(struct run *run)
{
	switch (run->request->kind) {
	case PP_KIND_SERVER_INFO: rule_server_info(run); break;
	case PP_KIND_STATS: rule_stats(run); break;
	case PP_KIND_CREATE_USER: rule_create_user(run); break;
	case PP_KIND_GET_USER: rule_get_user(run); break;
	case PP_KIND_CREDIT_COINS: rule_credit_coins(run); break;
	case PP_KIND_GET_BALANCE: rule_get_balance(run); break;
	case PP_KIND_LIST_PURCHASES: rule_list_purchases(run); break;
	case PP_KIND_LIST_LEDGER_ENTRIES: rule_list_ledger_entries(run); break;
	case PP_KIND_CREATE_BUSINESS: rule_create_business(run); break;
	case PP_KIND_EDIT_BUSINESS: rule_edit_business(run); break;
	case PP_KIND_ADD_OWNER: rule_add_owner(run); break;
	case PP_KIND_REMOVE_OWNER: rule_remove_owner(run); break;
	case PP_KIND_GET_BUSINESS: rule_get_business(run); break;
	case PP_KIND_LIST_BUSINESSES: rule_list_businesses(run); break;
	case PP_KIND_CREATE_COUPON: rule_create_coupon(run); break;
	case PP_KIND_EDIT_COUPON: rule_edit_coupon(run); break;
	case PP_KIND_ADJUST_STOCK: rule_adjust_stock(run); break;
	case PP_KIND_GET_COUPON: rule_get_coupon(run); break;
	case PP_KIND_LIST_COUPONS: rule_list_coupons(run); break;
	case PP_KIND_LIST_COUPON_VERSIONS: rule_list_coupon_versions(run); break;
	case PP_KIND_CHECK_PURCHASE: rule_check_purchase(run); break;
	case PP_KIND_PURCHASE_COUPON: rule_purchase_coupon(run); break;
	case PP_KIND_GET_PURCHASE: rule_get_purchase(run); break;
	case PP_KIND_REDEEM_PURCHASE: rule_redeem_purchase(run); break;
	case PP_KIND_REFUND_PURCHASE: rule_refund_purchase(run); break;
	case PP_KIND_ABANDON_REQUEST: rule_abandon_request(run); break;
	default: ASSERT(!"a kind without rules");
	}
}

/* Refusals for which nothing is remembered. */
static void check_before(struct run *run)
{
	const struct pp_request *request = run->request;

	if (pp_kind_flags(request->kind) == PP_WRITE) {
		bool abandon = request->kind == PP_KIND_ABANDON_REQUEST;
		request_check_time(run,
			abandon ? &request->u.abandon_request.request_id : &request->request_id);
	} else if (request->min_revision > run->revision) {
		run_refuse(run, PP_REASON_REVISION_IN_FUTURE, "min_revision",
			"min_revision is %" PRIu64 ", but the newest revision is %" PRIu64
			". Read again once the write that you wait for was answered.",
			request->min_revision, run->revision);
	}
}

static void run_init(struct run *run, struct decision *decision)
{
	const struct decide_request *input = decision->request;
	struct pp_response *reply = decision->reply;

	ASSERT(pp_kind_flags(input->request->kind) != PP_SERVER);
	*run = (struct run) {
		.decision = decision,
		.request = input->request,
		.input = input,
		.settings = decision->context.settings,
		.reply = reply,
		.arena = decision->arena,
		.now_ms = decision->context.now_ms,
		.revision = decision->context.revision,
		.dry = decision->context.snapshot || input->request->validate_only,
		.failure = STEP_DONE,
		.spent_loaded = LOADED_ABSENT,
	};
	uint64_t seq = reply->seq;
	memset(reply, 0, sizeof(*reply));
	reply->seq = seq;
	reply->revision = run->revision;
	reply->time_ms = run->now_ms;
}

static void run_decide(struct run *run)
{
	check_before(run);
	if (run_refused(run)) {
		render_refusal(run);
		if (run->reply->status != NULL)
			run->reply->status->not_executed =
				pp_kind_flags(run->request->kind) == PP_WRITE;
		return;
	}
	bool write = pp_kind_flags(run->request->kind) == PP_WRITE;
	if (write && run->request->kind != PP_KIND_ABANDON_REQUEST)
		run_load_spent(run);
	run_family(run);
	if (run->waiting)
		return;
	if (run->remember)
		request_remember(run);
	render_envelope(run);
}

enum step decide(struct decision *decision)
{
	struct run run;

	run_init(&run, decision);
	const struct pp_status *fault = decide_precheck(run.request, run.arena);
	if (fault != NULL && run.arena->starved) {
		run_too_big(&run); /* not the request's own bounds: its driver knows what to say */
	} else if (fault != NULL) {
		run.reply->status = run_alloc(&run, sizeof(*run.reply->status));
		if (run.reply->status != NULL)
			*run.reply->status = *fault;
	} else {
		run_decide(&run);
	}
	if (run.failure != STEP_DONE)
		return run.failure;
	if (run.waiting)
		return STEP_READ;
	decision->accepted = run.accepted && !run.dry;
	return STEP_DONE;
}
