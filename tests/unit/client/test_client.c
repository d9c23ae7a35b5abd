/* The blocking client against a server that misbehaves as told. */
#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "client/deadline.h"
#include "fake_server.h"

enum { SERVER_TIME_MS = 1000000 };

static struct fake_server fake; /* each test is a process of its own */

static struct pp_client *open_client(uint32_t timeout_ms)
{
	struct pp_client_options options = {
		.address = fake.address,
		.client_name = "tester",
		.timeout_ms = timeout_ms,
		.acting_user = 7,
	};
	struct pp_client *client;

	int err = pp_client_open(&options, &client);
	cr_assert_eq(err, 0, "%s", pp_client_error(client));
	return client;
}

static struct pp_client *start(void (*act)(struct fake_server *fake, size_t n,
				       const struct pp_request *request, struct fake_action *out),
	uint32_t timeout_ms)
{
	fake.act = act;
	fake.time_ms = SERVER_TIME_MS;
	fake_server_start(&fake, NULL);
	return open_client(timeout_ms);
}

static void stop(struct pp_client *client)
{
	pp_client_close(client);
	fake_server_stop(&fake);
}

static struct pp_request create_user(void)
{
	struct pp_request request = { .kind = PP_KIND_CREATE_USER };

	request.u.create_user.name = "Josh";
	return request;
}

static void accept_user(struct fake_action *out)
{
	out->response.revision = 9;
	out->response.time_ms = SERVER_TIME_MS;
	out->response.kind = PP_KIND_CREATE_USER;
	out->response.u.create_user.user_id = 42;
}

static bool same_id(size_t a, size_t b)
{
	return memcmp(&fake.seen[a].request_id, &fake.seen[b].request_id, 16) == 0;
}

/* ---- What is sent ---- */

static void act_accept(struct fake_server *server, size_t n, const struct pp_request *request,
	struct fake_action *out)
{
	(void)server, (void)n, (void)request;
	accept_user(out);
}

Test(client, completes_a_request)
{
	struct pp_client *client = start(act_accept, 8000);
	struct pp_request request = create_user();
	const struct pp_response *response;
	enum pp_outcome outcome;

	cr_assert_eq(pp_call(client, &request, &outcome, &response), 0);
	cr_expect_eq(outcome, PP_DONE);
	cr_expect_null(response->status);
	cr_expect_eq(response->u.create_user.user_id, 42);
	cr_expect_eq(fake.seen[0].acting_user, 7);
	cr_expect(request.has_request_id && fake.seen[0].has_request_id);
	cr_expect_arr_eq(fake.seen[0].request_id.bytes, request.request_id.bytes, 16);
	cr_expect_eq(request.timeout_ms, 0, "the caller's deadline is not touched");
	cr_expect(fake.seen[0].timeout_ms > 3000 && fake.seen[0].timeout_ms < 8000,
		"%u: the server must give up before the call does", fake.seen[0].timeout_ms);
	cr_expect_str_eq(pp_client_server(client)->server_version, "9.9.9");

	/* A second call: a new id. A caller's own id, user and deadline stay. */
	struct pp_request next = create_user();
	cr_assert_eq(pp_call(client, &next, &outcome, &response), 0);
	cr_expect_not(same_id(0, 1));
	next.acting_user = 8;
	next.timeout_ms = 50;
	cr_assert_eq(pp_call(client, &next, &outcome, &response), 0);
	cr_expect(same_id(1, 2));
	cr_expect_eq(fake.seen[2].acting_user, 8);
	cr_expect_eq(fake.seen[2].timeout_ms, 50);
	cr_expect_eq(fake.n_connections, 1);
	stop(client);
}

static void act_balance(struct fake_server *server, size_t n, const struct pp_request *request,
	struct fake_action *out)
{
	(void)server, (void)n;
	out->response.kind = request->kind;
}

