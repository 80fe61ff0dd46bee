#include "cache/store/entry.h"

#include "base/memory.h"

#include <stdlib.h>

/* What an arrived entry is charged for its shard's hash table, which has up to two slots for each
 * of them (shard.c). */
enum { SLOT_BYTES = 2 * sizeof(struct entry *) };

static struct entry *create(const struct entry_options *options, struct event_log **log)
{
	struct entry *e = memory_new(struct entry);
	refs_init(&e->refs);
	e->key = options->key;
	e->form = options->form;
	e->content_type = options->content_type ? memory_text(options->content_type) : NULL;
	e->log = take(log);
	e->token_usage = options->token_usage;
	e->id = options->id;
	e->begun_ms = options->begun_ms;
	e->created_ms = options->created_ms;
	e->expires_ms = options->expires_ms;
	e->charged_bytes =
	    memory_occupied(e) + memory_occupied(e->content_type) + event_log_memory_bytes(e->log);
	list_init(&e->lru);
	return e;
}

struct entry *entry_create(const struct entry_options *options, struct event_log **log)
{
	struct entry *e = create(options, log);
	e->charged_bytes += SLOT_BYTES;
	return e;
}

struct entry *entry_derive(const struct entry *origin, enum wire_form form,
			   const char *content_type, struct event_log **log)
{
	struct entry *e = create(
	    &(struct entry_options){
		.key = origin->key,
		.form = form,
		.content_type = content_type,
		.token_usage = origin->token_usage,
		.id = origin->id,
		.begun_ms = origin->begun_ms,
		.created_ms = origin->created_ms,
		.expires_ms = origin->expires_ms,
	    },
	    log);
	e->derived = true;
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
