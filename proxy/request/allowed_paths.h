/* Paths: what clients may reach beside the endpoints that are cached (auth.paths). Pure; any
 * thread. */
#pragma once

#include "config/config.h"
#include "proxy/header/header_fields.h"

/* Whether a request to a path that is no cached endpoint's may go on. "*" among the globs permits
 * everything. Else what two servers may read as different paths is not permitted, whatever the
 * globs say: escapes, empty segments, "." and "..", backslashes, parameters. */
bool allowed_paths_permit(const struct config_list *globs, struct slice path);

/* Whether all servers read a path alike but for empty segments in it: no escapes, no "." and "..",
 * no backslashes, no parameters. */
bool allowed_paths_are_clear(struct slice path);

/* Whether every path is permitted. */
bool allowed_paths_permit_all(const struct config_list *globs);

/* Whether a field of the request names another path than its target, for the servers that look at
 * it (IIS, Symfony, Zend). */
bool allowed_paths_are_overridden(const struct fields *fields);
