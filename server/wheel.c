#include "server/wheel.h"

void wheel_init(struct wheel *wheel, uint64_t now_ms)
{
	wheel->tick = now_ms / WHEEL_TICK_MS;
	wheel->n = 0;
	for (size_t i = 0; i < WHEEL_SLOTS; i++) {
		struct wheel_entry *head = &wheel->slots[i];
		*head = (struct wheel_entry) { .next = head, .previous = head };
	}
}

bool wheel_is_set(const struct wheel_entry *entry)
{
	return entry->next != NULL;
}

static uint64_t tick_of(uint64_t due_ms)
{
	return (due_ms + WHEEL_TICK_MS - 1) / WHEEL_TICK_MS;
}

bool wheel_is_due_by(const struct wheel_entry *entry, uint64_t due_ms)
{
	return wheel_is_set(entry) && entry->tick <= tick_of(due_ms);
}

void wheel_clear(struct wheel *wheel, struct wheel_entry *entry)
{
	if (!wheel_is_set(entry))
		return;
	entry->previous->next = entry->next;
	entry->next->previous = entry->previous;
	entry->next = NULL;
	entry->previous = NULL;
	wheel->n--;
}

void wheel_set(struct wheel *wheel, struct wheel_entry *entry, uint64_t due_ms)
{
	uint64_t tick = tick_of(due_ms);

	wheel_clear(wheel, entry);
	if (tick <= wheel->tick)
		tick = wheel->tick + 1;
	if (tick >= wheel->tick + WHEEL_SLOTS)
		tick = wheel->tick + WHEEL_SLOTS - 1;
	struct wheel_entry *head = &wheel->slots[tick % WHEEL_SLOTS];
	entry->tick = tick;
	entry->next = head;
	entry->previous = head->previous;
	head->previous->next = entry;
	head->previous = entry;
	wheel->n++;
}

struct wheel_entry *wheel_take(struct wheel *wheel, uint64_t now_ms)
{
	uint64_t now_tick = now_ms / WHEEL_TICK_MS;

	if (wheel->n == 0) {
		if (wheel->tick < now_tick)
			wheel->tick = now_tick;
		return NULL;
	}
	while (wheel->tick < now_tick) {
		struct wheel_entry *head = &wheel->slots[(wheel->tick + 1) % WHEEL_SLOTS];
		struct wheel_entry *entry = head->next;
		if (entry != head) {
			wheel_clear(wheel, entry);
			return entry;
		}
		wheel->tick++;
	}
	return NULL;
}
