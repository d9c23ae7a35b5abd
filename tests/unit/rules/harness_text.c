/* Every field of a reply as text. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "harness.h"

static char text[256 * 1024];
static size_t text_len;

static void add(const char *format, ...) PRINTF_LIKE(1, 2);

static void add(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	int len = vsnprintf(text + text_len, sizeof(text) - text_len, format, args);
	va_end(args);
	cr_assert(len >= 0 && (size_t)len < sizeof(text) - text_len);
	text_len += (size_t)len;
}

static const char *or_null(const char *string)
{
	return string == NULL ? "(null)" : string;
}

static void add_bytes(const char *name, const uint8_t *bytes, size_t len)
{
	add(" %s=", name);
	for (size_t i = 0; i < len; i++)
		add("%02x", bytes[i]);
}

static void add_terms(const char *name, const struct pp_terms *t)
{
	if (t == NULL) {
		add(" %s=(null)", name);
		return;
	}
	add(" %s={name=%s description=%s price=%d:%" PRId64 " starts=%d:%" PRId64
	    " ends=%d:%" PRId64 " redeem=%d:%" PRId64 " honour=%d:%" PRId64 " limit=%d:%" PRIu32
	    " state=%d refund=%d}",
		name, or_null(t->name), or_null(t->description), t->has_price_coins, t->price_coins,
		t->has_starts_at_ms, t->starts_at_ms, t->has_ends_at_ms, t->ends_at_ms,
		t->has_redeem_within_ms, t->redeem_within_ms, t->has_honour_ms, t->honour_ms,
		t->has_per_user_limit, t->per_user_limit, t->state, t->refund_policy);
}

static void add_profile(const char *name, const struct pp_business_profile *p)
{
	if (p == NULL)
		add(" %s=(null)", name);
	else
		add(" %s={name=%s address=%s commission=%d:%" PRIu32 "}", name, or_null(p->name),
			or_null(p->address), p->has_commission_bp, p->commission_bp);
}

static void add_business_conflict(const struct pp_business_conflict *c)
{
	add(" business_conflict={base=%" PRIu64 " current=%" PRIu64 " by=%" PRIu64 " at=%" PRId64
	    " fields=%x overlapping=%x",
		c->base_version, c->current_version, c->changed_by, c->changed_at_ms, c->fields,
		c->overlapping);
	add_profile("base", c->base);
	add_profile("theirs", c->theirs);
	add_profile("yours", c->yours);
	add("}");
}

static void add_status(const struct pp_status *s)
{
	if (s == NULL) {
		add(" status=OK");
		return;
	}
	add(" status={%s %s \"%s\" field=%s retry=%" PRIu32 " not_executed=%d",
		or_null(pp_code_name(s->code)), or_null(pp_reason_name(s->reason)),
		or_null(s->message), or_null(s->field), s->retry_after_ms, s->not_executed);
	const struct pp_version_conflict *c = s->version_conflict;
	if (c != NULL) {
		add(" conflict={base=%" PRIu64 " current=%" PRIu64 " by=%" PRIu64 " at=%" PRId64
		    " fields=%x overlapping=%x",
			c->base_version, c->current_version, c->changed_by, c->changed_at_ms,
			c->fields, c->overlapping);
		add_terms("base", c->base);
		add_terms("theirs", c->theirs);
		add_terms("yours", c->yours);
		add("}");
	}
	if (s->business_conflict != NULL)
		add_business_conflict(s->business_conflict);
	const struct pp_current_offer *o = s->current_offer;
	if (o != NULL)
		add(" offer={%" PRIu64 " v%" PRIu64 " %" PRId64 " %d}", o->coupon_id,
			o->current_version, o->price_coins, o->state);
	add("}");
}

static void add_coupon(const struct pp_coupon *c)
{
	add("\n  coupon={%" PRIu64 " of %" PRIu64 " %s v%" PRIu64 "/%" PRIu64 " floor=%" PRIu64,
		c->coupon_id, c->business_id, or_null(c->business_name), c->version,
		c->current_version, c->honour_floor);
	add_terms("terms", c->terms);
	add(" from=%" PRId64 "@%" PRIu64 " superseded=%d:%" PRId64 "@%" PRIu64
	    " honoured=%d:%" PRId64 " by=%" PRIu64 " changed=%x supersede=%d reason=%s"
	    " left=%d:%" PRId64 " sold=%" PRId64 " valid=%d sold_out=%d}",
		c->valid_from_ms, c->valid_from_revision, c->has_superseded_at_ms,
		c->superseded_at_ms, c->superseded_at_revision, c->has_honoured_until_ms,
		c->honoured_until_ms, c->edited_by, c->changed_fields, c->supersede,
		or_null(c->reason), c->has_stock_left, c->stock_left, c->sold, c->valid,
		c->sold_out);
}

static void add_purchase(const struct pp_purchase *p)
{
	add(" purchase={%" PRIu64, p->purchase_id);
	add_bytes("request", p->request_id.bytes, sizeof(p->request_id.bytes));
	add(" user=%" PRIu64 " coupon=%" PRIu64 " business=%" PRIu64 " name=%s v%" PRIu64
	    " price=%" PRId64 " commission=%" PRId64 " honoured=%d until=%d:%" PRId64
	    " owner=%d at=%" PRId64 " state=%d redeem=%d:%" PRId64 " code=%s rev=%" PRIu64,
		p->user_id, p->coupon_id, p->business_id, or_null(p->coupon_name), p->version,
		p->price_coins, p->commission_coins, p->honoured, p->has_honoured_until_ms,
		p->honoured_until_ms, p->bought_by_owner, p->at_ms, p->state,
		p->has_redeem_until_ms, p->redeem_until_ms, or_null(p->code), p->revision);
	add(" redeemed=%d:%" PRId64 " by=%" PRIu64 " refunded=%d:%" PRId64 " by=%" PRIu64
	    " reason=%s returned=%d}",
		p->has_redeemed_at_ms, p->redeemed_at_ms, p->redeemed_by, p->has_refunded_at_ms,
		p->refunded_at_ms, p->refunded_by, or_null(p->refund_reason), p->stock_returned);
}

static void add_entry(const struct pp_ledger_entry *e)
{
	add("\n  entry={%" PRIu64 ".%" PRIu32 " %d %d:%" PRIu64 "->%d:%" PRIu64 " %" PRId64
	    " after=%" PRId64 " at=%" PRId64 " purchase=%" PRIu64 " reason=%d reference=%s}",
		e->revision, e->index, e->kind, e->debit->kind, e->debit->id, e->credit->kind,
		e->credit->id, e->amount_coins, e->balance_after_coins, e->at_ms, e->purchase_id,
		e->credit_reason, or_null(e->reference));
}

static void add_check(const struct pp_check_purchase_response *c)
{
	const struct pp_quote *q = c->quote;

	add(" ok=%d balance=%" PRId64, c->ok, c->balance_coins);
	if (q != NULL)
		add(" quote={%" PRIu64 " v%" PRIu64 " %" PRId64 " @%" PRIu64 " %" PRId64
		    " %d:%" PRId64 "}",
			q->coupon_id, q->version, q->price_coins, q->revision, q->at_ms,
			q->has_honoured_until_ms, q->honoured_until_ms);
	for (size_t i = 0; i < c->n_verdicts; i++)
		add("\n  %s %d %s", or_null(pp_reason_name(c->verdicts[i]->rule)),
			c->verdicts[i]->passed, or_null(c->verdicts[i]->message));
}

static void add_list(const struct pp_list_coupons_response *l)
{
	for (size_t i = 0; i < l->n_coupons; i++)
		add_coupon(l->coupons[i]);
	add_bytes("next", l->next_page_token.data, l->next_page_token.len);
	add(" as_of=%" PRIu64 " %" PRId64, l->as_of_revision, l->as_of_ms);
}

static void add_user(const struct pp_user *u)
{
	add(" user={%" PRIu64 " %s at=%" PRId64 " balance=%" PRId64 " purchases=%" PRIu64 "}",
		u->user_id, or_null(u->name), u->created_at_ms, u->balance_coins, u->n_purchases);
}

static void add_business(const struct pp_business *b)
{
	add("\n  business={%" PRIu64 " v%" PRIu64, b->business_id, b->version);
	add_profile("profile", b->profile);
	for (size_t i = 0; i < b->n_owner_ids; i++)
		add(" owner=%" PRIu64, b->owner_ids[i]);
	add(" created=%" PRId64 " edited=%" PRIu64 "@%" PRId64 " coupons=%" PRIu32
	    " balance=%" PRId64 "}",
		b->created_at_ms, b->edited_by, b->edited_at_ms, b->n_coupons, b->balance_coins);
}

static void add_businesses(const struct pp_list_businesses_response *l)
{
	for (size_t i = 0; i < l->n_businesses; i++)
		add_business(l->businesses[i]);
	add_bytes("next", l->next_page_token.data, l->next_page_token.len);
}

/* Requests about users and businesses. */
static bool add_party_body(const struct pp_response *r)
{
	switch (r->kind) {
	case PP_KIND_GET_USER: add_user(r->u.get_user.user); break;
	case PP_KIND_EDIT_BUSINESS:
		add(" business=%" PRIu64 " v%" PRIu64 " unchanged=%d merged=%d",
			r->u.edit_business.business_id, r->u.edit_business.version,
			r->u.edit_business.unchanged, r->u.edit_business.merged);
		break;
	case PP_KIND_REMOVE_OWNER:
		add(" business=%" PRIu64 " owners=%" PRIu32, r->u.remove_owner.business_id,
			r->u.remove_owner.n_owners);
		break;
	case PP_KIND_GET_BUSINESS: add_business(r->u.get_business.business); break;
	case PP_KIND_LIST_BUSINESSES: add_businesses(&r->u.list_businesses); break;
	default: return false;
	}
	return true;
}

