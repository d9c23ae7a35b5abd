#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/base.h"
#include "proto/limits.h"
#include "tests/integration/pipe.h"
#include "tests/integration/plant.h"
#include "tests/integration/require.h"
#include "tests/integration/rows.h"

enum { FLOOD = 1000, QUEUED = 48, ROUNDS_MAX = 20, FILLERS = 20000 };

/* ---- The connection ---- */

/* On a fresh connection, as the very first bytes; the answer, after which it must be closed. */
static const struct pp_response *first_bytes(struct world *world, const void *data, size_t len)
{
	if (world->wire_open)
		wire_close(world->wire);
	wire_open(world->wire, &world->process);
	world->wire_open = true;
	world->asked = PP_KIND_NONE;
	REQUIRE(wire_send(world->wire, data, len), "the server closed before it was spoken to");
	return wire_receive(world->wire);
}

/* After Hello. */
static const struct pp_response *later_bytes(struct world *world, const void *data, size_t len)
{
	if (world->wire_open)
		wire_close(world->wire);
	wire_open(world->wire, &world->process);
	world->wire_open = true;
	wire_hello(world->wire);
	world->asked = PP_KIND_NONE;
	REQUIRE(wire_send(world->wire, data, len), "the server closed before it was spoken to");
	return wire_receive(world->wire);
}

static const struct pp_response *empty_frame(struct world *world)
{
	return later_bytes(world, "\0\0\0\0", 4);
}

static const struct pp_response *garbage(struct world *world)
{
	return later_bytes(world, "\0\0\0\4\xff\xff\xff\xff", 8);
}

static const struct pp_response *too_large(struct world *world)
{
	return later_bytes(world, "\0\1\0\1", 4);
}

static const struct pp_response *tls(struct world *world)
{
	static const char hello[] = "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03";

	return first_bytes(world, hello, sizeof(hello) - 1);
}

static const struct pp_response *no_hello(struct world *world)
{
	struct pp_request request = ask_server_info();

	world->bytes->len = 0;
	request.seq = 5;
	put_request(world->bytes, &request);
	return first_bytes(world, world->bytes->data, world->bytes->len);
}

static const struct pp_response *minor_of_nothing(struct world *world)
{
	struct pp_request request = { .seq = 5, .kind = PP_KIND_HELLO };

	world->bytes->len = 0;
	put_request(world->bytes, &request);
	return first_bytes(world, world->bytes->data, world->bytes->len);
}

/* ---- Queue, deadline, stop ---- */

/* Credits of one coin each, all sent at once on one connection of plain bytes to the other. */
static void flood(struct world *world, size_t n, uint64_t user, uint32_t timeout_ms)
{
	int64_t now = time_of(world->other_client);
	struct bytes *out = world->bytes;

	if (world->wire_open)
		wire_close(world->wire);
	wire_open(world->wire, &world->other);
	world->wire_open = true;
	wire_hello(world->wire);
	out->len = 0;
	for (size_t i = 0; i < n; i++) {
		struct pp_request request = ask_credit(user, 1);
		request.seq = 100 + i;
		request.timeout_ms = timeout_ms;
		request.has_request_id = true;
		request.request_id = new_request_id(now);
		put_request(out, &request);
	}
	world->asked = PP_KIND_CREDIT_COINS;
	REQUIRE(wire_send(world->wire, out->data, out->len), "the server closed");
}

static const struct pp_response *overloaded(struct world *world)
{
	uint64_t user;

	other_open(world, "limits.writer_queue=1 limits.batch=1");
	user = make_user(world->other_client, "crowd", 0);
	flood(world, FLOOD, user, 0);
	for (int i = 0; i < FLOOD; i++) {
		const struct pp_response *response = wire_receive(world->wire);
		REQUIRE(response != NULL, "the server closed");
		if (response->status != NULL) {
			REQUIRE(response->status->retry_after_ms > 0, "when to come again");
			return response;
		}
	}
	return NULL;
}

static const struct pp_response *deadline_passed(struct world *world)
{
	uint64_t user;

	other_open(world, "limits.batch=1");
	user = make_user(world->other_client, "crowd", 0);
	/* So few that all of them wait for the writer when the clock moves. */
	flood(world, QUEUED, user, 1000);
	for (int i = 0; i < QUEUED; i++) {
		const struct pp_response *response = wire_receive(world->wire);
		REQUIRE(response != NULL, "the server closed");
		if (i == 0)
			process_advance(&world->other, 1000);
		if (response->status != NULL)
			return response;
	}
	return NULL;
}

