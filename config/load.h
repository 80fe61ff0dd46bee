/* Makes a configuration from its sources. Later ones win, option by option:
 *
 *         defaults < file < environment < --listen, --upstream < --set
 *
 * The environment's names are REPRISE_ and the path, in capitals and with an underscore for the
 * dot; lists have commas between their items there and in --set. An upstream that comes from
 * elsewhere than the file has no api_key: one server's key is never sent to another.
 *
 * Every value of every source is checked, also one that a later source replaces, and everything
 * that is wrong is reported at once. */
#pragma once

#include "base/buf.h"
#include "config/config.h"

/* Texts of the command line, in its order. Not owned. */
struct config_texts {
	size_t count;
	const char *const *items;
};

struct config_sources {
	const char *file;	      /* NULL: none is read, there is no file by default */
	struct slice text;	      /* the file's contents; at NULL: read the file */
	char *const *environment;     /* "NAME=value" and a NULL behind the last; NULL: none */
	struct config_texts listen;   /* of --listen: all of them replace other addresses */
	struct config_texts upstream; /* of --upstream */
	struct config_texts
	    settings; /* of --set: "path=value"; of two for one path the later wins */
};

/* The caller owns a reference. NULL: *ret_errors has a line for each thing that is wrong, each
 * with an end of line. 64 KiB hold all lines there can be. Reads files, and so may block. */
MUST_CHECK struct config *config_load(const struct config_sources *sources, struct buf *ret_errors);
