#include "proxy/request/identification.h"

#include "base/memory.h"
#include "base/own.h"

#include <stdlib.h>

/* ## Reading */

/* The members that are left out of the canonical form that all inputs of a batch share: the
 * ignored ones, and embedding_inputs_left_out. */
static const char **ignored_members(const struct config *c, size_t *ret_count)
{
	size_t own = c->cache.ignore.count, left_out = 0;
	while (embedding_inputs_left_out[left_out])
		left_out++;
	const char **names = memory_zeroed((own + left_out) * sizeof *names);
	for (size_t i = 0; i < own; i++)
		names[i] = c->cache.ignore.items[i];
	for (size_t i = 0; i < left_out; i++)
		names[own + i] = embedding_inputs_left_out[i];
	*ret_count = own + left_out;
	return names;
}

void identification_read(struct identification *i)
{
	const struct config *c = i->config;
	struct parsed_request_options options = {
	    .ignore = (const char *const *)c->cache.ignore.items,
	    .ignore_count = c->cache.ignore.count,
	    .count = (const char *const *)c->cache.count.items,
	    .count_count = c->cache.count.count,
	    .remote_images = c->cache.remote_images == CONFIG_IMAGES_CACHE,
	    .cache_member = c->compat.body,
	    .deployment = i->deployment,
	    .content_type = i->content_type,
	};
	const char **names = NULL;
	embedding_inputs_destroy(&i->inputs);
	i->inputs = i->batch ? embedding_inputs_read(i->body) : NULL;
	if (i->inputs)
		options.ignore = names = ignored_members(c, &options.ignore_count);
	buf_clear(i->form);
	parsed_request_read(i->endpoint, i->canonical, i->body, &options, i->form, i->parsed);
	free(names);
}

/* ## Naming */

/* Before: i->form holds the members that all inputs share. */
static bool key_inputs(struct identification *i, struct slice scope)
{
	size_t count = embedding_inputs_count(i->inputs);
	size_t shared = i->form->len;
	i->keys = memory_zeroed((count + 1) * sizeof *i->keys);
	for (size_t n = 0; n < count; n++) {
		i->form->len = shared;
		if (!embedding_inputs_form(i->inputs, n, i->canonical, i->form))
			return false;
		hasher_key(i->hasher, scope, buf_slice(i->form), &i->keys[n]);
	}
	return true;
}

/* The inputs point into the body: reads them again if it was edited. */
static bool reread_inputs(struct identification *i)
{
	if (!i->parsed->cut.text)
		return true;
	embedding_inputs_destroy(&i->inputs);
	i->inputs = embedding_inputs_read(i->body);
	return i->inputs != NULL;
}

void identification_key(struct identification *i, struct slice scope)
{
	if (i->inputs) {
		i->keyed = reread_inputs(i) && key_inputs(i, scope);
		return;
	}
	hasher_key(i->hasher, scope, buf_slice(i->form), &i->key);
	i->keyed = true;
}

void identification_finish(struct identification *i)
{
	embedding_inputs_destroy(&i->inputs);
	free(take(&i->keys));
}
