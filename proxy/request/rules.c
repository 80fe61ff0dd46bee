#include "proxy/request/rules.h"

#include "base/glob.h"

/* NULL: whatever it is. */
static bool fits_glob(const char *glob, struct slice text)
{
	return !glob || glob_match(slice_of(glob), text);
}

static bool fits_endpoint(const struct config_list *names, struct slice endpoint)
{
	for (size_t i = 0; i < names->count; i++)
		if (slice_is(endpoint, names->items[i]))
			return true;
	return names->count == 0;
}

static bool fits_header(const struct config_header *header, const struct fields *fields)
{
	for (size_t i = 0; i < fields->count; i++)
		if (slice_is_nocase(fields->at[i].name, header->name) &&
		    glob_match(slice_of(header->glob), fields->at[i].value))
			return true;
	return false;
}

static bool fits(const struct config_rule *rule, const struct rules_subject *s)
{
	if (!fits_endpoint(&rule->endpoints, s->endpoint) || !fits_glob(rule->model, s->model) ||
	    !fits_glob(rule->tenant, s->tenant) || !fits_glob(rule->namespace, s->space))
		return false;
	for (size_t i = 0; i < rule->header_count; i++)
		if (!fits_header(&rule->headers[i], s->fields))
			return false;
	return true;
}

struct policy rules_apply(const struct config *config, const struct rules_subject *subject)
{
	struct policy p = {
	    .ttl_ms = -1,
	    .store = true,
	    .everyone = config->cache.share == CONFIG_SHARE_EVERYONE,
	    .sampled = config->cache.sampled,
	};
	const struct config_rules *rules = &config->cache.rules;
	size_t i = 0;
	while (i < rules->count && !fits(&rules->items[i], subject))
		i++;
	if (i == rules->count)
		return p;
	const struct config_rule *rule = &rules->items[i];
	p.ttl_ms = rule->ttl_ms;
	if (rule->store >= 0)
		p.store = rule->store;
	if (rule->share >= 0)
		p.everyone = rule->share == CONFIG_SHARE_EVERYONE;
	if (rule->sampled >= 0)
		p.sampled = rule->sampled;
	return p;
}
