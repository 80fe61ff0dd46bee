/* The transfer limit: bounds how many transfers of all workers run at once; the others wait in a
 * queue, first come first served.
 *
 * libcurl's own queue is not used: timeouts run while a transfer waits in it, and it would be per
 * worker.
 *
 * Threads: any. */
#pragma once

#include "base/list.h"

#include <stdbool.h>
#include <stddef.h>

struct transfer_limit;

/* Permission for one transfer, or a place in the queue. Embedded in the fetch. */
struct transfer_limit_pass {
	/* The pass is held now. Called in the thread that returned a pass, with the limit's lock
	 * held. May only post a message. */
	void (*on_pass)(struct transfer_limit_pass *pass);
	/* private, guarded by the limit's lock */
	struct list link;
	bool held;
};

struct transfer_limit *transfer_limit_create(size_t passes);
void transfer_limit_destroy(struct transfer_limit **l); /* no pass may be held or waited for */

void transfer_limit_pass_init(struct transfer_limit_pass *pass,
			      void (*on_pass)(struct transfer_limit_pass *));

/* True: the pass is held. False: it waits in the queue, and on_pass will be called. */
bool transfer_limit_enter(struct transfer_limit *l, struct transfer_limit_pass *pass);

/* Returns a held pass, or leaves the queue. Does nothing if the pass neither is held nor waits. */
void transfer_limit_leave(struct transfer_limit *l, struct transfer_limit_pass *pass);

struct transfer_limit_figures {
	size_t held;	/* running transfers */
	size_t waiting; /* in the queue */
};
struct transfer_limit_figures transfer_limit_figures(struct transfer_limit *l);
