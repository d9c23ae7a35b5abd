#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "domain/rules/record.h"

/* A record with every field set, of each noun. */
static const struct user_record user = { .user_id = 7,
	.name = "Josh",
	.created_at_ms = 5,
	.account = { .balance_coins = 12, .n_entries = 3, .last_entry = { 9, 1 } },
	.n_purchases = 2,
	.last_purchase_id = 4 };
static const struct business_record business = { .business_id = 3,
	.version = 1,
	.name = "Fried and Loaded",
	.address = "5 Main St",
	.n_owners = 2,
	.owners = { 7, 8 },
	.commission_bp = 250,
	.created_at_ms = 6,
	.n_coupons = 9,
	.account = { .balance_coins = PP_COINS_MAX, .n_entries = 1, .last_entry = { 1, 0 } } };
static const struct coupon_record coupon = { .coupon_id = 3000001,
	.business_id = 3,
	.version = 12,
	.honour_floor = 4,
	.has_stock = true,
	.stock = 100,
	.sold = 99,
	.window_until_ms = 77 };
static const struct version_record version = { .coupon_id = 3000001,
	.version = 12,
	.terms = { .name = "Half off",
		.description = "a burger and shake",
		.has_price_coins = true,
		.price_coins = 30,
		.has_starts_at_ms = true,
		.starts_at_ms = 1,
		.has_ends_at_ms = true,
		.ends_at_ms = 2,
		.has_redeem_within_ms = true,
		.redeem_within_ms = 3,
		.has_honour_ms = true,
		.honour_ms = PP_HONOUR_MS_MAX,
		.has_per_user_limit = true,
		.per_user_limit = UINT32_MAX,
		.state = PP_COUPON_STATE_ENDED,
		.refund_policy = PP_REFUND_POLICY_RETURN_STOCK },
	.valid_from_ms = 1000,
	.valid_from_revision = 55,
	.edited_by = 7,
	.changed_fields = PP_SET_OF(PP_TERM_FIELD_PRICE) | PP_SET_OF(PP_TERM_FIELD_REFUND_POLICY),
	.supersede = PP_SUPERSEDE_HARD,
	.reason = "fraud" };
static const struct purchase_record purchase = { .purchase_id = 4,
	.request_id = { { 1, 2, 3 } },
	.user_id = 7,
	.coupon_id = 3000001,
	.version = 11,
	.price_coins = 30,
	.commission_bp = 250,
	.commission_coins = 1,
	.honoured = true,
	.has_honoured_until_ms = true,
	.honoured_until_ms = 900,
	.bought_by_owner = true,
	.at_ms = 800,
	.redeem_until_ms = 1800,
	.state = PP_PURCHASE_STATE_REDEEMED,
	.refund_policy = PP_REFUND_POLICY_KEEP_STOCK,
	.code = (UINT64_C(1) << 60) - 1,
	.revision = 56,
	.previous_purchase_id = 3 };
static const struct journal_record journal = { .revision = 56,
	.at_ms = 800,
	.kind = PP_KIND_PURCHASE_COUPON,
	.actor = 7,
	.request_id = { { 1, 2, 3 } },
	.subject_id = 4,
	.outcome = { .made_id = 4,
		.version = 11,
		.amount_coins = 1,
		.balance_coins = 2,
		.n_owners = 3,
		.unchanged = true,
		.merged = true,
		.honoured_until_ms = 4 },
	.n_postings = 2,
	.postings = { { POSTING_SPEND, { PP_ACCOUNT_KIND_USER, 7 }, { PP_ACCOUNT_KIND_BUSINESS, 3 },
			      30, { 9, 1 }, { 1, 0 } },
		{ POSTING_COMMISSION, { PP_ACCOUNT_KIND_BUSINESS, 3 },
			{ PP_ACCOUNT_KIND_COMMISSION, 0 }, 1, { 56, 0 }, { 0, 0 } } } };
