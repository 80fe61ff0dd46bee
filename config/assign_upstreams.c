#include "config/assign_internal.h"

#include "base/ensure.h"
#include "base/memory.h"
#include "config/address.h"
#include "config/nearest.h"

#include <stdio.h>
#include <stdlib.h>

static bool check_url(const char *text, struct error_text *why)
{
	if (strstr(text, "://***@"))
		return error_text_set(why,
				      "is masked: a printed configuration does not show passwords");
	return address_check_upstream(slice_of(text), why);
}

/* The parts of an upstream. */
static const struct part {
	const char *name;
	size_t offset;
	bool (*check)(const char *text, struct error_text *why);
	const char *permitted;
} parts[] = {
    {"name", offsetof(struct config_upstream, name), check_name, "a name"},
    {"url", offsetof(struct config_upstream, url), check_url,
     "http://host[:port][/base], https://… or unix:/path[:/base]"},
    {"api_key", offsetof(struct config_upstream, api_key), check_secret,
     "printable ASCII without spaces"},
};

enum { PARTS = sizeof parts / sizeof parts[0] };

static const struct part *find_part(const char *name)
{
	for (size_t i = 0; i < PARTS; i++) {
		if (strcmp(parts[i].name, name) == 0)
			return &parts[i];
	}
	return NULL;
}

static void refuse_part(const struct task *t, const struct node *n)
{
	char question[128];
	struct nearest nearest = nearest_to(n->key);
	for (size_t i = 0; i < PARTS; i++)
		nearest_offer(&nearest, parts[i].name, parts[i].name);
	struct place place = source_place(t->from, n, t->option->path);
	error_list_add(t->errors, place,
		       "an upstream has name, url and api_key, and no \"%.80s\"%s", n->key,
		       nearest_question(&nearest, question, sizeof question));
}

static void set_part(const struct task *t, struct config_upstream *u, const struct part *part,
		     const struct node *n)
{
	/* no finding: unknown parts have been refused */
	char **member = (char **)(void *)((char *)u + part->offset);
	char where[64];
	snprintf(where, sizeof where, "%s: %s", t->where, part->name);
	struct option option = {.path = part->name, .permitted = part->permitted};
	struct task one = *t;
	one.option = &option;
	one.where = where;
	char *text = task_value(&one, n);
	struct error_text why;
	/* Other users of the machine can see the command line. */
	if (!t->from->is_file && part->check == check_secret) {
		task_refuse(t, n, "an api_key can only stand in the file, as ${NAME} for instance");
		memory_forget(text);
		return;
	}
	if (text && part->check(text, &why)) {
		free(*member);
		/* An empty key, as from ${KEY:-}, means no key. */
		*member = *text ? take(&text) : NULL;
	} else if (text) {
		error_text_wrap(&why, "%s", part->name);
		task_refuse(t, n, why.text);
	}
	free(text);
}

static void refuse_second(const struct task *t, const struct node *n)
{
	char text[96];
	snprintf(text, sizeof text, "an upstream has one %s, and not two", n->key);
	task_refuse(t, n, text);
}

static void set_parts(const struct task *t, struct config_upstream *u, const struct node *mapping)
{
	node_each (n, mapping) {
		const struct part *part = find_part(n->key);
		if (!part)
			refuse_part(t, n);
		else if (node_child(mapping, n->key) != n)
			refuse_second(t, n);
		else
			set_part(t, u, part, n);
	}
	if (!node_child(mapping, "url"))
		task_refuse(t, mapping, "an upstream has no url");
}

/* n is a url alone, or a mapping of the parts. */
static void add_upstream(const struct task *t, struct config_upstreams *all, const struct node *n)
{
	all->items = reallocarray(all->items, all->count + 1, sizeof *all->items);
	ensure(all->items != NULL);
	struct config_upstream *u = &all->items[all->count++];
	*u = (struct config_upstream){0};
	if (n->kind == NODE_MAPPING)
		set_parts(t, u, n);
	else
		set_part(t, u, find_part("url"), n);
	if (!u->name)
		u->name = memory_text("default");
}

bool assign_upstreams(const struct task *t, const struct node *n)
{
	scoped(config_upstreams_finish) struct config_upstreams all = {0};
	unsigned before = t->errors->count;
	if (n->kind == NODE_MAPPING)
		return task_refuse(t, n,
				   "is a mapping and should be a list: - url: http://host:port");
	if (n->kind == NODE_LIST) {
		node_each (item, n)
			add_upstream(t, &all, item);
	} else {
		add_upstream(t, &all, n);
	}
	if (all.count > 1)
		task_refuse(t, n,
			    "more than one upstream is not supported yet: this version forwards "
			    "to one");
	if (all.count == 0)
		task_refuse(t, n, "names no upstream: - url: http://host:port");
	if (t->errors->count > before)
		return false;
	struct config_upstreams *member = t->member;
	config_upstreams_finish(member);
	*member = all;
	all = (struct config_upstreams){0};
	return true;
}
