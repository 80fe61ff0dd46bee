/* A vector as a response spells it: a list of numbers, a list of such lists (one for each token,
 * from llama.cpp and poolers without pooling), or base64 of numbers in the format that the request
 * asked for. A vector must have at least one number, and all must be finite.
 *
 * Pure. Threads: any. */
#pragma once

#include "cache/key/canonical.h"

/* Types of numbers in base64. Sources: vLLM's EmbeddingRequest (embed_dtype, endianness), Voyage's
 * and Mistral's output_dtype, Jina's embedding_type. */
enum embedding_vector_type {
	EMBEDDING_VECTOR_FLOAT32,
	EMBEDDING_VECTOR_FLOAT16,
	EMBEDDING_VECTOR_BFLOAT16,
	EMBEDDING_VECTOR_FLOAT8_E4M3,
	EMBEDDING_VECTOR_FLOAT8_E5M2,
	EMBEDDING_VECTOR_INTEGER, /* int8, uint8, bits: all bytes are valid */
	EMBEDDING_VECTOR_UNKNOWN, /* an unknown name: no base64 is accepted */
};

struct embedding_vector_format {
	enum embedding_vector_type type;
	bool big_endian;
};

/* Updates the format from a top-level member of a request; members that are not about the format
 * change nothing. Zero the format before: float32 is the default of every API. */
void embedding_vector_format_note(struct embedding_vector_format *format,
				  const struct canonical_member *member);

/* A vector that was read. */
struct embedding_vector_value {
	struct slice list; /* text of a flat list, with its brackets; empty: none */
	bool survives;	   /* the list can be restored from float32 (embedding_vector.h) */
	bool nested;	   /* it is a list of lists */
	size_t length;	   /* count of numbers, or in each list; for base64 the bytes */
};

/* Reads the value whose first token `first` was just taken from the scan, and moves the scan past
 * it. Appends to *out the numbers of lists as float32, and the bytes of base64, which are float32
 * too if the format is little-endian float32. False: the value is no such vector, or *out is full;
 * *out may then have a part of it. */
MUST_CHECK bool embedding_vector_value_read(struct json_scan *scan, const struct json_token *first,
					    struct embedding_vector_format format, struct buf *out,
					    struct embedding_vector_value *ret_value);
