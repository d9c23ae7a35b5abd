/* What a well-formed message is refused for, and how the refusal names it. */
#include "proto/codec.h"

#include <criterion/criterion.h>
#include <string.h>

#include "wire.h"

static struct wire body;
static struct wire message;

struct outcome {
	int err;
	struct pp_request request;
	struct pp_status refusal;
	struct arena arena;
};

/* Envelope with seq 77 and the body that was put together. */
static void envelope(enum pp_kind kind)
{
	message.len = 0;
	wire_number(&message, 1, 77);
	wire_block(&message, kind, body.bytes, body.len);
}

static struct outcome decode(void)
{
	struct outcome outcome = { 0 };

	arena_init(&outcome.arena, OP_ARENA_BYTES_MAX, NULL);
	outcome.err = codec_decode_request(
		&outcome.arena, wire_span(&message), &outcome.request, &outcome.refusal);
	return outcome;
}

static void expect_refusal(const char *what, enum pp_reason reason, const char *field)
{
	struct outcome outcome = decode();
	const struct pp_status *refusal = &outcome.refusal;

	cr_assert_eq(outcome.err, PP_ERR_INVALID, "%s: %d", what, outcome.err);
	cr_assert_eq(refusal->reason, reason, "%s: %s", what, refusal->message);
	cr_assert_eq(refusal->code, pp_reason_code(reason), "%s", what);
	if (field == NULL)
		cr_assert_null(refusal->field, "%s: %s", what, refusal->field);
	else
		cr_assert_str_eq(refusal->field, field, "%s", what);
	cr_assert(strlen(refusal->message) > 20, "%s: %s", what, refusal->message);
	cr_assert(refusal->not_executed, "%s", what);
	cr_assert_eq(outcome.request.seq, 77, "%s", what);
	arena_free(&outcome.arena);
}

static void expect_accepted(const char *what)
{
	struct outcome outcome = decode();

	cr_assert_eq(outcome.err, 0, "%s: %s", what, outcome.refusal.message);
	cr_assert_eq(outcome.request.seq, 77, "%s", what);
	arena_free(&outcome.arena);
}

/* A body of CreateCoupon that holds nothing but these terms. */
static void create_coupon_with_terms(void)
{
	wire_wrap(&body, 2);
	envelope(PP_KIND_CREATE_COUPON);
}

Test(refusals, unknown_field_in_a_write)
{
	body.len = 0;
	wire_text(&body, 1, "Josh");
	wire_number(&body, 99, 1);
	envelope(PP_KIND_CREATE_USER);
	expect_refusal("in the body", PP_REASON_UNKNOWN_FIELD, "99");

	body.len = 0;
	wire_number(&body, 11, 1);
	create_coupon_with_terms();
	expect_refusal("nested", PP_REASON_UNKNOWN_FIELD, "terms.11");

	body.len = 0;
	wire_text(&body, 1, "Josh");
	envelope(PP_KIND_CREATE_USER);
	wire_number(&message, 7, 1);
	expect_refusal("in the envelope, behind the body", PP_REASON_UNKNOWN_FIELD, "7");

	envelope(PP_KIND_CREATE_USER);
	wire_text(&message, 99, "");
	expect_refusal("perhaps another body", PP_REASON_UNKNOWN_FIELD, "99");

	static const unsigned types[] = { 1, 5 };
	for (size_t i = 0; i < ARRAY_LEN(types); i++) {
		body.len = 0;
		wire_key(&body, 536870911, types[i]);
		wire_raw(&body, "12345678", types[i] == 1 ? 8 : 4);
		envelope(PP_KIND_CREATE_USER);
		expect_refusal("fixed width", PP_REASON_UNKNOWN_FIELD, "536870911");
	}
}

Test(refusals, unknown_field_in_a_read_is_ignored)
{
	body.len = 0;
	wire_number(&body, 1, 5);
	wire_number(&body, 99, 1);
	wire_text(&body, 100, "from a newer client");
	envelope(PP_KIND_GET_COUPON);
	wire_number(&message, 7, 1);
	expect_accepted("a read");

	body.len = 0;
	wire_number(&body, 99, 1);
	wire_wrap(&body, 1);
	envelope(PP_KIND_GET_BALANCE);
	expect_accepted("nested in a read");

	body.len = 0;
	wire_number(&body, 99, 1);
	envelope(PP_KIND_HELLO);
	expect_accepted("a newer client's Hello");
}

