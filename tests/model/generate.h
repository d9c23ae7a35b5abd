/* Random requests that look at what the model knows, so that much of it happens. */
#ifndef TESTS_MODEL_GENERATE_H
#define TESTS_MODEL_GENERATE_H

#include "tests/model/model.h"

/* Requests stay whole until so many newer ones were made; and tokens. */
enum { SENT_MAX = 512, TOKENS_MAX = 64, PROBES = 6 };

struct sent {
	struct arena arena;
	struct pp_request request;
};

struct token {
	struct pp_request request; /* of the page before; text and account are of `arena` */
	struct arena arena;
};

struct generator {
	uint64_t state;
	const struct model *model;
	int64_t now;
	bool late; /* the end is near: the world may be filled to its rim */
	struct sent sent[SENT_MAX];
	size_t n_sent;
	struct token tokens[TOKENS_MAX];
	size_t n_tokens;
	/* A coupon whose edge the clock was moved to: the next requests buy it, or take the name
	 * that it let go of. */
	uint64_t probed_coupon;
	uint64_t probed_version;
	const char *probed_name;
	uint64_t probed_purchase; /* or a purchase that comes to its end */
	int n_probes;
};

struct generator *generator_new(uint64_t seed, const struct model *model);
void generator_free(struct generator *g);
/* How far the clock goes before the next request. */
int64_t generate_advance(struct generator *g);
/* The next request, whole for the next SENT_MAX calls. */
struct pp_request generate_request(struct generator *g);
/* A page came with a token. */
void generate_learn(struct generator *g, const struct pp_request *request, struct pp_bytes token);
/* How many of a kind are to be accepted at least, in so many requests. */
uint64_t generate_expected(enum pp_kind kind, uint64_t n_requests);

/* ---- Between its files ---- */

/* 0 to n - 1. */
uint64_t draw(struct generator *g, uint64_t n);
/* True so many times in a hundred. */
bool chance(struct generator *g, unsigned percent);
struct arena *arena_of(struct generator *g);
int64_t pick_number(struct generator *g, const int64_t *numbers, size_t n);
#define PICK(g, ...) \
	pick_number(g, (const int64_t[]) { __VA_ARGS__ }, \
		sizeof((const int64_t[]) { __VA_ARGS__ }) / sizeof(int64_t))

uint64_t pick_user(struct generator *g);
uint64_t pick_business(struct generator *g);
uint64_t pick_coupon(struct generator *g);
uint64_t pick_purchase(struct generator *g);
/* Mostly an owner. */
uint64_t pick_owner(struct generator *g, uint64_t business);
uint64_t pick_revision(struct generator *g);
/* A name: of `n` different ones, in any of their spellings; now and then an invalid one. */
const char *pick_name(struct generator *g, unsigned n);

typedef void make_request(struct generator *g, struct pp_request *r);

make_request make_create_user, make_get_user, make_credit_coins, make_get_balance,
	make_list_purchases, make_list_ledger_entries, make_create_business, make_edit_business,
	make_add_owner, make_remove_owner, make_get_business, make_list_businesses,
	make_create_coupon, make_edit_coupon, make_adjust_stock, make_get_coupon, make_list_coupons,
	make_list_coupon_versions, make_check_purchase, make_purchase_coupon, make_get_purchase,
	make_redeem_purchase, make_refund_purchase, make_abandon_request, make_verify;

#endif
