/* The client on an event loop: how it gets a link, loses it, and what it does without. */
#include <criterion/criterion.h>

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "uv_rig.h"

static void act_die(struct fake_server *server, size_t n, const struct pp_request *request,
	struct fake_action *out)
{
	(void)n, (void)request;
	shutdown(server->listen_fd, SHUT_RDWR);
	out->silent = true;
	out->close = true;
}

Test(uv_link, does_not_know_what_became_of_a_request_when_the_server_died)
{
	struct pp_uv_client *client = rig_start(act_die, (struct pp_uv_options) { 0 });
	struct uv_seen sent = { 0 };
	struct uv_seen not_sent = { 0 };

	rig_ask(client, 500, &sent);
	rig_run(client);
	cr_expect_eq(sent.err, PP_ERR_CONNECT);
	cr_expect_eq(sent.outcome, PP_UNKNOWN);
	cr_expect_not_null(strstr(sent.why, "Connection refused"), "%s", sent.why);
	rig_ask(client, 300, &not_sent);
	rig_run(client);
	cr_expect_eq(not_sent.err, PP_ERR_CONNECT);
	cr_expect_eq(not_sent.outcome, PP_NOT_EXECUTED);
	cr_expect_eq(not_sent.n_called, 1);
	rig_stop(client);
}

static void act_change_store(struct fake_server *server, size_t n, const struct pp_request *request,
	struct fake_action *out)
{
	(void)n, (void)request;
	out->silent = true;
	out->close = true;
	server->store++;
}

Test(uv_link, never_sends_a_request_again_to_another_store)
{
	struct pp_uv_client *client = rig_start(act_change_store, (struct pp_uv_options) { 0 });
	struct uv_seen seen = { 0 };

	rig_ask(client, 8000, &seen);
	rig_run(client);
	cr_expect_eq(seen.err, PP_ERR_CONNECT);
	cr_expect_eq(seen.outcome, PP_UNKNOWN);
	cr_expect_eq(rig_fake.n_seen, 1);
	cr_expect_not_null(strstr(seen.why, "another store"), "%s", seen.why);
	rig_stop(client);
}

Test(uv_link, does_not_wait_for_what_will_not_pass)
{
	static struct pp_status no;
	struct uv_seen refused = { 0 };
	struct uv_seen stranger = { 0 };

	no = rig_refusal(PP_REASON_PROTOCOL_UNSUPPORTED, false, 0);
	rig_fake.hello_refusal = &no;
	struct pp_uv_client *client = rig_start(rig_act_accept, (struct pp_uv_options) { 0 });
	rig_ask(client, 60000, &refused);
	rig_run(client);
	cr_expect_eq(refused.err, PP_ERR_CONNECT);
	cr_expect_eq(refused.outcome, PP_NOT_EXECUTED);
	cr_expect_not_null(strstr(refused.why, "PROTOCOL_UNSUPPORTED"), "%s", refused.why);
	rig_fake.hello_refusal = NULL;
	rig_fake.raw_greeting = "HTTP/1.1 400 Bad Request\r\n\r\n";
	rig_ask(client, 60000, &stranger);
	rig_run(client);
	cr_expect_eq(stranger.err, PP_ERR_CONNECT);
	cr_expect_not_null(strstr(stranger.why, "not a PeakPeeps server"), "%s", stranger.why);
	rig_stop(client);
}

/* ---- Getting a link ---- */

struct links {
	unsigned n_up;
	unsigned n_down;
	char why[256]; /* of the last that was lost, or not made */
};

static void on_link(struct pp_uv_client *client, bool up, const char *why, void *context)
{
	struct links *links = context;

	if (up) {
		links->n_up++;
		cr_expect_null(why);
		return;
	}
	links->n_down++;
	cr_expect_str_eq(why, pp_uv_client_error(client));
	strncpy(links->why, why, sizeof(links->why) - 1);
	/* From now on it takes whoever comes. */
	rig_fake.hello_refusal = NULL;
}

Test(uv_link, comes_back_to_a_server_that_takes_nobody_for_now)
{
	static struct pp_status full;
	struct links links = { 0 };
	struct uv_seen seen = { 0 };

	full = rig_refusal(PP_REASON_OVERLOADED, true, 30);
	rig_fake.hello_refusal = &full;
	struct pp_uv_client *client = rig_start(
		rig_act_accept, (struct pp_uv_options) { .on_link = on_link, .context = &links });
	cr_expect_str_eq(pp_uv_client_error(client), "");
	rig_ask(client, 8000, &seen);
	rig_run(client);
	cr_expect_eq(seen.outcome, PP_DONE);
	cr_expect(links.n_down == 1 && links.n_up == 1);
	cr_expect_not_null(strstr(links.why, "cannot connect to 127.0.0.1:"), "%s", links.why);
	cr_expect_not_null(strstr(links.why, "OVERLOADED"), "%s", links.why);
	rig_stop(client);
}

Test(uv_link, connects_by_name_and_by_path)
{
	char folder[] = "/tmp/peakpeeps-uv-XXXXXX";
	char path[64];
	char name[64];
	struct uv_seen by_name = { 0 };
	struct uv_seen by_path = { 0 };

	rig_fake.act = rig_act_accept;
	fake_server_start(&rig_fake, NULL);
	/* It may stand for ::1 first, where nobody listens. */
	snprintf(name, sizeof(name), "localhost%s", strrchr(rig_fake.address, ':'));
	struct pp_uv_client *client = rig_open((struct pp_uv_options) { .address = name });
	rig_ask(client, 8000, &by_name);
	rig_run(client);
	cr_expect_eq(by_name.outcome, PP_DONE, "%s", by_name.why);
	rig_stop(client);

	cr_assert_not_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/s", folder);
	rig_fake = (struct fake_server) { .act = rig_act_accept };
	fake_server_start(&rig_fake, path);
	client = rig_open((struct pp_uv_options) { 0 });
	rig_ask(client, 8000, &by_path);
	rig_run(client);
	cr_expect_eq(by_path.outcome, PP_DONE, "%s", by_path.why);
	rig_stop(client);
	unlink(path);
	rmdir(folder);
}

Test(uv_link, gives_up_a_server_that_does_not_greet)
{
	struct sockaddr_in to = { .sin_family = AF_INET };
	socklen_t len = sizeof(to);
	struct links links = { 0 };
	struct uv_seen seen = { 0 };
	char address[64];

	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	cr_assert(listener >= 0 && bind(listener, (struct sockaddr *)&to, len) == 0);
	cr_assert_eq(listen(listener, 64), 0);
	cr_assert_eq(getsockname(listener, (struct sockaddr *)&to, &len), 0);
	snprintf(address, sizeof(address), "127.0.0.1:%u", ntohs(to.sin_port));
	struct pp_uv_client *client = rig_open((struct pp_uv_options) {
		.address = address,
		.connect_timeout_ms = 50,
		.on_link = on_link,
		.context = &links,
	});
	rig_ask(client, 500, &seen);
	rig_run(client);
	cr_expect(links.n_up == 0 && links.n_down >= 1);
	cr_expect_not_null(strstr(links.why, "no answer in time"), "%s", links.why);
	cr_expect_eq(seen.err, PP_ERR_CONNECT);
	cr_expect_eq(seen.outcome, PP_NOT_EXECUTED);
	rig_stop(client);
	close(listener);
}
