#include "proxy/http/framing.h"

#include "base/ensure.h"
#include "proxy/header/header_fields.h"
#include "proxy/header/syntax.h"

/* What a field costs besides its bytes: the size of libmicrohttpd's record, 0.9.75's and
 * 1.0.1's. */
enum { RECORD = 64 };

/* Limits of a chunk size line with its extensions, and of a trailer section. */
enum { CHUNK_LINE_MAX = 256, TRAILER_MAX = 1024, TRAILER_FIELDS_MAX = 16 };

/* Digits at most, so that lengths stay below 2^63, with room for sums. */
enum { LENGTH_DIGITS = 18, CHUNK_DIGITS = 15 };

struct framing framing_make(size_t head_limit)
{
	return (struct framing){.head_limit = head_limit};
}

/* ## Verdicts. The reader of each element returns how many bytes it approves. */

static size_t refuse(struct framing *f, enum failure failure, const char *why)
{
	f->refused_at = f->place;
	f->place = FRAMING_REFUSED;
	f->failure = failure;
	f->why = why;
	if (f->refused_at != FRAMING_HEAD)
		return 0;
	f->requests++;
	return f->line;
}

static size_t malformed(struct framing *f, const char *why)
{
	return refuse(f, FAILURE_FRAMING, why);
}

static size_t move(struct framing *f, enum framing_place place, size_t approved)
{
	f->place = place;
	f->seen = 0;
	f->fields = 0;
	return approved;
}

static size_t begin_request(struct framing *f, size_t approved)
{
	f->line = f->cost = 0;
	f->hosts = 0;
	f->sized = f->chunked = f->skipped = false;
	return move(f, FRAMING_HEAD, approved);
}

struct slice framing_ending(const struct framing *f)
{
	static const struct slice ends[] = {
	    [FRAMING_CHUNK_SIZE] = SLICE("0\r\n\r\n"),
	    [FRAMING_CHUNK_END] = SLICE("\r\n0\r\n\r\n"),
	    [FRAMING_TRAILER] = SLICE("\r\n"),
	};
	ensure(f->place == FRAMING_REFUSED);
	if (f->refused_at != FRAMING_HEAD)
		return ends[f->refused_at];
	return slice_of(f->line ? "Host: -\r\n\r\n" : "- - HTTP/1.1\r\nHost: -\r\n\r\n");
}

/* ## Lines */

static size_t count(struct slice s, char mark)
{
	size_t n = 0;
	for (const char *at; s.len && (at = memchr(s.at, mark, s.len)); n++)
		s = slice_after(s, (size_t)(at - s.at) + 1);
	return n;
}

enum line { LINE_LATER, LINE_FINE, LINE_MALFORMED };

/* Reads the next line of the current element, without its end. */
static enum line next_line(struct framing *f, struct slice input, struct slice *ret_line)
{
	struct slice rest = slice_after(input, f->seen);
	const char *end = rest.len ? memchr(rest.at, '\n', rest.len) : NULL;
	if (!end)
		return LINE_LATER;
	size_t len = (size_t)(end - rest.at);
	f->seen += len + 1;
	if (len == 0 || end[-1] != '\r')
		return LINE_MALFORMED;
	*ret_line = slice_make(rest.at, len - 1);
	return syntax_has_control(*ret_line) ? LINE_MALFORMED : LINE_FINE;
}

#define MALFORMED_LINE "A line has control bytes in it or does not end in CRLF."

/* ## The head */

/* A path; an absolute URL (RFC 9112 §3.2.2); or "*", with which OPTIONS asks about the server. A
 * fragment is not allowed: some parsers would cut it off, some would not. */
static bool is_target(struct slice s, struct slice method)
{
	struct slice authority, rest;
	if (slice_is(s, "*"))
		return slice_is(method, "OPTIONS");
	if (s.len == 0 || memchr(s.at, '\t', s.len) || memchr(s.at, '#', s.len))
		return false;
	return s.at[0] == '/' || syntax_cut_absolute(s, &authority, &rest);
}

static const char *read_request_line(struct framing *f, struct slice line)
{
	struct slice version = line;
	struct slice method = slice_cut(&version, ' ');
	struct slice target = slice_cut(&version, ' ');
	if (!syntax_is_token(method))
		return "The method is not a token.";
	/* After a 2xx to CONNECT, some parsers would take everything that follows as the
	 * tunnel's. */
	if (slice_is(method, "CONNECT"))
		return "CONNECT is not supported.";
	if (!is_target(target, method))
		return "The request target is neither a path nor an http address.";
	f->version_1_1 = slice_is(version, "HTTP/1.1");
	if (!f->version_1_1 && !slice_is(version, "HTTP/1.0"))
		return "The version is neither HTTP/1.1 nor HTTP/1.0.";
	if (memchr(target.at, '?', target.len))
		f->cost += RECORD * (1 + count(target, '&'));
	/* Otherwise the head is too large already, and its line too costly for the parser
	 * behind. */
	if (f->cost + f->seen <= f->head_limit)
		f->line = f->seen;
	return NULL;
}

