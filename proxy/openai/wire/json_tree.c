/* Nodes and bytes come from an arena of blocks and are not freed one by one. */
#include "proxy/openai/wire/json_tree.h"

#include "base/budget.h"
#include "base/memory.h"

#include <stdio.h>
#include <stdlib.h>

enum { ALIGN = 16, BLOCK_LEAST = 1 << 12, BLOCK_MOST = 1 << 18 };

/* Tree bytes allowed for each byte of text. A number in a list takes three bytes of text and 80 as
 * a node, but responses do not consist of numbers only. */
enum { TREE_FACTOR = 16, TREE_LEAST = 1 << 18 };

struct block {
	struct block *next;
	size_t size; /* length of bytes */
	size_t used;
	_Alignas(ALIGN) char bytes[];
};

struct json_tree {
	struct block *blocks; /* the newest first */
	size_t occupied;
	size_t limit;
	size_t next_block;
	bool failed;
};

size_t json_tree_limit(size_t text_len)
{
	return text_len < (SIZE_MAX - TREE_LEAST) / TREE_FACTOR
		   ? text_len * TREE_FACTOR + TREE_LEAST
		   : SIZE_MAX;
}

struct json_tree *json_tree_create(size_t limit_bytes)
{
	struct json_tree *t = memory_new(struct json_tree);
	t->limit = limit_bytes;
	t->next_block = BLOCK_LEAST;
	return t;
}

void json_tree_destroy(struct json_tree **t)
{
	struct json_tree *gone = take(t);
	if (!gone)
		return;
	while (gone->blocks) {
		struct block *b = gone->blocks;
		gone->blocks = b->next;
		bill_credit(sizeof(*b) + b->size);
		free(b);
	}
	free(gone);
}

bool json_tree_failed(const struct json_tree *t)
{
	return t->failed;
}

/* ## The arena */

static void add_block(struct json_tree *t, struct block *b, size_t size)
{
	b->size = size;
	b->used = 0;
	b->next = t->blocks;
	t->blocks = b;
	t->occupied += sizeof(*b) + size;
}

/* Adds a block with room for `need` bytes, within the limit. */
static bool grow(struct json_tree *t, size_t need)
{
	size_t left = t->limit > t->occupied ? t->limit - t->occupied : 0;
	if (t->failed || left < sizeof(struct block) || left - sizeof(struct block) < need)
		return false;
	left -= sizeof(struct block);
	size_t size = need > t->next_block ? need : t->next_block;
	if (size > left)
		size = left;
	if (!bill_charge(sizeof(struct block) + size))
		return false;
	struct block *b = malloc(sizeof(*b) + size);
	if (!b) {
		bill_credit(sizeof(*b) + size);
		return false;
	}
	/* no finding: the tree owns its blocks and frees them when it is destroyed */
	add_block(t, b, size);
	if (t->next_block < BLOCK_MOST)
		t->next_block *= 2;
	return true;
}

static bool has_room(const struct json_tree *t, size_t need)
{
	return t->blocks && t->blocks->size - t->blocks->used >= need;
}

static void *cut(struct json_tree *t, size_t need)
{
	void *at = t->blocks->bytes + t->blocks->used;
	t->blocks->used += need;
	return at;
}

static size_t rounded(size_t len)
{
	return (len + ALIGN - 1) / ALIGN * ALIGN;
}

char *json_tree_bytes(struct json_tree *t, size_t len)
{
	/* no finding: as above */
	if (len > t->limit || (!has_room(t, rounded(len)) && !grow(t, rounded(len)))) {
		t->failed = true;
		return NULL;
	}
	return cut(t, rounded(len));
}

/* A node is small, so it is allocated even beyond the limit and callers need not check for NULL.
 * Texts, copies and bytes are not, and loops check json_tree_failed. */
static struct json_node *json_node_create(struct json_tree *t, enum json_kind kind)
{
	size_t size = rounded(sizeof(struct json_node));
	/* no finding: as above */
	if (!has_room(t, size) && !grow(t, size)) {
		t->failed = true;
		add_block(t, memory_zeroed(sizeof(struct block) + BLOCK_LEAST), BLOCK_LEAST);
	}
	struct json_node *n = cut(t, size);
	*n = (struct json_node){.kind = kind};
	return n;
}

/* ## Creating nodes */

struct json_node *json_tree_object(struct json_tree *t)
{
	return json_node_create(t, JSON_OBJECT_OPEN);
}

struct json_node *json_tree_array(struct json_tree *t)
{
	return json_node_create(t, JSON_ARRAY_OPEN);
}

struct json_node *json_tree_null(struct json_tree *t)
{
	struct json_node *n = json_node_create(t, JSON_NULL);
	n->text = slice_of("null");
	return n;
}

