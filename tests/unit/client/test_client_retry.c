/* Which refusals the blocking client tries again, and what it says when nothing helps. */
#include <criterion/criterion.h>

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "client/deadline.h"
#include "fake_server.h"

static struct fake_server fake; /* each test is a process of its own */
static struct pp_status refusal;

typedef void (*act_fn)(struct fake_server *fake, size_t n, const struct pp_request *request,
	struct fake_action *out);

static struct pp_client *start(act_fn act, uint32_t timeout_ms)
{
	struct pp_client *client;

	fake.act = act;
	fake_server_start(&fake, NULL);
	struct pp_client_options options = { .address = fake.address, .timeout_ms = timeout_ms };
	int err = pp_client_open(&options, &client);
	cr_assert_eq(err, 0, "%s", pp_client_error(client));
	return client;
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

static void act_refuse_twice(struct fake_server *server, size_t n, const struct pp_request *request,
	struct fake_action *out)
{
	(void)server, (void)request;
	if (n < 2) {
		out->response.status = &refusal;
	} else {
		out->response.kind = PP_KIND_CREATE_USER;
		out->response.u.create_user.user_id = 42;
	}
}

static void act_refuse(struct fake_server *server, size_t n, const struct pp_request *request,
	struct fake_action *out)
{
	(void)server, (void)n, (void)request;
	out->response.status = &refusal;
}

static void act_lose_then_refuse(struct fake_server *server, size_t n,
	const struct pp_request *request, struct fake_action *out)
{
	(void)server, (void)request;
	out->silent = n == 0;
	out->close = n == 0;
	out->response.status = &refusal;
}

static struct pp_status status_of(enum pp_reason reason, bool not_executed, uint32_t retry_after_ms)
{
	return (struct pp_status) {
		.code = pp_reason_code(reason),
		.reason = reason,
		.message = "no",
		.not_executed = not_executed,
		.retry_after_ms = retry_after_ms,
	};
}

Test(client, waits_as_told_and_tries_again_under_the_same_id)
{
	static const enum pp_reason reasons[] = { PP_REASON_OVERLOADED, PP_REASON_STORAGE_FULL,
		PP_REASON_SHUTTING_DOWN };
	struct pp_client *client = start(act_refuse_twice, 8000);
	const struct pp_response *response;
	enum pp_outcome outcome;

	for (size_t i = 0; i < ARRAY_LEN(reasons); i++) {
		struct pp_request request = create_user();

		refusal = status_of(reasons[i], true, 60);
		fake.n_seen = 0;
		int64_t began_ms = boottime_ms();
		cr_assert_eq(pp_call(client, &request, &outcome, &response), 0);
		int64_t took_ms = boottime_ms() - began_ms;
		cr_expect_eq(outcome, PP_DONE, "reason %d", reasons[i]);
		cr_expect_null(response->status);
		cr_expect_eq(fake_server_n_seen(&fake), 3);
		cr_expect_arr_eq(&fake.seen[0].request_id, &fake.seen[2].request_id, 16);
		cr_expect_geq(took_ms, 120, "only %lld ms", (long long)took_ms);
	}
	stop(client);
}

Test(client, never_tries_a_decided_refusal_again)
{
	static const struct row {
		enum pp_reason reason;
		bool not_executed;
		enum pp_outcome outcome;
	} rows[] = {
		{ PP_REASON_COUPON_VERSION_CONFLICT, false, PP_DONE },
		{ PP_REASON_SOLD_OUT, false, PP_DONE },
		{ PP_REASON_REQUEST_ID_REUSED, false, PP_DONE },
		{ PP_REASON_VERIFY_BUSY, false, PP_DONE },
		{ PP_REASON_OVERLOADED, false, PP_DONE },
		{ PP_REASON_FIELD_INVALID, true, PP_NOT_EXECUTED },
		{ PP_REASON_DEADLINE_PASSED, true, PP_NOT_EXECUTED },
		{ PP_REASON_REQUEST_ID_EXPIRED, true, PP_DONE },
	};
	struct pp_client *client = start(act_refuse, 2000);
	const struct pp_response *response;
	enum pp_outcome outcome;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct pp_request request = create_user();

		refusal = status_of(rows[i].reason, rows[i].not_executed, 0);
		fake.n_seen = 0;
		cr_assert_eq(pp_call(client, &request, &outcome, &response), 0, "row %zu", i);
		cr_expect_eq(outcome, rows[i].outcome, "row %zu", i);
		cr_assert_not_null(response->status);
		cr_expect_eq(response->status->reason, rows[i].reason, "row %zu", i);
		cr_expect_eq(fake_server_n_seen(&fake), 1, "row %zu", i);
	}
	stop(client);
}

Test(client, returns_the_refusal_when_the_time_is_over)
{
	struct pp_client *client = start(act_refuse, 2000);
	struct pp_request request = create_user();
	const struct pp_response *response;
	enum pp_outcome outcome;

	refusal = status_of(PP_REASON_STORAGE_FULL, true, 1200);
	cr_assert_eq(pp_call(client, &request, &outcome, &response), 0);
	cr_expect_eq(outcome, PP_NOT_EXECUTED);
	cr_expect_eq(response->status->reason, PP_REASON_STORAGE_FULL);
	cr_expect_gt(fake_server_n_seen(&fake), 1);
	stop(client);
}

