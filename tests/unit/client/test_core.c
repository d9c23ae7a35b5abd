/* The sans-I/O core against a peer that is a buffer. */
#include <criterion/criterion.h>

#include <stdlib.h>
#include <string.h>

#include "peer.h"
#include "proto/frame.h"

static struct peer_bytes bytes; /* each test is a process of its own */

static struct pp_request balance_request(void)
{
	static struct pp_account account = { .kind = PP_ACCOUNT_KIND_USER, .id = 1 };
	struct pp_request request = { .kind = PP_KIND_GET_BALANCE };

	request.u.get_balance.account = &account;
	return request;
}

static uint64_t submit_balance(struct pp_core *core)
{
	struct pp_request request = balance_request();
	uint64_t seq;

	cr_assert_eq(pp_core_submit(core, &request, &seq), 0);
	return seq;
}

/* The seq of the Hello that is first in the output; takes it from there. */
static uint64_t take_hello(struct pp_core *core)
{
	struct arena arena;
	struct pp_request hello;
	size_t len;

	arena_init(&arena, 65536, NULL);
	const uint8_t *data = pp_core_output(core, &len);
	size_t consumed = peer_take((struct span) { data, len }, &arena, &hello);
	cr_assert_gt(consumed, 0);
	cr_assert_eq(hello.kind, PP_KIND_HELLO);
	cr_assert_str_eq(hello.u.hello.client_name, "tester");
	cr_assert_eq(hello.u.hello.protocol_minor, PP_PROTOCOL_MINOR);
	pp_core_sent(core, consumed);
	arena_free(&arena);
	return hello.seq;
}

static struct pp_core *core_ready(uint32_t in_flight_max)
{
	const struct pp_response *response;
	struct pp_core *core = pp_core_new("tester", NULL);

	cr_assert_not_null(core);
	struct pp_response hello = peer_hello(take_hello(core), 5, 1000, in_flight_max);
	bytes.len = 0;
	peer_put(&bytes, &hello);
	cr_assert_eq(pp_core_feed(core, bytes.bytes, bytes.len), 0);
	cr_assert_eq(pp_core_next(core, &response), PP_ERR_NOT_FOUND);
	cr_assert_not_null(pp_core_server(core));
	bytes.len = 0;
	return core;
}

static int feed(struct pp_core *core)
{
	int err = pp_core_feed(core, bytes.bytes, bytes.len);

	bytes.len = 0;
	return err;
}

static void put_balance(uint64_t seq, int64_t coins)
{
	struct pp_response response = peer_balance(seq, coins);

	peer_put(&bytes, &response);
}

Test(core, says_hello_and_keeps_the_answer)
{
	struct pp_core *core = core_ready(100);
	const struct pp_hello_response *server = pp_core_server(core);
	const struct pp_response *response;

	uint64_t seq = submit_balance(core);
	put_balance(seq, 3);
	cr_assert_eq(feed(core), 0);
	cr_assert_eq(pp_core_next(core, &response), 0);
	cr_expect_str_eq(server->server_version, "9.9.9", "must outlive later responses");
	cr_expect_eq(server->store_id.bytes[0], 5);
	cr_expect_eq(pp_core_in_flight(core), 0);
	pp_core_free(core);
}

Test(core, takes_answers_split_at_every_byte)
{
	for (size_t cut = 0;; cut++) {
		struct pp_core *core = pp_core_new("tester", NULL);
		const struct pp_response *response;
		uint64_t seqs[3];
		size_t n = 0;

		struct pp_response hello = peer_hello(take_hello(core), 5, 1000, 100);
		bytes.len = 0;
		peer_put(&bytes, &hello);
		for (int i = 0; i < 3; i++) {
			seqs[i] = submit_balance(core);
			put_balance(seqs[i], 100 + i);
		}
		bool last = cut == bytes.len;
		cr_assert_eq(pp_core_feed(core, bytes.bytes, cut), 0);
		while (pp_core_next(core, &response) == 0)
			cr_assert_eq(response->u.get_balance.balance_coins, 100 + (int)n++);
		cr_assert_eq(pp_core_feed(core, bytes.bytes + cut, bytes.len - cut), 0);
		while (pp_core_next(core, &response) == 0) {
			cr_assert_lt(n, 3);
			cr_assert_eq(response->seq, seqs[n]);
			cr_assert_eq(response->u.get_balance.balance_coins, 100 + (int)n++);
		}
		cr_assert_eq(n, 3, "cut at %zu: %zu answers", cut, n);
		pp_core_free(core);
		if (last)
			break;
	}
}

