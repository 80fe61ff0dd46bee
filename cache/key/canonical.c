/* The canonical form (canonical_writer.h) is written in document order, directly from the tokens.
 * For every open object we record the key of each member and where its form lies in *out. When the
 * object closes, the members are sorted by key: equal neighbours are duplicates, and in a sorted
 * place the forms are moved into that order. */
#include "cache/key/canonical.h"

#include "base/memory.h"
#include "cache/key/canonical_writer.h"

#include <stdlib.h>

enum {
	FEW_MEMBERS = 16,     /* up to here insertion sort is faster than qsort */
	KEEP_BYTES = 1 << 20, /* a scratch buffer larger than this is freed after the call */
};

/* A member of an object that is still open. */
struct member {
	struct slice key; /* points into the text or into escaped_keys */
	size_t start;	  /* of its form (tag, key and value) in out */
	size_t end;
};

/* A container that is still open. */
struct level {
	size_t members; /* index of its first member; objects only */
	uint8_t place;
	bool object;
};

struct canonical {
	struct level levels[JSON_DEPTH];
	struct buf members;	 // struct member: a stack, those of the innermost object on top
	struct buf escaped_keys; /* decoded keys; does not move within one text */
	struct buf moved;	 /* copy of an object's member forms while they are reordered */
	enum json_fault fault;
	bool duplicate;
	/* of the current call */
	const struct canonical_rules *rules;
	struct buf *out;
	struct slice text;
};

/* The buffers need no limits of their own: JSON_NODES bounds the number of members, decoded keys
 * are no longer than the text, and `moved` is a copy of a part of *out. */
struct canonical *canonical_create(void)
{
	struct canonical *c = memory_new(struct canonical);
	c->members = buf_make((size_t)JSON_NODES * sizeof(struct member));
	c->escaped_keys = buf_make(SIZE_MAX / 2);
	c->moved = buf_make(SIZE_MAX / 2);
	return c;
}

void canonical_destroy(struct canonical **c)
{
	if (!*c)
		return;
	buf_finish(&(*c)->members);
	buf_finish(&(*c)->escaped_keys);
	buf_finish(&(*c)->moved);
	free(*c);
	*c = NULL;
}

enum json_fault canonical_fault(const struct canonical *c)
{
	return c->fault;
}

/* ## Members */

static struct level *level_top(struct canonical *c, unsigned depth)
{
	return depth ? &c->levels[depth - 1] : NULL;
}

static struct member *members_at(struct canonical *c, size_t index)
{
	return (struct member *)(void *)c->members.at + index;
}

static size_t members_count(const struct canonical *c)
{
	return c->members.len / sizeof(struct member);
}

/* The last member of the innermost object. */
static struct member *member_last(struct canonical *c)
{
	return members_at(c, members_count(c) - 1);
}

/* Sets *ret_key to the key in the text or, if it has escapes, to its decoded copy. The copy must
 * not move while the text is read. All copies together are no longer than the text, so that much
 * room is reserved at once; pages that are never written cost nothing. */
static bool decode_key(struct canonical *c, const struct json_token *t, struct slice *ret_key)
{
	*ret_key = t->text;
	if (!t->escaped)
		return true;
	struct buf *keys = &c->escaped_keys;
	if (keys->len == 0 && !buf_reserve(keys, c->text.len))
		return false;
	char *at = keys->at + keys->len;
	*ret_key = slice_make(at, json_decode(t->text, at));
	keys->len += ret_key->len;
	return true;
}

/* Completes the last member of the object whose members have this depth, if it has any. */
static void end_member(struct canonical *c, const struct level *object, unsigned depth)
{
	/* no finding: members end only in objects, so `object` is not NULL */
	if (members_count(c) == object->members)
		return;
	struct member *m = member_last(c);
	const struct canonical_rules *rules = c->rules;
	if (depth == 1 && rules->left_out && rules->left_out(rules->context, m->key))
		c->out->len = m->start;
	m->end = c->out->len;
}

