/* The client on an event loop: what it sends, how often, and how calls end. */
#include <criterion/criterion.h>

#include <semaphore.h>
#include <stdlib.h>

#include "client/deadline.h"
#include "uv_rig.h"

enum { N_CALLS = 20 };

static struct pp_status refusal;

static bool same_id(const struct pp_uuid *a, const struct pp_uuid *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

static int64_t time_of_id(const struct pp_uuid *id)
{
	int64_t time = 0;

	for (int i = 0; i < 6; i++)
		time = time << 8 | id->bytes[i];
	return time;
}

/* ---- What is sent ---- */

Test(uv, completes_a_request)
{
	struct pp_uv_client *client =
		rig_start(rig_act_accept, (struct pp_uv_options) { .acting_user = 7 });
	struct uv_seen first = { 0 };
	struct uv_seen second = { 0 };
	struct pp_uuid id;

	cr_expect_eq(pp_uv_client_new_request_id(client, &id), PP_ERR_NOT_FOUND);
	rig_ask(client, 8000, &first);
	rig_run(client);
	cr_expect_eq(first.n_called, 1);
	cr_expect_eq(first.outcome, PP_DONE);
	cr_expect(first.answered && first.err == 0 && first.n_tries == 1);
	cr_expect_eq(first.response.u.create_user.user_id, 42);
	cr_expect_eq(rig_fake.seen[0].acting_user, 7);
	cr_expect(same_id(&rig_fake.seen[0].request_id, &first.request_id));
	cr_expect(time_of_id(&first.request_id) / 60000 == RIG_TIME_MS / 60000,
		"the id is not by the server's clock");
	cr_expect(rig_fake.seen[0].timeout_ms > 3000 && rig_fake.seen[0].timeout_ms < 8000,
		"%u: the server must give up before the call does", rig_fake.seen[0].timeout_ms);
	cr_expect_str_eq(pp_uv_client_server(client)->server_version, "9.9.9");

	/* A caller's own id, user and deadline stay. */
	struct pp_request own = rig_create_user();
	own.acting_user = 8;
	own.timeout_ms = 50;
	cr_assert_eq(pp_uv_client_new_request_id(client, &own.request_id), 0);
	own.has_request_id = true;
	cr_assert_eq(pp_uv_call(client, &own, 0, uv_seen_take, &second), 0);
	rig_run(client);
	cr_expect(same_id(&rig_fake.seen[1].request_id, &own.request_id));
	cr_expect(same_id(&second.request_id, &own.request_id));
	cr_expect_not(same_id(&second.request_id, &first.request_id));
	cr_expect_eq(rig_fake.seen[1].acting_user, 8);
	cr_expect_eq(rig_fake.seen[1].timeout_ms, 50);
	cr_expect_eq(rig_fake.n_connections, 1);
	rig_stop(client);
}

Test(uv, refuses_at_once_what_can_never_be_sent)
{
	struct pp_uv_client *client = rig_start(rig_act_accept, (struct pp_uv_options) { 0 });
	struct pp_request hello = { .kind = PP_KIND_HELLO };
	struct pp_request none = { .kind = (enum pp_kind)9999 };
	struct pp_request big = rig_create_user();
	char *name = calloc(1, 80 * 1024);
	struct uv_seen seen = { 0 };

	memset(name, 'x', 70 * 1024);
	big.u.create_user.name = name;
	cr_expect_eq(pp_uv_call(client, &hello, 0, uv_seen_take, &seen), PP_ERR_INVALID);
	cr_expect_eq(pp_uv_call(client, &none, 0, uv_seen_take, &seen), PP_ERR_INVALID);
	cr_expect_eq(pp_uv_call(client, &big, 0, uv_seen_take, &seen), PP_ERR_TOO_BIG);
	rig_run(client);
	rig_stop(client);
	cr_expect_eq(seen.n_called, 0);
	free(name);
}

static void *no_memory(void *user, size_t size)
{
	(void)user, (void)size;
	return NULL;
}

Test(uv, says_what_is_wrong_with_its_options)
{
	struct pp_allocator lame = { .user = &rig_loop, .alloc = no_memory };
	struct pp_uv_options cases[] = {
		{ .address = "host:port" },
		{ .address = "unix:" },
		{ .allocator = &lame },
	};

	cr_assert_eq(uv_loop_init(&rig_loop), 0);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct pp_uv_client *client;
		const char *why = NULL;
		cr_expect_eq(pp_uv_client_new(&rig_loop, &cases[i], &client, &why), PP_ERR_INVALID);
		cr_expect_not_null(why);
	}
	cr_expect_eq(uv_loop_close(&rig_loop), 0);
}

