/* The plan of `peakpeeps sample`: proportions, names, and that everything fits together. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "client/cli/sample_plan.h"

enum { SCALE = 2 };

static int compare(const void *a, const void *b)
{
	return strcasecmp(a, b);
}

/* Whether all names of a kind differ, ignoring case, and are short enough to be names. */
static void names_differ(void (*name_of)(uint64_t, char *), uint64_t n)
{
	char(*names)[SAMPLE_NAME_BYTES] = calloc(n, sizeof(*names));

	cr_assert_not_null(names);
	for (uint64_t i = 0; i < n; i++) {
		name_of(i + 1, names[i]);
		cr_assert(strlen(names[i]) >= 3 && strlen(names[i]) < SAMPLE_NAME_BYTES - 1);
	}
	qsort(names, n, sizeof(*names), compare);
	for (uint64_t i = 1; i < n; i++)
		cr_assert(strcasecmp(names[i - 1], names[i]) != 0, "%s twice", names[i]);
	free(names);
}

Test(sample_plan, has_the_proportions_of_the_app)
{
	static const struct {
		enum sample_phase phase;
		uint64_t n;
	} rows[] = {
		{ SAMPLE_PHASE_USERS, 33000 },
		{ SAMPLE_PHASE_BUSINESSES, 16500 },
		{ SAMPLE_PHASE_COUPONS, 33000 },
		{ SAMPLE_PHASE_CREDITS, 165000 + 165000 },
		{ SAMPLE_PHASE_PURCHASES, 33000 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		cr_assert_eq(sample_phase_items(rows[i].phase, 1), rows[i].n);
		cr_assert_eq(sample_phase_items(rows[i].phase, 7), 7 * rows[i].n);
	}
}

Test(sample_plan, begins_with_the_names_of_the_story)
{
	char name[SAMPLE_NAME_BYTES];
	uint64_t owners[SAMPLE_OWNERS_MAX];

	sample_user_name(1, name);
	cr_assert_str_eq(name, "Alex");
	sample_user_name(2, name);
	cr_assert_str_eq(name, "Robin");
	sample_user_name(3, name);
	cr_assert_str_eq(name, "Josh");
	sample_business_name(1, name);
	cr_assert_str_eq(name, "Fried and Loaded");
	sample_business_name(2, name);
	cr_assert_str_eq(name, "SQL Tea");
	sample_coupon_name(1, name);
	cr_assert_str_eq(name, "Half off Smashburger");
	sample_coupon_name(2, name);
	cr_assert_str_eq(name, "BOGO Loaded Tots");
	cr_assert_eq(sample_business_owners(1, 33000, owners), 2);
	cr_assert(owners[0] == 1 && owners[1] == 2, "Alex and Robin");
}

Test(sample_plan, never_gives_a_name_twice)
{
	char first[SAMPLE_NAME_BYTES];
	char second[SAMPLE_NAME_BYTES];

	names_differ(sample_user_name, sample_phase_items(SAMPLE_PHASE_USERS, SCALE));
	names_differ(sample_business_name, sample_phase_items(SAMPLE_PHASE_BUSINESSES, SCALE));
	for (uint64_t coupon = 1; coupon < 2000; coupon += SAMPLE_COUPONS_PER_BUSINESS) {
		sample_coupon_name(coupon, first);
		sample_coupon_name(coupon + 1, second);
		cr_assert(strcasecmp(first, second) != 0, "%s twice in a business", first);
		cr_assert_eq(sample_coupon_business(coupon), sample_coupon_business(coupon + 1));
	}
}

Test(sample_plan, gives_some_businesses_several_owners)
{
	uint64_t n_with[SAMPLE_OWNERS_MAX + 1] = { 0 };
	uint64_t owners[SAMPLE_OWNERS_MAX];

	for (uint64_t business = 1; business <= SAMPLE_BUSINESSES; business++) {
		size_t n = sample_business_owners(business, SAMPLE_USERS, owners);
		cr_assert(n >= 1 && n <= SAMPLE_OWNERS_MAX);
		n_with[n]++;
		for (size_t i = 0; i < n; i++) {
			cr_assert(owners[i] >= 1 && owners[i] <= SAMPLE_USERS);
			for (size_t j = 0; j < i; j++)
				cr_assert_neq(owners[i], owners[j]);
		}
	}
	cr_assert(n_with[1] > n_with[2] && n_with[2] > n_with[3] && n_with[3] > 0);
}

Test(sample_plan, lets_everybody_earn_what_they_spend)
{
	struct pp_terms terms;
	int64_t dearest = 0;
	int64_t earned = SAMPLE_ROUTES_PER_USER * (15 + 5);
	int64_t stock;

	for (uint64_t coupon = 1; coupon <= 33000; coupon++) {
		sample_coupon_terms(coupon, &terms, &stock);
		cr_assert(terms.has_price_coins && terms.price_coins > 0);
		if (terms.price_coins > dearest)
			dearest = terms.price_coins;
	}
	cr_assert(dearest * SAMPLE_PURCHASES_PER_USER <= earned, "%d coins", (int)dearest);
	for (uint64_t purchase = 1; purchase <= 33000; purchase++) {
		uint64_t coupon = sample_purchase_coupon(purchase, 33000);
		cr_assert(coupon >= 1 && coupon <= 33000);
	}
	cr_assert_eq(sample_purchase_coupon(3, 33000), 1, "Josh buys the smashburger");
}

Test(sample_plan, credits_each_route_and_its_review_once)
{
	char reference[SAMPLE_NAME_BYTES];
	char other[SAMPLE_NAME_BYTES];

	for (uint64_t credit = 1; credit < 200; credit += 2) {
		sample_credit_reference(credit, reference);
		sample_credit_reference(credit + 1, other);
		cr_assert_str_eq(reference, other);
		cr_assert_eq(sample_credit_reason(credit), PP_CREDIT_REASON_ROUTE_COMPLETED);
		cr_assert_eq(sample_credit_reason(credit + 1), PP_CREDIT_REASON_REVIEW_POSTED);
		cr_assert_eq(sample_credit_user(credit), sample_credit_user(credit + 1));
		sample_credit_reference(credit + 2, other);
		cr_assert_str_neq(reference, other);
	}
}
