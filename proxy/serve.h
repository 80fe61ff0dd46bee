/* The subcommand serve: creates all parts of the server, runs them and shuts them down. */
#pragma once

#include "config/config.h"

/* Runs until SIGTERM or SIGINT. It then stops accepting connections and lets running responses
 * finish within shutdown_grace; a second signal ends it at once. Returns the exit status of the
 * process: 0, or 1, with one line in the log, if it could not start. Call it in the main thread,
 * before other threads exist. */
int serve(struct config *config);
