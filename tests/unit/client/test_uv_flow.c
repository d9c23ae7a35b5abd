/* The client on an event loop under load: any order, no room, no memory, links cut anywhere. */
#include <criterion/criterion.h>

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "client/uv/async.h"
#include "meter.h"
#include "uv_rig.h"

enum { N_CALLS = 8, N_MANY = 200 };

/* ---- Room ---- */

struct flood {
	struct pp_uv_client *client;
	size_t n_made;
	size_t n_answered;
	size_t n_drained;
	size_t most_pending;
};

static void pour(struct flood *flood);

static void on_answer(struct pp_uv_client *client, const struct pp_uv_result *result, void *context)
{
	struct flood *flood = context;

	(void)client;
	cr_expect_eq(result->outcome, PP_DONE);
	flood->n_answered++;
}

static void on_drain(struct pp_uv_client *client, void *context)
{
	struct flood *flood = context;

	flood->n_drained++;
	cr_expect_leq(pp_uv_client_pending(client), N_CALLS / 2);
	pour(flood);
}

static void pour(struct flood *flood)
{
	struct pp_request request = rig_create_user();

	while (flood->n_made < N_MANY) {
		int err = pp_uv_call(flood->client, &request, 0, on_answer, flood);
		if (err != 0) {
			cr_expect_eq(err, PP_ERR_BUSY);
			cr_expect_eq(pp_uv_client_pending(flood->client), N_CALLS);
			break;
		}
		flood->n_made++;
		if (flood->most_pending < pp_uv_client_pending(flood->client))
			flood->most_pending = pp_uv_client_pending(flood->client);
	}
}

Test(uv_flow, says_when_there_is_room_again)
{
	struct flood flood = { 0 };

	flood.client = rig_start(rig_act_accept,
		(struct pp_uv_options) {
			.calls_max = N_CALLS, .on_drain = on_drain, .context = &flood });
	pour(&flood);
	cr_expect_eq(uv_run(&rig_loop, UV_RUN_DEFAULT), 0);
	cr_expect_eq(flood.n_answered, N_MANY);
	cr_expect_eq(flood.most_pending, N_CALLS);
	cr_expect_geq(flood.n_drained, N_MANY / N_CALLS - 1);
	rig_stop(flood.client);
}

/* ---- Order ---- */

Test(uv_flow, keeps_calls_in_the_order_of_their_numbers)
{
	static const uint64_t orders[][6] = {
		{ 1, 2, 3, 4, 5, 6 },
		{ 6, 5, 4, 3, 2, 1 },
		{ 1, 6, 2, 5, 3, 4 },
		{ 3, 6, 1, 5, 4, 2 },
		{ 4, 2, 6, 5, 1, 3 },
	};

	for (size_t i = 0; i < ARRAY_LEN(orders); i++) {
		struct async_call calls[6] = { 0 };
		struct async_list list = { NULL, NULL };
		uint64_t n = 0;
		for (size_t j = 0; j < ARRAY_LEN(calls); j++) {
			calls[j].number = orders[i][j];
			async_list_insert(&list, &calls[j]);
		}
		for (const struct async_call *at = list.first; at != NULL; at = at->next) {
			cr_expect_eq(at->number, ++n, "order %zu", i);
			cr_expect(at->next != NULL ? at->next->previous == at : at == list.last);
		}
		cr_expect_eq(n, 6);
	}
}

/* The wait before the next try ends while the call still has time for it, but never before the
 * server wants to be asked. */
Test(uv_flow, makes_the_last_try_in_time)
{
	static const struct {
		int64_t wait_ms;
		int64_t hint_ms;
		int64_t expected_ms;
	} rows[] = {
		{ 10, 0, 10 },
		{ 1000, 0, 750 },
		{ 100000, 0, 750 },
		{ 100000, 700, 750 },
		{ 100000, 900, 900 },
		{ 100000, 5000, 5000 },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct pp_uv_client *client = calloc(1, sizeof(*client));
		struct async_call call = { .lane = &client->writes };
		int64_t now_ms = boottime_ms();
		call.deadline.at_ms = now_ms + 1000;
		client->writes.resume_at_ms = now_ms + rows[i].wait_ms;
		client->writes.hinted_until_ms = now_ms + rows[i].hint_ms;
		client->connect_at_ms = now_ms + rows[i].wait_ms;
		client->hinted_until_ms = now_ms + rows[i].hint_ms;
		async_call_hurry(client, &call, now_ms);
		cr_expect_eq(client->writes.resume_at_ms - now_ms, rows[i].expected_ms, "%zu", i);
		cr_expect_eq(client->connect_at_ms - now_ms, rows[i].expected_ms, "%zu", i);
		free(client);
	}
}

/* ---- Memory ---- */

static struct meter meter;

