/*
 * Walks the schema: every request and every reason of refusal has a row here that brings it about
 * on a real socket, and every row ends as it says.
 */
#include <criterion/criterion.h>

#include "base/base.h"
#include "proto/codec.h"
#include "tests/integration/require.h"
#include "tests/integration/rows.h"

static const struct rows *const all[] = {
	&rows_accepted,
	&rows_refused,
	&rows_purchase,
	&rows_business,
	&rows_fate,
	&rows_fields,
	&rows_server,
};

/* Refused before anything was decided: the request id is still free. */
static bool leaves_id_free(enum pp_reason reason)
{
	return (reason >= PP_REASON_UNKNOWN_REQUEST && reason <= PP_REASON_DATA_CORRUPT) ||
	       reason == PP_REASON_REQUEST_ID_EXPIRED || reason == PP_REASON_REQUEST_ID_IN_FUTURE;
}

/* After it the server says no more and closes. */
static bool ends_connection(enum pp_reason reason)
{
	return reason >= PP_REASON_MALFORMED_FRAME && reason <= PP_REASON_WRONG_PROTOCOL;
}

static bool row_holds(struct world *world, const struct row *row)
{
	const struct pp_response *response = row->run(world);
	const char *wanted = row->reason != 0 ? pp_reason_name(row->reason) : "accepted";
	const char *kind = row->kind != 0 ? pp_kind_title(row->kind) : "no request";
	enum pp_reason reason;
	bool holds;

	if (response == NULL) {
		fprintf(stderr, "%s, %s: no answer\n", kind, wanted);
		return false;
	}
	reason = reason_of(response);
	holds = reason == row->reason && world->asked == row->kind;
	if (reason != 0)
		holds = holds && response->status->code == pp_reason_code(reason) &&
			response->status->message != NULL && response->status->message[0] != '\0' &&
			(!leaves_id_free(reason) || response->status->not_executed);
	if (!holds)
		fprintf(stderr, "%s, %s: got %s, code %s, \"%s\", not executed %d, after a %s\n",
			kind, wanted, reason != 0 ? pp_reason_name(reason) : "accepted",
			response->status != NULL ? pp_code_name(response->status->code) : "OK",
			response->status != NULL && response->status->message != NULL
				? response->status->message
				: "",
			response->status != NULL && response->status->not_executed,
			world->asked != 0 ? pp_kind_title(world->asked) : "nothing");
	if (holds && ends_connection(reason))
		REQUIRE(wire_closed(world->wire), "the connection goes on after %s", wanted);
	return holds;
}

static void run_rows(const struct rows *rows)
{
	struct world world;
	size_t n_failed = 0;

	world_open(&world, NULL);
	for (size_t i = 0; i < rows->n; i++)
		n_failed += !row_holds(&world, &rows->rows[i]);
	verify_clean(world.watcher);
	world_close(&world);
	cr_assert_eq(n_failed, 0, "%zu of %zu rows do not hold", n_failed, rows->n);
}

Test(schema, accepts_every_request)
{
	run_rows(&rows_accepted);
}

Test(schema, refuses_by_rule)
{
	run_rows(&rows_refused);
}

Test(schema, refuses_purchases)
{
	run_rows(&rows_purchase);
}

Test(schema, keeps_users_and_businesses)
{
	run_rows(&rows_business);
}

Test(schema, keeps_stock_and_what_becomes_of_purchases)
{
	run_rows(&rows_fate);
}

Test(schema, refuses_fields_and_ids)
{
	run_rows(&rows_fields);
}

Test(schema, refuses_by_connection_queue_and_store)
{
	run_rows(&rows_server);
}

static size_t n_rows(enum pp_kind kind, enum pp_reason reason, bool any_kind)
{
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_LEN(all); i++) {
		for (size_t j = 0; j < all[i]->n; j++)
			n += all[i]->rows[j].reason == reason &&
			     (any_kind || all[i]->rows[j].kind == kind);
	}
	return n;
}

Test(schema, has_a_row_for_every_request_and_reason)
{
	const char *mismatch = codec_schema_mismatch();
	size_t n_missing = 0;

	cr_assert_null(mismatch, "%s", mismatch);
#define KIND_HAS_ROW(name, number, member, title, flags) \
	if (n_rows(PP_KIND_##name, PP_REASON_NONE, false) == 0) { \
		fprintf(stderr, "no row accepts a %s\n", title); \
		n_missing++; \
	}
	PP_REQUESTS(KIND_HAS_ROW)
#undef KIND_HAS_ROW
#define REASON_HAS_ROW(name, number, code, text) \
	if (n_rows(PP_KIND_NONE, PP_REASON_##name, true) == 0) { \
		fprintf(stderr, "no row is refused with %s\n", #name); \
		n_missing++; \
	}
	PP_REASONS(REASON_HAS_ROW)
#undef REASON_HAS_ROW
	cr_assert_eq(n_missing, 0, "%zu rows are missing", n_missing);
}
