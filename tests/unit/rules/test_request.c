#include <stdlib.h>
#include <string.h>

#include "domain/rules/terms.h"
#include "harness.h"

#define RETENTION_MS (INT64_C(7) * 24 * 3600 * 1000)

enum { WRITES_MAX = 40 };

/* A world with one thing of each kind, and requests upon it. */
struct world {
	struct harness *harness;
	uint64_t owner;
	uint64_t other;
	uint64_t business;
	uint64_t coupon;
	struct pp_terms new_terms;
	struct pp_terms price;
	struct pp_business_profile address;
};

static struct world world_new(void)
{
	struct world world = { .harness = harness_new() };

	world.owner = make_rich_user(world.harness, "Owner", 1000);
	world.other = make_user(world.harness, "Other");
	world.business = make_business(world.harness, world.owner, "Truck", 100);
	world.coupon = make_coupon(world.harness, world.owner, world.business, "Fries", 10);
	world.new_terms =
		(struct pp_terms) { .name = "Shake", .has_price_coins = true, .price_coins = 3 };
	world.price = (struct pp_terms) { .has_price_coins = true, .price_coins = 12 };
	world.address = (struct pp_business_profile) { .address = "Pier 4" };
	return world;
}

static struct pp_request edit(
	struct world *world, uint64_t actor, uint64_t base, enum pp_on_conflict on_conflict)
{
	struct pp_request request = harness_request(PP_KIND_EDIT_COUPON, actor);

	request.u.edit_coupon = (struct pp_edit_coupon_request) { .coupon_id = world->coupon,
		.base_version = base,
		.fields = terms_fields_set(&world->price),
		.terms = &world->price,
		.on_conflict = on_conflict };
	return request;
}

static struct pp_request edit_business(struct world *world, uint64_t actor, uint64_t base)
{
	struct pp_request request = harness_request(PP_KIND_EDIT_BUSINESS, actor);

	request.u.edit_business =
		(struct pp_edit_business_request) { .business_id = world->business,
			.base_version = base,
			.fields = PP_SET_OF(PP_BUSINESS_FIELD_ADDRESS),
			.profile = &world->address };
	return request;
}

/* Requests of every write, each accepted and each refused. */
static size_t all_writes(struct world *world, struct pp_request out[WRITES_MAX])
{
	size_t n = 0;
	struct pp_request *r;

	out[n] = harness_request(PP_KIND_CREATE_USER, 0);
	out[n++].u.create_user.name = "Josh";
	out[n] = harness_request(PP_KIND_CREATE_USER, 0);
	out[n++].u.create_user.name = "OTHER";
	r = &out[n++];
	*r = harness_request(PP_KIND_CREDIT_COINS, 0);
	r->u.credit_coins.user_id = world->other;
	r->u.credit_coins.reason = PP_CREDIT_REASON_REVIEW_POSTED;
	r->u.credit_coins.reference = "review 5";
	out[n] = out[n - 1];
	n++; /* the same reference again: refused */
	out[n] = harness_request(PP_KIND_CREATE_BUSINESS, world->other);
	out[n++].u.create_business.name = "Cart";
	out[n] = harness_request(PP_KIND_CREATE_BUSINESS, world->other);
	out[n++].u.create_business.name = "TRUCK";
	out[n] = harness_request(PP_KIND_ADD_OWNER, world->owner);
	out[n++].u.add_owner = (struct pp_add_owner_request) { world->business, world->other };
	out[n] = out[n - 1];
	n++; /* an owner already: refused */
	out[n++] = edit_business(world, world->owner, 1);
	out[n++] = edit_business(world, world->other, 1); /* conflict */
	out[n++] = edit_business(world, world->owner, 2); /* unchanged */
	r = &out[n++];
	*r = harness_request(PP_KIND_CREATE_COUPON, world->owner);
	r->u.create_coupon.business_id = world->business;
	r->u.create_coupon.terms = &world->new_terms;
	out[n] = out[n - 1];
	n++; /* name taken: refused */
	out[n] = harness_request(PP_KIND_REMOVE_OWNER, world->owner);
	out[n++].u.remove_owner = (struct pp_remove_owner_request) { world->business, 99 };
	out[n++] = edit(world, world->owner, 1, PP_ON_CONFLICT_NONE);
	out[n++] = edit(world, world->other, 1, PP_ON_CONFLICT_NONE); /* conflict */
	out[n++] = edit(world, world->owner, 2, PP_ON_CONFLICT_NONE); /* unchanged */
	out[n] = harness_request(PP_KIND_PURCHASE_COUPON, world->owner);
	out[n++].u.purchase_coupon =
		(struct pp_purchase_request) { .coupon_id = world->coupon, .version = 2 };
	out[n] = harness_request(PP_KIND_PURCHASE_COUPON, world->other);
	out[n++].u.purchase_coupon =
		(struct pp_purchase_request) { .coupon_id = world->coupon, .version = 2 };
	out[n] = harness_request(PP_KIND_REMOVE_OWNER, world->other);
	out[n++].u.remove_owner =
		(struct pp_remove_owner_request) { world->business, world->other };
	return n;
}

