/* The driver over an engine that fails when told: what it says, and what it does afterwards. */
#include "storage/driver.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

/* The memory engine behind functions that fail as told; one test is one process. */
static struct {
	int begin;
	int get;
	int commit;
	int usage;
	uint64_t free_bytes;
	size_t n_begun;
	size_t n_ended;
} told = { .free_bytes = UINT64_MAX };

static int failing_begin(struct engine *engine)
{
	if (told.begin != 0)
		return told.begin;
	told.n_begun++;
	return engine_memory.batch_begin(engine);
}

static int failing_get(struct engine *engine, const struct key *key, struct span *out)
{
	return told.get != 0 ? told.get : engine_memory.batch_get(engine, key, out);
}

static int failing_commit(struct engine *engine, const struct engine_changes *changes)
{
	told.n_ended++;
	return told.commit != 0 ? told.commit : engine_memory.batch_commit(engine, changes);
}

static void counting_abort(struct engine *engine)
{
	told.n_ended++;
	engine_memory.batch_abort(engine);
}

static int failing_usage(const struct engine *engine, uint64_t *file_bytes, uint64_t *free_bytes)
{
	(void)engine;
	*file_bytes = 0;
	*free_bytes = told.free_bytes;
	return told.usage;
}

/* Adds 1 to the number under the key that the request is. */
static enum step count(struct decision *decision)
{
	struct span value;
	uint8_t *bytes;
	enum loaded loaded = decision_load(decision, decision->request, &value);

	if (loaded == LOADED_PENDING)
		return STEP_READ;
	bytes = decision_reserve(decision, 1);
	cr_assert_not_null(bytes);
	bytes[0] = (uint8_t)(1 + (loaded == LOADED_PRESENT ? value.data[0] : 0));
	*(uint8_t *)decision->reply = bytes[0];
	decision_put(decision, decision->request, (struct span) { bytes, 1 }, false);
	decision->accepted = true;
	return STEP_DONE;
}

static const struct key key = { .len = 2, .bytes = { 'K', '1' } };

struct fixture {
	struct engine_ops ops;
	struct engine *engine;
	struct driver driver;
};

static struct fixture *fixture_make(void)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));
	struct store_options options = { .rule = count, .free_bytes_min = 1000 };
	struct engine_changes nothing = { .n_puts = 0 };
	static const struct meta_state state;
	char message[STORE_MESSAGE_BYTES];

	cr_assert_not_null(fixture);
	cr_assert_eq(engine_memory.open(&options, &nothing, &fixture->engine, message), 0);
	fixture->ops = engine_memory;
	fixture->ops.batch_begin = failing_begin;
	fixture->ops.batch_get = failing_get;
	fixture->ops.batch_commit = failing_commit;
	fixture->ops.batch_abort = counting_abort;
	fixture->ops.usage = failing_usage;
	fixture->engine->ops = &fixture->ops;
	cr_assert_eq(driver_init(&fixture->driver, fixture->engine, &options, &state), 0);
	return fixture;
}

static void fixture_free(struct fixture *fixture)
{
	cr_assert_eq(told.n_begun, told.n_ended);
	driver_free(&fixture->driver);
	engine_memory.close(fixture->engine);
	free(fixture);
}

/* Two requests on the one key; the error, and what became of them. */
static int execute(struct fixture *fixture, int results[2], uint8_t replies[2])
{
	struct store_op ops[2];
	struct store_op *list[2] = { &ops[0], &ops[1] };
	size_t n_taken = 0;

	for (size_t i = 0; i < 2; i++)
		ops[i] = (struct store_op) { .request = &key, .reply = &replies[i], .result = 1 };
	int err = driver_execute(&fixture->driver, list, 2, 5, &n_taken);
	cr_assert(err != 0 || n_taken == 2);
	for (size_t i = 0; i < 2; i++)
		results[i] = ops[i].result;
	return err;
}

Test(driver, full_storage_undoes_the_batch_and_goes_on)
{
	struct fixture *fixture = fixture_make();
	int results[2];
	uint8_t replies[2];

	cr_assert_eq(execute(fixture, results, replies), 0);
	cr_assert(results[0] == 0 && results[1] == 0 && replies[1] == 2);
	told.commit = PP_ERR_STORAGE_FULL;
	for (int i = 0; i < 3; i++) {
		cr_assert_eq(execute(fixture, results, replies), 0);
		cr_assert_eq(results[0], PP_ERR_STORAGE_FULL);
		cr_assert_eq(results[1], PP_ERR_STORAGE_FULL);
		cr_assert_eq(atomic_load(&fixture->driver.revision), 2);
	}
	told.commit = 0;
	cr_assert_eq(execute(fixture, results, replies), 0);
	cr_assert(results[0] == 0 && replies[0] == 3 && replies[1] == 4);
	cr_assert_eq(atomic_load(&fixture->driver.revision), 4);
	cr_assert_eq(fixture->driver.state.tables['K'].n_records, 1);
	fixture_free(fixture);
}

Test(driver, little_free_disk_refuses_without_deciding)
{
	struct fixture *fixture = fixture_make();
	int results[2];
	uint8_t replies[2] = { 99, 99 };

	told.free_bytes = 999;
	cr_assert_eq(execute(fixture, results, replies), 0);
	cr_assert(results[0] == PP_ERR_STORAGE_FULL && results[1] == PP_ERR_STORAGE_FULL);
	cr_assert(replies[0] == 99 && replies[1] == 99);
	told.free_bytes = 1000;
	cr_assert_eq(execute(fixture, results, replies), 0);
	cr_assert(results[0] == 0 && replies[1] == 2);
	fixture_free(fixture);
}

Test(driver, any_other_failure_is_for_ever)
{
	int *const places[] = { &told.begin, &told.get, &told.commit, &told.usage };
	static const int errs[] = { PP_ERR_IO, PP_ERR_CORRUPT, PP_ERR_NO_MEMORY };
	int results[2];
	uint8_t replies[2];

	for (size_t i = 0; i < ARRAY_LEN(places); i++) {
		for (size_t j = 0; j < ARRAY_LEN(errs); j++) {
			struct fixture *fixture = fixture_make();
			cr_assert_eq(execute(fixture, results, replies), 0);
			*places[i] = errs[j];
			cr_assert_eq(execute(fixture, results, replies), errs[j]);
			*places[i] = 0;
			size_t n_begun = told.n_begun;
			cr_assert_eq(execute(fixture, results, replies), errs[j]);
			cr_assert_eq(told.n_begun, n_begun);
			cr_assert_eq(atomic_load(&fixture->driver.revision), 2);
			fixture_free(fixture);
		}
	}
}

Test(driver, time_that_goes_back_stops, .signal = SIGABRT)
{
	struct fixture *fixture = fixture_make();
	uint8_t reply;
	struct store_op op = { .request = &key, .reply = &reply };
	struct store_op *list[] = { &op };
	size_t n_taken;

	cr_assert_eq(driver_execute(&fixture->driver, list, 1, 5, &n_taken), 0);
	cr_assert_eq(driver_execute(&fixture->driver, list, 1, 4, &n_taken), 0);
}

static enum step ask_nothing(struct decision *decision)
{
	(void)decision;
	return STEP_READ;
}

Test(driver, rule_that_waits_for_nothing_stops, .signal = SIGABRT)
{
	struct fixture *fixture = fixture_make();
	int results[2];
	uint8_t replies[2];

	fixture->driver.rule = ask_nothing;
	cr_assert_eq(execute(fixture, results, replies), 0);
}
