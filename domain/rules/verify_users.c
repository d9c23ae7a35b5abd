/*
 * The audit of users: their ids, the chain of each one's purchases, and how often each bought what.
 */
#include <inttypes.h>

#include "domain/rules/verify_internal.h"

/* ---- The chain of purchases ---- */

static void begin_chain(struct verify *verify, uint64_t low)
{
	verify_tally_begin(&verify->tally, low);
	verify->user.at = verify->user.last_purchase_id;
	verify->user.n = 0;
	verify->user_step = VERIFY_USER_CHAIN;
}

void verify_user_begin(struct verify *verify, const struct user_record *user)
{
	verify->user.user_id = user->user_id;
	verify->user.n_purchases = user->n_purchases;
	verify->user.last_purchase_id = user->last_purchase_id;
	verify->user.again = false;
	begin_chain(verify, 0);
}

static void end_chain(struct verify *verify)
{
	if (!verify->user.again) {
		verify->n_purchase_links += verify->user.n;
		if (verify->user.n != verify->user.n_purchases) {
			verify_report(verify, "chain",
				SUBJECT("user %" PRIu64, verify->user.user_id),
				"says %" PRIu64 " purchases, the chain holds %" PRIu64,
				verify->user.n_purchases, verify->user.n);
			verify->n_users_unknown++;
			verify->user_step = VERIFY_USER_NONE;
			return;
		}
	}
	verify_tally_finish(&verify->tally);
	/* The cursor stands before the first count of the window. */
	if (verify->tally.low == 0)
		key_of_user(verify->user.user_id, &verify->user.count_at);
	else
		key_of_count(verify->user.user_id, verify->tally.low - 1, &verify->user.count_at);
	verify->user_step = VERIFY_USER_COUNTS;
}

/* What is wrong with a link of the chain; NULL: nothing. */
static const char *link_fault(const struct verify *verify, const struct purchase_record *purchase)
{
	if (purchase->user_id != verify->user.user_id)
		return "is another user's";
	if (purchase->previous_purchase_id >= verify->user.at)
		return "does not lead back";
	return NULL;
}

static void chain_step(struct verify *verify)
{
	struct purchase_record purchase;
	const char *fault = NULL;
	enum verify_found found;
	struct key key;

	if (verify->user.at == 0) {
		end_chain(verify);
		return;
	}
	key_of_purchase(verify->user.at, &key);
	found = VERIFY_LOAD(purchase, verify, &key, &purchase);
	if (found == VERIFY_ABSENT)
		fault = "is not there";
	else if (found == VERIFY_FOUND)
		fault = link_fault(verify, &purchase);
	if (fault)
		verify_report(verify, "chain", SUBJECT("user %" PRIu64, verify->user.user_id),
			"its purchase %" PRIu64 " %s", verify->user.at, fault);
	if (fault || found == VERIFY_UNREADABLE) {
		verify->n_users_unknown++;
		verify->user_step = VERIFY_USER_NONE;
		return;
	}
	verify->user.n++;
	if (!purchase.stock_returned)
		verify_tally_add(&verify->tally, purchase.coupon_id);
	verify->user.at = purchase.previous_purchase_id;
}

/* ---- How often a user bought a coupon ---- */

/* Reports what was bought without being counted, of coupons below one. */
static void report_uncounted(struct verify *verify, uint64_t coupon_id)
{
	const struct verify_tally_item *item;

	while ((item = verify_tally_below(&verify->tally, coupon_id)))
		verify_report(verify, "counter",
			SUBJECT("user %" PRIu64 " coupon %" PRIu64, verify->user.user_id,
				item->coupon_id),
			"bought %" PRIu64 " times, the count is missing", item->n);
}

static void end_counts(struct verify *verify)
{
	report_uncounted(verify, UINT64_MAX);
	if (verify->tally.high == UINT64_MAX) {
		verify->user_step = VERIFY_USER_NONE;
		return;
	}
	verify->user.again = true;
	begin_chain(verify, verify->tally.high);
}

