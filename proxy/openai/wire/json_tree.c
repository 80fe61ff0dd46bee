/* Nodes and bytes come from an arena of blocks and are never given back one by one. */
#include "proxy/openai/wire/json_tree.h"

#include "base/budget.h"
#include "base/memory.h"

#include <stdio.h>
#include <stdlib.h>

enum { ALIGN = 16, BLOCK_LEAST = 1 << 12, BLOCK_MOST = 1 << 18 };

struct block {
	struct block *next;
	size_t size; /* of bytes */
	size_t used;
	_Alignas(ALIGN) char bytes[];
};

struct tree {
	struct block *blocks; /* the newest first */
	size_t occupied;
	size_t limit;
	size_t next_block;
	bool failed;
};

struct tree *tree_create(size_t limit_bytes)
{
	struct tree *t = memory_new(struct tree);
	t->limit = limit_bytes;
	t->next_block = BLOCK_LEAST;
	return t;
}

void tree_destroy(struct tree **t)
{
	struct tree *gone = take(t);
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

bool tree_failed(const struct tree *t)
{
	return t->failed;
}

/* ## The arena */

static void add_block(struct tree *t, struct block *b, size_t size)
{
	b->size = size;
	b->used = 0;
	b->next = t->blocks;
	t->blocks = b;
	t->occupied += sizeof(*b) + size;
}

/* A block with room for `need` bytes, within the limit. */
static bool grow(struct tree *t, size_t need)
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
	add_block(t, b, size);
	if (t->next_block < BLOCK_MOST)
		t->next_block *= 2;
	return true;
}

static bool has_room(const struct tree *t, size_t need)
{
	return t->blocks && t->blocks->size - t->blocks->used >= need;
}

static void *cut(struct tree *t, size_t need)
{
	void *at = t->blocks->bytes + t->blocks->used;
	t->blocks->used += need;
	return at;
}

static size_t rounded(size_t len)
{
	return (len + ALIGN - 1) / ALIGN * ALIGN;
}

char *tree_bytes(struct tree *t, size_t len)
{
	/* no finding: the tree holds its blocks, and frees them at its end */
	if (len > t->limit || (!has_room(t, rounded(len)) && !grow(t, rounded(len)))) {
		t->failed = true;
		return NULL;
	}
	return cut(t, rounded(len));
}

/* A node is small: past the limit it still comes, so that nobody has to look at each one. Texts,
 * copies and bytes do not come any more, and whoever loops looks at tree_failed. */
static struct node *node_create(struct tree *t, enum json_kind kind)
{
	size_t size = rounded(sizeof(struct node));
	/* no finding: as above */
	if (!has_room(t, size) && !grow(t, size)) {
		t->failed = true;
		add_block(t, memory_zeroed(sizeof(struct block) + BLOCK_LEAST), BLOCK_LEAST);
	}
	struct node *n = cut(t, size);
	*n = (struct node){.kind = kind};
	return n;
}

/* ## Making */

struct node *tree_object(struct tree *t)
{
	return node_create(t, JSON_OBJECT_OPEN);
}

struct node *tree_array(struct tree *t)
{
	return node_create(t, JSON_ARRAY_OPEN);
}

struct node *tree_null(struct tree *t)
{
	struct node *n = node_create(t, JSON_NULL);
	n->text = slice_of("null");
	return n;
}

struct node *tree_string(struct tree *t, struct slice spelled)
{
	struct node *n = node_create(t, JSON_STRING);
	n->text = spelled;
	return n;
}

struct node *tree_number(struct tree *t, int64_t number)
{
	enum { DIGITS = 24 };
	char *at = tree_bytes(t, DIGITS);
	if (!at)
		return tree_null(t);
	struct node *n = node_create(t, JSON_NUMBER);
	n->text = slice_make(at, (size_t)snprintf(at, DIGITS, "%lld", (long long)number));
	return n;
}

struct node *tree_copy(struct tree *t, const struct node *node)
{
	struct node *copy = node_create(t, node->kind);
	copy->text = node->text;
	for (const struct node *child = node->first; child && !t->failed; child = child->next) {
		struct node *c = tree_copy(t, child);
		c->key = child->key;
		c->name = child->name;
		node_append(copy, c);
	}
	return copy;
}

/* ## Reading */

static int compare_names(const void *a, const void *b)
{
	const struct node *x = *(const struct node *const *)a;
	const struct node *y = *(const struct node *const *)b;
	if (x->name.len != y->name.len)
		return x->name.len < y->name.len ? -1 : 1;
	return x->name.len ? memcmp(x->name.at, y->name.at, x->name.len) : 0;
}

static bool has_twin(const struct node *member)
{
	for (const struct node *n = member->next; n; n = n->next)
		if (slice_equal(n->name, member->name))
			return true;
	return false;
}

static bool sorted_has_twins(const struct node *object, size_t count)
{
	const struct node **members = calloc(count, sizeof(*members));
	if (!members)
		return true;
	size_t n = 0;
	for (const struct node *m = object->first; m; m = m->next)
		members[n++] = m;
	qsort(members, n, sizeof(*members), compare_names);
	bool found = false;
	for (size_t i = 1; i < n && !found; i++)
		found = slice_equal(members[i - 1]->name, members[i]->name);
	free(members);
	return found;
}

/* Few are compared one by one; many would make that slow. */
static bool has_twins(const struct node *object)
{
	enum { FEW = 16 };
	size_t count = node_count(object);
	if (count > FEW)
		return sorted_has_twins(object, count);
	for (const struct node *m = object->first; m; m = m->next)
		if (has_twin(m))
			return true;
	return false;
}

struct reading {
	struct tree *tree;
	struct node *open[JSON_DEPTH]; /* the containers around */
	struct json_token key;	       /* of the member whose value comes next */
};

static bool name_node(struct reading *r, struct node *n)
{
	n->key = n->name = r->key.text;
	if (!r->key.escaped)
		return true;
	char *decoded = tree_bytes(r->tree, r->key.text.len);
	if (!decoded)
		return false;
	n->name = slice_make(decoded, json_decode(r->key.text, decoded));
	return true;
}

/* One value, put in its place. NULL: no memory. */
static struct node *read_value(struct reading *r, const struct json_token *token)
{
	struct node *n = node_create(r->tree, token->kind);
	if (token->kind == JSON_OBJECT_OPEN || token->kind == JSON_ARRAY_OPEN)
		r->open[token->depth] = n;
	else
		n->text = token->text;
	if (token->depth == 0)
		return n;
	struct node *parent = r->open[token->depth - 1];
	if (parent->kind == JSON_OBJECT_OPEN && !name_node(r, n))
		return NULL;
	node_append(parent, n);
	return r->tree->failed ? NULL : n;
}

struct node *tree_read(struct tree *t, struct slice text)
{
	struct reading r = {.tree = t};
	struct json_scan scan = json_scan_start(text);
	struct json_token token;
	struct node *root = NULL;
	while (!t->failed && json_scan_next(&scan, &token)) {
		if (token.kind == JSON_KEY) {
			r.key = token;
			continue;
		}
		if (token.kind == JSON_OBJECT_CLOSE && has_twins(r.open[token.depth]))
			return NULL;
		if (token.kind == JSON_OBJECT_CLOSE || token.kind == JSON_ARRAY_CLOSE)
			continue;
		struct node *n = read_value(&r, &token);
		if (!n)
			return NULL;
		root = root ? root : n;
	}
	return t->failed || scan.fault ? NULL : root;
}
