#include "storage/meta.h"

#include <criterion/criterion.h>
#include <string.h>

Test(meta, identity_comes_back)
{
	struct meta_identity identity;
	struct meta_identity decoded;
	uint8_t buf[META_IDENTITY_BYTES_MAX];

	cr_assert_eq(meta_identity_make("15.0.0", &identity), 0);
	struct span bytes = meta_identity_encode(&identity, buf);
	cr_assert_eq(meta_identity_decode(bytes, &decoded), 0);
	cr_assert_eq(decoded.format, META_FORMAT);
	cr_assert_arr_eq(decoded.store_id.bytes, identity.store_id.bytes, 16);
	cr_assert_eq(decoded.store_id.bytes[6] >> 4, 4);
	cr_assert_arr_eq(decoded.secret, identity.secret, 32);
	cr_assert_eq(decoded.created_at_ms, identity.created_at_ms);
	cr_assert_eq(decoded.incarnation, identity.incarnation);
	cr_assert_str_eq(decoded.unicode_version, "15.0.0");
}

Test(meta, incarnation_grows_with_each_restore_whatever_the_clock_says)
{
	struct meta_identity identity;

	cr_assert_eq(meta_identity_make(NULL, &identity), 0);
	struct meta_identity restored = identity;
	for (int i = 0; i < 3; i++) {
		uint64_t before = restored.incarnation;
		cr_assert_eq(meta_identity_restore(&restored), 0);
		cr_assert_gt(restored.incarnation, before);
	}
	cr_assert_eq(restored.created_at_ms, identity.created_at_ms);
	cr_assert_arr_eq(restored.store_id.bytes, identity.store_id.bytes, 16);
	cr_assert_arr_eq(restored.secret, identity.secret, 32);
	restored.incarnation = UINT64_C(1) << 60; /* made by a clock that was far ahead */
	cr_assert_eq(meta_identity_restore(&restored), 0);
	cr_assert_eq(restored.incarnation, (UINT64_C(1) << 60) + 1);
}

Test(meta, cut_or_foreign_identity_is_refused)
{
	struct meta_identity identity;
	struct meta_identity decoded;
	uint8_t buf[META_IDENTITY_BYTES_MAX];

	cr_assert_eq(meta_identity_make(NULL, &identity), 0);
	struct span bytes = meta_identity_encode(&identity, buf);
	for (size_t len = 0; len < bytes.len; len++)
		cr_assert_eq(
			meta_identity_decode((struct span) { buf, len }, &decoded), PP_ERR_CORRUPT);
	cr_assert_eq(meta_identity_decode((struct span) { buf, bytes.len + 1 }, &decoded),
		PP_ERR_CORRUPT);
	buf[16 + 3] = META_FORMAT + 1;
	cr_assert_eq(meta_identity_decode(bytes, &decoded), PP_ERR_FORMAT);
	cr_assert_eq(decoded.format, META_FORMAT + 1);
	/* A later format may go on as it likes. */
	cr_assert_eq(meta_identity_decode((struct span) { buf, 20 }, &decoded), PP_ERR_FORMAT);
	buf[0] ^= 1;
	cr_assert_eq(meta_identity_decode(bytes, &decoded), PP_ERR_CORRUPT);
}

Test(meta, state_comes_back_with_every_table)
{
	static struct meta_state state;
	static struct meta_state decoded;
	static uint8_t buf[META_STATE_BYTES_MAX];
	uint64_t revision;
	int64_t time_ms;
	struct key kept_from;

	state.revision = UINT64_MAX;
	state.last_commit_ms = INT64_MAX;
	for (uint32_t n_tables = 0; n_tables < META_TABLES; n_tables += 51) {
		for (uint32_t i = 1; i <= n_tables; i++)
			state.tables[i] = (struct meta_table) { i, ~(uint64_t)i };
		struct span bytes = meta_state_encode(&state, buf);
		cr_assert_eq(bytes.len, 16 + n_tables * 17);
		cr_assert_eq(meta_state_decode(bytes, &decoded), 0);
		cr_assert_arr_eq(&decoded, &state, sizeof(state));
		cr_assert_eq(meta_state_decode_head(bytes, &revision, &time_ms, &kept_from), 0);
		cr_assert(revision == UINT64_MAX && time_ms == INT64_MAX);
	}
	for (size_t len = 0; len < 16 + 17; len++) {
		int expected = len == 16 ? 0 : PP_ERR_CORRUPT;
		cr_assert_eq(meta_state_decode((struct span) { buf, len }, &decoded), expected);
	}
	cr_assert_eq(
		meta_state_decode_head((struct span) { buf, 15 }, &revision, &time_ms, &kept_from),
		PP_ERR_CORRUPT);
}

Test(meta, state_comes_back_with_what_is_gone)
{
	static struct meta_state state;
	static struct meta_state decoded;
	static uint8_t buf[META_STATE_BYTES_MAX];
	uint64_t revision;
	int64_t time_ms;
	struct key kept_from;

	for (uint32_t i = 1; i < META_TABLES; i++)
		state.tables[i] = (struct meta_table) { i, i };
	state.kept_from.len = KEY_BYTES_MAX;
	memset(state.kept_from.bytes, 'R', KEY_BYTES_MAX);
	struct span bytes = meta_state_encode(&state, buf);
	cr_assert_eq(meta_state_decode(bytes, &decoded), 0);
	cr_assert_arr_eq(&decoded, &state, sizeof(state));
	cr_assert_eq(meta_state_decode_head(bytes, &revision, &time_ms, &kept_from), 0);
	cr_assert_eq(key_compare(&kept_from, &state.kept_from), 0);
	for (size_t len = 17; len < 18 + KEY_BYTES_MAX; len++)
		cr_assert_eq(
			meta_state_decode((struct span) { buf, len }, &decoded), PP_ERR_CORRUPT);
	buf[17] = KEY_BYTES_MAX + 1;
	cr_assert_eq(meta_state_decode(bytes, &decoded), PP_ERR_CORRUPT);
	buf[17] = 0;
	cr_assert_eq(meta_state_decode(bytes, &decoded), PP_ERR_CORRUPT);
}