struct json_node *json_tree_string(struct json_tree *t, struct slice spelled)
{
	struct json_node *n = json_node_create(t, JSON_STRING);
	n->text = spelled;
	return n;
}

struct json_node *json_tree_number(struct json_tree *t, int64_t number)
{
	enum { DIGITS = 24 };
	char *at = json_tree_bytes(t, DIGITS);
	if (!at)
		return json_tree_null(t);
	struct json_node *n = json_node_create(t, JSON_NUMBER);
	n->text = slice_make(at, (size_t)snprintf(at, DIGITS, "%lld", (long long)number));
	return n;
}

struct json_node *json_tree_copy(struct json_tree *t, const struct json_node *node)
{
	struct json_node *copy = json_node_create(t, node->kind);
	copy->text = node->text;
	for (const struct json_node *child = node->first; child && !t->failed;
	     child = child->next) {
		struct json_node *c = json_tree_copy(t, child);
		c->key = child->key;
		c->name = child->name;
		json_node_append(copy, c);
	}
	return copy;
}

/* ## Reading */

static int compare_names(const void *a, const void *b)
{
	const struct json_node *x = *(const struct json_node *const *)a;
	const struct json_node *y = *(const struct json_node *const *)b;
	if (x->name.len != y->name.len)
		return x->name.len < y->name.len ? -1 : 1;
	return x->name.len ? memcmp(x->name.at, y->name.at, x->name.len) : 0;
}

static bool has_duplicate(const struct json_node *member)
{
	for (const struct json_node *n = member->next; n; n = n->next)
		if (slice_equal(n->name, member->name))
			return true;
	return false;
}

static bool sorted_has_duplicates(const struct json_node *object, size_t count)
{
	const struct json_node **members = calloc(count, sizeof(*members));
	if (!members)
		return true;
	size_t n = 0;
	for (const struct json_node *m = object->first; m; m = m->next)
		members[n++] = m;
	qsort(members, n, sizeof(*members), compare_names);
	bool found = false;
	for (size_t i = 1; i < n && !found; i++)
		found = slice_equal(members[i - 1]->name, members[i]->name);
	free(members);
	return found;
}

/* Few members are compared pairwise; many are sorted, because comparing them all would be slow. */
static bool has_duplicates(const struct json_node *object)
{
	enum { FEW = 16 };
	size_t count = json_node_count(object);
	if (count > FEW)
		return sorted_has_duplicates(object, count);
	for (const struct json_node *m = object->first; m; m = m->next)
		if (has_duplicate(m))
			return true;
	return false;
}

struct reading {
	struct json_tree *tree;
	struct json_node *open[JSON_DEPTH]; /* the open containers, by depth */
	struct json_token key;		    /* of the member whose value comes next */
};

static bool name_node(struct reading *r, struct json_node *n)
{
	n->key = n->name = r->key.text;
	if (!r->key.escaped)
		return true;
	char *decoded = json_tree_bytes(r->tree, r->key.text.len);
	if (!decoded)
		return false;
	n->name = slice_make(decoded, json_decode(r->key.text, decoded));
	return true;
}

/* Creates the node of one value and appends it to its parent. NULL: no memory. */
static struct json_node *read_value(struct reading *r, const struct json_token *token)
{
	struct json_node *n = json_node_create(r->tree, token->kind);
	if (token->kind == JSON_OBJECT_OPEN || token->kind == JSON_ARRAY_OPEN)
		r->open[token->depth] = n;
	else
		n->text = token->text;
	if (token->depth == 0)
		return n;
	struct json_node *parent = r->open[token->depth - 1];
	if (parent->kind == JSON_OBJECT_OPEN && !name_node(r, n))
		return NULL;
	json_node_append(parent, n);
	return r->tree->failed ? NULL : n;
}

struct json_node *json_tree_read(struct json_tree *t, struct slice text)
{
	struct reading r = {.tree = t};
	struct json_scan scan = json_scan_start(text);
	struct json_token token;
	struct json_node *root = NULL;
	while (!t->failed && json_scan_next(&scan, &token)) {
		if (token.kind == JSON_KEY) {
			r.key = token;
			continue;
		}
		if (token.kind == JSON_OBJECT_CLOSE && has_duplicates(r.open[token.depth]))
			return NULL;
		if (token.kind == JSON_OBJECT_CLOSE || token.kind == JSON_ARRAY_CLOSE)
			continue;
		struct json_node *n = read_value(&r, &token);
		if (!n)
			return NULL;
		root = root ? root : n;
	}
	return t->failed || scan.fault ? NULL : root;
}
