/* A gate: so many transfers may be under way at once; who comes later waits in line.
 *
 * Ours and not libcurl's queue, whose time-outs run while a transfer waits in it, and one for all
 * workers. Threads: any. */
#pragma once

#include "base/list.h"

#include <stdbool.h>
#include <stddef.h>

struct transfer_limit;

/* One place in line. Embedded in what waits. */
struct transfer_limit_pass {
	/* Called in the thread that made room, with the gate's lock held: the pass is held now. May
	 * only post a letter. */
	void (*on_pass)(struct transfer_limit_pass *pass);
	/* private, guarded by the gate */
	struct list link;
	bool held;
};

struct transfer_limit *transfer_limit_create(size_t passes);
void transfer_limit_destroy(struct transfer_limit **g); /* nobody holds or waits */

void transfer_limit_pass_init(struct transfer_limit_pass *pass,
			      void (*on_pass)(struct transfer_limit_pass *));

/* True: the pass is held from here. False: it waits in line, and on_pass comes. */
bool transfer_limit_enter(struct transfer_limit *g, struct transfer_limit_pass *pass);

/* Gives a held pass back, or leaves the line; neither is fine too. */
void transfer_limit_leave(struct transfer_limit *g, struct transfer_limit_pass *pass);

struct transfer_limit_figures {
	size_t held;	/* passes that are out */
	size_t waiting; /* in line */
};
struct transfer_limit_figures transfer_limit_figures(struct transfer_limit *g);
