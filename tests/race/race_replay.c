/*
 * Every mutation is sent five times, in random order, on five connections at the same time, with
 * the effect of one. The race: copies of one mutation were in flight at the same time on different
 * connections.
 */
#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "tests/integration/actors.h"
#include "tests/integration/pipe.h"
#include "tests/integration/require.h"
#include "tests/integration/wire.h"
#include "tests/race/crowd.h"

enum {
	MUTATIONS = 400,
	COPIES = 5,
	DEPTH = 64,
	TOGETHER_MIN = 100,
	GIFT = 100,
	PRICE = 2,
	KINDS = 8,
};

struct answer {
	int64_t sent_us;
	int64_t received_us;
	bool replayed;
	enum pp_reason reason;
	uint64_t revision;
	int64_t time_ms;
	uint64_t made; /* an id or a version, whatever the kind makes */
};

struct mutation {
	struct pp_request request;
	struct pp_terms terms;
	char name[32];
	struct answer answers[COPIES];
};

struct connection {
	const struct process *process;
	struct mutation *mutations;
	size_t copy; /* which of the copies this connection sends */
	size_t order[MUTATIONS];
};

static int64_t now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static uint64_t made_by(const struct pp_response *response)
{
	switch (response->kind) {
	case PP_KIND_CREATE_USER: return response->u.create_user.user_id;
	case PP_KIND_CREDIT_COINS: return (uint64_t)response->u.credit_coins.balance_coins;
	case PP_KIND_CREATE_BUSINESS: return response->u.create_business.business_id;
	case PP_KIND_ADD_OWNER: return response->u.add_owner.n_owners;
	case PP_KIND_CREATE_COUPON: return response->u.create_coupon.coupon_id;
	case PP_KIND_EDIT_COUPON: return response->u.edit_coupon.version;
	case PP_KIND_PURCHASE_COUPON: return response->u.purchase_coupon.purchase->purchase_id;
	default: return 0;
	}
}

static void make(void *context, size_t i, struct pp_request *out)
{
	struct connection *connection = context;
	struct mutation *mutation = &connection->mutations[connection->order[i]];

	mutation->answers[connection->copy].sent_us = now_us();
	*out = mutation->request;
}

static void done(void *context, size_t i, const struct pp_response *response)
{
	struct connection *connection = context;
	struct mutation *mutation = &connection->mutations[connection->order[i]];
	struct answer *answer = &mutation->answers[connection->copy];

	answer->received_us = now_us();
	answer->replayed = response->replayed;
	answer->reason = reason_of(response);
	answer->revision = response->revision;
	answer->time_ms = response->time_ms;
	answer->made = made_by(response);
}

static void act(void *member)
{
	struct connection *connection = member;
	struct pipe_work work = { MUTATIONS, DEPTH, connection, make, done };

	REQUIRE(pipe_run(connection->process, &work), "the link broke");
}

/* Mutation number i, which depends on no other. The last kind is refused, and that is an outcome.
 */
static void prepare(struct pp_client *client, uint64_t owner, struct mutation *mutation, size_t i)
{
	struct pp_request *request = &mutation->request;

	snprintf(mutation->name, sizeof(mutation->name), "made by %zu", i);
	mutation->terms = terms_of(mutation->name, PRICE);
	switch (i % KINDS) {
	case 0: *request = ask_create_user(mutation->name); break;
	case 1: *request = ask_credit(make_user(client, "earner", 0), GIFT); break;
	case 2: *request = ask_create_business(owner, mutation->name); break;
	case 3:
		*request = ask_add_owner(
			owner, make_business(client, owner, 0), make_user(client, "partner", 0));
		break;
	case 4:
		*request =
			ask_create_coupon(owner, make_business(client, owner, 0), &mutation->terms);
		break;
	case 5:
		*request = ask_edit(owner,
			make_coupon(client, owner, make_business(client, owner, 0), 1, -1), 1,
			PP_SET_OF(PP_TERM_FIELD_PRICE), &mutation->terms);
		mutation->terms = (struct pp_terms) { .has_price_coins = true, .price_coins = 9 };
		break;
	case 6:
		*request = ask_purchase(make_user(client, "buyer", 2 * PRICE),
			make_coupon(client, owner, make_business(client, owner, 0), PRICE, 2), 1);
		break;
	default:
		*request = ask_purchase(make_user(client, "pauper", 0),
			make_coupon(client, owner, make_business(client, owner, 0), PRICE, 2), 1);
		break;
	}
	request->has_request_id = true;
	pp_client_new_request_id(client, &request->request_id);
}

