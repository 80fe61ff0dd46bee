#include "proxy/request/request_steps.h"

#include "base/clock.h"
#include "base/memory.h"
#include "proxy/request/embeddings/batch.h"
#include "proxy/upstream/fetch.h"
#include "proxy/upstream/forward.h"

#include <assert.h>
#include <stdlib.h>

static_assert((int)CONFIG_LENGTH_LIMITED == (int)STORE_LENGTH_LIMITED, "one order");
static_assert((int)CONFIG_LENGTH_ALWAYS == (int)STORE_LENGTH_ALWAYS, "one order");
static_assert((int)CONFIG_LENGTH_NEVER == (int)STORE_LENGTH_NEVER, "one order");
static_assert((int)CONFIG_CALLS_VALID == (int)STORE_CALLS_VALID, "one order");
static_assert((int)CONFIG_CALLS_ALL == (int)STORE_CALLS_ALL, "one order");
static_assert((int)CONFIG_CALLS_NONE == (int)STORE_CALLS_NONE, "one order");

/* What we add to a request's header lines on their way on. */
enum { LINES_ADDED = 4 << 10 };

/* ## OPEN: an entry, somebody's flight, or a new one */

/* Where the upstream is asked for more than the client wanted. *ret_undo puts the client's own body
 * back; its text is to be freed, and NULL where nothing was edited. */
static bool edit_body(struct request *r, struct ask_edit *ret_undo)
{
	const struct ask_edit *edit = &r->ask.tell_usage;
	if (r->asks == r->ask.form || r->edited)
		return true;
	*ret_undo = (struct ask_edit){
	    .at = edit->at,
	    .len = strlen(edit->text),
	    .text = memory_copy(r->upload->held.at + edit->at, edit->len),
	};
	r->edited = ask_edit(edit, &r->upload->held);
	return r->edited;
}

/* The upstream knows clients by a credential of ours, and not by theirs. */
static bool has_own_credential(const struct kit *kit)
{
	const struct upstream *upstream = pool_upstream(kit->pool);
	return upstream->api_key || upstream->userinfo || kit->keyring;
}

bool request_lines(struct request *r, bool edited, struct buf *ret_lines)
{
	struct kit *kit = r->kit;
	const struct upstream *upstream = pool_upstream(kit->pool);
	struct cors_own own = request_own_fields(r);
	struct forward_options forward = {
	    .preflight = r->preflight ? &own : NULL,
	    .api_key = r->preflight ? NULL : upstream->api_key,
	    .own_credential = has_own_credential(kit),
	    .key = kit->keyring ? keyring_presented(&r->fields) : slice_of(""),
	    .peer = r->reply.client->peer[0] ? r->reply.client->peer : NULL,
	    .encrypted = r->reply.client->encrypted,
	    .version = r->version,
	    .plain_coding = r->named,
	    .edited = edited || r->cut,
	    .forwarded = kit->config->upstream.forwarded == CONFIG_FORWARDED_ON,
	};
	*ret_lines = buf_make(2 * kit->config->limits.headers + LINES_ADDED);
	return forward_lines(&forward, &r->fields, &r->marks, ret_lines);
}

bool request_heeds(const struct request *r)
{
	return r->named && r->kit->config->cache.upstream_control == CONFIG_CONTROL_HEED;
}

static bool others_may_join(const struct request *r)
{
	return r->named && r->part == PART_MISS && !r->alone;
}

enum cors_lesson request_lesson(const struct request *r)
{
	if (!r->preflight)
		return r->endpoint ? CORS_LESSON_ANSWER : CORS_LESSON_NONE;
	bool known = request_route(r, request_meant(r)).endpoint != NULL;
	return known ? CORS_LESSON_PREFLIGHT : CORS_LESSON_NONE;
}

static void undo_finish(struct ask_edit *undo)
{
	free((char *)undo->text);
}

