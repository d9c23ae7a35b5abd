#include "bench/shot.h"

#include <stdio.h>
#include <string.h>

enum { COUPON_ID_UNIT = 1000000, COMMISSION_BP = 500 };

const char *shot_kind_name(enum shot_kind kind)
{
	static const char *const names[SHOT_LOAD_KINDS] = { "purchase", "coupon", "balance",
		"check", "list", "edit" };

	return names[kind];
}

bool shot_is_write(enum shot_kind kind)
{
	return kind == SHOT_PURCHASE || kind >= SHOT_EDIT;
}

uint64_t dataset_business_of(const struct dataset *dataset, uint64_t coupon)
{
	return 1 + coupon % dataset->n_businesses;
}

uint64_t dataset_coupon_id(const struct dataset *dataset, uint64_t coupon)
{
	return dataset_business_of(dataset, coupon) * COUPON_ID_UNIT + 1 +
	       coupon / dataset->n_businesses;
}

uint64_t dataset_owner_of(const struct dataset *dataset, uint64_t business_id)
{
	return 1 + (business_id - 1) % dataset->n_users;
}

void shot_coupon_name(uint64_t coupon, char *out, size_t size)
{
	snprintf(out, size, "Bench deal %08llu", (unsigned long long)coupon);
}

static void edit(const struct shot *shot, struct shot_body *body, struct pp_request *out)
{
	body->terms = (struct pp_terms) { .has_price_coins = true, .price_coins = shot->coins };
	out->kind = PP_KIND_EDIT_COUPON;
	out->u.edit_coupon = (struct pp_edit_coupon_request) {
		.coupon_id = shot->subject,
		.base_version = shot->version,
		.fields = PP_SET_OF(PP_TERM_FIELD_PRICE),
		.terms = &body->terms,
	};
}

static void create_user(const struct shot *shot, struct shot_body *body, struct pp_request *out)
{
	snprintf(body->name, sizeof(body->name), "Bench user %08llu",
		(unsigned long long)shot->subject);
	out->kind = PP_KIND_CREATE_USER;
	out->u.create_user.name = body->name;
}

static void credit(const struct shot *shot, struct pp_request *out)
{
	out->kind = PP_KIND_CREDIT_COINS;
	out->u.credit_coins = (struct pp_credit_coins_request) {
		.user_id = shot->subject,
		.reason = PP_CREDIT_REASON_AMOUNT,
		.has_amount_coins = true,
		.amount_coins = shot->coins,
	};
}

static void create_business(const struct shot *shot, struct shot_body *body, struct pp_request *out)
{
	snprintf(body->name, sizeof(body->name), "Bench truck %08llu",
		(unsigned long long)shot->subject);
	body->owner = shot->actor;
	out->kind = PP_KIND_CREATE_BUSINESS;
	out->acting_user = 0; /* the operator alone sets a commission */
	out->u.create_business = (struct pp_create_business_request) {
		.name = body->name,
		.address = "1 Summit Road, Boulder, Colorado",
		.owner_ids = &body->owner,
		.n_owner_ids = 1,
		.has_commission_bp = true,
		.commission_bp = COMMISSION_BP,
	};
}

static void create_coupon(const struct shot *shot, struct shot_body *body, struct pp_request *out)
{
	shot_coupon_name(shot->coupon, body->name, sizeof(body->name));
	body->terms = (struct pp_terms) {
		.name = body->name,
		.description = "Half off a smash burger and a shake",
		.has_price_coins = true,
		.price_coins = shot->coins,
	};
	out->kind = PP_KIND_CREATE_COUPON;
	out->u.create_coupon.business_id = shot->subject;
	out->u.create_coupon.terms = &body->terms;
}

void shot_request(const struct shot *shot, struct shot_body *body, struct pp_request *out)
{
	memset(out, 0, sizeof(*out));
	out->acting_user = shot->actor;
	out->has_request_id = shot_is_write(shot->kind);
	if (out->has_request_id)
		out->request_id = shot->request_id;
	switch (shot->kind) {
	case SHOT_PURCHASE:
	case SHOT_CHECK:
		out->kind = shot->kind == SHOT_PURCHASE ? PP_KIND_PURCHASE_COUPON
							: PP_KIND_CHECK_PURCHASE;
		/* The two bodies are of one type. */
		out->u.purchase_coupon = (struct pp_purchase_request) {
			.coupon_id = shot->subject,
			.version = shot->version,
		};
		break;
	case SHOT_COUPON:
		out->kind = PP_KIND_GET_COUPON;
		out->u.get_coupon.coupon_id = shot->subject;
		break;
	case SHOT_BALANCE:
		body->account = (struct pp_account) { PP_ACCOUNT_KIND_USER, shot->subject };
		out->kind = PP_KIND_GET_BALANCE;
		out->u.get_balance.account = &body->account;
		break;
	case SHOT_LIST:
		out->kind = PP_KIND_LIST_COUPONS;
		out->u.list_coupons.business_id = shot->subject;
		out->u.list_coupons.valid_only = true;
		break;
	case SHOT_EDIT: edit(shot, body, out); break;
	case SHOT_CREATE_USER: create_user(shot, body, out); break;
	case SHOT_CREDIT: credit(shot, out); break;
	case SHOT_CREATE_BUSINESS: create_business(shot, body, out); break;
	case SHOT_CREATE_COUPON: create_coupon(shot, body, out); break;
	default: ASSERT(!"a kind of shot"); break;
	}
}
