/* Every record of the store: its key, its fields, its bytes. In words: docs/storage.md. */
#ifndef DOMAIN_RULES_RECORD_H
#define DOMAIN_RULES_RECORD_H

#include "domain/rules/step.h"
#include "peakpeeps/types.h"

/*
 * Tables are the first byte of a key; what is used together lies together. Integers in keys are
 * big-endian. A hash is the 128-bit BLAKE2b of the folded name or of the reference.
 *
 *   B business 00           business            U user 00                  user
 *   B business 01 n         coupon              U user 01 coupon           purchases of a coupon
 *   B business 02 version   business version    U user 02 reason hash      a credited reference
 *   C                       counters
 *   J revision              journal             V coupon version           version
 *   N kind scope hash       name                R request_id principal     a spent request id
 *   P purchase              purchase            Q request_id user          purchase of a request id
 *
 * A coupon's id is business id * 1 000 000 + its number in the business, from 1.
 */
enum table {
	TABLE_BUSINESS = 'B',
	TABLE_COUNTERS = 'C',
	TABLE_JOURNAL = 'J',
	TABLE_NAME = 'N',
	TABLE_PURCHASE = 'P',
	TABLE_PURCHASE_OF_REQUEST = 'Q',
	TABLE_REQUEST = 'R',
	TABLE_USER = 'U',
	TABLE_VERSION = 'V',
};

enum { /* the byte after the id in the B and U tables */
	PART_SELF = 0,
	PART_COUPON = 1,    /* B */
	PART_VERSION = 2,   /* B */
	PART_COUNT = 1,     /* U: purchases of a coupon */
	PART_REFERENCE = 2, /* U */
};

enum { COUPON_ID_UNIT = 1000000 };

enum name_kind {
	NAME_OF_USER = 'u',     /* scope 0 */
	NAME_OF_BUSINESS = 'b', /* scope 0 */
	NAME_OF_COUPON = 'c',   /* scope: the business */
};

struct name_hash {
	uint8_t bytes[16];
};

void key_of_user(uint64_t user_id, struct key *out);
void key_of_count(uint64_t user_id, uint64_t coupon_id, struct key *out);
void key_of_reference(uint64_t user_id, enum pp_credit_reason reason, const struct name_hash *hash,
	struct key *out);
void key_of_business(uint64_t business_id, struct key *out);
void key_of_business_version(uint64_t business_id, uint64_t version, struct key *out);
void key_of_coupon(uint64_t coupon_id, struct key *out);
void key_of_version(uint64_t coupon_id, uint64_t version, struct key *out);
void key_of_counters(struct key *out);
void key_of_journal(uint64_t revision, struct key *out);
void key_of_name(
	enum name_kind kind, uint64_t scope, const struct name_hash *hash, struct key *out);
void key_of_purchase(uint64_t purchase_id, struct key *out);
void key_of_purchase_of_request(
	const struct pp_uuid *request_id, uint64_t user_id, struct key *out);
void key_of_request(const struct pp_uuid *request_id, uint64_t principal, struct key *out);
/* The first key of a request id that is still kept at `now_ms`: all R keys below it have expired.
 */
void key_of_oldest_request(int64_t now_ms, int64_t retention_ms, struct key *out);

/* Where a ledger entry stands: the journal record and its posting. revision 0: nowhere. */
struct entry_ref {
	uint64_t revision;
	uint16_t index;
};

/* A coin account, inside the record of its owner. Its entries are a chain from last_entry back. */
struct account {
	int64_t balance_coins;
	uint64_t n_entries;
	struct entry_ref last_entry;
};

struct user_record {
	uint64_t user_id;
	const char *name;
	int64_t created_at_ms;
	struct account account;
	uint64_t n_purchases;
	uint64_t last_purchase_id; /* head of the chain of this user's purchases; 0: none */
};

struct business_record {
	uint64_t business_id;
	uint32_t version;
	const char *name; /* name, address and commission_bp are those of the version */
	const char *address;
	uint32_t n_owners;
	uint64_t owners[PP_OWNERS_MAX];
	uint32_t commission_bp;
	int64_t created_at_ms;
	uint32_t n_coupons;
	struct account account;
};

/* The profile of a business as it stood; immutable. */
struct business_version_record {
	uint64_t business_id;
	uint32_t version;
	struct pp_business_profile profile; /* every member set */
	int64_t valid_from_ms;
	uint64_t valid_from_revision;
	uint64_t edited_by;
	pp_set changed_fields; /* of enum pp_business_field */
};

struct coupon_record {
	uint64_t coupon_id;
	uint64_t business_id;
	uint32_t version; /* the current one */
	uint32_t honour_floor;
	bool has_stock;
	int64_t stock; /* pieces ever put on sale; left = stock - sold */
	int64_t sold;
	/* No superseded version is honoured from then on; 0: there is none. Frees names. */
	int64_t window_until_ms;
};

struct version_record {
	uint64_t coupon_id;
	uint32_t version;
	struct pp_terms terms; /* every field set */
	int64_t valid_from_ms;
	uint64_t valid_from_revision;
	uint64_t edited_by;
	pp_set changed_fields;
	enum pp_supersede supersede;
	const char *reason;
};

