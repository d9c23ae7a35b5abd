#include "client/cli/sample_plan.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/base.h"

/* splitmix64 (Steele, Lea, Flood, 2014): one number to another that looks drawn. */
static uint64_t mix(uint64_t x)
{
	x += UINT64_C(0x9e3779b97f4a7c15);
	x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
	return x ^ (x >> 31);
}

static const char *const first_names[] = {
	"Ada",
	"Amir",
	"Anya",
	"Ben",
	"Carla",
	"Chen",
	"Dana",
	"Diego",
	"Elif",
	"Emma",
	"Femi",
	"Greta",
	"Hana",
	"Igor",
	"Ines",
	"Jamal",
	"Jun",
	"Kai",
	"Lena",
	"Luca",
	"Maya",
	"Milo",
	"Nia",
	"Noah",
	"Olga",
	"Omar",
	"Paula",
	"Quinn",
	"Rosa",
	"Sami",
	"Tara",
	"Zoe",
};

static const char *const last_names[] = {
	"Abbott",
	"Banerjee",
	"Castillo",
	"Dubois",
	"Eriksen",
	"Fischer",
	"Garcia",
	"Haddad",
	"Ivanov",
	"Jensen",
	"Kowalski",
	"Lopez",
	"Mbeki",
	"Nakamura",
	"Okafor",
	"Petrov",
	"Quiroga",
	"Rossi",
	"Sato",
	"Tran",
	"Ueda",
	"Vargas",
	"Weber",
	"Yilmaz",
};

static const char *const business_adjectives[] = {
	"Golden",
	"Smoky",
	"Little",
	"Happy",
	"Spicy",
	"Sunny",
	"Crispy",
	"Velvet",
	"Rusty",
	"Salty",
	"Wild",
	"Lucky",
	"Slow",
	"Copper",
	"Blue",
	"Midnight",
};

static const char *const business_nouns[] = {
	"Burger",
	"Noodle",
	"Taco",
	"Bagel",
	"Waffle",
	"Kebab",
	"Dumpling",
	"Pizza",
	"Falafel",
	"Donut",
	"Ramen",
	"Curry",
	"Pretzel",
	"Espresso",
	"Sandwich",
	"Gelato",
};

static const char *const business_places[] = {
	"Truck",
	"House",
	"Corner",
	"Bar",
	"Kitchen",
	"Stand",
	"Garden",
	"Works",
};

static const char *const streets[] = {
	"Main Street",
	"Station Road",
	"Harbour Lane",
	"Market Square",
	"Mill Road",
	"Summit Trail",
	"River Walk",
	"Church Street",
};

/* Two of them are never the same offer: the first of a pair is even, the second odd. */
static const char *const offers[] = {
	"Half off Smashburger",
	"BOGO Loaded Tots",
	"Free Refill",
	"Two for One Tacos",
	"Lunch Special",
	"Family Platter",
	"Dessert on Us",
	"Early Bird Coffee",
	"Student Menu",
	"Large for the Price of Small",
};

#define PICK(list, n) ((list)[(n) % ARRAY_LEN(list)])

uint64_t sample_phase_items(enum sample_phase phase, uint64_t scale)
{
	switch (phase) {
	case SAMPLE_PHASE_USERS: return scale * SAMPLE_USERS;
	case SAMPLE_PHASE_BUSINESSES: return scale * SAMPLE_BUSINESSES;
	case SAMPLE_PHASE_COUPONS: return scale * SAMPLE_BUSINESSES * SAMPLE_COUPONS_PER_BUSINESS;
	case SAMPLE_PHASE_CREDITS: return scale * SAMPLE_USERS * SAMPLE_ROUTES_PER_USER * 2;
	case SAMPLE_PHASE_PURCHASES: return scale * SAMPLE_USERS * SAMPLE_PURCHASES_PER_USER;
	case SAMPLE_PHASE_COUNT: break;
	}
	ASSERT(!"a phase without items");
	return 0;
}

const char *sample_phase_noun(enum sample_phase phase)
{
	static const char *const nouns[SAMPLE_PHASE_COUNT] = {
		[SAMPLE_PHASE_USERS] = "users",
		[SAMPLE_PHASE_BUSINESSES] = "businesses",
		[SAMPLE_PHASE_COUPONS] = "coupons",
		[SAMPLE_PHASE_CREDITS] = "credits",
		[SAMPLE_PHASE_PURCHASES] = "purchases",
	};

	ASSERT((unsigned)phase < SAMPLE_PHASE_COUNT);
	return nouns[phase];
}

/* A number behind a name, once all combinations were used. */
static void number(char *name, uint64_t round)
{
	if (round == 0)
		return;
	size_t len = strlen(name);
	snprintf(name + len, SAMPLE_NAME_BYTES - len, " %" PRIu64, round + 1);
}

