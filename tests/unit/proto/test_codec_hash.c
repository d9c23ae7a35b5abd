/* The content hash: stored for days, so not a bit of it may move. */
#include "proto/codec.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "sample.h"

static void hex_of(const uint8_t hash[16], char out[33])
{
	for (size_t i = 0; i < 16; i++)
		snprintf(out + 2 * i, 3, "%02x", hash[i]);
}

static void hash_hex(const struct pp_request *request, char out[33])
{
	uint8_t hash[16];

	codec_request_hash(request, hash);
	hex_of(hash, out);
}

static const enum pp_kind kinds[] = {
#define KIND_OF(name, number, member, title, flags) PP_KIND_##name,
	PP_REQUESTS(KIND_OF)
#undef KIND_OF
};

/*
 * Written out, not made from the tables: fields that are added later must not move these. A change
 * here means that requests sent again after an upgrade are taken for other ones.
 */
static uint64_t owners[] = { 2, 3 };
static struct pp_terms new_terms = {
	.name = "Half off",
	.description = "",
	.has_price_coins = true,
	.price_coins = 30,
	.has_ends_at_ms = true,
	.ends_at_ms = 0,
	.state = PP_COUPON_STATE_ACTIVE,
};
static struct pp_terms edited_terms = { .has_price_coins = true, .price_coins = 40 };
static struct pp_business_profile edited_profile = {
	.name = "Truck", .address = "", .has_commission_bp = true
};

static const struct {
	struct pp_request request;
	const char *hash;
} golden[] = {
	{ { .kind = PP_KIND_CREATE_USER, .u.create_user.name = "Josh" },
		"57a713caa545a1d1b7eb63b85b9c1001" },
	{ { .kind = PP_KIND_CREDIT_COINS,
		  .u.credit_coins = { .user_id = 1,
			  .reason = PP_CREDIT_REASON_AMOUNT,
			  .has_amount_coins = true,
			  .amount_coins = -1,
			  .reference = "route 7" } },
		"089d0a9ea18e1dfafa68de944a1dad0b" },
	{ { .kind = PP_KIND_CREATE_BUSINESS,
		  .u.create_business = { .name = "Truck",
			  .address = "Main St",
			  .owner_ids = owners,
			  .n_owner_ids = 2,
			  .has_commission_bp = true,
			  .commission_bp = 250 } },
		"eb02d30651a098b78482553940d2dc34" },
	{ { .kind = PP_KIND_ADD_OWNER, .u.add_owner = { .business_id = 1, .user_id = 2 } },
		"2cdac0b6f0c949fc9b145ce45fd4916d" },
	{ { .kind = PP_KIND_CREATE_COUPON,
		  .u.create_coupon = { .business_id = 1,
			  .terms = &new_terms,
			  .has_stock = true,
			  .stock = 1000 } },
		"59da92b260c0fa016e97a312babed679" },
	{ { .kind = PP_KIND_EDIT_COUPON,
		  .u.edit_coupon = { .coupon_id = 1000001,
			  .base_version = 1,
			  .fields = PP_SET_OF(PP_TERM_FIELD_PRICE),
			  .terms = &edited_terms,
			  .on_conflict = PP_ON_CONFLICT_MERGE_DISJOINT,
			  .supersede = PP_SUPERSEDE_HARD,
			  .reason = "typo" } },
		"efe4c54eac045527afd01dd8e48395c3" },
	{ { .kind = PP_KIND_PURCHASE_COUPON,
		  .u.purchase_coupon = { .coupon_id = 1000001,
			  .as_of_revision = 12,
			  .price_policy = PP_PRICE_POLICY_AS_SEEN } },
		"3c0ff359f3a714ee11d505eca88b57d2" },
	{ { .kind = PP_KIND_ABANDON_REQUEST,
		  .u.abandon_request.request_id = { { 1, 2, 3, 4, 5, 6, 7, 8, 9 } } },
		"ba50c2a3fff6648f3b53aa9e691f1980" },
	{ { .kind = PP_KIND_LIST_COUPONS,
		  .u.list_coupons = { .business_id = 1,
			  .valid_only = true,
			  .page_size = 10,
			  .page_token = { (const uint8_t *)"token", 5 } } },
		"10334b0a7952ad45c617990d96786962" },
	{ { .kind = PP_KIND_EDIT_BUSINESS,
		  .u.edit_business = { .business_id = 1,
			  .base_version = 2,
			  .fields = PP_SET_OF(PP_BUSINESS_FIELD_NAME) |
				    PP_SET_OF(PP_BUSINESS_FIELD_ADDRESS) |
				    PP_SET_OF(PP_BUSINESS_FIELD_COMMISSION),
			  .profile = &edited_profile,
			  .on_conflict = PP_ON_CONFLICT_REFUSE } },
		"12d585a5a085ac78c976356bc22a0b7a" },
	{ { .kind = PP_KIND_REMOVE_OWNER, .u.remove_owner = { .business_id = 1, .user_id = 2 } },
		"ccde22dc4130af2fb03181c4e77225ca" },
	{ { .kind = PP_KIND_EDIT_COUPON,
		  .u.edit_coupon = { .coupon_id = 1000001,
			  .base_version = 3,
			  .restore_version = 1 } },
		"9b724af6058368bb322267f18708dc24" },
	{ { .kind = PP_KIND_ADJUST_STOCK, .u.adjust_stock = { .coupon_id = 1000001, .delta = -5 } },
		"2bfb27467b1871f614145155cac081e9" },
	{ { .kind = PP_KIND_REDEEM_PURCHASE,
		  .u.redeem_purchase = { .business_id = 1, .code = "1G4-8XKD-93QZ-M2WP" } },
		"4a8c727eb4698701041ffea24afa12c8" },
	{ { .kind = PP_KIND_REFUND_PURCHASE,
		  .u.refund_purchase = { .purchase_id = 7, .reason = "burnt" } },
		"3a38b3aba93ab50a2afe5e3f774a1c31" },
};

