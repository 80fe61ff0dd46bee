#include "config/node.h"

#include "base/memory.h"

#include <stdlib.h>

struct node *node_create(enum node_kind kind, unsigned line)
{
	struct node *n = memory_new(struct node);
	n->kind = kind;
	n->line = line;
	list_init(&n->children);
	list_init(&n->link);
	return n;
}

struct node *node_create_text(struct slice text, unsigned line)
{
	struct node *n = node_create(NODE_TEXT, line);
	n->text = memory_copy(text.at, text.len);
	return n;
}

void node_destroy(struct node **n)
{
	struct node *gone = take(n);
	if (!gone)
		return;
	while (!list_empty(&gone->children)) {
		struct node *child = container_of(gone->children.next, struct node, link);
		list_remove(&child->link);
		node_destroy(&child);
	}
	memory_forget(gone->text);
	free(gone->key);
	free(gone);
}

void node_add(struct node *parent, struct node *child)
{
	list_append(&parent->children, &child->link);
}

struct node *node_create_list(const char *text)
{
	struct node *n = node_create(NODE_LIST, 0);
	struct slice rest = slice_of(text);
	while (rest.at && *text)
		node_add(n, node_create_text(slice_trim(slice_cut(&rest, ',')), 0));
	return n;
}

struct node *node_child(const struct node *mapping, const char *key)
{
	node_each (child, mapping) {
		if (child->key && strcmp(child->key, key) == 0)
			return child;
	}
	return NULL;
}
