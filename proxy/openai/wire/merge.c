#include "proxy/openai/wire/merge.h"

enum rule {
	TEXT,
	BASE64, /* text, of which only the last piece may be padded */
	LIST,
	PARTS, /* a list whose elements have an index, or are whole */
	OBJECT,
	LATEST, /* a timestamp, of which the latest counts */
};

/* Known deltas. Sources: OpenAI's chat completions (chunk object, audio, function and custom tool
 * calls, logprobs of chat and of completions), DeepSeek, vLLM and llama.cpp (reasoning_content,
 * reasoning, token_ids), OpenRouter (reasoning_details). */
static const struct row {
	enum merge_place place;
	const char *member;
	enum rule rule;
	enum merge_place inside; /* place of an object, and of a list's parts */
} rows[] = {
    {MERGE_EVENT, "created", LATEST, MERGE_NOWHERE},
    {MERGE_CHOICE, "logprobs", OBJECT, MERGE_LOGPROBS},
    {MERGE_CHOICE, "token_ids", LIST, MERGE_NOWHERE},
    {MERGE_DELTA, "audio", OBJECT, MERGE_AUDIO},
    {MERGE_DELTA, "content", TEXT, MERGE_NOWHERE},
    {MERGE_DELTA, "function_call", OBJECT, MERGE_FUNCTION},
    {MERGE_DELTA, "reasoning", TEXT, MERGE_NOWHERE},
    {MERGE_DELTA, "reasoning_content", TEXT, MERGE_NOWHERE},
    {MERGE_DELTA, "reasoning_details", PARTS, MERGE_DETAIL},
    {MERGE_DELTA, "refusal", TEXT, MERGE_NOWHERE},
    {MERGE_DELTA, "text", TEXT, MERGE_NOWHERE},
    {MERGE_DELTA, "thinking", TEXT, MERGE_NOWHERE},
    {MERGE_DELTA, "tool_calls", PARTS, MERGE_CALL},
    {MERGE_LOGPROBS, "content", LIST, MERGE_NOWHERE},
    {MERGE_LOGPROBS, "refusal", LIST, MERGE_NOWHERE},
    {MERGE_LOGPROBS, "text_offset", LIST, MERGE_NOWHERE},
    {MERGE_LOGPROBS, "token_logprobs", LIST, MERGE_NOWHERE},
    {MERGE_LOGPROBS, "tokens", LIST, MERGE_NOWHERE},
    {MERGE_LOGPROBS, "top_logprobs", LIST, MERGE_NOWHERE},
    {MERGE_CALL, "custom", OBJECT, MERGE_CUSTOM},
    {MERGE_CALL, "function", OBJECT, MERGE_FUNCTION},
    {MERGE_FUNCTION, "arguments", TEXT, MERGE_NOWHERE},
    {MERGE_CUSTOM, "input", TEXT, MERGE_NOWHERE},
    {MERGE_AUDIO, "data", BASE64, MERGE_NOWHERE},
    {MERGE_AUDIO, "transcript", TEXT, MERGE_NOWHERE},
    {MERGE_DETAIL, "summary", TEXT, MERGE_NOWHERE},
    {MERGE_DETAIL, "text", TEXT, MERGE_NOWHERE},
};

static const struct row *find_row(enum merge_place place, struct slice member)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].place == place && slice_is(member, rows[i].member))
			return &rows[i];
	return NULL;
}

static void replace(struct json_node *into, const struct json_node *from)
{
	into->kind = from->kind;
	into->text = from->text;
	into->first = from->first;
	into->last = from->last;
}

/* Whether a value is null, or an empty string, list or object. */
static bool is_empty(const struct json_node *n)
{
	bool container = n->kind == JSON_ARRAY_OPEN || n->kind == JSON_OBJECT_OPEN;
	return n->kind == JSON_NULL || json_node_is_empty_string(n) || (container && !n->first);
}

/* ## Known deltas */

static bool merge_text(struct json_node *into, struct json_node *from)
{
	if (into->kind != JSON_STRING || from->kind != JSON_STRING)
		return false;
	json_node_append(into, from);
	return true;
}

/* Padding ends a base64 text; data appended to it would be decoded wrongly or not at all. OpenAI
 * streams audio in pieces that are base64 texts of their own. */
static bool merge_base64(struct json_node *into, struct json_node *from)
{
	struct slice end = into->last ? into->last->text : into->text;
	bool padded = end.len && end.at[end.len - 1] == '=';
	return !padded && merge_text(into, from);
}

static bool merge_lists(struct json_node *into, struct json_node *from)
{
	if (into->kind != JSON_ARRAY_OPEN || from->kind != JSON_ARRAY_OPEN)
		return false;
	for (struct json_node *element; (element = json_node_shift(from));)
		json_node_append(into, element);
	return true;
}

