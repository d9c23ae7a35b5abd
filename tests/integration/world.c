#include "tests/integration/require.h"
#include "tests/integration/rows.h"

void world_open(struct world *world, const char *settings)
{
	struct process_options options = { .settings = settings, .own_clock = true };

	*world = (struct world) { 0 };
	process_new(&world->process, &options);
	world->bytes = calloc(1, sizeof(*world->bytes));
	world->wire = calloc(1, sizeof(*world->wire));
	REQUIRE(world->bytes != NULL && world->wire != NULL, "out of memory");
	world->client = client_at(&world->process, 0);
	world->watcher = client_at(&world->process, 0);
	world->alex = make_user(world->client, "alex", 0);
	world->robin = make_user(world->client, "robin", 0);
	world->josh = make_user(world->client, "josh", 1000);
	world->business = make_business(world->client, world->alex, 500);
}

static void other_close(struct world *world)
{
	pp_client_close(world->other_client);
	world->other_client = NULL;
	if (world->other.folder[0] != '\0')
		process_free(&world->other);
	world->other.folder[0] = '\0';
}

void other_open(struct world *world, const char *settings)
{
	struct process_options options = { .settings = settings, .own_clock = true };

	other_close(world);
	process_new(&world->other, &options);
	world->other_client = client_at(&world->other, 0);
}

void other_change(struct world *world, const char *settings,
	void (*change)(struct world *world, void *context), void *context)
{
	pp_client_close(world->other_client);
	process_stop(&world->other);
	change(world, context);
	process_configure(&world->other, settings);
	process_start(&world->other);
	world->other_client = client_at_timeout(&world->other, 0, 5000);
}

const struct pp_response *ask_other(struct world *world, struct pp_request *request)
{
	world->asked = request->kind;
	return call(world->other_client, request);
}

void world_close(struct world *world)
{
	pp_client_close(world->client);
	pp_client_close(world->watcher);
	if (world->wire_open)
		wire_close(world->wire);
	other_close(world);
	free(world->bytes);
	free(world->wire);
	process_free(&world->process);
}

const struct pp_response *ask(struct world *world, struct pp_request *request)
{
	world->asked = request->kind;
	return call(world->client, request);
}

const struct pp_response *ask_bytes(
	struct world *world, enum pp_kind kind, const struct bytes *message)
{
	struct bytes *frame = calloc(1, sizeof(*frame));

	REQUIRE(frame != NULL, "out of memory");
	if (world->wire_open)
		wire_close(world->wire);
	wire_open(world->wire, &world->process);
	world->wire_open = true;
	wire_hello(world->wire);
	put_frame(frame, message->data, message->len);
	REQUIRE(wire_send(world->wire, frame->data, frame->len), "the server closed");
	free(frame);
	world->asked = kind;
	return wire_receive(world->wire);
}
