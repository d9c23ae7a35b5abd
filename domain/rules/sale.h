/* What a purchase would be: the version that prices it, and every rule's verdict on it. */
#ifndef DOMAIN_RULES_SALE_H
#define DOMAIN_RULES_SALE_H

#include "domain/rules/honour.h"
#include "domain/rules/version.h"

/* The rules of a purchase, in their order of precedence. */
enum sale_rule {
	SALE_VERSION_HONOURED,
	SALE_ACTIVE,
	SALE_STARTED,
	SALE_NOT_OVER,
	SALE_PRICE,
	SALE_STOCK,
	SALE_LIMIT,
	SALE_BALANCE,
	SALE_OVERFLOW,
	SALE_RULE_COUNT,
};

struct sale {
	const struct pp_purchase_request *request;
	/* Loaded from the request alone. */
	enum loaded user_loaded;
	struct user_record user;
	enum loaded coupon_loaded;
	struct coupon_record coupon;
	enum loaded business_loaded;
	struct business_record business;
	struct counters_record counters;
	struct count_record count; /* of this user's purchases of this coupon */
	/* Loaded then. */
	struct version_view seen;
	struct version_record current;
	/* Judged. */
	const struct version_record *offered; /* which prices it: seen or current */
	bool honoured;                        /* a superseded version, within its window */
	int64_t honoured_until_ms;            /* 0 unless honoured */
	int64_t commission_coins;
	bool passed[SALE_RULE_COUNT];
};

/* The first round of loads; `body` is that of CheckPurchase or PurchaseCoupon. */
void sale_load(struct run *run, const struct pp_purchase_request *body, struct sale *sale);
/* The versions; refuses when user, coupon, revision or version are not there. */
void sale_load_versions(struct run *run, struct sale *sale);
/* Sets what is judged. */
void sale_judge(const struct run *run, struct sale *sale);
/* The reason a purchase is refused with by a rule. */
enum pp_reason sale_reason(enum sale_rule rule);
/* The request's field that a rule is about; NULL: none. Static storage. */
const char *sale_field(const struct sale *sale, enum sale_rule rule);
/* Why the rule is not passed and what to do, in the arena. */
const char *sale_message(struct run *run, const struct sale *sale, enum sale_rule rule) MUST_CHECK;
/* What is on offer now. */
struct pp_current_offer sale_offer(const struct sale *sale);

#endif