static bool merge_objects(struct json_node *into, struct json_node *from, enum merge_place place)
{
	if (into->kind != JSON_OBJECT_OPEN || from->kind != JSON_OBJECT_OPEN)
		return false;
	for (struct json_node *member; (member = json_node_shift(from));)
		if (!merge_member(into, member, place))
			return false;
	return true;
}

static int64_t index_of(const struct json_node *part)
{
	return json_node_number(json_node_member(part, "index"));
}

/* Finds the part with this index; *ret_found is NULL if there is none. False: the list is too long
 * to search. */
static bool find_index(struct json_node *list, int64_t index, struct json_node **ret_found)
{
	/* Streams mostly continue the last part. */
	struct json_node *n = index_of(list->last) == index ? list->last : list->first;
	unsigned count = 0;
	for (; n && index_of(n) != index; n = n->next)
		if (++count == MERGE_ELEMENTS)
			return false;
	*ret_found = n;
	return true;
}

/* Whether more than one part has this index. */
static bool is_ambiguous(const struct json_node *list, int64_t index)
{
	unsigned count = 0;
	for (const struct json_node *n = list->first; n; n = n->next)
		count += index_of(n) == index;
	return count > 1;
}

/* A call without an index is whole and is appended (Gemini); fold_choices.c checks at the end
 * whether that is valid. A piece of reasoning without an index might continue any other. */
static bool merge_part(struct json_node *list, struct json_node *part, enum merge_place place)
{
	int64_t index = index_of(part);
	struct json_node *found = NULL;
	if (index >= 0 && !find_index(list, index, &found))
		return false;
	if (place == MERGE_DETAIL && list->first && (index < 0 || is_ambiguous(list, index)))
		return false;
	if (found)
		return merge_objects(found, part, place);
	json_node_append(list, part);
	return true;
}

static bool merge_parts(struct json_node *into, struct json_node *from, enum merge_place place)
{
	if (into->kind != JSON_ARRAY_OPEN || from->kind != JSON_ARRAY_OPEN)
		return false;
	for (struct json_node *part; (part = json_node_shift(from));)
		if (!merge_part(into, part, place))
			return false;
	return true;
}

static bool merge_known(struct json_node *into, struct json_node *from, const struct row *row)
{
	switch (row->rule) {
	case TEXT:
		return merge_text(into, from);
	case BASE64:
		return merge_base64(into, from);
	case LIST:
		return merge_lists(into, from);
	case PARTS:
		return merge_parts(into, from, row->inside);
	case OBJECT:
		return merge_objects(into, from, row->inside);
	case LATEST:
		break;
	}
	replace(into, from);
	return true;
}

/* ## Other members */

/* Whether the values have the same spelling, apart from blanks. */
static bool is_same(const struct json_node *a, const struct json_node *b)
{
	bool container = a->kind == JSON_ARRAY_OPEN || a->kind == JSON_OBJECT_OPEN;
	if (a->kind != b->kind || (!container && !slice_equal(a->text, b->text)))
		return false;
	const struct json_node *x = a->first;
	const struct json_node *y = b->first;
	for (; x && y; x = x->next, y = y->next)
		if (!slice_equal(x->name, y->name) || !is_same(x, y))
			return false;
	return !x && !y;
}

static bool merge(struct json_node *into, struct json_node *from, const struct row *row)
{
	if (is_empty(from)) {
		if (into->kind == JSON_NULL)
			replace(into, from);
		return true;
	}
	if (row && into->kind == from->kind)
		return merge_known(into, from, row);
	if (is_empty(into)) {
		replace(into, from);
		return true;
	}
	return !row && is_same(into, from);
}

/* Calls in one delta may share an index, so the list is merged part by part from the start. */
static bool adopt_parts(struct json_node *object, struct json_node *member, const struct row *row)
{
	struct json_node parts = *member;
	member->first = member->last = NULL;
	json_node_adopt(object, member);
	return merge_parts(member, &parts, row->inside);
}

/* Finds the member; *ret_found is NULL if there is none. False: the object is too large to
 * search. */
static bool find_member(struct json_node *object, struct slice name, struct json_node **ret_found)
{
	struct json_node *n = object->first;
	for (unsigned count = 0; n && !slice_equal(n->name, name); n = n->next)
		if (++count == MERGE_MEMBERS)
			return false;
	*ret_found = n;
	return true;
}

bool merge_member(struct json_node *object, struct json_node *member, enum merge_place place)
{
	struct json_node *found;
	const struct row *row = find_row(place, member->name);
	bool parts = row && row->rule == PARTS && member->kind == JSON_ARRAY_OPEN;
	if (!find_member(object, member->name, &found))
		return false;
	if (found && parts && row->inside == MERGE_CALL && found->kind == JSON_NULL)
		found->kind = JSON_ARRAY_OPEN;
	if (found)
		return merge(found, member, row);
	if (parts && row->inside == MERGE_CALL)
		return adopt_parts(object, member, row);
	json_node_adopt(object, member);
	return true;
}
