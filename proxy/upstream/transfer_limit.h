/* A gate: so many transfers may be under way at once; who comes later waits in line.
 *
 * Ours and not libcurl's queue, whose time-outs run while a transfer waits in it, and one for all
 * workers. Threads: any. */
#pragma once

#include "base/list.h"

#include <stdbool.h>
#include <stddef.h>

struct gate;

/* One place in line. Embedded in what waits. */
struct gate_pass {
	/* Called in the thread that made room, with the gate's lock held: the pass is held now. May
	 * only post a letter. */
	void (*on_pass)(struct gate_pass *pass);
	/* private, guarded by the gate */
	struct list link;
	bool held;
};

struct gate *gate_create(size_t passes);
void gate_destroy(struct gate **g); /* nobody holds or waits */

void gate_pass_init(struct gate_pass *pass, void (*on_pass)(struct gate_pass *));

/* True: the pass is held from here. False: it waits in line, and on_pass comes. */
bool gate_enter(struct gate *g, struct gate_pass *pass);

/* Gives a held pass back, or leaves the line; neither is fine too. */
void gate_leave(struct gate *g, struct gate_pass *pass);

struct gate_figures {
	size_t held;	/* passes that are out */
	size_t waiting; /* in line */
};
struct gate_figures gate_figures(struct gate *g);