/* What comes while a queue is worked off by a server that stops. */
static const struct pp_response *shutting_down(struct world *world)
{
	const struct pp_response *response;
	struct pp_request late = ask_credit(1, 1);

	other_open(world, "limits.batch=1");
	(void)make_user(world->other_client, "crowd", 0);
	late.seq = 99;
	late.has_request_id = true;
	late.request_id = new_request_id(time_of(world->other_client));
	flood(world, FLOOD, 1, 0);
	REQUIRE(wire_receive(world->wire) != NULL, "the first is answered");
	kill(world->other.pid, SIGTERM);
	test_pause_ms(20);
	world->bytes->len = 0;
	put_request(world->bytes, &late);
	REQUIRE(wire_send(world->wire, world->bytes->data, world->bytes->len), "closed");
	do {
		response = wire_receive(world->wire);
	} while (response != NULL && response->seq != late.seq);
	REQUIRE(process_wait(&world->other) == 0, "it does not stop well");
	process_start(&world->other);
	return response;
}

/* ---- The store ---- */

struct filler {
	char address[PP_ADDRESS_BYTES_MAX + 1];
	char names[FILLERS][16];
	size_t n_refused;
	int64_t now_ms;
};

static void make_filler(void *context, size_t i, struct pp_request *out)
{
	struct filler *filler = context;

	snprintf(filler->names[i], sizeof(filler->names[i]), "filler %zu", i);
	*out = ask_create_business(1, filler->names[i]);
	out->u.create_business.address = filler->address;
	out->has_request_id = true;
	out->request_id = new_request_id(filler->now_ms);
}

static void take_filler(void *context, size_t i, const struct pp_response *response)
{
	struct filler *filler = context;

	(void)i;
	REQUIRE(reason_of(response) == PP_REASON_NONE ||
			reason_of(response) == PP_REASON_STORAGE_FULL,
		"%s", pp_reason_name(reason_of(response)));
	filler->n_refused += response->status != NULL;
}

static uint64_t batches_of(struct pp_client *client)
{
	struct pp_request request = { .kind = PP_KIND_STATS };

	return call_ok(client, &request)->u.stats.batches_total;
}

static const struct pp_response *storage_full(struct world *world)
{
	struct filler *filler = calloc(1, sizeof(*filler));
	struct pipe_work work = { FILLERS, 256, filler, make_filler, take_filler };
	struct pp_account account;
	struct pp_request request;

	REQUIRE(filler != NULL, "out of memory");
	other_open(world, "store.map_size=16MiB store.memtable_size=1MiB "
			  "store.checkpoint_interval=10ms");
	(void)make_user(world->other_client, "owner", 1);
	filler->now_ms = time_of(world->other_client);
	memset(filler->address, 'x', PP_ADDRESS_BYTES_MAX);
	REQUIRE(pipe_run(&world->other, &work), "the server closed");
	REQUIRE(filler->n_refused > 0, "16 MiB are not full of %d businesses", FILLERS);
	request = ask_balance(PP_ACCOUNT_KIND_USER, 1, &account);
	REQUIRE(call_ok(world->other_client, &request)->u.get_balance.balance_coins == 1,
		"reads go on");
	/* The client would try again and again: space may return. */
	pp_client_close(world->other_client);
	world->other_client = client_at_timeout(&world->other, 0, 1500);
	struct pp_client *watcher = client_at(&world->other, 0);
	const struct pp_response *response = NULL;
	uint64_t n_batches = 0;
	for (int i = 0; i < FILLERS && (response == NULL || response->status == NULL); i++) {
		n_batches = batches_of(watcher);
		request = ask_create_business(1, fresh_name("One more"));
		request.u.create_business.address = filler->address;
		response = ask_other(world, &request);
	}
	/* What was refused is no batch that was made durable. */
	REQUIRE(batches_of(watcher) == n_batches, "%" PRIu64 " before", n_batches);
	pp_client_close(watcher);
	free(filler);
	return response;
}

struct flip {
	char text[64];
	int n;
};

/* Every copy of a text in the data file, pages that were freed included. */
static void flip_text(struct world *world, void *context)
{
	struct flip *flip = context;
	char path[256];
	struct stat info;
	size_t len = strlen(flip->text);

	snprintf(path, sizeof(path), "%s/data.mdb", world->other.store_path);
	int fd = open(path, O_RDWR | O_CLOEXEC);
	REQUIRE(fd >= 0 && fstat(fd, &info) == 0, "%s", path);
	size_t size = (size_t)info.st_size;
	uint8_t *map = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	REQUIRE(map != MAP_FAILED, "%s", path);
	for (size_t i = 0; i + len <= size; i++) {
		if (memcmp(map + i, flip->text, len) == 0) {
			map[i] ^= 1;
			flip->n++;
		}
	}
	munmap(map, size);
	close(fd);
	REQUIRE(flip->n > 0, "\"%s\" is not in %s", flip->text, path);
}

static const struct pp_response *damaged_record(struct world *world)
{
	struct flip flip = { "victim of cosmic rays", 0 };
	struct pp_account account;
	struct pp_request request = ask_create_user(flip.text);
	uint64_t user;

	other_open(world, NULL);
	user = call_ok(world->other_client, &request)->u.create_user.user_id;
	other_change(world, NULL, flip_text, &flip);
	request = ask_balance(PP_ACCOUNT_KIND_USER, user, &account);
	return ask_other(world, &request);
}

