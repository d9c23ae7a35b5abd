/* The same request again: one effect, the same answer, also after a restart; and validate_only. */
#include <criterion/criterion.h>
#include <string.h>

#include "base/base.h"
#include "tests/integration/actors.h"
#include "tests/integration/require.h"
#include "tests/integration/wire.h"

enum { DAY_MS = 24 * 3600 * 1000, ANSWER_BYTES = 4096 };

struct scene {
	struct process process;
	struct pp_client *client;
	uint64_t alex;
	uint64_t josh;
	uint64_t business;
	uint64_t coupon;
};

static void scene_open(struct scene *scene)
{
	struct process_options options = { .own_clock = true };

	process_new(&scene->process, &options);
	scene->client = client_at(&scene->process, 0);
	scene->alex = make_user(scene->client, "Alex", 0);
	scene->josh = make_user(scene->client, "Josh", 100);
	scene->business = make_business(scene->client, scene->alex, 0);
	scene->coupon = make_coupon(scene->client, scene->alex, scene->business, 20, 10);
}

static void scene_close(struct scene *scene)
{
	verify_clean(scene->client);
	pp_client_close(scene->client);
	process_free(&scene->process);
}

/* The answer's message as bytes, but for `replayed`. */
static size_t answer_bytes(
	struct scene *scene, struct pp_request *request, bool *replayed, uint8_t out[ANSWER_BYTES])
{
	struct wire *wire = calloc(1, sizeof(*wire));
	struct bytes *bytes = calloc(1, sizeof(*bytes));
	const struct pp_response *response;
	size_t len;

	REQUIRE(wire != NULL && bytes != NULL, "out of memory");
	wire_open(wire, &scene->process);
	wire_hello(wire);
	request->seq = 77;
	put_request(bytes, request);
	REQUIRE(wire_send(wire, bytes->data, bytes->len), "the server closed");
	response = wire_receive(wire);
	REQUIRE(response != NULL, "no answer");
	*replayed = response->replayed;
	bytes->len = 0;
	struct pp_response same = *response;
	same.replayed = false;
	put_response(bytes, &same);
	REQUIRE(bytes->len <= ANSWER_BYTES, "an answer of %zu bytes", bytes->len);
	memcpy(out, bytes->data, bytes->len);
	len = bytes->len;
	wire_close(wire);
	free(wire);
	free(bytes);
	return len;
}

/* Every kind of write, accepted and refused. */
static size_t make_requests(struct scene *scene, struct pp_request *out, struct pp_terms *terms)
{
	size_t n = 0;

	out[n++] = ask_create_user("Robin");
	out[n++] = ask_create_user("robin"); /* NAME_TAKEN */
	out[n++] = ask_credit(scene->josh, 7);
	out[n++] = ask_credit(4711, 7);
	out[n++] = ask_create_business(scene->alex, "Fried and Loaded");
	out[n++] = ask_add_owner(scene->alex, scene->business, scene->josh);
	out[n++] = ask_add_owner(scene->alex, scene->business, scene->josh); /* ALREADY */
	terms[0] = terms_of("Two for one", 3);
	out[n++] = ask_create_coupon(scene->alex, scene->business, &terms[0]);
	terms[1] = (struct pp_terms) { .has_price_coins = true, .price_coins = 30 };
	out[n++] =
		ask_edit(scene->alex, scene->coupon, 1, PP_SET_OF(PP_TERM_FIELD_PRICE), &terms[1]);
	terms[2] = (struct pp_terms) { .has_price_coins = true, .price_coins = 40 };
	out[n++] = ask_edit(/* COUPON_VERSION_CONFLICT */
		scene->alex, scene->coupon, 1, PP_SET_OF(PP_TERM_FIELD_PRICE), &terms[2]);
	terms[3] = (struct pp_terms) { .description = "merged" };
	out[n] = ask_edit(
		scene->josh, scene->coupon, 1, PP_SET_OF(PP_TERM_FIELD_DESCRIPTION), &terms[3]);
	out[n++].u.edit_coupon.on_conflict = PP_ON_CONFLICT_MERGE_DISJOINT;
	out[n++] = ask_edit(/* unchanged */
		scene->alex, scene->coupon, 3, PP_SET_OF(PP_TERM_FIELD_PRICE), &terms[1]);
	out[n++] = ask_purchase(scene->josh, scene->coupon, 1);
	out[n++] = ask_purchase(scene->josh, scene->coupon, 3);
	out[n] = ask_purchase(scene->josh, scene->coupon, 3); /* PRICE_CHANGED */
	out[n].u.purchase_coupon.has_max_price_coins = true;
	out[n++].u.purchase_coupon.max_price_coins = 1;
	for (size_t i = 0; i < n; i++) {
		out[i].has_request_id = true;
		out[i].request_id = new_request_id(time_of(scene->client));
	}
	return n;
}

enum { REQUESTS = 15 };

Test(replay, gives_the_same_answer_also_after_a_restart, .timeout = 60)
{
	static uint8_t first[REQUESTS][ANSWER_BYTES];
	static uint8_t again[ANSWER_BYTES];
	size_t lens[REQUESTS];
	struct pp_request requests[REQUESTS];
	struct pp_terms terms[4];
	struct scene scene;
	uint64_t revision;
	bool replayed;

	scene_open(&scene);
	size_t n = make_requests(&scene, requests, terms);
	cr_assert_eq(n, REQUESTS);
	for (size_t i = 0; i < n; i++) {
		lens[i] = answer_bytes(&scene, &requests[i], &replayed, first[i]);
		cr_assert_not(replayed, "request %zu", i);
	}
	revision = revision_of(scene.client);
	for (int round = 0; round < 3; round++) {
		for (size_t i = n; i-- > 0;) {
			size_t len = answer_bytes(&scene, &requests[i], &replayed, again);
			cr_assert(replayed, "request %zu, round %d", i, round);
			cr_assert_eq(len, lens[i], "request %zu, round %d: %zu bytes, not %zu", i,
				round, len, lens[i]);
			cr_assert_eq(
				memcmp(again, first[i], len), 0, "request %zu, round %d", i, round);
		}
		cr_assert_eq(revision_of(scene.client), revision, "nothing is done twice");
		pp_client_close(scene.client);
		if (round == 0)
			process_stop(&scene.process);
		else
			process_kill(&scene.process);
		process_start(&scene.process);
		scene.client = client_at(&scene.process, 0);
		process_advance(&scene.process, DAY_MS);
	}
	scene_close(&scene);
}

