/* The configuration: one struct whose members are generated from options.def, which documents each
 * option's meaning, default and bounds. Texts and lists are never NULL unless noted here.
 *
 * Reference-counted, and immutable once loaded (config/load.h): any thread that holds a reference
 * may read it. */
#pragma once

#include "base/log.h"
#include "base/own.h"
#include "base/refs.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct config_list {
	size_t count;
	char **items; /* NULL while count is 0 */
};

struct config_upstream {
	char *name;
	char *url; /* checked: http://…, https://… or unix:/path[:/base]; may contain userinfo,
		    * so print it only through address_mask */
	char *api_key; /* a secret; NULL: none */
};

struct config_upstreams {
	size_t count; /* 1 in this version */
	struct config_upstream *items;
};

/* A request header and the glob that its value must match. */
struct config_header {
	char *name;
	char *glob;
};

/* A rule: the conditions that a request must meet, and the settings that then replace the options.
 * Globs: '*' matches any number of bytes, '?' matches one. */
struct config_rule {
	struct config_list endpoints; /* endpoint names; empty: any */
	char *model;		      /* a glob, like the next two; NULL: any */
	char *tenant;
	char *namespace;
	size_t header_count; /* all must match */
	struct config_header *headers;
	int64_t ttl_ms; /* 0: not stored; -1: not set, here and below */
	int store;	/* 0 or 1 */
	int share;	/* enum config_share */
	int sampled;	/* 0 or 1 */
};

/* The endpoint names for rules; a test checks that they are those of proxy/openai/endpoint.h. */
#define CONFIG_RULE_ENDPOINTS                                                                      \
	"chat|completions|embeddings|responses|messages|rerank|tokens|models|score|pooling|"       \
	"classify|"                                                                                \
	"moderations|transcriptions|speech"

struct config_rules {
	size_t count;
	struct config_rule *items;
};

/* An API key of Reprise's own, which clients present to it. */
struct config_key {
	char *key;	 /* a secret; NULL after config_forget_keys */
	char *tenant;	 /* the owner */
	char *namespace; /* NULL: cache.namespace */
	int concurrency; /* simultaneous requests; 0: no limit */
	int rate;	 /* requests per minute; 0: no limit */
};

struct config_keys {
	size_t count; /* 0: clients need no key */
	struct config_key *items;
};

/* The enums are in the order of the choices in options.def. */

enum config_share {
	CONFIG_SHARE_CREDENTIAL,
	CONFIG_SHARE_EVERYONE,
};

enum config_forwarded {
	CONFIG_FORWARDED_ON,
	CONFIG_FORWARDED_OFF,
};

enum config_abandon {
	CONFIG_ABANDON_CANCEL,
	CONFIG_ABANDON_FINISH,
	CONFIG_ABANDON_FINISH_REPEATED,
};

enum config_length {
	CONFIG_LENGTH_LIMITED,
	CONFIG_LENGTH_ALWAYS,
	CONFIG_LENGTH_NEVER,
};
enum config_empty {
	CONFIG_EMPTY_NO,
	CONFIG_EMPTY_YES,
};
enum config_tool_calls {
	CONFIG_CALLS_VALID,
	CONFIG_CALLS_ALL,
	CONFIG_CALLS_NONE,
};
enum config_remote_images {
	CONFIG_IMAGES_BYPASS,
	CONFIG_IMAGES_CACHE,
};
enum config_control {
	CONFIG_CONTROL_HEED,
	CONFIG_CONTROL_IGNORE,
};
enum config_client_control {
	CONFIG_CLIENT_HONOUR,
	CONFIG_CLIENT_RESTRICT,
	CONFIG_CLIENT_IGNORE,
};
enum config_usage {
	CONFIG_USAGE_ORIGINAL,
	CONFIG_USAGE_ZERO,
};
enum config_ids {
	CONFIG_IDS_ORIGINAL,
	CONFIG_IDS_FRESH,
};

/* The number of options. */
enum {
	CONFIG_OPTIONS = 0
#define GROUP(name, help)
#define GROUP_END(name)
#define OPTION(path, group, member, ctype, kind, default, permitted, help) +1
#include "config/options.def"
#undef OPTION
#undef GROUP_END
#undef GROUP
};

struct config {
#define GROUP(name, help) struct {
#define GROUP_END(name)                                                                            \
	}                                                                                          \
	name;
#define OPTION(path, group, member, ctype, kind, default, permitted, help) ctype member;
#include "config/options.def"
#undef OPTION
#undef GROUP_END
#undef GROUP

	/* private to config/ */
	char *origins[CONFIG_OPTIONS]; /* of each value, in the order of options.def */
	struct refs refs;
};

/* Takes a reference. Returns c. */
struct config *config_ref(struct config *c);

/* Drops a reference and sets *c to NULL; the last one frees the configuration. */
void config_unref(struct config **c);

/* Overwrites and frees the secrets of auth.keys and keeps their other members. Call it once the
 * table of API keys is built, while no other thread reads the configuration. */
void config_forget_keys(struct config *c);

/* ## For config/ */

/* Returns a configuration with every member zero or NULL. */
struct config *config_create(void);

/* These free what the list owns and leave it empty. */
void config_list_finish(struct config_list *list);
void config_upstreams_finish(struct config_upstreams *upstreams);
void config_rules_finish(struct config_rules *rules);
void config_keys_finish(struct config_keys *keys);
