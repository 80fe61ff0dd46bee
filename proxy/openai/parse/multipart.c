#include "proxy/openai/parse/multipart.h"

#include "cache/key/canonical_writer.h"

#include <ctype.h>

/* RFC 2046 §5.1.1 */
enum { BOUNDARY_MOST = 70 };

struct reading {
	const struct multipart_rules *rules;
	struct buf *out;
	struct slice rest; /* unread part of the body */
	char delimiter[2 + BOUNDARY_MOST + 1];
	size_t delimiter_len; /* length of "--" and the boundary */
	bool full;
};

static void put(struct reading *r, char tag, struct slice bytes)
{
	r->full = r->full || !canonical_writer_put(r->out, tag, bytes);
}

static void put_tag(struct reading *r, char tag)
{
	r->full = r->full || !buf_append_byte(r->out, tag);
}

/* Appends a name in lower case: names of headers and parameters are case-insensitive (RFC 9110
 * §5.1, RFC 2045 §5.1). */
static void put_name(struct reading *r, char tag, struct slice name)
{
	put(r, tag, name);
	if (r->full)
		return;
	char *at = r->out->at + r->out->len - name.len;
	for (size_t i = 0; i < name.len; i++)
		at[i] = (char)tolower((unsigned char)at[i]);
}

/* ## Parameters: ; name=value ; name="value" */

