/* Deletion: requests that are forwarded and make a response's id invalid, because the response is
 * deleted at the upstream or was steered while it was generated. Pure; any thread. */
#pragma once

#include "base/slice.h"

/* Calls on_id for every text that may be such an id:
 *
 *     DELETE /v1/responses/resp_1             the path's last two segments, percent-decoded
 *     POST /v1/chat/completions/control       the member `id` of the body (llama.cpp)
 *
 * Extra texts that are no ids do no harm. `body` may be empty; it is ignored if it is longer than
 * 64 KiB. */
void deletion_read(struct slice method, struct slice path, struct slice body,
		   void (*on_id)(void *context, struct slice id), void *context);

/* Whether deletion_read needs the body of such a request. */
bool deletion_has_body(struct slice method, struct slice path);