static const struct request_record request = { .hash = { 9, 9, 9 },
	.kind = PP_KIND_PURCHASE_COUPON,
	.decided_at_ms = 800,
	.revision = 55,
	.outcome = { .reason = PP_REASON_PRICE_CHANGED,
		.made_id = 6,
		.message = "It costs more now.",
		.field = "max_price_coins",
		.conflict_base = 1,
		.conflict_current = 2,
		.has_offer = true,
		.offer = { 3000001, 12, 40, PP_COUPON_STATE_PAUSED } } };
static const struct name_record name = { .id = 7, .borne = false, .free_at_ms = 99 };
static const struct count_record count = { .n_purchases = 2 };
static const struct reference_record reference = { .revision = 8 };
static const struct purchase_of_request_record purchase_of_request = { .purchase_id = 4 };
static const struct counters_record counters = { .n_users = 1,
	.n_businesses = 2,
	.n_coupons = 3,
	.n_purchases = 4,
	.issuance = { .balance_coins = -PP_COINS_MAX, .n_entries = 1, .last_entry = { 2, 3 } },
	.commission = { 0 } };

/* One record in its bytes, and how to read such bytes and write what was read. */
struct sample {
	const char *noun;
	size_t len;
	uint8_t bytes[8192];
};

typedef bool (*again_fn)(struct span bytes, struct arena *arena, struct byte_writer *writer);

#define AGAIN(noun) \
	static bool again_##noun( \
		struct span bytes, struct arena *arena, struct byte_writer *writer) \
	{ \
		struct noun##_record record; \
		bool sound = record_##noun##_decode(bytes, arena, &record); \
		if (sound && writer != NULL) \
			record_##noun##_encode(&record, writer); \
		return sound; \
	} \
	static void sample_##noun(struct byte_writer *writer) \
	{ \
		record_##noun##_encode(&noun, writer); \
	}
RECORDS(AGAIN)
#undef AGAIN

static const struct {
	const char *noun;
	again_fn again;
	void (*sample)(struct byte_writer *writer);
} nouns[] = {
#define ROW(noun) { #noun, again_##noun, sample_##noun },
	RECORDS(ROW)
#undef ROW
};

static void encode(size_t i, struct sample *out)
{
	struct byte_writer writer;

	byte_writer_init(&writer, out->bytes, sizeof(out->bytes));
	nouns[i].sample(&writer);
	cr_assert(!writer.failed, "%s", nouns[i].noun);
	out->noun = nouns[i].noun;
	out->len = byte_writer_span(&writer).len;
}

static bool decodes(size_t i, const uint8_t *bytes, size_t len, struct arena *arena)
{
	/* An exact copy, so that a read past its end shows. */
	uint8_t *copy = malloc(len + (len == 0));
	memcpy(copy, bytes, len);
	bool sound = nouns[i].again((struct span) { .data = copy, .len = len }, arena, NULL);
	free(copy);
	return sound;
}

Test(record, comes_back_as_it_went)
{
	struct arena arena;
	struct sample sample;
	uint8_t bytes[8192];

	arena_init(&arena, 1 << 20, NULL);
	for (size_t i = 0; i < ARRAY_LEN(nouns); i++) {
		encode(i, &sample);
		for (int copied = 0; copied < 2; copied++) {
			struct byte_writer writer;
			struct span span = { .data = sample.bytes, .len = sample.len };
			byte_writer_init(&writer, bytes, sizeof(bytes));
			cr_assert(nouns[i].again(span, copied ? &arena : NULL, &writer), "%s",
				sample.noun);
			cr_assert_eq(byte_writer_span(&writer).len, sample.len, "%s", sample.noun);
			cr_assert_eq(memcmp(bytes, sample.bytes, sample.len), 0, "%s", sample.noun);
		}
	}
	arena_free(&arena);
}

