/* The errors in a configuration, one line each, in the format of a compiler:
 *
 *         reprise.yaml:7: cache.ttl: "30" has no unit …
 *         environment REPRISE_WORKERS: …
 *
 * The number of lines is bounded; further errors are counted, and the count is added at the end.
 *
 * Threads: one at a time. */
#pragma once

#include "base/buf.h"

#include <stdbool.h>

struct error_list {
	struct buf *lines; /* not owned */
	unsigned count;	   /* of all errors, also those without a line */
};

/* A position in a source. */
struct place {
	const char *source; /* a file's name, "environment REPRISE_X", "--set x" */
	unsigned line;	    /* 0: none */
	const char *key;    /* NULL: none, or the source names it already */
};

/* Adds a line. Replaces control bytes, which keys and values may contain, by question marks. Always
 * returns false, so that callers can write `return error_list_add(…)`. */
bool error_list_add(struct error_list *errors, struct place place, const char *format, ...)
    PRINTF_LIKE(3, 4);

/* Adds a line with the number of errors that got no line, if there are any. */
void error_list_close(struct error_list *errors);