Test(hash, has_not_moved)
{
	char hex[33];

	for (size_t i = 0; i < ARRAY_LEN(golden); i++) {
		hash_hex(&golden[i].request, hex);
		cr_expect_str_eq(hex, golden[i].hash, "%s is %s",
			pp_kind_title(golden[i].request.kind), hex);
	}
}

/* Computed apart from this code. */
Test(hash, is_what_its_description_says)
{
	struct pp_request request = {
		.kind = PP_KIND_PURCHASE_COUPON,
		.u.purchase_coupon = {
			.coupon_id = 1000001,
			.version = 3,
			.has_max_price_coins = true,
			.max_price_coins = 30,
		},
	};
	char hex[33];

	hash_hex(&request, hex);
	cr_assert_str_eq(hex, "e63e2c205839c50f7682e76c8d912f0c");
}

/* Every leaf of the sample, changed alone, changes the hash, and no two changes make the same. */
static size_t leaves(const struct codec_table *table, const void *plain)
{
	struct codec_walk walk;
	enum walk_event event;
	size_t n = 0;

	codec_walk_init(&walk, table, plain);
	while ((event = codec_walk_next(&walk)) != WALK_DONE)
		n += event == WALK_VALUE;
	return n;
}

/* Takes the value of leaf `at` of `other`, which has the same shape. */
static void swap_leaf(const struct codec_table *table, void *plain, const void *other, size_t leaf)
{
	struct codec_walk to;
	struct codec_walk from;
	size_t n = 0;

	codec_walk_init(&to, table, plain);
	codec_walk_init(&from, table, other);
	while (n <= leaf) {
		n += codec_walk_next(&to) == WALK_VALUE;
		(void)codec_walk_next(&from);
	}
	cr_assert_eq(to.row, from.row);
	switch (to.row->kind) {
	case ROW_BOOL: *(bool *)to.at ^= true; break;
	case ROW_I64:
	case ROW_U64: memcpy((void *)to.at, from.at, 8); break;
	case ROW_BYTES: memcpy((void *)to.at, from.at, sizeof(struct pp_bytes)); break;
	case ROW_STRING:
	case ROW_U64S: memcpy((void *)to.at, from.at, sizeof(void *)); break;
	case ROW_UUID: memcpy((void *)to.at, from.at, 16); break;
	default: memcpy((void *)to.at, from.at, 4); break;
	}
}