static void add_versions(const struct pp_list_coupon_versions_response *l)
{
	for (size_t i = 0; i < l->n_versions; i++)
		add_coupon(l->versions[i]);
	add_bytes("next", l->next_page_token.data, l->next_page_token.len);
}

static void add_purchases(const struct pp_list_purchases_response *l)
{
	for (size_t i = 0; i < l->n_purchases; i++)
		add_purchase(l->purchases[i]);
	add_bytes("next", l->next_page_token.data, l->next_page_token.len);
}

static void add_entries(const struct pp_list_ledger_entries_response *l)
{
	for (size_t i = 0; i < l->n_entries; i++)
		add_entry(l->entries[i]);
	add_bytes("next", l->next_page_token.data, l->next_page_token.len);
}

/* Requests about stock, what became of purchases, and lists. */
static bool add_market_body(const struct pp_response *r)
{
	switch (r->kind) {
	case PP_KIND_ADJUST_STOCK:
		add(" coupon=%" PRIu64 " left=%" PRId64, r->u.adjust_stock.coupon_id,
			r->u.adjust_stock.stock_left);
		break;
	case PP_KIND_REDEEM_PURCHASE: add_purchase(r->u.redeem_purchase.purchase); break;
	case PP_KIND_REFUND_PURCHASE:
		add_purchase(r->u.refund_purchase.purchase);
		add(" balance=%" PRId64, r->u.refund_purchase.balance_coins);
		break;
	case PP_KIND_LIST_COUPON_VERSIONS: add_versions(&r->u.list_coupon_versions); break;
	case PP_KIND_LIST_PURCHASES: add_purchases(&r->u.list_purchases); break;
	case PP_KIND_LIST_LEDGER_ENTRIES: add_entries(&r->u.list_ledger_entries); break;
	default: return false;
	}
	return true;
}

