/* Which paths clients may request besides the cached endpoints (auth.paths).
 *
 * Pure. Threads: any. */
#pragma once

#include "config/config.h"
#include "proxy/header/header_fields.h"

/* Whether requests to a path that is not a cached endpoint are permitted. The glob "*" permits
 * every path. Otherwise a path that two servers may interpret differently is refused, whatever the
 * globs are: escapes, empty segments, "." and "..", backslashes, parameters. */
bool allowed_paths_permit(const struct config_list *globs, struct slice path);

/* Whether all servers interpret a path alike, apart from empty segments: no escapes, no "." and
 * "..", no backslashes, no parameters. */
bool allowed_paths_are_clear(struct slice path);

/* Whether every path is permitted. */
bool allowed_paths_permit_all(const struct config_list *globs);

/* Whether a header field replaces the path of the request for servers that obey it (IIS, Symfony,
 * Zend). */
bool allowed_paths_are_overridden(const struct fields *fields);
