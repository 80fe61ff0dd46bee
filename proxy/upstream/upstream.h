/* An upstream: one model server behind us, and how we may use it. Constant after create, shared by
 * all workers. */
#pragma once

#include "base/error_text.h"
#include "proxy/upstream/transfer_limit.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct upstream_options {
	const char *name;
	const char *url;     /* as address_check_upstream lets it pass: http://…, https://… or
			      * unix:/path[:/base] */
	const char *api_key; /* NULL: the client's credential goes on */
	const char *ca_file; /* empty: the system's */
	bool verify;
	int64_t connect_timeout_ms;
	unsigned max_connections;
};

struct upstream {
	char *name;
	char *origin; /* "http://host:port", without a path */
	char *base; /* the path in front of every target; empty or "/v1", never with a slash last */
	char *socket_path; /* NULL: TCP */
	char *userinfo;	   /* "user:password" of the URL, unescaped; NULL: none */
	char *api_key;
	char *ca_file;
	bool verify;
	int64_t connect_timeout_ms;
	unsigned max_connections;
	struct transfer_limit *limit; /* bounds the transfers of all workers together */
};

/* Once in the process, before the first upstream and after the last one: the library's own state.
 */
void upstream_library_begin(void);
void upstream_library_end(void);

/* Copies the options. NULL with a fault when the URL cannot be taken apart. Destroyed when nobody
 * holds a pass of its gate. Both: the main thread, while no worker runs. */
struct upstream *upstream_create(const struct upstream_options *options, struct error_text *why);
void upstream_destroy(struct upstream **u);