Test(replay, belongs_to_the_principal_who_asked)
{
	struct scene scene;
	struct pp_request request;
	uint64_t robin;

	scene_open(&scene);
	robin = make_user(scene.client, "Robin", 100);
	request = ask_purchase(scene.josh, scene.coupon, 1);
	(void)call_ok(scene.client, &request);
	request.acting_user = robin;
	cr_assert_not(call_ok(scene.client, &request)->replayed);
	scene_close(&scene);
}

Test(replay, is_refused_from_seven_days_on)
{
	struct scene scene;
	struct pp_request request;
	int64_t born;

	scene_open(&scene);
	born = time_of(scene.client);
	request = ask_credit(scene.josh, 5);
	request.has_request_id = true;
	request.request_id = new_request_id(born);
	(void)call_ok(scene.client, &request);
	process_advance(&scene.process, INT64_C(7) * DAY_MS - 1);
	cr_assert(call_ok(scene.client, &request)->replayed);
	process_advance(&scene.process, 1);
	(void)call_refused(scene.client, &request, PP_REASON_REQUEST_ID_EXPIRED);
	cr_assert_eq(balance_of(scene.client, PP_ACCOUNT_KIND_USER, scene.josh), 105);
	/* The edge of the future. */
	request.request_id = new_request_id(time_of(scene.client) + 5 * 60 * 1000 + 1);
	(void)call_refused(scene.client, &request, PP_REASON_REQUEST_ID_IN_FUTURE);
	process_advance(&scene.process, 1);
	(void)call_ok(scene.client, &request);
	scene_close(&scene);
}

Test(replay, tells_how_an_abandoned_request_ended)
{
	struct scene scene;
	struct pp_request request;
	struct pp_request abandon;
	const struct pp_abandon_request_response *outcome;
	uint64_t purchase;
	uint64_t revision;

	scene_open(&scene);
	request = ask_purchase(scene.josh, scene.coupon, 1);
	const struct pp_response *bought = call_ok(scene.client, &request);
	purchase = bought->u.purchase_coupon.purchase->purchase_id;
	revision = bought->revision;
	abandon = ask_abandon(scene.josh, &request.request_id);
	outcome = &call_ok(scene.client, &abandon)->u.abandon_request;
	cr_assert_not(outcome->abandoned);
	cr_assert_null(outcome->outcome);
	cr_assert_eq(outcome->made_id, purchase);
	cr_assert_eq(outcome->outcome_revision, revision);
	/* A refusal is an outcome too. */
	request = ask_purchase(scene.josh, scene.coupon, 9);
	(void)call_refused(scene.client, &request, PP_REASON_NO_SUCH_VERSION);
	abandon = ask_abandon(scene.josh, &request.request_id);
	outcome = &call_ok(scene.client, &abandon)->u.abandon_request;
	cr_assert_not(outcome->abandoned);
	cr_assert_eq(outcome->outcome->reason, PP_REASON_NO_SUCH_VERSION);
	/* A free id is spent for ever, and abandoning again says the same. */
	request.request_id = new_request_id(time_of(scene.client));
	abandon = ask_abandon(scene.josh, &request.request_id);
	for (int i = 0; i < 2; i++)
		cr_assert(call_ok(scene.client, &abandon)->u.abandon_request.abandoned);
	request.u.purchase_coupon.version = 1;
	(void)call_refused(scene.client, &request, PP_REASON_REQUEST_ABANDONED);
	cr_assert_eq(balance_of(scene.client, PP_ACCOUNT_KIND_USER, scene.josh), 80);
	scene_close(&scene);
}

Test(replay, validates_only_without_a_trace)
{
	struct pp_request requests[REQUESTS];
	struct pp_terms terms[4];
	struct scene scene;
	struct pp_request info = ask_server_info();
	struct pp_server_info_response before;
	uint64_t revision;

	scene_open(&scene);
	revision = revision_of(scene.client);
	before = call_ok(scene.client, &info)->u.server_info;
	size_t n = make_requests(&scene, requests, terms);
	for (size_t i = 0; i < n; i++) {
		requests[i].validate_only = true;
		const struct pp_response *response = call(scene.client, &requests[i]);
		if (i == 0 || i == 2 || i == 8)
			cr_assert_null(response->status, "request %zu", i);
		if (i == 3)
			cr_assert_eq(response->status->reason, PP_REASON_USER_NOT_FOUND);
		cr_assert_not(response->replayed);
	}
	cr_assert_eq(revision_of(scene.client), revision);
	cr_assert_eq(call_ok(scene.client, &info)->u.server_info.n_users, before.n_users);
	cr_assert_eq(balance_of(scene.client, PP_ACCOUNT_KIND_USER, scene.josh), 100);
	/* Nothing is remembered either: the same ids are free for the real thing. */
	requests[0].validate_only = false;
	cr_assert_not(call_ok(scene.client, &requests[0])->replayed);
	scene_close(&scene);
}
