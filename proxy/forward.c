#include "proxy/forward.h"

#include "proxy/aliases.h"
#include "proxy/scope.h"

/* Written anew for the upstream, by us or by libcurl. */
static const struct slice replaced[] = {
    SLICE("Host"),
    SLICE("Content-Length"),
    SLICE("Expect"),
    SLICE("Via"),
    SLICE("X-Forwarded-For"),
    SLICE("X-Forwarded-Proto"),
    SLICE("X-Forwarded-Host"),
};

/* What the client computed of its own body (RFC 9530, and what came before it). */
static const struct slice digests[] = {
    SLICE("Content-Digest"),
    SLICE("Repr-Digest"),
    SLICE("Digest"),
    SLICE("Content-MD5"),
};

/* "KEY", "Bearer KEY", "name=KEY": clients that do not know where a key goes say it twice. */
static bool tells_key(const struct field *f, struct slice key)
{
	if (key.len == 0 || f->value.len < key.len || !scope_tells_who(f->name))
		return false;
	size_t before = f->value.len - key.len;
	bool apart =
	    before == 0 || f->value.at[before - 1] == ' ' || f->value.at[before - 1] == '=';
	return apart && slice_equal(slice_after(f->value, before), key);
}

static bool is_replaced(const struct forward_options *options, struct slice name)
{
	if (FIELD_IS_AMONG(name, replaced) || (options->edited && FIELD_IS_AMONG(name, digests)))
		return true;
	/* What was edited was decoded before. */
	if (options->edited && slice_is_nocase(name, "Content-Encoding"))
		return true;
	if (options->own_credential && field_is_api_key(name))
		return true;
	if (alias_is(name, options->compat))
		return true;
	return options->plain_coding && slice_is_nocase(name, "Accept-Encoding");
}

static bool append_line(struct buf *lines, struct slice name, struct slice value)
{
	if (value.len == 0)
		return buf_append_slice(lines, name) && buf_append(lines, ";", 2);
	return buf_append_slice(lines, name) && buf_append_text(lines, ": ") &&
	       buf_append_slice(lines, value) && buf_append_byte(lines, 0);
}

/* The client's list of this field, where it sent one, and ours behind it. */
static bool append_listed(struct buf *lines, const struct fields *fields, struct slice name,
			  struct slice ours)
{
	if (!buf_append_slice(lines, name) || !buf_append_text(lines, ": "))
		return false;
	for (size_t i = 0; i < fields->count; i++)
		if (slice_equal_nocase(fields->at[i].name, name) && fields->at[i].value.len &&
		    !(buf_append_slice(lines, fields->at[i].value) && buf_append_text(lines, ", ")))
			return false;
	return buf_append_slice(lines, ours) && buf_append_byte(lines, 0);
}

/* A proxy in front of us knows better than we where the client came from. */
static bool append_if_absent(struct buf *lines, const struct fields *fields, struct slice name,
			     struct slice ours)
{
	struct slice theirs = fields_first(fields, name);
	return append_line(lines, name, theirs.len ? theirs : ours);
}

/* What libcurl would add where the client sent nothing. */
static bool append_silences(struct buf *lines, const struct fields *fields)
{
	static const struct slice added_by_curl[] = {SLICE("Accept"), SLICE("Content-Type"),
						     SLICE("User-Agent")};
	for (size_t i = 0; i < sizeof added_by_curl / sizeof *added_by_curl; i++)
		if (fields_count(fields, added_by_curl[i]) == 0 &&
		    !(buf_append_slice(lines, added_by_curl[i]) && buf_append_byte(lines, ':') &&
		      buf_append_byte(lines, 0)))
			return false;
	return buf_append(lines, "Expect:", sizeof "Expect:");
}

static bool append_credential(struct buf *lines, const char *api_key)
{
	return !api_key || (buf_printf(lines, "Authorization: Bearer %s", api_key) &&
			    buf_append_byte(lines, 0));
}

bool forward_lines(const struct forward_options *options, const struct fields *fields,
		   struct buf *lines)
{
	for (size_t i = 0; i < fields->count; i++) {
		const struct field *f = &fields->at[i];
		if (is_replaced(options, f->name) || field_is_hop_by_hop(fields, f->name) ||
		    tells_key(f, options->key))
			continue;
		if (!append_line(lines, f->name, f->value))
			return false;
	}
	struct slice via = slice_is(options->version, "HTTP/1.0") ? slice_of("1.0 reprise")
								  : slice_of("1.1 reprise");
	struct slice host = fields_first(fields, slice_of("Host"));
	return append_listed(lines, fields, slice_of("Via"), via) &&
	       append_listed(lines, fields, slice_of("X-Forwarded-For"),
			     slice_of(options->peer ? options->peer : "unknown")) &&
	       append_if_absent(lines, fields, slice_of("X-Forwarded-Proto"),
				slice_of(options->encrypted ? "https" : "http")) &&
	       (host.len == 0 ||
		append_if_absent(lines, fields, slice_of("X-Forwarded-Host"), host)) &&
	       (!options->plain_coding ||
		append_line(lines, slice_of("Accept-Encoding"), slice_of("identity"))) &&
	       append_credential(lines, options->api_key) && append_silences(lines, fields);
}
