/* Suggest a correction for an invalid value: each function writes " (did you mean 10MiB?)", or an
 * empty text, to `at`, which has room for SUGGESTION bytes, and returns it.
 *
 * Threads: any. */
#pragma once

#include "base/slice.h"

enum { SUGGESTION = 128 };

/* For texts like "1_000", "1,000", "1e3". */
const char *suggest_count(struct slice text, char *at);

/* For texts like "10m", "10 MiB", "1.5GiB". */
const char *suggest_size(struct slice text, char *at);

/* For texts like "30 s", "5min", "1h30m", "1.5h". */
const char *suggest_duration(struct slice text, char *at);

/* For texts like "10", "0.1", "10 %". */
const char *suggest_percentage(struct slice text, char *at);

/* Suggests the nearest of the choices, which are separated by bars. For "yes", "on", "True" and
 * their opposites it is the choice with the same meaning. */
const char *suggest_choice(struct slice text, const char *choices, char *at);
