/* Values as people write them: one parser and one printer for each type.
 *
 * Numbers are whole and have no sign, no spaces and no unit but those named here. Parsers return
 * false with a sentence in *why that says what was wrong and what is permitted; *ret is then as it
 * was. Printers write what the parser reads back as the same value; false: the buffer is full.
 *
 * Threads: any. */
#pragma once

#include "base/buf.h"
#include "base/error_text.h"
#include "base/slice.h"

#include <stdint.h>

/* "256" */
MUST_CHECK bool value_count(struct slice text, uint64_t *ret, struct error_text *why);
MUST_CHECK bool value_print_count(struct buf *to, uint64_t count);

/* "512MiB", "64KB", "4096": bytes. */
MUST_CHECK bool value_size(struct slice text, uint64_t *ret_bytes, struct error_text *why);
MUST_CHECK bool value_print_size(struct buf *to, uint64_t bytes);

/* "500ms", "30s", "5m", "24h", "7d"; without a unit only 0. Milliseconds, within int64_t. */
MUST_CHECK bool value_duration(struct slice text, uint64_t *ret_ms, struct error_text *why);
MUST_CHECK bool value_print_duration(struct buf *to, uint64_t ms);

/* "10%", "12.5%", "0.25%": hundredths of a percent, so that "10%" is 1000. */
MUST_CHECK bool value_percentage(struct slice text, uint64_t *ret_hundredths,
				 struct error_text *why);
MUST_CHECK bool value_print_percentage(struct buf *to, uint64_t hundredths);

/* "true" or "false", and nothing else. */
MUST_CHECK bool value_switch(struct slice text, bool *ret, struct error_text *why);

/* One of the choices, which have bars between them: "text|json". The number of the one it is. */
MUST_CHECK bool value_choice(struct slice text, const char *choices, unsigned *ret,
			     struct error_text *why);
MUST_CHECK bool value_print_choice(struct buf *to, const char *choices, unsigned choice);

/* How many choices there are. */
unsigned value_choices(const char *choices);
