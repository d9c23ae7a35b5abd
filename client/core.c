#include "peakpeeps/core.h"

#include <string.h>

#include "client/buffer.h"
#include "client/encoded.h"
#include "proto/codec.h"
#include "proto/frame.h"

enum {
	CORE_OUTPUT_BYTES_MAX = 1024 * 1024,
	/* A response of a full frame, as structs with their strings. */
	CORE_ARENA_BYTES_MAX = 1024 * 1024,
	CORE_FEED_BYTES = 64 * 1024,
};

/* A request that was submitted and not answered. */
struct flight {
	uint64_t seq;       /* 0: this slot is free */
	uint64_t begins_at; /* its first byte's place in the stream of all output */
	enum pp_kind kind;
	uint16_t next_free; /* of a free slot that was used before; IN_FLIGHT_MAX: none */
};

/*
 *   no server --Hello answered--> ready
 *       |                           |
 *       +---------- error ----------+--> failed, for ever
 */
struct pp_core {
	struct pp_allocator allocator; /* of all that follows, and of the core itself */
	int failed;                    /* the error that ended it; 0: none */
	uint64_t hello_seq;            /* 0: answered */
	bool has_server;
	struct pp_response hello; /* its strings lie in hello_arena */
	struct pp_status *fatal;  /* in fatal_arena; NULL: none */

	struct buffer output;
	uint64_t n_sent;   /* bytes of the output stream that were sent */
	uint64_t n_handed; /* bytes of it that pp_core_output showed */
	struct buffer input;
	size_t n_checked; /* bytes at the start of the input that are whole frames */
	size_t n_frames;  /* so many of them */

	struct arena scratch; /* of one encoding */
	struct arena hello_arena;
	struct arena fatal_arena;
	struct arena response_arena; /* of the response handed out last */
	struct pp_response response;

	uint64_t n_submitted;
	size_t n_flights; /* Hello among them */
	size_t flights_max;
	/* Slots that were used are used again first: of a core that is never full, memory stays
	 * untouched. */
	uint16_t free_flight; /* IN_FLIGHT_MAX: none */
	uint16_t n_used;      /* slots from here on were never used */
	struct flight flights[IN_FLIGHT_MAX];
};

/* A seq carries its slot in its low bits and a counter above: found at once, never used twice. */
static struct flight *find_flight(struct pp_core *core, uint64_t seq)
{
	struct flight *flight = &core->flights[seq % IN_FLIGHT_MAX];

	return seq != 0 && flight->seq == seq ? flight : NULL;
}

static void forget_flight(struct pp_core *core, struct flight *flight)
{
	uint16_t slot = (uint16_t)(flight - core->flights);

	flight->seq = 0;
	flight->next_free = core->free_flight;
	core->free_flight = slot;
	core->n_flights--;
}

/* One try to append the frame of a request, whole or in two parts, to what the output has room for.
 */
static int encode_into_room(struct pp_core *core, const struct pp_request *request,
	const struct span *rest, struct byte_writer *writer, size_t *needed)
{
	struct buffer *output = &core->output;

	/* Before the first reserve there is no room at all, and no address to count from. */
	if (output->bytes == NULL)
		byte_writer_init(writer, NULL, 0);
	else
		byte_writer_init(writer, output->bytes + output->end, output->size - output->end);
	arena_reset(&core->scratch);
	return rest == NULL ? codec_encode_request(request, &core->scratch, writer, needed)
			    : codec_encode_parts(request, *rest, &core->scratch, writer, needed);
}

/* Appends the frame of a request to the output; `rest`, unless NULL, is its encoded part. */
static int encode(struct pp_core *core, const struct pp_request *request, const struct span *rest,
	size_t frame_max)
{
	struct byte_writer writer;
	size_t needed = 0;

	int err = encode_into_room(core, request, rest, &writer, &needed);
	if (err == PP_ERR_BUSY) {
		err = buffer_reserve(&core->output, needed, SIZE_MAX / 2);
		if (err != 0)
			return err;
		err = encode_into_room(core, request, rest, &writer, &needed);
		ASSERT(err != PP_ERR_BUSY);
	}
	if (err != 0)
		return err;
	size_t len = byte_writer_span(&writer).len;
	ASSERT(len > FRAME_HEADER_BYTES);
	if (len - FRAME_HEADER_BYTES > frame_max)
		return PP_ERR_TOO_BIG;
	core->output.end += len;
	return 0;
}

static size_t frame_bytes_max(const struct pp_core *core)
{
	uint32_t servers = core->has_server ? core->hello.u.hello.frame_bytes_max : 0;

	return servers == 0 || servers > FRAME_BYTES_MAX ? FRAME_BYTES_MAX : servers;
}

