/* Embedding items: reads and checks an upstream's response to an embeddings request. A response
 * with anything unexpected is rejected, and is then neither stored nor split.
 *
 * Accepted is {"object": "list", "data": [...]} with an item for every input, in order and with the
 * right index, each with a vector of the same length. Other members of the response and of the
 * items are kept as spelled.
 *
 * A batch has millions of numbers, more than json_scan.h accepts, so vectors are read by
 * embedding_vector.h.
 *
 * Pure. Threads: one at a time. */
#pragma once

#include "proxy/openai/embeddings/embedding_item.h"
#include "proxy/openai/embeddings/embedding_vector_value.h"
#include "proxy/openai/verdict.h"

struct embedding_items;

/* In place of a number of inputs: the response is checked as a whole and not split. */
#define ITEMS_ANY SIZE_MAX

struct embedding_items_options {
	size_t expected;    /* number of inputs, or ITEMS_ANY */
	const char *member; /* the item's member with the vector: "embedding" */
	/* of base64; must be float32 if the response is split */
	struct embedding_vector_format format;
};

/* Reads a response. On FINE the caller owns *ret_items, which does not refer to `body`; otherwise
 * *ret_items is unchanged.
 *
 * With ITEMS_ANY the list may be bare (llama.cpp's own shape), vectors may be lists of lists,
 * and indexes may be absent, but must be in order if present. embedding_items_at cannot be used
 * then. */
MUST_CHECK enum verdict embedding_items_read(struct slice body,
					     const struct embedding_items_options *options,
					     struct embedding_items **ret_items);
void embedding_items_destroy(struct embedding_items **items);

/* Distributes the response's token usage over its items, so that the shares add up to it.
 * `weights`: the length of each input. `tokens`: these are numbers of tokens, and each item gets
 * its own number and an even share of the tokens added by the server; otherwise the shares are
 * proportional to the weights. */
void embedding_items_share(struct embedding_items *items, const size_t *weights, bool tokens);

/* Returns the item of one input. Its usage is known if it is the only item, or after
 * embedding_items_share. Valid as long as `items`. */
struct embedding_item embedding_items_at(const struct embedding_items *items, size_t index);

/* Returns the number of items. */
size_t embedding_items_count(const struct embedding_items *items);

/* Returns the prompt tokens that the response reports; -1: none. */
int64_t embedding_items_prompt(const struct embedding_items *items);
