/*
 * The whole service against a model of it: random requests through the client library to a real
 * server that is stopped and killed in between, every reply equal. test_model [N [SEED]]; also
 * PEAKPEEPS_MODEL_REQUESTS and PEAKPEEPS_MODEL_SEED.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/base.h"
#include "tests/integration/actors.h"
#include "tests/integration/require.h"
#include "tests/integration/sanitized.h"
#include "tests/model/generate.h"
#include "tests/model/readback.h"

enum {
	CLIENTS = 4,
	REQUESTS = SANITIZED ? 10000 : 100000,
	RESTART_EVERY = 5000,
	REASONS_MAX = 100,
	REASONS_FROM = 100000, /* so many requests meet every reason */
};

struct test {
	struct process process;
	struct pp_client *clients[CLIENTS];
	struct model *model;
	struct generator *generator;
	struct arena arena;
	uint64_t seed;
	uint64_t n;
	uint64_t step;
	uint64_t accepted[KINDS_MAX];
	uint64_t asked[KINDS_MAX];
	uint64_t reasons[REASONS_MAX];
	uint64_t replays;
	uint64_t restarts;
};

static int64_t clock_of(const struct test *test)
{
	return atomic_load(&test->process.clock->wall_ms);
}

static void connect_clients(struct test *test)
{
	for (size_t i = 0; i < CLIENTS; i++)
		test->clients[i] = client_at(&test->process, 0);
	test->model->server.hello = *pp_client_server(test->clients[0]);
	model_restarted(test->model, clock_of(test), CLIENTS);
}

static void disconnect_clients(struct test *test)
{
	for (size_t i = 0; i < CLIENTS; i++)
		pp_client_close(test->clients[i]);
}

static void restart(struct test *test)
{
	disconnect_clients(test);
	if (test->restarts++ % 2 == 0)
		process_kill(&test->process);
	else
		process_stop(&test->process);
	process_start(&test->process);
	connect_clients(test);
}

static _Noreturn void differ(const struct test *test, const struct exchange *x, const char *what,
	const char *expected, const char *actual)
{
	const struct pp_status *status = x->actual->status;

	fprintf(stderr, "seed %llu, request %llu, revision %llu, now %lld: %s\n",
		(unsigned long long)test->seed, (unsigned long long)test->step,
		(unsigned long long)test->model->revision, (long long)x->now, what);
	fprintf(stderr, "acting_user %llu, validate_only %d, min_revision %llu\n%s",
		(unsigned long long)x->request->acting_user, x->request->validate_only,
		(unsigned long long)x->request->min_revision,
		request_content((struct arena *)&test->arena, x->request));
	fprintf(stderr, "-- expected\n%s-- actual\n%s", expected, actual);
	if (x->actual->kind == PP_KIND_VERIFY)
		fputs(verify_text((struct arena *)&test->arena, &x->actual->u.verify), stderr);
	if (status != NULL)
		fprintf(stderr, "message: %s\n",
			status->message != NULL ? status->message : "none");
	fprintf(stderr, "to repeat it: test_model %llu %llu\n", (unsigned long long)test->n,
		(unsigned long long)test->seed);
	abort();
}

static bool is_said(const char *message)
{
	return message != NULL && message[0] != '\0';
}

/* Messages inside of an answer. */
static bool all_said(const struct pp_response *response)
{
	const struct pp_check_purchase_response *check = &response->u.check_purchase;
	const struct pp_status *outcome = response->u.abandon_request.outcome;

	for (size_t i = 0; response->kind == PP_KIND_CHECK_PURCHASE && i < check->n_verdicts; i++) {
		if (!is_said(check->verdicts[i]->message))
			return false;
	}
	return response->kind != PP_KIND_ABANDON_REQUEST || outcome == NULL ||
	       is_said(outcome->message);
}

