/* Replaces the variables in a text, checks it and assigns it; setters that several kinds of options
 * share. */
#include "config/assign_internal.h"

#include "base/ensure.h"
#include "base/memory.h"
#include "base/utf8.h"
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

/* A source that is not a file names the option, but not an item of its list. */
bool task_refuse(const struct task *t, const struct node *n, const char *what)
{
	struct place place = source_place(t->from, n, t->where);
	if (!t->from->is_file && strchr(t->where, '['))
		return error_list_add(t->errors, place, "%s: %s", t->where, what);
	return error_list_add(t->errors, place, "%s", what);
}

static void unescape_dollars(char *text)
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
	struct error_text why;
	char *text = NULL;
	if (n->kind != NODE_TEXT)
		error_text_set(
		    &why, "is a %s and should be %s: %s", n->kind == NODE_LIST ? "list" : "mapping",
		    n->kind == NODE_MAPPING && option_is_list(t->option) ? "a list or one value"
									 : "one value",
		    t->option->permitted);
	else if (n->absent)
		error_text_set(&why, "has no value: %s", t->option->permitted);
	else if (t->from->environment)
		text = expand(n->text, t->from->environment, &why);
	else
		text = memory_text(n->text);
	if (!text)
		task_refuse(t, n, why.text);
	else if (t->from->is_yaml)
		unescape_dollars(text);
	return text;
}

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

static bool is_within(const struct option *o, uint64_t n)
{
	struct option_bounds bounds = option_bounds(o);
	return n >= bounds.least && n <= bounds.most;
}

/* Cuts a suggestion off the error text that is out of bounds itself. */
static void drop_silly_question(const struct option *o, struct error_text *why)
{
	static const char begins[] = " (did you mean ";
	char *question = strstr(why->text, begins);
	if (!question)
		return;
	const char *meant = question + sizeof begins - 1;
	uint64_t n;
	struct error_text unused;
	if (!option_measure(o->kind, slice_make(meant, strcspn(meant, "?")), &n, &unused) ||
	    !is_within(o, n))
		*question = 0;
}

bool task_measure(const struct task *t, const char *text, struct error_text *why)
{
	uint64_t n;
	if (!option_measure(t->option->kind, slice_of(text), &n, why)) {
		drop_silly_question(t->option, why);
		size_t len = strlen(why->text);
		snprintf(why->text + len, sizeof why->text - len, ": %s", t->option->permitted);
		return false;
	}
	if (!is_within(t->option, n))
		return error_text_set(why, "\"%.80s\" is out of bounds: %s", text,
				      t->option->permitted);
	store_measure(t, n);
	return true;
}

bool task_choice(const struct task *t, const char *text, struct error_text *why)
{
	unsigned choice;
	if (!value_choice(slice_of(text), t->option->permitted, &choice, why))
		return false;
	/* Enums without negative members are unsigned (gcc, clang); a test checks their order. */
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

/* The file is known to be UTF-8; the environment and the command line may contain any bytes. */
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

bool task_single(const struct task *t, const struct node *n, task_setter set)
{
	char *text = task_value(t, n);
	struct error_text why;
	bool fine = text && set(t, text, &why);
	if (text && !fine)
		task_refuse(t, n, why.text);
	memory_forget(text); /* it may be a secret */
	return fine;
}

bool is_token(const char *text, const char *others)
{
	for (const char *c = text; *c; c++)
		if (!isalnum((unsigned char)*c) && !strchr("!#$%&'*+-.^_`|~", *c) &&
		    !strchr(others, *c))
			return false;
	return *text;
}

bool check_name(const char *text, struct error_text *why)
{
	size_t plain = strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789-_.");
	if (text[plain] || plain == 0 || plain > 64)
		return error_text_set(
		    why,
		    "\"%.80s\" is not a name: up to 64 letters, digits, '-', '_' and "
		    "dots",
		    text);
	return true;
}

/* *why never quotes the secret. */
bool check_secret(const char *text, struct error_text *why)
{
	if (strcmp(text, "***") == 0)
		return error_text_set(why, "is masked: a printed configuration does not show keys");
	if (strncasecmp(text, "Bearer ", 7) == 0)
		return error_text_set(why,
				      "begins with Bearer, which is put in front of it: leave it "
				      "out");
	for (const char *c = text; *c; c++) {
		if (*c <= ' ' || *c > '~')
			return error_text_set(why, "has bytes that cannot be sent: printable ASCII "
						   "without spaces");
	}
	return true;
}
