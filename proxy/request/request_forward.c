/* How a request is forwarded to the upstream, and whether the response to another request is for
 * it, too. */
#include "proxy/request/request_steps.h"

#include "proxy/request/api_keys.h"
#include "proxy/upstream/forward.h"
#include "proxy/upstream/pool.h"

/* Bytes of the header lines that we add. */
enum { LINES_ADDED = 4 << 10 };

/* Base-2 logarithm of the maximum number of branches of a cache key. */
enum { BRANCH_BITS_MOST = 24 };

/* Whether the upstream gets a credential of ours, or none, instead of the client's. */
static bool has_own_credential(const struct context *worker)
{
	const struct upstream *upstream = pool_upstream(worker->pool);
	return upstream->api_key || upstream->userinfo || worker->api_keys;
}

bool request_lines(struct request *r, bool edited, struct buf *ret_lines)
{
	struct context *worker = r->worker;
	const struct upstream *upstream = pool_upstream(worker->pool);
	struct cors_own own = request_own_fields(r);
	struct forward_options forward = {
	    .preflight = r->preflight ? &own : NULL,
	    .api_key = r->preflight ? NULL : upstream->api_key,
	    .own_credential = has_own_credential(worker),
	    .key = worker->api_keys ? api_keys_presented(&r->http.fields) : slice_of(""),
	    .peer = r->http.connection->peer[0] ? r->http.connection->peer : NULL,
	    .encrypted = r->http.connection->encrypted,
	    .version = r->http.version,
	    .plain_coding = r->keyed,
	    .edited = edited || r->cut,
	    .forwarded = worker->config->upstream.forwarded == CONFIG_FORWARDED_ON,
	};
	*ret_lines = buf_make(2 * worker->config->limits.headers + LINES_ADDED);
	return forward_lines(&forward, &r->http.fields, &r->marks, ret_lines);
}

enum cors_lesson request_lesson(const struct request *r)
{
	if (!r->preflight)
		return r->endpoint ? CORS_LESSON_ANSWER : CORS_LESSON_NONE;
	bool known = request_route(r, request_effective_method(r)).endpoint != NULL;
	return known ? CORS_LESSON_PREFLIGHT : CORS_LESSON_NONE;
}

bool request_heeds(const struct request *r)
{
	return r->keyed && r->worker->config->cache.upstream_control == CONFIG_CONTROL_HEED;
}

/* Whether X-Stainless-Retry-Count, which the SDKs of OpenAI and Anthropic send, is not 0. */
static bool says_retry(const struct fields *fields)
{
	struct slice count = fields_first(fields, slice_of("X-Stainless-Retry-Count"));
	bool more = false;
	for (size_t i = 0; i < count.len; i++) {
		if (count.at[i] < '0' || count.at[i] > '9')
			return false;
		more |= count.at[i] != '0';
	}
	return more;
}

void request_note_retry(const struct request *r, struct reader *reader)
{
	if (says_retry(&r->http.fields))
		cache_want(r->worker->cache, reader);
}

/* ## Responses to other requests */

const struct digest *request_digest(struct request *r)
{
	if (r->has_digest)
		return &r->digest;
	scoped(buf_finish) struct buf lines = {0};
	if (!request_lines(r, false, &lines))
		return NULL;
	struct slice body = r->body ? buf_slice(&r->body->held) : slice_of("");
	/* With cache.share: everyone, clients share a scope although the upstream may distinguish
	 * them by credential or address. An error for one is not valid for another, even if the
	 * requests are identical. */
	const void *own = r->policy.everyone ? r : NULL;
	size_t len = lines.len;
	const struct slice parts[] = {
	    slice_make(&own, sizeof own),
	    slice_make(&r->begun_us, own ? sizeof r->begun_us : 0),
	    slice_make(&len, sizeof len),
	    buf_slice(&lines),
	    body,
	};
	hasher_digest(r->worker->hasher, parts, sizeof parts / sizeof *parts, &r->digest);
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

/* A 1 bit followed by bits of the digest, so that branches of different lengths differ. */
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
