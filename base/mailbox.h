/* A mailbox: how other threads tell a worker that one of its things has news.
 *
 * A letter is embedded in what it is about and lies in the box at most once, however often it is
 * posted before it is read; so posting allocates nothing and the box has a bound.
 *
 *   any thread   mailbox_post(box, &request->letter)
 *                     | first one in an empty box: writes the eventfd
 *   owner        loop wakes -> mailbox_deliver(box) -> letter->on_delivery(letter), in its thread
 *
 * The box outlives all who post to it. A letter may be freed after mailbox_cancel, once nobody is
 * left who could post it again. */
#pragma once

#include "base/list.h"

#include <stdbool.h>

struct mailbox;

struct message {
	void (*on_delivery)(struct message *message); /* constant after letter_init */
	struct list link;			      /* guarded by the box */
};

/* NULL when the process is out of descriptors (errno says). */
struct mailbox *mailbox_create(void);
void mailbox_destroy(struct mailbox **box);

/* The calling thread becomes the owner, once; until then it is the thread that created the box.
 * Others may post meanwhile. */
void mailbox_adopt(struct mailbox *box);

void message_init(struct message *message, void (*on_delivery)(struct message *));

/* Any thread, also with locks held: takes a leaf lock and may write to an eventfd. */
void mailbox_post(struct mailbox *box, struct message *message);

/* Owner thread: takes an undelivered letter out again. */
void mailbox_cancel(struct mailbox *box, struct message *message);

/* Owner thread: delivers what lay in the box when it was called; what is posted meanwhile waits for
 * the next call. */
void mailbox_deliver(struct mailbox *box);

/* Owner thread: whether a letter waits, so that the loop must not sleep. */
bool mailbox_waiting(struct mailbox *box);

/* The eventfd that becomes readable when a letter from another thread came. */
int mailbox_fd(const struct mailbox *box);
