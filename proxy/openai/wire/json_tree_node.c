/* Operations on existing nodes: reading, moving and writing. */
#include "proxy/openai/wire/json_tree.h"

#include "base/ensure.h"

/* ## Reading */

struct json_node *json_node_member(const struct json_node *object, const char *name)
{
	if (!object || object->kind != JSON_OBJECT_OPEN)
		return NULL;
	struct json_node *n = object->first;
	while (n && !slice_is(n->name, name))
		n = n->next;
	return n;
}

struct json_node *json_node_value(const struct json_node *object, const char *name)
{
	struct json_node *n = json_node_member(object, name);
	return n && n->kind != JSON_NULL ? n : NULL;
}

/* Cuts the string's spelling off the front of *rest. False: *rest does not begin with it. */
static bool cut_spelling(const struct json_node *string, struct slice *rest)
{
	if (!slice_starts(*rest, string->text))
		return false;
	*rest = slice_after(*rest, string->text.len);
	for (const struct json_node *piece = string->first; piece; piece = piece->next)
		if (!cut_spelling(piece, rest))
			return false;
	return true;
}

bool json_node_is(const struct json_node *string, const char *text)
{
	struct slice rest = slice_of(text);
	return string && string->kind == JSON_STRING && cut_spelling(string, &rest) &&
	       rest.len == 0;
}

int64_t json_node_number(const struct json_node *number)
{
	enum { DIGITS_MOST = 10 };
	if (!number || number->kind != JSON_NUMBER || number->text.len > DIGITS_MOST)
		return -1;
	int64_t value = 0;
	for (size_t i = 0; i < number->text.len; i++) {
		char c = number->text.at[i];
		if (c < '0' || c > '9')
			return -1;
		value = value * 10 + (c - '0');
	}
	return value <= INT32_MAX ? value : -1;
}

bool json_node_is_empty_string(const struct json_node *string)
{
	return json_node_is(string, "");
}

size_t json_node_count(const struct json_node *container)
{
	size_t count = 0;
	for (const struct json_node *n = container->first; n; n = n->next)
		count++;
	return count;
}

/* ## Moving */

void json_node_append(struct json_node *parent, struct json_node *child)
{
	ensure(!child->next);
	if (parent->last)
		parent->last->next = child;
	else
		parent->first = child;
	parent->last = child;
}

/* Removes and returns the child after `before` (NULL: the first child). */
static struct json_node *unlink_after(struct json_node *parent, struct json_node *before)
{
	struct json_node *child = before ? before->next : parent->first;
	if (!child)
		return NULL;
	if (before)
		before->next = child->next;
	else
		parent->first = child->next;
	if (parent->last == child)
		parent->last = before;
	child->next = NULL;
	return child;
}

/* Returns the child before the member of that name (NULL: none before); *ret_found: whether there
 * is such a member. */
static struct json_node *find_before(struct json_node *object, const char *name, bool *ret_found)
{
	struct json_node *before = NULL;
	struct json_node *n = object->first;
	while (n && !slice_is(n->name, name)) {
		before = n;
		n = n->next;
	}
	*ret_found = n != NULL;
	return before;
}

void json_node_set(struct json_node *object, const char *name, struct json_node *value)
{
	bool found;
	struct json_node *before = find_before(object, name, &found);
	value->key = value->name = slice_of(name);
	if (!found) {
		json_node_append(object, value);
		return;
	}
	unlink_after(object, before);
	value->next = before ? before->next : object->first;
	if (before)
		before->next = value;
	else
		object->first = value;
	if (!value->next)
		object->last = value;
}

void json_node_adopt(struct json_node *object, struct json_node *value)
{
	json_node_append(object, value);
}

struct json_node *json_node_take(struct json_node *object, const char *name)
{
	bool found;
	struct json_node *before = find_before(object, name, &found);
	return found ? unlink_after(object, before) : NULL;
}

struct json_node *json_node_shift(struct json_node *container)
{
	return unlink_after(container, NULL);
}

/* ## Writing */

static bool write_node(const struct json_node *n, unsigned depth, struct buf *out);

static bool write_pieces(const struct json_node *string, struct buf *out)
{
	if (!buf_append_slice(out, string->text))
		return false;
	for (const struct json_node *piece = string->first; piece; piece = piece->next)
		if (!write_pieces(piece, out))
			return false;
	return true;
}

static bool write_string(const struct json_node *n, struct buf *out)
{
	return buf_append_byte(out, '"') && write_pieces(n, out) && buf_append_byte(out, '"');
}

static bool write_key(const struct json_node *member, struct buf *out)
{
	return buf_append_byte(out, '"') && buf_append_slice(out, member->key) &&
	       buf_append_text(out, "\":");
}

static bool write_container(const struct json_node *n, unsigned depth, struct buf *out)
{
	bool object = n->kind == JSON_OBJECT_OPEN;
	if (depth == JSON_DEPTH || !buf_append_byte(out, object ? '{' : '['))
		return false;
	for (const struct json_node *child = n->first; child; child = child->next) {
		if (child != n->first && !buf_append_byte(out, ','))
			return false;
		if (object && !write_key(child, out))
			return false;
		if (!write_node(child, depth + 1, out))
			return false;
	}
	return buf_append_byte(out, object ? '}' : ']');
}

static bool write_node(const struct json_node *n, unsigned depth, struct buf *out)
{
	if (n->kind == JSON_OBJECT_OPEN || n->kind == JSON_ARRAY_OPEN)
		return write_container(n, depth, out);
	if (n->kind == JSON_STRING)
		return write_string(n, out);
	return buf_append_slice(out, n->text);
}

bool json_node_write(const struct json_node *node, struct buf *out)
{
	size_t before = out->len;
	if (write_node(node, 0, out))
		return true;
	out->len = before;
	return false;
}
