/* Feeds a stream of bytes to the framing in pieces. */
#pragma once

#include "base/buf.h"
#include "proxy/http/framing.h"

#include <check.h>

enum { HEAD_LIMIT = 2048, STREAM = 64 << 10 };

/* The result for a stream of bytes. `passed` is what a parser behind the framing would get. */
struct outcome {
	struct framing framing;
	struct buf passed;
	size_t kept; /* bytes at the end that were not approved */
};

/* Like a connection, gives bytes that were not approved again, followed by more. */
static struct outcome feed(struct slice stream, size_t first, size_t portion)
{
	struct outcome o = {framing_make(HEAD_LIMIT), buf_make(STREAM), 0};
	scoped(buf_finish) struct buf held = buf_make(STREAM);
	size_t step = first;
	for (struct slice rest = stream; rest.len > 0; step = portion) {
		step = rest.len < step ? rest.len : step;
		ck_assert(buf_append(&held, rest.at, step));
		rest = slice_after(rest, step);
		size_t n = framing_read(&o.framing, held.at, &held.len);
		ck_assert_uint_le(n, held.len);
		ck_assert(buf_append(&o.passed, held.at, n));
		buf_drop_front(&held, n);
		if (o.framing.failure != FAILURE_NONE)
			break;
		ck_assert_uint_le(held.len, HEAD_LIMIT);
	}
	o.kept = held.len;
	if (o.framing.failure != FAILURE_NONE) {
		ck_assert_uint_eq(framing_read(&o.framing, held.at, &held.len), 0);
		ck_assert(buf_append_slice(&o.passed, framing_ending(&o.framing)));
	}
	return o;
}

static void check_same(struct outcome *a, struct outcome *b, struct slice stream)
{
	ck_assert_msg(a->framing.failure == b->framing.failure, "%.*s", SLICE_FMT(stream));
	ck_assert_ptr_eq(a->framing.why, b->framing.why);
	ck_assert_uint_eq(a->framing.requests, b->framing.requests);
	ck_assert_msg(slice_equal(buf_slice(&a->passed), buf_slice(&b->passed)), "%.*s",
		      SLICE_FMT(stream));
	buf_finish(&b->passed);
}

/* Checks that the result is the same wherever the stream is cut, and byte by byte, and returns it.
 * The caller finishes `passed`. */
static struct outcome read_stream(struct slice stream)
{
	struct outcome whole = feed(stream, stream.len, stream.len);
	struct outcome drops = feed(stream, 1, 1);
	check_same(&whole, &drops, stream);
	for (size_t cut = 1; cut < stream.len; cut++) {
		struct outcome halves = feed(stream, cut, stream.len);
		check_same(&whole, &halves, stream);
	}
	return whole;
}
