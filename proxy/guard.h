/* The guard: refuses requests with two fields where one decides, of which another reader might take
 * the other one. That each field is what it seems to be is the framing's doing. Any thread. */
#pragma once

#include "proxy/headers.h"

/* NULL: fine. Else what is wrong, a sentence for the client; answer 400 and close. */
const char *guard_refusal(const struct fields *fields);
