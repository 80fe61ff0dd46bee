#include "tests/unit/random_request.h"

#include "base/ensure.h"
#include "tests/unit/chat_places.h"

#include <stdlib.h>

/* SplitMix64 (Steele, Lea, Flood 2014). */
unsigned random_below(uint64_t *state, unsigned bound)
{
	uint64_t z = (*state += UINT64_C(0x9e3779b97f4a7c15));
	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return (unsigned)((z ^ z >> 31) % bound);
}

static bool one_in(uint64_t *state, unsigned n)
{
	return random_below(state, n) == 0;
}

/* ## Trees */

static struct text_points points_of(const char *ascii)
{
	struct text_points t = {0};
	for (; *ascii; ascii++)
		t.points[t.count++] = (unsigned char)*ascii;
	return t;
}

static bool points_are(const struct text_points *t, const char *ascii)
{
	struct text_points other = points_of(ascii);
	return t->count == other.count &&
	       memcmp(t->points, other.points, t->count * sizeof(t->points[0])) == 0;
}

static bool points_equal(const struct text_points *a, const struct text_points *b)
{
	return a->count == b->count &&
	       memcmp(a->points, b->points, a->count * sizeof(a->points[0])) == 0;
}

/* Characters of each length in UTF-8 and of each kind of escape, few enough to recur often. */
static unsigned random_point(uint64_t *state)
{
	static const unsigned points[] = {
	    'a',   'b',	  'n',	  'u',	  '0',	  ' ',	  '"',	   '\\',    '/',     '\n',
	    '\t',  '\b',  '\f',	  '\r',	  0,	  1,	  0x1f,	   0x7f,    0x80,    0xe9,
	    0x7ff, 0x800, 0xd7ff, 0xe000, 0xfffd, 0xffff, 0x10000, 0x1f600, 0x10ffff};
	return points[random_below(state, sizeof(points) / sizeof(points[0]))];
}

static struct text_points random_points(uint64_t *state)
{
	/* Sometimes about as long as one byte of LEB128 can express. */
	unsigned count = one_in(state, 12) ? 60 + random_below(state, 80) : random_below(state, 6);
	struct text_points t = {0};
	while (t.count < count)
		t.points[t.count++] = random_point(state);
	return t;
}

/* Often a name that leads to a place, also where it does not. */
static struct text_points random_key(uint64_t *state)
{
	static const char *const words[] = {"messages", "content", "tool_calls", "function",
					    "tools",	"role",	   "seed",	 "stream_options"};
	if (one_in(state, 3))
		return random_points(state);
	return points_of(words[random_below(state, sizeof(words) / sizeof(words[0]))]);
}

static bool has_key(const struct json_node *object, const struct text_points *key)
{
	for (unsigned i = 0; i < object->count; i++)
		if (points_equal(&object->children[i]->key, key))
			return true;
	return false;
}

/* A key that the object does not have. The names of chat_left_out would change nothing. */
static struct text_points new_key(const struct json_node *object, uint64_t *state)
{
	for (;;) {
		struct text_points key = random_key(state);
		if (!has_key(object, &key) && !points_are(&key, "stream") &&
		    !points_are(&key, "user"))
			return key;
	}
}

static uint8_t place_of(const struct json_node *around, const struct text_points *key)
{
	for (const struct canonical_step *s = chat_steps; s->from; s++) {
		bool array = around->kind == JSON_ARRAY_OPEN;
		if (s->from == around->place && array == !s->member &&
		    (array || points_are(key, s->member)))
			return s->to;
	}
	return PLACE_ORDERED;
}

static void random_number(struct json_node *n, uint64_t *state)
{
	n->digits = (int)random_below(state, 2001) - 1000;
	n->exponent = n->digits ? (int)random_below(state, 7) - 3 : 0;
	while (n->digits && n->digits % 10 == 0)
		n->digits /= 10;
}

static void random_value(struct request *r, struct json_node *n, uint64_t *state, unsigned depth);

static void random_child(struct request *r, struct json_node *n, uint64_t *state, unsigned depth)
{
	struct json_node *child = &r->nodes[r->count++];
	*child = (struct json_node){.top = depth == 0};
	if (n->kind == JSON_OBJECT_OPEN)
		child->key = new_key(n, state);
	child->place = place_of(n, &child->key);
	n->children[n->count++] = child;
	random_value(r, child, state, depth + 1);
}

static void random_children(struct request *r, struct json_node *n, uint64_t *state, unsigned depth)
{
	unsigned count = random_below(state, NODE_CHILDREN + 1);
	while (n->count < count && r->count < REQUEST_NODES)
		random_child(r, n, state, depth);
}