static bool begin_member(struct canonical *c, const struct json_token *t)
{
	/* no finding: keys occur only in objects, so there is a level */
	end_member(c, level_top(c, t->depth), t->depth);
	struct member m = {.start = c->out->len};
	return decode_key(c, t, &m.key) && buf_append(&c->members, &m, sizeof(m)) &&
	       canonical_writer_put(c->out, CANONICAL_KEY, m.key);
}

/* Passes a value to on_value, unless it is the outermost one. */
static void report_value(struct canonical *c, const struct json_token *t, struct slice value)
{
	const struct level *around = level_top(c, t->depth);
	if (!c->rules->on_value || !around)
		return;
	struct canonical_member member = {.depth = t->depth, .kind = t->kind, .value = value};
	if (around->object)
		member.key = member_last(c)->key;
	c->rules->on_value(c->rules->context, &member);
}

/* ## Sorting */

/* Compares two members by the bytes of their keys; a prefix comes first. */
static int compare(const void *a, const void *b)
{
	struct slice x = ((const struct member *)a)->key;
	struct slice y = ((const struct member *)b)->key;
	int order = memcmp(x.at, y.at, x.len < y.len ? x.len : y.len);
	if (order)
		return order;
	return (x.len > y.len) - (x.len < y.len);
}

/* qsort makes n log n comparisons in the worst case (glibc uses merge sort). So an object with
 * malicious keys costs at most the logarithm of its size for each of its bytes. */
static void sort(struct member *m, size_t count)
{
	if (count > FEW_MEMBERS) {
		qsort(m, count, sizeof(*m), compare);
		return;
	}
	for (size_t i = 1; i < count; i++) {
		struct member moving = m[i];
		size_t at = i;
		for (; at > 0 && compare(&m[at - 1], &moving) > 0; at--)
			m[at] = m[at - 1];
		m[at] = moving;
	}
}

static bool has_duplicates(const struct member *m, size_t count)
{
	for (size_t i = 1; i < count; i++)
		if (slice_equal(m[i - 1].key, m[i].key))
			return true;
	return false;
}

static bool is_in_order(const struct member *m, size_t count)
{
	for (size_t i = 1; i < count; i++)
		if (m[i - 1].start > m[i].start)
			return false;
	return true;
}

/* Moves the members' forms, which fill *out from `start` to its end, into the order of m. */
static bool move_members(struct canonical *c, const struct member *m, size_t count, size_t start)
{
	if (is_in_order(m, count))
		return true;
	struct buf *out = c->out;
	buf_clear(&c->moved);
	if (!buf_append(&c->moved, out->at + start, out->len - start))
		return false;
	char *to = out->at + start;
	for (size_t i = 0; i < count; i++) {
		size_t len = m[i].end - m[i].start;
		memcpy(to, c->moved.at + (m[i].start - start), len);
		to += len;
	}
	return true;
}

/* ## Containers */

/* The place that the step for the member `key`, or for array elements (NULL), leads to. */
static uint8_t step_from(const struct canonical_rules *rules, uint8_t place,
			 const struct slice *key)
{
	if (place == PLACE_ORDERED || !rules->steps)
		return PLACE_ORDERED;
	for (const struct canonical_step *s = rules->steps; s->from; s++) {
		if (s->from != place || !s->member != !key)
			continue;
		if (!key || slice_is(*key, s->member))
			return s->to;
	}
	return PLACE_ORDERED;
}

/* The place of a container. An object in a place for arrays is not what the table describes, so it
 * stays ordered. */
static uint8_t place_of(struct canonical *c, const struct level *around, bool object)
{
	if (!around)
		return PLACE_TOP;
	uint8_t place =
	    step_from(c->rules, around->place, around->object ? &member_last(c)->key : NULL);
	return object && step_from(c->rules, place, NULL) ? PLACE_ORDERED : place;
}

static bool open_container(struct canonical *c, const struct json_token *t)
{
	report_value(c, t, slice_make(t->text.at, 0));
	struct level *level = &c->levels[t->depth];
	level->object = t->kind == JSON_OBJECT_OPEN;
	level->place = place_of(c, level_top(c, t->depth), level->object);
	level->members = members_count(c);
	if (!level->object)
		return buf_append_byte(c->out, CANONICAL_ARRAY_OPEN);
	return buf_append_byte(c->out,
			       level->place ? CANONICAL_SORTED_OPEN : CANONICAL_ORDERED_OPEN);
}

