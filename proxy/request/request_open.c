/* OPEN: finds an entry, joins a flight, or leads a new one. */
#include "proxy/request/request_steps.h"

#include "base/clock.h"
#include "proxy/request/embeddings/batch.h"

static enum step open_private(struct request *r)
{
	if (r->cache_control.only_if_cached)
		return refuse(r, FAILURE_NOT_CACHED, NULL);
	r->cache_status = CACHE_STATUS_BYPASS;
	return request_fetch_private(r);
}

/* What was found has another form and cannot be converted: opens again for the exact form. */
static enum step open_exact(struct request *r)
{
	if (r->exact) {
		r->cache_status = CACHE_STATUS_REFUSED;
		return refuse(r, FAILURE_NO_MEMORY, NULL);
	}
	r->exact = true;
	return step_open(r);
}

static enum step after_conversion(struct request *r, enum step next)
{
	if (next != STEP_DELIVER)
		return next;
	return r->entry ? request_prepare_hit(r) : open_exact(r);
}

static enum step hit(struct request *r)
{
	r->cache_status = r->waited ? CACHE_STATUS_JOIN : CACHE_STATUS_HIT;
	if (r->entry->form == r->parsed.form)
		return request_prepare_hit(r);
	return after_conversion(r, request_convert(r));
}

/* A stream without the token usage cannot serve a client that wants it. */
static enum step joined(struct request *r)
{
	r->cache_status = CACHE_STATUS_JOIN;
	request_note_retry(r, &r->reader);
	if (r->parsed.form != WIRE_STREAM_USAGE || flight_form(r->reader.flight) != WIRE_STREAM)
		return STEP_AWAIT;
	cache_leave(r->worker->cache, &r->reader, clock_ms());
	return open_exact(r);
}

static enum step lead(struct request *r, bool private)
{
	r->cache_status = CACHE_STATUS_MISS;
	r->leads_private = private;
	request_note_retry(r, &r->reader);
	return request_fetch(r);
}

/* Leads a private flight whose answer may be stored. */
static enum step lead_private(struct request *r)
{
	cache_open_private(r->worker->cache, &r->reader);
	return lead(r, true);
}

/* Whether a request with no-store is looked up all the same: with cache.client_control: restrict
 * clients must not make the upstream repeat an answer that is cached. */
static bool only_looks(const struct request *r)
{
	return r->verdict == VERDICT_REQUEST_NO_STORE && r->keyed &&
	       r->worker->config->cache.client_control == CONFIG_CLIENT_RESTRICT;
}

static enum cache_answer look_up(struct request *r)
{
	struct cache_question question = {
	    .key = r->cache_key,
	    .form = r->parsed.form,
	    .asks = r->asks,
	    .exact = r->exact,
	    /* An answer that it waited for is young enough. */
	    .max_age_ms = r->waited	     ? -1
			  : r->unseen_origin ? 0
					     : r->cache_control.max_age_ms,
	    .only_cached = r->cache_control.only_if_cached || only_looks(r),
	    .branch = r->branch,
	};
	return cache_open(r->worker->cache, &question, &r->reader, clock_ms(), &r->entry);
}

enum step step_open(struct request *r)
{
	if (r->converting)
		return after_conversion(r, request_converted(r));
	if (r->must_lead_private)
		return lead_private(r);
	if (r->batch)
		return batch_open(r);
	if (r->verdict != VERDICT_FINE && !only_looks(r))
		return open_private(r);
	switch (look_up(r)) {
	case CACHE_HIT:
		return hit(r);
	case CACHE_JOINED:
		return joined(r);
	case CACHE_LED:
		return lead(r, false);
	case CACHE_ALONE:
		return lead(r, true);
	case CACHE_ABSENT:
		break;
	}
	return only_looks(r) ? open_private(r) : refuse(r, FAILURE_NOT_CACHED, NULL);
}
