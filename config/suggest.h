/* What somebody may have meant by a value that is none: " (did you mean 10MiB?)" for the end of a
 * sentence, or nothing. Each writes to `at` and returns it.
 *
 * Threads: any. */
#pragma once

#include "base/slice.h"

enum { SUGGESTION = 128 };

/* "1_000", "1,000", "1e3" */
const char *suggest_count(struct slice text, char *at);

/* "10m", "10 MiB", "1.5GiB" */
const char *suggest_size(struct slice text, char *at);

/* "30 s", "5min", "1h30m", "1.5h" */
const char *suggest_duration(struct slice text, char *at);

/* "10", "0.1", "10 %" */
const char *suggest_percentage(struct slice text, char *at);

/* The nearest of the choices, which have bars between them; and of "yes", "on", "True" and their
 * opposites the choice that says the same. */
const char *suggest_choice(struct slice text, const char *choices, char *at);
