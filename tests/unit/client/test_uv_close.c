/* Closing the client on an event loop in every state that it can be in. */
#include <criterion/criterion.h>

#include <arpa/inet.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "client/uv/async.h"
#include "fake_server.h"
#include "meter.h"
#include "uv_seen.h"

enum { N_CALLS = 3, BACKLOG_MAX = 64 };

/* One client that is closed when it has come into a state. */
struct scene {
	uv_loop_t loop;
	struct meter meter;
	struct pp_uv_client *client;
	bool (*there)(const struct scene *scene); /* NULL: closed in a callback */
	bool close_on_up;
	bool close_on_down;
	bool close_on_drain;
	bool was_there;
	unsigned n_closed;
	size_t n_ended;
	struct uv_seen seen[N_CALLS];
};

static struct fake_server fake;

static void on_closed(void *context)
{
	struct scene *scene = context;

	scene->n_closed++;
	cr_expect_eq(scene->n_ended, N_CALLS, "closed before all calls had ended");
}

static void close_now(struct scene *scene)
{
	scene->was_there = true;
	pp_uv_client_close(scene->client, on_closed, scene);
	cr_expect_eq(scene->n_closed, 0);
}

static void on_link(struct pp_uv_client *client, bool up, const char *why, void *context)
{
	struct scene *scene = context;

	(void)client;
	cr_expect_eq(why != NULL, !up);
	if (up ? scene->close_on_up : scene->close_on_down)
		close_now(scene);
}

static void on_drain(struct pp_uv_client *client, void *context)
{
	struct scene *scene = context;
	struct pp_request request = { .kind = PP_KIND_STATS };

	if (!scene->close_on_drain)
		return;
	close_now(scene);
	cr_expect_eq(pp_uv_call(client, &request, 0, uv_seen_take, NULL), PP_ERR_CLOSED);
}

static void open_scene(struct scene *scene, const char *address)
{
	struct pp_request request = { .kind = PP_KIND_CREATE_USER };
	struct pp_allocator allocator = meter_allocator(&scene->meter);
	struct pp_uv_options options = {
		.address = address,
		.allocator = &allocator,
		.calls_max = N_CALLS,
		.on_link = on_link,
		.on_drain = on_drain,
		.context = scene,
	};

	request.u.create_user.name = "Josh";
	cr_assert_eq(uv_loop_init(&scene->loop), 0);
	cr_assert_eq(pp_uv_client_new(&scene->loop, &options, &scene->client, NULL), 0);
	for (size_t i = 0; i < N_CALLS; i++) {
		scene->seen[i].n_ended = &scene->n_ended;
		cr_assert_eq(
			pp_uv_call(scene->client, &request, 0, uv_seen_take, &scene->seen[i]), 0);
	}
}

/* A turn must come without anything happening in the client. */
static void on_tick(uv_timer_t *tick)
{
	(void)tick;
}

/* The loop can be closed, for nothing is left in it, nor in memory. */
static void end_loop(const char *what, struct scene *scene)
{
	cr_expect_eq(uv_run(&scene->loop, UV_RUN_DEFAULT), 0, "%s", what);
	cr_expect_eq(uv_loop_close(&scene->loop), 0, "%s", what);
	cr_expect_eq(scene->meter.n_held, 0, "%s: %zu leaked", what, (size_t)scene->meter.n_held);
}

/* Runs the loop until the client is where it shall be, closes it there, and expects `outcome`. */
static void play(const char *what, struct scene *scene, enum pp_outcome outcome, int err)
{
	uv_timer_t tick;

	cr_assert_eq(uv_timer_init(&scene->loop, &tick), 0);
	cr_assert_eq(uv_timer_start(&tick, on_tick, 1, 1), 0);
	while (!scene->was_there) {
		if (scene->there != NULL && scene->there(scene))
			close_now(scene);
		else
			uv_run(&scene->loop, UV_RUN_ONCE);
	}
	uv_close((uv_handle_t *)&tick, NULL);
	end_loop(what, scene);
	cr_expect_eq(scene->n_closed, 1, "%s", what);
	for (size_t i = 0; i < N_CALLS; i++) {
		cr_expect_eq(scene->seen[i].n_called, 1, "%s: call %zu", what, i);
		cr_expect_eq(scene->seen[i].outcome, outcome, "%s: call %zu: %d", what, i,
			scene->seen[i].outcome);
		cr_expect_eq(scene->seen[i].err, err, "%s: call %zu", what, i);
	}
}

