#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "domain/rules/record.h"

/* Records with every field set: at least one of each noun, one of each shape. */
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
static const struct business_version_record business_version = { .business_id = 3,
	.version = PP_VERSIONS_MAX,
	.profile = { .name = "Fried and Loaded",
		.address = "5 Main St",
		.has_commission_bp = true,
		.commission_bp = PP_COMMISSION_BP_MAX },
	.valid_from_ms = 1000,
	.valid_from_revision = 55,
	.edited_by = 7,
	.changed_fields = PP_SET_OF(PP_BUSINESS_FIELD_NAME) | PP_SET_OF(PP_BUSINESS_FIELD_ADDRESS) |
			  PP_SET_OF(PP_BUSINESS_FIELD_COMMISSION) };
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
#define ISSUED_PURCHASE \
	.purchase_id = 4, .request_id = { { 1, 2, 3 } }, .user_id = 7, .coupon_id = 3000001, \
	.version = 11, .price_coins = 30, .commission_bp = 250, .commission_coins = 1, \
	.honoured = true, .has_honoured_until_ms = true, .honoured_until_ms = 900, \
	.bought_by_owner = true, .at_ms = 800, .redeem_until_ms = 1800, \
	.refund_policy = PP_REFUND_POLICY_RETURN_STOCK, .code = (UINT64_C(1) << 60) - 1, \
	.revision = 56, .previous_purchase_id = 3
static const struct purchase_record purchase = { ISSUED_PURCHASE,
	.state = PP_PURCHASE_STATE_ISSUED };
static const struct purchase_record redeemed = { ISSUED_PURCHASE,
	.state = PP_PURCHASE_STATE_REDEEMED, .redeemed_at_ms = 900, .redeemed_by = 8 };
static const struct purchase_record refunded = { ISSUED_PURCHASE,
	.state = PP_PURCHASE_STATE_REFUNDED, .refunded_at_ms = 1000, .refunded_by = 9,
	.stock_returned = true, .refund_reason = "burnt" };
static const struct purchase_record redeemed_and_refunded = { ISSUED_PURCHASE,
	.state = PP_PURCHASE_STATE_REFUNDED, .redeemed_at_ms = 900, .refunded_at_ms = 1000 };
