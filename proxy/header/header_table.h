/* The table of request header fields: which are part of the cache key, and which are forwarded.
 * Every forwarded field is part of the key, except as the rows of header_table.def and
 * cache.ignore_headers say.
 *
 * Constant after create; any thread. */
#pragma once

#include "config/config.h"
#include "proxy/header/header_fields.h"

#include <stdint.h>

/* What is known of a field: the bits of a mark. */
enum {
	HEADER_COUNTS = 1 << 0,	 /* part of the cache key, unless it is not forwarded */
	HEADER_WHO = 1 << 1,	 /* says who asks: part of the key even if not forwarded */
	HEADER_STAYS = 1 << 2,	 /* not forwarded as it came */
	HEADER_API_KEY = 1 << 3, /* see field_is_api_key */
	HEADER_DIGEST = 1 << 4,	 /* about the exact bytes of the client's body, or their coding */
	HEADER_HOP = 1 << 5,	 /* about this connection only: neither forwarded nor in the key */
	HEADER_WRITTEN = 1 << 6, /* the upstream gets our own field of this name */
};

/* How much of the value is part of the key: header_value.h. */
enum header_filter {
	FILTER_NONE, /* all of it */
	FILTER_CONTENT_TYPE,
	FILTER_ACCEPT,
	FILTER_ACCEPT_LANGUAGE,
	FILTER_ACCEPT_CHARSET,
	FILTER_FORWARDED,
	FILTER_COOKIE,
};

struct header_mark {
	uint8_t bits;
	uint8_t filter; /* enum header_filter */
};

/* The marks of a request's fields, by the index of the field. */
struct header_marks {
	struct header_mark at[FIELDS_MAX];
};

struct header_table_options {
	const struct config_list *ignore; /* cache.ignore_headers: names and globs */
	bool forwarded;			  /* upstream.forwarded: on */
	bool compat; /* compat.headers: other caches' headers are not forwarded */
};

struct header_table;

struct header_table *header_table_create(const struct header_table_options *options);
void header_table_destroy(struct header_table **t);

/* The mark of a name. Case is ignored, and _ equals a hyphen, as for servers that make variables of
 * names (RFC 3875 §4.1.18). */
struct header_mark header_table_find(const struct header_table *t, struct slice name);

/* Marks all fields of a request, in time proportional to the length of the head. */
void header_table_mark(const struct header_table *t, const struct fields *fields,
		       struct header_marks *ret_marks);

/* Whether the upstream's responses may vary with this field and the cache key still tells them
 * apart: all of its value is part of the key, or none of it reaches the upstream. */
bool header_table_tells_apart(const struct header_table *t, struct slice name);

/* Whether a field with this mark is part of the cache key. */
static inline bool header_mark_counts(struct header_mark m)
{
	return (m.bits & HEADER_COUNTS) && !(m.bits & HEADER_HOP) &&
	       (!(m.bits & HEADER_STAYS) || (m.bits & HEADER_WHO));
}

/* The index of the field whose host the upstream gets as X-Forwarded-Host: the first such field of
 * a proxy in front of us, which knows better than we do what the client asked for, or else Host.
 * -1: none. */
int header_marks_host(const struct fields *fields, const struct header_marks *marks);
