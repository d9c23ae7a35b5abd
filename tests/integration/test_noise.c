/* Seeded noise over TCP while a good client works: mutated and random frames by the thousand. */
#include <criterion/criterion.h>
#include <string.h>
#include <sys/socket.h>

#include "base/base.h"
#include "tests/integration/actors.h"
#include "tests/integration/require.h"
#include "tests/integration/wire.h"

enum { FRAMES = 12000, PER_CONNECTION = 2, SEED = 7337 };

/* xorshift64*, of S. Vigna. */
static uint64_t draw(uint64_t *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * UINT64_C(2685821657736338717);
}

static void mutate(uint64_t *state, struct bytes *bytes, size_t from)
{
	size_t n = 1 + draw(state) % 4;

	for (size_t i = 0; i < n && bytes->len > from; i++) {
		size_t at = from + draw(state) % (bytes->len - from);
		switch (draw(state) % 3) {
		case 0: bytes->data[at] ^= (uint8_t)(1u << draw(state) % 8); break;
		case 1: bytes->data[at] = (uint8_t)draw(state); break;
		default: bytes->len = at + 1; break;
		}
	}
}

/* One frame: a request of some kind, mutated behind its header, or random bytes. */
static void make_noise(uint64_t *state, struct bytes *out, struct bytes *message)
{
	struct pp_terms terms = terms_of("Noise", (int64_t)(draw(state) % 100));
	struct pp_request requests[] = {
		ask_credit(1, 1),
		ask_purchase(1, 1000001, 1),
		ask_create_coupon(1, 1, &terms),
		ask_edit(1, 1000001, 1, PP_SET_OF(PP_TERM_FIELD_PRICE), &terms),
		ask_coupon(1000001, 0),
		ask_list(1, true),
	};
	struct pp_request *request = &requests[draw(state) % ARRAY_LEN(requests)];

	message->len = 0;
	if (draw(state) % 4 == 0) {
		size_t len = 1 + draw(state) % 200;
		for (size_t i = 0; i < len; i++)
			message->data[message->len++] = (uint8_t)draw(state);
	} else {
		request->seq = draw(state);
		request->has_request_id = pp_kind_flags(request->kind) == PP_WRITE;
		put_bare_request(message, request);
		mutate(state, message, 0);
	}
	put_frame(out, message->data, message->len);
	if (draw(state) % 50 == 0)
		mutate(state, out, out->len - message->len - 4);
}

Test(noise, harms_nobody, .timeout = 120)
{
	struct process process;
	struct wire *wire = calloc(1, sizeof(*wire));
	struct bytes *bytes = calloc(2, sizeof(*bytes));
	uint64_t state = SEED;
	size_t n_answers = 0;
	size_t n_sent = 0;

	REQUIRE(wire != NULL && bytes != NULL, "out of memory");
	process_new(&process, NULL);
	struct pp_client *good = client_at(&process, 0);
	uint64_t user = make_user(good, "Josh", 100);
	(void)make_coupon(good, user, make_business(good, user, 0), 1, -1);
	fprintf(stderr, "seed %d\n", SEED);
	while (n_sent < FRAMES) {
		wire_open(wire, &process);
		wire_hello(wire);
		bytes->len = 0;
		for (int i = 0; i < PER_CONNECTION; i++, n_sent++)
			make_noise(&state, &bytes[0], &bytes[1]);
		(void)wire_send(wire, bytes[0].data, bytes[0].len);
		shutdown(wire->fd, SHUT_WR);
		while (wire_receive(wire) != NULL)
			n_answers++;
		wire_close(wire);
		REQUIRE(revision_of(good) > 0, "the good client is served");
	}
	fprintf(stderr, "%zu frames, %zu answers\n", n_sent, n_answers);
	REQUIRE(n_answers > FRAMES / PER_CONNECTION, "only %zu answers", n_answers);
	verify_clean(good);
	pp_client_close(good);
	process_free(&process);
	free(wire);
	free(bytes);
}
