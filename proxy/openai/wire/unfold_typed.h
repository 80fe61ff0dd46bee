/* What the unfolding of typed events has in common: responses and messages, whose streams first say
 * what is coming, with the values still blank, and then fill them. Private to unfold_*.c.
 *
 * Threads: one at a time. */
#pragma once

#include "proxy/openai/wire/fold_internal.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* A member that is not known yet when a stream announces what it belongs to. */
struct blank {
	const char *name;
	const char *json; /* what stands there until then */
};

/* A copy of the object in which the members of the table are blank. Those that are absent or null
 * stay so. */
struct json_node *unfold_blank(struct unfolding *u, const struct json_node *object,
			       const struct blank *blanks, size_t count);

/* What is made between enter and leave is forgotten then: the events of one item or part take
 * memory only while it is told. Nothing made in between may hang in the object any more. Returns
 * the tree to give back. */
struct json_tree *unfold_enter(struct unfolding *u);
void unfold_leave(struct unfolding *u, struct json_tree *outer);
