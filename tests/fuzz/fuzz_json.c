/* One or two JSON texts with a byte 0xFF between them, which no JSON has: our scanner, our tree and
 * our canonical form against two parsers of other people. What one of them accepts, or reads in
 * another way, and the other does not, is either a limit that is named here, or a bug. */
#include "cache/key/canonical.h"
#include "proxy/openai/wire/json_tree.h"
#include "tests/fuzz/fuzz.h"

#include "base/ensure.h"

#include <cjson/cJSON.h>
#include <stdlib.h>

/* jansson has our names for its kinds; so its macros that test for them are of no use here. */
#define JSON_STRING JANSSON_STRING
#define JSON_TRUE JANSSON_TRUE
#define JSON_FALSE JANSSON_FALSE
#define JSON_NULL JANSSON_NULL
#include <jansson.h>
#undef JSON_STRING
#undef JSON_TRUE
#undef JSON_FALSE
#undef JSON_NULL

enum { LIMIT = 1 << 28, CJSON_NUMBER = 63 };

static double double_of(struct slice number)
{
	char *text = strndup(number.at, number.len);
	double value = strtod(text, NULL);
	free(text);
	return value;
}

static bool decodes_to(struct slice spelled, const char *at, size_t len)
{
	char *decoded = malloc(spelled.len ? spelled.len : 1);
	size_t got = json_decode(spelled, decoded);
	bool same = got == len && memcmp(decoded, at, len) == 0;
	free(decoded);
	return same;
}

/* ## What a text has that others may refuse or read as something else */

struct sight {
	enum json_fault fault;
	bool long_number; /* more characters than cJSON looks at */
	bool nul;	  /* \u0000, where cJSON's strings end */
	bool respelled;	  /* numbers that jansson writes in another way */
};

static bool is_respelled(struct slice number)
{
	return slice_is(number, "-0") || memchr(number.at, '.', number.len) ||
	       memchr(number.at, 'e', number.len) || memchr(number.at, 'E', number.len);
}

static struct sight look(struct slice text)
{
	struct sight s = {0};
	struct json_scan scan = json_scan_start(text);
	struct json_token t;
	while (json_scan_next(&scan, &t)) {
		s.long_number |= t.kind == JSON_NUMBER && t.text.len >= CJSON_NUMBER;
		s.respelled |= t.kind == JSON_NUMBER && is_respelled(t.text);
		s.nul |= t.escaped && memmem(t.text.at, t.text.len, "u0000", 5);
	}
	s.fault = scan.fault;
	return s;
}

/* ## jansson: strict; its integers and doubles have an end, and its names have no NUL. A NUL
 * between tokens is the end of the text to it. */

static json_t *read_jansson(struct slice text, const struct sight *s)
{
	json_error_t error;
	json_t *got = json_loadb(text.at, text.len, JSON_DECODE_ANY | JSON_ALLOW_NUL, &error);
	if (got)
		ensure(s->fault == JSON_FINE || s->fault == JSON_TOO_DEEP ||
		       s->fault == JSON_TOO_MANY || memchr(text.at, 0, text.len));
	else if (s->fault == JSON_FINE)
		ensure(json_error_code(&error) == json_error_numeric_overflow ||
		       json_error_code(&error) == json_error_null_byte_in_key);
	return got;
}

static void compare_jansson(const struct json_node *n, const json_t *j)
{
	size_t i = 0;
	ensure(j);
	switch (json_typeof(j)) {
	case JSON_OBJECT:
		ensure(n->kind == JSON_OBJECT_OPEN && json_object_size(j) == json_node_count(n));
		for (const struct json_node *m = n->first; m; m = m->next)
			compare_jansson(m, json_object_getn(j, m->name.at, m->name.len));
		break;
	case JSON_ARRAY:
		ensure(n->kind == JSON_ARRAY_OPEN && json_array_size(j) == json_node_count(n));
		for (const struct json_node *m = n->first; m; m = m->next)
			compare_jansson(m, json_array_get(j, i++));
		break;
	case JANSSON_STRING:
		ensure(n->kind == JSON_STRING);
		ensure(decodes_to(n->text, json_string_value(j), json_string_length(j)));
		break;
	case JSON_INTEGER:
	case JSON_REAL:
		ensure(n->kind == JSON_NUMBER && json_number_value(j) == double_of(n->text));
		break;
	case JANSSON_TRUE:
		ensure(n->kind == JSON_TRUE);
		break;
	case JANSSON_FALSE:
		ensure(n->kind == JSON_FALSE);
		break;
	case JANSSON_NULL:
		ensure(n->kind == JSON_NULL);
		break;
	}
}

/* ## cJSON: accepts more; its strings end at NUL and its numbers are doubles */

