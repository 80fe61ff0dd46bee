#include "config/config.h"

#include "base/memory.h"

#include <stdlib.h>

void config_list_finish(struct config_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->items[i]);
	free(list->items);
	*list = (struct config_list){0};
}

void config_upstreams_finish(struct config_upstreams *upstreams)
{
	for (size_t i = 0; i < upstreams->count; i++) {
		struct config_upstream *u = &upstreams->items[i];
		free(u->name);
		memory_forget(u->url);
		memory_forget(u->api_key);
	}
	free(upstreams->items);
	*upstreams = (struct config_upstreams){0};
}

static void finish_rule(struct config_rule *r)
{
	config_list_finish(&r->endpoints);
	free(r->model);
	free(r->tenant);
	free(r->namespace);
	for (size_t i = 0; i < r->header_count; i++) {
		free(r->headers[i].name);
		free(r->headers[i].glob);
	}
	free(r->headers);
}

void config_rules_finish(struct config_rules *rules)
{
	for (size_t i = 0; i < rules->count; i++)
		finish_rule(&rules->items[i]);
	free(rules->items);
	*rules = (struct config_rules){0};
}

void config_keys_finish(struct config_keys *keys)
{
	for (size_t i = 0; i < keys->count; i++) {
		struct config_key *k = &keys->items[i];
		memory_forget(k->key);
		free(k->tenant);
		free(k->namespace);
	}
	free(keys->items);
	*keys = (struct config_keys){0};
}

void config_forget_keys(struct config *c)
{
	for (size_t i = 0; i < c->auth.keys.count; i++)
		memory_forget(take(&c->auth.keys.items[i].key));
}

struct config *config_create(void)
{
	struct config *c = memory_new(struct config);
	refs_init(&c->refs);
	return c;
}

struct config *config_ref(struct config *c)
{
	refs_add(&c->refs);
	return c;
}

void config_unref(struct config **c)
{
	struct config *gone = take(c);
	if (!gone || !refs_drop(&gone->refs))
		return;
	config_list_finish(&gone->listen);
	config_upstreams_finish(&gone->upstreams);
	config_keys_finish(&gone->auth.keys);
	free(gone->upstream.ca_file);
	free(gone->tls.cert);
	free(gone->tls.key);
	free(gone->cache.namespace);
	free(gone->admin.listen);
	config_list_finish(&gone->cache.ignore);
	config_list_finish(&gone->cache.count);
	config_list_finish(&gone->cache.ignore_headers);
	config_list_finish(&gone->cache.ignore_cookies);
	config_list_finish(&gone->auth.paths);
	config_rules_finish(&gone->cache.rules);
	for (size_t i = 0; i < CONFIG_OPTIONS; i++)
		free(gone->origins[i]);
	free(gone);
}