Test(client, begins_no_wait_that_cannot_end_in_time)
{
	struct pp_client *client = start(act_refuse, 20000);
	struct pp_request request = create_user();
	const struct pp_response *response;
	enum pp_outcome outcome;

	refusal = status_of(PP_REASON_STORAGE_FULL, true, 60000);
	int64_t began_ms = boottime_ms();
	cr_assert_eq(pp_call(client, &request, &outcome, &response), 0);
	cr_expect_lt(boottime_ms() - began_ms, 10000);
	cr_expect_eq(response->status->reason, PP_REASON_STORAGE_FULL);
	cr_expect_eq(fake_server_n_seen(&fake), 1);
	stop(client);
}

/* "Not executed" answers the second try; nobody knows about the first. */
Test(client, does_not_take_a_later_refusal_for_the_fate_of_a_lost_try)
{
	static const struct row {
		enum pp_reason reason;
		enum pp_outcome outcome;
	} rows[] = {
		{ PP_REASON_DEADLINE_PASSED, PP_UNKNOWN },
		{ PP_REASON_REQUEST_ID_EXPIRED, PP_UNKNOWN },
		{ PP_REASON_OVERLOADED, PP_UNKNOWN },
		{ PP_REASON_FIELD_INVALID, PP_NOT_EXECUTED },
	};
	struct pp_client *client = start(act_lose_then_refuse, 10000);
	const struct pp_response *response;
	enum pp_outcome outcome;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct pp_request request = create_user();

		/* So late that there is no third try, which the deadline might cut short. */
		refusal = status_of(rows[i].reason, true, 60000);
		fake.n_seen = 0;
		cr_assert_eq(pp_call(client, &request, &outcome, &response), 0, "row %zu", i);
		cr_expect_eq(outcome, rows[i].outcome, "row %zu", i);
		cr_expect_eq(response->status->reason, rows[i].reason, "row %zu", i);
	}
	stop(client);
}

/* ---- Opening ---- */

static int open_err(const char *address, const char *expected)
{
	struct pp_client_options options = { .address = address, .connect_timeout_ms = 300 };
	struct pp_client *client;

	int err = pp_client_open(&options, &client);
	cr_assert_not_null(client);
	cr_expect_not_null(strstr(pp_client_error(client), expected), "\"%s\" lacks \"%s\"",
		pp_client_error(client), expected);
	pp_client_close(client);
	return err;
}

Test(client, says_why_it_cannot_open)
{
	char address[128];

	cr_expect_eq(open_err("host:99999", "a port is a number"), PP_ERR_INVALID);
	cr_expect_eq(open_err("unix:/nowhere/at/all", "No such file"), PP_ERR_CONNECT);

	fake.raw_greeting = "HTTP/1.1 400 Bad Request\r\n\r\n";
	fake_server_start(&fake, NULL);
	snprintf(address, sizeof(address), "%s", fake.address);
	cr_expect_eq(open_err(address, "not a PeakPeeps server"), PP_ERR_CONNECT);
	fake_server_stop(&fake);
	cr_expect_eq(open_err(address, "Connection refused"), PP_ERR_CONNECT);

	memset(&fake, 0, sizeof(fake));
	fake.raw_greeting = "";
	fake_server_start(&fake, NULL);
	cr_expect_eq(open_err(fake.address, "cannot connect to"), PP_ERR_CONNECT);
	fake_server_stop(&fake);

	memset(&fake, 0, sizeof(fake));
	refusal = status_of(PP_REASON_PROTOCOL_UNSUPPORTED, false, 0);
	fake.hello_refusal = &refusal;
	fake_server_start(&fake, NULL);
	cr_expect_eq(open_err(fake.address, "(PROTOCOL_UNSUPPORTED)"), PP_ERR_CONNECT);
	fake_server_stop(&fake);
}

Test(client, gives_up_on_a_server_that_does_not_answer_hello)
{
	int64_t began_ms = boottime_ms();

	/* Listens, but nobody accepts. */
	fake_server_start(&fake, NULL);
	fake_server_stop(&fake);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sockaddr_in address = { .sin_family = AF_INET };
	socklen_t len = sizeof(address);
	char text[64];
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	cr_assert_eq(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	cr_assert_eq(listen(fd, 4), 0);
	cr_assert_eq(getsockname(fd, (struct sockaddr *)&address, &len), 0);
	snprintf(text, sizeof(text), "127.0.0.1:%u", ntohs(address.sin_port));
	cr_expect_eq(open_err(text, "no answer in time"), PP_ERR_TIMEOUT);
	cr_expect_lt(boottime_ms() - began_ms, 20000);
	close(fd);
}

Test(client, speaks_over_a_unix_socket)
{
	char dir[] = "/tmp/peakpeeps-test-XXXXXX";
	char path[64];
	struct pp_client *client;
	struct pp_request request = create_user();
	const struct pp_response *response;
	enum pp_outcome outcome;

	cr_assert_not_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/s", dir);
	refusal = status_of(PP_REASON_NAME_TAKEN, false, 0);
	fake.act = act_refuse;
	fake_server_start(&fake, path);
	struct pp_client_options options = { .address = fake.address };
	int err = pp_client_open(&options, &client);
	cr_assert_eq(err, 0, "%s", pp_client_error(client));
	cr_expect_eq(pp_call(client, &request, &outcome, &response), 0);
	cr_expect_eq(response->status->reason, PP_REASON_NAME_TAKEN);
	stop(client);
	unlink(path);
	rmdir(dir);
}
