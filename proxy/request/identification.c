#include "proxy/request/identification.h"

#include "base/memory.h"
#include "base/own.h"

#include <stdlib.h>

/* ## Reading */

/* What is left out of a request's name, and what its inputs share without. */
static const char **ignored(const struct config *c, size_t *ret_count)
{
	size_t own = c->cache.ignore.count, apart = 0;
	while (inputs_apart[apart])
		apart++;
	const char **names = memory_zeroed((own + apart) * sizeof *names);
	for (size_t i = 0; i < own; i++)
		names[i] = c->cache.ignore.items[i];
	for (size_t i = 0; i < apart; i++)
		names[own + i] = inputs_apart[i];
	*ret_count = own + apart;
	return names;
}

void identification_read(struct identification *i)
{
	const struct config *c = i->config;
	struct ask_options options = {
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
	inputs_destroy(&i->inputs);
	i->inputs = i->batch ? inputs_read(i->body) : NULL;
	if (i->inputs)
		options.ignore = names = ignored(c, &options.ignore_count);
	buf_clear(i->form);
	ask_read(i->endpoint, i->canonical, i->body, &options, i->form, i->ask);
	free(names);
}

/* ## Naming */

/* The form holds what all inputs share. */
static bool name_inputs(struct identification *i, struct slice scope)
{
	size_t count = inputs_count(i->inputs);
	size_t shared = i->form->len;
	i->names = memory_zeroed((count + 1) * sizeof *i->names);
	for (size_t n = 0; n < count; n++) {
		i->form->len = shared;
		if (!inputs_form(i->inputs, n, i->canonical, i->form))
			return false;
		namer_name(i->namer, scope, buf_slice(i->form), &i->names[n]);
	}
	return true;
}

/* The inputs point into the body, out of which something was taken. */
static bool take_apart_again(struct identification *i)
{
	if (!i->ask->cut.text)
		return true;
	inputs_destroy(&i->inputs);
	i->inputs = inputs_read(i->body);
	return i->inputs != NULL;
}

void identification_name(struct identification *i, struct slice scope)
{
	if (i->inputs) {
		i->named = take_apart_again(i) && name_inputs(i, scope);
		return;
	}
	namer_name(i->namer, scope, buf_slice(i->form), &i->name);
	i->named = true;
}

void identification_finish(struct identification *i)
{
	inputs_destroy(&i->inputs);
	free(take(&i->names));
}
