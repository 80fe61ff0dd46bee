#include "proxy/request/key_scope.h"

#include "base/ensure.h"
#include "proxy/header/header_value.h"

#include <assert.h>
#include <ctype.h>
#include <stdlib.h>

/* Incremented whenever the meaning of cache keys changes, so that stores outside the process never
 * mix them. */
static const char schema[] = "reprise 5";

/* Lengths have four bytes: the size of a head is far below that, and each byte is hashed. */
static bool append_part(struct buf *out, struct slice part)
{
	uint32_t len = (uint32_t)part.len;
	return buf_append(out, &len, sizeof len) && buf_append_slice(out, part);
}

/* ## Header fields */

/* Indexes of the fields that count, in the order in which they are written. */
struct counted {
	size_t count;
	uint8_t at[FIELDS_MAX];
};

/* Up to here insertion sort is faster than qsort. */
enum { FEW_FIELDS = 16 };

static int compare_names(struct slice a, struct slice b)
{
	int order = strncasecmp(a.at, b.at, a.len < b.len ? a.len : b.len);
	return order ? order : (a.len > b.len) - (a.len < b.len);
}

static int compare_fields(const void *a, const void *b, void *context)
{
	const struct fields *fields = context;
	size_t x = *(const uint8_t *)a, y = *(const uint8_t *)b;
	int order = compare_names(fields->at[x].name, fields->at[y].name);
	return order ? order : (x > y) - (x < y);
}

static void sort(const struct fields *fields, struct counted *c)
{
	if (c->count > FEW_FIELDS) {
		qsort_r(c->at, c->count, sizeof *c->at, compare_fields, (void *)fields);
		return;
	}
	for (size_t i = 1; i < c->count; i++) {
		uint8_t moving = c->at[i];
		size_t at = i;
		for (; at > 0 &&
		       compare_names(fields->at[c->at[at - 1]].name, fields->at[moving].name) > 0;
		     at--)
			c->at[at] = c->at[at - 1];
		c->at[at] = moving;
	}
}

static_assert(FIELDS_MAX <= UINT8_MAX, "a field's number fits into a byte");

/* The Content-Type of a form contains the boundary, which must not count; the canonical form
 * contains the rest. */
static bool is_form_type(const struct key_scope_route *route, size_t index)
{
	return route->form && slice_is_nocase(route->fields->at[index].name, "Content-Type");
}

/* Collects the fields that identify the client (who), or the others. tenant: without its key. */
static void collect(const struct key_scope_route *route, bool who, bool tenant, struct counted *ret)
{
	ret->count = 0;
	for (size_t i = 0; i < route->fields->count; i++) {
		struct header_mark mark = route->marks->at[i];
		bool ours = tenant && (mark.bits & HEADER_API_KEY);
		if (header_mark_counts(mark) && !ours && !(mark.bits & HEADER_WHO) == !who &&
		    !is_form_type(route, i))
			ret->at[ret->count++] = (uint8_t)i;
	}
	sort(route->fields, ret);
}

/* Appends a mark (since the number of fields is not written), name and value; or nothing, if no
 * part of the value counts. */
static bool append_field(const struct key_scope_options *options,
			 const struct key_scope_route *route, size_t index, struct buf *out)
{
	const struct field *f = &route->fields->at[index];
	size_t start = out->len;
	if (!buf_append_byte(out, '+') || !append_part(out, f->name))
		return false;
	for (size_t i = out->len - f->name.len; i < out->len; i++)
		out->at[i] = (char)tolower((unsigned char)out->at[i]);
	uint32_t len = 0;
	size_t value = out->len + sizeof len;
	bool counts;
	if (!buf_append(out, &len, sizeof len) ||
	    !header_value_append((enum header_filter)route->marks->at[index].filter, f->value,
				 options->ignored_cookies, out, &counts))
		return false;
	len = (uint32_t)(out->len - value);
	memcpy(out->at + value - sizeof len, &len, sizeof len);
	if (!counts)
		out->len = start;
	return true;
}

/* Appends the requested host if it is forwarded. */
static bool append_host(const struct key_scope_options *options,
			const struct key_scope_route *route, struct buf *out)
{
	int index = options->forwarded ? header_marks_host(route->fields, route->marks) : -1;
	bool counts = index >= 0 && (route->marks->at[index].bits & HEADER_COUNTS);
	return append_part(out, counts ? route->fields->at[index].value : slice_of(""));
}

static bool append_fields(const struct key_scope_options *options,
			  const struct key_scope_route *route, struct buf *out)
{
	struct counted fields;
	collect(route, false, false, &fields);
	for (size_t i = 0; i < fields.count; i++)
		if (!append_field(options, route, fields.at[i], out))
			return false;
	return true;
}

/* ## Identity of the client */

/* Has room for all of these fields, so that growing leaves no copy of a credential in memory. */
static struct buf make_plain(const struct fields *fields, const struct counted *who)
{
	size_t most = 1;
	for (size_t i = 0; i < who->count; i++)
		most += 2 + 2 * sizeof(uint32_t) + fields->at[who->at[i]].name.len +
			fields->at[who->at[i]].value.len;
	return buf_make(most);
}

/* Appends the tenant and a keyed hash of the other fields that identify the client. */
static bool append_who(const struct key_scope_options *options, const struct key_scope_route *route,
		       struct hasher *hasher, struct buf *out)
{
	struct counted who;
	collect(route, true, options->tenant.len > 0, &who);
	struct buf plain = make_plain(route->fields, &who);
	if (!buf_reserve(&plain, plain.limit))
		return false;
	for (size_t i = 0; i < who.count; i++)
		ensure(append_field(options, route, who.at[i], &plain));
	uint8_t hash[32];
	hasher_conceal(hasher, buf_slice(&plain), hash);
	explicit_bzero(plain.at, plain.len);
	buf_finish(&plain);
	return append_part(out, options->tenant) && buf_append(out, hash, sizeof hash);
}

bool key_scope_append(const struct key_scope_options *options, const struct key_scope_route *route,
		      struct hasher *hasher, struct buf *out)
{
	char who = options->everyone ? 'e' : options->tenant.len ? 't' : 'c';
	bool fine =
	    append_part(out, slice_of(schema)) && append_part(out, slice_of(options->space)) &&
	    append_part(out, options->asked_space) &&
	    append_part(out, slice_of(options->upstream)) && append_part(out, route->path) &&
	    buf_append_byte(out, route->query.at ? '?' : '-') && append_part(out, route->query) &&
	    append_host(options, route, out) && append_fields(options, route, out) &&
	    buf_append_byte(out, who);
	return fine && (options->everyone || append_who(options, route, hasher, out));
}