void sample_user_name(uint64_t user, char out[SAMPLE_NAME_BYTES])
{
	static const char *const known[] = { "Alex", "Robin", "Josh" };

	ASSERT(user > 0);
	if (user <= ARRAY_LEN(known)) {
		snprintf(out, SAMPLE_NAME_BYTES, "%s", known[user - 1]);
		return;
	}
	uint64_t n = user - ARRAY_LEN(known) - 1;
	snprintf(out, SAMPLE_NAME_BYTES, "%s %s", PICK(first_names, n),
		PICK(last_names, n / ARRAY_LEN(first_names)));
	number(out, n / (ARRAY_LEN(first_names) * ARRAY_LEN(last_names)));
}

void sample_business_name(uint64_t business, char out[SAMPLE_NAME_BYTES])
{
	static const char *const known[] = { "Fried and Loaded", "SQL Tea" };

	ASSERT(business > 0);
	if (business <= ARRAY_LEN(known)) {
		snprintf(out, SAMPLE_NAME_BYTES, "%s", known[business - 1]);
		return;
	}
	uint64_t n = business - ARRAY_LEN(known) - 1;
	uint64_t per_adjective = ARRAY_LEN(business_nouns) * ARRAY_LEN(business_places);
	snprintf(out, SAMPLE_NAME_BYTES, "%s %s %s", PICK(business_adjectives, n / per_adjective),
		PICK(business_nouns, n), PICK(business_places, n / ARRAY_LEN(business_nouns)));
	number(out, n / (per_adjective * ARRAY_LEN(business_adjectives)));
}

void sample_business_address(uint64_t business, char out[SAMPLE_NAME_BYTES])
{
	uint64_t drawn = mix(business);

	snprintf(out, SAMPLE_NAME_BYTES, "%" PRIu64 " %s", 1 + drawn % 200,
		PICK(streets, drawn >> 32));
}

size_t sample_business_owners(uint64_t business, uint64_t n_users, uint64_t out[SAMPLE_OWNERS_MAX])
{
	size_t n = 1;

	if (business == 1 || business % 5 == 0)
		n = 2;
	if (business % 20 == 0)
		n = 3;
	for (size_t i = 0; i < n; i++)
		out[i] = (2 * (business - 1) + i) % n_users + 1;
	return n;
}

uint32_t sample_business_commission(uint64_t business)
{
	return (uint32_t)(mix(business) % 5) * 100;
}

void sample_coupon_name(uint64_t coupon, char out[SAMPLE_NAME_BYTES])
{
	uint64_t business = sample_coupon_business(coupon);
	uint64_t first = business == 1 ? 0 : mix(business) % (ARRAY_LEN(offers) / 2);

	snprintf(out, SAMPLE_NAME_BYTES, "%s", offers[2 * first + (coupon - 1) % 2]);
}

uint64_t sample_coupon_business(uint64_t coupon)
{
	return (coupon - 1) / SAMPLE_COUPONS_PER_BUSINESS + 1;
}

void sample_coupon_terms(uint64_t coupon, struct pp_terms *out, int64_t *stock)
{
	uint64_t drawn = mix(coupon << 1);

	*out = (struct pp_terms) {
		.has_price_coins = true,
		.price_coins = coupon == 1 ? 25 : 10 + (int64_t)(drawn % 51),
		.has_redeem_within_ms = coupon % 3 == 0,
		.redeem_within_ms = INT64_C(30) * 24 * 3600 * 1000,
		.has_per_user_limit = coupon % 4 == 0,
		.per_user_limit = 5,
		.refund_policy = coupon % 2 == 0 ? PP_REFUND_POLICY_RETURN_STOCK
						 : PP_REFUND_POLICY_KEEP_STOCK,
	};
	*stock = coupon % 5 == 0 ? 1000 : 0;
}

uint64_t sample_credit_user(uint64_t credit)
{
	return (credit - 1) / (2 * SAMPLE_ROUTES_PER_USER) + 1;
}

enum pp_credit_reason sample_credit_reason(uint64_t credit)
{
	return credit % 2 == 1 ? PP_CREDIT_REASON_ROUTE_COMPLETED : PP_CREDIT_REASON_REVIEW_POSTED;
}

void sample_credit_reference(uint64_t credit, char out[SAMPLE_NAME_BYTES])
{
	snprintf(out, SAMPLE_NAME_BYTES, "route-%" PRIu64, (credit - 1) / 2 + 1);
}

uint64_t sample_purchase_user(uint64_t purchase)
{
	return (purchase - 1) / SAMPLE_PURCHASES_PER_USER + 1;
}

/* People buy around the corner: among the coupons about their own number. */
uint64_t sample_purchase_coupon(uint64_t purchase, uint64_t n_coupons)
{
	uint64_t corner = sample_purchase_user(purchase);

	if (purchase == 3)
		return 1;
	return (corner + mix(~purchase) % SAMPLE_NEIGHBOURHOOD) % n_coupons + 1;
}
