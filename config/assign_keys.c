#include "config/assign_internal.h"

#include "base/ensure.h"
#include "base/memory.h"
#include "config/nearest.h"

#include <stdio.h>
#include <stdlib.h>

/* The names of the parts, for error texts. */
#define PARTS_KNOWN "key, tenant, namespace, concurrency and rate"

enum { KEY_LEAST = 16 };

/* *why never quotes the key. */
static bool set_key(const struct task *t, const char *text, struct error_text *why)
{
	if (!*text)
		return error_text_set(why, "is empty");
	if (!check_secret(text, why))
		return false;
	if (strlen(text) < KEY_LEAST)
		return error_text_set(why,
				      "is shorter than %d bytes, which can be guessed: openssl "
				      "rand -hex 16 makes a good one",
				      KEY_LEAST);
	*(char **)t->member = memory_text(text);
	return true;
}

static bool set_tenant(const struct task *t, const char *text, struct error_text *why)
{
	if (!check_name(text, why))
		return false;
	*(char **)t->member = memory_text(text);
	return true;
}

/* The parts of a key, each described like an option. */
static const struct part {
	struct option option;
	task_setter set;
	bool required;
} parts[] = {
    {{"key", OPTION_TEXT, offsetof(struct config_key, key), "",
      "16 bytes or more of printable ASCII without spaces"},
     set_key,
     .required = true},
    {{"tenant", OPTION_TEXT, offsetof(struct config_key, tenant), "", "a name"},
     set_tenant,
     .required = true},
    {{"namespace", OPTION_TEXT, offsetof(struct config_key, namespace), "", "any text"}, task_text},
    {{"concurrency", OPTION_NUMBER, offsetof(struct config_key, concurrency), "", "0..1000000"},
     task_measure},
    {{"rate", OPTION_NUMBER, offsetof(struct config_key, rate), "", "0..100000"}, task_measure},
};

enum { PARTS = sizeof parts / sizeof *parts, WHERE = 64 };

static const struct part *find_part(const char *name)
{
	for (size_t i = 0; i < PARTS; i++)
		if (strcmp(parts[i].option.path, name) == 0)
			return &parts[i];
	return NULL;
}

/* Does not quote the name: in `- sk-secret: tenant` it is a key. */
static void refuse_part(const struct task *t, const struct node *n)
{
	char question[128], text[256];
	struct nearest nearest = nearest_to(n->key);
	for (size_t i = 0; i < PARTS; i++)
		nearest_offer(&nearest, parts[i].option.path, parts[i].option.path);
	snprintf(text, sizeof text, "has " PARTS_KNOWN ", and nothing else%s",
		 nearest_question(&nearest, question, sizeof question));
	task_refuse(t, n, text);
}

static void set_part(const struct task *t, struct config_key *key, const struct part *part,
		     const struct node *n)
{
	char where[WHERE];
	snprintf(where, sizeof where, "%s.%s", t->where, part->option.path);
	struct task one = *t;
	one.option = &part->option;
	one.where = where;
	one.member = (char *)key + part->option.offset;
	task_single(&one, n, part->set);
}

static void set_parts(const struct task *t, struct config_key *key, const struct node *mapping)
{
	char text[64];
	node_each (n, mapping) {
		const struct part *part = find_part(n->key);
		if (!part) {
			refuse_part(t, n);
		} else if (node_child(mapping, n->key) != n) {
			snprintf(text, sizeof text, "has more than one %s", part->option.path);
			task_refuse(t, n, text);
		} else {
			set_part(t, key, part, n);
		}
	}
	for (size_t i = 0; i < PARTS; i++) {
		if (!parts[i].required || node_child(mapping, parts[i].option.path))
			continue;
		snprintf(text, sizeof text, "has no %s", parts[i].option.path);
		task_refuse(t, mapping, text);
	}
}

static void refuse_duplicate(const struct task *t, const struct config_keys *all,
			     const struct node *n)
{
	const char *last = all->items[all->count - 1].key;
	for (size_t i = 0; last && i + 1 < all->count; i++) {
		if (!all->items[i].key || strcmp(all->items[i].key, last) != 0)
			continue;
		char text[64];
		snprintf(text, sizeof text, "is the key of auth.keys[%zu], too", i);
		task_refuse(t, n, text);
		return;
	}
}

static void add_key(const struct task *t, struct config_keys *all, const struct node *n)
{
	char where[WHERE];
	snprintf(where, sizeof where, "%s[%zu]", t->where, all->count);
	struct task one = *t;
	one.where = where;
	all->items = reallocarray(all->items, all->count + 1, sizeof *all->items);
	ensure(all->items != NULL);
	struct config_key *key = &all->items[all->count++];
	*key = (struct config_key){0};
	if (n->kind != NODE_MAPPING) {
		task_refuse(&one, n, "is not a mapping of " PARTS_KNOWN);
		return;
	}
	set_parts(&one, key, n);
	refuse_duplicate(&one, all, n);
}

/* Only the file can set keys, since only there a key has a tenant. The other sources cannot remove
 * keys either: without keys, anybody may send requests. */
bool assign_keys(const struct task *t, const struct node *n)
{
	struct config_keys *member = t->member;
	if (!t->from->is_file && (!list_empty(&n->children) || member->count > 0))
		return task_refuse(t, n, "keys can only stand in the file, each with its tenant");
	if (n->kind != NODE_LIST)
		return task_refuse(t, n, "should be a list: - {key: …, tenant: …}");
	scoped(config_keys_finish) struct config_keys all = {0};
	unsigned before = t->errors->count;
	node_each (item, n)
		add_key(t, &all, item);
	if (t->errors->count > before)
		return false;
	config_keys_finish(member);
	*member = all;
	all = (struct config_keys){0};
	return true;
}
