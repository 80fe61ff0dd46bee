/* A deletion: a request that passes through and after which an answer's id is no longer good, since
 * the answer is deleted at the upstream, or was steered while it was made. Pure; any thread. */
#pragma once

#include "base/slice.h"

/* Hands out what may be such an id:
 *
 *     DELETE /v1/responses/resp_1             the path's last two segments, percent-decoded
 *     POST /v1/chat/completions/control       the member `id` of the body (llama.cpp)
 *
 * More than the id does no harm. `body` may be empty, and is not read where it is longer than any
 * that says so little. */
void deletion_read(struct slice method, struct slice path, struct slice body,
		   void (*on_id)(void *context, struct slice id), void *context);

/* Whether the body of such a request is looked at. */
bool deletion_has_body(struct slice method, struct slice path);
