/* Puts what a source says into a configuration that is being loaded: one option, checked as far as
 * it can be checked alone. Threads: one at a time. */
#pragma once

#include "config/error_list.h"
#include "config/node.h"
#include "config/options.h"

/* Who speaks. */
struct source {
	const char *name;	  /* a file's name, "environment REPRISE_X", "--set x" */
	bool is_file;		  /* lines count, and faults name the key */
	char *const *environment; /* for variables in values; NULL: dollars are plain */
};

/* The option's member becomes the value, and its origin the source. What is wrong is added to the
 * faults, and the member is then as it was. */
void assign(struct config *c, const struct option *o, const struct node *value,
	    const struct source *from, struct error_list *f);

/* Where a node stands, for faults about key (which must live as long as the place). */
struct place source_place(const struct source *from, const struct node *n, const char *key);
