#include <stdio.h>

#include "harness.h"

static const struct pp_response *create(
	struct harness *harness, uint64_t actor, const char *name, uint64_t *ids, size_t n)
{
	struct pp_request request = harness_request(PP_KIND_CREATE_BUSINESS, actor);

	request.u.create_business = (struct pp_create_business_request) {
		.name = name, .address = "5 Main St", .owner_ids = ids, .n_owner_ids = n
	};
	return harness_ask(harness, &request);
}

static const struct pp_response *add_owner(
	struct harness *harness, uint64_t actor, uint64_t business, uint64_t user)
{
	struct pp_request request = harness_request(PP_KIND_ADD_OWNER, actor);

	request.u.add_owner = (struct pp_add_owner_request) { business, user };
	return harness_ask(harness, &request);
}

Test(business, is_created_by_its_owners)
{
	struct harness *harness = harness_new();
	uint64_t alex = make_user(harness, "Alex");
	uint64_t robin = make_user(harness, "Robin");
	uint64_t both[] = { alex, robin };

	const struct pp_response *reply = create(harness, alex, "Truck", NULL, 0);
	EXPECT_OK(reply);
	cr_expect(reply->u.create_business.business_id == 1);
	cr_expect(reply->u.create_business.version == 1);
	cr_expect_eq(reply->u.create_business.created_at_ms, harness->now_ms);
	EXPECT_OK(create(harness, 0, "Cart", both, 2));
	make_coupon(harness, robin, 2, "Fries", 1);
	harness_free(harness);
}

Test(business, is_refused_in_order_of_precedence)
{
	struct harness *harness = harness_new();
	uint64_t alex = make_user(harness, "Alex");
	uint64_t missing[] = { alex, 77, 78 };

	make_business(harness, alex, "Truck", 0);
	/* Even a commission of nothing is the operator's to set. */
	struct pp_request request = harness_request(PP_KIND_CREATE_BUSINESS, alex);
	request.u.create_business = (struct pp_create_business_request) {
		.name = "TRUCK", .owner_ids = missing, .n_owner_ids = 3, .has_commission_bp = true
	};
	const struct pp_response *reply = harness_ask(harness, &request);
	EXPECT_REFUSED(reply, PP_REASON_OPERATOR_ONLY);
	cr_expect_str_eq(reply->status->field, "commission_bp");
	request.acting_user = 0;
	request.has_request_id = false;
	EXPECT_REFUSED(harness_ask(harness, &request), PP_REASON_USER_NOT_FOUND);
	reply = create(harness, alex, "TRUCK", missing, 3);
	EXPECT_REFUSED(reply, PP_REASON_USER_NOT_FOUND);
	cr_expect_str_eq(reply->status->field, "owner_ids");
	reply = create(harness, 99, "TRUCK", NULL, 0);
	EXPECT_REFUSED(reply, PP_REASON_USER_NOT_FOUND);
	cr_expect_str_eq(reply->status->field, "acting_user");
	EXPECT_REFUSED(create(harness, alex, "TRUCK", NULL, 0), PP_REASON_NAME_TAKEN);
	harness_free(harness);
}

Test(business, takes_owners_up_to_sixteen)
{
	struct harness *harness = harness_new();
	uint64_t first = make_user(harness, "User 1");
	uint64_t business = make_business(harness, first, "Truck", 0);
	char name[32];

	EXPECT_REFUSED(add_owner(harness, 99, 99, 99), PP_REASON_BUSINESS_NOT_FOUND);
	EXPECT_REFUSED(add_owner(harness, 99, business, 99), PP_REASON_NOT_AN_OWNER);
	EXPECT_REFUSED(add_owner(harness, first, business, 99), PP_REASON_USER_NOT_FOUND);
	EXPECT_REFUSED(add_owner(harness, first, business, first), PP_REASON_ALREADY_AN_OWNER);
	for (uint32_t i = 2; i <= 17; i++) {
		snprintf(name, sizeof(name), "User %u", (unsigned)i);
		uint64_t user = make_user(harness, name);
		/* Each new owner brings in the next; the operator may too. */
		const struct pp_response *reply =
			add_owner(harness, i % 5 == 0 ? 0 : user - 1, business, user);
		if (i > 16) {
			EXPECT_REFUSED(reply, PP_REASON_TOO_MANY_OWNERS);
			continue;
		}
		EXPECT_OK(reply);
		cr_expect(reply->u.add_owner.business_id == business &&
			  reply->u.add_owner.n_owners == i);
	}
	EXPECT_REFUSED(add_owner(harness, first, business, first), PP_REASON_ALREADY_AN_OWNER);
	harness_free(harness);
}

