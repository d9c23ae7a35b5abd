/* Many requests over a few connections: what a broken link or a busy server makes of them. */
#include <criterion/criterion.h>
#include <string.h>
#include <sys/socket.h>

#include "client/cli/stream.h"
#include "client/deadline.h"
#include "fake_server.h"

enum { ITEMS = 40, RETRY_AFTER_MS = 300 };

static struct fake_server fake; /* each test is a process of its own */
static struct pp_status busy = { .code = PP_CODE_RESOURCE_EXHAUSTED,
	.reason = PP_REASON_OVERLOADED,
	.not_executed = true,
	.retry_after_ms = RETRY_AFTER_MS };
static struct pp_status stopping = {
	.code = PP_CODE_UNAVAILABLE, .reason = PP_REASON_SHUTTING_DOWN, .not_executed = true
};
static struct pp_status taken = { .code = PP_CODE_ALREADY_EXISTS, .reason = PP_REASON_NAME_TAKEN };

/* Users to be created, and what became of them. */
struct work {
	uint64_t n_items;
	uint64_t n_begun;
	unsigned n_answers[FAKE_SEEN_MAX];
	unsigned n_refusals[FAKE_SEEN_MAX];
	uint64_t stop_at; /* the answer of this one stops it; 0: none */
	bool again;       /* a refusal is tried under a new id */
};

static bool next(void *context, struct stream_item *item)
{
	struct work *work = context;

	if (work->n_begun == work->n_items)
		return false;
	item->number = ++work->n_begun;
	return true;
}

static void fill(void *context, const struct stream_item *item, struct pp_request *request)
{
	(void)context;
	request->kind = PP_KIND_CREATE_USER;
	request->acting_user = item->number; /* so that the server knows which one it is */
	request->u.create_user.name = "Josh";
}

static enum stream_verdict take(
	void *context, struct stream_item *item, const struct pp_response *response)
{
	struct work *work = context;

	cr_assert_lt(item->number, FAKE_SEEN_MAX);
	if (response->status != NULL) {
		work->n_refusals[item->number]++;
		return work->again ? STREAM_AGAIN : STREAM_DONE;
	}
	cr_assert_eq(response->u.create_user.user_id, item->number, "an answer of another one");
	work->n_answers[item->number]++;
	return item->number == work->stop_at ? STREAM_STOP : STREAM_DONE;
}

static void tick(void *context)
{
	(void)context;
}

typedef void (*act_fn)(struct fake_server *fake, size_t n, const struct pp_request *request,
	struct fake_action *out);

static int run(struct work *work, act_fn act, char *why)
{
	const struct stream_source source = { work, next, fill, take, tick };
	struct address address;
	struct stream *stream;
	const char *fault;

	fake.act = act;
	fake.time_ms = 1796083200000;
	fake_server_start(&fake, NULL);
	cr_assert_eq(address_parse(fake.address, &address, &fault), 0);
	cr_assert_eq(stream_open(&address, "test", 1, 1000, &stream, why), 0, "%s", why);
	int err = stream_run(stream, &source, why);
	stream_close(stream);
	fake_server_stop(&fake);
	return err;
}

static void create(const struct pp_request *request, struct fake_action *out)
{
	out->response.kind = PP_KIND_CREATE_USER;
	out->response.u.create_user.user_id = request->acting_user;
}

/* The tries of one item, in order; how many there were. */
static size_t tries_of(uint64_t number, const struct pp_request **out, size_t max)
{
	size_t n = 0;

	for (size_t i = 0; i < fake.n_seen && n < max; i++) {
		if (fake.seen[i].acting_user == number)
			out[n++] = &fake.seen[i];
	}
	return n;
}

static void each_once(const struct work *work)
{
	for (uint64_t i = 1; i <= work->n_items; i++)
		cr_assert_eq(work->n_answers[i], 1, "item %u", (unsigned)i);
}

static bool same_id(const struct pp_request *a, const struct pp_request *b)
{
	return a->has_request_id && b->has_request_id &&
	       memcmp(&a->request_id, &b->request_id, sizeof(a->request_id)) == 0;
}

/* Cuts the link in the middle of the tenth answer, and once before any byte of one. */
static void act_cut(struct fake_server *server, size_t n, const struct pp_request *request,
	struct fake_action *out)
{
	(void)server;
	create(request, out);
	out->cut = n == 9 || n == 25;
	out->cut_at = n == 9 ? 7 : 0;
}