Test(refusals, unknown_enum_value)
{
	static const uint64_t values[] = { 4, 1000, UINT64_MAX, INT32_MAX, UINT64_C(1) << 32,
		(UINT64_C(1) << 32) + 1 };

	for (size_t i = 0; i < ARRAY_LEN(values); i++) {
		body.len = 0;
		wire_number(&body, 9, values[i]);
		create_coupon_with_terms();
		expect_refusal("in a write", PP_REASON_UNKNOWN_ENUM_VALUE, "terms.state");
	}
	body.len = 0;
	wire_number(&body, 1, 5);
	wire_wrap(&body, 1);
	envelope(PP_KIND_GET_BALANCE);
	expect_refusal("in a read", PP_REASON_UNKNOWN_ENUM_VALUE, "account.kind");

	body.len = 0;
	wire_block(&body, 3, "\1\2\13", 3);
	envelope(PP_KIND_EDIT_COUPON);
	expect_refusal("in a set", PP_REASON_UNKNOWN_ENUM_VALUE, "fields");
}

Test(refusals, set_with_repetition)
{
	body.len = 0;
	wire_block(&body, 3, "\1\2\1", 3);
	envelope(PP_KIND_EDIT_COUPON);
	expect_refusal("packed", PP_REASON_FIELD_INVALID, "fields");

	body.len = 0;
	wire_number(&body, 3, 4);
	wire_number(&body, 3, 4);
	envelope(PP_KIND_EDIT_COUPON);
	expect_refusal("unpacked", PP_REASON_FIELD_INVALID, "fields");

	body.len = 0;
	wire_block(&body, 3, "\1\0", 2);
	envelope(PP_KIND_EDIT_COUPON);
	expect_refusal("UNSPECIFIED", PP_REASON_FIELD_INVALID, "fields");

	body.len = 0;
	wire_number(&body, 3, 4);
	wire_block(&body, 3, "\1\2", 2);
	envelope(PP_KIND_EDIT_COUPON);
	struct outcome outcome = decode();
	cr_assert_eq(outcome.err, 0);
	cr_assert_eq(outcome.request.u.edit_coupon.fields,
		PP_SET_OF(PP_TERM_FIELD_NAME) | PP_SET_OF(PP_TERM_FIELD_DESCRIPTION) |
			PP_SET_OF(PP_TERM_FIELD_STARTS_AT));
	arena_free(&outcome.arena);
}

Test(refusals, text_that_is_no_utf8)
{
	static const struct {
		const char *text;
		size_t len;
		bool valid;
	} rows[] = {
		{ "plain", 5, true },
		{ "\xc2\x80", 2, true },
		{ "\xdf\xbf", 2, true },
		{ "\xe0\xa0\x80", 3, true },
		{ "\xed\x9f\xbf", 3, true },
		{ "\xee\x80\x80", 3, true },
		{ "\xef\xbf\xbf", 3, true },
		{ "\xf0\x90\x80\x80", 4, true },
		{ "\xf4\x8f\xbf\xbf", 4, true },
		{ "a\0b", 3, false },
		{ "\0", 1, false },
		{ "ab\0", 3, false },
		{ "\x80", 1, false },
		{ "\xbf", 1, false },
		{ "\xc0\x80", 2, false },         /* overlong NUL */
		{ "\xc1\xbf", 2, false },         /* overlong */
		{ "\xe0\x9f\xbf", 3, false },     /* overlong */
		{ "\xf0\x8f\xbf\xbf", 4, false }, /* overlong */
		{ "\xed\xa0\x80", 3, false },     /* surrogate */
		{ "\xed\xbf\xbf", 3, false },     /* surrogate */
		{ "\xf4\x90\x80\x80", 4, false }, /* above U+10FFFF */
		{ "\xf5\x80\x80\x80", 4, false },
		{ "\xff", 1, false },
		{ "\xc3", 1, false },
		{ "\xe2\x82", 2, false },
		{ "\xf0\x9f\x8d", 3, false },
		{ "\xc3\xc3", 2, false },
		{ "\xe2\x82\x41", 3, false },
		{ "\xf0\x9f\x8d\x41", 4, false },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		body.len = 0;
		wire_block(&body, 1, rows[i].text, rows[i].len);
		create_coupon_with_terms();
		if (rows[i].valid)
			expect_accepted(rows[i].text);
		else
			expect_refusal(rows[i].text, PP_REASON_FIELD_INVALID, "terms.name");
	}
	/* Also when the bytes behind the field would complete the character. */
	body.len = 0;
	wire_text(&body, 3, "\xe2\x82");
	wire_number(&body, 100, 1); /* begins with 0xa0 */
	envelope(PP_KIND_GET_COUPON);
	expect_refusal("cut", PP_REASON_FIELD_INVALID, "name");
	/* And when a later value of the same field would hide it. */
	body.len = 0;
	wire_block(&body, 1, "a\0b", 3);
	wire_text(&body, 1, "fine");
	envelope(PP_KIND_CREATE_USER);
	expect_refusal("hidden", PP_REASON_FIELD_INVALID, "name");
}

