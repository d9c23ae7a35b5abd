/* The audit of a whole store over one snapshot, in bounded steps and bounded memory. */
#ifndef DOMAIN_RULES_VERIFY_H
#define DOMAIN_RULES_VERIFY_H

#include "domain/rules/record.h"
#include "domain/rules/step.h"
#include "peakpeeps/types.h"

/*
 * One walk over every record in key order. Each record is looked at by itself, against the records
 * it names and against those that name it; chains (entries of an account, purchases of a user) are
 * followed from their heads. Memory does not grow with the store: where many things are to be
 * counted (sales per coupon, purchases per user and coupon), a window of them is counted in the
 * scratch buffer, and if they do not all fit, the same records are read again for the next window.
 *
 * What is found is named by a check, which never changes its name:
 *
 *   checksum  a record is damaged, hidden from look-ups, or a table's number or sum is not right
 *   balance   an account's balance against its entries, no debt, and the sum over all accounts
 *   posting   a posting that is not one, or that stands in no account's chain
 *   chain     a broken chain of entries or purchases; a purchase that is missing
 *   counter   purchases of a coupon by a user; ids that are not dense; totals
 *   stock     pieces sold against purchases and against the stock
 *   version   versions of a coupon: dense, in order, whole terms, the honour floor; of a business:
 *             dense, in order, what they changed, and the profile that its record repeats
 *   receipt   a purchase against its version, the commission of its moment, its request id and its
 *             journal records: of the purchase, of its redemption and of its refund
 *   journal   revisions dense, times in order, the kind of change
 *   name      what bears a name and the name's record point at each other
 *   request   a spent request id against the journal
 *   reference a credited reference against the journal, and back
 *   owner     owners of a business are users
 *
 * A record that cannot be read is reported once, by checksum; what is judged by it is not judged.
 * After a broken chain, what would be counted along it is not judged. Anything else may show in
 * more than one check: a posting's amount that is wrong makes two balances wrong.
 */

/* Where the records come from: one snapshot. Modelled on store_snapshot_*, see storage/store.h. */
struct verify_source {
	void *context;
	/*
	 * 0 and *present; PP_ERR_CORRUPT when the record fails its checksum; any other error ends
	 * the run. *out is borrowed until the run ends.
	 */
	int (*get)(void *context, const struct key *key, bool *present, struct span *out);
	/*
	 * The first record at or after `key`, or strictly after it. PP_ERR_NOT_FOUND at the end;
	 * PP_ERR_CORRUPT: *found is set, its value is not to be trusted; any other error ends the
	 * run. *value is borrowed until the run ends.
	 */
	int (*next)(void *context, const struct key *key, bool after, struct key *found,
		struct span *value);
	/* What meta says of a table: its number of records and the XOR of their checksums. */
	void (*table)(void *context, uint8_t table, uint64_t *n_records, uint64_t *checksum_xor);
	uint64_t (*checksum)(const struct key *key, struct span value);
	uint64_t revision; /* of the snapshot */
	int64_t time_ms;   /* of its last commit; 0: never */
};

enum {
	VERIFY_SCRATCH_BYTES = 4 * 1024 * 1024, /* usual; one pass for 196 000 coupons sold */
	VERIFY_SCRATCH_BYTES_MIN = 256,
	VERIFY_SUBJECT_BYTES = 80,
	VERIFY_MESSAGE_BYTES = 200,
};

struct verify_finding {
	const char *check;                  /* static: one of the table above */
	char subject[VERIFY_SUBJECT_BYTES]; /* as in "user 7" or "coupon 1000001" */
	char message[VERIFY_MESSAGE_BYTES]; /* one sentence without a full stop */
};

struct verify_result {
	uint64_t n_checked;  /* records walked so far; all of them when done */
	uint64_t n_findings; /* all that were found */
	uint32_t n_shown;    /* the first of them, min(n_findings, PP_FINDINGS_MAX) */
	struct verify_finding findings[PP_FINDINGS_MAX];
};

struct verify_tally_item {
	uint64_t coupon_id;
	uint64_t n;
};

/* How often each coupon of the window [low, high) was met; see verify_tally.c. */
struct verify_tally {
	struct verify_tally_item *items;
	size_t capacity;
	size_t n;
	uint64_t low;
	uint64_t high; /* UINT64_MAX: no bound yet */
	size_t at;     /* next item to be compared */
};

/* An account whose chain of entries is to be followed. */
struct verify_account {
	struct pp_account owner;
	struct account account;
	struct entry_ref at;
	uint64_t n;
	uint64_t sum; /* modulo 2^64 */
};

