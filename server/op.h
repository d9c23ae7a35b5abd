/* Requests in flight: a bounded pool of them for each loop, shared fairly by its connections. */
#ifndef SERVER_OP_H
#define SERVER_OP_H

#include "base/arena.h"
#include "domain/rules/decide.h"
#include "peakpeeps/types.h"
#include "server/mailbox.h"
#include "storage/store.h"

struct conn;

/* How many ops a connection holds; a member of the connection. */
struct op_holder {
	uint32_t n_ops;
};

/*
 * One request from its frame to its encoded reply. Belongs to its loop's thread, but while it is at
 * the writer to the writer's.
 */
struct op {
	struct mail mail; /* in the writer's queue, in a mailbox, or among the connection's done */
	struct op_holder *holder;
	struct conn *conn;
	uint32_t loop_index; /* where it goes back to */
	int64_t arrival_ms;  /* by the boot time clock; its timeout counts from then */
	uint64_t arrival_ns; /* by uv_hrtime, for Stats */
	struct arena arena;
	struct pp_request request;
	struct decide_request decide;
	struct pp_response response;
	struct pp_status refusal; /* room for response.status when the server itself refuses */
	struct store_op store;
};

/*
 * Belongs to one loop. A connection is always sure of its first op. What is above that is shared by
 * dynamic thresholds (Choudhury and Hahne, 1998): a connection may hold as many more as there are
 * still free, so one alone gets half of them, and n greedy ones get 1/(n + 1) each.
 *
 * Memory: the arenas of all loops draw on one budget. No op is given out while less than
 * `reserve_bytes` of it is left, so that those that are being worked on can finish.
 */
struct op_pool {
	struct arena_budget *budget; /* borrowed */
	struct blocks *blocks;       /* borrowed */
	size_t reserve_bytes;
	size_t n_shared_max;
	size_t n_shared; /* ops beyond the first of their holder */
	size_t n_used;
	struct op *spare; /* arenas keep their first chunk */
	size_t n_spare;
};

enum { OP_SPARE_MAX = 1024 };

/*
 * `n_max` ops, `n_holders_max` of them reserved for the first op of each holder. Their arenas take
 * memory from `blocks`.
 */
void op_pool_init(struct op_pool *pool, struct arena_budget *budget, struct blocks *blocks,
	size_t reserve_bytes, size_t n_max, size_t n_holders_max);
/* Every op must be back. */
void op_pool_free(struct op_pool *pool);

enum op_room {
	OP_ROOM,
	OP_NO_ROOM,   /* ask again when an op of this holder is back */
	OP_NO_MEMORY, /* ask again when any op is back */
};

/* Whether the holder may have one more. */
enum op_room op_pool_room(const struct op_pool *pool, const struct op_holder *holder);
/*
 * An op, zeroed but for its arena and holder; NULL when there is no room or malloc failed. Ask
 * op_pool_room first: it alone looks at the budget, which other loops draw on at the same time.
 */
struct op *op_new(struct op_pool *pool, struct op_holder *holder) MUST_CHECK;
void op_free(struct op_pool *pool, struct op *op);

/* Whether its reply says what was decided, rather than why nothing was. */
bool op_is_decided(const struct op *op);
/* Whether its timeout has passed; never executed later than that, whatever the clock's grain. */
bool op_is_expired(const struct op *op, int64_t boottime_ms);
/*
 * Makes the reply a refusal by the server itself: nothing was executed. `message` is static or in
 * the op's arena. The caller sets revision and time of the response.
 */
void op_refuse(struct op *op, enum pp_reason reason, uint32_t retry_after_ms, const char *message);
/* The refusal that goes with a result of store_execute or store_read other than 0. */
void op_refuse_result(struct op *op);

enum {
	RETRY_OVERLOADED_MS = 100,
	RETRY_STORAGE_FULL_MS = 5000,
	RETRY_VERIFY_MS = 1000,
	RETRY_SHUTTING_DOWN_MS = 1000,
};

#endif
