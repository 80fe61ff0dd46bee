/* Creates a batch and its parts from the cache keys of its inputs. */
#include "proxy/request/embeddings/batch_internal.h"

#include "base/memory.h"

#include <stdlib.h>

/* A hash table of parts by cache key: slots hold the part's index plus one; 0: free. At most half
 * of them are taken. */
struct finder {
	uint32_t *slots;
	size_t mask;
};

static struct finder finder_make(size_t count)
{
	size_t room = 4;
	while (room < 2 * count)
		room *= 2;
	return (struct finder){memory_zeroed(room * sizeof(uint32_t)), room - 1};
}

/* Returns the index of the part with this cache key; adds it if there is none. */
static uint32_t find_part(struct batch *b, struct finder *f, const struct cache_key *key)
{
	size_t at = key->fingerprint[0] & f->mask;
	for (; f->slots[at]; at = (at + 1) & f->mask)
		if (cache_key_equal(&b->parts[f->slots[at] - 1].key, key))
			return f->slots[at] - 1;
	uint32_t number = (uint32_t)b->part_count++;
	f->slots[at] = number + 1;
	b->parts[number].key = *key;
	return number;
}

static void on_wake(struct reader *reader)
{
	struct request *r = container_of(reader, struct part, reader)->batch->request;
	mailbox_post(r->worker->mailbox, &r->message);
}

static void add_input(struct batch *b, struct finder *f, uint32_t input,
		      const struct cache_key *key)
{
	size_t before = b->part_count;
	b->order[input] = find_part(b, f, key);
	if (b->part_count == before)
		return;
	struct part *p = &b->parts[b->order[input]];
	p->batch = b;
	p->input = input;
	p->reader.wake = on_wake;
	p->bytes = buf_make(BATCH_ANSWER);
}

static struct batch *batch_create(struct request *r, struct embedding_inputs *inputs)
{
	struct batch *b = memory_new(struct batch);
	size_t count = embedding_inputs_count(inputs);
	b->request = r;
	b->inputs = inputs;
	b->parts = memory_zeroed(count * sizeof *b->parts);
	b->order = memory_zeroed(count * sizeof *b->order);
	return b;
}

bool batch_may_be(const struct request *r)
{
	/* If the origin is unseen, parts of other requests would not show whether this page may
	 * read them. */
	return r->endpoint->batches && r->body && !r->cache_control.no_store && !r->unseen_origin;
}

void batch_adopt(struct request *r, struct embedding_inputs **inputs, const struct cache_key *keys)
{
	struct batch *b = r->batch = batch_create(r, take(inputs));
	uint32_t count = (uint32_t)embedding_inputs_count(b->inputs);
	struct finder finder = finder_make(count);
	for (uint32_t i = 0; i < count; i++)
		add_input(b, &finder, i, &keys[i]);
	free(finder.slots);
}
