#include "config/assign_internal.h"

#include "base/ensure.h"
#include "base/memory.h"
#include "base/utf8.h"
#include "config/address.h"
#include "config/expand.h"
#include "config/nearest.h"
#include "config/value.h"

#include <ctype.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

struct place source_place(const struct source *from, const struct node *n, const char *key)
{
	return (struct place){
	    .source = from->name,
	    .line = from->is_file ? n->line : 0,
	    .key = from->is_file ? key : NULL,
	};
}

/* Elsewhere than in a file the source names the option and no more. */
bool task_refuse(const struct task *t, const struct node *n, const char *what)
{
	struct place place = source_place(t->from, n, t->where);
	if (!t->from->is_file && strchr(t->where, '['))
		return error_list_add(t->faults, place, "%s: %s", t->where, what);
	return error_list_add(t->faults, place, "%s", what);
}

/* A copy of the node's text with its variables replaced, or NULL and a fault. */
static char *text_of(const struct task *t, const struct node *n)
{
	struct error_text why;
	char *text = NULL;
	if (n->kind != NODE_TEXT)
		error_text_set(&why, "is a %s and should be one value: %s",
			       n->kind == NODE_LIST ? "list" : "mapping", t->option->permitted);
	else if (n->absent)
		error_text_set(&why, "has no value: %s", t->option->permitted);
	else if (t->from->environment)
		text = expand(n->text, t->from->environment, &why);
	else
		text = memory_text(n->text);
	if (!text)
		task_refuse(t, n, why.text);
	return text;
}

/* ## Single values */

static void store_measure(const struct task *t, uint64_t n)
{
	switch (t->option->kind) {
	case OPTION_NUMBER:
		*(int *)t->member = (int)n;
		break;
	case OPTION_DURATION:
		*(int64_t *)t->member = (int64_t)n;
		break;
	case OPTION_PERCENTAGE:
		*(double *)t->member = (double)n / 10000;
		break;
	default:
		*(size_t *)t->member = n;
	}
}

bool task_measure(const struct task *t, const char *text, struct error_text *why)
{
	uint64_t n;
	if (!option_measure(t->option->kind, slice_of(text), &n, why)) {
		size_t len = strlen(why->text);
		snprintf(why->text + len, sizeof why->text - len, ": %s", t->option->permitted);
		return false;
	}
	struct option_bounds bounds = option_bounds(t->option);
	if (n < bounds.least || n > bounds.most)
		return error_text_set(why, "\"%.80s\" is out of bounds: %s", text,
				      t->option->permitted);
	store_measure(t, n);
	return true;
}

static bool set_switch(const struct task *t, const char *text, struct error_text *why)
{
	return value_switch(slice_of(text), t->member, why);
}

bool task_choice(const struct task *t, const char *text, struct error_text *why)
{
	unsigned choice;
	if (!value_choice(slice_of(text), t->option->permitted, &choice, why))
		return false;
	/* Enums without negative members are unsigned (gcc, clang); a test holds their order. */
	*(unsigned *)t->member = choice;
	return true;
}

static bool is_utf8(struct slice text)
{
	while (text.len) {
		size_t len = utf8_length(text);
		if (len == 0)
			return false;
		text = slice_after(text, len);
	}
	return true;
}

/* The file is UTF-8 already, the environment and the command line may be anything. */
bool check_plain(const char *text, size_t longest, struct error_text *why)
{
	for (const char *c = text; *c; c++) {
		if ((unsigned char)*c < 0x20 || *c == 0x7f)
			return error_text_set(why, "has a control character in it");
	}
	if (!is_utf8(slice_of(text)))
		return error_text_set(why, "is not UTF-8");
	return strlen(text) <= longest || error_text_set(why, "is longer than %zu bytes", longest);
}

bool task_text(const struct task *t, const char *text, struct error_text *why)
{
	if (!check_plain(text, PATH_MAX, why))
		return false;
	char **member = t->member;
	free(*member);
	*member = memory_text(text);
	return true;
}

static bool set_address(const struct task *t, const char *text, struct error_text *why)
{
	return (!*text || address_check_listen(slice_of(text), why)) && task_text(t, text, why);
}

bool task_single(const struct task *t, const struct node *n, task_setter set)
{
	char *text = text_of(t, n);
	struct error_text why;
	bool fine = text && set(t, text, &why);
	if (text && !fine)
		task_refuse(t, n, why.text);
	memory_forget(text); /* a secret, perhaps */
	return fine;
}

/* ## Lists */

bool is_token(const char *text, const char *others)
{
	for (const char *c = text; *c; c++)
		if (!isalnum((unsigned char)*c) && !strchr("!#$%&'*+-.^_`|~", *c) &&
		    !strchr(others, *c))
			return false;
	return *text;
}

static bool check_item(const struct task *t, const char *text, struct error_text *why)
{
	if (t->option->kind == OPTION_LISTEN)
		return address_check_listen(slice_of(text), why);
	if (!*text)
		return error_text_set(why, "an empty name in the list");
	if (t->option->kind == OPTION_GLOBS && !is_token(text, "?"))
		return error_text_set(why, "\"%.80s\" is no name of a header or a cookie", text);
	if (t->option->kind == OPTION_PATHS && *text != '/' && strcmp(text, "*") != 0)
		return error_text_set(
		    why, "\"%.80s\" is no path: it begins with a slash, or is \"*\"", text);
	return check_plain(text, 256, why);
}

