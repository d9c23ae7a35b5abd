#include "tests/model/model.h"

#include <stdlib.h>
#include <string.h>

#include "tests/integration/require.h"

void *take(struct arena *arena, size_t size)
{
	void *memory = arena_zalloc(arena, size > 0 ? size : 1);

	REQUIRE(memory != NULL, "out of memory");
	return memory;
}

const char *copy_text(struct arena *arena, const char *text)
{
	if (text == NULL)
		return NULL;
	char *copy = take(arena, strlen(text) + 1);
	memcpy(copy, text, strlen(text));
	return copy;
}

void *grow(void *array, size_t n, size_t size)
{
	/* Room for a power of two. */
	if ((n & (n - 1)) == 0) {
		array = realloc(array, (n > 0 ? n * 2 : 1) * size);
		REQUIRE(array != NULL, "out of memory");
	}
	memset((char *)array + n * size, 0, size);
	return array;
}

struct model *model_new(void)
{
	struct model *model = calloc(1, sizeof(*model));

	REQUIRE(model != NULL, "out of memory");
	arena_init(&model->text, SIZE_MAX / 2, NULL);
	return model;
}

void model_free(struct model *model)
{
	for (size_t i = 0; i < model->n_coupons; i++)
		free(model->coupons[i].versions);
	for (size_t i = 0; i < model->n_businesses; i++)
		free(model->businesses[i].versions);
	for (size_t i = 0; i < CURSORS_MAX; i++)
		free((void *)model->cursors[i].token.data);
	free(model->users);
	free(model->businesses);
	free(model->coupons);
	free(model->purchases);
	free(model->entries);
	free(model->spent);
	arena_free(&model->text);
	free(model);
}

void model_restarted(struct model *model, int64_t now, uint64_t n_connections)
{
	struct server_state *server = &model->server;
	struct pp_hello_response hello = server->hello;

	*server = (struct server_state) {
		.hello = hello,
		.started_at_ms = now,
		.n_connections = n_connections,
	};
	/* Each connection has said Hello. */
	server->accepted[PP_KIND_HELLO] = n_connections;
}

struct user *find_user(struct model *model, uint64_t id)
{
	return id >= 1 && id <= model->n_users ? &model->users[id - 1] : NULL;
}

struct business *find_business(struct model *model, uint64_t id)
{
	return id >= 1 && id <= model->n_businesses ? &model->businesses[id - 1] : NULL;
}

struct coupon *find_coupon(struct model *model, uint64_t id)
{
	for (size_t i = 0; i < model->n_coupons; i++) {
		if (model->coupons[i].id == id)
			return &model->coupons[i];
	}
	return NULL;
}

struct purse *find_purse(struct model *model, struct pp_account account)
{
	switch (account.kind) {
	case PP_ACCOUNT_KIND_USER:
		return find_user(model, account.id) != NULL ? &find_user(model, account.id)->purse
							    : NULL;
	case PP_ACCOUNT_KIND_BUSINESS:
		return find_business(model, account.id) != NULL
			       ? &find_business(model, account.id)->purse
			       : NULL;
	case PP_ACCOUNT_KIND_ISSUANCE: return &model->issuance;
	case PP_ACCOUNT_KIND_COMMISSION: return &model->commission;
	default: return NULL;
	}
}

uint64_t user_named(const struct model *model, const char *folded)
{
	for (size_t i = 0; i < model->n_users; i++) {
		if (strcmp(model->users[i].folded, folded) == 0)
			return i + 1;
	}
	return 0;
}

uint64_t business_named(const struct model *model, const char *folded)
{
	for (size_t i = 0; i < model->n_businesses; i++) {
		if (strcmp(profile_now(&model->businesses[i])->folded, folded) == 0)
			return i + 1;
	}
	return 0;
}

struct profile_version *profile_now(const struct business *business)
{
	return &business->versions[business->n_versions - 1];
}

bool owns(const struct exchange *x, const struct business *business)
{
	for (size_t i = 0; i < business->n_owners; i++) {
		if (business->owners[i] == x->request->acting_user)
			return true;
	}
	return x->request->acting_user == 0;
}

bool refused(const struct exchange *x)
{
	return x->reply.status != NULL;
}

bool accept(struct exchange *x, uint64_t made_id)
{
	x->reply.kind = x->request->kind;
	x->made_id = made_id;
	if (x->request->validate_only)
		return false;
	x->accepted_write = true;
	x->reply.revision = ++x->model->revision;
	return true;
}

void move_coins(struct exchange *x, uint32_t *index, const struct entry *template)
{
	struct model *model = x->model;

	if (template->coins == 0)
		return;
	struct purse *from = find_purse(model, template->debit);
	struct purse *to = find_purse(model, template->credit);
	from->balance -= template->coins;
	from->n_entries++;
	to->balance += template->coins;
	to->n_entries++;
	model->entries = grow(model->entries, model->n_entries, sizeof(*model->entries));
	struct entry *entry = &model->entries[model->n_entries++];
	*entry = *template;
	entry->revision = model->revision;
	entry->index = (*index)++;
	entry->at_ms = x->now;
	entry->debit_after = from->balance;
	entry->credit_after = to->balance;
}

static int64_t sum_of(const struct model *model, struct pp_account account, uint64_t *n)
{
	int64_t sum = 0;

	*n = 0;
	for (size_t i = 0; i < model->n_entries; i++) {
		const struct entry *entry = &model->entries[i];
		bool paid = entry->debit.kind == account.kind && entry->debit.id == account.id;
		bool got = entry->credit.kind == account.kind && entry->credit.id == account.id;
		sum += (got ? entry->coins : 0) - (paid ? entry->coins : 0);
		*n += paid || got;
	}
	return sum;
}

/* The model's own books: each balance is the sum of its entries, and all of them are 0. */
const char *model_check(const struct model *model)
{
	int64_t total = model->issuance.balance + model->commission.balance;
	uint64_t n;

	for (size_t i = 0; i < model->n_users; i++) {
		struct pp_account account = { PP_ACCOUNT_KIND_USER, i + 1 };
		const struct purse *purse = &model->users[i].purse;
		if (sum_of(model, account, &n) != purse->balance || n != purse->n_entries ||
			purse->balance < 0)
			return "a user's balance";
		total += purse->balance;
	}
	for (size_t i = 0; i < model->n_businesses; i++) {
		struct pp_account account = { PP_ACCOUNT_KIND_BUSINESS, i + 1 };
		const struct purse *purse = &model->businesses[i].purse;
		if (sum_of(model, account, &n) != purse->balance || n != purse->n_entries ||
			purse->balance < 0)
			return "a business's balance";
		total += purse->balance;
	}
	return total == 0 ? NULL : "the sum over all accounts";
}
