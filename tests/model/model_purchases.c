/* Purchases: checked and made. */
#include <string.h>

#include "base/base.h"
#include "tests/model/model.h"

static const int64_t coins_max = INT64_C(9007199254740991);

static const enum pp_reason rules[] = {
	PP_REASON_COUPON_VERSION_EXPIRED,
	PP_REASON_COUPON_NOT_ACTIVE,
	PP_REASON_COUPON_NOT_STARTED,
	PP_REASON_COUPON_EXPIRED,
	PP_REASON_PRICE_CHANGED,
	PP_REASON_SOLD_OUT,
	PP_REASON_USER_LIMIT_REACHED,
	PP_REASON_INSUFFICIENT_COINS,
	PP_REASON_BALANCE_OVERFLOW,
};
enum { RULES = ARRAY_LEN(rules) };

/* What each of them blames; NULL: nothing that was asked. */
static const char *const blamed[] = { NULL, "coupon_id", "coupon_id", "coupon_id",
	"max_price_coins", NULL, NULL, NULL, NULL };

/* A purchase that may be made, and what the nine rules say. */
struct offer {
	struct user *user;
	struct coupon *coupon;
	struct business *business;
	bool honoured;    /* the version seen, or it is current */
	uint64_t version; /* the one that prices it */
	const struct pp_terms *terms;
	int64_t commission;
	bool passed[RULES];
};

/* The version seen; 0 when refused. */
static uint64_t version_seen(struct exchange *x, const struct coupon *coupon)
{
	const struct pp_purchase_request *body = &x->request->u.purchase_coupon;

	if (body->as_of_revision > x->model->revision)
		refuse(x, PP_REASON_REVISION_IN_FUTURE, "as_of_revision");
	else if (body->version > coupon->n_versions)
		refuse(x, PP_REASON_NO_SUCH_VERSION, "version");
	if (refused(x))
		return 0;
	uint64_t seen =
		body->version != 0 ? body->version : version_at(coupon, body->as_of_revision);
	if (seen == 0)
		refuse(x, PP_REASON_COUPON_NOT_FOUND, "as_of_revision");
	return seen;
}

/* Sets which version prices the purchase. */
static void price(const struct exchange *x, struct offer *offer, uint64_t seen)
{
	const struct coupon *coupon = offer->coupon;
	const struct pp_terms *now = &version_now(coupon)->terms;
	const struct pp_terms *then = &coupon->versions[seen - 1].terms;
	pp_set differ = terms_differ(then, now);
	bool best = x->request->u.purchase_coupon.price_policy != PP_PRICE_POLICY_AS_SEEN;

	offer->version = seen;
	if (seen == coupon->n_versions || (differ == 0 && seen >= coupon->floor)) {
		offer->honoured = true;
		offer->version = coupon->n_versions;
	} else {
		offer->honoured = seen >= coupon->floor && x->now < honoured_until(coupon, seen);
		if (best && differ == PP_SET_OF(PP_TERM_FIELD_PRICE) &&
			now->price_coins < then->price_coins && in_force(now, x->now) &&
			offer->honoured)
			offer->version = coupon->n_versions;
	}
	offer->terms = &coupon->versions[offer->version - 1].terms;
}

static uint32_t bought(const struct exchange *x, const struct offer *offer)
{
	uint32_t n = 0;

	for (size_t i = 0; i < x->model->n_purchases; i++) {
		const struct pp_purchase *receipt = &x->model->purchases[i].receipt;
		n += receipt->coupon_id == offer->coupon->id &&
		     receipt->user_id == x->request->acting_user && !receipt->stock_returned;
	}
	return n;
}

/* floor(price x bp / 10 000), by parts that stay within 64 bits. */
static int64_t floor_of(int64_t price, int64_t bp)
{
	return price / 10000 * bp + price % 10000 * bp / 10000;
}

