/* Watches the header fields that are part of cache keys, for one whose value is new in nearly every
 * request: whoever sends it never hits. Such a field is named once in the log, with the option that
 * helps, and in a metric from then on.
 *
 * A worker has a watch of its own, of a fixed size and without locks. Findings are shared by all
 * workers; their lock is taken only when there is a new one. */
#pragma once

#include "proxy/header/header_table.h"

/* How often a field is seen before it is judged, and how many of these values, in percent, have to
 * be new. */
enum { WATCH_WINDOW = 256, WATCH_NEW_PERCENT = 90 };

/* More names are not told: clients choose them. */
enum { FINDINGS_MAX = 32, FINDING_NAME = 64 };

struct finding {
	char header[FINDING_NAME]; /* in lower case */
	char cookie[FINDING_NAME]; /* which of Cookie's; empty: it is not that, or has no name */
	const char *option;	   /* that helps; static */
};

struct findings;

struct findings *findings_create(void);
void findings_destroy(struct findings **f);

/* How many there are; they only grow in number. Any thread. */
size_t findings_count(const struct findings *f);

/* One of them, which stays as it is; index is less than their number. Any thread. */
const struct finding *findings_at(const struct findings *f, size_t index);

struct header_watch;

struct header_watch_options {
	struct findings *findings;		   /* shared; outlives the watch */
	const struct config_list *ignored_cookies; /* cache.ignore_cookies */
	bool forwarded;				   /* upstream.forwarded: the host counts */
};

struct header_watch *header_watch_create(const struct header_watch_options *options);
void header_watch_destroy(struct header_watch **w);

/* Takes note of a request that is looked up. Only the worker's thread. */
void header_watch_note(struct header_watch *w, const struct fields *fields,
		       const struct header_marks *marks);
