#include "proxy/upstream/fetch_request.h"

#include "base/clock.h"
#include "base/memory.h"
#include "proxy/upstream/pool.h"
#include "proxy/upstream/usage_refusals.h"

#include <stdlib.h>

#define LOG_MODULE "fetch"
#include "base/log.h"

/* How many bytes of a discarded response are read; after that the connection is closed. */
enum { DISCARDED_MOST = 64 << 10 };

/* Maximum length of a path in the log. */
enum { LOGGED_MOST = 512 };

static void take_edit(struct fetch_request *r, const struct fetch_order *order)
{
	if (!order->undo)
		return;
	r->undo = *order->undo;
	r->undo.text = memory_text(order->undo->text);
	r->model = memory_copy(order->model.at, order->model.len);
	r->model_len = order->model.len;
}

void fetch_request_take(struct fetch_request *r, const struct fetch_order *order)
{
	*r = (struct fetch_request){
	    .method = memory_copy(order->method.at, order->method.len),
	    .target = memory_copy(order->target.at, order->target.len),
	    .lines = memory_copy(order->lines.at, order->lines.len),
	    .lines_len = order->lines.len,
	    .body = order->body ? request_body_ref(order->body) : NULL,
	    .body_bytes = order->body_bytes,
	    .anonymous = order->anonymous,
	    .lesson = order->lesson,
	    .cors = order->cors,
	};
	struct slice target = slice_of(r->target);
	r->cors.path = slice_cut(&target, '?');
	r->cors.origin.at = memory_copy(order->cors.origin.at, order->cors.origin.len);
	take_edit(r, order);
}

void fetch_request_finish(struct fetch_request *r)
{
	if (r->body)
		request_body_close(r->body);
	request_body_unref(&r->body);
	free(r->method);
	free(r->target);
	free(r->lines);
	free(r->model);
	free((char *)r->undo.text);
	free((char *)r->cors.origin.at);
}

struct transfer_request fetch_request_transfer(const struct fetch_request *r, bool retried)
{
	struct slice method = slice_of(r->method);
	bool safe =
	    slice_is(method, "GET") || slice_is(method, "HEAD") || slice_is(method, "OPTIONS");
	bool piped = r->body && r->body->piped;
	size_t held = r->body && !piped ? r->body->held.len : 0;
	return (struct transfer_request){
	    .method = method,
	    .target = slice_of(r->target),
	    .lines = {r->lines, r->lines_len},
	    .has_body = r->body != NULL,
	    .body_bytes = piped ? r->body_bytes : (int64_t)held,
	    .anonymous = r->anonymous,
	    /* Without a body to break, libcurl would send the request again on its own. A piped
	     * body cannot be sent again. Neither must use a dead connection. */
	    .fresh = retried || piped || (held == 0 && !safe),
	};
}

/* The excluded statuses are about who may send a request, or when, and not about its body (RFC 9110
 * §15.5, RFC 6585 §4). */
static bool is_about_the_body(unsigned status)
{
	return status >= 400 && status < 500 && status != 401 && status != 402 && status != 403 &&
	       status != 407 && status != 408 && status != 429;
}

bool fetch_request_refuses(struct fetch_request *r, unsigned status)
{
	r->refused = r->undo.text && !r->undone && is_about_the_body(status);
	return r->refused;
}

bool fetch_request_discard(struct fetch_request *r, size_t len)
{
	r->discarded += len;
	return r->discarded <= DISCARDED_MOST;
}

bool fetch_request_undo(struct fetch_request *r)
{
	r->refused = false;
	r->undone = true;
	if (!parsed_request_edit(&r->undo, &r->body->held))
		return false;
	request_body_rewind(r->body);
	return true;
}

void fetch_request_learn(const struct fetch_request *r, struct context *worker, struct head *head)
{
	if (r->lesson == CORS_LESSON_ANSWER)
		cors_learn(worker->cors, &r->cors, head);
	else if (r->lesson == CORS_LESSON_PREFLIGHT)
		cors_learn_preflight(worker->cors, &r->cors, head);
	if (r->cors.origin.len)
		head->origin = memory_copy(r->cors.origin.at, r->cors.origin.len);
	head->unedited = r->undone;
	if (!r->undone || head->status >= 400)
		return;
	const char *upstream = pool_upstream(worker->pool)->name;
	struct slice model = slice_make(r->model, r->model_len);
	log_info("the upstream refuses stream_options, not asking for usage: upstream=%s "
		 "model=\"%.*s\"",
		 upstream, SLICE_FMT(model));
	usage_refusals_add(worker->usage_refusals, upstream, model, clock_ms());
}

void fetch_request_log(const struct fetch_request *r, const struct context *worker,
		       enum failure why, size_t readers, const char *reason)
{
	char path[LOGGED_MOST], method[64];
	const struct upstream *u = pool_upstream(worker->pool);
	log_escape(r->cors.path, path, sizeof path);
	log_escape(slice_of(r->method), method, sizeof method);
	log_warn("a fetch failed, telling its readers: code=%s method=%s path=%s upstream=%s "
		 "address=%s%s readers=%zu reason=\"%s\"",
		 failure_row(why)->code, method, path, u->name, u->socket_path ? "unix:" : "",
		 u->socket_path ? u->socket_path : u->origin, readers, reason);
}
