/* Rows of users, businesses and their lists: accepted and refused. */
#include <string.h>

#include "base/base.h"
#include "tests/integration/require.h"
#include "tests/integration/rows.h"

enum { NOBODY = 999999 };

/* A business of Alex's, without commission. */
static uint64_t new_business(struct world *world)
{
	return make_business(world->client, world->alex, 0);
}

static struct pp_request ask_edit_business(uint64_t actor, uint64_t business, uint64_t base,
	pp_set fields, struct pp_business_profile *profile)
{
	return (struct pp_request) {
		.kind = PP_KIND_EDIT_BUSINESS,
		.acting_user = actor,
		.u.edit_business = { .business_id = business,
			.base_version = base,
			.fields = fields,
			.profile = profile },
	};
}

/* A new address on top of a version. */
static const struct pp_response *move(
	struct world *world, uint64_t actor, uint64_t business, uint64_t base, const char *address)
{
	struct pp_business_profile profile = { .address = address };
	struct pp_request request = ask_edit_business(
		actor, business, base, PP_SET_OF(PP_BUSINESS_FIELD_ADDRESS), &profile);

	return ask(world, &request);
}

static struct pp_request ask_remove_owner(uint64_t actor, uint64_t business, uint64_t user)
{
	return (struct pp_request) {
		.kind = PP_KIND_REMOVE_OWNER,
		.acting_user = actor,
		.u.remove_owner = { .business_id = business, .user_id = user },
	};
}

/* ---- Accepted ---- */

static const struct pp_response *get_user(struct world *world)
{
	struct pp_request request = {
		.kind = PP_KIND_GET_USER,
		.u.get_user = { .user_id = world->josh },
	};
	char name[128];

	snprintf(name, sizeof(name), "%s", call_ok(world->client, &request)->u.get_user.user->name);
	request.u.get_user = (struct pp_get_user_request) { .name = name };
	const struct pp_response *response = ask(world, &request);
	REQUIRE(response->u.get_user.user->user_id == world->josh, "by name");
	REQUIRE(response->u.get_user.user->balance_coins > 0, "he has coins");
	return response;
}

static const struct pp_response *edit_business(struct world *world)
{
	const struct pp_response *response =
		move(world, world->alex, new_business(world), 1, "Pier 5");

	REQUIRE(response->u.edit_business.version == 2, "an edit makes a version");
	REQUIRE(!response->u.edit_business.merged, "on top of its base");
	return response;
}

static const struct pp_response *merge_business(struct world *world)
{
	uint64_t business = new_business(world);
	struct pp_business_profile profile = { .has_commission_bp = true, .commission_bp = 700 };
	struct pp_request request = ask_edit_business(
		0, business, 1, PP_SET_OF(PP_BUSINESS_FIELD_COMMISSION), &profile);

	REQUIRE(move(world, world->alex, business, 1, "Pier 6")->status == NULL, "moved");
	request.u.edit_business.on_conflict = PP_ON_CONFLICT_MERGE_DISJOINT;
	const struct pp_response *response = ask(world, &request);
	REQUIRE(response->u.edit_business.merged, "other fields");
	REQUIRE(response->u.edit_business.version == 3, "on top of both");
	return response;
}

static const struct pp_response *remove_owner(struct world *world)
{
	uint64_t business = new_business(world);
	struct pp_request request = ask_add_owner(world->alex, business, world->robin);

	(void)call_ok(world->client, &request);
	request = ask_remove_owner(world->robin, business, world->alex);
	const struct pp_response *response = ask(world, &request);
	REQUIRE(response->u.remove_owner.n_owners == 1, "one is left");
	return response;
}

static const struct pp_response *get_business(struct world *world)
{
	uint64_t business = new_business(world);
	struct pp_request request = {
		.kind = PP_KIND_GET_BUSINESS,
		.u.get_business = { .business_id = business },
	};

	REQUIRE(move(world, world->alex, business, 1, "Pier 7")->status == NULL, "moved");
	const struct pp_response *response = ask(world, &request);
	const struct pp_business *found = response->u.get_business.business;
	REQUIRE(found->version == 2 && found->edited_by == world->alex, "who made the version");
	REQUIRE(strcmp(found->profile->address, "Pier 7") == 0, "%s", found->profile->address);
	REQUIRE(found->n_owner_ids == 1 && found->owner_ids[0] == world->alex, "its owner");
	return response;
}

/* Walks all pages; whether the business is on one of them, once. */
static bool is_listed(struct world *world, uint64_t business, bool with_valid_coupon)
{
	struct pp_request request = {
		.kind = PP_KIND_LIST_BUSINESSES,
		.u.list_businesses = { .with_valid_coupon = with_valid_coupon, .page_size = 2 },
	};
	uint8_t token[256];
	size_t n_found = 0;

	for (;;) {
		const struct pp_list_businesses_response *page =
			&call_ok(world->client, &request)->u.list_businesses;
		for (size_t i = 0; i < page->n_businesses; i++)
			n_found += page->businesses[i]->business_id == business;
		if (page->next_page_token.len == 0)
			break;
		REQUIRE(page->next_page_token.len <= sizeof(token), "a long token");
		memcpy(token, page->next_page_token.data, page->next_page_token.len);
		request.u.list_businesses.page_token =
			(struct pp_bytes) { token, page->next_page_token.len };
	}
	REQUIRE(n_found <= 1, "listed %zu times", n_found);
	return n_found == 1;
}