/* A field of `len` letters within a request. */
static void check_length(
	enum pp_kind kind, uint32_t tag, bool in_terms, size_t max, const char *field)
{
	static char text[8192];

	memset(text, 'x', sizeof(text));
	for (size_t extra = 0; extra < 2; extra++) {
		body.len = 0;
		wire_block(&body, tag, text, max + extra);
		if (in_terms)
			create_coupon_with_terms();
		else
			envelope(kind);
		if (extra == 0)
			expect_accepted(field);
		else
			expect_refusal(field, PP_REASON_FIELD_INVALID, field);
	}
}

Test(refusals, field_over_its_limit)
{
	check_length(PP_KIND_CREATE_COUPON, 1, true, PP_NAME_BYTES_MAX, "terms.name");
	check_length(PP_KIND_CREATE_COUPON, 2, true, PP_DESCRIPTION_BYTES_MAX, "terms.description");
	check_length(PP_KIND_CREATE_USER, 1, false, PP_NAME_BYTES_MAX, "name");
	check_length(PP_KIND_CREATE_BUSINESS, 2, false, PP_ADDRESS_BYTES_MAX, "address");
	check_length(PP_KIND_EDIT_COUPON, 7, false, PP_REASON_BYTES_MAX, "reason");
	check_length(PP_KIND_CREDIT_COINS, 4, false, PP_REFERENCE_BYTES_MAX, "reference");
	check_length(PP_KIND_HELLO, 2, false, PP_CLIENT_NAME_BYTES_MAX, "client_name");
	check_length(PP_KIND_HELLO, 3, false, ACCESS_KEY_BYTES_MAX, "access_key");
	check_length(PP_KIND_LIST_COUPONS, 4, false, PAGE_TOKEN_BYTES_MAX, "page_token");
	check_length(PP_KIND_GET_COUPON, 3, false, PP_NAME_BYTES_MAX, "name");
}

Test(refusals, too_many_owners)
{
	static uint8_t ids[60000];

	memset(ids, 1, sizeof(ids));
	check_length(PP_KIND_CREATE_BUSINESS, 3, false, PP_OWNERS_MAX, "owner_ids");
	body.len = 0;
	wire_block(&body, 3, ids, sizeof(ids));
	envelope(PP_KIND_CREATE_BUSINESS);
	expect_refusal("more than fit in the arena", PP_REASON_FIELD_INVALID, "owner_ids");
	body.len = 0;
	for (uint64_t id = 0; id < PP_OWNERS_MAX + 1; id++)
		wire_number(&body, 3, id);
	envelope(PP_KIND_CREATE_BUSINESS);
	expect_refusal("unpacked", PP_REASON_FIELD_INVALID, "owner_ids");
}

Test(refusals, ids_of_another_length)
{
	for (size_t len = 0; len < 40; len++) {
		static const uint8_t id[40] = { 1 };
		body.len = 0;
		wire_block(&body, 1, id, len);
		envelope(PP_KIND_ABANDON_REQUEST);
		if (len == 0 || len == 16)
			expect_accepted("abandoned id");
		else
			expect_refusal("abandoned id", PP_REASON_FIELD_INVALID, "request_id");
		body.len = 0;
		envelope(PP_KIND_CREATE_USER);
		wire_block(&message, 4, id, len);
		if (len == 0 || len == 16)
			expect_accepted("request id");
		else
			expect_refusal("request id", PP_REASON_FIELD_INVALID, "request_id");
	}
}

Test(refusals, numbers_that_do_not_fit)
{
	body.len = 0;
	envelope(PP_KIND_SERVER_INFO);
	wire_number(&message, 2, TIMEOUT_MS_MAX);
	expect_accepted("the longest timeout");
	envelope(PP_KIND_SERVER_INFO);
	wire_number(&message, 2, TIMEOUT_MS_MAX + 1);
	expect_refusal("a longer one", PP_REASON_FIELD_INVALID, "timeout_ms");
	envelope(PP_KIND_SERVER_INFO);
	wire_number(&message, 2, (UINT64_C(1) << 32) + 5);
	expect_refusal("33 bits", PP_REASON_FIELD_INVALID, "timeout_ms");

	body.len = 0;
	wire_number(&body, 4, (UINT64_C(1) << 32) + 5);
	envelope(PP_KIND_CREATE_BUSINESS);
	expect_refusal("a commission of 5, or not", PP_REASON_FIELD_INVALID, "commission_bp");
}

