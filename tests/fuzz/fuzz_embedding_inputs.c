/* Any bytes as an embeddings request. What is taken apart and put together again, all of it or one
 * input alone, is the same request for those inputs. */
#include "proxy/openai/embeddings/embedding_inputs.h"

#include "base/ensure.h"
#include "cache/key/json_scan.h"
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>

/* The body with these inputs has their forms, in their order. */
static void check(const struct embedding_inputs *inputs, const uint32_t *which, size_t count,
		  struct canonical *canonical)
{
	scoped(buf_finish) struct buf body = buf_make(SIZE_MAX / 2);
	ensure(embedding_inputs_body(inputs, which, count, &body));
	ensure(json_valid(buf_slice(&body)));
	scoped(embedding_inputs_destroy) struct embedding_inputs *again =
	    embedding_inputs_read(buf_slice(&body));
	ensure(again && embedding_inputs_coding(again) == embedding_inputs_coding(inputs));
	ensure(embedding_inputs_count(again) == count);
	for (size_t i = 0; i < count; i++) {
		scoped(buf_finish) struct buf a = buf_make(SIZE_MAX / 2);
		scoped(buf_finish) struct buf b = buf_make(SIZE_MAX / 2);
		ensure(embedding_inputs_form(inputs, which[i], canonical, &a));
		ensure(embedding_inputs_form(again, i, canonical, &b));
		ensure(a.len && slice_equal(buf_slice(&a), buf_slice(&b)));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	scoped(embedding_inputs_destroy) struct embedding_inputs *inputs =
	    embedding_inputs_read(slice_make(at, len));
	if (!inputs)
		return 0;
	struct canonical *canonical = canonical_create();
	size_t count = embedding_inputs_count(inputs);
	uint32_t *which = calloc(count, sizeof *which);
	for (uint32_t i = 0; i < count; i++)
		which[i] = i;
	check(inputs, which, count, canonical);
	check(inputs, which + count - 1, 1, canonical);
	free(which);
	canonical_destroy(&canonical);
	return 0;
}
