/* What the head of a request says: its target, its endpoint, and whether it may have it. */
#include "proxy/request/request_steps.h"

#include "base/memory.h"
#include "proxy/header/header_checks.h"
#include "proxy/header/header_table.h"
#include "proxy/header/syntax.h"
#include "proxy/request/allowed_paths.h"

#include <stdlib.h>

/* Sets the Host field to the authority of the target (RFC 9112 §3.2.2). */
static void set_host(struct request *r)
{
	struct slice host = slice_of("Host"), authority = slice_of(r->authority);
	for (size_t i = 0; i < r->http.fields.count; i++)
		if (slice_equal_nocase(r->http.fields.at[i].name, host)) {
			r->http.fields.at[i].value = authority;
			return;
		}
	if (r->http.fields.count < FIELDS_MAX)
		r->http.fields.at[r->http.fields.count++] = (struct field){host, authority};
}

void request_normalize_target(struct request *r)
{
	struct slice authority, rest;
	if (!syntax_cut_absolute(slice_of(r->target), &authority, &rest))
		return;
	bool star = rest.len == 0 && slice_is(r->http.method, "OPTIONS");
	bool bare = !star && (rest.len == 0 || rest.at[0] == '?');
	char *target = memory_zeroed(rest.len + 2);
	if (star || bare)
		target[0] = star ? '*' : '/';
	memcpy(target + (star || bare), rest.at, rest.len);
	r->authority = memory_copy(authority.at, authority.len);
	free(r->target);
	r->target = target;
	/* A refused head has no fields. */
	if (r->failure == FAILURE_NONE)
		set_host(r);
}

bool request_is_preflight(const struct request *r)
{
	if (!cors_is_preflight(r->http.method, &r->http.fields))
		return false;
	for (size_t i = 0; i < r->http.fields.count; i++)
		if (header_table_find(r->worker->headers, r->http.fields.at[i].name).bits &
		    HEADER_WHO)
			return false;
	return true;
}

struct slice request_effective_method(const struct request *r)
{
	if (r->preflight)
		return fields_first(&r->http.fields, slice_of("Access-Control-Request-Method"));
	return slice_is(r->http.method, "HEAD") ? slice_of("GET") : r->http.method;
}

struct endpoint_route request_route(const struct request *r, struct slice method)
{
	const struct config_list *prefixes = &r->worker->config->endpoints.prefixes;
	return endpoint_route(method, r->path, (const char *const *)prefixes->items,
			      prefixes->count);
}

enum failure request_check_access(struct request *r)
{
	const struct config_list *paths = &r->worker->config->auth.paths;
	enum failure unable =
	    header_checks_unimplemented(r->http.method, r->http.version, &r->http.fields);
	if (unable != FAILURE_NONE) {
		/* What follows may be in the other protocol. */
		r->close = true;
		return unable;
	}
	if (allowed_paths_permit_all(paths))
		return FAILURE_NONE;
	/* The name of a deployment is arbitrary text, in which "..%2f" could lead elsewhere. */
	bool cached = request_route(r, request_effective_method(r)).endpoint &&
		      allowed_paths_are_clear(r->path);
	bool permitted = cached || allowed_paths_permit(paths, r->path);
	return permitted && !allowed_paths_are_overridden(&r->http.fields) ? FAILURE_NONE
									   : FAILURE_PATH;
}