/* Detects duplicates, and reorders the members' forms in a sorted place. */
static bool finish_members(struct canonical *c, const struct level *object)
{
	size_t count = members_count(c) - object->members;
	if (count < 2)
		return true;
	struct member *m = members_at(c, object->members);
	size_t start = m[0].start;
	sort(m, count);
	c->duplicate |= has_duplicates(m, count);
	return !object->place || move_members(c, m, count, start);
}

static bool close_container(struct canonical *c, const struct json_token *t)
{
	const struct level *level = &c->levels[t->depth];
	if (!level->object)
		return buf_append_byte(c->out, CANONICAL_ARRAY_CLOSE);
	end_member(c, level, t->depth + 1);
	if (!finish_members(c, level))
		return false;
	c->members.len = level->members * sizeof(struct member);
	return buf_append_byte(c->out,
			       level->place ? CANONICAL_SORTED_CLOSE : CANONICAL_ORDERED_CLOSE);
}

/* ## The whole */

/* Appends a scalar. *ret_value is the value for on_value: decoded strings point into *out. */
static bool put_scalar(struct canonical *c, const struct json_token *t, struct slice *ret_value)
{
	*ret_value = t->text;
	switch (t->kind) {
	case JSON_STRING:
		return t->escaped ? canonical_writer_put_escaped(c->out, CANONICAL_STRING, t->text,
								 ret_value)
				  : canonical_writer_put(c->out, CANONICAL_STRING, t->text);
	case JSON_NUMBER:
		return t->depth == 1 ? canonical_writer_put_value(c->out, t->text)
				     : canonical_writer_put(c->out, CANONICAL_SPELLING, t->text);
	case JSON_TRUE:
		return buf_append_byte(c->out, CANONICAL_TRUE);
	case JSON_FALSE:
		return buf_append_byte(c->out, CANONICAL_FALSE);
	default:
		return buf_append_byte(c->out, CANONICAL_NULL);
	}
}

static bool take_token(struct canonical *c, const struct json_token *t)
{
	struct slice value;
	switch (t->kind) {
	case JSON_KEY:
		return begin_member(c, t);
	case JSON_OBJECT_OPEN:
	case JSON_ARRAY_OPEN:
		return open_container(c, t);
	case JSON_OBJECT_CLOSE:
	case JSON_ARRAY_CLOSE:
		return close_container(c, t);
	default:
		if (!put_scalar(c, t, &value))
			return false;
		report_value(c, t, value);
		return true;
	}
}

/* Reads to the end even if the text is not an object or has duplicates, since INVALID takes
 * precedence. */
static enum canonical_result read_text(struct canonical *c)
{
	struct json_scan scan = json_scan_start(c->text);
	struct json_token t;
	bool object = false;
	for (bool first = true; json_scan_next(&scan, &t); first = false) {
		if (first)
			object = t.kind == JSON_OBJECT_OPEN;
		if (object && !take_token(c, &t))
			return CANONICAL_NO_MEMORY;
	}
	c->fault = scan.fault;
	if (scan.fault)
		return CANONICAL_INVALID;
	if (!object)
		return CANONICAL_NOT_OBJECT;
	return c->duplicate ? CANONICAL_DUPLICATE : CANONICAL_FINE;
}

enum canonical_result canonical_form(struct canonical *c, struct slice text,
				     const struct canonical_rules *rules, struct buf *out)
{
	size_t start = out->len;
	c->rules = rules;
	c->out = out;
	c->text = text;
	c->duplicate = false;
	enum canonical_result result = read_text(c);
	if (result != CANONICAL_FINE)
		out->len = start;
	buf_recycle(&c->members, KEEP_BYTES);
	buf_recycle(&c->escaped_keys, KEEP_BYTES);
	buf_recycle(&c->moved, KEEP_BYTES);
	return result;
}
