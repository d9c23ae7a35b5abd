/* RedeemPurchase: a code is handed in at the business, exactly once. */
#include <inttypes.h>
#include <sodium.h>

#include "domain/rules/business.h"
#include "domain/rules/families.h"
#include "domain/rules/receipt.h"
#include "domain/rules/text.h"

struct redemption {
	uint64_t secret; /* of the code */
	enum loaded business_loaded;
	struct business_record business;
	enum loaded purchase_loaded;
	struct purchase_record purchase;
	struct counters_record counters;
	struct version_record version; /* of the purchase */
};

static void load(struct run *run, struct redemption *redemption)
{
	const struct pp_redeem_purchase_request *body = &run->request->u.redeem_purchase;
	uint64_t purchase_id;

	bool parsed = text_parse_code(body->code, &purchase_id, &redemption->secret);
	ASSERT(parsed); /* by the precheck too */
	redemption->business_loaded =
		run_load_business(run, body->business_id, &redemption->business);
	redemption->purchase_loaded = run_load_purchase(run, purchase_id, &redemption->purchase);
	run_load_counters(run, &redemption->counters);
}

/* Whether there is such a code at this business; not told apart from one of another business. */
static bool found(const struct run *run, const struct redemption *redemption)
{
	const struct purchase_record *purchase = &redemption->purchase;

	return redemption->purchase_loaded == LOADED_PRESENT &&
	       purchase->coupon_id / COUPON_ID_UNIT ==
		       run->request->u.redeem_purchase.business_id &&
	       sodium_memcmp(&purchase->code, &redemption->secret, sizeof(purchase->code)) == 0;
}

static void check_target(struct run *run, const struct redemption *redemption)
{
	if (redemption->business_loaded == LOADED_ABSENT) {
		run_refuse(run, PP_REASON_BUSINESS_NOT_FOUND, "business_id",
			"There is no business %" PRIu64 ".",
			run->request->u.redeem_purchase.business_id);
		return;
	}
	business_check_owner(run, &redemption->business);
	if (!found(run, redemption))
		run_refuse(run, PP_REASON_PURCHASE_NOT_FOUND, "code",
			"Business %s sold nothing under this code. Read it again.",
			redemption->business.name);
}

static void check_state(struct run *run, const struct redemption *redemption)
{
	const struct purchase_record *purchase = &redemption->purchase;

	switch (receipt_state(purchase, run->now_ms)) {
	case PP_PURCHASE_STATE_REFUNDED:
		run_refuse(run, PP_REASON_ALREADY_REFUNDED, "code",
			"Purchase %" PRIu64 " was refunded at %s. Do not hand anything over.",
			purchase->purchase_id, TIME_TEXT(purchase->refunded_at_ms));
		break;
	case PP_PURCHASE_STATE_REDEEMED:
		run_refuse(run, PP_REASON_ALREADY_REDEEMED, "code",
			"Purchase %" PRIu64 " was redeemed at %s. Do not hand anything over again.",
			purchase->purchase_id, TIME_TEXT(purchase->redeemed_at_ms));
		break;
	case PP_PURCHASE_STATE_EXPIRED:
		run_refuse(run, PP_REASON_PURCHASE_EXPIRED, "code",
			"Purchase %" PRIu64
			" could be redeemed until %s; server time is %s. It can still be refunded.",
			purchase->purchase_id, TIME_TEXT(purchase->redeem_until_ms),
			TIME_TEXT(run->now_ms));
		break;
	default: break;
	}
}

static void redeem(struct run *run, struct redemption *redemption)
{
	struct purchase_record *purchase = &redemption->purchase;

	check_target(run, redemption);
	if (!run_refused(run))
		check_state(run, redemption);
	if (run_refused(run))
		return;
	run_expect(run, run_load_version(
				run, purchase->coupon_id, purchase->version, &redemption->version));
	if (run->waiting)
		return;
	run_accept(run, purchase->purchase_id);
	purchase->state = PP_PURCHASE_STATE_REDEEMED;
	purchase->redeemed_at_ms = run->now_ms;
	purchase->redeemed_by = run->request->acting_user;
	redemption->counters.n_redeemed++;
	run_put_purchase(run, purchase, false);
	run_put_counters(run, &redemption->counters);
}

/* What was redeemed under this request before. */
static void load_redeemed(struct run *run, struct redemption *redemption)
{
	const struct purchase_record *purchase = &redemption->purchase;

	if (redemption->purchase_loaded == LOADED_ABSENT || purchase->redeemed_at_ms == 0)
		run_corrupt(run);
	else
		run_expect(run, run_load_version(run, purchase->coupon_id, purchase->version,
					&redemption->version));
}

void rule_redeem_purchase(struct run *run)
{
	struct redemption redemption;

	load(run, &redemption);
	if (!run_begin(run))
		return;
	if (!run->replayed)
		redeem(run, &redemption);
	else if (!run_refused(run))
		load_redeemed(run, &redemption);
	if (!run_answers(run))
		return;
	run->reply->u.redeem_purchase.purchase = receipt_render(run, &redemption.purchase,
		redemption.version.terms.name, PP_PURCHASE_STATE_REDEEMED);
}
