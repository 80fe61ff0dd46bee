/* An intrusive circular doubly linked list. Head and nodes have the same type; the comment beside a
 * head names its nodes: `struct list readers; // struct reader.link`. A node that is on no list
 * points to itself.
 *
 * Threads: the owner synchronizes. */
#pragma once

#include "base/own.h"

#include <stdbool.h>

struct list {
	struct list *next;
	struct list *prev;
};

static inline void list_init(struct list *l)
{
	l->next = l;
	l->prev = l;
}

static inline bool list_empty(const struct list *l)
{
	return l->next == l;
}

/* Inserts a node after `before`; if that is a head, at the front. */
static inline void list_insert(struct list *before, struct list *node)
{
	node->prev = before;
	node->next = before->next;
	before->next->prev = node;
	before->next = node;
}

static inline void list_append(struct list *head, struct list *node)
{
	list_insert(head->prev, node);
}

/* Removes a node from its list, if it is on one. */
static inline void list_remove(struct list *node)
{
	node->prev->next = node->next;
	node->next->prev = node->prev;
	list_init(node);
}

/* The body may not remove nodes; to empty a list use `while (!list_empty(head))`. */
#define list_each(node, head)                                                                      \
	for (struct list *node = (head)->next; node != (head); node = node->next)

/* Like list_each, but the body may remove `node` itself. */
#define list_each_safe(node, head)                                                                 \
	for (struct list *node = (head)->next, *after_ = node->next; node != (head);               \
	     node = after_, after_ = node->next)
