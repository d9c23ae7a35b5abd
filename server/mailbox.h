/* Mail between threads: one list, one lock, and a wake-up only for a receiver that sleeps. */
#ifndef SERVER_MAILBOX_H
#define SERVER_MAILBOX_H

#include <pthread.h>
#include <uv.h>

#include "base/base.h"

enum mail_kind {
	MAIL_OP,     /* struct op: a write that came back from the writer */
	MAIL_SOCKET, /* struct accepted: a new connection */
	MAIL_STOP,   /* begin to drain */
	MAIL_FORCE,  /* stop waiting: close every connection now */
	MAIL_EXIT,   /* everything is drained: close all handles */
};

/* The first member of whatever is sent. Owned by whoever holds the list that it is in. */
struct mail {
	struct mail *next;
	enum mail_kind kind;
};

/* A singly linked queue. All zero is an empty one. */
struct mail_list {
	struct mail *first;
	struct mail *last;
	size_t n;
};

void mail_push(struct mail_list *list, struct mail *mail);
/* The first one, or NULL. */
struct mail *mail_pop(struct mail_list *list);
/* Moves all of `from` to the end of `to`; `from` is empty afterwards. */
void mail_append(struct mail_list *to, struct mail_list *from);

struct mailbox;
/* Called on the loop's thread with everything that had arrived; the callee empties the list. */
typedef void (*mailbox_fn)(void *context, struct mail_list *mails);

/*
 * As uv_async_send coalesces, the receiver takes the whole list each time; so a list that was not
 * empty has its wake-up under way already, and only the first mail sends one.
 */
struct mailbox {
	pthread_mutex_t lock;
	struct mail_list list; /* guarded by lock */
	bool closed;           /* guarded by lock */
	uv_async_t async;
	mailbox_fn deliver;
	void *context;
};

/* On the thread that will run the loop, or before that thread starts. */
int mailbox_open(
	struct mailbox *mailbox, uv_loop_t *loop, mailbox_fn deliver, void *context) MUST_CHECK;
/* Moves all of `mails` into the box. Any thread. Nobody may post after mailbox_close began. */
void mailbox_post(struct mailbox *mailbox, struct mail_list *mails);
void mailbox_post_one(struct mailbox *mailbox, struct mail *mail);
/* Begins to close the handle; on the loop's thread. The box must be empty. */
void mailbox_close(struct mailbox *mailbox);
/* After the loop has ended. */
void mailbox_destroy(struct mailbox *mailbox);

#endif