static int submit(struct pp_core *core, const struct pp_request *request, const struct span *rest,
	enum pp_kind kind, uint64_t *seq)
{
	if (core->failed != 0)
		return core->failed;
	if (core->fatal != NULL)
		return PP_ERR_CLOSED;
	if (core->n_flights >= core->flights_max ||
		buffer_len(&core->output) >= CORE_OUTPUT_BYTES_MAX)
		return PP_ERR_BUSY;
	bool fresh = core->free_flight == IN_FLIGHT_MAX;
	uint16_t slot = fresh ? core->n_used : core->free_flight;
	struct flight *flight = &core->flights[slot];
	struct pp_request numbered = *request;
	numbered.seq = (core->n_submitted + 1) * IN_FLIGHT_MAX + slot;
	uint64_t begins_at = core->n_sent + buffer_len(&core->output);
	int err = encode(core, &numbered, rest, frame_bytes_max(core));
	if (err != 0)
		return err;
	core->n_submitted++;
	core->n_flights++;
	if (fresh)
		core->n_used++;
	else
		core->free_flight = flight->next_free;
	*flight = (struct flight) {
		.seq = numbered.seq,
		.begins_at = begins_at,
		.kind = kind,
	};
	*seq = numbered.seq;
	return 0;
}

int pp_core_submit(struct pp_core *core, const struct pp_request *request, uint64_t *seq)
{
	return submit(core, request, NULL, request->kind, seq);
}

int pp_core_submit_encoded(struct pp_core *core, const struct pp_encoded *encoded,
	uint32_t timeout_ms, const struct pp_uuid *request_id, uint64_t *seq)
{
	struct pp_request envelope = {
		.timeout_ms = timeout_ms,
		.has_request_id = encoded->has_request_id || request_id != NULL,
		.request_id = request_id != NULL ? *request_id : encoded->request_id,
	};
	struct span rest = { encoded->message, encoded->len };

	return submit(core, &envelope, &rest, encoded->kind, seq);
}

struct pp_core *pp_core_new(const char *client_name, const struct pp_allocator *allocator)
{
	struct pp_core *core = mem_zalloc(allocator, sizeof(*core));

	if (core == NULL)
		return NULL;
	core->allocator = allocator_copy(allocator);
	arena_init_with(&core->scratch, CORE_ARENA_BYTES_MAX, &core->allocator);
	arena_init_with(&core->hello_arena, CORE_ARENA_BYTES_MAX, &core->allocator);
	arena_init_with(&core->fatal_arena, CORE_ARENA_BYTES_MAX, &core->allocator);
	arena_init_with(&core->response_arena, CORE_ARENA_BYTES_MAX, &core->allocator);
	core->output.allocator = &core->allocator;
	core->input.allocator = &core->allocator;
	core->free_flight = IN_FLIGHT_MAX;
	core->flights_max = IN_FLIGHT_MAX;
	struct pp_request hello = { .kind = PP_KIND_HELLO };
	hello.u.hello.protocol_minor = PP_PROTOCOL_MINOR;
	hello.u.hello.client_name = client_name;
	if (pp_core_submit(core, &hello, &core->hello_seq) != 0)
		goto err_after_core;
	return core;

err_after_core:
	pp_core_free(core);
	return NULL;
}

void pp_core_free(struct pp_core *core)
{
	if (core == NULL)
		return;
	arena_free(&core->scratch);
	arena_free(&core->hello_arena);
	arena_free(&core->fatal_arena);
	arena_free(&core->response_arena);
	buffer_free(&core->output);
	buffer_free(&core->input);
	struct pp_allocator allocator = core->allocator;
	mem_free(&allocator, core);
}

const uint8_t *pp_core_output(struct pp_core *core, size_t *len)
{
	struct span span = buffer_span(&core->output);

	core->n_handed = core->n_sent + span.len;
	*len = span.len;
	return span.data;
}

void pp_core_sent(struct pp_core *core, size_t len)
{
	buffer_take(&core->output, len);
	core->n_sent += len;
	ASSERT(core->n_sent <= core->n_handed);
}

static int fail(struct pp_core *core, int err)
{
	core->failed = err;
	return err;
}

/* Headers are looked at as they arrive, so that nothing is kept that no request asked for. */
static int check_frames(struct pp_core *core)
{
	for (;;) {
		struct span rest = buffer_span(&core->input);
		struct span message;
		size_t consumed;

		if (rest.len == core->n_checked)
			return 0;
		rest.data += core->n_checked;
		rest.len -= core->n_checked;
		switch (frame_next(rest, &message, &consumed)) {
		case FRAME_READY: break;
		case FRAME_PARTIAL: return 0;
		case FRAME_TOO_LARGE:
			/* From a stranger it is no length at all. */
			return core->has_server ? PP_ERR_TOO_BIG : PP_ERR_MALFORMED;
		case FRAME_EMPTY:
		case FRAME_HTTP:
		case FRAME_TLS:
		default: return PP_ERR_MALFORMED;
		}
		core->n_checked += consumed;
		core->n_frames++;
		/* One answer to each request, and one refusal of the whole connection. */
		if (core->n_frames > core->n_flights + 1)
			return PP_ERR_MALFORMED;
	}
}

