/* Watches the header fields that are part of cache keys, and finds those whose value is new in
 * nearly every request: their requests never hit. Such a field is reported once in the log, with
 * the option that helps, and in a metric from then on.
 *
 * Each worker has its own watch, of fixed size and without locks. Findings are shared by all
 * workers; their lock is taken only when there is a new one. */
#pragma once

#include "proxy/header/header_table.h"

/* How many values of a field are seen before it is judged, and how many percent of them have to be
 * new. */
enum { WATCH_WINDOW = 256, WATCH_NEW_PERCENT = 90 };

/* Further names are not reported, since clients choose them. */
enum { FINDINGS_MAX = 32, FINDING_NAME = 64 };

struct finding {
	char header[FINDING_NAME]; /* in lower case */
	char cookie[FINDING_NAME]; /* name of the cookie; empty: not a cookie, or without a name */
	const char *option;	   /* the option that helps; static */
};

struct findings;

struct findings *findings_create(void);
void findings_destroy(struct findings **f);

/* The number of findings, which only grows. Any thread. */
size_t findings_count(const struct findings *f);

/* A finding, which never changes; index is less than their number. Any thread. */
const struct finding *findings_at(const struct findings *f, size_t index);

struct header_watch;

struct header_watch_options {
	struct findings *findings;		   /* shared; outlives the watch */
	const struct config_list *ignored_cookies; /* cache.ignore_cookies */
	bool forwarded;				   /* upstream.forwarded: the host counts */
};

struct header_watch *header_watch_create(const struct header_watch_options *options);
void header_watch_destroy(struct header_watch **w);

/* Notes a request that is looked up in the cache. Only the worker's thread. */
void header_watch_note(struct header_watch *w, const struct fields *fields,
		       const struct header_marks *marks);
