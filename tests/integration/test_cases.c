/* The three cases that started it, on real sockets: lost update, read skew, write skew. */
#include <criterion/criterion.h>
#include <pthread.h>
#include <string.h>

#include "base/base.h"
#include "tests/integration/actors.h"
#include "tests/integration/require.h"

struct scene {
	struct process process;
	struct pp_client *alex_client;
	struct pp_client *robin_client;
	uint64_t alex;
	uint64_t robin;
	uint64_t josh;
	uint64_t business;
	uint64_t coupon; /* 20 coins, "half off a burger and shake" */
};

static void scene_open(struct scene *scene)
{
	struct process_options options = { .own_clock = true };
	struct pp_request request;

	process_new(&scene->process, &options);
	scene->alex_client = client_at(&scene->process, 0);
	scene->robin_client = client_at(&scene->process, 0);
	scene->alex = make_user(scene->alex_client, "Alex", 0);
	scene->robin = make_user(scene->alex_client, "Robin", 0);
	scene->josh = make_user(scene->alex_client, "Josh", 100);
	scene->business = make_business(scene->alex_client, scene->alex, 1000);
	request = ask_add_owner(scene->alex, scene->business, scene->robin);
	(void)call_ok(scene->alex_client, &request);
	scene->coupon = make_coupon(scene->alex_client, scene->alex, scene->business, 20, -1);
}

static void scene_close(struct scene *scene)
{
	verify_clean(scene->alex_client);
	pp_client_close(scene->alex_client);
	pp_client_close(scene->robin_client);
	process_free(&scene->process);
}

static struct pp_request ask_price(
	uint64_t owner, uint64_t coupon, uint64_t base, int64_t price, struct pp_terms *terms)
{
	*terms = (struct pp_terms) { .has_price_coins = true, .price_coins = price };
	return ask_edit(owner, coupon, base, PP_SET_OF(PP_TERM_FIELD_PRICE), terms);
}

struct editor {
	struct pp_client *client;
	struct pp_request request;
	enum pp_reason reason;
};

static void *edit_once(void *context)
{
	struct editor *editor = context;

	editor->reason = reason_of(call(editor->client, &editor->request));
	return NULL;
}

Test(cases, tells_the_second_of_two_editors_what_the_first_did)
{
	struct scene scene;
	struct pp_terms terms[2];
	struct editor editors[2];
	pthread_t threads[2];
	const struct pp_version_conflict *conflict;
	struct pp_request look;

	scene_open(&scene);
	editors[0].client = scene.alex_client;
	editors[0].request = ask_price(scene.alex, scene.coupon, 1, 30, &terms[0]);
	editors[1].client = scene.robin_client;
	editors[1].request = ask_price(scene.robin, scene.coupon, 1, 40, &terms[1]);
	for (int i = 0; i < 2; i++)
		cr_assert_eq(pthread_create(&threads[i], NULL, edit_once, &editors[i]), 0);
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);

	int loser = editors[0].reason != PP_REASON_NONE ? 0 : 1;
	cr_assert_eq(editors[1 - loser].reason, PP_REASON_NONE, "one of them succeeds");
	cr_assert_eq(editors[loser].reason, PP_REASON_COUPON_VERSION_CONFLICT);
	/* The same request again gets the same answer: the client never refreshes its base. */
	const struct pp_response *again = call(editors[loser].client, &editors[loser].request);
	cr_assert(again->replayed);
	cr_assert_eq(again->status->code, PP_CODE_ABORTED);
	cr_assert_not_null(
		strstr(again->status->message, "Could not find a coupon from business Smash and"),
		"%s", again->status->message);
	cr_assert_not_null(
		strstr(again->status->message, "at version 1"), "%s", again->status->message);
	cr_assert_eq(strncmp(again->status->message, "Could not find", 14), 0);
	conflict = again->status->version_conflict;
	cr_assert_not_null(conflict);
	cr_assert_eq(conflict->base_version, 1);
	cr_assert_eq(conflict->current_version, 2);
	cr_assert_eq(conflict->changed_by, loser == 0 ? scene.robin : scene.alex);
	cr_assert_eq(conflict->changed_at_ms, again->time_ms);
	cr_assert_eq(conflict->overlapping, PP_SET_OF(PP_TERM_FIELD_PRICE));
	cr_assert_eq(conflict->base->price_coins, 20);
	cr_assert_eq(conflict->theirs->price_coins, loser == 0 ? 40 : 30);
	cr_assert_eq(conflict->yours->price_coins, loser == 0 ? 30 : 40);
	look = ask_coupon(scene.coupon, 0);
	cr_assert_eq(call_ok(scene.alex_client, &look)->u.get_coupon.coupon->current_version, 2);
	scene_close(&scene);
}