static const struct pp_response *list_businesses(struct world *world)
{
	uint64_t business = new_business(world);
	struct pp_request request = { .kind = PP_KIND_LIST_BUSINESSES };

	REQUIRE(is_listed(world, business, false), "all are listed");
	REQUIRE(!is_listed(world, business, true), "it has no coupon yet");
	(void)make_coupon(world->client, world->alex, business, 5, 0);
	REQUIRE(is_listed(world, business, true), "sold out is valid too");
	return ask(world, &request);
}

static const struct pp_response *list_ledger_entries(struct world *world)
{
	struct pp_account account = { .kind = PP_ACCOUNT_KIND_USER, .id = world->josh };
	struct pp_request request = {
		.kind = PP_KIND_LIST_LEDGER_ENTRIES,
		.u.list_ledger_entries = { .account = &account, .page_size = 1 },
	};
	int64_t balance = balance_of(world->client, PP_ACCOUNT_KIND_USER, world->josh);
	const struct pp_response *response = ask(world, &request);
	const struct pp_list_ledger_entries_response *page = &response->u.list_ledger_entries;

	REQUIRE(page->n_entries == 1, "%zu", page->n_entries);
	REQUIRE(page->entries[0]->balance_after_coins == balance, "the newest is first");
	return response;
}

/* Each is of the same requests, and none took longer than all of it together. */
static void check_times(const struct pp_request_stats *row)
{
	bool is_write = pp_kind_flags((enum pp_kind)row->number) == PP_WRITE;

	REQUIRE(row->total_us->n <= row->accepted_total + row->refused_total, "%s", row->name);
	REQUIRE(row->total_us->n >= row->accepted_total, "%s", row->name);
	REQUIRE(row->queue_us->n == row->total_us->n, "%s in queue", row->name);
	REQUIRE(row->decide_us->n == row->total_us->n, "%s in deciding", row->name);
	REQUIRE((row->sync_us != NULL) == is_write, "%s in sync", row->name);
	REQUIRE(!is_write || row->sync_us->n <= row->total_us->n, "%s in sync", row->name);
	REQUIRE(row->queue_us->max <= row->total_us->max, "%s in queue longer", row->name);
	REQUIRE(row->decide_us->max <= row->total_us->max, "%s decided longer", row->name);
	REQUIRE(row->total_us->p50 <= row->total_us->p99 &&
			row->total_us->p99 <= row->total_us->p999 &&
			row->total_us->p999 <= row->total_us->max,
		"%s: percentiles", row->name);
}

static const struct pp_response *stats(struct world *world)
{
	struct pp_request request = { .kind = PP_KIND_STATS };
	const struct pp_response *response = ask(world, &request);
	const struct pp_stats_response *body = &response->u.stats;
	uint64_t n_open = 0;

	for (size_t i = 0; i < body->n_loops; i++)
		n_open += body->loops[i]->connections_open;
	REQUIRE(body->n_loops > 0 && n_open == body->connections_open, "loops add up");
	REQUIRE(n_open >= 2, "client and watcher are here");
	REQUIRE(body->n_users >= 3 && body->coins_issued > 0, "what there is");
	REQUIRE(body->batches_total > 0 && body->batch_largest > 0, "the writer worked");
	REQUIRE(body->batch_requests->n == body->batches_total, "a size of each batch");
	REQUIRE(body->batch_requests->max == body->batch_largest, "the largest batch");
	REQUIRE(body->batch_sync_us->n == body->batches_total && body->batch_sync_us->max > 0,
		"it takes time to make a batch durable");
	REQUIRE(body->batch_decide_us->n == body->batches_total, "each was decided");
	REQUIRE(body->n_requests > 0 && body->requests[0]->accepted_total > 0, "requests came");
	for (size_t i = 0; i < body->n_requests; i++)
		check_times(body->requests[i]);
	return response;
}

/* ---- Refused ---- */

static const struct pp_response *no_user(struct world *world)
{
	struct pp_request request = {
		.kind = PP_KIND_GET_USER,
		.u.get_user = { .user_id = NOBODY },
	};

	return ask(world, &request);
}

static const struct pp_response *no_business(struct world *world)
{
	struct pp_request request = {
		.kind = PP_KIND_GET_BUSINESS,
		.u.get_business = { .name = "nobody bears this name" },
	};

	return ask(world, &request);
}

static const struct pp_response *edit_no_business(struct world *world)
{
	return move(world, world->alex, NOBODY, 1, "Pier 8");
}