static enum step start_fetch(struct request *r)
{
	static const struct digest nobodys;
	struct kit *kit = r->kit;
	scoped(buf_finish) struct buf lines = {0};
	scoped(undo_finish) struct ask_edit undo = {0};
	/* Of the client's own bytes, so before they are edited. */
	const struct digest *digest = others_may_join(r) ? request_digest(r) : &nobodys;
	if (!digest || !edit_body(r, &undo) || !request_lines(r, r->edited, &lines)) {
		/* Others may have joined, who would wait for ever. */
		cache_fail(kit->cache, r->reader.flight, FAILURE_NO_MEMORY,
			   "a request found no room");
		return refuse(r, FAILURE_NO_MEMORY, NULL);
	}
	struct judge_options judge = {
	    .endpoint = r->endpoint,
	    .form = r->asks,
	    .vectors = r->ask.vectors,
	    .kind = r->ask.kind,
	    .expects = &r->ask.expects,
	    .store_empty = kit->config->cache.store_empty == CONFIG_EMPTY_YES,
	    .store_length = (enum store_length)kit->config->cache.store_length,
	    .store_tool_calls = (enum store_tool_calls)kit->config->cache.tool_calls,
	    .limit_bytes = kit->config->cache.max_entry,
	};
	bool kept = r->named && !r->controls.no_store;
	struct fetch_order order = {
	    .flight = r->reader.flight,
	    .method = r->method,
	    .target = slice_of(r->target),
	    .lines = buf_slice(&lines),
	    .upload = r->upload,
	    .body_bytes = r->body_bytes,
	    .anonymous = r->preflight,
	    .cors = r->cors,
	    .lesson = request_lesson(r),
	    .undo = undo.text ? &undo : NULL,
	    .unedited_form = r->ask.form,
	    .model = slice_make(r->ask.model, r->ask.model_len),
	    .judge = kept ? &judge : NULL,
	    .ttl_ms = request_ttl_ms(r),
	    .heeds = request_heeds(r),
	    .asked = *digest,
	    .refresh = kept && (r->part == PART_BYPASS || r->alone) ? &r->name : NULL,
	};
	r->opened_us = clock_us();
	fetch_start(kit, &order);
	return STEP_AWAIT;
}

enum step request_ask_whole(struct request *r)
{
	cache_open_private(r->kit->cache, &r->reader);
	/* A batch may have sent the body once. */
	if (r->upload && !r->upload->piped)
		upload_rewind(r->upload);
	return start_fetch(r);
}

static enum step open_private(struct request *r)
{
	if (r->controls.only_if_cached)
		return refuse(r, FAILURE_NOT_CACHED, NULL);
	r->part = PART_BYPASS;
	return request_ask_whole(r);
}

/* Not in this form, and none to be made of what there is. */
static enum step open_exact(struct request *r)
{
	r->part = PART_NONE;
	if (r->exact)
		return refuse(r, FAILURE_NO_MEMORY, NULL);
	r->exact = true;
	return step_open(r);
}

static enum step derived(struct request *r, enum step next)
{
	if (next != STEP_DELIVER)
		return next;
	return r->entry ? request_give_entry(r) : open_exact(r);
}

static enum step hit(struct request *r)
{
	r->part = r->waited ? PART_JOIN : PART_HIT;
	if (r->entry->form == r->ask.form)
		return request_give_entry(r);
	return derived(r, request_derive(r));
}

/* What the SDKs of OpenAI and Anthropic send with each request: how often they sent it before. */
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

void request_want(const struct request *r, struct reader *reader)
{
	if (says_retry(&r->fields))
		cache_want(r->kit->cache, reader);
}

/* Nobody learns a stream's usage from one that does not tell it. */
static enum step joined(struct request *r)
{
	r->part = PART_JOIN;
	request_want(r, &r->reader);
	if (r->ask.form != WIRE_STREAM_USAGE || flight_form(r->reader.flight) != WIRE_STREAM)
		return STEP_AWAIT;
	cache_leave(r->kit->cache, &r->reader, clock_ms());
	return open_exact(r);
}

static enum step lead(struct request *r, bool alone)
{
	r->part = PART_MISS;
	r->alone = alone;
	request_want(r, &r->reader);
	return start_fetch(r);
}

/* Asks for an answer of its own, which may be stored. */
static enum step lead_apart(struct request *r)
{
	cache_open_private(r->kit->cache, &r->reader);
	return lead(r, true);
}

/* Who does not want to be remembered gets what is there all the same, where clients are not to make
 * the upstream work for what it has answered (cache.client_control: restrict). */
static bool only_looks(const struct request *r)
{
	return r->verdict == VERDICT_REQUEST_NO_STORE && r->named &&
	       r->kit->config->cache.client_control == CONFIG_CLIENT_RESTRICT;
}

static enum cache_answer ask_cache(struct request *r)
{
	struct cache_question question = {
	    .name = r->name,
	    .form = r->ask.form,
	    .asks = r->asks,
	    .exact = r->exact,
	    /* An answer that we waited for is young enough. */
	    .max_age_ms = r->waited	     ? -1
			  : r->unseen_origin ? 0
					     : r->controls.max_age_ms,
	    .only_cached = r->controls.only_if_cached || only_looks(r),
	    .branch = r->branch,
	};
	return cache_open(r->kit->cache, &question, &r->reader, clock_ms(), &r->entry);
}

enum step step_open(struct request *r)
{
	if (r->deriving)
		return derived(r, request_derived(r));
	if (r->apart)
		return lead_apart(r);
	if (r->batch)
		return batch_open(r);
	if (r->verdict != VERDICT_FINE && !only_looks(r))
		return open_private(r);
	switch (ask_cache(r)) {
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
