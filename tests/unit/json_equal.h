/* Compares JSON texts: members in any order, strings decoded, numbers by their spelling, since 1
 * and 1.0, or 2^53 and 2^53+1, are different answers. */
#pragma once

#include "base/ensure.h"
#include "proxy/openai/wire/json_tree.h"

#include <stdlib.h>

static inline bool same_string(struct slice a, struct slice b)
{
	char *x = malloc(a.len + 1), *y = malloc(b.len + 1);
	ensure(x && y);
	struct slice first = {x, json_decode(a, x)}, second = {y, json_decode(b, y)};
	bool same = slice_equal(first, second);
	free(x);
	free(y);
	return same;
}

static inline const struct json_node *same_name(const struct json_node *object, struct slice name)
{
	const struct json_node *n = object->first;
	while (n && !slice_equal(n->name, name))
		n = n->next;
	return n;
}

static inline bool json_node_equal(const struct json_node *a, const struct json_node *b)
{
	if (a->kind != b->kind)
		return false;
	if (a->kind == JSON_STRING)
		return same_string(a->text, b->text);
	if (a->kind != JSON_OBJECT_OPEN && a->kind != JSON_ARRAY_OPEN)
		return slice_equal(a->text, b->text);
	if (json_node_count(a) != json_node_count(b))
		return false;
	const struct json_node *y = b->first;
	for (const struct json_node *x = a->first; x; x = x->next) {
		if (a->kind == JSON_OBJECT_OPEN)
			y = same_name(b, x->name);
		if (!y || !json_node_equal(x, y))
			return false;
		y = y->next;
	}
	return true;
}

static inline bool json_equal(struct slice a, struct slice b)
{
	struct json_tree *t = json_tree_create(SIZE_MAX);
	const struct json_node *x = json_tree_read(t, a), *y = json_tree_read(t, b);
	bool equal = x && y && json_node_equal(x, y);
	json_tree_destroy(&t);
	return equal;
}
