/* A parser and a printer for each type of value.
 *
 * Numbers are whole and have no sign, no spaces and no units other than those named here. On
 * failure parsers return false, set *why to what is wrong and what is permitted, and leave *ret
 * unchanged. Printers append what the parser reads back as the same value; they return false if the
 * buffer is full.
 *
 * Threads: any. */
#pragma once

#include "base/buf.h"
#include "base/error_text.h"
#include "base/slice.h"

#include <stdint.h>

/* "256"; "0256" is refused. */
MUST_CHECK bool value_count(struct slice text, uint64_t *ret, struct error_text *why);
MUST_CHECK bool value_print_count(struct buf *to, uint64_t count);

/* "512MiB", "64KB", "4096": bytes. */
MUST_CHECK bool value_size(struct slice text, uint64_t *ret_bytes, struct error_text *why);
MUST_CHECK bool value_print_size(struct buf *to, uint64_t bytes);

/* "500ms", "30s", "5m", "24h", "7d"; without a unit only "0". In milliseconds, at most INT64_MAX.
 */
MUST_CHECK bool value_duration(struct slice text, uint64_t *ret_ms, struct error_text *why);
MUST_CHECK bool value_print_duration(struct buf *to, uint64_t ms);

/* "10%", "12.5%", "0.25%": in hundredths of a percent, so that "10%" is 1000. */
MUST_CHECK bool value_percentage(struct slice text, uint64_t *ret_hundredths,
				 struct error_text *why);
MUST_CHECK bool value_print_percentage(struct buf *to, uint64_t hundredths);

/* "true" or "false", and nothing else. */
MUST_CHECK bool value_switch(struct slice text, bool *ret, struct error_text *why);

/* One of the choices, which are separated by bars: "text|json". *ret is its index. */
MUST_CHECK bool value_choice(struct slice text, const char *choices, unsigned *ret,
			     struct error_text *why);
MUST_CHECK bool value_print_choice(struct buf *to, const char *choices, unsigned choice);

/* Returns the number of choices. */
unsigned value_choices(const char *choices);