static void judge(const struct exchange *x, struct offer *offer)
{
	const struct pp_purchase_request *body = &x->request->u.purchase_coupon;
	const struct coupon *coupon = offer->coupon;
	const struct pp_terms *terms = offer->terms;
	uint32_t limit = version_now(coupon)->terms.per_user_limit;
	uint32_t bp = profile_now(offer->business)->profile.commission_bp;

	offer->commission = floor_of(terms->price_coins, bp);
	const bool passed[RULES] = {
		offer->honoured,
		terms->state == PP_COUPON_STATE_ACTIVE,
		x->now >= terms->starts_at_ms,
		terms->ends_at_ms == 0 || x->now < terms->ends_at_ms,
		!body->has_max_price_coins || terms->price_coins <= body->max_price_coins,
		!coupon->has_stock || coupon->left > 0,
		limit == 0 || bought(x, offer) < limit,
		offer->user->purse.balance >= terms->price_coins,
		/* The business holds the commission too, for a moment. */
		terms->price_coins <= coins_max - offer->business->purse.balance &&
			offer->commission <= coins_max - x->model->commission.balance,
	};
	memcpy(offer->passed, passed, sizeof(passed));
}

static bool find_offer(struct exchange *x, struct offer *offer)
{
	const struct pp_purchase_request *body = &x->request->u.purchase_coupon;

	*offer = (struct offer) {
		.user = find_user(x->model, x->request->acting_user),
		.coupon = find_coupon(x->model, body->coupon_id),
	};
	if (offer->user == NULL)
		refuse(x, PP_REASON_USER_NOT_FOUND, "acting_user");
	else if (offer->coupon == NULL)
		refuse(x, PP_REASON_COUPON_NOT_FOUND, "coupon_id");
	if (refused(x))
		return false;
	offer->business = find_business(x->model, offer->coupon->business);
	uint64_t seen = version_seen(x, offer->coupon);
	if (seen == 0)
		return false;
	price(x, offer, seen);
	judge(x, offer);
	return true;
}

static void refuse_purchase(struct exchange *x, const struct offer *offer, size_t rule)
{
	const char *seen =
		x->request->u.purchase_coupon.version != 0 ? "version" : "as_of_revision";
	struct pp_current_offer *current = take(x->arena, sizeof(*current));

	*current = (struct pp_current_offer) {
		.coupon_id = offer->coupon->id,
		.current_version = offer->coupon->n_versions,
		.price_coins = version_now(offer->coupon)->terms.price_coins,
		.state = version_now(offer->coupon)->terms.state,
	};
	refuse(x, rules[rule], rule == 0 ? seen : blamed[rule]);
	x->reply.status->current_offer = current;
}

void decide_check_purchase(struct exchange *x)
{
	struct pp_check_purchase_response *reply = &x->reply.u.check_purchase;
	struct offer offer;

	if (!find_offer(x, &offer))
		return;
	x->reply.kind = PP_KIND_CHECK_PURCHASE;
	reply->ok = true;
	reply->balance_coins = offer.user->purse.balance;
	reply->n_verdicts = RULES;
	reply->verdicts = take(x->arena, RULES * sizeof(reply->verdicts[0]));
	for (size_t i = 0; i < RULES; i++) {
		struct pp_verdict *verdict = take(x->arena, sizeof(*verdict));
		*verdict = (struct pp_verdict) { .rule = rules[i], .passed = offer.passed[i] };
		reply->verdicts[i] = verdict;
		reply->ok = reply->ok && verdict->passed;
	}
	if (!offer.honoured)
		return;
	reply->quote = take(x->arena, sizeof(*reply->quote));
	*reply->quote = (struct pp_quote) {
		.coupon_id = offer.coupon->id,
		.version = offer.version,
		.price_coins = offer.terms->price_coins,
		.revision = x->model->revision,
		.at_ms = x->now,
	};
	if (offer.version < offer.coupon->n_versions) {
		reply->quote->has_honoured_until_ms = true;
		reply->quote->honoured_until_ms = honoured_until(offer.coupon, offer.version);
	}
}

