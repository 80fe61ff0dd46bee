/* An entry: a finished answer. Immutable once it is in a store, and counted: who holds a reference
 * may read it for as long as it takes, evicted or not.
 *
 * An answer that arrived is one entry; what was made of it for clients who want another wire form
 * are derived entries, kept beside it.
 *
 * Threads: any. Owns: its event log and its content type. */
#pragma once

#include "base/list.h"
#include "base/refs.h"
#include "cache/store/event_log.h"
#include "cache/key/fingerprint.h"

/* How an answer travels. */
enum wire_form {
	WIRE_PLAIN,	   /* one JSON object: an event log of one event */
	WIRE_STREAM,	   /* a stream of events */
	WIRE_STREAM_USAGE, /* one that also tells what the answer cost, where that is asked for */
};

/* What an answer cost to make, in tokens; -1: not known. */
struct token_usage {
	int64_t prompt;
	int64_t completion;
};

struct entry {
	struct refs refs;
	/* constant after create */
	struct name name;
	enum wire_form form;
	bool derived; /* made of another entry of this name, and gone when that one goes */
	char *content_type;
	struct event_log *log;
	struct token_usage token_usage;
	uint64_t id;	    /* of the answer (tombstones.h); 0: none is known */
	int64_t begun_ms;   /* when it was asked for, */
	int64_t created_ms; /* and was complete: of the clock that callers pass as now_ms */
	int64_t expires_ms;
	size_t charged_bytes; /* all memory of it: struct, strings, log, allocator's rounding */
	/* private to shard.c, guarded by the shard; of one that has left it, its taker's */
	struct entry *chain;
	struct entry *forms; /* of an arrived one: what was derived of it, by entry.chain */
	struct list lru;
};

struct entry_options {
	struct name name;
	enum wire_form form;
	const char *content_type;
	struct token_usage token_usage;
	uint64_t id;
	int64_t begun_ms;
	int64_t created_ms;
	int64_t expires_ms;
};

/* Takes the log (nulls *log). One reference, the caller's. */
struct entry *entry_create(const struct entry_options *options, struct event_log **log);

/* The same answer in another wire form: its name, times and spend are those of the entry it was
 * made of. Takes the log (nulls *log). One reference, the caller's. */
struct entry *entry_derive(const struct entry *origin, enum wire_form form,
			   const char *content_type, struct event_log **log);

struct entry *entry_ref(struct entry *e);
void entry_unref(struct entry **e);
