/* A batch head: the head that all flights of a batch fetch share.
 *
 * Threads: any. Reference-counted; constant. */
#pragma once

#include "base/buf.h"
#include "base/refs.h"
#include "cache/flight/flight.h"
#include "proxy/context.h"
#include "proxy/header/header_fields.h"
#include "proxy/openai/verdict.h"

/* Maximum body of a response that is not 200 to be shared; a longer one is only for the leader. */
enum { BATCH_REFUSAL = 64 << 10 };

struct batch_head {
	struct refs refs;
	struct flight *flight;	 /* a reference; owns head */
	const struct head *head; /* of the upstream's response */
	struct digest asked;	 /* of the request that was sent */
	struct buf body;	 /* of a response that is not 200 */
};

/* Returns a reference for the caller. The head must be the flight's. Copies the body if the status
 * is not 200. NULL: that body is longer than BATCH_REFUSAL. */
struct batch_head *batch_head_create(struct flight *flight, const struct head *head,
				     const struct digest *asked, struct slice body);
void batch_head_unref(struct batch_head **h);

/* Whether a response with this head may be split into items and stored. FINE: yes; otherwise why
 * not. */
enum verdict batch_head_verdict(const struct context *worker, const struct head *head);

/* Sets it as the head of a flight, which gets a reference of its own. */
void batch_head_set(struct batch_head *h, struct flight *flight);
