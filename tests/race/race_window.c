/*
 * Buyers against an owner who changes the price all the time. The race: purchases honoured, refused
 * as expired, and refused for a changed price, each more than none. The claim: every receipt's
 * price is its version's, and it was honoured exactly while it should have been.
 */
#include <inttypes.h>

#include "tests/integration/actors.h"
#include "tests/integration/require.h"
#include "tests/race/crowd.h"

enum {
	BUYERS = 8,
	TRIES = 120, /* of each buyer */
	HONOUR_MS = 15,
	VERSIONS_MAX = 100000,
	RECEIPTS_MAX = BUYERS * TRIES,
};

struct receipt {
	uint64_t version;
	uint64_t seen_version;
	int64_t seen_price;
	int64_t price;
	int64_t at_ms;
	bool honoured;
};

struct market {
	struct process process;
	uint64_t owner;
	uint64_t coupon;
	atomic_bool closing;
};

struct buyer {
	struct market *market;
	bool is_owner;
	uint64_t user;
	uint64_t seed;
	size_t n_expired;
	size_t n_price_changed;
	size_t n_receipts;
	size_t n_edits;
	struct receipt receipts[TRIES];
};

static void edit_on(struct buyer *owner, struct pp_client *client)
{
	uint64_t version = 1;

	while (!atomic_load(&owner->market->closing) && version < VERSIONS_MAX) {
		int64_t price = 1 + (int64_t)(chance(&owner->seed) % 9);
		version = edit_price(client, owner->user, owner->market->coupon, version, price);
		owner->n_edits++;
		test_pause_ms((int64_t)(chance(&owner->seed) % 6));
	}
}

static void take(struct buyer *buyer, const struct pp_response *response,
	const struct pp_request *request, int64_t seen_price)
{
	enum pp_reason reason = reason_of(response);

	buyer->n_expired += reason == PP_REASON_COUPON_VERSION_EXPIRED;
	buyer->n_price_changed += reason == PP_REASON_PRICE_CHANGED;
	if (reason != PP_REASON_NONE) {
		REQUIRE(reason == PP_REASON_COUPON_VERSION_EXPIRED ||
				reason == PP_REASON_PRICE_CHANGED,
			"%s", pp_reason_name(reason));
		REQUIRE(response->status->current_offer != NULL, "no current offer");
		return;
	}
	const struct pp_purchase *purchase = response->u.purchase_coupon.purchase;
	buyer->receipts[buyer->n_receipts++] = (struct receipt) {
		.version = purchase->version,
		.seen_version = request->u.purchase_coupon.version,
		.seen_price = seen_price,
		.price = purchase->price_coins,
		.at_ms = purchase->at_ms,
		.honoured = purchase->honoured,
	};
}

static void buy_once(struct buyer *buyer, struct pp_client *client)
{
	struct pp_request request = ask_coupon(buyer->market->coupon, 0);
	const struct pp_coupon *seen = call_ok(client, &request)->u.get_coupon.coupon;
	uint64_t version = seen->version;
	int64_t price = seen->terms->price_coins;

	/* Making up one's mind. */
	test_pause_ms((int64_t)(chance(&buyer->seed) % (2 * HONOUR_MS)));
	if (chance(&buyer->seed) % 2 == 0) {
		/* Names what is current now, and pays no more than what was seen. */
		request = ask_coupon(buyer->market->coupon, 0);
		version = call_ok(client, &request)->u.get_coupon.coupon->version;
	}
	request = ask_purchase(buyer->user, buyer->market->coupon, version);
	request.u.purchase_coupon.has_max_price_coins = true;
	request.u.purchase_coupon.max_price_coins = price;
	if (chance(&buyer->seed) % 2 == 0)
		request.u.purchase_coupon.price_policy = PP_PRICE_POLICY_AS_SEEN;
	take(buyer, call(client, &request), &request, price);
}

static void act(void *member)
{
	struct buyer *buyer = member;
	struct pp_client *client = client_at(&buyer->market->process, 0);

	if (buyer->is_owner) {
		edit_on(buyer, client);
	} else {
		for (int i = 0; i < TRIES; i++)
			buy_once(buyer, client);
		atomic_store(&buyer->market->closing, true); /* the first to end closes it */
	}
	pp_client_close(client);
}

/* A receipt against the version that priced it, which is immutable. */
static void check(struct pp_client *client, uint64_t coupon, const struct receipt *receipt)
{
	struct pp_request request = ask_coupon(coupon, receipt->version);
	const struct pp_coupon *version = call_ok(client, &request)->u.get_coupon.coupon;
	bool superseded =
		version->has_superseded_at_ms && version->superseded_at_ms < receipt->at_ms;

	REQUIRE(receipt->price == version->terms->price_coins,
		"%" PRId64 " for version %" PRIu64 " of %" PRId64, receipt->price, receipt->version,
		version->terms->price_coins);
	REQUIRE(receipt->price <= receipt->seen_price, "dearer than allowed");
	REQUIRE(receipt->version >= receipt->seen_version, "an older version than was named");
	REQUIRE(receipt->at_ms >= version->valid_from_ms, "bought before it was");
	if (superseded && receipt->honoured)
		REQUIRE(receipt->at_ms < version->superseded_at_ms + HONOUR_MS,
			"honoured %" PRId64 " ms after it was superseded",
			receipt->at_ms - version->superseded_at_ms);
	REQUIRE(!receipt->honoured || version->has_superseded_at_ms, "the current one, honoured");
}

int main(void)
{
	static struct market market;
	static struct buyer members[BUYERS + 1];
	uint64_t seed = chance_seed("race_window");
	size_t n_expired = 0, n_changed = 0, n_honoured = 0, n_bought = 0;

	process_new(&market.process, &crowd_server);
	struct pp_client *client = client_at(&market.process, 0);
	market.owner = make_user(client, "Alex", 0);
	struct pp_terms terms = terms_of("Half off", 5);
	terms.has_honour_ms = true;
	terms.honour_ms = HONOUR_MS;
	struct pp_request request =
		ask_create_coupon(market.owner, make_business(client, market.owner, 1000), &terms);
	market.coupon = call_ok(client, &request)->u.create_coupon.coupon_id;
	for (size_t i = 0; i <= BUYERS; i++) {
		members[i].market = &market;
		members[i].is_owner = i == BUYERS;
		members[i].seed = seed + i;
		members[i].user = i == BUYERS ? market.owner : make_user(client, "buyer", 10000);
	}
	crowd_run(BUYERS + 1, members, sizeof(members[0]), act);

	for (size_t i = 0; i < BUYERS; i++) {
		n_expired += members[i].n_expired;
		n_changed += members[i].n_price_changed;
		n_bought += members[i].n_receipts;
		for (size_t j = 0; j < members[i].n_receipts; j++) {
			check(client, market.coupon, &members[i].receipts[j]);
			n_honoured += members[i].receipts[j].honoured;
		}
	}
	printf("%zu edits; %zu bought, %zu of them honoured; %zu expired, %zu price changed\n",
		members[BUYERS].n_edits, n_bought, n_honoured, n_expired, n_changed);
	REQUIRE(n_honoured > 0 && n_expired > 0 && n_changed > 0, "no race");
	REQUIRE(n_bought > n_honoured, "no race: nothing current was bought");
	verify_clean(client);
	pp_client_close(client);
	process_free(&market.process);
	return 0;
}
