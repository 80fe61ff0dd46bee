#include "proxy/openai/merge.h"

/* Exceptions: what names something comes whole, however often it is said. OpenAI's SDKs set role,
 * id, type and name anew where they continue content and arguments; `channel` is Groq's, `format`
 * is OpenRouter's. */
static const char *const names[] = {
    "call_id", "channel", "format", "id", "media_type", "name", "role", "status", "type",
};

static bool is_name(struct slice member)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (slice_is(member, names[i]))
			return true;
	return false;
}

static void replace(struct node *into, const struct node *from)
{
	into->kind = from->kind;
	into->text = from->text;
	into->first = from->first;
	into->last = from->last;
}

static bool is_scalar(const struct node *n)
{
	return n->kind == JSON_NUMBER || n->kind == JSON_TRUE || n->kind == JSON_FALSE;
}

/* A name said again is the same, or empty. Another one is refused: OpenRouter streams reasoning of
 * different types under one index, which no rule could tell apart. */
static bool merge_names(struct node *into, const struct node *from)
{
	if (node_is_empty_string(from))
		return true;
	bool same = slice_equal(into->text, from->text) && !into->first && !from->first;
	if (!same && !node_is_empty_string(into))
		return false;
	replace(into, from);
	return true;
}

/* Padding ends a base64 text: what is appended to it is read wrongly, or not at all. OpenAI streams
 * audio as `data`, each piece in a base64 of its own. */
static bool is_padded(const struct node *string)
{
	struct slice end = string->last ? string->last->text : string->text;
	return slice_is(string->name, "data") && end.len && end.at[end.len - 1] == '=';
}

static bool merge_strings(struct node *into, struct node *from, bool delta)
{
	if (!delta)
		replace(into, from);
	else if (is_name(into->name))
		return merge_names(into, from);
	else if (is_padded(into))
		return node_is_empty_string(from);
	else if (!node_is_empty_string(from))
		node_append(into, from);
	return true;
}

static int64_t index_of(const struct node *element)
{
	return node_number(node_member(element, "index"));
}

/* False: the list is too long to be searched. */
static bool find_index(struct node *list, int64_t index, struct node **ret_found)
{
	/* Streams mostly go on with the last one. */
	struct node *n = index_of(list->last) == index ? list->last : list->first;
	unsigned count = 0;
	for (; n && index_of(n) != index; n = n->next)
		if (++count == MERGE_ELEMENTS)
			return false;
	*ret_found = n;
	return true;
}

static bool merge_element(struct node *list, struct node *element)
{
	int64_t index = index_of(element);
	struct node *found = NULL;
	if (index >= 0 && !find_index(list, index, &found))
		return false;
	if (found)
		return merge(found, element, true);
	node_append(list, element);
	return true;
}

/* Outside deltas `index` may be anything, a token of legacy logprobs among others. */
static bool merge_lists(struct node *into, struct node *from, bool delta)
{
	for (struct node *element; (element = node_shift(from));) {
		if (!delta)
			node_append(into, element);
		else if (!merge_element(into, element))
			return false;
	}
	return true;
}

/* False: the object is too large to be searched. */
static bool find_member(struct node *object, struct slice name, struct node **ret_found)
{
	struct node *n = object->first;
	for (unsigned count = 0; n && !slice_equal(n->name, name); n = n->next)
		if (++count == MERGE_MEMBERS)
			return false;
	*ret_found = n;
	return true;
}

bool merge_member(struct node *object, struct node *member, bool delta)
{
	struct node *found;
	if (!find_member(object, member->name, &found))
		return false;
	if (found)
		return merge(found, member, delta);
	node_adopt(object, member);
	return true;
}

bool merge_latest(struct node *object, struct node *member)
{
	struct node *found;
	if (!find_member(object, member->name, &found))
		return false;
	if (!found)
		node_adopt(object, member);
	else if (member->kind != JSON_NULL)
		replace(found, member);
	return true;
}

static bool merge_objects(struct node *into, struct node *from, bool delta)
{
	for (struct node *member; (member = node_shift(from));)
		if (!merge_member(into, member, delta))
			return false;
	return true;
}

bool merge(struct node *into, struct node *from, bool delta)
{
	if (from->kind == JSON_NULL)
		return true;
	bool scalars = is_scalar(into) && is_scalar(from);
	if (into->kind == JSON_NULL || scalars) {
		replace(into, from);
		return true;
	}
	if (into->kind != from->kind)
		return false;
	switch (into->kind) {
	case JSON_STRING:
		return merge_strings(into, from, delta);
	case JSON_ARRAY_OPEN:
		return merge_lists(into, from, delta);
	default:
		return merge_objects(into, from, delta);
	}
}