static const struct pp_response *remove_owner(
	struct harness *harness, uint64_t actor, uint64_t business, uint64_t user)
{
	struct pp_request request = harness_request(PP_KIND_REMOVE_OWNER, actor);

	request.u.remove_owner = (struct pp_remove_owner_request) { business, user };
	return harness_ask(harness, &request);
}

static struct journal_record last_change(const struct harness *harness)
{
	struct journal_record journal;
	struct key key;

	key_of_journal(harness->revision, &key);
	const struct harness_record *record = harness_find(harness, &key);
	cr_assert(record != NULL);
	struct span bytes = { .data = record->bytes, .len = record->len };
	cr_assert(record_journal_decode(bytes, NULL, &journal));
	return journal;
}

Test(business, lets_go_of_owners_but_the_last)
{
	struct harness *harness = harness_new();
	uint64_t ids[4];
	static const char *const names[] = { "Alex", "Robin", "Kim", "Sam" };

	for (int i = 0; i < 4; i++)
		ids[i] = make_user(harness, names[i]);
	EXPECT_OK(create(harness, 0, "Truck", ids, 3));
	EXPECT_REFUSED(remove_owner(harness, ids[3], 99, ids[3]), PP_REASON_BUSINESS_NOT_FOUND);
	EXPECT_REFUSED(remove_owner(harness, ids[3], 1, ids[3]), PP_REASON_NOT_AN_OWNER);
	const struct pp_response *reply = remove_owner(harness, ids[0], 1, ids[3]);
	EXPECT_REFUSED(reply, PP_REASON_OWNER_NOT_FOUND);
	cr_expect_str_eq(reply->status->field, "user_id");
	/* Any owner may remove any; the order of the others stays. */
	reply = remove_owner(harness, ids[2], 1, ids[0]);
	EXPECT_OK(reply);
	cr_expect(reply->u.remove_owner.business_id == 1 && reply->u.remove_owner.n_owners == 2);
	struct journal_record journal = last_change(harness);
	cr_expect(journal.kind == PP_KIND_REMOVE_OWNER && journal.actor == ids[2]);
	cr_expect(journal.subject_id == 1 && journal.user_id == ids[0]);
	struct pp_request request = harness_request(PP_KIND_GET_BUSINESS, 0);
	request.u.get_business.business_id = 1;
	const struct pp_business *b = harness_look(harness, &request)->u.get_business.business;
	cr_expect(b->n_owner_ids == 2 && b->owner_ids[0] == ids[1] && b->owner_ids[1] == ids[2]);
	cr_expect_eq(b->version, 1, "owners are no part of a version");
	EXPECT_REFUSED(remove_owner(harness, ids[0], 1, ids[1]), PP_REASON_NOT_AN_OWNER);
	/* Oneself too, and the operator may. */
	EXPECT_OK(remove_owner(harness, ids[1], 1, ids[1]));
	EXPECT_REFUSED(remove_owner(harness, ids[2], 1, ids[1]), PP_REASON_OWNER_NOT_FOUND);
	EXPECT_REFUSED(remove_owner(harness, ids[2], 1, ids[2]), PP_REASON_LAST_OWNER);
	EXPECT_REFUSED(remove_owner(harness, 0, 1, ids[2]), PP_REASON_LAST_OWNER);
	EXPECT_OK(add_owner(harness, 0, 1, ids[3]));
	EXPECT_OK(remove_owner(harness, 0, 1, ids[2]));
	EXPECT_REFUSED(add_owner(harness, ids[2], 1, ids[2]), PP_REASON_NOT_AN_OWNER);
	harness_free(harness);
}

