/* The contents of a configuration source, not yet interpreted: a tree of texts.
 *
 *         mapping --- "cache": mapping --- "ttl": text "24h"
 *                 \-- "listen": list ----- text "127.0.0.1:8080"
 *
 * A parent owns its children. The parser bounds the depth by NODE_DEPTH. Threads: one at a
 * time. */
#pragma once

#include "base/list.h"
#include "base/slice.h"

#include <stdbool.h>

enum { NODE_DEPTH = 8 };

enum node_kind {
	NODE_TEXT,
	NODE_LIST,
	NODE_MAPPING,
};

struct node {
	enum node_kind kind;
	unsigned line;	      /* of its key if it has one; from 1; 0: not from a file */
	bool absent;	      /* a text that is empty and unquoted, or null */
	char *key;	      /* in a mapping, else NULL */
	char *text;	      /* of a NODE_TEXT, else NULL */
	struct list children; /* of struct node.link, in source order */
	struct list link;
};

struct node *node_create(enum node_kind kind, unsigned line);
struct node *node_create_text(struct slice text, unsigned line);

/* Destroys a node and its children and overwrites their texts, which may be secrets. The node must
 * not be linked into a parent. */
void node_destroy(struct node **n);

/* Appends the child, which the parent owns from now on. */
void node_add(struct node *parent, struct node *child);

/* Splits a text at commas, trims the items and returns a list of them; an empty text makes an empty
 * list. */
struct node *node_create_list(const char *text);

/* Returns the first child with this key, or NULL. */
struct node *node_child(const struct node *mapping, const char *key);

#define node_each(child, parent)                                                                   \
	for (struct node *child = container_of((parent)->children.next, struct node, link);        \
	     &child->link != &(parent)->children;                                                  \
	     child = container_of(child->link.next, struct node, link))