/* RFC 9110 §5.6.2 */
static bool is_token(char c)
{
	return c && (isalnum((unsigned char)c) || strchr("!#$%&'*+-.^_`|~", c));
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static struct slice cut_token(struct slice *rest)
{
	struct slice token = {rest->at, 0};
	while (token.len < rest->len && is_token(rest->at[token.len]))
		token.len++;
	*rest = slice_after(*rest, token.len);
	return token;
}

static void skip_blanks(struct slice *rest)
{
	while (rest->len && is_blank(*rest->at))
		*rest = slice_after(*rest, 1);
}

/* Reads up to the closing quote; the opening quote is already consumed. A quote after a backslash
 * ends the string for some parsers and not for others, so it is rejected. */
static bool cut_quoted(struct slice *rest, struct slice *ret_value)
{
	const char *end = rest->len ? memchr(rest->at, '"', rest->len) : NULL;
	if (!end || (end > rest->at && end[-1] == '\\'))
		return false;
	*ret_value = slice_make(rest->at, (size_t)(end - rest->at));
	*rest = slice_after(*rest, ret_value->len + 1);
	return true;
}

/* Reads a value without quotes, up to a blank or a semicolon. Clients send boundaries unquoted even
 * if they are not tokens. */
static bool cut_bare(struct slice *rest, struct slice *ret_value)
{
	size_t len = 0;
	while (len < rest->len && !is_blank(rest->at[len]) && rest->at[len] != ';' &&
	       rest->at[len] != '"')
		len++;
	*ret_value = slice_make(rest->at, len);
	*rest = slice_after(*rest, len);
	return len > 0;
}

static bool next_parameter(struct slice *rest, struct slice *ret_name, struct slice *ret_value)
{
	skip_blanks(rest);
	if (rest->len == 0 || *rest->at != ';')
		return false;
	*rest = slice_after(*rest, 1);
	skip_blanks(rest);
	*ret_name = cut_token(rest);
	if (ret_name->len == 0 || rest->len == 0 || *rest->at != '=')
		return false;
	*rest = slice_after(*rest, 1);
	if (rest->len == 0 || *rest->at != '"')
		return cut_bare(rest, ret_value);
	*rest = slice_after(*rest, 1);
	return cut_quoted(rest, ret_value);
}

/* ## Content-Type */

static bool is_boundary(struct slice text)
{
	if (text.len == 0 || text.len > BOUNDARY_MOST || text.at[text.len - 1] == ' ')
		return false;
	for (size_t i = 0; i < text.len; i++)
		if (!isalnum((unsigned char)text.at[i]) && !strchr("'()+_,-./:=? ", text.at[i]))
			return false;
	return memchr(text.at, 0, text.len) == NULL;
}

static void take_boundary(struct reading *r, struct slice boundary)
{
	memcpy(r->delimiter, "--", 2);
	memcpy(r->delimiter + 2, boundary.at, boundary.len);
	r->delimiter_len = 2 + boundary.len;
}

/* Reads the Content-Type. All parameters but the boundary go to the canonical form. */
static bool read_type(struct reading *r, struct slice type)
{
	struct slice rest = slice_trim(type);
	struct slice media = cut_token(&rest);
	if (!slice_is_nocase(media, "multipart") || rest.len == 0 || *rest.at != '/')
		return false;
	rest = slice_after(rest, 1);
	media = cut_token(&rest);
	if (!slice_is_nocase(media, "form-data"))
		return false;
	struct slice name, value;
	while (rest.len) {
		if (!next_parameter(&rest, &name, &value))
			return false;
		if (!slice_is_nocase(name, "boundary")) {
			put_name(r, 't', name);
			put(r, 'v', value);
		} else if (r->delimiter_len || !is_boundary(value)) {
			return false;
		} else {
			take_boundary(r, value);
		}
	}
	return r->delimiter_len > 0;
}

/* ## A part */

/* form-data; name="file"; filename="a.wav". RFC 7578 §4.2 defines these two parameters; .NET adds
 * filename*. */
static bool read_disposition(struct slice value, struct multipart_part *part)
{
	struct slice rest = value;
	bool named = false;
	if (!slice_is_nocase(cut_token(&rest), "form-data"))
		return false;
	struct slice name, text;
	while (rest.len) {
		if (!next_parameter(&rest, &name, &text))
			return false;
		bool file = slice_is_nocase(name, "filename");
		bool encoded = slice_is_nocase(name, "filename*");
		if (slice_is_nocase(name, "name") && !named) {
			named = true;
			part->name = text;
		} else if ((!file && !encoded) || (file && part->file)) {
			return false;
		}
		part->file = part->file || file || encoded;
	}
	return named && part->name.len && !memchr(part->name.at, '\\', part->name.len);
}

/* Whether a value has no control bytes but tabs, and thus no bare CR or LF, which some parsers take
 * as a line end. */
static bool is_value(struct slice text)
{
	for (size_t i = 0; i < text.len; i++)
		if ((unsigned char)text.at[i] < ' ' && text.at[i] != '\t')
			return false;
	return true;
}

/* Reads a line up to CRLF. */
static bool next_line(struct reading *r, struct slice *ret_line)
{
	const char *end = memmem(r->rest.at, r->rest.len, "\r\n", 2);
	if (!end)
		return false;
	*ret_line = slice_make(r->rest.at, (size_t)(end - r->rest.at));
	r->rest = slice_after(r->rest, ret_line->len + 2);
	return true;
}

static bool read_header(struct reading *r, struct slice line, struct multipart_part *part)
{
	struct slice value = line;
	struct slice name = cut_token(&value);
	if (name.len == 0 || value.len == 0 || *value.at != ':')
		return false;
	value = slice_trim(slice_after(value, 1));
	if (!is_value(value))
		return false;
	put_name(r, 'h', name);
	put(r, 'v', value);
	if (!slice_is_nocase(name, "Content-Disposition"))
		return true;
	return !part->name.len && read_disposition(value, part);
}

static bool read_headers(struct reading *r, struct multipart_part *part)
{
	struct slice line;
	while (next_line(r, &line)) {
		if (line.len == 0)
			return part->name.len > 0;
		if (!read_header(r, line, part))
			return false;
	}
	return false;
}

/* Reads up to the next delimiter, which is preceded by a line end of its own. */
static bool read_content(struct reading *r, struct multipart_part *part)
{
	const char *at = memmem(r->rest.at, r->rest.len, r->delimiter, r->delimiter_len);
	if (!at || at - r->rest.at < 2 || memcmp(at - 2, "\r\n", 2) != 0)
		return false;
	part->content = slice_make(r->rest.at, (size_t)(at - 2 - r->rest.at));
	r->rest = slice_after(r->rest, part->content.len + 2 + r->delimiter_len);
	return true;
}

/* Whether the delimiter occurs between `start` and the current position. */
static bool has_delimiter(const struct reading *r, const char *start)
{
	return memmem(start, (size_t)(r->rest.at - start), r->delimiter, r->delimiter_len);
}

/* Reads a part; the line end after the delimiter before it is already consumed. */
static bool read_part(struct reading *r)
{
	struct multipart_part part = {.name = slice_of("")};
	size_t before = r->out->len;
	const char *start = r->rest.at;
	put_tag(r, 'P');
	if (!read_headers(r, &part) || has_delimiter(r, start) || !read_content(r, &part))
		return false;
	if (r->rules->on_part(r->rules->context, &part))
		put(r, 'b', part.content);
	else
		r->out->len = before;
	return true;
}

/* ## The whole body */

static bool is_end(struct slice rest)
{
	return slice_is(rest, "--") || slice_is(rest, "--\r\n");
}

static bool read_body(struct reading *r)
{
	static const struct slice line_end = SLICE("\r\n");
	struct slice delimiter = {r->delimiter, r->delimiter_len};
	if (!slice_starts(r->rest, delimiter))
		return false;
	r->rest = slice_after(r->rest, delimiter.len);
	while (!is_end(r->rest)) {
		if (!slice_starts(r->rest, line_end))
			return false;
		r->rest = slice_after(r->rest, line_end.len);
		if (!read_part(r) || r->full)
			return false;
	}
	return true;
}

enum multipart_result multipart_form(struct slice content_type, struct slice body,
				     const struct multipart_rules *rules, struct buf *out)
{
	struct reading r = {.rules = rules, .out = out, .rest = body};
	size_t before = out->len;
	put_tag(&r, 'M');
	bool fine = read_type(&r, content_type) && read_body(&r);
	put_tag(&r, 'E');
	if (fine && !r.full)
		return MULTIPART_FINE;
	out->len = before;
	return r.full ? MULTIPART_NO_MEMORY : MULTIPART_INVALID;
}
