#include "proxy/request/request_steps.h"

#include "base/ensure.h"

/* What the body says to us, and that it says so no longer: it goes on without a content coding
 * then. */
static void take_cache_member(struct request *r)
{
	if (!r->ask.cut.text)
		return;
	controls_add(&r->controls, &r->ask.says);
	controls_bound(&r->controls, r->kit->config->cache.client_control);
	r->cut = true;
	request_send_decoded(r);
	ensure(ask_edit(&r->ask.cut, &r->upload->held)); /* less never fails to fit */
}

static struct policy policy_of(const struct request *r)
{
	struct rules_subject subject = {
	    .endpoint = slice_of(r->endpoint->name),
	    .model = slice_make(r->ask.model, r->ask.model_len),
	    .tenant = r->tenant,
	    .space = controls_space(&r->controls),
	    .fields = &r->http.fields,
	};
	return rules_apply(r->kit->config, &subject);
}

enum verdict request_settle(struct request *r)
{
	take_cache_member(r);
	if (r->ask.verdict != VERDICT_FINE)
		return r->ask.verdict;
	if (r->controls.unclear)
		return VERDICT_CONTROLS_UNCLEAR;
	r->policy = policy_of(r);
	if (!r->policy.store)
		return VERDICT_RULE_NO_STORE;
	return r->ask.by_chance && !r->policy.sampled ? VERDICT_SAMPLED : VERDICT_FINE;
}

int64_t request_ttl_ms(const struct request *r)
{
	const struct config *c = r->kit->config;
	bool models = r->endpoint && r->endpoint->family == FAMILY_MODELS;
	int64_t ttl_ms = models ? c->cache.models_ttl_ms : c->cache.ttl_ms;
	if (r->policy.ttl_ms >= 0)
		ttl_ms = r->policy.ttl_ms;
	if (r->controls.ttl_ms < 0 || ttl_ms == 0)
		return ttl_ms;
	bool shorter = c->cache.client_control == CONFIG_CLIENT_RESTRICT;
	int64_t longest_ms = shorter ? ttl_ms : c->cache.max_ttl_ms;
	return r->controls.ttl_ms < longest_ms ? r->controls.ttl_ms : longest_ms;
}