/* The reply as it would read had it not been replayed. */
static char *text_of(const struct pp_response *reply)
{
	struct pp_response copy = *reply;

	copy.replayed = false;
	return strdup(harness_text(&copy));
}

Test(request, replays_every_write_with_the_same_answer)
{
	struct world world = world_new();
	struct pp_request requests[WRITES_MAX];
	char *first[WRITES_MAX];
	size_t n = all_writes(&world, requests);
	size_t n_refused = 0;

	for (size_t i = 0; i < n; i++) {
		const struct pp_response *reply = harness_ask(world.harness, &requests[i]);
		cr_expect(!reply->replayed);
		n_refused += is_ok(reply) ? 0 : 1;
		first[i] = text_of(reply);
		world.harness->now_ms += 7;
	}
	cr_expect_eq(n_refused, 9);
	/* Time passes, and everything that the answers spoke of moves on. */
	edit_price(world.harness, world.owner, world.coupon, 99);
	edit_state(
		world.harness, world.owner, world.coupon, PP_COUPON_STATE_ENDED, PP_SUPERSEDE_HARD);
	world.harness->now_ms += 1000 * 1000;
	uint64_t revision = world.harness->revision;
	for (size_t i = 0; i < n; i++) {
		for (int snapshot = 0; snapshot < 2; snapshot++) {
			const struct pp_response *reply =
				snapshot ? harness_look(world.harness, &requests[i])
					 : harness_ask(world.harness, &requests[i]);
			cr_expect(reply->replayed, "request %zu", i);
			char *again = text_of(reply);
			cr_expect_str_eq(again, first[i], "request %zu", i);
			cr_expect_eq(world.harness->n_writes, 0);
			free(again);
		}
		free(first[i]);
	}
	cr_expect_eq(world.harness->revision, revision);
	harness_free(world.harness);
}

Test(request, refuses_an_id_that_was_spent_on_something_else)
{
	struct world world = world_new();
	struct pp_request requests[WRITES_MAX];
	size_t n = all_writes(&world, requests);

	for (size_t i = 0; i < n; i++)
		harness_ask(world.harness, &requests[i]);
	world.harness->content = 1;
	for (size_t i = 0; i < n; i++) {
		const struct pp_response *reply = harness_ask(world.harness, &requests[i]);
		EXPECT_REFUSED(reply, PP_REASON_REQUEST_ID_REUSED);
		cr_expect(!reply->replayed && !reply->status->not_executed);
		cr_expect_eq(world.harness->n_writes, 0);
	}
	world.harness->content = 0;
	struct pp_request other_kind = harness_request(PP_KIND_CREATE_USER, 0);
	other_kind.has_request_id = true;
	other_kind.request_id = requests[2].request_id;
	other_kind.u.create_user.name = "New";
	EXPECT_REFUSED(harness_ask(world.harness, &other_kind), PP_REASON_REQUEST_ID_REUSED);
	/* Another principal may use the same id: it is a key of its own. */
	other_kind.acting_user = world.other;
	EXPECT_OK(harness_ask(world.harness, &other_kind));
	harness_free(world.harness);
}

Test(request, expires_at_the_very_millisecond)
{
	static const struct {
		int64_t made_ago_ms;
		enum pp_reason reason;
	} rows[] = {
		{ RETENTION_MS + 1, PP_REASON_REQUEST_ID_EXPIRED },
		{ RETENTION_MS, PP_REASON_REQUEST_ID_EXPIRED },
		{ RETENTION_MS - 1, PP_REASON_NONE },
		{ 0, PP_REASON_NONE },
		{ -5 * 60 * 1000, PP_REASON_NONE },
		{ -5 * 60 * 1000 - 1, PP_REASON_REQUEST_ID_IN_FUTURE },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct harness *harness = harness_new();
		struct pp_request request = harness_request(PP_KIND_CREATE_USER, 0);
		request.has_request_id = true;
		request.request_id = harness_uuid(harness, harness->now_ms - rows[i].made_ago_ms);
		request.u.create_user.name = "Josh";
		const struct pp_response *reply = harness_ask(harness, &request);
		cr_expect_eq(reason_of(reply), rows[i].reason, "row %zu", i);
		if (!is_ok(reply)) {
			cr_expect(reply->status->not_executed);
			cr_expect(
				strstr(reply->status->message, "2026-11-24T07:00:00.000Z") != NULL);
			cr_expect(strstr(reply->status->message, "1795503600000") != NULL);
		}
		struct pp_request abandon = harness_request(PP_KIND_ABANDON_REQUEST, 0);
		abandon.u.abandon_request.request_id = request.request_id;
		cr_expect_eq(
			reason_of(harness_ask(harness, &abandon)), rows[i].reason, "row %zu", i);
		harness_free(harness);
	}
}

