/* RECEIVE: checks the head and collects the body up to limits.body. */
#include "proxy/request/request_steps.h"

#include "base/clock.h"
#include "proxy/header/header_checks.h"
#include "proxy/openai/parse/deletion.h"
#include "proxy/request/api_keys.h"

#include <assert.h>

static_assert((int)REQUEST_BODY_SPARE >= (int)PARSED_REQUEST_EDIT_MOST, "an edit always fits");

static void read_target(struct request *r)
{
	if (r->target[0] != '/')
		request_normalize_target(r);
	r->query = slice_of(r->target);
	r->path = slice_cut(&r->query, '?');
}

static void on_room(void *context)
{
	struct request *r = context;
	connection_wake(r->http.connection);
}

/* The body of a known endpoint is collected before anything is decided. Any other is piped, unless
 * it is small enough to be kept for sending it again. */
static void create_body(struct request *r)
{
	bool small = r->body_bytes >= 0 && r->body_bytes <= REQUEST_BODY_WINDOW;
	r->body = request_body_create(&(struct request_body_options){
	    .piped = !r->endpoint && !small && !deletion_has_body(r->http.method, r->path),
	    .limit = r->worker->config->limits.body + REQUEST_BODY_SPARE,
	    .expected = r->body_bytes > 0 ? (size_t)r->body_bytes : 0,
	    .quota = &r->worker->quota,
	});
	r->body->on_room = on_room;
	r->body->room_context = r;
}

/* A request for the list of models has no body and is cached only if cache.models_ttl is set. */
static void find_endpoint(struct request *r, bool has_body)
{
	struct endpoint_route route = request_route(r, r->http.method);
	bool models = route.endpoint && route.endpoint->family == FAMILY_MODELS;
	bool known = !models || (!has_body && r->worker->config->cache.models_ttl_ms > 0);
	r->endpoint = known ? route.endpoint : NULL;
	r->deployment = route.deployment;
}

/* Checks the API key, if keys are configured, and its limits. */
static enum failure admit(struct request *r)
{
	struct context *worker = r->worker;
	if (!worker->api_keys || r->preflight)
		return FAILURE_NONE;
	struct api_key *key = api_keys_find(worker->api_keys, worker->hasher, &r->http.fields);
	if (!key)
		return FAILURE_UNAUTHORIZED;
	r->tenant = api_key_tenant(key);
	enum failure refused = api_key_enter(key, clock_ms(), &r->retry_ms);
	r->key = refused == FAILURE_NONE ? key : NULL;
	return refused;
}

static enum step receive_head(struct request *r)
{
	r->cors = cors_request(r->path, &r->http.fields);
	const char *fault = header_checks_refusal(&r->http.fields);
	if (r->failure == FAILURE_NONE && fault)
		request_spoil(r, FAILURE_FRAMING, fault);
	if (r->failure != FAILURE_NONE)
		return STEP_REFUSE;
	r->body_bytes = fields_body_length(&r->http.fields);
	bool has_body =
	    r->body_bytes >= 0 || fields_count(&r->http.fields, slice_of("Transfer-Encoding")) > 0;
	find_endpoint(r, has_body);
	r->preflight = !has_body && request_is_preflight(r);
	enum failure refused = admit(r);
	if (refused == FAILURE_NONE)
		refused = request_check_access(r);
	if (refused != FAILURE_NONE)
		return refuse(r, refused, NULL);
	if (r->body_bytes > (int64_t)r->worker->config->limits.body)
		return refuse(r, FAILURE_BODY_TOO_LARGE, NULL);
	if (has_body)
		create_body(r);
	return r->body && r->body->piped ? STEP_IDENTIFY : STEP_WAIT;
}

enum step step_receive(struct request *r)
{
	if (r->arrived == ARRIVED_HEAD) {
		read_target(r);
		return receive_head(r);
	}
	return r->failure == FAILURE_NONE ? STEP_IDENTIFY : STEP_REFUSE;
}
