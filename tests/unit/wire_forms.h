/* Helpers for tests of fold and unfold. The caller gives returned buffers to buf_finish. */
#pragma once

#include "base/ensure.h"
#include "proxy/openai/wire/fold.h"
#include "proxy/openai/wire/unfold.h"
#include "tests/unit/json_equal.h"

#include <check.h>

enum { WIRE_FORMS_LIMIT = 64 << 20 };

static inline bool keep_event(void *context, struct slice event)
{
	return buf_append_slice(context, event);
}

/* Returns the stream of an object; empty if it is refused. */
static inline struct buf unfolded(enum endpoint_family family, struct slice object, bool usage,
				  size_t piece)
{
	struct buf stream = buf_make(WIRE_FORMS_LIMIT);
	const struct unfold_options options = {usage, piece, keep_event, &stream};
	if (!unfold(family, object, &options))
		buf_clear(&stream);
	return stream;
}

/* Returns the object of a stream; empty if it is refused. */
static inline struct buf folded(enum endpoint_family family, struct slice stream)
{
	struct buf object = buf_make(WIRE_FORMS_LIMIT);
	bool fine = fold(family, stream, &object);
	ensure(fine || object.len == 0);
	return object;
}

/* Returns a stream with a frame `data: LINE` for each line; NULL ends the lines. */
static inline struct buf stream_of(const char *const *lines)
{
	struct buf stream = buf_make(WIRE_FORMS_LIMIT);
	for (; *lines; lines++)
		ensure(buf_printf(&stream, "data: %s\n\n", *lines));
	return stream;
}

enum { EXAMPLE_LINES = 16 };

/* A stream and what it is folded into. */
struct example {
	const char *name;
	const char *lines[EXAMPLE_LINES];
	const char *answer; /* NULL: refused */
};

static inline void check_example(enum endpoint_family family, const struct example *e)
{
	struct buf stream = stream_of(e->lines);
	struct buf object = folded(family, buf_slice(&stream));
	if (!e->answer)
		ck_assert_msg(object.len == 0, "%s: %.*s", e->name, SLICE_FMT(buf_slice(&object)));
	else
		ck_assert_msg(json_equal(buf_slice(&object), slice_of(e->answer)), "%s: %.*s",
			      e->name, SLICE_FMT(buf_slice(&object)));
	buf_finish(&object);
	buf_finish(&stream);
}
