/* Serving: the whole of Reprise, from a configuration to the last answer. */
#pragma once

#include "config/config.h"

/* Runs until SIGTERM or SIGINT: then nobody is accepted any longer, running answers finish within
 * shutdown_grace, and a second signal ends at once. Returns the process's exit status: 0, or 1 with
 * one line in the log when it could not begin. Main thread, before there are others. */
int serve(struct config *config);
