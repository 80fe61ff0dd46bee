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

#include "proxy/openai/item.h"
#include "proxy/openai/verdict.h"

struct items;

/* Reads an answer to `expected` inputs. Only on FINE *ret_items is the caller's; it needs the text
 * no longer. */
MUST_CHECK enum verdict items_read(struct slice body, size_t expected, struct items **ret_items);
void items_destroy(struct items **items);

/* The item of one input. What it cost is known only if it was alone. Valid as long as the items. */
struct item items_at(const struct items *items, size_t index);

/* What the answer says it cost, in tokens; -1: nothing. */
int64_t items_prompt(const struct items *items);
