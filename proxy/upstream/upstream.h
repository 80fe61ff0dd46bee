/* An upstream: a model server and how to connect to it. Constant after create, shared by all
 * workers. */
#pragma once

#include "base/error_text.h"
#include "base/slice.h"
#include "proxy/upstream/transfer_limit.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct upstream_options {
	const char *name;
	const char *url;     /* checked by address_check_upstream: http://…, https://… or
			      * unix:/path[:/base] */
	const char *api_key; /* NULL: forward the client's credential */
	const char *ca_file; /* empty: the system's certificates */
	bool verify;
	int64_t connect_timeout_ms;
	unsigned max_connections;
};

struct upstream {
	char *name;
	char *origin;	   /* "http://host:port", without a path */
	char *base;	   /* path in front of targets, "" or "/v1", without a trailing slash */
	char *socket_path; /* NULL: TCP */
	char *userinfo;	   /* "user:password" of the URL, unescaped; NULL: none */
	char *api_key;
	char *ca_file;
	bool verify;
	int64_t connect_timeout_ms;
	unsigned max_connections;
	struct transfer_limit *limit; /* of all workers together */
};

/* Initialize and free libcurl's global state: once per process, before the first upstream and after
 * the last one. */
void upstream_library_begin(void);
void upstream_library_end(void);

/* Copies the options. NULL with an error if the URL cannot be parsed. When it is destroyed no pass
 * of its limit may be held. Both in the main thread, while no worker runs. */
struct upstream *upstream_create(const struct upstream_options *options, struct error_text *why);
void upstream_destroy(struct upstream **u);

/* Whether the base ends in /v1, as the base URLs of clients do. */
bool upstream_has_version(const struct upstream *u);

/* How many bytes of the base stand in front of the target: all of them; but where the base has /v1
 * and the target brings that too, only what stands before it, since it is to be sent once. */
size_t upstream_base_length(const struct upstream *u, struct slice target);
