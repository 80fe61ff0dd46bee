#include "proxy/paths.h"

#include "base/glob.h"

/* The segment is there, and means itself. */
static bool is_plain_segment(struct slice s)
{
	return s.len > 0 && !slice_is(s, ".") && !slice_is(s, "..");
}

static bool is_plain(struct slice path)
{
	static const char odd[] = {'%', '\\', ';'};
	for (size_t i = 0; i < sizeof odd; i++)
		if (path.len && memchr(path.at, odd[i], path.len))
			return false;
	if (path.len == 0 || path.at[0] != '/')
		return false;
	struct slice rest = slice_after(path, 1);
	while (rest.at && rest.len) {
		struct slice segment = slice_cut(&rest, '/');
		if (!is_plain_segment(segment))
			return false;
	}
	return true;
}

bool paths_permit_all(const struct config_list *globs)
{
	for (size_t i = 0; i < globs->count; i++)
		if (strcmp(globs->items[i], "*") == 0)
			return true;
	return false;
}

bool paths_permit(const struct config_list *globs, struct slice path)
{
	if (paths_permit_all(globs))
		return true;
	if (!is_plain(path))
		return false;
	for (size_t i = 0; i < globs->count; i++)
		if (glob_match(slice_of(globs->items[i]), path))
			return true;
	return false;
}

bool paths_are_overridden(const struct fields *fields)
{
	static const struct slice names[] = {SLICE("X-Original-URL"), SLICE("X-Rewrite-URL"),
					     SLICE("X-Original-URI"),
					     SLICE("X-HTTP-Path-Override")};
	for (size_t i = 0; i < fields->count; i++)
		if (FIELD_IS_AMONG(fields->at[i].name, names))
			return true;
	return false;
}