Test(cases, merges_edits_of_different_fields_when_asked_to)
{
	struct scene scene;
	struct pp_terms price;
	struct pp_terms text = { .description = "half off a burger, with fries" };
	struct pp_request request;
	const struct pp_edit_coupon_response *edited;
	const struct pp_terms *now;

	scene_open(&scene);
	request = ask_price(scene.alex, scene.coupon, 1, 30, &price);
	(void)call_ok(scene.alex_client, &request);
	request =
		ask_edit(scene.robin, scene.coupon, 1, PP_SET_OF(PP_TERM_FIELD_DESCRIPTION), &text);
	(void)call_refused(scene.robin_client, &request, PP_REASON_COUPON_VERSION_CONFLICT);
	request.has_request_id = false;
	request.u.edit_coupon.on_conflict = PP_ON_CONFLICT_MERGE_DISJOINT;
	edited = &call_ok(scene.robin_client, &request)->u.edit_coupon;
	cr_assert(edited->merged);
	cr_assert_eq(edited->version, 3);
	request = ask_coupon(scene.coupon, 0);
	now = call_ok(scene.alex_client, &request)->u.get_coupon.coupon->terms;
	cr_assert_eq(now->price_coins, 30);
	cr_assert_str_eq(now->description, text.description);
	/* The same field is a conflict even so. */
	request = ask_price(scene.robin, scene.coupon, 1, 40, &price);
	request.u.edit_coupon.on_conflict = PP_ON_CONFLICT_MERGE_DISJOINT;
	(void)call_refused(scene.robin_client, &request, PP_REASON_COUPON_VERSION_CONFLICT);
	/* And so is any edit across a change of state. */
	struct pp_terms paused = { .state = PP_COUPON_STATE_PAUSED };
	request = ask_edit(scene.alex, scene.coupon, 3, PP_SET_OF(PP_TERM_FIELD_STATE), &paused);
	(void)call_ok(scene.alex_client, &request);
	text.description = "fries only";
	request =
		ask_edit(scene.robin, scene.coupon, 3, PP_SET_OF(PP_TERM_FIELD_DESCRIPTION), &text);
	request.u.edit_coupon.on_conflict = PP_ON_CONFLICT_MERGE_DISJOINT;
	(void)call_refused(scene.robin_client, &request, PP_REASON_COUPON_VERSION_CONFLICT);
	scene_close(&scene);
}

Test(cases, makes_no_version_of_an_edit_that_changes_nothing)
{
	struct scene scene;
	struct pp_terms terms;
	struct pp_request request;
	const struct pp_edit_coupon_response *edited;
	uint64_t revision;

	scene_open(&scene);
	revision = revision_of(scene.alex_client);
	request = ask_price(scene.alex, scene.coupon, 1, 20, &terms);
	edited = &call_ok(scene.alex_client, &request)->u.edit_coupon;
	cr_assert(edited->unchanged);
	cr_assert_eq(edited->version, 1);
	cr_assert_eq(revision_of(scene.alex_client), revision);
	scene_close(&scene);
}