Test(cli_stream, sends_again_under_the_same_id_what_a_broken_link_left_unanswered)
{
	struct work work = { .n_items = ITEMS };
	char why[STREAM_WHY_BYTES];
	size_t n_repeated = 0;

	cr_assert_eq(run(&work, act_cut, why), 0, "%s", why);
	each_once(&work);
	cr_assert_eq(fake.n_connections, 3);
	for (uint64_t i = 1; i <= ITEMS; i++) {
		const struct pp_request *tries[4];
		size_t n = tries_of(i, tries, ARRAY_LEN(tries));

		cr_assert(n >= 1 && n <= 3, "item %u: %zu tries", (unsigned)i, n);
		for (size_t j = 1; j < n; j++)
			cr_assert(same_id(tries[0], tries[j]), "item %u", (unsigned)i);
		n_repeated += n > 1;
	}
	cr_assert(n_repeated >= 2, "%zu", n_repeated);
}

/* Refuses the first try of the third item, and says goodbye to that of the fifth. */
static void act_busy(struct fake_server *server, size_t n, const struct pp_request *request,
	struct fake_action *out)
{
	(void)n;
	create(request, out);
	for (size_t i = 0; i + 1 < server->n_seen; i++) {
		if (server->seen[i].acting_user == request->acting_user)
			return;
	}
	if (request->acting_user == 3)
		out->response.status = &busy;
	else if (request->acting_user == 5)
		out->response.status = &stopping;
}

Test(cli_stream, waits_as_it_is_told_and_sends_again_under_the_same_id)
{
	struct work work = { .n_items = 8 };
	const struct pp_request *tries[3];
	int64_t began_ms = boottime_ms();
	char why[STREAM_WHY_BYTES];

	cr_assert_eq(run(&work, act_busy, why), 0, "%s", why);
	cr_assert(boottime_ms() - began_ms >= RETRY_AFTER_MS);
	each_once(&work);
	cr_assert_eq(fake.n_connections, 1);
	cr_assert_eq(tries_of(3, tries, 3), 2);
	cr_assert(same_id(tries[0], tries[1]));
	cr_assert_eq(tries_of(5, tries, 3), 2);
	cr_assert(same_id(tries[0], tries[1]));
	cr_assert_eq(fake.n_seen, 10);
}

static void act_taken_once(struct fake_server *server, size_t n, const struct pp_request *request,
	struct fake_action *out)
{
	(void)server;
	create(request, out);
	if (n == 0)
		out->response.status = &taken;
}

Test(cli_stream, asks_another_thing_under_a_new_id)
{
	struct work work = { .n_items = 1, .again = true };
	const struct pp_request *tries[3];
	char why[STREAM_WHY_BYTES];

	cr_assert_eq(run(&work, act_taken_once, why), 0, "%s", why);
	each_once(&work);
	cr_assert_eq(work.n_refusals[1], 1);
	cr_assert_eq(tries_of(1, tries, 3), 2);
	cr_assert_not(same_id(tries[0], tries[1]));
}

static void act_create(struct fake_server *server, size_t n, const struct pp_request *request,
	struct fake_action *out)
{
	(void)server, (void)n;
	create(request, out);
}

Test(cli_stream, begins_nothing_more_once_it_is_stopped_but_takes_what_was_begun)
{
	/* More than fit into one connection's window of 100, so that some are not begun yet. */
	struct work work = { .n_items = 1000000, .stop_at = 1 };
	char why[STREAM_WHY_BYTES];

	cr_assert_eq(run(&work, act_create, why), 0, "%s", why);
	cr_assert(work.n_begun < FAKE_SEEN_MAX);
	cr_assert_eq(fake.n_seen, work.n_begun, "what was begun was sent and answered");
}

/* A server that is gone for good. */
static void act_leave(struct fake_server *server, size_t n, const struct pp_request *request,
	struct fake_action *out)
{
	(void)n, (void)request;
	shutdown(server->listen_fd, SHUT_RDWR);
	out->silent = true;
	out->close = true;
}

Test(cli_stream, gives_up_when_a_link_cannot_be_mended)
{
	struct work work = { .n_items = 3 };
	char why[STREAM_WHY_BYTES] = "";

	int err = run(&work, act_leave, why);
	cr_assert(err == PP_ERR_CONNECT || err == PP_ERR_TIMEOUT, "%d", err);
	cr_assert_neq(why[0], '\0');
	cr_assert_eq(work.n_answers[1], 0);
}
