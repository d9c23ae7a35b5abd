/* The engine with a log: batches are synced to it, and reach a base many at a time. */
#ifndef STORAGE_LOGGED_H
#define STORAGE_LOGGED_H

#include <pthread.h>
#include <stdatomic.h>

#include "storage/memtable.h"
#include "storage/meta.h"
#include "storage/wal.h"

/*
 * The base is an engine too (LMDB), which alone is a consistent store at its last checkpoint. A
 * batch is appended to the log, synced, and published in the active table. When that is full or
 * old it is frozen and another becomes active; the checkpointer puts the newest value of each of
 * its keys into the base, in one commit, and retires it. At most one table is frozen.
 *
 * Two locks, one way: `lock` may be held while the log's own is taken. Readers take neither.
 */

enum { LOGGED_TABLES = 3 }; /* active, frozen, and one that readers are still letting go of */

/*
 * What a reader looks through, newest first; behind both lies the base, as of `base_number` commits
 * or later. Never changed once it can be seen, until no view holds it. It lies in the active table,
 * which is not used again before that.
 */
struct layers {
	struct table *active;
	struct table *frozen; /* or NULL */
	uint64_t base_number;
	struct layers *older; /* that some view may still hold */
};

struct table {
	struct memtable *memtable;
	_Atomic uint64_t published; /* the last batch that readers may see */
	uint64_t last;              /* once frozen: its last batch */
	int64_t began_ms;           /* of its first batch, by the monotonic clock; 0: it is empty */
	struct layers over_frozen;  /* with it active, first over a frozen one, */
	struct layers over_base;    /* then over the base alone */
};

/* A reader's. Its slot tells the checkpointer what must stay; it has a cache line of its own. */
struct logged_view {
	_Alignas(64) _Atomic(struct layers *) slot;
	struct engine_view view;
	struct engine_view *base;
	const struct layers *layers;
	uint64_t batch_max;
	bool is_snapshot; /* of the base alone */
	struct logged_view *next;
};

/* What opening found in the log. */
struct recovery {
	uint64_t n_batches; /* read back into the base */
	uint64_t n_lost;    /* whole batches behind damage, given up */
	bool loss;          /* `accept_loss` was needed: the store is a new incarnation, */
	uint64_t previous_incarnation; /* and was this one */
};

struct logged {
	struct engine engine;
	struct engine *base;
	struct wal *wal;
	struct meta_identity identity; /* as the base has it */
	struct recovery recovery;
	bool unsafe_no_sync;
	struct store_log_options limits;
	uint32_t batch_records_max;
	size_t batch_bytes_max;
	size_t block_bytes_max; /* of the largest batch there can be */
	struct table tables[LOGGED_TABLES];
	_Atomic(struct layers *) current;
	pthread_t thread;
	bool started;

	pthread_mutex_t lock; /* guards what follows */
	pthread_cond_t
		changed; /* a table was frozen, retired or freed, or something is asked for */
	struct logged_view *views;
	struct table *spare[LOGGED_TABLES];
	uint32_t n_spare;
	struct layers *old; /* not current any more */
	bool batch_active;
	bool freeze_wanted; /* as soon as it can be */
	bool closing;
	uint32_t n_snapshots; /* open: checkpoints are made by size alone */
	uint64_t in_base;     /* the last batch that the base holds */
	uint64_t before_base; /* and that which it held one checkpoint earlier */
	bool full;            /* the base has no space: writes are refused */
	int failed;           /* the first error that is final */
	struct store_stats stats;

	/* Of the writer's thread: */
	struct logged_view *writer;
	_Atomic uint64_t last; /* the last batch; any thread may read it */

	/* Of the checkpointer's: */
	struct meta_log meta;
	struct engine_put *puts;
	struct key *removals;
};

/* Of an engine that engine_log opened: constant. */
const struct recovery *logged_recovery(const struct engine *engine);
/*
 * Brings what a log beside the base still holds into it, and removes the log: for a base that is to
 * be used alone. As open.
 */
int logged_absorb(struct engine *base, const struct store_options *options, struct recovery *out,
	char *message) MUST_CHECK;

/* ---- Between the files of this engine ---- */

int logged_open(const struct store_options *options, const struct engine_changes *first,
	struct engine **out, char *message) MUST_CHECK;
int logged_close(struct engine *engine);
int64_t logged_now_ms(void);

/* Starts the checkpointer, or ends it after a last checkpoint, which leaves the base whole. */
int checkpointer_start(struct logged *logged) MUST_CHECK;
int checkpointer_stop(struct logged *logged);
/*
 * Makes the active table the frozen one. The lock is held, no batch is active, there is a spare
 * table and none is frozen (logged_can_freeze).
 */
void logged_freeze(struct logged *logged);
bool logged_can_freeze(const struct logged *logged);
/*
 * Puts a table's newest values, and `meta` with them, into the base, and deletes some expired
 * records: one commit. `table` NULL: the meta alone. The meta as it then is becomes logged->meta.
 */
int checkpoint_commit(struct logged *logged, struct table *table, const struct meta_log *meta);

#endif