Test(request, is_not_replayed_once_expired)
{
	struct world world = world_new();
	struct pp_request request = harness_request(PP_KIND_PURCHASE_COUPON, world.owner);

	request.u.purchase_coupon =
		(struct pp_purchase_request) { .coupon_id = world.coupon, .version = 1 };
	EXPECT_OK(harness_ask(world.harness, &request));
	world.harness->now_ms += RETENTION_MS - 1;
	cr_expect(harness_ask(world.harness, &request)->replayed);
	world.harness->now_ms += 1;
	EXPECT_REFUSED(harness_ask(world.harness, &request), PP_REASON_REQUEST_ID_EXPIRED);
	harness_free(world.harness);
}

Test(request, stays_expired_when_ids_are_kept_longer_from_now_on)
{
	const int64_t short_ms = 60 * 1000;
	struct world world = world_new();
	struct harness *harness = world.harness;
	struct pp_request credit = harness_request(PP_KIND_CREDIT_COINS, 0);
	struct key record;

	credit.u.credit_coins = (struct pp_credit_coins_request) { .user_id = world.other,
		.reason = PP_CREDIT_REASON_ROUTE_ADDED };
	EXPECT_OK(harness_ask(harness, &credit));
	/* A store that kept ids for a minute deleted it; then the server kept them for a week. */
	key_of_request(&credit.request_id, 0, &record);
	harness_remove(harness, &record);
	int64_t made_ms = harness->now_ms;
	harness->now_ms += short_ms;
	key_of_oldest_request(harness->now_ms, short_ms, &harness->kept_from);
	EXPECT_REFUSED(harness_ask(harness, &credit), PP_REASON_REQUEST_ID_EXPIRED);
	cr_expect_eq(harness->n_writes, 0);
	EXPECT_REFUSED(harness_look(harness, &credit), PP_REASON_REQUEST_ID_EXPIRED);
	cr_expect_eq(balance_of(harness, PP_ACCOUNT_KIND_USER, world.other), 10);
	/* One made a millisecond later was never deleted. */
	credit.request_id = harness_uuid(harness, made_ms + 1);
	EXPECT_OK(harness_ask(harness, &credit));
	harness_free(harness);
}

Test(request, refused_spends_its_id_and_trying_anew_takes_a_new_one)
{
	struct world world = world_new();
	struct pp_request request = harness_request(PP_KIND_PURCHASE_COUPON, world.other);
	struct pp_request credit = harness_request(PP_KIND_CREDIT_COINS, 0);

	request.u.purchase_coupon =
		(struct pp_purchase_request) { .coupon_id = world.coupon, .version = 1 };
	EXPECT_REFUSED(harness_ask(world.harness, &request), PP_REASON_INSUFFICIENT_COINS);
	credit.u.credit_coins = (struct pp_credit_coins_request) { .user_id = world.other,
		.reason = PP_CREDIT_REASON_ROUTE_ADDED };
	EXPECT_OK(harness_ask(world.harness, &credit));
	const struct pp_response *reply = harness_ask(world.harness, &request);
	EXPECT_REFUSED(reply, PP_REASON_INSUFFICIENT_COINS);
	cr_expect(reply->replayed && reply->status->current_offer != NULL);
	request.has_request_id = false;
	EXPECT_OK(harness_ask(world.harness, &request));
	harness_free(world.harness);
}

/* ---- AbandonRequest ---- */

static const struct pp_response *abandon(
	struct world *world, uint64_t actor, const struct pp_uuid *id)
{
	struct pp_request request = harness_request(PP_KIND_ABANDON_REQUEST, actor);

	request.u.abandon_request.request_id = *id;
	return harness_ask(world->harness, &request);
}

