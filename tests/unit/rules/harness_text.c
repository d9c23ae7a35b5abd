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
	    " owner=%d at=%" PRId64 " state=%d redeem=%d:%" PRId64 " code=%s rev=%" PRIu64 "}",
		p->user_id, p->coupon_id, p->business_id, or_null(p->coupon_name), p->version,
		p->price_coins, p->commission_coins, p->honoured, p->has_honoured_until_ms,
		p->honoured_until_ms, p->bought_by_owner, p->at_ms, p->state,
		p->has_redeem_until_ms, p->redeem_until_ms, or_null(p->code), p->revision);
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
	add_body(reply);
	return text;
}
