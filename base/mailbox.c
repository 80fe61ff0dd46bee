#include "base/mailbox.h"

#include "base/ensure.h"
#include "base/memory.h"

#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct mailbox {
	/* constant after create */
	int event_fd;
	_Atomic(pthread_t) owner; /* changes once, in mailbox_adopt */
	/* guarded by mu */
	pthread_mutex_t mu;
	struct list letters; // struct letter.link
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
	list_init(&box->letters);
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

void letter_init(struct letter *letter, void (*on_delivery)(struct letter *))
{
	letter->on_delivery = on_delivery;
	list_init(&letter->link);
}

void mailbox_post(struct mailbox *box, struct letter *letter)
{
	pthread_mutex_lock(&box->mu);
	bool was_empty = list_empty(&box->letters);
	if (list_empty(&letter->link))
		list_append(&box->letters, &letter->link);
	pthread_mutex_unlock(&box->mu);
	/* The owner looks into its box before it sleeps; only others have to wake it. */
	if (!was_empty || pthread_equal(pthread_self(), box->owner))
		return;
	uint64_t one = 1;
	ssize_t wrote = write(box->event_fd, &one, sizeof one);
	ensure(wrote == sizeof one);
}

void mailbox_cancel(struct mailbox *box, struct letter *letter)
{
	pthread_mutex_lock(&box->mu);
	list_remove(&letter->link);
	pthread_mutex_unlock(&box->mu);
}

static struct letter *first_letter(struct mailbox *box, struct list *lot)
{
	struct letter *letter = NULL;
	pthread_mutex_lock(&box->mu);
	if (!list_empty(lot)) {
		letter = container_of(lot->next, struct letter, link);
		list_remove(&letter->link);
	}
	pthread_mutex_unlock(&box->mu);
	return letter;
}

static void drain(int fd)
{
	uint64_t count;
	/* EAGAIN only says that nobody else woke us. */
	if (read(fd, &count, sizeof count) < 0)
		return;
}

void mailbox_deliver(struct mailbox *box)
{
	drain(box->event_fd);
	struct list lot;
	list_init(&lot);
	pthread_mutex_lock(&box->mu);
	if (!list_empty(&box->letters)) {
		list_insert(&box->letters, &lot);
		list_remove(&box->letters);
	}
	pthread_mutex_unlock(&box->mu);
	for (struct letter *letter; (letter = first_letter(box, &lot));)
		letter->on_delivery(letter);
}

bool mailbox_waiting(struct mailbox *box)
{
	pthread_mutex_lock(&box->mu);
	bool waiting = !list_empty(&box->letters);
	pthread_mutex_unlock(&box->mu);
	return waiting;
}

int mailbox_fd(const struct mailbox *box)
{
	return box->event_fd;
}