static const struct pp_response *verify_busy(struct world *world)
{
	struct pp_request request = ask_verify(0);
	const struct pp_response *response = NULL;
	struct bytes *out = world->bytes;

	for (int round = 0; round < ROUNDS_MAX; round++) {
		if (world->wire_open)
			wire_close(world->wire);
		wire_open(world->wire, &world->process);
		world->wire_open = true;
		wire_hello(world->wire);
		out->len = 0;
		for (uint64_t seq = 10; seq < 50; seq++) {
			request.seq = seq;
			put_request(out, &request);
		}
		REQUIRE(wire_send(world->wire, out->data, out->len), "the server closed");
		world->asked = PP_KIND_VERIFY;
		for (int i = 0; i < 40; i++) {
			response = wire_receive(world->wire);
			REQUIRE(response != NULL, "the server closed");
			if (response->status != NULL)
				return response;
		}
	}
	return response;
}

static const struct pp_response *no_such_verify(struct world *world)
{
	struct pp_request request = ask_verify(424242);

	return ask(world, &request);
}

/* ---- What takes a million steps to reach is planted ---- */

struct full {
	uint64_t owner;
	uint64_t business;
	uint64_t coupon;
};

static struct full make_full(struct world *world)
{
	struct full full = { 0 };

	other_open(world, NULL);
	full.owner = make_user(world->other_client, "owner", 0);
	full.business = make_business(world->other_client, full.owner, 0);
	full.coupon = make_coupon(world->other_client, full.owner, full.business, 1, -1);
	return full;
}

static void plant_coupons(struct world *world, void *context)
{
	struct full *full = context;

	plant_coupons_of_business(world->other.store_path, full->business, PP_COUPONS_MAX);
}

static const struct pp_response *too_many_coupons(struct world *world)
{
	struct full full = make_full(world);
	struct pp_terms terms = terms_of("One more", 1);
	struct pp_request request = ask_create_coupon(full.owner, full.business, &terms);

	other_change(world, NULL, plant_coupons, &full);
	return ask_other(world, &request);
}

static void plant_versions(struct world *world, void *context)
{
	struct full *full = context;

	plant_version_of_coupon(world->other.store_path, full->coupon, PP_VERSIONS_MAX);
}

static const struct pp_response *too_many_versions(struct world *world)
{
	struct full full = make_full(world);
	struct pp_terms terms = { .has_price_coins = true, .price_coins = 2 };
	struct pp_request request = ask_edit(
		full.owner, full.coupon, PP_VERSIONS_MAX, PP_SET_OF(PP_TERM_FIELD_PRICE), &terms);

	other_change(world, NULL, plant_versions, &full);
	return ask_other(world, &request);
}

static const struct pp_response *balance_overflow(struct world *world)
{
	struct pp_request request;
	uint64_t user;

	other_open(world, NULL);
	user = make_user(world->other_client, "croesus", PP_COINS_MAX);
	request = ask_credit(user, 1);
	return ask_other(world, &request);
}

static const struct row table[] = {
	{ PP_KIND_NONE, PP_REASON_MALFORMED_FRAME, empty_frame },
	{ PP_KIND_NONE, PP_REASON_MALFORMED_FRAME, garbage },
	{ PP_KIND_NONE, PP_REASON_FRAME_TOO_LARGE, too_large },
	{ PP_KIND_NONE, PP_REASON_WRONG_PROTOCOL, tls },
	{ PP_KIND_NONE, PP_REASON_HELLO_REQUIRED, no_hello },
	{ PP_KIND_NONE, PP_REASON_PROTOCOL_UNSUPPORTED, minor_of_nothing },
	{ PP_KIND_CREDIT_COINS, PP_REASON_OVERLOADED, overloaded },
	{ PP_KIND_CREDIT_COINS, PP_REASON_DEADLINE_PASSED, deadline_passed },
	{ PP_KIND_CREDIT_COINS, PP_REASON_SHUTTING_DOWN, shutting_down },
	{ PP_KIND_CREATE_BUSINESS, PP_REASON_STORAGE_FULL, storage_full },
	{ PP_KIND_GET_BALANCE, PP_REASON_DATA_CORRUPT, damaged_record },
	{ PP_KIND_VERIFY, PP_REASON_VERIFY_BUSY, verify_busy },
	{ PP_KIND_VERIFY, PP_REASON_VERIFY_NOT_FOUND, no_such_verify },
	{ PP_KIND_CREATE_COUPON, PP_REASON_TOO_MANY_COUPONS, too_many_coupons },
	{ PP_KIND_EDIT_COUPON, PP_REASON_TOO_MANY_VERSIONS, too_many_versions },
	{ PP_KIND_CREDIT_COINS, PP_REASON_BALANCE_OVERFLOW, balance_overflow },
};

const struct rows rows_server = { table, ARRAY_LEN(table) };
