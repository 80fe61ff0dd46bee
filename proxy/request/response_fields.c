#include "proxy/request/response_fields.h"

#include "proxy/header/cors_fields.h"
#include "proxy/request/request_steps.h"

#include <inttypes.h>
#include <stdio.h>

static void add_field(void *response, struct slice name, struct slice value)
{
	response_field(response, name, value);
}

static struct field_sink sink(struct response *response)
{
	return (struct field_sink){.add = add_field, .context = response};
}

/* The fields of a head that joined requests get. The others belong to one exchange between one
 * client and the upstream: request ids, rate limits, cookies, CORS of one origin. */
static const struct slice shared[] = {
    SLICE("Content-Type"),     SLICE("Content-Encoding"), SLICE("Retry-After"),
    SLICE("Retry-After-Ms"),   SLICE("X-Should-Retry"),	  SLICE("Location"),
    SLICE("WWW-Authenticate"),
};

/* Validators and digests of the upstream's exact bytes: RFC 9110 §8.8, RFC 9530, RFC 1864. */
static const struct slice validators[] = {
    SLICE("ETag"),	  SLICE("Last-Modified"), SLICE("Content-Digest"),
    SLICE("Repr-Digest"), SLICE("Digest"),	  SLICE("Content-MD5"),
};

/* Whether a field of the upstream's head is replaced by one of ours. */
static bool is_replaced(const struct request *r, struct slice name)
{
	return slice_is_nocase(name, "X-Cache") || cors_field_is_passed(name) ||
	       (r->preflight && slice_is_nocase(name, "Access-Control-Allow-Headers")) ||
	       (r->unbuffered && slice_is_nocase(name, "X-Accel-Buffering"));
}

/* Whether the response is for this request's origin (or both have none). */
static bool is_for_this_page(const struct request *r, const struct head *head)
{
	return r->cache_status != CACHE_STATUS_JOIN ||
	       slice_equal(slice_of(head->origin ? head->origin : ""), r->cors.origin);
}

static void add_head(struct response *response, struct request *r, const struct head *head,
		     bool same_bytes)
{
	for (size_t i = 0; i < head->fields.count; i++) {
		const struct field *f = &head->fields.at[i];
		if (is_replaced(r, f->name) || (!same_bytes && FIELD_IS_AMONG(f->name, validators)))
			continue;
		if (r->cache_status != CACHE_STATUS_JOIN || FIELD_IS_AMONG(f->name, shared))
			response_field(response, f->name, f->value);
	}
	r->status = head->status;
	r->cors_passed = is_for_this_page(r, head);
	if (r->cors_passed)
		cors_fields_pass(sink(response), head);
	if (r->preflight) {
		struct cors_own own = request_own_fields(r);
		cors_fields_allow(sink(response), head, &r->http.fields, &own);
	}
}

void response_fields_add_head(struct response *response, struct request *r, const struct head *head)
{
	add_head(response, r, head, true);
}

void response_fields_add_composed(struct response *response, struct request *r,
				  const struct head *head)
{
	add_head(response, r, head, false);
}

static void add(struct response *response, const char *name, const char *value)
{
	response_field(response, slice_of(name), slice_of(value));
}

/* The token usage that the hit saved, as far as it is known. */
static void add_saved(struct response *response, const struct token_usage *u)
{
	char text[64] = "";
	int len = 0;
	if (u->prompt >= 0)
		len = snprintf(text, sizeof text, "prompt=%" PRId64, u->prompt);
	if (u->completion >= 0)
		snprintf(text + len, sizeof text - len, "%scompletion=%" PRId64, len ? ", " : "",
			 u->completion);
	if (text[0])
		add(response, "X-Cache-Tokens-Saved", text);
}

/* For responses that did not come from the upstream for this client: other caches on the way must
 * not share them. */
static void add_private(struct response *response)
{
	add(response, "Cache-Control", "private, no-store");
}

static void add_hit(struct response *response, const struct request *r, int64_t now_ms)
{
	char text[64];
	int64_t created_ms = r->entry ? r->entry->created_ms : r->oldest_ms;
	int64_t expires_ms = r->entry ? r->entry->expires_ms : r->first_expiry_ms;
	int64_t left_ms = expires_ms > now_ms ? expires_ms - now_ms : 0;
	int64_t age_ms = now_ms > created_ms ? now_ms - created_ms : 0;
	snprintf(text, sizeof text, "reprise; hit; ttl=%" PRId64, left_ms / 1000);
	add(response, "Cache-Status", text);
	snprintf(text, sizeof text, "%" PRId64, age_ms / 1000);
	add(response, "Age", text);
	add(response, "X-Cache", "HIT");
	add_private(response);
	add_saved(response, r->entry ? &r->entry->token_usage : &r->saved);
}

