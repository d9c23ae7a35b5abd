/* What a printer is told of a message. */
#include "proto/codec.h"

#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "sample.h"

struct text {
	char buf[64 * 1024];
	size_t len;
};

static void append(struct text *text, const char *format, ...) PRINTF_LIKE(2, 3);

static void append(struct text *text, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	int n = vsnprintf(text->buf + text->len, sizeof(text->buf) - text->len, format, args);
	va_end(args);
	text->len += (size_t)n;
	cr_assert_lt(text->len, sizeof(text->buf));
}

static void print(void *context, const struct codec_value *value)
{
	struct text *text = context;
	bool closes = value->type == CODEC_END || value->type == CODEC_LIST_END;

	append(text, "%s%s", value->name != NULL && !closes ? value->name : "",
		value->name != NULL && !closes ? "=" : "");
	switch (value->type) {
	case CODEC_BOOL: append(text, "%s ", value->integer != 0 ? "true" : "false"); break;
	case CODEC_INT: append(text, "%" PRId64 " ", value->integer); break;
	case CODEC_UINT: append(text, "%" PRIu64 "u ", value->natural); break;
	case CODEC_ENUM:
		append(text, "%s(%" PRId64 ") ", value->text != NULL ? value->text : "?",
			value->integer);
		break;
	case CODEC_STRING: append(text, "'%s' ", value->text); break;
	case CODEC_BYTES: append(text, "<%zu> ", value->bytes.len); break;
	case CODEC_BEGIN: append(text, "{ "); break;
	case CODEC_END: append(text, "} "); break;
	case CODEC_LIST_BEGIN: append(text, "[ "); break;
	case CODEC_LIST_END: append(text, "] "); break;
	}
}

Test(visit, request_without_its_absent_fields)
{
	static uint64_t owners[] = { 3, 4 };
	static struct text text;
	struct pp_terms terms = { .has_price_coins = true, .state = PP_COUPON_STATE_PAUSED };
	struct pp_request request = {
		.kind = PP_KIND_EDIT_COUPON,
		.seq = 9,
		.u.edit_coupon = {
			.coupon_id = 1000001,
			.fields = PP_SET_OF(PP_TERM_FIELD_PRICE) | PP_SET_OF(PP_TERM_FIELD_STATE),
			.terms = &terms,
			.reason = "typo",
		},
	};

	codec_visit_request(&request, print, &text);
	cr_assert_str_eq(text.buf,
		"coupon_id=1000001u fields=[ PRICE(3) STATE(9) ] terms={ price_coins=0 "
		"state=PAUSED(2) } reason='typo' ");
	text.len = 0;
	request = (struct pp_request) {
		.kind = PP_KIND_CREATE_BUSINESS,
		.u.create_business = { .name = "Truck", .owner_ids = owners, .n_owner_ids = 2 },
	};
	codec_visit_request(&request, print, &text);
	cr_assert_str_eq(text.buf, "name='Truck' owner_ids=[ 3u 4u ] ");
}

Test(visit, response_with_zeros)
{
	static struct text text;
	struct pp_quote quote = { .coupon_id = 5, .has_honoured_until_ms = true };
	struct pp_verdict verdicts[] = { { .rule = PP_REASON_SOLD_OUT },
		{ .rule = (enum pp_reason)999, .passed = true, .message = "new" } };
	struct pp_verdict *list[] = { &verdicts[0], &verdicts[1] };
	struct pp_response response = {
		.seq = 1,
		.revision = 2,
		.kind = PP_KIND_CHECK_PURCHASE,
		.u.check_purchase = { .quote = &quote, .verdicts = list, .n_verdicts = 2 },
	};

	codec_visit_response(&response, print, &text);
	cr_assert_str_eq(text.buf,
		"seq=1u revision=2u replayed=false time_ms=0 check_purchase={ ok=false quote={ "
		"coupon_id=5u version=0u price_coins=0 revision=0u at_ms=0 honoured_until_ms=0 } "
		"verdicts=[ { rule=SOLD_OUT(75) passed=false } { rule=?(999) passed=true "
		"message='new' } ] balance_coins=0 } ");
	text.len = 0;
	struct pp_status status = {
		.code = PP_CODE_ABORTED, .reason = PP_REASON_COUPON_VERSION_CONFLICT, .field = "x"
	};
	response = (struct pp_response) { .status = &status };
	codec_visit_response(&response, print, &text);
	cr_assert_str_eq(text.buf,
		"seq=0u status={ code=ABORTED(10) reason=COUPON_VERSION_CONFLICT(61) field='x' "
		"retry_after_ms=0u not_executed=false } revision=0u replayed=false time_ms=0 ");
}

/* Begins and ends pair up, and no name is that of a presence flag. */
static void check_shape(void *context, const struct codec_value *value)
{
	int *depth = context;

	if (value->type == CODEC_BEGIN || value->type == CODEC_LIST_BEGIN)
		(*depth)++;
	if (value->type == CODEC_END || value->type == CODEC_LIST_END)
		(*depth)--;
	cr_assert_geq(*depth, 0);
	cr_assert(value->name == NULL || strncmp(value->name, "has_", 4) != 0, "%s", value->name);
}

Test(visit, every_message_is_balanced)
{
	struct pp_request request;
	struct pp_response response;
	struct arena arena;

	arena_init(&arena, OP_ARENA_BYTES_MAX, NULL);
#define SHAPE(name_, number, member, title, flags) \
	for (size_t which = 0; which < 2; which++) { \
		int depth = 0; \
		sample_fill(&codec_request_table, PP_KIND_##name_, SAMPLE_FULL, which, &arena, \
			&request); \
		codec_visit_request(&request, check_shape, &depth); \
		cr_assert_eq(depth, 0); \
		sample_fill(&codec_response_table, PP_KIND_##name_, SAMPLE_FULL, which, &arena, \
			&response); \
		codec_visit_response(&response, check_shape, &depth); \
		cr_assert_eq(depth, 0); \
		arena_reset(&arena); \
	}
	PP_REQUESTS(SHAPE)
#undef SHAPE
	arena_free(&arena);
}
