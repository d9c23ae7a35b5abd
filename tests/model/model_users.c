/* Users and coins. */
#include <string.h>

#include "base/base.h"
#include "tests/model/model.h"

static const int64_t coins_max = INT64_C(9007199254740991);

void decide_create_user(struct exchange *x)
{
	struct model *model = x->model;
	const char *name = name_stored(x->arena, x->request->u.create_user.name);
	const char *folded = name_folded(x->arena, name);

	if (user_named(model, folded) != 0) {
		refuse(x, PP_REASON_NAME_TAKEN, "name");
		return;
	}
	uint64_t id = model->n_users + 1;
	bool real = accept(x, id);
	x->reply.u.create_user = (struct pp_create_user_response) { real ? id : 0, x->now };
	if (!real)
		return;
	model->users = grow(model->users, model->n_users, sizeof(*model->users));
	model->users[model->n_users++] = (struct user) {
		.name = copy_text(&model->text, name),
		.folded = copy_text(&model->text, folded),
		.created_at_ms = x->now,
	};
}

void decide_get_user(struct exchange *x)
{
	const struct pp_get_user_request *body = &x->request->u.get_user;
	uint64_t id = body->user_id;

	if (id == 0)
		id = user_named(x->model, name_folded(x->arena, name_stored(x->arena, body->name)));
	const struct user *user = find_user(x->model, id);
	if (user == NULL) {
		refuse(x, PP_REASON_USER_NOT_FOUND, body->user_id != 0 ? "user_id" : "name");
		return;
	}
	struct pp_user *shown = take(x->arena, sizeof(*shown));
	*shown = (struct pp_user) {
		.user_id = id,
		.name = user->name,
		.created_at_ms = user->created_at_ms,
		.balance_coins = user->purse.balance,
		.n_purchases = user->n_purchases,
	};
	x->reply.kind = PP_KIND_GET_USER;
	x->reply.u.get_user.user = shown;
}

static bool credited(const struct model *model, const struct pp_credit_coins_request *body)
{
	if (body->reference == NULL || body->reference[0] == '\0')
		return false;
	for (size_t i = 0; i < model->n_entries; i++) {
		const struct entry *entry = &model->entries[i];
		if (entry->kind == PP_ENTRY_KIND_EARN && entry->credit.id == body->user_id &&
			entry->reason == body->reason && entry->reference != NULL &&
			strcmp(entry->reference, body->reference) == 0)
			return true;
	}
	return false;
}

void decide_credit_coins(struct exchange *x)
{
	static const int64_t usual[] = { 0, 10, 15, 5 };
	const struct pp_credit_coins_request *body = &x->request->u.credit_coins;
	struct model *model = x->model;
	struct user *user = find_user(model, body->user_id);
	int64_t coins =
		body->reason == PP_CREDIT_REASON_AMOUNT ? body->amount_coins : usual[body->reason];
	uint32_t index = 0;

	if (user == NULL) {
		refuse(x, PP_REASON_USER_NOT_FOUND, "user_id");
		return;
	}
	if (credited(model, body)) {
		refuse(x, PP_REASON_ALREADY_CREDITED, "reference");
		return;
	}
	/* There are never more coins than one account may hold: ISSUANCE is bounded too. */
	if (-model->issuance.balance > coins_max - coins) {
		refuse(x, PP_REASON_BALANCE_OVERFLOW, "amount_coins");
		return;
	}
	bool real = accept(x, 0);
	x->reply.u.credit_coins = (struct pp_credit_coins_response) {
		.user_id = body->user_id,
		.amount_coins = coins,
		.balance_coins = user->purse.balance + coins,
	};
	if (!real)
		return;
	struct entry entry = {
		.kind = PP_ENTRY_KIND_EARN,
		.debit = { PP_ACCOUNT_KIND_ISSUANCE, 0 },
		.credit = { PP_ACCOUNT_KIND_USER, body->user_id },
		.coins = coins,
		.reason = body->reason,
		.reference = copy_text(&model->text, body->reference),
	};
	move_coins(x, &index, &entry);
}

static struct pp_account *copy_account(struct exchange *x, struct pp_account account)
{
	struct pp_account *copy = take(x->arena, sizeof(*copy));

	*copy = account;
	return copy;
}

/* The purse of an account that is asked about; NULL when refused. */
static const struct purse *asked_purse(struct exchange *x, const struct pp_account *account)
{
	const struct purse *purse = find_purse(x->model, *account);

	if (purse == NULL)
		refuse(x,
			account->kind == PP_ACCOUNT_KIND_USER ? PP_REASON_USER_NOT_FOUND
							      : PP_REASON_BUSINESS_NOT_FOUND,
			"account.id");
	return purse;
}

void decide_get_balance(struct exchange *x)
{
	const struct pp_account *account = x->request->u.get_balance.account;
	const struct purse *purse = asked_purse(x, account);

	if (purse == NULL)
		return;
	x->reply.kind = PP_KIND_GET_BALANCE;
	x->reply.u.get_balance = (struct pp_get_balance_response) {
		.account = copy_account(x, *account),
		.balance_coins = purse->balance,
		.n_entries = purse->n_entries,
	};
}

static bool same_account(struct pp_account a, struct pp_account b)
{
	return a.kind == b.kind && a.id == b.id;
}

static struct pp_ledger_entry *show_entry(
	struct exchange *x, const struct entry *entry, bool credited_one)
{
	struct pp_ledger_entry *shown = take(x->arena, sizeof(*shown));

	*shown = (struct pp_ledger_entry) {
		.revision = entry->revision,
		.index = entry->index,
		.kind = entry->kind,
		.debit = copy_account(x, entry->debit),
		.credit = copy_account(x, entry->credit),
		.amount_coins = entry->coins,
		.balance_after_coins = credited_one ? entry->credit_after : entry->debit_after,
		.at_ms = entry->at_ms,
		.purchase_id = entry->purchase,
		.credit_reason = entry->reason,
		.reference = entry->reference,
	};
	return shown;
}

void decide_list_ledger_entries(struct exchange *x)
{
	const struct pp_list_ledger_entries_request *body = &x->request->u.list_ledger_entries;
	const struct pp_list_ledger_entries_response *actual = &x->actual->u.list_ledger_entries;
	struct pp_list_ledger_entries_response *reply = &x->reply.u.list_ledger_entries;
	const struct model *model = x->model;
	size_t size = page_size_of(body->page_size);
	struct cursor cursor;

	if (!page_start(x, model->n_entries, &cursor) || asked_purse(x, body->account) == NULL)
		return;
	x->reply.kind = PP_KIND_LIST_LEDGER_ENTRIES;
	reply->entries = take(x->arena, size * sizeof(reply->entries[0]));
	/* `next` is one more than the index of the next older entry. */
	bool left = false;
	for (; cursor.next > 0 && !left; cursor.next--) {
		const struct entry *entry = &model->entries[cursor.next - 1];
		bool got = same_account(entry->credit, *body->account);
		if (!got && !same_account(entry->debit, *body->account))
			continue;
		if (reply->n_entries == size || reply->n_entries == actual->n_entries) {
			left = true;
			break;
		}
		reply->entries[reply->n_entries++] = show_entry(x, entry, got);
	}
	page_end(x, cursor, reply->n_entries, size, left, actual->next_page_token);
}
