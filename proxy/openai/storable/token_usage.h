/* What an answer cost, read from the usage that it reports. Private to this room. Threads: one at a
 * time. */
#pragma once

#include "cache/store/entry.h"

#include <cJSON.h>

/* Takes over what a body, or an event of a stream, says of its usage: later ones know better, and
 * what is not said stays as it was. */
void token_usage_read(struct token_usage *s, const cJSON *root);
