#include "peer.h"

#include <string.h>

#include "proto/frame.h"

void peer_put(struct peer_bytes *out, const struct pp_response *response)
{
	struct arena scratch;
	struct byte_writer writer;
	size_t needed;

	arena_init(&scratch, 1024 * 1024, NULL);
	byte_writer_init(&writer, out->bytes + out->len, sizeof(out->bytes) - out->len);
	int err = codec_encode_response(response, &scratch, &writer, &needed);
	ASSERT(err == 0);
	out->len += byte_writer_span(&writer).len;
	arena_free(&scratch);
}

struct pp_response peer_hello(uint64_t seq, uint8_t store, int64_t time_ms, uint32_t in_flight_max)
{
	struct pp_response response = { .seq = seq, .time_ms = time_ms, .kind = PP_KIND_HELLO };

	response.u.hello = (struct pp_hello_response) {
		.protocol_minor = PP_PROTOCOL_MINOR,
		.server_version = "9.9.9",
		.store_id = { { store } },
		.incarnation = 1,
		.server_time_ms = time_ms,
		.frame_bytes_max = FRAME_BYTES_MAX,
		.in_flight_max = in_flight_max,
	};
	return response;
}

struct pp_response peer_balance(uint64_t seq, int64_t coins)
{
	struct pp_response response = { .seq = seq, .revision = 7, .kind = PP_KIND_GET_BALANCE };

	response.u.get_balance.balance_coins = coins;
	return response;
}

struct pp_response peer_refusal(uint64_t seq, struct pp_status *status)
{
	return (struct pp_response) { .seq = seq, .revision = 7, .status = status };
}

size_t peer_take(struct span bytes, struct arena *arena, struct pp_request *out)
{
	struct span message;
	struct pp_status refusal;
	size_t consumed;

	if (frame_next(bytes, &message, &consumed) != FRAME_READY)
		return 0;
	int err = codec_decode_request(arena, message, out, &refusal);
	ASSERT(err == 0);
	return consumed;
}