Test(cases, sells_what_the_buyer_saw_while_its_owner_raises_the_price)
{
	struct scene scene;
	struct pp_request request;
	const struct pp_list_coupons_response *list;
	const struct pp_purchase *receipt;
	uint64_t seen_revision;
	int64_t changed_at;

	scene_open(&scene);
	request = ask_list(scene.business, true);
	list = &call_ok(scene.robin_client, &request)->u.list_coupons;
	cr_assert_eq(list->n_coupons, 1);
	cr_assert_eq(list->coupons[0]->terms->price_coins, 20);
	seen_revision = list->as_of_revision;
	process_advance(&scene.process, 5000);
	cr_assert_eq(edit_price(scene.alex_client, scene.alex, scene.coupon, 1, 30), 2);
	changed_at = time_of(scene.alex_client);

	request = ask_purchase(scene.josh, scene.coupon, 1);
	request.u.purchase_coupon.has_max_price_coins = true;
	request.u.purchase_coupon.max_price_coins = 20;
	receipt = call_ok(scene.robin_client, &request)->u.purchase_coupon.purchase;
	cr_assert_eq(receipt->version, 1);
	cr_assert_eq(receipt->price_coins, 20);
	cr_assert_eq(receipt->commission_coins, 2);
	cr_assert(receipt->honoured);
	cr_assert_eq(receipt->honoured_until_ms, changed_at + PP_HONOUR_MS_DEFAULT);
	/* One number for a whole list read will do as well. */
	request = ask_purchase(scene.josh, scene.coupon, 0);
	request.u.purchase_coupon.as_of_revision = seen_revision;
	receipt = call_ok(scene.robin_client, &request)->u.purchase_coupon.purchase;
	cr_assert_eq(receipt->price_coins, 20);
	cr_assert(receipt->honoured);
	/* The best for the buyer: a cheaper current version replaces the one that was seen. */
	cr_assert_eq(edit_price(scene.alex_client, scene.alex, scene.coupon, 2, 10), 3);
	request = ask_purchase(scene.josh, scene.coupon, 1);
	receipt = call_ok(scene.robin_client, &request)->u.purchase_coupon.purchase;
	cr_assert_eq(receipt->version, 3);
	cr_assert_eq(receipt->price_coins, 10);
	cr_assert_not(receipt->honoured);
	/* Unless as seen is meant. */
	request = ask_purchase(scene.josh, scene.coupon, 1);
	request.u.purchase_coupon.price_policy = PP_PRICE_POLICY_AS_SEEN;
	receipt = call_ok(scene.robin_client, &request)->u.purchase_coupon.purchase;
	cr_assert_eq(receipt->price_coins, 20);
	cr_assert_eq(balance_of(scene.alex_client, PP_ACCOUNT_KIND_USER, scene.josh), 30);
	cr_assert_eq(balance_of(scene.alex_client, PP_ACCOUNT_KIND_BUSINESS, scene.business), 63);
	cr_assert_eq(balance_of(scene.alex_client, PP_ACCOUNT_KIND_COMMISSION, 0), 7);
	scene_close(&scene);
}

Test(cases, charges_the_price_it_checked_or_nothing)
{
	struct scene scene;
	struct pp_request request;
	struct pp_quote quote;
	const struct pp_status *refusal;

	scene_open(&scene);
	request = ask_check(scene.josh, scene.coupon, 1);
	const struct pp_response *checked = call_ok(scene.robin_client, &request);
	cr_assert(checked->u.check_purchase.ok);
	quote = *checked->u.check_purchase.quote;
	cr_assert_eq(quote.price_coins, 20);
	cr_assert_eq(checked->u.check_purchase.balance_coins, 100);
	/* Beyond the window the quote is worth nothing, and says so, at no charge. */
	(void)edit_price(scene.alex_client, scene.alex, scene.coupon, 1, 90);
	process_advance(&scene.process, PP_HONOUR_MS_DEFAULT);
	request = ask_purchase(scene.josh, scene.coupon, quote.version);
	request.u.purchase_coupon.has_max_price_coins = true;
	request.u.purchase_coupon.max_price_coins = quote.price_coins;
	refusal = call_refused(scene.robin_client, &request, PP_REASON_COUPON_VERSION_EXPIRED);
	cr_assert_eq(refusal->current_offer->current_version, 2);
	cr_assert_eq(refusal->current_offer->price_coins, 90);
	cr_assert_eq(balance_of(scene.alex_client, PP_ACCOUNT_KIND_USER, scene.josh), 100);
	/* Two purchases of 90 with 100 coins: the second sees what the first left. */
	request = ask_purchase(scene.josh, scene.coupon, 2);
	(void)call_ok(scene.robin_client, &request);
	request.has_request_id = false;
	(void)call_refused(scene.robin_client, &request, PP_REASON_INSUFFICIENT_COINS);
	cr_assert_eq(balance_of(scene.alex_client, PP_ACCOUNT_KIND_USER, scene.josh), 10);
	scene_close(&scene);
}
