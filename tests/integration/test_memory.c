/*
 * Memory under attack: 1 000 hostile connections at once, and a full queue, stay below a stated
 * bound, and a good client is served beside them.
 */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/base.h"
#include "proto/frame.h"
#include "tests/integration/actors.h"
#include "tests/integration/require.h"
#include "tests/integration/sanitized.h"
#include "tests/integration/wire.h"

/*
 * The bound: both budgets, and what a server with 1 000 connections takes beside them (its pools,
 * stacks, the pages of the store that are mapped, and the allocator's own). docs/operations says
 * the same.
 */
#define SETTINGS \
	"limits.buffer_memory=32MiB limits.op_memory=32MiB limits.connections=2048 " \
	"limits.writer_queue=256"
enum {
	MIB = 1024 * 1024,
	RESIDENT_BYTES_MAX = (32 + 32 + 64) * MIB,
	ATTACKERS = 1000,
	ATTACK_MS = 5000,
	GOOD_CALLS_MIN = 10,
	GOOD_CALL_MS_MAX = 15000,
};

enum attack {
	HALF_FRAME,   /* the start of a frame of the greatest length, and no more */
	NEVER_READER, /* asks for long answers and takes none */
	FLOOD,        /* writes as fast as it can, and reads */
	SILENT,       /* not even Hello */
	ATTACKS,
};

struct attacker {
	enum attack attack;
	int fd;
	size_t at; /* in the bytes of its attack, which repeat */
	size_t n_sent;
};

struct scene {
	struct process process;
	struct pp_client *good;
	struct attacker attackers[ATTACKERS];
	struct bytes *streams[ATTACKS];
	size_t prefix[ATTACKS]; /* what is sent only once: Hello */
	uint64_t user;
	uint64_t resident_max;
	size_t n_overloaded;
};

static void make_streams(struct scene *scene, uint64_t business)
{
	struct pp_request hello = {
		.seq = 1,
		.kind = PP_KIND_HELLO,
		.u.hello = { .protocol_minor = PP_PROTOCOL_MINOR, .client_name = "hostile" },
	};
	struct pp_request list = ask_list(business, false);
	struct pp_request credit = ask_credit(scene->user, 1);

	for (int i = 0; i < ATTACKS; i++) {
		scene->streams[i] = calloc(1, sizeof(*scene->streams[i]));
		REQUIRE(scene->streams[i] != NULL, "out of memory");
		if (i != SILENT)
			put_request(scene->streams[i], &hello);
		scene->prefix[i] = scene->streams[i]->len;
	}
	put_raw(scene->streams[HALF_FRAME], "\0\1\0\0", 4);
	scene->streams[HALF_FRAME]->len += 60000;
	list.u.list_coupons.page_size = PP_PAGE_SIZE_MAX;
	for (uint64_t i = 0; i < 1000; i++) {
		list.seq = 10 + i;
		put_request(scene->streams[NEVER_READER], &list);
	}
	credit.has_request_id = true;
	for (uint64_t i = 0; i < 1000; i++) {
		credit.seq = 10 + i;
		/* The same ids again and again: replays are work for the writer too. */
		pp_client_new_request_id(scene->good, &credit.request_id);
		put_request(scene->streams[FLOOD], &credit);
	}
}

static void connect_all(struct scene *scene)
{
	struct wire *wire = calloc(1, sizeof(*wire));

	REQUIRE(wire != NULL, "out of memory");
	for (int i = 0; i < ATTACKERS; i++) {
		wire_open(wire, &scene->process);
		fcntl(wire->fd, F_SETFL, O_NONBLOCK);
		scene->attackers[i] = (struct attacker) { .attack = i % ATTACKS, .fd = wire->fd };
	}
	free(wire);
}

/* Counts the answers that say OVERLOADED, by the text of a full queue. */
static void count_answers(struct scene *scene, const uint8_t *data, size_t len)
{
	for (size_t i = 0; i + 10 < len; i++)
		scene->n_overloaded += memcmp(data + i, "Too many w", 10) == 0;
}

