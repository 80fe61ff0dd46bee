/* What the client and the rules say about caching the answer, and in which scope. */
#include "proxy/request/request_steps.h"

#include "base/ensure.h"
#include "proxy/request/api_keys.h"
#include "proxy/request/key_scope.h"
#include "proxy/upstream/pool.h"

/* Applies the member `cache` of the body and removes it. The body then goes upstream without a
 * content coding. */
static void take_cache_member(struct request *r)
{
	if (!r->parsed.cut.text)
		return;
	cache_control_add(&r->cache_control, &r->parsed.says);
	cache_control_bound(&r->cache_control, r->worker->config->cache.client_control);
	r->cut = true;
	request_send_decoded(r);
	ensure(
	    parsed_request_edit(&r->parsed.cut, &r->body->held)); /* cannot fail: it gets shorter */
}

static struct policy policy_of(const struct request *r)
{
	struct rules_subject subject = {
	    .endpoint = slice_of(r->endpoint->name),
	    .model = slice_make(r->parsed.model, r->parsed.model_len),
	    .tenant = r->tenant,
	    .space = cache_control_space(&r->cache_control),
	    .fields = &r->http.fields,
	};
	return rules_apply(r->worker->config, &subject);
}

enum verdict request_settle(struct request *r)
{
	take_cache_member(r);
	if (r->parsed.verdict != VERDICT_FINE)
		return r->parsed.verdict;
	if (r->cache_control.unclear)
		return VERDICT_CONTROLS_UNCLEAR;
	r->policy = policy_of(r);
	if (!r->policy.store)
		return VERDICT_RULE_NO_STORE;
	return r->parsed.by_chance && !r->policy.sampled ? VERDICT_SAMPLED : VERDICT_FINE;
}

int64_t request_ttl_ms(const struct request *r)
{
	const struct config *c = r->worker->config;
	bool models = r->endpoint && r->endpoint->family == FAMILY_MODELS;
	int64_t ttl_ms = models ? c->cache.models_ttl_ms : c->cache.ttl_ms;
	if (r->policy.ttl_ms >= 0)
		ttl_ms = r->policy.ttl_ms;
	if (r->cache_control.ttl_ms < 0 || ttl_ms == 0)
		return ttl_ms;
	bool shorter = c->cache.client_control == CONFIG_CLIENT_RESTRICT;
	int64_t longest_ms = shorter ? ttl_ms : c->cache.max_ttl_ms;
	return r->cache_control.ttl_ms < longest_ms ? r->cache_control.ttl_ms : longest_ms;
}

bool request_scope(struct request *r)
{
	struct context *worker = r->worker;
	const struct config *c = worker->config;
	struct key_scope_options options = {
	    .space = api_key_space(r->key, c->cache.namespace),
	    .asked_space = cache_control_space(&r->cache_control),
	    .everyone = r->policy.everyone,
	    .upstream = pool_upstream(worker->pool)->name,
	    .tenant = r->tenant,
	    .forwarded = c->upstream.forwarded == CONFIG_FORWARDED_ON,
	    .ignored_cookies = &c->cache.ignore_cookies,
	};
	struct key_scope_route route = {
	    .path = r->path,
	    .query = r->query,
	    .fields = &r->http.fields,
	    .marks = &r->marks,
	    .form = r->endpoint->body == BODY_FORM,
	};
	buf_clear(&worker->scope);
	return key_scope_append(&options, &route, worker->hasher, &worker->scope);
}