/* One original, four replays, one answer. Whether two copies were in flight at the same time. */
static bool check(const struct mutation *mutation)
{
	const struct answer *first = &mutation->answers[0];
	size_t n_originals = 0;
	bool together = false;

	for (size_t i = 0; i < COPIES; i++) {
		const struct answer *one = &mutation->answers[i];
		n_originals += !one->replayed;
		REQUIRE(one->reason == first->reason && one->revision == first->revision &&
				one->time_ms == first->time_ms && one->made == first->made,
			"%s: two answers to one request", pp_kind_title(mutation->request.kind));
		for (size_t j = 0; j < i; j++)
			together = together ||
				   (one->sent_us < mutation->answers[j].received_us &&
					   mutation->answers[j].sent_us < one->received_us);
	}
	REQUIRE(n_originals == 1, "%s: %zu of %d answers are no replays",
		pp_kind_title(mutation->request.kind), n_originals, COPIES);
	return together;
}

/* What the effects were, seen from outside. */
static void check_effects(struct pp_client *client, const struct mutation *mutation)
{
	const struct pp_request *request = &mutation->request;
	struct pp_request look;

	switch (request->kind) {
	case PP_KIND_CREDIT_COINS:
		REQUIRE(balance_of(client, PP_ACCOUNT_KIND_USER, request->u.credit_coins.user_id) ==
				GIFT,
			"credited more than once");
		break;
	case PP_KIND_EDIT_COUPON:
		look = ask_coupon(request->u.edit_coupon.coupon_id, 0);
		REQUIRE(call_ok(client, &look)->u.get_coupon.coupon->current_version == 2,
			"edited more than once");
		break;
	case PP_KIND_PURCHASE_COUPON:
		look = ask_coupon(request->u.purchase_coupon.coupon_id, 0);
		bool poor = mutation->answers[0].reason == PP_REASON_INSUFFICIENT_COINS;
		REQUIRE(call_ok(client, &look)->u.get_coupon.coupon->sold == (poor ? 0 : 1),
			"bought more than once");
		REQUIRE(balance_of(client, PP_ACCOUNT_KIND_USER, request->acting_user) ==
				(poor ? 0 : PRICE),
			"charged more than once");
		break;
	default: break;
	}
}

int main(void)
{
	static struct mutation mutations[MUTATIONS];
	static struct connection connections[COPIES];
	struct process process;
	uint64_t seed = chance_seed("race_replay");
	size_t n_together = 0;
	size_t n_accepted = 0;

	process_new(&process, &crowd_server);
	struct pp_client *client = client_at(&process, 0);
	uint64_t owner = make_user(client, "Alex", 0);
	for (size_t i = 0; i < MUTATIONS; i++)
		prepare(client, owner, &mutations[i], i);
	for (size_t i = 0; i < COPIES; i++) {
		connections[i].process = &process;
		connections[i].mutations = mutations;
		connections[i].copy = i;
		for (size_t j = 0; j < MUTATIONS; j++) {
			/* Shuffled, but not far: copies are to meet. */
			size_t k = j - chance(&seed) % (j < 32 ? j + 1 : 32);
			connections[i].order[j] = connections[i].order[k];
			connections[i].order[k] = j;
		}
	}
	uint64_t revision = revision_of(client);
	crowd_run(COPIES, connections, sizeof(connections[0]), act);
	for (size_t i = 0; i < MUTATIONS; i++) {
		n_together += check(&mutations[i]);
		n_accepted += mutations[i].answers[0].reason == PP_REASON_NONE;
		check_effects(client, &mutations[i]);
	}
	printf("%d mutations, %d times each; %zu met a copy of theirs; %zu accepted\n", MUTATIONS,
		COPIES, n_together, n_accepted);
	REQUIRE(n_accepted == MUTATIONS / KINDS * (KINDS - 1), "%zu accepted", n_accepted);
	REQUIRE(revision_of(client) == revision + n_accepted, "%" PRIu64 " revisions",
		revision_of(client) - revision);
	REQUIRE(n_together >= TOGETHER_MIN, "no race: %zu met a copy", n_together);
	verify_clean(client);
	pp_client_close(client);
	process_free(&process);
	return 0;
}