Test(record, keeps_every_field)
{
	struct sample sample;
	struct version_record v;
	struct purchase_record p;
	struct journal_record j;
	struct request_record r;
	struct byte_writer writer;

	byte_writer_init(&writer, sample.bytes, sizeof(sample.bytes));
	record_version_encode(&version, &writer);
	cr_assert(record_version_decode(byte_writer_span(&writer), NULL, &v));
	cr_expect_str_eq(v.terms.name, "Half off");
	cr_expect_str_eq(v.terms.description, "a burger and shake");
	cr_expect_str_eq(v.reason, "fraud");
	cr_expect(v.version == 12 && v.valid_from_ms == 1000 && v.valid_from_revision == 55);
	cr_expect(v.edited_by == 7 && v.changed_fields == version.changed_fields);
	cr_expect(
		v.terms.price_coins == 30 && v.terms.starts_at_ms == 1 && v.terms.ends_at_ms == 2);
	cr_expect(v.terms.redeem_within_ms == 3 && v.terms.honour_ms == PP_HONOUR_MS_MAX);
	cr_expect(v.terms.per_user_limit == UINT32_MAX && v.supersede == PP_SUPERSEDE_HARD);

	byte_writer_init(&writer, sample.bytes, sizeof(sample.bytes));
	record_purchase_encode(&purchase, &writer);
	cr_assert(record_purchase_decode(byte_writer_span(&writer), NULL, &p));
	cr_expect(p.code == purchase.code && p.state == PP_PURCHASE_STATE_REDEEMED);
	cr_expect(p.honoured && p.honoured_until_ms == 900 && p.redeem_until_ms == 1800);
	cr_expect(p.previous_purchase_id == 3 && p.revision == 56 && p.bought_by_owner);

	byte_writer_init(&writer, sample.bytes, sizeof(sample.bytes));
	record_journal_encode(&journal, &writer);
	cr_assert(record_journal_decode(byte_writer_span(&writer), NULL, &j));
	cr_expect(j.outcome.made_id == 4 && j.outcome.merged && j.outcome.honoured_until_ms == 4);
	cr_expect_eq(j.n_postings, 2);
	cr_expect_eq(j.postings[1].debit_previous.revision, 56);
	cr_expect_eq(j.postings[0].debit_previous.index, 1);

	byte_writer_init(&writer, sample.bytes, sizeof(sample.bytes));
	record_request_encode(&request, &writer);
	cr_assert(record_request_decode(byte_writer_span(&writer), NULL, &r));
	cr_expect_str_eq(r.outcome.message, "It costs more now.");
	cr_expect_str_eq(r.outcome.field, "max_price_coins");
	cr_expect(r.outcome.has_offer && r.outcome.offer.price_coins == 40);
	cr_expect(r.outcome.conflict_base == 1 && r.outcome.conflict_current == 2);
}

Test(record, refuses_truncated_and_lengthened_bytes)
{
	struct sample sample;

	for (size_t i = 0; i < ARRAY_LEN(nouns); i++) {
		encode(i, &sample);
		for (size_t len = 0; len < sample.len; len++)
			cr_assert(!decodes(i, sample.bytes, len, NULL), "%s cut to %zu",
				sample.noun, len);
		sample.bytes[sample.len] = 0;
		cr_assert(!decodes(i, sample.bytes, sample.len + 1, NULL), "%s", sample.noun);
	}
}

Test(record, survives_flipped_bits_and_refuses_other_layouts)
{
	struct arena arena;
	struct sample sample;
	size_t n_refused = 0;

	arena_init(&arena, 1 << 24, NULL);
	for (size_t i = 0; i < ARRAY_LEN(nouns); i++) {
		encode(i, &sample);
		for (size_t bit = 0; bit < sample.len * 8; bit++) {
			sample.bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
			bool sound = decodes(i, sample.bytes, sample.len, &arena);
			cr_assert(bit >= 8 || !sound, "%s: the layout number", sample.noun);
			n_refused += sound ? 0 : 1;
			sample.bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
		}
	}
	cr_assert(n_refused > 1000);
	arena_free(&arena);
}

Test(record, survives_any_bytes)
{
	uint32_t state = 1;
	uint8_t bytes[300];

	for (int round = 0; round < 20000; round++) {
		for (size_t i = 0; i < sizeof(bytes); i++) {
			state = state * 1664525 + 1013904223;
			bytes[i] = (uint8_t)(state >> 24);
		}
		bytes[0] = 1;
		for (size_t i = 0; i < ARRAY_LEN(nouns); i++)
			(void)decodes(i, bytes, (size_t)round % sizeof(bytes), NULL);
	}
}

