/* JSON tree: a JSON document whose nodes can be moved, joined and written again. It keeps the
 * spelling of numbers and strings, which are slices of the text they were read from. Fold and
 * unfold need this to lose nothing; cJSON would read numbers as doubles and end strings at \u0000.
 *
 *     tree ---- arena: nodes, and bytes of their own
 *     node { kind, key, text } -- first --> child -- next --> child
 *
 * All nodes belong to their tree and are freed with it; they may be moved within it. The text that
 * was read must outlive the tree. Private to wire/.
 *
 * If memory runs out, json_tree_failed returns true from then on. Functions that create nodes never
 * return NULL except where they say so, but the nodes of a failed tree must not be written.
 * Threads: one at a time. */
#pragma once

#include "base/buf.h"
#include "cache/key/json_scan.h"

struct json_tree;

struct json_node {
	enum json_kind kind; /* OBJECT_OPEN, ARRAY_OPEN, STRING, NUMBER, TRUE, FALSE or NULL */
	struct slice key;    /* of a member: its name, as spelled between the quotes */
	struct slice name;   /* of a member: its name decoded */
	struct slice text; /* of numbers the spelling; of strings the spelling between the quotes */
	struct json_node *next; /* the parent's next child */
	/* of containers: the children. Of strings: pieces that follow text */
	struct json_node *first;
	struct json_node *last;
};

/* The memory limit for the tree of a text of this length. */
size_t json_tree_limit(size_t text_len);

/* Creates a tree that occupies at most limit_bytes. */
struct json_tree *json_tree_create(size_t limit_bytes);
void json_tree_destroy(struct json_tree **t);
bool json_tree_failed(const struct json_tree *t);

/* ## Reading */

/* Reads a text into the tree and returns its root, which has no parent. NULL: it is no valid JSON
 * (json_scan.h), an object in it has duplicate members, or there is no memory. */
struct json_node *json_tree_read(struct json_tree *t, struct slice text);

/* Returns the member; NULL if it is absent, or if the node is no object or NULL. */
struct json_node *json_node_member(const struct json_node *object, const char *name);

/* As json_node_member, but also NULL if the value is null. */
struct json_node *json_node_value(const struct json_node *object, const char *name);

/* Whether the node is of that kind; false for NULL. */
static inline bool json_node_is_kind(const struct json_node *n, enum json_kind kind)
{
	return n && n->kind == kind;
}

/* Whether the node is a string with this spelling; false for NULL. */
bool json_node_is(const struct json_node *string, const char *text);

/* Returns an integer from 0 to INT32_MAX; -1: the node is none, or NULL. */
int64_t json_node_number(const struct json_node *number);

/* Whether the node is an empty string; false for NULL. */
bool json_node_is_empty_string(const struct json_node *string);

size_t json_node_count(const struct json_node *container);

/* ## Creating nodes. They have no parent. */

struct json_node *json_tree_object(struct json_tree *t);
struct json_node *json_tree_array(struct json_tree *t);
struct json_node *json_tree_string(struct json_tree *t,
				   struct slice spelled); /* as between the quotes; not copied */
struct json_node *json_tree_number(struct json_tree *t, int64_t number);
struct json_node *json_tree_null(struct json_tree *t);
struct json_node *
json_tree_copy(struct json_tree *t,
	       const struct json_node *node); /* deep copy, without the node's key */

/* Returns memory that belongs to the tree; NULL: there is none. */
char *json_tree_bytes(struct json_tree *t, size_t len);

/* ## Moving nodes. A node that is inserted must have no parent. */

/* Appends an element to a list, or to a string a string as its next piece. */
void json_node_append(struct json_node *parent, struct json_node *child);

/* Sets the member: replaces the one with that name in place, or appends it. The name is a literal
 * that needs no escapes. */
void json_node_set(struct json_node *object, const char *name, struct json_node *value);

/* Appends a member under the key and name that `value` already has. */
void json_node_adopt(struct json_node *object, struct json_node *value);

/* Removes and returns the member, which keeps its key and name; NULL: there is none. */
struct json_node *json_node_take(struct json_node *object, const char *name);

/* Removes and returns the first child; NULL: there is none. */
struct json_node *json_node_shift(struct json_node *container);

/* ## Writing */

/* Appends the value's text, without blanks, in the original spelling. False: *out is full, or the
 * value is nested deeper than JSON_DEPTH, so that it could not be read again; *out is then
 * unchanged. */
MUST_CHECK bool json_node_write(const struct json_node *node, struct buf *out);
