/* The form (form.h) is written in document order, straight from the tokens. Of every object that is
 * open we keep where each member's key and form lie; when it closes, these are sorted by key, equal
 * neighbours are duplicates, and in a sorted place the forms are moved into that order. */
#include "cache/key/canonical.h"

#include "base/memory.h"
#include "cache/key/canonical_writer.h"

#include <stdlib.h>

enum {
	FEW_MEMBERS = 16,     /* up to here insertion beats qsort */
	KEEP_BYTES = 1 << 20, /* a scratch buffer that grew past this is given back */
};

/* A member of an object that is still open. */
struct member {
	struct slice key; /* in the text, or among the escaped keys */
	size_t start;	  /* of its form, in out */
	size_t end;
};

/* A container that is still open. */
struct level {
	size_t members; /* its first one; objects only */
	uint8_t place;
	bool object;
};

struct canonical {
	struct level levels[JSON_DEPTH];
	struct buf members;	 // struct member: a stack, those of the innermost object on top
	struct buf escaped_keys; /* keys that had to be decoded; does not move within one text */
	struct buf moved;	 /* an object's forms while they change places */
	enum json_fault fault;
	bool duplicate;
	/* of the call under way */
	const struct canonical_rules *rules;
	struct buf *out;
	struct slice text;
};

/* Every bound is one of the text's: a member takes five bytes of it and JSON_NODES bounds their
 * number, keys decode to no more than it, and what is moved lies in out. */
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

/* The innermost object's last member, whose value is being read or was read last. */
static struct member *member_last(struct canonical *c)
{
	return members_at(c, members_count(c) - 1);
}

/* A key as it stands in the text, or decoded. Its bytes stay where they are until the text is
 * through: all escaped keys together are no longer than the text, so they are given that much room
 * at once. Pages nobody writes to cost nothing. */
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

/* The value of the last member of the object at this depth, if it has one, is complete. */
static void member_ends(struct canonical *c, const struct level *object, unsigned depth)
{
	/* no finding: a member ends in an object, so there is one */
	if (members_count(c) == object->members)
		return;
	struct member *m = member_last(c);
	const struct canonical_rules *rules = c->rules;
	if (depth == 1 && rules->left_out && rules->left_out(rules->context, m->key))
		c->out->len = m->start;
	m->end = c->out->len;
}

static bool member_begins(struct canonical *c, const struct json_token *t)
{
	/* no finding: a key stands in an object, so there is a level */
	member_ends(c, level_top(c, t->depth), t->depth);
	struct member m = {.start = c->out->len};
	return decode_key(c, t, &m.key) && buf_append(&c->members, &m, sizeof(m)) &&
	       canonical_put(c->out, CANONICAL_KEY, m.key);
}

/* Shows a value, unless it is the outermost one. */
static void show(struct canonical *c, const struct json_token *t, struct slice value)
{
	const struct level *around = level_top(c, t->depth);
	if (!c->rules->on_value || !around)
		return;
	struct canonical_member shown = {.depth = t->depth, .kind = t->kind, .value = value};
	if (around->object)
		shown.key = member_last(c)->key;
	c->rules->on_value(c->rules->context, &shown);
}

/* ## Sorting */

/* By the keys' bytes, the shorter first where one begins the other. */
static int compare(const void *a, const void *b)
{
	struct slice x = ((const struct member *)a)->key;
	struct slice y = ((const struct member *)b)->key;
	int order = memcmp(x.at, y.at, x.len < y.len ? x.len : y.len);
	if (order)
		return order;
	return (x.len > y.len) - (x.len < y.len);
}

/* qsort's comparisons are n log n at the worst (glibc merges), so that an object of hostile keys
 * costs no more than the logarithm of its size for each of its bytes. */
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

static bool has_twins(const struct member *m, size_t count)
{
	for (size_t i = 1; i < count; i++)
		if (slice_equal(m[i - 1].key, m[i].key))
			return true;
	return false;
}

static bool is_in_place(const struct member *m, size_t count)
{
	for (size_t i = 1; i < count; i++)
		if (m[i - 1].start > m[i].start)
			return false;
	return true;
}

/* Moves the members' forms, which fill out's end from `start` on, into the order of m. */
static bool move_members(struct canonical *c, const struct member *m, size_t count, size_t start)
{
	if (is_in_place(m, count))
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

/* An object where the table knows of a list is nothing it speaks of, so it stays ordered. */
static uint8_t place_of(struct canonical *c, const struct level *around, bool object)
{
	if (!around)
		return PLACE_TOP;
	uint8_t place =
	    step_from(c->rules, around->place, around->object ? &member_last(c)->key : NULL);
	return object && step_from(c->rules, place, NULL) ? PLACE_ORDERED : place;
}

static bool opens(struct canonical *c, const struct json_token *t)
{
	show(c, t, slice_make(t->text.at, 0));
	struct level *level = &c->levels[t->depth];
	level->object = t->kind == JSON_OBJECT_OPEN;
	level->place = place_of(c, level_top(c, t->depth), level->object);
	level->members = members_count(c);
	if (!level->object)
		return buf_append_byte(c->out, CANONICAL_ARRAY_OPEN);
	return buf_append_byte(c->out,
			       level->place ? CANONICAL_SORTED_OPEN : CANONICAL_ORDERED_OPEN);
}

/* Looks for duplicates, and orders the forms of a sorted place. */
static bool arrange(struct canonical *c, const struct level *object)
{
	size_t count = members_count(c) - object->members;
	if (count < 2)
		return true;
	struct member *m = members_at(c, object->members);
	size_t start = m[0].start;
	sort(m, count);
	c->duplicate |= has_twins(m, count);
	return !object->place || move_members(c, m, count, start);
}

static bool closes(struct canonical *c, const struct json_token *t)
{
	const struct level *level = &c->levels[t->depth];
	if (!level->object)
		return buf_append_byte(c->out, CANONICAL_ARRAY_CLOSE);
	member_ends(c, level, t->depth + 1);
	if (!arrange(c, level))
		return false;
	c->members.len = level->members * sizeof(struct member);
	return buf_append_byte(c->out,
			       level->place ? CANONICAL_SORTED_CLOSE : CANONICAL_ORDERED_CLOSE);
}

/* ## The whole */

/* A string is shown as it stands in the form, if it had to be decoded. */
static bool put_scalar(struct canonical *c, const struct json_token *t, struct slice *ret_shown)
{
	*ret_shown = t->text;
	switch (t->kind) {
	case JSON_STRING:
		return t->escaped
			   ? canonical_put_escaped(c->out, CANONICAL_STRING, t->text, ret_shown)
			   : canonical_put(c->out, CANONICAL_STRING, t->text);
	case JSON_NUMBER:
		return t->depth == 1 ? canonical_put_value(c->out, t->text)
				     : canonical_put(c->out, CANONICAL_SPELLING, t->text);
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
	struct slice shown;
	switch (t->kind) {
	case JSON_KEY:
		return member_begins(c, t);
	case JSON_OBJECT_OPEN:
	case JSON_ARRAY_OPEN:
		return opens(c, t);
	case JSON_OBJECT_CLOSE:
	case JSON_ARRAY_CLOSE:
		return closes(c, t);
	default:
		if (!put_scalar(c, t, &shown))
			return false;
		show(c, t, shown);
		return true;
	}
}

/* A text that is no object is read to its end all the same, since INVALID goes before NOT_OBJECT;
 * likewise one with duplicates. */
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
