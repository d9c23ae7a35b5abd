/* The one writer: takes the queue of writes batch by batch and makes each batch durable. */
#ifndef SERVER_WRITER_H
#define SERVER_WRITER_H

#include "server/mailbox.h"
#include "server/service.h"

/*
 * Group commit without a timer: while one batch is being synced the next one gathers, so batches
 * grow by themselves under load. If the store fails, the process ends with WRITER_EXIT_STATUS and
 * no reply of that batch is ever sent.
 */
struct writer;
struct writer_counters;

enum { WRITER_EXIT_STATUS = 70 };

/* Starts the thread. `service` is borrowed until the end. */
int writer_open(struct service *service, struct writer **out) MUST_CHECK;
/*
 * Moves ops from the front of `ops` into the queue, in their order, until it is full; what is left
 * in `ops` was not taken. Each comes back to the mailbox of its loop, with its reply. Any thread.
 */
void writer_submit(struct writer *writer, struct mail_list *ops);
/* Borrowed until close. Any thread. */
const struct writer_counters *writer_get_counters(const struct writer *writer);
/* How many writes wait. Any thread. */
size_t writer_queue_length(struct writer *writer);
/* Carries out what is queued, then ends the thread and frees everything. Nobody may submit. */
void writer_close(struct writer *writer);

#endif