static bool at_once(const struct scene *scene)
{
	(void)scene;
	return true;
}

static bool is_looking_up(const struct scene *scene)
{
	return scene->client->looking_up;
}

static bool in_state(const struct scene *scene, enum async_link_state state)
{
	return scene->client->link != NULL && scene->client->link->state == state;
}

static bool is_connecting(const struct scene *scene)
{
	return in_state(scene, ASYNC_LINK_CONNECTING);
}

static bool is_greeting(const struct scene *scene)
{
	return in_state(scene, ASYNC_LINK_GREETING);
}

static bool is_waiting(const struct scene *scene)
{
	return scene->client->link == NULL && scene->client->n_failures >= 3;
}

static bool in_flight(const struct scene *scene)
{
	return in_state(scene, ASYNC_LINK_READY) && scene->client->writes.sent.first != NULL;
}

static bool is_held(const struct scene *scene)
{
	const struct async_lane *lane = &scene->client->writes;

	return lane->n_refused >= 2 && lane->sent.first == NULL && lane->waiting.first != NULL;
}

static bool is_idle(const struct scene *scene)
{
	return in_state(scene, ASYNC_LINK_READY) && pp_uv_client_pending(scene->client) == 0;
}

/* A port that takes connections into its backlog and says nothing. */
static int listen_silently(char address[64])
{
	struct sockaddr_in to = { .sin_family = AF_INET };
	socklen_t len = sizeof(to);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	cr_assert(fd >= 0 && bind(fd, (struct sockaddr *)&to, sizeof(to)) == 0);
	cr_assert(listen(fd, 0) == 0 && getsockname(fd, (struct sockaddr *)&to, &len) == 0);
	snprintf(address, 64, "127.0.0.1:%u", ntohs(to.sin_port));
	return fd;
}