Test(client, gives_no_request_id_to_reads_and_to_abandon)
{
	struct pp_client *client = start(act_balance, 8000);
	struct pp_account account = { .kind = PP_ACCOUNT_KIND_USER, .id = 1 };
	struct pp_request request = { .kind = PP_KIND_GET_BALANCE };
	const struct pp_response *response;
	enum pp_outcome outcome;

	request.u.get_balance.account = &account;
	cr_assert_eq(pp_call(client, &request, &outcome, &response), 0);
	cr_expect_not(request.has_request_id);
	request = (struct pp_request) { .kind = PP_KIND_ABANDON_REQUEST };
	pp_client_new_request_id(client, &request.u.abandon_request.request_id);
	cr_assert_eq(pp_call(client, &request, &outcome, &response), 0);
	cr_expect_not(request.has_request_id);
	stop(client);
}

static int64_t time_of(const struct pp_uuid *uuid)
{
	int64_t time = 0;

	for (int i = 0; i < 6; i++)
		time = time << 8 | uuid->bytes[i];
	return time;
}

Test(client, makes_ids_by_the_servers_clock)
{
	struct pp_client *client = start(act_accept, 8000);
	struct pp_uuid first, second;

	pp_client_new_request_id(client, &first);
	usleep(30000);
	pp_client_new_request_id(client, &second);
	cr_expect(time_of(&first) >= SERVER_TIME_MS && time_of(&first) < SERVER_TIME_MS + 5000,
		"%lld", (long long)time_of(&first));
	cr_expect_geq(time_of(&second), time_of(&first) + 29);
	cr_expect_eq(first.bytes[6] >> 4, 7);
	stop(client);
}

/* ---- Broken links ---- */

static void act_cut_then_accept(struct fake_server *server, size_t n,
	const struct pp_request *request, struct fake_action *out)
{
	(void)request;
	accept_user(out);
	out->cut = n % 2 == 0;
	out->cut_at = *(size_t *)server->context;
	out->response.replayed = n % 2 == 1;
}

Test(client, sends_the_same_id_again_after_a_link_died_in_the_reply)
{
	size_t cut_at = 0;
	const struct pp_response *response;
	enum pp_outcome outcome;

	fake.context = &cut_at;
	struct pp_client *client = start(act_cut_then_accept, 8000);
	for (;; cut_at++) {
		size_t n = fake_server_n_seen(&fake);
		struct pp_request request = create_user();
		cr_assert_eq(pp_call(client, &request, &outcome, &response), 0, "%s",
			pp_client_error(client));
		cr_assert_eq(outcome, PP_DONE);
		cr_assert_null(response->status);
		cr_assert_eq(response->u.create_user.user_id, 42);
		if (fake_server_n_seen(&fake) == n + 1)
			break; /* the whole reply came through */
		cr_assert(response->replayed);
		cr_assert_eq(fake_server_n_seen(&fake), n + 2, "cut at %zu", cut_at);
		cr_assert(same_id(n, n + 1), "cut at %zu", cut_at);
	}
	cr_expect_gt(cut_at, 10, "only %zu bytes were tried", cut_at);
	stop(client);
}

static void act_close_after(struct fake_server *server, size_t n, const struct pp_request *request,
	struct fake_action *out)
{
	(void)server, (void)n, (void)request;
	accept_user(out);
	out->close = true;
}

Test(client, mends_a_link_that_was_closed_between_calls)
{
	struct pp_client *client = start(act_close_after, 8000);
	const struct pp_response *response;
	enum pp_outcome outcome;

	for (int i = 0; i < 3; i++) {
		struct pp_request request = create_user();
		cr_assert_eq(pp_call(client, &request, &outcome, &response), 0);
		cr_assert_eq(outcome, PP_DONE);
		usleep(20000); /* let the end of the link arrive */
	}
	cr_expect_eq(fake.n_seen, 3, "nothing was sent into a closed link");
	cr_expect_eq(fake.n_connections, 3);
	stop(client);
}

static void act_answer_and_go(struct fake_server *server, size_t n,
	const struct pp_request *request, struct fake_action *out)
{
	(void)n, (void)request;
	accept_user(out);
	out->close = true;
	shutdown(server->listen_fd, SHUT_RDWR);
}

