/* The part of actors.h that makes users, businesses and coupons, and that looks at them. */
#include <stdatomic.h>

#include "base/base.h"
#include "tests/integration/actors.h"
#include "tests/integration/require.h"

enum { NAMES = 1024, VERIFY_MS_MAX = 120000 };

const char *fresh_name(const char *stem)
{
	static atomic_uint last;
	static char names[NAMES][64];
	unsigned n = atomic_fetch_add(&last, 1);
	char *name = names[n % NAMES];

	snprintf(name, sizeof(names[0]), "%.40s %u", stem, n);
	return name;
}

struct pp_terms terms_of(const char *name, int64_t price)
{
	return (struct pp_terms) {
		.name = name,
		.description = "half off a burger and shake",
		.has_price_coins = true,
		.price_coins = price,
	};
}

uint64_t make_user(struct pp_client *client, const char *stem, int64_t coins)
{
	struct pp_request request = ask_create_user(fresh_name(stem));
	uint64_t user = call_ok(client, &request)->u.create_user.user_id;

	if (coins > 0) {
		request = ask_credit(user, coins);
		(void)call_ok(client, &request);
	}
	return user;
}

uint64_t make_business(struct pp_client *client, uint64_t owner, uint32_t commission_bp)
{
	struct pp_request request = ask_create_business(0, fresh_name("Smash and Shake"));

	/* Made by the operator, who alone sets a commission. */
	request.u.create_business.owner_ids = &owner;
	request.u.create_business.n_owner_ids = 1;
	request.u.create_business.has_commission_bp = true;
	request.u.create_business.commission_bp = commission_bp;
	return call_ok(client, &request)->u.create_business.business_id;
}

uint64_t make_coupon(
	struct pp_client *client, uint64_t owner, uint64_t business, int64_t price, int64_t stock)
{
	struct pp_terms terms = terms_of(fresh_name("Half off"), price);
	struct pp_request request = ask_create_coupon(owner, business, &terms);

	request.u.create_coupon.has_stock = stock >= 0;
	request.u.create_coupon.stock = stock >= 0 ? stock : 0;
	return call_ok(client, &request)->u.create_coupon.coupon_id;
}

uint64_t edit_price(
	struct pp_client *client, uint64_t owner, uint64_t coupon, uint64_t base, int64_t price)
{
	struct pp_terms terms = { .has_price_coins = true, .price_coins = price };
	struct pp_request request =
		ask_edit(owner, coupon, base, PP_SET_OF(PP_TERM_FIELD_PRICE), &terms);

	return call_ok(client, &request)->u.edit_coupon.version;
}

int64_t balance_of(struct pp_client *client, enum pp_account_kind kind, uint64_t id)
{
	struct pp_account account;
	struct pp_request request = ask_balance(kind, id, &account);

	return call_ok(client, &request)->u.get_balance.balance_coins;
}

uint64_t revision_of(struct pp_client *client)
{
	struct pp_request request = ask_server_info();

	return call_ok(client, &request)->revision;
}

int64_t time_of(struct pp_client *client)
{
	struct pp_request request = ask_server_info();

	return call_ok(client, &request)->time_ms;
}

const struct pp_verify_response *verify_run(struct pp_client *client)
{
	struct pp_request request = ask_verify(0);
	int64_t until = test_now_ms() + VERIFY_MS_MAX;

	/* Another run may be under way: it does not tell of what was just done. */
	const struct pp_response *response = call(client, &request);
	while (reason_of(response) == PP_REASON_VERIFY_BUSY) {
		REQUIRE(test_now_ms() < until, "Verify is busy for %d ms", VERIFY_MS_MAX);
		test_pause_ms(2);
		response = call(client, &request);
	}
	REQUIRE(response->status == NULL, "%s", response->status->message);
	const struct pp_verify_response *run = &response->u.verify;

	while (run->state == PP_VERIFY_STATE_RUNNING) {
		REQUIRE(test_now_ms() < until, "Verify takes more than %d ms", VERIFY_MS_MAX);
		test_pause_ms(2);
		request = ask_verify(run->verify_id);
		run = &call_ok(client, &request)->u.verify;
	}
	return run;
}

void verify_clean(struct pp_client *client)
{
	const struct pp_verify_response *run = verify_run(client);

	for (size_t i = 0; i < run->n_findings_shown; i++)
		fprintf(stderr, "verify: %s: %s: %s\n", run->findings[i]->check,
			run->findings[i]->subject, run->findings[i]->message);
	REQUIRE(run->state == PP_VERIFY_STATE_CLEAN, "Verify: state %d, %llu findings, %s",
		(int)run->state, (unsigned long long)run->n_findings,
		run->message != NULL ? run->message : "no message");
	REQUIRE(run->n_records > 0, "Verify saw no record");
}