Test(request, abandoned_is_never_executed)
{
	struct world world = world_new();
	struct pp_request request = harness_request(PP_KIND_PURCHASE_COUPON, world.owner);
	uint64_t revision = world.harness->revision;

	request.has_request_id = true;
	request.request_id = harness_uuid(world.harness, world.harness->now_ms);
	request.u.purchase_coupon =
		(struct pp_purchase_request) { .coupon_id = world.coupon, .version = 1 };
	const struct pp_response *reply = abandon(&world, world.owner, &request.request_id);
	EXPECT_OK(reply);
	cr_expect(reply->u.abandon_request.abandoned && !reply->replayed);
	cr_expect(reply->revision == revision && world.harness->revision == revision);
	char *first = text_of(reply);
	world.harness->now_ms += 50;
	EXPECT_REFUSED(harness_ask(world.harness, &request), PP_REASON_REQUEST_ABANDONED);
	cr_expect_eq(balance_of(world.harness, PP_ACCOUNT_KIND_USER, world.owner), 1000);
	make_user(world.harness, "Somebody");
	reply = abandon(&world, world.owner, &request.request_id);
	EXPECT_OK(reply);
	char *again = text_of(reply);
	cr_expect(reply->replayed);
	cr_expect_str_eq(again, first);
	/* It was the owner's id, not everybody's. */
	request.acting_user = world.other;
	EXPECT_REFUSED(harness_ask(world.harness, &request), PP_REASON_INSUFFICIENT_COINS);
	free(first);
	free(again);
	harness_free(world.harness);
}

Test(request, abandoned_too_late_tells_its_outcome)
{
	struct world world = world_new();
	struct pp_request requests[WRITES_MAX];
	size_t n = all_writes(&world, requests);

	for (size_t i = 0; i < n; i++) {
		const struct pp_response *first = harness_ask(world.harness, &requests[i]);
		int64_t decided_at_ms = world.harness->now_ms;
		world.harness->now_ms += 7;
		const struct pp_response *reply =
			abandon(&world, requests[i].acting_user, &requests[i].request_id);
		EXPECT_OK(reply);
		const struct pp_abandon_request_response *body = &reply->u.abandon_request;
		cr_expect(!body->abandoned && !reply->replayed);
		cr_expect_eq(world.harness->n_writes, 0);
		cr_expect_eq(body->outcome_revision, first->revision);
		cr_expect_eq(body->decided_at_ms, decided_at_ms);
		cr_expect_eq(body->outcome == NULL, first->status == NULL);
		if (first->status == NULL)
			continue;
		cr_expect_eq(body->outcome->reason, first->status->reason);
		cr_expect_str_eq(body->outcome->message, first->status->message);
		cr_expect_eq(body->made_id, 0);
		if (body->outcome->reason == PP_REASON_COUPON_VERSION_CONFLICT) {
			cr_assert(body->outcome->version_conflict != NULL);
			cr_expect_eq(body->outcome->version_conflict->theirs->price_coins, 12);
		}
		if (body->outcome->reason == PP_REASON_BUSINESS_VERSION_CONFLICT) {
			cr_assert(body->outcome->business_conflict != NULL);
			cr_expect_str_eq(
				body->outcome->business_conflict->theirs->address, "Pier 4");
		}
	}
	const struct pp_response *reply = abandon(&world, 0, &requests[0].request_id);
	cr_expect_eq(reply->u.abandon_request.made_id, 3, "the user it made");
	harness_free(world.harness);
}

/* ---- validate_only ---- */

Test(request, only_validated_changes_and_remembers_nothing)
{
	struct world world = world_new();
	struct pp_request requests[WRITES_MAX];
	size_t n = all_writes(&world, requests);

	for (size_t i = 0; i < n; i++) {
		size_t n_records = world.harness->n_records;
		uint64_t revision = world.harness->revision;
		struct pp_request dry = requests[i];
		dry.has_request_id = true;
		dry.request_id = harness_uuid(world.harness, world.harness->now_ms);
		dry.validate_only = true;
		for (int snapshot = 0; snapshot < 2; snapshot++) {
			const struct pp_response *reply =
				snapshot ? harness_look(world.harness, &dry)
					 : harness_ask(world.harness, &dry);
			cr_expect(!reply->replayed);
			cr_expect_eq(reply->revision, revision);
			cr_expect_eq(world.harness->n_records, n_records);
			if (reply->kind == PP_KIND_CREATE_USER)
				cr_expect_eq(reply->u.create_user.user_id, 0);
			if (reply->kind == PP_KIND_CREATE_BUSINESS)
				cr_expect_eq(reply->u.create_business.business_id, 0);
			if (reply->kind == PP_KIND_CREATE_COUPON)
				cr_expect_eq(reply->u.create_coupon.coupon_id, 0);
			if (reply->kind == PP_KIND_PURCHASE_COUPON) {
				const struct pp_purchase *p = reply->u.purchase_coupon.purchase;
				cr_expect(p->purchase_id == 0 && p->code == NULL);
				cr_expect_eq(p->price_coins, 12);
			}
			enum pp_reason reason = reason_of(reply);
			if (snapshot == 1)
				cr_expect_eq(reason_of(harness_ask(world.harness, &requests[i])),
					reason, "request %zu", i);
		}
	}
	harness_free(world.harness);
}
