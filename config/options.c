#include "config/options.h"

#include "base/ensure.h"
#include "base/memory.h"
#include "config/value.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

const struct option options[CONFIG_OPTIONS] = {
#define GROUP(name, help)
#define GROUP_END(name)
#define OPTION(path, group, member, ctype, kind, default, permitted, help)                         \
	{path, OPTION_##kind, offsetof(struct config, group member), default, permitted, help},
#include "config/options.def"
#undef OPTION
#undef GROUP_END
#undef GROUP
};

static const struct option_group groups[] = {
#define GROUP(name, help) {#name, help},
#define GROUP_END(name)
#define OPTION(path, group, member, ctype, kind, default, permitted, help)
#include "config/options.def"
#undef OPTION
#undef GROUP_END
#undef GROUP
};

enum { GROUPS = sizeof groups / sizeof groups[0] };

const struct option *option_find(const char *path)
{
	for (size_t i = 0; i < CONFIG_OPTIONS; i++) {
		if (strcmp(options[i].path, path) == 0)
			return &options[i];
	}
	return NULL;
}

const struct option_group *option_group(size_t i)
{
	return i < GROUPS ? &groups[i] : NULL;
}

const struct option_group *option_group_find(const char *name)
{
	for (size_t i = 0; i < GROUPS; i++) {
		if (strcmp(groups[i].name, name) == 0)
			return &groups[i];
	}
	return NULL;
}

void *option_member(struct config *c, const struct option *o)
{
	return (char *)c + o->offset;
}

const char *option_origin(const struct config *c, const struct option *o)
{
	return c->origins[o - options];
}

/* An option that has not been set yet is a default, too. */
bool option_is_default(const struct config *c, const struct option *o)
{
	const char *origin = option_origin(c, o);
	return !origin || strcmp(origin, "default") == 0;
}

const char *option_place(const struct config *c, const struct option *o, char *at)
{
	const char *origin = option_origin(c, o);
	if (option_is_default(c, o))
		snprintf(at, OPTION_PLACE, "%s", o->path);
	else if (strncmp(origin, "environment ", 12) == 0 || strncmp(origin, "--", 2) == 0)
		snprintf(at, OPTION_PLACE, "%s", origin);
	else
		snprintf(at, OPTION_PLACE, "%.250s: %s", origin, o->path);
	return at;
}

void option_set_origin(struct config *c, const struct option *o, const char *origin)
{
	char **at = &c->origins[o - options];
	free(*at);
	*at = memory_text(origin);
}

bool option_measure(enum option_kind kind, struct slice text, uint64_t *ret, struct error_text *why)
{
	switch (kind) {
	case OPTION_SIZE:
		return value_size(text, ret, why);
	case OPTION_DURATION:
		return value_duration(text, ret, why);
	case OPTION_PERCENTAGE:
		return value_percentage(text, ret, why);
	default:
		return value_count(text, ret, why);
	}
}

struct option_bounds option_bounds(const struct option *o)
{
	struct option_bounds bounds = {0};
	const char *dots = strstr(o->permitted, "..");
	ensure(dots != NULL);
	struct slice least = slice_make(o->permitted, (size_t)(dots - o->permitted));
	ensure(option_measure(o->kind, least, &bounds.least, NULL));
	ensure(option_measure(o->kind, slice_of(dots + 2), &bounds.most, NULL));
	return bounds;
}

bool option_is_list(const struct option *o)
{
	return o->kind == OPTION_LISTEN || o->kind == OPTION_NAMES || o->kind == OPTION_GLOBS ||
	       o->kind == OPTION_PATHS || o->kind == OPTION_UPSTREAMS || o->kind == OPTION_KEYS ||
	       o->kind == OPTION_RULES;
}

const char *option_environment_name(const struct option *o, char *at)
{
	int len = snprintf(at, OPTION_NAME, "REPRISE_%s", o->path);
	ensure(len < OPTION_NAME);
	for (char *c = at; *c; c++)
		*c = *c == '.' ? '_' : (char)toupper((unsigned char)*c);
	return at;
}
