/*
 * Two owners edit one coupon 2 000 times. The race: at least 200 conflicts. The claim: not one
 * field is lost; the history of versions is exactly the accepted edits, each on top of the one
 * before it.
 */
#include <inttypes.h>
#include <string.h>

#include "tests/integration/actors.h"
#include "tests/integration/require.h"
#include "tests/race/crowd.h"

enum {
	EDITS = 2000, /* tried by both together */
	OWNERS = 2,
	CONFLICTS_MIN = 200,
	MERGES_MIN = 10,
	FIELDS = 3, /* price, description, per-user limit */
};

/* What an accepted edit did, in the place of the version it made. */
struct edit {
	bool known;
	uint64_t editor;
	bool set[FIELDS];
	uint64_t value; /* of every field it set: unlike any other edit's */
	uint64_t base;  /* the version its author had read */
	bool merged;
};

struct owner {
	const struct process *process;
	struct edit *history; /* shared; each version is made by one edit, so by one thread */
	uint64_t user;
	uint64_t coupon;
	uint64_t seed;
	size_t n_accepted;
	size_t n_conflicts;
	size_t n_merged;
};

static const pp_set field_sets[FIELDS] = {
	PP_SET_OF(PP_TERM_FIELD_PRICE),
	PP_SET_OF(PP_TERM_FIELD_DESCRIPTION),
	PP_SET_OF(PP_TERM_FIELD_PER_USER_LIMIT),
};

static pp_set fill_terms(const struct edit *edit, struct pp_terms *terms, char text[32])
{
	pp_set fields = 0;

	*terms = (struct pp_terms) { 0 };
	for (int i = 0; i < FIELDS; i++)
		fields |= edit->set[i] ? field_sets[i] : 0;
	if (edit->set[0]) {
		terms->has_price_coins = true;
		terms->price_coins = (int64_t)edit->value;
	}
	if (edit->set[1]) {
		snprintf(text, 32, "text %" PRIu64, edit->value);
		terms->description = text;
	}
	if (edit->set[2]) {
		terms->has_per_user_limit = true;
		terms->per_user_limit = (uint32_t)edit->value;
	}
	return fields;
}

static void record(struct owner *owner, const struct edit *edit, uint64_t version)
{
	REQUIRE(version >= 2 && version < EDITS + 2, "version %" PRIu64, version);
	REQUIRE(!owner->history[version].known, "version %" PRIu64 " was made twice", version);
	owner->history[version] = *edit;
	owner->n_accepted++;
	owner->n_merged += edit->merged;
}

static void edit_once(struct owner *owner, struct pp_client *client, uint64_t *base, uint64_t n)
{
	struct edit edit = { .known = true, .editor = owner->user, .base = *base };
	struct pp_terms terms;
	char text[32];

	edit.value = owner->user * 100000 + n;
	while (!edit.set[0] && !edit.set[1] && !edit.set[2]) {
		for (int i = 0; i < FIELDS; i++)
			edit.set[i] = chance(&owner->seed) % 3 == 0;
	}
	pp_set fields = fill_terms(&edit, &terms, text);
	struct pp_request request = ask_edit(owner->user, owner->coupon, *base, fields, &terms);
	if (chance(&owner->seed) % 2 == 0)
		request.u.edit_coupon.on_conflict = PP_ON_CONFLICT_MERGE_DISJOINT;
	const struct pp_response *response = call(client, &request);
	if (response->status == NULL) {
		edit.merged = response->u.edit_coupon.merged;
		REQUIRE(edit.merged == (response->u.edit_coupon.version != *base + 1),
			"merged %d, from version %" PRIu64 " to %" PRIu64, edit.merged, *base,
			response->u.edit_coupon.version);
		*base = response->u.edit_coupon.version;
		record(owner, &edit, *base);
		return;
	}
	REQUIRE(response->status->reason == PP_REASON_COUPON_VERSION_CONFLICT, "%s",
		pp_reason_name(response->status->reason));
	owner->n_conflicts++;
	/* The detail is enough to go on: no other read is needed. */
	*base = response->status->version_conflict->current_version;
}

