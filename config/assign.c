#include "config/assign_internal.h"

#include "base/ensure.h"
#include "base/memory.h"
#include "base/utf8.h"
#include "config/address.h"
#include "config/expand.h"
#include "config/value.h"

#include <ctype.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

/* ## Single values */

static bool set_switch(const struct task *t, const char *text, struct error_text *why)
{
	return value_switch(slice_of(text), t->member, why);
}

static bool set_address(const struct task *t, const char *text, struct error_text *why)
{
	if (strchr(text, ',') && strncmp(text, "unix:", 5) != 0)
		return error_text_set(why, "\"%.80s\" has a comma in it: it is one address", text);
	return (!*text || address_check_listen(slice_of(text), why)) && task_text(t, text, why);
}

/* ## Lists */

/* Bytes that neither the path of a request nor a glob of one has. */
static bool check_path(const char *text, struct error_text *why)
{
	if (*text != '/' && strcmp(text, "*") != 0)
		return error_text_set(
		    why, "\"%.80s\" is not a path: it begins with a slash, or is \"*\"", text);
	size_t plain = strcspn(text, " \t\"#<>[\\]^`{|}");
	return !text[plain] ||
	       error_text_set(why, "\"%.80s\" is not a path: it has '%c' in it; globs use * and ?",
			      text, text[plain]);
}

/* Names of members of the body, and prefixes of paths. */
static bool check_member(const struct task *t, const char *text, struct error_text *why)
{
	bool path = strcmp(t->option->path, "endpoints.prefixes") == 0;
	if (text[strcspn(text, " \t[]\"'")])
		return error_text_set(
		    why,
		    "\"%.80s\" is not a name: it has a blank, a bracket or a quote in it; "
		    "several are a list, [one, other]",
		    text);
	if (path && (strstr(text, "://") || !text[strspn(text, "/")]))
		return error_text_set(why, "\"%.80s\" is not a prefix of paths, like /openai",
				      text);
	if (!path && text[strcspn(text, "*?")])
		return error_text_set(why,
				      "\"%.80s\" is not the name of a member, which is written in "
				      "full: * and ? stand for nothing here",
				      text);
	return true;
}

static bool check_item(const struct task *t, const char *text, struct error_text *why)
{
	if (t->option->kind == OPTION_LISTEN)
		return address_check_listen(slice_of(text), why);
	if (!*text)
		return error_text_set(why, "an empty name in the list");
	if (t->option->kind == OPTION_GLOBS && !is_token(text, "?"))
		return error_text_set(why, "\"%.80s\" is not a header or cookie name", text);
	if (t->option->kind == OPTION_NAMES && !check_member(t, text, why))
		return false;
	if (t->option->kind == OPTION_PATHS && !check_path(text, why))
		return false;
	return check_plain(text, 256, why);
}

static void add_item(const struct task *t, struct config_list *list, const struct node *n)
{
	char *text = task_value(t, n);
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
	unsigned before = t->errors->count;
	if (n->kind == NODE_TEXT && t->option->kind != OPTION_LISTEN && strchr(n->text, ','))
		return task_refuse(t, n, "has a comma in it: several are a list, [one, other]");
	if (n->kind == NODE_LIST) {
		node_each (item, n)
			add_item(t, &list, item);
	} else {
		add_item(t, &list, n);
	}
	if (t->errors->count > before)
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

/* ## All kinds */

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
		return assign_upstreams(t, n);
	case OPTION_KEYS:
		return assign_keys(t, n);
	case OPTION_RULES:
		return assign_rules(t, n);
	default:
		return task_single(t, n, task_measure);
	}
}

void assign(struct config *c, const struct option *o, const struct node *value,
	    const struct source *from, struct error_list *errors)
{
	struct task t = {
	    .option = o,
	    .where = o->path,
	    .member = option_member(c, o),
	    .from = from,
	    .errors = errors,
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
