/* Embedding inputs: splits the inputs of an embeddings request. Each input has a cache key of its
 * own, so that batches share entries for equal inputs.
 *
 *     "a"  ["a"]  [1,2]                one input
 *     ["a","b"]  [[1,2],[3]]           two
 *
 * The key is made of the canonical form of the request without `input` and `encoding_format`
 * (embedding_inputs_left_out), followed by that of {"input": this one alone}. Two different inputs
 * or requests cannot have the same pair: each part is the form of an object, which marks its own
 * end (canonical_writer.h), and the form of a whole request has no second object after it. Both can
 * be read back and give the request for this input alone.
 *
 * Pure. Threads: one at a time. */
#pragma once

#include "base/buf.h"
#include "cache/key/canonical.h"
#include "proxy/openai/embeddings/embedding_item.h"

/* Most inputs that are split. Servers take fewer at once (OpenAI: 2048), and a worker can look up
 * as many without delaying its other connections. */
enum { INPUTS_MOST = 4096 };

/* The members left out of the first part of an input's key. Ends with NULL. */
extern const char *const embedding_inputs_left_out[];

struct embedding_inputs;

/* Reads a body, which must outlive the result. NULL: it cannot be split, because it is no such
 * request, is spelled in a way that a server might read differently, or has a member that changes
 * the format of vectors or makes the vector of one input depend on the others. The caller owns the
 * result. */
struct embedding_inputs *embedding_inputs_read(struct slice body);
void embedding_inputs_destroy(struct embedding_inputs **inputs);

size_t embedding_inputs_count(const struct embedding_inputs *inputs);
enum coding embedding_inputs_coding(const struct embedding_inputs *inputs);

/* Whether the inputs are lists of tokens, not texts. All inputs of a request are of the same
 * kind. */
bool embedding_inputs_are_tokens(const struct embedding_inputs *inputs);

/* Returns the length of an input: in tokens or, for a text, in bytes. 0: there is no memory to
 * decode it. */
size_t embedding_inputs_length(const struct embedding_inputs *inputs, size_t index);

/* Appends the canonical form of an input, the second part of its key. False: *form is full. */
MUST_CHECK bool embedding_inputs_form(const struct embedding_inputs *inputs, size_t index,
				      struct canonical *canonical, struct buf *form);

/* Appends the body with only these inputs, in this order; the rest of the body is unchanged. False:
 * *out is full. */
MUST_CHECK bool embedding_inputs_body(const struct embedding_inputs *inputs, const uint32_t *which,
				      size_t count, struct buf *out);