/* Fills its backlog, so that whoever comes next stays outside. */
static void crowd(int listener, int fds[BACKLOG_MAX])
{
	struct sockaddr_in to;
	socklen_t len = sizeof(to);

	cr_assert_eq(getsockname(listener, (struct sockaddr *)&to, &len), 0);
	for (int i = 0; i < BACKLOG_MAX; i++) {
		fds[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
		cr_assert_geq(fds[i], 0);
		(void)!connect(fds[i], (struct sockaddr *)&to, len);
	}
}

Test(uv_close, before_the_loop_ran)
{
	struct scene scene = { .there = at_once };

	open_scene(&scene, "127.0.0.1:9");
	play("at once", &scene, PP_NOT_EXECUTED, PP_ERR_CLOSED);
}

Test(uv_close, while_a_name_is_looked_up)
{
	struct scene scene = { .there = is_looking_up };

	open_scene(&scene, "localhost:9");
	play("looking up", &scene, PP_NOT_EXECUTED, PP_ERR_CLOSED);
}

Test(uv_close, while_connecting)
{
	struct scene scene = { .there = is_connecting };
	int fds[BACKLOG_MAX];
	char address[64];

	int listener = listen_silently(address);
	crowd(listener, fds);
	open_scene(&scene, address);
	play("connecting", &scene, PP_NOT_EXECUTED, PP_ERR_CLOSED);
	for (int i = 0; i < BACKLOG_MAX; i++)
		close(fds[i]);
	close(listener);
}

Test(uv_close, before_hello_is_answered)
{
	struct scene scene = { .there = is_greeting };
	char address[64];

	int listener = listen_silently(address);
	open_scene(&scene, address);
	play("greeting", &scene, PP_NOT_EXECUTED, PP_ERR_CLOSED);
	close(listener);
}

Test(uv_close, while_it_waits_for_a_server)
{
	struct scene waiting = { .there = is_waiting };
	struct scene told = { .close_on_down = true };
	struct scene local = { .close_on_down = true };
	char address[64];

	int listener = listen_silently(address);
	close(listener);
	open_scene(&waiting, address);
	play("waiting", &waiting, PP_NOT_EXECUTED, PP_ERR_CLOSED);
	open_scene(&told, address);
	play("told of a failure", &told, PP_NOT_EXECUTED, PP_ERR_CLOSED);
	open_scene(&local, "unix:/nowhere/at/all");
	play("told of a failure that came at once", &local, PP_NOT_EXECUTED, PP_ERR_CLOSED);
}

/* ---- With a server ---- */

static struct pp_status overloaded = {
	.code = PP_CODE_RESOURCE_EXHAUSTED,
	.reason = PP_REASON_OVERLOADED,
	.not_executed = true,
};

static void act_accept(struct fake_server *server, size_t n, const struct pp_request *request,
	struct fake_action *out)
{
	(void)server, (void)n, (void)request;
	out->response.kind = PP_KIND_CREATE_USER;
	out->response.u.create_user.user_id = 42;
}

static void act_silent(struct fake_server *server, size_t n, const struct pp_request *request,
	struct fake_action *out)
{
	(void)server, (void)n, (void)request;
	out->silent = true;
}

static void act_overloaded(struct fake_server *server, size_t n, const struct pp_request *request,
	struct fake_action *out)
{
	(void)server, (void)n, (void)request;
	out->response.status = &overloaded;
}

static void with_server(const char *what, struct scene *scene,
	void (*act)(struct fake_server *fake, size_t n, const struct pp_request *request,
		struct fake_action *out),
	enum pp_outcome outcome, int err)
{
	fake = (struct fake_server) { .act = act };
	fake_server_start(&fake, NULL);
	open_scene(scene, fake.address);
	play(what, scene, outcome, err);
	fake_server_stop(&fake);
}

Test(uv_close, on_a_working_link)
{
	struct scene idle = { .there = is_idle };
	struct scene flying = { .there = in_flight };
	struct scene held = { .there = is_held };
	struct scene up = { .close_on_up = true };

	with_server("idle", &idle, act_accept, PP_DONE, 0);
	with_server("in flight", &flying, act_silent, PP_UNKNOWN, PP_ERR_CLOSED);
	with_server("held", &held, act_overloaded, PP_NOT_EXECUTED, PP_ERR_CLOSED);
	with_server("told it is up", &up, act_silent, PP_NOT_EXECUTED, PP_ERR_CLOSED);
}

Test(uv_close, when_there_is_room_again)
{
	struct scene scene = { .close_on_drain = true };
	struct pp_request request = { .kind = PP_KIND_STATS };
	struct uv_seen seen = { 0 };

	fake = (struct fake_server) { .act = act_accept };
	fake_server_start(&fake, NULL);
	open_scene(&scene, fake.address);
	cr_expect_eq(pp_uv_call(scene.client, &request, 0, uv_seen_take, &seen), PP_ERR_BUSY);
	while (!scene.was_there)
		uv_run(&scene.loop, UV_RUN_ONCE);
	end_loop("room", &scene);
	cr_expect_eq(scene.n_closed, 1);
	cr_expect_eq(seen.n_called, 0);
	fake_server_stop(&fake);
}

/* The first of three is answered, and its callback closes the client; the answers to the others may
 * have come already and are given up. */
Test(uv_close, within_the_callback_of_a_call)
{
	struct scene scene = { 0 };

	fake = (struct fake_server) { .act = act_accept };
	fake_server_start(&fake, NULL);
	open_scene(&scene, fake.address);
	scene.seen[0].close_client = true;
	end_loop("a call", &scene);
	cr_expect_eq(scene.seen[0].outcome, PP_DONE);
	cr_expect_eq(scene.seen[0].response.u.create_user.user_id, 42);
	for (size_t i = 0; i < N_CALLS; i++)
		cr_expect_eq(scene.seen[i].n_called, 1);
	for (size_t i = 1; i < N_CALLS; i++) {
		cr_expect_eq(scene.seen[i].err, PP_ERR_CLOSED);
		cr_expect_eq(scene.seen[i].outcome, PP_UNKNOWN);
	}
	fake_server_stop(&fake);
}

/* All that expire together end, though the first callback closes the client. */
Test(uv_close, within_the_callback_of_a_timeout)
{
	struct scene scene = { 0 };
	struct pp_request request = { .kind = PP_KIND_STATS };
	struct uv_seen seen[N_CALLS] = { { .close_client = true } };
	struct pp_uv_options options = { .address = "unix:/nowhere/at/all" };

	cr_assert_eq(uv_loop_init(&scene.loop), 0);
	cr_assert_eq(pp_uv_client_new(&scene.loop, &options, &scene.client, NULL), 0);
	for (size_t i = 0; i < N_CALLS; i++)
		cr_assert_eq(pp_uv_call(scene.client, &request, 50, uv_seen_take, &seen[i]), 0);
	end_loop("a timeout", &scene);
	for (size_t i = 0; i < N_CALLS; i++) {
		cr_expect_eq(seen[i].n_called, 1);
		cr_expect_eq(seen[i].outcome, PP_NOT_EXECUTED);
	}
}
