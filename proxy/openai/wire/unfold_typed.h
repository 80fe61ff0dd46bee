/* Shared by the unfolding of responses and messages, whose streams have typed events: they first
 * announce objects with blank values and then fill them. Private to unfold_*.c.
 *
 * Threads: one at a time. */
#pragma once

#include "proxy/openai/wire/unfold_internal.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* A member that is blank while its object is announced. */
struct blank {
	const char *name;
	const char *json; /* JSON text of the blank value */
};

/* Returns a copy of the object in which the members of the table are blank. Members that are absent
 * or null stay so. */
struct json_node *unfold_blank(struct unfolding *u, const struct json_node *object,
			       const struct blank *blanks, size_t count);

/* Memory for one item or part: nodes created between unfold_enter and unfold_leave are freed by the
 * latter. None of them may remain in the object. unfold_enter returns the tree to pass to
 * unfold_leave. */
struct json_tree *unfold_enter(struct unfolding *u);
void unfold_leave(struct unfolding *u, struct json_tree *outer);