static void add_item(const struct task *t, struct config_list *list, const struct node *n)
{
	char *text = text_of(t, n);
	struct error_text why;
	if (text && check_item(t, text, &why)) {
		list->items = reallocarray(list->items, list->count + 1, sizeof *list->items);
		ensure(list->items != NULL);
		list->items[list->count++] = take(&text);
	} else if (text) {
		task_refuse(t, n, why.text);
	}
	free(text);
}

static bool set_list(const struct task *t, const struct node *n)
{
	scoped(config_list_finish) struct config_list list = {0};
	unsigned before = t->faults->count;
	if (n->kind == NODE_LIST) {
		node_each (item, n)
			add_item(t, &list, item);
	} else {
		add_item(t, &list, n);
	}
	if (t->faults->count > before)
		return false;
	if (list.count == 0 && t->option->kind == OPTION_LISTEN)
		return task_refuse(t, n,
				   "names no address to listen on: host:port, [v6]:port or "
				   "unix:path");
	struct config_list *member = t->member;
	config_list_finish(member);
	*member = list;
	list = (struct config_list){0};
	return true;
}

/* ## Upstreams */

bool check_name(const char *text, struct error_text *why)
{
	size_t plain = strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789-_.");
	if (text[plain] || plain == 0 || plain > 64)
		return error_text_set(
		    why,
		    "\"%.80s\" is no name: up to 64 letters, digits, '-', '_' and "
		    "dots",
		    text);
	return true;
}

static bool check_url(const char *text, struct error_text *why)
{
	return address_check_upstream(slice_of(text), why);
}

bool check_secret(const char *text, struct error_text *why)
{
	for (const char *c = text; *c; c++) {
		if (*c <= ' ' || *c > '~')
			return error_text_set(why, "has bytes that cannot be sent: printable ASCII "
						   "without spaces");
	}
	return true;
}

/* What an upstream is made of. */
static const struct part {
	const char *name;
	size_t offset;
	bool (*check)(const char *text, struct error_text *why);
} parts[] = {
    {"name", offsetof(struct config_upstream, name), check_name},
    {"url", offsetof(struct config_upstream, url), check_url},
    {"api_key", offsetof(struct config_upstream, api_key), check_secret},
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
	error_list_add(t->faults, place,
		       "an upstream has name, url and api_key, and no \"%.80s\"%s", n->key,
		       nearest_question(&nearest, question, sizeof question));
}

static void set_part(const struct task *t, struct config_upstream *u, const struct part *part,
		     const struct node *n)
{
	char **member = (char **)(void *)((char *)u + part->offset);
	char *text = text_of(t, n);
	struct error_text why;
	/* no finding: a part that is not known is refused before */
	if (text && part->check(text, &why)) {
		free(*member);
		/* An empty key, as from ${KEY:-}, is none. */
		*member = *text ? take(&text) : NULL;
	} else if (text) {
		error_text_wrap(&why, "%s", part->name);
		task_refuse(t, n, why.text);
	}
	free(text);
}

static void set_parts(const struct task *t, struct config_upstream *u, const struct node *mapping)
{
	node_each (n, mapping) {
		const struct part *part = find_part(n->key);
		if (!part)
			refuse_part(t, n);
		else if (node_child(mapping, n->key) != n)
			task_refuse(t, n, "says twice what one of its upstreams is");
		else
			set_part(t, u, part, n);
	}
	if (!node_child(mapping, "url"))
		task_refuse(t, mapping, "an upstream has no url");
}

/* A url alone, or a mapping of the parts. */
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

static bool set_upstreams(const struct task *t, const struct node *n)
{
	scoped(config_upstreams_finish) struct config_upstreams all = {0};
	unsigned before = t->faults->count;
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
	if (t->faults->count > before)
		return false;
	struct config_upstreams *member = t->member;
	config_upstreams_finish(member);
	*member = all;
	all = (struct config_upstreams){0};
	return true;
}

/* ## All of them */

static bool set(const struct task *t, const struct node *n)
{
	switch (t->option->kind) {
	case OPTION_SWITCH:
		return task_single(t, n, set_switch);
	case OPTION_CHOICE:
		return task_single(t, n, task_choice);
	case OPTION_TEXT:
		return task_single(t, n, task_text);
	case OPTION_ADDRESS:
		return task_single(t, n, set_address);
	case OPTION_NAMES:
	case OPTION_GLOBS:
	case OPTION_PATHS:
	case OPTION_LISTEN:
		return set_list(t, n);
	case OPTION_UPSTREAMS:
		return set_upstreams(t, n);
	case OPTION_KEYS:
		return assign_keys(t, n);
	case OPTION_RULES:
		return assign_rules(t, n);
	default:
		return task_single(t, n, task_measure);
	}
}

void assign(struct config *c, const struct option *o, const struct node *value,
	    const struct source *from, struct error_list *f)
{
	struct task t = {
	    .option = o,
	    .where = o->path,
	    .member = option_member(c, o),
	    .from = from,
	    .faults = f,
	};
	if (!set(&t, value))
		return;
	char origin[PATH_MAX];
	if (from->is_file)
		snprintf(origin, sizeof origin, "%s:%u", from->name, value->line);
	else
		snprintf(origin, sizeof origin, "%s", from->name);
	option_set_origin(c, o, origin);
}