Test(client, knows_that_nothing_was_sent_when_the_link_had_been_closed_before)
{
	struct pp_client *client = start(act_answer_and_go, 200);
	struct pp_request request = create_user();
	const struct pp_response *response;
	enum pp_outcome outcome;

	cr_assert_eq(pp_call(client, &request, &outcome, &response), 0);
	usleep(20000); /* let the end of the link arrive */
	struct pp_request next = create_user();
	cr_expect_eq(pp_call(client, &next, &outcome, &response), PP_ERR_CONNECT);
	cr_expect_eq(outcome, PP_NOT_EXECUTED);
	stop(client);
}

static void act_silent(struct fake_server *server, size_t n, const struct pp_request *request,
	struct fake_action *out)
{
	(void)server, (void)n, (void)request;
	out->silent = true;
}

Test(client, does_not_know_what_became_of_a_request_without_answer)
{
	struct pp_client *client = start(act_silent, 200);
	struct pp_request request = create_user();
	const struct pp_response *response;
	enum pp_outcome outcome;

	int64_t began_ms = boottime_ms();
	cr_expect_eq(pp_call(client, &request, &outcome, &response), PP_ERR_TIMEOUT);
	int64_t took_ms = boottime_ms() - began_ms;
	cr_expect_eq(outcome, PP_UNKNOWN);
	cr_expect_null(response);
	cr_expect(took_ms >= 199 && took_ms < 20000, "%lld ms", (long long)took_ms);
	cr_expect_not_null(strstr(pp_client_error(client), "no answer to CreateUser from"), "%s",
		pp_client_error(client));
	cr_expect_eq(fake.n_seen, 1);
	stop(client);
}

static void act_die(struct fake_server *server, size_t n, const struct pp_request *request,
	struct fake_action *out)
{
	(void)n, (void)request;
	out->silent = true;
	out->close = true;
	shutdown(server->listen_fd, SHUT_RDWR);
}

Test(client, does_not_know_what_became_of_a_request_when_the_server_died)
{
	struct pp_client *client = start(act_die, 1000);
	struct pp_request request = create_user();
	const struct pp_response *response;
	enum pp_outcome outcome;

	cr_expect_eq(pp_call(client, &request, &outcome, &response), PP_ERR_CONNECT);
	cr_expect_eq(outcome, PP_UNKNOWN);
	cr_expect_not_null(strstr(pp_client_error(client), "Connection refused"), "%s",
		pp_client_error(client));
	cr_expect_not_null(strstr(pp_client_error(client), "tries)"));

	/* The server is still gone: this one was never sent. */
	struct pp_request next = create_user();
	cr_expect_eq(pp_call(client, &next, &outcome, &response), PP_ERR_CONNECT);
	cr_expect_eq(outcome, PP_NOT_EXECUTED);
	cr_expect_eq(fake.n_seen, 1);
	stop(client);
}

static void act_change_store(struct fake_server *server, size_t n, const struct pp_request *request,
	struct fake_action *out)
{
	(void)n, (void)request;
	out->silent = true;
	out->close = true;
	server->store++;
}

Test(client, never_sends_a_request_again_to_another_store)
{
	struct pp_client *client = start(act_change_store, 5000);
	struct pp_request request = create_user();
	const struct pp_response *response;
	enum pp_outcome outcome;

	cr_expect_eq(pp_call(client, &request, &outcome, &response), PP_ERR_CONNECT);
	cr_expect_eq(outcome, PP_UNKNOWN);
	cr_expect_eq(fake.n_seen, 1);
	cr_expect_not_null(strstr(pp_client_error(client), "another store"));
	stop(client);
}

Test(client, sends_no_request_of_an_unknown_kind)
{
	static const enum pp_kind kinds[] = { PP_KIND_NONE, PP_KIND_HELLO, (enum pp_kind)9999 };
	struct pp_client *client = start(act_accept, 8000);
	const struct pp_response *response;
	enum pp_outcome outcome;

	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		struct pp_request request = { .kind = kinds[i] };
		cr_expect_eq(pp_call(client, &request, &outcome, &response), PP_ERR_INVALID);
		cr_expect_eq(outcome, PP_NOT_EXECUTED);
		cr_expect_null(response);
		cr_expect_not_null(strstr(pp_client_error(client), "no request of kind"));
	}
	cr_expect_eq(fake_server_n_seen(&fake), 0);
	stop(client);
}
