/* Whether the answer to somebody else's request is for this one, too. */
#include "proxy/request/request_steps.h"

/* No more branches of a name than this power of two. */
enum { BRANCH_BITS_MOST = 24 };

const struct digest *request_digest(struct request *r)
{
	if (r->has_digest)
		return &r->digest;
	scoped(buf_finish) struct buf lines = {0};
	if (!request_lines(r, false, &lines))
		return NULL;
	struct slice body = r->upload ? buf_slice(&r->upload->held) : slice_of("");
	/* Clients who share a scope and present credentials of their own, or are known by their
	 * addresses: what one is refused says nothing of another, not even in the same words. */
	const void *own = r->policy.everyone ? r : NULL;
	size_t len = lines.len;
	const struct slice parts[] = {
	    slice_make(&own, sizeof own),
	    slice_make(&r->begun_us, own ? sizeof r->begun_us : 0),
	    slice_make(&len, sizeof len),
	    buf_slice(&lines),
	    body,
	};
	namer_digest(r->kit->namer, parts, sizeof parts / sizeof *parts, &r->digest);
	r->has_digest = true;
	return &r->digest;
}

bool request_accepts(struct request *r, unsigned status, const struct digest *asked)
{
	if (status == 200)
		return true;
	const struct digest *own = request_digest(r);
	return own && digest_equal(own, asked);
}

/* 1 | its bits, so that no two numbers of bits have a branch in common. */
static uint32_t branch_of(const struct digest *digest, unsigned refusals)
{
	unsigned bits = refusals < BRANCH_BITS_MOST ? refusals - 1 : BRANCH_BITS_MOST;
	uint32_t size = (uint32_t)1 << bits;
	return bits ? size | ((uint32_t)digest->at[0] & (size - 1)) : 0;
}

void request_refused(struct request *r)
{
	const struct digest *digest = request_digest(r);
	if (r->refusals < UINT8_MAX)
		r->refusals++;
	if (digest)
		r->branch = branch_of(digest, r->refusals);
}
