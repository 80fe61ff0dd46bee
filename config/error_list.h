/* What is wrong with a configuration: all of it, a line each, in the form of a compiler:
 *
 *         reprise.yaml:7: cache.ttl: "30" has no unit …
 *         environment REPRISE_WORKERS: …
 *
 * Lines are bounded in number; the rest is counted and mentioned at the end.
 *
 * Threads: one at a time. */
#pragma once

#include "base/buf.h"

#include <stdbool.h>

struct error_list {
	struct buf *lines; /* not owned */
	unsigned count;	   /* of all that was found, also what was not written */
};

/* Where in the sources something stands. */
struct place {
	const char *source; /* a file's name, "environment REPRISE_X", "--set x" */
	unsigned line;	    /* 0: none */
	const char *key;    /* NULL: none, or the source says it already */
};

/* Adds a line. Control bytes in it (a key or value of somebody's) become question marks. Returns
 * false, so that one can say `return faults_add(…)`. */
bool error_list_add(struct error_list *f, struct place place, const char *format, ...)
    PRINTF_LIKE(3, 4);

/* Says how many more there were than lines. */
void error_list_close(struct error_list *f);
