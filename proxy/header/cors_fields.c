#include "proxy/header/cors_fields.h"

#include "proxy/header/compat_headers.h"

#include <stdio.h>

/* Response fields that pages could not read otherwise: few are readable by default (Fetch standard,
 * "CORS-safelisted response-header name"). X-Request-Id is the upstream's. */
static const struct slice exposed[] = {
    SLICE("X-Cache"),	  SLICE("Cache-Status"), SLICE("Age"), SLICE("X-Cache-Tokens-Saved"),
    SLICE("Retry-After"), SLICE("X-Request-Id"),
};

static const struct slice allow_origin = SLICE("Access-Control-Allow-Origin");
static const struct slice expose_headers = SLICE("Access-Control-Expose-Headers");

static bool list_has(struct slice list, struct slice token)
{
	while (list.at)
		if (slice_equal_nocase(slice_trim(slice_cut(&list, ',')), token))
			return true;
	return false;
}

static bool append_listed(struct buf *out, struct slice what)
{
	return (out->len == 0 || buf_append_text(out, ", ")) && buf_append_slice(out, what);
}

/* Appends our fields to the upstream's list, which is in *out. */
static void append_own(struct buf *out)
{
	struct slice theirs = buf_slice(out);
	for (size_t i = 0; i < sizeof exposed / sizeof *exposed; i++) {
		if (theirs.len && list_has(theirs, exposed[i]))
			continue;
		if (!append_listed(out, exposed[i]))
			return;
		theirs.at = out->at;
	}
}

bool cors_field_is_passed(struct slice name)
{
	return slice_equal_nocase(name, expose_headers) || slice_equal_nocase(name, allow_origin) ||
	       slice_is_nocase(name, "Access-Control-Allow-Credentials");
}

/* Unbounded here: the size of the head's fields is limited elsewhere. */
static void add_exposed(struct field_sink to, const struct fields *fields, bool own)
{
	scoped(buf_finish) struct buf list = buf_make(SIZE_MAX / 2);
	for (size_t i = 0; i < fields->count; i++)
		if (slice_equal_nocase(fields->at[i].name, expose_headers) &&
		    fields->at[i].value.len)
			append_listed(&list, fields->at[i].value);
	if (own)
		append_own(&list);
	if (list.len)
		to.add(to.context, expose_headers, buf_slice(&list));
}

static void add_vary(struct field_sink to, const struct fields *fields)
{
	static const struct slice vary = SLICE("Vary");
	if (!fields_have_token(fields, vary, slice_of("Origin")) &&
	    !fields_have_token(fields, vary, slice_of("*")))
		to.add(to.context, vary, slice_of("Origin"));
}

void cors_fields_pass(struct field_sink to, const struct head *head)
{
	const struct fields *fields = &head->fields;
	struct slice allowed = fields_first(fields, allow_origin);
	for (size_t i = 0; i < fields->count; i++) {
		const struct field *f = &fields->at[i];
		if (cors_field_is_passed(f->name) && !slice_equal_nocase(f->name, expose_headers))
			to.add(to.context, f->name, f->value);
	}
	add_exposed(to, fields, allowed.len > 0);
	if (allowed.len > 0 && !slice_is(allowed, "*"))
		add_vary(to, fields);
}

static void write_exposed(const struct cors_grant *grant, struct buf *list)
{
	if (grant->expose[0])
		append_listed(list, slice_of(grant->expose));
	append_own(list);
}

void cors_fields_make(struct field_sink to, const struct cors_grant *grant)
{
	if (!grant->allow[0])
		return;
	scoped(buf_finish) struct buf list = buf_make((size_t)2 * CORS_EXPOSE);
	write_exposed(grant, &list);
	to.add(to.context, allow_origin, slice_of(grant->allow));
	if (grant->credentials)
		to.add(to.context, slice_of("Access-Control-Allow-Credentials"), slice_of("true"));
	to.add(to.context, expose_headers, buf_slice(&list));
	if (strcmp(grant->allow, "*") != 0)
		to.add(to.context, slice_of("Vary"), slice_of("Origin"));
}

static bool is_own(struct slice name, const struct cors_own *own)
{
	return compat_header_is(name, own->compat) || (own->keys && field_is_api_key(name));
}

bool cors_fields_append_asked(const struct fields *asked, const struct cors_own *own, bool ours,
			      struct buf *list)
{
	for (size_t i = 0; i < asked->count; i++) {
		struct slice rest = asked->at[i].value;
		while (slice_is_nocase(asked->at[i].name, "Access-Control-Request-Headers") &&
		       rest.at) {
			struct slice name = slice_trim(slice_cut(&rest, ','));
			if (name.len && is_own(name, own) == ours && !append_listed(list, name))
				return false;
		}
	}
	return true;
}

void cors_fields_allow(struct field_sink to, const struct head *head, const struct fields *asked,
		       const struct cors_own *own)
{
	static const struct slice name = SLICE("Access-Control-Allow-Headers");
	scoped(buf_finish) struct buf list = buf_make(SIZE_MAX / 2);
	for (size_t i = 0; i < head->fields.count; i++)
		if (slice_equal_nocase(head->fields.at[i].name, name) &&
		    !append_listed(&list, head->fields.at[i].value))
			return;
	bool permitted = fields_first(&head->fields, allow_origin).len > 0;
	if (permitted && !cors_fields_append_asked(asked, own, true, &list))
		return;
	if (list.len)
		to.add(to.context, name, buf_slice(&list));
}

struct cors_grant cors_fields_for_error(struct cors *c, const struct cors_request *request)
{
	struct cors_grant g = cors_find(c, request);
	if (request->origin.len && !g.allow[0])
		snprintf(g.allow, sizeof g.allow, "%.*s", SLICE_FMT(request->origin));
	return g;
}

void cors_fields_lines(const struct cors_grant *grant, char at[CORS_LINES])
{
	at[0] = 0;
	if (!grant->allow[0])
		return;
	scoped(buf_finish) struct buf list = buf_make((size_t)2 * CORS_EXPOSE);
	write_exposed(grant, &list);
	snprintf(
	    at, CORS_LINES,
	    "Access-Control-Allow-Origin: %s\r\n%sAccess-Control-Expose-Headers: %.*s\r\n%s",
	    grant->allow, grant->credentials ? "Access-Control-Allow-Credentials: true\r\n" : "",
	    SLICE_FMT(buf_slice(&list)), strcmp(grant->allow, "*") != 0 ? "Vary: Origin\r\n" : "");
}
