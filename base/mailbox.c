#include "base/mailbox.h"

#include "base/ensure.h"
#include "base/memory.h"

#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct mailbox {
	int event_fd;		  /* constant after create */
	_Atomic(pthread_t) owner; /* changes only in mailbox_adopt */
	/* guarded by mu */
	pthread_mutex_t mu;
	struct list messages; // struct message.link
	bool rung;	      /* the eventfd was written to and not read since */
};

struct mailbox *mailbox_create(void)
{
	int fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (fd < 0)
		return NULL;
	struct mailbox *box = memory_new(struct mailbox);
	box->event_fd = fd;
	box->owner = pthread_self();
	pthread_mutex_init(&box->mu, NULL);
	list_init(&box->messages);
	return box;
}

void mailbox_destroy(struct mailbox **box)
{
	struct mailbox *gone = take(box);
	if (!gone)
		return;
	close(gone->event_fd);
	pthread_mutex_destroy(&gone->mu);
	free(gone);
}

void mailbox_adopt(struct mailbox *box)
{
	box->owner = pthread_self();
}

void message_init(struct message *message, void (*on_delivery)(struct message *))
{
	message->on_delivery = on_delivery;
	list_init(&message->link);
}

/* With mu held, so that rung says what the eventfd has. */
static void ring(struct mailbox *box)
{
	uint64_t one = 1;
	ssize_t wrote = write(box->event_fd, &one, sizeof one);
	ensure(wrote == sizeof one);
	box->rung = true;
}

static void silence(struct mailbox *box)
{
	uint64_t count;
	ssize_t got = read(box->event_fd, &count, sizeof count);
	ensure(got == sizeof count);
	box->rung = false;
}

void mailbox_post(struct mailbox *box, struct message *message)
{
	pthread_mutex_lock(&box->mu);
	bool was_empty = list_empty(&box->messages);
	if (list_empty(&message->link))
		list_append(&box->messages, &message->link);
	/* The owner checks its box before it sleeps; only other threads have to wake it. */
	if (was_empty && !pthread_equal(pthread_self(), box->owner))
		ring(box);
	pthread_mutex_unlock(&box->mu);
}

void mailbox_cancel(struct mailbox *box, struct message *message)
{
	pthread_mutex_lock(&box->mu);
	list_remove(&message->link);
	pthread_mutex_unlock(&box->mu);
}

/* Removes and returns the first message of the batch; NULL when it is empty. */
static struct message *next_message(struct mailbox *box, struct list *batch)
{
	struct message *message = NULL;
	pthread_mutex_lock(&box->mu);
	if (!list_empty(batch)) {
		message = container_of(batch->next, struct message, link);
		list_remove(&message->link);
	}
	pthread_mutex_unlock(&box->mu);
	return message;
}

void mailbox_deliver(struct mailbox *box)
{
	struct list batch;
	list_init(&batch);
	pthread_mutex_lock(&box->mu);
	if (box->rung)
		silence(box);
	if (!list_empty(&box->messages)) {
		list_insert(&box->messages, &batch);
		list_remove(&box->messages);
	}
	pthread_mutex_unlock(&box->mu);
	for (struct message *message; (message = next_message(box, &batch));)
		message->on_delivery(message);
}

bool mailbox_waiting(struct mailbox *box)
{
	pthread_mutex_lock(&box->mu);
	bool waiting = !list_empty(&box->messages);
	pthread_mutex_unlock(&box->mu);
	return waiting;
}

int mailbox_fd(const struct mailbox *box)
{
	return box->event_fd;
}
