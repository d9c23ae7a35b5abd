#include <criterion/criterion.h>
#include <string.h>

#include "domain/rules/record.h"

static int compare(const struct key *a, const struct key *b)
{
	int order = memcmp(a->bytes, b->bytes, a->len < b->len ? a->len : b->len);

	return order != 0 ? order : (int)a->len - (int)b->len;
}

Test(record_keys, keys_lie_in_the_order_of_their_numbers)
{
	struct key a;
	struct key b;

	key_of_user(255, &a);
	key_of_user(256, &b);
	cr_expect(compare(&a, &b) < 0);
	key_of_count(255, UINT64_MAX, &a);
	cr_expect(compare(&a, &b) < 0, "a user's counts lie before the next user");
	key_of_business(3, &a);
	key_of_coupon(3000001, &b);
	cr_expect(compare(&a, &b) < 0);
	key_of_coupon(3000255, &a);
	key_of_coupon(3000256, &b);
	cr_expect(compare(&a, &b) < 0);
	key_of_business(4, &a);
	cr_expect(compare(&b, &a) < 0);
	key_of_coupon(3999999, &a);
	key_of_business_version(3, 1, &b);
	cr_expect(compare(&a, &b) < 0, "versions of a business lie behind its coupons");
	key_of_business_version(3, 255, &a);
	key_of_business_version(3, 256, &b);
	cr_expect(compare(&a, &b) < 0);
	key_of_business(4, &a);
	cr_expect(compare(&b, &a) < 0);
	key_of_version(1000001, 255, &a);
	key_of_version(1000001, 256, &b);
	cr_expect(compare(&a, &b) < 0);
	key_of_journal(UINT64_MAX - 1, &a);
	key_of_journal(UINT64_MAX, &b);
	cr_expect(compare(&a, &b) < 0);
}

Test(record_keys, the_oldest_request_kept_is_one_ms_younger_than_expired)
{
	struct key oldest;
	struct key expired;
	struct key kept;
	const int64_t now_ms = 1795503600000;
	const int64_t retention_ms = 1000;
	struct pp_uuid id = { { 0 } };

	key_of_oldest_request(now_ms, retention_ms, &oldest);
	memset(id.bytes, 0xff, sizeof(id.bytes));
	for (int i = 0; i < 6; i++)
		id.bytes[i] = (uint8_t)((uint64_t)(now_ms - retention_ms) >> (40 - 8 * i));
	key_of_request(&id, UINT64_MAX, &expired);
	cr_expect(compare(&expired, &oldest) < 0);
	memset(id.bytes, 0, sizeof(id.bytes));
	for (int i = 0; i < 6; i++)
		id.bytes[i] = (uint8_t)((uint64_t)(now_ms - retention_ms + 1) >> (40 - 8 * i));
	key_of_request(&id, 0, &kept);
	cr_expect(compare(&kept, &oldest) >= 0);
	key_of_oldest_request(5, 1000, &oldest);
	cr_expect_eq(oldest.bytes[0], TABLE_REQUEST);
}
