/* A timer wheel: one timeout per entry, set and moved in constant time, checked lazily. */
#ifndef SERVER_WHEEL_H
#define SERVER_WHEEL_H

#include "base/base.h"

/*
 * After Varghese and Lauck, "Hashed and hierarchical timing wheels" (1987). A time too far for the
 * wheel goes into its last slot; whoever is called then sets it again. So an entry whose timeout is
 * put off by every request need not be touched each time: it is called early and looks.
 */
enum { WHEEL_SLOTS = 512, WHEEL_TICK_MS = 100 };

/* Inside what is timed. All zero is an entry that is not set. */
struct wheel_entry {
	struct wheel_entry *next;
	struct wheel_entry *previous;
	uint64_t tick; /* when it is called */
};

/* Belongs to one thread. */
struct wheel {
	uint64_t tick; /* everything up to it was called */
	size_t n;
	struct wheel_entry slots[WHEEL_SLOTS]; /* list heads */
};

void wheel_init(struct wheel *wheel, uint64_t now_ms);
/* Calls the entry at the first tick not before due_ms; replaces what was set. */
void wheel_set(struct wheel *wheel, struct wheel_entry *entry, uint64_t due_ms);
bool wheel_is_set(const struct wheel_entry *entry);
/* Whether it is set for due_ms or earlier. */
bool wheel_is_due_by(const struct wheel_entry *entry, uint64_t due_ms);
void wheel_clear(struct wheel *wheel, struct wheel_entry *entry);
/* Takes out one entry that is due; NULL when there is none. Call until then. */
struct wheel_entry *wheel_take(struct wheel *wheel, uint64_t now_ms);

#endif