static void check_leaves(enum pp_kind kind)
{
	const struct codec_row *body = codec_row_find(&codec_request_table, kind);
	struct pp_request request;
	struct pp_request other;
	struct arena arena;
	char hashes[32][33];

	arena_init(&arena, OP_ARENA_BYTES_MAX, NULL);
	sample_fill(&codec_request_table, kind, SAMPLE_FULL, 0, &arena, &request);
	size_t n = leaves(body->nested, &request.u);
	cr_assert_lt(n + 1, ARRAY_LEN(hashes));
	hash_hex(&request, hashes[n]);
	for (size_t i = 0; i < n; i++) {
		sample_fill(&codec_request_table, kind, SAMPLE_FULL, 0, &arena, &request);
		sample_fill(&codec_request_table, kind, SAMPLE_OTHER, 0, &arena, &other);
		swap_leaf(body->nested, &request.u, &other.u, i);
		hash_hex(&request, hashes[i]);
	}
	for (size_t i = 0; i <= n; i++) {
		for (size_t j = 0; j < i; j++)
			cr_assert_str_neq(
				hashes[i], hashes[j], "%s: %zu %zu", pp_kind_title(kind), i, j);
	}
	arena_free(&arena);
}

Test(hash, differs_for_each_field)
{
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		check_leaves(kinds[i]);
}

Test(hash, is_not_changed_by_the_envelope)
{
	struct pp_request request;
	struct arena arena;
	char before[33];
	char after[33];

	arena_init(&arena, OP_ARENA_BYTES_MAX, NULL);
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		sample_fill(&codec_request_table, kinds[i], SAMPLE_FULL, 0, &arena, &request);
		hash_hex(&request, before);
		request.seq++;
		request.timeout_ms++;
		request.acting_user++;
		request.has_request_id = !request.has_request_id;
		request.request_id.bytes[3]++;
		request.validate_only = !request.validate_only;
		request.min_revision++;
		hash_hex(&request, after);
		cr_assert_str_eq(before, after);
	}
	arena_free(&arena);
}

Test(hash, tells_kinds_and_presence_apart)
{
	struct pp_terms absent = { 0 };
	struct pp_terms price_zero = { .has_price_coins = true };
	struct pp_terms starts_zero = { .has_starts_at_ms = true };
	struct pp_terms no_text = { .description = "" };
	struct pp_request requests[] = {
		{ .kind = PP_KIND_CREATE_COUPON },
		{ .kind = PP_KIND_CREATE_COUPON, .u.create_coupon.terms = &absent },
		{ .kind = PP_KIND_CREATE_COUPON, .u.create_coupon.terms = &price_zero },
		{ .kind = PP_KIND_CREATE_COUPON, .u.create_coupon.terms = &starts_zero },
		{ .kind = PP_KIND_CREATE_COUPON, .u.create_coupon.terms = &no_text },
		{ .kind = PP_KIND_CREATE_COUPON, .u.create_coupon.has_stock = true },
		{ .kind = PP_KIND_EDIT_COUPON, .u.edit_coupon.terms = &absent },
		{ .kind = PP_KIND_PURCHASE_COUPON, .u.purchase_coupon.coupon_id = 5 },
		{ .kind = PP_KIND_CHECK_PURCHASE, .u.check_purchase.coupon_id = 5 },
		{ .kind = PP_KIND_PURCHASE_COUPON, .u.purchase_coupon.version = 5 },
	};
	char hashes[ARRAY_LEN(requests)][33];

	for (size_t i = 0; i < ARRAY_LEN(requests); i++) {
		hash_hex(&requests[i], hashes[i]);
		for (size_t j = 0; j < i; j++)
			cr_assert_str_neq(hashes[i], hashes[j], "%zu %zu", i, j);
	}
}

/* For a string without presence "" is no other content than none. */
Test(hash, empty_text_without_presence_is_absent)
{
	struct pp_request none = { .kind = PP_KIND_EDIT_COUPON };
	struct pp_request empty = { .kind = PP_KIND_EDIT_COUPON, .u.edit_coupon.reason = "" };
	char one[33];
	char other[33];

	hash_hex(&none, one);
	hash_hex(&empty, other);
	cr_assert_str_eq(one, other);
}
