/* Mail between threads: nothing lost, nothing twice, each sender's in order. */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "server/mailbox.h"

enum { SENDERS = 4, MAILS = 20000 };

struct letter {
	struct mail mail;
	int sender;
	int number;
};

struct receiver {
	struct mailbox mailbox;
	int next[SENDERS];
	int n;
};

static void receive(void *context, struct mail_list *mails)
{
	struct receiver *receiver = context;

	while (mails->n > 0) {
		struct letter *letter = (struct letter *)(void *)mail_pop(mails);
		cr_assert_eq(letter->number, receiver->next[letter->sender]++);
		receiver->n++;
		free(letter);
	}
	if (receiver->n == SENDERS * MAILS)
		mailbox_close(&receiver->mailbox);
}

struct sender {
	struct mailbox *mailbox;
	int index;
};

static void *send_all(void *context)
{
	struct sender *sender = context;
	struct mail_list mails = { 0 };

	for (int i = 0; i < MAILS; i++) {
		struct letter *letter = calloc(1, sizeof(*letter));
		letter->sender = sender->index;
		letter->number = i;
		mail_push(&mails, &letter->mail);
		if (i % 7 == 0 || i == MAILS - 1)
			mailbox_post(sender->mailbox, &mails);
	}
	cr_assert_eq(mails.n, 0);
	return NULL;
}

Test(mailbox, delivers_everything_once_and_in_order_of_each_sender)
{
	uv_loop_t loop;
	struct receiver receiver = { 0 };
	struct sender senders[SENDERS];
	pthread_t threads[SENDERS];

	cr_assert_eq(uv_loop_init(&loop), 0);
	cr_assert_eq(mailbox_open(&receiver.mailbox, &loop, receive, &receiver), 0);
	for (int i = 0; i < SENDERS; i++) {
		senders[i] = (struct sender) { &receiver.mailbox, i };
		cr_assert_eq(pthread_create(&threads[i], NULL, send_all, &senders[i]), 0);
	}
	cr_assert_eq(uv_run(&loop, UV_RUN_DEFAULT), 0);
	for (int i = 0; i < SENDERS; i++)
		pthread_join(threads[i], NULL);
	cr_assert_eq(receiver.n, SENDERS * MAILS);
	cr_assert_eq(uv_loop_close(&loop), 0);
	mailbox_destroy(&receiver.mailbox);
}

static void take_none(void *context, struct mail_list *mails)
{
	(void)context;
	while (mails->n > 0)
		mail_pop(mails);
}

Test(mailbox, wakes_the_receiver_again_after_it_took_the_list)
{
	uv_loop_t loop;
	struct mailbox mailbox;
	struct mail mail = { 0 };

	cr_assert_eq(uv_loop_init(&loop), 0);
	cr_assert_eq(mailbox_open(&mailbox, &loop, take_none, NULL), 0);
	for (int i = 0; i < 3; i++) {
		mailbox_post_one(&mailbox, &mail);
		uv_run(&loop, UV_RUN_ONCE);
		cr_assert_eq(mailbox.list.n, 0, "round %d", i);
	}
	mailbox_close(&mailbox);
	uv_run(&loop, UV_RUN_DEFAULT);
	cr_assert_eq(uv_loop_close(&loop), 0);
	mailbox_destroy(&mailbox);
}

Test(mailbox, keeps_lists_whole_when_they_are_joined)
{
	struct mail mails[5];
	struct mail_list a = { 0 };
	struct mail_list b = { 0 };

	mail_append(&a, &b);
	cr_assert_null(mail_pop(&a));
	for (int i = 0; i < 5; i++)
		mail_push(i < 2 ? &a : &b, &mails[i]);
	mail_append(&a, &b);
	cr_assert_eq(a.n, 5);
	cr_assert_eq(b.n, 0);
	cr_assert_null(b.first);
	for (int i = 0; i < 5; i++)
		cr_assert_eq(mail_pop(&a), &mails[i]);
	cr_assert_null(a.last);
}