static const char *read_length(struct framing *f, struct slice value)
{
	if (f->sized)
		return "Content-Length is given twice.";
	f->sized = true;
	if (value.len == 0 || value.len > LENGTH_DIGITS)
		return "Content-Length is not one number.";
	f->left = 0;
	for (size_t i = 0; i < value.len; i++) {
		unsigned digit = (unsigned)value.at[i] - '0';
		if (digit > 9)
			return "Content-Length is not one number.";
		f->left = f->left * 10 + digit;
	}
	return NULL;
}

/* The value is empty where the target has no authority (RFC 9112 §3.2). */
static const char *read_host(struct framing *f, struct slice value)
{
	if (f->hosts++)
		return "The Host field is given twice.";
	value = slice_trim(value);
	return value.len == 0 || syntax_is_host(value)
		   ? NULL
		   : "The Host field is not a host with an optional port.";
}

/* Compared untrimmed: with blanks behind it, libmicrohttpd takes it for another value. */
static const char *read_coding(struct framing *f, struct slice value)
{
	bool fine = !f->chunked && slice_is_nocase(value, "chunked");
	f->chunked = true;
	return fine ? NULL : "Transfer-Encoding is not exactly \"chunked\".";
}

/* Servers that make variables of field names treat "_" as "-" (CGI, RFC 3875 §4.1.18; WSGI): they
 * would see a second length or coding. */
static bool is_disguised(struct slice name)
{
	return slice_is_nocase(name, "Content_Length") ||
	       slice_is_nocase(name, "Transfer_Encoding");
}

static const char *read_field(struct framing *f, struct slice line)
{
	struct slice name, value;
	const char *why = syntax_cut_field(line, &name, &value);
	if (why)
		return why;
	f->cost += RECORD;
	if (slice_is_nocase(name, "Host"))
		return read_host(f, value);
	if (slice_is_nocase(name, "Content-Length"))
		return read_length(f, value);
	if (slice_is_nocase(name, "Transfer-Encoding"))
		return read_coding(f, value);
	if (is_disguised(name))
		return "Content-Length or Transfer-Encoding is spelled with an underscore.";
	/* libmicrohttpd parses a copy of it. */
	if (slice_is_nocase(name, "Cookie"))
		f->cost += value.len + RECORD * (1 + count(value, ';') + count(value, ','));
	return NULL;
}

/* Called at the empty line that ends the head. */
static size_t end_head(struct framing *f)
{
	if (f->version_1_1 && f->hosts == 0)
		return malformed(f, "The Host field is missing.");
	if (f->sized && f->chunked)
		return malformed(f, "Both Content-Length and Transfer-Encoding are given.");
	if (f->chunked && !f->version_1_1)
		return malformed(f, "Transfer-Encoding needs HTTP/1.1.");
	f->requests++;
	if (f->chunked)
		return move(f, FRAMING_CHUNK_SIZE, f->seen);
	if (f->sized && f->left)
		return move(f, FRAMING_SIZED, f->seen);
	return begin_request(f, f->seen);
}

/* Whether the input begins with an empty line in front of a request line, the first one. */
static bool is_empty_line(const struct framing *f, struct slice input)
{
	return f->seen == 0 && !f->skipped && input.at[0] == '\r';
}

static size_t skip_empty_line(struct framing *f, struct slice input)
{
	if (input.len == 1)
		return 0;
	if (input.at[1] != '\n')
		return malformed(f, MALFORMED_LINE);
	f->skipped = true;
	return 2;
}

static size_t read_head(struct framing *f, struct slice input)
{
	if (is_empty_line(f, input))
		return skip_empty_line(f, input);
	/* This cannot become a head; waiting for the rest would only take time. */
	if (!syntax_is_token(slice_make(input.at, 1)))
		return malformed(f, "The method is not a token.");
	for (;;) {
		struct slice line;
		enum line found = next_line(f, input, &line);
		if (f->cost + (found == LINE_LATER ? input.len : f->seen) > f->head_limit)
			return refuse(f, FAILURE_HEAD_TOO_LARGE, NULL);
		if (found == LINE_LATER)
			return 0;
		if (found == LINE_MALFORMED)
			return malformed(f, MALFORMED_LINE);
		if (f->line && line.len == 0)
			return end_head(f);
		if (f->line && ++f->fields == FIELDS_MAX)
			return refuse(f, FAILURE_TOO_MANY_FIELDS, NULL);
		const char *why = f->line ? read_field(f, line) : read_request_line(f, line);
		if (why)
			return malformed(f, why);
	}
}

