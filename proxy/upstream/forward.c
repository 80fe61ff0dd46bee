#include "proxy/upstream/forward.h"

/* Whether a value is "KEY", "Bearer KEY" or "name=KEY": some clients send their key in a second
 * field, too. */
static bool contains_key(struct slice value, struct slice key)
{
	if (key.len == 0 || value.len < key.len)
		return false;
	size_t before = value.len - key.len;
	bool apart = before == 0 || value.at[before - 1] == ' ' || value.at[before - 1] == '=';
	return apart && slice_equal(slice_after(value, before), key);
}

static bool is_dropped(const struct forward_options *options, const struct field *f,
		       struct header_mark mark)
{
	if (mark.bits & (HEADER_STAYS | HEADER_HOP))
		return true;
	if ((mark.bits & HEADER_DIGEST && options->edited) ||
	    (mark.bits & HEADER_API_KEY && options->own_credential) ||
	    (mark.bits & HEADER_WHO && contains_key(f->value, options->key)))
		return true;
	return options->plain_coding && slice_is_nocase(f->name, "Accept-Encoding");
}

static bool append_line(struct buf *lines, struct slice name, struct slice value)
{
	if (value.len == 0)
		return buf_append_slice(lines, name) && buf_append(lines, ";", 2);
	return buf_append_slice(lines, name) && buf_append_text(lines, ": ") &&
	       buf_append_slice(lines, value) && buf_append_byte(lines, 0);
}

/* Index of the first field of this name that is not hop-by-hop and has at least so many bytes; -1:
 * none. */
static int find(const struct fields *fields, const struct header_marks *marks, const char *name,
		size_t least)
{
	for (size_t i = 0; i < fields->count; i++)
		if (slice_is_nocase(fields->at[i].name, name) && fields->at[i].value.len >= least &&
		    !(marks->at[i].bits & HEADER_HOP))
			return (int)i;
	return -1;
}

/* Appends the client's values of this field, then ours, as one list. */
static bool append_listed(struct buf *lines, const struct fields *fields,
			  const struct header_marks *marks, struct slice name, struct slice ours)
{
	if (!buf_append_slice(lines, name) || !buf_append_text(lines, ": "))
		return false;
	for (size_t i = 0; i < fields->count; i++)
		if (slice_equal_nocase(fields->at[i].name, name) && fields->at[i].value.len &&
		    !(marks->at[i].bits & HEADER_HOP) &&
		    !(buf_append_slice(lines, fields->at[i].value) && buf_append_text(lines, ", ")))
			return false;
	return buf_append_slice(lines, ours) && buf_append_byte(lines, 0);
}

static bool append_forwarded(const struct forward_options *options, const struct fields *fields,
			     const struct header_marks *marks, struct buf *lines)
{
	struct slice via = slice_is(options->version, "HTTP/1.0") ? slice_of("1.0 reprise")
								  : slice_of("1.1 reprise");
	int proto = find(fields, marks, "X-Forwarded-Proto", 1);
	int host = header_marks_host(fields, marks);
	return append_listed(lines, fields, marks, slice_of("Via"), via) &&
	       append_listed(lines, fields, marks, slice_of("X-Forwarded-For"),
			     slice_of(options->peer ? options->peer : "unknown")) &&
	       append_line(lines, slice_of("X-Forwarded-Proto"),
			   proto >= 0 ? fields->at[proto].value
				      : slice_of(options->encrypted ? "https" : "http")) &&
	       (host < 0 ||
		append_line(lines, slice_of("X-Forwarded-Host"), fields->at[host].value));
}

/* Keeps libcurl from adding fields that the client did not send. */
static bool append_suppressions(struct buf *lines, const struct fields *fields,
				const struct header_marks *marks)
{
	static const char *const added_by_curl[] = {"Accept", "Content-Type", "User-Agent"};
	for (size_t i = 0; i < sizeof added_by_curl / sizeof *added_by_curl; i++)
		if (find(fields, marks, added_by_curl[i], 0) < 0 &&
		    !(buf_append_text(lines, added_by_curl[i]) && buf_append_byte(lines, ':') &&
		      buf_append_byte(lines, 0)))
			return false;
	return buf_append(lines, "Expect:", sizeof "Expect:");
}

static bool append_credential(struct buf *lines, const char *api_key)
{
	return !api_key || (buf_printf(lines, "Authorization: Bearer %s", api_key) &&
			    buf_append_byte(lines, 0));
}

/* Access-Control-Request-Headers of a preflight, without the fields that are only for us: a server
 * may refuse the preflight because of one field that it does not know. */
static bool append_request_headers(const struct forward_options *options,
				   const struct fields *fields, struct buf *lines)
{
	scoped(buf_finish) struct buf list = buf_make(SIZE_MAX / 2);
	if (!cors_fields_append_asked(fields, options->preflight, false, &list))
		return false;
	return list.len == 0 ||
	       append_line(lines, slice_of("Access-Control-Request-Headers"), buf_slice(&list));
}

bool forward_lines(const struct forward_options *options, const struct fields *fields,
		   const struct header_marks *marks, struct buf *lines)
{
	for (size_t i = 0; i < fields->count; i++) {
		const struct field *f = &fields->at[i];
		if (options->preflight &&
		    slice_is_nocase(f->name, "Access-Control-Request-Headers"))
			continue;
		if (!is_dropped(options, f, marks->at[i]) && !append_line(lines, f->name, f->value))
			return false;
	}
	if (options->preflight && !append_request_headers(options, fields, lines))
		return false;
	return (!options->forwarded || append_forwarded(options, fields, marks, lines)) &&
	       (!options->plain_coding ||
		append_line(lines, slice_of("Accept-Encoding"), slice_of("identity"))) &&
	       append_credential(lines, options->api_key) &&
	       append_suppressions(lines, fields, marks);
}
