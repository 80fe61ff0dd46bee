/* Embeddings: object list with data[].embedding, a list of numbers or a string of base64; or
 * llama.cpp's own shape (/embedding, /embeddings without /v1, or a request with `content`), a
 * bare list of objects with `embedding`. vLLM's /pooling has its vectors, or a list of them for
 * each input, in `data` instead. embedding_items.h reads all of these, whether a batch is split
 * or not. */
#include "proxy/openai/family/family.h"

#include "proxy/openai/embeddings/embedding_items.h"

static enum verdict read_vectors(struct evidence *e, struct slice body, const char *member)
{
	scoped(embedding_items_destroy) struct embedding_items *items = NULL;
	struct embedding_items_options options = {
	    .expected = ITEMS_ANY,
	    .member = member,
	    .format = e->vectors,
	};
	enum verdict verdict = embedding_items_read(body, &options, &items);
	if (verdict != VERDICT_FINE)
		return verdict;
	e->token_usage.prompt = embedding_items_prompt(items);
	return evidence_count_verdict(e, embedding_items_count(items));
}

static enum verdict read_embeddings(struct evidence *e, struct slice body)
{
	return read_vectors(e, body, "embedding");
}

static enum verdict read_pooling(struct evidence *e, struct slice body)
{
	return read_vectors(e, body, "data");
}

const struct family family_embeddings = {.read_body = read_embeddings, .raw = true};
const struct family family_pooling = {.read_body = read_pooling, .raw = true};
