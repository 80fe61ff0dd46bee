/* What the checks of a whole configuration share. Private to config/consistency*.c.
 *
 * Threads: one at a time. */
#pragma once

#include "config/consistency.h"

struct check {
	struct config *config;
	struct error_list *errors;
};

/* Adds an error about an option, with the place where it is set. */
void check_refuse(struct check *k, const char *path, const char *format, ...) PRINTF_LIKE(3, 4);

/* Checks the addresses to listen on, among themselves and against that of the upstream. */
void check_listen(struct check *k);