/* What the text of a refusal must be. */
static const char *check_message(const struct exchange *x)
{
	const struct pp_status *status = x->actual->status;
	const char *begins = expected_begin(x);

	if (!all_said(x->actual))
		return "a verdict or an outcome without a message";
	if (status == NULL)
		return NULL;
	if (!is_said(status->message))
		return "a refusal without a message";
	if (begins != NULL && strncmp(status->message, begins, strlen(begins)) != 0)
		return "the message does not begin as promised";
	if (x->replay != NULL && strlen(status->message) != strlen(begins))
		return "the message is not that of the first answer";
	return NULL;
}

static struct pp_bytes token_from(const struct pp_response *response)
{
	switch (response->kind) {
	case PP_KIND_LIST_PURCHASES: return response->u.list_purchases.next_page_token;
	case PP_KIND_LIST_LEDGER_ENTRIES: return response->u.list_ledger_entries.next_page_token;
	case PP_KIND_LIST_BUSINESSES: return response->u.list_businesses.next_page_token;
	case PP_KIND_LIST_COUPONS: return response->u.list_coupons.next_page_token;
	case PP_KIND_LIST_COUPON_VERSIONS: return response->u.list_coupon_versions.next_page_token;
	default: return (struct pp_bytes) { 0 };
	}
}

static void count(struct test *test, const struct exchange *x)
{
	const struct pp_response *actual = x->actual;

	test->asked[x->request->kind]++;
	test->replays += actual->replayed;
	if (actual->status == NULL)
		test->accepted[x->request->kind] += !actual->replayed;
	else
		test->reasons[(size_t)actual->status->reason % REASONS_MAX]++;
}

/* Asks server and model, and demands the same answer of both. */
static const struct pp_response *exchange(struct test *test, struct pp_request *request)
{
	struct pp_client *client = test->clients[test->step % CLIENTS];
	const struct pp_response *actual = NULL;
	enum pp_outcome outcome;

	arena_reset(&test->arena);
	int err = pp_call(client, request, &outcome, &actual);
	struct exchange x = {
		.model = test->model,
		.request = request,
		.actual = actual,
		.arena = &test->arena,
		.now = clock_of(test),
	};
	REQUIRE(err == 0 && actual != NULL, "seed %llu, request %llu: %s: %s: %s",
		(unsigned long long)test->seed, (unsigned long long)test->step,
		pp_kind_title(request->kind), pp_strerror(err), pp_client_error(client));
	model_answer(&x);
	x.actual = actual;
	const char *expected = expected_text(&x);
	const char *text = response_text(&test->arena, actual);
	if (strcmp(expected, text) != 0)
		differ(test, &x, "the answer is not the model's", expected, text);
	if (x.fault != NULL)
		differ(test, &x, x.fault, expected, text);
	if (check_message(&x) != NULL)
		differ(test, &x, check_message(&x), expected, text);
	count(test, &x);
	return actual;
}

static void step(struct test *test)
{
	process_advance(&test->process, generate_advance(test->generator));
	test->generator->now = clock_of(test);
	test->generator->late = test->step >= test->n - test->n / 20;
	if (test->step % RESTART_EVERY == RESTART_EVERY - 1)
		restart(test);
	struct pp_request request = generate_request(test->generator);
	const struct pp_response *actual = exchange(test, &request);
	struct pp_bytes token = token_from(actual);
	if (token.len > 0)
		generate_learn(test->generator, &request, token);
}

/* Reasons that no well-behaved client meets in a test, and why. */
static const enum pp_reason exempt[] = {
	/* other bytes than the library sends */
	PP_REASON_MALFORMED_FRAME,
	PP_REASON_FRAME_TOO_LARGE,
	PP_REASON_HELLO_REQUIRED,
	PP_REASON_PROTOCOL_UNSUPPORTED,
	PP_REASON_WRONG_PROTOCOL,
	PP_REASON_UNKNOWN_REQUEST,
	PP_REASON_UNKNOWN_FIELD,
	/* a server in need */
	PP_REASON_OVERLOADED,
	PP_REASON_DEADLINE_PASSED,
	PP_REASON_STORAGE_FULL,
	PP_REASON_SHUTTING_DOWN,
	PP_REASON_DATA_CORRUPT,
	/* only while a run lasts, which may be short */
	PP_REASON_VERIFY_BUSY,
	/* millions of things */
	PP_REASON_TOO_MANY_COUPONS,
	PP_REASON_TOO_MANY_VERSIONS,
	/* nothing but refunds takes coins from a business yet, and they take what was paid */
	PP_REASON_BUSINESS_INSUFFICIENT_COINS,
};