/* ---- Tries ---- */

static void act_refuse_twice(struct fake_server *server, size_t n, const struct pp_request *request,
	struct fake_action *out)
{
	(void)server, (void)request;
	if (n < 2)
		out->response.status = &refusal;
	else
		rig_accept(out);
}

static void act_refuse(struct fake_server *server, size_t n, const struct pp_request *request,
	struct fake_action *out)
{
	(void)server, (void)n, (void)request;
	out->response.status = &refusal;
}

Test(uv, waits_as_told_and_tries_again_under_the_same_id)
{
	static const enum pp_reason reasons[] = { PP_REASON_OVERLOADED, PP_REASON_STORAGE_FULL,
		PP_REASON_SHUTTING_DOWN };
	struct pp_uv_client *client = rig_start(act_refuse_twice, (struct pp_uv_options) { 0 });

	for (size_t i = 0; i < ARRAY_LEN(reasons); i++) {
		struct uv_seen seen = { 0 };
		refusal = rig_refusal(reasons[i], true, 60);
		rig_fake.n_seen = 0;
		int64_t began_ms = boottime_ms();
		rig_ask(client, 8000, &seen);
		rig_run(client);
		int64_t took_ms = boottime_ms() - began_ms;
		cr_expect_eq(seen.outcome, PP_DONE, "reason %d", reasons[i]);
		cr_expect(seen.n_called == 1 && seen.n_tries == 3 && seen.reason == 0);
		cr_expect_eq(fake_server_n_seen(&rig_fake), 3);
		cr_expect(same_id(&rig_fake.seen[0].request_id, &rig_fake.seen[2].request_id));
		cr_expect_geq(took_ms, 120, "only %lld ms", (long long)took_ms);
	}
	rig_stop(client);
}

Test(uv, gives_a_refusal_back_at_once)
{
	static const struct {
		enum pp_reason reason;
		bool not_executed;
		uint32_t retry_after_ms;
		enum pp_outcome outcome;
	} rows[] = {
		{ PP_REASON_COUPON_VERSION_CONFLICT, false, 0, PP_DONE },
		{ PP_REASON_SOLD_OUT, false, 0, PP_DONE },
		{ PP_REASON_VERIFY_BUSY, false, 0, PP_DONE },
		{ PP_REASON_DEADLINE_PASSED, true, 0, PP_NOT_EXECUTED },
		{ PP_REASON_FIELD_INVALID, true, 0, PP_NOT_EXECUTED },
		/* The server wants more time than there is. */
		{ PP_REASON_OVERLOADED, true, 60000, PP_NOT_EXECUTED },
	};
	struct pp_uv_client *client = rig_start(act_refuse, (struct pp_uv_options) { 0 });

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct uv_seen seen = { 0 };
		refusal = rig_refusal(rows[i].reason, rows[i].not_executed, rows[i].retry_after_ms);
		rig_ask(client, 8000, &seen);
		rig_run(client);
		cr_expect_eq(seen.outcome, rows[i].outcome, "row %zu", i);
		cr_expect_eq(seen.reason, rows[i].reason);
		cr_expect(seen.answered && seen.n_tries == 1 && seen.n_called == 1);
	}
	cr_expect_eq(fake_server_n_seen(&rig_fake), ARRAY_LEN(rows));
	rig_stop(client);
}

Test(uv, tells_for_what_it_was_refused_when_the_time_is_over)
{
	struct pp_uv_client *client = rig_start(act_refuse, (struct pp_uv_options) { 0 });
	struct uv_seen seen = { 0 };

	refusal = rig_refusal(PP_REASON_OVERLOADED, true, 300);
	rig_ask(client, 700, &seen);
	rig_run(client);
	cr_expect_eq(seen.outcome, PP_NOT_EXECUTED);
	cr_expect_eq(seen.n_called, 1);
	/* Either the refusal itself came back, too late for another try, or the time ran out. */
	if (seen.err == PP_ERR_TIMEOUT)
		cr_expect_not_null(strstr(seen.why, "OVERLOADED"), "%s", seen.why);
	else
		cr_expect_eq(seen.reason, PP_REASON_OVERLOADED);
	rig_stop(client);
}

