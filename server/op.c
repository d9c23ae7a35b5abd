#include "server/op.h"

#include <stdlib.h>
#include <string.h>

#include "proto/limits.h"

void op_pool_init(struct op_pool *pool, struct arena_budget *budget, struct blocks *blocks,
	size_t reserve_bytes, size_t n_max, size_t n_holders_max)
{
	ASSERT(n_max >= n_holders_max);
	*pool = (struct op_pool) {
		.budget = budget,
		.blocks = blocks,
		.reserve_bytes = reserve_bytes,
		.n_shared_max = n_max - n_holders_max,
	};
}

void op_pool_free(struct op_pool *pool)
{
	ASSERT(pool->n_used == 0 && pool->n_shared == 0);
	while (pool->spare != NULL) {
		struct op *op = pool->spare;
		pool->spare = (struct op *)(void *)op->mail.next;
		arena_free(&op->arena);
		free(op);
	}
	pool->n_spare = 0;
}

enum op_room op_pool_room(const struct op_pool *pool, const struct op_holder *holder)
{
	size_t n_free = pool->n_shared_max - pool->n_shared;

	if (holder->n_ops > 0 && holder->n_ops - 1 >= n_free)
		return OP_NO_ROOM;
	if (atomic_load(&pool->budget->used) + pool->reserve_bytes > pool->budget->limit)
		return OP_NO_MEMORY;
	return OP_ROOM;
}

/* An op whose arena is empty; all else in it is to be zeroed. */
static struct op *take_or_make(struct op_pool *pool)
{
	struct op *op = pool->spare;

	if (op != NULL) {
		pool->spare = (struct op *)(void *)op->mail.next;
		pool->n_spare--;
		return op;
	}
	op = malloc(sizeof(*op));
	if (op != NULL)
		arena_init_blocks(&op->arena, OP_ARENA_BYTES_MAX, pool->budget, pool->blocks);
	return op;
}

struct op *op_new(struct op_pool *pool, struct op_holder *holder)
{
	/* Memory was there when it was asked about: another loop may have taken it meanwhile. */
	if (op_pool_room(pool, holder) == OP_NO_ROOM)
		return NULL;
	struct op *op = take_or_make(pool);
	if (op == NULL)
		return NULL;
	struct arena arena = op->arena;
	memset(op, 0, sizeof(*op));
	op->arena = arena;
	op->holder = holder;
	if (holder->n_ops > 0)
		pool->n_shared++;
	holder->n_ops++;
	pool->n_used++;
	return op;
}

void op_free(struct op_pool *pool, struct op *op)
{
	struct op_holder *holder = op->holder;

	ASSERT(holder->n_ops > 0 && pool->n_used > 0);
	holder->n_ops--;
	pool->n_used--;
	if (holder->n_ops > 0)
		pool->n_shared--;
	if (pool->n_spare >= OP_SPARE_MAX) {
		arena_free(&op->arena);
		free(op);
		return;
	}
	arena_reset(&op->arena);
	op->mail.next = (struct mail *)(void *)pool->spare;
	pool->spare = op;
	pool->n_spare++;
}

bool op_is_decided(const struct op *op)
{
	return op->response.status != &op->refusal;
}

bool op_is_expired(const struct op *op, int64_t boottime_ms)
{
	return op->request.timeout_ms > 0 &&
	       boottime_ms - op->arrival_ms >= (int64_t)op->request.timeout_ms;
}

void op_refuse(struct op *op, enum pp_reason reason, uint32_t retry_after_ms, const char *message)
{
	op->refusal = (struct pp_status) {
		.code = pp_reason_code(reason),
		.reason = reason,
		.message = message,
		.retry_after_ms = retry_after_ms,
		.not_executed = true,
	};
	op->response.status = &op->refusal;
	op->response.kind = PP_KIND_NONE;
	op->response.replayed = false;
}

void op_refuse_result(struct op *op)
{
	switch (op->store.result) {
	case PP_ERR_STORAGE_FULL:
		op_refuse(op, PP_REASON_STORAGE_FULL, RETRY_STORAGE_FULL_MS,
			"The store is full; nothing was written. Free disk space and try again.");
		return;
	case PP_ERR_BUSY:
		op_refuse(op, PP_REASON_OVERLOADED, RETRY_OVERLOADED_MS,
			"Checkpoints are behind; nothing was written. Try again.");
		return;
	case PP_ERR_CORRUPT:
		op_refuse(op, PP_REASON_DATA_CORRUPT, 0,
			"A record of the store is damaged; see the server's log and run Verify.");
		return;
	default: break;
	}
	/* TOO_BIG: its own bounds, or memory that all share, which may be there again by now. */
	if (op->arena.starved)
		op_refuse(op, PP_REASON_OVERLOADED, RETRY_OVERLOADED_MS,
			"The server is short of memory for requests; try again.");
	else
		op_refuse(op, PP_REASON_FIELD_INVALID, 0,
			"The request needs more memory than one request may use; ask for less.");
}