int pp_core_feed(struct pp_core *core, const uint8_t *data, size_t len)
{
	while (core->failed == 0 && len > 0) {
		size_t n = len < CORE_FEED_BYTES ? len : CORE_FEED_BYTES;
		int err = buffer_reserve(&core->input, n, SIZE_MAX / 2);
		if (err != 0)
			return fail(core, err);
		memcpy(core->input.bytes + core->input.end, data, n);
		core->input.end += n;
		data += n;
		len -= n;
		err = check_frames(core);
		if (err != 0)
			return fail(core, err);
	}
	return core->failed;
}

/* Keeps what lies in the response's arena for as long as the core lives. */
static void keep_arena(struct pp_core *core, struct arena *keeper)
{
	struct arena kept = *keeper;

	*keeper = core->response_arena;
	core->response_arena = kept;
}

static int take_hello(struct pp_core *core, struct flight *flight)
{
	const struct pp_response *response = &core->response;

	forget_flight(core, flight);
	core->hello_seq = 0;
	if (response->status != NULL) {
		if (core->fatal == NULL) {
			core->fatal = response->status;
			keep_arena(core, &core->fatal_arena);
		}
		return PP_ERR_CONNECT;
	}
	if (response->kind != PP_KIND_HELLO)
		return PP_ERR_MALFORMED;
	core->hello = *response;
	core->has_server = true;
	keep_arena(core, &core->hello_arena);
	uint32_t servers = core->hello.u.hello.in_flight_max;
	if (servers > 0 && servers < core->flights_max)
		core->flights_max = servers;
	return 0;
}

/* A refusal of the whole connection; answers to what was accepted before it may still follow. */
static int take_fatal(struct pp_core *core)
{
	if (core->response.status == NULL || core->fatal != NULL)
		return PP_ERR_MALFORMED;
	core->fatal = core->response.status;
	keep_arena(core, &core->fatal_arena);
	return 0;
}

static int take_answer(struct pp_core *core, struct flight *flight)
{
	/* An answer of another kind than its request's would be read as the wrong struct. */
	if (core->response.status == NULL && core->response.kind != flight->kind)
		return PP_ERR_MALFORMED;
	forget_flight(core, flight);
	return 0;
}

/* Takes one whole frame; *mine: it answers a request of the caller. */
static int take_frame(struct pp_core *core, bool *mine)
{
	struct span message;
	size_t consumed;

	enum frame_result result = frame_next(buffer_span(&core->input), &message, &consumed);
	ASSERT(result == FRAME_READY);
	*mine = false;
	arena_reset(&core->response_arena);
	int err = codec_decode_response(&core->response_arena, message, &core->response);
	/* What could not be kept is not the peer's fault. */
	if (err != 0)
		return core->response_arena.starved ? PP_ERR_NO_MEMORY : err;
	buffer_take(&core->input, consumed);
	core->n_checked -= consumed;
	core->n_frames--;
	if (core->response.seq == 0)
		return take_fatal(core);
	struct flight *flight = find_flight(core, core->response.seq);
	if (flight == NULL)
		return PP_ERR_MALFORMED;
	if (flight->seq == core->hello_seq)
		return take_hello(core, flight);
	*mine = true;
	return take_answer(core, flight);
}

int pp_core_next(struct pp_core *core, const struct pp_response **response)
{
	if (core->failed != 0)
		return core->failed;
	while (core->n_frames > 0) {
		bool mine;
		int err = take_frame(core, &mine);
		if (err != 0)
			return fail(core, err);
		if (mine) {
			*response = &core->response;
			return 0;
		}
	}
	return PP_ERR_NOT_FOUND;
}

const struct pp_hello_response *pp_core_server(const struct pp_core *core)
{
	return core->has_server ? &core->hello.u.hello : NULL;
}

const struct pp_status *pp_core_fatal(const struct pp_core *core)
{
	return core->fatal;
}

size_t pp_core_in_flight(const struct pp_core *core)
{
	return core->n_flights - (core->hello_seq != 0 ? 1 : 0);
}

bool pp_core_unsent(const struct pp_core *core, uint64_t seq)
{
	const struct flight *flight = &core->flights[seq % IN_FLIGHT_MAX];

	return seq != 0 && flight->seq == seq && flight->begins_at >= core->n_handed;
}
