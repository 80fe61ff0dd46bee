#include "config/assign_internal.h"

#include "base/ensure.h"
#include "base/memory.h"
#include "config/nearest.h"
#include "config/suggest.h"
#include "config/value.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

/* No useful glob is longer, and the limit bounds the cost of a match. */
enum { GLOB_LONGEST = 256 };

enum { WHERE = 160 };

#define ANY_TEXT "a text with * and ? for what may vary"

/* A part of a rule or of its match, described like an option. */
struct part {
	struct option option;
	bool (*assign)(const struct task *t, const struct node *n);
};

/* The parts of a mapping that is read into one struct. */
struct parts {
	const struct part *at;
	size_t count;
	const char *names;	   /* for error texts */
	const struct parts *inner; /* the parts of its part `match`; NULL: it has none */
};

/* ## Mappings of parts */

static const struct part *find_part(const struct parts *parts, const char *name)
{
	for (size_t i = 0; i < parts->count; i++)
		if (strcmp(parts->at[i].option.path, name) == 0)
			return &parts->at[i];
	return NULL;
}

/* The task of a child of t. `where` has room for WHERE bytes and must outlive the result. */
static struct task task_below(const struct task *t, const char *name, char *where)
{
	struct task below = *t;
	snprintf(where, WHERE, "%s.%s", t->where, name);
	below.where = where;
	return below;
}

static void refuse_part(const struct task *t, const struct parts *parts, const struct node *n)
{
	char question[128], text[320];
	struct nearest nearest = nearest_to(n->key);
	for (size_t i = 0; i < parts->count; i++)
		nearest_offer(&nearest, parts->at[i].option.path, parts->at[i].option.path);
	nearest_question(&nearest, question, sizeof question);
	if (parts->inner && find_part(parts->inner, n->key))
		snprintf(question, sizeof question, ", which is a part of match");
	snprintf(text, sizeof text, "has %s, and no \"%.80s\"%s", parts->names, n->key, question);
	task_refuse(t, n, text);
}

/* t and n are those of the second one. */
static void refuse_duplicate(const struct task *t, const struct node *n, const struct node *first)
{
	char text[64];
	snprintf(text, sizeof text, "is already set in line %u", first->line);
	task_refuse(t, n, t->from->is_file ? text : "is set twice");
}

static void assign_part(const struct task *t, const struct parts *parts, const struct node *mapping,
			const struct node *n)
{
	char where[WHERE];
	const struct part *part = find_part(parts, n->key);
	if (!part) {
		refuse_part(t, parts, n);
		return;
	}
	struct task one = task_below(t, n->key, where);
	one.option = &part->option;
	one.member = (char *)t->member + part->option.offset;
	const struct node *first = node_child(mapping, n->key);
	if (first != n)
		refuse_duplicate(&one, n, first);
	else
		part->assign(&one, n);
}

static bool is_mapping(const struct task *t, const struct node *n, const char *content)
{
	char text[256];
	if (n->kind == NODE_MAPPING)
		return true;
	snprintf(text, sizeof text, "should be a mapping: %s", content);
	return task_refuse(t, n, text);
}

static bool assign_parts(const struct task *t, const struct parts *parts, const struct node *n)
{
	if (!is_mapping(t, n, parts->names))
		return false;
	node_each (child, n)
		assign_part(t, parts, n, child);
	return true;
}

/* ## The match of a rule */

static bool set_glob(const struct task *t, const char *text, struct error_text *why)
{
	if (!check_plain(text, GLOB_LONGEST, why))
		return false;
	*(char **)t->member = memory_text(text);
	return true;
}

static bool assign_glob(const struct task *t, const struct node *n)
{
	return task_single(t, n, set_glob);
}

/* Refuses the path of an endpoint where its name is needed. */
static bool refuse_path(const char *text, const char *names, struct error_text *why)
{
	char meant[SUGGESTION];
	const char *last = strrchr(text, '/') + 1;
	const char *name = strstr(text, "chat/") ? "chat" : last;
	return error_text_set(why, "\"%.80s\" is a path, and endpoints have names: %s%s", text,
			      names, suggest_choice(slice_of(name), names, meant));
}

static bool set_endpoint(const struct task *t, const char *text, struct error_text *why)
{
	struct config_list *list = t->member;
	unsigned choice;
	if (strchr(text, ','))
		return error_text_set(why,
				      "\"%.80s\" has a comma in it: several are a list, "
				      "[one, other]",
				      text);
	if (strchr(text, '/'))
		return refuse_path(text, t->option->permitted, why);
	if (!value_choice(slice_of(text), t->option->permitted, &choice, why))
		return false;
	for (size_t i = 0; i < list->count; i++)
		if (strcmp(list->items[i], text) == 0)
			return error_text_set(why, "names %s twice", text);
	list->items = reallocarray(list->items, list->count + 1, sizeof *list->items);
	ensure(list->items != NULL);
	/* no finding: the list owns it, and config_unref frees the list */
	list->items[list->count++] = memory_text(text);
	return true;
}

