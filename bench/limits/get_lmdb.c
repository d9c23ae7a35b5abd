/* LMDB alone: a get of a random key of N, and taking and letting go of a view. */
#include <lmdb.h>

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/draw.h"
#include "bench/limits/probe.h"

/* Keys as those of coupons, values of about their length. */
enum { GET_KEY_BYTES = 14, GET_VALUE_BYTES = 96, GETS_EACH_LOOK = 256, PUTS_EACH_COMMIT = 100000 };

struct gets {
	MDB_env *env;
	MDB_dbi dbi;
	uint32_t n_keys;
	struct draw draw;
	uint64_t sum;
};

static void make_key(uint64_t number, uint8_t key[GET_KEY_BYTES])
{
	memset(key, 0, GET_KEY_BYTES);
	key[0] = 'B';
	for (int i = 0; i < 8; i++)
		key[1 + i] = (uint8_t)(number >> (56 - 8 * i));
	key[9] = 1;
	key[GET_KEY_BYTES - 1] = 1;
}

static int fill_some(struct gets *gets, uint32_t from, uint32_t to)
{
	uint8_t key[GET_KEY_BYTES];
	uint8_t bytes[GET_VALUE_BYTES] = { 0 };
	MDB_txn *txn;
	int rc = mdb_txn_begin(gets->env, NULL, 0, &txn);

	if (rc != 0)
		return rc;
	if (from == 0)
		rc = mdb_dbi_open(txn, NULL, 0, &gets->dbi);
	for (uint32_t i = from; i < to && rc == 0; i++) {
		make_key(i, key);
		MDB_val name = { sizeof(key), key };
		MDB_val value = { sizeof(bytes), bytes };
		bytes[0] = (uint8_t)i;
		rc = mdb_put(txn, gets->dbi, &name, &value, MDB_APPEND);
	}
	if (rc == 0)
		return mdb_txn_commit(txn);
	mdb_txn_abort(txn);
	return rc;
}

static int open_filled(struct gets *gets, const char *folder)
{
	int rc = mdb_env_create(&gets->env);

	if (rc == 0)
		rc = mdb_env_set_mapsize(gets->env, (size_t)1 << 32);
	/* It is thrown away: nothing needs to be on disk. */
	if (rc == 0)
		rc = mdb_env_open(gets->env, folder, MDB_NOSYNC, 0600);
	for (uint32_t i = 0; i < gets->n_keys && rc == 0; i += PUTS_EACH_COMMIT) {
		uint32_t to =
			i + PUTS_EACH_COMMIT < gets->n_keys ? i + PUTS_EACH_COMMIT : gets->n_keys;
		rc = fill_some(gets, i, to);
	}
	return rc;
}

static int measure_gets(struct gets *gets, MDB_txn *txn, int64_t duration_ns, double *out_ns)
{
	uint8_t key[GET_KEY_BYTES];
	uint64_t n = 0;
	int64_t begun_ns = limits_cpu_ns();
	int64_t now_ns = begun_ns;
	int rc = 0;

	while (now_ns - begun_ns < duration_ns && rc == 0) {
		for (int i = 0; i < GETS_EACH_LOOK && rc == 0; i++) {
			MDB_val name = { sizeof(key), key };
			MDB_val value;
			make_key(draw_below(&gets->draw, gets->n_keys), key);
			rc = mdb_get(txn, gets->dbi, &name, &value);
			if (rc == 0)
				gets->sum += *(const uint8_t *)value.mv_data;
		}
		n += GETS_EACH_LOOK;
		now_ns = limits_cpu_ns();
	}
	*out_ns = (double)(now_ns - begun_ns) / (double)n;
	return rc;
}

static int measure_views(MDB_txn *txn, int64_t duration_ns, double *out_ns)
{
	uint64_t n = 0;
	int64_t begun_ns = limits_cpu_ns();
	int64_t now_ns = begun_ns;
	int rc = 0;

	while (now_ns - begun_ns < duration_ns && rc == 0) {
		for (int i = 0; i < GETS_EACH_LOOK && rc == 0; i++) {
			mdb_txn_reset(txn);
			rc = mdb_txn_renew(txn);
		}
		n += GETS_EACH_LOOK;
		now_ns = limits_cpu_ns();
	}
	*out_ns = (double)(now_ns - begun_ns) / (double)n;
	return rc;
}

static int measure(struct gets *gets, const struct limits_options *options)
{
	int64_t duration_ns = options->duration_ms * 1000000;
	double get_ns = 0;
	double view_ns = 0;
	MDB_txn *txn;
	int rc = mdb_txn_begin(gets->env, NULL, MDB_RDONLY, &txn);

	if (rc != 0)
		return rc;
	rc = measure_gets(gets, txn, options->warmup_ms * 1000000, &get_ns);
	if (rc == 0)
		rc = measure_gets(gets, txn, duration_ns * 3 / 4, &get_ns);
	if (rc == 0)
		rc = measure_views(txn, duration_ns / 4, &view_ns);
	mdb_txn_abort(txn);
	if (rc == 0)
		printf("what=lmdb-get keys=%u get_ns=%.0f view_ns=%.0f sum=%llu\n", gets->n_keys,
			get_ns, view_ns, (unsigned long long)gets->sum);
	return rc;
}

static void remove_folder(const char *folder)
{
	static const char *const names[] = { "data.mdb", "lock.mdb" };
	char path[PATH_MAX + 16];

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
		unlink(path);
	}
	rmdir(folder);
}

int limits_lmdb_get(const struct limits_options *options)
{
	struct gets gets = { .n_keys = options->keys };
	char folder[PATH_MAX];

	snprintf(folder, sizeof(folder), "%s/peakpeeps-limits.XXXXXX", options->path);
	if (mkdtemp(folder) == NULL)
		return limits_complain("no folder can be made", folder,
			"name a folder that can be written: --path FOLDER");
	draw_init(&gets.draw, options->seed);
	int rc = open_filled(&gets, folder);
	if (rc == 0)
		rc = measure(&gets, options);
	mdb_env_close(gets.env);
	remove_folder(folder);
	if (rc != 0)
		return limits_complain("LMDB failed", mdb_strerror(rc), "look at the disk");
	return 0;
}
