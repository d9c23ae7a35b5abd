#include "bench/scenario.h"

#include <stdio.h>

#include "bench/check.h"

enum { SALE_PRICE = 10 };

static int get_coupon(struct pp_client *client, uint64_t coupon_id, struct pp_coupon *out)
{
	struct pp_request request = { .kind = PP_KIND_GET_COUPON };
	const struct pp_response *response;

	request.u.get_coupon.coupon_id = coupon_id;
	int err = check_ask(client, &request, &response);
	if (err == 0 && response->u.get_coupon.coupon == NULL)
		err = PP_ERR_INVALID;
	if (err == 0)
		*out = *response->u.get_coupon.coupon;
	return err;
}

int flash_sale_begin(
	struct pp_client *client, const struct dataset *dataset, struct flash_sale *sale)
{
	struct pp_request request = { .kind = PP_KIND_CREATE_COUPON };
	const struct pp_response *response;
	struct pp_uuid unique;
	char name[PP_NAME_BYTES_MAX];
	char id[37];

	pp_client_new_request_id(client, &unique);
	pp_uuid_format(&unique, id);
	snprintf(name, sizeof(name), "Bench flash sale %s", id);
	struct pp_terms terms = {
		.name = name,
		.description = "Everybody wants it, and there are few",
		.has_price_coins = true,
		.price_coins = SALE_PRICE,
	};
	request.acting_user = dataset_owner_of(dataset, dataset->n_businesses);
	request.u.create_coupon = (struct pp_create_coupon_request) {
		.business_id = dataset->n_businesses,
		.terms = &terms,
		.has_stock = true,
		.stock = (int64_t)sale->n_pieces,
	};
	int err = check_ask(client, &request, &response);
	if (err != 0)
		return err;
	sale->ran = true;
	sale->coupon_id = response->u.create_coupon.coupon_id;
	sale->version = response->u.create_coupon.version;
	return 0;
}

int flash_sale_settle(struct pp_client *client, const struct tally *tally, struct flash_sale *sale)
{
	const struct tally_kind *purchases = &tally->kinds[SHOT_PURCHASE];
	struct pp_coupon coupon;
	uint64_t most = sale->n_buyers < sale->n_pieces ? sale->n_buyers : sale->n_pieces;

	sale->n_sold = purchases->n_accepted;
	sale->n_sold_out = tally->refusals[PP_REASON_SOLD_OUT];
	sale->n_otherwise = sale->n_buyers - sale->n_sold - sale->n_sold_out;
	int err = get_coupon(client, sale->coupon_id, &coupon);
	if (err != 0)
		return err;
	sale->right = sale->n_sold == most && sale->n_otherwise == 0 &&
		      coupon.sold == (int64_t)most &&
		      coupon.stock_left == (int64_t)(sale->n_pieces - most);
	return 0;
}

int edit_war_begin(
	struct pp_client *client, const struct dataset *dataset, unsigned n, struct edit_war *war)
{
	struct pp_coupon coupon;
	int err = 0;

	ASSERT(n > 0 && n <= WAR_COUPONS_MAX && n <= dataset->n_coupons);
	*war = (struct edit_war) { .ran = true, .n = n };
	for (unsigned i = 0; i < n && err == 0; i++) {
		uint64_t id = dataset_coupon_id(dataset, i);
		err = get_coupon(client, id, &coupon);
		war->coupons[i] = (struct war_coupon) {
			.coupon = i,
			.coupon_id = id,
			.version_before = err == 0 ? coupon.current_version : 0,
		};
	}
	return err;
}

int edit_war_settle(struct pp_client *client, uint64_t n_unanswered, struct edit_war *war)
{
	struct pp_coupon coupon;
	int err = 0;

	war->right = true;
	for (unsigned i = 0; i < war->n && err == 0; i++) {
		struct war_coupon *one = &war->coupons[i];
		err = get_coupon(client, one->coupon_id, &coupon);
		if (err != 0)
			break;
		one->version_after = coupon.current_version;
		uint64_t n_made = one->version_after - one->version_before;
		if (n_made < one->n_accepted || n_made > one->n_accepted + n_unanswered)
			war->right = false;
	}
	return err;
}
