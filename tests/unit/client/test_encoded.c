/* A request that is kept and sent on one core after another. */
#include <criterion/criterion.h>

#include <stdlib.h>
#include <string.h>

#include "peer.h"
#include "proto/frame.h"

static struct pp_request purchase(void)
{
	struct pp_request request = {
		.timeout_ms = 77,
		.acting_user = 5,
		.has_request_id = true,
		.request_id = { { 1, 2, 3 } },
		.min_revision = 3,
		.kind = PP_KIND_REDEEM_PURCHASE,
	};

	request.u.redeem_purchase.business_id = 9;
	request.u.redeem_purchase.code = "1G4-8XKD-93QZ-M2WP";
	return request;
}

/* The last request in a core's output, whose strings lie in the arena. */
static struct pp_request sent(struct pp_core *core, struct arena *arena)
{
	struct pp_request request = { .kind = PP_KIND_NONE };
	size_t len;
	const uint8_t *bytes = pp_core_output(core, &len);

	while (len > 0) {
		size_t n = peer_take((struct span) { bytes, len }, arena, &request);
		cr_assert_gt(n, 0);
		bytes += n;
		len -= n;
	}
	return request;
}

Test(encoded, is_sent_as_it_was_but_for_what_is_of_the_moment)
{
	struct pp_request request = purchase();
	const struct pp_uuid other_id = { { 9, 9 } };
	struct pp_encoded *encoded;
	struct arena arena;

	arena_init(&arena, 1024 * 1024, NULL);
	cr_assert_eq(pp_encode(&request, NULL, &encoded), 0);
	memset(&request, 0, sizeof(request));
	for (uint32_t i = 0; i < 3; i++) {
		struct pp_core *core = pp_core_new("tester", NULL);
		uint64_t seq;
		cr_assert_eq(pp_core_submit_encoded(
				     core, encoded, 100 * i, i == 2 ? &other_id : NULL, &seq),
			0);
		cr_expect_eq(pp_core_in_flight(core), 1);
		struct pp_request got = sent(core, &arena);
		cr_expect_eq(got.seq, seq);
		cr_expect_eq(got.timeout_ms, 100 * i);
		cr_expect_eq(got.acting_user, 5);
		cr_expect_eq(got.min_revision, 3);
		cr_expect(got.has_request_id);
		cr_expect_eq(got.request_id.bytes[0], i == 2 ? 9 : 1);
		cr_expect_eq(got.kind, PP_KIND_REDEEM_PURCHASE);
		cr_expect_eq(got.u.redeem_purchase.business_id, 9);
		cr_expect_str_eq(got.u.redeem_purchase.code, "1G4-8XKD-93QZ-M2WP");
		pp_core_free(core);
	}
	pp_encoded_free(encoded);
	pp_encoded_free(NULL);
	arena_free(&arena);
}

Test(encoded, is_answered_like_any_other)
{
	struct pp_request request = { .kind = PP_KIND_GET_BALANCE };
	struct pp_core *core = pp_core_new("tester", NULL);
	struct peer_bytes *bytes = calloc(1, sizeof(*bytes));
	const struct pp_response *response;
	struct pp_encoded *encoded;
	struct arena arena;
	uint64_t seq;

	arena_init(&arena, 1024 * 1024, NULL);
	struct pp_response greeting = peer_hello(sent(core, &arena).seq, 1, 1000, 10);
	cr_assert_eq(pp_encode(&request, NULL, &encoded), 0);
	cr_assert_eq(pp_core_submit_encoded(core, encoded, 0, NULL, &seq), 0);
	pp_encoded_free(encoded);
	peer_put(bytes, &greeting);
	struct pp_response balance = peer_balance(seq, 30);
	peer_put(bytes, &balance);
	cr_assert_eq(pp_core_feed(core, bytes->bytes, bytes->len), 0);
	cr_assert_eq(pp_core_next(core, &response), 0);
	cr_expect_eq(response->seq, seq);
	cr_expect_eq(response->u.get_balance.balance_coins, 30);
	pp_core_free(core);
	free(bytes);
	arena_free(&arena);
}

static void *no_memory(void *user, size_t size)
{
	(void)user, (void)size;
	return NULL;
}

Test(encoded, refuses_what_no_frame_can_hold)
{
	struct pp_request none = { .kind = (enum pp_kind)9999 };
	struct pp_request big = { .kind = PP_KIND_CREATE_USER };
	const struct pp_allocator lame = { .alloc = no_memory };
	char *name = calloc(1, FRAME_BYTES_MAX + 1);
	struct pp_encoded *encoded;

	memset(name, 'x', FRAME_BYTES_MAX);
	big.u.create_user.name = name;
	cr_expect_eq(pp_encode(&big, NULL, &encoded), PP_ERR_TOO_BIG);
	cr_expect_eq(pp_encode(&none, NULL, &encoded), PP_ERR_INVALID);
	big.u.create_user.name = "Josh";
	cr_expect_eq(pp_encode(&big, &lame, &encoded), PP_ERR_INVALID);

	/* It fits by itself, but not with what is put before it. */
	struct pp_core *core = pp_core_new("tester", NULL);
	const struct pp_uuid id = { { 1 } };
	uint64_t seq;
	size_t len;
	size_t room = FRAME_BYTES_MAX - 10;
	memset(name, 'x', room);
	name[room] = '\0';
	big.u.create_user.name = name;
	cr_assert_eq(pp_encode(&big, NULL, &encoded), 0);
	(void)pp_core_output(core, &len);
	size_t before = len;
	cr_expect_eq(pp_core_submit_encoded(core, encoded, 1000, &id, &seq), PP_ERR_TOO_BIG);
	(void)pp_core_output(core, &len);
	cr_expect_eq(len, before);
	cr_expect_eq(pp_core_in_flight(core), 0);
	pp_core_free(core);
	pp_encoded_free(encoded);
	free(name);
}
