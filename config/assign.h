/* Sets one option of a configuration that is being loaded, from one source. Checks the value as far
 * as possible without the other options. Threads: one at a time. */
#pragma once

#include "config/error_list.h"
#include "config/node.h"
#include "config/options.h"

/* Where a value comes from. */
struct source {
	const char *name;	  /* a file's name, "environment REPRISE_X", "--set x" */
	bool is_file;		  /* errors name line and key */
	bool is_yaml;		  /* not a file, but YAML as in the file: $$ is a dollar */
	char *const *environment; /* for variables in values; NULL: nothing is replaced */
};

/* Sets the option's member to the value and its origin to the source. If the value is invalid, adds
 * errors and leaves both unchanged. */
void assign(struct config *c, const struct option *o, const struct node *value,
	    const struct source *from, struct error_list *errors);

/* The place of a node, for errors about key. The key must outlive the place. */
struct place source_place(const struct source *from, const struct node *n, const char *key);
