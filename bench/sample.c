#include "bench/sample.h"

#include <stdlib.h>
#include <string.h>

#include "proto/codec.h"

int sample_init(struct sample *sample, size_t size, uint64_t seed)
{
	*sample = (struct sample) { .size = size };
	draw_init(&sample->draw, seed);
	sample->entries = calloc(size > 0 ? size : 1, sizeof(*sample->entries));
	return sample->entries == NULL ? PP_ERR_NO_MEMORY : 0;
}

void sample_free(struct sample *sample)
{
	for (size_t i = 0; i < sample->n; i++)
		free(sample->entries[i].frame);
	free(sample->entries);
	*sample = (struct sample) { 0 };
}

uint8_t *sample_frame(const struct pp_response *response, size_t *len)
{
	struct pp_response plain = *response;
	struct byte_writer writer;
	struct arena scratch;
	size_t needed = 0;
	uint8_t *frame = NULL;

	plain.seq = 0;
	plain.replayed = false;
	arena_init(&scratch, OP_ARENA_BYTES_MAX, NULL);
	byte_writer_init(&writer, NULL, 0);
	int err = codec_encode_response(&plain, &scratch, &writer, &needed);
	if (err == PP_ERR_BUSY)
		frame = malloc(needed);
	if (frame == NULL)
		goto out;
	arena_reset(&scratch);
	byte_writer_init(&writer, frame, needed);
	err = codec_encode_response(&plain, &scratch, &writer, &needed);
	*len = byte_writer_span(&writer).len;
	if (err != 0) {
		free(frame);
		frame = NULL;
	}
out:
	arena_free(&scratch);
	return frame;
}

int sample_offer(struct sample *sample, const struct shot *shot, const struct pp_response *response)
{
	size_t place = sample->n;

	sample->n_seen++;
	if (sample->n == sample->size) {
		/* Beyond 2^32 writes the sample is fair enough as it is. */
		if (sample->size == 0 || sample->n_seen > UINT32_MAX)
			return 0;
		place = (size_t)draw_below(&sample->draw, sample->n_seen);
		if (place >= sample->size)
			return 0;
	}
	struct sample_entry entry = { .shot = *shot };
	entry.frame = sample_frame(response, &entry.len);
	if (entry.frame == NULL)
		return PP_ERR_NO_MEMORY;
	if (place == sample->n)
		sample->n++;
	else
		free(sample->entries[place].frame);
	sample->entries[place] = entry;
	return 0;
}