/* A client that makes calls while one request for memory is refused; false: it was not reached. */
static bool starve(size_t fail_at)
{
	struct pp_allocator allocator = meter_allocator(&meter);
	struct pp_uv_options options = { .address = rig_fake.address, .allocator = &allocator };
	struct uv_seen seen[N_CALLS] = { 0 };
	bool made[N_CALLS] = { false };
	struct pp_request request = rig_create_user();
	struct pp_uv_client *client;

	meter = (struct meter) { .fail_at = fail_at };
	cr_assert_eq(uv_loop_init(&rig_loop), 0);
	int err = pp_uv_client_new(&rig_loop, &options, &client, NULL);
	cr_expect(err == 0 || (err == PP_ERR_NO_MEMORY && fail_at == 1));
	for (size_t i = 0; i < N_CALLS && err == 0; i++) {
		int failed = pp_uv_call(client, &request, 0, uv_seen_take, &seen[i]);
		cr_expect(failed == 0 || failed == PP_ERR_NO_MEMORY);
		made[i] = failed == 0;
	}
	cr_expect_eq(uv_run(&rig_loop, UV_RUN_DEFAULT), 0);
	for (size_t i = 0; i < N_CALLS; i++) {
		cr_expect_eq(seen[i].n_called, made[i], "memory %zu, call %zu", fail_at, i);
		if (made[i])
			cr_expect(seen[i].outcome == PP_DONE || seen[i].err == PP_ERR_NO_MEMORY,
				"memory %zu, call %zu: %s", fail_at, i, seen[i].why);
	}
	if (err == 0)
		pp_uv_client_close(client, NULL, NULL);
	cr_expect_eq(uv_run(&rig_loop, UV_RUN_DEFAULT), 0);
	cr_expect_eq(uv_loop_close(&rig_loop), 0);
	cr_expect_eq(meter.n_held, 0, "memory %zu: %zu leaked", fail_at, (size_t)meter.n_held);
	return meter.n_asked >= fail_at;
}

Test(uv_flow, survives_each_lack_of_memory)
{
	size_t fail_at = 1;

	rig_fake.act = rig_act_accept;
	fake_server_start(&rig_fake, NULL);
	while (starve(fail_at)) {
		fail_at++;
		rig_fake.n_seen = 0;
	}
	cr_expect_gt(fail_at, 10);
	fake_server_stop(&rig_fake);
}

/* ---- Links cut anywhere ---- */

static size_t cut_at;

/* The first answer of the first link is cut, everything after is whole. */
static void act_cut(struct fake_server *server, size_t n, const struct pp_request *request,
	struct fake_action *out)
{
	(void)server, (void)request;
	rig_act_accept(server, n, request, out);
	out->cut = n == 0;
	out->cut_at = cut_at;
}

Test(uv_flow, survives_a_link_cut_at_each_byte_of_an_answer)
{
	struct pp_uv_client *client = rig_start(act_cut, (struct pp_uv_options) { 0 });
	struct pp_request request = rig_create_user();
	unsigned n_tries = 2;

	for (cut_at = 0; n_tries == 2; cut_at++) {
		struct uv_seen seen[2] = { 0 };
		pthread_mutex_lock(&rig_fake.lock);
		rig_fake.n_seen = 0;
		pthread_mutex_unlock(&rig_fake.lock);
		for (size_t i = 0; i < 2; i++)
			cr_assert_eq(pp_uv_call(client, &request, 0, uv_seen_take, &seen[i]), 0);
		cr_expect_eq(uv_run(&rig_loop, UV_RUN_DEFAULT), 0);
		for (size_t i = 0; i < 2; i++) {
			cr_expect_eq(seen[i].n_called, 1, "byte %zu", cut_at);
			cr_expect_eq(seen[i].outcome, PP_DONE, "byte %zu", cut_at);
		}
		n_tries = seen[0].n_tries;
		cr_assert_lt(cut_at, 1000);
	}
	cr_expect_gt(cut_at, 10);
	rig_stop(client);
}

static void act_accept_and_close(struct fake_server *server, size_t n,
	const struct pp_request *request, struct fake_action *out)
{
	rig_act_accept(server, n, request, out);
	out->close = n == 0;
}

/* The server is gone, and the client has not noticed when it sends. */
Test(uv_flow, raises_no_signal_on_a_link_that_is_gone)
{
	struct pp_uv_client *client = rig_start(act_accept_and_close, (struct pp_uv_options) { 0 });
	struct pp_request request = rig_create_user();
	struct uv_seen seen[3] = { 0 };

	signal(SIGPIPE, SIG_DFL);
	for (size_t i = 0; i < ARRAY_LEN(seen); i++) {
		cr_assert_eq(pp_uv_call(client, &request, 0, uv_seen_take, &seen[i]), 0);
		if (i == 1) {
			/* TCP tells of a lost peer only the second time. */
			struct pollfd ended = { client->link->fd, POLLRDHUP, 0 };
			cr_assert_eq(poll(&ended, 1, -1), 1);
			cr_assert_eq(send(ended.fd, "", 1, MSG_NOSIGNAL), 1);
			ended.events = 0;
			cr_assert_eq(poll(&ended, 1, -1), 1);
			cr_assert(ended.revents & POLLERR);
			int error = 0;
			socklen_t len = sizeof(error);
			(void)getsockopt(ended.fd, SOL_SOCKET, SO_ERROR, &error, &len);
		}
		cr_expect_eq(uv_run(&rig_loop, UV_RUN_DEFAULT), 0);
		cr_expect_eq(seen[i].outcome, PP_DONE);
		cr_expect_eq(seen[i].n_called, 1);
	}
	rig_stop(client);
}

