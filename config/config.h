/* The configuration: one struct, its members made from options.def, where each option's meaning,
 * default and bounds are written. Texts and lists are never NULL unless said here.
 *
 * Immutable once loaded (config/load.h), and counted: any thread may read it while it holds a
 * reference. */
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
	char *url; /* checked: http://…, https://… or unix:/path[:/base]; may hold userinfo, so
		    * it is shown through address_mask only */
	char *api_key; /* a secret; NULL: none */
};

struct config_upstreams {
	size_t count; /* one, in this version */
	struct config_upstream *items;
};

/* A header of a request and what its value has to be like. */
struct config_header {
	char *name;
	char *glob;
};

/* What a request has to be like for a rule to count, and what is otherwise then. Globs: '*' is any
 * number of bytes, '?' is one. */
struct config_rule {
	struct config_list endpoints; /* names of endpoints; empty: any */
	char *model;		      /* a glob, as the next two; NULL: any */
	char *tenant;
	char *namespace;
	size_t header_count; /* all of these */
	struct config_header *headers;
	int64_t ttl_ms; /* 0: not stored; -1: as the options say, here and below */
	int store;	/* 0 or 1 */
	int share;	/* enum config_share */
	int sampled;	/* 0 or 1 */
};

/* The names that a rule can have for endpoints; a test holds them to be those of the endpoints. */
#define CONFIG_RULE_ENDPOINTS "chat|completions|embeddings|responses|messages|rerank|tokens|models"

struct config_rules {
	size_t count;
	struct config_rule *items;
};

/* One of our own keys, which clients present to us. */
struct config_key {
	char *key;	 /* a secret; NULL once config_forget_keys was called */
	char *tenant;	 /* whose it is */
	char *namespace; /* NULL: cache.namespace */
	int concurrency; /* requests under way at one time; 0: no limit */
	int rate;	 /* requests a minute; 0: no limit */
};

struct config_keys {
	size_t count; /* 0: no key is asked for */
	struct config_key *items;
};

/* The enums have the order of the choices in options.def. */

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

/* How many options there are. */
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
	char *origins[CONFIG_OPTIONS]; /* where each value came from, in the table's order */
	struct refs refs;
};

/* Another owner. Returns c. */
struct config *config_ref(struct config *c);

/* Gives up a reference; the last one frees it. */
void config_unref(struct config **c);

/* Overwrites the keys of auth.keys; all else of them stays. For who has made what is needed of
 * them. While nobody else reads the configuration. */
void config_forget_keys(struct config *c);

/* ## For config/ */

/* An empty one: every member zero or NULL. */
struct config *config_create(void);

/* Frees what the list holds; it is empty then. */
void config_list_finish(struct config_list *list);
void config_upstreams_finish(struct config_upstreams *upstreams);
void config_rules_finish(struct config_rules *rules);
void config_keys_finish(struct config_keys *keys);