Test(business, creates_coupons_with_defaults)
{
	struct harness *harness = harness_new();
	uint64_t alex = make_user(harness, "Alex");
	uint64_t business = make_business(harness, alex, "Truck", 0);
	struct pp_request request = harness_request(PP_KIND_GET_COUPON, 0);

	uint64_t id = make_coupon(harness, alex, business, " Fries ", 0);
	cr_expect_eq(id, business * COUPON_ID_UNIT + 1);
	request.u.get_coupon.coupon_id = id;
	const struct pp_response *reply = harness_look(harness, &request);
	EXPECT_OK(reply);
	const struct pp_coupon *coupon = reply->u.get_coupon.coupon;
	cr_expect_str_eq(coupon->business_name, "Truck");
	cr_expect_str_eq(coupon->terms->name, "Fries");
	cr_expect_str_eq(coupon->terms->description, "");
	cr_expect(coupon->terms->has_price_coins && coupon->terms->price_coins == 0);
	cr_expect(coupon->terms->has_starts_at_ms && coupon->terms->starts_at_ms == 0);
	cr_expect(coupon->terms->has_ends_at_ms && coupon->terms->ends_at_ms == 0);
	cr_expect(coupon->terms->honour_ms == PP_HONOUR_MS_DEFAULT);
	cr_expect(coupon->terms->has_per_user_limit && coupon->terms->per_user_limit == 0);
	cr_expect_eq(coupon->terms->state, PP_COUPON_STATE_ACTIVE);
	cr_expect_eq(coupon->terms->refund_policy, PP_REFUND_POLICY_KEEP_STOCK);
	cr_expect(coupon->version == 1 && coupon->current_version == 1);
	cr_expect(coupon->edited_by == alex && coupon->changed_fields == 0);
	cr_expect(coupon->valid_from_revision == harness->revision);
	cr_expect(!coupon->has_stock_left && coupon->sold == 0 && !coupon->sold_out);
	cr_expect(coupon->valid && !coupon->has_superseded_at_ms);
	harness_free(harness);
}

Test(business, coupons_are_refused_in_order_of_precedence)
{
	struct harness *harness = harness_new();
	uint64_t alex = make_user(harness, "Alex");
	uint64_t business = make_business(harness, alex, "Truck", 0);
	uint64_t other = make_business(harness, alex, "Cart", 0);
	struct pp_terms terms = { .name = "FRIES",
		.has_price_coins = true,
		.has_starts_at_ms = true,
		.starts_at_ms = 5,
		.has_ends_at_ms = true,
		.ends_at_ms = 5 };
	struct pp_request request = harness_request(PP_KIND_CREATE_COUPON, 99);
	struct business_record record = { .business_id = business,
		.version = 1,
		.name = "Truck",
		.address = "",
		.n_owners = 1,
		.owners = { alex },
		.n_coupons = PP_COUPONS_MAX };

	make_coupon(harness, alex, business, "Fries", 1);
	store_business(harness, &record);
	request.u.create_coupon.terms = &terms;
	request.u.create_coupon.business_id = 99;
	EXPECT_REFUSED(harness_ask(harness, &request), PP_REASON_BUSINESS_NOT_FOUND);
	request.has_request_id = false;
	request.u.create_coupon.business_id = business;
	EXPECT_REFUSED(harness_ask(harness, &request), PP_REASON_NOT_AN_OWNER);
	request.acting_user = alex;
	request.has_request_id = false;
	EXPECT_REFUSED(harness_ask(harness, &request), PP_REASON_TERMS_INVALID);
	terms.ends_at_ms = 6;
	request.has_request_id = false;
	EXPECT_REFUSED(harness_ask(harness, &request), PP_REASON_TOO_MANY_COUPONS);
	record.n_coupons = 1;
	store_business(harness, &record);
	request.has_request_id = false;
	EXPECT_REFUSED(harness_ask(harness, &request), PP_REASON_NAME_TAKEN);
	/* Another business may use the name. */
	request.has_request_id = false;
	request.u.create_coupon.business_id = other;
	EXPECT_OK(harness_ask(harness, &request));
	harness_free(harness);
}
