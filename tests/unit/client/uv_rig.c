#include "uv_rig.h"

#include <criterion/criterion.h>

#include "meter.h"

struct fake_server rig_fake;
uv_loop_t rig_loop;
static struct meter meter;

struct pp_uv_client *rig_open(struct pp_uv_options options)
{
	struct pp_allocator allocator = meter_allocator(&meter);
	struct pp_uv_client *client;
	const char *why;

	options.allocator = &allocator;
	if (options.address == NULL)
		options.address = rig_fake.address;
	cr_assert_eq(uv_loop_init(&rig_loop), 0);
	cr_assert_eq(pp_uv_client_new(&rig_loop, &options, &client, &why), 0, "%s", why);
	return client;
}

struct pp_uv_client *rig_start(rig_act_fn act, struct pp_uv_options options)
{
	rig_fake.act = act;
	rig_fake.time_ms = RIG_TIME_MS;
	fake_server_start(&rig_fake, NULL);
	return rig_open(options);
}

static void count(void *context)
{
	++*(unsigned *)context;
}

void rig_stop(struct pp_uv_client *client)
{
	unsigned n_closed = 0;

	pp_uv_client_close(client, count, &n_closed);
	cr_expect_eq(n_closed, 0, "the close callback ran within the function");
	cr_expect_eq(uv_run(&rig_loop, UV_RUN_DEFAULT), 0);
	cr_expect_eq(n_closed, 1);
	cr_expect_eq(uv_loop_close(&rig_loop), 0);
	cr_expect_eq(meter.n_held, 0, "%zu leaked", (size_t)meter.n_held);
	if (rig_fake.listen_fd > 0)
		fake_server_stop(&rig_fake);
}

struct pp_request rig_create_user(void)
{
	struct pp_request request = { .kind = PP_KIND_CREATE_USER };

	request.u.create_user.name = "Josh";
	return request;
}

void rig_ask(struct pp_uv_client *client, uint32_t timeout_ms, struct uv_seen *seen)
{
	char name[] = "Josh";
	struct pp_request request = rig_create_user();
	unsigned n_before = seen->n_called;

	request.u.create_user.name = name;
	cr_assert_eq(pp_uv_call(client, &request, timeout_ms, uv_seen_take, seen), 0);
	cr_assert_eq(seen->n_called, n_before, "the callback ran within the function");
	memset(name, 0, sizeof(name));
	memset(&request, 0xff, sizeof(request));
}

void rig_run(struct pp_uv_client *client)
{
	cr_expect_eq(uv_run(&rig_loop, UV_RUN_DEFAULT), 0);
	cr_expect_eq(pp_uv_client_pending(client), 0);
}

void rig_accept(struct fake_action *out)
{
	out->response.revision = 9;
	out->response.time_ms = RIG_TIME_MS;
	out->response.kind = PP_KIND_CREATE_USER;
	out->response.u.create_user.user_id = 42;
}

void rig_act_accept(struct fake_server *fake, size_t n, const struct pp_request *request,
	struct fake_action *out)
{
	(void)fake, (void)n, (void)request;
	rig_accept(out);
}

struct pp_status rig_refusal(enum pp_reason reason, bool not_executed, uint32_t retry_after_ms)
{
	return (struct pp_status) {
		.code = pp_reason_code(reason),
		.reason = reason,
		.message = "no",
		.not_executed = not_executed,
		.retry_after_ms = retry_after_ms,
	};
}
