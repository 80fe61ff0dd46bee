/* What a source of configuration says, before anybody knows what it means: a tree of texts.
 *
 *         mapping --- "cache": mapping --- "ttl": text "24h"
 *                 \-- "listen": list ----- text "127.0.0.1:8080"
 *
 * A parent owns its children. Trees are shallow: whoever makes them bounds the depth
 * (NODE_DEPTH). Threads: one at a time. */
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
	unsigned line;	      /* of its key, where it has one; from 1; 0: not from a file */
	bool absent;	      /* a text of which nothing was written, not even quotes; or null */
	char *key;	      /* in a mapping, else NULL */
	char *text;	      /* of a text, else NULL */
	struct list children; /* struct node.link, in their order */
	struct list link;
};

struct node *node_create(enum node_kind kind, unsigned line);
struct node *node_create_text(struct slice text, unsigned line);

/* With all below it, its texts overwritten: there may be secrets among them. It must be on no
 * list. */
void node_destroy(struct node **n);

/* The child is the parent's now. */
void node_add(struct node *parent, struct node *child);

/* A list of what stands between commas, blanks around each left out; an empty text is an empty
 * list. */
struct node *node_create_list(const char *text);

/* The first child with the key, or NULL. */
struct node *node_child(const struct node *mapping, const char *key);

#define node_each(child, parent)                                                                   \
	for (struct node *child = container_of((parent)->children.next, struct node, link);        \
	     &child->link != &(parent)->children;                                                  \
	     child = container_of(child->link.next, struct node, link))
