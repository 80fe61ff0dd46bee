#include "proxy/openai/error.h"

#include "base/utf8.h"

static bool append_character(struct buf *out, struct slice character)
{
	unsigned char c = (unsigned char)character.at[0];
	if (character.len == 1 && (c == '"' || c == '\\'))
		return buf_append_byte(out, '\\') && buf_append_byte(out, (char)c);
	if (character.len == 1 && (c < 0x20 || c == 0x7f))
		return buf_printf(out, "\\u%04x", c);
	return buf_append_slice(out, character);
}

/* Appends any bytes as a JSON string; invalid UTF-8 becomes U+FFFD. */
static bool append_string(struct buf *out, const char *text)
{
	struct slice rest = slice_of(text);
	bool fits = buf_append_byte(out, '"');
	while (fits && rest.len) {
		size_t len = utf8_length(rest);
		fits = len ? append_character(out, (struct slice){rest.at, len})
			   : buf_append_text(out, "\xef\xbf\xbd");
		rest = slice_after(rest, len ? len : 1);
	}
	return fits && buf_append_byte(out, '"');
}

/* Anthropic's documentation, "Errors". It has no types for 502 and the like; those are
 * api_error. */
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
