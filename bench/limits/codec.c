/* One purchase and its receipt, through protobuf-c alone and through the codec, in nanoseconds. */
#include <peakpeeps/v1/envelope.pb-c.h>

#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "bench/limits/probe.h"
#include "proto/codec.h"

enum { FRAME_ROOM = 1024, TURNS_EACH_LOOK = 256, ARENA_BYTES = 256 * 1024 };

struct codec_bench {
	struct arena arena;
	struct pp_request request;
	struct pp_response response;
	uint8_t request_frame[FRAME_ROOM];
	uint8_t response_frame[FRAME_ROOM];
	struct span request_message; /* without the frame's header */
	struct span response_message;
	ProtobufCMessage *unpacked_request; /* in an arena that is not reset */
	ProtobufCMessage *unpacked_response;
	struct arena kept;
	uint8_t out[FRAME_ROOM];
	uint64_t sum; /* of something of each turn, so that none can be left out */
};

static void *allocate(void *arena, size_t size)
{
	return arena_alloc(arena, size);
}

static void keep(void *arena, void *memory)
{
	(void)arena;
	(void)memory;
}

static ProtobufCMessage *unpack(
	struct arena *arena, const ProtobufCMessageDescriptor *descriptor, struct span message)
{
	ProtobufCAllocator allocator = { allocate, keep, arena };

	return protobuf_c_message_unpack(descriptor, &allocator, message.len, message.data);
}

/* ---- What is measured: one turn each ---- */

static void turn_unpack_request(struct codec_bench *bench)
{
	bench->sum += unpack(&bench->arena, &peakpeeps__v1__request__descriptor,
			      bench->request_message) != NULL;
}

static void turn_pack_request(struct codec_bench *bench)
{
	bench->sum += protobuf_c_message_get_packed_size(bench->unpacked_request);
	bench->sum += protobuf_c_message_pack(bench->unpacked_request, bench->out);
}

static void turn_unpack_response(struct codec_bench *bench)
{
	bench->sum += unpack(&bench->arena, &peakpeeps__v1__response__descriptor,
			      bench->response_message) != NULL;
}

static void turn_pack_response(struct codec_bench *bench)
{
	bench->sum += protobuf_c_message_get_packed_size(bench->unpacked_response);
	bench->sum += protobuf_c_message_pack(bench->unpacked_response, bench->out);
}

static void turn_decode_request(struct codec_bench *bench)
{
	struct pp_request request;
	struct pp_status refusal;

	bench->sum += codec_decode_request(
			      &bench->arena, bench->request_message, &request, &refusal) == 0;
}

static void turn_hash_request(struct codec_bench *bench)
{
	uint8_t hash[16];

	codec_request_hash(&bench->request, hash);
	bench->sum += hash[0];
}

static void turn_encode_request(struct codec_bench *bench)
{
	struct byte_writer out;
	size_t needed;

	byte_writer_init(&out, bench->out, sizeof(bench->out));
	bench->sum += codec_encode_request(&bench->request, &bench->arena, &out, &needed) == 0;
}

static void turn_decode_response(struct codec_bench *bench)
{
	struct pp_response response;

	bench->sum += codec_decode_response(&bench->arena, bench->response_message, &response) == 0;
}

static void turn_encode_response(struct codec_bench *bench)
{
	struct byte_writer out;
	size_t needed;

	byte_writer_init(&out, bench->out, sizeof(bench->out));
	bench->sum += codec_encode_response(&bench->response, &bench->arena, &out, &needed) == 0;
}

/* ---- The messages ---- */

static void fill_request(struct pp_request *out)
{
	*out = (struct pp_request) {
		.seq = 123456,
		.acting_user = 17171,
		.has_request_id = true,
		.kind = PP_KIND_PURCHASE_COUPON,
		.u.purchase_coupon = { .coupon_id = 12345000001, .version = 3 },
	};
	for (size_t i = 0; i < sizeof(out->request_id.bytes); i++)
		out->request_id.bytes[i] = (uint8_t)(i * 37 + 11);
}

