/* Embedding item: the embedding of one input as it is stored. It has everything that a response
 * with this item needs:
 *
 *     flags | prompt + 1 | length | top | length | members | vector          numbers are LEB128
 *
 * The vector is float32 (embedding_vector.h), or the text of the list if some number cannot be
 * restored from float32. Responses can be made from items in either coding, whichever the upstream
 * sent.
 *
 * Pure. Threads: any. */
#pragma once

#include "base/buf.h"

#include <stdint.h>

/* encoding_format: how a response spells its vectors. */
enum coding {
	CODING_FLOAT,
	CODING_BASE64,
};

struct embedding_item {
	bool text;	   /* the vector is the text of a list */
	bool tells_coding; /* in base64 the item has encoding_format (llama.cpp) */
	int64_t prompt;	   /* tokens of the input, or its share; -1: not known */
	/* the response's members except data and usage, as spelled: "a":1,"b":2 */
	struct slice top;
	/* the item's members except index, embedding and encoding_format, likewise */
	struct slice members;
	struct slice vector;
};

/* Appends the packed item. False: *out is full and unchanged. */
MUST_CHECK bool embedding_item_pack(const struct embedding_item *item, struct buf *out);

/* Unpacks an item from embedding_item_pack; the slices point into `packed`. Not for untrusted
 * bytes. */
struct embedding_item embedding_item_unpack(struct slice packed);

/* ## Writing a response: embedding_item_begin, embedding_item_write for each item with a comma
 * between, embedding_item_end */

/* Appends the beginning of a response, with the other members of this item's response. */
MUST_CHECK bool embedding_item_begin(const struct embedding_item *item, struct buf *out);

/* Appends the item with this index. A vector stored as text is rounded for base64, as the upstream
 * would do. False: *out is full. */
MUST_CHECK bool embedding_item_write(const struct embedding_item *item, enum coding coding,
				     size_t index, struct buf *out);

/* Appends the end of the response, with its usage. */
MUST_CHECK bool embedding_item_end(int64_t prompt, struct buf *out);
