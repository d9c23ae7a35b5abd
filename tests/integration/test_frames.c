/* Frames that are wrong, cut, or left half: an error each, and the server serves on. */
#include <criterion/criterion.h>
#include <string.h>
#include <sys/socket.h>

#include "base/base.h"
#include "tests/integration/hostile.h"
#include "tests/integration/require.h"

Test(frames, checks_the_length_before_anything_else, .timeout = 60)
{
	static const uint32_t lengths[] = { 0, 65537, 0x00ffffff, 0x7fffffff, 0x80000000,
		0xffffffff };
	struct scene scene;

	scene_open(&scene);
	for (size_t i = 0; i < ARRAY_LEN(lengths); i++) {
		uint8_t header[4] = { (uint8_t)(lengths[i] >> 24), (uint8_t)(lengths[i] >> 16),
			(uint8_t)(lengths[i] >> 8), (uint8_t)lengths[i] };
		wire_open(scene.wire, &scene.process);
		wire_hello(scene.wire);
		REQUIRE(wire_send(scene.wire, header, 4), "closed");
		const struct pp_response *response = wire_receive(scene.wire);
		REQUIRE(response != NULL && response->status != NULL, "length %u", lengths[i]);
		cr_assert_eq(response->status->reason,
			lengths[i] == 0 ? PP_REASON_MALFORMED_FRAME : PP_REASON_FRAME_TOO_LARGE);
		cr_assert_eq(response->seq, 0);
		cr_assert(wire_closed(scene.wire));
		wire_close(scene.wire);
		serves_on(&scene, "a length");
	}
	scene_close(&scene);
}

Test(frames, tells_an_http_client_in_its_own_words)
{
	static const char request[] = "POST /coupons HTTP/1.1\r\nHost: localhost\r\n\r\n";
	struct scene scene;
	unsigned long n_promised;
	char *body;

	scene_open(&scene);
	wire_open(scene.wire, &scene.process);
	REQUIRE(wire_send(scene.wire, request, sizeof(request) - 1), "closed");
	wire_drain(scene.wire);
	scene.wire->buf[scene.wire->len] = '\0';
	char *text = (char *)scene.wire->buf;
	cr_assert_eq(strncmp(text, "HTTP/1.1 400 ", 13), 0, "%s", text);
	cr_assert_not_null(strstr(text, "PeakPeeps"));
	body = strstr(text, "\r\n\r\n");
	cr_assert_not_null(body);
	n_promised = strtoul(strstr(text, "Content-Length: ") + 16, NULL, 10);
	cr_assert_eq(strlen(body + 4), n_promised);
	wire_close(scene.wire);
	serves_on(&scene, "HTTP");
	scene_close(&scene);
}

Test(frames, carries_out_what_came_before_an_error_and_nothing_after_it)
{
	struct scene scene;
	struct pp_request request;
	const struct pp_response *response;

	scene_open(&scene);
	request = credit_with_id(&scene, 21);
	put_request(scene.bytes, &request);
	put_raw(scene.bytes, "\0\0\0\2\xff\xff", 6);
	request = credit_with_id(&scene, 22);
	put_request(scene.bytes, &request);
	wire_open(scene.wire, &scene.process);
	wire_hello(scene.wire);
	REQUIRE(wire_send(scene.wire, scene.bytes->data, scene.bytes->len), "closed");
	response = wire_receive(scene.wire);
	for (int i = 0; i < 2; i++) {
		REQUIRE(response != NULL, "closed before it answered");
		if (response->seq == 21)
			cr_assert_null(response->status);
		else
			cr_assert_eq(response->status->reason, PP_REASON_MALFORMED_FRAME);
		if (i == 0)
			response = wire_receive(scene.wire);
	}
	cr_assert(wire_closed(scene.wire));
	wire_close(scene.wire);
	scene.balance = 1;
	serves_on(&scene, "an error between two writes");
	scene_close(&scene);
}

/* Hello and a credit: what the next tests cut. */
static void make_conversation(struct scene *scene)
{
	struct pp_request hello = {
		.seq = 1,
		.kind = PP_KIND_HELLO,
		.u.hello = { .protocol_minor = PP_PROTOCOL_MINOR, .client_name = "cut" },
	};
	struct pp_request request = credit_with_id(scene, 2);

	scene->bytes->len = 0;
	put_request(scene->bytes, &hello);
	put_request(scene->bytes, &request);
}

