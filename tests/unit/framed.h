/* A stream of bytes, read by the framing in pieces: for the tests of the framing. */
#pragma once

#include "base/buf.h"
#include "proxy/http/framing.h"

#include <check.h>

enum { HEAD_LIMIT = 2048, STREAM = 64 << 10 };

/* What became of a stream of bytes, and what a parser behind the framing saw of it. */
struct outcome {
	struct framing framing;
	struct buf passed;
	size_t kept; /* bytes at the end that were not approved */
};

/* As a connection would: what is not approved is given again, with more behind it. */
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

/* Wherever the stream is cut, and byte by byte, its verdict is the same; the caller finishes what
 * passed. */
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
