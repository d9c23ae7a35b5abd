/* The requests of a load: each is rebuilt from a few numbers, so it can be sent again as it was. */
#ifndef BENCH_SHOT_H
#define BENCH_SHOT_H

#include "base/base.h"
#include "peakpeeps/client.h"

enum shot_kind {
	SHOT_PURCHASE,
	SHOT_COUPON,  /* GetCoupon by id */
	SHOT_BALANCE, /* GetBalance of a user */
	SHOT_CHECK,   /* CheckPurchase */
	SHOT_LIST,    /* ListCoupons of a business */
	SHOT_EDIT,    /* EditCoupon: another price */
	SHOT_LOAD_KINDS,
	/* Only while the data set is made: */
	SHOT_CREATE_USER = SHOT_LOAD_KINDS,
	SHOT_CREDIT,
	SHOT_CREATE_BUSINESS,
	SHOT_CREATE_COUPON,
};

/* As in "purchase"; of the kinds of a load. */
const char *shot_kind_name(enum shot_kind kind);
/* Whether it goes to the writer and carries a request id. */
bool shot_is_write(enum shot_kind kind);

/*
 * Users are 1 .. n_users, businesses 1 .. n_businesses, and the coupons are dealt out to the
 * businesses in turn: coupon i of 0 .. n_coupons - 1 is number 1 + i / n_businesses of business
 * 1 + i % n_businesses.
 */
struct dataset {
	uint64_t n_users;
	uint64_t n_businesses;
	uint64_t n_coupons;
};

uint64_t dataset_business_of(const struct dataset *dataset, uint64_t coupon);
uint64_t dataset_coupon_id(const struct dataset *dataset, uint64_t coupon);
/* The one owner of a business. */
uint64_t dataset_owner_of(const struct dataset *dataset, uint64_t business_id);

/* The name that coupon i is made with. */
void shot_coupon_name(uint64_t coupon, char *out, size_t size);

struct shot {
	enum shot_kind kind;
	uint64_t actor;
	uint64_t subject; /* the user, business or coupon id it is about */
	uint64_t coupon;  /* its index in the data set, for coupon, purchase, check and edit */
	uint64_t version;
	int64_t coins; /* the new price, or the amount */
	struct pp_uuid request_id;
};

/* What a request of a shot points to. */
struct shot_body {
	struct pp_account account;
	struct pp_terms terms;
	uint64_t owner;
	char name[64];
};

/* The request of a shot; it borrows from the body. */
void shot_request(const struct shot *shot, struct shot_body *body, struct pp_request *out);

#endif
