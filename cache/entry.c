#include "cache/entry.h"

#include "base/memory.h"

#include <stdlib.h>

/* An entry's share of its shard's hash table, which has one to two slots for each entry (shard.c).
 */
enum { SLOT_BYTES = 2 * sizeof(struct entry *) };

struct entry *entry_create(const struct entry_options *options, struct event_log **log)
{
	struct entry *e = memory_new(struct entry);
	refs_init(&e->refs);
	e->name = options->name;
	e->form = options->form;
	e->content_type = options->content_type ? memory_text(options->content_type) : NULL;
	e->log = take(log);
	e->spend = options->spend;
	e->created_ms = options->created_ms;
	e->expires_ms = options->expires_ms;
	e->charged_bytes = memory_occupied(e) + memory_occupied(e->content_type) +
			   event_log_memory_bytes(e->log) + SLOT_BYTES;
	list_init(&e->lru);
	return e;
}

struct entry *entry_ref(struct entry *e)
{
	refs_add(&e->refs);
	return e;
}

void entry_unref(struct entry **e)
{
	struct entry *gone = take(e);
	if (!gone || !refs_drop(&gone->refs))
		return;
	event_log_destroy(&gone->log);
	free(gone->content_type);
	free(gone);
}