static void counts_step(struct verify *verify)
{
	struct count_record count;
	struct span value;
	uint64_t coupon_id;
	uint64_t n;
	struct key key;
	bool damaged;

	if (!verify_next(verify, &verify->user.count_at, &key, &value, &damaged) ||
		key.bytes[0] != TABLE_USER ||
		verify_key_number(&key, 1, 8) != verify->user.user_id ||
		verify_key_number(&key, 9, 1) != PART_COUNT ||
		verify_key_number(&key, 10, 8) >= verify->tally.high) {
		end_counts(verify);
		return;
	}
	verify->user.count_at = key;
	coupon_id = verify_key_number(&key, 10, 8);
	report_uncounted(verify, coupon_id);
	n = verify_tally_take(&verify->tally, coupon_id);
	if (!damaged && record_count_decode(value, NULL, &count) && count.n_purchases != n)
		verify_report(verify, "counter",
			SUBJECT("user %" PRIu64 " coupon %" PRIu64, verify->user.user_id,
				coupon_id),
			"says %" PRIu64 " purchases, %" PRIu64 " are there", count.n_purchases, n);
}

void verify_user_step(struct verify *verify)
{
	if (verify->user_step == VERIFY_USER_CHAIN)
		chain_step(verify);
	else
		counts_step(verify);
}

/* ---- The walk ---- */

static void walk_user_self(struct verify *verify, const struct key *key, const struct span *value)
{
	struct user_record user;
	struct key own;
	bool known = VERIFY_DECODE(user, verify, key, value, &user);

	verify_dense(verify, "counter", "user", verify_key_number(key, 1, 8));
	if (known) {
		key_of_user(user.user_id, &own);
		known = verify_key_is(verify, key, &own);
	}
	if (!known) {
		verify->n_accounts_unknown++;
		verify->n_users_unknown++;
		return;
	}
	verify_bears_name(verify, NAME_OF_USER, 0, user.user_id, user.name);
	verify_account_begin(verify, PP_ACCOUNT_KIND_USER, user.user_id, &user.account);
	verify_user_begin(verify, &user);
}

static void walk_count(struct verify *verify, const struct key *key, const struct span *value)
{
	uint64_t user_id = verify_key_number(key, 1, 8);
	struct count_record count;

	if (!VERIFY_DECODE(count, verify, key, value, &count))
		return;
	if (user_id != verify->last_id)
		verify_report(verify, "counter", subject_of_key(key).text,
			"counts purchases of a user who is not there");
}

void verify_walk_user(struct verify *verify, const struct key *key, const struct span *value)
{
	switch (verify_key_number(key, 9, 1)) {
	case PART_SELF: walk_user_self(verify, key, value); break;
	case PART_COUNT: walk_count(verify, key, value); break;
	case PART_REFERENCE: verify_walk_reference(verify, key, value); break;
	default:
		verify_report(verify, "checksum", subject_of_key(key).text,
			"is of no kind that a user has");
	}
}

void verify_end_user(struct verify *verify)
{
	const struct counters_record *counters = &verify->counters;

	if (verify->has_counters && counters->n_users != verify->last_id)
		verify_report(verify, "counter", "counters",
			"say %" PRIu64 " users, the last one is %" PRIu64, counters->n_users,
			verify->last_id);
	if (verify->n_users_unknown == 0 &&
		(verify->n_purchase_links > verify->n_purchases ||
			verify->n_purchases - verify->n_purchase_links > verify->n_purchases_lost))
		verify_report(verify, "chain", "all users",
			"there are %" PRIu64 " purchases, the users' chains hold %" PRIu64,
			verify->n_purchases, verify->n_purchase_links);
	if (verify->n_accounts_unknown == 0 && verify->balance_sum != 0)
		verify_report(verify, "balance", "all accounts", "make %" PRId64 ", not 0",
			(int64_t)verify->balance_sum);
	if (verify->n_accounts_unknown == 0 && verify->n_chains_unknown == 0 &&
		verify->n_links != 2 * verify->n_postings)
		verify_report(verify, "posting", "all accounts",
			"%" PRIu64 " postings stand in %" PRIu64 " chains instead of %" PRIu64,
			verify->n_postings, verify->n_links, 2 * verify->n_postings);
}
