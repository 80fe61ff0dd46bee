/* Entries for tests of shard, store and cache. */
#pragma once

#include "cache/store/entry.h"

#include "tests/unit/keys.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

static inline struct event_log *zeros(size_t len)
{
	struct event_log *log = event_log_create(len + 100);
	char *bytes = calloc(1, len + 1);
	bool fits = event_log_append(log, slice_make(bytes, len));
	ck_assert(fits);
	free(bytes);
	event_log_seal(log);
	return log;
}

/* A plain entry of key_numbered(n) that holds `len` zero bytes and lives from 0 to expires_ms. */
static inline struct entry *entry_numbered(uint64_t n, size_t len, int64_t expires_ms)
{
	struct event_log *log = zeros(len);
	return entry_create(&(struct entry_options){.key = key_numbered(n),
						    .form = WIRE_PLAIN,
						    .content_type = "application/json",
						    .expires_ms = expires_ms},
			    &log);
}

static inline struct entry *entry_derived(const struct entry *origin, enum wire_form form,
					  size_t len)
{
	struct event_log *log = zeros(len);
	return entry_derive(origin, form, "text/event-stream", &log);
}
