/* What becomes of a purchase: shown, redeemed, refunded. */
#include <string.h>

#include "base/base.h"
#include "tests/model/model.h"

static struct pp_purchase *show(struct exchange *x, const struct purchase *purchase)
{
	struct pp_purchase *shown = take(x->arena, sizeof(*shown));

	*shown = purchase->receipt;
	if (shown->state == PP_PURCHASE_STATE_ISSUED && shown->has_redeem_until_ms &&
		x->now >= shown->redeem_until_ms)
		shown->state = PP_PURCHASE_STATE_EXPIRED;
	return shown;
}

static struct purchase *find_purchase(struct model *model, uint64_t id)
{
	return id >= 1 && id <= model->n_purchases ? &model->purchases[id - 1] : NULL;
}

void decide_get_purchase(struct exchange *x)
{
	const struct pp_get_purchase_request *body = &x->request->u.get_purchase;
	const struct purchase *purchase = find_purchase(x->model, body->purchase_id);

	for (size_t i = 0; body->has_request_id && i < x->model->n_purchases; i++) {
		const struct pp_purchase *receipt = &x->model->purchases[i].receipt;
		if (receipt->user_id == x->request->acting_user &&
			memcmp(&receipt->request_id, &body->request_id, sizeof(struct pp_uuid)) ==
				0)
			purchase = &x->model->purchases[i];
	}
	if (purchase == NULL) {
		refuse(x, PP_REASON_PURCHASE_NOT_FOUND,
			body->has_request_id ? "request_id" : "purchase_id");
		return;
	}
	x->reply.kind = PP_KIND_GET_PURCHASE;
	x->reply.u.get_purchase.purchase = show(x, purchase);
}

void decide_list_purchases(struct exchange *x)
{
	const struct pp_list_purchases_request *body = &x->request->u.list_purchases;
	const struct pp_list_purchases_response *actual = &x->actual->u.list_purchases;
	struct pp_list_purchases_response *reply = &x->reply.u.list_purchases;
	size_t size = page_size_of(body->page_size);
	struct cursor cursor;
	bool left = false;

	if (!page_start(x, x->model->n_purchases, &cursor))
		return;
	if (find_user(x->model, body->user_id) == NULL) {
		refuse(x, PP_REASON_USER_NOT_FOUND, "user_id");
		return;
	}
	x->reply.kind = PP_KIND_LIST_PURCHASES;
	reply->purchases = take(x->arena, size * sizeof(reply->purchases[0]));
	/* `next` is the id of the next older purchase of anyone. */
	for (; cursor.next > 0; cursor.next--) {
		const struct purchase *purchase = &x->model->purchases[cursor.next - 1];
		if (purchase->receipt.user_id != body->user_id)
			continue;
		if (reply->n_purchases == size || reply->n_purchases == actual->n_purchases) {
			left = true;
			break;
		}
		reply->purchases[reply->n_purchases++] = show(x, purchase);
	}
	page_end(x, cursor, reply->n_purchases, size, left, actual->next_page_token);
}

/* As it is compared: letters large, look-alikes resolved, hyphens and spaces left out. */
static const char *plain_code(struct arena *arena, const char *code)
{
	char *plain = take(arena, strlen(code) + 1);
	size_t len = 0;

	for (; *code != '\0'; code++) {
		char c = *code >= 'a' && *code <= 'z' ? (char)(*code - 'a' + 'A') : *code;
		if (c == 'O')
			c = '0';
		if (c == 'I' || c == 'L')
			c = '1';
		if (c != '-' && c != ' ')
			plain[len++] = c;
	}
	return plain;
}

/* The purchase of a code at this business; NULL: none. */
static struct purchase *find_code(struct exchange *x)
{
	const struct pp_redeem_purchase_request *body = &x->request->u.redeem_purchase;
	const char *plain = plain_code(x->arena, body->code);

	while (plain[0] == '0')
		plain++;
	for (size_t i = 0; i < x->model->n_purchases; i++) {
		struct purchase *purchase = &x->model->purchases[i];
		if (purchase->receipt.business_id != body->business_id ||
			purchase->receipt.code == NULL)
			continue;
		if (strcmp(plain_code(x->arena, purchase->receipt.code), plain) == 0)
			return purchase;
	}
	return NULL;
}

