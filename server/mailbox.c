#include "server/mailbox.h"

void mail_push(struct mail_list *list, struct mail *mail)
{
	mail->next = NULL;
	if (list->last == NULL)
		list->first = mail;
	else
		list->last->next = mail;
	list->last = mail;
	list->n++;
}

struct mail *mail_pop(struct mail_list *list)
{
	struct mail *mail = list->first;

	if (mail == NULL)
		return NULL;
	list->first = mail->next;
	if (list->first == NULL)
		list->last = NULL;
	list->n--;
	mail->next = NULL;
	return mail;
}

void mail_append(struct mail_list *to, struct mail_list *from)
{
	if (from->first == NULL)
		return;
	if (to->last == NULL)
		to->first = from->first;
	else
		to->last->next = from->first;
	to->last = from->last;
	to->n += from->n;
	*from = (struct mail_list) { 0 };
}

static void on_async(uv_async_t *async)
{
	struct mailbox *mailbox = async->data;
	struct mail_list mails = { 0 };

	pthread_mutex_lock(&mailbox->lock);
	mail_append(&mails, &mailbox->list);
	pthread_mutex_unlock(&mailbox->lock);
	if (mails.n > 0)
		mailbox->deliver(mailbox->context, &mails);
	ASSERT(mails.n == 0);
}

int mailbox_open(struct mailbox *mailbox, uv_loop_t *loop, mailbox_fn deliver, void *context)
{
	*mailbox = (struct mailbox) { .deliver = deliver, .context = context };
	if (uv_async_init(loop, &mailbox->async, on_async) != 0)
		return PP_ERR_IO;
	mailbox->async.data = mailbox;
	pthread_mutex_init(&mailbox->lock, NULL);
	return 0;
}

void mailbox_post(struct mailbox *mailbox, struct mail_list *mails)
{
	if (mails->n == 0)
		return;
	pthread_mutex_lock(&mailbox->lock);
	ASSERT(!mailbox->closed);
	bool wake = mailbox->list.n == 0;
	mail_append(&mailbox->list, mails);
	/*
	 * Under the lock: once the receiver has taken a mail that lets it close, no thread is still
	 * on its way to the handle.
	 */
	if (wake)
		uv_async_send(&mailbox->async);
	pthread_mutex_unlock(&mailbox->lock);
}

void mailbox_post_one(struct mailbox *mailbox, struct mail *mail)
{
	struct mail_list mails = { 0 };

	mail_push(&mails, mail);
	mailbox_post(mailbox, &mails);
}

void mailbox_close(struct mailbox *mailbox)
{
	pthread_mutex_lock(&mailbox->lock);
	ASSERT(mailbox->list.n == 0);
	mailbox->closed = true;
	pthread_mutex_unlock(&mailbox->lock);
	uv_close((uv_handle_t *)&mailbox->async, NULL);
}

void mailbox_destroy(struct mailbox *mailbox)
{
	pthread_mutex_destroy(&mailbox->lock);
}
