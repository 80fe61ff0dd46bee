/* An entry: a complete answer in the cache. It is immutable once it is in the store, and
 * reference-counted: a holder of a reference may read it even after it has been evicted.
 *
 * An arrived entry is the answer in the wire form in which it came from the upstream. A derived
 * entry is the same answer converted for clients that want another form; it is kept with the
 * arrived one.
 *
 * Threads: any. An entry owns its event log and its content type. */
#pragma once

#include "base/list.h"
#include "base/refs.h"
#include "cache/key/fingerprint.h"
#include "cache/store/event_log.h"

/* The form of an answer on the wire. */
enum wire_form {
	WIRE_PLAIN,	   /* one JSON object: an event log of one event */
	WIRE_STREAM,	   /* a stream of events */
	WIRE_STREAM_USAGE, /* a stream that includes the token usage, where it must be asked for */
};

/* The tokens that an answer used; -1: not known. */
struct token_usage {
	int64_t prompt;
	int64_t completion;
};

struct entry {
	struct refs refs;
	/* constant after create */
	struct cache_key key;
	enum wire_form form;
	bool derived; /* from the arrived entry of this key, with which it is removed */
	char *content_type;
	struct event_log *log;
	struct token_usage token_usage;
	uint64_t id;	    /* of the answer (tombstones.h); 0: not known */
	int64_t begun_ms;   /* when it was requested; by the clock of now_ms, as the next two */
	int64_t created_ms; /* when it was complete */
	int64_t expires_ms;
	size_t charged_bytes; /* all its memory: struct, strings, log, allocator overhead */
	/* private to shard.c and guarded by the shard; after removal, by whoever removed it */
	struct entry *chain;
	struct entry *forms; /* arrived entries: the entries derived from it, by entry.chain */
	struct list lru;
};

struct entry_options {
	struct cache_key key;
	enum wire_form form;
	const char *content_type;
	struct token_usage token_usage;
	uint64_t id;
	int64_t begun_ms;
	int64_t created_ms;
	int64_t expires_ms;
};

/* Creates an arrived entry with one reference, the caller's. Takes the log (nulls *log) and copies
 * the content type, which may be NULL. */
struct entry *entry_create(const struct entry_options *options, struct event_log **log);

/* Creates a derived entry: the same answer in another wire form, with the key, id, times and token
 * usage of its origin. Otherwise as entry_create. */
struct entry *entry_derive(const struct entry *origin, enum wire_form form,
			   const char *content_type, struct event_log **log);

struct entry *entry_ref(struct entry *e);
void entry_unref(struct entry **e);
