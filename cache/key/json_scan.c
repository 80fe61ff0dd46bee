/* Each call of json_scan_next reads one token. Between calls `expects` says what the grammar allows
 * next. The colon is read together with its key, so it needs no state. */
#include "cache/key/json_scan.h"

#include "cache/key/json_string.h"

#include <assert.h>

enum expects {
	EXPECTS_VALUE,
	EXPECTS_VALUE_OR_CLOSE, /* after [ */
	EXPECTS_KEY,
	EXPECTS_KEY_OR_CLOSE,	/* after { */
	EXPECTS_COMMA_OR_CLOSE, /* after a value in a container */
	EXPECTS_END,
};

static_assert(JSON_DEPTH <= 64, "struct json_scan.objects has a bit for each depth");

struct json_scan json_scan_start(struct slice text)
{
	const char *start = text.at ? text.at : "";
	return (struct json_scan){
	    .start = start, .at = start, .end = start + text.len, .expects = EXPECTS_VALUE};
}

static void skip_blank(struct json_scan *s)
{
	while (s->at < s->end &&
	       (*s->at == ' ' || *s->at == '\n' || *s->at == '\t' || *s->at == '\r'))
		s->at++;
}

static bool at_digit(const struct json_scan *s)
{
	return s->at < s->end && *s->at >= '0' && *s->at <= '9';
}

/* ## Numbers and words */

static bool scan_digits(struct json_scan *s)
{
	if (!at_digit(s))
		return json_fail_here(s);
	while (at_digit(s))
		s->at++;
	return true;
}

/* RFC 8259, section 6: [ minus ] int [ frac ] [ exp ] */
static bool scan_number(struct json_scan *s, struct json_token *t)
{
	const char *first = s->at;
	if (*s->at == '-')
		s->at++;
	if (s->at < s->end && *s->at == '0')
		s->at++;
	else if (!scan_digits(s))
		return false;
	if (s->at < s->end && *s->at == '.') {
		s->at++;
		if (!scan_digits(s))
			return false;
	}
	if (s->at < s->end && (*s->at == 'e' || *s->at == 'E')) {
		s->at++;
		if (s->at < s->end && (*s->at == '+' || *s->at == '-'))
			s->at++;
		if (!scan_digits(s))
			return false;
	}
	t->text = slice_make(first, (size_t)(s->at - first));
	return true;
}

static bool scan_word(struct json_scan *s, struct json_token *t, const char *word)
{
	const char *first = s->at;
	for (; *word; word++, s->at++)
		if (s->at == s->end || *s->at != *word)
			return json_fail_here(s);
	t->text = slice_make(first, (size_t)(s->at - first));
	return true;
}

/* ## The grammar */

static bool in_object(const struct json_scan *s)
{
	return s->depth > 0 && (s->objects >> (s->depth - 1) & 1);
}

static void value_ends(struct json_scan *s)
{
	s->expects = s->depth ? EXPECTS_COMMA_OR_CLOSE : EXPECTS_END;
}

static bool scan_open(struct json_scan *s, struct json_token *t, bool object)
{
	if (s->depth == JSON_DEPTH)
		return json_fail(s, JSON_TOO_DEEP);
	uint64_t bit = UINT64_C(1) << s->depth++;
	s->objects = object ? s->objects | bit : s->objects & ~bit;
	s->expects = object ? EXPECTS_KEY_OR_CLOSE : EXPECTS_VALUE_OR_CLOSE;
	t->text = slice_make(s->at++, 1);
	return true;
}

static bool scan_close(struct json_scan *s, struct json_token *t)
{
	t->kind = in_object(s) ? JSON_OBJECT_CLOSE : JSON_ARRAY_CLOSE;
	t->depth = --s->depth;
	t->text = slice_make(s->at++, 1);
	value_ends(s);
	return true;
}

static bool scan_key(struct json_scan *s, struct json_token *t)
{
	if (s->at == s->end || *s->at != '"')
		return json_fail_here(s);
	t->kind = JSON_KEY;
	if (!json_scan_string(s, t))
		return false;
	skip_blank(s);
	if (s->at == s->end || *s->at != ':')
		return json_fail_here(s);
	s->at++;
	s->expects = EXPECTS_VALUE;
	return true;
}

static bool scan_value(struct json_scan *s, struct json_token *t)
{
	if (s->at == s->end)
		return json_fail(s, JSON_CUT);
	if (s->nodes++ == JSON_NODES)
		return json_fail(s, JSON_TOO_MANY);
	value_ends(s); /* scan_open overrides this for containers */
	switch (*s->at) {
	case '{':
		t->kind = JSON_OBJECT_OPEN;
		return scan_open(s, t, true);
	case '[':
		t->kind = JSON_ARRAY_OPEN;
		return scan_open(s, t, false);
	case '"':
		t->kind = JSON_STRING;
		return json_scan_string(s, t);
	case 't':
		t->kind = JSON_TRUE;
		return scan_word(s, t, "true");
	case 'f':
		t->kind = JSON_FALSE;
		return scan_word(s, t, "false");
	case 'n':
		t->kind = JSON_NULL;
		return scan_word(s, t, "null");
	default:
		t->kind = JSON_NUMBER;
		return scan_number(s, t);
	}
}

static bool at_close(const struct json_scan *s)
{
	return s->at < s->end && *s->at == (in_object(s) ? '}' : ']');
}

bool json_scan_next(struct json_scan *s, struct json_token *t)
{
	if (s->fault)
		return false;
	*t = (struct json_token){.depth = s->depth};
	skip_blank(s);
	if (s->expects == EXPECTS_END)
		return s->at < s->end ? json_fail(s, JSON_TRAILING) : false;
	bool may_close = s->expects == EXPECTS_COMMA_OR_CLOSE ||
			 s->expects == EXPECTS_KEY_OR_CLOSE || s->expects == EXPECTS_VALUE_OR_CLOSE;
	if (may_close && at_close(s))
		return scan_close(s, t);
	if (s->expects == EXPECTS_COMMA_OR_CLOSE) {
		if (s->at == s->end || *s->at != ',')
			return json_fail_here(s);
		s->at++;
		s->expects = in_object(s) ? EXPECTS_KEY : EXPECTS_VALUE;
		skip_blank(s);
	}
	if (s->expects == EXPECTS_KEY || s->expects == EXPECTS_KEY_OR_CLOSE)
		return scan_key(s, t);
	return scan_value(s, t);
}

bool json_valid(struct slice text)
{
	struct json_scan scan = json_scan_start(text);
	struct json_token token;
	while (json_scan_next(&scan, &token))
		;
	return scan.fault == JSON_FINE;
}
