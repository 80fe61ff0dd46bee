/* Token usage of a response, read from the usage that it reports. Private to storable/ and family/.
 * Threads: one at a time. */
#pragma once

#include "cache/store/entry.h"

#include <cJSON.h>

/* Updates *u from a body or an event of a stream: later values replace earlier ones, and absent
 * values leave them unchanged. */
void token_usage_read(struct token_usage *u, const cJSON *root);
