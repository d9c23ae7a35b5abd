/* Start and stop: one server a store, errors that say where, and a stop that answers everything. */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "base/base.h"
#include "tests/integration/actors.h"
#include "tests/integration/require.h"
#include "tests/integration/wire.h"

static void write_config(const struct process *process, const char *text)
{
	FILE *file = fopen(process->config_path, "we");

	REQUIRE(file != NULL, "%s", process->config_path);
	fprintf(file, text, process->store_path);
	fclose(file);
}

Test(lifecycle, refuses_a_store_that_another_server_has_open)
{
	struct process first;
	struct process second;

	process_new(&first, NULL);
	second = first;
	second.pid = 0;
	cr_assert_gt(process_start_refused(&second), 0);
	cr_assert(process_logged(&second, "in use"), "the log does not say why");
	struct pp_client *client = client_at(&first, 0);
	(void)make_user(client, "Josh", 1);
	verify_clean(client);
	pp_client_close(client);
	process_free(&first);
}

Test(lifecycle, takes_over_a_store_whose_server_was_killed)
{
	struct process process;

	process_new(&process, NULL);
	struct pp_client *client = client_at(&process, 0);
	uint64_t user = make_user(client, "Josh", 3);
	pp_client_close(client);
	process_kill(&process);
	process_start(&process);
	client = client_at(&process, 0);
	cr_assert_eq(balance_of(client, PP_ACCOUNT_KIND_USER, user), 3);
	verify_clean(client);
	pp_client_close(client);
	process_free(&process);
}

Test(lifecycle, says_where_a_configuration_is_wrong)
{
	static const struct {
		const char *text;
		const char *place;
	} cases[] = {
		{ "store:\n  path: %s\nlimits:\n  batch: many\n", ":4:10:" },
		{ "store:\n  path: %s\n  pathh: x\n", ":3:3:" },
		{ "store:\n  path: %s\nlisten: [\n", "config.yaml:" },
		{ "store:\n  path: %s\nlisten:\n  address: 8.8.8.8:80\n", ":4:12:" },
		{ "store:\n  path: %s\nlimits:\n  batch: 0\n", ":4:10:" },
		{ "\xff\xfe garbage \x01", ":1:1:" },
		{ "store:\n  path: %s\n---\nlimits: 5\n", ":3:1:" },
		{ "%%YAML 9.9\n---\nlimits: 5\n", ":1:1:" },
		{ "garbage", ":1:1:" },
	};
	struct process process;

	process_new(&process, NULL);
	process_stop(&process);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char wanted[256];
		write_config(&process, cases[i].text);
		cr_assert_eq(truncate(process.log_path, 0), 0);
		cr_assert_gt(process_start_refused(&process), 0, "case %zu", i);
		snprintf(wanted, sizeof(wanted), "%s%s",
			cases[i].place[0] == ':' ? "config.yaml" : "", cases[i].place);
		cr_assert(process_logged(&process, wanted), "case %zu: no \"%s\"", i, wanted);
	}
	process_free(&process);
}

Test(lifecycle, answers_what_it_accepted_before_it_stops, .timeout = 60)
{
	enum { WRITES = 500 };
	struct process_options options = { .settings = "limits.batch=4" };
	struct process process;
	struct wire *wire = calloc(1, sizeof(*wire));
	struct bytes *bytes = calloc(1, sizeof(*bytes));
	const struct pp_response *response;
	size_t n_accepted = 0;
	size_t n_refused = 0;

	REQUIRE(wire != NULL && bytes != NULL, "out of memory");
	process_new(&process, &options);
	struct pp_client *client = client_at(&process, 0);
	uint64_t user = make_user(client, "Josh", 0);
	struct pp_request request = ask_credit(user, 1);
	request.has_request_id = true;
	for (uint64_t i = 0; i < WRITES; i++) {
		request.seq = 10 + i;
		pp_client_new_request_id(client, &request.request_id);
		put_request(bytes, &request);
	}
	pp_client_close(client);
	wire_open(wire, &process);
	wire_hello(wire);
	REQUIRE(wire_send(wire, bytes->data, bytes->len), "closed");
	response = wire_receive(wire);
	kill(process.pid, SIGTERM);
	for (; response != NULL; response = wire_receive(wire)) {
		n_accepted += response->status == NULL;
		n_refused += response->status != NULL;
		if (response->status != NULL)
			cr_assert_eq(response->status->reason, PP_REASON_SHUTTING_DOWN);
	}
	wire_close(wire);
	cr_assert_eq(process_wait(&process), 0);
	/* Every frame of one write had arrived: each has its answer, and each answer is true. */
	cr_assert_eq(
		n_accepted + n_refused, WRITES, "%zu accepted, %zu refused", n_accepted, n_refused);
	process_start(&process);
	client = client_at(&process, 0);
	cr_assert_eq(balance_of(client, PP_ACCOUNT_KIND_USER, user), (int64_t)n_accepted);
	verify_clean(client);
	pp_client_close(client);
	process_free(&process);
	free(wire);
	free(bytes);
}

Test(lifecycle, stops_in_time_although_a_client_never_reads, .timeout = 60)
{
	struct process_options options = { .settings = "server.drain_timeout=1s" };
	struct process process;
	struct wire *wire = calloc(1, sizeof(*wire));
	struct bytes *bytes = calloc(1, sizeof(*bytes));
	struct pp_request request = ask_server_info();

	REQUIRE(wire != NULL && bytes != NULL, "out of memory");
	process_new(&process, &options);
	wire_open(wire, &process);
	wire_hello(wire);
	fcntl(wire->fd, F_SETFL, O_NONBLOCK);
	for (uint64_t i = 0; i < 1000; i++) {
		request.seq = 10 + i;
		put_request(bytes, &request);
	}
	for (int i = 0; i < 100; i++)
		(void)wire_send(wire, bytes->data, bytes->len);
	int64_t began = test_now_ms();
	process_stop(&process);
	cr_assert_lt(test_now_ms() - began, 8000);
	wire_close(wire);
	process_free(&process);
	free(wire);
	free(bytes);
}

Test(lifecycle, refuses_a_clock_far_behind_the_last_commit)
{
	struct process_options options = { .own_clock = true };
	struct process process;

	process_new(&process, &options);
	struct pp_client *client = client_at(&process, 0);
	(void)make_user(client, "Josh", 1);
	int64_t then = time_of(client);
	pp_client_close(client);
	process_stop(&process);
	atomic_fetch_sub(&process.clock->wall_ms, 5 * 60 * 1000 + 1);
	cr_assert_gt(process_start_refused(&process), 0);
	/* Five minutes are let pass, and time does not go back. */
	atomic_fetch_add(&process.clock->wall_ms, 1);
	process_start(&process);
	client = client_at(&process, 0);
	cr_assert_geq(time_of(client), then);
	pp_client_close(client);
	process_free(&process);
}

Test(lifecycle, never_lets_time_go_back_or_jump)
{
	struct process_options options = { .own_clock = true };
	struct process process;

	process_new(&process, &options);
	struct pp_client *client = client_at(&process, 0);
	int64_t before = time_of(client);
	atomic_fetch_sub(&process.clock->wall_ms, 30000);
	cr_assert_geq(time_of(client), before);
	atomic_fetch_add(&process.clock->wall_ms, 30000 + 3600000);
	struct pp_request request = ask_server_info();
	struct pp_server_info_response info = call_ok(client, &request)->u.server_info;
	cr_assert(info.clock_jumped);
	cr_assert_lt(info.server_time_ms, before + 1000);
	pp_client_close(client);
	process_free(&process);
}