/* The business whose coupons and versions are being walked. */
struct verify_business {
	bool known;
	struct business_record record; /* its strings are borrowed from the snapshot */
	uint64_t last_number;          /* of its coupons */
	uint32_t last_version;
	bool profile_known; /* the last version could be read */
	struct pp_business_profile profile;
	int64_t valid_from_ms;
	uint64_t valid_from_revision;
	uint64_t stray_id; /* of a business that has versions but is not there */
};

/* Some of the purchases. */
struct verify_set {
	uint64_t n;
	uint64_t ids_xor;
};

/* Who was redeemed, or refunded, by the journal and by the purchases themselves. */
struct verify_fate {
	uint64_t n_changes;        /* of the journal */
	uint64_t n_doubtful;       /* those whose purchase names another, or cannot be read */
	struct verify_set changed; /* by the other ones */
	struct verify_set says_so;
};

/* The coupon whose versions are being walked. */
struct verify_versions {
	uint64_t coupon_id;
	bool known; /* the coupon's record */
	struct coupon_record record;
	bool incomplete; /* one of them is missing or damaged */
	uint32_t last;
	uint32_t hard; /* the newest version that is HARD */
	bool ended;
	int64_t honour_ms;       /* of the last one */
	int64_t window_until_ms; /* in which superseded ones are honoured */
	int64_t valid_from_ms;
	uint64_t valid_from_revision;
};

enum { VERIFY_TABLES = 9 };

/*
 * A run. Belongs to one thread; nothing in it is to be looked at but `result`. About 25 KiB: not
 * for a stack that is small.
 */
struct verify {
	struct verify_result result;
	const struct verify_source *source;
	uint64_t n_left; /* records that may still be read in this step */
	enum verify_found {
		VERIFY_ABSENT,
		VERIFY_UNREADABLE, /* damaged: the walk reports it, nobody else */
		VERIFY_FOUND,
	} found;         /* of the last look-up */
	struct span got; /* its value */
	int err;
	bool done;

	/* The walk. */
	bool started;
	struct key at;
	uint32_t table;     /* index of the table being walked */
	uint64_t n_records; /* of this table */
	uint64_t checksum_xor;
	uint64_t n_unreadable; /* records of this table that are damaged */

	/* What the counters say; known after the first step. */
	bool has_counters;
	struct counters_record counters;

	/* Of the whole store. */
	uint64_t balance_sum; /* modulo 2^64 */
	uint64_t n_postings;
	uint64_t n_links;            /* of all chains of entries */
	uint64_t n_accounts_unknown; /* damaged */
	uint64_t n_chains_unknown;   /* of entries, broken; or journal records, damaged */
	uint64_t n_purchases;        /* the last id */
	uint64_t n_purchase_links;
	uint64_t n_users_unknown;
	uint64_t n_purchases_lost;  /* missing or damaged: sales that cannot be counted */
	uint64_t n_journal_unknown; /* journal records, missing or damaged */
	struct verify_fate redeemed;
	struct verify_fate refunded;

	/* Dense ids of the table being walked. */
	uint64_t last_id;
	uint64_t n_coupons;
	int64_t last_ms;

	struct verify_business business;

	struct verify_versions versions;

	/* Work that comes before the walk goes on. */
	uint32_t n_accounts;
	struct verify_account accounts[2];
	enum verify_user_step {
		VERIFY_USER_NONE,
		VERIFY_USER_CHAIN,
		VERIFY_USER_COUNTS,
	} user_step;
	struct {
		uint64_t user_id;
		uint64_t n_purchases;
		uint64_t last_purchase_id;
		uint64_t at;
		uint64_t n;
		bool again; /* a later window: the chain itself was judged already */
		struct key count_at;
	} user;
	enum verify_sales_step {
		VERIFY_SALES_NONE,
		VERIFY_SALES_COUNT,
		VERIFY_SALES_COMPARE,
	} sales_step;
	struct key sales_at;
	struct verify_tally tally;
};

/*
 * Prepares a run. `source` and `scratch` are borrowed until the run ends; `scratch_bytes` is at
 * least VERIFY_SCRATCH_BYTES_MIN, and scratch is aligned for uint64_t. Nothing is allocated.
 */
void verify_begin(struct verify *verify, const struct verify_source *source, void *scratch,
	size_t scratch_bytes);

enum verify_state {
	VERIFY_RUNNING,
	VERIFY_DONE, /* clean if no finding was made */
};

/*
 * Goes on until about `budget_records` records have been read (a few more: those that belong to the
 * last one) or everything is checked. VERIFY_RUNNING, VERIFY_DONE, or the error of the source that
 * ended the run; what was found until then stays in verify->result.
 */
int verify_step(struct verify *verify, uint64_t budget_records) MUST_CHECK;

#endif
