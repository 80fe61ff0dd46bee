/* Inputs: what an embeddings request asks to be embedded, taken apart. Each input has a name of its
 * own, so that batches share what they have in common.
 *
 *     "a"  ["a"]  [1,2]                one input
 *     ["a","b"]  [[1,2],[3]]           two
 *
 * The name is made of the request without `input` and `encoding_format` (inputs_apart) and, behind
 * that, the form of {"input": this one alone}. Why no two names meet: the first part is the form of
 * an object, which ends itself (form.h), and so is the second; a whole request's form has no second
 * object behind it. Both can be read back, and tell the request for this input alone.
 *
 * Pure. Threads: one at a time. */
#pragma once

#include "base/buf.h"
#include "cache/key/canonical.h"
#include "proxy/openai/embeddings/embedding_item.h"

/* More inputs than servers take at once (OpenAI: 2048), and as many as a worker looks up without
 * keeping its other clients waiting. */
enum { INPUTS_MOST = 4096 };

/* The members that a part's name leaves out. Ends with NULL. */
extern const char *const embedding_inputs_apart[];

struct embedding_inputs;

/* Reads a body, which must outlive it. NULL: not to be taken apart. So is what is no such request,
 * what is spelled in a way that a server might read otherwise than we, and what has a member that
 * gives vectors another shape or lets one input's depend on the others'. */
struct embedding_inputs *embedding_inputs_read(struct slice body);
void embedding_inputs_destroy(struct embedding_inputs **inputs);

size_t embedding_inputs_count(const struct embedding_inputs *inputs);
enum coding embedding_inputs_coding(const struct embedding_inputs *inputs);

/* Whether the inputs are lists of tokens, and not texts: all of a batch are of one kind. */
bool embedding_inputs_are_tokens(const struct embedding_inputs *inputs);

/* How long an input is: in tokens, or of a text in bytes. 0: there is no memory to decode it. */
size_t embedding_inputs_length(const struct embedding_inputs *inputs, size_t index);

/* Appends the form of an input, the second part of its name's. False: *form is full. */
MUST_CHECK bool embedding_inputs_form(const struct embedding_inputs *inputs, size_t index,
				      struct canonical *canonical, struct buf *form);

/* Appends the body with these inputs only, in their order; nothing else of it is changed. False:
 * *out is full. */
MUST_CHECK bool embedding_inputs_body(const struct embedding_inputs *inputs, const uint32_t *which,
				      size_t count, struct buf *out);
