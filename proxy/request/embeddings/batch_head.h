/* A batch head: what the flights of one batch fetch have for their head. All have the same one.
 *
 * Threads: any. Counted; constant. */
#pragma once

#include "base/buf.h"
#include "base/refs.h"
#include "cache/flight/flight.h"
#include "proxy/header/header_fields.h"
#include "proxy/context.h"
#include "proxy/openai/verdict.h"

/* A longer body of an answer that is not 200 is for who led and for nobody else. */
enum { BATCH_REFUSAL = 64 << 10 };

struct batch_head {
	struct refs refs;
	struct flight *flight;	 /* whose head it is, */
	const struct head *head; /* of the upstream's answer */
	struct digest asked;	 /* of the request that it answers */
	struct buf body;	 /* of an answer that is not 200 */
};

/* One reference, the caller's. The flight is one that shows this head; of the body a copy is kept,
 * where it is needed. NULL: it is needed and too long. */
struct batch_head *batch_head_create(struct flight *flight, const struct head *head,
				     const struct digest *asked, struct slice body);
void batch_head_unref(struct batch_head **h);

/* What an answer's head says against taking it apart, as a judge would say. FINE: nothing. */
enum verdict batch_head_verdict(const struct context *worker, const struct head *head);

/* Shows it as the head of a flight, which has a reference of its own. */
void batch_head_show(struct batch_head *h, struct flight *flight);
