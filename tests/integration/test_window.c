/* The honour window to the millisecond, by the server's stored times, across restarts; and HARD. */
#include <criterion/criterion.h>

#include "base/base.h"
#include "tests/integration/actors.h"
#include "tests/integration/require.h"

struct scene {
	struct process process;
	struct pp_client *client;
	uint64_t alex;
	uint64_t josh;
	uint64_t business;
};

static void scene_open(struct scene *scene)
{
	struct process_options options = { .own_clock = true };

	process_new(&scene->process, &options);
	scene->client = client_at(&scene->process, 0);
	scene->alex = make_user(scene->client, "Alex", 0);
	scene->josh = make_user(scene->client, "Josh", 1000000);
	scene->business = make_business(scene->client, scene->alex, 0);
}

static void scene_close(struct scene *scene)
{
	verify_clean(scene->client);
	pp_client_close(scene->client);
	process_free(&scene->process);
}

static void scene_restart(struct scene *scene, bool kill)
{
	pp_client_close(scene->client);
	if (kill)
		process_kill(&scene->process);
	else
		process_stop(&scene->process);
	process_start(&scene->process);
	scene->client = client_at(&scene->process, 0);
}

/* How a purchase of this version ends now, as seen. */
static enum pp_reason buy(struct scene *scene, uint64_t coupon, uint64_t version)
{
	struct pp_request request = ask_purchase(scene->josh, coupon, version);
	const struct pp_response *response;

	request.u.purchase_coupon.price_policy = PP_PRICE_POLICY_AS_SEEN;
	response = call(scene->client, &request);
	if (response->status == NULL)
		REQUIRE(response->u.purchase_coupon.purchase->version == version,
			"another version priced it");
	return reason_of(response);
}

static enum pp_reason buy_as_of(struct scene *scene, uint64_t coupon, uint64_t revision)
{
	struct pp_request request = ask_purchase(scene->josh, coupon, 0);

	request.u.purchase_coupon.as_of_revision = revision;
	request.u.purchase_coupon.price_policy = PP_PRICE_POLICY_AS_SEEN;
	return reason_of(call(scene->client, &request));
}

/* A coupon of 20 coins with this window. */
static uint64_t coupon_of(struct scene *scene, int64_t honour_ms)
{
	struct pp_terms terms = terms_of(fresh_name("Half off"), 20);
	struct pp_request request = ask_create_coupon(scene->alex, scene->business, &terms);

	terms.has_honour_ms = true;
	terms.honour_ms = honour_ms;
	return call_ok(scene->client, &request)->u.create_coupon.coupon_id;
}

/* Moves to `ms` after `start`, which is not over yet. */
static void move_to(struct scene *scene, int64_t start, int64_t ms)
{
	int64_t now = time_of(scene->client);

	process_advance(&scene->process, start + ms - now);
	REQUIRE(time_of(scene->client) == start + ms, "the clock is at %lld, not %lld",
		(long long)(time_of(scene->client) - start), (long long)ms);
}

Test(window, ends_exactly_when_it_says)
{
	static const int64_t windows[] = { 1, 1000, PP_HONOUR_MS_DEFAULT, PP_HONOUR_MS_MAX };
	struct scene scene;

	scene_open(&scene);
	for (size_t i = 0; i < ARRAY_LEN(windows); i++) {
		uint64_t coupon = coupon_of(&scene, windows[i]);
		int64_t start;
		(void)edit_price(scene.client, scene.alex, coupon, 1, 30);
		start = time_of(scene.client);
		cr_assert_eq(buy(&scene, coupon, 1), PP_REASON_NONE, "at once");
		move_to(&scene, start, windows[i] - 1);
		cr_assert_eq(buy(&scene, coupon, 1), PP_REASON_NONE, "1 ms before the end");
		move_to(&scene, start, windows[i]);
		cr_assert_eq(buy(&scene, coupon, 1), PP_REASON_COUPON_VERSION_EXPIRED, "the end");
		move_to(&scene, start, windows[i] + 1);
		cr_assert_eq(buy(&scene, coupon, 1), PP_REASON_COUPON_VERSION_EXPIRED, "after");
		cr_assert_eq(buy(&scene, coupon, 2), PP_REASON_NONE);
	}
	scene_close(&scene);
}

Test(window, is_none_when_the_coupon_says_so)
{
	struct scene scene;
	uint64_t coupon;

	scene_open(&scene);
	coupon = coupon_of(&scene, 0);
	(void)edit_price(scene.client, scene.alex, coupon, 1, 30);
	cr_assert_eq(buy(&scene, coupon, 1), PP_REASON_COUPON_VERSION_EXPIRED);
	scene_close(&scene);
}

Test(window, is_not_changed_by_a_restart, .timeout = 60)
{
	struct scene scene;

	scene_open(&scene);
	for (int kill = 0; kill < 2; kill++) {
		uint64_t coupon = coupon_of(&scene, 60000);
		int64_t start;
		(void)edit_price(scene.client, scene.alex, coupon, 1, 30);
		start = time_of(scene.client);
		process_advance(&scene.process, 59998);
		scene_restart(&scene, kill == 1);
		move_to(&scene, start, 59999);
		cr_assert_eq(buy(&scene, coupon, 1), PP_REASON_NONE, "1 ms before the end");
		scene_restart(&scene, kill == 1);
		move_to(&scene, start, 60000);
		cr_assert_eq(buy(&scene, coupon, 1), PP_REASON_COUPON_VERSION_EXPIRED, "the end");
		move_to(&scene, start, 60001);
		cr_assert_eq(buy(&scene, coupon, 1), PP_REASON_COUPON_VERSION_EXPIRED, "after");
	}
	scene_close(&scene);
}

