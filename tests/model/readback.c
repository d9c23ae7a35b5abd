#include "tests/model/readback.h"

#include "base/base.h"

struct reader {
	struct model *model;
	void (*read)(void *context, struct pp_request *request);
	void *context;
};

static void ask(struct reader *reader, struct pp_request request)
{
	reader->read(reader->context, &request);
}

/* A list from its first page to its last: the token is the newest that the model learned. */
static void read_list(struct reader *reader, struct pp_request *request, struct pp_bytes *token)
{
	struct model *model = reader->model;
	size_t before;

	do {
		before = model->n_cursors;
		reader->read(reader->context, request);
		*token = model->cursors[(model->n_cursors - 1) % CURSORS_MAX].token;
	} while (model->n_cursors > before);
}

static void read_account(struct reader *reader, enum pp_account_kind kind, uint64_t id)
{
	struct pp_account account = { kind, id };
	struct pp_request request = {
		.kind = PP_KIND_GET_BALANCE,
		.u.get_balance.account = &account,
	};

	ask(reader, request);
	request = (struct pp_request) {
		.kind = PP_KIND_LIST_LEDGER_ENTRIES,
		.u.list_ledger_entries = { .account = &account, .page_size = 256 },
	};
	read_list(reader, &request, &request.u.list_ledger_entries.page_token);
}

static void read_users(struct reader *reader)
{
	for (uint64_t id = 1; id <= reader->model->n_users; id++) {
		struct pp_request request = {
			.kind = PP_KIND_GET_USER,
			.u.get_user.user_id = id,
		};
		ask(reader, request);
		request.u.get_user =
			(struct pp_get_user_request) { .name = reader->model->users[id - 1].name };
		ask(reader, request);
		read_account(reader, PP_ACCOUNT_KIND_USER, id);
		request = (struct pp_request) {
			.kind = PP_KIND_LIST_PURCHASES,
			.u.list_purchases = { .user_id = id, .page_size = 256 },
		};
		read_list(reader, &request, &request.u.list_purchases.page_token);
	}
}

static void read_businesses(struct reader *reader)
{
	for (uint64_t id = 1; id <= reader->model->n_businesses; id++) {
		struct pp_request request = {
			.kind = PP_KIND_GET_BUSINESS,
			.u.get_business.business_id = id,
		};
		ask(reader, request);
		read_account(reader, PP_ACCOUNT_KIND_BUSINESS, id);
		request = (struct pp_request) {
			.kind = PP_KIND_LIST_COUPONS,
			.u.list_coupons = { .business_id = id, .page_size = 256 },
		};
		read_list(reader, &request, &request.u.list_coupons.page_token);
	}
}

static void read_coupons(struct reader *reader)
{
	for (size_t i = 0; i < reader->model->n_coupons; i++) {
		const struct coupon *coupon = &reader->model->coupons[i];
		struct pp_request request = {
			.kind = PP_KIND_GET_COUPON,
			.u.get_coupon.coupon_id = coupon->id,
		};
		for (uint64_t v = 1; v <= coupon->n_versions; v++) {
			request.u.get_coupon.version = v;
			ask(reader, request);
		}
		request = (struct pp_request) {
			.kind = PP_KIND_LIST_COUPON_VERSIONS,
			.u.list_coupon_versions = { .coupon_id = coupon->id },
		};
		read_list(reader, &request, &request.u.list_coupon_versions.page_token);
	}
}

void readback(
	struct model *model, void (*read)(void *context, struct pp_request *request), void *context)
{
	struct reader reader = { model, read, context };
	struct pp_request request;

	read_account(&reader, PP_ACCOUNT_KIND_ISSUANCE, 0);
	read_account(&reader, PP_ACCOUNT_KIND_COMMISSION, 0);
	read_users(&reader);
	read_businesses(&reader);
	read_coupons(&reader);
	for (uint64_t id = 1; id <= model->n_purchases; id++) {
		request = (struct pp_request) {
			.kind = PP_KIND_GET_PURCHASE,
			.u.get_purchase.purchase_id = id,
		};
		ask(&reader, request);
	}
	for (int valid = 0; valid < 2; valid++) {
		request = (struct pp_request) {
			.kind = PP_KIND_LIST_BUSINESSES,
			.u.list_businesses = { .with_valid_coupon = valid == 1 },
		};
		read_list(&reader, &request, &request.u.list_businesses.page_token);
	}
}
