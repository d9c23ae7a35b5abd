#include "tests/integration/plant.h"

#include "domain/rules/decide.h"
#include "domain/rules/name.h"
#include "domain/rules/record.h"
#include "storage/store.h"
#include "tests/integration/require.h"

/* What a planting rule is asked for. */
struct plant {
	uint64_t business; /* or */
	uint64_t coupon;
	bool balance; /* the business's coins, not its coupons */
	uint32_t number;
};

enum { RECORD_BYTES = 8192, ARENA_BYTES = 64 * 1024 };

#define PUT(decision, key, noun, record) \
	do { \
		struct byte_writer writer; \
		uint8_t *room = decision_reserve((decision), RECORD_BYTES); \
		REQUIRE(room != NULL, "no room for a record"); \
		byte_writer_init(&writer, room, RECORD_BYTES); \
		record_##noun##_encode((record), &writer); \
		decision_put((decision), (key), byte_writer_span(&writer), false); \
	} while (0)

static enum step plant_business(struct decision *decision, const struct plant *plant)
{
	struct business_record business;
	struct span value;
	struct key key;

	key_of_business(plant->business, &key);
	if (decision_load(decision, &key, &value) == LOADED_PENDING)
		return STEP_READ;
	if (!record_business_decode(value, decision->arena, &business))
		return STEP_CORRUPT;
	if (plant->balance)
		business.account.balance_coins = plant->number;
	else
		business.n_coupons = plant->number;
	PUT(decision, &key, business, &business);
	return STEP_DONE;
}

static enum step plant_coupon(struct decision *decision, const struct plant *plant)
{
	struct coupon_record coupon;
	struct version_record version;
	struct span value;
	struct key key;

	key_of_coupon(plant->coupon, &key);
	if (decision_load(decision, &key, &value) == LOADED_PENDING)
		return STEP_READ;
	if (!record_coupon_decode(value, decision->arena, &coupon))
		return STEP_CORRUPT;
	key_of_version(plant->coupon, coupon.version, &key);
	if (decision_load(decision, &key, &value) == LOADED_PENDING)
		return STEP_READ;
	if (!record_version_decode(value, decision->arena, &version))
		return STEP_CORRUPT;
	coupon.version = plant->number;
	version.version = plant->number;
	key_of_coupon(plant->coupon, &key);
	PUT(decision, &key, coupon, &coupon);
	key_of_version(plant->coupon, plant->number, &key);
	PUT(decision, &key, version, &version);
	return STEP_DONE;
}

static enum step plant_rule(struct decision *decision)
{
	const struct plant *plant = decision->request;

	return plant->coupon != 0 ? plant_coupon(decision, plant) : plant_business(decision, plant);
}

static void plant(const char *store_path, const struct plant *what)
{
	struct store_options options = {
		.engine = STORE_LMDB,
		.path = store_path,
		.rule = plant_rule,
		.unicode_version = name_unicode_version(),
	};
	char message[STORE_MESSAGE_BYTES] = "";
	struct store_info info;
	struct store *store = NULL;
	struct arena arena;
	struct store_op op = { .request = what, .arena = &arena };
	struct store_op *ops[] = { &op };
	size_t n_taken = 0;

	arena_init(&arena, ARENA_BYTES, NULL);
	int err = store_open(&options, &store, message);
	REQUIRE(err == 0, "%s: %s", store_path, message);
	store_info(store, &info);
	err = store_execute(store, ops, 1, info.last_commit_ms, &n_taken);
	REQUIRE(err == 0 && n_taken == 1 && op.result == 0, "%s: %s", store_path,
		pp_strerror(err != 0 ? err : op.result));
	store_close(store);
	arena_free(&arena);
}

void plant_coupons_of_business(const char *store_path, uint64_t business, uint32_t n_coupons)
{
	plant(store_path, &(struct plant) { .business = business, .number = n_coupons });
}

void plant_balance_of_business(const char *store_path, uint64_t business, uint32_t coins)
{
	plant(store_path,
		&(struct plant) { .business = business, .balance = true, .number = coins });
}

void plant_version_of_coupon(const char *store_path, uint64_t coupon, uint32_t version)
{
	plant(store_path, &(struct plant) { .coupon = coupon, .number = version });
}
