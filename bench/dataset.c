#include "bench/dataset.h"

#include <stdio.h>
#include <string.h>

#include "bench/check.h"
#include "bench/prepare.h"

/* Whether the last coupon of the data set is where it belongs, under its name. */
static int find_last_coupon(struct pp_client *client, const struct dataset *wanted, bool *found)
{
	struct pp_request request = { .kind = PP_KIND_GET_COUPON };
	const struct pp_response *response;
	enum pp_outcome outcome;
	char name[PP_NAME_BYTES_MAX];

	shot_coupon_name(wanted->n_coupons - 1, name, sizeof(name));
	request.u.get_coupon.coupon_id = dataset_coupon_id(wanted, wanted->n_coupons - 1);
	int err = pp_call(client, &request, &outcome, &response);
	if (err != 0)
		return err;
	const struct pp_coupon *coupon =
		response->status == NULL ? response->u.get_coupon.coupon : NULL;
	*found = coupon != NULL && coupon->terms != NULL && coupon->terms->name != NULL &&
		 strcmp(coupon->terms->name, name) == 0;
	return 0;
}

enum dataset_state dataset_provide(struct pp_client *client, const struct dataset *wanted,
	bool prepare, const struct address *address, char *what, char *why)
{
	struct pp_server_info_response is = { .n_users = 0 };
	bool found = false;

	int err = check_counts(client, &is);
	bool empty = is.n_users == 0 && is.n_businesses == 0 && is.n_coupons == 0;
	if (err == 0 && !empty)
		err = find_last_coupon(client, wanted, &found);
	if (err != 0) {
		snprintf(why, LOAD_WHY_BYTES, "the server was asked what it holds: %s",
			pp_client_error(client));
		return DATASET_FAILED;
	}
	if (found && is.n_users == wanted->n_users && is.n_businesses == wanted->n_businesses)
		return DATASET_READY;
	snprintf(what, DATASET_TEXT_BYTES,
		"the store holds %llu users, %llu businesses and %llu coupons, "
		"not %llu, %llu and %llu",
		(unsigned long long)is.n_users, (unsigned long long)is.n_businesses,
		(unsigned long long)is.n_coupons, (unsigned long long)wanted->n_users,
		(unsigned long long)wanted->n_businesses, (unsigned long long)wanted->n_coupons);
	if (!empty)
		return DATASET_OTHER;
	if (!prepare)
		return DATASET_ABSENT;
	return prepare_dataset(wanted, address, why) == 0 ? DATASET_READY : DATASET_FAILED;
}