/* partial: a part of it came from the cache (RFC 9211 §2.2). */
static void add_miss(struct response *response, const struct request *r, enum verdict fate)
{
	char text[128];
	bool forwarded = r->failure != FAILURE_NOT_CACHED;
	int len = snprintf(text, sizeof text, "reprise%s%s", forwarded ? "; fwd=" : "",
			   !forwarded	? ""
			   : r->partial ? "partial"
					: "miss");
	if (r->failure != FAILURE_NONE)
		snprintf(text + len, sizeof text - len, "; detail=%s",
			 failure_row(r->failure)->code);
	else if (fate == FATE_STORED)
		snprintf(text + len, sizeof text - len, "; stored");
	else if (fate != FATE_UNKNOWN)
		snprintf(text + len, sizeof text - len, "; detail=%s", verdict_text(fate));
	add(response, "Cache-Status", text);
	add(response, "X-Cache", "MISS");
}

static void add_join(struct response *response, const struct request *r)
{
	char text[128];
	bool failed = r->failure != FAILURE_NONE;
	snprintf(text, sizeof text, "reprise; fwd=miss; collapsed%s%s", failed ? "; detail=" : "",
		 failed ? failure_row(r->failure)->code : "");
	add(response, "Cache-Status", text);
	add(response, "X-Cache", "JOIN");
	add_private(response);
}

/* The reason for the bypass. If the client asked for a fresh answer: why that was not stored
 * instead. If we refuse a request that already went upstream: the failure. */
static const char *bypass_detail(const struct request *r, enum verdict fate)
{
	bool fresh = r->verdict == VERDICT_REQUEST_NO_CACHE;
	if (r->failure != FAILURE_NONE)
		return failure_row(r->failure)->code;
	bool refused = fresh && fate != FATE_STORED && fate != FATE_UNKNOWN;
	return verdict_text(refused ? fate : r->verdict);
}

static void add_bypass(struct response *response, const struct request *r, enum verdict fate)
{
	char text[128];
	bool asked = r->cache_control.no_cache || r->cache_control.no_store;
	bool kept = r->verdict == VERDICT_REQUEST_NO_CACHE && fate == FATE_STORED;
	snprintf(text, sizeof text, "reprise; fwd=%s%s; detail=%s", asked ? "request" : "bypass",
		 kept ? "; stored" : "", bypass_detail(r, fate));
	add(response, "Cache-Status", text);
	add(response, "X-Cache", "BYPASS");
}

static void add_refusal(struct response *response, const struct request *r)
{
	char text[128];
	const struct failure_row *row = failure_row(r->failure);
	snprintf(text, sizeof text, "reprise; detail=%s", row->code);
	add(response, "Cache-Status", text);
	if (row->status == 401)
		add(response, "WWW-Authenticate", "Bearer");
	add(response, "X-Cache", cache_status_name(CACHE_STATUS_REFUSED));
}

static void add_retry_after(struct response *response, const struct request *r)
{
	char text[32];
	int64_t after_s = r->retry_ms > 0 ? (r->retry_ms + 999) / 1000
					  : failure_retry_s(failure_row(r->failure)->status);
	if (after_s < 0)
		return;
	snprintf(text, sizeof text, "%" PRId64, after_s);
	add(response, "Retry-After", text);
}

/* An error of the upstream that was joined may be read by each origin that waited, like our own
 * errors. If the head was refused, the origin is unknown. */
static struct cors_grant grant_of(const struct request *r)
{
	if (r->failure != FAILURE_NONE && r->close && r->http.fields.count == 0)
		return (struct cors_grant){.known = true, .allow = "*"};
	if (r->failure != FAILURE_NONE || r->status >= 300)
		return cors_fields_for_error(r->worker->cors, &r->cors);
	return cors_find(r->worker->cors, &r->cors);
}

void response_fields_add_own(struct response *response, const struct request *r, enum verdict fate,
			     int64_t now_ms)
{
	switch (r->cache_status) {
	case CACHE_STATUS_HIT:
		add_hit(response, r, now_ms);
		break;
	case CACHE_STATUS_MISS:
		add_miss(response, r, fate);
		break;
	case CACHE_STATUS_JOIN:
		add_join(response, r);
		break;
	case CACHE_STATUS_BYPASS:
		add_bypass(response, r, fate);
		break;
	case CACHE_STATUS_REFUSED:
		add_refusal(response, r);
		break;
	}
	if (r->failure != FAILURE_NONE)
		add_retry_after(response, r);
	if (!r->cors_passed) {
		struct cors_grant grant = grant_of(r);
		cors_fields_make(sink(response), &grant);
	}
	/* Otherwise nginx would buffer a stream (proxy_buffering). */
	if (r->unbuffered)
		add(response, "X-Accel-Buffering", "no");
	if (r->close || r->worker->draining)
		add(response, "Connection", "close");
}