Test(core, takes_answers_in_any_order_over_many_rounds)
{
	enum { DEPTH = 37, ROUNDS = 200 };
	struct pp_core *core = core_ready(DEPTH);
	const struct pp_response *response;
	uint64_t seqs[DEPTH];
	unsigned draw = 1;
	size_t len;

	for (size_t i = 0; i < DEPTH; i++)
		seqs[i] = submit_balance(core);
	for (int round = 0; round < ROUNDS; round++) {
		draw = draw * 1103515245 + 12345;
		size_t which = (draw >> 16) % DEPTH;
		put_balance(seqs[which], round);
		cr_assert_eq(feed(core), 0);
		cr_assert_eq(pp_core_next(core, &response), 0);
		cr_assert_eq(response->seq, seqs[which]);
		cr_assert_eq(response->u.get_balance.balance_coins, round);
		cr_assert_eq(pp_core_next(core, &response), PP_ERR_NOT_FOUND);
		uint64_t fresh = submit_balance(core);
		for (size_t i = 0; i < DEPTH; i++)
			cr_assert_neq(fresh, seqs[i], "a seq was used twice");
		seqs[which] = fresh;
		pp_core_output(core, &len);
		pp_core_sent(core, len);
	}
	cr_expect_eq(pp_core_in_flight(core), DEPTH);
	pp_core_free(core);
}

Test(core, refuses_a_peer_that_speaks_something_else)
{
	static const struct row {
		const char *data;
		size_t len;
	} rows[] = {
		{ "HTTP/1.1 400 Bad Request\r\n\r\n", 28 },
		{ "SSH-2.0-OpenSSH_9.2\r\n", 21 },
		{ "\x15\x03\x01\x00\x02\x02\x50", 7 },
		{ "\x00\x00\x00\x00", 4 },
		{ "\xff\xff\xff\xff", 4 },
		{ "\x00\x01\x00\x01", 4 },
		{ "\x00\x00\x00\x03\xff\xff\xff", 7 },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct pp_core *core = pp_core_new("tester", NULL);
		const struct pp_response *response;
		uint64_t seq;

		int err = pp_core_feed(core, (const uint8_t *)rows[i].data, rows[i].len);
		if (err == 0)
			err = pp_core_next(core, &response);
		cr_expect_eq(err, PP_ERR_MALFORMED, "row %zu: %d", i, err);
		struct pp_request request = balance_request();
		cr_expect_eq(pp_core_submit(core, &request, &seq), PP_ERR_MALFORMED, "row %zu", i);
		cr_expect_eq(pp_core_next(core, &response), PP_ERR_MALFORMED, "row %zu", i);
		pp_core_free(core);
	}
}

Test(core, refuses_answers_that_nobody_asked_for)
{
	for (int which = 0; which < 5; which++) {
		struct pp_core *core = core_ready(100);
		const struct pp_response *response;
		struct pp_response other = { .kind = PP_KIND_CREATE_USER };
		uint64_t seq = submit_balance(core);

		other.seq = seq;
		other.u.create_user.user_id = 1;
		if (which == 0) {
			put_balance(seq + 1, 1); /* never submitted */
		} else if (which == 1) {
			peer_put(&bytes, &other); /* of another kind */
		} else if (which == 2) {
			put_balance(seq, 1);
			put_balance(seq, 1); /* twice */
		} else if (which == 3) {
			put_balance(0, 1); /* of the whole connection, but no refusal */
		} else {
			other.kind = PP_KIND_NONE;
			peer_put(&bytes, &other); /* neither a refusal nor an answer */
		}
		int err = feed(core);
		while (err == 0)
			err = pp_core_next(core, &response);
		cr_expect_eq(err, PP_ERR_MALFORMED, "%d: %d", which, err);
		pp_core_free(core);
	}
}

Test(core, keeps_no_flood_of_frames)
{
	struct pp_core *core = core_ready(100);

	submit_balance(core);
	for (int i = 0; i < 2; i++)
		put_balance(77, 1);
	cr_expect_eq(feed(core), 0, "an answer and a refusal may come");
	put_balance(77, 1);
	cr_expect_eq(feed(core), PP_ERR_MALFORMED);
	pp_core_free(core);
}

