#include "proxy/guard.h"

/* Fields that decide about framing, routing or whose request it is. MHD 0.9.75 builds header names
 * out of folded lines, so a forged second one is possible; one of each is all that is legitimate.
 */
static const struct slice single[] = {
    SLICE("Authorization"),
    SLICE("Content-Length"),
    SLICE("Content-Type"),
    SLICE("Host"),
    SLICE("Cookie"),
    SLICE("X-Api-Key"),
    SLICE("Api-Key"),
    SLICE("OpenAI-Organization"),
    SLICE("OpenAI-Project"),
    SLICE("Expect"),
    SLICE("Transfer-Encoding"),
};

static bool is_token(struct slice s)
{
	static const char others[] = "!#$%&'*+-.^_`|~"; /* RFC 9110 §5.6.2, tchar */
	for (size_t i = 0; i < s.len; i++) {
		char c = s.at[i];
		bool alnum = (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z');
		if (!alnum && !(c && memchr(others, c, sizeof others - 1)))
			return false;
	}
	return s.len > 0;
}

/* RFC 9110 §5.5: no control bytes but the tab. */
static bool is_value(struct slice s)
{
	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.at[i];
		if ((c < 0x20 && c != '\t') || c == 0x7f)
			return false;
	}
	return true;
}

static bool is_target(struct slice s)
{
	for (size_t i = 0; i < s.len; i++)
		if ((unsigned char)s.at[i] <= 0x20 || (unsigned char)s.at[i] == 0x7f)
			return false;
	return s.len > 0 && (s.at[0] == '/' || slice_is(s, "*"));
}

static bool is_number(struct slice s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.at[i] < '0' || s.at[i] > '9')
			return false;
	return s.len > 0 && s.len <= 18;
}

static const char *framing_refusal(const struct guarded *r)
{
	bool coded = fields_count(r->fields, slice_of("Transfer-Encoding")) > 0;
	bool sized = fields_count(r->fields, slice_of("Content-Length")) > 0;
	if (coded && sized)
		return "Both Content-Length and Transfer-Encoding are given.";
	if (coded &&
	    !slice_is_nocase(fields_first(r->fields, slice_of("Transfer-Encoding")), "chunked"))
		return "Transfer-Encoding is not exactly \"chunked\".";
	if (coded && !slice_is(r->version, "HTTP/1.1"))
		return "Transfer-Encoding needs HTTP/1.1.";
	if (sized && !is_number(fields_first(r->fields, slice_of("Content-Length"))))
		return "Content-Length is not one number.";
	return NULL;
}

static const char *field_refusal(const struct field *f)
{
	if (!is_token(f->name))
		return "A header field's name is not a token.";
	if (!is_value(f->value))
		return "A header field's value has control bytes in it.";
	return NULL;
}

const char *guard_refusal(const struct guarded *r)
{
	if (!slice_is(r->version, "HTTP/1.1") && !slice_is(r->version, "HTTP/1.0"))
		return "The version is neither HTTP/1.1 nor HTTP/1.0.";
	if (!is_token(r->method))
		return "The method is not a token.";
	if (!is_target(r->target))
		return "The request target is not a path.";
	for (size_t i = 0; i < r->fields->count; i++) {
		const char *refusal = field_refusal(&r->fields->at[i]);
		if (refusal)
			return refusal;
	}
	for (size_t i = 0; i < sizeof single / sizeof *single; i++)
		if (fields_count(r->fields, single[i]) > 1)
			return "A header field that may stand once stands there twice.";
	if (slice_is(r->version, "HTTP/1.1") && fields_first(r->fields, slice_of("Host")).len == 0)
		return "The Host field is missing or empty.";
	return framing_refusal(r);
}