Test(frames, understands_a_frame_however_it_is_cut, .timeout = 60)
{
	struct scene scene;
	const struct pp_response *response;

	scene_open(&scene);
	make_conversation(&scene);
	size_t len = scene.bytes->len;
	for (size_t cut = 0; cut < len; cut++) {
		make_conversation(&scene);
		wire_open(scene.wire, &scene.process);
		if (cut == 0) { /* every byte on its own */
			for (size_t i = 0; i < len; i++)
				REQUIRE(wire_send(scene.wire, scene.bytes->data + i, 1), "closed");
		} else {
			REQUIRE(wire_send(scene.wire, scene.bytes->data, cut), "closed");
			test_pause_ms(1);
			REQUIRE(wire_send(scene.wire, scene.bytes->data + cut, len - cut),
				"closed");
		}
		response = wire_receive(scene.wire);
		REQUIRE(response != NULL && response->status == NULL && response->seq == 1, "cut");
		response = wire_receive(scene.wire);
		REQUIRE(response != NULL && response->status == NULL && response->seq == 2,
			"cut at %zu", cut);
		scene.balance++;
		wire_close(scene.wire);
	}
	serves_on(&scene, "cuts");
	scene_close(&scene);
}

Test(frames, drops_half_frames_without_a_trace, .timeout = 60)
{
	struct linger reset = { .l_onoff = 1, .l_linger = 0 };
	struct scene scene;

	scene_open(&scene);
	make_conversation(&scene);
	size_t len = scene.bytes->len;
	for (size_t cut = 1; cut < len; cut++) {
		for (int rst = 0; rst < 2; rst++) {
			make_conversation(&scene);
			wire_open(scene.wire, &scene.process);
			if (rst)
				setsockopt(scene.wire->fd, SOL_SOCKET, SO_LINGER, &reset,
					sizeof(reset));
			(void)wire_send(scene.wire, scene.bytes->data, cut);
			wire_close(scene.wire);
		}
	}
	serves_on(&scene, "half frames");
	scene_close(&scene);
}

Test(frames, answers_a_thousand_frames_in_one_write, .timeout = 60)
{
	struct scene scene;
	struct pp_request request = ask_server_info();

	scene_open(&scene);
	wire_open(scene.wire, &scene.process);
	wire_hello(scene.wire);
	for (uint64_t i = 0; i < 1000; i++) {
		request.seq = 100 + i;
		put_request(scene.bytes, &request);
	}
	REQUIRE(wire_send(scene.wire, scene.bytes->data, scene.bytes->len), "closed");
	for (uint64_t i = 0; i < 1000; i++) {
		const struct pp_response *response = wire_receive(scene.wire);
		REQUIRE(response != NULL && response->status == NULL, "answer %d", (int)i);
	}
	wire_close(scene.wire);
	serves_on(&scene, "a thousand frames");
	scene_close(&scene);
}

/* Each edit names the version that the one before it makes: in any other order one is refused. */
Test(frames, carries_out_the_writes_of_a_connection_in_the_order_sent, .timeout = 60)
{
	enum { EDITS = 200 };
	struct scene scene;

	scene_open(&scene);
	uint64_t business = make_business(scene.good, scene.user, 0);
	uint64_t coupon = make_coupon(scene.good, scene.user, business, 1, -1);
	for (uint64_t i = 1; i <= EDITS; i++) {
		struct pp_terms terms = { .has_price_coins = true, .price_coins = 1 + (int64_t)i };
		struct pp_request request =
			ask_edit(scene.user, coupon, i, PP_SET_OF(PP_TERM_FIELD_PRICE), &terms);
		request.seq = i;
		request.has_request_id = true;
		pp_client_new_request_id(scene.good, &request.request_id);
		put_request(scene.bytes, &request);
	}
	wire_open(scene.wire, &scene.process);
	wire_hello(scene.wire);
	REQUIRE(wire_send(scene.wire, scene.bytes->data, scene.bytes->len), "closed");
	for (uint64_t i = 1; i <= EDITS; i++) {
		const struct pp_response *response = wire_receive(scene.wire);
		REQUIRE(response != NULL && response->status == NULL, "edit %d", (int)i);
		cr_assert_eq(response->u.edit_coupon.version, response->seq + 1);
	}
	wire_close(scene.wire);
	serves_on(&scene, "edits");
	scene_close(&scene);
}
