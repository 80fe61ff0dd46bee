/* The options of options.def as an array, with functions to search it. Constant; any thread. */
#pragma once

#include "base/error_text.h"
#include "base/slice.h"
#include "config/config.h"

#include <stddef.h>

/* The syntax of a value and the type of its member. */
enum option_kind {
	OPTION_NUMBER,	   /* int: "256" */
	OPTION_COUNT,	   /* size_t: "1000" */
	OPTION_SIZE,	   /* size_t, bytes: "512MiB" */
	OPTION_DURATION,   /* int64_t, ms: "30s" */
	OPTION_PERCENTAGE, /* double, a fraction: "10%" is 0.1 */
	OPTION_SWITCH,	   /* bool: "true" or "false" */
	OPTION_CHOICE,	   /* an enum in the order of the choices */
	OPTION_TEXT,	   /* char * */
	OPTION_ADDRESS,	   /* char *, an address to listen on, or empty */
	OPTION_NAMES,	   /* struct config_list of texts, may be empty */
	OPTION_GLOBS,	   /* the same, of names that may contain * and ? */
	OPTION_PATHS,	   /* struct config_list of globs of paths, may be empty */
	OPTION_LISTEN,	   /* struct config_list of addresses, at least one */
	OPTION_UPSTREAMS,  /* struct config_upstreams */
	OPTION_KEYS,	   /* struct config_keys, may be empty */
	OPTION_RULES,	   /* struct config_rules, may be empty; YAML in every source */
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

/* These return NULL if there is none. */
const struct option *option_find(const char *path);
const struct option_group *option_group_find(const char *name);

/* Returns group i in the order of options.def, or NULL past the last one. */
const struct option_group *option_group(size_t i);

/* Returns a pointer to the option's member in c. */
void *option_member(struct config *c, const struct option *o);

/* Returns the origin of the value: "default", "reprise.yaml:3", "environment REPRISE_X", "--set x".
 */
const char *option_origin(const struct config *c, const struct option *o);
bool option_is_default(const struct config *c, const struct option *o);
void option_set_origin(struct config *c, const struct option *o, const char *origin);

/* Writes the place where the option is set to `at`: "reprise.yaml:3: cache.ttl",
 * "environment REPRISE_CACHE_TTL", "--set cache.ttl", or the path alone for a default. `at` has
 * room for OPTION_PLACE bytes; longer texts are cut. Returns at. */
enum { OPTION_PLACE = 320 };
const char *option_place(const struct config *c, const struct option *o, char *at);

/* The bounds of a number, size (bytes), duration (ms) or percentage (hundredths of a percent). */
struct option_bounds {
	uint64_t least;
	uint64_t most;
};
struct option_bounds option_bounds(const struct option *o);

/* Parses a number, size, duration or percentage without checking its bounds. On failure returns
 * false and sets *why. */
MUST_CHECK bool option_measure(enum option_kind kind, struct slice text, uint64_t *ret,
			       struct error_text *why);

/* Whether the option takes a list. */
bool option_is_list(const struct option *o);

/* Writes the environment name, like "REPRISE_CACHE_TTL", to `at`, which has room for OPTION_NAME
 * bytes. Returns at. */
enum { OPTION_NAME = 64 };
const char *option_environment_name(const struct option *o, char *at);

/* Writes " (did you mean cache.ttl?)" for an unknown path, or an empty text, to `at`; cuts it to
 * `room` bytes. Suggests what the name means in other programs (config/other_names.def), or else
 * the most similar option, within the group if the path names one. Returns at. */
enum { OPTION_QUESTION = 192 };
const char *option_question(const char *path, char *at, size_t room);

/* The same for the name of an environment variable. */
const char *option_environment_question(const char *name, char *at, size_t room);
