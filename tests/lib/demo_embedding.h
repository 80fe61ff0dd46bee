/* Embeddings of the demo model server: unit vectors made from a hash of each text. */
#pragma once

#include "tests/lib/demo_question.h"

/* The whole answer, to be given to cJSON_Delete. `dimensions` and `encoding_format` (float,
 * base64) are honoured. NULL: why says which member is wrong. */
cJSON *demo_embedding_list(const struct demo_question *question, struct error_text *why);
