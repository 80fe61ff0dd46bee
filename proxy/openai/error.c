#include "proxy/openai/error.h"

#include <stdint.h>

static unsigned char byte_at(struct slice s, size_t i)
{
	return i < s.len ? (unsigned char)s.at[i] : 0;
}

static bool is_between(unsigned char c, unsigned char low, unsigned char high)
{
	return c >= low && c <= high;
}

/* The length of the UTF-8 sequence that s starts with (RFC 3629 §4, table of byte ranges); 0 when
 * it is none. */
static size_t sequence_length(struct slice s)
{
	unsigned char first = byte_at(s, 0);
	unsigned char second = byte_at(s, 1);
	if (first < 0x80)
		return 1;
	if (is_between(first, 0xc2, 0xdf))
		return is_between(second, 0x80, 0xbf) ? 2 : 0;
	unsigned char low = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
	unsigned char high = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
	if (!is_between(first, 0xe0, 0xf4) || !is_between(second, low, high) ||
	    !is_between(byte_at(s, 2), 0x80, 0xbf))
		return 0;
	if (first < 0xf0)
		return 3;
	return is_between(byte_at(s, 3), 0x80, 0xbf) ? 4 : 0;
}

static bool append_character(struct buf *out, struct slice character)
{
	unsigned char c = byte_at(character, 0);
	if (character.len == 1 && (c == '"' || c == '\\'))
		return buf_append_byte(out, '\\') && buf_append_byte(out, (char)c);
	if (character.len == 1 && (c < 0x20 || c == 0x7f))
		return buf_printf(out, "\\u%04x", c);
	return buf_append_slice(out, character);
}

/* A JSON string of any bytes; those that are not UTF-8 become U+FFFD. */
static bool append_string(struct buf *out, const char *text)
{
	struct slice rest = slice_of(text);
	bool fits = buf_append_byte(out, '"');
	while (fits && rest.len) {
		size_t len = sequence_length(rest);
		fits = len ? append_character(out, (struct slice){rest.at, len})
			   : buf_append_text(out, "\xef\xbf\xbd");
		rest = slice_after(rest, len ? len : 1);
	}
	return fits && buf_append_byte(out, '"');
}

/* Anthropic's documentation, "Errors". It has no types for 502 and the like: api_error. */
static const char *anthropic_type(unsigned status)
{
	static const struct {
		unsigned status;
		const char *type;
	} types[] = {
	    {401, "authentication_error"}, {402, "billing_error"},     {403, "permission_error"},
	    {404, "not_found_error"},	   {413, "request_too_large"}, {429, "rate_limit_error"},
	    {503, "overloaded_error"},	   {504, "timeout_error"},     {529, "overloaded_error"},
	};
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (types[i].status == status)
			return types[i].type;
	return status < 500 ? "invalid_request_error" : "api_error";
}

static bool append_openai(struct buf *out, const char *type, const char *code, const char *message)
{
	return buf_append_text(out, "{\"error\":{\"message\":") && append_string(out, message) &&
	       buf_append_text(out, ",\"type\":") && append_string(out, type) &&
	       buf_append_text(out, ",\"param\":null,\"code\":") && append_string(out, code) &&
	       buf_append_text(out, "}}");
}

static bool append_anthropic(struct buf *out, unsigned status, const char *message)
{
	return buf_append_text(out, "{\"type\":\"error\",\"error\":{\"type\":") &&
	       append_string(out, anthropic_type(status)) &&
	       buf_append_text(out, ",\"message\":") && append_string(out, message) &&
	       buf_append_text(out, "}}");
}

bool error_body(enum error_shape shape, unsigned status, const char *type, const char *code,
		const char *message, struct buf *out)
{
	size_t before = out->len;
	bool fits = shape == ERROR_ANTHROPIC ? append_anthropic(out, status, message)
					     : append_openai(out, type, code, message);
	if (!fits)
		out->len = before;
	return fits;
}
