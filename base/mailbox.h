/* A mailbox: how other threads notify a worker about one of its objects.
 *
 * A message is embedded in the object it is about. It is in the box at most once, even if it is
 * posted several times before it is delivered, so posting allocates nothing.
 *
 *   any thread   mailbox_post(box, &request->message)
 *                     | first message in an empty box: writes to the eventfd
 *   owner        loop wakes -> mailbox_deliver(box) -> message->on_delivery(message)
 *
 * The box must outlive all threads that post to it. A message may be freed after mailbox_cancel,
 * once no thread can post it again. */
#pragma once

#include "base/list.h"

#include <stdbool.h>

struct mailbox;

struct message {
	void (*on_delivery)(struct message *message); /* constant after message_init */
	struct list link;			      /* guarded by the box */
};

/* NULL, with errno set, if eventfd fails, as when the process is out of descriptors. */
struct mailbox *mailbox_create(void);
void mailbox_destroy(struct mailbox **box);

/* Makes the calling thread the owner; to be called at most once. Until then, the owner is the
 * thread that created the box. Other threads may post meanwhile. */
void mailbox_adopt(struct mailbox *box);

void message_init(struct message *message, void (*on_delivery)(struct message *));

/* Any thread, also with locks held: takes a leaf lock and may write to the eventfd. */
void mailbox_post(struct mailbox *box, struct message *message);

/* Owner thread: removes the message from the box, if it is in it. */
void mailbox_cancel(struct mailbox *box, struct message *message);

/* Owner thread: delivers the messages that are in the box at the time of the call. Those posted
 * meanwhile are left for the next call. */
void mailbox_deliver(struct mailbox *box);

/* Owner thread: whether there are messages to deliver; if so, the loop must not sleep. */
bool mailbox_waiting(struct mailbox *box);

/* The eventfd, which becomes readable when another thread posts to an empty box. */
int mailbox_fd(const struct mailbox *box);