static const struct journal_record journal = { .revision = 56,
	.at_ms = 800,
	.kind = PP_KIND_PURCHASE_COUPON,
	.actor = 7,
	.request_id = { { 1, 2, 3 } },
	.subject_id = 4,
	.outcome = { .made_id = 4,
		.version = 11,
		.amount = 1,
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
static const struct journal_record credited = { .revision = 57,
	.kind = PP_KIND_CREDIT_COINS,
	.subject_id = 7,
	.credit_reason = PP_CREDIT_REASON_REVIEW_POSTED,
	.reference = "review 5" };
static const struct journal_record removed = {
	.revision = 58, .kind = PP_KIND_REMOVE_OWNER, .subject_id = 3, .user_id = 8
};
static const struct journal_record added = {
	.revision = 59, .kind = PP_KIND_ADD_OWNER, .subject_id = 3, .user_id = 8
};
static const struct journal_record adjusted = { .revision = 60,
	.kind = PP_KIND_ADJUST_STOCK,
	.subject_id = 3000001,
	.delta = -PP_COINS_MAX,
	.outcome = { .amount = 12 } };
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
static const struct request_record accepted = {
	.hash = { 9 }, .kind = PP_KIND_EDIT_BUSINESS, .revision = 55, .journaled = true
};
static const struct request_record abandoned = { .decided_at_ms = 800, .revision = 55 };
static const struct name_record name = { .id = 7, .borne = false, .free_at_ms = 99 };
static const struct count_record count = { .n_purchases = 2 };
static const struct reference_record reference = { .revision = 8 };
static const struct purchase_of_request_record purchase_of_request = { .purchase_id = 4 };
static const struct counters_record counters = { .n_users = 1,
	.n_businesses = 2,
	.n_coupons = 3,
	.n_purchases = 4,
	.n_redeemed = 3,
	.n_refunded = 2,
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
	}
RECORDS(AGAIN)
#undef AGAIN

/* X(noun, record): those of the nouns themselves, and then of other shapes. */
#define MORE(X) \
	X(purchase, redeemed) \
	X(purchase, refunded) \
	X(purchase, redeemed_and_refunded) \
	X(journal, credited) \
	X(journal, removed) \
	X(journal, added) \
	X(journal, adjusted) \
	X(request, accepted) \
	X(request, abandoned)

#define SAMPLE(noun, record) \
	static void sample_##record(struct byte_writer *writer) \
	{ \
		record_##noun##_encode(&record, writer); \
	}
#define SAMPLE_OF_NOUN(noun) SAMPLE(noun, noun)
RECORDS(SAMPLE_OF_NOUN)
MORE(SAMPLE)
#undef SAMPLE
#undef SAMPLE_OF_NOUN

static const struct {
	const char *noun;
	again_fn again;
	void (*sample)(struct byte_writer *writer);
} nouns[] = {
#define ROW(noun, record) { #record, again_##noun, sample_##record },
#define ROW_OF_NOUN(noun) ROW(noun, noun)
	RECORDS(ROW_OF_NOUN) MORE(ROW)
#undef ROW
#undef ROW_OF_NOUN
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
	record_journal_encode(&journal, &writer);
	cr_assert(record_journal_decode(byte_writer_span(&writer), NULL, &j));
	cr_expect_eq(j.outcome.amount, 1);
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

/* What a record becomes when it is written and read; strings are borrowed from the sample. */
#define AFTER(noun_name, record, sample) \
	static struct noun_name##_record after_##noun_name( \
		const struct noun_name##_record *record, struct sample *sample) \
	{ \
		struct noun_name##_record out; \
		struct byte_writer writer; \
		byte_writer_init(&writer, sample->bytes, sizeof(sample->bytes)); \
		record_##noun_name##_encode(record, &writer); \
		cr_assert(record_##noun_name##_decode(byte_writer_span(&writer), NULL, &out)); \
		return out; \
	}
AFTER(business_version, record, sample)
AFTER(purchase, record, sample)
AFTER(journal, record, sample)
AFTER(counters, record, sample)
#undef AFTER

Test(record, keeps_every_field_of_a_business_and_the_counters)
{
	struct sample sample;

	struct business_version_record b = after_business_version(&business_version, &sample);
	cr_expect(b.business_id == 3 && b.version == PP_VERSIONS_MAX);
	cr_expect_str_eq(b.profile.name, "Fried and Loaded");
	cr_expect_str_eq(b.profile.address, "5 Main St");
	cr_expect(b.profile.has_commission_bp && b.profile.commission_bp == PP_COMMISSION_BP_MAX);
	cr_expect(b.valid_from_ms == 1000 && b.valid_from_revision == 55 && b.edited_by == 7);
	cr_expect_eq(b.changed_fields, business_version.changed_fields);
	struct counters_record c = after_counters(&counters, &sample);
	cr_expect(c.n_users == 1 && c.n_businesses == 2 && c.n_coupons == 3 && c.n_purchases == 4);
	cr_expect(c.n_redeemed == 3 && c.n_refunded == 2);
	cr_expect(c.issuance.balance_coins == -PP_COINS_MAX && c.commission.balance_coins == 0);
}

Test(record, keeps_what_became_of_a_purchase)
{
	struct sample sample;

	struct purchase_record p = after_purchase(&purchase, &sample);
	cr_expect(p.code == purchase.code && p.state == PP_PURCHASE_STATE_ISSUED);
	cr_expect(p.honoured && p.honoured_until_ms == 900 && p.redeem_until_ms == 1800);
	cr_expect(p.previous_purchase_id == 3 && p.revision == 56 && p.bought_by_owner);
	cr_expect_eq(p.refund_policy, PP_REFUND_POLICY_RETURN_STOCK);
	cr_expect(p.redeemed_at_ms == 0 && p.refunded_at_ms == 0 && !p.stock_returned);
	p = after_purchase(&redeemed, &sample);
	cr_expect_eq(p.state, PP_PURCHASE_STATE_REDEEMED);
	cr_expect(p.redeemed_at_ms == 900 && p.redeemed_by == 8 && p.refunded_at_ms == 0);
	p = after_purchase(&refunded, &sample);
	cr_expect_eq(p.state, PP_PURCHASE_STATE_REFUNDED);
	cr_expect(p.redeemed_at_ms == 0 && p.refunded_at_ms == 1000 && p.refunded_by == 9);
	cr_expect(p.stock_returned);
	cr_expect_str_eq(p.refund_reason, "burnt");
	p = after_purchase(&redeemed_and_refunded, &sample);
	cr_expect_eq(p.state, PP_PURCHASE_STATE_REFUNDED);
	cr_expect(p.redeemed_at_ms == 900 && p.redeemed_by == 0 && p.refunded_at_ms == 1000);
	cr_expect(p.refunded_by == 0 && !p.stock_returned && p.refund_reason == NULL);
}

Test(record, keeps_the_details_of_a_change)
{
	struct sample sample;

	struct journal_record j = after_journal(&credited, &sample);
	cr_expect_eq(j.credit_reason, PP_CREDIT_REASON_REVIEW_POSTED);
	cr_expect_str_eq(j.reference, "review 5");
	cr_expect_eq(after_journal(&removed, &sample).user_id, 8);
	cr_expect_eq(after_journal(&added, &sample).user_id, 8);
	j = after_journal(&adjusted, &sample);
	cr_expect(j.delta == -PP_COINS_MAX && j.outcome.amount == 12);
	cr_expect(j.reference == NULL && j.user_id == 0);
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

/* A sound record with one value that it cannot have. */
#define BAD(noun, record, change) \
	{ \
		struct noun##_record bad = record; \
		struct noun##_record out; \
		bad.change; \
		byte_writer_init(&writer, bytes, sizeof(bytes)); \
		record_##noun##_encode(&bad, &writer); \
		cr_assert(!writer.failed, #change); \
		cr_expect(!record_##noun##_decode(byte_writer_span(&writer), NULL, &out), \
			#noun ": " #change); \
	}

Test(record, refuses_values_out_of_range)
{
	struct byte_writer writer;
	uint8_t bytes[8192];

	BAD(version, version, terms.price_coins = PP_COINS_MAX + 1);
	BAD(version, version, terms.honour_ms = -1);
	BAD(version, version, changed_fields = 1);
	BAD(business, business, version = 0);
	BAD(business, business, version = PP_VERSIONS_MAX + 1);
	BAD(business, business, commission_bp = PP_COMMISSION_BP_MAX + 1);
	BAD(business, business, owners[1] = 0);
	BAD(business_version, business_version, business_id = 0);
	BAD(business_version, business_version, version = 0);
	BAD(business_version, business_version, version = PP_VERSIONS_MAX + 1);
	BAD(business_version, business_version, valid_from_ms = -1);
	BAD(business_version, business_version, valid_from_revision = 0);
	BAD(business_version, business_version, changed_fields = 1);
	BAD(business_version, business_version,
		changed_fields = PP_SET_OF(PP_BUSINESS_FIELD_COUNT));
	BAD(business_version, business_version, profile.name = "");
	BAD(business_version, business_version, profile.commission_bp = PP_COMMISSION_BP_MAX + 1);
	BAD(purchase, purchase, state = PP_PURCHASE_STATE_NONE);
	BAD(purchase, purchase, state = PP_PURCHASE_STATE_EXPIRED);
	BAD(purchase, purchase, code = UINT64_C(1) << 60);
	BAD(purchase, redeemed, redeemed_at_ms = -1);
	BAD(purchase, refunded, refunded_at_ms = 0);
	BAD(purchase, refunded, refunded_at_ms = PP_COINS_MAX + 1);
	BAD(purchase, redeemed_and_refunded, redeemed_at_ms = -1);
	BAD(journal, credited, credit_reason = PP_CREDIT_REASON_NONE);
	BAD(journal, removed, user_id = 0);
	BAD(journal, added, user_id = 0);
	BAD(journal, adjusted, delta = -PP_COINS_MAX - 1);
	BAD(journal, adjusted, outcome.amount = -1);
	BAD(request, request, outcome.conflict_base = PP_VERSIONS_MAX + 1);
	BAD(request, request, outcome.reason = (enum pp_reason)999);
	BAD(counters, counters, commission.balance_coins = PP_COINS_MAX + 1);
}
#undef BAD

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
