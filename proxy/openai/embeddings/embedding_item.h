/* An item: the embedding of one input, as the cache keeps it. All that an answer with this item in
 * it needs:
 *
 *     flags | prompt + 1 | length | top | length | members | vector          numbers are LEB128
 *
 * The vector is float32 (vector.h), or the list's own text where some number does not survive that.
 * Answers are put together from items in either coding, whichever came.
 *
 * Pure. Threads: any. */
#pragma once

#include "base/buf.h"

#include <stdint.h>

/* encoding_format: how an answer spells its vectors. */
enum coding {
	CODING_FLOAT,
	CODING_BASE64,
};

struct embedding_item {
	bool text;	      /* the vector is a list's text */
	bool tells_coding;    /* an item in base64 says so in encoding_format (llama.cpp) */
	int64_t prompt;	      /* tokens of the input, or its share; -1: not known */
	struct slice top;     /* the answer's members but data and usage, as spelled: "a":1,"b":2 */
	struct slice members; /* the item's but index, embedding and encoding_format, likewise */
	struct slice vector;
};

/* Appends the packed item. False: *out is full, and as it was. */
MUST_CHECK bool embedding_item_pack(const struct embedding_item *item, struct buf *out);

/* Reads what item_pack wrote; the slices point into it. Not for foreign bytes. */
struct embedding_item embedding_item_unpack(struct slice packed);

/* ## An answer: item_begin, item_write for each with a comma between, item_end */

/* Appends the beginning of an answer whose other members are those of this item. */
MUST_CHECK bool embedding_item_begin(const struct embedding_item *item, struct buf *out);

/* Appends the item as the one of this index. A vector that was kept as text is rounded in base64,
 * as the upstream would. False: *out is full. */
MUST_CHECK bool embedding_item_write(const struct embedding_item *item, enum coding coding,
				     size_t index, struct buf *out);

/* Appends the end, which tells what the answer cost. */
MUST_CHECK bool embedding_item_end(int64_t prompt, struct buf *out);
