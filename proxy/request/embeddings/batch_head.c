#include "proxy/request/embeddings/batch_head.h"

#include "base/memory.h"
#include "proxy/openai/storable/storable.h"
#include "proxy/upstream/shareable.h"

#include <stdlib.h>

struct batch_head *batch_head_create(struct flight *flight, const struct head *head,
				     const struct digest *asked, struct slice body)
{
	struct batch_head *h = memory_new(struct batch_head);
	refs_init(&h->refs);
	h->flight = flight_ref(flight);
	h->head = head;
	h->asked = *asked;
	h->body = buf_make(BATCH_REFUSAL);
	if (head->status != 200 && !buf_append_slice(&h->body, body))
		batch_head_unref(&h);
	return h;
}

void batch_head_unref(struct batch_head **head)
{
	struct batch_head *h = take(head);
	if (!h || !refs_drop(&h->refs))
		return;
	flight_unref(&h->flight);
	buf_finish(&h->body);
	free(h);
}

static void destroy(void **head)
{
	struct batch_head *h = take(head);
	batch_head_unref(&h);
}

void batch_head_set(struct batch_head *h, struct flight *flight)
{
	refs_add(&h->refs);
	flight_head(flight, h, destroy);
}

enum verdict batch_head_verdict(const struct context *worker, const struct head *head)
{
	enum answer_kind kind = ANSWER_JSON;
	struct slice coding = fields_first(&head->fields, slice_of("Content-Encoding"));
	enum verdict verdict =
	    storable_head_verdict(head->status, head_content_type(head), coding, &kind);
	/* Readers that joined ask again whatever the verdict is. */
	if (verdict != VERDICT_FINE ||
	    worker->config->cache.upstream_control != CONFIG_CONTROL_HEED)
		return verdict;
	return shareable_verdict(worker->headers, head);
}
