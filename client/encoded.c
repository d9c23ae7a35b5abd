#include "client/encoded.h"

#include <string.h>

#include "proto/codec.h"
#include "proto/frame.h"

/* A message of a full frame, as protobuf-c's structs. */
enum { SCRATCH_BYTES_MAX = 1024 * 1024 };

int pp_encode(const struct pp_request *request, const struct pp_allocator *allocator,
	struct pp_encoded **out)
{
	struct pp_request kept = *request;
	struct pp_encoded *encoded = NULL;
	struct byte_writer writer;
	struct arena scratch;
	size_t needed;

	if (!allocator_valid(allocator))
		return PP_ERR_INVALID;
	kept.seq = 0;
	kept.timeout_ms = 0;
	kept.has_request_id = false;
	arena_init_with(&scratch, SCRATCH_BYTES_MAX, allocator);
	byte_writer_init(&writer, NULL, 0);
	int err = codec_encode_request(&kept, &scratch, &writer, &needed);
	ASSERT(err != 0);
	if (err != PP_ERR_BUSY)
		goto err_after_scratch;
	/* The header is written where it is then moved over. */
	encoded = mem_alloc(allocator, sizeof(*encoded) + needed);
	if (encoded == NULL) {
		err = PP_ERR_NO_MEMORY;
		goto err_after_scratch;
	}
	*encoded = (struct pp_encoded) {
		.allocator = allocator_copy(allocator),
		.kind = request->kind,
		.has_request_id = request->has_request_id,
		.request_id = request->request_id,
		.len = needed - FRAME_HEADER_BYTES,
	};
	arena_reset(&scratch);
	byte_writer_init(&writer, encoded->message, needed);
	err = codec_encode_request(&kept, &scratch, &writer, &needed);
	if (err != 0) {
		mem_free(allocator, encoded);
		goto err_after_scratch;
	}
	memmove(encoded->message, encoded->message + FRAME_HEADER_BYTES, encoded->len);
	*out = encoded;

err_after_scratch:
	arena_free(&scratch);
	return err;
}

void pp_encoded_free(struct pp_encoded *encoded)
{
	if (encoded == NULL)
		return;
	struct pp_allocator allocator = encoded->allocator;
	mem_free(&allocator, encoded);
}