static void add_body(const struct pp_response *r)
{
	switch (r->kind) {
	case PP_KIND_CREATE_USER:
		add(" user=%" PRIu64 " at=%" PRId64, r->u.create_user.user_id,
			r->u.create_user.created_at_ms);
		break;
	case PP_KIND_CREDIT_COINS:
		add(" user=%" PRIu64 " amount=%" PRId64 " balance=%" PRId64,
			r->u.credit_coins.user_id, r->u.credit_coins.amount_coins,
			r->u.credit_coins.balance_coins);
		break;
	case PP_KIND_GET_BALANCE:
		add(" account=%d:%" PRIu64 " balance=%" PRId64 " entries=%" PRIu64,
			r->u.get_balance.account->kind, r->u.get_balance.account->id,
			r->u.get_balance.balance_coins, r->u.get_balance.n_entries);
		break;
	case PP_KIND_CREATE_BUSINESS:
		add(" business=%" PRIu64 " v%" PRIu64 " at=%" PRId64,
			r->u.create_business.business_id, r->u.create_business.version,
			r->u.create_business.created_at_ms);
		break;
	case PP_KIND_ADD_OWNER:
		add(" business=%" PRIu64 " owners=%" PRIu32, r->u.add_owner.business_id,
			r->u.add_owner.n_owners);
		break;
	case PP_KIND_CREATE_COUPON:
		add(" coupon=%" PRIu64 " v%" PRIu64 " from=%" PRId64, r->u.create_coupon.coupon_id,
			r->u.create_coupon.version, r->u.create_coupon.valid_from_ms);
		break;
	case PP_KIND_EDIT_COUPON:
		add(" coupon=%" PRIu64 " v%" PRIu64 " unchanged=%d merged=%d honoured=%d:%" PRId64,
			r->u.edit_coupon.coupon_id, r->u.edit_coupon.version,
			r->u.edit_coupon.unchanged, r->u.edit_coupon.merged,
			r->u.edit_coupon.has_honoured_until_ms, r->u.edit_coupon.honoured_until_ms);
		break;
	case PP_KIND_GET_COUPON: add_coupon(r->u.get_coupon.coupon); break;
	case PP_KIND_LIST_COUPONS: add_list(&r->u.list_coupons); break;
	case PP_KIND_CHECK_PURCHASE: add_check(&r->u.check_purchase); break;
	case PP_KIND_PURCHASE_COUPON:
		add_purchase(r->u.purchase_coupon.purchase);
		add(" balance=%" PRId64, r->u.purchase_coupon.balance_coins);
		break;
	case PP_KIND_GET_PURCHASE: add_purchase(r->u.get_purchase.purchase); break;
	case PP_KIND_ABANDON_REQUEST:
		add(" abandoned=%d outcome_revision=%" PRIu64 " decided=%" PRId64 " made=%" PRIu64,
			r->u.abandon_request.abandoned, r->u.abandon_request.outcome_revision,
			r->u.abandon_request.decided_at_ms, r->u.abandon_request.made_id);
		add_status(r->u.abandon_request.outcome);
		break;
	case PP_KIND_SERVER_INFO:
		add(" users=%" PRIu64 " businesses=%" PRIu64 " coupons=%" PRIu64
		    " purchases=%" PRIu64,
			r->u.server_info.n_users, r->u.server_info.n_businesses,
			r->u.server_info.n_coupons, r->u.server_info.n_purchases);
		break;
	default: break;
	}
}

const char *harness_text(const struct pp_response *reply)
{
	text_len = 0;
	add("kind=%d revision=%" PRIu64 " replayed=%d time=%" PRId64, reply->kind, reply->revision,
		reply->replayed, reply->time_ms);
	add_status(reply->status);
	if (!add_party_body(reply) && !add_market_body(reply))
		add_body(reply);
	return text;
}
