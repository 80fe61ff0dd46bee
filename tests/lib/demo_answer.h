/* Answers of the demo model server, whole: what it will say to a request, and how far the model
 * must have come before each part may leave.
 *
 * The text depends on the request's members, save those that only say how it travels (`stream`,
 * `stream_options`, `user`); `id` and `created` are new each time, as on real servers.
 *
 * Threads: any. Owns its bytes. */
#pragma once

#include "base/buf.h"

/* Bytes up to `end` may leave once the model has made this many tokens. */
struct demo_mark {
	size_t end;
	unsigned tokens;
};

struct demo_answer {
	unsigned status;
	bool stream; /* events; else one JSON object */
	struct buf bytes;
	struct demo_mark *marks; /* in order; the last one ends where bytes end */
	size_t mark_count;
};

/* Answers POST `path` (without /v1) with this body. NULL: there is no such path. Bad JSON and
 * wrong values are answers with status 400. The caller owns the answer. */
struct demo_answer *demo_answer_create(struct slice path, struct slice body);
void demo_answer_destroy(struct demo_answer **answer);

/* An error in the shape of the OpenAI API. */
struct demo_answer *demo_answer_error(unsigned status, const char *type, const char *message);

/* What GET /v1/models says. */
struct demo_answer *demo_answer_models(void);

/* {"name": value} */
struct demo_answer *demo_answer_number(const char *name, double value);
