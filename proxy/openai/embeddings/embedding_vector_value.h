/* A vector as an answer spells it: a list of numbers, a list of such lists (one for each token, as
 * llama.cpp and poolers without pooling give them), or base64 of numbers in the format that the
 * request asked for. It is read with suspicion: every number has to be finite, and there has to be
 * one.
 *
 * Pure. Threads: any. */
#pragma once

#include "cache/key/canonical.h"
#include "proxy/openai/embeddings/embedding_vector.h"

/* What numbers base64 holds. Sources: vLLM's EmbeddingRequest (embed_dtype, endianness), Voyage's
 * and Mistral's output_dtype, Jina's embedding_type. */
enum embedding_vector_type {
	EMBEDDING_VECTOR_FLOAT32,
	EMBEDDING_VECTOR_FLOAT16,
	EMBEDDING_VECTOR_BFLOAT16,
	EMBEDDING_VECTOR_FLOAT8_E4M3,
	EMBEDDING_VECTOR_FLOAT8_E5M2,
	EMBEDDING_VECTOR_INTEGER, /* int8, uint8, bits: any bytes are numbers */
	EMBEDDING_VECTOR_UNKNOWN, /* a name that we do not know: no base64 is believed */
};

struct embedding_vector_format {
	enum embedding_vector_type type;
	bool big_endian;
};

/* Notes what a member of a request's outermost object says of the format. Members that say nothing
 * of it change nothing. The format starts as zeros: float32 as every API has it by default. */
void embedding_vector_format_note(struct embedding_vector_format *format,
				  const struct canonical_member *member);

/* A vector that was read. */
struct embedding_vector_value {
	struct slice list; /* the text of a flat list, with its brackets; empty: it was none */
	bool survives;	   /* the list can be written again from float32 (vector.h) */
	bool nested;	   /* it is a list of lists */
	size_t length;	   /* numbers in it, or in each of its lists; of base64 the bytes */
};

/* Reads the value whose first token `first` was just taken from the scan, and leaves the scan
 * behind it. Appends the numbers of lists, and of base64 in VECTOR_FLOAT32 with the lowest byte
 * first, to *out as float32; of other base64 the bytes. False: it is no such vector, or *out is
 * full; *out may hold a part then. */
MUST_CHECK bool embedding_vector_value_read(struct json_scan *scan, const struct json_token *first,
					    struct embedding_vector_format format, struct buf *out,
					    struct embedding_vector_value *ret_value);