struct purchase_record {
	uint64_t purchase_id;
	struct pp_uuid request_id;
	uint64_t user_id;
	uint64_t coupon_id;
	uint32_t version;
	int64_t price_coins;
	uint32_t commission_bp;
	int64_t commission_coins;
	bool honoured;
	bool has_honoured_until_ms;
	int64_t honoured_until_ms;
	bool bought_by_owner;
	int64_t at_ms;
	int64_t redeem_until_ms; /* 0: never expires */
	enum pp_refund_policy refund_policy;
	uint64_t code; /* 60 random bits; shown in Crockford's base 32 */
	uint64_t revision;
	uint64_t previous_purchase_id; /* of the same user; 0: the first */
	/* Everything above is never changed. */
	enum pp_purchase_state state; /* ISSUED, REDEEMED or REFUNDED */
	int64_t redeemed_at_ms;       /* 0: it was not, also when refunded */
	uint64_t redeemed_by;
	int64_t refunded_at_ms; /* REFUNDED */
	uint64_t refunded_by;
	bool stock_returned;
	const char *refund_reason; /* NULL: none was given */
};

enum posting_kind {
	POSTING_EARN = 1,
	POSTING_SPEND = 2,
	POSTING_COMMISSION = 3,
	POSTING_REFUND = 4,
	/* 5 ADJUST and 6 TRANSFER are reserved */
};

/* One ledger entry: `amount_coins` > 0 leaves `debit` and arrives at `credit`. */
struct posting {
	enum posting_kind kind;
	struct pp_account debit;
	struct pp_account credit;
	int64_t amount_coins;
	struct entry_ref debit_previous; /* the entry before this one of the debited account */
	struct entry_ref credit_previous;
};

enum { JOURNAL_POSTINGS_MAX = 4 };

/* What a decided request answered, apart from what other records still hold. */
struct outcome {
	enum pp_reason reason;     /* NONE: accepted or unchanged */
	uint64_t made_id;          /* user, business, coupon or purchase; 0: nothing */
	uint64_t version;          /* of the coupon or business after it; EditCoupon, Create... */
	int64_t amount;            /* CreditCoins: coins; AdjustStock: pieces left after it */
	int64_t balance_coins;     /* the user's after it; CreditCoins, PurchaseCoupon, Refund... */
	uint32_t n_owners;         /* AddOwner, RemoveOwner */
	bool unchanged;            /* EditCoupon, EditBusiness */
	bool merged;               /* EditCoupon, EditBusiness */
	int64_t honoured_until_ms; /* EditCoupon; 0: absent */
	/* Refusals: */
	const char *message;
	const char *field;
	uint64_t conflict_base; /* ..._VERSION_CONFLICT: base and current version of made_id */
	uint64_t conflict_current;
	bool has_offer; /* the struct pp_current_offer */
	struct pp_current_offer offer;
};

struct journal_record {
	uint64_t revision;
	int64_t at_ms;
	enum pp_kind kind;
	uint64_t actor; /* principal */
	struct pp_uuid request_id;
	uint64_t subject_id; /* what was changed: coupon, business, user or purchase */
	/* What no other record tells, by kind: */
	enum pp_credit_reason credit_reason; /* CreditCoins */
	const char *reference;               /* CreditCoins; NULL: none */
	uint64_t user_id;                    /* AddOwner, RemoveOwner */
	int64_t delta;                       /* AdjustStock */
	struct outcome outcome;
	uint32_t n_postings;
	struct posting postings[JOURNAL_POSTINGS_MAX];
};

struct request_record {
	uint8_t hash[16];  /* of the content; zero when abandoned */
	enum pp_kind kind; /* NONE: abandoned */
	int64_t decided_at_ms;
	uint64_t revision;      /* as the reply carried it */
	bool journaled;         /* accepted: the outcome is in the journal record of `revision` */
	struct outcome outcome; /* otherwise */
};

struct name_record {
	uint64_t id; /* of what bears it, or bore it last */
	bool borne;
	int64_t free_at_ms; /* when not borne: usable by others from then on */
};

struct count_record {
	uint64_t n_purchases;
};

struct reference_record {
	uint64_t revision;
};

struct purchase_of_request_record {
	uint64_t purchase_id;
};

struct counters_record {
	uint64_t n_users; /* ids are dense: also the last id */
	uint64_t n_businesses;
	uint64_t n_coupons;
	uint64_t n_purchases;
	uint64_t n_redeemed; /* purchases that were, refunded later or not */
	uint64_t n_refunded;
	struct account issuance;
	struct account commission;
};

/*
 * record_X_decode: false when the bytes are not such a record (damage), or when the arena gave out;
 * *out is set on success. Strings are copied into the arena; without one (NULL) they are borrowed
 * from the bytes and nothing is allocated.
 * record_X_encode: appends the record to a byte writer; see byte_writer for overflow. A string
 * longer than its limit counts as overflow.
 * Every record starts with a layout number, so that a later build can read an earlier layout.
 */
#define RECORDS(X) \
	X(user) \
	X(business) \
	X(business_version) \
	X(coupon) \
	X(version) \
	X(purchase) \
	X(journal) \
	X(request) \
	X(name) \
	X(count) \
	X(reference) \
	X(purchase_of_request) \
	X(counters)
#define RECORD_FUNCTIONS(noun) \
	bool record_##noun##_decode( \
		struct span bytes, struct arena *arena, struct noun##_record *out) MUST_CHECK; \
	void record_##noun##_encode(const struct noun##_record *record, struct byte_writer *out);
RECORDS(RECORD_FUNCTIONS)
#undef RECORD_FUNCTIONS

#endif
