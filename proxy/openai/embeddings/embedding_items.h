/* Items: what an upstream's answer to an embeddings request holds, read with suspicion. What is not
 * understood to the last member is refused, and is then neither kept nor taken apart.
 *
 * Understood is {"object": "list", "data": [...]} with an item for every input that was asked for,
 * in that order, its index right, and a vector in it of the same length as all others. Other
 * members, of the answer and of the items, are kept as they are spelled.
 *
 * A batch holds millions of numbers, more than json_scan.h takes: vectors are read by vector.h.
 *
 * Pure. Threads: one at a time. */
#pragma once

#include "proxy/openai/embeddings/embedding_item.h"
#include "proxy/openai/embeddings/embedding_vector_value.h"
#include "proxy/openai/verdict.h"

struct embedding_items;

/* Instead of a number of inputs: the answer is judged as a whole and not taken apart. */
#define ITEMS_ANY SIZE_MAX

struct embedding_items_options {
	size_t expected;		       /* inputs that were asked for, or ITEMS_ANY */
	const char *member;		       /* where an item has its vector: "embedding" */
	struct embedding_vector_format format; /* of base64; what is taken apart is float32 */
};

/* Reads an answer. Only on FINE *ret_items is the caller's; it needs the text no longer.
 *
 * With ITEMS_ANY the list may be bare (llama.cpp's own shape), vectors may be lists of lists, and
 * indexes may be absent; those that are there are in order. The items can then not be looked at. */
MUST_CHECK enum verdict embedding_items_read(struct slice body,
					     const struct embedding_items_options *options,
					     struct embedding_items **ret_items);
void embedding_items_destroy(struct embedding_items **items);

/* Shares what the answer cost among its inputs, so that the parts add up to it. `weights`: the
 * length of each input. tokens: they are numbers of tokens, and each input gets its own and an even
 * share of what the server has added; else the shares are in proportion to the weights. */
void embedding_items_share(struct embedding_items *items, const size_t *weights, bool tokens);

/* The item of one input. What it cost is known if it was alone or once it was shared. Valid as long
 * as the items. */
struct embedding_item embedding_items_at(const struct embedding_items *items, size_t index);

/* How many there are. */
size_t embedding_items_count(const struct embedding_items *items);

/* What the answer says it cost, in tokens; -1: nothing. */
int64_t embedding_items_prompt(const struct embedding_items *items);
