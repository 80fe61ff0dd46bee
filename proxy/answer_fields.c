#include "proxy/answer_fields.h"

#include <inttypes.h>
#include <stdio.h>

/* What an entry keeps and a joiner gets of a head. The others speak of one exchange between one
 * client and the upstream: request ids, rate limits, cookies, CORS of one origin. */
static const struct slice shared[] = {
    SLICE("Content-Type"),     SLICE("Content-Encoding"), SLICE("Retry-After"),
    SLICE("Retry-After-Ms"),   SLICE("X-Should-Retry"),	  SLICE("Location"),
    SLICE("WWW-Authenticate"),
};

static bool is_shared(struct slice name)
{
	for (size_t i = 0; i < sizeof shared / sizeof *shared; i++)
		if (slice_equal_nocase(name, shared[i]))
			return true;
	return false;
}

void answer_head_fields(struct answer *a, const struct request *r, const struct head *head)
{
	for (size_t i = 0; i < head->fields.count; i++) {
		const struct field *f = &head->fields.at[i];
		if (slice_is_nocase(f->name, "X-Cache"))
			continue;
		if (r->part != PART_JOIN || is_shared(f->name))
			answer_field(a, f->name, f->value);
	}
}

static void add(struct answer *a, const char *name, const char *value)
{
	answer_field(a, slice_of(name), slice_of(value));
}

/* What the upstream did not have to do, as far as it said so. */
static void add_saved(struct answer *a, const struct spend *s)
{
	char text[64] = "";
	int len = 0;
	if (s->prompt >= 0)
		len = snprintf(text, sizeof text, "prompt=%" PRId64, s->prompt);
	if (s->completion >= 0)
		snprintf(text + len, sizeof text - len, "%scompletion=%" PRId64, len ? ", " : "",
			 s->completion);
	if (text[0])
		add(a, "X-Cache-Tokens-Saved", text);
}

static void add_hit(struct answer *a, const struct request *r, int64_t now_ms)
{
	char text[64];
	int64_t created_ms = r->entry ? r->entry->created_ms : r->oldest_ms;
	int64_t expires_ms = r->entry ? r->entry->expires_ms : r->soonest_ms;
	int64_t left_ms = expires_ms > now_ms ? expires_ms - now_ms : 0;
	int64_t age_ms = now_ms > created_ms ? now_ms - created_ms : 0;
	snprintf(text, sizeof text, "reprise; hit; ttl=%" PRId64, left_ms / 1000);
	add(a, "Cache-Status", text);
	snprintf(text, sizeof text, "%" PRId64, age_ms / 1000);
	add(a, "Age", text);
	add(a, "X-Cache", "HIT");
	add_saved(a, r->entry ? &r->entry->spend : &r->saved);
}

/* RFC 9211 §2.2: partial, where some of it came from here. */
static void add_miss(struct answer *a, const struct request *r, enum verdict fate)
{
	char text[128];
	int len = snprintf(text, sizeof text, "reprise; fwd=%s", r->partial ? "partial" : "miss");
	if (fate == FATE_STORED)
		snprintf(text + len, sizeof text - len, "; stored");
	else if (fate != FATE_UNKNOWN)
		snprintf(text + len, sizeof text - len, "; detail=%s", verdict_text(fate));
	add(a, "Cache-Status", text);
	add(a, "X-Cache", "MISS");
}

static void add_bypass(struct answer *a, const struct request *r)
{
	char text[128];
	bool asked = r->controls.no_cache || r->controls.no_store;
	snprintf(text, sizeof text, "reprise; fwd=%s; detail=%s", asked ? "request" : "bypass",
		 verdict_text(r->verdict));
	add(a, "Cache-Status", text);
	add(a, "X-Cache", "BYPASS");
}

static void add_refusal(struct answer *a, const struct request *r)
{
	char text[128];
	snprintf(text, sizeof text, "reprise; detail=%s", failure_row(r->failure)->code);
	add(a, "Cache-Status", text);
	add(a, "X-Cache", r->failure == FAILURE_NOT_CACHED ? "MISS" : "BYPASS");
}

static void add_retry_after(struct answer *a, unsigned status)
{
	char text[32];
	if (failure_retry_s(status) < 0)
		return;
	snprintf(text, sizeof text, "%d", failure_retry_s(status));
	add(a, "Retry-After", text);
}

void answer_own_fields(struct answer *a, const struct request *r, enum verdict fate, int64_t now_ms)
{
	switch (r->part) {
	case PART_HIT:
		add_hit(a, r, now_ms);
		break;
	case PART_MISS:
		add_miss(a, r, fate);
		break;
	case PART_JOIN:
		add(a, "Cache-Status", "reprise; fwd=miss; collapsed");
		add(a, "X-Cache", "JOIN");
		break;
	case PART_BYPASS:
		add_bypass(a, r);
		break;
	case PART_NONE:
		add_refusal(a, r);
		break;
	}
	if (r->failure != FAILURE_NONE)
		add_retry_after(a, failure_row(r->failure)->status);
	if (r->close || r->kit->draining)
		add(a, "Connection", "close");
}