/* The first link takes all requests and answers none. */
static void act_die_at_last(struct fake_server *server, size_t n, const struct pp_request *request,
	struct fake_action *out)
{
	(void)server, (void)request;
	rig_accept(out);
	out->silent = n < N_CALLS;
	out->close = n == N_CALLS - 1;
}

Test(uv, sends_again_in_the_same_order_under_the_same_ids)
{
	struct pp_uv_client *client = rig_start(act_die_at_last, (struct pp_uv_options) { 0 });
	struct uv_seen seen[N_CALLS] = { 0 };

	for (size_t i = 0; i < N_CALLS; i++)
		rig_ask(client, 8000, &seen[i]);
	rig_run(client);
	cr_assert_eq(fake_server_n_seen(&rig_fake), 2 * N_CALLS);
	for (size_t i = 0; i < N_CALLS; i++) {
		cr_expect_eq(seen[i].outcome, PP_DONE);
		cr_expect(seen[i].n_called == 1 && seen[i].n_tries == 2);
		cr_expect(same_id(&rig_fake.seen[i].request_id, &seen[i].request_id));
		cr_expect(same_id(&rig_fake.seen[i].request_id,
				  &rig_fake.seen[N_CALLS + i].request_id),
			"call %zu was not the %zuth to be sent again", i, i);
	}
	rig_stop(client);
}

static void act_lose_then_refuse(struct fake_server *server, size_t n,
	const struct pp_request *request, struct fake_action *out)
{
	(void)server, (void)request;
	out->silent = n == 0;
	out->close = n == 0;
	out->response.status = &refusal;
}

Test(uv, does_not_take_a_late_refusal_for_the_fate_of_a_lost_try)
{
	struct pp_uv_client *client = rig_start(act_lose_then_refuse, (struct pp_uv_options) { 0 });
	struct uv_seen seen = { 0 };

	refusal = rig_refusal(PP_REASON_DEADLINE_PASSED, true, 0);
	rig_ask(client, 8000, &seen);
	rig_run(client);
	cr_expect_eq(seen.outcome, PP_UNKNOWN);
	cr_expect_eq(seen.reason, PP_REASON_DEADLINE_PASSED);
	rig_stop(client);
}

static sem_t late; /* until it is posted, the first request is not answered */

static void act_late(struct fake_server *server, size_t n, const struct pp_request *request,
	struct fake_action *out)
{
	(void)server, (void)request;
	if (n == 0)
		while (sem_wait(&late) != 0)
			continue;
	rig_accept(out);
}

Test(uv, gives_up_in_time_and_ignores_a_late_answer)
{
	struct pp_uv_client *client = rig_start(act_late, (struct pp_uv_options) { 0 });
	struct uv_seen lost = { 0 };
	struct uv_seen next = { 0 };

	cr_assert_eq(sem_init(&late, 0, 0), 0);
	rig_ask(client, 100, &lost);
	rig_run(client);
	cr_expect_eq(lost.n_called, 1);
	cr_expect_eq(lost.err, PP_ERR_TIMEOUT);
	/* UNKNOWN as soon as it was sent, which a slow machine may not have come to. */
	cr_expect_eq(lost.outcome, lost.n_tries > 0 ? PP_UNKNOWN : PP_NOT_EXECUTED);
	cr_assert_eq(sem_post(&late), 0);
	rig_ask(client, 8000, &next);
	rig_run(client);
	cr_expect_eq(next.outcome, PP_DONE);
	cr_expect_eq(lost.n_called, 1);
	rig_stop(client);
	sem_destroy(&late);
}

static void act_never(struct fake_server *server, size_t n, const struct pp_request *request,
	struct fake_action *out)
{
	(void)n, (void)request;
	pthread_mutex_lock(&server->lock);
	out->silent = server->n_connections == 1;
	pthread_mutex_unlock(&server->lock);
	rig_accept(out);
}

Test(uv, takes_a_link_on_which_nothing_comes_for_dead)
{
	struct pp_uv_client *client = rig_start(act_never, (struct pp_uv_options) { 0 });
	struct uv_seen impatient = { 0 };
	struct uv_seen patient = { 0 };

	rig_ask(client, 8000, &patient);
	rig_ask(client, 1200, &impatient);
	rig_run(client);
	cr_expect_eq(impatient.outcome, PP_UNKNOWN);
	cr_expect_eq(patient.outcome, PP_DONE);
	cr_expect_geq(patient.n_tries, 2);
	rig_stop(client);
}