Test(refusals, unknown_request)
{
	message.len = 0;
	wire_number(&message, 1, 77);
	expect_refusal("no body", PP_REASON_UNKNOWN_REQUEST, NULL);
	wire_text(&message, 55, "anything");
	expect_refusal("a newer request", PP_REASON_UNKNOWN_REQUEST, "55");
	wire_number(&message, 9, 9);
	wire_text(&message, 4, "not an id");
	expect_refusal("before all else", PP_REASON_UNKNOWN_REQUEST, "55");
	message.len = 0;
	wire_number(&message, 1, 77);
	wire_number(&message, 55, 1);
	expect_refusal("a number is no body", PP_REASON_UNKNOWN_REQUEST, NULL);
}

Test(refusals, known_field_of_another_wire_type)
{
	static const struct {
		enum pp_kind kind;
		uint32_t tag;
		unsigned type;
		const char *field;
	} rows[] = {
		{ PP_KIND_CREATE_USER, 1, 0, "name" },
		{ PP_KIND_CREATE_USER, 1, 1, "name" },
		{ PP_KIND_CREATE_USER, 1, 5, "name" },
		{ PP_KIND_GET_COUPON, 1, 1, "coupon_id" },
		{ PP_KIND_GET_COUPON, 1, 2, "coupon_id" },
		{ PP_KIND_GET_COUPON, 1, 5, "coupon_id" },
		{ PP_KIND_LIST_COUPONS, 2, 2, "valid_only" },
		{ PP_KIND_LIST_COUPONS, 3, 5, "page_size" },
		{ PP_KIND_CREATE_COUPON, 2, 0, "terms" },
		{ PP_KIND_CREATE_COUPON, 3, 2, "stock" },
		{ PP_KIND_EDIT_COUPON, 3, 1, "fields" },
		{ PP_KIND_CREATE_BUSINESS, 3, 5, "owner_ids" },
		{ PP_KIND_EDIT_COUPON, 5, 2, "on_conflict" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		static const size_t widths[] = { 1, 8, 1, 0, 0, 4 };
		body.len = 0;
		wire_key(&body, rows[i].tag, rows[i].type);
		wire_raw(&body, "\0\0\0\0\0\0\0\0", widths[rows[i].type]);
		envelope(rows[i].kind);
		expect_refusal(rows[i].field, PP_REASON_FIELD_INVALID, rows[i].field);
	}
	message.len = 0;
	wire_number(&message, 1, 77);
	wire_number(&message, PP_KIND_GET_COUPON, 5);
	expect_refusal("a body that is a number", PP_REASON_UNKNOWN_REQUEST, NULL);
}

Test(refusals, message_given_twice)
{
	struct wire terms = { 0 };

	wire_number(&terms, 3, 30);
	body.len = 0;
	wire_block(&body, 2, terms.bytes, terms.len);
	wire_number(&body, 1, 5);
	wire_block(&body, 2, terms.bytes, terms.len);
	envelope(PP_KIND_CREATE_COUPON);
	expect_refusal("nested", PP_REASON_FIELD_INVALID, "terms");

	body.len = 0;
	wire_number(&body, 1, 5);
	envelope(PP_KIND_PURCHASE_COUPON);
	wire_block(&message, PP_KIND_PURCHASE_COUPON, body.bytes, body.len);
	expect_refusal("the same body", PP_REASON_FIELD_INVALID, "purchase_coupon");
	envelope(PP_KIND_PURCHASE_COUPON);
	wire_block(&message, PP_KIND_CHECK_PURCHASE, body.bytes, body.len);
	expect_refusal("another body", PP_REASON_FIELD_INVALID, "check_purchase");
}

Test(refusals, last_scalar_wins)
{
	body.len = 0;
	wire_number(&body, 1, 5);
	wire_number(&body, 5, 1);
	wire_number(&body, 1, 6);
	wire_number(&body, 5, 0);
	envelope(PP_KIND_PURCHASE_COUPON);
	struct outcome outcome = decode();
	cr_assert_eq(outcome.err, 0);
	cr_assert_eq(outcome.request.u.purchase_coupon.coupon_id, 6);
	cr_assert(outcome.request.u.purchase_coupon.has_max_price_coins);
	cr_assert_eq(outcome.request.u.purchase_coupon.max_price_coins, 0);
	arena_free(&outcome.arena);
}