static bool is_exempt(enum pp_reason reason)
{
	for (size_t i = 0; i < ARRAY_LEN(exempt); i++) {
		if (exempt[i] == reason)
			return true;
	}
	return false;
}

/* A test in which nothing happens proves nothing. */
static void demand_variety(const struct test *test)
{
	static const enum pp_reason all[] = {
#define NUMBER(name, number, code, text) PP_REASON_##name,
		PP_REASONS(NUMBER)
#undef NUMBER
	};

	for (size_t kind = 0; kind < KINDS_MAX; kind++) {
		uint64_t expected = generate_expected(kind, test->n);
		REQUIRE(test->accepted[kind] >= expected, "%s was accepted %llu times, not %llu",
			pp_kind_title(kind), (unsigned long long)test->accepted[kind],
			(unsigned long long)expected);
	}
	for (size_t i = 0; test->n >= REASONS_FROM && i < ARRAY_LEN(all); i++)
		REQUIRE(test->reasons[all[i]] > 0 || is_exempt(all[i]), "never was %s",
			pp_reason_name(all[i]));
	REQUIRE(test->n < REASONS_FROM || test->replays > test->n / 100, "%llu replays",
		(unsigned long long)test->replays);
}

static void read_one(void *context, struct pp_request *request)
{
	(void)exchange(context, request);
}

static void report(const struct test *test)
{
	printf("%llu requests, %llu replays, %llu restarts, revision %llu\n",
		(unsigned long long)test->n, (unsigned long long)test->replays,
		(unsigned long long)test->restarts, (unsigned long long)test->model->revision);
	for (size_t i = 0; i < KINDS_MAX; i++) {
		if (test->asked[i] > 0)
			printf("  %-20s %6llu asked, %6llu accepted\n", pp_kind_title(i),
				(unsigned long long)test->asked[i],
				(unsigned long long)test->accepted[i]);
	}
	for (size_t i = 0; i < REASONS_MAX; i++) {
		if (test->reasons[i] > 0)
			printf("  %-28s %6llu\n", pp_reason_name(i),
				(unsigned long long)test->reasons[i]);
	}
}

int main(int argc, char *argv[])
{
	struct process_options options = { .settings = "server.loops=2", .own_clock = true };
	const char *n = argc > 1 ? argv[1] : getenv("PEAKPEEPS_MODEL_REQUESTS");
	const char *seed = argc > 2 ? argv[2] : getenv("PEAKPEEPS_MODEL_SEED");
	struct test test = {
		.n = n != NULL ? strtoull(n, NULL, 10) : REQUESTS,
		.seed = seed != NULL ? strtoull(seed, NULL, 10) : (uint64_t)time(NULL),
	};

	printf("seed %llu\n", (unsigned long long)test.seed);
	fflush(stdout);
	if (access("/dev/shm", W_OK) == 0)
		setenv("TMPDIR", "/dev/shm", 1);
	arena_init(&test.arena, SIZE_MAX / 2, NULL);
	process_new(&test.process, &options);
	test.model = model_new();
	test.generator = generator_new(test.seed, test.model);
	connect_clients(&test);
	for (test.step = 0; test.step < test.n; test.step++)
		step(&test);
	report(&test);
	readback(test.model, read_one, &test);
	verify_clean(test.clients[0]);
	REQUIRE(model_check(test.model) == NULL, "the model's own books: %s",
		model_check(test.model));
	demand_variety(&test);
	REQUIRE(!process_logged(&test.process, "runtime error"), "a sanitizer spoke up");
	disconnect_clients(&test);
	process_free(&test.process);
	generator_free(test.generator);
	model_free(test.model);
	arena_free(&test.arena);
	return 0;
}