/* ---- Any order ---- */

/* From the last to the first. */
static void answer_backwards(int fd, const uint64_t *seqs, size_t n)
{
	struct peer_bytes *bytes = calloc(1, sizeof(*bytes));

	for (size_t i = n; i > 0; i--) {
		struct pp_response response = { .seq = seqs[i - 1], .kind = PP_KIND_CREATE_USER };
		response.u.create_user.user_id = i;
		peer_put(bytes, &response);
	}
	for (size_t at = 0; at < bytes->len;) {
		/* In pieces that do not respect frames. */
		size_t len = bytes->len - at < 13 ? bytes->len - at : 13;
		ssize_t sent = send(fd, bytes->bytes + at, len, MSG_NOSIGNAL);
		ASSERT(sent > 0);
		at += (size_t)sent;
	}
	free(bytes);
}

static void *serve_backwards(void *context)
{
	int listener = *(int *)context;
	static uint8_t in[PEER_BYTES_MAX];
	uint64_t seqs[N_MANY];
	size_t n = 0;
	size_t len = 0;
	struct arena arena;

	int fd = accept(listener, NULL, NULL);
	ASSERT(fd >= 0);
	arena_init(&arena, 1024 * 1024, NULL);
	while (n < N_MANY) {
		struct pp_request request;
		ssize_t got = recv(fd, in + len, sizeof(in) - len, 0);
		ASSERT(got > 0);
		len += (size_t)got;
		for (;;) {
			size_t taken = peer_take((struct span) { in, len }, &arena, &request);
			if (taken == 0)
				break;
			memmove(in, in + taken, len - taken);
			len -= taken;
			arena_reset(&arena);
			if (request.kind != PP_KIND_HELLO) {
				seqs[n++] = request.seq;
				continue;
			}
			struct peer_bytes *hello = calloc(1, sizeof(*hello));
			struct pp_response greeting = peer_hello(request.seq, 1, 1000, N_MANY);
			peer_put(hello, &greeting);
			ssize_t sent = send(fd, hello->bytes, hello->len, MSG_NOSIGNAL);
			ASSERT(sent == (ssize_t)hello->len);
			free(hello);
		}
	}
	answer_backwards(fd, seqs, n);
	arena_free(&arena);
	/* Until the client is gone. */
	while (recv(fd, in, sizeof(in), 0) > 0)
		continue;
	close(fd);
	return NULL;
}

Test(uv_flow, matches_answers_that_come_in_another_order)
{
	struct uv_seen *seen = calloc(N_MANY, sizeof(*seen));
	struct pp_request request = rig_create_user();
	struct pp_uv_options options = { 0 };
	struct pp_uv_client *client;
	char path[] = "/tmp/peakpeeps-uv-XXXXXX";
	char address[80];
	size_t n_ended = 0;
	pthread_t thread;

	cr_assert_not_null(mkdtemp(path));
	char file[64];
	snprintf(file, sizeof(file), "%s/s", path);
	snprintf(address, sizeof(address), "unix:%s", file);
	struct sockaddr_un local = { .sun_family = AF_UNIX };
	snprintf(local.sun_path, sizeof(local.sun_path), "%s", file);
	int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	cr_assert_eq(bind(listener, (struct sockaddr *)&local, sizeof(local)), 0);
	cr_assert_eq(listen(listener, 1), 0);
	cr_assert_eq(pthread_create(&thread, NULL, serve_backwards, &listener), 0);

	options.address = address;
	cr_assert_eq(uv_loop_init(&rig_loop), 0);
	cr_assert_eq(pp_uv_client_new(&rig_loop, &options, &client, NULL), 0);
	for (size_t i = 0; i < N_MANY; i++) {
		seen[i].n_ended = &n_ended;
		cr_assert_eq(pp_uv_call(client, &request, 0, uv_seen_take, &seen[i]), 0);
	}
	cr_expect_eq(uv_run(&rig_loop, UV_RUN_DEFAULT), 0);
	for (size_t i = 0; i < N_MANY; i++) {
		cr_expect_eq(seen[i].n_called, 1);
		cr_expect_eq(seen[i].response.u.create_user.user_id, i + 1);
		cr_expect_eq(seen[i].ended_as, N_MANY - 1 - i);
	}
	pp_uv_client_close(client, NULL, NULL);
	cr_expect_eq(uv_run(&rig_loop, UV_RUN_DEFAULT), 0);
	cr_expect_eq(uv_loop_close(&rig_loop), 0);
	pthread_join(thread, NULL);
	close(listener);
	unlink(file);
	rmdir(path);
	free(seen);
}