/* The code that the server drew: the purchase's id in base 32, then three groups of four. */
static const char *learn_code(struct exchange *x, uint64_t id)
{
	static const char digits[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
	const struct pp_purchase *actual = x->actual->u.purchase_coupon.purchase;
	char expected[24] = "";
	size_t len = 0;

	if (actual == NULL || actual->code == NULL)
		return NULL;
	for (uint64_t rest = id; rest != 0; rest /= 32)
		len++;
	for (size_t i = len; i-- > 0; id /= 32)
		expected[i] = digits[id % 32];
	const char *code = actual->code;
	bool good = strlen(code) == len + 15 && strncmp(code, expected, len) == 0;
	for (size_t i = len; good && i < len + 15; i++)
		good = (i - len) % 5 == 0 ? code[i] == '-' : strchr(digits, code[i]) != NULL;
	if (!good)
		x->fault = "the code does not look like one of this purchase";
	return copy_text(&x->model->text, code);
}

static struct pp_purchase receipt_of(struct exchange *x, const struct offer *offer, uint64_t id)
{
	const struct coupon *coupon = offer->coupon;
	struct pp_purchase receipt = {
		.purchase_id = id,
		.request_id = x->request->request_id,
		.user_id = x->request->acting_user,
		.coupon_id = coupon->id,
		.business_id = coupon->business,
		.coupon_name = offer->terms->name,
		.version = offer->version,
		.price_coins = offer->terms->price_coins,
		.commission_coins = offer->commission,
		.honoured = offer->version < coupon->n_versions,
		.bought_by_owner = owns(x, offer->business),
		.at_ms = x->now,
		.state = PP_PURCHASE_STATE_ISSUED,
		.has_redeem_until_ms = offer->terms->redeem_within_ms != 0,
	};

	if (receipt.has_redeem_until_ms)
		receipt.redeem_until_ms = x->now + offer->terms->redeem_within_ms;
	if (receipt.honoured) {
		receipt.has_honoured_until_ms = true;
		receipt.honoured_until_ms = honoured_until(coupon, offer->version);
	}
	return receipt;
}

static void apply_purchase(
	struct exchange *x, const struct offer *offer, const struct pp_purchase *receipt)
{
	struct model *model = x->model;
	uint32_t index = 0;
	struct entry entry = {
		.kind = PP_ENTRY_KIND_SPEND,
		.debit = { PP_ACCOUNT_KIND_USER, receipt->user_id },
		.credit = { PP_ACCOUNT_KIND_BUSINESS, receipt->business_id },
		.coins = receipt->price_coins,
		.purchase = receipt->purchase_id,
	};

	move_coins(x, &index, &entry);
	entry.kind = PP_ENTRY_KIND_COMMISSION;
	entry.debit = entry.credit;
	entry.credit = (struct pp_account) { PP_ACCOUNT_KIND_COMMISSION, 0 };
	entry.coins = receipt->commission_coins;
	move_coins(x, &index, &entry);
	offer->coupon->sold++;
	if (offer->coupon->has_stock)
		offer->coupon->left--;
	offer->user->n_purchases++;
	model->purchases = grow(model->purchases, model->n_purchases, sizeof(*model->purchases));
	model->purchases[model->n_purchases++] = (struct purchase) {
		.receipt = *receipt,
		.policy = offer->terms->refund_policy,
	};
}

void decide_purchase_coupon(struct exchange *x)
{
	struct pp_purchase *shown = take(x->arena, sizeof(*shown));
	uint64_t id = x->model->n_purchases + 1;
	struct offer offer;

	if (!find_offer(x, &offer))
		return;
	for (size_t i = 0; i < RULES; i++) {
		if (!offer.passed[i]) {
			refuse_purchase(x, &offer, i);
			return;
		}
	}
	bool real = accept(x, id);
	*shown = receipt_of(x, &offer, id);
	if (real) {
		shown->revision = x->reply.revision;
		shown->code = learn_code(x, id);
	} else {
		shown->purchase_id = 0;
	}
	x->reply.u.purchase_coupon = (struct pp_purchase_coupon_response) {
		.purchase = shown,
		.balance_coins = offer.user->purse.balance - shown->price_coins,
	};
	if (real)
		apply_purchase(x, &offer, shown);
}
