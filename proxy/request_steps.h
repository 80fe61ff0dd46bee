/* The steps of a request, in one table: what each is called, what it does and which may come next.
 * For request.c, which runs them; the drawing is in request.h.
 *
 * Threads: only the worker's. */
#pragma once

#include "proxy/request.h"

struct step_row {
	const char *name;
	/* Carries the step out and says which is next, or STEP_WAIT or STEP_DROP. NULL: it is the
	 * server's notice that takes it (request_finish). */
	enum step (*act)(struct request *r);
	unsigned may_follow; /* bits, 1 << step: what may come after this one */
};

extern const struct step_row step_rows[STEPS];

/* Answers with an error of our own. The particulars, more words or NULL, live as long as r. */
static inline enum step refuse(struct request *r, enum failure why, const char *particulars)
{
	r->failure = why;
	r->particulars = particulars;
	return STEP_REFUSE;
}

/* ## The one that asks the cache and the upstream, in request_open.c */

enum step step_open(struct request *r);

/* ## The two that answer, in request_answer.c */

enum step step_deliver(struct request *r);
enum step step_refuse(struct request *r);
