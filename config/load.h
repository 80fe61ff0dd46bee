/* Loads a configuration from its sources. For each option, the last source that sets it wins:
 *
 *         defaults < file < environment < --listen, --upstream < --set
 *
 * An environment variable is named REPRISE_ and the path in capitals, with an underscore for the
 * dot. There and in --set, list items are separated by commas. An upstream that is not set in the
 * file has no api_key, so that the key of one server is never sent to another.
 *
 * Checks every value of every source, also those that a later source replaces, and reports all
 * errors at once. */
#pragma once

#include "base/buf.h"
#include "config/config.h"

/* Values from the command line, in order. Not owned. */
struct config_texts {
	size_t count;
	const char *const *items;
};

struct config_sources {
	const char *file;	      /* NULL: no file is read */
	struct slice text;	      /* the file's contents; text.at NULL: read the file */
	char *const *environment;     /* "NAME=value" texts, ended by NULL; NULL: none */
	struct config_texts listen;   /* of --listen; together they replace all other addresses */
	struct config_texts upstream; /* of --upstream */
	struct config_texts settings; /* of --set: "path=value"; the last one for a path wins */
};

/* Returns a configuration of which the caller owns a reference. On failure returns NULL and appends
 * one line for each error to *ret_errors, each with its newline; 64 KiB hold all lines there can
 * be. Reads files, so it may block. */
MUST_CHECK struct config *config_load(const struct config_sources *sources, struct buf *ret_errors);
