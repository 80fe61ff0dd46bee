#include "proxy/request/rules.h"

#include "base/glob.h"

/* A NULL glob matches any text. */
static bool matches_glob(const char *glob, struct slice text)
{
	return !glob || glob_match(slice_of(glob), text);
}

static bool matches_endpoint(const struct config_list *names, struct slice endpoint)
{
	for (size_t i = 0; i < names->count; i++)
		if (slice_is(endpoint, names->items[i]))
			return true;
	return names->count == 0;
}

static bool matches_header(const struct config_header *header, const struct fields *fields)
{
	for (size_t i = 0; i < fields->count; i++)
		if (slice_is_nocase(fields->at[i].name, header->name) &&
		    glob_match(slice_of(header->glob), fields->at[i].value))
			return true;
	return false;
}

static bool matches(const struct config_rule *rule, const struct rules_subject *s)
{
	if (!matches_endpoint(&rule->endpoints, s->endpoint) ||
	    !matches_glob(rule->model, s->model) || !matches_glob(rule->tenant, s->tenant) ||
	    !matches_glob(rule->namespace, s->space))
		return false;
	for (size_t i = 0; i < rule->header_count; i++)
		if (!matches_header(&rule->headers[i], s->fields))
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
	while (i < rules->count && !matches(&rules->items[i], subject))
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
