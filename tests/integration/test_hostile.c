/*
 * Bytes that no decent client sends: an error each, the server serves on, nothing is lost. A good
 * client works beside all of it, and Verify is clean at the end.
 */
#include <criterion/criterion.h>
#include <string.h>

#include "base/base.h"
#include "proto/limits.h"
#include "tests/integration/hostile.h"
#include "tests/integration/require.h"

/* ---- One frame that is wrong ---- */

enum answer {
	REFUSED, /* a refusal; the connection goes on */
	CLOSED,  /* a refusal of the connection, then the end */
	EITHER,  /* one of the two */
	ANY,     /* an answer of any kind: what was sent may even be right */
};

struct attack {
	const char *name;
	void (*make)(struct scene *scene, struct bytes *message);
	enum answer answer;
};

static void make_garbage(struct scene *scene, struct bytes *out)
{
	(void)scene;
	put_raw(out, "\xde\xad\xbe\xef\xff\xff\xff\xff", 8);
}

static void make_long_varint(struct scene *scene, struct bytes *out)
{
	(void)scene;
	put_raw(out, "\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 13);
}

static void make_field_0(struct scene *scene, struct bytes *out)
{
	(void)scene;
	put_raw(out, "\x81\x00\x01\x02\x03\x04\x05\x06\x07\x08", 10);
}

static void make_wrong_wire_type(struct scene *scene, struct bytes *out)
{
	(void)scene;
	put_integer(out, 1, 9);
	put_integer(out, PP_KIND_CREDIT_COINS, 5);
}

static void make_text_as_integer(struct scene *scene, struct bytes *out)
{
	struct bytes *body = scene->scratch;

	body->len = 0;
	put_integer(body, 1, 65);
	put_integer(out, 1, 9);
	put_message(out, PP_KIND_CREATE_USER, body);
}

static void make_groups(struct scene *scene, struct bytes *out)
{
	(void)scene;
	put_integer(out, 1, 9);
	for (int i = 0; i < 10000; i++)
		put_raw(out, "\x7b", 1);
}

static void make_truncated_body(struct scene *scene, struct bytes *out)
{
	(void)scene;
	put_integer(out, 1, 9);
	put_raw(out, "\xa2\x01\x7f\x0a\x04", 5);
}

static void make_long_id(struct scene *scene, struct bytes *out)
{
	put_integer(out, 1, 9);
	memset(scene->scratch->data, 7, 60000);
	put_field(out, 4, scene->scratch->data, 60000);
	put_field(out, PP_KIND_CREATE_USER, "\n\1x", 3);
}

static void make_two_bodies(struct scene *scene, struct bytes *out)
{
	struct pp_request request = credit_with_id(scene, 9);

	put_bare_request(out, &request);
	put_field(out, PP_KIND_SERVER_INFO, "", 0);
}

static void make_body_twice(struct scene *scene, struct bytes *out)
{
	struct pp_request request = credit_with_id(scene, 9);

	put_bare_request(out, &request);
	put_field(out, PP_KIND_CREDIT_COINS, "\x08\x99\x99\x09", 4);
}

static void make_many_owners(struct scene *scene, struct bytes *out)
{
	struct bytes *body = scene->scratch;

	body->len = 0;
	put_field(body, 1, "Crowded", 7);
	for (int i = 0; i < 20000; i++)
		put_integer(body, 3, 1);
	put_integer(out, 1, 9);
	put_field(out, 4, "0123456789abcdef", 16);
	put_message(out, PP_KIND_CREATE_BUSINESS, body);
}

static void make_many_empty_messages(struct scene *scene, struct bytes *out)
{
	(void)scene;
	put_integer(out, 1, 9);
	for (int i = 0; i < 20000; i++)
		put_field(out, PP_KIND_SERVER_INFO, "", 0);
}

static void make_many_unknown_fields(struct scene *scene, struct bytes *out)
{
	struct pp_request request = credit_with_id(scene, 9);

	put_bare_request(out, &request);
	for (int i = 0; i < 20000; i++)
		put_integer(out, 2000, 1);
}

static void make_bool_2(struct scene *scene, struct bytes *out)
{
	struct pp_request request = credit_with_id(scene, 9);

	put_bare_request(out, &request);
	put_integer(out, 5, 2); /* validate_only */
}

static void make_field_mask_twice(struct scene *scene, struct bytes *out)
{
	struct bytes *body = scene->scratch;

	body->len = 0;
	put_integer(body, 1, 1000001);
	put_integer(body, 2, 1);
	put_field(body, 3, "\3\3", 2);
	put_field(body, 4, "\x18\x05", 2);
	put_integer(out, 1, 9);
	put_field(out, 4, "0123456789abcdef", 16);
	put_message(out, PP_KIND_EDIT_COUPON, body);
}

static void make_frame_of_max(struct scene *scene, struct bytes *out)
{
	(void)scene;
	memset(out->data, 0, FRAME_BYTES_MAX);
	out->len = FRAME_BYTES_MAX;
}

static void make_one_byte(struct scene *scene, struct bytes *out)
{
	(void)scene;
	put_raw(out, "\x08", 1);
}

static const struct attack attacks[] = {
	{ "garbage", make_garbage, CLOSED },
	{ "an over-long varint", make_long_varint, EITHER },
	{ "field 0", make_field_0, EITHER },
	{ "a body of the wrong wire type", make_wrong_wire_type, EITHER },
	{ "a text of the wrong wire type", make_text_as_integer, EITHER },
	{ "nested groups", make_groups, CLOSED },
	{ "a truncated body", make_truncated_body, CLOSED },
	{ "an id of 60 000 bytes", make_long_id, REFUSED },
	{ "two bodies", make_two_bodies, ANY },
	{ "a body twice", make_body_twice, ANY },
	{ "20 000 owners", make_many_owners, EITHER },
	{ "20 000 bodies", make_many_empty_messages, ANY },
	{ "20 000 unknown fields", make_many_unknown_fields, EITHER },
	{ "a truth value of 2", make_bool_2, ANY },
	{ "a field mask with a field twice", make_field_mask_twice, REFUSED },
	{ "64 KiB of zeros", make_frame_of_max, CLOSED },
	{ "one byte", make_one_byte, CLOSED },
};

static void try_message(struct scene *scene, const char *name, enum answer wanted)
{
	const struct pp_response *response;
	struct bytes *frame = scene->scratch;
	bool refused;

	frame->len = 0;
	put_frame(frame, scene->bytes->data, scene->bytes->len);
	wire_open(scene->wire, &scene->process);
	wire_hello(scene->wire);
	REQUIRE(wire_send(scene->wire, frame->data, frame->len), "%s: closed", name);
	response = wire_receive(scene->wire);
	REQUIRE(response != NULL, "%s: closed without a word", name);
	refused = response->status != NULL;
	REQUIRE(refused || wanted == ANY, "%s: accepted", name);
	bool closes = refused && response->status->reason <= PP_REASON_WRONG_PROTOCOL;
	REQUIRE(wanted != CLOSED || closes, "%s: %s", name,
		refused ? pp_reason_name(response->status->reason) : "accepted");
	REQUIRE(wanted != REFUSED || !closes, "%s: %s", name,
		refused ? pp_reason_name(response->status->reason) : "accepted");
	if (closes)
		REQUIRE(wire_closed(scene->wire), "%s: the connection goes on", name);
	wire_close(scene->wire);
	/* What was accepted of it may have earned a coin. */
	scene->balance = balance_of(scene->good, PP_ACCOUNT_KIND_USER, scene->user);
	serves_on(scene, name);
}

Test(hostile, answers_every_wrong_message_with_an_error, .timeout = 60)
{
	struct scene scene;

	scene_open(&scene);
	for (size_t i = 0; i < ARRAY_LEN(attacks); i++) {
		scene.bytes->len = 0;
		attacks[i].make(&scene, scene.bytes);
		try_message(&scene, attacks[i].name, attacks[i].answer);
	}
	scene_close(&scene);
}

/* Wraps `depth` times: field { field { ... } }. The lengths grow outwards, so from the inside. */
static void nest(struct bytes *out, struct bytes *spare, uint32_t field, int depth)
{
	for (int i = 0; i < depth && out->len < FRAME_BYTES_MAX - 64; i++) {
		spare->len = 0;
		put_raw(spare, out->data, out->len);
		out->len = 0;
		put_field(out, field, spare->data, spare->len);
	}
}

Test(hostile, refuses_deep_nesting_in_known_and_unknown_fields, .timeout = 60)
{
	static const int depths[] = { 10, 100, 1000, 10000 };
	static const uint32_t fields[] = { 15, 2, PP_KIND_CREATE_COUPON, PP_KIND_HELLO, 3000 };
	struct scene scene;
	char name[64];

	scene_open(&scene);
	for (size_t i = 0; i < ARRAY_LEN(depths); i++) {
		for (size_t j = 0; j < ARRAY_LEN(fields); j++) {
			for (int known = 0; known < 2; known++) {
				snprintf(name, sizeof(name), "depth %d of field %u, known %d",
					depths[i], fields[j], known);
				scene.bytes->len = 0;
				nest(scene.bytes, scene.scratch, fields[j], depths[i]);
				if (known)
					nest(scene.bytes, scene.scratch, PP_KIND_CREATE_COUPON, 1);
				try_message(&scene, name, EITHER);
			}
		}
	}
	scene_close(&scene);
}