Test(window, is_not_shortened_by_a_later_edit)
{
	struct scene scene;
	uint64_t coupon;
	int64_t start;
	struct pp_terms terms = { .has_honour_ms = true };
	struct pp_request request;

	scene_open(&scene);
	coupon = coupon_of(&scene, 10000);
	(void)edit_price(scene.client, scene.alex, coupon, 1, 30);
	start = time_of(scene.client);
	/* Version 3 has no window of its own; those of 1 and 2 stay. */
	request = ask_edit(scene.alex, coupon, 2, PP_SET_OF(PP_TERM_FIELD_HONOUR), &terms);
	(void)call_ok(scene.client, &request);
	(void)edit_price(scene.client, scene.alex, coupon, 3, 40);
	cr_assert_eq(buy(&scene, coupon, 3), PP_REASON_COUPON_VERSION_EXPIRED);
	move_to(&scene, start, 9999);
	cr_assert_eq(buy(&scene, coupon, 1), PP_REASON_NONE);
	cr_assert_eq(buy(&scene, coupon, 2), PP_REASON_NONE);
	move_to(&scene, start, 10000);
	cr_assert_eq(buy(&scene, coupon, 1), PP_REASON_COUPON_VERSION_EXPIRED);
	scene_close(&scene);
}

Test(window, has_no_end_for_terms_that_are_current_again)
{
	struct scene scene;
	uint64_t coupon;

	scene_open(&scene);
	coupon = coupon_of(&scene, 1000);
	(void)edit_price(scene.client, scene.alex, coupon, 1, 30);
	(void)edit_price(scene.client, scene.alex, coupon, 2, 20);
	process_advance(&scene.process, 5000);
	cr_assert_eq(buy(&scene, coupon, 2), PP_REASON_COUPON_VERSION_EXPIRED);
	struct pp_request request = ask_purchase(scene.josh, coupon, 1);
	const struct pp_purchase *receipt =
		call_ok(scene.client, &request)->u.purchase_coupon.purchase;
	cr_assert_eq(receipt->price_coins, 20);
	cr_assert_not(receipt->honoured);
	scene_close(&scene);
}

Test(window, is_over_at_once_and_for_ever_after_a_hard_edit)
{
	struct scene scene;
	uint64_t coupon;
	uint64_t revision;
	struct pp_terms terms = { .has_price_coins = true, .price_coins = 50 };
	struct pp_request request;

	scene_open(&scene);
	coupon = coupon_of(&scene, 60000);
	revision = revision_of(scene.client);
	cr_assert_eq(buy_as_of(&scene, coupon, revision), PP_REASON_NONE);
	(void)edit_price(scene.client, scene.alex, coupon, 1, 30);
	cr_assert_eq(buy(&scene, coupon, 1), PP_REASON_NONE);
	request = ask_edit(scene.alex, coupon, 2, PP_SET_OF(PP_TERM_FIELD_PRICE), &terms);
	request.u.edit_coupon.supersede = PP_SUPERSEDE_HARD;
	request.u.edit_coupon.reason = "a typo in the price";
	cr_assert_not(call_ok(scene.client, &request)->u.edit_coupon.has_honoured_until_ms, "HARD");
	request = ask_coupon(coupon, 0);
	cr_assert_eq(call_ok(scene.client, &request)->u.get_coupon.coupon->honour_floor, 3);
	for (int again = 0; again < 2; again++) {
		cr_assert_eq(buy(&scene, coupon, 1), PP_REASON_COUPON_VERSION_EXPIRED);
		cr_assert_eq(buy(&scene, coupon, 2), PP_REASON_COUPON_VERSION_EXPIRED);
		cr_assert_eq(buy_as_of(&scene, coupon, revision), PP_REASON_COUPON_VERSION_EXPIRED);
		cr_assert_eq(buy(&scene, coupon, 3), PP_REASON_NONE);
		scene_restart(&scene, true);
	}
	/* Not after a pause and a resume either, nor when the old terms come back by an edit. */
	struct pp_terms state = { .state = PP_COUPON_STATE_PAUSED };
	request = ask_edit(scene.alex, coupon, 3, PP_SET_OF(PP_TERM_FIELD_STATE), &state);
	(void)call_ok(scene.client, &request);
	cr_assert_eq(buy(&scene, coupon, 4), PP_REASON_COUPON_NOT_ACTIVE);
	cr_assert_eq(buy(&scene, coupon, 3), PP_REASON_NONE, "a soft pause has a window");
	state.state = PP_COUPON_STATE_ACTIVE;
	request = ask_edit(scene.alex, coupon, 4, PP_SET_OF(PP_TERM_FIELD_STATE), &state);
	(void)call_ok(scene.client, &request);
	cr_assert_eq(buy(&scene, coupon, 2), PP_REASON_COUPON_VERSION_EXPIRED);
	cr_assert_eq(buy(&scene, coupon, 5), PP_REASON_NONE);
	scene_close(&scene);
}