/* Mostly a container where a place begins, so that places are reached. */
static void random_value(struct request *r, struct json_node *n, uint64_t *state, unsigned depth)
{
	static const enum json_kind kinds[] = {JSON_OBJECT_OPEN, JSON_ARRAY_OPEN, JSON_STRING,
					       JSON_NUMBER,	 JSON_TRUE,	  JSON_FALSE,
					       JSON_NULL};
	bool leaf = depth > 6;
	unsigned first = leaf ? 2 : 0;
	unsigned bound = n->place && !leaf && !one_in(state, 4) ? 2 : 7;
	n->kind = kinds[first + random_below(state, bound - first)];
	struct json_node list = {.kind = JSON_ARRAY_OPEN, .place = n->place};
	if (n->kind == JSON_OBJECT_OPEN && place_of(&list, NULL)) /* a place of lists */
		n->place = PLACE_ORDERED;
	if (n->kind == JSON_STRING)
		n->text = random_points(state);
	else if (n->kind == JSON_NUMBER)
		random_number(n, state);
	else if (n->kind == JSON_OBJECT_OPEN || n->kind == JSON_ARRAY_OPEN)
		random_children(r, n, state, depth);
}

void request_random(struct request *r, uint64_t *state)
{
	r->count = 1;
	r->nodes[0] = (struct json_node){.kind = JSON_OBJECT_OPEN, .place = PLACE_TOP};
	random_children(r, &r->nodes[0], state, 0);
	if (r->nodes[0].count == 0) /* there must be something to change */
		random_child(r, &r->nodes[0], state, 0);
}

/* ## Spelling */

static void put(struct buf *out, const char *text)
{
	ensure(buf_append_text(out, text));
}

static void spell_blank(uint64_t *state, struct buf *out)
{
	static const char *const blanks[] = {" ", "\n", "\t", "\r\n", "    "};
	while (one_in(state, 6))
		put(out, blanks[random_below(state, 5)]);
}

static void spell_unit(unsigned unit, uint64_t *state, struct buf *out)
{
	ensure(one_in(state, 2) ? buf_printf(out, "\\u%04x", unit)
				: buf_printf(out, "\\u%04X", unit));
}

static void spell_escape(unsigned point, uint64_t *state, struct buf *out)
{
	static const char from[] = "\"\\/\b\f\n\r\t", to[] = "\"\\/bfnrt";
	const char *found = point && point < 0x80 ? strchr(from, (int)point) : NULL;
	if (found && one_in(state, 2)) {
		ensure(buf_printf(out, "\\%c", to[found - from]));
	} else if (point < 0x10000) {
		spell_unit(point, state, out);
	} else {
		spell_unit(0xd800 + ((point - 0x10000) >> 10), state, out);
		spell_unit(0xdc00 + ((point - 0x10000) & 0x3ff), state, out);
	}
}

static void spell_raw(unsigned point, struct buf *out)
{
	char at[4];
	size_t len = 0;
	static const unsigned char marks[] = {0, 0, 0xc0, 0xe0, 0xf0};
	size_t wanted = point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
	for (; len < wanted; len++) {
		unsigned bits = point >> 6 * (wanted - 1 - len);
		at[len] = (char)(wanted == 1 ? bits
				 : len	     ? 0x80 | (bits & 0x3f)
					     : marks[wanted] | bits);
	}
	ensure(buf_append(out, at, len));
}

static void spell_string(const struct text_points *t, uint64_t *state, struct buf *out)
{
	bool escape_much = one_in(state, 3);
	put(out, "\"");
	for (unsigned i = 0; i < t->count; i++) {
		unsigned point = t->points[i];
		bool must = point < 0x20 || point == '"' || point == '\\';
		if (must || (escape_much && one_in(state, 2)))
			spell_escape(point, state, out);
		else
			spell_raw(point, out);
	}
	put(out, "\"");
}

/* Below the top level the spelling counts, so there is only one. */
static void spell_number(const struct json_node *n, uint64_t *state, struct buf *out)
{
	if (!n->top) {
		ensure(buf_printf(out, "%de%d", n->digits, n->exponent));
		return;
	}
	const char *sign = n->digits < 0 ? "-" : "";
	int digits = abs(n->digits);
	unsigned zeros = random_below(state, 4);
	const char *mark = one_in(state, 2) ? "e" : "E";
	switch (random_below(state, 3)) {
	case 0: /* 12e3 as 12.00e3 */
		ensure(buf_printf(out, "%s%d%.*s%s%d", sign, digits, zeros ? (int)zeros + 1 : 0,
				  ".000", mark, n->exponent));
		break;
	case 1: /* as 0.0012e7 */
		ensure(buf_printf(out, "%s0.%0*d%s%+03d", sign, (int)zeros + 5, digits, mark,
				  n->exponent + (int)zeros + 5));
		break;
	default: /* as 1200e1 */
		ensure(buf_printf(out, "%s%d%.*s%s%d", sign, digits, digits ? (int)zeros : 0, "000",
				  mark, n->exponent - (int)zeros));
	}
}

static void spell(const struct json_node *n, uint64_t *state, struct buf *out);

