/* The table of options.def, as rows to walk and to search. Constant; any thread. */
#pragma once

#include "base/error_text.h"
#include "base/slice.h"
#include "config/config.h"

#include <stddef.h>

/* What a value looks like, and the type of its member. */
enum option_kind {
	OPTION_NUMBER,	   /* int: "256" */
	OPTION_COUNT,	   /* size_t: "1000" */
	OPTION_SIZE,	   /* size_t, bytes: "512MiB" */
	OPTION_DURATION,   /* int64_t, ms: "30s" */
	OPTION_PERCENTAGE, /* double, a fraction: "10%" is 0.1 */
	OPTION_SWITCH,	   /* bool: true or false */
	OPTION_CHOICE,	   /* an enum in the order of the choices */
	OPTION_TEXT,	   /* char * */
	OPTION_ADDRESS,	   /* char *, an address to listen on, or empty */
	OPTION_NAMES,	   /* struct config_list of texts, may be empty */
	OPTION_GLOBS,	   /* the same, of names in which * and ? may stand */
	OPTION_PATHS,	   /* struct config_list of globs of paths, may be empty */
	OPTION_LISTEN,	   /* struct config_list of addresses, at least one */
	OPTION_UPSTREAMS,  /* struct config_upstreams */
	OPTION_KEYS,	   /* struct config_keys, may be empty */
	OPTION_RULES,	   /* struct config_rules, may be empty; in YAML wherever it stands */
};

/* The columns of options.def. */
struct option {
	const char *path;
	enum option_kind kind;
	size_t offset; /* of the member in struct config */
	const char *fallback;
	const char *permitted;
	const char *help;
};

struct option_group {
	const char *name;
	const char *help;
};

extern const struct option options[CONFIG_OPTIONS];

/* NULL: there is none. */
const struct option *option_find(const char *path);
const struct option_group *option_group_find(const char *name);

/* Its member in c. */
void *option_member(struct config *c, const struct option *o);

/* Where its value came from: "default", "reprise.yaml:3", "environment REPRISE_X", "--set x". */
const char *option_origin(const struct config *c, const struct option *o);
void option_set_origin(struct config *c, const struct option *o, const char *origin);

/* The bounds of a kind that is counted or measured, in its own unit (a percentage: hundredths of
 * a percent). */
struct option_bounds {
	uint64_t least;
	uint64_t most;
};
struct option_bounds option_bounds(const struct option *o);

/* Reads a value of a kind that is counted or measured, without looking at the bounds. */
MUST_CHECK bool option_measure(enum option_kind kind, struct slice text, uint64_t *ret,
			       struct error_text *why);

/* Whether a value may be a list, or several with commas between. */
bool option_is_list(const struct option *o);

/* "REPRISE_CACHE_TTL"; at holds OPTION_NAME bytes. Returns at. */
enum { OPTION_NAME = 64 };
const char *option_environment_name(const struct option *o, char *at);

/* " (did you mean cache.ttl?)" for a path that is no option's, or nothing. Returns at. */
const char *option_question(const char *path, char *at, size_t room);

/* The same for a variable of the environment. */
const char *option_environment_question(const char *name, char *at, size_t room);