/* ## The body */

static size_t pass(struct framing *f, struct slice input)
{
	size_t n = input.len < f->left ? input.len : (size_t)f->left;
	f->left -= n;
	return n;
}

static size_t read_sized(struct framing *f, struct slice input)
{
	size_t n = pass(f, input);
	return f->left ? n : begin_request(f, n);
}

static size_t read_chunk(struct framing *f, struct slice input)
{
	size_t n = pass(f, input);
	return f->left ? n : move(f, FRAMING_CHUNK_END, n);
}

static size_t read_chunk_end(struct framing *f, struct slice input)
{
	if (memcmp(input.at, "\r\n", input.len < 2 ? input.len : 2) != 0)
		return malformed(f, "A chunk does not end where its size says.");
	return input.len < 2 ? 0 : move(f, FRAMING_CHUNK_SIZE, 2);
}

static bool read_size(struct framing *f, struct slice line)
{
	size_t digits = 0;
	f->left = 0;
	for (int d; digits < line.len && (d = syntax_hex_digit(line.at[digits])) >= 0; digits++)
		f->left = f->left << 4 | (unsigned)d;
	if (digits == 0 || digits > CHUNK_DIGITS || (digits < line.len && line.at[digits] != ';'))
		return false;
	f->extension = line.len - digits;
	return true;
}

static size_t read_chunk_size(struct framing *f, struct slice input)
{
	struct slice line;
	enum line found = next_line(f, input, &line);
	if (found == LINE_LATER && input.len < CHUNK_LINE_MAX)
		return 0;
	if (found != LINE_FINE || f->seen > CHUNK_LINE_MAX || !read_size(f, line))
		return malformed(f, "A chunk's size is not a plain hexadecimal number.");
	return move(f, f->left ? FRAMING_CHUNK : FRAMING_TRAILER, f->seen);
}

static size_t read_trailer(struct framing *f, struct slice input)
{
	for (;;) {
		struct slice line, name, value;
		enum line found = next_line(f, input, &line);
		if ((found == LINE_LATER ? input.len : f->seen) > TRAILER_MAX)
			return malformed(f, "The trailer section is too long.");
		if (found == LINE_LATER)
			return 0;
		if (found == LINE_MALFORMED)
			return malformed(f, MALFORMED_LINE);
		if (line.len == 0)
			return begin_request(f, f->seen);
		if (++f->fields > TRAILER_FIELDS_MAX)
			return malformed(f, "The trailer section is too long.");
		const char *why = syntax_cut_field(line, &name, &value);
		if (why)
			return malformed(f, why);
	}
}

/* ## All elements */

static size_t read_element(struct framing *f, struct slice input)
{
	switch (f->place) {
	case FRAMING_HEAD:
		return read_head(f, input);
	case FRAMING_SIZED:
		return read_sized(f, input);
	case FRAMING_CHUNK_SIZE:
		return read_chunk_size(f, input);
	case FRAMING_CHUNK:
		return read_chunk(f, input);
	case FRAMING_CHUNK_END:
		return read_chunk_end(f, input);
	case FRAMING_TRAILER:
		return read_trailer(f, input);
	case FRAMING_REFUSED:
		break;
	}
	return 0;
}

/* Moves an element of n bytes behind those kept before it, without the extension in front of a
 * chunk size line's end. Returns how many bytes are kept. */
static size_t keep(struct framing *f, char *to, const char *from, size_t n)
{
	size_t kept = n - f->extension;
	if (to != from)
		memmove(to, from, kept);
	if (f->extension)
		memcpy(to + kept - 2, "\r\n", 2);
	f->extension = 0;
	return kept;
}

size_t framing_read(struct framing *f, char *at, size_t *len)
{
	size_t seen = 0, approved = 0;
	while (seen < *len) {
		size_t n = read_element(f, slice_make(at + seen, *len - seen));
		if (n == 0)
			break;
		approved += keep(f, at + approved, at + seen, n);
		seen += n;
	}
	if (approved != seen)
		memmove(at + approved, at + seen, *len - seen);
	*len -= seen - approved;
	return approved;
}
