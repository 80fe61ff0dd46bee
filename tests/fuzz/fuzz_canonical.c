/* Any bytes as a request's body: scanner, canonical form and names. */
#include "cache/key/canonical.h"

#include "base/ensure.h"
#include "tests/fuzz/fuzz.h"
#include "tests/unit/chat_places.h"

#include <stdlib.h>

/* What came by in the way of members, to compare one reading with the next. */
struct sight {
	size_t members;
	size_t bytes;
};

static void see(void *context, const struct canonical_member *m)
{
	struct sight *s = context;
	ensure(m->depth >= 1 && m->depth <= JSON_DEPTH);
	ensure(m->kind != JSON_KEY && m->kind != JSON_OBJECT_CLOSE && m->kind != JSON_ARRAY_CLOSE);
	s->members++;
	for (size_t i = 0; i < m->key.len; i++)
		s->bytes += (unsigned char)m->key.at[i];
	for (size_t i = 0; i < m->value.len; i++)
		s->bytes += (unsigned char)m->value.at[i];
}

/* Tokens lie in the text, one behind the other, and decoding makes none longer. */
static void check_tokens(struct slice text)
{
	struct json_scan scan = json_scan_start(text);
	struct json_token t;
	const char *before = text.at;
	while (json_scan_next(&scan, &t)) {
		ensure(t.text.at >= before && t.text.at + t.text.len <= text.at + text.len);
		ensure(t.depth <= JSON_DEPTH);
		before = t.text.at + t.text.len;
		if (t.kind != JSON_KEY && t.kind != JSON_STRING)
			continue;
		char *decoded = malloc(t.text.len ? t.text.len : 1);
		size_t len = json_decode(t.text, decoded);
		ensure(len <= t.text.len && (t.escaped || len == t.text.len));
		free(decoded);
	}
	ensure(scan.at >= scan.start && scan.at <= scan.end);
}

static enum canonical_result read_once(struct canonical *c, struct slice text, struct buf *out,
				       struct sight *sight)
{
	*sight = (struct sight){0};
	const struct canonical_rules rules = {
	    .steps = chat_steps, .left_out = chat_left_out, .on_value = see, .context = sight};
	return canonical_form(c, text, &rules, out);
}

/* One canonicalizer used twice says the same as a fresh one. */
static void check_form(struct slice text)
{
	scoped(canonical_destroy) struct canonical *used = canonical_create();
	scoped(canonical_destroy) struct canonical *fresh = canonical_create();
	struct buf first = buf_make(1 << 28), second = buf_make(1 << 28), third = buf_make(1 << 28);
	struct sight seen, again;
	enum canonical_result result = read_once(used, text, &first, &seen);
	ensure(result != CANONICAL_NO_MEMORY);
	ensure((result == CANONICAL_INVALID) == !json_valid(text));
	ensure((result == CANONICAL_FINE) == (first.len > 0));
	ensure(read_once(used, text, &second, &again) == result);
	ensure(seen.members == again.members && seen.bytes == again.bytes);
	ensure(read_once(fresh, text, &third, &again) == result);
	ensure(slice_equal(buf_slice(&first), buf_slice(&second)));
	ensure(slice_equal(buf_slice(&first), buf_slice(&third)));
	buf_finish(&first);
	buf_finish(&second);
	buf_finish(&third);
}

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	struct slice text = slice_make(at, len);
	check_tokens(text);
	check_form(text);
	return 0;
}
