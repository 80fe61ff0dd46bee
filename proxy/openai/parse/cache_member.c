#include "proxy/openai/parse/cache_member.h"

#include "cache/key/json_scan.h"

/* An escape takes six bytes at most, and no name below has more than ten characters. */
enum { NAME_LONGEST = 64 };

int64_t cache_member_seconds(struct slice text)
{
	int64_t seconds = 0;
	for (size_t i = 0; i < text.len; i++) {
		if (text.at[i] < '0' || text.at[i] > '9')
			return -1;
		if (seconds < INT32_MAX)
			seconds = seconds * 10 + (text.at[i] - '0');
	}
	return text.len ? seconds * 1000 : -1;
}

static bool text_is(const struct json_token *t, const char *name)
{
	char decoded[NAME_LONGEST];
	if (!t->escaped)
		return slice_is(t->text, name);
	return t->text.len <= sizeof decoded &&
	       slice_is(slice_make(decoded, json_decode(t->text, decoded)), name);
}

static bool is_open(const struct json_token *t)
{
	return t->kind == JSON_OBJECT_OPEN || t->kind == JSON_ARRAY_OPEN;
}

/* Moves the scan past the value that begins with t. */
static void skip_value(struct json_scan *scan, const struct json_token *t)
{
	struct json_token last = *t;
	bool open = is_open(t);
	while (open && json_scan_next(scan, &last))
		open = last.depth != t->depth;
}

/* ## Reading the member's contents. Functions return false if they do not understand the value. */

static bool read_seconds(const struct json_token *t, int64_t *ret_ms)
{
	struct slice fraction = t->text;
	struct slice whole = slice_cut(&fraction, '.');
	int64_t ms = t->kind == JSON_NUMBER ? cache_member_seconds(whole) : -1;
	if (ms < 0 || (fraction.at && cache_member_seconds(fraction) < 0))
		return false;
	if (*ret_ms < 0 || ms < *ret_ms)
		*ret_ms = ms;
	return true;
}

static bool read_ttl(struct cache_member *m, const struct json_token *t)
{
	return read_seconds(t, &m->ttl_ms);
}

static bool read_max_age(struct cache_member *m, const struct json_token *t)
{
	return read_seconds(t, &m->max_age_ms);
}

static bool read_no_cache(struct cache_member *m, const struct json_token *t)
{
	m->no_cache |= t->kind == JSON_TRUE;
	return t->kind == JSON_TRUE || t->kind == JSON_FALSE;
}

static bool read_no_store(struct cache_member *m, const struct json_token *t)
{
	m->no_store |= t->kind == JSON_TRUE;
	return t->kind == JSON_TRUE || t->kind == JSON_FALSE;
}

static bool read_use_cache(struct cache_member *m, const struct json_token *t)
{
	m->no_store |= t->kind == JSON_FALSE;
	return t->kind == JSON_TRUE || t->kind == JSON_FALSE;
}

static bool read_namespace(struct cache_member *m, const struct json_token *t)
{
	char decoded[6 * CACHE_MEMBER_SPACE];
	if (t->kind != JSON_STRING || t->text.len > sizeof decoded)
		return false;
	size_t len = json_decode(t->text, decoded);
	if (len > sizeof m->space)
		return false;
	memcpy(m->space, decoded, len);
	m->space_len = len;
	return true;
}

static bool read_type(struct cache_member *m, const struct json_token *t)
{
	return t->kind == JSON_STRING && text_is(t, "exact_match");
}

/* LiteLLM reads both spellings of the maximum age. */
static const struct {
	const char *name;
	bool (*read)(struct cache_member *m, const struct json_token *t);
} words[] = {
    {"ttl", read_ttl},
    {"s-maxage", read_max_age},
    {"s-max-age", read_max_age},
    {"no-cache", read_no_cache},
    {"no-store", read_no_store},
    {"use-cache", read_use_cache},
    {"namespace", read_namespace},
    {"type", read_type},
};

static bool read_word(struct cache_member *m, const struct json_token *key,
		      const struct json_token *value)
{
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (text_is(key, words[i].name))
			return value->kind == JSON_NULL || words[i].read(m, value);
	return false;
}

static void read_object(struct cache_member *m, struct json_scan *scan)
{
	struct json_token key, value;
	while (json_scan_next(scan, &key) && key.kind == JSON_KEY && json_scan_next(scan, &value)) {
		m->unclear |= !read_word(m, &key, &value);
		skip_value(scan, &value);
	}
}

static void read_member(struct cache_member *m, struct json_scan *scan)
{
	struct json_token value;
	if (!json_scan_next(scan, &value))
		return;
	if (value.kind == JSON_OBJECT_OPEN)
		read_object(m, scan);
	else
		m->unclear = value.kind != JSON_NULL && !read_use_cache(m, &value);
	if (value.kind == JSON_ARRAY_OPEN)
		skip_value(scan, &value);
}

/* ## Finding the bytes to cut out */

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* From the preceding comma; for the first member, to the following comma. */
static void find_cut(struct cache_member *m, struct slice body, const char *key, const char *end)
{
	const char *before = key - 1, *behind = end;
	while (is_blank(*before))
		before--;
	while (is_blank(*behind))
		behind++;
	const char *from = *before == ',' ? before : key;
	const char *to = *before != ',' && *behind == ',' ? behind + 1 : end;
	m->at = (size_t)(from - body.at);
	m->len = (size_t)(to - from);
}

void cache_member_read(struct slice body, struct cache_member *ret_member)
{
	struct json_scan scan = json_scan_start(body);
	struct json_token t;
	*ret_member = (struct cache_member){.ttl_ms = -1, .max_age_ms = -1};
	while (json_scan_next(&scan, &t)) {
		if (t.depth != 1 || t.kind != JSON_KEY || !text_is(&t, "cache"))
			continue;
		read_member(ret_member, &scan);
		find_cut(ret_member, body, t.text.at - 1, scan.at);
		return;
	}
}