Test(record, refuses_values_out_of_range)
{
	struct byte_writer writer;
	uint8_t bytes[8192];
	struct version_record bad = version;
	struct version_record out;

	bad.terms.price_coins = PP_COINS_MAX + 1;
	byte_writer_init(&writer, bytes, sizeof(bytes));
	record_version_encode(&bad, &writer);
	cr_expect(!record_version_decode(byte_writer_span(&writer), NULL, &out));
	bad = version;
	bad.terms.honour_ms = -1;
	byte_writer_init(&writer, bytes, sizeof(bytes));
	record_version_encode(&bad, &writer);
	cr_expect(!record_version_decode(byte_writer_span(&writer), NULL, &out));
	bad = version;
	bad.changed_fields = 1;
	byte_writer_init(&writer, bytes, sizeof(bytes));
	record_version_encode(&bad, &writer);
	cr_expect(!record_version_decode(byte_writer_span(&writer), NULL, &out));
}

Test(record, does_not_encode_what_is_too_long)
{
	char long_name[PP_NAME_BYTES_MAX + 2];
	struct user_record record = user;
	struct byte_writer writer;
	uint8_t bytes[8192];

	memset(long_name, 'x', sizeof(long_name));
	long_name[sizeof(long_name) - 1] = '\0';
	record.name = long_name;
	byte_writer_init(&writer, bytes, sizeof(bytes));
	record_user_encode(&record, &writer);
	cr_expect(writer.failed);
}

Test(record, tells_when_the_arena_gives_out)
{
	struct arena arena;
	struct sample sample;

	arena_init(&arena, 0, NULL);
	encode(0, &sample);
	cr_expect(!decodes(0, sample.bytes, sample.len, &arena));
	arena_free(&arena);
}

static int compare(const struct key *a, const struct key *b)
{
	int order = memcmp(a->bytes, b->bytes, a->len < b->len ? a->len : b->len);

	return order != 0 ? order : (int)a->len - (int)b->len;
}

Test(record, keys_lie_in_the_order_of_their_numbers)
{
	struct key a;
	struct key b;

	key_of_user(255, &a);
	key_of_user(256, &b);
	cr_expect(compare(&a, &b) < 0);
	key_of_count(255, UINT64_MAX, &a);
	cr_expect(compare(&a, &b) < 0, "a user's counts lie before the next user");
	key_of_business(3, &a);
	key_of_coupon(3000001, &b);
	cr_expect(compare(&a, &b) < 0);
	key_of_coupon(3000255, &a);
	key_of_coupon(3000256, &b);
	cr_expect(compare(&a, &b) < 0);
	key_of_business(4, &a);
	cr_expect(compare(&b, &a) < 0);
	key_of_version(1000001, 255, &a);
	key_of_version(1000001, 256, &b);
	cr_expect(compare(&a, &b) < 0);
	key_of_journal(UINT64_MAX - 1, &a);
	key_of_journal(UINT64_MAX, &b);
	cr_expect(compare(&a, &b) < 0);
}

Test(record, the_oldest_request_kept_is_one_ms_younger_than_expired)
{
	struct key oldest;
	struct key expired;
	struct key kept;
	const int64_t now_ms = 1795503600000;
	const int64_t retention_ms = 1000;
	struct pp_uuid id = { { 0 } };

	key_of_oldest_request(now_ms, retention_ms, &oldest);
	memset(id.bytes, 0xff, sizeof(id.bytes));
	for (int i = 0; i < 6; i++)
		id.bytes[i] = (uint8_t)((uint64_t)(now_ms - retention_ms) >> (40 - 8 * i));
	key_of_request(&id, UINT64_MAX, &expired);
	cr_expect(compare(&expired, &oldest) < 0);
	memset(id.bytes, 0, sizeof(id.bytes));
	for (int i = 0; i < 6; i++)
		id.bytes[i] = (uint8_t)((uint64_t)(now_ms - retention_ms + 1) >> (40 - 8 * i));
	key_of_request(&id, 0, &kept);
	cr_expect(compare(&kept, &oldest) >= 0);
	key_of_oldest_request(5, 1000, &oldest);
	cr_expect_eq(oldest.bytes[0], TABLE_REQUEST);
}