static void fill_response(
	const struct pp_request *request, struct pp_purchase *purchase, struct pp_response *out)
{
	*purchase = (struct pp_purchase) {
		.purchase_id = 1234567,
		.request_id = request->request_id,
		.user_id = request->acting_user,
		.coupon_id = request->u.purchase_coupon.coupon_id,
		.business_id = 12345,
		.coupon_name = "Half off a burger and shake",
		.version = 3,
		.price_coins = 30,
		.commission_coins = 1,
		.at_ms = 1780000000000,
		.state = PP_PURCHASE_STATE_ISSUED,
		.has_redeem_until_ms = true,
		.redeem_until_ms = 1782592000000,
		.code = "1G4-8XKD-93QZ-M2WP",
		.revision = 7654321,
	};
	*out = (struct pp_response) {
		.seq = request->seq,
		.revision = 7654321,
		.time_ms = 1780000000000,
		.kind = PP_KIND_PURCHASE_COUPON,
		.u.purchase_coupon = { .purchase = purchase, .balance_coins = 999970 },
	};
}

static struct span message_of(const struct byte_writer *frame)
{
	struct span span = byte_writer_span(frame);

	return (struct span) { span.data + FRAME_HEADER_BYTES, span.len - FRAME_HEADER_BYTES };
}

static int make_messages(struct codec_bench *bench, struct pp_purchase *purchase)
{
	struct byte_writer out;
	size_t needed;

	fill_request(&bench->request);
	fill_response(&bench->request, purchase, &bench->response);
	byte_writer_init(&out, bench->request_frame, sizeof(bench->request_frame));
	int err = codec_encode_request(&bench->request, &bench->arena, &out, &needed);
	if (err != 0)
		return err;
	bench->request_message = message_of(&out);
	byte_writer_init(&out, bench->response_frame, sizeof(bench->response_frame));
	err = codec_encode_response(&bench->response, &bench->arena, &out, &needed);
	if (err != 0)
		return err;
	bench->response_message = message_of(&out);
	bench->unpacked_request =
		unpack(&bench->kept, &peakpeeps__v1__request__descriptor, bench->request_message);
	bench->unpacked_response =
		unpack(&bench->kept, &peakpeeps__v1__response__descriptor, bench->response_message);
	if (bench->unpacked_request == NULL || bench->unpacked_response == NULL)
		return PP_ERR_NO_MEMORY;
	return 0;
}

/* ---- Measuring ---- */

static double measure(
	struct codec_bench *bench, void (*turn)(struct codec_bench *bench), int64_t duration_ns)
{
	uint64_t n = 0;
	int64_t begun_ns = limits_cpu_ns();
	int64_t now_ns = begun_ns;

	while (now_ns - begun_ns < duration_ns) {
		for (int i = 0; i < TURNS_EACH_LOOK; i++) {
			turn(bench);
			arena_reset(&bench->arena);
		}
		n += TURNS_EACH_LOOK;
		now_ns = limits_cpu_ns();
	}
	return (double)(now_ns - begun_ns) / (double)n;
}

int limits_codec(const struct limits_options *options)
{
	static const struct row {
		const char *name;
		void (*turn)(struct codec_bench *bench);
	} rows[] = {
		{ "request_unpack", turn_unpack_request },
		{ "request_decode", turn_decode_request },
		{ "request_hash", turn_hash_request },
		{ "request_pack", turn_pack_request },
		{ "request_encode", turn_encode_request },
		{ "response_unpack", turn_unpack_response },
		{ "response_decode", turn_decode_response },
		{ "response_pack", turn_pack_response },
		{ "response_encode", turn_encode_response },
	};
	struct codec_bench bench = { .sum = 0 };
	struct pp_purchase purchase;
	int64_t duration_ns = options->duration_ms * 1000000 / (int64_t)ARRAY_LEN(rows);

	arena_init(&bench.arena, ARENA_BYTES, NULL);
	arena_init(&bench.kept, ARENA_BYTES, NULL);
	int err = make_messages(&bench, &purchase);
	arena_reset(&bench.arena);
	if (err != 0) {
		limits_complain(
			"the messages cannot be made", pp_strerror(err), "free some memory");
	} else {
		printf("what=codec request_bytes=%zu response_bytes=%zu", bench.request_message.len,
			bench.response_message.len);
		for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
			(void)measure(&bench, rows[i].turn, duration_ns / 10);
			printf(" %s_ns=%.0f", rows[i].name,
				measure(&bench, rows[i].turn, duration_ns));
		}
		printf(" sum=%llu\n", (unsigned long long)bench.sum);
	}
	arena_free(&bench.kept);
	arena_free(&bench.arena);
	return err == 0 ? 0 : 1;
}