static void shuffle(unsigned *order, unsigned count, uint64_t *state)
{
	for (unsigned i = count; i > 1; i--) {
		unsigned j = random_below(state, i);
		unsigned moving = order[i - 1];
		order[i - 1] = order[j];
		order[j] = moving;
	}
}

static void spell_left_out(const struct json_node *n, uint64_t *state, struct buf *out)
{
	if (n->place == PLACE_TOP && one_in(state, 3))
		put(out, one_in(state, 2) ? "\"stream\":true," : "\"u\\u0073er\" : [{\"a\":1}] , ");
}

static void spell_children(const struct json_node *n, uint64_t *state, struct buf *out)
{
	unsigned order[NODE_CHILDREN];
	bool object = n->kind == JSON_OBJECT_OPEN;
	for (unsigned i = 0; i < n->count; i++)
		order[i] = i;
	if (object && n->place)
		shuffle(order, n->count, state);
	put(out, object ? "{" : "[");
	spell_blank(state, out);
	if (n->count && object)
		spell_left_out(n, state, out);
	for (unsigned i = 0; i < n->count; i++) {
		const struct json_node *child = n->children[order[i]];
		if (i)
			put(out, ",");
		spell_blank(state, out);
		if (object) {
			spell_string(&child->key, state, out);
			spell_blank(state, out);
			put(out, ":");
		}
		spell(child, state, out);
	}
	put(out, object ? "}" : "]");
}

static void spell(const struct json_node *n, uint64_t *state, struct buf *out)
{
	spell_blank(state, out);
	if (n->kind == JSON_OBJECT_OPEN || n->kind == JSON_ARRAY_OPEN)
		spell_children(n, state, out);
	else if (n->kind == JSON_STRING)
		spell_string(&n->text, state, out);
	else if (n->kind == JSON_NUMBER)
		spell_number(n, state, out);
	else
		put(out, n->kind == JSON_TRUE ? "true" : n->kind == JSON_FALSE ? "false" : "null");
	spell_blank(state, out);
}

void request_spell(const struct request *r, uint64_t *state, struct buf *out)
{
	spell(&r->nodes[0], state, out);
}

/* ## Changes */

static void change_points(struct text_points *t, uint64_t *state)
{
	if (t->count && one_in(state, 3)) {
		t->count--;
	} else if (t->count && one_in(state, 2)) {
		unsigned *point = &t->points[random_below(state, t->count)];
		*point = *point == 'c' ? 'd' : 'c';
	} else {
		t->points[t->count++] = random_point(state);
	}
}

static const char *change_value(struct json_node *n, uint64_t *state)
{
	switch (n->kind) {
	case JSON_STRING:
		change_points(&n->text, state);
		return "a string";
	case JSON_NUMBER:
		if (n->digits && one_in(state, 3))
			n->exponent++;
		else if (n->digits && one_in(state, 2))
			n->digits = -n->digits;
		else
			n->digits = n->digits * 10 + 1;
		return "a number";
	case JSON_TRUE:
		n->kind = JSON_FALSE;
		return "true to false";
	case JSON_FALSE:
		n->kind = JSON_NULL;
		return "false to null";
	case JSON_NULL:
		n->kind = JSON_STRING;
		n->text = points_of("null");
		return "null to a string";
	default:
		n->count = 0;
		n->kind = n->kind == JSON_OBJECT_OPEN ? JSON_ARRAY_OPEN : JSON_OBJECT_OPEN;
		return "one container to another";
	}
}

static const char *change_key(struct json_node *object, uint64_t *state)
{
	object->children[random_below(state, object->count)]->key = new_key(object, state);
	return "a key";
}

/* Members of an ordered object; their keys differ, so the order is another one. */
static const char *change_order(struct json_node *object, uint64_t *state)
{
	unsigned at = random_below(state, object->count - 1);
	struct json_node *moving = object->children[at];
	object->children[at] = object->children[at + 1];
	object->children[at + 1] = moving;
	return "an order of members";
}

static const char *change_elements(struct json_node *array, uint64_t *state)
{
	unsigned at = random_below(state, array->count);
	for (unsigned i = at + 1; i < array->count; i++)
		array->children[i - 1] = array->children[i];
	array->count--;
	return "fewer elements";
}

const char *request_change(struct request *r, uint64_t *state)
{
	struct json_node *n = &r->nodes[1 + random_below(state, r->count - 1)];
	unsigned choice = random_below(state, 3);
	if (n->kind == JSON_OBJECT_OPEN && n->count > 1 && !n->place && choice == 0)
		return change_order(n, state);
	if (n->kind == JSON_OBJECT_OPEN && n->count > 0 && choice == 1)
		return change_key(n, state);
	if (n->kind == JSON_ARRAY_OPEN && n->count > 0 && choice < 2)
		return change_elements(n, state);
	return change_value(n, state);
}
