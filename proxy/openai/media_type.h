/* Media types as in Content-Type: "text/event-stream; charset=utf-8". Any thread. */
#pragma once

#include "base/slice.h"

/* Whether the Content-Type has this media type, ignoring parameters and case (RFC 9110 §8.3.1). */
static inline bool media_type_is(struct slice content_type, const char *type)
{
	return slice_is_nocase(slice_trim(slice_cut(&content_type, ';')), type);
}