static void attack(struct scene *scene, struct attacker *attacker)
{
	static uint8_t sink[256 * 1024];
	struct bytes *stream = scene->streams[attacker->attack];
	bool once = attacker->attack == HALF_FRAME || attacker->attack == SILENT;

	if (attacker->attack == FLOOD) {
		ssize_t got = recv(attacker->fd, sink, sizeof(sink), 0);
		if (got > 0)
			count_answers(scene, sink, (size_t)got);
	}
	if (attacker->at == stream->len) {
		if (once)
			return;
		attacker->at = scene->prefix[attacker->attack];
	}
	ssize_t n = send(attacker->fd, stream->data + attacker->at, stream->len - attacker->at,
		MSG_NOSIGNAL);
	if (n > 0) {
		attacker->at += (size_t)n;
		attacker->n_sent += (size_t)n;
	}
}

static void sample(struct scene *scene)
{
	uint64_t resident = process_resident_bytes(&scene->process);

	if (resident > scene->resident_max)
		scene->resident_max = resident;
}

/* One good call; how long it took. */
static int64_t good_call(struct scene *scene, struct pp_request *request)
{
	int64_t began = test_now_ms();

	(void)call_ok(scene->good, request);
	return test_now_ms() - began;
}

static void attack_all(struct scene *scene)
{
	int64_t until = test_now_ms() + ATTACK_MS;
	int64_t longest_read = 0;
	int64_t longest_write = 0;
	int n_good = 0;

	while (n_good < GOOD_CALLS_MIN || test_now_ms() < until) {
		struct pp_account account;
		struct pp_request read = ask_balance(PP_ACCOUNT_KIND_USER, scene->user, &account);
		struct pp_request write = ask_credit(scene->user, 1);
		for (int i = 0; i < ATTACKERS; i++)
			attack(scene, &scene->attackers[i]);
		sample(scene);
		int64_t took = good_call(scene, &read);
		longest_read = took > longest_read ? took : longest_read;
		took = good_call(scene, &write);
		longest_write = took > longest_write ? took : longest_write;
		n_good++;
		sample(scene);
	}
	fprintf(stderr,
		"resident at most %llu KiB; %d good calls, reads within %lld ms, writes within "
		"%lld ms; %zu refused\n",
		(unsigned long long)(scene->resident_max / 1024), n_good, (long long)longest_read,
		(long long)longest_write, scene->n_overloaded);
	cr_assert(SANITIZED || longest_read < GOOD_CALL_MS_MAX, "a read took %lld ms",
		(long long)longest_read);
}

Test(memory, stays_below_its_bound_under_attack, .timeout = 120)
{
	static struct scene scene;
	struct process_options options = { .settings = SETTINGS };
	size_t sent[ATTACKS] = { 0 };
	uint64_t business;
	int descriptors;

	process_new(&scene.process, &options);
	scene.good = client_at(&scene.process, 0);
	scene.user = make_user(scene.good, "Josh", 0);
	business = make_business(scene.good, scene.user, 0);
	for (int i = 0; i < 100; i++)
		(void)make_coupon(scene.good, scene.user, business, 1, -1);
	descriptors = process_descriptors(&scene.process);
	make_streams(&scene, business);
	connect_all(&scene);
	attack_all(&scene);
	for (int i = 0; i < ATTACKERS; i++) {
		sent[scene.attackers[i].attack] += scene.attackers[i].n_sent;
		close(scene.attackers[i].fd);
	}
	/* That it was an attack: the queue was full, answers were not taken, frames were kept. */
	cr_assert_gt(scene.n_overloaded, 0);
	cr_assert_gt(sent[NEVER_READER], 1000 * 1000);
	cr_assert_gt(sent[HALF_FRAME], 10 * 1000 * 1000);
	cr_assert(SANITIZED || scene.resident_max < RESIDENT_BYTES_MAX,
		"%llu bytes resident, more than %d", (unsigned long long)scene.resident_max,
		RESIDENT_BYTES_MAX);
	int64_t until = test_now_ms() + 20000;
	while (process_descriptors(&scene.process) > descriptors && test_now_ms() < until)
		test_pause_ms(10);
	cr_assert_eq(process_descriptors(&scene.process), descriptors);
	verify_clean(scene.good);
	pp_client_close(scene.good);
	process_free(&scene.process);
	for (int i = 0; i < ATTACKS; i++)
		free(scene.streams[i]);
}