static bool assign_endpoints(const struct task *t, const struct node *n)
{
	if (n->kind != NODE_LIST)
		return task_single(t, n, set_endpoint);
	if (list_empty(&n->children))
		return task_refuse(t, n, "is empty, so no request could match");
	node_each (item, n)
		task_single(t, item, set_endpoint);
	return true;
}

static const struct node *find_header(const struct node *mapping, const char *name)
{
	node_each (child, mapping)
		if (strcasecmp(child->key, name) == 0)
			return child;
	return NULL;
}

static void add_header(const struct task *t, struct config_rule *rule, const struct node *n)
{
	rule->headers = reallocarray(rule->headers, rule->header_count + 1, sizeof *rule->headers);
	ensure(rule->headers != NULL);
	/* no finding: the rule owns it, and config_unref frees the rule */
	struct config_header *header = &rule->headers[rule->header_count++];
	*header = (struct config_header){.name = memory_text(n->key)};
	static const struct option value = {.permitted = ANY_TEXT};
	struct task one = *t;
	one.option = &value;
	one.member = &header->glob;
	task_single(&one, n, set_glob);
}

/* The member is the rule. first: the first header with this name, ignoring case. */
static void assign_header(const struct task *t, const struct node *n, const struct node *first)
{
	char where[WHERE];
	struct task one = task_below(t, n->key, where);
	if (!is_token(n->key, ""))
		task_refuse(&one, n, "is not a header name");
	else if (first != n)
		refuse_duplicate(&one, n, first);
	else
		add_header(&one, t->member, n);
}

static bool assign_headers(const struct task *t, const struct node *n)
{
	if (!is_mapping(t, n, t->option->permitted))
		return false;
	node_each (child, n)
		assign_header(t, child, find_header(n, child->key));
	return true;
}

#define PART_OF_RULE(name, kind, member, permitted)                                                \
	{                                                                                          \
		name, OPTION_##kind, offsetof(struct config_rule, member), "", permitted           \
	}

static const struct part match_parts[] = {
    {PART_OF_RULE("endpoint", NAMES, endpoints, CONFIG_RULE_ENDPOINTS), assign_endpoints},
    {PART_OF_RULE("model", TEXT, model, ANY_TEXT), assign_glob},
    {PART_OF_RULE("tenant", TEXT, tenant, ANY_TEXT), assign_glob},
    {PART_OF_RULE("namespace", TEXT, namespace, ANY_TEXT), assign_glob},
    {{"header", OPTION_TEXT, 0, "", "names of headers, each with " ANY_TEXT}, assign_headers},
};

static const struct parts match = {match_parts, sizeof match_parts / sizeof *match_parts,
				   "endpoint, model, tenant, namespace and header", NULL};

static bool assign_match(const struct task *t, const struct node *n)
{
	return assign_parts(t, &match, n);
}

/* ## The settings of a rule */

/* An int that is -1 if not set, else 0 or 1. */
static bool set_tristate(const struct task *t, const char *text, struct error_text *why)
{
	bool on;
	if (!value_switch(slice_of(text), &on, why))
		return false;
	*(int *)t->member = on;
	return true;
}

static bool assign_tristate(const struct task *t, const struct node *n)
{
	return task_single(t, n, set_tristate);
}

static bool assign_choice(const struct task *t, const struct node *n)
{
	return task_single(t, n, task_choice);
}

static bool assign_measure(const struct task *t, const struct node *n)
{
	return task_single(t, n, task_measure);
}

static const struct part rule_parts[] = {
    {{"match", OPTION_TEXT, 0, "", "endpoint, model, tenant, namespace and header"}, assign_match},
    {PART_OF_RULE("ttl", DURATION, ttl_ms, "0..3650d"), assign_measure},
    {PART_OF_RULE("store", SWITCH, store, "true|false"), assign_tristate},
    {PART_OF_RULE("share", CHOICE, share, "credential|everyone"), assign_choice},
    {PART_OF_RULE("sampled", SWITCH, sampled, "true|false"), assign_tristate},
};

/* ## Rules */

static void add_rule(const struct task *t, struct config_rules *all, const struct node *n)
{
	static const struct parts parts = {rule_parts, sizeof rule_parts / sizeof *rule_parts,
					   "match, ttl, store, share and sampled", &match};
	char where[WHERE];
	struct task one = *t;
	snprintf(where, sizeof where, "%s[%zu]", t->where, all->count);
	one.where = where;
	all->items = reallocarray(all->items, all->count + 1, sizeof *all->items);
	ensure(all->items != NULL);
	all->items[all->count] = (struct config_rule){
	    .ttl_ms = -1,
	    .store = -1,
	    .share = -1,
	    .sampled = -1,
	};
	one.member = &all->items[all->count++];
	assign_parts(&one, &parts, n);
}

bool assign_rules(const struct task *t, const struct node *n)
{
	scoped(config_rules_finish) struct config_rules all = {0};
	unsigned before = t->errors->count;
	if (n->kind != NODE_LIST)
		return task_refuse(t, n, "should be a list: - {match: {model: …}, ttl: …}");
	node_each (item, n)
		add_rule(t, &all, item);
	if (t->errors->count > before)
		return false;
	struct config_rules *member = t->member;
	config_rules_finish(member);
	*member = all;
	all = (struct config_rules){0};
	return true;
}