static void compare_cjson(const struct json_node *n, const cJSON *c)
{
	ensure(c);
	ensure(cJSON_IsObject(c) == (n->kind == JSON_OBJECT_OPEN));
	ensure(cJSON_IsArray(c) == (n->kind == JSON_ARRAY_OPEN));
	ensure(cJSON_IsString(c) == (n->kind == JSON_STRING));
	ensure(cJSON_IsNumber(c) == (n->kind == JSON_NUMBER));
	ensure(cJSON_IsTrue(c) == (n->kind == JSON_TRUE));
	ensure(cJSON_IsFalse(c) == (n->kind == JSON_FALSE));
	ensure(cJSON_IsNull(c) == (n->kind == JSON_NULL));
	if (n->kind == JSON_STRING)
		ensure(decodes_to(n->text, c->valuestring, strlen(c->valuestring)));
	if (n->kind == JSON_NUMBER)
		ensure(c->valuedouble == double_of(n->text));
	if (n->kind != JSON_OBJECT_OPEN && n->kind != JSON_ARRAY_OPEN)
		return;
	const cJSON *child = c->child;
	for (const struct json_node *m = n->first; m; m = m->next, child = child->next) {
		compare_cjson(m, child);
		ensure(n->kind == JSON_ARRAY_OPEN || slice_equal(slice_of(child->string), m->name));
	}
	ensure(child == NULL);
}

static void check_cjson(struct slice text, const struct json_node *n, const struct sight *s)
{
	if (s->long_number || s->nul)
		return;
	cJSON *c = cJSON_ParseWithLength(text.at, text.len);
	compare_cjson(n, c);
	cJSON_Delete(c);
}

/* ## The canonical form */

static bool form_of(struct slice text, struct buf *form)
{
	static const struct canonical_rules rules = {0};
	struct canonical *c = canonical_create();
	enum canonical_result result = canonical_form(c, text, &rules, form);
	canonical_destroy(&c);
	ensure(result != CANONICAL_NO_MEMORY);
	return result == CANONICAL_FINE;
}

/* Written anew by somebody else, with other escapes, it is still the same. */
static void check_rewritten(struct slice text, const json_t *j, const struct sight *s)
{
	struct buf form = buf_make(LIMIT), again = buf_make(LIMIT);
	if (form_of(text, &form) && !s->respelled) {
		char *written = json_dumps(j, JSON_ENSURE_ASCII);
		ensure(written && form_of(slice_of(written), &again));
		ensure(slice_equal(buf_slice(&form), buf_slice(&again)));
		free(written);
	}
	buf_finish(&form);
	buf_finish(&again);
}

/* As json_equal, but that a number is its value. */
static bool is_same(const json_t *a, const json_t *b)
{
	const char *key;
	json_t *value;
	size_t i;
	if (json_typeof(a) == JSON_INTEGER || json_typeof(a) == JSON_REAL)
		return json_number_value(a) == json_number_value(b);
	if (json_typeof(a) != json_typeof(b) || json_object_size(a) != json_object_size(b) ||
	    json_array_size(a) != json_array_size(b))
		return false;
	json_object_foreach((json_t *)a, key, value)
	{
		const json_t *other = json_object_get(b, key);
		if (!other || !is_same(value, other))
			return false;
	}
	json_array_foreach(a, i, value) if (!is_same(value, json_array_get(b, i))) return false;
	return true;
}

/* Two texts with one form are one to everybody: a wrong hit otherwise. */
static void check_pair(struct slice a, struct slice b)
{
	struct buf first = buf_make(LIMIT), second = buf_make(LIMIT);
	if (form_of(a, &first) && form_of(b, &second) &&
	    slice_equal(buf_slice(&first), buf_slice(&second))) {
		struct sight of_a = look(a), of_b = look(b);
		json_t *left = read_jansson(a, &of_a), *right = read_jansson(b, &of_b);
		ensure(!left == !right);
		ensure(!left || is_same(left, right));
		json_decref(left);
		json_decref(right);
	}
	buf_finish(&first);
	buf_finish(&second);
}

static void check_text(struct slice text)
{
	struct sight s = look(text);
	json_t *j = read_jansson(text, &s);
	struct json_tree *tree = json_tree_create(LIMIT);
	const struct json_node *n = json_tree_read(tree, text);
	ensure(!n || s.fault == JSON_FINE);
	if (n && j) {
		compare_jansson(n, j);
		check_rewritten(text, j, &s);
	}
	if (n)
		check_cjson(text, n, &s);
	json_tree_destroy(&tree);
	json_decref(j);
}

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	struct slice second = slice_make(len ? (const char *)at : "", len);
	struct slice first = slice_cut(&second, '\xff');
	check_text(first);
	if (second.at) {
		check_text(second);
		check_pair(first, second);
	}
	return 0;
}
