#include "harness_verify.h"

#include <stdlib.h>
#include <string.h>

#include "domain/rules/verify.h"

enum { SCRATCH_BYTES = 64 * 1024 };

static struct span value_of(const struct harness_record *record)
{
	return (struct span) { .data = record->bytes, .len = record->len };
}

static int get(void *context, const struct key *key, bool *present, struct span *out)
{
	const struct harness_record *record = harness_find(context, key);

	*present = record != NULL;
	if (record != NULL)
		*out = value_of(record);
	return 0;
}

static int compare(const struct key *a, const struct key *b)
{
	int order = memcmp(a->bytes, b->bytes, a->len < b->len ? a->len : b->len);

	return order != 0 ? order : (int)a->len - (int)b->len;
}

static int next(
	void *context, const struct key *key, bool after, struct key *found, struct span *value)
{
	const struct harness *harness = context;
	size_t low = 0;
	size_t high = harness->n_records;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = compare(&harness->records[middle].key, key);
		if (order < 0 || (after && order == 0))
			low = middle + 1;
		else
			high = middle;
	}
	if (low == harness->n_records)
		return PP_ERR_NOT_FOUND;
	*found = harness->records[low].key;
	*value = value_of(&harness->records[low]);
	return 0;
}

/* FNV-1a over key and value: the harness is not damaged, so any sum will do. */
static uint64_t checksum(const struct key *key, struct span value)
{
	uint64_t sum = UINT64_C(14695981039346656037);

	for (size_t i = 0; i < key->len; i++)
		sum = (sum ^ key->bytes[i]) * UINT64_C(1099511628211);
	for (size_t i = 0; i < value.len; i++)
		sum = (sum ^ value.data[i]) * UINT64_C(1099511628211);
	return sum;
}

static void table(void *context, uint8_t letter, uint64_t *n_records, uint64_t *checksum_xor)
{
	const struct harness *harness = context;

	*n_records = 0;
	*checksum_xor = 0;
	for (size_t i = 0; i < harness->n_records; i++) {
		const struct harness_record *record = &harness->records[i];
		if (record->key.bytes[0] != letter)
			continue;
		++*n_records;
		*checksum_xor ^= checksum(&record->key, value_of(record));
	}
}

void harness_verify(struct harness *harness)
{
	const struct verify_source source = { .context = harness,
		.get = get,
		.next = next,
		.table = table,
		.checksum = checksum,
		.revision = harness->revision,
		.time_ms = harness->now_ms };
	struct verify *verify = malloc(sizeof(*verify));
	void *scratch = malloc(SCRATCH_BYTES);
	int state = VERIFY_RUNNING;

	cr_assert(verify != NULL && scratch != NULL);
	verify_begin(verify, &source, scratch, SCRATCH_BYTES);
	while (state == VERIFY_RUNNING)
		state = verify_step(verify, 1000);
	cr_assert_eq(state, VERIFY_DONE);
	for (uint32_t i = 0; i < verify->result.n_shown; i++)
		cr_log_error("%s: %s: %s\n", verify->result.findings[i].check,
			verify->result.findings[i].subject, verify->result.findings[i].message);
	cr_assert_eq(verify->result.n_findings, 0);
	cr_assert_eq(verify->result.n_checked, harness->n_records);
	free(scratch);
	free(verify);
}