Test(core, reports_a_frame_over_the_limit_once_the_server_is_known)
{
	struct pp_core *core = core_ready(100);
	const uint8_t header[] = { 0, 1, 0, 1 };

	cr_expect_eq(pp_core_feed(core, header, sizeof(header)), PP_ERR_TOO_BIG);
	pp_core_free(core);
}

Test(core, reports_a_refused_hello)
{
	struct pp_core *core = pp_core_new("tester", NULL);
	const struct pp_response *response;
	struct pp_status status = { .code = PP_CODE_FAILED_PRECONDITION,
		.reason = PP_REASON_PROTOCOL_UNSUPPORTED,
		.message = "too new for me" };

	struct pp_response refusal = peer_refusal(take_hello(core), &status);
	peer_put(&bytes, &refusal);
	cr_assert_eq(feed(core), 0);
	cr_expect_eq(pp_core_next(core, &response), PP_ERR_CONNECT);
	cr_expect_null(pp_core_server(core));
	cr_assert_not_null(pp_core_fatal(core));
	cr_expect_eq(pp_core_fatal(core)->reason, PP_REASON_PROTOCOL_UNSUPPORTED);
	cr_expect_str_eq(pp_core_fatal(core)->message, "too new for me");
	pp_core_free(core);
}

Test(core, delivers_what_was_accepted_before_the_connection_was_refused)
{
	struct pp_core *core = core_ready(100);
	const struct pp_response *response;
	struct pp_status status = { .code = PP_CODE_INVALID_ARGUMENT,
		.reason = PP_REASON_MALFORMED_FRAME,
		.message = "no" };
	struct pp_request request = balance_request();
	uint64_t seq = submit_balance(core);
	uint64_t other;

	struct pp_response refusal = peer_refusal(0, &status);
	peer_put(&bytes, &refusal);
	put_balance(seq, 12);
	cr_assert_eq(feed(core), 0);
	cr_assert_eq(pp_core_next(core, &response), 0);
	cr_expect_eq(response->u.get_balance.balance_coins, 12);
	cr_assert_not_null(pp_core_fatal(core));
	cr_expect_str_eq(pp_core_fatal(core)->message, "no");
	cr_expect_eq(pp_core_submit(core, &request, &other), PP_ERR_CLOSED);
	pp_core_free(core);
}

Test(core, submits_no_more_than_the_server_allows)
{
	struct pp_core *core = core_ready(4);
	const struct pp_response *response;
	struct pp_request request = balance_request();
	uint64_t seqs[4];
	uint64_t seq;

	for (int i = 0; i < 4; i++)
		seqs[i] = submit_balance(core);
	cr_expect_eq(pp_core_submit(core, &request, &seq), PP_ERR_BUSY);
	put_balance(seqs[2], 1);
	cr_assert_eq(feed(core), 0);
	cr_assert_eq(pp_core_next(core, &response), 0);
	cr_expect_eq(pp_core_submit(core, &request, &seq), 0);
	cr_expect_eq(pp_core_submit(core, &request, &seq), PP_ERR_BUSY);
	cr_expect_eq(pp_core_in_flight(core), 4);
	pp_core_free(core);
}

Test(core, submits_no_more_than_its_own_bounds)
{
	struct pp_core *core = pp_core_new("tester", NULL);
	struct pp_request request = balance_request();
	uint64_t seq;
	int n = 0;

	while (pp_core_submit(core, &request, &seq) == 0)
		n++;
	cr_expect_eq(n, IN_FLIGHT_MAX - 1, "%d beside Hello", n);
	pp_core_free(core);

	core = core_ready(IN_FLIGHT_MAX);
	char *text = malloc(60001);
	memset(text, 'x', 60000);
	text[60000] = '\0';
	request = (struct pp_request) { .kind = PP_KIND_CREATE_USER, .has_request_id = true };
	request.u.create_user.name = text;
	for (n = 0; pp_core_submit(core, &request, &seq) == 0;)
		n++;
	cr_expect_eq(n, 18, "1 MiB of output holds %d of 60 kB", n);
	free(text);
	pp_core_free(core);
}

