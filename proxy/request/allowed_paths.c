#include "proxy/request/allowed_paths.h"

#include "base/glob.h"

bool allowed_paths_are_clear(struct slice path)
{
	static const char ambiguous[] = {'%', '\\', ';'};
	for (size_t i = 0; i < sizeof ambiguous; i++)
		if (path.len && memchr(path.at, ambiguous[i], path.len))
			return false;
	if (path.len == 0 || path.at[0] != '/')
		return false;
	struct slice rest = path;
	while (rest.at && rest.len) {
		struct slice segment = slice_cut(&rest, '/');
		if (slice_is(segment, ".") || slice_is(segment, ".."))
			return false;
	}
	return true;
}

bool allowed_paths_permit_all(const struct config_list *globs)
{
	for (size_t i = 0; i < globs->count; i++)
		if (strcmp(globs->items[i], "*") == 0)
			return true;
	return false;
}

bool allowed_paths_permit(const struct config_list *globs, struct slice path)
{
	if (allowed_paths_permit_all(globs))
		return true;
	/* Some servers merge empty segments, and others do not. */
	bool empty = path.len && memmem(path.at, path.len, "//", 2);
	if (empty || !allowed_paths_are_clear(path))
		return false;
	for (size_t i = 0; i < globs->count; i++)
		if (glob_match(slice_of(globs->items[i]), path))
			return true;
	return false;
}

bool allowed_paths_are_overridden(const struct fields *fields)
{
	static const struct slice names[] = {SLICE("X-Original-URL"), SLICE("X-Rewrite-URL"),
					     SLICE("X-Original-URI"),
					     SLICE("X-HTTP-Path-Override")};
	for (size_t i = 0; i < fields->count; i++)
		if (FIELD_IS_AMONG(fields->at[i].name, names))
			return true;
	return false;
}
