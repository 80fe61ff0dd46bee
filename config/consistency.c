#include "config/consistency_internal.h"

#include "base/ensure.h"
#include "config/options.h"
#include "config/value.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

/* Adds an error like "2MiB is more than cache.memory, 1MiB: CONSEQUENCE". */
static void refuse_size(struct check *k, const char *path, size_t size, const char *relation,
			size_t other, const char *consequence)
{
	scoped(buf_finish) struct buf first = buf_make(32), second = buf_make(32);
	ensure(value_print_size(&first, size) && value_print_size(&second, other));
	check_refuse(k, path, "%.*s is more than %s, %.*s: %s", SLICE_FMT(buf_slice(&first)),
		     relation, SLICE_FMT(buf_slice(&second)), consequence);
}

static bool is_default(const struct check *k, const char *path)
{
	return option_is_default(k->config, option_find(path));
}

/* The memory must hold a body and the canonical form made from it. If one of the two limits is a
 * default, adapts it. */
static void check_memory(struct check *k)
{
	struct config *c = k->config;
	if (c->limits.body <= c->limits.memory / 2)
		return;
	if (is_default(k, "limits.body"))
		c->limits.body = c->limits.memory / 2;
	else if (is_default(k, "limits.memory"))
		c->limits.memory = 2 * c->limits.body;
	else
		refuse_size(k, "limits.body", c->limits.body, "half of limits.memory",
			    c->limits.memory / 2, "no such body could be taken in");
}

static void check_max_entry(struct check *k)
{
	struct config *c = k->config;
	const struct option *o = option_find("cache.max_entry");
	if (c->cache.max_entry <= c->cache.memory)
		return;
	if (is_default(k, o->path))
		c->cache.max_entry = c->cache.memory;
	else
		refuse_size(k, o->path, c->cache.max_entry, "cache.memory", c->cache.memory,
			    "no such entry could be kept");
}

static void check_ca_file(struct check *k)
{
	const char *path = k->config->upstream.ca_file;
	if (!*path || access(path, R_OK) == 0)
		return;
	check_refuse(k, "upstream.ca_file", "\"%.300s\" cannot be read: %s", path, strerror(errno));
}

static void check_tls(struct check *k)
{
	bool cert = *k->config->tls.cert, key = *k->config->tls.key;
	if (cert && !key)
		check_refuse(k, "tls.cert", "is set, but tls.key is not: both files are needed");
	if (key && !cert)
		check_refuse(k, "tls.key", "is set, but tls.cert is not: both files are needed");
}

static bool has_name(const struct config_list *list, const char *name)
{
	for (size_t i = 0; i < list->count; i++)
		if (strcmp(list->items[i], name) == 0)
			return true;
	return false;
}

/* One entry answers every wire form, so members that select one cannot be part of the cache key. */
static void check_count(struct check *k)
{
	const struct config *c = k->config;
	if (has_name(&c->cache.count, "stream") || has_name(&c->cache.count, "stream_options"))
		check_refuse(k, "cache.count",
			     "names stream or stream_options, which never count: one "
			     "entry answers streams and plain requests");
	for (size_t i = 0; i < c->cache.count.count; i++)
		if (has_name(&c->cache.ignore, c->cache.count.items[i]))
			check_refuse(k, "cache.count",
				     "names \"%.80s\", which cache.ignore names, too",
				     c->cache.count.items[i]);
}

/* Without its text every request would get the answer of another. */
static void check_ignored_members(struct check *k)
{
	static const char *const texts[] = {"messages", "prompt", "input"};
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		if (has_name(&k->config->cache.ignore, texts[i]))
			check_refuse(k, "cache.ignore",
				     "names \"%s\": all requests would get the same answer",
				     texts[i]);
}

static bool fits_all(const char *glob)
{
	return !glob || strcmp(glob, "*") == 0;
}

/* The first rule that fits counts, so none behind one that fits everything ever does. */
static void check_rules(struct check *k)
{
	const struct config_rules *rules = &k->config->cache.rules;
	for (size_t i = 0; i + 1 < rules->count; i++) {
		const struct config_rule *r = &rules->items[i];
		if (r->endpoints.count || r->header_count || !fits_all(r->model) ||
		    !fits_all(r->tenant) || !fits_all(r->namespace))
			continue;
		check_refuse(k, "cache.rules",
			     "cache.rules[%zu] fits every request, so those behind it never apply",
			     i);
		return;
	}
}

/* Ignoring a credential is what `share: everyone` does, which also keeps one client's errors from
 * being shared. */
static void check_ignored_headers(struct check *k)
{
	static const char *const keys[] = {"authorization", "x-api-key", "api-key"};
	const struct config_list *list = &k->config->cache.ignore_headers;
	for (size_t i = 0; i < list->count; i++)
		for (size_t j = 0; j < sizeof keys / sizeof *keys; j++)
			if (strcasecmp(list->items[i], keys[j]) == 0)
				check_refuse(
				    k, "cache.ignore_headers",
				    "names \"%.80s\", an API key: cache.share: everyone says that "
				    "whose it is does not count",
				    list->items[i]);
}

void check_consistency(struct config *c, struct error_list *errors)
{
	struct check k = {.config = c, .errors = errors};
	check_max_entry(&k);
	check_memory(&k);
	check_ca_file(&k);
	check_tls(&k);
	check_listen(&k);
	check_count(&k);
	check_ignored_headers(&k);
	check_ignored_members(&k);
	check_rules(&k);
}