Test(core, refuses_a_request_over_the_frame_limit_and_goes_on)
{
	struct pp_core *core = core_ready(100);
	struct pp_request request = { .kind = PP_KIND_CREATE_USER, .has_request_id = true };
	uint64_t seq;
	size_t len;

	char *text = malloc(FRAME_BYTES_MAX + 1);
	memset(text, 'x', FRAME_BYTES_MAX);
	text[FRAME_BYTES_MAX] = '\0';
	request.u.create_user.name = text;
	cr_expect_eq(pp_core_submit(core, &request, &seq), PP_ERR_TOO_BIG);
	cr_expect_eq(pp_core_in_flight(core), 0);
	pp_core_output(core, &len);
	cr_expect_eq(len, 0, "nothing of it may be in the output");
	submit_balance(core);
	free(text);
	pp_core_free(core);
}

Test(core, knows_what_was_never_handed_out)
{
	struct pp_core *core = core_ready(100);
	size_t len;

	uint64_t first = submit_balance(core);
	cr_expect(pp_core_unsent(core, first));
	pp_core_output(core, &len);
	uint64_t second = submit_balance(core);
	cr_expect_not(pp_core_unsent(core, first), "its bytes were shown");
	cr_expect(pp_core_unsent(core, second));
	pp_core_sent(core, len);
	cr_expect(pp_core_unsent(core, second));
	pp_core_output(core, &len);
	cr_expect_not(pp_core_unsent(core, second));
	cr_expect_not(pp_core_unsent(core, 0));
	cr_expect_not(pp_core_unsent(core, 999), "unknown is not unsent");
	pp_core_free(core);
}

Test(core, output_is_the_same_however_it_is_sent)
{
	struct pp_core *core = core_ready(100);
	static uint8_t sent[PEER_BYTES_MAX];
	struct arena arena;
	uint64_t seqs[50];
	size_t n_sent = 0;
	size_t len;

	arena_init(&arena, 1 << 20, NULL);
	for (int i = 0; i < 50; i++) {
		seqs[i] = submit_balance(core);
		const uint8_t *data = pp_core_output(core, &len);
		size_t n = len > 7 ? 7 : len;
		memcpy(sent + n_sent, data, n);
		n_sent += n;
		pp_core_sent(core, n);
	}
	const uint8_t *data = pp_core_output(core, &len);
	memcpy(sent + n_sent, data, len);
	n_sent += len;
	pp_core_sent(core, len);
	struct span rest = { sent, n_sent };
	for (int i = 0; i < 50; i++) {
		struct pp_request request;
		size_t consumed = peer_take(rest, &arena, &request);
		cr_assert_gt(consumed, 0);
		cr_assert_eq(request.seq, seqs[i]);
		rest.data += consumed;
		rest.len -= consumed;
	}
	cr_expect_eq(rest.len, 0);
	arena_free(&arena);
	pp_core_free(core);
}

/* Under the sanitizers this is what counts: no byte that arrives may lead out of bounds. */
Test(core, survives_damaged_streams)
{
	static struct peer_bytes damaged;
	unsigned draw = 1;

	for (int round = 0; round < 2000; round++) {
		struct pp_core *core = pp_core_new("tester", NULL);
		const struct pp_response *response;
		size_t at = 0;

		struct pp_response hello = peer_hello(take_hello(core), 5, 1000, 100);
		damaged.len = 0;
		peer_put(&damaged, &hello);
		for (int i = 0; i < 3; i++) {
			struct pp_response balance = peer_balance(submit_balance(core), i);
			peer_put(&damaged, &balance);
		}
		for (int i = 0; i < 1 + round % 4; i++) {
			draw = draw * 1103515245 + 12345;
			damaged.bytes[(draw >> 8) % damaged.len] ^=
				(uint8_t)(1 << (draw >> 28) % 8);
		}
		while (at < damaged.len) {
			draw = draw * 1103515245 + 12345;
			size_t n = 1 + (draw >> 16) % 40;
			n = n < damaged.len - at ? n : damaged.len - at;
			int err = pp_core_feed(core, damaged.bytes + at, n);
			while (err == 0)
				err = pp_core_next(core, &response);
			at += n;
			if (err != PP_ERR_NOT_FOUND)
				break;
		}
		pp_core_free(core);
	}
}