void decide_redeem_purchase(struct exchange *x)
{
	const struct pp_redeem_purchase_request *body = &x->request->u.redeem_purchase;
	const struct business *business = find_business(x->model, body->business_id);
	struct purchase *purchase = find_code(x);

	if (business == NULL)
		refuse(x, PP_REASON_BUSINESS_NOT_FOUND, "business_id");
	else if (!owns(x, business))
		refuse(x, PP_REASON_NOT_AN_OWNER, "acting_user");
	else if (purchase == NULL)
		refuse(x, PP_REASON_PURCHASE_NOT_FOUND, "code");
	else if (purchase->receipt.state == PP_PURCHASE_STATE_REFUNDED)
		refuse(x, PP_REASON_ALREADY_REFUNDED, "code");
	else if (purchase->receipt.state == PP_PURCHASE_STATE_REDEEMED)
		refuse(x, PP_REASON_ALREADY_REDEEMED, "code");
	else if (purchase->receipt.has_redeem_until_ms &&
		 x->now >= purchase->receipt.redeem_until_ms)
		refuse(x, PP_REASON_PURCHASE_EXPIRED, "code");
	if (refused(x))
		return;
	bool real = accept(x, 0);
	struct pp_purchase *after = take(x->arena, sizeof(*after));
	*after = purchase->receipt;
	after->state = PP_PURCHASE_STATE_REDEEMED;
	after->has_redeemed_at_ms = true;
	after->redeemed_at_ms = x->now;
	after->redeemed_by = x->request->acting_user;
	x->reply.u.redeem_purchase.purchase = after;
	if (real)
		purchase->receipt = *after;
}

static void give_back(struct exchange *x, const struct pp_purchase *receipt)
{
	uint32_t index = 0;
	struct entry entry = {
		.kind = PP_ENTRY_KIND_REFUND,
		.debit = { PP_ACCOUNT_KIND_BUSINESS, receipt->business_id },
		.credit = { PP_ACCOUNT_KIND_USER, receipt->user_id },
		.coins = receipt->price_coins - receipt->commission_coins,
		.purchase = receipt->purchase_id,
	};

	move_coins(x, &index, &entry);
	entry.debit = (struct pp_account) { PP_ACCOUNT_KIND_COMMISSION, 0 };
	entry.coins = receipt->commission_coins;
	move_coins(x, &index, &entry);
	struct coupon *coupon = find_coupon(x->model, receipt->coupon_id);
	if (!receipt->stock_returned)
		return;
	coupon->sold--;
	if (coupon->has_stock)
		coupon->left++;
}

void decide_refund_purchase(struct exchange *x)
{
	const struct pp_refund_purchase_request *body = &x->request->u.refund_purchase;
	struct purchase *purchase = find_purchase(x->model, body->purchase_id);

	if (purchase == NULL) {
		refuse(x, PP_REASON_PURCHASE_NOT_FOUND, "purchase_id");
		return;
	}
	struct pp_purchase *after = take(x->arena, sizeof(*after));
	*after = purchase->receipt;
	const struct business *business = find_business(x->model, after->business_id);
	const struct user *buyer = find_user(x->model, after->user_id);
	if (!owns(x, business))
		refuse(x, PP_REASON_NOT_AN_OWNER, "acting_user");
	else if (after->state == PP_PURCHASE_STATE_REFUNDED)
		refuse(x, PP_REASON_ALREADY_REFUNDED, "purchase_id");
	else if (business->purse.balance < after->price_coins - after->commission_coins)
		refuse(x, PP_REASON_BUSINESS_INSUFFICIENT_COINS, NULL);
	if (refused(x))
		return;
	bool real = accept(x, 0);
	after->stock_returned = after->state != PP_PURCHASE_STATE_REDEEMED &&
				purchase->policy == PP_REFUND_POLICY_RETURN_STOCK;
	after->state = PP_PURCHASE_STATE_REFUNDED;
	after->has_refunded_at_ms = true;
	after->refunded_at_ms = x->now;
	after->refunded_by = x->request->acting_user;
	after->refund_reason = copy_text(&x->model->text, body->reason);
	x->reply.u.refund_purchase = (struct pp_refund_purchase_response) {
		.purchase = after,
		.balance_coins = buyer->purse.balance + after->price_coins,
	};
	if (!real)
		return;
	purchase->receipt = *after;
	give_back(x, after);
}
