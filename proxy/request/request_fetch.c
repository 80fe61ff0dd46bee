/* Starts the fetch for the flight that a request leads. */
#include "proxy/request/request_steps.h"

#include "base/clock.h"
#include "base/ensure.h"
#include "base/memory.h"
#include "cache/cache.h"
#include "proxy/upstream/fetch.h"

#include <assert.h>
#include <stdlib.h>

static_assert((int)CONFIG_LENGTH_LIMITED == (int)STORE_LENGTH_LIMITED, "one order");
static_assert((int)CONFIG_LENGTH_ALWAYS == (int)STORE_LENGTH_ALWAYS, "one order");
static_assert((int)CONFIG_LENGTH_NEVER == (int)STORE_LENGTH_NEVER, "one order");
static_assert((int)CONFIG_CALLS_VALID == (int)STORE_CALLS_VALID, "one order");
static_assert((int)CONFIG_CALLS_ALL == (int)STORE_CALLS_ALL, "one order");
static_assert((int)CONFIG_CALLS_NONE == (int)STORE_CALLS_NONE, "one order");

/* Edits the body if the upstream is to be asked for more than the client wants. *ret_undo restores
 * the client's own body; the caller frees its text, which is NULL if nothing was edited. False: no
 * memory. */
static bool edit_body(struct request *r, struct parsed_request_edit *ret_undo)
{
	const struct parsed_request_edit *edit = &r->parsed.tell_usage;
	if (r->asks == r->parsed.form || r->edited)
		return true;
	ensure(r->body != NULL); /* what is edited was parsed */
	*ret_undo = (struct parsed_request_edit){
	    .at = edit->at,
	    .len = strlen(edit->text),
	    .text = memory_copy(r->body->held.at + edit->at, edit->len),
	};
	r->edited = parsed_request_edit(edit, &r->body->held);
	return r->edited;
}

static bool others_may_join(const struct request *r)
{
	return r->keyed && r->cache_status == CACHE_STATUS_MISS && !r->leads_private;
}

static void undo_finish(struct parsed_request_edit *undo)
{
	free((char *)undo->text);
}

enum step request_fetch(struct request *r)
{
	static const struct digest nobodys;
	struct context *worker = r->worker;
	scoped(buf_finish) struct buf lines = {0};
	scoped(undo_finish) struct parsed_request_edit undo = {0};
	/* The digest is of the client's own bytes, so it comes before the edit. */
	const struct digest *digest = others_may_join(r) ? request_digest(r) : &nobodys;
	if (!digest || !edit_body(r, &undo) || !request_lines(r, r->edited, &lines)) {
		/* Otherwise requests that have joined would wait forever. */
		cache_fail(worker->cache, r->reader.flight, FAILURE_NO_MEMORY,
			   "no memory for the request");
		return refuse(r, FAILURE_NO_MEMORY, NULL);
	}
	struct storable_options storable = {
	    .endpoint = r->endpoint,
	    .form = r->asks,
	    .vectors = r->parsed.vectors,
	    .kind = r->parsed.kind,
	    .expects = &r->parsed.expects,
	    .store_empty = worker->config->cache.store_empty == CONFIG_EMPTY_YES,
	    .store_length = (enum store_length)worker->config->cache.store_length,
	    .store_tool_calls = (enum store_tool_calls)worker->config->cache.tool_calls,
	    .limit_bytes = worker->config->cache.max_entry,
	};
	bool kept = r->keyed && !r->cache_control.no_store;
	struct fetch_order order = {
	    .flight = r->reader.flight,
	    .method = r->http.method,
	    .target = slice_of(r->target),
	    .lines = buf_slice(&lines),
	    .body = r->body,
	    .body_bytes = r->body_bytes,
	    .anonymous = r->preflight,
	    .cors = r->cors,
	    .lesson = request_lesson(r),
	    .undo = undo.text ? &undo : NULL,
	    .unedited_form = r->parsed.form,
	    .model = slice_make(r->parsed.model, r->parsed.model_len),
	    .storable = kept ? &storable : NULL,
	    .ttl_ms = request_ttl_ms(r),
	    .heeds = request_heeds(r),
	    .asked = *digest,
	    .refresh = kept && (r->cache_status == CACHE_STATUS_BYPASS || r->leads_private)
			   ? &r->cache_key
			   : NULL,
	};
	r->opened_us = clock_us();
	fetch_start(worker, &order);
	return STEP_AWAIT;
}

enum step request_fetch_private(struct request *r)
{
	cache_open_private(r->worker->cache, &r->reader);
	/* A batch may have sent the body before. */
	if (r->body && !r->body->piped)
		request_body_rewind(r->body);
	return request_fetch(r);
}
