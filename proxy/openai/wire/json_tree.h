/* A tree: a JSON document whose parts can be moved, joined and written again, and which keeps every
 * spelling: numbers and strings are slices of the text they were read from. For fold and unfold,
 * which must lose nothing; cJSON would read numbers as doubles and end strings at \u0000.
 *
 *     tree ---- arena: nodes, and bytes of their own
 *     node { kind, key, text } -- first --> child -- next --> child
 *
 * All nodes belong to their tree and are freed with it; they may be moved around in it freely. A
 * text that was read must outlive the tree. Private to this room.
 *
 * Fails: a tree that has no memory left says so in tree_failed, once and for all; functions that
 * make nodes never return NULL except where they say so, and nodes made by then are not to be
 * written. Threads: one at a time. */
#pragma once

#include "base/buf.h"
#include "cache/key/json_scan.h"

struct json_tree;

struct json_node {
	enum json_kind kind; /* OBJECT_OPEN, ARRAY_OPEN, STRING, NUMBER, TRUE, FALSE or NULL */
	struct slice key;    /* of a member: its name as spelled between the quotes */
	struct slice name;   /* of a member: its name decoded */
	struct slice text; /* of numbers the spelling; of strings what stands between the quotes */
	struct json_node *next;	 /* the parent's next child */
	struct json_node *first; /* of containers: the children. Of strings: pieces behind text */
	struct json_node *last;
};

/* A tree that occupies at most limit_bytes. */
struct json_tree *json_tree_create(size_t limit_bytes);
void json_tree_destroy(struct json_tree **t);
bool json_tree_failed(const struct json_tree *t);

/* ## Reading */

/* Reads a text into the tree and returns its outermost value, which hangs nowhere. NULL: it is no
 * valid JSON (json_scan.h), an object in it has a member twice, or there is no memory. */
struct json_node *json_tree_read(struct json_tree *t, struct slice text);

/* The member; NULL when it is absent, or the node is no object (NULL too). */
struct json_node *json_node_member(const struct json_node *object, const char *name);

/* As node_member, but NULL also when its value is null. */
struct json_node *json_node_value(const struct json_node *object, const char *name);

/* Whether it is of that kind. NULL is of none. */
static inline bool json_node_is_kind(const struct json_node *n, enum json_kind kind)
{
	return n && n->kind == kind;
}

/* Whether the node is a string that is spelled like this. NULL is not. */
bool json_node_is(const struct json_node *string, const char *text);

/* A whole number from 0 to INT32_MAX; -1 if it is none (NULL too). */
int64_t json_node_number(const struct json_node *number);

/* Whether it is a string without a byte (NULL is not). */
bool json_node_is_empty_string(const struct json_node *string);

size_t json_node_count(const struct json_node *container);

/* ## Making: nodes that hang nowhere */

struct json_node *json_tree_object(struct json_tree *t);
struct json_node *json_tree_array(struct json_tree *t);
struct json_node *json_tree_string(struct json_tree *t,
				   struct slice spelled); /* between the quotes; not copied */
struct json_node *json_tree_number(struct json_tree *t, int64_t number);
struct json_node *json_tree_null(struct json_tree *t);
struct json_node *json_tree_copy(struct json_tree *t,
				 const struct json_node *node); /* deep; without its key */

/* Bytes of the tree's own; NULL when there is no memory. */
char *json_tree_bytes(struct json_tree *t, size_t len);

/* ## Moving. What is put somewhere must hang nowhere. */

/* Appends an element, or to a string a piece that is a string. */
void json_node_append(struct json_node *parent, struct json_node *child);

/* Sets the member: in the place of the one of that name, or behind the others. The name is a
 * literal that needs no escapes. */
void json_node_set(struct json_node *object, const char *name, struct json_node *value);

/* Appends a member that keeps the name it was read with (key and name of `value`). */
void json_node_adopt(struct json_node *object, struct json_node *value);

/* Takes the member out; NULL when there is none. It keeps its key and name. */
struct json_node *json_node_take(struct json_node *object, const char *name);

/* Takes the first child out; NULL when there is none. */
struct json_node *json_node_shift(struct json_node *container);

/* ## Writing */

/* Appends the value's text: no blanks, spellings as they were read. False: *out is full, or the
 * value is nested deeper than JSON_DEPTH, which nobody of us would read again; *out is as it was.
 */
MUST_CHECK bool json_node_write(const struct json_node *node, struct buf *out);