static void act(void *member)
{
	struct owner *owner = member;
	struct pp_client *client = client_at(owner->process, 0);
	uint64_t base = 1;

	for (uint64_t i = 0; i < EDITS / OWNERS; i++)
		edit_once(owner, client, &base, i + 1);
	pp_client_close(client);
}

/* A merged edit may have skipped versions, but none that changed a field that it names. */
static void check_merge(const struct edit *history, uint64_t version)
{
	const struct edit *edit = &history[version];

	for (uint64_t skipped = edit->base + 1; skipped < version; skipped++) {
		for (int i = 0; i < FIELDS; i++)
			REQUIRE(!edit->set[i] || !history[skipped].set[i],
				"version %" PRIu64 " overwrote %" PRIu64, version, skipped);
	}
}

/* Replays the history: each version is the one before it with one edit's fields in it. */
static void check_history(
	struct pp_client *client, uint64_t coupon, const struct edit *history, uint64_t n_versions)
{
	uint64_t values[FIELDS] = { 0 };

	for (uint64_t version = 2; version <= n_versions; version++) {
		const struct edit *edit = &history[version];
		struct pp_request request = ask_coupon(coupon, version);
		char text[32];
		REQUIRE(edit->known, "nobody was told of version %" PRIu64, version);
		const struct pp_coupon *made = call_ok(client, &request)->u.get_coupon.coupon;
		for (int i = 0; i < FIELDS; i++)
			values[i] = edit->set[i] ? edit->value : values[i];
		snprintf(text, sizeof(text), "text %" PRIu64, values[1]);
		REQUIRE(made->edited_by == edit->editor, "version %" PRIu64, version);
		REQUIRE(made->terms->price_coins == (int64_t)values[0],
			"version %" PRIu64 ": a price was lost", version);
		REQUIRE(values[1] == 0 || strcmp(made->terms->description, text) == 0,
			"version %" PRIu64 ": a text was lost", version);
		REQUIRE(made->terms->per_user_limit == values[2],
			"version %" PRIu64 ": a limit was lost", version);
		check_merge(history, version);
	}
}

int main(void)
{
	static struct edit history[EDITS + 2];
	struct owner owners[OWNERS] = { 0 };
	struct process process;
	uint64_t seed = chance_seed("race_editors");

	process_new(&process, &crowd_server);
	struct pp_client *client = client_at(&process, 0);
	uint64_t alex = make_user(client, "Alex", 0);
	uint64_t robin = make_user(client, "Robin", 0);
	uint64_t business = make_business(client, alex, 0);
	uint64_t coupon = make_coupon(client, alex, business, 0, -1);
	struct pp_request request = ask_add_owner(alex, business, robin);
	(void)call_ok(client, &request);
	for (int i = 0; i < OWNERS; i++)
		owners[i] = (struct owner) { &process, history, i == 0 ? alex : robin, coupon,
			seed + (uint64_t)i, 0, 0, 0 };
	crowd_run(OWNERS, owners, sizeof(owners[0]), act);

	size_t n_accepted = owners[0].n_accepted + owners[1].n_accepted;
	size_t n_conflicts = owners[0].n_conflicts + owners[1].n_conflicts;
	size_t n_merged = owners[0].n_merged + owners[1].n_merged;
	printf("%zu accepted, %zu of them merged, %zu conflicts\n", n_accepted, n_merged,
		n_conflicts);
	REQUIRE(n_accepted + n_conflicts == EDITS, "an edit has no outcome");
	REQUIRE(n_conflicts >= CONFLICTS_MIN, "no race: %zu conflicts", n_conflicts);
	REQUIRE(n_merged >= MERGES_MIN, "no race: %zu merges", n_merged);
	request = ask_coupon(coupon, 0);
	uint64_t current = call_ok(client, &request)->u.get_coupon.coupon->current_version;
	REQUIRE(current == n_accepted + 1, "version %" PRIu64 " after %zu edits", current,
		n_accepted);
	check_history(client, coupon, history, current);
	verify_clean(client);
	pp_client_close(client);
	process_free(&process);
	return 0;
}