static const struct pp_response *edit_by_a_stranger(struct world *world)
{
	return move(world, world->robin, new_business(world), 1, "Pier 8");
}

static const struct pp_response *commission_by_an_owner(struct world *world)
{
	struct pp_business_profile profile = { .has_commission_bp = true };
	struct pp_request request = ask_edit_business(world->alex, new_business(world), 1,
		PP_SET_OF(PP_BUSINESS_FIELD_COMMISSION), &profile);

	return ask(world, &request);
}

static const struct pp_response *commission_by_a_founder(struct world *world)
{
	struct pp_request request = ask_create_business(world->alex, fresh_name("Generous"));

	request.u.create_business.has_commission_bp = true;
	return ask(world, &request);
}

static const struct pp_response *edit_of_the_future(struct world *world)
{
	return move(world, world->alex, new_business(world), 2, "Pier 8");
}

static const struct pp_response *edit_of_the_past(struct world *world)
{
	uint64_t business = new_business(world);

	REQUIRE(move(world, world->alex, business, 1, "Pier 8")->status == NULL, "moved");
	const struct pp_response *response = move(world, world->alex, business, 1, "Pier 9");
	const struct pp_business_conflict *conflict = response->status->business_conflict;
	REQUIRE(conflict != NULL && conflict->current_version == 2, "the detail");
	REQUIRE(conflict->overlapping == PP_SET_OF(PP_BUSINESS_FIELD_ADDRESS), "both moved");
	REQUIRE(strcmp(conflict->theirs->address, "Pier 8") == 0, "theirs");
	REQUIRE(strcmp(conflict->yours->address, "Pier 9") == 0, "yours");
	return response;
}

static const struct pp_response *edit_of_no_field(struct world *world)
{
	struct pp_business_profile profile = { 0 };
	struct pp_request request =
		ask_edit_business(world->alex, new_business(world), 1, 0, &profile);

	return ask(world, &request);
}

static const struct pp_response *remove_a_stranger(struct world *world)
{
	struct pp_request request =
		ask_remove_owner(world->alex, new_business(world), world->robin);

	return ask(world, &request);
}

static const struct pp_response *remove_the_last(struct world *world)
{
	struct pp_request request = ask_remove_owner(world->alex, new_business(world), world->alex);

	return ask(world, &request);
}

static const struct pp_response *statement_of_nobody(struct world *world)
{
	struct pp_account account = { .kind = PP_ACCOUNT_KIND_USER, .id = NOBODY };
	struct pp_request request = {
		.kind = PP_KIND_LIST_LEDGER_ENTRIES,
		.u.list_ledger_entries = { .account = &account },
	};

	return ask(world, &request);
}

static const struct row table[] = {
	{ PP_KIND_GET_USER, PP_REASON_NONE, get_user },
	{ PP_KIND_EDIT_BUSINESS, PP_REASON_NONE, edit_business },
	{ PP_KIND_EDIT_BUSINESS, PP_REASON_NONE, merge_business },
	{ PP_KIND_REMOVE_OWNER, PP_REASON_NONE, remove_owner },
	{ PP_KIND_GET_BUSINESS, PP_REASON_NONE, get_business },
	{ PP_KIND_LIST_BUSINESSES, PP_REASON_NONE, list_businesses },
	{ PP_KIND_LIST_LEDGER_ENTRIES, PP_REASON_NONE, list_ledger_entries },
	{ PP_KIND_STATS, PP_REASON_NONE, stats },
	{ PP_KIND_GET_USER, PP_REASON_USER_NOT_FOUND, no_user },
	{ PP_KIND_GET_BUSINESS, PP_REASON_BUSINESS_NOT_FOUND, no_business },
	{ PP_KIND_EDIT_BUSINESS, PP_REASON_BUSINESS_NOT_FOUND, edit_no_business },
	{ PP_KIND_EDIT_BUSINESS, PP_REASON_NOT_AN_OWNER, edit_by_a_stranger },
	{ PP_KIND_EDIT_BUSINESS, PP_REASON_OPERATOR_ONLY, commission_by_an_owner },
	{ PP_KIND_CREATE_BUSINESS, PP_REASON_OPERATOR_ONLY, commission_by_a_founder },
	{ PP_KIND_EDIT_BUSINESS, PP_REASON_NO_SUCH_VERSION, edit_of_the_future },
	{ PP_KIND_EDIT_BUSINESS, PP_REASON_BUSINESS_VERSION_CONFLICT, edit_of_the_past },
	{ PP_KIND_EDIT_BUSINESS, PP_REASON_EMPTY_FIELD_MASK, edit_of_no_field },
	{ PP_KIND_REMOVE_OWNER, PP_REASON_OWNER_NOT_FOUND, remove_a_stranger },
	{ PP_KIND_REMOVE_OWNER, PP_REASON_LAST_OWNER, remove_the_last },
	{ PP_KIND_LIST_LEDGER_ENTRIES, PP_REASON_USER_NOT_FOUND, statement_of_nobody },
};

const struct rows rows_business = { table, ARRAY_LEN(table) };
