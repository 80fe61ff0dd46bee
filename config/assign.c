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
		return faults_add(t->faults, place, "%s: %s", t->where, what);
	return faults_add(t->faults, place, "%s", what);
}

static void halve_dollars(char *text)
{
	char *to = text;
	for (; *text; text++) {
		text += text[0] == '$' && text[1] == '$';
		*to++ = *text;
	}
	*to = 0;
}

char *task_value(const struct task *t, const struct node *n)
{
	struct fault why;
	char *text = NULL;
	if (n->kind != NODE_TEXT)
		fault_set(
		    &why, "is a %s and should be %s: %s", n->kind == NODE_LIST ? "list" : "mapping",
		    n->kind == NODE_MAPPING && option_is_list(t->option) ? "a list or one value"
									 : "one value",
		    t->option->permitted);
	else if (n->absent)
		fault_set(&why, "has no value: %s", t->option->permitted);
	else if (t->from->environment)
		text = expand(n->text, t->from->environment, &why);
	else
		text = memory_text(n->text);
	if (!text)
		task_refuse(t, n, why.text);
	else if (t->from->is_yaml)
		halve_dollars(text);
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

bool task_measure(const struct task *t, const char *text, struct fault *why)
{
	uint64_t n;
	if (!option_measure(t->option->kind, slice_of(text), &n, why)) {
		size_t len = strlen(why->text);
		snprintf(why->text + len, sizeof why->text - len, ": %s", t->option->permitted);
		return false;
	}
	struct option_bounds bounds = option_bounds(t->option);
	if (n < bounds.least || n > bounds.most)
		return fault_set(why, "\"%.80s\" is out of bounds: %s", text, t->option->permitted);
	store_measure(t, n);
	return true;
}

static bool set_switch(const struct task *t, const char *text, struct fault *why)
{
	return value_switch(slice_of(text), t->member, why);
}

bool task_choice(const struct task *t, const char *text, struct fault *why)
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
bool check_plain(const char *text, size_t longest, struct fault *why)
{
	for (const char *c = text; *c; c++) {
		if ((unsigned char)*c < 0x20 || *c == 0x7f)
			return fault_set(why, "has a control character in it");
	}
	if (!is_utf8(slice_of(text)))
		return fault_set(why, "is not UTF-8");
	return strlen(text) <= longest || fault_set(why, "is longer than %zu bytes", longest);
}

bool task_text(const struct task *t, const char *text, struct fault *why)
{
	if (!check_plain(text, PATH_MAX, why))
		return false;
	char **member = t->member;
	free(*member);
	*member = memory_text(text);
	return true;
}

static bool set_address(const struct task *t, const char *text, struct fault *why)
{
	return (!*text || address_check_listen(slice_of(text), why)) && task_text(t, text, why);
}

bool task_single(const struct task *t, const struct node *n, task_setter set)
{
	char *text = task_value(t, n);
	struct fault why;
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

static bool check_item(const struct task *t, const char *text, struct fault *why)
{
	if (t->option->kind == OPTION_LISTEN)
		return address_check_listen(slice_of(text), why);
	if (!*text)
		return fault_set(why, "an empty name in the list");
	if (t->option->kind == OPTION_GLOBS && !is_token(text, "?"))
		return fault_set(why, "\"%.80s\" is no name of a header or a cookie", text);
	if (t->option->kind == OPTION_NAMES && text[strcspn(text, " \t[]\"'")])
		return fault_set(
		    why,
		    "\"%.80s\" is no name: it has a blank, a bracket or a quote in it; "
		    "several are a list, [one, other]",
		    text);
	if (t->option->kind == OPTION_PATHS && *text != '/' && strcmp(text, "*") != 0)
		return fault_set(why, "\"%.80s\" is no path: it begins with a slash, or is \"*\"",
				 text);
	return check_plain(text, 256, why);
}

static void add_item(const struct task *t, struct config_list *list, const struct node *n)
{
	char *text = task_value(t, n);
	struct fault why;
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
	if (n->kind == NODE_TEXT && t->option->kind != OPTION_LISTEN && strchr(n->text, ','))
		return task_refuse(t, n, "has a comma in it: several are a list, [one, other]");
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

/* ## Names and secrets */

bool check_name(const char *text, struct fault *why)
{
	size_t plain = strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789-_.");
	if (text[plain] || plain == 0 || plain > 64)
		return fault_set(why,
				 "\"%.80s\" is no name: up to 64 letters, digits, '-', '_' and "
				 "dots",
				 text);
	return true;
}

/* No sentence quotes it. */
bool check_secret(const char *text, struct fault *why)
{
	if (strcmp(text, "***") == 0)
		return fault_set(why, "is masked: a printed configuration does not tell keys");
	if (strncasecmp(text, "Bearer ", 7) == 0)
		return fault_set(why, "begins with Bearer, which is put in front of it: leave it "
				      "out");
	for (const char *c = text; *c; c++) {
		if (*c <= ' ' || *c > '~')
			return fault_set(why, "has bytes that cannot be sent: printable ASCII "
					      "without spaces");
	}
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
	    const struct source *from, struct faults *f)
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
