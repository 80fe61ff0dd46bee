#include "config/options.h"

#include "base/ensure.h"
#include "base/memory.h"
#include "config/nearest.h"
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

/* What stands behind the last dot. */
static const char *tail(const char *path)
{
	const char *dot = strrchr(path, '.');
	return dot ? dot + 1 : path;
}

const char *option_question(const char *path, char *at, size_t room)
{
	struct nearest n = nearest_to(path);
	for (size_t i = 0; i < GROUPS; i++)
		nearest_offer(&n, groups[i].name, groups[i].name);
	for (size_t i = 0; i < CONFIG_OPTIONS; i++)
		nearest_offer(&n, options[i].path, options[i].path);
	/* The right name in the wrong group, or in none. */
	struct nearest by_tail = nearest_to(tail(path));
	for (size_t i = 0; i < CONFIG_OPTIONS; i++)
		nearest_offer(&by_tail, tail(options[i].path), options[i].path);
	bool exact = by_tail.shown && by_tail.distance == 0;
	return nearest_question(n.shown && !exact ? &n : &by_tail, at, room);
}

const char *option_environment_question(const char *name, char *at, size_t room)
{
	char names[CONFIG_OPTIONS][OPTION_NAME];
	struct nearest n = nearest_to(name);
	for (size_t i = 0; i < CONFIG_OPTIONS; i++) {
		option_environment_name(&options[i], names[i]);
		nearest_offer(&n, names[i], names[i]);
	}
	return nearest_question(&n, at, room);
}
